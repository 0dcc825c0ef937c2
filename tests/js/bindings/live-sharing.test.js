/** What live queries share, and what becomes of it when tables change or the last of them closes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { open, until } from './lib/open.js';

const JOIN = `SELECT o.id, o.amount, u.name FROM orders o JOIN users u ON u.id = o.user_id
  WHERE u.id = $1 ORDER BY o.amount DESC, o.id LIMIT 3`;
const TABLE = 'SELECT id, amount FROM orders WHERE user_id = $1 ORDER BY id';

const settle = () => new Promise((resolve) => { setTimeout(resolve, 15); });

/** @param {import('node:test').TestContext} t */
async function shop(t, options) {
  const db = open(t, options);
  await db.query(`CREATE TABLE users (id integer PRIMARY KEY, name text);
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer);
    INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 200) AS i;
    INSERT INTO orders SELECT i, i % 200 + 1, i % 7 FROM generate_series(1, 1000) AS i`);
  return db;
}

/** Views that live queries keep now, found by their names, which rise from v1. */
async function keptViews(db) {
  const names = [];
  for (let number = 1; number < 30; number++) {
    await db.query(`SELECT 1 FROM __live.v${number} LIMIT 1`).then(() => names.push(number), () => {});
  }
  return names.length;
}

for (const worker of [false, true]) {
  const where = worker ? ', in a worker' : '';

  test(`One change reaches only those whose parameters it has${where}`, async (t) => {
    const db = await shop(t, { worker });
    for (const sql of [TABLE, JOIN]) {
      const told = new Map();
      const lives = await Promise.all(Array.from({ length: 200 }, (_, i) => db.live(sql, [i + 1])));
      lives.forEach((live, i) => live.subscribe(() => told.set(i + 1, (told.get(i + 1) ?? 0) + 1)));
      await db.query('UPDATE orders SET amount = 100 WHERE id = 1');
      await db.query('UPDATE orders SET user_id = 9, amount = 200 WHERE id = 202');
      await until(() => told.size === 3, 'the three users');
      await settle();
      assert.deepEqual([...told.keys()].sort((a, b) => a - b), [2, 3, 9]);
      await db.query('UPDATE orders SET user_id = 3, amount = 6 WHERE id = 202');
      await db.query('UPDATE orders SET amount = 1 WHERE id = 1');
      await settle();
      assert.ok(worker || await keptViews(db) <= 1, 'one view for all');
      for (const live of lives) live.close();
    }
  });

  test(`DROP TABLE is an error of the live query, which goes on when the table is back${where}`, async (t) => {
    const db = await shop(t, { worker });
    const live = await db.live(JOIN, [2]);
    const codes = [];
    live.subscribe(() => codes.push('changed'), ({ code }) => codes.push(code));
    await db.query('ALTER TABLE orders RENAME TO gone');
    await until(() => codes.length === 1, 'the error');
    assert.deepEqual(codes, ['42P01']);
    assert.equal(live.error.code, '42P01');
    await db.query('CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer); INSERT INTO orders VALUES (5, 2, 5)');
    await until(() => codes.length === 2, 'the rows of the new table');
    assert.deepEqual(live.rows, [{ id: 5, amount: 5, name: 'user 2' }]);
    assert.equal(live.error, null);
    await db.query('DROP TABLE gone; DROP TABLE orders');
    await until(() => live.error !== null, 'the second error');
  });
}

test('Equal queries share their result; the last to close ends it', async (t) => {
  const db = await shop(t);
  const first = await db.live(JOIN, [2]);
  const second = await db.live(JOIN, [2]);
  const other = await db.live(JOIN, [3]);
  assert.equal(first.rows, second.rows);
  assert.equal(await keptViews(db), 1);
  first.close();
  let events = 0;
  second.subscribe(() => events++);
  await db.query('UPDATE orders SET amount = 50 WHERE user_id = 2');
  await until(() => events === 1, 'the change');
  assert.notEqual(first.rows, second.rows);
  second.close();
  await settle();
  assert.equal(await keptViews(db), 1);
  other.close();
  await settle();
  assert.equal(await keptViews(db), 0);
});

