/** Whether Tidemark's answers to what was made at random are PostgreSQL's. */
import { answer, difference, isNotCompared } from '../lib/differential.js';
import { statement } from './queries.js';
import { story } from './stories.js';
import { settleTies } from './ties.js';

/**
 * @typedef {{ sql: string, kind: 'equal' | 'failed alike' | 'refused' | 'with errors of values' | 'different', found: string | null, message?: string }} Verdict
 * @typedef {{ reference: import('../lib/differential.js').Reference, tidemark: import('../lib/differential.js').Database, other: import('../lib/differential.js').Database }} Databases
 */

/**
 * Whether a value was at fault (class 22): nobody says whether its row has to be looked at.
 * @param {import('../lib/differential.js').Answer} given
 */
function isOfValue({ error }) {
  return error?.code.startsWith('22') === true;
}

/**
 * Whether a constraint was violated (class 23). Where several are, by different rows, nobody says which row is written first.
 * @param {import('../lib/differential.js').Answer} given
 */
function violates({ error }) {
  return error?.code.startsWith('23') === true;
}

/**
 * Whether nobody says which answer is right: a key that one row gives up and another takes is free or not, depending on which of them is
 * changed first.
 * @param {import('../lib/differential.js').Answer} ours
 * @param {import('../lib/differential.js').Answer} theirs
 * @param {string} sql
 */
function dependsOnOrder(ours, theirs, sql) {
  return (violates(ours) && violates(theirs)) || (/\bUPDATE\b/.test(sql) && (ours.error ?? theirs.error)?.code === '23505');
}

/**
 * @param {Databases['reference']} reference
 * @param {import('../lib/differential.js').Answer} ours
 * @param {import('../lib/differential.js').Answer} theirs
 * @param {string} sql
 * @param {string} ordered the same where its rows come in an order, else ''
 * @returns {Verdict}
 */
function judge(reference, ours, theirs, sql, ordered) {
  for (const { result } of [ours, theirs]) if (result) settleTies(result, sql);
  const kind = isNotCompared(reference, ours, theirs) ? 'refused' : isOfValue(ours) || isOfValue(theirs) ? 'with errors of values' : 'equal';
  const found = kind === 'equal' ? difference(reference, ours, theirs, ordered) : null;
  return { sql, kind: found === null ? kind : 'different', found, message: ours.error?.message ?? theirs.error?.message };
}

/**
 * Both answers to a query.
 * @param {Databases} databases
 * @param {import('./choices.js').Choices} choices
 * @returns {Promise<Verdict>}
 */
export async function judgeQuery({ reference, tidemark, other }, choices) {
  const sql = statement(choices);
  const { ours, theirs } = await reference.ask(tidemark, other, sql);
  return judge(reference, ours, theirs, sql, sql);
}

/**
 * Both answers to each statement of a story, until one fails.
 * @param {Databases} databases
 * @param {import('./choices.js').Choices} choices
 * @returns {Promise<Verdict>}
 */
export async function judgeStory({ reference, tidemark, other }, choices) {
  /** @type {string[]} */
  const told = [];
  /** @type {Verdict} */
  let verdict = { sql: '', kind: 'equal', found: null };
  await Promise.all([answer(tidemark, 'BEGIN'), answer(other, 'BEGIN')]);
  for (const step of story(choices)) {
    const ours = await answer(tidemark, step.ours);
    const theirs = await answer(other, step.theirs);
    verdict = dependsOnOrder(ours, theirs, step.ours) ? { sql: step.ours, kind: 'failed alike', found: null } : judge(reference, ours, theirs, step.ours, '');
    told.push(step.ours);
    if (verdict.kind !== 'equal' || ours.error || theirs.error) break;
  }
  await Promise.all([answer(tidemark, 'ROLLBACK'), answer(other, 'ROLLBACK')]);
  return { ...verdict, sql: told.filter((sql, at) => at === told.length - 1 || !sql.startsWith('SELECT')).join(';\n  ') };
}
