/** A database in the storage, as an application uses it. */
import { Tidemark } from '../common.js';
import { check, failureOf } from './check.js';

/** More than the first pieces that are loaded. */
const ROWS = 3000;

/**
 * @template T
 * @param {import('./case.js').Place} place
 * @param {string} path
 * @param {(db: Tidemark) => Promise<T>} work
 */
async function open(place, path, work) {
  const db = new Tidemark({ path, storage: place.create() });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** @param {Tidemark} db @param {string} sql @param {unknown} expected of its first row */
async function checkRow(db, sql, expected) {
  const [row] = (await db.query(sql)).rows;
  check(JSON.stringify(row) === JSON.stringify(expected), `${sql} gives ${JSON.stringify(expected)}, not ${JSON.stringify(row)}`);
}

/** @param {Tidemark} db */
const checkSound = (db) => checkRow(db, 'PRAGMA integrity_check', { integrity_check: 'ok' });

/**
 * @param {import('./case.js').Place} place
 * @param {string} path
 * @param {(fails: boolean) => unknown} setFailing
 * @param {string[]} codes
 */
async function failing(place, path, setFailing, codes) {
  await open(place, path, async (db) => {
    await db.query('CREATE TABLE t (id integer PRIMARY KEY, data text)');
    await db.query("INSERT INTO t VALUES (1, 'kept')");
    await setFailing(true);
    try {
      const error = await failureOf(
        () => db.query("INSERT INTO t SELECT n, repeat('x', 2000) FROM generate_series(2, 1500) AS g(n)"), 'a write');
      check(codes.includes(error.code), `a write fails with ${codes.join(' or ')}, not ${error.code}: ${error.message}`);
    } finally {
      await setFailing(false);
    }
  });
  await open(place, path, async (db) => {
    await checkRow(db, 'SELECT count(*) AS n, min(data) AS data FROM t', { n: 1, data: 'kept' });
    await checkSound(db);
    await db.query("INSERT INTO t VALUES (2, 'after')");
  });
  await open(place, path, (db) => checkRow(db, 'SELECT count(*) AS n, min(data) AS data FROM t', { n: 2, data: 'after' }));
}

/** @type {import('./case.js').Case[]} */
export const databaseCases = [
  {
    name: 'a database is written, reopened, read, made smaller and reopened again',
    async run(place, path) {
      await open(place, path, async (db) => {
        await db.query('CREATE TABLE t (id integer PRIMARY KEY, data text)');
        await db.query('CREATE REALTIME VIEW v AS SELECT id % 7 AS class, count(*) AS n FROM t GROUP BY id % 7');
        await db.query("INSERT INTO t SELECT n, repeat('x', 1000) || n FROM generate_series(1, $1::integer) AS g(n)", [ROWS]);
      });
      await open(place, path, async (db) => {
        await checkRow(db, 'SELECT right(data, 4) AS data FROM t WHERE id = 2345', { data: '2345' });
        await checkRow(db, 'SELECT sum(n)::integer AS n FROM v', { n: ROWS });
        await checkSound(db);
        await db.query('DELETE FROM t WHERE id > 10');
        await db.query('VACUUM');
      });
      await open(place, path, async (db) => {
        await checkRow(db, 'SELECT count(*) AS n, (SELECT sum(n)::integer FROM v) AS kept FROM t', { n: 10, kept: 10 });
        await checkSound(db);
      });
    },
  },
  {
    name: 'a transaction that is undone leaves nothing, one that is committed all of it',
    async run(place, path) {
      await open(place, path, async (db) => {
        await db.query('CREATE TABLE t (id integer PRIMARY KEY)');
        for (const keep of [false, true]) {
          await db.transaction(async (tx) => {
            await tx.query('INSERT INTO t SELECT n FROM generate_series(1, 5000) AS g(n)');
            if (!keep) throw new Error('undone');
          }).catch((error) => check(error.message === 'undone', error.message));
        }
      });
      await open(place, path, (db) => checkRow(db, 'SELECT count(*) AS n FROM t', { n: 5000 }));
    },
  },
  {
    name: 'without room a write fails with 53100 and the database stays sound',
    needs: 'setFull',
    run: (place, path) => failing(place, path, /** @type {any} */ (place.setFull), ['53100']),
  },
  {
    name: 'when writing fails a write does, and the database stays sound',
    needs: 'setBroken',
    run: (place, path) => failing(place, path, /** @type {any} */ (place.setBroken), ['58030', '53100']),
  },
];
