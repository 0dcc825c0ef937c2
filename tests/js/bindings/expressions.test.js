// The expressions that the C tests of the types compare with PostgreSQL (tests/c/types/*.txt), as SQL through the whole engine
// in WebAssembly: parsed, bound, lowered and run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { open } from './lib/open.js';

const FILES = ['casts', 'operators', 'math', 'text', 'datetime', 'json', 'arrays', 'aggregates'];
/** Functions that are no functions in PostgreSQL's grammar: their names are not to be quoted. */
const KEYWORDS = new Set(['coalesce', 'greatest', 'least', 'nullif']);

/** @param {string} text */
const unescape = (text) => text.replace(/\\([tn\\])/g, (_, letter) => ({ t: '\t', n: '\n' })[letter] ?? '\\');

/** @param {string} field type:text */
function literal(field) {
  const type = field.slice(0, field.indexOf(':'));
  const text = field.slice(type.length + 1);
  const value = text === '\\N' ? 'NULL' : `'${unescape(text).replaceAll("'", "''")}'`;
  if (type === 'unknown') return value;
  return `${value}::${type === 'character' ? 'bpchar' : type}`;
}

/** @param {string} kind @param {string} name @param {string[]} values */
function expression(kind, name, values) {
  switch (kind) {
    case 'operator': return values.length === 1 ? `${name} (${values[0]})` : `(${values[0]}) ${name} (${values[1]})`;
    case 'cast': return `(${values[0]})::${name}`;
    case 'constructor': return `ARRAY[${values.join(', ')}]`;
    case 'subscript': return `(${values[0]})${values.slice(1).map((value) => `[${value}]`).join('')}`;
    case 'slice': return `(${values[0]})[${values[1]}:${values[2]}]`;
    default: return `${KEYWORDS.has(name) ? name : `"${name}"`}(${values.join(', ')})`;
  }
}

/** The query of a line; undefined for those that are no expressions of SQL. @param {string[]} fields */
function query([kind, name, ...rest]) {
  const values = rest.slice(0, -2).map(literal);
  // Assignments need a table; array[i][j] is not bound yet.
  if (kind === 'assign' || (kind === 'subscript' && values.length > 2)) return undefined;
  if (kind === 'aggregate') {
    return `SELECT CASE WHEN "${name}"(v) IS NOT NULL THEN concat("${name}"(v)) END AS v FROM (VALUES ${values.map((value) => `(${value})`).join(', ')}) AS t(v)`;
  }
  if (kind === 'rows') {
    if (name.includes('_each')) return undefined;
    return `SELECT coalesce(string_agg(CASE WHEN v IS NULL THEN '\\N' ELSE concat(v) END, '|'), '') AS v FROM ${expression(kind, name, values)} AS t(v)`;
  }
  const called = expression(kind, name, values);
  return `SELECT CASE WHEN (${called}) IS NOT NULL THEN concat(${called}) END AS v`;
}

/**
 * The C library of the WebAssembly toolchain and PostgreSQL's may differ in the last place of a power or a logarithm in
 * double precision. Numbers of fewer digits, numerics above all, have to be equal to the letter.
 * @param {string} got
 * @param {string} expected
 */
function same(got, expected) {
  if (got === expected) return true;
  const [left, right] = [Number(got), Number(expected)];
  const digits = expected.replace(/[^0-9]/g, '').length;
  return digits >= 15 && digits <= 17 && Number.isFinite(left) && Math.abs(left - right) <= 4e-16 * Math.abs(right);
}

for (const file of FILES) {
  test(`What PostgreSQL gives for ${file} the engine gives too`, async (t) => {
    const db = open(t);
    const lines = readFileSync(new URL(`../../c/types/${file}.txt`, import.meta.url), 'utf8').split('\n');
    const wrong = [];
    for (const line of lines.filter((each) => each !== '' && !each.startsWith('#'))) {
      const fields = line.split('\t');
      const sql = query(fields);
      if (sql === undefined) continue;
      const expected = unescape(fields[fields.length - 1]);
      let got;
      try {
        got = (await db.query(sql)).rows[0].v ?? '\\N';
      } catch (error) {
        got = `!${error.code}`;
      }
      if (!same(got, expected)) wrong.push({ sql, expected, got });
    }
    assert.deepEqual(wrong.slice(0, 20), []);
  });
}
