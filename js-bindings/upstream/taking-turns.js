/**
 * Several who read in one transaction, one after another, each as if nobody had read before: a statement that failed does not keep
 * the next from reading, its role is not the next one's, and the locks it took are not taken for the next one's.
 */

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 */

/** Whose turn it is in a transaction. */
export class TakingTurns {
  #tx;
  #dialect;
  #used = false;

  /**
   * @param {OriginTransaction} tx after its survey
   * @param {import('./origin-dialect.js').OriginDialect} dialect
   */
  constructor(tx, dialect) {
    this.#dialect = dialect;
    this.#tx = tx;
  }

  /**
   * The transaction for the next one; the one before has finished.
   * @returns {Promise<OriginTransaction>}
   */
  async next() {
    if (this.#used) await this.#dialect.startAgain(this.#tx);
    this.#used = false;
    return {
      query: (sql, params) => this.#use().query(sql, params),
      queryAll: (statements) => this.#use().queryAll(statements),
      plan: (sql, params) => this.#use().plan(sql, params),
      run: (script) => this.#use().run(script),
    };
  }

  #use() {
    this.#used = true;
    return this.#tx;
  }
}
