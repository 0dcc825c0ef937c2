/** What a storage of files owes. */
import { bytesOf, check, checkBytes, checkFull, failureOf, using } from './check.js';

/** What SQLite calls its files besides the database. */
const ENDINGS = ['', '-wal', '-journal'];

/** A file as it should be. */
class Model {
  bytes = new Uint8Array(0);

  /** @param {number} size */
  truncate(size) {
    const next = new Uint8Array(size);
    next.set(this.bytes.subarray(0, size));
    this.bytes = next;
  }

  /** @param {Uint8Array} bytes @param {number} offset */
  write(bytes, offset) {
    if (offset + bytes.length > this.bytes.length) this.truncate(offset + bytes.length);
    this.bytes.set(bytes, offset);
  }
}

/** Numbers that are the same in every run. @param {number} state */
const numbers = (state) => (/** @type {number} */ below) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % below;
};

/**
 * @param {any} files
 * @param {number} handle
 * @param {Uint8Array} expected
 * @param {string} what
 */
function checkFile(files, handle, expected, what) {
  check(files.size(handle) === expected.length, `${what}: the size is ${expected.length}, not ${files.size(handle)}`);
  const bytes = new Uint8Array(expected.length);
  check(files.read(handle, bytes, 0) === bytes.length, `${what}: read gives all of it`);
  checkBytes(bytes, expected, what);
}

/**
 * Bytes that cannot be written leave what was synchronised; afterwards all goes on.
 * @param {import('./case.js').Place} place
 * @param {string} path
 * @param {(fails: boolean) => unknown} setFailing
 * @param {(error: any) => void} checkError
 */
async function failing(place, path, setFailing, checkError) {
  const before = bytesOf(100_000, 1);
  const after = bytesOf(50_000, 3);
  await using(place, path, async ({ files, path: name }) => {
    const handle = files.open(name, true);
    files.write(handle, before, 0);
    files.sync(handle);
    await setFailing(true);
    try {
      checkError(await failureOf(() => {
        files.write(handle, bytesOf(2_000_000, 2), before.length);
        files.sync(handle);
      }, 'write or sync'));
      const kept = new Uint8Array(before.length);
      check(files.read(handle, kept, 0) === kept.length, 'what was synchronised can be read meanwhile');
      checkBytes(kept, before, 'what was synchronised, meanwhile');
    } finally {
      await setFailing(false);
    }
    files.truncate(handle, before.length);
    files.write(handle, after, before.length);
    files.sync(handle);
    files.close(handle);
  });
  await using(place, path, ({ files, path: name }) =>
    checkFile(files, files.open(name, false), Uint8Array.from([...before, ...after]), 'afterwards'));
}

/** @type {import('./case.js').Case[]} */
export const fileCases = [
  {
    name: 'a file that is not there is not opened, and removing it is nothing',
    run: (place, path) => using(place, path, async ({ files, path: name }) => {
      check(!files.exists(name), 'there is no file yet');
      await failureOf(() => files.open(name, false), 'opening a file that is not there');
      files.remove(name);
    }),
  },
  {
    name: 'read gives fewer bytes at the end only, and zeros for what was never written',
    run: (place, path) => using(place, path, ({ files, path: name }) => {
      const handle = files.open(name, true);
      files.write(handle, bytesOf(10, 1), 70_000);
      const bytes = new Uint8Array(100).fill(0xee);
      check(files.read(handle, bytes, 69_950) === 60, 'read gives 60 bytes 60 bytes before the end');
      checkBytes(bytes.subarray(0, 60), Uint8Array.from([...new Uint8Array(50), ...bytesOf(10, 1)]), 'bytes at the end');
      check(files.read(handle, bytes, 70_010) === 0, 'read gives nothing at the end');
      check(files.read(handle, bytes, 100_000) === 0, 'read gives nothing behind the end');
      files.truncate(handle, 70_005);
      files.write(handle, bytesOf(1, 1), 80_000);
      const cut = new Uint8Array(9_995);
      files.read(handle, cut, 70_005);
      checkBytes(cut, new Uint8Array(9_995), 'what was cut off and lies between');
    }),
  },
  {
    name: 'random writes, cuts, synchronisations and reopenings of three files come to what they should',
    async run(place, path) {
      const next = numbers(7);
      const models = ENDINGS.map(() => new Model());
      for (let life = 0; life < 6; life++) {
        await using(place, path, ({ files, path: name }) => {
          const handles = ENDINGS.map((ending) => files.open(name + ending, true));
          models.forEach(({ bytes }, at) => checkFile(files, handles[at], bytes, `file ${at} of life ${life}`));
          for (let step = 0; step < 120; step++) {
            const at = next(3);
            if (next(8) === 0) {
              const size = next(models[at].bytes.length + 1);
              files.truncate(handles[at], size);
              models[at].truncate(size);
            } else {
              const bytes = bytesOf(1 + next(next(4) === 0 ? 90_000 : 5_000), step);
              const offset = next(200_000);
              files.write(handles[at], bytes, offset);
              models[at].write(bytes, offset);
            }
            if (next(10) === 0) files.sync(handles[at]);
          }
          models.forEach(({ bytes }, at) => checkFile(files, handles[at], bytes, `file ${at} at the end of life ${life}`));
          for (const handle of handles) {
            files.sync(handle);
            files.close(handle);
          }
        });
      }
    },
  },
  {
    name: 'what was removed is gone for good',
    async run(place, path) {
      await using(place, path, ({ files, path: name }) => {
        const log = files.open(`${name}-wal`, true);
        files.write(log, bytesOf(100_000, 1), 0);
        files.sync(log);
        files.close(log);
        check(files.exists(`${name}-wal`), 'what was written exists');
        files.remove(`${name}-wal`);
        check(!files.exists(`${name}-wal`), 'what was removed does not exist');
      });
      await using(place, path, ({ files, path: name }) => {
        check(!files.exists(`${name}-wal`), 'what was removed does not exist after reopening');
        const log = files.open(`${name}-wal`, true);
        check(files.size(log) === 0, 'a new file of the same name is empty');
        files.write(log, bytesOf(5, 2), 50_000);
        checkFile(files, log, Uint8Array.from([...new Uint8Array(50_000), ...bytesOf(5, 2)]), 'a new file of the same name');
        files.close(log);
        files.remove(`${name}-wal`);
      });
    },
  },
  {
    name: 'without room writing fails (53100) and what was synchronised stays; with room all goes on',
    needs: 'setFull',
    run: (place, path) => failing(place, path, /** @type {any} */ (place.setFull), (error) => checkFull(error, 'write or sync')),
  },
  {
    name: 'when writing fails what was synchronised stays, and all goes on afterwards',
    needs: 'setBroken',
    run: (place, path) => failing(place, path, /** @type {any} */ (place.setBroken), () => {}),
  },
];
