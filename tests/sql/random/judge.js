/** Whether Tidemark's answers to what was made at random are PostgreSQL's. */
import { answer, difference, isNotCompared } from '../lib/differential.js';
import { statement } from './queries.js';
import { story } from './stories.js';
import { settleTies } from './ties.js';

/**
 * @typedef {{ sql: string, kind: 'equal' | 'failed alike' | 'depending on the order of rows' | 'refused' | 'with errors of values' | 'different', found: string | null, message?: string }} Verdict
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
 * Whether a constraint was violated (class 23).
 * @param {import('../lib/differential.js').Answer} given
 */
function violates({ error }) {
  return error?.code.startsWith('23') === true;
}

/**
 * Whether different answers may both be right, depending on which row is written first: several violate constraints, or a key that one
 * gives up another takes.
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
    verdict = judge(reference, ours, theirs, step.ours, '');
    if (verdict.kind === 'equal' && ours.error) verdict.kind = 'failed alike';
    if (verdict.kind === 'different' && dependsOnOrder(ours, theirs, step.ours)) verdict = { ...verdict, kind: 'depending on the order of rows', found: null };
    told.push(step.ours);
    if (verdict.kind !== 'equal') break;
  }
  await Promise.all([answer(tidemark, 'ROLLBACK'), answer(other, 'ROLLBACK')]);
  return { ...verdict, sql: told.filter((sql, at) => at === told.length - 1 || !sql.startsWith('SELECT')).join(';\n  ') };
}
