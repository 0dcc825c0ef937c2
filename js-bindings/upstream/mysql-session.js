/**
 * A pool of the package `mysql2` as an origin session: statements and transactions whose values have the form of the
 * upstream border.
 */
import { aborted, throwIfAborted } from './errors.js';
import { encodeParameter, fieldOf, fromMySQL, valueType } from './mysql-values.js';
import { checkSql } from './protocol.js';
import { queryEach } from './query-each.js';

/**
 * Times in UTC; backslashes as mysql2 escapes them; what does not fit into a column is refused, not cut; and GROUP_CONCAT is cut nowhere where
 * MariaDB does not cut it.
 */
const SETTINGS = `SET time_zone = '+00:00',
  group_concat_max_len = CAST(GREATEST(@@group_concat_max_len, 1048576) AS UNSIGNED),
  sql_mode = CONCAT(REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), ',STRICT_ALL_TABLES')`;

// What another transaction has committed is seen by the next statement, as in PostgreSQL: whoever has waited for a row finds
// it as it is now.
const BEGIN = {
  change: ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION'],
  snapshot: ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'],
};

const asBytes = (/** @type {any} */ field) => field.buffer();

/** The sessions of one pool. */
export class MySQLSession {
  #pool;
  /** @type {WeakSet<object>} connections whose settings are made */
  #prepared = new WeakSet();

  /** @param {any} pool of mysql2 or mysql2/promise */
  constructor(pool) {
    this.#pool = typeof pool.promise === 'function' ? pool.promise() : pool;
  }

  /**
   * Runs one statement.
   * @param {string} sql
   * @param {unknown[]} params
   * @param {AbortSignal} [signal] aborting it stops the statement at the server
   * @returns {Promise<import('./types.js').OriginResult>}
   */
  query(sql, params, signal) {
    return this.#connected((connection) => this.#run(connection, sql, params, signal));
  }

  /**
   * @template T
   * @param {(tx: import('./types.js').OriginTransaction & { query: (sql: string, params: unknown[], signal?: AbortSignal)
   *   => Promise<import('./types.js').OriginResult> }) => Promise<T>} work
   * @param {{ snapshot?: boolean, signal?: AbortSignal }} [options] aborting the signal stops the statement under way
   * @returns {Promise<T>}
   */
  transaction(work, { snapshot = false, signal } = {}) {
    return this.#connected(async (connection) => {
      const query = (/** @type {string} */ sql, /** @type {unknown[]} */ params, own = signal) =>
        this.#run(connection, sql, params, own);
      for (const statement of snapshot ? BEGIN.snapshot : BEGIN.change) await query(statement, []);
      try {
        const result = await work({
          query,
          queryAll: (statements) => queryEach(statements, query),
          plan: async (sql, params) => { await query(`EXPLAIN ${sql}`, params); },
          run: async (script) => [(await query(script, [])).rows],
        });
        await query('COMMIT', []);
        return result;
      } catch (error) {
        await query('ROLLBACK', [], undefined).catch(() => connection.destroy());
        throw error;
      }
    });
  }

  /** There are no notifications: the binary log tells of everything. */
  async listen() {
    return async () => {};
  }

  /**
   * @template T
   * @param {(connection: any) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #connected(work) {
    const connection = await this.#pool.getConnection().catch((/** @type {unknown} */ error) => {
      throw fromMySQL(error);
    });
    try {
      if (!this.#prepared.has(connection.connection)) {
        await this.#run(connection, SETTINGS, []);
        this.#prepared.add(connection.connection);
      }
      return await work(connection);
    } finally {
      connection.release();
    }
  }

  /**
   * @param {any} connection
   * @param {string} sql
   * @param {unknown[]} params
   * @param {AbortSignal} [signal]
   * @returns {Promise<import('./types.js').OriginResult>}
   */
  async #run(connection, sql, params, signal) {
    throwIfAborted(signal);
    checkSql(sql);
    const values = params.map(encodeParameter);
    const kill = () => this.#kill(connection.threadId);
    signal?.addEventListener('abort', kill, { once: true });
    try {
      const [rows, columns] = await connection.query({ sql, values, rowsAsArray: true, typeCast: asBytes });
      if (!columns) return { rows: [], fields: [], types: [], rowCount: rows.affectedRows };
      throwIfAborted(signal); // SLEEP in a MySQL ends like any other function when it is stopped
      const fields = columns.map(fieldOf);
      const types = fields.map((/** @type {import('./types.js').Field} */ field) => valueType(field));
      for (const row of rows) {
        for (let i = 0; i < row.length; i++) row[i] = row[i] === null ? null : types[i].decodeBytes(row[i]);
      }
      return { rows, fields, types, rowCount: rows.length };
    } catch (error) {
      if (signal?.aborted) throw aborted(signal);
      throw fromMySQL(error);
    } finally {
      signal?.removeEventListener('abort', kill);
    }
  }

  /** @param {number} thread */
  async #kill(thread) {
    try {
      await this.#pool.query(`KILL QUERY ${Number(thread)}`);
    } catch {
      // then it ends by itself
    }
  }
}
