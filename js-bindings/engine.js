/**
 * The engine, synchronously: nothing here waits. What has to wait is an effect, and host.js performs it.
 */
import { webCrypto } from './builtin.js';
import { DIALECT, EVENT, STATUS, STORAGE } from './constants.js';
import { EngineStatement } from './engine-statement.js';
import { TidemarkError } from './errors.js';
import { Border } from './marshal.js';

/** Prepared statements that are kept for the next time their text comes. */
const CACHE_SIZE = 128;

/**
 * @typedef {object} EngineOptions
 * @property {'memory' | 'pages' | 'file'} storage
 * @property {string} [path] of the database file, for 'file'
 * @property {import('./storage/storage.js').Files} [files] for 'file'
 * @property {'postgres' | 'mysql' | 'sqlite'} [dialect] of the SQL that prepare is given
 * @property {boolean} [autoSync] whether realtime views and the write queue start by themselves
 * @property {'strict' | 'relaxed'} [durability] of commits, for 'file'
 * @property {Uint8Array} [encryptionKey] 32 bytes
 */

/**
 * An effect: what the engine asks of the host.
 * @typedef {object} Effect
 * @property {number} type one of EFFECT
 * @property {any} about its JSON
 * @property {Uint8Array | null} data a copy
 */

export class Engine {
  #border;
  #pointer;
  #now = 0;
  /** @type {Map<string, EngineStatement[]>} idle statements by their text, the least recently used first */
  #cache = new Map();
  #cached = 0;
  /** Whether there are effects to perform after the last fetch, and when to tick then. */
  hasEffects = false;
  wake = -1;

  /**
   * Makes an engine of its own instance of the module. With pages it asks for them (LOAD) before it runs
   * statements.
   * @param {WebAssembly.Module} module
   * @param {EngineOptions} options
   * @returns {Promise<Engine>}
   */
  static async open(module, options) {
    const border = await Border.create(module, options.files ?? null);
    const seed = (await webCrypto()).getRandomValues(new Uint8Array(32));
    return new Engine(border, seed, options);
  }

