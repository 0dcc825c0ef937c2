/** One subscription to a shape of a Tidemark database. */
import { randomId } from '../builtin.js';
import { UpstreamError } from './errors.js';
import { bytesToText } from './values.js';

const PART_ROWS = 5_000;
const PLAIN = Object.freeze({ rowMode: /** @type {const} */ ('array'), parseJson: false });

/**
 * Follows committed changes from before its snapshot is read: what comes twice changes nothing, and nothing
 * is missed. It always begins with a snapshot, since this origin keeps no history of changes.
 */
export class TidemarkSubscription {
  #database;
  #request;
  #sink;
  #ended;
  #feed = '';
  #position = 0;
  #closed = false;
  #unsubscribe = () => {};
  #busy = false;
  /** Whether everything has to be sent. */
  #fresh = true;
  /** @type {Map<string, unknown[]>} keys that changed since the last delivery, by their text */
  #keys = new Map();
  /** Whether a transaction of this client has been applied since the last delivery. */
  #applied = false;

  /**
   * @param {import('../tidemark.js').Tidemark} database
   * @param {import('./types.js').ShapeRequest} request
   * @param {import('./types.js').ChangeSink} sink
   * @param {() => void} ended
   */
  constructor(database, request, sink, ended) {
    this.#database = database;
    this.#request = request;
    this.#sink = sink;
    this.#ended = ended;
  }

  /** Begins; the snapshot follows by itself. */
  async open() {
    const { relation, relations = [] } = this.#request;
    /** @type {Record<string, string[]>} */
    const selector = { tidemark_origin: ['applied'] };
    for (const { schema, name } of relation ? [relation] : relations) (selector[schema] ??= []).push(name);
    this.#feed = await randomId();
    try {
      // Wrong queries fail here, and not later as a lost subscription.
      await this.#database.query(`SELECT * FROM (${this.#request.sql}) AS shape LIMIT 0`, this.#request.params);
      this.#unsubscribe = await this.#database.wal.subscribe(selector, (commit) => this.#committed(commit));
    } catch (error) {
      this.close();
      throw error;
    }
    this.#deliver();
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#ended();
  }

  /** @param {import('../change-feed.js').Commit} commit */
  #committed({ changes }) {
    const { key, originKey, client, keyQuery } = this.#request;
    for (const { relation, old, new: now } of changes) {
      if (relation.schema === 'tidemark_origin') {
        this.#applied ||= now?.client === client;
      } else if (key === undefined || keyQuery === undefined) {
        this.#fresh = true;
      } else {
        for (const row of [old, now]) if (row !== null) this.#addKey(row, originKey ?? key);
      }
    }
    this.#deliver();
  }

  /**
   * @param {Record<string, unknown>} row of the relation
   * @param {string[]} columns
   */
  #addKey(row, columns) {
    const values = columns.map((column) => row[column]);
    this.#keys.set(JSON.stringify(values.map(keyText)), values);
  }

  /** Sends what is outstanding, one thing at a time, as fast as the sink takes it. */
  async #deliver() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (!this.#closed && (this.#fresh || this.#applied || this.#keys.size > 0)) {
        if (this.#fresh) await this.#deliverSnapshot();
        else await this.#deliverChanges();
      }
    } catch (thrown) {
      if (!this.#closed) {
        this.close();
        this.#sink.lost(UpstreamError.from(thrown, '08006'));
      }
    }
    this.#busy = false;
  }

  async #deliverSnapshot() {
    this.#fresh = false;
    this.#applied = false;
    this.#keys.clear();
    const { sql, params } = this.#request;
    const { rows, fields, ...rest } = await this.#read(sql, params);
    let start = 0;
    do {
      const end = Math.min(start + PART_ROWS, rows.length);
      const part = { fields, rows: rows.slice(start, end), first: start === 0, last: end === rows.length };
      if (this.#closed) return;
      await this.#sink.snapshot(part.last ? { ...part, ...rest } : part);
      start = end;
    } while (start < rows.length);
  }

  async #deliverChanges() {
    const keys = this.#keys;
    this.#keys = new Map();
    this.#applied = false;
    const { keyQuery, key, params } = this.#request;
    if (keys.size === 0 || keyQuery === undefined || key === undefined) {
      const { cursor, applied } = await this.#read(null, []);
      if (!this.#closed) await this.#sink.changes({ fields: [], upserts: [], deletes: [], cursor, applied });
      return;
    }
    const { rows, fields, ...rest } = await this.#read(keyQuery, [`[${[...keys.keys()].join(',')}]`, ...params]);
    const places = key.map((column) => fields.findIndex((/** @type {import('./types.js').Field} */ field) => field.name === column));
    for (const row of rows) keys.delete(JSON.stringify(places.map((place) => keyText(row[place]))));
    if (!this.#closed) await this.#sink.changes({ fields, upserts: rows, deletes: [...keys.values()], ...rest });
  }

  /**
   * Reads rows, and in the same transaction the last transaction of this client that they contain.
   * @param {string | null} sql
   * @param {unknown[]} params
   */
  async #read(sql, params) {
    return this.#database.transaction(async (tx) => {
      const { rows, fields } = sql === null ? { rows: [], fields: [] } : await tx.query(sql, params, PLAIN);
      const newest = await tx.query('SELECT max(transaction) FROM tidemark_origin.applied WHERE client = $1',
        [this.#request.client], PLAIN);
      const applied = /** @type {number | null} */ (newest.rows[0][0]);
      return { rows, fields, cursor: `${this.#feed}/${++this.#position}`, applied };
    });
  }
}

/**
 * A value of a key as text, the same for a row of the relation and for a row of the shape.
 * @param {unknown} value
 */
function keyText(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return bytesToText(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
