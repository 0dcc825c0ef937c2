/** Random aggregates and window functions. */
import { expression, types } from './expressions.js';

/** @typedef {import('./choices.js').Choices} Choices */
/** @typedef {import('./expressions.js').Scope} Scope */
/** @typedef {import('./expressions.js').Atom} Atom */

/** Each with the type that it gives; S is any. Sums of floating point numbers depend on their order and are left out. */
const aggregates = [
  ['bigint', 'count(*)'], ['bigint', 'count({S})'], ['bigint', 'count(DISTINCT {S})'], ['bigint', 'sum({integer})'],
  ['numeric', 'sum({numeric})'], ['numeric', 'sum({bigint})'], ['numeric', 'avg({integer})'], ['numeric', 'avg({numeric})'],
  ['integer', 'min({integer})'], ['integer', 'max({integer})'], ['text', 'min({text})'], ['text', 'max({text})'],
  ['numeric', 'max({numeric})'], ['date', 'min({date})'], ['timestamp', 'max({timestamp})'], ['boolean', 'bool_and({boolean})'],
  ['boolean', 'bool_or({boolean})'], ['double precision', 'max({double precision})'], ['numeric', 'sum(DISTINCT {numeric})'],
  ['integer', 'bit_or({integer})'], ['integer', 'bit_and({integer})'], ['boolean', 'every({boolean})'], ['numeric', 'min({numeric})'],
  ['interval', 'sum({interval})'], ['interval', 'max({interval})'],
];
const sorted = [
  ['text', "string_agg({text}, ',' {order})"], ['text[]', 'array_agg({text} {order})'], ['integer[]', 'array_agg({integer} {order})'],
  ['integer[]', 'array_agg(DISTINCT {integer} {order})'], ['jsonb', 'jsonb_agg({S} {order})'],
  ['integer', 'mode() WITHIN GROUP (ORDER BY {integer})'], ['integer', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY {integer})'],
  ['text', "string_agg(DISTINCT {text}, '-' {order})"], ['text', "string_agg(DISTINCT {text}, chr(10) {order})"],
];

/**
 * An aggregate over the scope.
 * @param {Choices} choices
 * @param {Scope} scope of one row
 * @returns {Atom}
 */
export function aggregate(choices, scope) {
  const [type, way] = choices.of([...aggregates, ...sorted]);
  const sql = fill(choices, way, scope);
  const filter = choices.once(5) ? ` FILTER (WHERE ${expression(choices, 'boolean', scope, 1)})` : '';
  return { sql: sql + filter, type };
}

/**
 * A way written out; its order is by its first argument.
 * @param {Choices} choices
 * @param {string} way
 * @param {Scope} scope
 */
function fill(choices, way, scope) {
  let first = '';
  return way.replace(/\{([a-zA-Z ]+(?:\[\])?)\}/g, (_, name) => {
    if (name === 'order') return `ORDER BY ${first}${choices.of(['', ' DESC', ' NULLS FIRST'])}`;
    const argument = expression(choices, name === 'S' ? choices.of(types) : name, scope, 1);
    first ||= argument;
    return argument;
  });
}

/** Those that say the same of rows that are peers. */
const windowed = [
  ['bigint', 'rank()'], ['bigint', 'dense_rank()'], ['double precision', 'percent_rank()'], ['double precision', 'cume_dist()'],
  ['bigint', 'count(*)'], ['bigint', 'count({S})'], ['bigint', 'sum({integer})'], ['numeric', 'sum({numeric})'],
  ['numeric', 'avg({integer})'], ['integer', 'min({integer})'], ['text', 'max({text})'], ['boolean', 'bool_or({boolean})'],
  ['date', 'max({date})'],
];
/** Those that need every row to have a place of its own. */
const placed = [
  ['bigint', 'row_number()'], ['integer', 'lag({integer})'], ['text', 'lead({text}, 2)'], ['integer', 'first_value({integer})'],
  ['text', 'last_value({text})'], ['text', 'nth_value({text}, 2)'], ['integer', 'ntile(3)'], ['integer', 'lag({integer}, 1, {integer})'],
];
const frames = [
  '', '', 'ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING', 'ROWS UNBOUNDED PRECEDING', 'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
  'GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW', 'RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW',
  'ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING EXCLUDE TIES',
];

/**
 * A window function over the scope.
 * @param {Choices} choices
 * @param {Scope} scope of one row of the result
 * @param {string[]} places what gives every row a place of its own; empty: nothing does
 * @returns {Atom}
 */
export function windowFunction(choices, scope, places) {
  const unique = places.length > 0 && !choices.once(3);
  const [type, way] = choices.of(unique ? [...windowed, ...placed] : windowed);
  const partition = choices.once(2) ? `PARTITION BY ${expression(choices, choices.of(types), scope, 1)}` : '';
  const keys = unique ? places : [expression(choices, choices.of(types), scope, 1)];
  const order = `ORDER BY ${keys.map((key) => `${key}${choices.of(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])}`).join(', ')}`;
  const ordered = unique || way.includes('rank') || way.includes('cume_dist') || choices.once(2);
  const frame = ordered ? choices.of(unique ? frames : ['']) : '';
  const parts = [partition, ordered ? order : '', frame].filter(Boolean).join(' ');
  return { sql: `${fill(choices, way, scope)} OVER (${parts})`, type };
}
