/**
 * The changefeed of one origin: all subscriptions to it, one listener, one reader.
 *
 * A round is one REPEATABLE READ transaction: its snapshot S, what has changed since the cursors of the
 * subscriptions, the rows concerned as S sees them. Every subscription then stands at S. Nothing is handed
 * out before the transaction has ended, and a subscription whose sink is still busy sits the round out.
 *
 * What goes wrong in a round is tried again, later each time. A subscription ends when the error is its own, or has not
 * passed for long.
 */
import { UNREACHABLE, UpstreamError, aborted, isTransient, throwIfAborted } from './errors.js';
import { FirstReads } from './first-reads.js';
import { isLineage } from './lineage.js';
import { planPartition } from './partition.js';
import { HeldRows } from './held-rows.js';
import { CHANNEL } from './origin-schema.js';
import { postgresDialect } from './postgres-dialect.js';
import { Retry } from './retry.js';
import { readShapes } from './shape-reader.js';
import { firstWord } from './sql-text.js';
import { Subscription } from './subscription.js';
import { TriggerSource } from './trigger-source.js';

const HOUR = 3_600_000;
const QUERIES = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE']);

/** Columns that one shape may require to equal constants. */
const MAXIMUM_EQUALITIES = 4;

/** Of a round as a whole: the server has ended a statement, or a transaction that did nothing. Another may go well. */
const ENDED_BY_SERVER = new Set(['57014', '25P03', '25P04']);

/** A snapshot that its server wants to be taken again, as MariaDB does where a table's definition is newer than it. */
const TRY_AGAIN = '40001';
/** How often a first read is tried, and the milliseconds between, times the attempts there have been. */
const ATTEMPTS = 10;
const PAUSE = 5;

/** Shapes of which it is remembered how they are partitioned. */
const PLANS_KEPT = 1_000;

/**
 * @typedef {import('./types.js').ShapeRequest & { partition?: import('./partition.js').Partition }} PlannedRequest `partition`: as
 *   partition.js says
 */

/** @type {Required<Omit<import('./types.js').ChangefeedOptions, 'replication'>>} */
export const DEFAULTS = {
  pollInterval: 5_000, retentionDays: 7, cursorInterval: 600_000, maximumKeys: 50_000, heldBytes: 512 << 20,
  failureTimeout: 10_000,
};

/** The changefeed of one origin. Share one instance among all who subscribe to that origin. */
export class Changefeed {
  #session;
  #source;
  #dialect;
  #options;
  #firstReads = new FirstReads((subscriptions) => this.#readFirst(subscriptions));
  /** @type {Set<Subscription>} */
  #subscriptions = new Set();
  #held = new HeldRows();
  /** @type {Promise<void> | null} */
  #prepared = null;
  /** @type {Promise<() => Promise<void>> | null} */
  #listening = null;
  /** @type {Promise<void> | null} */
  #round = null;
  #again = false;
  /** @type {number | null} when something was first heard of that no round has read */
  #heardAt = null;
  /** @type {number | null} the same for the round under way */
  #readingSince = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pollTimer;
  #retry = new Retry(() => this.wake());
  #prunedAt = 0;
  /** @type {Map<string, Promise<import('./partition.js').Partition | undefined>>} by lineage, until the relations may be others */
  #plans = new Map();

