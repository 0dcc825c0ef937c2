/**
 * Cuts the power of the disk under Chromium's private file system while a database is written, and counts what is lost.
 *
 *     node tests/browser/power-cut.js [--rounds 5] [--durability strict] [--settle 40]
 *
 * `settle` is how many seconds old the database is at the first cut: Chromium does not synchronise the names of new files, so
 * one that is younger than the system's cache (half a minute on Linux) may be lost as a whole.
 *
 * Needs root: the profile lies on an ext4 file system of its own, which is shut down without writing anything back. That is
 * a power cut as the file system sees it; a drive that loses what it said it has written is not tried. Fails when something
 * acknowledged is lost under strict durability, or anything is torn under either.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { killable } from './lib/browsers.js';
import { open, query } from './lib/page.js';
import { startSite } from './lib/site.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    durability: { type: 'string', default: 'strict' },
    settle: { type: 'string', default: '40' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'tidemark-power-'));
const image = join(folder, 'disk.img');
const disk = join(folder, 'disk');

const run = (command, ...given) => execFileSync(command, given, { stdio: ['ignore', 'ignore', 'inherit'] });
const mount = () => run('mount', '-o', 'loop', image, disk);

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH: from now on nothing reaches the disk, not even the journal. */
function cutPower() {
  run('python3', '-c', `import fcntl, os, struct
fcntl.ioctl(os.open(${JSON.stringify(disk)}, os.O_RDONLY), 0x8004587D, struct.pack('I', 2))`);
}

/** Unmounts as soon as the last process has let go. */
async function unmount() {
  for (let attempt = 0; ; attempt++) {
    try {
      execFileSync('umount', [disk], { stdio: 'ignore' });
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
}

/** Writes until told to stop; gives how many rows there are and were acknowledged. */
async function write(page, from) {
  let acknowledged = from;
  const until = Date.now() + 500 + Math.random() * 1000;
  while (Date.now() < until) {
    await query(page, `INSERT INTO t VALUES ($1, repeat('z', 100 * ($1 % 60)))`, [acknowledged + 1]);
    acknowledged++;
  }
  return acknowledged;
}

const site = await startSite();
mkdirSync(disk);
run('truncate', '-s', '1G', image);
run('mkfs.ext4', '-q', image);
mount();
const browser = await killable(site.url, disk);
const given = { path: 'cut', worker: true, durability: values.durability };
const total = { acknowledged: 0, lost: 0, torn: 0 };
try {
  let page = await browser.start();
  await open(page, given);
  await query(page, 'CREATE TABLE t (id integer PRIMARY KEY, data text)');
  await query(page, 'CREATE REALTIME VIEW v AS SELECT count(*) AS n, max(id) AS last, sum(length(data)) AS size FROM t');
  await new Promise((resolve) => { setTimeout(resolve, Number(values.settle) * 1000); });
  let rows = 0;
  for (let round = 1; round <= Number(values.rounds); round++) {
    const acknowledged = await write(page, rows);
    total.acknowledged += acknowledged - rows;
    void query(page, `INSERT INTO t VALUES ($1, 'under way')`, [acknowledged + 1]).catch(() => {});
    cutPower();
    await browser.kill();
    await unmount();
    mount();
    page = await browser.start();
    const storage = await open(page, given);
    const sql = 'SELECT count(*) AS n, max(id) AS last, sum(length(data)) AS size FROM t';
    const [[found], [view]] = [await query(page, sql), await query(page, 'SELECT n, last, size FROM v')];
    const torn = JSON.stringify(found) !== JSON.stringify(view) || found.n !== (found.last ?? 0);
    total.torn += torn ? 1 : 0;
    total.lost += Math.max(acknowledged - found.n, 0);
    console.log(`round ${round}, ${storage}: ${acknowledged} acknowledged, ${found.n} found${torn ? ', TORN' : ''}`);
    rows = found.n;
  }
} finally {
  await browser.close();
  await unmount();
  rmSync(folder, { recursive: true });
  await site.close();
}
console.log(`${values.rounds} power cuts, ${values.durability}: ${total.acknowledged} commits acknowledged, ` +
  `${total.lost} lost, ${total.torn} torn`);
if (total.torn > 0 || (values.durability === 'strict' && total.lost > 0)) process.exitCode = 1;
