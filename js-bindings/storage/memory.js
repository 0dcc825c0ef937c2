/** The storage that keeps nothing. */

/** @implements {import('./storage.js').MemoryStorageInterface} */
export class MemoryStorage {
  kind = /** @type {const} */ ('memory');
  name = 'memory';

  async open() {}

  async close() {}
}
