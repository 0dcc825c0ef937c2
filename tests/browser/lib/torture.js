/**
 * Eight tabs write to the same two databases while they are closed, refreshed, killed, frozen, stopped and hung: what they were
 * told is kept outside of the browser, and compared with what is there in the end.
 */
import { killable, launch } from './browsers.js';
import { contentProcesses, rendererOf } from './processes.js';
import { startSite } from './site.js';
import { torturePage } from './torture-page.js';
import { Witness } from './witness.js';

const TABS = 8;

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const any = (list) => list[Math.floor(Math.random() * list.length)];

/** Both storages at once; where the page may hold the database every other tab does without a worker. */
const databasesOf = (slot) => [
  { name: 'files', options: { path: 'files', worker: true } },
  { name: 'records', options: { path: 'records', storage: 'indexeddb', worker: slot % 2 === 0, takeoverAfter: 750 } },
];

const pageOf = (slot) => `<!doctype html><title>tab ${slot}</title><script type="module">
(${torturePage})(${JSON.stringify(databasesOf(slot))}, '${slot}-' + crypto.randomUUID().slice(0, 8));
</script>`;

/** What happens to tabs. Each leaves those that it is given as they were: open, or being opened. */
const DISTURBANCES = {
  close: (run, [slot]) => run.reopen(slot),
  refresh: (run, [slot]) => run.page(slot).reload(),
  refreshFive: (run, slots) => Promise.all(slots.map((slot) => run.page(slot).reload())),
  async hang(run, [slot]) {
    run.page(slot).evaluate((time) => {
      const end = Date.now() + time;
      while (Date.now() < end);
    }, 500 + Math.random() * 2500).catch(() => {});
  },
  stop: (run) => run.stop(any(run.running), 300 + Math.random() * 2500),
};

const IN_CHROMIUM = {
  async crash(run, [slot]) {
    const session = await run.context.newCDPSession(run.page(slot));
    session.send('Page.crash').catch(() => {});
    await pause(50);
    await run.reopen(slot);
  },
  freeze: (run, [slot]) => run.freeze(slot, 300 + Math.random() * 2000),
  /** All of the browser stops, as when the machine sleeps. */
  async sleep(run) {
    signal(-run.pid, 'SIGSTOP');
    await pause(1000 + Math.random() * 2000);
    signal(-run.pid, 'SIGCONT');
    for (const pid of run.stopped) signal(pid, 'SIGSTOP');
  },
};

const IN_FIREFOX = {
  /** Several tabs may share the process. */
  async crash(run) {
    signal(any(contentProcesses(run.pid)), 'SIGKILL');
    await pause(300);
    await run.reopenDead();
  },
};

/** What may last for minutes: a tab is frozen with notice, or its process stopped without. */
const LONG_IN_CHROMIUM = { freezeLong: 'freeze', stopLong: 'stopTab' };
const LONG_IN_FIREFOX = { stopLong: 'stopTab' };

/** How many tabs each needs; the others need one. */
const NEEDS = { refreshFive: 5, stop: 0, sleep: 0 };

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it ended just now
  }
}

/** Whether a page runs. */
function answers(page) {
  return Promise.race([page.evaluate(() => true).catch(() => false), pause(4000).then(() => false)]);
}

class Torture {
  #name;
  #site;
  #browser;
  /** @type {Witness} */
  #witness;
  /** @type {{ page: any, busy: boolean }[]} */
  #slots = Array.from({ length: TABS }, () => ({ page: null, busy: false }));
  context;
  /** The first process of the browser, or one above it. */
  pid = process.pid;
  /** @type {Set<number>} processes that are stopped */
  stopped = new Set();
  kinds = {};

  constructor(name) {
    this.#name = name;
  }

  page(slot) {
    return this.#slots[slot].page;
  }

  /** Processes of tabs that run. */
  get running() {
    return contentProcesses(this.pid).filter((pid) => !this.stopped.has(pid));
  }

  async freeze(slot, milliseconds) {
    const session = await this.context.newCDPSession(this.page(slot));
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await pause(milliseconds);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await session.detach();
  }

  /** Stops a process. */
  async stop(pid, milliseconds) {
    this.stopped.add(pid);
    signal(pid, 'SIGSTOP');
    await pause(milliseconds);
    this.stopped.delete(pid);
    signal(pid, 'SIGCONT');
  }

