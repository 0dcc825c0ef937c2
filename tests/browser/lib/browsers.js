/** The browsers of this machine, with profiles that are deleted afterwards. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, firefox } from 'playwright-core';

import { eventually } from '../../js/lib/eventually.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Tabs of one site get processes of their own, so that one can be killed. */
const SEPARATE_TABS = '--disable-features=ProcessPerSiteUpToMainFrameThreshold';

const launchers = {
  Chromium: (profile, { separateTabs = false, ...options }) => chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM, headless: true, args: separateTabs ? [...args, SEPARATE_TABS] : args, ...options,
  }),
  Firefox: (profile, { separateTabs: _, ...options }) => firefox.launchPersistentContext(profile, {
    channel: 'moz-firefox', executablePath: FIREFOX, headless: true, ...options,
  }),
};

/** Names of the browsers that are here; Chromium has to be. */
export const browsers = existsSync(FIREFOX) ? ['Chromium', 'Firefox'] : ['Chromium'];

/**
 * @param {string} name
 * @param {import('playwright-core').BrowserContextOptions & { separateTabs?: boolean }} [options]
 */
export async function launch(name, options = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'tidemark-profile-'));
  const context = await launchers[name](profile, options);
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/**
 * A Chromium that can be killed and started again on what it left.
 * @param {string} url of its page
 * @param {string} [folder] where its profile is made
 * @param {{ background?: boolean }} [options] background: its tabs are not seen, so that they can be frozen
 */
export async function killable(url, folder = tmpdir(), { background = false } = {}) {
  const profile = await mkdtemp(join(folder, 'tidemark-kill-'));
  let running = null;
  // However this process ends.
  const killAll = () => { if (running !== null) process.kill(-running.browser.pid, 'SIGKILL'); };
  process.on('exit', killAll);
  return {
    /** Starts it and gives its page. */
    async start() {
      const file = join(profile, 'DevToolsActivePort');
      await rm(file, { force: true }); // of the one before
      const browser = spawn(CHROMIUM, [...args, SEPARATE_TABS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, url], {
        detached: true, stdio: 'ignore',
      });
      const port = await eventually(async () => {
        const [number, path] = (await readFile(file, 'utf8')).split('\n');
        if (!path) throw new Error('not written yet');
        return number;
      });
      const connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: background });
      running = { browser, connection };
      return eventually(async () => {
        const page = connection.contexts()[0].pages().find((candidate) => candidate.url() === url);
        if (page === undefined) throw new Error('the page is not open yet');
        return page;
      });
    },
    profile,
    /** The first of its processes, which leads their group. */
    get pid() {
      return running.browser.pid;
    },
    /** Kills all its processes at once. */
    async kill() {
      const { browser, connection } = running;
      running = null;
      const gone = new Promise((resolve) => { browser.once('exit', resolve); });
      process.kill(-browser.pid, 'SIGKILL');
      await gone;
      await connection.close().catch(() => {});
    },
    async close() {
      if (running !== null) await this.kill();
      process.off('exit', killAll);
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
