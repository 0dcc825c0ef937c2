/** Runs one phase of bench/storage.js with one contender, and answers with milliseconds. */
import { contenders } from './contenders.js';

/** Phases end after that long, whatever is left of their operations. */
const LONGEST = 8_000;

const phases = { create, workload, fill, reopen, limit };

self.onmessage = async ({ data: [phase, ...given] }) => {
  try {
    self.postMessage({ result: await phases[phase](...given) });
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};

/** @param {() => any} work */
async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Times of up to `count` operations, one after the other.
 * @param {number} count
 * @param {(i: number) => any} operation
 */
async function each(count, operation) {
  const times = [];
  const end = performance.now() + LONGEST;
  for (let i = 0, now = performance.now(); i < count && now < end; i++) {
    await operation(i);
    const after = performance.now();
    times.push(after - now);
    now = after;
  }
  return times;
}

/** Rows `from` up to `to`, each with a text of `width` characters. */
function insertRows(db, from, to, width) {
  return db.postgres
    ? db.run(`INSERT INTO t SELECT i, i % 1000, lpad(i::text, ${width}, '0') FROM generate_series(${from}, ${to - 1}) AS s (i)`)
    : db.run(`WITH RECURSIVE s (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM s WHERE i < ${to - 1})
        INSERT INTO t SELECT i, i % 1000, printf('%0${width}d', i) FROM s`);
}

const parameter = (db) => (db.postgres ? '$1' : '?');

const TABLE = 'CREATE TABLE t (id integer PRIMARY KEY, k integer, data text)';

/** A new database, until it takes statements. */
async function create(contender, name) {
  let db;
  const time = await timed(async () => {
    db = await contenders[contender](name);
    await db.run(TABLE);
  });
  await db.close();
  return time;
}

/** What programs do with a database. */
async function workload(contender, name, rows, commits, reads) {
  const db = await contenders[contender](name);
  await db.run(TABLE);
  /** @type {Record<string, any>} */
  const times = {};
  times.bulk = await timed(() => insertRows(db, 0, rows, 100));
  const update = `UPDATE t SET k = k + 1 WHERE id = ${parameter(db)}`;
  times.commits = await each(commits, (i) => db.run(update, [(i * 7919) % rows]));
  const read = `SELECT data FROM t WHERE id = ${parameter(db)}`;
  times.reads = await each(reads, async (i) => {
    const id = (i * 104729) % rows;
    if (Number(await db.run(read, [id])) !== id) throw new Error(`row ${id} is not as it was written`);
  });
  times.scan = await timed(() => expect(db, 'SELECT sum(length(data)) FROM t', rows * 100));
  const before = Array.from({ length: rows }, (_, i) => i % 1000).reduce((sum, k) => sum + k, 0);
  await expect(db, 'SELECT sum(k) FROM t', before + times.commits.length);
  times.loaded = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
  await db.close();
  return times;
}

/** @param {any} db @param {string} sql @param {number} value */
async function expect(db, sql, value) {
  const found = Number(await db.run(sql));
  if (found !== value) throw new Error(`${sql} is ${found}, and not ${value}`);
}

/** A database of `megabytes`. */
async function fill(contender, name, megabytes) {
  const db = await contenders[contender](name);
  await db.run(TABLE);
  for (let row = 0; row < megabytes * 1000; row += 20_000) await insertRows(db, row, row + 20_000, 1000);
  await db.close();
}

/** Opens a database that is there, and reads a row. */
async function reopen(contender, name, id) {
  let db;
  const time = await timed(async () => {
    db = await contenders[contender](name);
    if (Number(await db.run(`SELECT data FROM t WHERE id = ${parameter(db)}`, [id])) !== id) throw new Error('the row is not there');
  });
  await db.close();
  return time;
}

/** The least that a commit of one page can cost on OPFS: a frame of the log written and flushed. */
async function limit(count) {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle('limit', { create: true });
  const handle = await file.createSyncAccessHandle();
  const frame = new Uint8Array(4096 + 24).fill(7);
  const times = await each(count, (i) => {
    handle.write(frame, { at: 32 + (i % 1000) * frame.length });
    handle.flush();
  });
  handle.close();
  await root.removeEntry('limit');
  return times;
}
