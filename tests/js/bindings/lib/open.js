import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Tidemark } from '../../../../js-bindings/index.js';

/**
 * A database that is closed after the test.
 * @param {import('node:test').TestContext} t
 * @param {import('../../../../js-bindings/tidemark.js').TidemarkOptions} [options]
 */
export function open(t, options) {
  const db = new Tidemark(options);
  t.after(() => db.close());
  return db;
}

/**
 * A folder that is removed after the test.
 * @param {import('node:test').TestContext} t
 */
export function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/**
 * Waits until a condition holds.
 * @param {() => unknown} condition may return a promise
 * @param {string} what for the error
 */
export async function until(condition, what) {
  const end = Date.now() + 10_000;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}
