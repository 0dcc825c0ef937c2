// Random queries on Tidemark and on PostgreSQL (../README.md): each has to give the same columns and rows, or to be refused by name.
// One that does not is made smaller before it is shown. PRINTED=1: a PostgreSQL server answers to the query as it is printed for an origin.
// Usage: [PRINTED=1] [SEED=n] [COUNT=n | SECONDS=n] [SHRINK=seconds] [SHOW=refused] node run.js
import { difference, isNotCompared } from '../lib/differential.js';
import { reference as postgres } from '../lib/postgres-reference.js';
import { postgresOrigin, printed } from '../lib/printed.js';
import { Choices, randomOf, shrink } from './choices.js';
import { statement } from './queries.js';
import { statements } from './tables.js';
import { settleTies } from './ties.js';

/** After so many that are different there is enough to do. */
const ENOUGH = 10;

const { PRINTED, SEED = '1', COUNT = 'Infinity', SECONDS = 'Infinity', SHRINK = '30', SHOW } = process.env;
const until = Date.now() + 1000 * Number(SECONDS);
const reference = PRINTED ? printed(postgres, postgresOrigin) : postgres;
const { tidemark, other } = await reference.open();
for (const sql of statements) {
  const { ours, theirs } = await reference.ask(tidemark, other, sql);
  if (ours.error || theirs.error) throw ours.error ?? theirs.error;
}

/**
 * Whether a value was at fault (class 22): nobody says whether its row has to be looked at.
 * @param {import('../lib/differential.js').Answer} answer
 */
function isOfValue({ error }) {
  return error?.code.startsWith('22') === true;
}

/**
 * Both answers to the query that these choices make.
 * @param {Choices} choices
 */
async function compare(choices) {
  const sql = statement(choices);
  const { ours, theirs } = await reference.ask(tidemark, other, sql);
  for (const { result } of [ours, theirs]) if (result) settleTies(result, sql);
  const kind = isNotCompared(reference, ours, theirs) ? 'refused' : isOfValue(ours) || isOfValue(theirs) ? 'with errors of values' : 'equal';
  const found = kind === 'equal' ? difference(reference, ours, theirs, sql) : null;
  return { sql, kind: found === null ? kind : 'different', found, message: ours.error?.message ?? theirs.error?.message };
}

/**
 * The simplest query found that is different as well.
 * @param {number[]} choices
 */
async function simplest(choices) {
  const none = () => 0;
  const least = await shrink(choices, async (given) => {
    const candidate = new Choices(none, given);
    return (await compare(candidate)).found === null ? null : candidate.made;
  }, Date.now() + 1000 * Number(SHRINK));
  return compare(new Choices(none, least));
}

/** @type {Record<string, number>} */
const counts = { equal: 0, refused: 0, 'with errors of values': 0, different: 0 };
const last = Number(SEED) + Number(COUNT);
for (let seed = Number(SEED); seed < last && Date.now() < until && counts.different < ENOUGH; seed++) {
  const choices = new Choices(randomOf(seed));
  const { kind, message } = await compare(choices);
  counts[kind]++;
  if (kind === SHOW) console.error(`SEED=${seed}: ${message}`);
  if (kind !== 'different') continue;
  const { sql, found } = await simplest(choices.made);
  console.error(`SEED=${seed}: ${sql}\n  Tidemark: ${found}`);
}
await tidemark.close();
await other.close();
const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
console.log(`random queries (${reference.name}): ${total} queries: ${Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
process.exitCode = counts.different === 0 && total > 0 ? 0 : 1;
