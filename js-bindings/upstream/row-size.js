/**
 * About how many bytes rows take, without encoding them.
 */

const OF_A_VALUE = 8;

/** @param {unknown[]} row */
export function sizeOfRow(row) {
  let size = 0;
  for (const value of row) {
    size += typeof value === 'string' || value instanceof Uint8Array ? value.length + OF_A_VALUE : OF_A_VALUE;
  }
  return size;
}

/** @param {unknown[][]} rows */
export function sizeOfRows(rows) {
  let size = 0;
  for (const row of rows) size += sizeOfRow(row);
  return size;
}
