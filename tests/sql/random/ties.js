/**
 * Equal values may be spelled differently: ORDER BY leaves their rows in any order, and where one is shown for all it may be any. Both are
 * made the same here.
 */

/** What shows one of several equal values. */
const CHOOSES = /\b(UNION|INTERSECT|EXCEPT|DISTINCT|GROUP BY|min|max|mode|percentile_disc)\b/;

/**
 * Equal numbers may have other digits (1.5 and 1.50), equal intervals other words (1 day and 24:00:00).
 * @param {unknown} value
 * @param {string} type
 */
function spelledAlike(value, type) {
  if (type === 'interval' && value !== null) return '';
  return typeof value === 'bigint' ? String(value) : shortened(value, type);
}

/**
 * A number without zeros at its end.
 * @param {unknown} value
 * @param {string} type
 */
function shortened(value, type) {
  return !type.startsWith('numeric') || value === null ? value : String(value).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

/**
 * Rows that stand beside each other and differ in nothing else, in the order of their texts.
 * @param {import('../lib/script.js').Result} result of the query; changed
 * @param {string} sql the query
 */
export function settleTies({ rows, fields }, sql) {
  const list = /** @type {unknown[][]} */ (rows);
  if (CHOOSES.test(sql)) for (const row of list) row.forEach((value, column) => { row[column] = shortened(value, fields[column].type); });
  const sorted = list.map((row) => ({
    row, place: 0, text: row.map(String).join('\n'), key: JSON.stringify(row.map((value, column) => spelledAlike(value, fields[column].type))),
  }));
  for (let at = 1; at < sorted.length; at++) sorted[at].place = sorted[at].key === sorted[at - 1].key ? sorted[at - 1].place : at;
  sorted.sort((a, b) => a.place - b.place || (a.text < b.text ? -1 : 1));
  list.splice(0, list.length, ...sorted.map(({ row }) => row));
}
