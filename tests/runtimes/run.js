/**
 * Tries the packed package in every runtime, as a user would, and prints a table.
 *
 *     node tests/runtimes/run.js [word …]    only those whose name contains one of the words
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { edge } from './cases/edge.js';
import { pages } from './cases/pages.js';
import { servers } from './cases/servers.js';
import { types } from './cases/types.js';
import { workerd } from './cases/workerd.js';
import { installPackage } from './lib/project.js';

/** As many run at once. */
const CONCURRENCY = 2;
const TIMEOUT = 120_000;

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const cases = /** @type {{ name: string, here?: boolean, version(): Promise<string>, run(folder: string): Promise<string> }[]} */ ([...servers, ...edge, ...workerd, ...pages, ...types])
  .filter(({ here = true }) => here)
  .filter(({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)));
const project = installPackage();
/** @type {{ name: string, version: string, storage: string, seconds: number, error?: unknown }[]} */
const results = [];

/** @param {(typeof cases)[0]} one */
async function tryOne(one) {
  const begin = performance.now();
  const result = { name: one.name, version: '', storage: '', seconds: 0, error: undefined };
  try {
    result.version = await one.version();
    result.storage = await Promise.race([
      one.run(project.folder),
      sleep(TIMEOUT, undefined, { ref: false }).then(() => { throw new Error(`not done after ${TIMEOUT / 1000} s`); }),
    ]);
  } catch (error) {
    result.error = error;
  }
  result.seconds = (performance.now() - begin) / 1000;
  results[cases.indexOf(one)] = result;
}

const queue = [...cases];
try {
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await tryOne(one);
  }));
} finally {
  project.remove();
}
for (const { name, error } of results) if (error !== undefined) console.error(`${name}:`, error);
const widths = [24, 18, 34, 6];
for (const row of [['runtime', 'version', 'storage', 's', ''], ...results.map(({ name, version, storage, seconds, error }) =>
  [name, version, storage, seconds.toFixed(1), error === undefined ? 'ok' : 'FAILED'])]) {
  console.log(row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' ').trimEnd());
}
process.exit(results.some(({ error }) => error !== undefined) ? 1 : 0);