test('Closing and opening again at once keeps the view', async (t) => {
  const db = await shop(t);
  (await db.live(JOIN, [2])).close();
  const again = await db.live(JOIN, [2]);
  await settle();
  await db.query('UPDATE orders SET amount = 77 WHERE id = 1');
  await until(() => again.rows[0].amount === 77, 'the change');
});

test('A change that is waiting to be told is in the rows of who opens the same query', async (t) => {
  const db = await shop(t);
  const first = await db.live(TABLE, [2]);
  const [, second] = await Promise.all([
    db.query('UPDATE orders SET amount = 66 WHERE id = 1'),
    db.live(TABLE, [2]),
  ]);
  assert.equal(second.rows[0].amount, 66);
  assert.equal(first.rows, second.rows);
});

test('Definitions go through as if nothing were kept, and queries follow them', async (t) => {
  const db = await shop(t);
  await db.query('CREATE VIEW big AS SELECT * FROM orders WHERE amount > 5');
  const all = await db.live('SELECT * FROM orders WHERE user_id = $1', [2]);
  const join = await db.live(JOIN, [2]);
  const big = await db.live('SELECT count(*) AS n FROM big', []);
  const before = big.rows[0].n;
  await db.query('ALTER TABLE orders ADD COLUMN note text DEFAULT \'x\'');
  await until(() => all.rows[0].note === 'x', 'the new column');
  await db.query('CREATE OR REPLACE VIEW big AS SELECT * FROM orders WHERE amount > 4');
  await until(() => big.rows[0].n > before, 'the new view');
  await db.transaction(async (tx) => {
    await tx.query('DROP VIEW big');
    throw new Error('undo');
  }).catch(() => {});
  await db.query('UPDATE orders SET amount = 99 WHERE id = 1');
  await until(() => join.rows[0].amount === 99, 'the change after all that');
  assert.equal(big.error, null);
  await until(() => big.rows[0].n === 0 || big.rows[0].n > before, 'the count');
});

test('A live query over a view whose query is altered is told what differs, and no more', async (t) => {
  const db = await shop(t);
  await db.query('CREATE REALTIME VIEW dear AS SELECT id, amount FROM orders WHERE amount > 5');
  await db.query('UPDATE orders SET amount = id');
  const live = await db.live('SELECT id, amount FROM dear ORDER BY id');
  const before = live.rows;
  const told = [];
  live.subscribe(({ changes }) => told.push(...changes));
  await db.query('ALTER REALTIME VIEW dear AS SELECT id, amount FROM orders WHERE amount > (SELECT 4 + count(*) FROM (SELECT id FROM users LIMIT 0) u)');
  await until(() => live.rows.length === before.length + 1, 'the row that comes in');
  assert.deepEqual(told.map(({ op, new: row }) => [op, row.id]), [['insert', 5]]);
  assert.ok(before.every((row, index) => live.rows[index + 1] === row), 'the others are the same objects');
  await db.query('UPDATE orders SET amount = 100 WHERE id = 1');
  await until(() => live.rows[0].id === 1, 'what is written later');
});

test('A live query that cannot be computed fails no write', async (t) => {
  const db = await shop(t);
  const sql = 'SELECT o.id, 100 / o.amount AS share FROM orders o JOIN users u ON u.id = o.user_id WHERE u.id = $1 ORDER BY o.id';
  await db.query('UPDATE orders SET amount = 5');
  const live = await db.live(sql, [2]);
  const codes = [];
  live.subscribe(() => {}, ({ code }) => codes.push(code));
  await db.query('UPDATE orders SET amount = 0 WHERE user_id = 3');
  await settle();
  assert.deepEqual(codes, [], 'that is another query');
  await db.query('UPDATE orders SET amount = 10 WHERE id = 1');
  await until(() => live.rows[0].share === 10, 'the change');
  await db.query('UPDATE orders SET amount = 0 WHERE id = 1');
  await until(() => codes.length > 0, 'the error');
  assert.equal(codes[0], '22012');
  await db.query('UPDATE orders SET amount = 1 WHERE id = 1');
  await until(() => live.rows[0].share === 100 && live.error === null, 'the query works again');
});