  /**
   * @param {import('./types.js').OriginSession} session
   * @param {import('./types.js').ChangefeedOptions} [options]
   * @param {import('./change-source.js').ChangeSource} [source]
   * @param {import('./origin-dialect.js').OriginDialect} [dialect]
   */
  constructor(session, options = {}, source = new TriggerSource(session), dialect = postgresDialect) {
    this.#session = session;
    this.#source = source;
    this.#dialect = dialect;
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Creates the schema tidemark_origin where it is missing; once, unless it fails.
   * @returns {Promise<void>}
   */
  prepare() {
    this.#prepared ??= this.#dialect.createSchema(this.#session).catch((error) => {
      this.#prepared = null;
      throw error;
    });
    return this.#prepared;
  }

  /** Looks for the schema again at the next `prepare`: it may have been dropped. */
  forgetPreparation() {
    this.#prepared = null;
  }

  /**
   * Begins a subscription. Resolves when the shape has been read for the first time; parts and batches then
   * go to the sink, one at a time.
   * @param {import('./types.js').ShapeRequest} request
   * @param {import('./types.js').ChangeSink} sink
   * @param {{ signal?: AbortSignal, visitor?: import('./visitor.js').Visitor }} [options]
   *   `visitor`: whose statements the shape is made of
   * @returns {Promise<import('./types.js').SubscriptionHandle>}
   */
  async subscribe(request, sink, { signal, visitor } = {}) {
    throwIfAborted(signal);
    checkShape(request);
    const planned = await this.#planned(request);
    throwIfAborted(signal);
    const abort = () => subscription.close();
    const subscription = new Subscription(planned, visitor, sink, {
      ended: () => {
        signal?.removeEventListener('abort', abort);
        this.#remove(subscription);
      },
      taken: () => this.#held.remove(subscription),
      missed: () => this.wake(),
    });
    this.#subscriptions.add(subscription);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await this.prepare();
      await this.#source.start({ wake: () => this.wake() });
      await this.#listen();
      await this.#firstReads.add(subscription);
    } catch (error) {
      subscription.close();
      this.#plans.clear();
      throw UpstreamError.from(error);
    }
    if (signal?.aborted) throw aborted(signal);
    if (subscription.failure) throw subscription.failure;
    return { close: () => subscription.close(), partition: planned.partition?.positions };
  }

  /**
   * A request with the partition that keeps its shape up to date, if there is one.
   * @param {import('./types.js').ShapeRequest} request
   * @returns {Promise<PlannedRequest>}
   */
  async #planned(request) {
    const { lineage } = request;
    const { partitions } = this.#dialect;
    if (request.key || !lineage || !partitions) return request;
    const name = JSON.stringify(lineage);
    const plan = this.#plans.get(name) ?? this.#session.transaction(async (tx) =>
      planPartition(lineage, await partitions.describe(tx, lineage.relations)));
    if (this.#plans.size >= PLANS_KEPT) this.#plans.clear();
    this.#plans.set(name, plan);
    try {
      return { ...request, partition: await plan };
    } catch (error) {
      this.#plans.delete(name);
      throw UpstreamError.from(error);
    }
  }

  /** Reads what has changed, now or right after the round under way. */
  wake() {
    this.#again = true;
    this.#heardAt ??= Date.now();
    this.#round ??= this.#rounds();
  }

  /**
   * How it stands.
   * @returns {Promise<import('./types.js').UpstreamStatus>}
   */
  async status() {
    const since = this.#readingSince ?? this.#heardAt;
    return {
      subscriptions: this.#subscriptions.size,
      shapes: new Set([...this.#subscriptions].map((each) => each.shape)).size,
      heldBytes: this.#held.bytes,
      lagSeconds: since === null ? 0 : (Date.now() - since) / 1000,
      slotLagBytes: await this.#source.slotLag?.(),
    };
  }

  /**
   * Ends all subscriptions with `error` and stops listening.
   * @param {Error} [error]
   */
  async close(error = new UpstreamError(UNREACHABLE, 'the connection to the origin was closed')) {
    for (const subscription of this.#subscriptions) subscription.lose(error);
    this.#retry.reset();
    await this.#round;
    await this.#stopListening();
  }

  /** As `close`, and watches no more: for the last who uses it. What has been set up at the origin stays. */
  async end() {
    await this.close();
    await this.#source.close();
  }

  /** @param {Subscription} subscription */
  #remove(subscription) {
    this.#subscriptions.delete(subscription);
    this.#held.remove(subscription);
    if (this.#subscriptions.size === 0) this.#stopListening().catch(() => {});
  }

  /** Hears of changes from now on. A connection that is lost is made again by the next round. */
  async #listen() {
    if (this.#pollTimer === undefined && this.#options.pollInterval > 0) {
      this.#pollTimer = setInterval(() => this.wake(), this.#options.pollInterval);
      /** @type {any} */ (this.#pollTimer).unref?.();
    }
    if (this.#listening === null) {
      const listening = this.#session.listen(CHANNEL, () => this.wake(), () => {
        forget();
        this.wake();
      });
      const forget = () => { if (this.#listening === listening) this.#listening = null; };
      listening.catch(forget);
      this.#listening = listening;
    }
    await this.#listening;
  }

  async #stopListening() {
    clearInterval(this.#pollTimer);
    this.#pollTimer = undefined;
    const listening = this.#listening;
    this.#listening = null;
    const stop = await listening?.catch(() => null);
    await stop?.();
  }

  /** @param {Subscription[]} subscriptions */
  #read(subscriptions) {
    return readShapes({ session: this.#session, dialect: this.#dialect, source: this.#source }, subscriptions, this.#options);
  }

  /**
   * A reading of which nothing is to be tried again. Rounds are tried again by themselves; nobody but this would try a first one again.
   * @param {Subscription[]} subscriptions
   */
  async #readPatiently(subscriptions) {
    for (let attempt = 1; ; attempt++) {
      const again = (/** @type {unknown} */ error) => UpstreamError.from(error).code === TRY_AGAIN && attempt < ATTEMPTS;
      try {
        const reading = await this.#read(subscriptions);
        if (![...reading.failures.values()].some(again)) return reading;
      } catch (error) {
        if (!again(error)) throw error;
      }
      await new Promise((resolve) => { setTimeout(resolve, PAUSE * attempt); });
    }
  }

  /**
   * @param {Subscription[]} subscriptions
   * @returns {Promise<Map<Subscription, unknown>>} why some could not be read
   */
  async #readFirst(subscriptions) {
    /** @type {Map<Subscription, unknown>} */
    const failed = new Map();
    let unread = subscriptions;
    for (let attempt = 0; attempt < ATTEMPTS && unread.length > 0; attempt++) {
      const { deliveries, failures, missing, behind } = await this.#readPatiently(unread);
      this.#handOut(deliveries);
      if (behind) this.#retry.later();
      for (const [subscription, error] of failures) failed.set(subscription, error);
      const waiting = [...missing.values()];
      for (const { capture, subscriptions: those } of waiting) {
        await this.#source.install(capture).catch((error) => { for (const each of those) failed.set(each, error); });
      }
      unread = [...new Set(waiting.flatMap((each) => each.subscriptions))].filter((each) => !failed.has(each));
    }
    for (const each of unread) {
      failed.set(each, new UpstreamError('55000', 'what watches the relation at the origin keeps disappearing'));
    }
    return failed;
  }

  async #rounds() {
    while (this.#again) {
      this.#again = false;
      this.#readingSince = this.#heardAt;
      this.#heardAt = null;
      if (await this.#oneRound()) {
        this.#retry.reset();
      } else {
        this.#heardAt = this.#readingSince ?? this.#heardAt;
        if (this.#subscriptions.size > 0) this.#retry.later();
      }
      this.#readingSince = null;
      await this.#prune();
    }
    this.#round = null;
  }

  /** Returns whether everybody who was to be read has been, and has all that is known of. */
  async #oneRound() {
    const ready = this.#ready();
    if (ready.length === 0) return true;
    try {
      await this.#listen();
      const { deliveries, failures, missing, behind } = await this.#read(ready);
      for (const [subscription, error] of failures) this.#fail(subscription, error, isTransient(error.code));
      this.#handOut(deliveries);
      for (const { capture, subscriptions } of missing.values()) await this.#reinstall(capture, subscriptions);
      return failures.size === 0 && missing.size === 0 && !behind;
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      const passes = isTransient(error.code) || ENDED_BY_SERVER.has(error.code);
      this.#prepared = null; // the schema may be gone
      for (const subscription of ready) this.#fail(subscription, error, passes);
      return false;
    }
  }

  /** Those whose sinks wait for something. */
  #ready() {
    const ready = [];
    for (const subscription of this.#subscriptions) {
      if (subscription.busy) subscription.missed = true;
      else ready.push(subscription);
    }
    return ready;
  }

  /**
   * A subscription could not be read. It ends, unless that may pass and has not lasted for long.
   * @param {Subscription} subscription
   * @param {UpstreamError} error
   * @param {boolean} passes
   */
  #fail(subscription, error, passes) {
    this.#plans.clear();
    subscription.failingSince ??= Date.now();
    if (passes && Date.now() - subscription.failingSince < this.#options.failureTimeout) return;
    subscription.lose(error);
  }

  /**
   * Gives to the sinks what was read for them, and ends those that keep too much of it waiting.
   * @param {Map<Subscription, import('./subscription.js').Delivery>} deliveries
   */
  #handOut(deliveries) {
    for (const [subscription, delivery] of deliveries) {
      if (!this.#subscriptions.has(subscription)) continue;
      if (delivery.kind !== 'nothing') {
        this.#held.add(subscription, delivery.kind === 'changes' ? delivery.upserts : delivery.rows);
      }
      subscription.take(delivery);
    }
    for (;;) {
      const slowest = this.#held.slowest(this.#options.heldBytes);
      if (!slowest) return;
      slowest.lose(new UpstreamError('53200', 'too many rows wait for subscribers who are slow to take them'));
    }
  }

  /**
   * What watches a relation has gone, perhaps with the relation: those who wait for it lose their subscription if it has.
   * @param {import('./capture.js').CaptureRequest} capture
   * @param {Subscription[]} waiting
   */
  async #reinstall(capture, waiting) {
    try {
      await this.#source.install(capture);
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      for (const subscription of waiting) this.#fail(subscription, error, isTransient(error.code));
    }
  }

  async #prune() {
    const now = Date.now();
    if (now - this.#prunedAt < HOUR) return;
    this.#prunedAt = now;
    await this.#dialect.prune(this.#session, this.#options.retentionDays).catch(() => {}); // then in an hour
  }
}

