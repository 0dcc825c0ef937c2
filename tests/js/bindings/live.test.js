import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { Tidemark, applyChanges } from '../../../js-bindings/index.js';
import { SharedLive } from '../../../js-bindings/tabs/shared-live.js';
import { open, until } from './lib/open.js';
import { random } from './lib/random.js';

/** @param {import('node:test').TestContext} t */
async function users(t) {
  const db = open(t);
  await db.query(`CREATE TABLE users (id integer PRIMARY KEY, name text, city text);
    INSERT INTO users VALUES (1, 'Ada', 'London'), (2, 'Grace', 'New York'), (3, 'Mary', 'London')`);
  return db;
}

/** Lets what follows a commit happen. */
const settle = () => new Promise((resolve) => { setTimeout(resolve, 10); });

test('A live query follows commits, and says what changed and where', async (t) => {
  const db = await users(t);
  const live = await db.live('SELECT id, name FROM users WHERE city = $1 ORDER BY name', ['London']);
  assert.deepEqual(live.rows, [{ id: 1, name: 'Ada' }, { id: 3, name: 'Mary' }]);
  const [ada, mary] = live.rows;
  const events = [];
  live.subscribe((event) => events.push(event));

  await db.query("INSERT INTO users VALUES (4, 'Kay', 'London')");
  await until(() => events.length === 1, 'the insert');
  assert.deepEqual(live.rows, [ada, { id: 4, name: 'Kay' }, mary]);
  assert.equal(live.rows[0], ada);
  assert.equal(live.rows[2], mary);
  assert.deepEqual(events[0].changes,
    [{ op: 'insert', key: { id: 4 }, old: null, new: { id: 4, name: 'Kay' }, index: 1, oldIndex: -1 }]);
  assert.equal(events[0].rows, live.rows);

  await db.query("UPDATE users SET name = 'Zoe' WHERE id = 1");
  await until(() => events.length === 2, 'the update');
  assert.deepEqual(events[1].changes,
    [{ op: 'update', key: { id: 1 }, old: ada, new: { id: 1, name: 'Zoe' }, index: 2, oldIndex: 0 }]);

  await db.query("UPDATE users SET city = 'Paris' WHERE id = 3");
  await until(() => events.length === 3, 'the row that leaves');
  assert.deepEqual(events[2].changes,
    [{ op: 'delete', key: { id: 3 }, old: mary, new: null, index: -1, oldIndex: 1 }]);
});

test('A statement that writes inside WITH is one commit to live queries', async (t) => {
  const db = await users(t);
  await db.query('CREATE TABLE gone (id integer PRIMARY KEY, name text)');
  const live = await db.live('SELECT id, name FROM users UNION ALL SELECT id + 100, name FROM gone ORDER BY id');
  const events = [];
  live.subscribe((event) => events.push(event.rows.map(({ id }) => id)));
  const move = await db.prepare(`WITH moved AS (DELETE FROM users WHERE id = $1 RETURNING id, name),
    kept AS (INSERT INTO gone SELECT * FROM moved) SELECT name, $2::text AS reason FROM moved`);
  for (const [id, name] of /** @type {const} */ ([[1, 'Ada'], [3, 'Mary']])) {
    const { rows, rowCount, command } = await move.query([id, 'left']);
    assert.deepEqual({ rows, rowCount, command }, { rows: [{ name, reason: 'left' }], rowCount: 1, command: 'SELECT' });
    await until(() => events.at(-1)?.includes(id + 100), 'the commit');
  }
  assert.deepEqual(events, [[2, 3, 101], [2, 101, 103]]);
  await assert.rejects(db.live('WITH d AS (DELETE FROM users RETURNING id) SELECT id FROM d'), { code: '0A000' });
});

test('Rows that are being streamed do not keep a statement from writing inside WITH', async (t) => {
  const db = await users(t);
  const names = [];
  await db.transaction(async (tx) => {
    for await (const { name } of tx.stream('SELECT name FROM users ORDER BY id')) {
      names.push(name);
      const { rows } = await tx.query(`WITH i AS (INSERT INTO users SELECT max(id) + 1, 'New' FROM users RETURNING id)
        SELECT count(*) AS n, max(i.id) AS new FROM users, i`);
      assert.deepEqual(rows, [{ n: names.length + 2, new: names.length + 3 }]);
      if (names.length === 3) break;
    }
  });
  assert.deepEqual(names.slice(0, 3), ['Ada', 'Grace', 'Mary']);
});

