/**
 * Statements that are all sent to a PostgreSQL before the first is answered, through a client of the package `pg`.
 *
 * `pg` runs whatever has a method `submit` as one of its queries. Here that is many: a Bind and an Execute for each, a Parse where the
 * text is another than before, and one Sync at the end. After an error the server skips everything up to the Sync.
 */

/** @typedef {{ rows: (string | null)[][], fields: { name: string, dataTypeID: number }[], rowCount?: number }} Answer */

/** Made for one call of `client.query`. */
export class Pipeline {
  /** @type {{ text: string, values: (string | null)[] }[]} */
  #statements = [];
  /** @type {Answer[]} */
  #results = [];
  /** @type {Answer} */
  #current = { rows: [], fields: [] };
  /** @type {(outcome: { results: Answer[], error: unknown }) => void} */
  #settle = () => {};
  /**
   * Where the client has a `query_timeout`: puts an end to it.
   * @type {(() => void) | undefined}
   */
  callback;

  constructor() {
    /**
     * What the statements were answered; with an error, those before the one that failed.
     * @type {Promise<{ results: Answer[], error: unknown }>}
     */
    this.answer = new Promise((resolve) => { this.#settle = resolve; });
  }

  /**
   * @param {string} text one statement
   * @param {(string | null)[]} values
   */
  add(text, values) {
    this.#statements.push({ text, values });
  }

  /** @param {any} connection */
  submit(connection) {
    connection.stream.cork?.();
    let parsed;
    for (const { text, values } of this.#statements) {
      if (text !== parsed) connection.parse({ text });
      parsed = text;
      connection.bind({ values });
      connection.describe({ type: 'P', name: '' });
      connection.execute({});
    }
    connection.sync();
    connection.stream.uncork?.();
    return null;
  }

  /** @param {{ fields: Answer['fields'] }} message */
  handleRowDescription({ fields }) {
    this.#current.fields = fields;
  }

  /** @param {{ fields: (string | null)[] }} message */
  handleDataRow({ fields }) {
    this.#current.rows.push(fields);
  }

  /** @param {{ text: string }} message */
  handleCommandComplete({ text }) {
    const count = /\d+$/.exec(text);
    this.#results.push({ ...this.#current, rowCount: count ? Number(count[0]) : undefined });
    this.#current = { rows: [], fields: [] };
  }

  handleEmptyQuery() {
    this.handleCommandComplete({ text: '' });
  }

  handlePortalSuspended() {}

  /** @param {unknown} error */
  handleError(error) {
    this.#end(error);
  }

  handleReadyForQuery() {
    this.#end(null);
  }

  /** @param {unknown} error */
  #end(error) {
    this.callback?.();
    this.#settle({ results: this.#results, error });
  }
}
