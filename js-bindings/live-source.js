/**
 * Keeps the results of live queries up to date.
 *
 * The engine knows the shapes of queries and says with each commit which of those that watch it concerns
 * (c-src/view/live.h); these are read again, once per burst of commits. Queries of one text share a statement,
 * those with the same parameters besides share a result.
 */
import { diffRows, identityText } from './live-diff.js';
import { placeRows } from './live-places.js';
import { afterMicrotasks } from './macrotask.js';
import { STATUS } from './constants.js';
import { TidemarkError, abortedError, throwIfAborted } from './errors.js';

/** @typedef {import('./engine-statement.js').Parameters} Parameters */

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
 * @property {() => void} begin to be called once the rows have been taken: changes are told from then on, none is left out
 * @property {() => void} close
 */

/** The live queries of one session. */
export class LiveSources {
  #session;
  #engine;
  #host;
  /** @type {Map<string, LiveStatement>} by their text */
  #statements = new Map();
  /** @type {Map<number, LiveSource>} by the engine's name for who watches */
  #watching = new Map();
  /** @type {Set<LiveSource>} to be read again */
  #stale = new Set();
  #reopen = false;
  #scheduled = false;
  #closed = false;

  /**
   * @param {import('./session.js').Session} session
   * @param {import('./engine.js').Engine} engine
   * @param {import('./host.js').Host} host
   */
  constructor(session, engine, host) {
    this.#session = session;
    this.#engine = engine;
    this.#host = host;
  }

