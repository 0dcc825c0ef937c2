import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open, until } from './lib/open.js';

/** @param {import('node:test').TestContext} t */
async function shop(t) {
  const db = open(t);
  await db.query(`CREATE SCHEMA shop; CREATE TABLE shop.orders (id integer PRIMARY KEY, open boolean, lines jsonb);
    CREATE TABLE users (id integer PRIMARY KEY, name text)`);
  return db;
}

const settle = () => new Promise((resolve) => { setTimeout(resolve, 10); });

test('One call per commit, with every changed row, its key, and values as in queries', async (t) => {
  const db = await shop(t);
  const commits = [];
  await db.wal.subscribe('shop.orders', (commit) => commits.push(commit));
  await db.transaction(async (tx) => {
    await tx.query(`INSERT INTO shop.orders VALUES (1, true, '[1]'), (2, false, NULL)`);
    await tx.query("INSERT INTO users VALUES (1, 'Ada')");
  });
  await db.query('UPDATE shop.orders SET open = false WHERE id = 1');
  await db.query('DELETE FROM shop.orders WHERE id = 2');
  await until(() => commits.length === 3, 'three commits');
  const relation = { schema: 'shop', name: 'orders' };
  assert.deepEqual(commits[0].changes, [
    { relation, op: 'insert', key: { id: 1 }, old: null, new: { id: 1, open: true, lines: [1] } },
    { relation, op: 'insert', key: { id: 2 }, old: null, new: { id: 2, open: false, lines: null } },
  ]);
  assert.deepEqual(commits[1].changes, [{ relation, op: 'update', key: { id: 1 },
    old: { id: 1, open: true, lines: [1] }, new: { id: 1, open: false, lines: [1] } }]);
  assert.deepEqual(commits[2].changes, [{ relation, op: 'delete', key: { id: 2 },
    old: { id: 2, open: false, lines: null }, new: null }]);
  assert.ok(commits[0].commit < commits[1].commit && commits[1].commit < commits[2].commit);
});

test('Selectors choose: one, several, a schema, everything', async (t) => {
  const db = await shop(t);
  const seen = { users: 0, list: 0, schema: 0, all: 0 };
  await db.wal.subscribe('users', () => seen.users++);
  await db.wal.subscribe(['users', 'shop.orders'], () => seen.list++);
  await db.wal.subscribe({ shop: '*' }, () => seen.schema++);
  const end = await db.wal.subscribe(null, () => seen.all++);
  await db.query("INSERT INTO users VALUES (1, 'Ada')");
  await db.query('INSERT INTO shop.orders (id) VALUES (1)');
  await until(() => seen.all === 2, 'both');
  assert.deepEqual(seen, { users: 1, list: 2, schema: 1, all: 2 });
  end();
  await db.query("INSERT INTO users VALUES (2, 'Grace')");
  await until(() => seen.users === 2, 'the second user');
  assert.deepEqual(seen, { users: 2, list: 3, schema: 1, all: 2 });
  await assert.rejects(db.wal.subscribe(7, () => {}), { code: '22023' });
  await assert.rejects(db.wal.subscribe('users', 'no function'), { code: '22023' });
});

test('Views that keep rows are told of, too', async (t) => {
  const db = await shop(t);
  await db.query('CREATE REALTIME VIEW open_orders AS SELECT id FROM shop.orders WHERE open');
  const ops = [];
  await db.wal.subscribe('open_orders', ({ changes }) => ops.push(...changes.map(({ op, new: now }) => [op, now])));
  await db.query('INSERT INTO shop.orders VALUES (1, true, NULL), (2, false, NULL)');
  await db.query('UPDATE shop.orders SET open = false');
  await until(() => ops.length === 2, 'both changes');
  assert.deepEqual(ops, [['insert', { id: 1 }], ['delete', null]]);
});

test('The next commit waits for a listener that has not finished', async (t) => {
  const db = await shop(t);
  const order = [];
  await db.wal.subscribe('users', async ({ changes }) => {
    order.push(`begin ${changes[0].key.id}`);
    await settle();
    order.push(`end ${changes[0].key.id}`);
  });
  await db.query("INSERT INTO users VALUES (1, 'a')");
  await db.query("INSERT INTO users VALUES (2, 'b')");
  await until(() => order.length === 4, 'both');
  assert.deepEqual(order, ['begin 1', 'end 1', 'begin 2', 'end 2']);
});

test('What is undone is not told, and a signal ends a subscription', async (t) => {
  const db = await shop(t);
  const controller = new AbortController();
  let commits = 0;
  await db.wal.subscribe('users', () => commits++, { signal: controller.signal });
  await assert.rejects(db.query("INSERT INTO users VALUES (1, 'a'), (1, 'b')"));
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query("INSERT INTO users VALUES (1, 'a')");
    throw new Error('undo');
  }));
  await settle();
  assert.equal(commits, 0);
  controller.abort();
  await db.query("INSERT INTO users VALUES (1, 'a')");
  await settle();
  assert.equal(commits, 0);
});
