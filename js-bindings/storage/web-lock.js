/** The browser's lock that makes a database one tab's or worker's alone, whichever storage keeps it. */
import { TidemarkError } from '../errors.js';

/** How long opening waits, in milliseconds, for another tab to let go of the database. */
export const LOCK_PATIENCE = 5_000;

export class WebLock {
  #release;
  /** Whether somebody has taken it from us. */
  lost = false;
  /** @type {() => void} called when somebody takes it from us */
  onLost = () => {};

  /** @param {() => void} release */
  constructor(release) {
    this.#release = release;
  }

  /**
   * Waits until nobody else has the database open. Where there are no Web Locks (pages that are not served securely)
   * it guards nothing.
   * @param {string} path of the database
   * @param {number} [patience] milliseconds
   * @returns {Promise<WebLock>}
   * @throws {TidemarkError} 55P03 when it is still in use then
   */
  static take(path, patience = LOCK_PATIENCE) {
    const locks = globalThis.navigator?.locks;
    if (locks === undefined) return Promise.resolve(new WebLock(() => {}));
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(patience);
      locks.request(lockName(path), { signal }, () => new Promise((release) => {
        resolve(new WebLock(() => release(undefined)));
      })).catch((cause) => reject(inUse(cause)));
    });
  }

  /**
   * Waits for as long as it takes.
   * @param {string} path of the database
   * @param {AbortSignal} signal ends the wait
   * @returns {Promise<WebLock>}
   */
  static wait(path, signal) {
    return WebLock.#request(path, { signal });
  }

  /**
   * Takes it from whoever has it, at once.
   * @param {string} path of the database
   * @returns {Promise<WebLock>}
   */
  static steal(path) {
    return WebLock.#request(path, { steal: true });
  }

  /**
   * @param {string} path
   * @param {LockOptions} options
   * @returns {Promise<WebLock>}
   */
  static #request(path, options) {
    return new Promise((resolve, reject) => {
      /** @type {WebLock | null} */
      let lock = null;
      navigator.locks.request(lockName(path), options, () => new Promise((release) => {
        lock = new WebLock(() => release(undefined));
        resolve(lock);
      })).catch((error) => {
        if (lock === null) {
          reject(error);
          return;
        }
        lock.lost = true;
        lock.onLost();
      });
    });
  }

  /** Gives the database up. */
  release() {
    this.#release();
  }
}

/**
 * The name of the lock.
 * @param {string} path of the database
 */
export function lockName(path) {
  return `tidemark:${path}`;
}

/**
 * The name of the lock that each who shares a database holds as long as its thread lives, whatever that does.
 * @param {string} id
 * @param {string} path of the database
 */
export function clientLock(id, path) {
  return `tidemark-client:${id}:${path}`;
}

/**
 * @param {string | undefined} name
 * @param {string} path
 */
export function isClientLock(name, path) {
  return name !== undefined && name.startsWith('tidemark-client:') && name.endsWith(`:${path}`);
}

/**
 * The names of all locks that are held at this site.
 * @returns {Promise<Set<string> | null>} null: there are no locks
 */
export async function heldLocks() {
  const { held } = await globalThis.navigator?.locks?.query?.() ?? {};
  return held === undefined ? null : new Set(held.map(({ name = '' }) => name));
}

/** @param {unknown} [cause] */
export function inUse(cause) {
  return new TidemarkError('55P03', 'the database is open in another tab or worker', {
    hint: 'Close it there first, or share one Tidemark between all who use it.', cause,
  });
}
