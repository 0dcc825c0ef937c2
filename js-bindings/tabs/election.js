/**
 * Who holds a database that tabs and workers share: this thread, or another that is reached over a link.
 *
 * Everybody waits for the lock `tidemark:<path>`. Who has it opens the database and serves the others: they say hello on
 * the BroadcastChannel of that name, and are answered on a link (link.js) that they have named. The lock of a holder that is
 * gone passes to the next, which says so on that channel. A holder knows that a client is gone by the lock
 * `tidemark-client:<id>:<path>`, which every client has.
 *
 * A holder that is stuck (watch.js) has the lock taken from it by who waits for an answer. It may go on at any moment and
 * not know. What it then writes is refused: files are opened by one alone, and IndexedDB has fencing tokens (fences.js). What it
 * then reads could be old: so it makes sure of the lock before it does anything after a time in which it could have lost it.
 *
 * MESSAGES on the channel, whose form every version keeps
 *   { hello: link, client, protocol }   wants to be served, again and again until it is
 *   { holder }                          has the database from now on
 *   { refused: link, code, message }    cannot be served
 *   { ask: number, by }                 wants to know whether who has it takes events
 *   { alive: number, to }               it does, or its page does
 *   { occupied: id }                    has the lock but not the files, which a holder that is stuck has open: nobody can have them
 */
import { TidemarkError, reportUncaught } from '../errors.js';
import { PROTOCOL, versionError } from '../protocol.js';
import { RemoteSession } from '../remote-session.js';
import { Server } from '../server.js';
import { LOCK_PATIENCE, WebLock, clientLock, heldLocks, inUse, isClientLock, lockName } from '../storage/web-lock.js';
import { Link } from './link.js';
import { Requests } from './requests.js';
import { Watch } from './watch.js';

/** With what a storage fails that somebody else has opened. */
const IN_USE = '55P03';

/** With what it fails that has no room left. */
const STORAGE_FULL = '53100';

/** Milliseconds between two hellos. */
const HELLO_DELAY = 100;

/** Milliseconds until a thread that could not open the database tries again. */
const RETRY_DELAY = 1_000;

/** Milliseconds between two looks for a holder that can be watched. */
const HOLDER_DELAY = 200;

/** Milliseconds after which a new holder looks who is gone: when those who waited for it have been served. */
const FORGET_DELAY = 1_000;

/** Milliseconds between two looks at a holder that nothing is wanted of, for the sake of live queries. */
const IDLE_DELAY = 5_000;

/**
 * Where the database is.
 * @typedef {object} Place
 * @property {any} connection a Session or a RemoteSession
 * @property {Requests | null} requests what it does for others; null: it is another tab's
 * @property {Error | null} gone why it is there no more
 * @property {Error | null} failure what its storage failed with: not to be tried again elsewhere
 */

/**
 * What an election needs to know.
 * @typedef {object} Candidate
 * @property {string} path
 * @property {(conversation: string) => Promise<object>} about what is told to the holder about us, in this conversation of ours
 * @property {number} patience milliseconds without an answer after which we are to be replaced, if we hold it
 * @property {(lock: WebLock) => Promise<import('../session.js').Session>} open the database
 * @property {(session: import('../session.js').Session, about: any, conversation: string) => Promise<void>} admit fails when
 *   a client cannot be served
 * @property {(place: Place) => void} placed called at once when there is a place
 * @property {(holds: boolean) => void} held called when we begin or cease to hold it
 */

export class Election {
  #candidate;
  /** Us, among all clients. */
  id;
  #lobby;
  #watch = new Watch((number) => this.#lobby.postMessage({ ask: number, by: this.id }));
  #watching = false;
  /** Answers that the holder owes us. */
  #expected = 0;
  #idleTimer;
  /** When we took events last, as far as we know. */
  #awake = performance.now();
  #ending = new AbortController();
  /** Ends when we are not to hold the database: for a while, or because it is closed. */
  #standing = new AbortController();
  #paused = false;
  /** @type {Place | null} */
  #place = null;
  #holds = false;
  /** Until then nobody can have the files. */
  #occupiedUntil = 0;
  /** @type {{ name: string, holder: string | null, link: Link, timer: any } | null} of becoming, or being, a client */
  #attempt = null;
  /** @type {Map<string, { link: Link, end(): void }>} clients by the names of their links */
  #clients = new Map();
  /** @type {Set<{ resolve: (place: Place) => void, reject: (error: Error) => void }>} */
  #waiting = new Set();
  /** @type {() => void} */
  #releaseClient = () => {};

