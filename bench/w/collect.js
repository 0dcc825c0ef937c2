/** What peers that only tell changes need to show rows. */

/** Rows kept from changes of weight 1 and -1 by key, as TanStack DB's own collections keep them. */
export class Collected {
  #rows = new Map();
  #pending = new Map();

  /** @param {[[unknown, any], number][]} changes of a run, in the order in which they come */
  add(changes) {
    for (const [[key, row], weight] of changes) {
      let entry = this.#pending.get(key);
      if (entry === undefined) this.#pending.set(key, entry = { net: 0, row: undefined });
      entry.net += weight;
      if (weight > 0) entry.row = row;
    }
  }

  /** Takes over what a run has changed. */
  apply() {
    for (const [key, { net, row }] of this.#pending) {
      if (net < 0) this.#rows.delete(key);
      else if (row !== undefined) this.#rows.set(key, row);
    }
    this.#pending.clear();
  }

  /** All rows, in the order of their first value. */
  rows() {
    return byFirst([...this.#rows.values()]);
  }
}

/** Rows in the order of their first value. @param {any[][]} rows */
export function byFirst(rows) {
  return rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
