/** What all measurements share: medians, tables, a file of the figures. */
import { mkdirSync, writeFileSync } from 'node:fs';

/** @param {readonly number[]} values */
export function median(values) {
  return percentile(values, 0.5);
}

/** @param {readonly number[]} values @param {number} share of 1 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * Prints rows of equal keys as a table and keeps them as JSON.
 * @param {string} name of the file
 * @param {string} title
 * @param {Record<string, unknown>[]} rows
 * @param {{ notes?: string[], details?: object }} [more] notes: what the figures mean, a line each; details: kept in the file alone
 */
export function report(name, title, rows, { notes = [], details } = {}) {
  console.log(`\n${title}\n`);
  const columns = Object.keys(rows[0]);
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length)));
  const line = (cells) => console.log('  ' + cells.map((cell, i) => String(cell).padEnd(widths[i])).join('  ').trimEnd());
  line(columns);
  line(widths.map((width) => '-'.repeat(width)));
  for (const row of rows) line(columns.map((column) => row[column]));
  if (notes.length > 0) console.log('\n' + notes.map((note) => `  ${note}`).join('\n'));
  mkdirSync('artifacts', { recursive: true });
  writeFileSync(`artifacts/bench-${name}.json`,
    JSON.stringify({ title, node: process.version, rows, notes, ...(details && { details }) }, null, 2));
}

/**
 * A number as a table shows it: three digits that matter.
 * @param {number} value
 */
export function figure(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
