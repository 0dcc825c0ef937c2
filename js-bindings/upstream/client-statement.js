/**
 * Which statements of a client are run at all: those that leave the transaction and the role as they are, and end.
 */
import { UpstreamError } from './errors.js';
import { firstWord } from './sql-text.js';

/** Statements that end with their transaction still open and their locks still held. */
const STATEMENTS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH', 'VALUES', 'TABLE']);

// What PostgreSQL lets everybody call and would take a statement out of its role, or out of its transaction: settings,
// locks that outlive it, and functions that run a text as SQL, which may be put together so that it shows no name.
const OUT_OF_ROLE = /set_config|advisory|query_to_xml|ts_stat|ts_rewrite|crosstab|connectby|xpath_table|dblink/i;

// U&"\0073et_config" is a name, too.
const ESCAPED_NAME = /u&"/i;

/**
 * Refuses a statement that cannot be checked afterwards: one that ends the transaction, say.
 * @param {string} sql
 * @throws {UpstreamError} 42501
 */
export function checkStatement(sql) {
  const keyword = firstWord(sql);
  if (STATEMENTS.has(keyword)) return;
  throw new UpstreamError('42501', `a statement that begins with "${keyword}" is not allowed here`, {
    hint: 'Allowed are SELECT, INSERT, UPDATE, DELETE, MERGE, WITH, VALUES and TABLE.',
  });
}

/**
 * Refuses a COPY between a server and its client: from here no rows come, for which the server would wait for ever, and none are taken.
 * @param {string} sql
 * @throws {UpstreamError} 0A000
 */
export function checkCopiesNothing(sql) {
  const direction = firstWord(sql) === 'COPY' && /\bstd(?:in|out)\b/i.exec(sql);
  if (!direction) return;
  throw new UpstreamError('0A000', `COPY with ${direction[0].toUpperCase()} is not supported here`, {
    hint: 'INSERT the rows, or SELECT them.',
  });
}

/**
 * Refuses a statement that could leave the role it is run as. A name it calls has to stand in its text, so the text is
 * searched, comments and literals included.
 * @param {string} sql
 * @throws {UpstreamError} 42501
 */
export function checkStaysInRole(sql) {
  checkStatement(sql);
  const found = OUT_OF_ROLE.exec(sql) ?? ESCAPED_NAME.exec(sql);
  if (!found) return;
  throw new UpstreamError('42501', `a statement with ${found[0]} in it is not allowed here`, {
    hint: 'Pass texts as parameters.',
  });
}
