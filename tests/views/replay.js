// Runs what `make fuzz-views SCRIPTS=n OUT=folder` has written over the package, in WebAssembly: every statement ends as it did
// natively, and after each one every realtime view and every live query equals its query. With --postgres PostgreSQL runs the same
// statements beside it: it accepts every one of them, and the views show the same rows in the end.
// Usage: node tests/views/replay.js [--postgres] script.test …
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tidemark } from '../../js-bindings/index.js';
import { Postgres } from '../sql/lib/postgres.js';

/** What may stand behind the query of a view. */
const OPTIONS = /(?: WITH \(time_refresh = '\w+'\))?(?: WITH NO DATA)?$/;

/** @typedef {{ sql: string, code: string }} Step a text of `@reopen` closes and opens the database */

/**
 * @param {string} text
 * @returns {Step[]}
 */
function parse(text) {
  const steps = [];
  for (const block of text.split('\n\n')) {
    const lines = block.split('\n').filter((line) => line !== '');
    for (const line of lines) if (/^# (reopen|kill) here$/.test(line)) steps.push({ sql: '@reopen', code: '00000' });
    const at = lines.findIndex((line) => line.startsWith('statement '));
    if (at === -1) continue;
    steps.push({ sql: lines.slice(at + 1).join('\n'), code: lines[at].replace(/^statement (ok|error )/, '') || '00000' });
  }
  return steps;
}

/** A row as text that tells types apart. @param {unknown[]} row */
function encode(row) {
  return JSON.stringify(row, (_key, value) => {
    if (typeof value === 'bigint') return { bigint: String(value) };
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
    return Object.is(value, Infinity) || Object.is(value, -Infinity) ? { double: String(value) } : value;
  });
}

/** @param {unknown[][]} rows */
const multiset = (rows) => rows.map(encode).sort();

/** @param {string[]} left @param {string[]} right */
const equal = (left, right) => left.length === right.length && left.every((row, index) => row === right[index]);

class Replay {
  #file;
  #folder = mkdtempSync(join(tmpdir(), 'views-'));
  /** @type {Tidemark} */
  #database;
  /** @type {Postgres | null} */
  #postgres;
  /** Views found different from their queries, which is said once. @type {Set<string>} */
  #wrong = new Set();
  /** Views that have not been filled. @type {Set<string>} */
  #unfilled = new Set();
  /** Live queries of what the views show, by name of the view. @type {Map<string, { live: import('../../js-bindings/index.js').LiveQuery, query: string }>} */
  #live = new Map();
  #inTransaction = false;
  /** Views were suspended in the open transaction: they may show what was. */
  #suspended = false;
  #failures = 0;
  #diverged = false;
  checks = 0;
  liveChecks = 0;

  /** @param {string} file @param {boolean} postgres */
  constructor(file, postgres) {
    this.#file = file;
    this.#database = this.#open();
    this.#postgres = postgres ? new Postgres() : null;
  }

  #open() {
    return new Tidemark({ path: join(this.#folder, 'views.db'), storage: 'file' });
  }

  /** @param {string} complaint */
  #complain(complaint) {
    this.#failures++;
    console.error(`${this.#file}: ${complaint}`);
  }

  /** @param {string} sql @returns {Promise<unknown[][]>} */
  async #rows(sql) {
    return /** @type {any} */ (await this.#database.query(sql, [], { rowMode: 'array' })).rows;
  }

  /** @param {string} sql */
  async #code(sql) {
    try {
      await this.#database.query(sql);
      return '00000';
    } catch (error) {
      return /** @type {any} */ (error).code;
    }
  }

  /** @param {Step} step */
  async #postgresAccepts({ sql, code }) {
    if (this.#postgres === null || this.#diverged || code !== '00000' || /^(?:REFRESH|SUSPEND|RESUME) /.test(sql)) return;
    if (sql === '@reopen') {
      if (this.#inTransaction) await this.#postgres.query('ROLLBACK');
      return;
    }
    try {
      await this.#postgres.query(sql.replace(' REALTIME VIEW', ' VIEW').replace(OPTIONS, ''));
    } catch (error) {
      this.#complain(`PostgreSQL says ${error} to\n  ${sql}`);
      this.#diverged = true;
    }
  }

  /** @param {Step} step */
  async #run(step) {
    await this.#postgresAccepts(step);
    if (step.sql === '@reopen') {
      await this.#database.close();
      this.#live.clear();
      this.#inTransaction = this.#suspended = false;
      this.#database = this.#open();
      return;
    }
    const code = await this.#code(step.sql);
    if (code !== step.code) this.#complain(`${code} instead of ${step.code} from\n  ${step.sql}`);
    if (code !== '00000') return;
    if (step.sql === 'BEGIN') this.#inTransaction = true;
    if (step.sql === 'SUSPEND VIEWS') this.#suspended = true;
    if (step.sql === 'COMMIT' || step.sql === 'ROLLBACK') this.#inTransaction = this.#suspended = false;
    this.#unfilled.delete(/^REFRESH REALTIME VIEW (\S+)$/.exec(step.sql)?.[1] ?? '');
    const made = /^CREATE (?:OR REPLACE )?(?:REALTIME )?VIEW (\S+) AS (.*)$/s.exec(step.sql.replace(OPTIONS, ''));
    if (!made) return;
    if (step.sql.endsWith(' WITH NO DATA')) this.#unfilled.add(made[1]);
    else if (!this.#inTransaction) this.#unfilled.delete(made[1]); // else it may be undone
    await this.#watch(made[1], made[2]);
  }

  /** Names and queries of the views that show what their queries give. @returns {Promise<string[][]>} */
  async #views() {
    const views = /** @type {string[][]} */ (await this.#rows(
      `SELECT name, query FROM tidemark.views WHERE schema = 'public' ORDER BY name`));
    return views.filter(([name]) => !this.#unfilled.has(name) && !this.#wrong.has(name));
  }

  /** Opens a live query like the view, unless it reads views, which may be dropped. @param {string} name @param {string} query */
  async #watch(name, query) {
    if (this.#inTransaction || this.#postgres !== null || /\bv\d+\b/.test(query)) return;
    this.#live.get(name)?.live.close();
    const live = await this.#database.live(query).catch((error) => {
      if (!/^2[12]/.test(error.code)) this.#complain(`${error} from live ${query}`);
    });
    if (live) this.#live.set(name, { live, query });
  }

  /** What live queries show after a commit: in order where there is one. */
  async #checkLive() {
    if (this.#inTransaction) return;
    await new Promise((resolve) => { setTimeout(resolve, 0); });
    await new Promise((resolve) => { setImmediate(resolve); }); // a timer may be before what was to come at once
    for (const [name, { live, query }] of this.#live) {
      const rows = await this.#database.query(query).then((result) => result.rows, () => null);
      if (rows === null || live.error !== null) continue;
      const ordered = /\bORDER BY [^()]*(?:LIMIT|FETCH)[^()]*$/.test(query);
      const shown = live.rows.map((row) => encode(Object.values(row)));
      const wanted = rows.map((row) => encode(Object.values(row)));
      if (!ordered) [shown, wanted].forEach((list) => list.sort());
      this.liveChecks++;
      if (equal(shown, wanted)) continue;
      this.#complain(`live ${query}\n  shows  ${shown.join(' ')}\n  wanted ${wanted.join(' ')}`);
      live.close();
      this.#live.delete(name);
    }
  }

  async #checkViews() {
    for (const [name, query] of await this.#views()) {
      let stored, wanted;
      try {
        stored = multiset(await this.#rows(`SELECT * FROM ${name}`));
        wanted = multiset(await this.#rows(query));
      } catch (error) {
        if (!/^2[12]/.test(/** @type {any} */ (error).code)) this.#complain(`${name}: ${error}`);
        continue;
      }
      this.checks++;
      if (!equal(stored, wanted)) {
        this.#complain(`${name} AS ${query}\n  holds ${stored.join(' ')}\n  wanted ${wanted.join(' ')}`);
        this.#wrong.add(name);
      }
    }
  }

  /** The rows of every view, as text, here and in PostgreSQL. */
  async #compareWithPostgres() {
    if (this.#postgres === null || this.#diverged) return;
    if (this.#inTransaction) {
      await this.#database.query('ROLLBACK');
      await this.#postgres.query('ROLLBACK');
    }
    // PostgreSQL has no views without data
    for (const name of this.#unfilled) await this.#code(`REFRESH REALTIME VIEW ${name}`);
    this.#unfilled.clear();
    for (const [name, query] of await this.#views()) {
      const { fields } = await this.#database.query(query).catch(() => ({ fields: [] }));
      const sql = `SELECT ${fields.map((field) => `"${field.name}"::text`).join(', ')} FROM ${name}`;
      if (fields.length === 0) continue;
      const ours = await this.#rows(sql).catch(() => null);
      if (ours === null) continue; // dropped
      try {
        const theirs = /** @type {any} */ (await this.#postgres.query(sql)).rows;
        const left = multiset(ours), right = multiset(theirs);
        if (!equal(left, right)) {
          this.#complain(`${name} AS ${query}\n  holds      ${left.join(' ')}\n  PostgreSQL ${right.join(' ')}`);
        }
      } catch (error) {
        this.#complain(`${name}: PostgreSQL says ${error}`);
      }
    }
  }

  async run() {
    const steps = parse(readFileSync(this.#file, 'utf8'));
    for (const step of steps) {
      await this.#run(step);
      if (this.#postgres !== null) continue;
      if (!this.#suspended) await this.#checkViews();
      await this.#checkLive();
    }
    await this.#compareWithPostgres();
    await this.#database.close();
    await this.#postgres?.close();
    rmSync(this.#folder, { recursive: true });
    console.log(`${this.#failures === 0 ? 'ok    ' : 'FAILED'}  ${this.#file}: ${steps.length} statements`);
    return this.#failures === 0;
  }
}

const files = process.argv.slice(2).filter((argument) => argument !== '--postgres');
const postgres = process.argv.includes('--postgres');
let failures = 0, checks = 0, liveChecks = 0;
for (const file of files) {
  const replay = new Replay(file, postgres);
  if (!await replay.run()) failures++;
  checks += replay.checks;
  liveChecks += replay.liveChecks;
}
console.log(`views in WebAssembly${postgres ? ' beside PostgreSQL' : ''}: ${files.length} scripts, ${checks} checks, `
  + `${liveChecks} of live queries, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
