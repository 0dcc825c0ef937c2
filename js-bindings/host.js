/**
 * The host loop: takes the engine's effects, performs them, and feeds it the answers. All that waits, waits here.
 *
 * The engine is never called while it runs: its calls are synchronous, performing an effect always goes on
 * in a later turn of the event loop, and what subscribers are told is told from a queue of its own.
 */
import { Views, BlockEncoder, blockEnd, decodePlain } from './block.js';
import { EFFECT, EVENT } from './constants.js';
import { TidemarkError, abortedError, reportUncaught } from './errors.js';
import { afterMicrotasks } from './macrotask.js';
import { Origins, failureOf } from './origins.js';
import { Persistence } from './persistence.js';

/** A database that is larger is opened before all of its pages are there, which come in pieces of a mebibyte. */
const PIECE = 1 << 20;
const FIRST_PIECE = 1 << 18;

/** The longest delay that setTimeout takes. */
const TIMEOUT_MAX = 2 ** 31 - 1;

/**
 * What the engine says without being asked. None of these is called while the engine or pump runs.
 * @typedef {object} Listeners
 * @property {(commit: any, blocks: Uint8Array | null) => void} commit only from announceCommits on
 * @property {(event: any) => void} sync
 * @property {(notice: any) => void} notice
 * @property {(commit: any) => void} committing the same at once: it may only take note
 * @property {(about: any, data: Uint8Array | null) => void} slot what readSlot gives, told at once
 * @property {(about: any, data: Uint8Array | null) => void} exported pages, told at once
 * @property {(error: TidemarkError) => void} broken what was committed could not be kept
 */

export class Host {
  #engine;
  #origins;
  #listeners;
  /** @type {Persistence | null} */
  #persistence = null;
  #storage;
  #encoder = new BlockEncoder();
  /** @type {Map<number, AbortController>} effects under way, by id */
  #underWay = new Map();
  /** @type {Map<number, { resolve: () => void, reject: (error: Error) => void }>} CONTROL sync calls, by id */
  #settling = new Map();
  #lastControl = 0;
  /** @type {{ id: number, notice: () => void }[]} id: of the PERSIST that keeps what it tells of */
  #notices = [];
  /** @type {Set<() => void>} told of the next event */
  #awaiting = new Set();
  /** @type {any} */
  #timer = null;
  #wake = -1;
  #closed = false;
  #announced = false;
  #onNetwork = () => this.#networkChanged();
  /** @type {{ resolve: () => void, reject: (error: Error) => void } | null} */
  #opening = null;
  /** @type {Promise<void> | null} until all pages are in memory; resolves in any case */
  #loading = null;
  /** @type {{ offset: number, size: number }[]} pages that statements wait for */
  #wanted = [];

  /**
   * @param {import('./engine.js').Engine} engine
   * @param {import('./storage/storage.js').Storage} storage
   * @param {import('./origins.js').GetUpstreamClient | undefined} getUpstreamClient
   * @param {Listeners} listeners
   */
  constructor(engine, storage, getUpstreamClient, listeners) {
    this.#engine = engine;
    this.#storage = storage;
    this.#origins = new Origins(getUpstreamClient);
    this.#listeners = listeners;
    if (storage.kind === 'pages') {
      this.#persistence = new Persistence(storage,
        (id) => this.#feedQuietly(EVENT.persisted, { id }),
        (id, error) => this.#break(id, error));
    }
  }

