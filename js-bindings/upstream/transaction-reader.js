/**
 * Makes the messages of pgoutput into transactions with the keys that each has changed.
 */

/**
 * @typedef {import('./published.js').Published} Published
 * @typedef {import('./change-log.js').Commit} Commit
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./change-source.js').Key} Key
 * @typedef {{ txid: bigint, changes: Map<number, Change[]> }} Open `changes`: by capture
 * @typedef {Record<string, string | null | undefined>} Tuple a column that is not there was not sent
 * @typedef {{ relationOid: number, schema: string, name: string, keyColumns: string[] }} Relation `keyColumns`: its replica identity
 */

import { lsnFromText } from './lsn.js';
import { listPublished } from './published.js';
import { arrayToJson } from './values.js';

/** Reads one stream. */
export class TransactionReader {
  #session;
  #maximumKeys;
  #slot;
  /** @type {Map<number, Published>} by id */
  #published = new Map();
  /** @type {Map<number, Published[]>} what watches a table, by the table's oid */
  #watching = new Map();
  /** @type {Map<number, Set<number>>} a table's oid and those of the partitioned tables that it is a part of */
  #lineage = new Map();
  /** A transaction that is about as new as those that come. */
  #recent = 0n;
  /** @type {Open | null} */
  #open = null;

  /**
   * @param {import('./types.js').OriginSession} session
   * @param {number} maximumKeys of one relation in one transaction; of more only that there were some is kept
   * @param {string} [slot] for which others, too, decide what is watched
   */
  constructor(session, maximumKeys, slot) {
    this.#session = session;
    this.#maximumKeys = maximumKeys;
    this.#slot = slot;
  }

  /**
   * Takes note of changes of a relation from now on.
   * @param {Published} published
   */
  watch(published) {
    this.#published.set(published.id, published);
    this.#watching.clear();
  }

  /**
   * A new connection begins.
   * @param {bigint} next about the number of the next transaction
   */
  begin(next) {
    this.#recent = next;
    this.#open = null;
  }

  /**
   * Takes one message. Returns the transaction when it has ended.
   * @param {any} message
   * @returns {Promise<Commit | null>}
   */
  async read(message) {
    switch (message.tag) {
      case 'begin': this.#open = { txid: this.#widen(message.xid), changes: new Map() }; break;
      case 'relation': await this.#learn(message.relationOid); break;
      case 'insert': this.#changed(message.relation, null, message.new); break;
      case 'update': this.#changed(message.relation, message.old ?? message.key ?? {}, message.new); break;
      case 'delete': this.#changed(message.relation, message.old ?? message.key, null); break;
      case 'truncate': for (const relation of message.relations) this.#emptied(relation); break;
      case 'commit': return this.#commit(message);
      default: break; // origins, types and messages of others
    }
    return null;
  }

  /** @param {{ commitEndLsn: string }} message */
  #commit({ commitEndLsn }) {
    const { txid, changes } = /** @type {Open} */ (this.#open);
    this.#open = null;
    return { txid, end: lsnFromText(commitEndLsn), changes: [...changes.values()].flat() };
  }

  /**
   * The stream has the lower half of a transaction's number.
   * @param {number} xid
   */
  #widen(xid) {
    const half = 1n << 31n;
    const whole = 1n << 32n;
    const low = BigInt(xid >>> 0);
    let txid = (this.#recent & ~(whole - 1n)) | low;
    if (txid > this.#recent + half) txid -= whole;
    else if (txid < this.#recent - half) txid += whole;
    if (txid > this.#recent) this.#recent = txid;
    return txid;
  }

  /**
   * A table is about to be named, for the first time or after its definition has changed. Whoever decided before that it is
   * watched had locked it until that could be seen.
   * @param {number} oid
   */
  async #learn(oid) {
    await this.#session.transaction(async (tx) => {
      const { rows } = await tx.query(
        'SELECT relid::oid::text FROM pg_catalog.pg_partition_ancestors($1::text::oid::regclass)', [String(oid)]);
      this.#lineage.set(oid, new Set([oid, ...rows.map(([relation]) => Number(relation))]));
      if (this.#slot !== undefined) for (const each of await listPublished(tx, this.#slot)) this.watch(each);
    });
    this.#watching.delete(oid);
  }

  /** @param {number} oid */
  #watchers(oid) {
    let watchers = this.#watching.get(oid);
    if (!watchers) {
      const lineage = this.#lineage.get(oid) ?? new Set([oid]);
      watchers = [...this.#published.values()].filter((each) => lineage.has(each.relation));
      this.#watching.set(oid, watchers);
    }
    return watchers;
  }

  /**
   * @param {Relation} relation
   * @param {Tuple | null} before what is told of the row before, which may be nothing; null: there was none
   * @param {Tuple | null} after
   */
  #changed(relation, before, after) {
    const { relationOid, schema, name } = relation;
    if (this.#slot !== undefined && schema === 'tidemark_origin' && name === 'published') this.#decided(after);
    for (const { id, columns } of this.#watchers(relationOid)) {
      const old = before && columns.map((column) => textBefore(column, relation, before, after));
      const now = after && columns.map((column) => textOf(after[column] === undefined ? before?.[column] : after[column]));
      this.#note(id, distinct(old, now));
    }
  }

  /**
   * Somebody has decided that a relation is watched.
   * @param {Tuple | null} row of tidemark_origin.published
   */
  #decided(row) {
    if (row?.slot !== this.#slot || !row?.columns) return; // a long list that has not changed was known before
    const { id, relation, columns } = /** @type {Record<string, string>} */ (row);
    this.watch({ id: Number(id), relation: Number(relation), columns: JSON.parse(arrayToJson(columns, JSON.stringify)) });
  }

  /** @param {{ relationOid: number } | undefined} relation */
  #emptied(relation) {
    if (relation) for (const { id } of this.#watchers(relation.relationOid)) this.#note(id, null);
  }

  /**
   * @param {number} capture
   * @param {Key[] | null} keys null: any row may have changed
   */
  #note(capture, keys) {
    const { txid, changes } = /** @type {Open} */ (this.#open);
    const noted = changes.get(capture) ?? [];
    if (noted[0]?.truncate) return;
    if (keys === null || noted.length >= this.#maximumKeys) {
      changes.set(capture, [{ txid, capture, truncate: true, keys: [] }]);
    } else if (keys.length > 0 || noted.length === 0) {
      noted.push({ txid, capture, truncate: false, keys });
      changes.set(capture, noted);
    }
  }
}

/**
 * The text of a column before a change: what is not told of the replica identity has not changed.
 * @param {string} column
 * @param {Relation} relation
 * @param {Tuple} before
 * @param {Tuple | null} after
 */
function textBefore(column, { keyColumns }, before, after) {
  if (before[column] !== undefined) return textOf(before[column]);
  return keyColumns.includes(column) ? textOf(after?.[column]) : null;
}

/**
 * @param {string | null | undefined} value
 * @returns {string | null} NULL is an empty text; null: the log does not say
 */
function textOf(value) {
  return value === undefined ? null : value ?? '';
}

/**
 * @param {Key | null} old
 * @param {Key | null} now
 */
function distinct(old, now) {
  const keys = [old, now].filter((each) => each !== null && each.length > 0);
  return /** @type {Key[]} */ (keys.length === 2 && JSON.stringify(old) === JSON.stringify(now) ? [now] : keys);
}
