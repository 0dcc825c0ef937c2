/**
 * Kills what writes a database in the middle of its work, again and again, and counts what is lost.
 *
 *     node tests/kill/kill-storage.js <storage> [rounds]
 *
 * The writer tells each commit to this process once it is acknowledged. Then all its processes are killed at once, the next is
 * started on what is left, and says what it found: every commit that was told has to be there, whole, and a view equal to its query.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { targets } from './targets.js';

/** Milliseconds to wait for commits. */
const PATIENCE = 3_000;

const [storage = 'node', rounds = '5'] = process.argv.slice(2);
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
const total = { commits: 0, lost: 0, torn: 0 };
let acknowledged = 0;
try {
  for (let round = 0; round <= Number(rounds); round++) {
    const writer = await begin(folder);
    try {
      const found = await writer.first();
      if (found.failed !== undefined) throw new Error(`round ${round}: ${found.failed}`);
      if (found.last < acknowledged) console.log(`round ${round}: ${acknowledged} acknowledged, ${found.last} found`);
      if (found.torn) console.log(`round ${round}: torn at ${found.last}`);
      total.lost += Math.max(acknowledged - found.last, 0);
      total.torn += found.torn ? 1 : 0;
      acknowledged = found.last;
      if (round < Number(rounds)) await someCommits(writer, found.last);
    } finally {
      await writer.kill();
    }
    const last = Math.max(writer.acknowledged() ?? 0, acknowledged);
    total.commits += last - acknowledged;
    acknowledged = last;
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
console.log(`${storage}: ${rounds} kills, ${total.commits} commits acknowledged, ${total.lost} lost, ${total.torn} torn`);
process.exit(total.lost + total.torn > 0 || total.commits === 0 ? 1 : 0);