  /**
   * Runs a query and keeps its result up to date.
   * @param {string} sql
   * @param {Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal | null, key?: string[] }} options
   * @param {LiveSink} sink
   * @returns {Promise<LiveHandle>}
   */
  async open(sql, parameters, options, sink) {
    const { signal = null, key } = options;
    throwIfAborted(signal);
    const turn = this.#turn(signal);
    const release = turn instanceof Promise ? await turn : turn;
    /** @type {LiveSource | null} */
    let source = null;
    /** @type {LiveHandle | null} */
    let handle = null;
    try {
      let starting;
      try {
        source = this.#sourceFor(sql, parameters, key);
        if (source.starting !== null) starting = source.starting;
        else if (!source.started) starting = this.#start(source, signal);
        else if (this.#stale.delete(source)) source.read();
      } finally {
        release();
      }
      await starting;
      throwIfAborted(signal);
      handle = this.#handle(source, sink, signal);
      const durable = this.#host.durable();
      if (durable !== null) await durable;
      throwIfAborted(signal);
      return handle;
    } catch (error) {
      handle?.close();
      source?.closeUnused();
      throw error;
    }
  }

  /**
   * Something was committed.
   * @param {{ live?: number[], lost?: boolean }} commit
   */
  committed({ live, lost }) {
    if (lost) this.#reopen = true;
    for (const id of live ?? []) {
      const source = this.#watching.get(id);
      if (source !== undefined) this.#stale.add(source);
    }
    this.#schedule();
  }

  /** Relations were defined, altered or dropped: every query is looked at again. */
  redefined() {
    if (this.#statements.size === 0) return;
    this.#reopen = true;
    this.#schedule();
  }

  /**
   * Tells of rows that have been read, when they can no longer be lost.
   * @param {() => void} news
   */
  tell(news) {
    this.#host.tell(news);
  }

  /** @param {LiveSource} source that is to be read again */
  stale(source) {
    this.#stale.add(source);
    this.#schedule();
  }

  close() {
    this.#closed = true;
    this.#statements.clear();
    this.#watching.clear();
    this.#stale.clear();
  }

  /**
   * Runs a query that the engine does not read by itself.
   * @param {LiveSource} source
   * @param {AbortSignal | null} signal
   */
  async query(source, signal) {
    const { root } = this.#session;
    return this.#session.query(root, source.statement.sql, source.parameters, { signal });
  }

  /**
   * Makes a source watch, in place of what it watched before.
   * @param {LiveSource} source
   */
  watch(source) {
    this.unwatch(source);
    source.watched = source.statement.watch(source.parameters);
    this.#watching.set(source.watched, source);
  }

  /** @param {LiveSource} source */
  unwatch(source) {
    if (source.watched === 0) return;
    this.#watching.delete(source.watched);
    if (!this.#closed) this.#engine.unwatch(source.watched);
    source.watched = 0;
  }

  /**
   * Nobody wants it any more.
   * @param {LiveSource} source
   */
  forget(source) {
    this.unwatch(source);
    this.#stale.delete(source);
    const { statement } = source;
    statement.sources.delete(source.name);
    if (statement.sources.size > 0 || this.#closed) return;
    // Whoever opens it again at once finds it open still.
    afterMicrotasks(() => {
      if (statement.sources.size > 0 || this.#statements.get(statement.sql) !== statement) return;
      this.#statements.delete(statement.sql);
      if (this.#closed) return;
      statement.finalize();
      this.#host.pump();
    });
  }

  /**
   * Waits until it is our turn. What is done with it is synchronous.
   * @param {AbortSignal | null} signal
   * @returns {(() => void) | Promise<() => void>} gives the turn away
   */
  #turn(signal) {
    const { turns } = this.#session.root;
    if (turns.free) return () => {};
    return turns.acquire(signal).then(() => () => turns.release());
  }

  /**
   * @param {string} sql
   * @param {Parameters | undefined} parameters
   * @param {readonly string[] | undefined} key
   */
  #sourceFor(sql, parameters = [], key) {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = new LiveStatement(this.#engine, sql);
      this.#statements.set(sql, statement);
    }
    const name = nameOf(parameters, key);
    let source = statement.sources.get(name);
    if (source === undefined) {
      source = new LiveSource(this, statement, name, parameters, key);
      statement.sources.set(name, source);
    }
    return source;
  }

  /**
   * @param {LiveSource} source
   * @param {AbortSignal | null} signal
   * @returns {Promise<void> | undefined}
   */
  #start(source, signal) {
    if (this.#session.failure !== null) throw this.#session.failure;
    this.#engine.tick();
    try {
      if (source.statement.ensureOpen() && source.start()) return undefined;
    } finally {
      this.#host.pump();
    }
    return source.startLater(signal);
  }

  /**
   * @param {LiveSource} source
   * @param {LiveSink} sink
   * @param {AbortSignal | null} signal
   * @returns {LiveHandle}
   */
  #handle(source, sink, signal) {
    /** @type {(() => void)[] | null} what has happened since the rows were read, until they have been taken */
    let early = [];
    const tell = (/** @type {() => void} */ news) => {
      if (early === null) news();
      else early.push(news);
    };
    // An object of its own: one function may be given twice.
    /** @type {LiveSink} */
    const told = {
      changed: (rows, changes) => tell(() => sink.changed(rows, changes)),
      failed: (error) => tell(() => sink.failed(error)),
    };
    source.sinks.add(told);
    const begin = () => {
      const waiting = early ?? [];
      early = null;
      for (const news of waiting) news();
    };
    const close = () => {
      signal?.removeEventListener('abort', onAbort);
      if (source.sinks.delete(told)) source.closeUnused();
    };
    const onAbort = () => {
      close();
      tell(() => sink.failed(abortedError(/** @type {AbortSignal} */ (signal))));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    return { rows: source.rows, fields: source.fields, key: source.key, begin, close };
  }

  #schedule() {
    if (this.#scheduled || (this.#stale.size === 0 && !this.#reopen)) return;
    this.#scheduled = true;
    // A burst of commits costs one reading.
    afterMicrotasks(() => this.#refresh());
  }

  async #refresh() {
    const turn = this.#turn(null);
    const release = turn instanceof Promise ? await turn.catch(() => () => {}) : turn;
    this.#scheduled = false;
    try {
      if (!this.#closed && this.#session.failure === null) this.#readStale();
    } finally {
      release();
    }
  }

  #readStale() {
    if (this.#reopen) this.#openAgain();
    const stale = [...this.#stale];
    this.#stale.clear();
    for (const source of stale) source.read();
    this.#host.pump();
  }

  #openAgain() {
    this.#reopen = false;
    for (const statement of this.#statements.values()) {
      try {
        const open = statement.open();
        for (const source of statement.sources.values()) {
          if (source.started && open) this.watch(source);
          if (source.started) this.#stale.add(source);
        }
      } catch (error) {
        for (const source of statement.sources.values()) {
          this.#stale.delete(source);
          source.fail(error);
        }
      }
    }
  }
}

/** A text that is live, whatever its parameters. */
class LiveStatement {
  #engine;
  /** @type {import('./engine-statement.js').EngineStatement | null} */
  #prepared = null;
  #open = false;
  /** Whether its rows are read by `read`; otherwise it is run as any query. */
  reads = false;
  /** @type {readonly string[]} result columns that tell rows apart */
  key = [];
  /** @type {Map<string, LiveSource>} by their parameters */
  sources = new Map();
  sql;

  /**
   * @param {import('./engine.js').Engine} engine
   * @param {string} sql
   */
  constructor(engine, sql) {
    this.#engine = engine;
    this.sql = sql;
  }

  /**
   * Opens it, or makes sure that it is open.
   * @returns {boolean} false: an origin has to be asked first; run the query, then try again
   */
  open() {
    this.#open = false;
    this.#prepared ??= this.#prepare();
    const found = this.#prepared.live();
    if (found === null) return false;
    this.#open = true;
    this.reads = found.reads;
    this.key = found.key;
    return true;
  }

  /** As `open`, when it is not known to be open. */
  ensureOpen() {
    return this.#open || this.open();
  }

  /** @param {Parameters} parameters which stay bound */
  watch(parameters) {
    const prepared = /** @type {import('./engine-statement.js').EngineStatement} */ (this.#prepared);
    prepared.bind(parameters);
    return prepared.watch();
  }

  /**
   * What is different since `read`, if the engine can tell.
   * @param {Parameters} parameters
   * @param {number} watched
   */
  changes(parameters, watched) {
    const prepared = /** @type {import('./engine-statement.js').EngineStatement} */ (this.#prepared);
    prepared.bind(parameters);
    return prepared.changes(watched);
  }

  /**
   * The rows as they are now.
   * @param {Parameters | null} parameters null: they are bound already
   * @param {number} watched
   * @returns {{ rows: any[], fields: import('./block.js').Field[] } | null} null: an origin has to be asked
   */
  read(parameters, watched) {
    const prepared = /** @type {import('./engine-statement.js').EngineStatement} */ (this.#prepared);
    /** @type {any[]} */
    const rows = [];
    try {
      if (parameters !== null) prepared.bind(parameters);
      prepared.follow(watched);
      let status;
      do status = prepared.fetch(rows, NO_OPTIONS);
      while (status === STATUS.row);
      if (status === STATUS.wait) return null;
      return { rows, fields: prepared.fields };
    } finally {
      prepared.reset();
    }
  }

  finalize() {
    this.#prepared?.finalize();
    this.#prepared = null;
    this.#open = false;
  }

  #prepare() {
    const statements = this.#engine.prepareAll(this.sql);
    if (statements.length === 1) {
      statements[0].cacheable = false;
      return statements[0];
    }
    for (const statement of statements) this.#engine.release(statement);
    throw new TidemarkError('42601', 'a live query is one statement');
  }
}

const NO_OPTIONS = Object.freeze({});

/** From here on the engine may know the rows one by one (c-src/view/live_rows.c). */
const MANY_ROWS = 32;

/** One result that is kept up to date, for all who asked for it. */
class LiveSource {
  #sources;
  #givenKey;
  #running = false;
  #again = false;
  /** @type {any[]} */
  rows = [];
  /** @type {import('./block.js').Field[]} */
  fields = [];
  /** Its first result is there. */
  started = false;
  /** @type {Promise<void> | null} */
  starting = null;
  /** The engine's name for it. */
  watched = 0;
  /** @type {Set<LiveSink>} */
  sinks = new Set();
  statement;
  name;
  parameters;

  /**
   * @param {LiveSources} sources
   * @param {LiveStatement} statement
   * @param {string} name
   * @param {Parameters} parameters
   * @param {readonly string[] | undefined} key
   */
  constructor(sources, statement, name, parameters, key) {
    this.#sources = sources;
    this.#givenKey = key;
    this.statement = statement;
    this.name = name;
    this.parameters = parameters;
  }

  get key() {
    const key = this.#givenKey ?? this.statement.key;
    return key.length === 0 ? null : key;
  }

  /**
   * Reads the first result, if that can be done at once.
   * @returns {boolean}
   */
  start() {
    this.#sources.watch(this);
    const result = this.statement.reads ? this.statement.read(null, this.watched) : null;
    if (result === null) return false;
    this.#begin(result);
    return true;
  }

  /**
   * Reads the first result from wherever it has to be asked for.
   * @param {AbortSignal | null} signal
   * @returns {Promise<void>}
   */
  startLater(signal) {
    this.starting = (async () => {
      try {
        const result = await this.#sources.query(this, signal);
        if (this.watched === 0) {
          // The columns of all views are known now. What changed meanwhile is in what is read next.
          if (!this.statement.open()) throw new TidemarkError('08006', 'an origin has not told its columns');
          this.#sources.watch(this);
          this.#sources.stale(this);
        }
        this.#begin(result);
      } finally {
        this.starting = null;
      }
    })();
    return this.starting;
  }

  /** Reads it again and tells what is different. */
  read() {
    if (this.#running) {
      this.#again = true;
      return;
    }
    try {
      if (this.#readChanges()) return;
      const result = this.statement.reads ? this.statement.read(this.parameters, this.watched) : null;
      if (result === null) this.#readLater();
      else this.#replace(result.rows);
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {unknown} error why it could not be read again */
  fail(error) {
    const reported = TidemarkError.from(error);
    for (const sink of [...this.sinks]) sink.failed(reported);
  }

  /** Ends it if nobody wants it. */
  closeUnused() {
    if (this.sinks.size === 0 && this.starting === null) this.#sources.forget(this);
  }

  /** @param {{ rows: any[], fields: import('./block.js').Field[] }} result */
  #begin({ rows, fields }) {
    this.rows = rows;
    this.fields = fields;
    this.started = true;
  }

  async #readLater() {
    this.#running = true;
    try {
      const { rows } = await this.#sources.query(this, null);
      if (this.sinks.size > 0) this.#replace(rows);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#running = false;
      if (this.#again && this.sinks.size > 0) this.#sources.stale(this);
      this.#again = false;
    }
  }

  /**
   * Reads only what is different, where there are many rows.
   * @returns {boolean} false: they have to be read whole
   */
  #readChanges() {
    if (!this.statement.reads || this.rows.length < MANY_ROWS) return false;
    const found = this.statement.changes(this.parameters, this.watched);
    if (found === null) return false;
    const { rows, changes } = placeRows(this.rows, found.rows, found.places, this.key);
    this.#tell(rows, changes);
    return true;
  }

  /** @param {any[]} rows */
  #replace(rows) {
    this.#tell(rows, diffRows(this.rows, rows, this.key));
  }

  /**
   * @param {any[]} rows
   * @param {import('./live-diff.js').RowChange[]} changes
   */
  #tell(rows, changes) {
    if (changes.length === 0) return;
    this.rows = rows;
    // Who opens it from now on begins with these rows.
    const sinks = [...this.sinks];
    this.#sources.tell(() => {
      for (const sink of sinks) if (this.sinks.has(sink)) sink.changed(rows, changes);
    });
  }
}

/**
 * A text that is the same for the same parameters and key.
 * @param {Parameters} parameters
 * @param {readonly string[] | undefined} key
 */
function nameOf(parameters, key) {
  if (key === undefined && isList(parameters)) {
    if (parameters.length === 0) return '';
    const [only] = parameters;
    if (parameters.length === 1 && typeof only === 'number') return `${only}`;
  }
  return identityText([isList(parameters) ? parameters.map(named) : mapped(parameters), key]);
}

/**
 * @param {Parameters} parameters
 * @returns {parameters is readonly unknown[]}
 */
function isList(parameters) {
  return Array.isArray(parameters);
}

/** @param {Readonly<Record<string, unknown>>} parameters */
function mapped(parameters) {
  return Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => [name, named(value)]);
}

/** @param {unknown} value whose type matters beside its JSON */
function named(value) {
  if (value instanceof Date) return { date: value.getTime() };
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value;
}
