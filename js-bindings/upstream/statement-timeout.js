/**
 * The time that PostgreSQL itself gives each statement of somebody, whoever waits for it or has gone away.
 */
import { UpstreamError } from './errors.js';

const LONGEST = 2 ** 31 - 1;

/**
 * A transaction whose statements end after some time (57014), from the first of them until the end of the savepoint they
 * are in.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {number} milliseconds
 * @returns {import('./types.js').OriginTransaction}
 */
export function withTimeout(tx, milliseconds) {
  let setting = `SET LOCAL statement_timeout = ${milliseconds};`;
  const run = async (/** @type {string} */ script) => {
    if (!setting) return tx.run(script);
    const whole = setting + script; // on the way of what is sent anyway
    setting = '';
    return (await tx.run(whole)).slice(1);
  };
  const limited = async () => {
    if (setting) await run('');
  };
  return {
    ...tx,
    run,
    query: async (sql, params) => {
      await limited();
      return tx.query(sql, params);
    },
    queryAll: async (statements) => {
      await limited();
      return tx.queryAll(statements);
    },
    plan: async (sql, params) => {
      await limited();
      await tx.plan(sql, params);
    },
  };
}

/**
 * @param {number} milliseconds
 * @throws {UpstreamError} 22023 PostgreSQL takes no such timeout
 */
export function checkTimeout(milliseconds) {
  if (Number.isSafeInteger(milliseconds) && milliseconds > 0 && milliseconds <= LONGEST) return;
  throw new UpstreamError('22023', `a statement timeout is a number of milliseconds, not ${milliseconds}`);
}
