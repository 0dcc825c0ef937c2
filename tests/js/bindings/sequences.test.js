/** Sequences from JavaScript: across transactions, live queries and reopening. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { folder, open } from './lib/open.js';

const one = async (db, sql) => Object.values((await db.query(sql)).rows[0])[0];

// A number that was given does not come again while the database is open, and committed ones never.
test('numbers outlive a rollback, and committed ones a reopening', async (t) => {
  const file = path.join(folder(t), 'a.db');
  const db = open(t, { path: file });
  await db.exec("CREATE SEQUENCE s; CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'), name text)");
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query("INSERT INTO t (name) VALUES ('a')");
    throw new Error('no');
  }), /no/);
  assert.deepEqual((await db.query("INSERT INTO t (name) VALUES ('b') RETURNING id")).rows, [{ id: 2 }]);
  assert.equal(await one(db, "SELECT nextval('s')"), 3);
  await db.close();
  const again = open(t, { path: file });
  await assert.rejects(again.query("SELECT currval('s')"), { code: '55000' });
  await assert.rejects(again.query('SELECT lastval()'), { code: '55000' });
  assert.equal(await one(again, "SELECT nextval('s')"), 4);
});

// Whoever watches a query does not expect that watching writes; a query over rows that a default numbers is one like any other.
test('a live query cannot count, and follows rows that are numbered', async (t) => {
  const db = open(t);
  await db.exec("CREATE SEQUENCE s; CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'), name text)");
  await assert.rejects(db.live("SELECT nextval('s') AS n"), { code: '0A000' });
  const live = await db.live('SELECT id, name FROM t ORDER BY id');
  const rows = new Promise((resolve) => live.subscribe((event) => event.rows.length === 2 && resolve(event.rows)));
  await db.query("INSERT INTO t (name) VALUES ('a'), ('b')");
  assert.deepEqual(await rows, [{ id: 1, name: 'a' }, { id: 2, name: 'b' }]);
  live.close();
});

// Errors of a domain say which constraint it was.
test('a value that a domain refuses names the constraint', async (t) => {
  const db = open(t);
  await db.exec('CREATE DOMAIN age AS integer CONSTRAINT sane CHECK (VALUE BETWEEN 0 AND 150); CREATE TABLE p (age age)');
  await assert.rejects(db.query('INSERT INTO p VALUES ($1)', [151]),
    { code: '23514', constraint: 'sane', message: 'value for domain age violates check constraint "sane"' });
  assert.deepEqual((await db.query('INSERT INTO p VALUES ($1) RETURNING age', [7])).fields, [{ name: 'age', type: 'integer' }]);
  assert.deepEqual((await db.query('SELECT $1::age AS a', ['9'])).rows, [{ a: 9 }]);
});
