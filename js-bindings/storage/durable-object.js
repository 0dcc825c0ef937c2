/**
 * A database in the SQLite storage of a Durable Object (Cloudflare's workerd): `tidemark/durable-object`.
 *
 * STORED FORM, in the object's own database:
 *   tidemark_files(id, name, size): `<path>`, `<path>-wal`, `<path>-journal`
 *   tidemark_blocks(id, data): pieces of BLOCK bytes, by file * FILE_BLOCKS + number of the piece. What is missing
 *     is zeros.
 *
 * What is written is gathered and stored when the engine synchronises: one transaction for each commit. Nothing waits for the
 * disk: the runtime's output gate holds back every answer and every message until what was stored before it is durable.
 */
import { TidemarkError } from '../errors.js';

/** @typedef {import('./storage.js').FileStorageInterface} FileStorageInterface */
/** @typedef {import('./storage.js').Files} Files */
/** @typedef {import('../durable-object.js').SqliteBackedStorage} SqliteBackedStorage */

const BLOCK = 16_384;
/** Blocks that a file may have. */
const FILE_BLOCKS = 2 ** 40;
/** Gathered beyond this many blocks, what is written is stored before it is synchronised. */
const GATHERED_MAX = 256;

/** @type {WeakMap<SqliteBackedStorage, Set<string>>} paths that are open in this process */
const inUse = new WeakMap();

/**
 * Keeps a database in the storage of a Durable Object.
 * @param {SqliteBackedStorage} storage `ctx.storage` of the object
 * @returns {DurableObjectStorage}
 */
export function durableObjectStorage(storage) {
  return new DurableObjectStorage(storage);
}

/** @implements {FileStorageInterface} */
class DurableObjectStorage {
  kind = /** @type {const} */ ('file');
  name = 'durable-object';
  path = '';
  /** @type {Files} */
  files = /** @type {any} */ (null);
  #storage;

  /** @param {SqliteBackedStorage} storage */
  constructor(storage) {
    if (typeof storage?.sql?.exec !== 'function') {
      throw new TidemarkError('0A000', 'the storage of this Durable Object is not backed by SQLite', {
        hint: 'Pass ctx.storage, and name the class in new_sqlite_classes of its migration.',
      });
    }
    this.#storage = storage;
  }

