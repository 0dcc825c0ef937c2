// Breaks the view engine on purpose, one place at a time, and says how much of that the tests notice: the scripts of
// tests/views/regressions and tests/sql, how queries are kept (tests/views/plans.txt), random views compared with their queries, the
// tests of the same name and those of maintenance as such, until one of them fails. Places whose breaking changes nothing are listed, with the reason, in tools/mutants-equivalent.json.
//
// Usage: node tools/mutate-views.js [file.c …]      (default: c-src/view/emit_*.c and what they print SQL from)
//   COUNT=n    how many mutants, taken at random (default 40; 0: all)   SEED=n  which ones
//   SECONDS=n  of random views for each mutant that nothing else has noticed (default 40; 0: none)
//   JOBS=n     how many at a time (default 1)
//   ONLY=text  only places of which the description has that text
//   TESTS=text only tests of which the name has that text
//   AGAIN=file only those that the output of an earlier run in that file calls missed
//   SANITIZE=1 with the sanitizers, which also see what reads memory that is not there
//   LIST=1     only prints the places
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const { COUNT = '40', SEED = '1', SECONDS = '40', JOBS = '1', ONLY = '', TESTS = '', AGAIN, SANITIZE, LIST, BUILD = 'build' } = process.env;
const VARIANT = SANITIZE ? [] : ['RELEASE=1'];
const OBJECTS = join(BUILD, SANITIZE ? 'native/debug' : 'native/release');
const SCRATCH = join(BUILD, 'mutants');

// --- where something can be broken ---

/** @typedef {{ file: string, at: number, length: number, text: string, line: number, what: string }} Mutant
 * `what`: the line and the change, and its number if the file has several like it. */

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
  [/(?<=\bif \()(?![^\n]*[=!]=)[^\n]+(?=\)\n)/g, '!($&)'],
  [/(?<=\n {2,8})(?:buffer_(?:text|format|append|character)|print_\w+|emit_\w+|append_\w+|add_\w+|plan_wish_index)\([^;{}]*\);/g, ';'],
];

