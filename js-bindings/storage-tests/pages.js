/** What a storage of pages owes. */
import { bytesOf, check, checkBytes, checkFull, failureOf, using } from './check.js';

const PAGE = 4096;
/** What `read` is asked for begins at a multiple of this, and it gives up to a whole one. */
const PIECE = 65_536;

/**
 * A batch of pages, each with bytes of its own.
 * @param {number} pageCount
 * @param {number[]} numbers of the pages in it
 * @param {number} seed
 */
function batchOf(pageCount, numbers, seed) {
  return { pageSize: PAGE, pageCount, pages: new Map(numbers.map((number) => [number, bytesOf(PAGE, seed + number)])) };
}

/** @param {number} count */
const upTo = (count) => Array.from({ length: count }, (_, at) => at);

/**
 * What batches come to.
 * @param {ReturnType<typeof batchOf>[]} batches
 */
function contentsAfter(batches) {
  let contents = new Uint8Array(0);
  for (const { pageCount, pages } of batches) {
    const next = new Uint8Array(pageCount * PAGE);
    next.set(contents.subarray(0, next.length));
    for (const [number, page] of pages) next.set(page, number * PAGE);
    contents = next;
  }
  return contents;
}

/** All that `load` gives, each byte once. @param {any} storage */
async function loaded(storage) {
  /** @type {{ offset: number, bytes: Uint8Array }[]} */
  const pieces = [];
  await storage.load((/** @type {number} */ offset, /** @type {Uint8Array} */ bytes) => { pieces.push({ offset, bytes: bytes.slice() }); });
  const contents = new Uint8Array(pieces.reduce((length, { offset, bytes }) => Math.max(length, offset + bytes.length), 0));
  for (const { offset, bytes } of pieces) contents.set(bytes, offset);
  check(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) === contents.length, 'load gives every byte once');
  return contents;
}

/**
 * @param {import('./case.js').Place} place
 * @param {string} path
 * @param {ReturnType<typeof batchOf>[]} batches that were kept
 * @param {string} what
 */
async function checkKept(place, path, batches, what) {
  await using(place, path, async (storage) => checkBytes(await loaded(storage), contentsAfter(batches), what));
}

/**
 * A batch that fails leaves what was there, or else is there whole; afterwards all goes on.
 * @param {import('./case.js').Place} place
 * @param {string} path
 * @param {(fails: boolean) => unknown} setFailing
 * @param {(error: any) => void} checkError
 */
async function failing(place, path, setFailing, checkError) {
  const before = batchOf(40, upTo(40), 1);
  const refused = batchOf(60, [0, 17, 39, ...upTo(60).slice(40)], 100);
  await using(place, path, async (storage) => {
    await loaded(storage);
    await storage.persist(before);
    await setFailing(true);
    try {
      checkError(await failureOf(() => storage.persist(refused), 'persist'));
    } finally {
      await setFailing(false);
    }
  });
  const after = batchOf(41, [3, 40], 200);
  let kept = [before];
  await using(place, path, async (storage) => {
    const found = await loaded(storage);
    if (found.length !== before.pageCount * PAGE) kept = [before, refused];
    checkBytes(found, contentsAfter(kept), 'after a batch that failed, which is there whole or not at all');
    await storage.persist(after);
  });
  await checkKept(place, path, [...kept, after], 'after the batch that followed one that failed');
}

/** @type {import('./case.js').Case[]} */
export const pageCases = [
  {
    name: 'a new database is empty',
    run: (place, path) => using(place, path, async (storage) => {
      check((await loaded(storage)).length === 0, 'load gives nothing');
      check(storage.read === undefined || storage.size === 0, `size is 0, not ${storage.size}`);
    }),
  },
  {
    name: 'batches are found again, the later over the earlier',
    async run(place, path) {
      const batches = [batchOf(20, upTo(20), 1), batchOf(20, [0, 7], 50), batchOf(33, [7, ...upTo(33).slice(20)], 90), batchOf(33, [7], 130)];
      await using(place, path, async (storage) => {
        await loaded(storage);
        for (const batch of batches) await storage.persist(batch);
      });
      await checkKept(place, path, batches, 'what four batches came to');
    },
  },
  {
    name: 'pages beyond pageCount are gone, and not there again when it grows',
    async run(place, path) {
      const batches = [batchOf(50, upTo(50), 1), batchOf(5, [0], 60), batchOf(9, [0, 5, 6, 7, 8], 120)];
      for (const [at, batch] of batches.entries()) {
        await using(place, path, async (storage) => {
          await loaded(storage);
          await storage.persist(batch);
        });
        await checkKept(place, path, batches.slice(0, at + 1), `after batch ${at + 1}`);
      }
    },
  },
  {
    name: 'what is kept is what was given, whatever becomes of the memory it was in',
    async run(place, path) {
      const batch = batchOf(3, upTo(3), 1);
      const expected = contentsAfter([batch]);
      await using(place, path, async (storage) => {
        await loaded(storage);
        await storage.persist(batch);
        for (const page of batch.pages.values()) page.fill(0xee);
      });
      await using(place, path, async (storage) => checkBytes(await loaded(storage), expected, 'the batch'));
    },
  },
  {
    name: 'read gives what load gives, from any piece on',
    async run(place, path) {
      const batch = batchOf(300, upTo(300), 1);
      await using(place, path, async (storage) => {
        await loaded(storage);
        await storage.persist(batch);
      });
      await using(place, path, async (storage) => {
        if (storage.read === undefined) return;
        const expected = contentsAfter([batch]);
        check(storage.size === expected.length, `size is ${expected.length}, not ${storage.size}`);
        for (const [offset, size] of [[0, PAGE], [PIECE, 1], [PIECE * 3, PIECE * 2], [PIECE * 18, PAGE], [0, expected.length]]) {
          const found = await storage.read(offset, size);
          check(found.length >= Math.min(size, expected.length - offset), `read(${offset}, ${size}) gives at least what it is asked for`);
          checkBytes(found, expected.subarray(offset, offset + found.length), `read(${offset}, ${size})`);
        }
      });
    },
  },
  {
    name: 'without room a batch is refused (53100), whole; with room all goes on',
    needs: 'setFull',
    run: (place, path) => failing(place, path, /** @type {any} */ (place.setFull), (error) => checkFull(error, 'persist')),
  },
  {
    name: 'a batch that fails is kept whole or not at all, and the next after reopening is',
    needs: 'setBroken',
    run: (place, path) => failing(place, path, /** @type {any} */ (place.setBroken), () => {}),
  },
];
