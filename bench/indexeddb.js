/**
 * What IndexedDB costs: opening a large database, reading it, small commits.
 *
 * Usage: node bench/indexeddb.js [megabytes] [browser] [folder of another build of the package]
 */
import { resolve } from 'node:path';

import { browsers, launch } from '../tests/browser/lib/browsers.js';
import { startSite } from '../tests/browser/lib/site.js';

const [megabytes = '100', only, folder] = process.argv.slice(2);
/** Rows of one statement; each row has about a kilobyte. */
const ROWS = 10000;

/** Runs in the page: makes the database; milliseconds for all of it. */
async function fill([rows, statements]) {
  const { Tidemark } = await import('/tidemark/index.js');
  const db = new Tidemark({ path: 'large', storage: 'indexeddb' });
  await db.query('CREATE TABLE t (id integer PRIMARY KEY, k integer, data text)');
  const start = performance.now();
  for (let at = 0; at < statements; at++) {
    await db.query(`INSERT INTO t SELECT i, i % 1000, repeat(md5(i::text), 32) FROM generate_series($1::int, $2::int) AS s (i)`,
      [at * rows, (at + 1) * rows - 1]);
  }
  await db.query('CREATE INDEX t_k ON t (k)');
  const time = performance.now() - start;
  await db.close();
  return time;
}

/** Runs in the page: times of what is done with the database. */
async function use(last) {
  const { Tidemark } = await import('/tidemark/index.js');
  const times = {};
  const timed = async (name, work) => {
    const start = performance.now();
    const result = await work();
    times[name] = performance.now() - start;
    return result;
  };
  const begun = performance.now();
  const db = new Tidemark({ path: 'large', storage: 'indexeddb' });
  await timed('open', () => db.connect());
  const { rows } = await timed('first point read', () => db.query('SELECT id FROM t WHERE id = $1', [last]));
  if (rows.length !== 1) throw new Error('the row is not there');
  times['opened and read'] = performance.now() - begun;
  await timed('live query', () => db.live('SELECT id FROM t WHERE k = $1', [7]));
  times['opened and live'] = performance.now() - begun;
  await timed('full scan', () => db.query('SELECT sum(length(data)) FROM t'));
  const commits = [];
  for (let at = 0; at < 300; at++) {
    const start = performance.now();
    await db.query('UPDATE t SET k = k + 1 WHERE id = $1', [(at * 7919) % last]);
    commits.push(performance.now() - start);
  }
  commits.sort((a, b) => a - b);
  times['commit p50'] = commits[150];
  times['commit p99'] = commits[297];
  await db.close();
  return times;
}

const site = await startSite(folder && resolve(folder));
for (const name of only ? [only] : browsers) {
  const browser = await launch(name);
  try {
    const page = await browser.context.newPage();
    await page.goto(site.url);
    const statements = Math.ceil(Number(megabytes) * 1e6 / 1080 / ROWS);
    const report = { 'bulk insert': await page.evaluate(fill, [ROWS, statements]) };
    await page.reload();
    Object.assign(report, await page.evaluate(use, statements * ROWS - 1));
    for (const [what, time] of Object.entries(report)) {
      console.log(`${name}, ${megabytes} MB: ${what} ${time.toFixed(time < 10 ? 2 : 0)} ms`);
    }
  } finally {
    await browser.close();
  }
}
await site.close();
