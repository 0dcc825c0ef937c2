/** Random stories of one transaction: views are made, rows written, and after each write all tables and views read. It is rolled back. */
import { statement } from './queries.js';
import { write } from './writes.js';
import { read } from './written-tables.js';

/** A statement as each database gets it: a view that is kept here is a plain one there. @typedef {{ ours: string, theirs: string }} Step */

/**
 * @param {import('./choices.js').Choices} choices
 * @returns {Step[]}
 */
export function story(choices) {
  const views = Array.from({ length: choices.below(3) }, (_, index) => ({ name: `v${index + 1}`, query: statement(choices, read) }));
  const made = views.map(({ name, query }) => ({ ours: `CREATE REALTIME VIEW ${name} AS ${query}`, theirs: `CREATE VIEW ${name} AS ${query}` }));
  const look = [...Object.keys(read).map((name) => `SELECT * FROM ${name}`), ...views.map(({ name, query }) => `SELECT * FROM ${name} -- ${query}`)].map(both);
  const writes = Array.from({ length: 1 + choices.below(2) }, () => [both(write(choices)), ...look]);
  return [...made, ...writes.flat()];
}

/** @param {string} sql */
function both(sql) {
  return { ours: sql, theirs: sql };
}
