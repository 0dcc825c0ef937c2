/** Synchronisation with the origins: its state, the write queue, and what to do about conflicts. */
import { TidemarkError, abortedError, reportUncaught } from './errors.js';
import { WAITING_WRITES, originStatuses } from './origin-status.js';
import { shapeOf, withValues } from './queued-row.js';
import { isSelected, namedRelations, relationsOf } from './selector.js';

/** @typedef {import('./selector.js').Selector} Selector */

const EVENTS = new Set(['conflict', 'error', 'applied', 'status', 'progress']);

export class Sync {
  #access;
  /** @type {Map<string, Promise<void>>} runs under way, by what they are about */
  #runs = new Map();
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();
  /** @type {Map<string, number>} rows of snapshots under way, by the view's name with its schema */
  #received = new Map();
  /** The events so far have been passed on. */
  #told = Promise.resolve();

  /** @param {() => any} access */
  constructor(access) {
    this.#access = access;
  }

  /**
   * Starts what should run and retries what is due; resolves to the state of the views when it has come to
   * rest. Calls that overlap share one run.
   * @param {Selector} [selector]
   * @param {{ forceSync?: boolean, signal?: AbortSignal }} [options] forceSync: retries what is not due, too
   * @returns {Promise<any[]>}
   */
  async sync(selector, { forceSync = false, signal } = {}) {
    if (signal?.aborted) throw abortedError(signal);
    const relations = namedRelations(selector);
    const what = JSON.stringify([relations, forceSync]);
    let run = this.#runs.get(what);
    if (run === undefined) {
      run = this.#settle({ selector: relations, force: forceSync }).finally(() => this.#runs.delete(what));
      this.#runs.set(what, run);
    }
    await (signal === undefined ? run : untilAborted(run, signal));
    return this.status(selector);
  }

  /**
   * The state of each materialized and realtime view of a foreign origin.
   * @param {Selector} [selector]
   * @returns {Promise<any[]>}
   */
  async status(selector) {
    return this.#select('SELECT * FROM tidemark.sync ORDER BY schema, name', selector);
  }

  /**
   * How it stands with each origin, for a person to be shown.
   * @returns {Promise<import('./index.js').OriginStatus[]>}
   */
  async origins() {
    const { connection } = await this.#access();
    const [views, writes] = await Promise.all([
      this.status(), connection.query(connection.root, WAITING_WRITES)]);
    return originStatuses(views, writes.rows, this.#received);
  }

  /**
   * The write queue, oldest first.
   * @param {Selector} [selector]
   * @returns {Promise<any[]>}
   */
  async queue(selector) {
    const writes = await this.#select('SELECT * FROM tidemark.queue ORDER BY id', selector);
    const { connection } = await this.#access();
    /** @type {Map<string, import('./queued-row.js').Shape>} */
    const shapes = new Map();
    for (const { view, schema, name } of writes) {
      if (!shapes.has(view)) shapes.set(view, await shapeOf(connection, schema, name));
    }
    return writes.map((/** @type {any} */ write) => withValues(write, /** @type {any} */ (shapes.get(write.view))));
  }

  /**
   * Ends the synchronisation of views until they are resumed: nothing of their origin comes in. What is queued still goes out.
   * @param {Selector} [selector]
   */
  async stop(selector) {
    await this.#control({ call: 'stop', selector: namedRelations(selector) });
  }

  /**
   * Takes the synchronisation of views up again where it was stopped.
   * @param {Selector} [selector]
   */
  async resume(selector) {
    await this.#control({ call: 'resume', selector: namedRelations(selector) });
  }

  /**
   * Decides about a write that its origin refused or found in conflict.
   * @param {number} id as in the queue
   * @param {'retry' | 'discard' | { set: Record<string, unknown> }} action 'retry': send it again, based on the
   *   row as it is now; 'discard': drop it; set: send these values instead
   */
  async resolve(id, action) {
    if (action === 'retry' || action === 'discard') {
      await this.#control({ call: 'resolve', write: id, action });
    } else if (typeof action?.set === 'object' && action.set !== null) {
      await this.#control({ call: 'resolve', write: id, action: 'set', values: action.set });
    } else {
      throw new TidemarkError('22023', "a write is resolved by 'retry', 'discard' or { set: values }");
    }
  }

  /**
   * Calls a function whenever something happens to synchronisation.
   * @param {'conflict' | 'error' | 'applied' | 'status' | 'progress'} type
   * @param {(event: any) => void} listener
   * @returns {() => void} ends it
   */
  on(type, listener) {
    if (!EVENTS.has(type)) {
      throw new TidemarkError('22023', `there is no event ${JSON.stringify(type)}`, {
        hint: "The events are 'conflict', 'error', 'applied', 'status' and 'progress'.",
      });
    }
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => { listeners.delete(listener); };
  }

  /**
   * Passes on what the engine says, in order; called by Tidemark.
   * @param {any} connection
   * @param {any} said
   */
  dispatch(connection, said) {
    this.#note(said);
    if (!this.#listeners.get(said.type)?.size) return;
    // A database that is closed meanwhile has nothing more to say.
    this.#told = this.#told.then(() => eventFrom(connection, said)).then((event) => this.#tell(event), () => {});
  }

  /**
   * Remembers how far a snapshot has come until it has ended, one way or the other.
   * @param {{ type: string, view: [string, string], rows?: number }} said
   */
  #note({ type, view, rows = 0 }) {
    if (type === 'progress') this.#received.set(view.join('.'), rows);
    else if (type === 'status') this.#received.delete(view.join('.'));
  }

  /** @param {{ type: string }} event */
  #tell(event) {
    for (const listener of [...this.#listeners.get(event.type) ?? []]) {
      try {
        listener(event);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  /** @param {{ selector: [string, string][] | null, force: boolean }} what */
  async #settle(what) {
    const { connection } = await this.#access();
    await connection.settle(what);
  }

  /** @param {object} call */
  async #control(call) {
    const { connection } = await this.#access();
    await connection.control(call);
  }

  /**
   * @param {string} sql that returns the columns schema and name
   * @param {Selector} selector
   */
  async #select(sql, selector) {
    const relations = relationsOf(selector);
    const { connection } = await this.#access();
    const { rows } = await connection.query(connection.root, sql);
    return rows.filter((/** @type {any} */ row) => isSelected(relations, row.schema, row.name));
  }
}

/**
 * An event as listeners get it.
 * @param {any} connection
 * @param {any} said
 */
async function eventFrom(connection, { type, view: [schema, name], error, ...members }) {
  const view = `${schema}.${name}`;
  const event = { type, view, schema, name, ...members };
  if (error !== undefined) {
    event.error = new TidemarkError(error.code, error.message, { hint: error.hint || undefined, view });
  }
  return members.key === undefined ? event : withValues(event, await shapeOf(connection, schema, name));
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function untilAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortedError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