  /** Starts the loop; resolves when the engine takes statements. */
  async open() {
    const loaded = this.#storage.kind === 'pages'
      ? new Promise((resolve, reject) => {
        this.#opening = { resolve: () => resolve(undefined), reject };
      })
      : null;
    this.pump();
    await loaded;
    this.#engine.feed(EVENT.control, { call: 'announce', commits: false });
    globalThis.addEventListener?.('online', this.#onNetwork);
    globalThis.addEventListener?.('offline', this.#onNetwork);
    if (globalThis.navigator?.onLine === false) this.#networkChanged();
  }

  /** Ends the loop: nothing is performed or fed any more. Resolves when everything committed is kept. */
  async close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.('online', this.#onNetwork);
    globalThis.removeEventListener?.('offline', this.#onNetwork);
    for (const controller of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
    const error = new TidemarkError('57P01', 'the database was closed');
    for (const { reject } of this.#settling.values()) reject(error);
    this.#settling.clear();
    this.#wakeAll();
    await this.#persistence?.idle();
    await this.#origins.close();
  }

  /** Until the whole database is in memory; null: it is. A SELECT need not wait for it. */
  get loading() {
    return this.#loading;
  }

  /** Performs what the engine asks for; to be called after every call that lets it do something. */
  pump() {
    const engine = this.#engine;
    for (let effect = engine.nextEffect(); effect !== null; effect = engine.nextEffect()) {
      this.#perform(effect);
    }
    this.#schedule(engine.nextWake);
  }

  /** As pump, after a statement was fetched and nothing else was done. */
  pumpFetched() {
    const engine = this.#engine;
    if (engine.hasEffects) this.pump();
    else if (engine.wake !== this.#wake) this.#schedule(engine.wake);
  }

  /** From now on the commit listener is called. */
  announceCommits() {
    if (this.#announced) return;
    this.#announced = true;
    this.control({ call: 'announce', commits: true });
  }

  /**
   * Waits until an event has been fed, so that a statement that had to wait may go on.
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<void>}
   */
  answered(signal) {
    return new Promise((resolve, reject) => {
      const told = () => {
        this.#awaiting.delete(told);
        signal?.removeEventListener('abort', onAbort);
        if (this.#closed) reject(new TidemarkError('57P01', 'the database was closed'));
        else resolve();
      };
      const onAbort = () => {
        this.#awaiting.delete(told);
        reject(abortedError(/** @type {AbortSignal} */ (signal)));
      };
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#awaiting.add(told);
      this.#holdProcess();
    });
  }

  /**
   * Waits until all that has been committed is durable. Every answer does, also one to a question: what it tells of could still be
   * lost otherwise, as with a page that dies or is replaced by another.
   * @returns {Promise<void> | null} null: nothing to wait for
   */
  durable() {
    if (this.#persistence === null) return null;
    const id = this.#engine.persistId;
    return this.#persistence.isDurable(id) ? null : this.#persistence.durable(id);
  }

  /**
   * Tells subscribers something: in order, never from within the engine or another notice, and not before all that has been committed is
   * durable. What cannot be kept is never told.
   * @param {() => void} notice
   */
  tell(notice) {
    const id = this.#persistence === null ? 0 : this.#engine.persistId;
    if (this.#notices.push({ id, notice }) === 1) queueMicrotask(() => this.#tellNotices());
  }

  /**
   * A call of the engine's control interface.
   * @param {object} call
   * @param {Uint8Array[]} [data]
   */
  control(call, data) {
    this.#engine.feed(EVENT.control, call, data);
    this.pump();
    this.#wakeAll();
  }

  /**
   * Starts what should run, and resolves when it has come to rest.
   * @param {{ selector: [string, string][] | null, force: boolean }} what
   * @returns {Promise<void>}
   */
  sync({ selector, force }) {
    const id = ++this.#lastControl;
    return new Promise((resolve, reject) => {
      this.#settling.set(id, { resolve, reject });
      try {
        this.control({ call: 'sync', id, selector, force });
        this.#holdProcess();
      } catch (error) {
        this.#settling.delete(id);
        reject(error);
      }
    });
  }

  /** @param {import('./engine.js').Effect} effect */
  #perform({ type, about, data }) {
    switch (type) {
      case EFFECT.persist:
        this.#persistence?.add(about, /** @type {Uint8Array} */ (data));
        return;
      case EFFECT.commit:
        this.#listeners.committing(about);
        this.tell(() => this.#listeners.commit(about, data));
        return;
      case EFFECT.sync:
        this.tell(() => this.#listeners.sync(about));
        return;
      case EFFECT.notice:
        this.tell(() => this.#listeners.notice(about));
        return;
      case EFFECT.slot:
        this.#listeners.slot(about, data);
        return;
      case EFFECT.export:
        this.#listeners.exported(about, data);
        return;
      case EFFECT.settled:
        this.#settling.get(about.id)?.resolve();
        this.#settling.delete(about.id);
        return;
      case EFFECT.cancel:
        this.#underWay.get(about.id)?.abort();
        this.#underWay.delete(about.id);
        return;
      case EFFECT.load:
        this.#begin(about.id, () => (this.#loading = this.#load(about)));
        return;
      case EFFECT.fetch:
        this.#wanted.push(about);
        return;
      case EFFECT.ready:
        this.#opening?.resolve();
        return;
      case EFFECT.request:
        this.#begin(about.id, (signal) => this.#request(about, data, signal));
        return;
      case EFFECT.apply:
        this.#begin(about.id, () => this.#apply(about, data));
        return;
      case EFFECT.subscribe:
        this.#begin(about.id, (signal) => this.#subscribe(about, data, signal));
        return;
      default:
        throw new TidemarkError('XX000', `the engine asked for an unknown effect ${type}`);
    }
  }

  /**
   * Performs an effect in the background; whatever it throws becomes its answer.
   * @param {number} id
   * @param {(signal: AbortSignal) => Promise<void>} work
   */
  #begin(id, work) {
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    Promise.resolve(controller.signal).then(work).catch((error) => this.#failed(id, error));
  }

  /**
   * Answers an effect, unless nobody wants the answer any more.
   * @param {number} id
   * @param {number} type
   * @param {object} about
   * @param {Uint8Array[]} [data]
   */
  #answer(id, type, about, data) {
    if (!this.#underWay.delete(id) || this.#closed) return;
    this.#feed(type, { id, ...about }, data);
  }

  /**
   * @param {number} id
   * @param {unknown} error
   */
  #failed(id, error) {
    if (!this.#underWay.delete(id) || this.#closed) return;
    this.#feedQuietly(EVENT.failed, { id, ...failureOf(error) });
  }

  /**
   * @param {number} type
   * @param {object | null} about
   * @param {Uint8Array[]} [data]
   */
  #feed(type, about, data) {
    try {
      this.#engine.feed(type, about, data);
    } finally {
      this.pump();
      this.#wakeAll();
    }
  }

  /**
   * Feeds an event that the engine can only refuse through a fault of its own.
   * @param {number} type
   * @param {object | null} about
   */
  #feedQuietly(type, about) {
    if (this.#closed) return;
    try {
      this.#feed(type, about);
    } catch (error) {
      reportUncaught(error);
    }
  }

  #wakeAll() {
    for (const told of [...this.#awaiting]) told();
  }

  /** @param {{ id: number }} about */
  async #load({ id }) {
    const opening = /** @type {{ resolve: () => void, reject: (error: Error) => void }} */ (this.#opening);
    try {
      const storage = /** @type {import('./storage/storage.js').PageStorageInterface} */ (this.#storage);
      if (storage.read !== undefined && (storage.size ?? 0) > PIECE) await this.#loadInPieces(id, storage);
      else await storage.load((offset, bytes) => this.#engine.feed(EVENT.pages, { id, offset }, [bytes]));
      this.#loading = null;
      this.#answer(id, EVENT.loaded, {});
      opening.resolve();
    } catch (error) {
      this.#loading = null;
      this.#underWay.delete(id);
      if (this.#closed) return;
      const failure = TidemarkError.from(error, '58030');
      opening.reject(failure);
      this.#listeners.broken(failure);
      this.#wakeAll();
    }
  }

  /**
   * Gives the pages of a large database one piece after the other, and before the next those that a statement waits for.
   * @param {number} id
   * @param {import('./storage/storage.js').PageStorageInterface} storage
   */
  async #loadInPieces(id, storage) {
    const size = /** @type {number} */ (storage.size);
    const give = async (/** @type {number} */ offset, /** @type {number} */ length, about = {}) => {
      const bytes = await /** @type {NonNullable<typeof storage.read>} */ (storage.read).call(storage, offset, length);
      if (this.#closed) return;
      try {
        this.#engine.feed(EVENT.pages, { id, offset, ...about }, [bytes]);
      } catch (error) {
        this.#listeners.broken(TidemarkError.from(error)); // before those who wait go on
        throw error;
      } finally {
        this.pump();
        this.#wakeAll();
      }
    };
    await give(0, FIRST_PIECE, { size });
    for (let offset = FIRST_PIECE; offset < size && !this.#closed; offset += PIECE) {
      // What waits goes on first, and may want more.
      if (this.#awaiting.size > 0) await new Promise((resolve) => { afterMicrotasks(() => resolve(undefined)); });
      for (let wanted = this.#wanted.shift(); wanted !== undefined && !this.#closed; wanted = this.#wanted.shift()) {
        await give(wanted.offset, wanted.size);
      }
      await give(offset, PIECE);
    }
  }

  /**
   * @param {{ id: number, origin: string, sql: string }} about
   * @param {Uint8Array | null} data
   * @param {AbortSignal} signal
   */
  async #request({ id, origin, sql }, data, signal) {
    const client = await this.#origins.client(origin);
    const { rows, fields, rowCount } = await client.query(sql, rowOf(data), { signal });
    const count = rowCount ?? rows.length;
    this.#answer(id, EVENT.response, { fields: namesAndTypes(fields), rowCount: count },
      [this.#encode(rows, fields.length)]);
  }

  /**
   * @param {any} about
   * @param {Uint8Array | null} data
   */
  async #apply({ id, origin, client, transactions }, data) {
    const values = rowOf(data);
    let at = 0;
    const statement = (/** @type {any} */ { sql, parameters, references }) =>
      ({ sql, params: values.slice(at, at += parameters), ...(references && { references }) });
    const request = {
      client,
      transactions: transactions.map((/** @type {any} */ { transaction, writes }) => ({
        transaction,
        writes: writes.map((/** @type {any} */ write) =>
          ({ ...statement(write), conflict: write.conflict && statement(write.conflict), row: write.row && statement(write.row) })),
      })),
    };
    // One that was lost after it went out would leave its number to the next, which the origin would take for a repetition.
    await this.durable();
    const results = await this.#origins.applyAll(origin, request);
    const answers = results.map(appliedAnswer);
    const row = answers.flatMap((answer) => answer.row);
    this.#answer(id, EVENT.applied, { results: answers.map(({ about }) => about) }, [this.#encode([row], row.length)]);
  }

  /**
   * @param {any} about
   * @param {Uint8Array | null} data
   * @param {AbortSignal} signal
   */
  async #subscribe(about, data, signal) {
    const { id, origin, client: device, sql, relation, key, originKey, keyQuery, equality, relations, lineage, cursor } = about;
    const shape = { client: device, sql, relation, key, originKey, keyQuery, equality, relations, lineage, cursor };
    const client = await this.#origins.client(origin);
    if (typeof client.subscribe !== 'function') {
      throw new TidemarkError('0A000', `the client of the origin ${origin} cannot subscribe`, {
        origin, hint: 'Make the view MATERIALIZED and refresh it, or use a client with the function subscribe.',
      });
    }
    const sink = this.#sink(id);
    const subscription = await client.subscribe({ ...shape, params: rowOf(data) }, sink, { signal });
    sink.accept(subscription.partition);
    if (signal.aborted) subscription.close();
    else signal.addEventListener('abort', () => subscription.close(), { once: true });
  }

  /**
   * What a subscription's news come to. Each is answered when it is kept, which holds back what follows.
   * @param {number} id
   */
  #sink(id) {
    let accepted = false;
    const wanted = () => this.#underWay.has(id) && !this.#closed;
    const accept = (/** @type {number[] | undefined} */ partition) => {
      if (accepted || !wanted()) return;
      accepted = true;
      this.#feed(EVENT.subscribed, { id, ...(partition && { partition }) });
    };
    const tell = (/** @type {number} */ type, /** @type {object} */ about, /** @type {Uint8Array[]} */ data) => {
      accept(undefined);
      if (!wanted()) return undefined;
      this.#feed(type, { id, ...about }, data);
      return this.durable() ?? undefined;
    };
    return {
      accept,
      snapshot: (/** @type {import('./upstream/types.js').SnapshotPart} */ part) => {
        const { fields, rows, ...about } = part;
        return tell(EVENT.snapshot, { ...about, fields: namesAndTypes(fields) },
          [this.#encode(rows, fields.length)]);
      },
      changes: (/** @type {import('./upstream/types.js').ChangeBatch} */ batch) => {
        const { fields, upserts, deletes, ...about } = batch;
        return tell(EVENT.changes, { ...about, fields: namesAndTypes(fields), upserts: upserts.length },
          [this.#encode(upserts, fields.length), this.#encode(deletes, deletes[0]?.length ?? 0)]);
      },
      lost: (/** @type {Error} */ error) => this.#failed(id, error),
    };
  }

  /**
   * @param {readonly (readonly unknown[])[]} rows
   * @param {number} columns
   */
  #encode(rows, columns) {
    this.#encoder.encode(rows, columns);
    return this.#encoder.toBytes();
  }

  /**
   * What was committed could not be kept: from now on this engine would only pretend.
   * @param {number} id
   * @param {TidemarkError} error
   */
  #break(id, error) {
    this.#feedQuietly(EVENT.failed, { id, code: error.code, message: error.message, transient: false });
    this.#listeners.broken(error);
  }

  async #tellNotices() {
    for (let at = 0; at < this.#notices.length; at++) {
      const { id, notice } = this.#notices[at];
      if (this.#persistence !== null && !this.#persistence.isDurable(id)) {
        const kept = await this.#persistence.durable(id).then(() => true, () => false); // `broken` tells why
        if (!kept) break;
      }
      try {
        if (!this.#closed) notice();
      } catch (error) {
        reportUncaught(error);
      }
    }
    this.#notices.length = 0;
  }

  /** @param {number} wake */
  #schedule(wake) {
    if (wake === this.#wake || this.#closed) return;
    this.#wake = wake;
    clearTimeout(this.#timer);
    this.#timer = null;
    if (wake < 0) return;
    const delay = Math.min(Math.max(wake - Date.now(), 0), TIMEOUT_MAX);
    this.#timer = setTimeout(() => {
      this.#wake = -1;
      this.#feedQuietly(EVENT.time, null);
    }, delay);
    // A retry that is due some day is no reason for a program of Node to stay.
    if (!this.#isAwaited()) this.#timer.unref?.();
  }

  #isAwaited() {
    return this.#awaiting.size > 0 || this.#settling.size > 0;
  }

  /** Somebody waits for the engine now: a pending timer has to be waited for, too. */
  #holdProcess() {
    this.#timer?.ref?.();
  }

  #networkChanged() {
    this.#feedQuietly(EVENT.network, { online: globalThis.navigator?.onLine !== false });
  }
}

/**
 * The values of an effect's data: one row.
 * @param {Uint8Array | null} data
 * @returns {unknown[]}
 */
function rowOf(data) {
  return data === null ? [] : decodePlain(new Views(data.buffer), 0)[0] ?? [];
}

/**
 * Row blocks one after the other.
 * @param {Uint8Array | null} data
 * @param {number} count
 * @returns {unknown[][][]}
 */
export function blocksOf(data, count) {
  if (data === null) return [];
  const views = new Views(data.buffer);
  const blocks = [];
  for (let at = 0; blocks.length < count; at = blockEnd(views, at)) blocks.push(decodePlain(views, at));
  return blocks;
}

/** @param {readonly { name: string, type?: string }[]} fields */
function namesAndTypes(fields) {
  return fields.map(({ name, type }) => ({ name, type }));
}

/**
 * An ApplyResult as the engine takes it: its control data and its values.
 * @param {import('./upstream/types.js').ApplyResult} result
 */
function appliedAnswer(result) {
  const { state } = result;
  if (state === 'applied') {
    const rows = result.rows.map((row) => row ?? []);
    return { about: { state, repeated: result.repeated, writes: rows.map((row) => row.length) }, row: rows.flat() };
  }
  const { index } = result;
  if (state === 'refused') return { about: { state, index, error: result.error }, row: [] };
  const row = result.theirs.row ?? [];
  return { about: { state, index, fields: namesAndTypes(result.theirs.fields), theirs: row.length }, row };
}
