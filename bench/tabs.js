/**
 * What tabs that share a database cost: commits and reads through another tab, and how long a takeover stops commits.
 *
 * Usage: node bench/tabs.js [--browser Chromium|Firefox] [--rounds 5]
 */
import { parseArgs } from 'node:util';

import { launch } from '../tests/browser/lib/browsers.js';
import { open, query } from '../tests/browser/lib/page.js';
import { startSite } from '../tests/browser/lib/site.js';
import { figure, percentile, report } from './report.js';

const { values: given } = parseArgs({ options: {
  browser: { type: 'string', default: 'Chromium' },
  rounds: { type: 'string', default: '5' },
} });
const rounds = Number(given.rounds);

const CALLS = 300;

/** Both places in which the engine can run. */
const PLACES = {
  'opfs, in a worker': { worker: true },
  'indexeddb, in a worker': { worker: true, storage: 'indexeddb' },
};

/** Milliseconds of each of many calls in a page, after some that are not counted. */
const latencies = (page, sql) => page.evaluate(async ([text, count]) => {
  const times = [];
  for (let n = -30; n < count; n++) {
    const start = performance.now();
    await globalThis.db.query(text, text.includes('$1') ? [n] : []);
    if (n >= 0) times.push(performance.now() - start);
  }
  return times;
}, [sql, CALLS]);

const CALLS_OF = {
  'one-row commit': (who) => `INSERT INTO t (who, n) VALUES ('${who}', $1)`,
  'point read': () => 'SELECT * FROM t WHERE id = 1',
};

/** The longest time between two commits of a page while something happens to the holder. */
async function gap(page, disturb) {
  await page.evaluate(() => {
    globalThis.times = [];
    globalThis.done = false;
    globalThis.writing = (async () => {
      while (!globalThis.done) {
        await globalThis.db.query(`INSERT INTO t (who, n) VALUES ('gap', 0)`);
        globalThis.times.push(performance.now());
      }
    })();
  });
  await new Promise((resolve) => { setTimeout(resolve, 500); });
  await disturb();
  await new Promise((resolve) => { setTimeout(resolve, 3000); });
  return page.evaluate(async () => {
    globalThis.done = true;
    await globalThis.writing;
    return Math.max(...globalThis.times.slice(1).map((time, n) => time - globalThis.times[n]));
  });
}

/** What happens to the holder, by the options that it is opened with. */
const TAKEOVERS = {
  'closed': { options: { worker: true }, disturb: (holder) => holder.close() },
  'crashed, opfs': {
    options: { worker: true }, browsers: ['Chromium'],
    async disturb(holder, context) {
      (await context.newCDPSession(holder)).send('Page.crash').catch(() => {});
    },
  },
  'stuck, indexeddb': {
    options: { storage: 'indexeddb', takeoverAfter: 750 },
    async disturb(holder) {
      holder.evaluate(() => {
        const end = Date.now() + 2500;
        while (Date.now() < end);
      }).catch(() => {});
    },
  },
};

const site = await startSite();
const browser = await launch(given.browser, { separateTabs: true });
const newTab = async (options) => {
  const page = await browser.context.newPage();
  await page.goto(site.url);
  await open(page, options);
  return page;
};

const rows = [];
const summary = (what, times) => rows.push({
  what, 'p50, ms': figure(percentile(times, 0.5)), 'p99, ms': figure(percentile(times, 0.99)), 'most, ms': figure(Math.max(...times)),
});
try {
  for (const [place, options] of Object.entries(PLACES)) {
    const path = place;
    const tabs = [await newTab({ path, ...options }), await newTab({ path, ...options })];
    await query(tabs[0], 'CREATE TABLE t (id serial PRIMARY KEY, who text, n integer)');
    for (const [call, sql] of Object.entries(CALLS_OF)) {
      for (const [at, who] of ['own', 'other'].entries()) {
        summary(`${call}, ${place}, ${who === 'own' ? 'by the tab that holds it' : 'through another tab'}`, await latencies(tabs[at], sql(who)));
      }
    }
    for (const page of tabs) await page.close();
  }
  for (const [what, { options, disturb, browsers = [given.browser] }] of Object.entries(TAKEOVERS)) {
    if (!browsers.includes(given.browser)) continue;
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const path = `${what}-${round}`;
      const holder = await newTab({ path, ...options });
      await query(holder, 'CREATE TABLE t (id serial PRIMARY KEY, who text, n integer)');
      const other = await newTab({ path, ...options });
      times.push(await gap(other, () => disturb(holder, browser.context)));
      await other.close();
      await holder.close().catch(() => {});
    }
    summary(`no commits after the holder was ${what}`, times);
  }
} finally {
  await browser.close();
  await site.close();
}
report(`tabs-${given.browser.toLowerCase()}`, `Tabs that share a database in ${given.browser}`, rows, {
  notes: [`${CALLS} calls each; ${rounds} takeovers each, with a tab that commits one row after the other.`],
});
