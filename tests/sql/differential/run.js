// Runs every statement of the corpora (*.sql of this folder, ../README.md) on Tidemark and on PostgreSQL, and compares
// columns, types, rows, counts, SQLSTATEs and what violated constraints are told of.
// Usage: node tests/sql/differential/run.js [--refused] corpus.sql …
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Tidemark } from '../../../js-bindings/index.js';
import { readCorpus } from '../lib/corpus.js';
import { Postgres } from '../lib/postgres.js';

/** @typedef {import('../lib/script.js').Result} Result */
/** @typedef {{ result?: Result, error?: Failure }} Answer */
/** @typedef {{ code: string, message: string, schema?: string, table?: string, column?: string, constraint?: string }} Failure */
/** @typedef {{ query(sql: string, params: unknown[], options: { rowMode: 'array' }): Promise<any> }} Database */

const NOT_SUPPORTED = '0A000';

/**
 * @param {Database} database
 * @param {string} sql
 * @returns {Promise<Answer>}
 */
async function answer(database, sql) {
  try {
    return { result: await database.query(sql, [], { rowMode: 'array' }) };
  } catch (error) {
    return { error: /** @type {any} */ (error) };
  }
}

/**
 * Whether the two spell one value. real: PostgreSQL's shortest digits and the double nearest to them are one.
 * @param {unknown} ours
 * @param {unknown} theirs
 * @param {string} type
 */
function sameValue(ours, theirs, type) {
  const same = isDeepStrictEqual(ours, theirs) || ours === theirs;
  return same || (type === 'real' && Math.fround(/** @type {any} */ (ours)) === Math.fround(/** @type {any} */ (theirs)));
}

/** @param {unknown} value */
function print(value) {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item));
}

/**
 * The rows in the order that the statement asks for; in any fixed one when it asks for none.
 * @param {Result} result
 * @param {string} sql
 * @returns {unknown[][]}
 */
function rowsOf(result, sql) {
  const rows = /** @type {unknown[][]} */ (result.rows);
  return /\border\s+by\b/i.test(sql) ? rows : rows.toSorted((a, b) => (print(a) < print(b) ? -1 : 1));
}

/** @param {Result} result */
function columnsOf(result) {
  return result.fields.map(({ name, type }) => `${name} ${type.replace(/\(\d+(,\s*-?\d+)?\)/, '')}`).join(', ');
}

/**
 * What a failure is told as. Of a violated constraint (class 23) also which one it is.
 * @param {Failure | undefined} error
 */
function failureOf(error) {
  if (error === undefined) return null;
  const { code, schema, table, column, constraint } = error;
  return code.startsWith('23') ? { code, schema, table, column, constraint } : { code };
}

/**
 * How the answers differ; null when they do not.
 * @param {Answer} ours
 * @param {Answer} theirs
 * @param {string} sql
 */
function difference(ours, theirs, sql) {
  if (ours.error || theirs.error) {
    if (isDeepStrictEqual(failureOf(ours.error), failureOf(theirs.error))) return null;
    const [left, right] = [ours, theirs].map(({ error }) => (error ? `${print(failureOf(error))} ${error.message}` : 'success'));
    return `${left}\n  PostgreSQL: ${right}`;
  }
  const [a, b] = [/** @type {Result} */ (ours.result), /** @type {Result} */ (theirs.result)];
  if (columnsOf(a) !== columnsOf(b)) return `columns ${columnsOf(a)}\n  PostgreSQL: ${columnsOf(b)}`;
  const [left, right] = [rowsOf(a, sql), rowsOf(b, sql)];
  const same = left.length === right.length && left.every((row, number) => row.every(
    (value, column) => sameValue(value, right[number][column], b.fields[column].type)));
  if (!same) return `${print(left)}\n  PostgreSQL: ${print(right)}`;
  return a.rowCount === b.rowCount ? null : `${a.rowCount} rows\n  PostgreSQL: ${b.rowCount} rows`;
}

/**
 * Both databases' answers to a statement. What Tidemark refuses is undone in PostgreSQL, so that both go on from the same
 * state.
 * @param {Database} tidemark
 * @param {Database} postgres
 * @param {string} sql
 */
async function ask(tidemark, postgres, sql) {
  const writes = !/^(SELECT|VALUES|TABLE)\b/.test(sql);
  if (writes) await answer(postgres, 'BEGIN');
  const theirs = await answer(postgres, sql);
  const ours = await answer(tidemark, sql);
  if (writes) await answer(postgres, ours.error && !theirs.error ? 'ROLLBACK' : 'COMMIT');
  return { ours, theirs };
}

/**
 * @param {string} file
 * @param {boolean} showRefused
 */
async function runCorpus(file, showRefused) {
  const [tidemark, postgres] = [new Tidemark(), new Postgres()];
  const counts = { equal: 0, documented: 0, refused: 0, different: 0 };
  for (const { line, sql, differs } of readCorpus(readFileSync(file, 'utf8'))) {
    const { ours, theirs } = await ask(tidemark, postgres, sql);
    const found = difference(ours, theirs, sql);
    const stale = differs !== null && found === null;
    const kind = stale ? 'different'
      : found === null ? 'equal'
        : ours.error?.code === NOT_SUPPORTED ? 'refused'
          : differs === null ? 'different' : 'documented';
    counts[kind]++;
    const complaint = stale ? `no longer differs: ${differs}` : found;
    if (kind === 'different' || (showRefused && kind === 'refused')) {
      console.error(`${file}:${line}: ${sql}\n  Tidemark: ${complaint}`);
    }
  }
  await tidemark.close();
  await postgres.close();
  console.log(`${file}: ${Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  return counts;
}

const files = process.argv.slice(2).filter((argument) => argument !== '--refused');
const total = { equal: 0, documented: 0, refused: 0, different: 0 };
for (const file of files) {
  const counts = await runCorpus(file, process.argv.includes('--refused'));
  for (const kind of /** @type {(keyof typeof total)[]} */ (Object.keys(total))) total[kind] += counts[kind];
}
const statements = Object.values(total).reduce((sum, count) => sum + count, 0);
console.log(`differential suite: ${statements} statements: ${total.equal} equal, ${total.documented} different as documented, `
  + `${total.refused} refused, ${total.different} different`);
process.exitCode = total.different === 0 ? 0 : 1;
