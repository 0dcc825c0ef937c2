/** The database, as an application sees it. */
import { syncTag, wakeWhileWaiting } from './background-sync.js';
import { hasNode } from './builtin.js';
import { LiveQuery } from './live.js';
import { loadModule } from './module.js';
import { Queryable } from './queryable.js';
import { RemoteSession } from './remote-session.js';
import { Session } from './session.js';
import { askToPersist, estimateStorage } from './storage/quota.js';
import { Sync } from './sync.js';
import { SharedSession } from './tabs/shared-session.js';
import { exportDatabase, importDatabase } from './transfer.js';
import { Wal } from './wal.js';

/**
 * @typedef {object} TidemarkOptions
 * @property {string} [path] name of the database; default ':memory:', which keeps nothing
 * @property {'auto' | 'memory' | 'opfs' | 'indexeddb' | 'file' | import('./storage/storage.js').Storage} [storage]
 * @property {'postgres' | 'mysql' | 'sqlite'} [dialect] of the SQL that you write
 * @property {import('./origins.js').GetUpstreamClient} [getUpstreamClient] called once for each origin id
 * @property {boolean} [autoSync] whether realtime views and the write queue start by themselves; default true
 * @property {boolean | string} [backgroundSync] asks the browser to send in the background what waits; default false
 * @property {'strict' | 'relaxed'} [durability] what a commit that has been acknowledged survives; default 'strict'
 * @property {Uint8Array | ArrayBuffer} [encryptionKey] 32 bytes by which what is kept is encrypted
 * @property {boolean} [persist] asks the browser never to delete by itself what the site has stored
 * @property {number} [takeoverAfter] milliseconds without an answer after which another tab takes the database over
 * @property {(notice: import('./index.js').Notice) => void} [onNotice] told what statements have to say besides
 *   their results, and when storage is nearly full
 * @property {import('./module.js').ModuleSource} [wasm] the engine, where it cannot be loaded by address
 * @property {boolean | import('./remote-session.js').WorkerLike} [worker] runs the engine in another thread
 * @property {() => Promise<import('./remote-session.js').WorkerLike>} [startWorker] what `worker: true` does, where it can be done
 */

/** @typedef {import('./queryable.js').Access & { end(): void }} OpenAccess end: before it is closed */

export class Tidemark extends Queryable {
  #options;
  /** @type {OpenAccess | null} */
  #open = null;
  /** @type {Promise<OpenAccess> | null} */
  #opening = null;
  /** @type {Promise<void>} */
  #closing = Promise.resolve();
  #access;
  #wal;
  #sync;

  /** @param {TidemarkOptions} [options] */
  constructor(options = {}) {
    const access = () => this.#open ?? this.#connect();
    super(access);
    this.#options = options;
    this.#access = access;
    this.#wal = new Wal(access);
    this.#sync = new Sync(access);
  }

  /** Opens the database; otherwise the first call does. */
  async connect() {
    await (this.#open ?? this.#connect());
  }

  /** Closes the database, once everything committed is kept. It can be opened again. */
  async close() {
    const opening = this.#opening;
    if (opening === null) return this.#closing;
    this.#open = null;
    this.#opening = null;
    const before = this.#closing;
    this.#closing = (async () => {
      await before;
      const access = await opening.catch(() => null);
      access?.end();
      await access?.connection.close();
    })();
    return this.#closing;
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  /**
   * The connection of an open database, for those who offer it to others.
   * @internal
   * @param {Tidemark} database
   * @returns {Promise<any>}
   */
  static async connectionOf(database) {
    return (database.#open ?? await database.#connect()).connection;
  }

  /** The name of the storage in use; null while the database is not open. */
  get storage() {
    return this.#open === null ? null : /** @type {string} */ (this.#open.connection.storageName);
  }

  /**
   * The room that the browser has given the site, and whether it may take it back; null where nobody can tell.
   * @returns {Promise<import('./storage/quota.js').StorageEstimate | null>}
   */
  estimate() {
    return estimateStorage();
  }

  /**
   * The whole database as a SQLite file, in its state of when the first bytes are read. Everyone else waits until the
   * stream has ended or was cancelled.
   * @param {import('./transfer.js').TransferOptions} [options]
   * @returns {ReadableStream<Uint8Array>}
   */
  export(options) {
    return exportDatabase(this.#access, options);
  }

  /**
   * Makes a file that `export` gave the contents of this database, which has to be empty. It is checked whole before
   * anything of it is there.
   * @param {import('./transfer.js').ImportSource} source
   * @param {import('./transfer.js').TransferOptions} [options]
   */
  import(source, options) {
    return importDatabase(this.#access, source, options);
  }

  /** Committed changes. */
  get wal() {
    return this.#wal;
  }

  /** Synchronisation with the origins. */
  get sync() {
    return this.#sync;
  }

  /**
   * Runs one or more statements and resolves to the result of the last; with the option `live` to a live query.
   * @override
   * @param {string} sql
   * @param {import('./queryable.js').Parameters} [parameters]
   * @param {import('./queryable.js').QueryOptions & { live?: boolean }} [options]
   * @returns {Promise<any>}
   */
  query(sql, parameters, options) {
    if (options?.live) return this.live(sql, parameters, options);
    return super.query(sql, parameters, options);
  }

  /**
   * A query whose result follows the database.
   * @param {string} sql
   * @param {import('./queryable.js').Parameters} [parameters]
   * @param {{ signal?: AbortSignal, key?: string[] }} [options] key: the columns that identify a row, where the
   *   engine does not know
   * @returns {Promise<LiveQuery>}
   */
  async live(sql, parameters, options = {}) {
    const { connection } = this.#open ?? await this.#connect();
    return LiveQuery.open(connection, sql, parameters, options);
  }

  #connect() {
    if (this.#opening !== null) return this.#opening;
    const opening = this.#openConnection().then((access) => {
      // Closed in the meantime? Then close() has taken charge of it.
      if (this.#opening === opening) this.#open = access;
      return access;
    }, (error) => {
      if (this.#opening === opening) this.#opening = null;
      throw error;
    });
    this.#opening = opening;
    return opening;
  }

  async #openConnection() {
    await this.#closing;
    const tag = syncTag(this.#options);
    if (this.#options.persist) askToPersist();
    const connection = await openConnection(this.#options);
    connection.onSync((/** @type {any} */ event) => this.#sync.dispatch(connection, event));
    const { onNotice } = this.#options;
    if (onNotice !== undefined) connection.onNotice(onNotice);
    const end = tag === null ? () => {} : wakeWhileWaiting(connection, tag, (notice) => onNotice?.(notice));
    return { connection, scope: connection.root, end };
  }
}

/**
 * @param {TidemarkOptions} options
 * @returns {Promise<any>}
 */
export async function openConnection(options) {
  if (options.worker) return RemoteSession.open(options);
  if (!isShared(options)) return Session.open(options);
  // Whoever holds the database now: it will be needed here, and compiles while we wait for the lock.
  if (options.wasm === undefined) loadModule().catch(() => {}); // told by who uses it
  return SharedSession.open(options);
}

/**
 * Whether tabs and workers share the database: one that the browser keeps, where there is a lock to agree by.
 * @param {TidemarkOptions} options
 */
function isShared({ path = ':memory:', storage = 'auto' }) {
  return path !== ':memory:' && (storage === 'auto' || storage === 'opfs' || storage === 'indexeddb') && !hasNode
    && globalThis.navigator?.locks !== undefined && typeof BroadcastChannel === 'function';
}
