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
    for (const key of deletes) this.rows.delete(named(key));
    for (const row of upserts) this.rows.set(this.#keyOf(row, 0), row);
    Object.assign(this, { cursor, applied });
  }

  /** The rows without their version, in the order of their keys' texts. */
  sorted() {
    const version = this.#fields.findIndex((field) => field.name === '__version');
    return [...this.rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, row]) => row.filter((_, at) => at !== version));
  }

  /**
   * Waits until `condition` holds for this copy.
   * @param {(copy: ShapeCopy) => unknown} condition
   */
  async until(condition, milliseconds = 5_000) {
    const end = Date.now() + milliseconds;
    while (!condition(this)) {
      if (Date.now() > end) {
        throw new Error(`still not: ${condition}; rows ${printed(this.sorted())}, lost with ${this.lostWith}, ${this.snapshots} snapshots, ${this.batches.length} batches`);
      }
      await sleep(2);
    }
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
 *   params?: unknown[] }} shape `key`: the types of the key columns by name
 */
export function tableShape({ schema = 'public', name, columns, key, where = 'true', params = [], ...rest }) {
  const names = Object.keys(key);
  const sql = `SELECT ${columns.map(quote).join(', ')}, xmin::text AS __version
    FROM ${quote(schema)}.${quote(name)} WHERE ${where}`;
  const cast = Object.values(key).map((type, at) => `(e->>${at})::${type}`);
  return {
    sql,
    params,
    relation: { schema, name },
    key: names,
    originKey: names,
    keyQuery: `${sql} AND (${names.map(quote).join(', ')}) IN (SELECT ${cast.join(', ')}
      FROM jsonb_array_elements($1::jsonb) e)`,
    client: '00000000-0000-4000-8000-000000000001',
    ...rest,
  };
}

const backquote = (name) => `\`${name}\``;

/**
 * The same over a table of a MySQL, in the database of the connection.
 * @param {{ name: string, columns: string[], key: string[], where?: string, params?: unknown[] }} shape
 */
export function mysqlShape({ name, columns, key, where = '1 = 1', params = [], ...rest }) {
  const sql = `SELECT ${columns.map(backquote).join(', ')}, NULL AS __version FROM ${backquote(name)} WHERE ${where}`;
  return {
    sql,
    params,
    relation: { schema: 'public', name },
    key,
    originKey: key,
    keyQuery: `SELECT * FROM (${sql}) AS keyed WHERE (${key.map(backquote).join(', ')}) IN (?)`,
    client: '00000000-0000-4000-8000-000000000001',
    ...rest,
  };
}
