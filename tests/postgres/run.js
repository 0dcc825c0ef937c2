/**
 * Runs the tests of PostgreSQL origins against several versions of the server, and prints a line for each.
 *
 *     node tests/postgres/run.js folder-for-logs [version …] [word …]    a word: only the files whose name contains one
 */
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HERE, VERSIONS, checkKnown, packageOf } from './versions.js';

const ROOT = join(HERE, '..', '..');
const FOLDERS = ['upstream', 'gateway', 'offline'].map((name) => join('tests', 'js', name));
/** What a test takes from tests/js/lib/origin.js that opens a server. */
const OPENS_ONE = /import \{[^}]*\b(openPostgres|origins)\b[^}]*\} from '\.\.\/lib\/origin\.js'/;
const TIME_OF_A_FILE = 180_000;

const [logs, ...words] = process.argv.slice(2);
const chosen = words.filter((word) => /^\d+$/.test(word));
const parts = words.filter((word) => !chosen.includes(word));
checkKnown(chosen);
const files = testFiles();
if (files.length === 0) {
  console.error(`no test is named like ${parts.join(', ')}`);
  process.exit(1);
}

mkdirSync(logs, { recursive: true });
let failed = false;
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const begin = performance.now();
  const programs = join(packageOf(version), 'native', 'bin');
  const release = execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1);
  const log = join(logs, `${version}.log`);
  const { pass = 0, fail: failures = 0, skipped = 0, names, code } = await runTests(programs, log);
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(`PostgreSQL ${release}: ${pass} passed, ${failures} failed, ${skipped} skipped, ${seconds} s`);
  if (code === 0) continue;
  failed = true;
  for (const name of names) console.log(`  ${name}`);
  console.log(`  ${log}`);
}
process.exit(failed ? 1 : 0);

/** The files of tests that open a PostgreSQL server. */
function testFiles() {
  return FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.test.js'))
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .map((name) => join(folder, name))
    .filter((file) => OPENS_ONE.test(readFileSync(join(ROOT, file), 'utf8'))));
}

/**
 * Runs them; what they print goes to the log.
 * @param {string} programs the folder of the server's
 * @param {string} log
 * @returns {Promise<{ pass?: number, fail?: number, skipped?: number, names: string[], code: number | null }>} `names`: what failed
 */
async function runTests(programs, log) {
  const forced = execFileSync(process.execPath, ['--help'], { encoding: 'utf8' }).includes('--test-force-exit');
  const options = [`--test-timeout=${TIME_OF_A_FILE}`, ...forced ? ['--test-force-exit'] : []];
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...options, ...files], {
    cwd: ROOT,
    env: { ...process.env, POSTGRES_PROGRAMS: programs, POSTGRES_ONLY: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.pipe(createWriteStream(log));
  child.stdout.setEncoding('utf8');
  let text = '';
  for await (const piece of child.stdout) text += piece;
  const code = child.exitCode ?? await new Promise((resolve) => { child.once('close', resolve); });
  const counts = Object.fromEntries([...text.matchAll(/^# (pass|fail|skipped) (\d+)$/gm)].map(([, what, count]) => [what, Number(count)]));
  return { ...counts, names: failures(text), code };
}

/**
 * The names of the tests that failed, without those of the suites that they are in.
 * @param {string} tap
 */
function failures(tap) {
  return [...tap.matchAll(/^( *)not ok \d+ - (.*)\n(?:\1 .*\n)*?\1  failureType: '(\w+)'/gm)]
    .filter(([, , , type]) => type !== 'subtestsFailed').map(([, , name]) => name);
}
