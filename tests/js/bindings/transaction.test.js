import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open } from './lib/open.js';

/** @param {import('node:test').TestContext} t */
async function counter(t) {
  const db = open(t);
  await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
  const values = async () => (await db.query('SELECT a FROM t ORDER BY a')).rows.map((row) => row.a);
  return { db, values };
}

test('A transaction commits when its function resolves, and gives its result', async (t) => {
  const { db, values } = await counter(t);
  const result = await db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    return 'done';
  });
  assert.equal(result, 'done');
  assert.deepEqual(await values(), [1]);
});

test('It is undone when its function throws, and the error is the same object', async (t) => {
  const { db, values } = await counter(t);
  const mine = new Error('mine');
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    throw mine;
  }), (error) => error === mine);
  assert.deepEqual(await values(), []);
  await assert.rejects(db.transaction((tx) => tx.query('SELECT * FROM nothing')), { code: '42P01' });
  assert.deepEqual(await values(), []);
});

test('A statement that fails and is caught undoes only itself', async (t) => {
  const { db, values } = await counter(t);
  await db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    await assert.rejects(tx.query('INSERT INTO t VALUES (2), (1)'), { code: '23505' });
    await tx.query('INSERT INTO t VALUES (3)');
  });
  assert.deepEqual(await values(), [1, 3]);
});

test('Other calls wait their turn', async (t) => {
  const { db, values } = await counter(t);
  const order = [];
  const transaction = db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    await tx.query('INSERT INTO t VALUES (2)');
    order.push('transaction');
  });
  const outside = db.query('SELECT count(*) AS n FROM t').then(({ rows }) => {
    order.push('outside');
    return rows[0].n;
  });
  const second = db.transaction((tx) => tx.query('INSERT INTO t VALUES (3)'));
  await Promise.all([transaction, second]);
  assert.equal(await outside, 2);
  assert.deepEqual(order, ['transaction', 'outside']);
  assert.deepEqual(await values(), [1, 2, 3]);
});

test('Nested transactions are savepoints', async (t) => {
  const { db, values } = await counter(t);
  await db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    await tx.transaction((inner) => inner.query('INSERT INTO t VALUES (2)'));
    await assert.rejects(tx.transaction(async (inner) => {
      await inner.query('INSERT INTO t VALUES (3)');
      await inner.transaction((innermost) => innermost.query('INSERT INTO t VALUES (4)'));
      throw new Error('undo');
    }), { message: 'undo' });
    await tx.query('INSERT INTO t VALUES (5)');
  });
  assert.deepEqual(await values(), [1, 2, 5]);
});

test('While a savepoint is open its transaction waits, so that undoing one does not undo the other', async (t) => {
  const { db, values } = await counter(t);
  await db.transaction(async (tx) => {
    const inner = tx.transaction(async (savepoint) => {
      await savepoint.query('INSERT INTO t VALUES (1)');
      await new Promise((resolve) => { setTimeout(resolve, 10); });
      throw new Error('undo');
    });
    const outer = tx.query('INSERT INTO t VALUES (2)');
    await assert.rejects(inner);
    await outer;
  });
  assert.deepEqual(await values(), [2]);
});

test('What was begun in a transaction and not awaited still belongs to it', async (t) => {
  const { db, values } = await counter(t);
  await db.transaction(async (tx) => {
    for (let a = 0; a < 10; a++) tx.query('INSERT INTO t VALUES ($1)', [a]);
  });
  assert.equal((await values()).length, 10);
});

test('A transaction cannot be used after it has ended', async (t) => {
  const { db } = await counter(t);
  let kept;
  await db.transaction((tx) => { kept = tx; });
  await assert.rejects(kept.query('SELECT 1'), { code: '25P01' });
  await assert.rejects(kept.transaction(() => {}), { code: '25P01' });
});

test('A text of several statements within a transaction is undone as a whole', async (t) => {
  const { db, values } = await counter(t);
  await db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    await assert.rejects(tx.query('INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)'), { code: '23505' });
    await tx.query('INSERT INTO t VALUES (3); INSERT INTO t VALUES (4)');
  });
  assert.deepEqual(await values(), [1, 3, 4]);
});

