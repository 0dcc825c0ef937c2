/** Brings the pages of commits to the storage, in order, and says when they are durable. */
import { TidemarkError } from './errors.js';

/** Batches of a PERSIST effect begin each page with its number and four zero bytes. */
const PAGE_HEADER = 8;

export class Persistence {
  #storage;
  #onPersisted;
  #onFailed;
  /** @type {{ ids: number[], batch: import('./storage/storage.js').PageBatch } | null} */
  #next = null;
  /** @type {Promise<void> | null} */
  #running = null;
  #durable = 0;
  /** @type {TidemarkError | null} */
  #failure = null;
  /** @type {{ id: number, resolve: () => void, reject: (error: Error) => void }[]} in order of id */
  #waiting = [];

  /**
   * @param {import('./storage/storage.js').PageStorageInterface} storage
   * @param {(id: number) => void} onPersisted
   * @param {(id: number, error: TidemarkError) => void} onFailed nothing is kept from then on
   */
  constructor(storage, onPersisted, onFailed) {
    this.#storage = storage;
    this.#onPersisted = onPersisted;
    this.#onFailed = onFailed;
  }

  /**
   * Takes the pages of one PERSIST effect. Commits that come while the storage is busy are kept together.
   * @param {{ id: number, pageSize: number, pages: number }} about
   * @param {Uint8Array} data
   */
  add({ id, pageSize, pages: pageCount }, data) {
    this.#next ??= { ids: [], batch: { pageSize, pageCount, pages: new Map() } };
    const { ids, batch } = this.#next;
    ids.push(id);
    batch.pageCount = pageCount;
    const words = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < data.length; at += PAGE_HEADER + pageSize) {
      const start = at + PAGE_HEADER;
      // A copy: a store that clones a view would clone all pages with each.
      batch.pages.set(words.getUint32(at, true), data.slice(start, start + pageSize));
    }
    for (const number of batch.pages.keys()) if (number >= pageCount) batch.pages.delete(number);
    this.#running ??= this.#run();
  }

  /**
   * Whether what this id made has been kept.
   * @param {number} id
   */
  isDurable(id) {
    return id <= this.#durable;
  }

  /**
   * Waits until what this id made is kept.
   * @param {number} id
   * @returns {Promise<void>}
   */
  durable(id) {
    if (this.isDurable(id)) return Promise.resolve();
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => { this.#waiting.push({ id, resolve, reject }); });
  }

  /** Waits until the storage has nothing left to do. */
  async idle() {
    while (this.#running !== null) await this.#running;
  }

  async #run() {
    // Not within the call that added it, so that commits made in one go are kept together.
    await null;
    while (this.#next !== null && this.#failure === null) {
      const { ids, batch } = this.#next;
      this.#next = null;
      try {
        await this.#storage.persist(batch);
        this.#kept(ids);
      } catch (error) {
        this.#fail(ids[0], TidemarkError.from(error, '58030'));
      }
    }
    this.#running = null;
  }

  /** @param {number[]} ids */
  #kept(ids) {
    this.#durable = ids[ids.length - 1];
    for (const id of ids) this.#onPersisted(id);
    while (this.#waiting.length > 0 && this.#waiting[0].id <= this.#durable) {
      /** @type {any} */ (this.#waiting.shift()).resolve();
    }
  }

  /**
   * @param {number} id
   * @param {TidemarkError} error
   */
  #fail(id, error) {
    this.#failure = error;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
    this.#onFailed(id, error);
  }
}
