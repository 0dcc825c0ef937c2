/** Reads the rows of one statement as they are asked for. */
export class Cursor {
  #session;
  #scope;
  /** @type {import('./engine-statement.js').EngineStatement | null} */
  #statement;
  #options;
  #done = false;
  /** @type {Error | null} why it was ended by others */
  #ended = null;
  /** The columns; known once rows have been asked for. */
  fields = /** @type {import('./block.js').Field[]} */ ([]);

  /**
   * @param {import('./session.js').Session} session
   * @param {import('./scope.js').Scope} scope
   * @param {import('./engine-statement.js').EngineStatement} statement
   * @param {import('./session.js').RunOptions} options
   */
  constructor(session, scope, statement, options) {
    this.#session = session;
    this.#scope = scope;
    this.#statement = statement;
    this.#options = options;
  }

  /**
   * The next rows; null at the end.
   * @returns {Promise<any[] | null>}
   */
  async next() {
    if (this.#ended !== null) throw this.#ended;
    const statement = this.#statement;
    if (this.#done || statement === null) return null;
    try {
      const { rows, done } = await this.#session.fetchCursor(this.#scope, statement, this.#options);
      this.fields = statement.fields;
      if (done) this.close();
      this.#done = done;
      return rows;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Ends it because what it belongs to has ended: whoever asks for more rows is told.
   * @param {Error} reason
   */
  end(reason) {
    if (this.#statement !== null) this.#ended = reason;
    this.close();
  }

  /** Ends it early. */
  close() {
    if (this.#statement === null) return;
    this.#scope.cursors.delete(this);
    this.#session.closeCursor(this.#statement);
    this.#statement = null;
  }
}