  /** @param {Candidate} candidate */
  constructor(candidate) {
    this.#candidate = candidate;
    this.id = `${crypto.randomUUID()}~${candidate.patience}`;
    this.#idleTimer = setInterval(() => void this.#watchHolder(), IDLE_DELAY);
    this.#lobby = new BroadcastChannel(`tidemark:${candidate.path}`);
    this.#lobby.addEventListener('message', ({ data }) => this.#hear(data));
  }

  /**
   * Resolves when the database is open here or elsewhere.
   * @returns {Promise<void>}
   */
  async start() {
    await this.#takeClientLock();
    void this.#stand();
    this.#seek();
    void this.#watchHolder();
    const patience = setTimeout(() => this.#stopWaiting(), LOCK_PATIENCE);
    try {
      await this.reach();
    } finally {
      clearTimeout(patience);
    }
  }

  /** Where it is now; null: nobody knows, or nowhere. */
  get place() {
    return this.#place;
  }

  /**
   * Waits until it is somewhere.
   * @returns {Promise<Place>}
   */
  reach() {
    if (this.#ending.signal.aborted) return Promise.reject(closed());
    if (this.#place !== null) return Promise.resolve(this.#place);
    if (performance.now() < this.#occupiedUntil) return Promise.reject(inUse());
    this.#seek();
    return new Promise((resolve, reject) => { this.#waiting.add({ resolve, reject }); });
  }

  /** Leaves: the database is closed here, or the link to it. */
  async close() {
    if (this.#ending.signal.aborted) return;
    const place = this.#place;
    this.#ending.abort();
    this.#standing.abort();
    clearInterval(this.#idleTimer);
    this.#refuse(closed());
    this.#dismiss();
    this.#dropAttempt();
    this.#lobby.close();
    this.#place = null;
    if (place !== null) {
      place.gone = closed();
      // A holder that hangs must not keep a client from closing.
      if (place.requests !== null) await place.connection.close();
      else place.connection.abandon(place.gone);
    }
    this.#setHolds(false);
    this.#releaseClient();
  }

  /**
   * Does something that the holder has to answer; meanwhile it is watched.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async watched(work) {
    this.#expected++;
    void this.#watchHolder();
    try {
      return await work();
    } finally {
      this.#expected--;
    }
  }

  /**
   * Whether what we hold is ours for sure: after a time in which we may not have run it could have been taken from us.
   * @param {Place} place
   * @returns {Promise<void> | null} null: it is; otherwise to be waited for, and place.gone says whether it is
   */
  confirm(place) {
    if (place.connection.keepsOthersOut) return null;
    if (this.#isLongAgo(this.#awake)) return this.#confirmLater(place);
    this.#awake = performance.now();
    return null;
  }

  /**
   * What holds us will not run for a while: another tab is to have the database. All of it is done before this returns.
   */
  pause() {
    if (this.#paused || this.#ending.signal.aborted) return;
    this.#paused = true;
    this.#standing.abort();
    const place = this.#place;
    if (place?.requests) {
      this.#giveUp(place);
    } else {
      // A transaction of ours would hold up the others.
      this.#leave(gone());
      this.#seek();
    }
  }

  /** It runs again. */
  resume() {
    if (!this.#paused || this.#ending.signal.aborted) return;
    this.#paused = false;
    this.#standAgain();
  }

  /** Lets the next have the database, if it is ours and somebody waits for it; then we wait behind. */
  async makeWay() {
    if (!this.#holds) return;
    const { pending = [] } = await navigator.locks.query();
    if (!this.#holds || !pending.some(({ name }) => name === lockName(this.#candidate.path))) return;
    this.pause();
    this.resume();
  }

  /** @param {number} [delay] milliseconds before */
  #standAgain(delay = 0) {
    if (this.#paused || this.#ending.signal.aborted) return;
    this.#standing.abort();
    this.#standing = new AbortController();
    void this.#stand(delay);
  }

  /** Takes the lock by whose end a holder knows that we are gone. */
  #takeClientLock() {
    return new Promise((resolve, reject) => {
      navigator.locks.request(clientLock(this.id, this.#candidate.path), () => new Promise((release) => {
        this.#releaseClient = () => release(undefined);
        resolve(undefined);
      })).catch(reject);
    });
  }

  /** The ids of all who use the database. */
  async #livingClients() {
    const names = [...await heldLocks() ?? []].filter((name) => isClientLock(name, this.#candidate.path));
    return new Set(names.map((name) => name.split(':')[1]));
  }

  /**
   * Waits for the lock, again and again; having it, opens the database and serves it.
   * @param {number} [delay] milliseconds before
   */
  async #stand(delay = 0) {
    const { signal } = this.#standing;
    if (delay > 0) await sleep(delay);
    while (!signal.aborted) {
      const lock = await WebLock.wait(this.#candidate.path, signal).catch(() => null);
      if (lock === null || await this.#hold(lock, signal)) return;
      await sleep(RETRY_DELAY);
    }
  }

  /**
   * Opens the database and serves it.
   * @param {WebLock} lock which is released when that fails
   * @param {AbortSignal} signal when we are not to hold it after all
   * @returns {Promise<boolean>} whether there is nothing left to do
   */
  async #hold(lock, signal) {
    if (signal.aborted) {
      lock.release();
      return true;
    }
    this.#setHolds(true);
    this.#leave(gone());
    /** @type {import('../session.js').Session | null} */
    let session = null;
    try {
      session = await this.#candidate.open(lock);
      const requests = new Requests(session);
      /** @type {Place} */
      const place = { connection: session, requests, gone: null, failure: null };
      if (signal.aborted || lock.lost) {
        this.#giveUp(place);
        if (!signal.aborted) this.#standAgain();
        return true;
      }
      lock.onLost = () => this.#lose(place);
      session.whenBroken((error) => this.#stepDown(place, error));
      this.#awake = -Infinity; // what was read while we opened it may be old by now
      this.#settle(place);
      this.#lobby.postMessage({ holder: this.id });
      void this.#forgetTheGone(place, requests);
      return true;
    } catch (error) {
      // Somebody else has it: what it has done to our attempt is no failure of ours.
      if (!lock.lost) this.#failToOpen(TidemarkError.from(error));
      if (session === null) lock.release();
      else await session.leave().catch(reportUncaught);
      this.#setHolds(false);
      this.#seek();
      return false;
    }
  }

  /** @param {TidemarkError} error why the database could not be opened here */
  #failToOpen(error) {
    this.#refuse(error);
    // The others would find the same, one after the other.
    if (error.code === IN_USE && !this.#ending.signal.aborted) this.#lobby.postMessage({ occupied: this.id });
  }

  /**
   * Forgets what clients have left behind that are gone; nobody has to wait for that.
   * @param {Place} place
   * @param {Requests} requests
   */
  async #forgetTheGone(place, requests) {
    await sleep(FORGET_DELAY);
    if (place.gone !== null) return;
    await requests.forgetAllBut(() => this.#livingClients()).catch((error) => {
      if (place.gone === null) reportUncaught(error);
    });
  }

  /**
   * Gives the database up. All that can be done at once is done before this returns.
   * @param {Place} place
   */
  #giveUp(place) {
    this.#setHolds(false);
    if (this.#place === place) this.#place = null;
    place.gone ??= gone();
    this.#dismiss();
    place.connection.leave().catch(reportUncaught);
    this.#seek();
  }

  /**
   * Somebody took it from us.
   * @param {Place} place
   */
  #lose(place) {
    if (place.gone !== null || this.#ending.signal.aborted) return;
    this.#giveUp(place);
    this.#standAgain();
  }

  /**
   * What was committed could not be kept: another may try, or we in a while.
   * @param {Place} place
   * @param {TidemarkError} error
   */
  #stepDown(place, error) {
    if (place.gone !== null || this.#ending.signal.aborted) return;
    // It was taken from us: the next carries out what we could not.
    if (error.code === IN_USE) {
      this.#lose(place);
      return;
    }
    place.failure = error;
    place.gone = gone();
    this.#place = null;
    // Those whose commits were not kept are told before the links to them are closed.
    setTimeout(() => {
      if (this.#ending.signal.aborted) return;
      this.#giveUp(place);
      // Full storage is sound, and has room for what is less.
      this.#standAgain(error.code === STORAGE_FULL ? 0 : RETRY_DELAY);
    });
  }

  /**
   * Asks the browser. An answer says how it was when it was asked for: one that has come late, because we did not run meanwhile, says nothing.
   * @param {Place} place
   */
  async #confirmLater(place) {
    let asked;
    let holder;
    do {
      asked = performance.now();
      holder = await this.#lockHolder();
    } while (this.#isLongAgo(asked));
    this.#awake = Math.max(this.#awake, asked);
    if (holder === null || !holder.ids.includes(this.id)) this.#lose(place);
  }

  /** @param {number} time since which it could have been taken from us, if we have not run */
  #isLongAgo(time) {
    return performance.now() - time >= this.#candidate.patience / 2;
  }

  /**
   * Who has the lock.
   * @returns {Promise<{ thread: string, ids: string[], patience: number } | null>} patience: NaN if it is not known
   *   to answer
   */
  async #lockHolder() {
    const { path } = this.#candidate;
    const { held = [] } = await navigator.locks.query();
    const thread = held.find(({ name }) => name === lockName(path))?.clientId;
    if (thread === undefined) return null;
    const ids = held.filter(({ name, clientId }) => clientId === thread && isClientLock(name, path))
      .map(({ name = '' }) => name.split(':')[1]);
    return { thread, ids, patience: Math.max(...ids.map((id) => Number(id.split('~')[1]))) };
  }

  /** Watches the holder while answers of it are expected. */
  async #watchHolder() {
    if (this.#watching) return;
    this.#watching = true;
    const others = () => !this.#holds && !this.#paused && !this.#ending.signal.aborted;
    let watched = '';
    try {
      do {
        const holder = others() ? await this.#lockHolder() : null;
        if (holder?.thread !== watched) this.#watch.begin();
        watched = holder?.thread ?? '';
        if (holder === null || !(holder.patience > 0)) await sleep(HOLDER_DELAY);
        else if (await this.#watch.isSilent(holder.patience, others)) await this.#replace(holder);
      } while (others() && (this.#expected > 0 || this.#place === null));
    } catch (error) {
      reportUncaught(error);
    } finally {
      this.#watching = false;
    }
  }

  /**
   * Takes the lock from a holder that is stuck, unless somebody else was quicker.
   * @param {{ thread: string }} stuck
   */
  async #replace(stuck) {
    const { path } = this.#candidate;
    /** @type {WebLock | null} */
    let lock = null;
    await navigator.locks.request(`tidemark-replace:${path}`, async () => {
      const holder = await this.#lockHolder();
      if (holder?.thread !== stuck.thread || this.#paused || this.#holds || this.#ending.signal.aborted) return;
      this.#standing.abort();
      this.#standing = new AbortController();
      lock = await WebLock.steal(path);
    });
    if (lock !== null && !await this.#hold(lock, this.#standing.signal)) this.#standAgain(RETRY_DELAY);
  }

  /** @param {boolean} holds */
  #setHolds(holds) {
    if (this.#holds === holds) return;
    this.#holds = holds;
    this.#candidate.held(holds);
  }

  /** Looks for who holds it. */
  #seek() {
    if (this.#holds || this.#attempt !== null || this.#ending.signal.aborted) return;
    const name = crypto.randomUUID();
    const link = new Link(name, null, (holder) => this.#join(attempt, holder));
    const hello = () => this.#lobby.postMessage({ hello: name, client: this.id, protocol: PROTOCOL });
    const attempt = {
      name, link, holder: /** @type {string | null} */ (null), timer: setInterval(hello, HELLO_DELAY),
    };
    this.#attempt = attempt;
    hello();
  }

  /**
   * Becomes a client.
   * @param {{ name: string, holder: string | null, link: Link, timer: any }} attempt
   * @param {string} holder
   */
  async #join(attempt, holder) {
    clearInterval(attempt.timer);
    attempt.holder = holder;
    // Also while we join: a holder that leaves then has refused nothing.
    attempt.link.addEventListener('close', () => {
      if (this.#attempt === attempt) this.#seekAgain();
    });
    try {
      const about = await this.#candidate.about(conversation(attempt.name, holder));
      if (this.#attempt !== attempt) return;
      const connection = await RemoteSession.join(attempt.link, { ...about, client: this.id });
      if (this.#attempt !== attempt) return;
      this.#settle({ connection, requests: null, gone: null, failure: null });
    } catch (error) {
      if (this.#attempt !== attempt) return;
      this.#dropAttempt();
      this.#refuse(TidemarkError.from(error));
    }
  }

  /** @param {any} message */
  #hear({ hello, client, protocol, holder, refused, code, message, ask, by, alive, to, occupied }) {
    if (ask !== undefined) {
      if (this.#holds) this.#lobby.postMessage({ alive: ask, to: by });
    } else if (alive !== undefined) {
      if (to === this.id) this.#watch.hear(alive);
    } else if (hello !== undefined && this.#place?.requests) {
      const refusal = versionError(protocol, PROTOCOL);
      if (refusal === null) void this.#receive(hello, client, this.#place);
      else this.#lobby.postMessage({ refused: hello, code: refusal.code, message: refusal.message });
    } else if (holder !== undefined && this.#attempt !== null && this.#attempt.holder !== holder) {
      this.#seekAgain();
    } else if (refused !== undefined && refused === this.#attempt?.name) {
      this.#refuse(new TidemarkError(code, message));
    } else if (occupied !== undefined && !this.#place?.requests) {
      this.#occupiedUntil = performance.now() + RETRY_DELAY;
      this.#refuse(inUse());
      // Who served us until now is the one that is stuck.
      if (this.#place !== null) this.#seekAgain();
    }
  }

  /**
   * Serves a client, or tells it again that it is served; unless we have been replaced and have not been told yet.
   * @param {string} name of its link
   * @param {string} client
   * @param {Place} place
   */
  async #receive(name, client, place) {
    try {
      const sure = this.confirm(place);
      if (sure !== null) await sure;
      const known = this.#clients.get(name);
      if (known !== undefined) known.link.welcome();
      else if (place.gone === null) this.#serve(name, client);
    } catch (error) {
      reportUncaught(error);
    }
  }

  /**
   * @param {string} name of its link
   * @param {string} client
   */
  #serve(name, client) {
    const place = /** @type {Place & { requests: Requests }} */ (this.#place);
    const { connection, requests } = place;
    const link = new Link(name, this.id);
    const gone = new AbortController();
    const server = new Server(link, {
      requests,
      open: async (about) => {
        await this.#candidate.admit(connection, about, conversation(name, this.id));
        return connection;
      },
      close: async () => {
        gone.abort();
        this.#clients.delete(name);
      },
      ready: () => this.confirm(place),
    });
    this.#clients.set(name, { link, end: () => server.close() });
    navigator.locks.request(clientLock(client, this.#candidate.path), { mode: 'shared', signal: gone.signal }, () => {
      requests.forget(client);
      server.close();
    }).catch(() => {});
    link.welcome();
  }

  /** Ends what is served. */
  #dismiss() {
    for (const { end } of [...this.#clients.values()]) end();
    this.#clients.clear();
  }

  #seekAgain() {
    this.#leave(gone());
    this.#seek();
  }

  /**
   * The holder that we were a client of is gone.
   * @param {TidemarkError} reason
   */
  #leave(reason) {
    const place = this.#place;
    this.#place = null;
    if (place !== null) {
      place.gone = reason;
      place.connection.abandon(reason);
    }
    this.#dropAttempt();
  }

  #dropAttempt() {
    if (this.#attempt === null) return;
    clearInterval(this.#attempt.timer);
    this.#attempt.link.close();
    this.#attempt = null;
  }

  /** @param {Place} place */
  #settle(place) {
    this.#place = place;
    this.#candidate.placed(place);
    for (const { resolve } of this.#waiting) resolve(place);
    this.#waiting.clear();
  }

  /** @param {Error} error for all who wait */
  #refuse(error) {
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  /** Whoever has the lock does not answer. One that shares is only busy; any other never will. */
  async #stopWaiting() {
    const { path } = this.#candidate;
    const { held = [] } = await navigator.locks.query();
    const holder = held.find(({ name }) => name === lockName(path))?.clientId;
    const shares = held.some(({ name, clientId }) => clientId === holder && isClientLock(name, path));
    if (!shares && !this.#holds) this.#refuse(inUse());
  }
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

/**
 * What only one client and one holder say to each other.
 * @param {string} link
 * @param {string} holder
 */
function conversation(link, holder) {
  return `${link}:${holder}`;
}

function gone() {
  return new TidemarkError('57P01', 'the tab that held the database is gone');
}

function closed() {
  return new TidemarkError('57P01', 'the database was closed');
}
