/**
 * MySQLClient: a MySQL or MariaDB server over the package `mysql2`, as an origin. Node only. It runs queries and
 * transactions; it has no changefeed and takes no queued writes.
 */
import { UpstreamError, aborted, throwIfAborted } from './errors.js';
import { decodeValue, encodeParameter, fieldOf, fromMySQL } from './mysql-values.js';
import { checkSql } from './protocol.js';

/** Times in UTC; backslashes as mysql2 escapes them. */
const SETTINGS = `SET time_zone = '+00:00', sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')`;

const asBytes = (/** @type {any} */ field) => field.buffer();

/** An upstream client over a pool of `mysql2`, which stays the caller's. */
export class MySQLClient {
  dialect = /** @type {const} */ ('mysql');
  #pool;
  #closed = false;
  /** @type {WeakSet<object>} connections whose settings are made */
  #prepared = new WeakSet();

  /**
   * @param {any} source a pool of mysql2 or mysql2/promise, or an object `{ pool }`
   * @throws {UpstreamError} 22023 when it is no pool
   */
  constructor(source) {
    const pool = source?.pool?.getConnection ? source.pool : source;
    if (typeof pool?.getConnection !== 'function') {
      throw new UpstreamError('22023', 'MySQLClient takes a pool of mysql2');
    }
    this.#pool = typeof pool.promise === 'function' ? pool.promise() : pool;
  }

  /**
   * Runs one statement.
   * @param {string} sql
   * @param {unknown[]} [params]
   * @param {{ signal?: AbortSignal }} [options] aborting it stops the statement at the server
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async query(sql, params = [], { signal } = {}) {
    return this.#connected((connection) => this.#run(connection, sql, params, signal));
  }

  /**
   * Runs `work` in one transaction, which commits when it resolves and is rolled back when it throws.
   * @template T
   * @param {(tx: { query: import('./types.js').UpstreamClient['query'] }) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(work) {
    return this.#connected(async (connection) => {
      await this.#run(connection, 'START TRANSACTION', []);
      try {
        const result = await work({
          query: (sql, params = [], { signal } = {}) => this.#run(connection, sql, params, signal),
        });
        await this.#run(connection, 'COMMIT', []);
        return result;
      } catch (error) {
        await this.#run(connection, 'ROLLBACK', []).catch(() => connection.destroy());
        throw error;
      }
    });
  }

  /** Refuses what comes. The pool stays open: it is the caller's. */
  async close() {
    this.#closed = true;
  }

  /**
   * @template T
   * @param {(connection: any) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #connected(work) {
    if (this.#closed) throw new UpstreamError('08006', 'the client is closed');
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
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async #run(connection, sql, params, signal) {
    throwIfAborted(signal);
    checkSql(sql);
    const values = params.map(encodeParameter);
    const kill = () => this.#kill(connection.threadId);
    signal?.addEventListener('abort', kill, { once: true });
    try {
      const [rows, columns] = await connection.query({ sql, values, rowsAsArray: true, typeCast: asBytes });
      if (!columns) return { rows: [], fields: [], rowCount: rows.affectedRows };
      const fields = columns.map(fieldOf);
      for (const row of rows) {
        for (let i = 0; i < row.length; i++) row[i] = decodeValue(row[i], fields[i]);
      }
      return { rows, fields, rowCount: rows.length };
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
