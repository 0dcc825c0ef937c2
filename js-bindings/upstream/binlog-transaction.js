/**
 * What one transaction of a binary log has changed of what is watched.
 */

/**
 * @typedef {import('./binlog-changes.js').Seen} Seen
 * @typedef {import('./binlog-place.js').BinlogPlace} BinlogPlace
 * @typedef {import('./change-source.js').Change} Change
 */

/** A transaction that is being read. */
export class BinlogTransaction {
  #maximumKeys;
  /** @type {Map<number, import('./change-source.js').Key[] | null>} keys by the number of the watch; null: of any row */
  #keys = new Map();

  /** @param {number} maximumKeys more of them are as good as any row */
  constructor(maximumKeys) {
    this.#maximumKeys = maximumKeys;
  }

  /** @param {Seen[]} seen */
  add(seen) {
    for (const { watch: { id }, keys } of seen) {
      const known = this.#keys.get(id) ?? (this.#keys.has(id) ? null : []);
      if (known === null) continue;
      if (keys) known.push(...keys);
      this.#keys.set(id, keys && known.length <= this.#maximumKeys ? known : null);
    }
  }

  /**
   * Its changes, now that it has ended.
   * @param {BinlogPlace} place
   * @returns {Change[]}
   */
  changes(place) {
    return [...this.#keys].map(([capture, keys]) =>
      (keys ? { txid: place.number, capture, truncate: false, keys } : changeOfAnyRow(capture, place.number)));
  }
}

/**
 * @param {number} capture
 * @param {bigint} txid
 * @returns {Change}
 */
export function changeOfAnyRow(capture, txid) {
  return { txid, capture, truncate: true, keys: [] };
}
