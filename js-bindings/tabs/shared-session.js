/**
 * One database for all tabs and workers, with the interface of Session: whoever holds it, and whoever takes it over.
 *
 * A call that was under way when the holder went is made again with the next one.
 */
import { KeyProof, keyBytes } from '../encryption-key.js';
import { TidemarkError, abortedError, throwIfAborted } from '../errors.js';
import { decodeResult } from '../remote-session.js';
import { Session } from '../session.js';
import { inUse } from '../storage/web-lock.js';
import { Election } from './election.js';
import { watchLifecycle } from './lifecycle.js';
import { SharedLive } from './shared-live.js';

/**
 * @typedef {import('../session.js').RunOptions} RunOptions
 * @typedef {import('../engine-statement.js').Parameters} Parameters
 * @typedef {import('./election.js').Place} Place
 */

/**
 * The session, or a transaction or savepoint in it.
 * @typedef {object} SharedScope
 * @property {SharedScope | null} parent
 * @property {Place | null} place where it was begun; null: it is the session itself
 * @property {any} inner what it is there
 */

/** Milliseconds without an answer after which a holder is replaced: its worker and its page, or the one thread there is. */
const PATIENCE = { two: 750, one: 5_000 };

/** Less would take the database from tabs that are only busy. */
const TAKEOVER_MIN = 200;

/** @type {RunOptions} */
const NO_OPTIONS = Object.freeze({});

export class SharedSession {
  /** @type {Election} */
  #election;
  /** @type {SharedScope} */
  #root = { parent: null, place: null, inner: null };
  #endWatch = () => {};
  #holds = false;
  /** @type {Set<(holds: boolean) => void>} */
  #heldListeners = new Set();
  #lastRequest = 0;
  /** @type {Set<number>} requests that have not been answered, in order */
  #outstanding = new Set();
  /** @type {Set<SharedLive>} */
  #lives = new Set();
  /** @type {Set<{ open(place: Place): Promise<void> }>} subscriptions to committed changes */
  #subscriptions = new Set();
  /** @type {Set<(event: any) => void>} */
  #syncListeners = new Set();
  /** @type {Set<(notice: any) => void>} */
  #noticeListeners = new Set();

  /**
   * Opens a database, or finds who has it open.
   * @param {import('../tidemark.js').TidemarkOptions} options
   * @returns {Promise<SharedSession>}
   */
  static async open(options) {
    const session = new SharedSession(options);
    try {
      await session.#election.start();
      session.#endWatch = watchLifecycle((frozen) => session.frozen(frozen));
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** @param {import('../tidemark.js').TidemarkOptions & { spokesman?: boolean }} options */
  constructor(options) {
    const { path = '', storage = 'auto', dialect = 'postgres', durability = 'strict', spokesman = false } = options;
    const { takeoverAfter = spokesman ? PATIENCE.two : PATIENCE.one } = options;
    if (!(takeoverAfter >= TAKEOVER_MIN)) throw new TidemarkError('22023', `takeoverAfter is at least ${TAKEOVER_MIN} milliseconds`);
    const key = new KeyProof(keyBytes(options.encryptionKey));
    this.#election = new Election({
      path,
      patience: takeoverAfter,
      about: async (conversation) => ({ storage, dialect, durability, key: await key.prove(conversation) }),
      open: (lock) => Session.open(options, lock),
      admit: async (session, about, conversation) => {
        await key.verify(about.key, conversation);
        admit(session.storageName, { dialect, durability }, about);
      },
      placed: (place) => this.#placed(place),
      held: (holds) => {
        this.#holds = holds;
        for (const listener of this.#heldListeners) listener(holds);
      },
    });
  }

  /** The scope outside of all transactions. */
  get root() {
    return this.#root;
  }

  /** The name of the storage in use. */
  get storageName() {
    return this.#election.place?.connection.storageName ?? null;
  }

  /**
   * The page that uses it will not run for a while, or runs again.
   * @param {boolean} frozen
   */
  frozen(frozen) {
    if (frozen) this.#election.pause();
    else this.#election.resume();
  }

  /** Lets another tab have the database that wants it; what is under way here goes on there. */
  makeWay() {
    return this.#election.makeWay();
  }

  async close() {
    this.#endWatch();
    for (const live of this.#lives) live.close();
    await this.#election.close();
  }

  /**
   * @param {SharedScope} scope
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {RunOptions} [options]
   * @returns {Promise<import('../session.js').Result>}
   */
  async query(scope, sql, parameters, options = NO_OPTIONS) {
    const [result] = await this.#run(scope, sql, options, async (connection, inner, given) =>
      [await connection.query(inner, sql, parameters, given)]);
    return result;
  }

  /**
   * @param {SharedScope} scope
   * @param {string} sql
   * @param {RunOptions} [options]
   * @returns {Promise<import('../session.js').Result[]>}
   */
  exec(scope, sql, options = NO_OPTIONS) {
    return this.#run(scope, sql, options, (connection, inner, given) => connection.exec(inner, sql, given));
  }

  /**
   * @param {SharedScope} parent
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<SharedScope>}
   */
  begin(parent, signal = null) {
    return this.#in(parent, async (connection, inner, place) =>
      ({ parent, place, inner: await connection.begin(inner, signal) }), signal);
  }

