/**
 * A role of a PostgreSQL and the claims of whoever takes it, for statements that row-level security decides about.
 *
 * Each statement runs under SET LOCAL ROLE, with the claims in the setting request.jwt.claims, where policies read them
 * as they do with PostgREST. Both end with the transaction or its savepoint.
 */
import { checkSql } from './protocol.js';
import { checkStaysInRole } from './client-statement.js';
import { UpstreamError } from './errors.js';
import { firstWord, quoteIdentifier, quoteLiteral } from './sql-text.js';

// A temporary table of whoever had the connection before must not stand for one of the database's.
const TEMPORARY_LAST = `SELECT pg_catalog.set_config('search_path',
  CASE WHEN path LIKE '%pg_temp' THEN path WHEN path = '' THEN 'pg_temp' ELSE path || ', pg_temp' END, true)
  FROM (SELECT pg_catalog.current_setting('search_path') AS path) AS setting`;

// SELECT … INTO makes a table: a temporary one needs no right on a schema and outlives the transaction, another none but that which everybody
// has in `public` before PostgreSQL 15. Nothing else that is let in locks a table of the role's own so.
const MADE_TABLES = `SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class r ON r.oid = l.relation
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND pg_catalog.pg_has_role(r.relowner, 'USAGE') LIMIT 1`;

/** A role with claims. */
export class Role {
  #enter;

  /**
   * @param {{ role: string, claims?: Record<string, unknown> }} user
   * @throws {UpstreamError} 22023 it is no role
   */
  constructor({ role, claims = {} }) {
    checkSql(role);
    if (role === '' || role.toLowerCase() === 'none') throw new UpstreamError('22023', `"${role}" is no role`);
    const text = JSON.stringify(claims);
    /** Equal for the same role with the same claims. */
    this.name = JSON.stringify([role, text]);
    // The last one's role cannot call set_config where that is not for everybody.
    this.#enter = `RESET ROLE; ${TEMPORARY_LAST}; SET LOCAL request.jwt.claims = ${quoteLiteral(text)};
      SET LOCAL ROLE ${quoteIdentifier(role)}`;
  }

  /**
   * A transaction whose statements run under the role, from the first of them until `leave` or the end of the savepoint
   * they are in.
   * @param {import('./types.js').OriginTransaction} tx
   * @returns {import('./types.js').OriginTransaction}
   */
  guard(tx) {
    /** @type {Promise<unknown> | null} */
    let entered = null;
    const inRole = async (/** @type {string} */ sql) => {
      checkStaysInRole(sql);
      entered ??= tx.run(this.#enter);
      await entered;
    };
    return {
      query: async (sql, params) => {
        await inRole(sql);
        const result = await tx.query(sql, params);
        if (mayMakeTable(sql)) await refuseMadeTables(tx);
        return result;
      },
      queryAll: async (statements) => {
        try {
          for (const { sql } of statements) await inRole(sql);
          const answer = await tx.queryAll(statements);
          if (!answer.failure && statements.some(({ sql }) => mayMakeTable(sql))) await refuseMadeTables(tx);
          return answer;
        } catch (failure) {
          return { results: [], failure };
        }
      },
      plan: async (sql, params) => {
        await inRole(sql);
        await tx.plan(sql, params);
      },
      run: (script) => tx.run(script),
      leave: async () => {
        if (entered) await tx.run('RESET ROLE');
        entered = null;
      },
    };
  }
}

/** @param {string} sql */
function mayMakeTable(sql) {
  return /into/i.test(sql) && ['SELECT', 'WITH'].includes(firstWord(sql));
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @throws {UpstreamError} 42501 a table was made; the transaction has to be rolled back then
 */
async function refuseMadeTables(tx) {
  const { rows } = await tx.query(MADE_TABLES, []);
  if (rows.length > 0) throw new UpstreamError('42501', 'a statement that makes a table is not allowed here');
}
