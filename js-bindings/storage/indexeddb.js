/**
 * A database as pages in IndexedDB.
 *
 * STORED FORM, in the IndexedDB database `tidemark:<path>`, version 3:
 *   object store `blocks`: block number → 16 pages one after the other, a Uint8Array; what is beyond the last page means nothing
 *   object store `changed`: page number → a page that is newer than in its block, a Uint8Array
 *   object store `about`: 'shape' → { pageSize, pageCount }; who may write (fences.js)
 * Version 2 had no `changed`; version 1 had an object store `pages`, with a record for each page: opening makes blocks of them.
 *
 * Reading costs by the record: blocks are read many times faster than pages. Writing costs by the byte: a commit writes pages, and
 * now and then a block (changed-pages.js). One commit
 * is one IndexedDB transaction with the database's durability: it is kept whole or not at all, and with
 * 'strict' its promise resolves when it is on disk.
 */
import { TidemarkError } from '../errors.js';
import { ChangedPages } from './changed-pages.js';
import { FencingToken, fenceOf, passFence, putUpFence, takeFencesDown } from './fences.js';
import { migrate } from './indexeddb-migration.js';
import { beginNewLog } from './leveldb-log.js';
import { LOCK_PATIENCE, WebLock, heldLocks, inUse } from './web-lock.js';

/** @typedef {import('./storage.js').PageStorageInterface} PageStorageInterface */

/** Pages of one record. */
const BLOCK_PAGES = 16;
/** Blocks read at once while a database is loaded. */
const LOAD_BATCH = 64;
/** Most pages that are kept apart from their blocks; opening reads them all. */
const CHANGED_MAX = 1024;
const VERSION = 3;
const STORES = ['blocks', 'changed', 'about'];

/** @implements {PageStorageInterface} */
export class IndexedDbStorage {
  kind = /** @type {const} */ ('pages');
  name = 'indexeddb';
  #patience;
  #durability;
  /** @type {FencingToken | null} what we write under */
  #token = null;
  /** Whether transactions may be told to commit. */
  #commits = false;
  /** @type {IDBDatabase | null} */
  #database = null;
  /** @type {WebLock | null} */
  #lock = null;
  /** Of what is stored. */
  #pageSize = 0;
  #pageCount = 0;
  #changed;

  /**
   * @param {{ patience?: number, durability?: 'strict' | 'relaxed', changedMax?: number }} [options] patience: milliseconds
   *   to wait for another tab; changedMax: most pages that are kept apart from their blocks
   */
  constructor({ patience = LOCK_PATIENCE, durability = 'strict', changedMax = CHANGED_MAX } = {}) {
    this.#patience = patience;
    this.#durability = durability;
    this.#changed = new ChangedPages(BLOCK_PAGES, changedMax);
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
    try {
      await beginNewLog();
      this.#database = await openDatabase(nameOf(path));
      await this.#claim();
      await this.#readShape();
      await this.#readChanged();
    } catch (error) {
      await this.close();
      throw storageError(error);
    }
  }

  /** How many bytes are stored. */
  get size() {
    return this.#pageSize * this.#pageCount;
  }

  /** @param {(offset: number, bytes: Uint8Array) => void} receive */
  async load(receive) {
    const step = LOAD_BATCH * BLOCK_PAGES * this.#pageSize;
    for (let offset = 0; offset < this.size; offset += step) receive(offset, await this.read(offset, step));
  }

