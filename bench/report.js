/** What all measurements share: medians, tables, a file of the figures. */
import { mkdirSync, writeFileSync } from 'node:fs';

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** @param {number[]} values @param {number} share of 1 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Prints rows of equal keys as a table and keeps them as JSON. */
export function report(name, title, rows) {
  console.log(`\n${title}\n`);
  const columns = Object.keys(rows[0]);
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length)));
  const line = (cells) => console.log('  ' + cells.map((cell, i) => String(cell).padEnd(widths[i])).join('  '));
  line(columns);
  line(widths.map((width) => '-'.repeat(width)));
  for (const row of rows) line(columns.map((column) => row[column]));
  mkdirSync('artifacts', { recursive: true });
  writeFileSync(`artifacts/bench-${name}.json`, JSON.stringify({ title, node: process.version, rows }, null, 2));
}
