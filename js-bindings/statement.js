/** A statement to be run again and again. */
import { TidemarkError } from './errors.js';

/** Keeps the text; the engine keeps the prepared form for as long as it is used. */
export class Statement {
  #database;
  #sql;
  #closed = false;

  /**
   * @param {import('./queryable.js').Queryable} database
   * @param {string} sql
   */
  constructor(database, sql) {
    this.#database = database;
    this.#sql = sql;
  }

  /** Its text. */
  get sql() {
    return this.#sql;
  }

  /**
   * Runs it.
   * @param {import('./engine-statement.js').Parameters} [parameters]
   * @param {import('./queryable.js').QueryOptions} [options]
   * @returns {Promise<any>}
   */
  query(parameters, options) {
    if (this.#closed) return Promise.reject(new TidemarkError('26000', 'the statement was closed'));
    return this.#database.query(this.#sql, parameters, options);
  }

  /**
   * Its rows, as the loop asks for them.
   * @param {import('./engine-statement.js').Parameters} [parameters]
   * @param {import('./queryable.js').QueryOptions} [options]
   */
  stream(parameters, options) {
    if (this.#closed) throw new TidemarkError('26000', 'the statement was closed');
    return this.#database.stream(this.#sql, parameters, options);
  }

  /** Gives it up. */
  async close() {
    this.#closed = true;
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }
}
