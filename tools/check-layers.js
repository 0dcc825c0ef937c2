// Checks that each layer of c-src includes only from itself and from the layers before it (ARCHITECTURE.md), and that no
// source file of ours is longer than a person can keep in mind.
// Usage: node tools/check-layers.js
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LAYERS = ['base', 'effect', 'vfs', 'types', 'sql', 'catalog', 'view', 'extension', 'sync', 'federation'];
const LINES_MAX = 1000;

const complaints = [];
for (const entry of readdirSync('c-src', { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && /\.(c|h|y)$/.test(entry.name)) checkFile(join(entry.parentPath ?? entry.path, entry.name));
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;

/** @param {string} path */
function checkFile(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.length > LINES_MAX && !path.endsWith('.y')) {
    complaints.push(`${path}: ${lines.length} lines; more than ${LINES_MAX} is two files`);
  }
  // Files above all layers may include anything.
  const own = LAYERS.indexOf(path.split(/[\\/]/)[1]);
  if (own === -1) return;
  lines.forEach((line, index) => {
    const included = /^\s*#\s*include\s+"([^"/]+)\//.exec(line)?.[1];
    if (included !== undefined && LAYERS.indexOf(included) > own) {
      complaints.push(`${path}:${index + 1}: ${LAYERS[own]} must not include from ${included}, a later layer`);
    }
  });
}
