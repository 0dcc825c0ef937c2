/**
 * The first reads of subscriptions: few at a time, those to the same shape together, and of devices that come back many shapes together, so
 * that a thousand of them at once cost the origin a handful of queries.
 */

const AT_ONCE = 4;
/** Shapes of devices that come back, in one reading: of most of them little has changed. */
const TOGETHER = 100;

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

  /** @param {(subscriptions: Subscription[]) => Promise<Map<Subscription, unknown>>} read gives the errors of those it could not read */
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
    while (this.#running < AT_ONCE && this.#waiting.size > 0) {
      const entries = this.#next();
      this.#running++;
      this.#read(entries.flatMap((each) => each.subscriptions)).then(
        (failures) => { for (const entry of entries) settle(entry, failures); },
        (error) => { for (const entry of entries) entry.reject(error); },
      ).finally(() => {
        this.#running--;
        this.#begin();
      });
    }
  }

  /** One that begins, which is read as a whole, or several that come back. */
  #next() {
    /** @type {Waiting[]} */
    const entries = [];
    for (const [name, entry] of this.#waiting) {
      const begins = entry.subscriptions[0].cursor === null;
      if (begins && entries.length > 0) continue;
      this.#waiting.delete(name);
      entries.push(entry);
      if (begins || entries.length === TOGETHER) break;
    }
    return entries;
  }
}

/**
 * @param {Waiting} entry
 * @param {Map<Subscription, unknown>} failures
 */
function settle(entry, failures) {
  const failed = entry.subscriptions.find((each) => failures.has(each));
  if (failed) entry.reject(failures.get(failed));
  else entry.resolve();
}

/** @returns {Waiting} */
function waiting() {
  const entry = /** @type {Waiting} */ ({ subscriptions: /** @type {Subscription[]} */ ([]) });
  entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
  return entry;
}
