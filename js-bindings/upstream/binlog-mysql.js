/**
 * The binary log of a MySQL, with GTIDs or without.
 *
 * MySQL does not tell where in the log a snapshot stands, and a transaction is in the log a moment before snapshots see it. But
 * it commits in the order of the log. So before a snapshot is taken, the end of the log is read and then something is committed:
 * when that is done, so is everything before that end. The snapshot may see more, but nothing beyond where the log ends when it has been
 * taken. What has changed is read up to there, and what lies between once more the next time, which does no harm, as what is read is
 * rows as they are. Where nothing has come into the log behind the last such commit, no other is needed.
 *
 * The mark of a transaction says where its last event, COMMIT, stands and the number it has there, which the server can be asked for.
 */
import { BinlogPlace, markOfCommit, parseMark } from './binlog-place.js';
import { UpstreamError } from './errors.js';

/** From here on the statement has another name, and the old one is gone two versions later. */
const NEW_NAMES = [8, 2];

/** The table that the commits are made in, and counted. */
export const BARRIER = { schema: 'tidemark_origin', name: 'barrier' };
const CREATE = [
  `CREATE TABLE IF NOT EXISTS tidemark_origin.barrier (
     only_row boolean PRIMARY KEY DEFAULT true,
     passed bigint unsigned NOT NULL DEFAULT 0
   ) ENGINE = InnoDB`,
  'INSERT IGNORE INTO tidemark_origin.barrier (only_row) VALUES (true)',
];
/** A commit in it. It is in the log as a statement where the session began when those were logged. */
export const PASS = 'UPDATE tidemark_origin.barrier SET passed = passed + 1';
const COUNT = 'SELECT passed FROM tidemark_origin.barrier';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./binlog-server.js').BinlogServer} BinlogServer
 */

/** @implements {BinlogServer} */
export class MySQLLog {
  /** @type {import('./binlog-server.js').Setting[]} */
  needed = [
    ['binlog_order_commits', 'ON', "SET GLOBAL binlog_order_commits = 'ON', and in the server's configuration."],
    ['binlog_transaction_compression', 'OFF',
      "SET GLOBAL binlog_transaction_compression = 'OFF', and in the server's configuration."],
    ['binlog_row_value_options', '', "SET GLOBAL binlog_row_value_options = '', and in the server's configuration."],
  ];

  /** The last commit in the barrier that the log has told of: its number, and where it ends. */
  #seen = { number: Infinity, place: new BinlogPlace('', 0) };

  /** @param {string} version such as '8.0.44' */
  constructor(version) {
    const [major, minor] = version.split('.').map(Number);
    const isNew = major > NEW_NAMES[0] || (major === NEW_NAMES[0] && minor >= NEW_NAMES[1]);
    this.statusStatement = isNew ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS';
  }

  /** @param {OriginTransaction} tx */
  async prepare(tx) {
    for (const statement of CREATE) await tx.query(statement, []);
  }

  /** @param {import('./mysql-session.js').MySQLSession} session */
  async settle(session) {
    const place = await this.#end(session);
    if (!(await this.#isSettled(session, place))) await this.#pass(session);
    return place;
  }

  /**
   * The log has told of a commit in the barrier. Whether it is visible is another question.
   * @param {number} number
   * @param {BinlogPlace} place where it ends
   */
  passed(number, place) {
    this.#seen = { number, place };
  }

  /**
   * Whether a commit that is visible already stands behind a place.
   * @param {import('./mysql-session.js').MySQLSession} session
   * @param {BinlogPlace} place
   */
  async #isSettled(session, place) {
    const { number, place: end } = this.#seen;
    if (place.log !== end.log || place.number > end.number) return false;
    const { rows } = await session.query(COUNT, []);
    return rows.length > 0 && number <= Number(rows[0][0]);
  }

  /**
   * Commits, also where somebody has emptied or dropped the table.
   * @param {import('./mysql-session.js').MySQLSession} session
   */
  async #pass(session) {
    const isMade = async () => {
      try {
        return Number((await session.query(PASS, [])).rowCount) > 0;
      } catch (thrown) {
        if (UpstreamError.from(thrown).code === '42P01') return false;
        throw thrown;
      }
    };
    while (!(await isMade())) await session.transaction((tx) => this.prepare(tx));
  }

  /** Whoever reads on from there finds the mark of a transaction soon. @param {OriginTransaction} tx */
  async readEnd(tx) {
    const place = await this.#end(tx);
    await tx.query(PASS, []);
    return { place, mark: '' };
  }

  /**
   * @param {OriginTransaction} tx
   * @param {BinlogPlace | null} settled
   */
  async findSnapshot(tx, settled) {
    return { place: /** @type {BinlogPlace} */ (settled), end: await this.#end(tx) };
  }

  /**
   * @param {OriginTransaction} tx
   * @param {BinlogPlace} place
   * @param {string} mark
   */
  async isInLog(tx, place, mark) {
    const commit = parseMark(place.log, mark);
    if (!commit || !(await this.#hasFile(tx, place.file))) return false;
    try {
      const { rows } = await tx.query('SHOW BINLOG EVENTS IN ? FROM ? LIMIT 1', [commit.file, commit.offset]);
      return rows.length > 0 && markOfShown(commit.file, rows[0]) === mark;
    } catch {
      return false; // there is no event at that offset, or no such file
    }
  }

  /**
   * @param {OriginTransaction} tx
   * @param {string} file
   */
  async #hasFile(tx, file) {
    const { rows } = await tx.query('SHOW BINARY LOGS', []);
    return rows.some(([name]) => name === file);
  }

  /** @param {Pick<OriginTransaction, 'query'>} tx */
  async #end(tx) {
    const { rows: [[file, offset]] } = await tx.query(this.statusStatement, []);
    return new BinlogPlace(/** @type {string} */ (file), Number(offset));
  }
}

/**
 * The mark of an event that SHOW BINLOG EVENTS has shown.
 * @param {string} file
 * @param {unknown[]} event
 */
function markOfShown(file, [, offset, , , end, info]) {
  const xid = /^COMMIT \/\* xid=(\d+) \*\/$/.exec(String(info))?.[1];
  return xid === undefined ? null : markOfCommit(new BinlogPlace(file, Number(offset)), Number(end), xid);
}
