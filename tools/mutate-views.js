// Breaks the view engine on purpose, one place at a time, and says how much of that the tests notice: random views compared
// with their queries (tests/views), then the emitters' own tests.
//
// Usage: node tools/mutate-views.js [file.c …]      (default: c-src/view/emit_*.c and what they print SQL from)
//   COUNT=n    how many mutants, taken at random (default 40; 0: all)   SEED=n  which ones
//   SECONDS=n  of random views for each mutant (default 12)
//   LIST=1     only prints the places
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const { COUNT = '40', SEED = '1', SECONDS = '12', LIST, BUILD = 'build' } = process.env;
const OBJECTS = join(BUILD, 'native/release');
const SCRATCH = join(BUILD, 'mutants');

// --- where something can be broken ---

/** @typedef {{ file: string, at: number, length: number, text: string, line: number, what: string }} Mutant */

/**
 * The pieces of a C source: code and string literals; comments are left out.
 * @param {string} source
 */
function pieces(source) {
  const found = [];
  const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'|^#[^\n]*|[^"'/#]+|./gm;
  for (const match of source.matchAll(pattern)) {
    const text = match[0];
    if (text.startsWith('/*') || text.startsWith('//') || text.startsWith('#') || text.startsWith("'")) continue;
    found.push({ at: match.index, text, quoted: text.startsWith('"') });
  }
  return found;
}

