/**
 * The examples of the reference: every ```sql block of a page is run, in order, on a database of the page's own. A ```text block that
 * follows one at once shows what its last statement gives: a line for each row, values separated by ` | `; … stands for
 * anything, lines too.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';

const docs = new URL('../../../docs/', import.meta.url);
const PAGES = ['sql.md', 'types.md', 'views.md'];

/** @typedef {{ line: number, sql: string, shown: string | null }} Example */

/**
 * The examples of a page, in order.
 * @param {string} page
 * @returns {Example[]}
 */
function examplesOf(page) {
  const text = fs.readFileSync(new URL(page, docs), 'utf8');
  return [...text.matchAll(/^```sql\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(({ index, 1: sql, 2: shown }) => ({
    line: text.slice(0, index).split('\n').length,
    sql,
    shown: shown?.trimEnd() ?? null,
  }));
}

/** @param {unknown} value */
function write(value) {
  if (value === null) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * What is given may be shown in part.
 * @param {string} given
 * @param {string} shown
 */
function matches(given, shown) {
  const parts = shown.split('…').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(given);
}

for (const page of PAGES) {
  describe(`the examples of ${page}`, () => {
    const db = new Tidemark();
    const examples = examplesOf(page);
    it('are found', () => assert.ok(examples.length > 0));
    for (const { line, sql, shown } of examples) {
      it(`line ${line}`, async () => {
        const { rows } = await db.query(sql, [], { rowMode: 'array' });
        if (shown === null) return;
        const given = rows.map((/** @type {unknown[]} */ row) => row.map(write).join(' | ')).join('\n');
        assert.ok(matches(given, shown), `gives\n${given}\nand not\n${shown}`);
      });
    }
    it('leave a database that can be closed', () => db.close());
  });
}
