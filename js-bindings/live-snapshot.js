/** A live query as a value that changes: opened by the first who looks, closed after the last. */

/**
 * What is known of the result.
 * @typedef {object} LiveSnapshot
 * @property {readonly any[]} rows empty until they are there
 * @property {readonly import('./block.js').Field[]} fields
 * @property {Error | null} error why they could not be read (again)
 * @property {boolean} loading whether they are not there yet
 */

/** @type {LiveSnapshot} */
const LOADING = Object.freeze({ rows: Object.freeze([]), fields: Object.freeze([]), error: null, loading: true });

export class LiveSnapshots {
  #open;
  #snapshot = LOADING;
  /** @type {Set<{ onChange: () => void }>} */
  #listeners = new Set();
  /** @type {{ live: import('./live.js').LiveQuery | null, ended: boolean } | null} */
  #run = null;

  /** @param {() => Promise<import('./live.js').LiveQuery>} open */
  constructor(open) {
    this.#open = open;
  }

  /** The same object for as long as nothing has changed. */
  get snapshot() {
    return this.#snapshot;
  }

  /**
   * @param {() => void} onChange
   * @returns {() => void} ends it
   */
  subscribe(onChange) {
    const listener = { onChange };
    this.#listeners.add(listener);
    if (this.#run === null) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  async #start() {
    /** @type {{ live: import('./live.js').LiveQuery | null, ended: boolean }} */
    const run = { live: null, ended: false };
    this.#run = run;
    try {
      const live = await this.#open();
      if (run.ended) {
        live.close();
        return;
      }
      run.live = live;
      live.subscribe(({ rows }) => this.#set(rows, live.fields, null),
        (error) => this.#set(live.rows, live.fields, error));
      this.#set(live.rows, live.fields, live.error);
    } catch (error) {
      if (!run.ended) this.#set([], [], /** @type {Error} */ (error));
    }
  }

  #stop() {
    const run = /** @type {{ live: import('./live.js').LiveQuery | null, ended: boolean }} */ (this.#run);
    this.#run = null;
    run.ended = true;
    run.live?.close();
    // What nobody follows is not known any more.
    this.#snapshot = LOADING;
  }

  /**
   * @param {readonly any[]} rows
   * @param {readonly import('./block.js').Field[]} fields
   * @param {Error | null} error
   */
  #set(rows, fields, error) {
    this.#snapshot = { rows, fields, error, loading: false };
    for (const { onChange } of [...this.#listeners]) onChange();
  }
}

/**
 * A text that is the same for the same parameters.
 * @param {import('./engine-statement.js').Parameters | undefined} parameters
 */
export function parametersText(parameters) {
  return JSON.stringify(parameters, (_name, value) => {
    if (typeof value === 'bigint') return { bigint: value.toString() };
    if (ArrayBuffer.isView(value)) {
      return { bytes: Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
    }
    return value;
  }) ?? '';
}
