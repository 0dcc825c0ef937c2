/** `insertId` of results, as the users of mysql2 know it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';

import { PGliteClient } from '../../../js-bindings/upstream/pglite.js';
import { open } from './lib/open.js';

const TABLE = 'CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT, u INT UNIQUE)';

/** @param {any} db */
const idAfter = (db) => async (/** @type {string} */ sql, /** @type {any[]} */ parameters = []) =>
  (await db.query(sql, parameters)).insertId;

for (const worker of [false, true]) {
  // What is numbered first counts; without numbers, the row that was written last; without any, nothing.
  test(`a write tells its insert id${worker ? ', also from a worker' : ''}`, async (t) => {
    const db = open(t, { dialect: 'mysql', worker });
    const id = idAfter(db);
    assert.equal(await id(TABLE), undefined);
    assert.equal(await id('INSERT INTO t (a) VALUES (1), (2)'), 1);
    assert.equal(await id('INSERT INTO t VALUES (?, ?, 5)', [null, 3]), 3);
    assert.equal(await id('INSERT INTO t VALUES (?, ?, NULL), (?, 4, NULL)', [10, 4, 0]), 11);
    assert.equal(await id('INSERT INTO t (id, a) VALUES (?, 1)', [20]), 20);
    assert.equal(await id('INSERT INTO t (a, u) VALUES (9, 5) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), a = 9'), 3);
    assert.equal(await id('INSERT INTO t (a, u) VALUES (10, 5) ON DUPLICATE KEY UPDATE a = 10'), 3);
    assert.equal(await id('REPLACE INTO t (a, u) VALUES (11, 5)'), 23);
    assert.equal(await id('INSERT IGNORE INTO t (a, u) VALUES (11, 5)'), undefined);
    assert.equal(await id('UPDATE t SET a = 12'), undefined);
    assert.equal(await id('UPDATE t SET a = LAST_INSERT_ID(77) WHERE id = 20'), 77);
    assert.equal(await id('SELECT LAST_INSERT_ID()'), undefined);
    assert.deepEqual((await db.exec('INSERT INTO t (a) VALUES (1); INSERT INTO t (a) VALUES (2)')).map((each) => each.insertId), [25, 26]);
    assert.equal(await id(`INSERT INTO t (id) VALUES (${2n ** 62n})`), 2n ** 62n);
  });
}

// PostgreSQL has RETURNING for it.
test('other dialects have none', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE t (id serial PRIMARY KEY, a integer)');
  assert.deepEqual(await db.query('INSERT INTO t (a) VALUES (1)'), { rows: [], fields: [], rowCount: 1, command: 'INSERT' });
});

// The session there is another one: what this one has numbered is sent as a number.
test('a write that runs at an origin is given the insert id of this session', async (t) => {
  const pglite = new PGlite();
  t.after(() => pglite.close());
  await pglite.exec('CREATE TABLE line (id serial PRIMARY KEY, parent bigint)');
  const db = open(t, { dialect: 'mysql', getUpstreamClient: () => new PGliteClient(pglite) });
  await db.exec(`${TABLE}; CREATE VIEW line AS SELECT id, parent FROM line WITH (replication_origin = 'postgres:app')`);
  await db.query('INSERT INTO t (id, a) VALUES (41, 1), (NULL, 2)');
  const result = await db.query('INSERT INTO line (parent) VALUES (LAST_INSERT_ID()), (LAST_INSERT_ID() + 1)');
  assert.deepEqual([result.rowCount, result.insertId], [2, undefined]);
  assert.deepEqual((await pglite.query('SELECT parent FROM line ORDER BY id')).rows, [{ parent: 42 }, { parent: 43 }]);
  await assert.rejects(db.query('INSERT INTO line (parent) VALUES (LAST_INSERT_ID(7))'), { code: '0A000' });
  assert.deepEqual((await db.query('SELECT LAST_INSERT_ID() AS id')).rows, [{ id: 42 }]);
});
