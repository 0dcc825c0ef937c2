/**
 * TidemarkClient: another Tidemark database as an origin, in this process or behind a MessagePort.
 */
import { Tidemark } from '../tidemark.js';
import { UpstreamError, isTransient, throwIfAborted } from './errors.js';
import { withKnownKeys } from './known-keys.js';
import { decodeValue, encodeValue, mapRows } from './protocol.js';
import { TidemarkSubscription } from './tidemark-subscription.js';

/** Which queued transactions have been applied here, with the answers that were given. */
const SCHEMA = `
  CREATE SCHEMA IF NOT EXISTS tidemark_origin;
  CREATE TABLE IF NOT EXISTS tidemark_origin.applied (
    client text NOT NULL,
    transaction bigint NOT NULL,
    result text,
    PRIMARY KEY (client, transaction)
  )`;

/** Values as they cross between engines. */
const PLAIN = Object.freeze({ rowMode: /** @type {const} */ ('array'), parseJson: false });

/** Undoes the writes of a transaction that the origin does not take. */
class NotApplied extends Error {
  /**
   * @param {number} index of the write
   * @param {UpstreamError | null} error null: it touched no row
   */
  constructor(index, error) {
    super('not applied');
    this.index = index;
    this.error = error;
  }
}

export class TidemarkClient {
  dialect = /** @type {const} */ ('tidemark');
  #database;
  #owned;
  /** @type {Promise<unknown> | null} */
  #prepared = null;
  /** @type {Set<TidemarkSubscription>} */
  #subscriptions = new Set();
  #closed = false;

  /**
   * @param {{ database: Tidemark } | { port: MessagePort }} options a database of this process, which stays the
   *   caller's; or a port on which one is served (`serve({ database, port })` of `tidemark/worker`)
   */
  constructor(options) {
    const { database, port } = /** @type {{ database?: Tidemark, port?: MessagePort }} */ (options ?? {});
    if (database === undefined && port === undefined) {
      throw new UpstreamError('22023', 'TidemarkClient takes { database } or { port }');
    }
    this.#owned = database === undefined;
    this.#database = database ?? new Tidemark({ worker: port });
  }

  /**
   * Runs one statement.
   * @param {string} sql
   * @param {unknown[]} [params]
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async query(sql, params = [], { signal } = {}) {
    this.#check(signal);
    return this.#database.query(sql, params, { ...PLAIN, signal });
  }

  /**
   * Runs `work` in one transaction.
   * @template T
   * @param {(tx: { query: import('./types.js').UpstreamClient['query'] }) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(work) {
    this.#check();
    return this.#database.transaction((tx) => work(plainQueries(tx)));
  }

  /**
   * Applies one queued transaction, exactly once.
   * @param {import('./types.js').ApplyRequest} request
   * @returns {Promise<import('./types.js').ApplyResult>}
   */
  async apply(request) {
    this.#check();
    await this.#prepare();
    return this.#database.transaction(async (tx) => {
      try {
        return await tx.transaction((inner) => applyWrites(plainQueries(inner), request));
      } catch (error) {
        if (!(error instanceof NotApplied)) throw error;
        return answerOf(plainQueries(tx), request, error);
      }
    });
  }

  /**
   * Subscribes to a shape.
   * @param {import('./types.js').ShapeRequest} request
   * @param {import('./types.js').ChangeSink} sink
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<{ close(): void }>}
   */
  async subscribe(request, sink, { signal } = {}) {
    this.#check(signal);
    await this.#prepare();
    const subscription = new TidemarkSubscription(this.#database, request, sink, () => {
      this.#subscriptions.delete(subscription);
    });
    this.#subscriptions.add(subscription);
    await subscription.open();
    signal?.addEventListener('abort', () => subscription.close(), { once: true });
    if (signal?.aborted || this.#closed) subscription.close();
    return subscription;
  }

  /** Ends the subscriptions of this client. A database that was passed in stays open. */
  async close() {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.close();
    if (this.#owned) await this.#database.close();
  }

  #prepare() {
    this.#prepared ??= this.#database.exec(SCHEMA).catch((error) => {
      this.#prepared = null;
      throw error;
    });
    return this.#prepared;
  }

  /** @param {AbortSignal} [signal] */
  #check(signal) {
    if (this.#closed) throw new UpstreamError('08006', 'the client is closed');
    throwIfAborted(signal);
  }
}

