/**
 * A role of a PostgreSQL and the claims of whoever takes it, for statements that row-level security decides about.
 *
 * Each statement runs under SET LOCAL ROLE, with the claims in the setting request.jwt.claims, where policies read them
 * as they do with PostgREST. Both end with the transaction or its savepoint.
 */
import { checkSql } from './protocol.js';
import { checkStaysInRole } from './client-statement.js';
import { UpstreamError } from './errors.js';
import { quoteIdentifier, quoteLiteral } from './sql-text.js';

// A temporary table of whoever had the connection before must not stand for one of the database's.
const TEMPORARY_LAST = `SELECT pg_catalog.set_config('search_path',
  CASE WHEN path LIKE '%pg_temp' THEN path WHEN path = '' THEN 'pg_temp' ELSE path || ', pg_temp' END, true)
  FROM (SELECT pg_catalog.current_setting('search_path') AS path) AS setting`;

// SELECT … INTO TEMPORARY needs no right on a schema, and the table outlives the transaction.
const TEMPORARIES = `SELECT FROM pg_catalog.pg_class
  WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND pg_catalog.pg_has_role(relowner, 'USAGE') LIMIT 1`;

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
        if (/temp/i.test(sql)) await refuseTemporaries(tx);
        return result;
      },
      queryAll: async (statements) => {
        try {
          for (const { sql } of statements) await inRole(sql);
          const answer = await tx.queryAll(statements);
          if (!answer.failure && statements.some(({ sql }) => /temp/i.test(sql))) await refuseTemporaries(tx);
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

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @throws {UpstreamError} 42501 the role has temporary tables; the transaction has to be rolled back then
 */
async function refuseTemporaries(tx) {
  const { rows } = await tx.query(TEMPORARIES, []);
  if (rows.length > 0) throw new UpstreamError('42501', 'temporary tables are not allowed here');
}
