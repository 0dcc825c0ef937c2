/** Committed changes of tables and views, as they happen. */
import { TidemarkError, abortedError, reportUncaught } from './errors.js';
import { relationsOf } from './selector.js';

/** @typedef {import('./change-feed.js').Commit} Commit */
/** @typedef {import('./selector.js').Selector} Selector */

export class Wal {
  #access;

  /** @param {() => any} access */
  constructor(access) {
    this.#access = access;
  }

  /**
   * Calls a function once for each commit that changed rows of the selected relations. When it returns a
   * promise the next commit waits for it. With an `id` changes are kept in the database until the function is done
   * with them: who subscribes again under that id goes on where it stood.
   * @param {Selector} selector
   * @param {(commit: Commit) => unknown} listener
   * @param {{ id?: string, signal?: AbortSignal }} [options]
   * @returns {Promise<() => void>} ends the subscription
   */
  async subscribe(selector, listener, { id, signal } = {}) {
    if (typeof listener !== 'function') {
      throw new TidemarkError('22023', 'wal.subscribe takes a selector and a function');
    }
    if (id !== undefined) checkId(id);
    if (signal?.aborted) throw abortedError(signal);
    relationsOf(selector); // a malformed one fails here, also where the database is in another thread
    const { connection } = await this.#access();
    const end = id === undefined ? await follow(connection, selector, listener)
      : await connection.openSlot(id, selector, listener);
    const close = () => {
      signal?.removeEventListener('abort', close);
      end();
    };
    if (signal?.aborted) close();
    else signal?.addEventListener('abort', close, { once: true });
    return close;
  }

  /**
   * Forgets a subscription with an id and what is kept for it.
   * @param {string} id
   */
  async drop(id) {
    checkId(id);
    const { connection } = await this.#access();
    await connection.dropSlot(id);
  }
}

/**
 * @param {any} connection
 * @param {Selector} selector
 * @param {(commit: Commit) => unknown} listener
 * @returns {Promise<() => void>}
 */
async function follow(connection, selector, listener) {
  const queue = new CommitQueue(listener);
  const end = await connection.subscribeChanges(selector, (/** @type {Commit} */ commit) => queue.add(commit));
  return () => {
    queue.close();
    end();
  };
}

/** @param {unknown} id */
function checkId(id) {
  if (typeof id === 'string' && id !== '') return;
  throw new TidemarkError('22023', 'the id of a subscription is a text that is not empty');
}

/** Gives commits to a function, one after the other. */
class CommitQueue {
  #listener;
  /** @type {Commit[]} */
  #commits = [];
  #busy = false;

  /** @param {(commit: Commit) => unknown} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** @param {Commit} commit */
  add(commit) {
    this.#commits.push(commit);
    if (!this.#busy) this.#run();
  }

  close() {
    this.#commits.length = 0;
    this.#listener = () => {};
  }

  async #run() {
    this.#busy = true;
    for (let commit = this.#commits.shift(); commit !== undefined; commit = this.#commits.shift()) {
      try {
        const result = this.#listener(commit);
        if (result instanceof Promise) await result;
      } catch (error) {
        reportUncaught(error);
      }
    }
    this.#busy = false;
  }
}
