/**
 * Which rows of a shape somebody has been shown: of other rows not even the key is told when they go.
 */
import { decodeValue, encodeValue } from './protocol.js';

/**
 * @typedef {import('./subscription.js').ShapeResult} ShapeResult
 */

/** The keys that one subscription has been given. */
export class ShownKeys {
  /** False until a snapshot has come: before that a deletion may be of a row that was never shown. */
  known = false;
  #columns;
  /** @type {Set<string>} */
  #keys = new Set();

  /** @param {(string | number)[]} columns of a row that tell its key: their names, or their places from 0 */
  constructor(columns) {
    this.#columns = columns;
  }

  /**
   * Takes in what is about to be told, without the keys that were never shown.
   * @param {ShapeResult} result
   * @returns {ShapeResult} no review
   */
  told(result) {
    if (result.kind === 'review') {
      return this.told(this.known ? this.#difference(result) : { ...result, kind: 'snapshot' });
    }
    if (result.kind === 'snapshot') {
      this.known = true;
      this.#keys = new Set(this.#keysOf(result));
    }
    if (result.kind !== 'changes') return result;
    const deletes = result.deletes.filter((key) => this.#keys.delete(nameOfKey(key)));
    for (const key of this.#keysOf({ fields: result.fields, rows: result.upserts })) this.#keys.add(key);
    return deletes.length + result.upserts.length > 0 ? { ...result, deletes } : { ...result, kind: 'nothing' };
  }

  /**
   * What there is to be told of all rows, some of which have changed.
   * @param {ShapeResult & { kind: 'review' }} review
   * @returns {ShapeResult}
   */
  #difference({ fields, rows, changed }) {
    const keys = this.#keysOf({ fields, rows });
    const present = new Set(keys);
    const gone = [...this.#keys].filter((key) => !present.has(key));
    return {
      kind: 'changes',
      fields,
      upserts: rows.filter((_, at) => changed.has(keys[at]) || !this.#keys.has(keys[at])),
      deletes: gone.map((key) => JSON.parse(key).map(decodeValue)),
    };
  }

  /** @param {{ fields: import('./types.js').Field[], rows: unknown[][] }} result */
  #keysOf({ fields, rows }) {
    const positions = this.#columns.map((each) => (typeof each === 'number' ? each : fields.findIndex(({ name }) => name === each)));
    return rows.map((row) => nameOfKey(positions.map((at) => row[at])));
  }
}

/**
 * A text that is equal for equal keys.
 * @param {unknown[]} key
 */
export function nameOfKey(key) {
  return JSON.stringify(key.map(encodeValue));
}
