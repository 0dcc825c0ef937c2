/** A result made from the one before and the rows that are different: only those are looked at. */
import { identityOf, keyOf, sameRow } from './live-diff.js';

/** @typedef {import('./live-diff.js').Row} Row */
/** @typedef {import('./live-diff.js').RowChange} RowChange */

/**
 * A row that may differ.
 * @typedef {object} Entry
 * @property {number} old place before, or -1
 * @property {number} now place now, or -1
 * @property {Row | null} row as it is now
 */

/**
 * @param {readonly Row[]} previous
 * @param {readonly Row[]} read the rows that came, changed or moved
 * @param {readonly (readonly [number, number])[]} places where each was and is; then of those gone, which are -1 now
 * @param {readonly string[] | null} key the columns that identify a row
 * @returns {{ rows: Row[], changes: RowChange[] }} as diffRows finds them
 */
export function placeRows(previous, read, places, key) {
  const entries = pair(previous, places.map(([old, now], at) => ({ old, now, row: read[at] ?? null })), key);
  const changed = entries.filter((entry) => !keep(previous, entry));
  const alike = entries.filter((entry) => keep(previous, entry));
  // Rows that look as before may have moved all the same, by what is not shown.
  if (!haveStayed(alike, changed)) changed.push(...alike);
  const changes = changed.map(({ old, now, row }) => change(previous, old, now, row, key));
  changes.sort((left, right) => (left.index < 0 && right.index < 0 ? left.oldIndex - right.oldIndex
    : left.index - right.index));
  return { rows: spliced(previous, changed), changes };
}

/**
 * A row that went and one that came with the same key are one row that changed.
 * @param {readonly Row[]} previous
 * @param {Entry[]} entries
 * @param {readonly string[] | null} key
 */
function pair(previous, entries, key) {
  const gone = entries.filter(({ now }) => now < 0);
  if (gone.length === 0) return entries;
  const identity = identityOf(key);
  /** @type {Map<unknown, Entry[]>} */
  const byIdentity = new Map();
  for (const entry of gone.reverse()) {
    const id = identity(previous[entry.old]);
    const same = byIdentity.get(id);
    if (same === undefined) byIdentity.set(id, [entry]);
    else same.push(entry);
  }
  for (const entry of entries) {
    if (entry.old >= 0 || entry.row === null) continue;
    const twin = byIdentity.get(identity(entry.row))?.pop();
    if (twin === undefined) continue;
    entry.old = twin.old;
    twin.old = -1;
  }
  return entries.filter(({ old, now }) => old >= 0 || now >= 0);
}

/**
 * Whether it looks as before; then it is the same object.
 * @param {readonly Row[]} previous
 * @param {Entry} entry
 */
function keep(previous, entry) {
  if (entry.old < 0 || entry.row === null || !sameRow(previous[entry.old], entry.row)) return false;
  entry.row = previous[entry.old];
  return true;
}

/**
 * Are they, beside rows that are not looked at, where they were, once the changed ones are taken out?
 * @param {readonly Entry[]} alike
 * @param {readonly Entry[]} changed
 */
function haveStayed(alike, changed) {
  return alike.every(({ old, now }) => {
    let before = 0;
    let after = 0;
    for (const entry of changed) {
      if (entry.old >= 0 && entry.old < old) before++;
      if (entry.now >= 0 && entry.now < now) after++;
    }
    return old - before === now - after;
  });
}

/**
 * @param {readonly Row[]} previous
 * @param {number} oldIndex
 * @param {number} index
 * @param {Row | null} row
 * @param {readonly string[] | null} key
 * @returns {RowChange}
 */
function change(previous, oldIndex, index, row, key) {
  const old = oldIndex < 0 ? null : previous[oldIndex];
  const op = row === null ? 'delete' : old === null ? 'insert' : 'update';
  return { op, key: keyOf(/** @type {Row} */ (row ?? old), key), old, new: row, index, oldIndex };
}

/**
 * @param {readonly Row[]} previous
 * @param {readonly Entry[]} entries
 */
function spliced(previous, entries) {
  const rows = previous.slice();
  for (const { old } of entries.filter((entry) => entry.old >= 0).sort((left, right) => right.old - left.old)) {
    rows.splice(old, 1);
  }
  for (const { now, row } of entries.filter((entry) => entry.now >= 0).sort((left, right) => left.now - right.now)) {
    rows.splice(now, 0, /** @type {Row} */ (row));
  }
  return rows;
}
