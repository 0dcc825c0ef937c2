/**
 * Background Sync, as a page sees it: while writes wait that could not be sent, the browser is asked to wake the app's service
 * worker (service-worker.js) once the network is back, so that they are sent when no page is left to do it.
 *
 * The browser is asked again at each occasion: it keeps one wish for a tag, and forgets one that it has fulfilled or has tried three
 * times.
 */
import { TidemarkError } from './errors.js';
import { isTransient } from './upstream/errors.js';

/** Finds something that has not been sent yet. */
const UNSENT = `SELECT 1 FROM tidemark.queue WHERE state IN ('pending', 'failed') LIMIT 1`;

/**
 * The tag of a database's sync events; null: it wants none.
 * @param {import('./tidemark.js').TidemarkOptions} options
 * @returns {string | null}
 * @throws {TidemarkError} 22023 for an option that does not exist, or does not go with the storage
 */
export function syncTag({ path = ':memory:', storage = 'auto', backgroundSync = false }) {
  if (backgroundSync === false) return null;
  if (backgroundSync !== true && (typeof backgroundSync !== 'string' || backgroundSync === '')) {
    throw new TidemarkError('22023', `backgroundSync cannot be ${JSON.stringify(backgroundSync)}`, {
      hint: 'It takes true, false or the tag of the sync event.',
    });
  }
  if (storage !== 'auto' && storage !== 'indexeddb') {
    throw new TidemarkError('22023', 'backgroundSync does not go with this storage: a service worker cannot open it', {
      hint: "Use 'indexeddb' or 'auto'.",
    });
  }
  return backgroundSync === true ? `tidemark:${path}` : backgroundSync;
}

/**
 * Asks for a sync event whenever writes have to wait.
 * @param {any} connection of a database that is open
 * @param {string} tag
 * @param {(notice: import('./index.js').Notice) => void} onNotice
 * @returns {() => void} ends it
 */
export function wakeWhileWaiting(connection, tag, onNotice) {
  if (serviceWorkers() === undefined) return () => {};
  if (connection.storageName === 'opfs') {
    onNotice(warning('0A000', 'a service worker cannot open this database, which is kept in OPFS: what is written offline waits for a page', {
      hint: "A new database with backgroundSync is made in IndexedDB; this one can be moved there with export and import.",
    }));
    return () => {};
  }
  const wish = new Wish(tag, onNotice);
  const look = () => {
    if (globalThis.document?.visibilityState !== 'hidden') return;
    void wishIfUnsent(connection, wish);
  };
  // Who leaves a page hides it first; on a phone nothing more may be heard of it.
  globalThis.document?.addEventListener('visibilitychange', look);
  const endEvents = connection.onSync((/** @type {any} */ event) => { if (tellsOfWaiting(event)) wish.make(); });
  // What an earlier page has left: the browser may have forgotten it.
  void wishIfUnsent(connection, wish);
  return () => {
    globalThis.document?.removeEventListener('visibilitychange', look);
    endEvents();
  };
}

/** The page's service workers; undefined: there are none, or this is no page. */
function serviceWorkers() {
  return globalThis.navigator?.serviceWorker;
}

/**
 * Whether it says that a write could not be sent, or not now.
 * @param {{ type: string, id?: number, error?: { code: string } }} event
 */
function tellsOfWaiting({ type, id, error }) {
  return type === 'waiting' || (type === 'error' && id !== undefined && isTransient(error?.code));
}

/**
 * @param {any} connection
 * @param {Wish} wish
 */
async function wishIfUnsent(connection, wish) {
  // A database that is being closed has nothing to say.
  const { rows } = await connection.query(connection.root, UNSENT).catch(() => ({ rows: [] }));
  if (rows.length > 0) wish.make();
}

/** The wish for a sync event with a tag. */
class Wish {
  #tag;
  #onNotice;
  #making = false;
  #refused = false;

  /**
   * @param {string} tag
   * @param {(notice: import('./index.js').Notice) => void} onNotice
   */
  constructor(tag, onNotice) {
    this.#tag = tag;
    this.#onNotice = onNotice;
  }

  /** Tells the browser; where it has no Background Sync nothing happens. */
  async make() {
    // One that waits for the app's service worker is made by then, and counts for all since.
    if (this.#making) return;
    this.#making = true;
    try {
      const registration = /** @type {any} */ (await serviceWorkers()?.ready);
      this.#making = false;
      await register(registration?.sync, this.#tag);
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#making = false;
    }
  }

  /** @param {unknown} error why the browser will not, which people are told once: it may be by their own choice */
  #refuse(error) {
    if (this.#refused) return;
    this.#refused = true;
    this.#onNotice(warning('42501', `the browser refuses background sync: ${/** @type {any} */ (error)?.message ?? error}`, {
      hint: 'What is written offline waits for a page.',
    }));
  }
}

/**
 * A wish that is made while its event is under way would have the next follow at once, failed or not: so not one that is there already.
 * @param {any} sync of the service worker's registration; undefined: the browser has no Background Sync
 * @param {string} tag
 */
async function register(sync, tag) {
  if (sync !== undefined && !(await sync.getTags()).includes(tag)) await sync.register(tag);
}

/**
 * @param {string} code
 * @param {string} message
 * @param {{ hint: string }} more
 * @returns {import('./index.js').Notice}
 */
function warning(code, message, { hint }) {
  return { severity: 'WARNING', code, message, hint };
}
