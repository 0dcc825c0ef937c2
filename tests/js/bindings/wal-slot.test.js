/** Subscriptions that resume by their id. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { folder, open, until } from './lib/open.js';
import { random } from './lib/random.js';

const settle = () => new Promise((resolve) => { setTimeout(resolve, 10); });

/** The state of a slot, as SQL sees it. */
async function slot(db, id) {
  return (await db.query('SELECT acknowledged, lost, pending FROM tidemark.slots WHERE id = $1', [id])).rows[0];
}

for (const worker of [false, true]) {
  test(`A slot goes on where it stood${worker ? ', in a worker' : ''}`, async (t) => {
    const path = `${folder(t)}/app.db`;
    let db = open(t, { path, worker });
    await db.query('CREATE TABLE a (id integer PRIMARY KEY, x integer); CREATE TABLE b (id integer PRIMARY KEY)');
    await db.query('INSERT INTO a VALUES (1, 1)');
    const seen = [];
    const listener = ({ changes }) => {
      for (const { relation, op, new: now } of changes) seen.push(`${op} ${relation.name} ${now?.id}`);
    };
    let end = await db.wal.subscribe('a', listener, { id: 'mine' });
    await db.query('INSERT INTO a VALUES (2, 2)');
    await db.query('INSERT INTO b VALUES (1)');
    await until(() => seen.length === 1, 'the first commit');
    await until(async () => (await slot(db, 'mine')).pending === 0, 'its acknowledgement');
    end();
    await db.query('INSERT INTO a VALUES (3, 3)');
    await db.close();

    db = open(t, { path, worker });
    await db.query('UPDATE a SET x = 9 WHERE id = 3');
    await db.transaction(async (tx) => {
      await tx.query('DELETE FROM a WHERE id = 1');
      await tx.query('INSERT INTO a VALUES (4, 4)');
    });
    end = await db.wal.subscribe('a', listener, { id: 'mine' });
    await until(() => seen.length === 5, 'what happened meanwhile');
    assert.deepEqual(seen, ['insert a 2', 'insert a 3', 'update a 3', 'delete a undefined', 'insert a 4']);
    await db.query('INSERT INTO a VALUES (5, 5)');
    await until(() => seen.length === 6, 'what happens now');
    await assert.rejects(db.wal.subscribe('a', listener, { id: 'mine' }), { code: '55006' });
    end();
    await db.wal.drop('mine');
    assert.equal(await slot(db, 'mine'), undefined);
  });
}

test('What a listener has not finished with comes again', async (t) => {
  t.after(() => { delete globalThis.reportError; });
  const uncaught = [];
  globalThis.reportError = (error) => uncaught.push(error.message);
  const db = open(t);
  await db.query('CREATE TABLE a (id integer PRIMARY KEY)');
  const seen = [];
  await db.wal.subscribe('a', async ({ changes }) => {
    await settle();
    if (changes[0].new.id === 2) throw new Error('not now');
    seen.push(changes[0].new.id);
  }, { id: 'mine' });
  for (const id of [1, 2, 3]) await db.query('INSERT INTO a VALUES ($1)', [id]);
  await until(() => uncaught.length === 1, 'the failure');
  assert.deepEqual(uncaught, ['not now']);
  assert.deepEqual(seen, [1]);
  await db.wal.subscribe('a', ({ changes }) => { seen.push(changes[0].new.id); }, { id: 'mine' });
  await until(() => seen.length === 3, 'the rest');
  assert.deepEqual(seen, [1, 2, 3]);
});

