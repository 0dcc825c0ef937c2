import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open } from './lib/open.js';

test('A stream gives every row, in order', async (t) => {
  const db = open(t);
  let next = 1;
  for await (const row of db.stream('SELECT n FROM generate_series(1, $1::integer) AS g(n)', [25000])) {
    assert.equal(row.n, next++);
  }
  assert.equal(next, 25001);
});

test('Other calls may be made inside the loop', async (t) => {
  const db = open(t);
  await db.query(`CREATE TABLE t (a integer PRIMARY KEY); CREATE TABLE u (a integer PRIMARY KEY);
    INSERT INTO t SELECT n FROM generate_series(1, 3000) AS g(n)`);
  let rows = 0;
  for await (const { a } of db.stream('SELECT a FROM t')) {
    rows++;
    if (a % 500 === 0) {
      await db.transaction((tx) => tx.query('INSERT INTO u VALUES ($1)', [a]));
      assert.equal((await db.query('SELECT max(a) AS a FROM u')).rows[0].a, a);
    }
  }
  assert.equal(rows, 3000);
});

test('A loop that is left early leaves nothing open', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE t (a integer); INSERT INTO t SELECT n FROM generate_series(1, 5000) AS g(n)');
  for (let round = 0; round < 20; round++) {
    for await (const row of db.stream('SELECT a FROM t')) if (row.a === 3) break;
  }
  await db.query('DROP TABLE t');
});

test('The same statement may stream and run at the same time', async (t) => {
  const db = open(t);
  const sql = 'SELECT n FROM generate_series(1, 3000) AS g(n)';
  let rows = 0;
  for await (const _ of db.stream(sql)) {
    if (rows++ % 1000 === 0) assert.equal((await db.query(sql)).rows.length, 3000);
  }
  assert.equal(rows, 3000);
});

test('Within a transaction a stream sees it, and ends with it', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE t (a integer)');
  let stream;
  await db.transaction(async (tx) => {
    await tx.query('INSERT INTO t SELECT n FROM generate_series(1, 3000) AS g(n)');
    stream = tx.stream('SELECT a FROM t');
    assert.equal((await stream.next()).value.a, 1);
  });
  await assert.rejects(async () => { for await (const _ of stream); }, { code: '25P01' });
});

test('Failures come out of the loop: at once, in the middle, aborted', async (t) => {
  const db = open(t);
  await assert.rejects(async () => { for await (const _ of db.stream('SELECT * FROM nothing')); }, { code: '42P01' });
  let rows = 0;
  await assert.rejects(async () => {
    for await (const _ of db.stream('SELECT 1 / (2500 - n) FROM generate_series(1, 5000) AS g(n)')) rows++;
  }, { code: '22012' });
  assert.ok(rows >= 1000);
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of db.stream('SELECT n FROM generate_series(1, 5000) AS g(n)', [], controller)) {
      controller.abort();
    }
  }, { code: '57014' });
  await assert.rejects(async () => { for await (const _ of db.stream('SELECT 1; SELECT 2')); }, { code: '42601' });
});

test('A write that returns rows is complete before its first row', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE t (a integer)');
  const sql = 'INSERT INTO t SELECT n FROM generate_series(1, 5000) AS g(n) RETURNING a';
  for await (const _ of db.stream(sql)) break;
  assert.equal((await db.query('SELECT count(*) AS n FROM t')).rows[0].n, 5000);
});

test('Memory stays flat however many rows there are', async (t) => {
  const db = open(t);
  const sql = `SELECT n, 'some text that takes room ' || n AS text FROM generate_series(1, 400000) AS g(n)`;
  const before = process.memoryUsage();
  let most = 0;
  let rows = 0;
  for await (const _ of db.stream(sql)) {
    if (++rows % 50000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before.arrayBuffers);
  }
  assert.equal(rows, 400000);
  assert.ok(most < 30e6, `${most} bytes more`);
});
