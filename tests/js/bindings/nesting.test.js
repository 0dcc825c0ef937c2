/** What nests deeply or repeats often (tests/sql/nesting.txt) is answered or refused in WebAssembly too: no stack overflows. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { open } from './lib/open.js';

const lines = fs.readFileSync(new URL('../../sql/nesting.txt', import.meta.url), 'utf8').split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /** @type {RegExpExecArray} */ (/^(?:(\d+): )?(.*)$/.exec(line)))
  .map(([, most, text]) => ({ most: Number(most ?? Infinity), text }));

/** Refused as what a limit, a value or a name is, and not as what would be a bug of ours. */
const FINE = /^(54000|54001|22...|42...|0A000|23505)$/;

/**
 * The line with what stands between « and » said `times` times; n and m there are numbers.
 * @param {string} line
 * @param {number} times
 */
function expand(line, times) {
  return line.replaceAll(/«(.*?)»/g, (_, unit) => Array.from({ length: times }, (_item, index) => unit.replaceAll(
    /(?<![a-z][a-z])([nm])(?![a-z])/gi, (/** @type {string} */ letter) => String(letter === 'n' ? index + 1 : index))).join(''));
}

for (const times of [3, 390, 3000, 100_000]) {
  test(`whatever nests or repeats may do so ${times} times`, async (t) => {
    const db = open(t);
    await db.query("CREATE TABLE t (a integer, b text, d jsonb); INSERT INTO t VALUES (1, 'a', '{}')");
    for (const { most, text } of lines) {
      await db.transaction(async (tx) => {
        await tx.query(expand(text, Math.min(most, times)), [], { rowMode: 'array' }).catch((error) => {
          assert.match(String(error.code), FINE, `${text}: ${error.stack}`);
        });
        throw new Error('undone');
      }).catch((error) => { assert.equal(error.message, 'undone', error.stack); });
    }
    assert.equal((await db.query('SELECT a FROM t')).rows.length, 1);
  });
}
