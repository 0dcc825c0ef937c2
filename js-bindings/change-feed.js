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
 * @typedef {{ commit: number, changes: Change[], lost?: boolean }} Commit lost: others may have been committed before it
 *   that nobody tells of
 */

/**
 * @typedef {object} Subscription
 * @property {[string, string | null][] | null} relations
 * @property {(commit: Commit) => void} listener
 */

/** @type {[string | null, string | null][]} */
const EVERYTHING = [[null, null]];

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
    const changes = decodeChanges(described, data);
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

  /** Which relations somebody wants, all of a schema being one without a name. */
  #wanted() {
    /** @type {Map<string, [string | null, string | null]>} */
    const wanted = new Map();
    for (const { relations } of this.#subscriptions) {
      for (const relation of relations ?? EVERYTHING) wanted.set(JSON.stringify(relation), relation);
    }
    return wanted;
  }

  /**
   * Makes the engine's subscriptions what they should be.
   * @param {Map<string, [string | null, string | null]>} before
   */
  #tellEngine(before) {
    const now = this.#wanted();
    const removed = missing(before, now);
    const added = missing(now, before);
    if (removed.length > 0) this.#host.control({ call: 'unsubscribe', selector: removed });
    if (added.length > 0) this.#host.control({ call: 'subscribe', selector: added });
  }
}

/**
 * @param {Map<string, [string | null, string | null]>} of
 * @param {Map<string, [string | null, string | null]>} from
 */
function missing(of, from) {
  return [...of].filter(([key]) => !from.has(key)).map(([, relation]) => relation);
}

/**
 * The changes of a commit.
 * @param {any[]} described
 * @param {Uint8Array | null} data
 * @returns {Change[]}
 */
export function decodeChanges(described, data) {
  /** @type {Change[]} */
  const changes = [];
  if (data === null) return changes;
  const views = new Views(data.buffer);
  let at = 0;
  for (const description of described) {
    appendChanges(changes, description, views, at);
    at = blockEnd(views, at);
  }
  return changes;
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
