/** A database in files of Node's file system. */
import { builtin } from '../builtin.js';
import { FileLock } from './file-lock.js';

/** @typedef {import('./storage.js').FileStorageInterface} FileStorageInterface */
/** @typedef {import('./storage.js').Files} Files */

/** @implements {FileStorageInterface} */
export class FileStorage {
  kind = /** @type {const} */ ('file');
  name = 'file';
  path = '';
  /** @type {import('./storage.js').Files} */
  files = /** @type {any} */ (null);
  /** @type {NodeFiles | null} */
  #files = null;
  /** @type {FileLock | null} */
  #lock = null;

  /** @param {string} path */
  async open(path) {
    const { resolve } = await builtin('node:path');
    const absolute = resolve(path);
    this.#lock = await FileLock.take(absolute);
    this.path = absolute;
    this.#files = new NodeFiles(await builtin('node:fs'), await builtin('node:path'));
    this.files = this.#files;
  }

  async close() {
    this.#files?.closeAll();
    this.#lock?.release();
    this.#lock = null;
  }
}

/** @implements {Files} */
class NodeFiles {
  #fs;
  #path;
  /** @type {Map<number, string>} files made by us whose folder does not yet know them for sure */
  #created = new Map();
  /** @type {Set<number>} */
  #open = new Set();

  /**
   * @param {any} fs
   * @param {any} path
   */
  constructor(fs, path) {
    this.#fs = fs;
    this.#path = path;
  }

  /**
   * @param {string} name
   * @param {boolean} create
   */
  open(name, create) {
    const { O_RDWR, O_CREAT } = this.#fs.constants;
    const isNew = create && !this.#fs.existsSync(name);
    const handle = this.#fs.openSync(name, create ? O_RDWR | O_CREAT : O_RDWR, 0o644);
    if (isNew) this.#created.set(handle, name);
    this.#open.add(handle);
    return handle;
  }

  /** @param {number} handle */
  close(handle) {
    this.#created.delete(handle);
    this.#open.delete(handle);
    this.#fs.closeSync(handle);
  }

  /**
   * @param {number} handle
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  read(handle, bytes, offset) {
    let done = 0;
    while (done < bytes.length) {
      const count = this.#fs.readSync(handle, bytes, done, bytes.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /**
   * @param {number} handle
   * @param {Uint8Array} bytes
   * @param {number} offset
   */
  write(handle, bytes, offset) {
    let done = 0;
    while (done < bytes.length) {
      done += this.#fs.writeSync(handle, bytes, done, bytes.length - done, offset + done);
    }
  }

  /**
   * @param {number} handle
   * @param {number} size
   */
  truncate(handle, size) {
    this.#fs.ftruncateSync(handle, size);
  }

  /** @param {number} handle */
  sync(handle) {
    this.#fs.fdatasyncSync(handle);
    const name = this.#created.get(handle);
    if (name === undefined) return;
    this.#syncFolder(name);
    this.#created.delete(handle);
  }

  /** @param {number} handle */
  size(handle) {
    return this.#fs.fstatSync(handle).size;
  }

  /** @param {string} name */
  remove(name) {
    if (!this.#fs.existsSync(name)) return;
    this.#fs.unlinkSync(name);
    // A journal that came back after a power cut would undo a commit.
    this.#syncFolder(name);
  }

  /** @param {string} name */
  exists(name) {
    return this.#fs.existsSync(name);
  }

  closeAll() {
    for (const handle of this.#open) this.#fs.closeSync(handle);
    this.#open.clear();
    this.#created.clear();
  }

  /**
   * Makes what was created in or removed from a folder durable. Windows has no such call and needs none.
   * @param {string} name of the file
   */
  #syncFolder(name) {
    if (process.platform === 'win32') return;
    const folder = this.#fs.openSync(this.#path.dirname(name), 'r');
    try {
      this.#fs.fsyncSync(folder);
    } finally {
      this.#fs.closeSync(folder);
    }
  }
}
