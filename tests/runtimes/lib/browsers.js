/** Browsers started as a user would, without a driver: with a profile and an address. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync } from 'node:zlib';

import { start } from './process.js';
import { tools } from './project.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const WEBKIT = process.env.WEBKIT ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const CHROMIUM_OPTIONS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** What the build for servers of an old Chromium needs; its handler of traps breaks with any read beyond the memory. */
const OLD_OPTIONS = ['--remote-debugging-port=0', '--no-zygote', '--disable-software-rasterizer', '--in-process-gpu', '--disable-features=WebAssemblyTrapHandler'];

/**
 * @typedef {object} Browser
 * @property {() => string | Promise<string>} version
 * @property {boolean} here
 * @property {(profile: string, url: string) => Promise<ReturnType<typeof start>>} open on a profile that is made when there is none
 */

/** @type {Record<string, Browser>} */
export const browsers = {
  Chromium: {
    here: existsSync(CHROMIUM),
    version: () => versionOf(CHROMIUM),
    open: async (profile, url) => start(CHROMIUM, [...CHROMIUM_OPTIONS, `--user-data-dir=${profile}`, url]),
  },
  'Chromium, oldest': {
    here: existsSync(join(tools, 'chromium-oldest')),
    version: () => JSON.parse(readFileSync(join(tools, 'chromium-oldest/package.json'), 'utf8')).version,
    open: async (profile, url) =>
      start(oldChromium(), [...CHROMIUM_OPTIONS, ...OLD_OPTIONS, `--user-data-dir=${profile}`, url]),
  },
  Firefox: {
    here: existsSync(FIREFOX),
    version: () => versionOf(FIREFOX),
    async open(profile, url) {
      mkdirSync(profile, { recursive: true });
      // Left behind by one that was killed.
      for (const name of ['lock', '.parentlock']) rmSync(join(profile, name), { force: true });
      writeFileSync(join(profile, 'user.js'), `user_pref('browser.aboutwelcome.enabled', false);
user_pref('datareporting.policy.dataSubmissionEnabled', false);
user_pref('toolkit.startup.max_resumed_crashes', -1);
user_pref('browser.sessionstore.resume_from_crash', false);
`);
      return start(FIREFOX, ['--headless', '--no-remote', '--profile', profile, url], { env: { HOME: profile } });
    },
  },
  WebKitGTK: {
    here: existsSync(WEBKIT) && existsSync('/usr/bin/Xvfb'),
    version: async () => versionOf(WEBKIT, [], { DISPLAY: await display() }),
    async open(profile, url) {
      const env = { DISPLAY: await display(), HOME: profile, XDG_DATA_HOME: profile, XDG_CACHE_HOME: profile, XDG_RUNTIME_DIR: profile };
      mkdirSync(profile, { recursive: true, mode: 0o700 });
      return start(WEBKIT, ['--features=+StorageAPI,+StorageAPIEstimate,+FileSystem,+AccessHandle', url], { env });
    },
  },
};

/** @type {Promise<string> | null} */
let shown = null;

/**
 * A display without a screen, for all browsers of this process. (xvfb-run now and then waits for one that has long been there, and every one of
 * its that is killed leaves a lock behind.)
 */
function display() {
  shown ??= (async () => {
    const server = start('/usr/bin/Xvfb', ['-displayfd', '1', '-nolisten', 'tcp']);
    for (const end = Date.now() + 30_000; !server.stdout.includes('\n'); await sleep(10)) {
      if (Date.now() > end) throw new Error(`there is no display: ${server.stderr}`);
    }
    const number = server.stdout.trim();
    process.on('exit', () => { for (const left of [`/tmp/.X${number}-lock`, `/tmp/.X11-unix/X${number}`]) rmSync(left, { force: true }); });
    return `:${number}`;
  })();
  return shown;
}

/** @param {string} program @param {string[]} [given] @param {Record<string, string>} [env] */
function versionOf(program, given = [], env = {}) {
  const said = execFileSync(program, [...given, '--version'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env }, timeout: 30_000 });
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? '?';
}

/** Unpacks the old Chromium beside its package, once. */
function oldChromium() {
  const folder = join(tools, 'chromium-oldest', 'bin');
  const program = join(folder, 'chromium');
  if (!existsSync(program)) {
    const part = `${program}.${process.pid}`;
    writeFileSync(part, brotliDecompressSync(readFileSync(`${program}.br`)));
    chmodSync(part, 0o755);
    renameSync(part, program);
  }
  return program;
}
