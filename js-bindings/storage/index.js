/** Which storage a database gets. */
import { hasNode } from '../builtin.js';
import { TidemarkError } from '../errors.js';
import { FileStorage } from './file.js';
import { IndexedDbStorage } from './indexeddb.js';
import { MemoryStorage } from './memory.js';
import { OpfsStorage } from './opfs.js';
import { WebLock } from './web-lock.js';

/** @typedef {import('./storage.js').Storage} Storage */

/**
 * Opens the storage for the options of a Tidemark. 'auto' means: nothing is kept under the path ':memory:';
 * otherwise files in Node; in a browser the private file system where it works and no service worker is to open it, else IndexedDB. Where nothing can be
 * kept it fails, since a database that silently forgets is worse than none.
 * @param {{ storage?: string | Storage, backgroundSync?: boolean | string }} options
 * @param {string} path
 * @param {'strict' | 'relaxed'} durability
 * @param {WebLock} [lock] of the browser that is held for it already, and is given back with it
 * @returns {Promise<Storage>} opened
 * @throws {TidemarkError} 22023 for an option that does not exist, 0A000 for one that does not exist here
 */
export async function openStorage({ storage: option, backgroundSync = false }, path, durability, lock) {
  const kept = path !== ':memory:';
  if ((option ?? 'auto') === 'auto' && kept && !hasNode && (hasOpfs() || hasIndexedDb())) {
    return openInBrowser(path, durability, backgroundSync !== false, lock);
  }
  const storage = chooseStorage(option, path, durability);
  const opening = lock === undefined ? storage.open(path) : /** @type {any} */ (storage).open(path, lock);
  await opening.catch((/** @type {unknown} */ error) => { throw TidemarkError.from(error, '58030'); });
  return storage;
}

/**
 * @param {string | Storage | undefined} option
 * @param {string} path
 * @param {'strict' | 'relaxed'} durability
 * @returns {Storage}
 */
function chooseStorage(option, path, durability) {
  if (typeof option === 'object' && option !== null) return checkStorage(option);
  switch (option ?? 'auto') {
    case 'auto':
      if (path === ':memory:') return new MemoryStorage();
      if (hasNode) return new FileStorage();
      throw new TidemarkError('0A000', `nothing here can keep the database ${path}`, {
        hint: "Leave out `path`, or pass storage: 'memory' or a storage of your own.",
      });
    case 'memory': return new MemoryStorage();
    case 'file':
      if (hasNode) return new FileStorage();
      throw new TidemarkError('0A000', "storage 'file' needs Node's file system");
    case 'indexeddb':
      if (hasIndexedDb()) return new IndexedDbStorage({ durability });
      throw new TidemarkError('0A000', "storage 'indexeddb' needs a browser");
    case 'opfs':
      if (hasOpfs()) return new OpfsStorage();
      throw new TidemarkError('0A000', "storage 'opfs' needs a browser's private file system", {
        hint: "Use 'indexeddb'.",
      });
    default:
      throw new TidemarkError('22023', `storage cannot be ${JSON.stringify(option)}`, {
        hint: "It takes 'auto', 'memory', 'file', 'opfs', 'indexeddb' or a storage object.",
      });
  }
}

/**
 * The storage that has the database already, otherwise the best one that works. All under one lock, so that two tabs
 * never begin the same database in different places.
 * @param {string} path
 * @param {'strict' | 'relaxed'} durability
 * @param {boolean} background whether service workers are to open it
 * @param {WebLock} [given]
 * @returns {Promise<Storage>}
 */
async function openInBrowser(path, durability, background, given) {
  const lock = given ?? await WebLock.take(path);
  try {
    const storage = await chooseInBrowser(path, durability, background);
    await storage.open(path, lock);
    return storage;
  } catch (error) {
    lock.release();
    throw TidemarkError.from(error, '58030');
  }
}

/**
 * @param {string} path
 * @param {'strict' | 'relaxed'} durability
 * @param {boolean} background
 */
async function chooseInBrowser(path, durability, background) {
  if (hasOpfs() && await OpfsStorage.has(path)) return new OpfsStorage();
  if (hasIndexedDb() && await IndexedDbStorage.has(path)) return new IndexedDbStorage({ durability });
  if (background && hasIndexedDb()) return new IndexedDbStorage({ durability });
  if (hasOpfs() && (!hasIndexedDb() || await OpfsStorage.works())) return new OpfsStorage();
  return new IndexedDbStorage({ durability });
}

/**
 * Whether the browser keeps a database under that path.
 * @param {string} path
 * @returns {Promise<boolean>}
 */
export async function isKept(path) {
  return (hasOpfs() && await OpfsStorage.has(path)) || (hasIndexedDb() && await IndexedDbStorage.has(path));
}

function hasIndexedDb() {
  return typeof indexedDB === 'object' && indexedDB !== null;
}

function hasOpfs() {
  return typeof globalThis.navigator?.storage?.getDirectory === 'function';
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
