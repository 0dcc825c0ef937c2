/**
 * The changes of one round, found for each shape by what concerns it: its relation, where it stands, and the values that its rows have to
 * have. A thousand shapes of one relation, each with rows of its own, are not a thousand readings of all that has changed.
 */

/**
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./change-source.js').Key} Key
 * @typedef {{ txid: bigint, key: Key | null }} Entry `key` null: any row may have changed
 * @typedef {{ anybody: Entry[], byValues: Map<string, Entry[]> }} Index `anybody`: those of which it is not known whom they
 *   concern
 * @typedef {{ changed: boolean, keys: string[][] | null }} News `keys`: of the rows that may have changed, each once, in the order of
 *   `originKey`; null: any row may have
 */

/** What has changed, by capture and by value. */
export class UnseenChanges {
  /** @type {Map<number, Entry[]>} by capture */
  #entries = new Map();
  /** @type {Map<string, Index>} by capture and columns */
  #indexes = new Map();

  /** @param {Change[]} changes */
  constructor(changes) {
    for (const { txid, capture, truncate, keys } of changes) {
      const entries = this.#entries.get(capture) ?? [];
      if (truncate || keys.length === 0) entries.push({ txid, key: null });
      else for (const key of keys) entries.push({ txid, key });
      this.#entries.set(capture, entries);
    }
  }

  /**
   * Whether a snapshot lacks a change of one of these captures.
   * @param {number[]} captures
   * @param {import('./snapshot.js').Snapshot} since
   */
  concern(captures, since) {
    return captures.some((capture) => this.#entries.get(capture)?.some(({ txid }) => !since.sees(txid)));
  }

  /**
   * What a keyed shape does not have yet.
   * @param {import('./shape-groups.js').Group & { since: import('./snapshot.js').Snapshot }} group
   * @returns {News}
   */
  news({ request, since, captures: [capture], columns, equality }) {
    const places = /** @type {string[]} */ (request.originKey).map((name) => columns.indexOf(name));
    const keys = distinctValues(this.#concerning(capture, columns, equality), places, since);
    return { changed: keys === null || keys.length > 0, keys };
  }

  /**
   * What a snapshot lacks, as the values that some of a capture's columns have, or had, in the rows that have changed; null: they are not known.
   * @param {number} capture
   * @param {number[]} places of the columns
   * @param {import('./snapshot.js').Snapshot} since
   * @param {{ at: number, value: string }[]} required rows that have another value in such a place are of no concern
   */
  values(capture, places, since, required) {
    const entries = this.#entries.get(capture) ?? [];
    const isOther = (/** @type {Entry} */ { key }) => required.some(({ at, value }) => (key?.[at] ?? value) !== value);
    return distinctValues(required.length > 0 ? entries.filter((each) => !isOther(each)) : entries, places, since);
  }

  /**
   * @param {number} capture
   * @param {string[]} columns
   * @param {import('./types.js').Equality | null} equality
   * @returns {Entry[]}
   */
  #concerning(capture, columns, equality) {
    const entries = this.#entries.get(capture) ?? [];
    if (!equality || entries.length === 0) return entries;
    const name = JSON.stringify([capture, equality.columns]);
    const index = this.#indexes.get(name) ?? indexed(entries, equality.columns.map((each) => columns.indexOf(each)));
    this.#indexes.set(name, index);
    return [...index.anybody, ...index.byValues.get(JSON.stringify(equality.values)) ?? []];
  }
}

/**
 * The values, each once, of entries that a snapshot does not see; null: one does not have them.
 * @param {Entry[]} entries
 * @param {number[]} places of the columns
 * @param {import('./snapshot.js').Snapshot} since
 * @returns {string[][] | null}
 */
function distinctValues(entries, places, since) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const { txid, key } of entries) {
    if (since.sees(txid)) continue;
    const own = places.map((at) => key?.[at] ?? null);
    if (own.includes(null)) return null;
    found.set(JSON.stringify(own), /** @type {string[]} */ (own));
  }
  return [...found.values()];
}

/**
 * @param {Entry[]} entries
 * @param {number[]} places of the columns whose values decide
 */
function indexed(entries, places) {
  const anybody = [];
  /** @type {Map<string, Entry[]>} */
  const byValues = new Map();
  for (const entry of entries) {
    const values = places.map((at) => entry.key?.[at] ?? null);
    if (values.includes(null)) {
      anybody.push(entry);
      continue;
    }
    const name = JSON.stringify(values);
    const known = byValues.get(name);
    if (known) known.push(entry);
    else byValues.set(name, [entry]);
  }
  return { anybody, byValues };
}
