/**
 * The first reads of subscriptions: few at a time, and those to the same shape together, so that a thousand
 * devices that come back at once cost the origin a handful of queries.
 */

const AT_ONCE = 4;

/**
 * @typedef {import('./subscription.js').Subscription} Subscription
 * @typedef {{ subscriptions: Subscription[], promise: Promise<void>, resolve(): void, reject(error: unknown): void }} Waiting
 */

/** Subscriptions that wait for their first read. */
export class FirstReads {
  #read;
  #running = 0;
  /** @type {Map<string, Waiting>} by shape and cursor */
  #waiting = new Map();

  /** @param {(subscriptions: Subscription[]) => Promise<void>} read reads subscriptions to one shape */
  constructor(read) {
    this.#read = read;
  }

  /**
   * Resolves when the subscription has been read.
   * @param {Subscription} subscription
   * @returns {Promise<void>}
   */
  add(subscription) {
    const name = JSON.stringify([subscription.shape, subscription.cursor]);
    let entry = this.#waiting.get(name);
    if (!entry) {
      entry = waiting();
      this.#waiting.set(name, entry);
    }
    entry.subscriptions.push(subscription);
    this.#begin();
    return entry.promise;
  }

  #begin() {
    for (const [name, entry] of this.#waiting) {
      if (this.#running >= AT_ONCE) return;
      this.#waiting.delete(name);
      this.#running++;
      this.#read(entry.subscriptions).then(entry.resolve, entry.reject).finally(() => {
        this.#running--;
        this.#begin();
      });
    }
  }
}

/** @returns {Waiting} */
function waiting() {
  const entry = /** @type {Waiting} */ ({ subscriptions: /** @type {Subscription[]} */ ([]) });
  entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
  return entry;
}
