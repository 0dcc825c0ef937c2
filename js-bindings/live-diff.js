/**
 * What changed between two results of one query, so that whoever holds the first can make the second of it.
 *
 * The rule that applyChanges follows, and that subscribers may rely on: take the rows of all changes out
 * of the old result by their `oldIndex`; put the rows of all changes into the new result at their `index`;
 * the untouched rows fill the places left, in the order they had.
 */

/**
 * @typedef {Record<string, unknown>} Row
 */

/**
 * One row that differs. A row that only moved is an update whose `old` and `new` are the same object.
 * @typedef {object} RowChange
 * @property {'insert' | 'update' | 'delete'} op
 * @property {Row | null} key the columns that identify the row; null when the result has no key
 * @property {Row | null} old
 * @property {Row | null} new
 * @property {number} index place in the new result; -1 for a delete
 * @property {number} oldIndex place in the old result; -1 for an insert
 */

/**
 * Compares two results. Rows of `next` that equal a row of `previous` are replaced by that row, so that
 * untouched rows keep their identity.
 * @param {Row[]} previous
 * @param {Row[]} next altered in place
 * @param {readonly string[] | null} key the columns that identify a row; null: only equal rows match
 * @returns {RowChange[]} deletes in order of oldIndex, then inserts and updates in order of index
 */
export function diffRows(previous, next, key) {
  const identity = identityOf(key);
  const sources = match(previous, next, identity);
  /** @type {RowChange[]} */
  const changes = deletions(previous, sources, key);

  const kept = [];
  for (let index = 0; index < next.length; index++) {
    const source = sources[index];
    if (source === -1) continue;
    if (sameRow(previous[source], next[index])) {
      next[index] = previous[source];
      kept.push(index);
    }
  }
  const untouched = longestIncreasing(kept, sources);
  for (let index = 0; index < next.length; index++) {
    if (untouched !== null && untouched.has(index)) continue;
    const source = sources[index];
    const row = next[index];
    if (source === -1) {
      changes.push({ op: 'insert', key: keyOf(row, key), old: null, new: row, index, oldIndex: -1 });
    } else if (untouched !== null || previous[source] !== row) {
      const old = previous[source];
      changes.push({ op: 'update', key: keyOf(row, key), old, new: row, index, oldIndex: source });
    }
  }
  return changes;
}

/**
 * The new result, from the old one and what diffRows found.
 * @param {readonly Row[]} previous
 * @param {readonly RowChange[]} changes
 * @returns {Row[]}
 */
export function applyChanges(previous, changes) {
  const taken = new Set();
  const placed = new Map();
  for (const change of changes) {
    if (change.oldIndex !== -1) taken.add(change.oldIndex);
    if (change.index !== -1) placed.set(change.index, change.new);
  }
  const length = previous.length - taken.size + placed.size;
  /** @type {Row[]} */
  const rows = new Array(length);
  let from = 0;
  for (let index = 0; index < length; index++) {
    if (placed.has(index)) {
      rows[index] = placed.get(index);
      continue;
    }
    while (taken.has(from)) from++;
    rows[index] = previous[from++];
  }
  return rows;
}

/**
 * For each row of `next` the place of its counterpart in `previous`, or -1. Rows of one identity are
 * matched in order.
 * @param {readonly Row[]} previous
 * @param {readonly Row[]} next
 * @param {(row: Row) => unknown} identity
 */
function match(previous, next, identity) {
  const sources = new Int32Array(next.length).fill(-1);
  /** @type {Map<unknown, number>} the first place of each identity that is not taken yet */
  const first = new Map();
  const following = new Int32Array(previous.length).fill(-1);
  for (let index = previous.length - 1; index >= 0; index--) {
    const id = identity(previous[index]);
    following[index] = first.get(id) ?? -1;
    first.set(id, index);
  }
  for (let index = 0; index < next.length; index++) {
    const id = identity(next[index]);
    const source = first.get(id);
    if (source === undefined || source === -1) continue;
    sources[index] = source;
    first.set(id, following[source]);
  }
  return sources;
}

/**
 * @param {readonly Row[]} previous
 * @param {Int32Array} sources
 * @param {readonly string[] | null} key
 */
function deletions(previous, sources, key) {
  const survives = new Uint8Array(previous.length);
  for (const source of sources) if (source !== -1) survives[source] = 1;
  /** @type {RowChange[]} */
  const changes = [];
  for (let oldIndex = 0; oldIndex < previous.length; oldIndex++) {
    if (survives[oldIndex] === 1) continue;
    const old = previous[oldIndex];
    changes.push({ op: 'delete', key: keyOf(old, key), old, new: null, index: -1, oldIndex });
  }
  return changes;
}

/**
 * The largest set of places whose sources rise: the rows that need not move. Null when that is all of
 * them, which is the common case and found without the search.
 * @param {number[]} places in `next`, rising
 * @param {Int32Array} sources
 * @returns {Set<number> | null}
 */
function longestIncreasing(places, sources) {
  let rising = true;
  for (let i = 1; i < places.length && rising; i++) {
    rising = sources[places[i - 1]] < sources[places[i]];
  }
  if (rising) return null;

  /** @type {number[]} tails[n] ends the best rising run of length n + 1 */
  const tails = [];
  const before = new Map();
  for (const place of places) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sources[tails[middle]] < sources[place]) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before.set(place, tails[low - 1]);
    tails[low] = place;
  }
  const longest = new Set();
  let place = tails.at(-1);
  while (place !== undefined) {
    longest.add(place);
    place = before.get(place);
  }
  return longest;
}

/**
 * A function that gives equal values for two rows exactly if they are the same row at different times.
 * @param {readonly string[] | null} key
 * @returns {(row: Row) => unknown}
 */
export function identityOf(key) {
  if (key === null) return (row) => identityText(Object.values(row));
  if (key.length === 1) {
    const column = key[0];
    return (row) => {
      const value = row[column];
      return typeof value === 'object' && value !== null ? identityText([value]) : value;
    };
  }
  return (row) => identityText(key.map((column) => row[column]));
}

/**
 * A text that is equal for equal values only.
 * @param {readonly unknown[]} values
 */
export function identityText(values) {
  return JSON.stringify(values, (_key, value) => {
    if (typeof value === 'bigint') return { bigint: value.toString() };
    if (value instanceof Uint8Array) return { bytes: Array.from(value) };
    if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
    return value;
  });
}

/**
 * @param {Row} row
 * @param {readonly string[] | null} key
 * @returns {Row | null}
 */
export function keyOf(row, key) {
  return key === null ? null : Object.fromEntries(key.map((column) => [column, row[column]]));
}

/**
 * @param {Row} left
 * @param {Row} right
 */
export function sameRow(left, right) {
  if (left === right) return true;
  const names = Object.keys(right);
  if (names.length !== Object.keys(left).length) return false;
  for (const name of names) if (!sameValue(left[name], right[name])) return false;
  return true;
}

/**
 * Whether two values of cells are equal: JSON values by their parts, bytes by their content.
 * @param {unknown} left
 * @param {unknown} right
 * @returns {boolean}
 */
export function sameValue(left, right) {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (left instanceof Uint8Array) {
    return right instanceof Uint8Array && left.length === right.length
      && left.every((byte, at) => byte === right[at]);
  }
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length
      && left.every((item, at) => sameValue(item, right[at]));
  }
  if (Array.isArray(right) || right instanceof Uint8Array) return false;
  return sameRow(/** @type {Row} */ (left), /** @type {Row} */ (right));
}
