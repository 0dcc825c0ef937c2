// Breaks the sync on purpose, in each way that tests/simulator/mutations.js lists, in a copy of the tree, and says which of them the
// simulator notices, and after how many runs.
//
// Usage: node tools/mutate-sync.js
//   RUNS=n     of the simulator at most for each (default 1000)   SEED=n  the first seed (default 1)
//   ONLY=text  only those whose sentence has that text
//   LIST=1     only looks whether each place is there
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { mutations } from '../tests/simulator/mutations.js';

const { RUNS = '1000', SEED = '1', ONLY = '', LIST, BUILD = 'build' } = process.env;
const COPY = join(BUILD, 'mutants-sync');
const SIMULATOR = 'build/native/release/simulator';

/** @param {string} source @param {import('../tests/simulator/mutations.js').mutations[number]} mutation */
function mutated(source, { file, from, to }) {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

function copyTree() {
  rmSync(COPY, { recursive: true, force: true });
  mkdirSync(join(COPY, 'tests'), { recursive: true });
  for (const path of ['Makefile', 'c-src', 'wasm', 'tools', 'tests/simulator', 'tests/c/lib']) {
    cpSync(path, join(COPY, path), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(resolve('third_party'), join(COPY, 'third_party'));
}

function build() {
  const { status, stderr } = spawnSync('make', ['RELEASE=1', 'BUILD=build', 'NATIVE_WARNINGS=-w', SIMULATOR], { cwd: COPY, encoding: 'utf8' });
  if (status !== 0) throw new Error(`it does not build:\n${stderr}`);
}

/** What the simulator finds, or nothing. */
function simulate() {
  const { stdout } = spawnSync(SIMULATOR, { cwd: COPY, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, RUNS, SEED, JOBS: '1' } });
  const reason = /^SEED=\d+ (?:fails \(.*?\): )?(.*)$/m.exec(stdout)?.[1];
  const runs = /^(\d+) runs from/m.exec(stdout)?.[1];
  return reason && `${reason} (run ${Number(runs)})`;
}

/** @param {typeof mutations} chosen */
function judgeAll(chosen) {
  copyTree();
  build();
  const found = simulate();
  if (found) throw new Error(`the simulator fails without any mutation: ${found}`);
  let noticed = 0;
  for (const mutation of chosen) {
    const path = join(COPY, mutation.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(source, mutation));
    build();
    const reason = simulate();
    writeFileSync(path, source);
    noticed += reason ? 1 : 0;
    console.log(`${reason ? 'noticed' : 'not noticed'}: ${mutation.breaks}${reason ? `\n    ${reason}` : ''}`);
  }
  console.log(`${noticed} of ${chosen.length} noticed in ${RUNS} runs from SEED=${SEED} on`);
}

const chosen = mutations.filter(({ breaks }) => breaks.includes(ONLY));
if (LIST) for (const mutation of chosen) mutated(readFileSync(mutation.file, 'utf8'), mutation);
else judgeAll(chosen);
