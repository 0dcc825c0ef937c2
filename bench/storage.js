/**
 * What databases in a browser cost on its storage: opening, commits, bulk, reads; Tidemark beside others, in the same browser.
 *
 * Usage: node bench/storage.js [--browser Chromium|Firefox] [--sizes 100,500] [--only beginning,of,names]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

import { launch } from '../tests/browser/lib/browsers.js';
import { figure, percentile, report } from './report.js';
import { fileOf, inWorker, startSite } from './storage/site.js';

const { values: given } = parseArgs({ options: {
  browser: { type: 'string', default: 'Chromium' },
  sizes: { type: 'string', default: '100' },
  only: { type: 'string', default: '' },
} });
const sizes = given.sizes.split(',').map(Number).filter(Boolean);

const ROWS = 100_000;
const COMMITS = 10_000;
const READS = 10_000;
/** Times that a database is opened, each in a worker of its own. */
const OPENINGS = 9;
/** Milliseconds after which it is opened no further times. */
const LONGEST = 20_000;

const NAMES = ['Tidemark, OPFS', 'sqlite-wasm, opfs-sahpool', 'sqlite-wasm, opfs-sahpool, WAL', 'sqlite-wasm, opfs',
  'wa-sqlite, AccessHandlePoolVFS', 'wa-sqlite, OPFSWriteAheadVFS', 'PGlite, opfs-ahp',
  'Tidemark, IndexedDB', 'wa-sqlite, IDBBatchAtomicVFS', 'PGlite, idb'];

/** @param {number[]} times of some of `wanted` operations; those that were not reached are counted as the others */
function total(times, wanted) {
  const sum = times.reduce((all, time) => all + time, 0);
  const figured = figure(sum / times.length * wanted);
  return times.length === wanted ? figured : `~${figured}`;
}

/**
 * Kilobytes that a page downloads of a library, as servers compress them.
 * @param {string[]} paths that were loaded, those of the benchmark among them
 */
async function download(paths) {
  const files = await Promise.all([...new Set(paths)].filter((path) => !path.startsWith('/storage/')).map(fileOf));
  return Math.round(files.filter(Boolean).reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0) / 1000);
}

/**
 * All figures of one of them.
 * @param {any} page
 * @param {string} name
 * @param {number} number that tells its files from those of others
 */
async function measure(page, name, number) {
  const run = (...call) => page.evaluate(inWorker, { script: '/storage/worker.js', call });
  /** @param {(i: number) => Promise<number>} open */
  const opening = async (open) => {
    const openings = [];
    for (let i = 0, end = Date.now() + LONGEST; i < OPENINGS && (i === 0 || Date.now() < end); i++) openings.push(await open(i));
    return figure(percentile(openings, 0.5));
  };
  const reopening = (database, id) => opening(() => run('reopen', name, database, id));
  const opened = await opening((i) => run('create', name, `new${number}-${i}`));
  const times = await run('workload', name, `small${number}`, ROWS, COMMITS, READS);
  const row = {
    'ms': name,
    'download kB': await download(times.loaded),
    'open, new': opened,
    'bulk 100,000': figure(times.bulk),
    'commit p50': figure(percentile(times.commits, 0.5)),
    'p99': figure(percentile(times.commits, 0.99)),
    '10,000 commits': total(times.commits, COMMITS),
    '10,000 reads': total(times.reads, READS),
    'scan': figure(times.scan),
    'open, 13 MB': await reopening(`small${number}`, 4711),
  };
  for (const size of sizes) {
    const database = `large${number}-${size}`;
    const large = await run('fill', name, database, size).then(() => reopening(database, size * 997))
      .catch((error) => { console.error(`${name}, ${size} MB: ${error.message}`); });
    row[`open, ${size} MB`] = large ?? 'fails';
  }
  return row;
}

const site = await startSite();
const browser = await launch(given.browser);
try {
  const page = await browser.context.newPage();
  await page.goto(site.url);
  const rows = [];
  const wanted = given.only.split(',');
  for (const [number, name] of NAMES.entries()) {
    if (!wanted.some((start) => name.startsWith(start))) continue;
    try {
      rows.push(await measure(page, name, number));
    } catch (error) {
      console.error(`${name}: ${error.message}`); // it does not run in this browser
      continue;
    }
    const limit = await page.evaluate(inWorker, { script: '/storage/worker.js', call: ['limit', 2000] });
    rows.at(-1)['write + flush p50'] = figure(percentile(limit, 0.5));
    console.error(JSON.stringify(rows.at(-1)));
  }
  report('storage', `Storage in ${given.browser}, milliseconds`, rows, { notes: [
    'download: JavaScript and WebAssembly that were loaded, each file compressed by gzip',
    `open: median of ${OPENINGS} (fewer where they take more than ${LONGEST / 1000} s), each in a worker of its own: from the start of the import of the library until the first statement is answered (new: CREATE TABLE; else one row read)`,
    'commit: UPDATE of one row by its key, durable (synchronous = FULL, strict); ~: as many as 15 seconds allowed, multiplied',
    'write + flush: 4,120 bytes written to a file of OPFS and flushed, measured after each: the least that one changed page costs there',
  ] });
} finally {
  await browser.close();
  site.close();
}
