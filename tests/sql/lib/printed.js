/** Queries that Tidemark prints for an origin and the origin's server runs: they have to give the rows that they give here. */
import { Tidemark } from '../../../js-bindings/index.js';
import { openPGlite, openPostgres, postgresPrograms } from '../../js/lib/origin.js';
import { answer } from './differential.js';

/** @typedef {import('./differential.js').Reference} Reference */

/**
 * A server that queries get to as Tidemark prints them.
 * @typedef {object} Origin
 * @property {'postgres' | 'mysql'} dialect
 * @property {() => any} client an upstream client for it
 * @property {(sql: string) => Promise<void>} execute
 * @property {() => Promise<void>} close
 */

const isQuery = (/** @type {string} */ sql) => /^(SELECT|WITH|VALUES|TABLE|\()/.test(sql);

/** What a session is like, an origin's session need not be like. @param {string} sql */
const isOfSession = (sql) => /@@|LAST_INSERT_ID|VERSION\s*\(/i.test(sql);

/** No view can have two columns of one name; MariaDB does not tell small letters from great ones. @param {any} result */
function hasEqualNames(result) {
  const names = result?.fields.map((/** @type {{ name: string }} */ { name }) => name.toLowerCase()) ?? [];
  return new Set(names).size < names.length;
}

/** A database whose queries are views of an origin: it is asked for the whole of each. */
class ThroughOrigin {
  #origin;
  #database;

  /** @param {Origin} origin */
  constructor(origin) {
    this.#origin = origin;
    const client = origin.client();
    this.#database = new Tidemark({ dialect: origin.dialect, getUpstreamClient: async () => client });
  }

  /**
   * What is no query is for the origin.
   * @param {string} sql
   * @param {unknown[]} _params there are none
   * @param {{ rowMode: 'array' }} options
   * @returns {Promise<any>}
   */
  async query(sql, _params, options) {
    if (!isQuery(sql)) {
      await this.#origin.execute(sql);
      return { rows: [], fields: [], rowCount: 0 };
    }
    try {
      const text = sql.replace(/;\s*$/, '');
      await this.#database.query(`CREATE VIEW printed AS ${text} WITH (replication_origin = '${this.#origin.dialect}:here')`);
      return await this.#database.query('SELECT * FROM printed', [], options);
    } finally {
      await this.#database.query('DROP VIEW IF EXISTS printed');
    }
  }

  async close() {
    await this.#database.close();
    await this.#origin.close();
  }
}

/** A PostgreSQL server; PGlite where none is installed. @returns {Promise<Origin>} */
export async function postgresOrigin() {
  const origin = await (postgresPrograms() ? openPostgres({}, 'C.UTF-8') : openPGlite());
  return { ...origin, dialect: 'postgres', execute: (sql) => origin.execute(`SET timezone = 'UTC'; ${sql}`) };
}

/**
 * A reference whose answers to queries come from an origin. How writes end is compared elsewhere: they make the same tables here and there.
 * @param {Reference} reference
 * @param {() => Promise<Origin>} openOrigin
 * @returns {Reference}
 */
export function printed(reference, openOrigin) {
  return {
    ...reference,
    name: `${reference.name}, as printed`,
    printed: true,

    async open() {
      const origin = await openOrigin();
      return { tidemark: new Tidemark({ dialect: origin.dialect }), other: new ThroughOrigin(origin) };
    },

    async ask(tidemark, other, sql) {
      const ours = await answer(tidemark, sql);
      const theirs = ours.error || (isQuery(sql) && isOfSession(sql)) ? ours : await answer(other, sql);
      return { ours, theirs: isQuery(sql) && !hasEqualNames(ours.result) ? theirs : ours };
    },
  };
}