test('Opening waits for the transaction that is under way', async (t) => {
  const db = await shop(t);
  /** @type {any} */
  let opening;
  await db.transaction(async (tx) => {
    await tx.query('UPDATE orders SET amount = 55 WHERE id = 1');
    opening = db.live(JOIN, [2]);
    await settle();
    await tx.query('UPDATE orders SET amount = 56 WHERE id = 1');
  });
  assert.equal((await opening).rows[0].amount, 56);
});

// Each of two that waited gave the turn to the other, without end.
test('All that wait for the transaction that is under way open when it ends', { timeout: 20_000 }, async (t) => {
  const db = await shop(t, { worker: true });
  let opening;
  await db.transaction(async (tx) => {
    opening = Promise.all([1, 2, 3].map((user) => db.live(TABLE, [user])));
    await tx.query('DELETE FROM orders WHERE user_id IN (1, 2)');
    await settle();
  });
  assert.deepEqual((await opening).map(({ rows }) => rows.length), [0, 0, 5]);
});

test('Keys of joins and aggregates are known where the result shows them', async (t) => {
  const db = await shop(t);
  const live = await db.live(JOIN, [2]);
  const counts = await db.live('SELECT u.name, count(*) AS n FROM orders o JOIN users u ON u.id = o.user_id GROUP BY u.name', []);
  const events = [];
  live.subscribe(({ changes }) => events.push(...changes.map(({ op, key }) => [op, key])));
  counts.subscribe(({ changes }) => events.push(...changes.map(({ op, key }) => [op, key])));
  await db.query('UPDATE orders SET amount = 90 WHERE id = 601');
  await until(() => events.length === 1, 'the update');
  assert.deepEqual(events, [['update', { id: 601 }]]);
  await db.query('DELETE FROM orders WHERE id = 601');
  await until(() => events.length >= 4, 'the row, its successor, the count');
  assert.deepEqual(events.filter(([op]) => op === 'update'), [['update', { id: 601 }], ['update', { name: 'user 2' }]]);
  // A column of that name is not yet the key.
  const renamed = await db.live('SELECT amount AS id FROM orders WHERE user_id = $1', [5]);
  renamed.subscribe(({ changes }) => assert.equal(changes[0].key, null));
  await db.query('UPDATE orders SET amount = 3 WHERE user_id = 5');
  await until(() => renamed.rows.every(({ id }) => id === 3), 'the change');
});

test('Nothing is left of queries that were opened and closed', async (t) => {
  const db = await shop(t);
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc');
  const round = async () => {
    const lives = [];
    for (let i = 1; i <= 300; i++) lives.push(await db.live(i % 2 ? TABLE : JOIN, [i]));
    for (const live of lives) live.subscribe(() => {});
    await db.query('UPDATE orders SET amount = amount + 1 WHERE id < 50');
    await settle();
    for (const live of lives) live.close();
    await settle();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < 3; i++) await round();
  const before = await round();
  for (let i = 0; i < 8; i++) await round();
  const grown = await round() - before;
  assert.ok(grown < 500_000, `${grown} bytes more`);
});

test('Results are called as they like, also as the columns of the view that is shared', async (t) => {
  const db = await shop(t);
  const sql = `SELECT o.amount AS c2, o.id AS c1, u.name AS o1 FROM orders o JOIN users u ON u.id = o.user_id
    WHERE u.id = $1 ORDER BY u.id, c1 DESC LIMIT 2`;
  const live = await db.live(sql, [2]);
  assert.deepEqual(live.rows, (await db.query(sql, [2])).rows);
  await db.query('UPDATE orders SET amount = 50 WHERE user_id = 2 AND id > 600');
  await until(() => live.rows[0].c2 === 50, 'the change');
  assert.deepEqual(live.rows, (await db.query(sql, [2])).rows);
  live.close();
});
