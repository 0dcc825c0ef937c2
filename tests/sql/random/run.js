// Random queries, or stories of writes, on Tidemark and on PostgreSQL (../README.md): each has to give the same columns and rows, or to be
// refused by name. One that does not is made smaller before it is shown. PRINTED=1: a PostgreSQL server answers to the query as it is
// printed for an origin.
// Usage: [WRITES=1 | PRINTED=1] [SEED=n] [COUNT=n | SECONDS=n] [SHRINK=seconds] [SHOW=refused] node run.js
import { reference as postgres } from '../lib/postgres-reference.js';
import { postgresOrigin, printed } from '../lib/printed.js';
import { Choices, randomOf, shrink } from './choices.js';
import { judgeQuery, judgeStory } from './judge.js';
import { statements as tables } from './tables.js';
import { statements as writtenTables } from './written-tables.js';

/** After so many that are different there is enough to do. */
const ENOUGH = 10;

const { WRITES, PRINTED, SEED = '1', COUNT = 'Infinity', SECONDS = 'Infinity', SHRINK = '30', SHOW } = process.env;
const reference = PRINTED && !WRITES ? printed(postgres, postgresOrigin) : postgres;
const { tidemark, other } = await reference.open();
const databases = { reference, tidemark, other };
const judge = WRITES ? judgeStory : judgeQuery;
for (const sql of WRITES ? writtenTables : tables) {
  const { ours, theirs } = await reference.ask(tidemark, other, sql);
  if (ours.error || theirs.error) throw ours.error ?? theirs.error;
}

/**
 * The simplest found that is different as well.
 * @param {number[]} choices
 */
async function simplest(choices) {
  const none = () => 0;
  const least = await shrink(choices, async (given) => {
    const candidate = new Choices(none, given);
    return (await judge(databases, candidate)).found === null ? null : candidate.made;
  }, Date.now() + 1000 * Number(SHRINK));
  return judge(databases, new Choices(none, least));
}

/** @type {Record<string, number>} */
const counts = { equal: 0, 'failed alike': 0, 'depending on the order of rows': 0, refused: 0, 'with errors of values': 0, different: 0 };
const last = Number(SEED) + Number(COUNT);
const until = Date.now() + 1000 * Number(SECONDS);
for (let seed = Number(SEED); seed < last && Date.now() < until && counts.different < ENOUGH; seed++) {
  const choices = new Choices(randomOf(seed));
  const { kind, message } = await judge(databases, choices);
  counts[kind]++;
  if (kind === SHOW) console.error(`SEED=${seed}: ${message}`);
  if (kind !== 'different') continue;
  const { sql, found } = await simplest(choices.made);
  console.error(`SEED=${seed}: ${sql}\n  Tidemark: ${found}`);
}
await tidemark.close();
await other.close();
const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
const what = WRITES ? 'stories of writes' : 'queries';
console.log(`random ${what} (${reference.name}): ${total}: ${Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
process.exitCode = counts.different === 0 && total > 0 ? 0 : 1;
