/** A transaction that is begun in one call and ended in another, as query builders do. */
import { TidemarkError } from './errors.js';

/** What `work` throws to undo the transaction without an error. */
const UNDO = Symbol('undo');

export class OpenTransaction {
  /** @type {(failure?: typeof UNDO) => void} */
  #end;
  /** @type {Promise<void>} */
  #ended;

  /**
   * @param {import('./queryable.js').Transaction} queries
   * @param {(failure?: typeof UNDO) => void} end
   * @param {Promise<void>} ended
   */
  constructor(queries, end, ended) {
    /** What runs statements in it. */
    this.queries = queries;
    this.#end = end;
    this.#ended = ended;
  }

  /**
   * Waits for its turn, as every transaction does.
   * @param {import('./queryable.js').Queryable} database
   * @param {TransactionSettings} [settings]
   * @returns {Promise<OpenTransaction>}
   */
  static begin(database, settings) {
    return new Promise((resolve, reject) => {
      checkTransactionSettings(settings);
      const ended = database.transaction((queries) => new Promise((commit, undo) => {
        const end = (/** @type {typeof UNDO | undefined} */ failure) => (failure ? undo(failure) : commit(undefined));
        // `ended` is there: a transaction begins later than it is asked for.
        resolve(new OpenTransaction(queries, end, ended));
      }));
      ended.catch(reject);
    });
  }

  async commit() {
    this.#end();
    await this.#ended;
  }

  async rollback() {
    this.#end(UNDO);
    await this.#ended.catch((error) => {
      if (error !== UNDO) throw error;
    });
  }
}

/**
 * Every transaction is serializable, which is more than any of them asks; none is for reading only.
 * @typedef {{ isolationLevel?: string, accessMode?: string, deferrable?: boolean }} TransactionSettings
 * @param {TransactionSettings} [settings]
 */
export function checkTransactionSettings(settings) {
  if (settings?.accessMode === 'read only') throw new TidemarkError('0A000', 'a read-only transaction is not supported');
}
