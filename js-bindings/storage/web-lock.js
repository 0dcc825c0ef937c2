/** The browser's lock that makes a database one tab's or worker's alone, whichever storage keeps it. */
import { TidemarkError } from '../errors.js';

/** How long opening waits, in milliseconds, for another tab to let go of the database. */
export const LOCK_PATIENCE = 5_000;

export class WebLock {
  #release;
  /** False where there are no Web Locks (pages that are not served securely): then it guards nothing. */
  guards;

  /** @param {(() => void) | null} release */
  constructor(release) {
    this.guards = release !== null;
    this.#release = release ?? (() => {});
  }

  /**
   * Waits until nobody else has the database open.
   * @param {string} path of the database
   * @param {number} [patience] milliseconds
   * @returns {Promise<WebLock>}
   * @throws {TidemarkError} 55P03 when it is still in use then
   */
  static take(path, patience = LOCK_PATIENCE) {
    const locks = globalThis.navigator?.locks;
    if (locks === undefined) return Promise.resolve(new WebLock(null));
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
    return new Promise((resolve, reject) => {
      navigator.locks.request(lockName(path), { signal }, () => new Promise((release) => {
        resolve(new WebLock(() => release(undefined)));
      })).catch(reject);
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

/** @param {unknown} [cause] */
export function inUse(cause) {
  return new TidemarkError('55P03', 'the database is open in another tab or worker', {
    hint: 'Close it there first, or share one Tidemark between all who use it.', cause,
  });
}
