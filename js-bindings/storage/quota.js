/** How much room the browser has given the site, and whether it may take it back. */

/** Milliseconds between two looks. */
const PAUSE = 5_000;
/** It is told when less than that is left, or less than a tenth. */
const LEFT_MIN = 100 * 2 ** 20;

/**
 * @typedef {object} StorageEstimate
 * @property {number} usage bytes that the site uses, for everything that it has stored
 * @property {number} quota bytes that it may use
 * @property {boolean} persisted whether the browser promises not to delete them by itself
 */

/**
 * What the browser says; null where nobody can.
 * @returns {Promise<StorageEstimate | null>}
 */
export async function estimateStorage() {
  const manager = globalThis.navigator?.storage;
  if (typeof manager?.estimate !== 'function') return null;
  const { usage = 0, quota = 0 } = await manager.estimate();
  return { usage, quota, persisted: await manager.persisted?.() ?? false };
}

/** Asks the browser not to delete what the site has stored. It may ask its user, so nobody waits for the answer. */
export function askToPersist() {
  globalThis.navigator?.storage?.persist?.().catch(() => {}); // no promise then, as estimateStorage tells
}

/** Looks at the room that is left while writes go on, and says once that it is little. */
export class QuotaWatch {
  #tell;
  #looked = -Infinity;
  #told = false;

  /** @param {(notice: import('../index.js').Notice) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** Something was written. */
  wrote() {
    const now = performance.now();
    if (now - this.#looked < PAUSE) return;
    this.#looked = now;
    this.look().catch(() => {}); // the next write looks again
  }

  async look() {
    const found = await estimateStorage();
    if (found === null || found.quota === 0) return;
    const { usage, quota } = found;
    const little = quota - usage < Math.min(LEFT_MIN, quota / 10);
    if (little && !this.#told) {
      this.#tell({
        severity: 'WARNING',
        code: '53100',
        message: `storage is nearly full: this site uses ${usage} of ${quota} bytes`,
        hint: 'Delete what is not needed. When it is full, writes fail with 53100.',
      });
    }
    this.#told = little;
  }
}
