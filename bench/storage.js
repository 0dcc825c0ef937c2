/**
 * What databases in a browser cost on its storage: opening, commits, bulk, reads; Tidemark beside others, in the same browser.
 *
 * All are measured once in each round, and every round begins with another: whoever comes first in a browser pays for what the
 * others find warm. A figure is the median of its rounds.
 *
 * Usage: node bench/storage.js [--browser Chromium|Firefox] [--sizes 100,500] [--only beginning,of,names] [--rounds 3]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

import { launch } from '../tests/browser/lib/browsers.js';
import { figure, median, percentile, report } from './report.js';
import { fileOf, inWorker, startSite } from './storage/site.js';

const { values: given } = parseArgs({ options: {
  browser: { type: 'string', default: 'Chromium' },
  sizes: { type: 'string', default: '100' },
  only: { type: 'string', default: '' },
  rounds: { type: 'string', default: '3' },
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

/**
 * Kilobytes that a page downloads of a library, as servers compress them.
 * @param {string[]} paths that were loaded, those of the benchmark among them
 */
async function download(paths) {
  const files = await Promise.all([...new Set(paths)].filter((path) => !path.startsWith('/storage/')).map(fileOf));
  return Math.round(files.filter(Boolean).reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0) / 1000);
}

/**
 * All figures of one of them in one round.
 * @param {any} page
 * @param {string} name
 * @param {string} id that tells its files from all others
 * @returns {Promise<Record<string, number>>} NaN: it failed
 */
async function measure(page, name, id) {
  const run = (...call) => page.evaluate(inWorker, { script: '/storage/worker.js', call });
  /** @param {(i: number) => Promise<number>} open */
  const opening = async (open) => {
    const openings = [];
    for (let i = 0, end = Date.now() + LONGEST; i < OPENINGS && (i === 0 || Date.now() < end); i++) openings.push(await open(i));
    return median(openings);
  };
  const reopening = (database, key) => opening(() => run('reopen', name, database, key));
  const opened = await opening((i) => run('create', name, `new${id}-${i}`));
  const times = await run('workload', name, `small${id}`, ROWS, COMMITS, READS);
  const all = (list, wanted) => list.reduce((sum, time) => sum + time, 0) / list.length * wanted;
  const row = {
    'download kB': await download(times.loaded),
    'open, new': opened,
    'bulk 100,000': times.bulk,
    'commit p50': median(times.commits),
    'p99': percentile(times.commits, 0.99),
    '10,000 commits': all(times.commits, COMMITS),
    '10,000 reads': all(times.reads, READS),
    'scan': times.scan,
    'open, 13 MB': await reopening(`small${id}`, 4711),
  };
  for (const size of sizes) {
    const database = `large${id}-${size}`;
    row[`open, ${size} MB`] = await run('fill', name, database, size).then(() => reopening(database, size * 997))
      .catch((error) => { console.error(`${name}, ${size} MB: ${error.message}`); return NaN; });
  }
  row['write + flush p50'] = median(await run('limit', 2000));
  return row;
}

/**
 * One browser for a round, so that it keeps nothing of the one before.
 * @param {string[]} names in the order in which they are measured
 * @param {number} round
 * @param {(name: string, row: Record<string, number>) => void} measured
 */
async function measureAll(names, round, measured) {
  const browser = await launch(given.browser);
  try {
    const page = await browser.context.newPage();
    await page.goto(site.url);
    for (const [number, name] of names.entries()) {
      const row = await measure(page, name, `${round}-${number}`)
        .catch((error) => console.error(`${name}: ${error.message}`)); // it does not run in this browser
      if (row) measured(name, row);
    }
  } finally {
    await browser.close();
  }
}

/**
 * @param {string} name
 * @param {Record<string, number>[]} rows of its rounds
 */
function summary(name, rows) {
  const columns = Object.keys(rows[0]).map((column) => [column, median(rows.map((row) => row[column]))]);
  return { ms: name, ...Object.fromEntries(columns.map(([column, value]) => [column, Number.isNaN(value) ? 'fails' : figure(value)])) };
}

const site = await startSite();
const wanted = given.only.split(',');
const names = NAMES.filter((name) => wanted.some((start) => name.startsWith(start)));
/** @type {Map<string, Record<string, number>[]>} */
const measured = new Map(names.map((name) => [name, []]));
try {
  for (let round = 0; round < Number(given.rounds); round++) {
    const turn = Math.floor(round * names.length / Number(given.rounds));
    await measureAll([...names.slice(turn), ...names.slice(0, turn)], round, (name, row) => {
      measured.get(name)?.push(row);
      console.error(JSON.stringify(summary(name, [row])));
    });
  }
} finally {
  site.close();
}
const rows = [...measured].filter(([, rounds]) => rounds.length > 0).map(([name, rounds]) => summary(name, rounds));
report('storage', `Storage in ${given.browser}, milliseconds, medians of ${given.rounds} rounds`, rows, { notes: [
  'download: JavaScript and WebAssembly that were loaded, each file compressed by gzip',
  `open: median of ${OPENINGS} (fewer where they take more than ${LONGEST / 1000} s), each in a worker of its own: from the start of the import of the library until the first statement is answered (new: CREATE TABLE; else one row read)`,
  'commit: UPDATE of one row by its key, durable (synchronous = FULL, strict); 10,000 of them and of reads: as many as some seconds allow, multiplied',
  'write + flush: 4,120 bytes written to a file of OPFS and flushed, measured after each: the least that one changed page costs there',
] });
