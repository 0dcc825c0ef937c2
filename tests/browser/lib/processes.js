/** The processes of a browser. */
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Those of Chromium or Firefox that run pages.
 * @param {number} root the first process of the browser, or one above it
 * @returns {number[]}
 */
export function contentProcesses(root) {
  const pages = ({ command }) => command.includes('--type=renderer') || /-contentproc\0.*\0tab\0$/.test(command);
  return descendants(root).filter(pages).map(({ pid }) => pid);
}

/**
 * Processes below one, with what they were started as.
 * @param {number} root
 * @returns {{ pid: number, parent: number, command: string }[]}
 */
export function descendants(root) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1'))?.[1]);
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'latin1') }];
    } catch {
      return []; // it has just ended
    }
  });
  const found = new Set([root]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

/**
 * The process that runs a page of Chromium: the one that becomes busy with it.
 * @param {number} root the first process of the browser
 * @param {import('playwright-core').Page} page
 */
export async function rendererOf(root, page) {
  const before = new Map(contentProcesses(root).map((pid) => [pid, ticks(pid)]));
  await page.evaluate(() => {
    const end = Date.now() + 400;
    while (Date.now() < end);
  });
  const grown = [...before].map(([pid, had]) => ({ pid, by: ticks(pid) - had }));
  return grown.sort((a, b) => b.by - a.by)[0].pid;
}

/** Processor time that a process has used. */
function ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
