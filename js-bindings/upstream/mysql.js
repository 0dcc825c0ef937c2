/**
 * MySQLClient: a MySQL or MariaDB server over the package `mysql2`, as an origin. Node only.
 */
import { applyTransaction } from './apply.js';
import { BinlogSource } from './binlog-source.js';
import { Changefeed, DEFAULTS } from './changefeed.js';
import { UNREACHABLE, UpstreamError } from './errors.js';
import { mysqlApply, mysqlDialect } from './mysql-dialect.js';
import { MySQLSession } from './mysql-session.js';

/**
 * What all clients of one pool share.
 * @type {WeakMap<object, { session: MySQLSession, changefeed: Changefeed, clients: Set<MySQLClient> }>}
 */
const shared = new WeakMap();

/**
 * An upstream client over a pool of `mysql2`, which stays the caller's. From the first subscription until the last client of the
 * pool is closed it reads the server's binary log, over connections of its own.
 */
export class MySQLClient {
  dialect = /** @type {const} */ ('mysql');
  #pool;
  #session;
  #changefeed;
  #closed = false;
  /** @type {Set<{ close(): void }>} */
  #subscriptions = new Set();

  /**
   * @param {any} source a pool of mysql2 or mysql2/promise, or an object `{ pool, … }` with options of the changefeed
   * @param {import('./types.js').ChangefeedOptions} [options] read from the first client of a pool
   * @throws {UpstreamError} 22023 when it is no pool; 0A000 when its log is to be shared
   */
  constructor(source, options = {}) {
    const { pool, ...more } = typeof source?.getConnection === 'function' ? { pool: source } : source ?? {};
    if (typeof pool?.getConnection !== 'function') {
      throw new UpstreamError('22023', 'MySQLClient takes a pool of mysql2');
    }
    let origin = shared.get(pool);
    if (!origin) {
      origin = { ...openOrigin(pool, { ...more, ...options }), clients: new Set() };
      shared.set(pool, origin);
    }
    this.#pool = pool;
    this.#session = origin.session;
    this.#changefeed = origin.changefeed;
    origin.clients.add(this);
  }

  /**
   * Runs one statement.
   * @param {string} sql
   * @param {unknown[]} [params]
   * @param {{ signal?: AbortSignal }} [options] aborting it stops the statement at the server
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async query(sql, params = [], { signal } = {}) {
    this.#check();
    return plain(await this.#session.query(sql, params, signal));
  }

  /**
   * Runs `work` in one transaction, which commits when it resolves and is rolled back when it throws.
   * @template T
   * @param {(tx: { query: import('./types.js').UpstreamClient['query'] }) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(work) {
    this.#check();
    return this.#session.transaction((tx) => work({
      query: async (sql, params = [], { signal } = {}) => plain(await tx.query(sql, params, signal)),
    }));
  }

  /**
   * Applies one queued transaction, exactly once.
   * @param {import('./types.js').ApplyRequest} request
   * @returns {Promise<import('./types.js').ApplyResult>}
   */
  async apply(request) {
    this.#check();
    await this.#changefeed.prepare();
    try {
      return await this.#session.transaction((tx) => applyTransaction(tx, mysqlApply, request));
    } catch (error) {
      this.#changefeed.forgetPreparation();
      throw error;
    }
  }

  /**
   * Subscribes to a shape.
   * @param {import('./types.js').ShapeRequest} request
   * @param {import('./types.js').ChangeSink} sink
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('./types.js').SubscriptionHandle>}
   */
  async subscribe(request, sink, options) {
    this.#check();
    const subscription = await this.#changefeed.subscribe(request, {
      snapshot: (part) => sink.snapshot(part),
      changes: (batch) => sink.changes(batch),
      lost: (error) => {
        this.#subscriptions.delete(handle);
        sink.lost(error);
      },
    }, options);
    const handle = {
      partition: subscription.partition,
      close: () => {
        this.#subscriptions.delete(handle);
        subscription.close();
      },
    };
    this.#subscriptions.add(handle);
    if (this.#closed) handle.close();
    return handle;
  }

  /** Ends the subscriptions of this client. The pool stays open: it is the caller's. */
  async close() {
    this.#closed = true;
    for (const handle of this.#subscriptions) handle.close();
    const origin = shared.get(this.#pool);
    if (!origin?.clients.delete(this) || origin.clients.size > 0) return;
    shared.delete(this.#pool);
    await origin.changefeed.end();
  }

  #check() {
    if (this.#closed) throw new UpstreamError(UNREACHABLE, 'the client is closed');
  }
}

/**
 * @param {any} pool
 * @param {import('./types.js').ChangefeedOptions} options
 */
function openOrigin(pool, options) {
  if (typeof options.replication === 'object' && options.replication.nats !== undefined) {
    throw new UpstreamError('0A000', 'gateways cannot share the binary log of a MariaDB or MySQL through NATS', {
      hint: 'Leave the option replication.nats out: each gateway reads the log.',
    });
  }
  const session = new MySQLSession(pool);
  const { connectionConfig } = (pool.pool ?? pool).config;
  const source = new BinlogSource(session, connectionConfig, options.maximumKeys ?? DEFAULTS.maximumKeys);
  return { session, changefeed: new Changefeed(session, options, source, mysqlDialect(source)) };
}

/**
 * @param {import('./types.js').OriginResult} result
 * @returns {import('./types.js').QueryResult}
 */
function plain({ rows, fields, rowCount }) {
  return { rows, fields, rowCount };
}
