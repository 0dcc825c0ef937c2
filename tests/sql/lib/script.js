/** SQL scripts (tests/sql/README.md): their records, and what a result has to be. */
import { isDeepStrictEqual } from 'node:util';

/**
 * A result, rows as arrays.
 * @typedef {{ rows: unknown[], fields: { name: string, type: string }[], rowCount: number, unmodified?: boolean }} Result
 *   unmodified: types come without their modifiers, numeric for numeric(10,2)
 */

/**
 * @typedef {object} ScriptRecord
 * @property {number} line on which it begins
 * @property {string} head
 * @property {string} sql
 * @property {string[] | null} rows below ----
 * @property {boolean} ours not for PostgreSQL
 */

/** The line of a script whose statements are MySQL's. */
const DIALECT = 'dialect mysql';

/**
 * @param {string} text
 * @returns {'mysql' | 'postgres'} the dialect of its statements
 */
export function dialectOf(text) {
  return text.split('\n').includes(DIALECT) ? 'mysql' : 'postgres';
}

/**
 * @param {string} text
 * @param {boolean} postgres whether it is to run over PostgreSQL
 * @returns {ScriptRecord[]}
 */
export function parse(text, postgres) {
  /** @type {ScriptRecord[]} */
  const records = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] === 'onlyif postgres' && lines[at + 1] === 'halt') {
      if (postgres) break;
      at++;
      continue;
    }
    if (lines[at] === '' || lines[at].startsWith('#') || lines[at] === DIALECT) continue;
    const ours = lines[at] === 'skipif postgres';
    if (ours) at++;
    const end = lines.indexOf('', at) === -1 ? lines.length : lines.indexOf('', at);
    const body = lines.slice(at + 1, end);
    const divider = body.indexOf('----');
    records.push({
      line: at + 1,
      head: lines[at],
      ours,
      sql: (divider === -1 ? body : body.slice(0, divider)).join('\n'),
      rows: divider === -1 ? null : body.slice(divider + 1),
    });
    at = end;
  }
  return records;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function print(value) {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** @param {string} text */
function unescape(text) {
  return text.replace(/\\(.)/g, (_, letter) => ({ n: '\n', t: '\t' })[letter] ?? letter);
}

/**
 * @param {unknown} value
 * @param {string} expected
 * @param {string} type
 */
function matches(value, expected, type) {
  const quoted = /^'.*'$/s.test(expected);
  const isJson = type === 'json' || type === 'jsonb' || type.endsWith('[]');
  const wanted = quoted ? unescape(expected.slice(1, -1)) : unescape(expected);
  if (!quoted && expected === 'NULL') return value === null;
  if (value === null) return false;
  if (isJson) return isDeepStrictEqual(value, JSON.parse(quoted ? wanted : expected));
  if (value instanceof Uint8Array) return print(value) === expected;
  if (quoted) return value === wanted;
  if (typeof value === 'number') return Object.is(value, Number(wanted)) || value === Number(wanted);
  return print(value) === wanted;
}

/**
 * Why the result is not what the record wants; null when it is.
 * @param {ScriptRecord} record
 * @param {Result} result
 */
export function compare(record, result) {
  const head = record.head.slice('query'.length).trim();
  const columns = result.unmodified ? head.replace(/\(\d+(,\s*-?\d+)?\)/g, '') : head;
  const actualColumns = result.fields.map(({ name, type }) => `${name} ${type}`).join(', ');
  if (columns !== '' && columns !== actualColumns) return `columns: expected ${columns}\n  got ${actualColumns}`;
  const wanted = record.rows ?? [];
  for (let number = 0; number < Math.max(wanted.length, result.rows.length); number++) {
    const row = /** @type {any} */ (result.rows[number]);
    const cells = wanted[number]?.split(' | ');
    const same = row !== undefined && cells?.length === row.length
      && row.every((/** @type {unknown} */ value, /** @type {number} */ index) =>
        matches(value, cells[index], result.fields[index].type));
    if (!same) {
      return `row ${number + 1}: expected ${wanted[number] ?? 'no more rows'}\n`
        + `  got ${row === undefined ? 'no more rows' : row.map(print).join(' | ')}`;
    }
  }
  return null;
}

/**
 * @param {ScriptRecord} record
 * @param {any} error
 */
export function compareError(record, error) {
  const [, code, , position, message] =
    /^statement error (\S+)( at (\d+))? ?(.*)$/.exec(record.head) ?? [];
  const same = error.code === code && error.message.includes(message)
    && (position === undefined || error.position === Number(position));
  return same ? null
    : `expected ${record.head.slice('statement '.length)}, got ${error.code} at ${error.position}: ${error.message}`;
}
