/**
 * Keeps statements that come from elsewhere to a list of relations.
 *
 * Which relations a statement touches is not guessed from its text but asked of PostgreSQL, in the same
 * transaction: it holds a lock on each, those inside functions, triggers and foreign keys included. It is asked
 * when the statement has been planned and again when it has run. What has touched another relation is undone and
 * its result never given out.
 */
import { checkStatement } from './client-statement.js';
import { UpstreamError } from './errors.js';

// Listed relations, what listed views read, and the partitions of listed tables are allowed; the system
// catalogs are left to the rights of the role. Triggers and apply write to tidemark_origin.
const TOUCHED = `
  WITH RECURSIVE uses (user_oid, used_oid) AS (
    SELECT w.ev_class, d.refobjid FROM pg_catalog.pg_rewrite w
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits
  ), allowed (oid) AS (
    SELECT r.oid FROM pg_catalog.jsonb_array_elements($1::text::jsonb) e
    JOIN pg_catalog.pg_namespace n ON n.nspname = e ->> 0
    JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = e ->> 1
    UNION
    SELECT uses.used_oid FROM allowed JOIN uses ON uses.user_oid = allowed.oid
  )
  SELECT n.nspname, r.relname FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class r ON r.oid = l.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND r.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT (n.nspname = 'tidemark_origin' AND r.relname IN ('applied', 'changes') AND l.mode = 'RowExclusiveLock')
    AND r.oid NOT IN (SELECT oid FROM allowed)
  ORDER BY 1, 2 LIMIT 1`;

/** A list of relations to which statements are kept. */
export class Restriction {
  #relations;
  #list;

  /** @param {import('./types.js').Relation[]} relations */
  constructor(relations) {
    this.#relations = relations;
    this.#list = JSON.stringify(relations.map(({ schema, name }) => [schema, name]));
  }

  /** Equal for equal lists. */
  get name() {
    return this.#list;
  }

  /**
   * A transaction whose statements are kept to the list.
   * @param {import('./types.js').OriginTransaction} tx
   * @returns {import('./types.js').OriginTransaction} its `query` throws 42501 when the statement cannot be
   *   checked or touches a relation that is not listed; the transaction has to be rolled back then
   */
  guard(tx) {
    return {
      ...tx,
      query: (sql, params) => this.#query(tx, sql, params),
      queryAll: (statements) => this.#queryAll(tx, statements),
    };
  }

  /**
   * @param {import('./types.js').OriginTransaction} tx
   * @param {string} sql
   * @param {unknown[]} params
   */
  async #query(tx, sql, params) {
    checkStatement(sql);
    try {
      // Planned first: what it names is refused before an error message can quote a row of it.
      await tx.plan(sql, params);
      await this.#checkTouched(tx);
      const result = await tx.query(sql, params);
      await this.#checkTouched(tx);
      return result;
    } catch (thrown) {
      throw withoutData(UpstreamError.from(thrown));
    }
  }

  /**
   * As #query: each text is planned first, with the parameters that it has where it stands first.
   * @param {import('./types.js').OriginTransaction} tx
   * @param {import('./types.js').Statement[]} statements
   */
  async #queryAll(tx, statements) {
    const texts = new Map([...statements].reverse().map(({ sql, params }) => [sql, params]));
    try {
      for (const [sql, params] of texts) {
        checkStatement(sql);
        await tx.plan(sql, params);
      }
      await this.#checkTouched(tx);
      const answer = await tx.queryAll(statements);
      if (!answer.failure) await this.#checkTouched(tx);
      return answer;
    } catch (failure) {
      return { results: [], failure };
    }
  }

  /** @param {import('./types.js').OriginTransaction} tx */
  async #checkTouched(tx) {
    const { rows } = await tx.query(TOUCHED, [this.#list]);
    if (rows.length > 0) throw notOffered(/** @type {string[]} */ (rows[0]));
  }

  /**
   * Refuses a shape over relations that are not listed.
   * @param {import('./types.js').ShapeRequest} request
   * @throws {UpstreamError} 42501
   */
  checkShape({ relation, relations = [] }) {
    for (const { schema, name } of relation ? [relation, ...relations] : relations) {
      const listed = this.#relations.some((each) => each.schema === schema && each.name === name);
      if (!listed) throw notOffered([schema, name]);
    }
  }
}

/** @param {string[]} name schema and name */
function notOffered([schema, name]) {
  return new UpstreamError('42501', `relation "${schema}"."${name}" is not offered here`);
}

/**
 * The error without its texts if it comes from within a function, where they may quote any row. What a function
 * raises on purpose stays.
 * @param {UpstreamError} error
 */
function withoutData(error) {
  const within = /** @type {any} */ (error.cause)?.where;
  if (!within || error.code === 'P0001') return error;
  return new UpstreamError(error.code, 'the statement failed inside a function');
}
