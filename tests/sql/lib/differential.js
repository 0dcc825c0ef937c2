/** The differential suites (tests/sql/README.md): a corpus on Tidemark and on another database, and how their answers differ. */
import { readFileSync } from 'node:fs';
import { readCorpus } from './corpus.js';

/** @typedef {import('./script.js').Result} Result */
/** @typedef {{ result?: Result, error?: Failure }} Answer */
/** @typedef {{ code: string, message: string, schema?: string, table?: string, column?: string, constraint?: string }} Failure */
/** @typedef {{ query(sql: string, params: unknown[], options: { rowMode: 'array' }): Promise<any>, close(): Promise<void> }} Database */

/**
 * The database that says what is right.
 * @typedef {object} Reference
 * @property {string} name
 * @property {() => Promise<{ tidemark: Database, other: Database }>} open both databases, empty
 * @property {(tidemark: Database, other: Database, sql: string) => Promise<{ ours: Answer, theirs: Answer }>} ask for both
 *   answers to a statement; what Tidemark refuses changes nothing in the other, so that both go on from the same state
 * @property {(error: Failure | undefined) => unknown} failureOf what of a failure has to be the same
 * @property {(result: Result) => string} columnsOf what of the columns has to be the same
 * @property {(ours: unknown, theirs: unknown, type: string) => boolean} sameValue
 * @property {(sql: string) => boolean} countsAlike whether both count the statement's rows in the same way
 * @property {boolean} [printed] whether the other one answers to queries as they are printed: what it refuses is refused, its rows are in
 *   no order, and what else differs is compared elsewhere
 */

const NOT_SUPPORTED = '0A000';

/** @param {Answer} answer */
export const isRefused = ({ error }) => error?.code === NOT_SUPPORTED;

/**
 * Whether nobody can say if the answers are equal. An origin of an older version lacks functions (42883).
 * @param {Reference} reference
 * @param {Answer} ours
 * @param {Answer} theirs
 */
export function isNotCompared(reference, ours, theirs) {
  return isRefused(ours) || (reference.printed === true && (isRefused(theirs) || theirs.error?.code === '42883'));
}

/**
 * @param {Database} database
 * @param {string} sql
 * @returns {Promise<Answer>}
 */
export async function answer(database, sql) {
  try {
    return { result: await database.query(sql, [], { rowMode: 'array' }) };
  } catch (error) {
    return { error: /** @type {any} */ (error) };
  }
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

/**
 * How the answers differ; null when they do not.
 * @param {Reference} reference
 * @param {Answer} ours
 * @param {Answer} theirs
 * @param {string} sql
 */
export function difference(reference, ours, theirs, sql) {
  const { name, failureOf, columnsOf, sameValue } = reference;
  if (ours.error || theirs.error) {
    const [left, right] = [ours, theirs].map(({ error }) => print(failureOf(error)));
    if (left === right) return null;
    const [one, other] = [ours, theirs].map(({ error }) => (error ? `${print(failureOf(error))} ${error.message}` : 'success'));
    return `${one}\n  ${name}: ${other}`;
  }
  const [a, b] = [/** @type {Result} */ (ours.result), /** @type {Result} */ (theirs.result)];
  if (columnsOf(a) !== columnsOf(b)) return `columns ${columnsOf(a)}\n  ${name}: ${columnsOf(b)}`;
  const [left, right] = [a, b].map((result) => rowsOf(result, reference.printed ? '' : sql));
  const same = left.length === right.length && left.every((row, number) => row.every(
    (value, column) => sameValue(value, right[number][column], b.fields[column].type)));
  if (!same) return `${print(left)}\n  ${name}: ${print(right)}`;
  return !reference.countsAlike(sql) || a.rowCount === b.rowCount ? null : `${a.rowCount} rows\n  ${name}: ${b.rowCount} rows`;
}

/**
 * @param {Reference} reference
 * @param {string} file
 * @param {boolean} showRefused
 */
async function runCorpus(reference, file, showRefused) {
  const { tidemark, other } = await reference.open();
  const counts = { equal: 0, documented: 0, refused: 0, different: 0 };
  for (const { line, sql, differs } of readCorpus(readFileSync(file, 'utf8'))) {
    const { ours, theirs } = await reference.ask(tidemark, other, sql);
    const found = difference(reference, ours, theirs, sql);
    const stale = differs !== null && found === null && !reference.printed;
    const kind = stale ? 'different'
      : found === null ? 'equal'
        : isNotCompared(reference, ours, theirs) ? 'refused'
          : differs === null ? 'different' : 'documented';
    counts[kind]++;
    const complaint = stale ? `no longer differs: ${differs}` : found;
    if (kind === 'different' || (showRefused && kind === 'refused')) {
      console.error(`${file}:${line}: ${sql}\n  Tidemark: ${complaint}`);
    }
  }
  await tidemark.close();
  await other.close();
  console.log(`${file}: ${Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  return counts;
}

/**
 * Runs the corpora that the command line names, `--refused` to show also what is refused; fails when anything is different.
 * @param {Reference} reference
 * @param {string[]} args
 */
export async function runDifferential(reference, args) {
  const total = { equal: 0, documented: 0, refused: 0, different: 0 };
  for (const file of args.filter((argument) => argument !== '--refused')) {
    const counts = await runCorpus(reference, file, args.includes('--refused'));
    for (const kind of /** @type {(keyof typeof total)[]} */ (Object.keys(total))) total[kind] += counts[kind];
  }
  const statements = Object.values(total).reduce((sum, count) => sum + count, 0);
  console.log(`differential suite (${reference.name}): ${statements} statements: ${total.equal} equal, `
    + `${total.documented} different as documented, ${total.refused} refused, ${total.different} different`);
  process.exitCode = total.different === 0 ? 0 : 1;
}
