/**
 * A lock file that makes a database one process's alone.
 *
 * LOCK FILE FORMAT: JSON { "pid", "descriptor", "host", "flock"? }. Whoever holds the lock keeps the file open under
 * that descriptor. The lock is held for as long as the process lives and, where that can be seen, still has
 * this very file open there: so neither a crash, nor a process id used again, nor a worker thread that was
 * terminated leaves a lock behind. A lock of another host (a network file system) is never taken over.
 *
 * Deno shows other processes only to who may do everything. There the file is locked (flock) besides, before it says "flock": true,
 * and whether its holder lives is whether it can be locked.
 */
import { builtin } from '../builtin.js';
import { TidemarkError } from '../errors.js';

/** A takeover that has lasted longer than this, in milliseconds, was cut off by a crash. */
const TAKEOVER_MAX = 10_000;
/** A lock file without content, older than this, was cut off by a crash. */
const WRITING_MAX = 2_000;

/** @type {any} */
const deno = /** @type {any} */ (globalThis).Deno;

/** @type {Set<FileLock>} held by this thread */
const held = new Set();

export class FileLock {
  #fs;
  #os;
  #path;
  #descriptor = -1;
  /** @type {any} of Deno: the file locked */
  #flock = null;

  /**
   * @param {any} fs
   * @param {any} os
   * @param {string} path of the lock file
   */
  constructor(fs, os, path) {
    this.#fs = fs;
    this.#os = os;
    this.#path = path;
  }

  /**
   * Takes the lock.
   * @param {string} database the file that it guards
   * @returns {Promise<FileLock>}
   * @throws {TidemarkError} 55P03 when another process, or this one, has the database open
   */
  static async take(database) {
    const lock = new FileLock(await builtin('node:fs'), await builtin('node:os'), `${database}-lock`);
    if (!lock.#create(lock.#path) && !lock.#takeOver()) {
      throw new TidemarkError('55P03', `the database ${database} is open ${lock.#holder()}`, {
        hint: 'Close it there first, or share one Tidemark between all who use it.' +
          (deno === undefined ? '' : ` If that process is gone, allow Deno to see that (--allow-run), or delete ${database}-lock.`),
      });
    }
    if (held.size === 0) process.once('exit', releaseAll);
    held.add(lock);
    return lock;
  }

  /** Gives the lock up. */
  release() {
    if (this.#descriptor === -1) return;
    held.delete(this);
    if (held.size === 0) process.off('exit', releaseAll);
    const mine = this.#isOpenHere(this.#descriptor);
    this.#flock?.close();
    this.#flock = null;
    this.#fs.closeSync(this.#descriptor);
    this.#descriptor = -1;
    if (mine) this.#fs.rmSync(this.#path, { force: true });
  }

  /**
   * @param {string} path
   * @returns {boolean} false when there is one already
   */
  #create(path) {
    let descriptor;
    try {
      descriptor = this.#fs.openSync(path, 'wx+');
    } catch (error) {
      if (/** @type {any} */ (error).code === 'EEXIST') return false;
      throw error;
    }
    this.#flock = flock(path);
    this.#fs.writeSync(descriptor, JSON.stringify({
      pid: process.pid, descriptor, host: this.#os.hostname(), ...this.#flock && { flock: true },
    }));
    this.#descriptor = descriptor;
    return true;
  }

  /** Replaces a lock whose holder is gone; only one process at a time tries. */
  #takeOver() {
    if (!this.#isStale()) return false;
    const guard = `${this.#path}-takeover`;
    if (!this.#enter(guard)) return false;
    try {
      // Looked at again: another may have taken it over before us.
      if (!this.#isStale()) return false;
      const replacement = `${this.#path}-${process.pid}`;
      this.#fs.rmSync(replacement, { force: true });
      this.#create(replacement);
      this.#fs.renameSync(replacement, this.#path);
      return true;
    } finally {
      this.#fs.rmdirSync(guard);
    }
  }

  /** @param {string} guard a folder that only one can make */
  #enter(guard) {
    try {
      const stats = this.#fs.statSync(guard, { throwIfNoEntry: false });
      if (stats !== undefined && Date.now() - stats.mtimeMs > TAKEOVER_MAX) this.#fs.rmdirSync(guard);
      this.#fs.mkdirSync(guard);
      return true;
    } catch {
      return false;
    }
  }

  #read() {
    try {
      return JSON.parse(this.#fs.readFileSync(this.#path, 'utf8'));
    } catch {
      return null;
    }
  }

  #isStale() {
    const stats = this.#fs.statSync(this.#path, { throwIfNoEntry: false });
    if (stats === undefined) return true;
    const record = this.#read();
    if (record === null) return Date.now() - stats.mtimeMs > WRITING_MAX;
    if (record.host !== this.#os.hostname()) return false;
    if (record.flock && deno !== undefined) {
      const locked = flock(this.#path);
      locked?.close();
      return locked !== null;
    }
    if (record.pid === process.pid) return !this.#isOpenHere(record.descriptor);
    return !isAlive(record.pid) || this.#isOpenElsewhere(record) === false;
  }

  /**
   * Whether this process has the lock file open; file descriptors are shared by its threads.
   * @param {number} descriptor
   */
  #isOpenHere(descriptor) {
    try {
      const open = this.#fs.fstatSync(descriptor, { bigint: true });
      const named = this.#fs.statSync(this.#path, { bigint: true });
      return open.ino === named.ino && open.dev === named.dev;
    } catch {
      return false;
    }
  }

  /**
   * Whether that process has the lock file open; null where that cannot be seen.
   * @param {{ pid: number, descriptor: number }} record
   */
  #isOpenElsewhere({ pid, descriptor }) {
    if (process.platform !== 'linux') return null;
    try {
      const open = this.#fs.statSync(`/proc/${pid}/fd/${descriptor}`, { bigint: true });
      const named = this.#fs.statSync(this.#path, { bigint: true });
      return open.ino === named.ino && open.dev === named.dev;
    } catch (error) {
      return /** @type {any} */ (error).code === 'ENOENT' ? false : null;
    }
  }

  #holder() {
    const record = this.#read();
    if (record === null) return 'elsewhere';
    if (record.host !== this.#os.hostname()) return `on ${record.host}, in process ${record.pid}`;
    return record.pid === process.pid ? 'in this process already' : `in process ${record.pid}`;
  }
}

/**
 * The file of that name, locked as long as it is open; null: another has it locked, or this is not Deno.
 * @param {string} path
 */
function flock(path) {
  const file = deno?.openSync(path, { read: true, write: true });
  if (file === undefined) return null;
  if (file.tryLockSync(true)) return file;
  file.close();
  return null;
}

function releaseAll() {
  for (const lock of held) lock.release();
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There is no such process; anything else only says that it cannot be seen.
    return /** @type {any} */ (error).code !== 'ESRCH';
  }
}