/** What may be changed inside SQL. @type {[RegExp, string][]} */
const SQL_CHANGES = [
  [/ IS (?!NULL|NOT|DISTINCT|%|TRUE|FALSE)/g, ' = '],
  [/ IS NOT (?!NULL)/g, ' <> '],
  [/ IS NULL/g, ' IS NOT NULL'],
  [/ IS NOT NULL/g, ' IS NULL'],
  [/ AND /g, ' OR '],
  [/ OR /g, ' AND '],
  [/NOT EXISTS/g, 'EXISTS'],
  [/(?<!NOT )EXISTS/g, 'NOT EXISTS'],
  [/ NOT IN /g, ' IN '],
  [/(?<!NOT) IN /g, ' NOT IN '],
  [/UNION ALL/g, 'UNION'],
  [/EXCEPT/g, 'INTERSECT'],
  [/DISTINCT /g, ''],
  [/LEFT JOIN/g, 'JOIN'],
  [/sum\(/g, 'max('],
  [/total\(/g, 'max('],
  [/count\(/g, 'max('],
  [/ > 0/g, ' >= 0'],
  [/ = 0/g, ' <> 0'],
  [/ <> 0/g, ' = 0'],
  [/ > 1/g, ' > 0'],
  [/(?<=[ (,])-(?=[(%_a-z1])/g, ''],
  [/ - /g, ' + '],
  [/ \+ /g, ' - '],
  [/ \* /g, ' + '],
  [/ DESC/g, ''],
  [/OLD/g, 'NEW'],
  [/__before/g, '__now'],
];

/** What may be changed in C. @type {[RegExp, string][]} */
const CODE_CHANGES = [
  [/ == /g, ' != '],
  [/ != /g, ' == '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ < (?!0|[^;]*;[^;]*\+\+)/g, ' <= '],
  [/ > /g, ' >= '],
  [/ \+ 1\b/g, ''],
  [/ - 1\b/g, ''],
  [/(?<=[=(,] ?)-(?=[a-z(])/g, ''],
  [/ \+= /g, ' -= '],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/\bcontinue;/g, ';'],
  [/(?<=\bif \()(?=[^\n]*\)\n)/g, '!'],
  [/(?<=\n {2,8})(?:buffer_(?:text|format|append|character)|print_\w+|emit_\w+|append_\w+|add_\w+|plan_wish_index)\([^;{}]*\);/g, ';'],
];

/** Lines about failing allocations and other errors: breaking those is for the tests of memory. */
const ABOUT_ERRORS = /TIDE_OK|\brc\b|failed|nomem|out_of_memory|error|== NULL|!= NULL|if \(!\w+\)|assert|refusal|trace_line|for \(/i;

/**
 * @param {string} file
 * @returns {Mutant[]}
 */
function mutantsOf(file) {
  const source = readFileSync(file, 'utf8');
  const found = [];
  for (const { at, text, quoted } of pieces(source)) {
    for (const [pattern, replacement] of quoted ? SQL_CHANGES : CODE_CHANGES) {
      for (const match of text.matchAll(pattern)) {
        const start = at + match.index;
        const lineStart = source.lastIndexOf('\n', start - 1) + 1;
        const line = source.slice(lineStart, source.indexOf('\n', start + match[0].length));
        if (!quoted && ABOUT_ERRORS.test(line)) continue;
        const changed = match[0].replace(pattern, replacement) === match[0] ? replacement : match[0].replace(match[0], replacement);
        found.push({
          file, at: start, length: match[0].length, text: changed,
          line: source.slice(0, start).split('\n').length,
          what: `${line.trim()}   [${match[0].trim() || 'condition'} → ${changed.trim() || 'nothing'}]`,
        });
      }
    }
  }
  return found;
}

/** The emitters, and those of their neighbours that print SQL. */
function defaultFiles() {
  const files = readdirSync('c-src/view', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.c'))
    .map((name) => join('c-src/view', name));
  const printsSql = /"[^"]*\b(?:SELECT|FROM|WHERE|UNION|GROUP BY|JOIN)\b[^"]*"/;
  return files.filter((file) => /^emit_|^graph|^node_/.test(basename(file)) || printsSql.test(readFileSync(file, 'utf8'))).sort();
}

// --- building and running ---

/** The command that make would run for a target. @param {string} target @param {string} changed */
function command(target, changed) {
  const output = execFileSync('make', ['-n', 'V=1', 'RELEASE=1', `BUILD=${BUILD}`, '-W', changed, target], { encoding: 'utf8' });
  const line = output.split('\n').findLast((text) => text.includes(` -o ${target}`));
  if (line === undefined) throw new Error(`make says nothing about ${target}`);
  return line;
}

/** @param {string} line @param {number} seconds @param {Record<string, string>} environment */
function run(line, seconds, environment = {}) {
  const result = spawnSync('sh', ['-c', line], {
    encoding: 'utf8', timeout: seconds * 1000, killSignal: 'SIGKILL', env: { ...process.env, ...environment },
  });
  return { failed: result.status !== 0, output: `${result.stdout}${result.stderr}` };
}

/** Compiled once per source file: how to compile it and how to link with it. @type {Map<string, { compile: string, links: string[] }>} */
const commands = new Map();

/** @param {string} file @param {string[]} programs */
function commandsFor(file, programs) {
  let known = commands.get(file);
  if (known === undefined) {
    const object = join(OBJECTS, 'objects', file.replace(/\.c$/, '.o'));
    const compile = command(object, file).replace(/-MMD -MP/, '').replaceAll(file, `${SCRATCH}/mutant.c`)
      .replace(`-o ${object}`, `-I${file.replace(/\/[^/]*$/, '')} -w -o ${SCRATCH}/mutant.o`);
    const links = programs.map((program) => command(program, file).split('\n').at(-1)
      ?.replace(/ -o \S+/, ` -o ${SCRATCH}/${basename(program)}`).replace(/(-O2 -g -DNDEBUG)/, `$1 ${SCRATCH}/mutant.o`) ?? '');
    known = { compile, links };
    commands.set(file, known);
  }
  return known;
}

/**
 * 'invalid': it does not compile; 'noticed' by what; or 'missed'.
 * @param {Mutant} mutant
 * @param {string[]} programs the fuzzer first
 */
function judge(mutant, programs) {
  const source = readFileSync(mutant.file, 'utf8');
  writeFileSync(join(SCRATCH, 'mutant.c'), source.slice(0, mutant.at) + mutant.text + source.slice(mutant.at + mutant.length));
  const { compile, links } = commandsFor(mutant.file, programs);
  if (run(compile, 120).failed) return 'invalid';
  for (const [index, program] of programs.entries()) {
    if (run(links[index], 120).failed) return 'invalid';
    const executable = join(SCRATCH, basename(program));
    const { failed } = index === 0
      ? run(executable, Number(SECONDS) * 4 + 60, { SECONDS, SEED: '4', MINIMISE: '0' })
      : run(executable, 120);
    if (failed) return `noticed by ${basename(program)}`;
  }
  return 'missed';
}

// --- which ones ---

/** A generator of numbers below a limit. @param {number} seed */
function chooser(seed) {
  let state = BigInt(seed) * 0x9E3779B97F4A7C15n + 1n;
  return (/** @type {number} */ limit) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xFFFFFFFFFFFFFFFFn;
    return Number((state >> 33n) % BigInt(limit));
  };
}

const files = process.argv.length > 2 ? process.argv.slice(2) : defaultFiles();
const all = files.flatMap(mutantsOf);
const choose = chooser(Number(SEED));
const chosen = Number(COUNT) === 0 ? all : [];
for (const left = [...all]; chosen !== all && chosen.length < Number(COUNT) && left.length > 0;) {
  chosen.push(...left.splice(choose(left.length), 1));
}
chosen.sort((left, right) => left.file.localeCompare(right.file) || left.at - right.at);
console.log(`${all.length} places in ${files.length} files; ${chosen.length} of them are broken, one at a time`);

if (LIST) {
  for (const mutant of chosen) console.log(`${mutant.file}:${mutant.line}: ${mutant.what}`);
} else {
  mkdirSync(SCRATCH, { recursive: true });
  const tests = readdirSync('tests/c/view').filter((name) => /^test_(?:emit|graph|node|maintain).*\.c$/.test(name))
    .map((name) => join(OBJECTS, 'tests/view', name.replace(/\.c$/, '')));
  const programs = [join(OBJECTS, 'fuzz_views'), ...tests];
  execFileSync('make', ['RELEASE=1', `BUILD=${BUILD}`, '-j2', ...programs], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const program of programs) {
    if (!existsSync(program)) throw new Error(`${program} was not built`);
    const { failed, output } = run(program, 300, { SECONDS, SEED: '4', MINIMISE: '0' });
    if (failed) throw new Error(`${program} fails without any mutant:\n${output}`);
  }
  const counts = { noticed: 0, missed: 0, invalid: 0 };
  for (const mutant of chosen) {
    const verdict = judge(mutant, programs);
    counts[/** @type {keyof typeof counts} */ (verdict.split(' ')[0])]++;
    console.log(`${verdict}: ${mutant.file}:${mutant.line}: ${mutant.what}`);
  }
  const valid = counts.noticed + counts.missed;
  console.log(`${counts.noticed} of ${valid} noticed (${(100 * counts.noticed / Math.max(valid, 1)).toFixed(1)} %); `
    + `${counts.invalid} did not compile`);
}
