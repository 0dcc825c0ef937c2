/**
 * The binary log of a MariaDB, which tells of every snapshot where in the log that stands. The mark of a transaction is its GTID.
 */
import { BinlogPlace } from './binlog-place.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./binlog-server.js').BinlogServer} BinlogServer
 */

/** @implements {BinlogServer} */
export class MariaDBLog {
  /** @type {import('./binlog-server.js').Setting[]} */
  needed = [];
  statusStatement = 'SHOW MASTER STATUS';

  async settle() {
    return null;
  }

  /** @param {OriginTransaction} tx */
  async readEnd(tx) {
    const { rows: [[file, offset]] } = await tx.query(this.statusStatement, []);
    const { rows: [[gtid]] } = await tx.query('SELECT BINLOG_GTID_POS(?, ?)', [file, Number(offset)]);
    const place = new BinlogPlace(/** @type {string} */ (file), Number(offset));
    return { place, mark: String(gtid ?? '').split(',')[0] };
  }

  /** @param {OriginTransaction} tx */
  async findSnapshot(tx) {
    const { rows } = await tx.query("SHOW STATUS LIKE 'binlog_snapshot_%'", []);
    const status = new Map(/** @type {[string, string][]} */ (rows).map(([name, value]) => [name.toLowerCase(), value]));
    const place = new BinlogPlace(status.get('binlog_snapshot_file') ?? '', Number(status.get('binlog_snapshot_position')));
    return { place, end: place };
  }

  /**
   * @param {OriginTransaction} tx
   * @param {BinlogPlace} place
   * @param {string} gtid of the last transaction that ends there or before
   */
  async isInLog(tx, { file, offset }, gtid) {
    const { rows: [[found]] } = await tx.query('SELECT BINLOG_GTID_POS(?, ?)', [file, offset]);
    return found !== null && (gtid === '' || String(found).split(',').includes(gtid));
  }
}
