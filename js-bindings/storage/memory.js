/** The storage that keeps nothing. */

/** @typedef {import('./storage.js').MemoryStorageInterface} MemoryStorageInterface */

/** @implements {MemoryStorageInterface} */
export class MemoryStorage {
  kind = /** @type {const} */ ('memory');
  name = 'memory';

  async open() {}

  async close() {}
}
