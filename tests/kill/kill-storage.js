/**
 * Kills what writes a database in the middle of its work, again and again, and counts what is lost.
 *
 *     node tests/kill/kill-storage.js <storage> [rounds] [--power] [--durability relaxed] [--settle 40]
 *
 * The writer tells each commit to this process once it is acknowledged. Then all its processes are killed at once, the next is
 * started on what is left, and says what it found: every commit that was told has to be there, whole, and a view equal to its query.
 *
 * `--power` (root): the files lie on a disk of their own, and its power is cut before the kill. That is a power cut as the file system sees it;
 * a drive that loses what it said it has written is not tried. `--settle` is how many seconds old the database is at the first cut: Chromium
 * does not synchronise the names of new files, so one that is younger than the system's cache (half a minute on Linux) may be lost as a whole.
 *
 * Fails when something acknowledged is lost under strict durability, or anything is torn under either.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Disk } from './disk.js';
import { targets } from './targets.js';

/** Milliseconds to wait for commits. */
const PATIENCE = 3_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    power: { type: 'boolean', default: false },
    durability: { type: 'string', default: 'strict' },
    settle: { type: 'string', default: '40' },
  },
});
const [storage = 'node', rounds = '5'] = positionals;
const begin = targets[storage];
if (begin === undefined) throw new Error(`the storage is one of ${Object.keys(targets).join(', ')}`);

/**
 * Waits for a few commits, and then for a moment within the next ones.
 * @param {import('./targets.js').Writer} writer
 * @param {number} before
 */
async function someCommits(writer, before) {
  const enough = before + 1 + Math.floor(Math.random() * 30);
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(2)) if ((writer.acknowledged() ?? 0) >= enough) break;
  await sleep(Math.random() * 10);
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-kill-'));
const disk = values.power ? new Disk(folder) : null;
const total = { commits: 0, lost: 0, torn: 0 };
const told = () => `${total.commits} commits acknowledged, ${total.lost} lost, ${total.torn} torn`;
let acknowledged = 0;

/** @param {number} round @param {any} found */
function compare(round, found) {
  if (found.failed !== undefined) throw new Error(`round ${round}: ${found.failed}`);
  if (found.last < acknowledged) console.log(`round ${round}: ${acknowledged} acknowledged, ${found.last} found`);
  if (found.torn) console.log(`round ${round}: torn at ${found.last}`);
  total.lost += Math.max(acknowledged - found.last, 0);
  total.torn += found.torn ? 1 : 0;
  acknowledged = found.last;
}

/** @param {import('./targets.js').Writer} writer */
async function end(writer) {
  disk?.cutPower();
  await writer.kill();
  await disk?.unmount();
  disk?.mount();
}

try {
  for (let round = 0; round <= Number(rounds); round++) {
    const writer = await begin(disk?.path ?? folder, values.durability);
    try {
      compare(round, await writer.first());
      if (round === 0 && disk !== null) await sleep(Number(values.settle) * 1000);
      if (round < Number(rounds)) await someCommits(writer, acknowledged);
    } finally {
      await end(writer);
    }
    const last = Math.max(writer.acknowledged() ?? 0, acknowledged);
    total.commits += last - acknowledged;
    acknowledged = last;
    if (round > 0 && round % 10 === 0) console.log(`${storage}: after ${round} of ${rounds}: ${told()}`);
  }
} finally {
  await disk?.unmount();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
const kind = disk === null ? 'kills' : 'power cuts';
console.log(`${storage}${values.durability === 'strict' ? '' : `, ${values.durability}`}: ${rounds} ${kind}, ${told()}`);
process.exit(total.torn > 0 || total.commits === 0 || (values.durability === 'strict' && total.lost > 0) ? 1 : 0);
