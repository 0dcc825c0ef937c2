/** Keeps the results of live queries up to date: runs them again after commits that touch what they read. */
import { diffRows } from './live-diff.js';
import { afterMicrotasks } from './macrotask.js';
import { TidemarkError, abortedError } from './errors.js';

/**
 * Who is told of the result.
 * @typedef {object} LiveSink
 * @property {(rows: any[], changes: import('./live-diff.js').RowChange[]) => void} changed
 * @property {(error: TidemarkError) => void} failed the query could not be run again; it stays as it was
 */

/**
 * An open live query.
 * @typedef {object} LiveHandle
 * @property {any[]} rows the first result
 * @property {import('./block.js').Field[]} fields
 * @property {readonly string[] | null} key
 * @property {() => void} close
 */

/** The live queries of one session. */
export class LiveSources {
  #session;
  /** @type {Map<string, Set<LiveSource>>} by each relation that they read */
  #readers = new Map();
  /** @type {Set<LiveSource>} to be run again */
  #stale = new Set();
  #scheduled = false;
  #closed = false;

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.#session = session;
  }

  /**
   * Runs a query and keeps its result up to date.
   * @param {string} sql
   * @param {import('./engine-statement.js').Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal | null, key?: string[] }} options
   * @param {LiveSink} sink
   * @returns {Promise<LiveHandle>}
   */
  async open(sql, parameters, options, sink) {
    const source = new LiveSource(this, this.#session, sql, parameters, options, sink);
    await source.start();
    return source.handle;
  }

  /**
   * Something was committed.
   * @param {[string, string][]} relations
   */
  committed(relations) {
    for (const [schema, name] of relations) {
      for (const source of this.#readers.get(relationKey(schema, name)) ?? []) this.#stale.add(source);
    }
    this.#schedule();
  }

  /** Relations were defined, altered or dropped: every query is run again. */
  redefined() {
    for (const sources of this.#readers.values()) for (const source of sources) this.#stale.add(source);
    this.#schedule();
  }

  /**
   * Notes what a query reads now.
   * @param {LiveSource} source
   * @param {readonly string[]} before
   * @param {readonly string[]} now
   */
  moved(source, before, now) {
    for (const relation of before) {
      const readers = this.#readers.get(relation);
      readers?.delete(source);
      if (readers?.size === 0) this.#readers.delete(relation);
    }
    for (const relation of now) {
      const readers = this.#readers.get(relation);
      if (readers === undefined) this.#readers.set(relation, new Set([source]));
      else readers.add(source);
    }
  }

  /** @param {LiveSource} source that is to be run again */
  stale(source) {
    this.#stale.add(source);
    this.#schedule();
  }

  close() {
    this.#closed = true;
    this.#readers.clear();
    this.#stale.clear();
  }

  #schedule() {
    if (this.#scheduled || this.#stale.size === 0) return;
    this.#scheduled = true;
    // A burst of commits costs one run.
    afterMicrotasks(() => {
      this.#scheduled = false;
      if (this.#closed) return;
      const stale = [...this.#stale];
      this.#stale.clear();
      for (const source of stale) source.refresh();
    });
  }
}

/**
 * A relation as a key of a Map.
 * @param {string} schema
 * @param {string} name
 */
function relationKey(schema, name) {
  return JSON.stringify([schema, name]);
}

/** One live query. */
class LiveSource {
  #sources;
  #session;
  #sql;
  #parameters;
  #options;
  #sink;
  /** @type {any[]} */
  #rows = [];
  /** @type {import('./block.js').Field[]} */
  #fields = [];
  /** @type {readonly string[] | null} */
  #key = null;
  /** @type {readonly string[]} */
  #relations = [];
  #running = false;
  #again = false;
  #closed = false;
  #onAbort = () => this.#abort();

  /**
   * @param {LiveSources} sources
   * @param {import('./session.js').Session} session
   * @param {string} sql
   * @param {import('./engine-statement.js').Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal | null, key?: string[] }} options
   * @param {LiveSink} sink
   */
  constructor(sources, session, sql, parameters, options, sink) {
    this.#sources = sources;
    this.#session = session;
    this.#sql = sql;
    this.#parameters = parameters;
    this.#options = options;
    this.#sink = sink;
  }

  /** Runs the query for the first time. */
  async start() {
    const { signal } = this.#options;
    this.#rows = await this.#run(signal);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** @returns {LiveHandle} */
  get handle() {
    return { rows: this.#rows, fields: this.#fields, key: this.#key, close: () => this.close() };
  }

  /** Runs the query again and tells what is different. */
  async refresh() {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      const rows = await this.#run(null);
      if (this.#closed) return;
      const changes = diffRows(this.#rows, rows, this.#key);
      if (changes.length === 0) return;
      this.#rows = rows;
      this.#sink.changed(rows, changes);
    } catch (error) {
      if (!this.#closed) this.#sink.failed(TidemarkError.from(error));
    } finally {
      this.#running = false;
      if (this.#again) this.#sources.stale(this);
      this.#again = false;
    }
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#sources.moved(this, this.#relations, []);
  }

  /** @param {AbortSignal | null} [signal] */
  async #run(signal) {
    const result = await this.#session.query(this.#session.root, this.#sql, this.#parameters,
      { signal, relations: true });
    const { source } = result;
    if (source === undefined) throw new TidemarkError('42601', 'a live query is one statement');
    this.#fields = result.fields;
    const key = this.#options.key ?? source.key;
    this.#key = key.length === 0 ? null : key;
    const relations = source.relations.map(([schema, name]) => relationKey(schema, name));
    if (!this.#closed) this.#sources.moved(this, this.#relations, relations);
    this.#relations = relations;
    return result.rows;
  }

  #abort() {
    if (this.#closed) return;
    this.close();
    this.#sink.failed(abortedError(/** @type {AbortSignal} */ (this.#options.signal)));
  }
}
