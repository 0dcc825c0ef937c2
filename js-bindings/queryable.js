/** What a database and a transaction have in common: running statements. */
import { TidemarkError, throwIfAborted } from './errors.js';
import { Statement } from './statement.js';

/** @typedef {import('./engine-statement.js').Parameters} Parameters */

/**
 * Where statements are run: in this thread (Session) or in another (RemoteSession).
 * @typedef {import('./session.js').Session | import('./remote-session.js').RemoteSession} Connection
 */

/**
 * A connection, and the scope in it that statements belong to.
 * @typedef {{ connection: any, scope: any }} Access
 */

/**
 * @typedef {object} QueryOptions
 * @property {'object' | 'array'} [rowMode] what a row is; default 'object'
 * @property {boolean} [parseJson] false: JSON and array values stay text; default true
 * @property {AbortSignal} [signal] ends the call with 57014
 */

/** @type {QueryOptions} */
const NO_OPTIONS = Object.freeze({});

/** @abstract */
export class Queryable {
  #access;
  #signal;

  /**
   * @param {() => Access | Promise<Access>} access at once when the database is open
   * @param {AbortSignal} [signal] of all calls
   */
  constructor(access, signal) {
    this.#access = access;
    this.#signal = signal;
  }

  /**
   * Runs one or more statements and resolves to the result of the last.
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {QueryOptions} [options]
   * @returns {Promise<any>}
   */
  query(sql, parameters, options) {
    return this.#with(options, ({ connection, scope }, checked) =>
      connection.query(scope, sql, parameters, checked));
  }

  /**
   * Runs one or more statements as one transaction and resolves to all results.
   * @param {string} sql
   * @param {QueryOptions} [options]
   * @returns {Promise<any[]>}
   */
  exec(sql, options) {
    return this.#with(options, ({ connection, scope }, checked) => connection.exec(scope, sql, checked));
  }

  /**
   * A statement to be run again and again.
   * @param {string} sql
   * @returns {Statement}
   */
  prepare(sql) {
    return new Statement(this, sql);
  }

  /**
   * The rows of one statement, as the loop asks for them.
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {QueryOptions} [options]
   * @returns {AsyncGenerator<any, void, undefined>}
   */
  async *stream(sql, parameters, options) {
    const { cursor, signal } = await this.#with(options, async ({ connection, scope }, checked) =>
      ({ cursor: await connection.openCursor(scope, sql, parameters, checked), signal: checked.signal }));
    try {
      for (let rows = await cursor.next(); rows !== null; rows = await cursor.next()) {
        for (const row of rows) {
          throwIfAborted(signal);
          yield row;
        }
      }
    } finally {
      await cursor.close();
    }
  }

  /**
   * Runs `work` in a transaction, which commits when it resolves and is undone when it throws. Within a
   * transaction it is a savepoint.
   * @template T
   * @param {(tx: Transaction) => Promise<T> | T} work
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<T>}
   */
  transaction(work, options) {
    return this.#with(options, (access, { signal }) => runTransaction(access, work, signal));
  }

  /**
   * A transaction (or savepoint) in which realtime views are brought up to date once, at its end: for loading many
   * rows with many statements.
   * @template T
   * @param {(tx: Transaction) => Promise<T> | T} work
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<T>}
   */
  suspendViews(work, options) {
    return this.transaction(async (tx) => {
      await tx.query('SUSPEND VIEWS');
      const result = await work(tx);
      await tx.query('RESUME VIEWS');
      return result;
    }, options);
  }

  /**
   * Calls are made in the order in which they come, so nothing is awaited where the database is open.
   * @template T
   * @param {QueryOptions | undefined} options
   * @param {(access: Access, options: QueryOptions) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #with(options, work) {
    try {
      const checked = this.#optionsFrom(options);
      const access = this.#access();
      return access instanceof Promise ? access.then((opened) => work(opened, checked)) : work(access, checked);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * @param {QueryOptions | undefined} options
   * @returns {QueryOptions}
   */
  #optionsFrom(options = NO_OPTIONS) {
    const { rowMode } = options;
    if (rowMode !== undefined && rowMode !== 'object' && rowMode !== 'array') {
      throw new TidemarkError('22023', `rowMode cannot be ${JSON.stringify(rowMode)}`, {
        hint: "It takes 'object' or 'array'.",
      });
    }
    if (this.#signal === undefined || options.signal !== undefined) return options;
    return { ...options, signal: this.#signal };
  }
}

/** An open transaction. It cannot be used after it has ended. */
export class Transaction extends Queryable {}

/**
 * @template T
 * @param {Access} access to the scope around it
 * @param {(tx: Transaction) => Promise<T> | T} work
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
async function runTransaction({ connection, scope: parent }, work, signal) {
  const scope = await connection.begin(parent, signal ?? null);
  let result;
  try {
    const access = { connection, scope };
    result = await work(new Transaction(() => access, signal));
    throwIfAborted(signal);
  } catch (error) {
    await rollback(connection, scope);
    throw error;
  }
  await connection.commit(scope);
  return result;
}

/**
 * Undoes a transaction whose own error is what the caller has to hear.
 * @param {any} connection
 * @param {any} scope
 */
async function rollback(connection, scope) {
  try {
    await connection.rollback(scope);
  } catch {
    // The database was closed, or has failed: nothing of the transaction was kept.
  }
}
