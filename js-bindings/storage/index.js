/** Which storage a database gets. */
import { hasNode } from '../builtin.js';
import { TidemarkError } from '../errors.js';
import { MemoryStorage } from './memory.js';

/**
 * The storage for the options of a Tidemark. 'auto' means: nothing is kept under the path ':memory:';
 * otherwise files in Node, and IndexedDB where there is one. Where nothing can be kept it fails, since a
 * database that silently forgets is worse than none.
 * @param {string | import('./storage.js').Storage | undefined} option
 * @param {string} path
 * @returns {Promise<import('./storage.js').Storage>}
 * @throws {TidemarkError} 22023 for an option that does not exist, 0A000 for one that does not exist here
 */
export async function chooseStorage(option, path) {
  if (typeof option === 'object' && option !== null) return checkStorage(option);
  switch (option ?? 'auto') {
    case 'auto':
      if (path === ':memory:') return new MemoryStorage();
      if (hasNode) return openFileStorage();
      if (typeof indexedDB === 'object') return openIndexedDbStorage();
      throw new TidemarkError('0A000', `nothing here can keep the database ${path}`, {
        hint: "Leave out `path`, or pass storage: 'memory' or a storage of your own.",
      });
    case 'memory': return new MemoryStorage();
    case 'file':
      if (hasNode) return openFileStorage();
      throw new TidemarkError('0A000', "storage 'file' needs Node's file system");
    case 'indexeddb':
      if (typeof indexedDB === 'object') return openIndexedDbStorage();
      throw new TidemarkError('0A000', "storage 'indexeddb' needs a browser");
    case 'opfs':
      throw new TidemarkError('0A000', "storage 'opfs' is not supported yet", {
        hint: "Use 'indexeddb'.",
      });
    default:
      throw new TidemarkError('22023', `storage cannot be ${JSON.stringify(option)}`, {
        hint: "It takes 'auto', 'memory', 'file', 'indexeddb' or a storage object.",
      });
  }
}

async function openFileStorage() {
  const { FileStorage } = await import('./file.js');
  return new FileStorage();
}

async function openIndexedDbStorage() {
  const { IndexedDbStorage } = await import('./indexeddb.js');
  return new IndexedDbStorage();
}

/** @param {any} storage */
function checkStorage(storage) {
  const needed = { memory: [], pages: ['load', 'persist'], file: [] }[/** @type {string} */ (storage.kind)];
  if (needed === undefined) {
    throw new TidemarkError('22023', "a storage has `kind` 'memory', 'pages' or 'file'");
  }
  for (const name of ['open', 'close', ...needed]) {
    if (typeof storage[name] !== 'function') {
      throw new TidemarkError('22023', `the storage has no function ${name}`);
    }
  }
  return storage;
}