/** Lines about failing allocations and other errors: breaking those is for the tests of memory. */
const ABOUT_ERRORS = /TIDE_OK|!changes_add\(|!list_add\(|!(?:sql_list_)?append\(|\brc\b|failed|nomem|out_of_memory|error|== NULL|!= NULL|if \((?:!\*?\w[\w>.-]*(?: \|\| )?)+\)|_alloc|_allocate|arena_format|capacity|assert|refusal|trace_line|for \(/i;

/**
 * @param {string} file
 * @returns {Mutant[]}
 */
function mutantsOf(file) {
  const source = readFileSync(file, 'utf8');
  const found = [];
  /** @type {Map<string, number>} */
  const alike = new Map();
  for (const { at, text, quoted } of pieces(source)) {
    for (const [pattern, replacement] of quoted ? SQL_CHANGES : CODE_CHANGES) {
      for (const match of text.matchAll(pattern)) {
        const start = at + match.index;
        const lineStart = source.lastIndexOf('\n', start - 1) + 1;
        const line = source.slice(lineStart, source.indexOf('\n', start + match[0].length));
        const before = source.slice(source.lastIndexOf('\n', lineStart - 2) + 1, lineStart);
        if (quoted && /error_(?:set|hint)/.test(line)) continue;
        if (!quoted && (ABOUT_ERRORS.test(line) || (/^\s*return\b/.test(line) && ABOUT_ERRORS.test(before)))) continue;
        const changed = replacement.replace('$&', match[0]);
        const what = `${line.trim().replace(/\s+/g, ' ')}   [${match[0].trim().replace(/\s+/g, ' ')} → ${changed.trim() || 'nothing'}]`;
        const count = (alike.get(what) ?? 0) + 1;
        alike.set(what, count);
        found.push({
          file, at: start, length: match[0].length, text: changed,
          line: source.slice(0, start).split('\n').length,
          what: count > 1 ? `${what} #${count}` : what,
        });
      }
    }
  }
  return found;
}

/** What live queries, their slots and statistics say has tests of its own (tests/js, tests/c/view/test_live.c, …). */
const ELSEWHERE = /^live|^slot|^statistics|^views\.c/;

/** The emitters, and those of their neighbours that print SQL. */
function defaultFiles() {
  const files = readdirSync('c-src/view', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.c'))
    .map((name) => join('c-src/view', name));
  const printsSql = /"[^"]*\b(?:SELECT|FROM|WHERE|UNION|GROUP BY|JOIN)\b[^"]*"/;
  return files.filter((file) => !ELSEWHERE.test(basename(file)) && (/^emit_|^graph|^normalise|^canonical/.test(basename(file))
    || printsSql.test(readFileSync(file, 'utf8')))).sort();
}

// --- building and running ---

/** The command that make would run for a target. @param {string} target @param {string} changed */
function command(target, changed) {
  const output = execFileSync('make', ['-n', 'V=1', ...VARIANT, `BUILD=${BUILD}`, '-W', changed, target], { encoding: 'utf8' });
  const line = output.split('\n').findLast((text) => text.includes(` -o ${target}`));
  if (line === undefined) throw new Error(`make says nothing about ${target}`);
  return line;
}

/**
 * @param {string} line @param {number} seconds of the processor, so that what else the machine does is no matter
 * @param {Record<string, string>} environment
 * @returns {Promise<boolean>} did it fail, or take longer? Not waiting for what comes after a first failure
 */
function fails(line, seconds, environment = {}) {
  return new Promise((resolve) => {
    const limit = `ulimit -t ${Math.ceil(seconds)}; ${SANITIZE ? '' : 'ulimit -v 4000000; '}`;
    const child = spawn('sh', ['-c', `${limit}exec ${line}`],
      { stdio: ['ignore', 'pipe', 'ignore'], detached: true, env: { ...process.env, ...environment } });
    const stop = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch { /* it has ended by itself */ }
    };
    child.stdout.on('data', (text) => {
      if (/FAILED/.test(text)) stop();
    });
    child.on('close', (status) => {
      resolve(status !== 0);
    });
  });
}

/** How a source file is compiled and a program linked; asked of make once. @type {Map<string, string>} */
const commands = new Map();

/** @param {string} target @param {string} changed */
function commandOnce(target, changed) {
  const key = `${target} ${changed}`;
  const known = commands.get(key) ?? command(target, changed);
  commands.set(key, known);
  return known;
}

/** @param {string} file @param {string} scratch */
function compileCommand(file, scratch) {
  const object = join(OBJECTS, 'objects', file.replace(/\.c$/, '.o'));
  return commandOnce(object, file).replace(/-MMD -MP/, '').replace('ccache ', '').replace('-O2 -g', '-O1').replaceAll(file, `${scratch}/mutant.c`)
    .replace(`-o ${object}`, `-I${dirname(file)} -w -o ${scratch}/mutant.o`);
}

/** @param {string} file @param {string} program @param {string} scratch */
function linkCommand(file, program, scratch) {
  return commandOnce(program, file).replace(/ -o \S+/, ` -o ${scratch}/${basename(program)}`)
    .replace(/ (\S+\.o) /, ` ${scratch}/mutant.o $1 `) + (SANITIZE ? '' : ' -Wl,-S');
}

/** What may notice; `usual`: the seconds it takes when nothing is broken.
 * @typedef {{ name: string, program: string, arguments?: string, seconds: number, usual?: number, environment?: Record<string, string> }} Test */

/** @param {string[]} tests @param {string} fuzzer @param {string} scripts @returns {Test[]} */
function testsOf(tests, fuzzer, scripts) {
  const random = (/** @type {number} */ seconds, /** @type {string} */ seed, theme = '') => ({
    name: `random ${theme || 'views'} of ${seconds} seconds`, program: fuzzer, seconds: 3 * seconds + 20,
    environment: { SECONDS: String(seconds), SEED: seed, MINIMISE: '0', THEME: theme },
  });
  const short = Math.min(8, Number(SECONDS));
  return [
    { name: 'what once failed', program: fuzzer, arguments: 'tests/views/regressions/*.test', seconds: 60 },
    { name: 'the plans of maintenance', program: fuzzer, seconds: 60, environment: { THEME: 'plans', ROUNDS: '1', SECONDS: '600', MINIMISE: '0' } },
    { name: 'SQL scripts', program: scripts, arguments: 'tests/sql/*.test tests/views/regressions/*.test', seconds: 60 },
    ...tests.map((program) => ({ name: basename(program), program, seconds: 60 })),
    ...Number(SECONDS) > 0 ? [random(short, '4'), random(short, '4', 'recursion'), random(Number(SECONDS), '100004')] : [],
  ];
}

/** How often a test was run on, and has noticed, mutants of a file. @type {Map<string, { run: number, noticed: number }>} */
const experience = new Map();

/** @param {string} file @param {Test} test */
function experienceOf(file, test) {
  const key = `${file} ${test.name}`;
  const known = experience.get(key) ?? { run: 0, noticed: 0 };
  experience.set(key, known);
  return known;
}

/** The sooner the likelier it is to notice something in a second; random views, which have no `usual`, come last. @param {string} file @param {Test} test */
function promise(file, test) {
  const { run, noticed } = experienceOf(file, test);
  return test.usual === undefined ? 0 : (noticed + 0.5) / (run + 1) / (test.usual + 0.3);
}

/**
 * 'invalid': it does not compile; 'noticed' by what; or 'missed'.
 * @param {Mutant} mutant
 * @param {Test[]} tests
 * @param {string} scratch
 */
async function judge(mutant, tests, scratch) {
  const source = readFileSync(mutant.file, 'utf8');
  writeFileSync(join(scratch, 'mutant.c'), source.slice(0, mutant.at) + mutant.text + source.slice(mutant.at + mutant.length));
  if (await fails(compileCommand(mutant.file, scratch), 120)) return 'invalid';
  const linked = new Set();
  const own = `test_${basename(mutant.file, '.c').replace(/^aggregate_.*/, 'emit_aggregate')}`;
  const recursion = /recurs/.test(mutant.file);
  // what no emitter's test is about may be noticed by each of them
  const alone = !/^test_emit/.test(own) || !tests.some(({ program }) => basename(program) === own);
  const ordered = tests.filter(({ program }) => alone || !/^test_emit/.test(basename(program)) || basename(program) === own)
    .filter(({ environment: { THEME = '' } = {} }) => THEME !== 'recursion' || recursion)
    .sort((one, other) => promise(mutant.file, other) - promise(mutant.file, one));
  for (const test of ordered) {
    const { name, program, arguments: names = '', seconds, environment } = test;
    if (!linked.has(program) && await fails(linkCommand(mutant.file, program, scratch), 120)) return 'invalid';
    linked.add(program);
    const known = experienceOf(mutant.file, test);
    known.run++;
    if (await fails(`${join(scratch, basename(program))} ${names}`, seconds, environment)) {
      known.noticed++;
      return `noticed by ${name}`;
    }
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

/** @param {Mutant[]} all */
function choose(all) {
  if (Number(COUNT) === 0) return all;
  const below = chooser(Number(SEED));
  const left = [...all];
  /** @type {Mutant[]} */
  const chosen = [];
  while (chosen.length < Number(COUNT) && left.length > 0) chosen.push(...left.splice(below(left.length), 1));
  return chosen.sort((one, other) => one.file.localeCompare(other.file) || one.at - other.at);
}

/** Reviewed: file → what → why it changes nothing. @type {Record<string, Record<string, string>>} */
const equivalents = JSON.parse(readFileSync('tools/mutants-equivalent.json', 'utf8'));

/** Tells of reviews that fit no place any more. @param {Mutant[]} all @param {string[]} files */
function checkReviews(all, files) {
  for (const [file, reviews] of Object.entries(equivalents)) {
    if (!files.includes(file)) continue;
    for (const what of Object.keys(reviews)) {
      if (!all.some((mutant) => mutant.file === file && mutant.what === what)) console.log(`no such place any more: ${file}: ${what}`);
    }
  }
}

const files = process.argv.length > 2 ? process.argv.slice(2) : defaultFiles();
const all = files.flatMap(mutantsOf);
checkReviews(all, files);
const earlier = AGAIN === undefined ? undefined : new Set(readFileSync(AGAIN, 'utf8').split('\n').filter((line) => line.startsWith('missed: '))
  .map((line) => line.replace(/^missed: (\S+?):\d+: /, '$1: ')));
const chosen = choose(all.filter((mutant) => mutant.what.includes(ONLY) && (!earlier || earlier.has(`${mutant.file}: ${mutant.what}`))));
console.log(`${all.length} places in ${files.length} files; ${chosen.length} of them are broken, one at a time`);

async function main() {
  const tests = readdirSync('tests/c/view').filter((name) => /^test_(?:emit_.*|aggregate.*|canonical|capture|changes|explain|graph|group|index|list|maintain|partition|patch|state)\.c$/.test(name))
    .map((name) => join(OBJECTS, 'tests/view', name.replace(/\.c$/, '')));
  const fuzzer = join(OBJECTS, 'fuzz_views'), scripts = join(OBJECTS, 'sql_runner');
  execFileSync('make', [...VARIANT, `BUILD=${BUILD}`, '-j2', fuzzer, scripts, ...tests], { stdio: ['ignore', 'ignore', 'inherit'] });
  const runs = testsOf(tests, fuzzer, scripts).filter(({ name }) => name.includes(TESTS));
  for (const test of runs) {
    const { name, program, arguments: names = '', seconds, environment } = test;
    if (!existsSync(program)) throw new Error(`${program} was not built`);
    if (name.startsWith('random')) continue;
    const start = performance.now();
    if (await fails(`${program} ${names}`, 4 * seconds, environment)) throw new Error(`${name}: fails without any mutant`);
    test.usual = (performance.now() - start) / 1000;
    test.seconds = Math.min(seconds, 10 + 6 * test.usual);
  }
  const counts = { noticed: 0, missed: 0, invalid: 0, equivalent: 0 };
  const waiting = [...chosen];
  /** @param {number} number */
  const work = async (number) => {
    const scratch = join(SCRATCH, String(number));
    mkdirSync(scratch, { recursive: true });
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const reason = equivalents[mutant.file]?.[mutant.what];
      const verdict = reason === undefined ? await judge(mutant, runs, scratch) : `equivalent (${reason})`;
      counts[/** @type {keyof typeof counts} */ (verdict.split(' ')[0])]++;
      console.log(`${verdict}: ${mutant.file}:${mutant.line}: ${mutant.what}`);
    }
  };
  await Promise.all(Array.from({ length: Number(JOBS) }, (_, number) => work(number)));
  const valid = counts.noticed + counts.missed;
  console.log(`${counts.noticed} of ${valid} noticed (${(100 * counts.noticed / Math.max(valid, 1)).toFixed(1)} %); `
    + `${counts.equivalent} change nothing, as reviewed; ${counts.invalid} did not compile`);
}

if (LIST) {
  for (const mutant of chosen) console.log(`${mutant.file}:${mutant.line}: ${mutant.what}`);
} else {
  await main();
}
