/**
 * What a MariaDB says of its binary log: whether it tells rows, where it ends, where a snapshot stands in it.
 */
import { BinlogPlace } from './binlog-place.js';
import { UpstreamError } from './errors.js';

/** @typedef {import('./types.js').OriginTransaction} OriginTransaction */

/** What the log has to be like: a variable, its value, and how to set it. */
const NEEDED = [
  ['log_bin', 'ON', 'Start the server with --log-bin.'],
  ['binlog_format', 'ROW', "SET GLOBAL binlog_format = 'ROW', and in the server's configuration."],
  ['binlog_row_image', 'FULL', "SET GLOBAL binlog_row_image = 'FULL', and in the server's configuration."],
];

/**
 * @param {OriginTransaction} tx
 * @throws {UpstreamError} 0A000 it is no MariaDB; 55000 its log does not tell which rows have changed
 */
export async function checkServer(tx) {
  const { rows: [[version]] } = await tx.query('SELECT version()', []);
  if (!/mariadb/i.test(String(version))) {
    throw new UpstreamError('0A000', 'changes of a MySQL cannot be followed: it does not tell where a snapshot stands in its log', {
      hint: 'Realtime views need MariaDB; runtime and materialized views and queued writes do not.',
    });
  }
  const { rows } = await tx.query(
    `SHOW GLOBAL VARIABLES WHERE variable_name IN (${NEEDED.map(() => '?').join(', ')})`, NEEDED.map(([name]) => name));
  const settings = new Map(/** @type {[string, string][]} */ (rows));
  for (const [name, wanted, hint] of NEEDED) {
    const value = settings.get(name);
    if (value === wanted) continue;
    throw new UpstreamError('55000', `changes cannot be followed: ${name} is ${value}, not ${wanted}`, { hint });
  }
}

/**
 * Where the log ends now, and the GTID of its last transaction.
 * @param {OriginTransaction} tx
 */
export async function readEnd(tx) {
  const { rows: [[file, offset]] } = await tx.query('SHOW MASTER STATUS', []);
  const { rows: [[gtid]] } = await tx.query('SELECT BINLOG_GTID_POS(?, ?)', [file, Number(offset)]);
  const place = new BinlogPlace(/** @type {string} */ (file), Number(offset));
  return { place, gtid: String(gtid ?? '').split(',')[0] };
}

/**
 * Where the snapshot of a transaction stands.
 * @param {OriginTransaction} tx
 */
export async function readSnapshotPlace(tx) {
  const { rows } = await tx.query("SHOW STATUS LIKE 'binlog_snapshot_%'", []);
  const status = new Map(/** @type {[string, string][]} */ (rows).map(([name, value]) => [name.toLowerCase(), value]));
  return new BinlogPlace(status.get('binlog_snapshot_file') ?? '', Number(status.get('binlog_snapshot_position')));
}

/**
 * Whether the log has this place, and the same transaction before it: it is not the log of another server, or one that was
 * begun anew.
 * @param {OriginTransaction} tx
 * @param {BinlogPlace} place
 * @param {string} gtid of the last transaction that ends there or before
 */
export async function isInLog(tx, { file, offset }, gtid) {
  const { rows: [[found]] } = await tx.query('SELECT BINLOG_GTID_POS(?, ?)', [file, offset]);
  return found !== null && (gtid === '' || String(found).split(',').includes(gtid));
}