/**
 * Refuses a request that cannot be a shape.
 * @param {import('./types.js').ShapeRequest} request
 */
function checkShape(request) {
  const { sql, params, client, relation, relations, key, originKey, keyQuery, equality, lineage } = request ?? {};
  if (typeof sql !== 'string' || !Array.isArray(params) || typeof client !== 'string') {
    throw new UpstreamError('22023', 'a shape takes { sql, params, client }');
  }
  if (!relation && !relations?.length) {
    throw new UpstreamError('22023', 'a shape names the relation or relations it reads');
  }
  if (key && !(relation && originKey?.length === key.length && key.length > 0 && typeof keyQuery === 'string')) {
    throw new UpstreamError('22023', 'a shape with a key also takes relation, originKey and keyQuery');
  }
  if (equality && !(key && isEquality(equality))) {
    throw new UpstreamError('22023', 'the equality of a shape with a key takes { columns, values, keyQuery }, of one to four columns');
  }
  if (lineage && !(relations && isLineage(lineage, relations))) {
    throw new UpstreamError('22023', 'the lineage of a shape takes { relations, columns, groups, distinct, equalities }, of relations that it lists');
  }
  // Others read in the same transaction: nothing may end it.
  for (const statement of [sql, ...key ? [keyQuery] : [], ...equality ? [equality.keyQuery] : []]) {
    if (!QUERIES.has(firstWord(/** @type {string} */ (statement)))) {
      throw new UpstreamError('22023', 'a shape is a query: SELECT, WITH, VALUES or TABLE');
    }
  }
}

/** @param {import('./types.js').Equality} equality */
function isEquality({ columns, values, keyQuery }) {
  const texts = (/** @type {unknown} */ list) => Array.isArray(list) && list.length > 0 && list.length <= MAXIMUM_EQUALITIES
    && list.every((each) => typeof each === 'string');
  return texts(columns) && texts(values) && columns.length === values.length && typeof keyQuery === 'string';
}