// Both ways by which a page has one: as the only user of its database, and as one of several tabs.
for (const [who, openAt] of [
  ['A live query', (connection, sql, sink) => connection.live(sql, [], {}, sink)],
  ['A live query of a tab', async (connection, sql, sink) => {
    const live = new SharedLive({ sql, parameters: [], key: undefined, sink, onEnd: () => {} });
    await live.open({ connection, requests: null, gone: null, failure: null });
    return live;
  }],
]) {
  test(`${who} tells what was committed between its first rows and their being taken after that`, async (t) => {
    const db = await users(t);
    const connection = await Tidemark.connectionOf(db);
    const events = [];
    const handle = await openAt(connection, 'SELECT id, name FROM users WHERE id < 3 ORDER BY id',
      { changed: (rows, changes) => events.push({ rows, changes }), failed: assert.fail });
    let rows = [...handle.rows];
    await db.query("UPDATE users SET name = 'Kay' WHERE id = 1");
    await settle();
    await db.query('DELETE FROM users WHERE id = 2');
    await settle();
    assert.deepEqual(events, []);
    assert.deepEqual(rows.map(({ name }) => name), ['Ada', 'Grace']);

    handle.begin();
    for (const { changes } of events) rows = applyChanges(rows, changes);
    assert.deepEqual(rows, [{ id: 1, name: 'Kay' }]);
    assert.deepEqual(events.at(-1).rows, rows);
    handle.close();
  });
}

test('Commits that do not change the result say nothing', async (t) => {
  const db = await users(t);
  await db.query('CREATE TABLE other (a integer)');
  const live = await db.live('SELECT name FROM users WHERE id = 1');
  const { rows } = live;
  let events = 0;
  live.subscribe(() => events++);
  await db.query('INSERT INTO other VALUES (1)');
  await db.query("UPDATE users SET name = 'x' WHERE id = 2");
  await db.query("UPDATE users SET name = 'Ada' WHERE id = 1");
  await assert.rejects(db.query("INSERT INTO users VALUES (9, 'x'), (1, 'y')"));
  await settle();
  assert.equal(events, 0);
  assert.equal(live.rows, rows);
});

test('A transaction is one event, and an undone one is none', async (t) => {
  const db = await users(t);
  const live = await db.live('SELECT id FROM users ORDER BY id');
  const events = [];
  live.subscribe(({ changes }) => events.push(changes.map(({ op }) => op)));
  await db.transaction(async (tx) => {
    await tx.query("INSERT INTO users VALUES (4, 'x', 'y')");
    await settle();
    await tx.query('DELETE FROM users WHERE id = 1');
  });
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query('DELETE FROM users');
    throw new Error('undo');
  }));
  await settle();
  assert.deepEqual(events, [['delete', 'insert']]);
});

test('A burst of commits is one run', async (t) => {
  const db = await users(t);
  const live = await db.live('SELECT id FROM users');
  let events = 0;
  live.subscribe(() => events++);
  for (let id = 10; id < 200; id++) await db.query('INSERT INTO users VALUES ($1)', [id]);
  await until(() => live.rows.length === 193, 'all rows');
  assert.ok(events < 20, `${events} events`);
});

test('Joins, views and aggregates are live', async (t) => {
  const db = await users(t);
  await db.query(`CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer);
    CREATE VIEW totals AS SELECT u.name, sum(o.amount) AS total FROM users u JOIN orders o ON o.user_id = u.id
      GROUP BY u.name`);
  const live = await db.live('SELECT * FROM totals ORDER BY name', [], { key: ['name'] });
  assert.deepEqual(live.rows, []);
  await db.query('INSERT INTO orders VALUES (1, 1, 10), (2, 1, 5)');
  await until(() => live.rows.length === 1, 'the total');
  assert.equal(Number(live.rows[0].total), 15);
  await db.query("UPDATE users SET name = 'Lovelace' WHERE id = 1");
  await until(() => live.rows[0].name === 'Lovelace', 'the name');
});

