/**
 * What PGliteClient and PGClient have in common: an upstream client over a session and a changefeed.
 */
import { applyTogether, checkApplyAll } from './apply-all.js';
import { applyTransaction } from './apply.js';
import { UNREACHABLE, UpstreamError, aborted, throwIfAborted } from './errors.js';
import { postgresDialect } from './postgres-dialect.js';
import { Visitor } from './visitor.js';

/** An upstream client over a PostgreSQL. */
export class PostgresClient {
  dialect = /** @type {const} */ ('postgres');
  #session;
  #changefeed;
  #visitor;
  #closed = false;
  /** @type {Set<{ close(): void }>} */
  #subscriptions = new Set();

  /**
   * @param {import('./types.js').OriginSession} session
   * @param {import('./changefeed.js').Changefeed} changefeed
   * @param {Visitor} [visitor] whose statements it is given
   */
  constructor(session, changefeed, visitor = new Visitor()) {
    this.#session = session;
    this.#changefeed = changefeed;
    this.#visitor = visitor;
  }

  /**
   * A client of the same origin for statements that come from elsewhere: whatever touches a relation that is not
   * listed, directly or through functions, triggers and foreign keys, is undone and refused with 42501. Listing
   * a view lists what it is made of.
   * @param {import('./types.js').Relation[]} relations
   */
  restrict(relations) {
    return new PostgresClient(this.#session, this.#changefeed, this.#visitor.restricted(relations));
  }

  /**
   * A client of the same origin whose statements run as a role, with claims in the setting request.jwt.claims: row-level
   * security decides. What could leave the role is refused with 42501.
   * @param {import('./types.js').DatabaseUser} user
   */
  as(user) {
    return new PostgresClient(this.#session, this.#changefeed, this.#visitor.as(user));
  }

  /**
   * A client of the same origin whose statements, those that read for subscriptions too, are ended by the database after
   * some time (57014).
   * @param {number} statementTimeout milliseconds
   */
  within(statementTimeout) {
    return new PostgresClient(this.#session, this.#changefeed, this.#visitor.within(statementTimeout));
  }

  /**
   * Runs one statement, in a transaction of its own.
   * @param {string} sql
   * @param {unknown[]} [params]
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async query(sql, params = [], { signal } = {}) {
    this.#check(signal);
    return untilAborted(signal, this.#session.transaction((tx) => {
      throwIfAborted(signal);
      return this.#run(tx, sql, params);
    }, { signal }));
  }

  /**
   * Runs `work` in one transaction, which commits when it resolves and is rolled back when it throws. It
   * should wait for nothing but its queries.
   * @template T
   * @param {(tx: { query: import('./types.js').UpstreamClient['query'] }) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(work) {
    this.#check();
    return this.#session.transaction(async (tx) => {
      /** @type {unknown} what a visitor's statement failed with, if need be after it had run */
      let failure;
      const result = await work({
        query: async (sql, params = [], { signal } = {}) => {
          throwIfAborted(signal);
          if (failure) throw new UpstreamError('25P02', 'a statement has failed: the transaction does nothing more');
          try {
            return await this.#run(tx, sql, params);
          } catch (error) {
            if (this.#visitor.name !== '') failure = error;
            throw error;
          }
        },
      });
      if (failure) throw failure;
      return result;
    });
  }

  /**
   * Applies one queued transaction, exactly once.
   * @param {import('./types.js').ApplyRequest} request
   * @returns {Promise<import('./types.js').ApplyResult>}
   */
  apply(request) {
    return this.#applying((tx) => applyTransaction(tx, postgresDialect, request, (own) => this.#visitor.guard(own)));
  }

  /**
   * Applies several, in their order, up to the first that is not applied: in one transaction, as long as nothing is in the way.
   * @param {import('./types.js').ApplyAllRequest} request
   * @returns {Promise<import('./types.js').ApplyResult[]>}
   */
  async applyAll(request) {
    checkApplyAll(request);
    return applyTogether(request, {
      transaction: (work) => this.#applying(work),
      apply: (one) => this.apply(one),
      guard: (tx) => this.#visitor.guard(tx),
    });
  }

  /**
   * @template T
   * @param {(tx: import('./types.js').OriginTransaction) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #applying(work) {
    this.#check();
    await this.#changefeed.prepare();
    try {
      return await this.#session.transaction(work);
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
    this.#check(options?.signal);
    this.#visitor.checkShape(request);
    const visitor = this.#visitor;
    const subscription = await this.#changefeed.subscribe({ ...request, cursor: visitor.cursorOf(request?.cursor) }, {
      snapshot: (part) => sink.snapshot(part.last ? { ...part, cursor: part.cursor + visitor.mark } : part),
      changes: (batch) => sink.changes({ ...batch, cursor: batch.cursor + visitor.mark }),
      lost: (error) => {
        this.#subscriptions.delete(handle);
        sink.lost(error);
      },
    }, { ...options, visitor });
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

  /** How the origin's changefeed stands, for all its clients. */
  status() {
    return this.#changefeed.status();
  }

  /** Ends the subscriptions of this client. What it was given stays open: it is the caller's. */
  async close() {
    this.#closed = true;
    for (const handle of this.#subscriptions) handle.close();
  }

  /**
   * @param {import('./types.js').OriginTransaction} tx
   * @param {string} sql
   * @param {unknown[]} params
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async #run(tx, sql, params) {
    const { rows, fields, rowCount } = await this.#visitor.guard(tx).query(sql, params);
    return { rows, fields, rowCount };
  }

  /** @param {AbortSignal} [signal] */
  #check(signal) {
    if (this.#closed) throw new UpstreamError(UNREACHABLE, 'the client is closed');
    throwIfAborted(signal);
  }
}

/**
 * `promise`, or 57014 as soon as `signal` is aborted; what has begun goes on by itself.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function untilAborted(signal, promise) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(signal));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
