/**
 * A database as pages in IndexedDB.
 *
 * STORED FORM, in the IndexedDB database `tidemark:<path>`:
 *   object store `pages`: page number → the page, a Uint8Array
 *   object store `about`: 'shape' → { pageSize, pageCount }; 'owner' → token of who has it open
 *
 * One commit is one IndexedDB transaction with the database's durability: it is kept whole or not at all, and with
 * 'strict' its promise resolves when it is on disk.
 */
import { TidemarkError } from '../errors.js';
import { LOCK_PATIENCE, WebLock, inUse } from './web-lock.js';

/** @typedef {import('./storage.js').PageStorageInterface} PageStorageInterface */

/** Pages read at once while a database is opened. */
const LOAD_BATCH = 1024;

/** @implements {PageStorageInterface} */
export class IndexedDbStorage {
  kind = /** @type {const} */ ('pages');
  name = 'indexeddb';
  #patience;
  #durability;
  #token = '';
  /** @type {IDBDatabase | null} */
  #database = null;
  /** @type {WebLock | null} */
  #lock = null;
  /** Whether there is no lock to rely on: then whoever opens last owns the database. */
  #fenced = false;
  /** Pages that are stored. */
  #pageCount = Infinity;

  /**
   * @param {{ patience?: number, durability?: 'strict' | 'relaxed' }} [options] patience: milliseconds to wait for
   *   another tab
   */
  constructor({ patience = LOCK_PATIENCE, durability = 'strict' } = {}) {
    this.#patience = patience;
    this.#durability = durability;
  }

  /**
   * Whether there is a database of that name.
   * @param {string} path
   * @returns {Promise<boolean>}
   */
  static async has(path) {
    const request = indexedDB.open(nameOf(path));
    let found = true;
    // Asked to make one that is not there yet: so it is not there, and stays so.
    request.onupgradeneeded = () => {
      found = false;
      /** @type {IDBTransaction} */ (request.transaction).abort();
    };
    try {
      (await answer(request)).close();
    } catch (error) {
      if (found) throw storageError(error);
    }
    return found;
  }

  /**
   * @param {string} path
   * @param {WebLock} [lock] that is held for it already
   */
  async open(path, lock) {
    this.#lock = lock ?? await WebLock.take(path, this.#patience);
    this.#fenced = !this.#lock.guards;
    this.#pageCount = Infinity; // the first batch writes down the shape, whatever was stored
    try {
      this.#database = await openDatabase(nameOf(path));
      await this.#claim();
    } catch (error) {
      await this.close();
      throw storageError(error);
    }
  }

  /** @param {(offset: number, bytes: Uint8Array) => void} receive */
  async load(receive) {
    const transaction = this.#transaction('readonly');
    const shape = await answer(transaction.objectStore('about').get('shape'));
    if (shape === undefined) return;
    const { pageSize, pageCount } = shape;
    const pages = transaction.objectStore('pages');
    for (let first = 0; first < pageCount; first += LOAD_BATCH) {
      const count = Math.min(LOAD_BATCH, pageCount - first);
      const contents = await answer(pages.getAll(IDBKeyRange.bound(first, first + count - 1)));
      // Without gaps, since every page of a database has been written at least once.
      if (contents.length !== count) {
        throw new TidemarkError('XX001', 'pages of the stored database are missing');
      }
      const joined = new Uint8Array(count * pageSize);
      contents.forEach((page, at) => joined.set(page, at * pageSize));
      receive(first * pageSize, joined);
    }
  }

  /** @param {import('./storage.js').PageBatch} batch */
  async persist({ pageSize, pageCount, pages: changed }) {
    try {
      const transaction = this.#transaction('readwrite');
      const about = transaction.objectStore('about');
      if (this.#fenced) this.#checkOwner(transaction, about);
      const pages = transaction.objectStore('pages');
      for (const [number, page] of changed) pages.put(page, number);
      if (pageCount < this.#pageCount) pages.delete(IDBKeyRange.lowerBound(pageCount));
      if (pageCount !== this.#pageCount) about.put({ pageSize, pageCount }, 'shape');
      // The owner's check may still undo the transaction; otherwise it need not wait for the last answer.
      if (!this.#fenced) transaction.commit?.();
      await completion(transaction);
      this.#pageCount = pageCount;
    } catch (error) {
      throw storageError(error);
    }
  }

  async close() {
    this.#database?.close();
    this.#database = null;
    this.#lock?.release();
    this.#lock = null;
  }

  /** @param {IDBTransactionMode} mode */
  #transaction(mode) {
    if (this.#database === null) {
      throw new TidemarkError('58030', 'the browser has closed the stored database');
    }
    return this.#database.transaction(['pages', 'about'], mode, { durability: this.#durability });
  }

  async #claim() {
    const database = /** @type {IDBDatabase} */ (this.#database);
    database.onversionchange = () => this.#lose();
    database.onclose = () => this.#lose();
    if (!this.#fenced) return;
    this.#token = crypto.getRandomValues(new Uint32Array(4)).join('-');
    const transaction = this.#transaction('readwrite');
    transaction.objectStore('about').put(this.#token, 'owner');
    await completion(transaction);
  }

  /**
   * Undoes the transaction when somebody else has opened the database since.
   * @param {IDBTransaction} transaction
   * @param {IDBObjectStore} about
   */
  #checkOwner(transaction, about) {
    const request = about.get('owner');
    request.onsuccess = () => {
      if (request.result === this.#token) return;
      this.#lose();
      transaction.abort();
    };
  }

  /** The stored database was deleted, or belongs to somebody else now. */
  #lose() {
    this.#database?.close();
    this.#database = null;
  }
}

/** @param {string} path */
function nameOf(path) {
  return `tidemark:${path}`;
}

/** @param {string} name */
function openDatabase(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('pages');
    request.result.createObjectStore('about');
  };
  return answer(request);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function completion(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? inUse());
  });
}

/** @param {any} error */
function storageError(error) {
  if (error instanceof TidemarkError) return error;
  if (error?.name === 'QuotaExceededError') {
    return new TidemarkError('53100', 'the browser has no room left for this site', { cause: error });
  }
  return new TidemarkError('58030', `IndexedDB failed: ${error?.message ?? error}`, { cause: error });
}
