/**
 * PGlite as an origin session: transactions whose values have the form of the upstream border.
 */
import { checkCopiesNothing } from './client-statement.js';
import { UNREACHABLE, UpstreamError } from './errors.js';
import { queryEach } from './query-each.js';
import { checkSql, checkValue } from './protocol.js';
import { SESSION_SETTINGS, TypeCatalog, parameterToText } from './values.js';

const SETTINGS = SESSION_SETTINGS.map(([name, value]) => `SET LOCAL ${name} = '${value}'`).join('; ');
const SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; ';

/** The session of one PGlite instance. */
export class PGliteSession {
  #pglite;
  #types = new TypeCatalog();
  /** @type {Record<string, (text: string) => string>} */
  #parsers = {};
  #parserCount = 0;

  /** @param {any} pglite */
  constructor(pglite) {
    this.#pglite = pglite;
  }

  /**
   * @template T
   * @param {(tx: import('./types.js').OriginTransaction) => Promise<T>} work
   * @param {{ snapshot?: boolean }} [options]
   * @returns {Promise<T>}
   */
  async transaction(work, { snapshot = false } = {}) {
    /** @type {unknown} */
    let thrownByWork;
    try {
      return await this.#pglite.transaction(async (/** @type {any} */ tx) => {
        await tx.exec((snapshot ? SNAPSHOT : '') + SETTINGS);
        try {
          return await work({
            query: (sql, params) => this.#query(tx, sql, params),
            queryAll: (statements) => queryEach(statements, (sql, params) => this.#query(tx, sql, params)),
            plan: async (sql, params) => { await this.#query(tx, `EXPLAIN ${sql}`, params); },
            run: (script) => this.#run(tx, script),
          });
        } catch (error) {
          thrownByWork = error;
          throw error;
        }
      });
    } catch (error) {
      throw error === thrownByWork ? error : this.#error(error);
    }
  }

  /**
   * @param {string} channel
   * @param {() => void} notified
   * @returns {Promise<() => Promise<void>>} stops listening
   */
  async listen(channel, notified) {
    try {
      const stop = await this.#pglite.listen(channel, notified);
      return async () => {
        if (!this.#pglite.closed) await stop();
      };
    } catch (error) {
      throw this.#error(error);
    }
  }

  /**
   * @param {any} tx PGlite's transaction
   * @param {string} sql
   * @param {unknown[]} params
   * @returns {Promise<import('./types.js').OriginResult>}
   */
  async #query(tx, sql, params) {
    let result;
    try {
      result = await this.#queryText(tx, sql, params);
    } catch (error) {
      throw this.#error(error);
    }
    const { rows, fields, rowCount = result.affectedRows } = result;
    return this.#types.decode({ rows, fields, rowCount }, async (typesSql, typesParams) =>
      (await this.#queryText(tx, typesSql, typesParams)).rows);
  }

  /**
   * @param {any} tx PGlite's transaction
   * @param {string} script
   * @returns {Promise<unknown[][][]>}
   */
  async #run(tx, script) {
    try {
      const results = await tx.exec(script, this.#queryOptions());
      return results.map((/** @type {any} */ each) => each.rows);
    } catch (error) {
      throw this.#error(error);
    }
  }

  /**
   * Rows as PostgreSQL's texts, whatever PGlite would make of them.
   * @param {any} tx
   * @param {string} sql
   * @param {unknown[]} params
   */
  async #queryText(tx, sql, params) {
    checkSql(sql);
    checkCopiesNothing(sql);
    params.forEach(checkValue); // PGlite itself would take undefined for NULL
    try {
      return await tx.query(sql, params, this.#queryOptions());
    } catch (error) {
      if (!(error instanceof UnknownType)) throw error;
      await this.#types.get([error.oid], async (typesSql, typesParams) =>
        (await tx.query(typesSql, typesParams, this.#queryOptions())).rows);
      return tx.query(sql, params, this.#queryOptions());
    }
  }

  #queryOptions() {
    const serializers = new Proxy({}, {
      get: (_, name) => (/** @type {unknown} */ value) => {
        const type = this.#types.known(Number(name));
        if (!type && typeof value === 'string' && value.startsWith('[')) throw new UnknownType(Number(name));
        return parameterToText(value, type);
      },
    });
    return { rowMode: 'array', parsers: this.#identityParsers(), serializers };
  }

  /** PGlite falls back to its own parser for every type that is not named here. */
  #identityParsers() {
    const known = Object.keys(this.#pglite.parsers ?? {});
    if (known.length !== this.#parserCount) {
      this.#parserCount = known.length;
      this.#parsers = Object.fromEntries(known.map((oid) => [oid, (/** @type {string} */ text) => text]));
    }
    return this.#parsers;
  }

  /** @param {unknown} thrown */
  #error(thrown) {
    if (this.#pglite.closed) {
      return new UpstreamError(UNREACHABLE, 'PGlite is closed', { cause: thrown });
    }
    return UpstreamError.from(thrown);
  }
}

/** Thrown while parameters are written: this one may be an array, and its type has to be asked for first. */
class UnknownType extends Error {
  /** @param {number} oid */
  constructor(oid) {
    super(`type ${oid}`);
    this.oid = oid;
  }
}
