/**
 * Who holds a database that tabs and workers share: this thread, or another that is reached over a link.
 *
 * Everybody waits for the lock `tidemark:<path>`. Who has it opens the database and serves the others: they say hello on
 * the BroadcastChannel of that name, and are answered on a link (link.js) that they have named. The lock of a holder that is
 * gone passes to the next, which says so on that channel. A holder knows that a client is gone by the lock
 * `tidemark-client:<id>:<path>`, which every client has.
 *
 * MESSAGES on the channel, whose form every version keeps
 *   { hello: link, client, protocol }   wants to be served, again and again until it is
 *   { holder }                          has the database from now on
 *   { refused: link, code, message }    cannot be served
 */
import { TidemarkError, reportUncaught } from '../errors.js';
import { loadModule } from '../module.js';
import { RemoteSession } from '../remote-session.js';
import { Server } from '../server.js';
import { LOCK_PATIENCE, WebLock, inUse, lockName } from '../storage/web-lock.js';
import { Link } from './link.js';
import { Requests } from './requests.js';

/** Changes with what tabs say to each other: tabs of different versions cannot share. */
const PROTOCOL = 1;

/** Milliseconds between two hellos. */
const HELLO_DELAY = 100;

/** Milliseconds until a thread that could not open the database tries again. */
const RETRY_DELAY = 1_000;

/**
 * Where the database is.
 * @typedef {object} Place
 * @property {any} connection a Session or a RemoteSession
 * @property {Requests | null} requests what it does for others; null: it is another tab's
 * @property {Error | null} gone why it is there no more
 */

/**
 * What an election needs to know.
 * @typedef {object} Candidate
 * @property {string} path
 * @property {object} about what is told to the holder about us
 * @property {(lock: WebLock) => Promise<import('../session.js').Session>} open the database
 * @property {(session: import('../session.js').Session, about: any) => void} admit throws when a client cannot be served
 * @property {(place: Place) => void} placed called at once when there is a place
 */