  /** @param {string} path */
  async open(path) {
    const paths = inUse.get(this.#storage) ?? new Set();
    if (paths.has(path)) {
      throw new TidemarkError('55P03', `the database ${path} is open in this object already`, {
        hint: 'Share one Tidemark between all who use it.',
      });
    }
    this.files = new SqlFiles(this.#storage);
    this.path = path;
    inUse.set(this.#storage, paths.add(path));
  }

  async close() {
    if (this.path !== '') inUse.get(this.#storage)?.delete(this.path);
    this.path = '';
  }
}

/**
 * @typedef {object} OpenFile
 * @property {string} name
 * @property {number} id
 * @property {number} size
 */

/** @implements {Files} */
class SqlFiles {
  #storage;
  #sql;
  /** @type {Map<string, OpenFile>} */
  #byName = new Map();
  /** @type {OpenFile[]} by handle, which is the id */
  #byHandle = [];
  /** @type {Map<number, Uint8Array<ArrayBuffer>>} whole blocks that are not stored yet */
  #gathered = new Map();
  /** @type {Set<OpenFile>} whose size is not stored yet */
  #resized = new Set();
  /** @type {{ id: number, block: Uint8Array<ArrayBuffer> | null } | null} the last that was read: a piece holds several pages */
  #read = null;

  /** @param {SqliteBackedStorage} storage */
  constructor(storage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS tidemark_files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL)');
    this.#sql.exec('CREATE TABLE IF NOT EXISTS tidemark_blocks (id INTEGER PRIMARY KEY, data BLOB NOT NULL)');
    for (const { id, name, size } of this.#sql.exec('SELECT id, name, size FROM tidemark_files').toArray()) {
      this.#know({ id, name, size });
    }
  }

  /**
   * @param {string} name
   * @param {boolean} create
   */
  open(name, create) {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.id;
    if (!create) throw new TidemarkError('58030', `there is no file ${name}`);
    const file = { id: this.#byHandle.length, name, size: 0 };
    this.#attempt(() => this.#sql.exec('INSERT INTO tidemark_files VALUES (?, ?, 0)', file.id, name));
    this.#know(file);
    return file.id;
  }

  /** Nothing is held that would have to be closed. */
  close() {}

  /**
   * @param {number} handle
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  read(handle, bytes, offset) {
    const { size } = this.#byHandle[handle];
    const length = Math.max(Math.min(bytes.length, size - offset), 0);
    this.#pieces(handle, offset, length, (id, within, at, count) => {
      const block = this.#gathered.get(id) ?? this.#stored(id);
      if (block === null) bytes.fill(0, at, at + count);
      else bytes.set(block.subarray(within, within + count), at);
    });
    return length;
  }

  /**
   * @param {number} handle
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  write(handle, bytes, offset) {
    const file = this.#byHandle[handle];
    this.#pieces(handle, offset, bytes.length, (id, within, at, count) => {
      this.#block(id, count === BLOCK).set(bytes.subarray(at, at + count), within);
    });
    if (offset + bytes.length > file.size) this.#resize(file, offset + bytes.length);
    if (this.#gathered.size > GATHERED_MAX) this.#store();
  }

  /**
   * @param {number} handle
   * @param {number} size
   */
  truncate(handle, size) {
    const file = this.#byHandle[handle];
    const first = handle * FILE_BLOCKS + Math.ceil(size / BLOCK);
    const end = (handle + 1) * FILE_BLOCKS;
    this.#transaction(() => {
      this.#sql.exec('DELETE FROM tidemark_blocks WHERE id >= ? AND id < ?', first, end);
      this.#sql.exec('UPDATE tidemark_files SET size = min(size, ?) WHERE id = ?', size, handle);
    });
    this.#read = null;
    for (const id of this.#gathered.keys()) if (id >= first && id < end) this.#gathered.delete(id);
    const within = size % BLOCK;
    if (within > 0) this.#block(first - 1, false).fill(0, within);
    this.#resize(file, size);
  }

  /** Stores what was gathered of all files, at once. */
  sync() {
    this.#store();
  }

  /** @param {number} handle */
  size(handle) {
    return this.#byHandle[handle].size;
  }

  /** @param {string} name */
  remove(name) {
    const file = this.#byName.get(name);
    if (file === undefined || file.size === 0) return;
    this.truncate(file.id, 0);
    this.#store();
  }

  /**
   * An empty file is one that does not exist for SQLite.
   * @param {string} name
   */
  exists(name) {
    return (this.#byName.get(name)?.size ?? 0) > 0;
  }

  /** @param {OpenFile} file */
  #know(file) {
    this.#byName.set(file.name, file);
    this.#byHandle[file.id] = file;
  }

  /**
   * @param {OpenFile} file
   * @param {number} size
   */
  #resize(file, size) {
    file.size = size;
    this.#resized.add(file);
  }

  /**
   * @param {number} handle
   * @param {number} offset
   * @param {number} length
   * @param {(id: number, within: number, at: number, count: number) => void} each part of a block; `at` counts from offset
   */
  #pieces(handle, offset, length, each) {
    for (let at = 0; at < length;) {
      const within = (offset + at) % BLOCK;
      const count = Math.min(BLOCK - within, length - at);
      each(handle * FILE_BLOCKS + Math.floor((offset + at) / BLOCK), within, at, count);
      at += count;
    }
  }

  /**
   * The block to write in.
   * @param {number} id
   * @param {boolean} whole all of it is written
   */
  #block(id, whole) {
    let block = this.#gathered.get(id);
    if (block === undefined) {
      block = (whole ? null : this.#stored(id)) ?? new Uint8Array(BLOCK);
      this.#gathered.set(id, block);
    }
    return block;
  }

  /**
   * @param {number} id
   * @returns {Uint8Array<ArrayBuffer> | null}
   */
  #stored(id) {
    if (this.#read?.id !== id) {
      const [row] = this.#attempt(() => this.#sql.exec('SELECT data FROM tidemark_blocks WHERE id = ?', id).toArray());
      this.#read = { id, block: row === undefined ? null : new Uint8Array(row.data) };
    }
    return this.#read.block;
  }

  #store() {
    if (this.#gathered.size === 0 && this.#resized.size === 0) return;
    this.#transaction(() => {
      for (const [id, block] of this.#gathered) {
        this.#sql.exec('INSERT OR REPLACE INTO tidemark_blocks VALUES (?, ?)', id, block.buffer);
      }
      for (const { id, size } of this.#resized) this.#sql.exec('UPDATE tidemark_files SET size = ? WHERE id = ?', size, id);
    });
    this.#gathered.clear();
    this.#resized.clear();
    this.#read = null;
  }

  /**
   * All of the work or nothing. Where SQLite has undone it by itself, as it may when there is no room, undoing it fails, too: what
   * is told is what failed first.
   * @param {() => void} work
   */
  #transaction(work) {
    /** @type {unknown} */
    let first;
    this.#attempt(() => {
      try {
        this.#storage.transactionSync(() => {
          try {
            work();
          } catch (error) {
            first = error;
            throw error;
          }
        });
      } catch (error) {
        throw first ?? error;
      }
    });
  }

  /**
   * @template T
   * @param {() => T} work
   * @returns {T}
   */
  #attempt(work) {
    try {
      return work();
    } catch (error) {
      const message = String(/** @type {any} */ (error)?.message ?? error);
      if (/SQLITE_FULL|database or disk is full/.test(message)) {
        throw new TidemarkError('53100', 'the Durable Object has no room left', { cause: error });
      }
      throw new TidemarkError('58030', `the storage of the Durable Object failed: ${message}`, { cause: error });
    }
  }
}