  /** @param {SharedScope} scope */
  async commit(scope) {
    const place = /** @type {Place} */ (scope.place);
    if (place.requests !== null || scope.parent !== this.#root) {
      await orMoved(place, () => this.#at(place, () => place.connection.commit(scope.inner)));
      return;
    }
    const request = this.#newRequest();
    try {
      await this.#election.watched(() => place.connection.commit(scope.inner, request));
    } catch (error) {
      if (place.gone === null) throw error;
      request.again = true;
      if (!await this.#isDone(request).catch((cause) => { throw unknown(cause); })) throw moved();
    } finally {
      this.#outstanding.delete(request.number);
    }
  }

  /**
   * @param {SharedScope} scope
   * @param {{ call: 'export' | 'import', step?: string }} call
   * @param {Uint8Array} [data]
   */
  move(scope, call, data) {
    return this.#in(scope, (connection, inner) => connection.move(inner, call, data));
  }

  /** @param {SharedScope} scope */
  async rollback(scope) {
    // Who held it undid it in going.
    if (scope.place?.gone !== null) return;
    const { place } = scope;
    await this.#at(place, () => place.connection.rollback(scope.inner));
  }

  /**
   * @param {SharedScope} scope
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {RunOptions} [options]
   */
  openCursor(scope, sql, parameters, options = NO_OPTIONS) {
    return this.#in(scope, async (connection, inner, place) => {
      const cursor = await connection.openCursor(inner, sql, parameters, options);
      return {
        get fields() {
          return cursor.fields;
        },
        next: () => orMoved(place, () => this.#at(place, () => cursor.next())),
        close: () => cursor.close(),
      };
    }, options.signal);
  }

  /**
   * @param {string} sql
   * @param {Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal | null, key?: string[] }} options
   * @param {import('../live-source.js').LiveSink} sink
   */
  async live(sql, parameters, { signal = null, key }, sink) {
    const live = new SharedLive({ sql, parameters, key, sink, onEnd: () => this.#lives.delete(live) });
    await this.#in(this.#root, (_connection, _inner, place) => live.open(place), signal);
    this.#lives.add(live);
    live.endWith(signal);
    return { rows: live.rows, fields: live.fields, key: live.key, begin: () => live.begin(), close: () => live.close() };
  }

  /**
   * @param {import('../selector.js').Selector} selector
   * @param {(commit: import('../change-feed.js').Commit) => void} listener
   * @returns {Promise<() => void>} ends it
   */
  subscribeChanges(selector, listener) {
    let last = 0;
    let opened = false;
    return this.#subscribe((connection) => {
      // Nobody knows what was committed while it was not open anywhere.
      let lost = opened;
      opened = true;
      const tell = (/** @type {import('../change-feed.js').Commit | null} */ commit) => {
        if (lost) listener({ commit: last, changes: [], lost: true });
        lost = false;
        if (commit === null) return;
        last = commit.commit;
        listener(commit);
      };
      const opening = Promise.resolve(connection.subscribeChanges(selector, tell));
      return opening.then((end) => {
        tell(null);
        return end;
      });
    });
  }

  /**
   * @param {string} slot
   * @param {import('../selector.js').Selector} selector
   * @param {(commit: import('../slots.js').SlotCommit) => unknown} deliver
   * @returns {Promise<() => void>} ends it; the slot stays
   */
  openSlot(slot, selector, deliver) {
    let last = -1;
    // A commit that was done with, but not acknowledged any more, comes again from the next holder.
    const once = async (/** @type {import('../slots.js').SlotCommit} */ commit) => {
      if (commit.commit <= last && !commit.lost) return;
      await deliver(commit);
      last = commit.commit;
    };
    return this.#subscribe((connection) => connection.openSlot(slot, selector, once));
  }

  /** @param {string} slot */
  dropSlot(slot) {
    return this.#in(this.#root, (connection) => connection.dropSlot(slot));
  }

  /** @param {(event: any) => void} listener */
  onSync(listener) {
    this.#syncListeners.add(listener);
    return () => { this.#syncListeners.delete(listener); };
  }

  /** @param {(notice: any) => void} listener */
  onNotice(listener) {
    this.#noticeListeners.add(listener);
    return () => { this.#noticeListeners.delete(listener); };
  }

  /**
   * Tells whether we hold the database: now, and whenever that changes.
   * @param {(holds: boolean) => void} listener
   */
  onHeld(listener) {
    this.#heldListeners.add(listener);
    listener(this.#holds);
    return () => { this.#heldListeners.delete(listener); };
  }

  /** @param {{ selector: [string, string][] | null, force: boolean }} what */
  settle(what) {
    return this.#in(this.#root, (connection) => connection.settle(what));
  }

  /**
   * Sends what is queued and starts nothing else: if we hold it also what is not due, while another's attempts have times of their own.
   */
  flush() {
    return this.#in(this.#root, (connection, _inner, { requests }) => connection.settle({ selector: [], force: requests !== null }));
  }

  /** @param {object} call */
  control(call) {
    return this.#in(this.#root, (connection) => connection.control(call));
  }

  /**
   * Runs statements: once, however many holders it takes.
   * @template {import('../session.js').Result[]} T
   * @param {SharedScope} scope
   * @param {string} sql
   * @param {RunOptions} options
   * @param {(connection: any, inner: any, options: RunOptions) => Promise<T>} run
   * @returns {Promise<T>}
   */
  #run(scope, sql, options, run) {
    const { signal = null } = options;
    if (scope.place !== null) return this.#in(scope, (connection, inner) => run(connection, inner, options), signal);
    const { place } = this.#election;
    // Nobody but us can lose its answer.
    if (place?.requests) return this.#in(scope, (connection, inner) => run(connection, inner, options), signal);
    return this.#request(sql, options, run);
  }

  /**
   * @template {import('../session.js').Result[]} T
   * @param {string} sql
   * @param {RunOptions} options
   * @param {(connection: any, inner: any, options: any) => Promise<T>} run
   * @returns {Promise<T>}
   */
  async #request(sql, options, run) {
    const { signal = null } = options;
    const request = this.#newRequest();
    try {
      return await this.#anywhere(async (connection, inner, { requests }) => {
        const { again } = request;
        request.again = true;
        if (requests === null) return run(connection, inner, { ...options, request: { ...request, again } });
        const results = await requests.run({ ...request, again, client: this.#election.id }, sql,
          (scope) => run(connection, scope, { ...options, rowMode: 'block' }), () => {}, signal);
        return /** @type {T} */ (results.map((result) => decodeResult(result, options)));
      }, signal, request);
    } finally {
      this.#outstanding.delete(request.number);
    }
  }

  #newRequest() {
    const number = ++this.#lastRequest;
    this.#outstanding.add(number);
    const [keep] = this.#outstanding;
    return { number, keep, again: false };
  }

  /**
   * Whether the holder that is gone had carried a request out.
   * @param {{ number: number, keep: number, again: boolean }} request
   * @returns {Promise<boolean>}
   */
  #isDone(request) {
    const asked = { ...request, client: this.#election.id };
    return this.#anywhere((connection, _inner, { requests }) => (requests ?? connection).isDone(asked), null);
  }

  /**
   * Does something in a scope: again with the next holder, unless it belongs to a transaction of the one before.
   * @template T
   * @param {SharedScope} scope
   * @param {(connection: any, inner: any, place: Place) => Promise<T>} work
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<T>}
   */
  #in(scope, work, signal = null) {
    const { place } = scope;
    if (place !== null) return orMoved(place, () => this.#at(place, () => work(place.connection, scope.inner, place)));
    return this.#anywhere(work, signal);
  }

  /**
   * @template T
   * @param {(connection: any, inner: any, place: Place) => Promise<T>} work
   * @param {AbortSignal | null} signal
   * @param {{ number: number, again: boolean } | null} [request]
   * @returns {Promise<T>}
   */
  async #anywhere(work, signal, request = null) {
    for (;;) {
      const place = this.#election.place ?? await this.#nextPlace(signal, request);
      throwIfAborted(signal);
      try {
        if (place.requests !== null) {
          const sure = this.#election.confirm(place);
          if (sure !== null) await sure;
          if (place.gone !== null) continue;
        }
        return await this.#at(place, () => work(place.connection, place.connection.root, place));
      } catch (error) {
        if (place.gone === null || error === place.failure) throw error;
        if (place.connection.unnoted?.has(request?.number)) throw unknown(error);
      }
    }
  }

