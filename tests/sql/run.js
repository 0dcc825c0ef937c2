// Runs the SQL scripts of this folder (README.md) over the package, in WebAssembly; or, to see whether what they expect is
// what PostgreSQL does, over PostgreSQL.
// Usage: node tests/sql/run.js [--postgres] script.test …
import { readFileSync } from 'node:fs';
import { Tidemark } from '../../js-bindings/index.js';
import { Postgres } from './lib/postgres.js';
import { compare, compareError, dialectOf, parse } from './lib/script.js';

/** @typedef {{ query(sql: string, params: unknown[], options: { rowMode: 'array' }): Promise<any>, close(): Promise<void> }} Database */

/**
 * Why the record does not give what it must; null when it does.
 * @param {Database} database
 * @param {import('./lib/script.js').ScriptRecord} record
 */
async function run(database, record) {
  let result;
  try {
    result = await database.query(record.sql, [], { rowMode: 'array' });
  } catch (error) {
    if (record.head.startsWith('statement error')) return compareError(record, error);
    return `failed: ${error}`;
  }
  if (record.head.startsWith('statement error')) return `expected ${record.head}, but it succeeded`;
  if (record.head.startsWith('query')) return compare(record, result);
  const count = /^statement count (\d+)$/.exec(record.head)?.[1];
  if (count === undefined && record.head !== 'statement ok') return `unknown record: ${record.head}`;
  return count === undefined || result.rowCount === Number(count) ? null
    : `expected ${count} rows, got ${result.rowCount}`;
}

/**
 * @param {string} file
 * @param {boolean} postgres
 */
async function runFile(file, postgres) {
  const text = readFileSync(file, 'utf8');
  const dialect = dialectOf(text);
  if (postgres && dialect !== 'postgres') return true;
  /** @type {Database} */
  const database = postgres ? new Postgres() : new Tidemark({ dialect });
  const records = parse(text, postgres)
    .filter((record) => !(postgres && (record.ours || record.head.startsWith('statement error 0A000'))));
  let failed = 0;
  for (const record of records) {
    const complaint = await run(database, record);
    if (complaint === null) continue;
    console.error(`${file}:${record.line}: ${complaint}`);
    failed++;
  }
  await database.close();
  console.log(`${failed === 0 ? 'ok    ' : 'FAILED'}  ${file}: ${records.length} records`);
  return failed === 0;
}

const files = process.argv.slice(2).filter((argument) => argument !== '--postgres');
const postgres = process.argv.includes('--postgres');
let failures = 0;
for (const file of files) failures += await runFile(file, postgres) ? 0 : 1;
console.log(`SQL scripts (${postgres ? 'PostgreSQL' : 'WebAssembly'}): ${files.length} files, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
