/** One prepared statement of the engine, synchronously. */
import { RowDecoder } from './block.js';
import { STATUS } from './constants.js';
import { TidemarkError } from './errors.js';
import { Interruption } from './interruption.js';

/** What begins or ends a transaction; savepoints only divide one. */
const TRANSACTION_COMMANDS = new Set(['BEGIN', 'COMMIT', 'ROLLBACK']);
const READING_COMMANDS = new Set(['SELECT']);

/** Rows that cross the border at once. */
const FETCH_ROWS = 2000;

/** @typedef {import('./block.js').Field} Field */
/** @typedef {readonly unknown[] | Readonly<Record<string, unknown>>} Parameters */

/**
 * What the caller wants rows to be.
 * @typedef {object} RowOptions
 * @property {'object' | 'array' | 'block'} [rowMode] 'block': row blocks as they are, to be decoded elsewhere
 * @property {boolean} [parseJson] false: JSON and arrays stay text
 * @property {any} [token] by which the run can be ended
 */

export class EngineStatement {
  #engine;
  #border;
  #pointer;
  #offset;
  #parameterCount;
  /** @type {Map<string, number> | null} */
  #parameterIndexes = null;
  #running = false;
  #command = 0;
  #rowCount = 0;
  /** @type {number | bigint} */
  #insertId = 0;
  /** What the last run says about its columns, and what those are that are known. */
  #columnsVersion = 0;
  #knownVersion = 0;
  #columns = '';
  /** @type {Field[]} */
  #fields = [];
  /** @type {RowDecoder | null} */
  #decoder = null;
  #parseJson = true;
  /** Whether it may be kept for the next time its text comes. */
  cacheable = false;
  /** Its text, or the text of several statements that it is one of. */
  sql;

  /**
   * @param {import('./engine.js').Engine} engine
   * @param {number} pointer
   * @param {string} sql
   * @param {number} offset of it in `sql`, in UTF-16 units
   */
  constructor(engine, pointer, sql, offset) {
    this.#engine = engine;
    this.#border = engine.border;
    this.#pointer = pointer;
    this.#offset = offset;
    this.sql = sql;
    this.#parameterCount = this.#border.exports.tidemark_parameter_count(pointer);
  }

  /** How many parameters it takes. */
  get parameterCount() {
    return this.#parameterCount;
  }

