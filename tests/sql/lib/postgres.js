/** Runs statements in a real PostgreSQL (PGlite) and gives results as the package does. */
import { PGlite } from '@electric-sql/pglite';

/**
 * Whole numbers that a number holds exactly, up to 2^53, are numbers.
 * @param {string} text
 */
function integer(text) {
  const value = BigInt(text);
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}
/** @param {string} text */
const text = (text) => text;

/** @type {Record<string, (text: string) => unknown>} how the package shows the text of a type; default: as it is */
const PARSERS = {
  boolean: (value) => value === 't' || value === 'true',
  smallint: integer,
  integer,
  bigint: integer,
  real: Number,
  'double precision': Number,
  json: JSON.parse,
  jsonb: JSON.parse,
  bytea: (value) => new Uint8Array(Buffer.from(value.slice(2), 'hex')),
};

export class Postgres {
  #database = new PGlite();
  /** @type {Map<number, string> | null} */
  #types = null;

  /**
   * The result of the last statement.
   * @param {string} sql
   * @returns {Promise<import('./script.js').Result>}
   */
  async query(sql) {
    const types = await this.#loadTypes();
    const parsers = Object.fromEntries([...types.keys()].map((oid) => [oid, text]));
    try {
      const result = (await this.#database.exec(sql, { rowMode: 'array', parsers })).at(-1);
      if (/\b(CREATE|ALTER|DROP) (TYPE|SCHEMA)\b|\bROLLBACK\b/i.test(sql)) this.#types = null;
      if (result === undefined) throw new Error(`no statement: ${sql}`);
      const fields = result.fields.map(({ name, dataTypeID }) => ({ name, type: types.get(dataTypeID) ?? '' }));
      const rows = result.rows.map((row) => /** @type {any} */ (row).map(
        (/** @type {string | null} */ value, /** @type {number} */ index) => parseValue(value, fields[index].type)));
      return { rows, fields, rowCount: result.affectedRows || rows.length, unmodified: true };
    } catch (error) {
      const { code, message, position, schema, table, column, constraint } = /** @type {any} */ (error);
      // A failed statement of a script is not to fail all that follow.
      await this.#database.exec('ROLLBACK').catch(() => {});
      throw Object.assign(new Error(message), {
        code, position: position && Number(position) - 1, schema, table, column, constraint,
      });
    }
  }

  async #loadTypes() {
    if (this.#types === null) {
      await this.#database.exec("SET TIME ZONE 'UTC'");
      const { rows } = await this.#database.query('SELECT oid::int, format_type(oid, NULL) AS name FROM pg_type');
      this.#types = new Map(rows.map((row) => [/** @type {any} */ (row).oid, /** @type {any} */ (row).name]));
    }
    return this.#types;
  }

  async close() {
    await this.#database.close();
  }
}

/**
 * @param {string | null} value
 * @param {string} type
 * @returns {unknown}
 */
function parseValue(value, type) {
  if (value === null) return null;
  if (type.endsWith('[]')) return parseArray(value, type.slice(0, -2));
  return (PARSERS[type] ?? text)(value);
}

/**
 * {1,2,{…}} as an array.
 * @param {string} value
 * @param {string} type
 */
function parseArray(value, type) {
  let at = 0;
  /** @returns {unknown} */
  function item() {
    if (value[at] === '{') return list();
    if (value[at] !== '"') {
      const end = value.slice(at).search(/[,}]/) + at;
      const word = value.slice(at, end);
      at = end;
      return word === 'NULL' ? null : parseValue(word, type);
    }
    let word = '';
    for (at++; value[at] !== '"'; at++) {
      if (value[at] === '\\') at++;
      word += value[at];
    }
    at++;
    return parseValue(word, type);
  }
  function list() {
    const items = [];
    for (at++; value[at] !== '}';) {
      items.push(item());
      if (value[at] === ',') at++;
    }
    at++;
    return items;
  }
  return list();
}