export class Election {
  #candidate;
  /** Us, among all clients. */
  id = crypto.randomUUID();
  #lobby;
  #ending = new AbortController();
  /** Ends when we are not to hold the database: for a while, or because it is closed. */
  #standing = new AbortController();
  #paused = false;
  /** @type {Place | null} */
  #place = null;
  #holds = false;
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
    const patience = setTimeout(() => this.#giveUp(), LOCK_PATIENCE);
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
    return new Promise((resolve, reject) => { this.#waiting.add({ resolve, reject }); });
  }

  /** Leaves: the database is closed here, or the link to it. */
  async close() {
    if (this.#ending.signal.aborted) return;
    const place = this.#place;
    this.#ending.abort();
    this.#standing.abort();
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
    this.#releaseClient();
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
      this.#holds = false;
      this.#place = null;
      place.gone = gone();
      this.#dismiss();
      place.connection.leave().catch(reportUncaught);
    } else {
      // A transaction of ours would hold up the others.
      this.#leave(gone());
    }
    this.#seek();
  }

  /**
   * What our session shows is no longer what is stored: it is closed, and the database opened again, here or in another tab.
   * @param {import('../session.js').Session} session
   */
  renew(session) {
    if (this.#place?.connection !== session) return;
    this.pause();
    this.resume();
  }

  /** It runs again. */
  resume() {
    if (!this.#paused || this.#ending.signal.aborted) return;
    this.#paused = false;
    this.#standing = new AbortController();
    void this.#stand();
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
    const { path } = this.#candidate;
    const { held = [] } = await navigator.locks.query();
    return new Set(held.filter(({ name }) => isClientLock(name, path)).map(({ name = '' }) => name.split(':')[1]));
  }

  /** Waits for the lock, again and again; having it, opens the database and serves it. */
  async #stand() {
    const { signal } = this.#standing;
    while (!signal.aborted) {
      const lock = await WebLock.wait(this.#candidate.path, signal).catch(() => null);
      if (lock === null) return;
      this.#holds = true;
      this.#leave(gone());
      try {
        const session = await this.#candidate.open(lock);
        const requests = new Requests(session);
        await requests.forgetAllBut(await this.#livingClients());
        if (signal.aborted) {
          this.#holds = false;
          await session.leave();
          this.#seek();
          return;
        }
        this.#settle({ connection: session, requests, gone: null });
        this.#lobby.postMessage({ holder: this.id });
        return;
      } catch (error) {
        lock.release();
        this.#holds = false;
        this.#refuse(TidemarkError.from(error));
        this.#seek();
      }
      await new Promise((resolve) => { setTimeout(resolve, RETRY_DELAY); });
    }
  }

  /** Looks for who holds it. */
  #seek() {
    if (this.#holds || this.#attempt !== null || this.#ending.signal.aborted) return;
    const name = crypto.randomUUID();
    const link = new Link(name, (holder) => this.#join(attempt, holder));
    const hello = () => this.#lobby.postMessage({ hello: name, client: this.id, protocol: PROTOCOL });
    const attempt = {
      name, link, holder: /** @type {string | null} */ (null), timer: setInterval(hello, HELLO_DELAY),
    };
    this.#attempt = attempt;
    hello();
  }

  /**
   * Becomes a client.
   * @param {{ holder: string | null, link: Link, timer: any }} attempt
   * @param {string} holder
   */
  async #join(attempt, holder) {
    clearInterval(attempt.timer);
    attempt.holder = holder;
    try {
      const connection = await RemoteSession.join(attempt.link, { ...this.#candidate.about, client: this.id });
      if (this.#attempt !== attempt) return;
      attempt.link.addEventListener('close', () => {
        if (this.#attempt === attempt) this.#seekAgain();
      });
      this.#settle({ connection, requests: null, gone: null });
      // So that it is there when we become the holder.
      loadModule().catch(() => {});
    } catch (error) {
      if (this.#attempt !== attempt) return;
      this.#dropAttempt();
      this.#refuse(TidemarkError.from(error));
    }
  }

  /** @param {any} message */
  #hear({ hello, client, protocol, holder, refused, code, message }) {
    if (hello !== undefined && this.#place?.requests) {
      if (protocol === PROTOCOL) this.#serve(hello, client);
      else this.#lobby.postMessage({ refused: hello, ...otherVersion() });
    } else if (holder !== undefined && this.#attempt !== null && this.#attempt.holder !== holder) {
      this.#seekAgain();
    } else if (refused !== undefined && refused === this.#attempt?.name) {
      this.#refuse(new TidemarkError(code, message));
    }
  }

  /**
   * Serves a client, or tells it again that it is served.
   * @param {string} name of its link
   * @param {string} client
   */
  #serve(name, client) {
    const known = this.#clients.get(name);
    if (known !== undefined) {
      known.link.welcome(this.id);
      return;
    }
    const { connection, requests } = /** @type {Place & { requests: Requests }} */ (this.#place);
    const link = new Link(name);
    const gone = new AbortController();
    const server = new Server(link, {
      requests,
      open: async (about) => {
        this.#candidate.admit(connection, about);
        return connection;
      },
      close: async () => {
        gone.abort();
        this.#clients.delete(name);
      },
    });
    this.#clients.set(name, { link, end: () => server.close() });
    navigator.locks.request(clientLock(client, this.#candidate.path), { mode: 'shared', signal: gone.signal }, () => {
      requests.forget(client);
      server.close();
    }).catch(() => {});
    link.welcome(this.id);
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
  async #giveUp() {
    const { path } = this.#candidate;
    const { held = [] } = await navigator.locks.query();
    const holder = held.find(({ name }) => name === lockName(path))?.clientId;
    const shares = held.some(({ name, clientId }) => clientId === holder && isClientLock(name, path));
    if (!shares && !this.#holds) this.#refuse(inUse());
  }
}

/**
 * @param {string} id
 * @param {string} path
 */
function clientLock(id, path) {
  return `tidemark-client:${id}:${path}`;
}

/**
 * @param {string | undefined} name
 * @param {string} path
 */
function isClientLock(name, path) {
  return name !== undefined && name.startsWith('tidemark-client:') && name.endsWith(`:${path}`);
}

function gone() {
  return new TidemarkError('57P01', 'the tab that held the database is gone');
}

function closed() {
  return new TidemarkError('57P01', 'the database was closed');
}

function otherVersion() {
  return {
    code: '55P03',
    message: 'the database is open in a tab that runs another version of Tidemark; close or reload that tab',
  };
}