test('Slots are apart: each has its selector and its place, and what all are done with is forgotten', async (t) => {
  const db = open(t);
  await db.query('CREATE SCHEMA shop; CREATE TABLE shop.a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY)');
  const seen = { all: 0, shop: 0 };
  const all = await db.wal.subscribe(null, ({ changes }) => { seen.all += changes.length; }, { id: 'all' });
  await db.wal.subscribe({ shop: '*' }, ({ changes }) => { seen.shop += changes.length; }, { id: 'shop' });
  await db.query('INSERT INTO shop.a VALUES (1), (2)');
  await db.query('INSERT INTO b VALUES (1)');
  await until(() => seen.all === 3 && seen.shop === 2, 'both');
  all();
  await db.query('INSERT INTO b VALUES (2)');
  await settle();
  assert.deepEqual(seen, { all: 3, shop: 2 });
  await until(async () => (await slot(db, 'shop')).pending === 0, 'the acknowledgement');
  assert.equal((await slot(db, 'all')).pending, 1);
  await db.wal.drop('all');
  await db.query('CREATE TABLE c (id integer)'); // not a change of rows
  assert.equal((await slot(db, 'shop')).pending, 0);
});

test('What is undone is not kept, and calls within a transaction wait for its end', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE a (id integer PRIMARY KEY)');
  const seen = [];
  await db.wal.subscribe('a', ({ changes }) => { seen.push(...changes.map(({ new: now }) => now.id)); }, { id: 'mine' });
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query('INSERT INTO a VALUES (1)');
    throw new Error('undo');
  }));
  await db.transaction(async (tx) => {
    await tx.query('INSERT INTO a VALUES (2)');
    await settle();
    assert.deepEqual(seen, []);
  });
  await until(() => seen.length === 1, 'the commit');
  assert.deepEqual(seen, [2]);
  await assert.rejects(db.wal.subscribe('a', () => {}, { id: '' }), { code: '22023' });
});

test('Random interruptions: every committed change arrives, in order, and nothing else', async (t) => {
  const path = `${folder(t)}/app.db`;
  const next = random(11);
  let db = open(t, { path });
  await db.query('CREATE TABLE a (id integer PRIMARY KEY)');
  await (await db.wal.subscribe('a', () => {}, { id: 'mine' }))();
  const expected = [];
  const seen = [];
  let last = 0;
  for (let round = 0; round < 12; round++) {
    const end = next(3) > 0 ? await db.wal.subscribe('a', async ({ commit, changes }) => {
      // What was not acknowledged when a subscription ended comes once more.
      if (commit > last) seen.push(...changes.map(({ new: now }) => now.id));
      last = Math.max(last, commit);
      if (next(3) === 0) await settle();
    }, { id: 'mine' }) : null;
    for (let writes = next(6); writes >= 0; writes--) {
      const ids = Array.from({ length: 1 + next(3) }, (_, i) => expected.length + i + 1);
      if (next(4) === 0) {
        await assert.rejects(db.query(`INSERT INTO a VALUES ${ids.map((id) => `(${id})`)}, (${ids[0]})`));
        continue;
      }
      await db.query(`INSERT INTO a VALUES ${ids.map((id) => `(${id})`)}`);
      expected.push(...ids);
    }
    if (next(2) === 0) await settle();
    end?.();
    if (next(2) === 0) {
      await db.close();
      db = open(t, { path });
    }
  }
  await db.wal.subscribe('a', ({ commit, changes }) => {
    if (commit > last) seen.push(...changes.map(({ new: now }) => now.id));
    last = Math.max(last, commit);
  }, { id: 'mine' });
  await until(() => seen.length >= expected.length, 'everything');
  assert.deepEqual(seen, expected);
});

test('Everything is selected by a subscription without an id, too', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE a (id integer PRIMARY KEY)');
  let commits = 0;
  const end = await db.wal.subscribe('*', () => commits++);
  await db.live("SELECT id FROM a WHERE id <> 7"); // what it keeps is nobody's business
  await db.query('CREATE TABLE later (id integer PRIMARY KEY)');
  await db.query('INSERT INTO a VALUES (1)');
  await db.query('INSERT INTO later VALUES (1)');
  await until(() => commits === 2, 'both tables');
  end();
  await db.query('INSERT INTO a VALUES (2)');
  await settle();
  assert.equal(commits, 2);
});