  /**
   * What is stored from `offset`, where a block begins, up to a whole block that ends behind `size` bytes, or the end.
   * @param {number} offset
   * @param {number} size
   */
  async read(offset, size) {
    const blockSize = BLOCK_PAGES * this.#pageSize;
    const first = offset / blockSize;
    const last = Math.ceil(Math.min(offset + size, this.size) / blockSize) - 1;
    try {
      const blocks = this.#transaction('readonly').objectStore('blocks');
      const contents = await answer(blocks.getAll(IDBKeyRange.bound(first, last)));
      // Without gaps, since every page of a database has been written at least once.
      if (contents.length !== last - first + 1) throw missing();
      const joined = new Uint8Array(contents.length * blockSize);
      contents.forEach((block, at) => this.#bringUpToDate(joined.subarray(at * blockSize), block, first + at));
      return joined.subarray(0, this.size - offset);
    } catch (error) {
      throw storageError(error);
    }
  }

  /** @param {import('./storage.js').PageBatch} batch */
  async persist(batch) {
    const { pageSize, pageCount } = batch;
    /** @type {IDBTransaction | null} */
    let transaction = null;
    try {
      transaction = this.#transaction('readwrite');
      const about = transaction.objectStore('about');
      passFence(about, /** @type {FencingToken} */ (this.#token).name);
      const done = completion(transaction);
      done.catch(() => {}); // told below, unless something else fails before
      const plan = this.#plan(batch);
      await this.#write(transaction, plan, batch);
      if (pageCount < this.#pageCount) dropBehind(transaction, pageCount);
      if (pageCount !== this.#pageCount) about.put({ pageSize, pageCount }, 'shape');
      // It ends without us, where the fence allows: a page that stops running here must not hold up who comes after it.
      if (this.#commits) transaction.commit();
      await done;
      this.#pageSize = pageSize;
      this.#pageCount = pageCount;
      this.#changed.carriedOut(plan, pageCount);
    } catch (/** @type {any} */ error) {
      if (transaction !== null) abort(transaction);
      throw storageError(transaction?.error?.name === 'ConstraintError' ? inUse() : error);
    }
  }

  async close() {
    this.#database?.close();
    this.#database = null;
    this.#token?.release();
    this.#token = null;
    this.#lock?.release();
    this.#lock = null;
  }

  /** @param {IDBTransactionMode} mode */
  #transaction(mode) {
    if (this.#database === null) {
      throw new TidemarkError('58030', 'the browser has deleted or closed the stored database', {
        hint: 'Open it again; if it was deleted, a new one begins.',
      });
    }
    return this.#database.transaction(STORES, mode, { durability: this.#durability });
  }

  async #readShape() {
    const shape = await answer(this.#transaction('readonly').objectStore('about').get('shape'));
    this.#pageSize = shape?.pageSize ?? 0;
    this.#pageCount = shape?.pageCount ?? 0;
  }

  async #readChanged() {
    const changed = this.#transaction('readonly').objectStore('changed');
    const [numbers, pages] = await Promise.all([answer(changed.getAllKeys()), answer(changed.getAll())]);
    this.#changed.reset(pages.map((page, at) => [Number(numbers[at]), page]));
  }

  /**
   * Which blocks and which pages are written with the batch: a block that it has all of, or that is not there yet, and others to make
   * room for pages.
   * @param {import('./storage.js').PageBatch} batch
   */
  #plan({ pageCount, pages }) {
    return this.#changed.plan(pages, pageCount, (block, count) => {
      const first = block * BLOCK_PAGES;
      return first >= this.#pageCount || count >= Math.min(BLOCK_PAGES, pageCount - first);
    });
  }

  /**
   * @param {IDBTransaction} transaction
   * @param {ReturnType<ChangedPages['plan']>} plan
   * @param {{ pageSize: number, pageCount: number }} shape
   */
  async #write(transaction, plan, { pageSize, pageCount }) {
    const blocks = transaction.objectStore('blocks');
    const changed = transaction.objectStore('changed');
    for (const [number, page] of plan.pages) changed.put(page, number);
    // All are asked for at once, and the transaction stays active as long as an answer is due.
    await Promise.all([...plan.blocks].map(async ([number, pages]) => {
      const first = number * BLOCK_PAGES;
      const whole = first >= this.#pageCount || pages.size >= Math.min(BLOCK_PAGES, pageCount - first);
      const block = whole ? new Uint8Array(BLOCK_PAGES * pageSize) : await answer(blocks.get(number));
      if (block === undefined) throw missing();
      for (const [at, page] of pages) block.set(page, (at - first) * pageSize);
      blocks.put(block, number);
      if (this.#changed.of(number).size > 0) changed.delete(IDBKeyRange.bound(first, first + BLOCK_PAGES - 1));
    }));
  }

  /**
   * Writes a block to `target`, as it is with the pages that have changed.
   * @param {Uint8Array} target
   * @param {Uint8Array} block
   * @param {number} number
   */
  #bringUpToDate(target, block, number) {
    target.set(block);
    for (const [at, page] of this.#changed.of(number)) target.set(page, (at - number * BLOCK_PAGES) * this.#pageSize);
  }

  /**
   * Makes it ours. Who had it before us may go on where the lock was taken from it or there is none: a fence lets none of
   * its transactions through from now on; those before are complete when this one is.
   */
  async #claim() {
    const database = /** @type {IDBDatabase} */ (this.#database);
    database.onversionchange = () => this.#lose();
    database.onclose = () => this.#lose();
    const owner = await answer(this.#transaction('readonly').objectStore('about').get('owner'));
    // Where nobody has the token any more it becomes ours, and nothing has to be written to read the database.
    const token = (owner === undefined ? null : await FencingToken.take(owner)) ?? await FencingToken.make();
    this.#token = token;
    const held = await heldLocks();
    const transaction = this.#transaction('readwrite');
    const about = transaction.objectStore('about');
    takeFencesDown(about, held);
    let taken = false;
    const request = about.get('owner');
    request.onsuccess = () => {
      taken = request.result !== owner;
      if (taken || token.name === owner) return;
      if (owner !== undefined) putUpFence(about, owner);
      about.put(token.name, 'owner');
    };
    await completion(transaction);
    // Whoever took the lock from us before that is known when the browser has answered.
    await heldLocks();
    if (taken || this.#lock?.lost) throw inUse();
    commitsSafely ??= await canCommitSafely(this.#transaction('readwrite'));
    this.#commits = commitsSafely === true;
  }

  /** The stored database was deleted, or belongs to somebody else now. */
  #lose() {
    this.#database?.close();
    this.#database = null;
  }
}

/** @type {boolean | null} what this browser does; null: not tried yet */
let commitsSafely = null;

/**
 * Whether a request that fails undoes its transaction also after commit(). Firefox keeps what the others have done.
 * @param {IDBTransaction} transaction
 * @returns {Promise<boolean | null>} null: it could not be tried
 */
async function canCommitSafely(transaction) {
  if (typeof transaction.commit !== 'function') return false;
  const about = transaction.objectStore('about');
  const key = fenceOf('');
  about.put(0, key);
  about.add(0, key).onerror = (event) => event.stopPropagation();
  about.delete(key);
  transaction.commit();
  return completion(transaction).then(() => false, () => (transaction.error?.name === 'ConstraintError' ? true : null));
}

/** @param {string} path */
function nameOf(path) {
  return `tidemark:${path}`;
}

/** @param {string} name */
async function openDatabase(name) {
  const request = indexedDB.open(name, VERSION);
  let damaged = false;
  request.onupgradeneeded = ({ oldVersion }) => {
    const { result: database } = request;
    for (const store of STORES) if (!database.objectStoreNames.contains(store)) database.createObjectStore(store);
    if (oldVersion !== 1) return;
    migrate(database, /** @type {IDBTransaction} */ (request.transaction), BLOCK_PAGES, () => { damaged = true; });
  };
  try {
    return await answer(request);
  } catch (/** @type {any} */ error) {
    if (damaged) throw missing();
    if (error?.name !== 'VersionError') throw error;
    throw new TidemarkError('0A000', 'the stored database was written by a newer version of Tidemark', {
      hint: 'Load the current version of the application: reload the page.', cause: error,
    });
  }
}

/** @param {IDBTransaction} transaction which may have ended */
function abort(transaction) {
  try {
    transaction.abort();
  } catch (/** @type {any} */ error) {
    if (error?.name !== 'InvalidStateError') throw error;
  }
}

/**
 * @param {IDBTransaction} transaction
 * @param {number} pageCount pages from there on are gone
 */
function dropBehind(transaction, pageCount) {
  transaction.objectStore('blocks').delete(IDBKeyRange.lowerBound(Math.ceil(pageCount / BLOCK_PAGES)));
  transaction.objectStore('changed').delete(IDBKeyRange.lowerBound(pageCount));
}

function missing() {
  return new TidemarkError('XX001', 'pages of the stored database are missing');
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
    transaction.onabort = () => reject(transaction.error?.name === 'ConstraintError' ? inUse() : transaction.error);
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