test('Looping over it gives the result now and then each change', async (t) => {
  const db = await users(t);
  const live = await db.query('SELECT id FROM users ORDER BY id', [], { live: true });
  const seen = [];
  const loop = (async () => {
    for await (const { rows, changes } of live) {
      seen.push([rows.length, changes.length]);
      if (rows.length === 5) break;
    }
  })();
  await until(() => seen.length === 1, 'the first result');
  await db.query('INSERT INTO users VALUES (10)');
  await until(() => seen.length === 2, 'the second result');
  await db.query('INSERT INTO users VALUES (11)');
  await loop;
  assert.deepEqual(seen, [[3, 0], [4, 1], [5, 1]]);

  const slow = live[Symbol.asyncIterator]();
  await slow.next();
  for (const id of [20, 21]) {
    const { length } = live.rows;
    await db.query('INSERT INTO users VALUES ($1)', [id]);
    await until(() => live.rows.length > length, 'the insert');
  }
  const { value } = await slow.next();
  assert.deepEqual(value.changes.map(({ op }) => op), ['insert', 'insert']);
  const ended = slow.next();
  live.close();
  assert.equal((await ended).done, true);
});

test('After close nothing is told, and the rows stay', async (t) => {
  const db = await users(t);
  const live = await db.live('SELECT id FROM users');
  let events = 0;
  const end = live.subscribe(() => events++);
  await db.query('INSERT INTO users VALUES (10)');
  await until(() => events === 1, 'the insert');
  end();
  live.close();
  live.close();
  await db.query('INSERT INTO users VALUES (11)');
  await settle();
  assert.equal(events, 1);
  assert.equal(live.rows.length, 4);
  assert.equal(live.closed, true);
});

test('A signal ends it', async (t) => {
  const db = await users(t);
  const controller = new AbortController();
  const live = await db.live('SELECT id FROM users', [], { signal: controller.signal });
  const errors = [];
  live.subscribe(() => {}, (error) => errors.push(error.code));
  controller.abort();
  assert.deepEqual(errors, ['57014']);
  await assert.rejects(db.live('SELECT 1', [], { signal: AbortSignal.abort() }), { code: '57014' });
});

test('A query that cannot run any more says so, and goes on when it can', async (t) => {
  const db = await users(t);
  const live = await db.live('SELECT id FROM users ORDER BY id');
  const errors = [];
  live.subscribe(() => {}, (error) => errors.push(error.code));
  await db.query('DROP TABLE users');
  await until(() => errors.length > 0, 'the error');
  assert.deepEqual(errors, ['42P01']);
  assert.equal(live.error.code, '42P01');
  assert.equal(live.rows.length, 3);
  await assert.rejects(db.live('SELECT * FROM users'), { code: '42P01' });
});

test('What a subscriber throws does not reach the database or other subscribers', async (t) => {
  const db = await users(t);
  const live = await db.live('SELECT id FROM users');
  let told = 0;
  t.after(() => { delete globalThis.reportError; });
  // As browsers have it; in Node the error would be an uncaught exception.
  const uncaught = new Promise((resolve) => { globalThis.reportError = resolve; });
  live.subscribe(() => { throw new Error('mine'); });
  live.subscribe(() => told++);
  await db.query('INSERT INTO users VALUES (10)');
  assert.equal((await uncaught).message, 'mine');
  assert.equal(told, 1);
  await db.query('SELECT 1');
});

test('Random writes: the rows always equal the query, and the changes lead from one result to the next', async (t) => {
  const db = await users(t);
  const sql = 'SELECT id, name, city FROM users WHERE id % 3 <> 1 ORDER BY name, id LIMIT 12';
  const live = await db.live(sql);
  let followed = live.rows;
  live.subscribe(({ rows, changes }) => {
    followed = applyChanges(followed, changes);
    assert.deepEqual(followed, rows);
  });
  const next = random(5);
  for (let round = 0; round < 150; round++) {
    const id = next(30);
    const name = 'abcdef'[next(6)];
    if (next(3) === 0) await db.query('DELETE FROM users WHERE id = $1', [id]);
    else {
      await db.query('INSERT INTO users VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
        [id, name, 'x']);
    }
    if (next(4) > 0) continue;
    const { rows } = await db.query(sql);
    await until(() => isDeepStrictEqual(live.rows, rows), 'the result of the query');
    assert.deepEqual(followed, rows);
  }
});
