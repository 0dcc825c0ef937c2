// Checks that every relative link in the Markdown files leads to a file, and to a heading where it names one.
// Usage: node tools/check-links.js file.md …
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

let failed = false;
for (const file of process.argv.slice(2)) checkFile(file);
process.exitCode = failed ? 1 : 0;

/** @param {string} file */
function checkFile(file) {
  const text = withoutCode(readFileSync(file, 'utf8'));
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
    if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
    const [path, anchor] = target.split('#');
    const found = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
    if (!existsSync(found)) complain(file, `links to ${target}, which does not exist`);
    else if (anchor && found.endsWith('.md') && !headings(found).includes(anchor)) {
      complain(file, `links to ${target}, where there is no such heading`);
    }
  }
}

/** @param {string} markdown */
function withoutCode(markdown) {
  return markdown.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
}

/**
 * The anchors that headings get.
 * @param {string} file
 */
function headings(file) {
  const text = readFileSync(file, 'utf8').replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1/gm, '');
  return [...text.matchAll(/^#+\s+(.+?)\s*#*$/gm)].map(([, heading]) => heading.toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'));
}

/**
 * @param {string} file
 * @param {string} what
 */
function complain(file, what) {
  console.error(`${file} ${what}`);
  failed = true;
}
