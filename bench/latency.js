/** From a commit at PostgreSQL to the row in a realtime view in Chromium. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { startDemo } from '../demo/server.js';
import { median, percentile, report } from './report.js';

const COMMITS = 200;
const JOB = '0b1f3f52-0000-4000-8000-000000000001';

const demo = await startDemo();
const profile = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const page = await context.newPage();
await page.goto(demo.url);
await page.locator(`[data-device="ada"] [data-job="${JOB}"]`).waitFor();
// both processes read the same clock of this machine
await page.evaluate((id) => {
  globalThis.seen = {};
  globalThis.devices[0].db.wal.subscribe({ public: ['jobs'] }, (commit) => {
    for (const change of commit.changes ?? commit) if (change.new?.id === id) globalThis.seen[change.new.notes] = Date.now();
  });
}, JOB);

const times = [];
for (let i = 0; i < COMMITS; i++) {
  await demo.pglite.query('UPDATE jobs SET notes = $1 WHERE id = $2', [`note ${i}`, JOB]);
  const committed = Date.now();
  await page.waitForFunction((note) => globalThis.seen[note] !== undefined, `note ${i}`, { polling: 5 });
  times.push((await page.evaluate((note) => globalThis.seen[note], `note ${i}`)) - committed);
}
report('latency', `Commit at PostgreSQL to realtime view in Chromium, ${COMMITS} commits, clock of 1 ms`, [
  { what: 'embedded PostgreSQL, gateway, WebSocket, IndexedDB', 'p50 ms': median(times), 'p95 ms': percentile(times, 0.95) },
]);
await context.close();
await demo.close();
await rm(profile, { recursive: true, force: true });