  /**
   * @param {AbortSignal | null} signal
   * @param {{ again: boolean } | null} request that is to be made there
   */
  async #nextPlace(signal, request) {
    try {
      return await this.#election.watched(() => untilAborted(this.#election.reach(), signal));
    } catch (error) {
      // Who had it may have carried it out, and nobody can be asked.
      throw request?.again ? unknown(error) : error;
    }
  }

  /**
   * Does something at a place; a holder in another tab is watched meanwhile.
   * @template T
   * @param {Place} place
   * @param {() => Promise<T>} work
   */
  #at(place, work) {
    return place.requests === null ? this.#election.watched(work) : work();
  }

  /**
   * @param {(connection: any) => Promise<() => void>} open
   * @returns {Promise<() => void>} ends it
   */
  async #subscribe(open) {
    let end = () => {};
    const subscription = {
      open: async (/** @type {Place} */ { connection }) => {
        const opened = await open(connection);
        if (this.#subscriptions.has(subscription)) end = opened;
        else opened();
      },
    };
    this.#subscriptions.add(subscription);
    try {
      await this.#in(this.#root, (_connection, _inner, place) => subscription.open(place));
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
    return () => {
      if (this.#subscriptions.delete(subscription)) end();
    };
  }

  /** @param {Place} place */
  #placed(place) {
    const { connection } = place;
    connection.onSync((/** @type {any} */ event) => {
      for (const listener of this.#syncListeners) listener(event);
    });
    connection.onNotice((/** @type {any} */ notice) => {
      for (const listener of this.#noticeListeners) listener(notice);
    });
    for (const live of this.#lives) void live.reopen(place);
    for (const subscription of this.#subscriptions) {
      subscription.open(place).catch(() => {}); // the place is gone, too: the next one is told
    }
  }
}

/**
 * Whether a client may use the database that we hold.
 * @param {string} storage
 * @param {{ dialect: string, durability: string }} held
 * @param {{ storage: string, dialect: string, durability: string }} wanted
 */
function admit(storage, { dialect, durability }, wanted) {
  if (wanted.storage !== 'auto' && wanted.storage !== storage) throw otherwise(`storage '${storage}'`);
  if (wanted.dialect !== dialect) throw otherwise(`dialect '${dialect}'`);
  if (wanted.durability === 'strict' && durability !== 'strict') throw otherwise(`durability '${durability}'`);
}

/** @param {string} how */
function otherwise(how) {
  return new TidemarkError('55P03', `the database is open in another tab or worker with ${how}`, {
    hint: 'All who share a database open it with the same options.', cause: inUse(),
  });
}

/**
 * Does something that cannot be done anywhere else.
 * @template T
 * @param {Place} place
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function orMoved(place, work) {
  if (place.gone !== null) throw moved();
  try {
    return await work();
  } catch (error) {
    throw place.gone === null || error === place.failure ? error : moved();
  }
}

/** @param {unknown} cause */
function unknown(cause) {
  return new TidemarkError('08007', 'the tab that ran the statement is gone: it is not known whether it was carried out', {
    hint: 'Look at its origin, or at what it should have done.', cause,
  });
}

function moved() {
  return new TidemarkError('40001', 'the tab that held the database is gone, and the transaction with it', {
    hint: 'Run the transaction again.',
  });
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | null} signal
 * @returns {Promise<T>}
 */
function untilAborted(promise, signal) {
  if (signal === null) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortedError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
