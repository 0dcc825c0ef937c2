/** Committed changes of rows, for those who subscribed to them. */
import { RowDecoder, Views, blockEnd } from './block.js';
import { reportUncaught } from './errors.js';
import { isSelected, relationsOf } from './selector.js';

/** @typedef {Record<string, unknown>} Row */

/**
 * One changed row.
 * @typedef {object} Change
 * @property {{ schema: string, name: string }} relation
 * @property {'insert' | 'update' | 'delete'} op
 * @property {Row | null} key the columns that identify the row; null when the relation has no key
 * @property {Row | null} old
 * @property {Row | null} new
 */

/**
 * One commit, as far as it concerns the subscription.
 * @typedef {{ commit: number, changes: Change[] }} Commit
 */

/**
 * @typedef {object} Subscription
 * @property {[string, string | null][] | null} relations
 * @property {(commit: Commit) => void} listener
 */

export class ChangeFeed {
  #host;
  /** @type {Set<Subscription>} */
  #subscriptions = new Set();

  /** @param {import('./host.js').Host} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * @param {import('./selector.js').Selector} selector
   * @param {(commit: Commit) => void} listener
   * @returns {() => void} ends the subscription
   */
  subscribe(selector, listener) {
    const subscription = { relations: relationsOf(selector), listener };
    const before = this.#wanted();
    this.#subscriptions.add(subscription);
    this.#tellEngine(before);
    return () => {
      const wanted = this.#wanted();
      if (this.#subscriptions.delete(subscription)) this.#tellEngine(wanted);
    };
  }

  /**
   * A transaction was committed.
   * @param {{ commit: number, changes?: any[] }} commit
   * @param {Uint8Array | null} data
   */
  committed({ commit, changes: described = [] }, data) {
    if (this.#subscriptions.size === 0 || described.length === 0 || data === null) return;
    const views = new Views(data.buffer);
    /** @type {Change[]} */
    const changes = [];
    let at = 0;
    for (const description of described) {
      appendChanges(changes, description, views, at);
      at = blockEnd(views, at);
    }
    for (const { relations, listener } of [...this.#subscriptions]) {
      const selected = relations === null ? changes
        : changes.filter(({ relation }) => isSelected(relations, relation.schema, relation.name));
      if (selected.length === 0) continue;
      try {
        listener({ commit, changes: selected });
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  /** Which relations somebody wants: null for all. */
  #wanted() {
    /** @type {Map<string, [string, string]>} */
    const wanted = new Map();
    for (const { relations } of this.#subscriptions) {
      if (relations === null || relations.some(([, name]) => name === null)) return null;
      for (const relation of /** @type {[string, string][]} */ (relations)) {
        wanted.set(JSON.stringify(relation), relation);
      }
    }
    return wanted;
  }

  /**
   * Makes the engine's subscriptions what they should be.
   * @param {Map<string, [string, string]> | null} before
   */
  #tellEngine(before) {
    const now = this.#wanted();
    const added = now === null ? (before === null ? [] : null) : missing(now, before ?? new Map());
    const removed = before === null ? (now === null ? [] : null) : now === null ? [] : missing(before, now);
    // Giving up all gives up those that stay, too; they are added again.
    if (removed === null || removed.length > 0) {
      this.#host.control({ call: 'unsubscribe', selector: removed });
    }
    if (added === null || added.length > 0) this.#host.control({ call: 'subscribe', selector: added });
  }
}

/**
 * @param {Map<string, [string, string]>} of
 * @param {Map<string, [string, string]>} from
 */
function missing(of, from) {
  return [...of].filter(([key]) => !from.has(key)).map(([, relation]) => relation);
}

/**
 * @param {Change[]} changes
 * @param {{ relation: [string, string], key: string[], columns: string[], types: string[] }} description
 * @param {Views} views
 * @param {number} offset of the block: rows of op, old columns, new columns
 */
function appendChanges(changes, { relation: [schema, name], key, columns, types }, views, offset) {
  const fields = columns.map((column, at) => ({ name: column, type: types[at] }));
  /** @type {any[][]} */
  const rows = [];
  new RowDecoder([{ name: 'op', type: 'text' }, ...fields, ...fields]).appendArrays(views, offset, rows);
  const relation = { schema, name };
  for (const row of rows) {
    const op = row[0];
    const before = op === 'insert' ? null : rowFrom(columns, row, 1);
    const after = op === 'delete' ? null : rowFrom(columns, row, 1 + columns.length);
    const identified = /** @type {Row} */ (after ?? before);
    const keyed = key.length === 0 ? null
      : Object.fromEntries(key.map((column) => [column, identified[column]]));
    changes.push({ relation, op, key: keyed, old: before, new: after });
  }
}

/**
 * @param {string[]} columns
 * @param {any[]} row
 * @param {number} start
 * @returns {Row}
 */
function rowFrom(columns, row, start) {
  return Object.fromEntries(columns.map((column, at) => [column, row[start + at]]));
}
