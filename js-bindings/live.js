/** A query whose result follows the database. */
import { diffRows } from './live-diff.js';
import { reportUncaught } from './errors.js';

/**
 * @typedef {import('./live-diff.js').Row} Row
 * @typedef {import('./live-diff.js').RowChange} RowChange
 * @typedef {{ rows: Row[], changes: RowChange[] }} LiveEvent
 */

export class LiveQuery {
  #rows;
  #fields;
  #key;
  #close;
  /** @type {Error | null} */
  #error = null;
  #closed = false;
  /** @type {Set<{ onChange: (event: LiveEvent) => void, onError: ((error: Error) => void) | undefined }>} */
  #listeners = new Set();
  /** @type {Set<() => void>} loops that wait for something to happen */
  #loops = new Set();

  /**
   * @param {{ rows: Row[], fields: import('./block.js').Field[], key: readonly string[] | null,
   *   close: () => void }} handle
   */
  constructor({ rows, fields, key, close }) {
    this.#rows = rows;
    this.#fields = fields;
    this.#key = key;
    this.#close = close;
  }

  /**
   * Runs a query and keeps its result up to date.
   * @param {any} connection
   * @param {string} sql
   * @param {import('./engine-statement.js').Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal, key?: string[] }} options
   * @returns {Promise<LiveQuery>}
   */
  static async open(connection, sql, parameters, options) {
    // Neither is called before the handle is told to begin.
    const handle = await connection.live(sql, parameters, options, {
      changed: (/** @type {Row[]} */ rows, /** @type {RowChange[]} */ changes) => live.#changed(rows, changes),
      failed: (/** @type {Error} */ error) => live.#failed(error),
    });
    const live = new LiveQuery(handle);
    handle.begin();
    return live;
  }

  /** The result now: a new array after each change, in which untouched rows are the same objects. */
  get rows() {
    return this.#rows;
  }

  /** The columns of the result. */
  get fields() {
    return this.#fields;
  }

  /** Why the query could not be run again the last time; null when it could. */
  get error() {
    return this.#error;
  }

  /** Whether it has ended. */
  get closed() {
    return this.#closed;
  }

  /**
   * Calls `onChange` after each commit, or burst of commits, that changed the result.
   * @param {(event: LiveEvent) => void} onChange
   * @param {(error: Error) => void} [onError] the query could not be run again
   * @returns {() => void} ends the subscription
   */
  subscribe(onChange, onError) {
    const listener = { onChange, onError };
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** Ends it: the rows stay as they are, and loops over it end. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#close();
    this.#listeners.clear();
    this.#wakeLoops();
  }

  [Symbol.dispose]() {
    this.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }

  /**
   * The result as a store in the sense of Svelte, which does not end this query.
   * @returns {{ subscribe(run: (rows: Row[]) => void): () => void }}
   */
  store() {
    return {
      subscribe: (run) => {
        const end = this.subscribe(({ rows }) => run(rows));
        run(this.#rows);
        return end;
      },
    };
  }

  /**
   * The result now, and then each time that it has changed. A loop that is slower than the changes gets
   * several of them at once.
   * @returns {AsyncGenerator<LiveEvent, void, undefined>}
   */
  async *[Symbol.asyncIterator]() {
    let seen = this.#rows;
    yield { rows: seen, changes: [] };
    for (;;) {
      while (this.#rows === seen && !this.#closed && this.#error === null) await this.#event();
      if (this.#error !== null) throw this.#error;
      if (this.#rows === seen) return;
      const changes = diffRows(seen, [...this.#rows], this.#key);
      seen = this.#rows;
      if (changes.length > 0) yield { rows: seen, changes };
    }
  }

  /**
   * @param {Row[]} rows
   * @param {RowChange[]} changes
   */
  #changed(rows, changes) {
    if (this.#closed) return;
    this.#rows = rows;
    this.#error = null;
    this.#tell(({ onChange }) => onChange({ rows, changes }));
  }

  /** @param {Error} error */
  #failed(error) {
    if (this.#closed) return;
    this.#error = error;
    this.#tell(({ onError }) => onError?.(error));
  }

  /** @param {(listener: { onChange: (event: LiveEvent) => void, onError?: (error: Error) => void }) => void} call */
  #tell(call) {
    for (const listener of [...this.#listeners]) {
      try {
        call(listener);
      } catch (error) {
        reportUncaught(error);
      }
    }
    this.#wakeLoops();
  }

  #event() {
    return new Promise((resolve) => { this.#loops.add(() => resolve(undefined)); });
  }

  #wakeLoops() {
    const loops = [...this.#loops];
    this.#loops.clear();
    for (const wake of loops) wake();
  }
}