  /** Stops the process of a tab; nothing else happens meanwhile to those that share it. */
  async stopTab(slot, milliseconds) {
    const stopping = this.stop(await rendererOf(this.pid, this.page(slot)), milliseconds);
    const silent = await Promise.all(this.#slots.map(async (about) => !about.busy && !await answers(about.page)));
    const sharing = this.#slots.filter((about, at) => silent[at] && !about.busy);
    for (const about of sharing) about.busy = true;
    await stopping;
    for (const about of sharing) about.busy = false;
  }

  async start() {
    const pages = Object.fromEntries(this.#slots.map((_, slot) => [`/${slot}`, pageOf(slot)]));
    this.#site = await startSite(undefined, pages);
    this.#witness = new Witness(this.#site.server, databasesOf(0).map(({ name }) => name));
    if (this.#name === 'Chromium') {
      this.#browser = await killable(this.#site.url, undefined, { background: true });
      this.context = (await this.#browser.start()).context();
      this.pid = this.#browser.pid;
    } else {
      this.#browser = await launch(this.#name);
      this.context = this.#browser.context;
    }
    const page = await this.context.newPage();
    await page.goto(this.#site.url);
    await page.evaluate(async (databases) => {
      const { Tidemark } = await import('/tidemark/index.js');
      for (const { options } of databases) {
        const db = new Tidemark(options);
        await db.exec(`CREATE TABLE counter (id integer PRIMARY KEY, n integer); INSERT INTO counter VALUES (1, 0);
          CREATE TABLE list (id serial PRIMARY KEY, tag text)`);
        await db.close();
      }
    }, databasesOf(0));
    await page.close();
    for (const slot of this.#slots.keys()) await this.reopen(slot);
  }

  async reopen(slot) {
    const about = this.#slots[slot];
    await about.page?.close().catch(() => {});
    about.page = await this.context.newPage();
    await about.page.goto(`${this.#site.url}${slot}`);
  }

  /** Opens tabs again that have lost their processes; nothing else happens to any meanwhile. */
  async reopenDead() {
    for (const slot of this.#slots.keys()) if (!await answers(this.page(slot))) await this.reopen(slot);
  }

  /**
   * Disturbs tabs for some time, mostly two at once.
   * @param {number} seconds
   * @param {number} longest seconds that one may not run; 0: a few
   */
  async disturb(seconds, longest) {
    const end = Date.now() + seconds * 1000;
    const disturbances = { ...DISTURBANCES, ...(this.#name === 'Chromium' ? IN_CHROMIUM : IN_FIREFOX) };
    const again = async () => {
      while (Date.now() < end && this.#witness.problems.length === 0) {
        const name = any(Object.keys(disturbances));
        const needs = name === 'crash' && this.#name === 'Firefox' ? TABS : NEEDS[name] ?? 1;
        const free = [...this.#slots.keys()].filter((slot) => !this.#slots[slot].busy).sort(() => Math.random() - 0.5);
        if (free.length >= needs) await this.#disturb(name, disturbances[name], free.slice(0, needs));
        await pause(Math.random() * 500);
        this.#witness.findHanging();
      }
    };
    // The tab that was opened first holds them.
    await this.#disturb('close', disturbances.close, [0]);
    await Promise.all([again(), again(), longest > 0 ? this.#disturbForLong(end, longest * 1000) : null]);
  }

  /**
   * Now and then lets one tab not run for long.
   * @param {number} end
   * @param {number} longest milliseconds
   */
  async #disturbForLong(end, longest) {
    const ways = this.#name === 'Chromium' ? LONG_IN_CHROMIUM : LONG_IN_FIREFOX;
    while (Date.now() < end && this.#witness.problems.length === 0) {
      const free = [...this.#slots.keys()].filter((slot) => !this.#slots[slot].busy).sort(() => Math.random() - 0.5);
      const name = any(Object.keys(ways));
      const time = Math.min(longest * (0.2 + 0.8 * Math.random()), end - Date.now());
      if (free.length > 0) await this.#disturb(name, () => this[ways[name]](free[0], time), [free[0]]);
      await pause(Math.random() * 15_000); // in which Firefox has all its tabs free for a crash
    }
  }

  async #disturb(name, work, slots) {
    for (const slot of slots) this.#slots[slot].busy = true;
    this.kinds[name] = (this.kinds[name] ?? 0) + 1;
    try {
      await work(this, slots);
    } catch {
      // A page may have gone in the middle of it: it has to be open again.
      for (const slot of slots) await this.reopen(slot).catch((error) => this.#witness.problems.push(`${name}: ${error}`));
    }
    for (const slot of slots) this.#slots[slot].busy = false;
  }

  /** Lets all come to rest and compares; resolves to what is wrong. */
  async finish() {
    const witness = this.#witness;
    const { problems } = witness;
    const all = (work) => Promise.all([...this.#slots.keys()].map(work));
    await all((slot) => witness.there(slot));
    await all((slot) => witness.ask(slot, { stop: true }));
    const compared = await all((slot) => witness.ask(slot, { compare: true }));
    compared.forEach((answer, slot) => problems.push(...(answer?.compared ?? []).map((what) => `tab ${slot}: ${what}`)));
    for (const { name, options } of databasesOf(0)) {
      const [counter, tags] = await this.page(0).evaluate(async (given) => {
        const { Tidemark } = await import('/tidemark/index.js');
        const db = new Tidemark(given);
        const { rows: [{ n }] } = await db.query('SELECT n FROM counter WHERE id = 1');
        const { rows } = await db.query('SELECT tag FROM list');
        return [n, rows.map(({ tag }) => tag)];
      }, options);
      problems.push(...witness.violations(name, counter, tags));
    }
    return problems;
  }

  get report() {
    const rounds = Object.values(this.kinds).reduce((sum, count) => sum + count, 0);
    return { rounds, kinds: this.kinds, ...this.#witness.report };
  }

  async close() {
    await this.#browser?.close();
    this.#witness?.close();
    await this.#site?.close();
  }
}

/**
 * @param {string} name of the browser
 * @param {number} seconds
 * @param {number} [longest] seconds that a tab may not run
 */
export async function torture(name, seconds, longest = 0) {
  const run = new Torture(name);
  try {
    await run.start();
    await run.disturb(seconds, longest);
    const problems = await run.finish();
    return { ...run.report, problems };
  } finally {
    await run.close();
  }
}

/**
 * A line that says what happened.
 * @param {string} name of the browser
 * @param {Awaited<ReturnType<typeof torture>>} result
 */
export function summary(name, { rounds, kinds, commits, takeovers, longest, failures }) {
  return `${name}: ${rounds} disturbances ${JSON.stringify(kinds)}, ${commits} commits, ${takeovers} takeovers, ` +
    `longest time without an answer ${longest} ms, calls that failed or whose tab was gone ${JSON.stringify(failures)}`;
}
