/** Every storage that Node can run owes what `tidemark/storage-tests` asks of any. */
import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';

import { durableObjectStorage } from '../../../js-bindings/storage/durable-object.js';
import { FileStorage } from '../../../js-bindings/storage/file.js';
import { IndexedDbStorage } from '../../../js-bindings/storage/indexeddb.js';
import { MemoryStorage } from '../../../js-bindings/storage/memory.js';
import { storageTests } from '../../../js-bindings/storage-tests/index.js';
import { Store, documented } from './lib/documented-storage.js';
import { ObjectStorage } from './lib/object-storage.js';

const folder = fs.mkdtempSync(join(tmpdir(), 'tidemark-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Replaces a function of an object, or puts it back. */
const patch = (object, name, replacement) => {
  const original = object[name];
  return (on) => { object[name] = on ? replacement : original; };
};

/** @param {string} code */
const refusal = (code) => () => { throw Object.assign(new Error(code), { code }); };
const quota = () => { throw new DOMException('no room', 'QuotaExceededError'); };
const object = new ObjectStorage();
const store = new Store();
const KeyValueStorage = await documented();

/** @type {Record<string, import('../../../js-bindings/storage-tests/index.js').Place>} */
const places = {
  memory: { create: () => new MemoryStorage() },
  file: {
    create: () => new (class extends FileStorage {
      open(path) {
        return super.open(join(folder, path));
      }
    })(),
    setFull: patch(fs, 'writeSync', refusal('ENOSPC')),
    setBroken: patch(fs, 'writeSync', refusal('EIO')),
  },
  indexeddb: {
    create: () => new IndexedDbStorage({ patience: 50 }),
    setFull: patch(IDBObjectStore.prototype, 'put', quota),
    setBroken: patch(IDBObjectStore.prototype, 'put', refusal('EIO')),
    exclusive: globalThis.navigator?.locks !== undefined,
  },
  'durable-object': {
    create: () => durableObjectStorage(object),
    setFull: (full) => object.setFull(full),
    setBroken: (broken) => object.setBroken(broken),
  },
  documented: {
    create: () => new KeyValueStorage(store),
    setFull: (full) => { store.failure = full ? '53100' : null; },
    setBroken: (broken) => { store.failure = broken ? 'EIO' : null; },
  },
};

for (const [storage, place] of Object.entries(places)) {
  describe(storage, () => {
    for (const { name, run } of storageTests(place)) it(name, run);
  });
}

/** A storage with a fault of its own, and the case that has to find it. */
const faults = {
  'forgets batches but the last': ['batches are found again', (Storage) => class extends Storage {
    async persist(batch) {
      for (const key of store.values.keys()) if (key.startsWith(`${this.path}/`)) store.values.delete(key);
      await super.persist(batch);
    }
  }],
  'keeps what is beyond the end': ['pages beyond pageCount', (Storage) => class extends Storage {
    async load(receive) {
      await super.load(receive);
      receive(this.size, new Uint8Array(4096));
    }
  }],
  'keeps half of a batch that fails': ['a batch that fails', (Storage) => class extends Storage {
    async persist(batch) {
      if (store.failure === null) return super.persist(batch);
      const { failure } = store;
      store.failure = null;
      await super.persist({ ...batch, pageCount: this.size / 4096, pages: new Map([...batch.pages].slice(0, 1)) });
      store.failure = failure;
      throw new Error('half');
    }
  }],
  'lets anybody in': ['what is open is not opened by another', (Storage) => class extends Storage {
    async open(path) {
      return super.open(path).catch(() => {});
    }
  }],
  'does not say what failed': ['without room a batch', (Storage) => class extends Storage {
    persist(batch) {
      return super.persist(batch).catch(() => { throw new Error('failed'); });
    }
  }],
};

for (const [fault, [name, make]] of Object.entries(faults)) {
  test(`A storage that ${fault} is found out`, async () => {
    const Storage = make(KeyValueStorage);
    const found = storageTests({ ...places.documented, create: () => new Storage(store) }).find((one) => one.name.startsWith(name));
    await assert.rejects(/** @type {any} */ (found).run());
  });
}