/**
 * A transaction whose values are plain.
 * @param {import('../queryable.js').Transaction} tx
 * @returns {{ query: import('./types.js').UpstreamClient['query'] }}
 */
function plainQueries(tx) {
  return { query: (sql, params = [], options = {}) => tx.query(sql, params, { ...PLAIN, ...options }) };
}

/**
 * All writes, or the answer of the first time.
 * @param {{ query: import('./types.js').UpstreamClient['query'] }} tx
 * @param {import('./types.js').ApplyRequest} request
 * @returns {Promise<import('./types.js').ApplyResult>}
 */
async function applyWrites(tx, { client, transaction, writes }) {
  const claim = await tx.query(
    'INSERT INTO tidemark_origin.applied (client, transaction) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [client, transaction]);
  if (claim.rowCount === 0) return repeatedAnswer(tx, client, transaction);
  /** @type {(unknown[] | null)[]} */
  const rows = [];
  const fields = [];
  for (const [index, write] of writes.entries()) {
    const result = await runWrite(tx, withKnownKeys(write, (earlier) => rows[earlier]), index);
    rows.push(result.rows[0] ?? null);
    fields.push(result.fields.length > 0 ? result.fields : null);
  }
  await tx.query('UPDATE tidemark_origin.applied SET result = $3 WHERE client = $1 AND transaction = $2',
    [client, transaction, JSON.stringify({ rows: mapRows(rows, encodeValue), fields })]);
  return { state: 'applied', rows, fields, repeated: false };
}

/**
 * @param {{ query: import('./types.js').UpstreamClient['query'] }} tx
 * @param {import('./types.js').Write} write
 * @param {number} index
 */
async function runWrite(tx, { sql, params }, index) {
  let result;
  try {
    result = await tx.query(sql, params);
  } catch (thrown) {
    const error = UpstreamError.from(thrown);
    throw isTransient(error.code) || error.code === '57014' ? error : new NotApplied(index, error);
  }
  if (result.rowCount === 1) return result;
  throw new NotApplied(index, result.rowCount === 0 ? null
    : new UpstreamError('21000', `a queued write touched ${result.rowCount} rows instead of one`));
}

/**
 * @param {{ query: import('./types.js').UpstreamClient['query'] }} tx
 * @param {string} client
 * @param {number} transaction
 * @returns {Promise<import('./types.js').ApplyResult>}
 */
async function repeatedAnswer(tx, client, transaction) {
  const { rows } = await tx.query(
    'SELECT result FROM tidemark_origin.applied WHERE client = $1 AND transaction = $2', [client, transaction]);
  const stored = JSON.parse(/** @type {string} */ (rows[0][0]));
  return { state: 'applied', rows: mapRows(stored.rows, decodeValue), fields: stored.fields, repeated: true };
}

/**
 * Conflict or refusal; the writes are undone already, so the row found is the origin's.
 * @param {{ query: import('./types.js').UpstreamClient['query'] }} tx
 * @param {import('./types.js').ApplyRequest} request
 * @param {NotApplied} failure
 * @returns {Promise<import('./types.js').ApplyResult>}
 */
async function answerOf(tx, request, { index, error }) {
  const { conflict } = request.writes[index];
  if (error === null || error.code === '23505') {
    const found = conflict ? await tx.query(conflict.sql, conflict.params) : { rows: [], fields: [] };
    const row = found.rows[0] ?? null;
    if (error === null || row !== null) {
      return { state: 'conflicted', index, theirs: { row, fields: found.fields } };
    }
  }
  return { state: 'refused', index, error: error.toJSON() };
}
