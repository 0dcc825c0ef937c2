/** Rows in, rows out, a point read, and one write with a dependent realtime join view: beside sqlite-wasm, both in memory. */
import assert from 'node:assert/strict';

import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

import { Tidemark } from '../js-bindings/index.js';
import { median, report } from './report.js';

const ROWS = 100_000;
const USERS = 1_000;
const ROUNDS = 5;

const users = Array.from({ length: USERS }, (_, id) => [id, `user ${id}`, `country ${id % 20}`]);
const orders = Array.from({ length: ROWS }, (_, id) => [
  id, (id * 7919) % USERS, ((id * 104729) % 10_000) + 1, ['open', 'paid', 'sent', 'void'][id % 4], 1_700_000_000 + id,
]);

const SCHEMA = `
  CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL);
  CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, amount integer NOT NULL,
    status text NOT NULL, created bigint NOT NULL);
  CREATE INDEX orders_user ON orders (user_id);`;

const JOIN = `SELECT o.id, o.amount, u.name, u.country FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'open'`;

/** The same view kept by hand, as an application would. */
const TRIGGERS = `
  CREATE TABLE open_orders (id integer PRIMARY KEY, amount integer, name text, country text);
  INSERT INTO open_orders ${JOIN};
  CREATE TRIGGER open_delete AFTER DELETE ON orders BEGIN DELETE FROM open_orders WHERE id = old.id; END;
  CREATE TRIGGER open_insert AFTER INSERT ON orders WHEN new.status = 'open' BEGIN
    INSERT INTO open_orders SELECT new.id, new.amount, u.name, u.country FROM users u WHERE u.id = new.user_id; END;
  CREATE TRIGGER open_update AFTER UPDATE ON orders BEGIN
    DELETE FROM open_orders WHERE id = old.id;
    INSERT INTO open_orders SELECT new.id, new.amount, u.name, u.country FROM users u
      WHERE u.id = new.user_id AND new.status = 'open'; END;
  CREATE TRIGGER open_user AFTER UPDATE ON users BEGIN
    UPDATE open_orders SET name = new.name, country = new.country
      WHERE id IN (SELECT id FROM orders WHERE user_id = new.id AND status = 'open'); END;`;

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function tidemark() {
  const db = new Tidemark();
  await db.exec(SCHEMA);
  const insertAll = async (table, rows) => {
    await db.transaction(async (tx) => {
      const places = rows[0].map((_, i) => `$${i + 1}`).join(', ');
      const statement = await tx.prepare(`INSERT INTO ${table} VALUES (${places})`);
      for (const row of rows) await statement.query(row);
      await statement.close();
    });
  };
  return {
    name: 'tidemark',
    users: () => insertAll('users', users),
    insert: () => insertAll('orders', orders),
    select: async () => (await db.query('SELECT * FROM orders')).rows,
    point: async (id) => (await db.query('SELECT * FROM orders WHERE id = $1', [id])).rows[0],
    view: () => db.query(`CREATE REALTIME VIEW open_orders AS ${JOIN}`),
    update: (id, amount) => db.query('UPDATE orders SET amount = $1 WHERE id = $2', [amount, id]),
    viewRow: async (id) => (await db.query('SELECT amount FROM open_orders WHERE id = $1', [id])).rows[0],
    check: async () => (await db.query('SELECT count(*) AS n, sum(amount) AS s FROM open_orders')).rows[0],
    close: () => db.close(),
  };
}

async function sqliteWasm() {
  const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
  const db = new sqlite3.oo1.DB(':memory:');
  db.exec(SCHEMA);
  const insertAll = (table, rows) => {
    db.exec('BEGIN');
    const statement = db.prepare(`INSERT INTO ${table} VALUES (${rows[0].map(() => '?').join(', ')})`);
    for (const row of rows) statement.bind(row).stepReset();
    statement.finalize();
    db.exec('COMMIT');
  };
  const point = db.prepare('SELECT * FROM orders WHERE id = ?');
  let update, viewRow;
  return {
    name: 'sqlite-wasm',
    users: () => insertAll('users', users),
    insert: () => insertAll('orders', orders),
    select: () => db.selectObjects('SELECT * FROM orders'),
    point: (id) => {
      point.bind([id]).step();
      const row = point.get({});
      point.reset();
      return row;
    },
    view: () => {
      db.exec(TRIGGERS);
      update = db.prepare('UPDATE orders SET amount = ? WHERE id = ?');
      viewRow = db.prepare('SELECT amount FROM open_orders WHERE id = ?');
    },
    update: (id, amount) => update.bind([amount, id]).stepReset(),
    viewRow: (id) => {
      const found = viewRow.bind([id]).step();
      const row = found ? viewRow.get({}) : undefined;
      viewRow.reset();
      return row;
    },
    check: () => db.selectObjects('SELECT count(*) AS n, sum(amount) AS s FROM open_orders')[0],
    close: () => {
      for (const statement of [point, update, viewRow]) statement?.finalize();
      db.close();
    },
  };
}

async function measure(open, figures) {
  const engine = await open();
  await engine.users();
  figures.insert.push(await timed(engine.insert));
  let rows;
  figures.select.push(await timed(async () => { rows = await engine.select(); }));
  assert.equal(rows.length, ROWS);
  assert.deepEqual(Object.values(rows[ROWS - 1]), orders[ROWS - 1]);
  for (let i = 0; i < 2_000; i++) await engine.point(i);
  figures.point.push(await timed(async () => { for (let i = 0; i < 10_000; i++) await engine.point((i * 31) % ROWS); }) / 10_000);
  await engine.view();
  for (let i = 0; i < 500; i++) await engine.update((i * 4) % ROWS, i);
  const count = 2_000;
  figures.update.push(await timed(async () => {
    for (let i = 0; i < count; i++) await engine.update((i * 44) % ROWS, 20_000 + i);
  }) / count);
  assert.equal((await engine.viewRow(((count - 1) * 44) % ROWS)).amount, 20_000 + count - 1);
  const check = await engine.check();
  await engine.close();
  return check;
}

const engines = [tidemark, sqliteWasm];
const figures = engines.map(() => ({ insert: [], select: [], point: [], update: [] }));
for (let round = 0; round < ROUNDS; round++) {
  const checks = [];
  for (const [i, open] of engines.entries()) checks.push(await measure(open, figures[i]));
  assert.deepEqual({ ...checks[0] }, { ...checks[1] }, 'the two views differ');
}

const [ours, theirs] = figures.map((figure) => Object.fromEntries(Object.entries(figure).map(([key, values]) => [key, median(values)])));
const line = (what, unit, mine, peer, better) => ({
  what, unit, tidemark: mine.toPrecision(4), 'sqlite-wasm': peer.toPrecision(4), 'times as fast': (better / 1).toFixed(2),
});
report('rows', `${ROWS.toLocaleString('en')} rows in memory, median of ${ROUNDS} alternating rounds`, [
  line('INSERT through parameters', 'rows/s', ROWS / ours.insert * 1000, ROWS / theirs.insert * 1000, theirs.insert / ours.insert),
  line('SELECT to objects', 'rows/s', ROWS / ours.select * 1000, ROWS / theirs.select * 1000, theirs.select / ours.select),
  line('point read', 'µs', ours.point * 1000, theirs.point * 1000, theirs.point / ours.point),
  line('one-row UPDATE, realtime join view current', 'µs', ours.update * 1000, theirs.update * 1000, theirs.update / ours.update),
]);
