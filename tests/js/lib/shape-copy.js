/**
 * A sink that keeps a copy of a shape, as an engine would, and shapes to follow.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A copy of a shape, kept from what a subscription delivers. */
export class ShapeCopy {
  /** Rows by key. */
  rows = new Map();
  cursor = null;
  applied = null;
  /** @type {Error | null} */
  lostWith = null;
  snapshots = 0;
  /** @type {any[]} */
  batches = [];
  #key;
  #fields = [];
  #part = new Map();
  #inserted = 0;

  /** @param {string[] | undefined} key names of the key columns; without them every row is its own key */
  constructor(key) {
    this.#key = key;
  }

  get sink() {
    return {
      snapshot: (part) => this.snapshot(part),
      changes: (batch) => this.changes(batch),
      lost: (error) => { this.lostWith = error; },
    };
  }

  snapshot({ fields, rows, first, last, cursor, applied }) {
    this.#fields = fields;
    if (first) this.#part = new Map();
    for (const row of rows) this.#part.set(this.#keyOf(row, this.#part.size), row);
    if (!last) return;
    this.rows = this.#part;
    this.snapshots++;
    Object.assign(this, { cursor, applied });
  }

  changes(batch) {
    const { fields, upserts, deletes, cursor, applied } = batch;
    this.batches.push(batch);
    if (fields.length > 0) this.#fields = fields;
    for (const each of deletes) {
      if (batch.partition) this.#deletePart(batch.partition, each);
      else this.rows.delete(this.#key ? named(each) : this.#placeOf(each));
    }
    for (const row of upserts) this.rows.set(this.#keyOf(row, `inserted ${++this.#inserted}`), row);
    Object.assign(this, { cursor, applied });
  }

  /**
   * @param {number[]} columns
   * @param {unknown[]} values of these
   */
  #deletePart(columns, values) {
    for (const [place, row] of this.rows) {
      if (named(columns.map((at) => row[at])) === named(values)) this.rows.delete(place);
    }
  }

  /** The rows without their version, in the order of their keys' texts; without a key, of their own. */
  sorted() {
    const version = this.#fields.findIndex((field) => field.name === '__version');
    const rows = this.#key ? [...this.rows.entries()] : [...this.rows.values()].map((row) => [printed(row), row]);
    return rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row.filter((_, at) => at !== version));
  }

  /**
   * Waits until `condition` holds for this copy.
   * @param {(copy: ShapeCopy) => unknown} condition
   */
  async until(condition, milliseconds = 20_000) {
    const end = Date.now() + milliseconds;
    while (!condition(this)) {
      if (Date.now() > end) {
        throw new Error(`still not: ${condition}; rows ${printed(this.sorted())}, lost with ${this.lostWith}, ${this.snapshots} snapshots, ${this.batches.length} batches`);
      }
      await sleep(2);
    }
  }

  /** Where one of the rows that equal `row` is. */
  #placeOf(row) {
    for (const [place, each] of this.rows) if (printed(each) === printed(row)) return place;
    throw new Error(`there is no row ${printed(row)} that could go`);
  }

  #keyOf(row, number) {
    if (!this.#key) return named([number]);
    return named(this.#key.map((name) => row[this.#fields.findIndex((field) => field.name === name)]));
  }
}

/** @param {unknown} value */
function printed(value) {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));
}

/** @param {unknown[]} key */
function named(key) {
  return printed(key);
}

const quote = (name) => `"${name.replaceAll('"', '""')}"`;

/**
 * A shape over one table, with the SQL as an engine would print it.
 * @param {{ schema?: string, name: string, columns: string[], key: Record<string, string>, where?: string,
 *   params?: unknown[], equal?: Record<string, string | number> }} shape `key`: the types of the key columns by name; `equal`: constants by
 *   column
 */
export function tableShape({ schema = 'public', name, columns, key, where = 'true', params = [], equal = {}, ...rest }) {
  const names = Object.keys(key), others = Object.keys(equal);
  const select = (more, condition) => `SELECT ${[...columns.map(quote), 'xmin::text AS __version', ...more].join(', ')}
    FROM ${quote(schema)}.${quote(name)} WHERE ${condition}`;
  const sql = select([], [where, ...others.map((each) => `${quote(each)} = ${literal(equal[each])}`)].join(' AND '));
  const cast = Object.values(key).map((type, at) => `(e->>${at})::${type}`);
  const byKey = (query) => `${query} AND (${names.map(quote).join(', ')}) IN (SELECT ${cast.join(', ')}
      FROM jsonb_array_elements($1::jsonb) e)`;
  return {
    sql,
    params,
    relation: { schema, name },
    key: names,
    originKey: names,
    keyQuery: byKey(sql),
    ...others.length > 0 && {
      equality: {
        columns: others,
        values: Object.values(equal).map(String),
        keyQuery: byKey(select(others.map((each, at) => `${quote(each)}::text AS __equality_${at}`), where)),
      },
    },
    client: '00000000-0000-4000-8000-000000000001',
    ...rest,
  };
}

const literal = (value) => (typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`);
const backquote = (name) => `\`${name}\``;

/**
 * The same over a table of a MySQL, in the database of the connection.
 * @param {{ name: string, columns: string[], key: string[], where?: string, params?: unknown[], equal?: Record<string, string | number> }} shape
 */
export function mysqlShape({ name, columns, key, where = '1 = 1', params = [], equal = {}, ...rest }) {
  const others = Object.keys(equal);
  const select = (more, condition) =>
    `SELECT ${[...columns.map(backquote), 'NULL AS __version', ...more].join(', ')} FROM ${backquote(name)} WHERE ${condition}`;
  const sql = select([], [where, ...others.map((each) => `${backquote(each)} = ${literal(equal[each])}`)].join(' AND '));
  const byKey = (query) => `SELECT * FROM (${query}) AS keyed WHERE (${key.map(backquote).join(', ')}) IN (?)`;
  return {
    sql,
    params,
    relation: { schema: 'public', name },
    key,
    originKey: key,
    keyQuery: byKey(sql),
    ...others.length > 0 && {
      equality: {
        columns: others,
        values: Object.values(equal).map(String),
        keyQuery: byKey(select(others.map((each, at) => `CAST(${backquote(each)} AS CHAR) AS __equality_${at}`), where)),
      },
    },
    client: '00000000-0000-4000-8000-000000000001',
    ...rest,
  };
}
