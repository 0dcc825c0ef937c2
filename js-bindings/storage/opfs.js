/**
 * A database in the browser's private file system, in a dedicated worker.
 *
 * STORED FORM, in the folder `tidemark/db-<path, percent-encoded>` of the origin:
 *   `database`, `database-wal`, `database-journal`: SQLite's files. All handles are opened when the database is,
 *   because a file cannot be opened while a statement runs; an empty file is one that does not exist for SQLite.
 */
import { TidemarkError } from '../errors.js';
import { LOCK_PATIENCE, WebLock, inUse } from './web-lock.js';

/** @typedef {import('./storage.js').FileStorageInterface} FileStorageInterface */
/** @typedef {import('./storage.js').Files} Files */

/**
 * What TypeScript's library for pages does not know.
 * @typedef {object} AccessHandle
 * @property {(bytes: Uint8Array, options: { at: number }) => number} read
 * @property {(bytes: Uint8Array, options: { at: number }) => number} write
 * @property {(size: number) => void} truncate
 * @property {() => void} flush
 * @property {() => number} getSize
 * @property {() => void} close
 */

const FOLDER = 'tidemark';
const DATABASE = 'database';
const NAMES = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-journal`];

/** Longest name that file systems take. */
const NAME_MAX = 255;

/** Milliseconds between attempts to open a file that a dying worker still holds. */
const RETRY_DELAY = 20;

/** @implements {FileStorageInterface} */
export class OpfsStorage {
  kind = /** @type {const} */ ('file');
  name = 'opfs';
  path = DATABASE;
  /** @type {Files} */
  files = /** @type {any} */ (null);
  #patience;
  /** @type {OpfsFiles | null} */
  #files = null;
  /** @type {WebLock | null} */
  #lock = null;

  /** @param {{ patience?: number }} [options] milliseconds to wait for another tab */
  constructor({ patience = LOCK_PATIENCE } = {}) {
    this.#patience = patience;
  }

  /**
   * Whether there is a database of that name. A file system that this thread may not enter at all has none for it; any
   * other failure is thrown, because taking it for "none" would begin a second database elsewhere.
   * @param {string} path
   */
  static async has(path) {
    const root = await navigator.storage.getDirectory().catch(() => null);
    if (root === null) return false;
    try {
      const folder = await folderOf(path, false);
      const file = await (await folder.getFileHandle(DATABASE)).getFile();
      return file.size > 0;
    } catch (error) {
      if (/** @type {any} */ (error)?.name === 'NotFoundError') return false;
      throw fileError(error);
    }
  }

  /** Whether a file can really be written here: the functions may be there and fail. */
  static async works() {
    const name = `probe-${crypto.randomUUID()}`;
    /** @type {any} */
    let folder = null;
    try {
      folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
      const access = await openAccess(folder, name, 0);
      try {
        const bytes = new Uint8Array([1]);
        access.write(bytes, { at: 0 });
        access.flush();
        bytes[0] = 0;
        return access.read(bytes, { at: 0 }) === 1 && bytes[0] === 1;
      } finally {
        access.close();
      }
    } catch {
      return false;
    } finally {
      await folder?.removeEntry(name).catch(() => {});
    }
  }

  /**
   * @param {string} path
   * @param {WebLock} [lock] that is held for it already
   */
  async open(path, lock) {
    this.#lock = lock ?? await WebLock.take(path, this.#patience);
    try {
      const folder = await folderOf(path, true);
      this.#files = new OpfsFiles(await openAll(NAMES.map((name) => openAccess(folder, name, this.#patience))));
      this.files = this.#files;
    } catch (error) {
      await this.close();
      throw openError(error);
    }
  }

  async close() {
    this.#files?.closeAll();
    this.#files = null;
    this.#lock?.release();
    this.#lock = null;
  }
}

/** @implements {Files} */
class OpfsFiles {
  #accesses;

  /** @param {AccessHandle[]} accesses of NAMES, in that order */
  constructor(accesses) {
    this.#accesses = accesses;
  }

  /**
   * @param {string} name
   * @param {boolean} create
   */
  open(name, create) {
    const handle = NAMES.indexOf(name);
    if (handle === -1 || (!create && !this.exists(name))) {
      throw new TidemarkError('58030', `there is no file ${name}`);
    }
    return handle;
  }

  /** Files stay open until the storage is closed. */
  close() {}

  /**
   * @param {number} handle
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  read(handle, bytes, offset) {
    return this.#accesses[handle].read(bytes, { at: offset });
  }

  /**
   * @param {number} handle
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  write(handle, bytes, offset) {
    let count = 0;
    try {
      count = this.#accesses[handle].write(bytes, { at: offset });
    } catch (error) {
      throw fileError(error);
    }
    // Only a disk without room for all of it writes less.
    if (count < bytes.length) throw full();
  }

  /**
   * @param {number} handle
   * @param {number} size
   */
  truncate(handle, size) {
    try {
      this.#accesses[handle].truncate(size);
    } catch (error) {
      throw fileError(error);
    }
  }

  /** @param {number} handle */
  sync(handle) {
    try {
      this.#accesses[handle].flush();
    } catch (error) {
      throw fileError(error);
    }
  }

  /** @param {number} handle */
  size(handle) {
    return this.#accesses[handle].getSize();
  }

  /** @param {string} name */
  remove(name) {
    const handle = NAMES.indexOf(name);
    if (handle === -1 || this.size(handle) === 0) return;
    this.truncate(handle, 0);
    // A journal that came back after a power cut would undo a commit.
    this.sync(handle);
  }

  /** @param {string} name */
  exists(name) {
    const handle = NAMES.indexOf(name);
    return handle !== -1 && this.size(handle) > 0;
  }

  closeAll() {
    for (const access of this.#accesses) access.close();
  }
}

/**
 * @param {string} path
 * @param {boolean} create
 * @returns {Promise<any>}
 */
async function folderOf(path, create) {
  const name = `db-${encodeURIComponent(path).replaceAll('*', '%2A')}`;
  if (name.length > NAME_MAX) throw new TidemarkError('22023', 'the path of the database is too long');
  const root = await navigator.storage.getDirectory();
  return (await root.getDirectoryHandle(FOLDER, { create })).getDirectoryHandle(name, { create });
}

/**
 * Opens a file for this thread alone. A worker that was terminated in the middle of its work keeps its files for
 * a moment, also after its lock is free.
 * @param {any} folder
 * @param {string} name
 * @param {number} patience
 * @returns {Promise<AccessHandle>}
 */
async function openAccess(folder, name, patience) {
  const file = await folder.getFileHandle(name, { create: true });
  if (typeof file.createSyncAccessHandle !== 'function') throw unsupported();
  const end = performance.now() + patience;
  for (;;) {
    try {
      const access = await file.createSyncAccessHandle();
      // The first browsers that had access handles answered with promises.
      if (typeof access.getSize() === 'number') return access;
      await access.close();
      throw unsupported();
    } catch (error) {
      const { name: kind } = /** @type {any} */ (error);
      if (kind !== 'NoModificationAllowedError' || performance.now() > end) throw error;
      await new Promise((resolve) => { setTimeout(resolve, RETRY_DELAY); });
    }
  }
}

/**
 * All of the files that are being opened, or none.
 * @param {Promise<AccessHandle>[]} opening
 * @returns {Promise<AccessHandle[]>}
 */
async function openAll(opening) {
  const outcomes = await Promise.allSettled(opening);
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed === undefined) return Promise.all(opening);
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.close();
  throw /** @type {PromiseRejectedResult} */ (failed).reason;
}

function unsupported() {
  return new TidemarkError('0A000', "storage 'opfs' needs files with synchronous access, in a dedicated worker", {
    hint: "Pass worker: true, or use storage 'indexeddb'.",
  });
}

/** @param {any} error */
function openError(error) {
  return error?.name === 'NoModificationAllowedError' ? inUse(error) : fileError(error);
}

/** @param {unknown} [cause] */
function full(cause) {
  return new TidemarkError('53100', 'the browser has no room left for this site', { cause });
}

/** @param {any} error */
function fileError(error) {
  if (error instanceof TidemarkError) return error;
  if (error?.name === 'QuotaExceededError') return full(error);
  return new TidemarkError('58030', `the private file system failed: ${error?.message ?? error}`, { cause: error });
}