test('A transaction that waits its turn can be given up; one that runs is undone', async (t) => {
  const { db, values } = await counter(t);
  const controller = new AbortController();
  let entered = false;
  const first = db.transaction(() => new Promise((resolve) => { setTimeout(resolve, 20); }));
  const second = db.transaction(() => { entered = true; }, { signal: controller.signal });
  controller.abort();
  await assert.rejects(second, { code: '57014' });
  await first;
  assert.equal(entered, false);

  const running = new AbortController();
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    running.abort();
    await tx.query('INSERT INTO t VALUES (2)');
  }, { signal: running.signal }), { code: '57014' });
  assert.deepEqual(await values(), []);
});

test('Closing the database undoes what is open and refuses what waits', async (t) => {
  const { db } = await counter(t);
  let inside;
  const transaction = db.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1)');
    await new Promise((resolve) => { inside = resolve; });
  });
  const waiting = db.query('SELECT 1');
  await new Promise((resolve) => { setTimeout(resolve, 5); });
  const closing = db.close();
  await assert.rejects(waiting, { code: '57P01' });
  inside();
  await assert.rejects(transaction, { code: '57P01' });
  await closing;
});

test('Views are brought up to date at the end of suspendViews, which nests and is undone like a transaction', async (t) => {
  const { db } = await counter(t);
  await db.query('CREATE REALTIME VIEW n AS SELECT count(*) AS n FROM t');
  const count = async (tx) => (await tx.query('SELECT n FROM n')).rows[0].n;
  const result = await db.suspendViews(async (tx) => {
    await tx.query('INSERT INTO t VALUES (1), (2)');
    assert.equal(await count(tx), 0);
    await tx.suspendViews((inner) => inner.query('INSERT INTO t VALUES (3)'));
    await assert.rejects(tx.suspendViews(async (inner) => {
      await inner.query('INSERT INTO t VALUES (4)');
      throw new Error('mine');
    }), { message: 'mine' });
    assert.equal(await count(tx), 0);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.equal(await count(db), 3);
});

test('A COMMIT that finds views suspended warns', async (t) => {
  /** @type {any[]} */
  const notices = [];
  const db = open(t, { onNotice: (notice) => notices.push(notice) });
  await db.exec('CREATE TABLE t (a integer); CREATE REALTIME VIEW n AS SELECT count(*) AS n FROM t');
  await db.transaction(async (tx) => {
    await tx.query('SUSPEND VIEWS');
    await tx.query('INSERT INTO t VALUES (1)');
  });
  assert.deepEqual((await db.query('SELECT n FROM n')).rows, [{ n: 1 }]);
  assert.equal(notices.length, 1);
  assert.equal(notices[0].severity, 'WARNING');
  assert.equal(notices[0].code, '01000');
});

test('With SET tidemark.trace each maintenance tells what it ran, with how many rows', async (t) => {
  /** @type {any[]} */
  const notices = [];
  const db = open(t, { onNotice: (notice) => notices.push(notice) });
  await db.exec('CREATE TABLE t (a integer); CREATE REALTIME VIEW v AS SELECT a FROM t WHERE a > 1');
  await db.query('SET tidemark.trace = on');
  await db.query('INSERT INTO t VALUES (1), (2), (3)');
  await db.query('RESET tidemark.trace');
  await db.query('INSERT INTO t VALUES (4)');
  assert.equal(notices.length, 1);
  const [{ severity, code, message, trace }] = notices;
  assert.deepEqual([severity, code, message], ['LOG', '00000', 'view public.v: 3 rows in, 2 rows out']);
  assert.equal(trace.name, 'v');
  assert.equal(trace.rowsIn, 3);
  assert.equal(trace.rowsOut, 2);
  assert.equal(trace.recomputed, false);
  assert.equal(trace.nodes.length, 1);
  const [{ node, kind, rowsIn, rowsOut, recomputed, microseconds }] = trace.nodes;
  assert.deepEqual([node, kind, rowsIn, rowsOut, recomputed], [0, 'incremental filter', 3, 2, false]);
  assert.ok(microseconds <= trace.microseconds);
  assert.ok(trace.statements.some((statement) => statement.rows === 2 && statement.sql.includes('__delta_t')));
  const { rows } = await db.query('SELECT maintenances, total_time FROM tidemark.stats');
  assert.equal(rows[0].maintenances, 2);
  assert.ok(rows[0].total_time > 0);
});