  /** Whether it begins or ends a transaction; known before it has run. */
  get controlsTransaction() {
    this.#border.exports.tidemark_command(this.#pointer);
    return TRANSACTION_COMMANDS.has(this.#border.text(0));
  }

  /** Whether it changes nothing; known before it has run. */
  get reads() {
    this.#border.exports.tidemark_command(this.#pointer);
    return READING_COMMANDS.has(this.#border.text(0));
  }

  /**
   * Gives values to all parameters.
   * @param {Parameters} [parameters] by position, or by name for `:name`
   */
  bind(parameters = []) {
    const row = isList(parameters) ? parameters : this.#byName(parameters);
    if (row.length !== this.#parameterCount) {
      throw new TidemarkError('42P02',
        `the statement takes ${this.#parameterCount} parameters, but ${row.length} were given`);
    }
    if (row.length === 0) return;
    const { exports } = this.#border;
    const status = this.#border.bindRow(exports.tidemark_bind_block, this.#pointer, row);
    if (status !== STATUS.done) throw this.#engine.error(this.#offset);
  }

  /**
   * Runs on to the next rows and appends them.
   * @param {unknown[]} rows
   * @param {RowOptions} options
   * @param {number} [maximum]
   * @returns {number} STATUS.row: there may be more; STATUS.wait: perform effects first; STATUS.done
   */
  fetch(rows, options, maximum = FETCH_ROWS) {
    const border = this.#border;
    const status = (options.token ?? null) === null ? this.#engine.fetch(this.#pointer, maximum)
      : this.#fetchInterruptibly(maximum, options.token);
    this.#running = status < 0;
    if (status > 0) throw this.#engine.error(this.#offset);
    this.#columnsVersion = border.word(2);
    this.#command = border.word(3);
    this.#rowCount = border.real(2);
    this.#insertId = border.real(5);
    if (!Number.isSafeInteger(this.#insertId)) this.#insertId = border.integer(6);
    const block = border.word(0);
    if (block === 0) return status;
    const { rowMode = 'object' } = options;
    if (border.views.words[block >>> 2] === 0) return status;
    if (rowMode === 'block') {
      rows.push(border.views.bytes.slice(block, block + border.word(1)));
      return status;
    }
    // Asking for the columns is a call: it may move the memory, but not the block.
    const decoder = this.#decoderFor(options);
    if (rowMode === 'array') decoder.appendArrays(border.views, block, /** @type {any} */ (rows));
    else decoder.appendObjects(border.views, block, /** @type {any} */ (rows));
    return status;
  }

  /**
   * @param {number} maximum
   * @param {any} token
   */
  #fetchInterruptibly(maximum, token) {
    this.#border.interruption = new Interruption(token);
    try {
      return this.#engine.fetch(this.#pointer, maximum);
    } finally {
      this.#border.interruption = null;
    }
  }

  /** The columns of the result; known from the first fetch on. */
  get fields() {
    this.#readColumns();
    return this.#fields;
  }

  /**
   * What it did: "SELECT", "INSERT", …; known from the first fetch on.
   * @returns {string}
   */
  get command() {
    return this.#border.constantAt(this.#command);
  }

  /** The number of rows that it returned or changed; known from the first fetch on. */
  get rowCount() {
    return this.#rowCount;
  }

  /** MySQL's insert id, once it has run; 0: none. */
  get insertId() {
    return this.#insertId;
  }

  /**
   * The relations that it reads or writes, and the columns of its result that identify a row.
   * @returns {{ relations: [string, string][], key: string[] }}
   */
  get relations() {
    if (this.#border.exports.tidemark_relations(this.#pointer) === 0) throw this.#engine.error(this.#offset);
    return JSON.parse(this.#border.text(0));
  }

  /**
   * Makes it a live query, or one again that was lost.
   * @returns {{ reads: boolean, key: string[] } | null} reads: fetch gives the rows kept for it; null: an origin
   *   has to be asked first
   */
  live() {
    const status = this.#border.exports.tidemark_live(this.#pointer);
    this.#running = false;
    this.#knownVersion = -1;
    if (status > 0) throw this.#engine.error(this.#offset);
    if (status === STATUS.wait) return null;
    return { reads: this.#border.word(2) !== 0, key: JSON.parse(this.#border.text(0)) };
  }

  /**
   * Watches what it returns with its present parameters.
   * @returns {number} what commits call it
   */
  watch() {
    const status = this.#border.exports.tidemark_live_watch(this.#pointer);
    if (status !== STATUS.done) throw this.#engine.error(this.#offset);
    return this.#border.real(0);
  }

  /**
   * The next run is that of this watch: afterwards `changes` may tell what is different.
   * @param {number} id
   */
  follow(id) {
    this.#border.exports.tidemark_live_follow(this.#pointer, id);
  }

  /**
   * What is different since the watch was read; its parameters are bound.
   * @param {number} id
   * @returns {{ rows: any[], places: [number, number][] } | null} the rows read, where each was and is (-1: nowhere), and
   *   behind them the places of rows that are gone; null: it has to be read whole
   */
  changes(id) {
    const border = this.#border;
    const status = border.exports.tidemark_live_changes(this.#pointer, id);
    if (status === STATUS.done) return null;
    if (status !== STATUS.row) throw this.#engine.error(this.#offset);
    const places = JSON.parse(border.text(0));
    const block = border.word(2);
    this.#columnsVersion = border.word(3);
    /** @type {any[]} */
    const rows = [];
    this.#decoderFor({}).appendObjects(border.views, block, rows);
    return { rows, places };
  }

  /** Ends a run early; an unfinished write is undone. */
  reset() {
    if (this.#running) this.#border.exports.tidemark_reset(this.#pointer);
    this.#running = false;
  }

  /** Frees the statement. */
  finalize() {
    if (this.#pointer !== 0) this.#border.exports.tidemark_finalize(this.#pointer);
    this.#pointer = 0;
  }

  /** Reads the columns again if they differ from those of the run before. */
  #readColumns() {
    if (this.#columnsVersion === this.#knownVersion) return;
    this.#knownVersion = this.#columnsVersion;
    this.#border.exports.tidemark_columns(this.#pointer);
    const columns = this.#border.text(0);
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#fields = JSON.parse(columns);
    this.#decoder = null;
  }

  /** @param {RowOptions} options */
  #decoderFor({ parseJson = true }) {
    this.#readColumns();
    if (this.#decoder === null || this.#parseJson !== parseJson) {
      this.#decoder = new RowDecoder(this.#fields, { parseJson });
      this.#parseJson = parseJson;
    }
    return this.#decoder;
  }

  /**
   * @param {Readonly<Record<string, unknown>>} named
   * @returns {unknown[]}
   */
  #byName(named) {
    this.#parameterIndexes ??= new Map();
    const row = new Array(this.#parameterCount);
    const missing = new Set(row.keys());
    for (const [name, value] of Object.entries(named)) {
      const index = this.#indexOf(name);
      row[index - 1] = value;
      missing.delete(index - 1);
    }
    if (missing.size === 0) return row;
    throw new TidemarkError('42P02',
      `${missing.size} of ${this.#parameterCount} parameters of the statement were given no value`);
  }

  /** @param {string} name */
  #indexOf(name) {
    const indexes = /** @type {Map<string, number>} */ (this.#parameterIndexes);
    let index = indexes.get(name);
    if (index === undefined) {
      const { pointer } = this.#border.writeText(name);
      index = /** @type {number} */ (this.#border.exports.tidemark_parameter_index(this.#pointer, pointer));
      if (index === 0) throw new TidemarkError('42P02', `the statement has no parameter :${name}`);
      indexes.set(name, index);
    }
    return index;
  }
}

/**
 * @param {Parameters} parameters
 * @returns {parameters is readonly unknown[]}
 */
function isList(parameters) {
  return Array.isArray(parameters);
}