  /**
   * @param {Border} border
   * @param {Uint8Array} random 32 bytes
   * @param {EngineOptions} options
   */
  constructor(border, random, { storage, path = '', dialect = 'postgres', autoSync = true, durability, encryptionKey }) {
    if (!Object.hasOwn(DIALECT, dialect)) {
      throw new TidemarkError('22023', `dialect cannot be ${JSON.stringify(dialect)}`, {
        hint: "It takes 'postgres', 'mysql' or 'sqlite'.",
      });
    }
    this.#border = border;
    const seed = border.writeData([random]).pointer;
    const name = border.writeText(path);
    const status = border.withSecret(encryptionKey ?? null, (key) => border.exports.tidemark_open(STORAGE[storage],
      name.pointer, name.size, DIALECT[dialect], Date.now(), seed, autoSync ? 1 : 0, durability === 'relaxed' ? 1 : 0, key));
    this.#pointer = border.word(0);
    if (this.#pointer === 0) throw new TidemarkError('53200', 'out of memory while opening the database');
    if (status !== STATUS.done) {
      const error = this.error();
      this.close();
      throw error;
    }
  }

  /** Frees the engine; it cannot be used any more. */
  close() {
    if (this.#pointer === 0) return;
    this.#border.exports.tidemark_close(this.#pointer);
    this.#pointer = 0;
    this.#cache.clear();
  }

  /** The border, for EngineStatement. */
  get border() {
    return this.#border;
  }

  /**
   * The last failure.
   * @param {number} [offset] of the statement within the text that positions count in, in UTF-16 units
   */
  error(offset = 0) {
    this.#border.exports.tidemark_error(this.#pointer);
    const plain = JSON.parse(this.#border.text(0));
    if (plain.position !== undefined) plain.position += offset;
    return new TidemarkError(plain.code, plain.message, plain);
  }

  /**
   * Tells the engine about an event.
   * @param {number} type one of EVENT
   * @param {object | null} about its JSON
   * @param {readonly Uint8Array[]} [data]
   */
  feed(type, about, data) {
    const { exports } = this.#border;
    this.#now = Date.now();
    const passed = data === undefined ? null : this.#border.writeData(data);
    const json = about === null ? null : this.#border.writeText(JSON.stringify(about));
    const status = exports.tidemark_feed(this.#pointer, type, this.#now, json?.pointer ?? 0, json?.size ?? 0,
      passed?.pointer ?? 0, passed?.size ?? 0);
    if (status > 0) throw this.error();
  }

  /** Tells the engine the time, unless it knows it already. */
  tick() {
    const now = Date.now();
    if (now === this.#now) return;
    this.#now = now;
    this.#border.exports.tidemark_feed(this.#pointer, EVENT.time, now, 0, 0, 0, 0);
  }

  /**
   * Runs a statement on to its next rows, for EngineStatement.
   * @param {number} statement
   * @param {number} maximum
   * @returns {number} status
   */
  fetch(statement, maximum) {
    const border = this.#border;
    const status = border.exports.tidemark_fetch(this.#pointer, statement, maximum);
    this.hasEffects = border.word(8) !== 0;
    this.wake = border.real(3);
    return status;
  }

  /**
   * Takes the next effect.
   * @returns {Effect | null}
   */
  nextEffect() {
    const border = this.#border;
    if (border.exports.tidemark_next_effect(this.#pointer) === 0) return null;
    return { type: border.word(0), about: JSON.parse(border.text(1)), data: border.bytes(3) };
  }

  /** When to tick at the latest, in milliseconds since 1970; -1: no need. */
  get nextWake() {
    return this.#border.exports.tidemark_next_wake(this.#pointer);
  }

  /** Whether a transaction begun by a statement is open. */
  get inTransaction() {
    return this.#border.exports.tidemark_in_transaction(this.#pointer) !== 0;
  }

  /** The last PERSIST that makes the last commit durable; 0: nothing to wait for. */
  get persistId() {
    return this.#border.exports.tidemark_persist_id(this.#pointer);
  }

  /**
   * Prepares all statements of a text. Each has to be given back by release.
   * @param {string} sql
   * @returns {EngineStatement[]}
   */
  prepareAll(sql) {
    const cached = this.#takeCached(sql);
    if (cached !== null) return [cached];
    const { exports } = this.#border;
    const { pointer, size } = this.#border.writeText(sql);
    /** @type {EngineStatement[]} */
    const statements = [];
    let at = 0;
    let units = 0;
    while (at < size) {
      const status = exports.tidemark_prepare(this.#pointer, pointer + at, size - at);
      if (status !== STATUS.done) {
        const error = this.error(units);
        for (const statement of statements) statement.finalize();
        throw error;
      }
      const [statement, consumed] = [this.#border.word(0), this.#border.word(1)];
      if (statement === 0) break;
      statements.push(new EngineStatement(this, statement, sql, units));
      if (at + consumed < size) units += this.#border.textAt(pointer + at, consumed).length;
      at += consumed;
    }
    if (statements.length === 1) statements[0].cacheable = true;
    return statements;
  }

  /**
   * Gives a statement back: it is kept for the next time its text comes, or freed.
   * @param {EngineStatement} statement
   */
  release(statement) {
    if (this.#pointer === 0) return; // freed with the engine
    statement.reset();
    if (!statement.cacheable) {
      statement.finalize();
      return;
    }
    const same = this.#cache.get(statement.sql);
    if (same === undefined) this.#cache.set(statement.sql, [statement]);
    else same.push(statement);
    if (++this.#cached > CACHE_SIZE) this.#evict();
  }

  /**
   * Ends what a statement's `watch` began.
   * @param {number} id
   */
  unwatch(id) {
    if (this.#pointer !== 0) this.#border.exports.tidemark_live_unwatch(this.#pointer, id);
  }

  /** Whether texts have to be kept in the order of their use, because some will have to go. */
  get #crowded() {
    return this.#cache.size > CACHE_SIZE / 2;
  }

  /** @param {string} sql */
  #takeCached(sql) {
    const idle = this.#cache.get(sql);
    if (idle === undefined) return null;
    if (this.#crowded) {
      this.#cache.delete(sql);
      this.#cache.set(sql, idle);
    }
    const statement = idle.pop();
    if (statement === undefined) return null;
    this.#cached--;
    return statement;
  }

  #evict() {
    for (const [sql, idle] of this.#cache) {
      const statement = idle.pop();
      if (idle.length === 0) this.#cache.delete(sql);
      if (statement === undefined) continue; // in use just now
      statement.finalize();
      this.#cached--;
      return;
    }
  }
}
