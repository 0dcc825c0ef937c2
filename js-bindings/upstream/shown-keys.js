/**
 * Which rows of a shape somebody has been shown: of other rows not even the key is told when they go.
 */
import { encodeValue } from './protocol.js';

/**
 * @typedef {import('./subscription.js').ShapeResult} ShapeResult
 */

/** The keys that one subscription has been given. */
export class ShownKeys {
  /** False until a snapshot has come: before that a deletion may be of a row that was never shown. */
  known = false;
  #names;
  /** @type {Set<string>} */
  #keys = new Set();

  /** @param {string[]} names the key columns of the shape */
  constructor(names) {
    this.#names = names;
  }

  /**
   * Takes in what is about to be told, without the keys that were never shown.
   * @template {ShapeResult} Result
   * @param {Result} result
   * @returns {Result | Result & { kind: 'nothing' }}
   */
  told(result) {
    if (result.kind === 'snapshot') {
      this.known = true;
      this.#keys = new Set(this.#keysOf(result));
    }
    if (result.kind !== 'changes') return result;
    const deletes = result.deletes.filter((key) => this.#keys.delete(named(key)));
    for (const key of this.#keysOf({ fields: result.fields, rows: result.upserts })) this.#keys.add(key);
    return deletes.length + result.upserts.length > 0 ? { ...result, deletes } : { ...result, kind: 'nothing' };
  }

  /** @param {{ fields: import('./types.js').Field[], rows: unknown[][] }} result */
  #keysOf({ fields, rows }) {
    const positions = this.#names.map((name) => fields.findIndex((field) => field.name === name));
    return rows.map((row) => named(positions.map((at) => row[at])));
  }
}

/** @param {unknown[]} key */
function named(key) {
  return JSON.stringify(key.map(encodeValue));
}
