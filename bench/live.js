/** Live queries: 1, 100 and 10,000 of one parameterised shape, and 100 windows over a join. Results are checked by running
 * each query again. */
import assert from 'node:assert/strict';

import { Tidemark } from '../js-bindings/index.js';
import { median, percentile, report } from './report.js';

const USERS = 10_000;
const ORDERS = 100_000;
const CHANGES = 300;

const SCHEMA = `
  CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL);
  CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, amount integer NOT NULL, status text NOT NULL);
  CREATE INDEX orders_user ON orders (user_id);
  INSERT INTO users SELECT i, 'user ' || i, 'country ' || i % 20 FROM generate_series(0, ${USERS - 1}) AS i;
  INSERT INTO orders SELECT i, i * 7919 % ${USERS}, i * 104729 % 10000, (ARRAY['open', 'paid', 'sent', 'void'])[i % 4 + 1]
    FROM generate_series(0, ${ORDERS - 1}) AS i`;

/** The shapes, each with its parameter ranging over the users. */
const SHAPES = {
  table: 'SELECT id, amount, status FROM orders WHERE user_id = $1 ORDER BY id',
  join: `SELECT o.id, o.amount, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.user_id = $1
    ORDER BY o.amount DESC, o.id`,
};

const WINDOW = `SELECT o.id, o.amount, u.name FROM orders o JOIN users u ON u.id = o.user_id
  WHERE u.country = $1 AND o.status = $2 ORDER BY o.amount DESC, o.id LIMIT 10 OFFSET $3`;

/** Lets everything that a commit led to be told. */
const settled = () => new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });

async function load() {
  const db = new Tidemark();
  await db.exec(SCHEMA);
  return db;
}

async function check(db, sql, parameters, live) {
  assert.deepEqual(live.rows, (await db.query(sql, parameters)).rows);
}

/** Opens `count` live queries of a shape and changes rows of user 0, whose query is the first. */
async function fanOut(sql, count) {
  const db = await load();
  const warm = await db.live(sql, [USERS - 1]);
  const queries = [];
  const start = performance.now();
  for (let user = 0; user < count; user++) queries.push(await db.live(sql, [user]));
  const opening = (performance.now() - start) / count;
  const again = performance.now();
  for (let user = 0; user < count; user++) await db.query(sql, [user]);
  const query = (performance.now() - again) / count;
  const [first] = queries;
  let told = 0;
  let others = 0;
  first.subscribe(() => told++);
  for (const query of queries.slice(1)) query.subscribe(() => others++);
  const times = [];
  for (let i = 0; i < CHANGES + 100; i++) {
    const before = performance.now();
    const reached = new Promise((resolve) => {
      const end = first.subscribe(() => {
        end();
        resolve();
      });
    });
    await db.query('UPDATE orders SET amount = $1 WHERE id = 0', [20_000 + i]);
    await reached;
    if (i >= 100) times.push(performance.now() - before);
  }
  assert.equal(told, CHANGES + 100);
  assert.equal(others, 0);
  for (let user = 0; user < count; user += Math.ceil(count / 50)) await check(db, sql, [user], queries[user]);
  warm.close();
  for (const query of queries) query.close();
  await db.close();
  return { opening: opening * 1000, query: query * 1000, change: times };
}

/** 100 windows of one shape; transactions of 100 rows each, until all of them have been told. */
async function windows() {
  const db = await load();
  const queries = [];
  for (let i = 0; i < 100; i++) {
    const parameters = [`country ${i % 20}`, ['open', 'paid'][i % 2], 10 * Math.floor(i / 40)];
    queries.push({ parameters, live: await db.live(WINDOW, parameters) });
  }
  let told = 0;
  for (const { live } of queries) live.subscribe(() => told++);
  const times = [];
  for (let round = 0; round < 60; round++) {
    const ids = Array.from({ length: 100 }, (_, i) => (round * 100 + i) * 7 % ORDERS);
    const before = performance.now();
    await db.query('UPDATE orders SET amount = amount + 5000 WHERE id = ANY($1)', [ids]);
    await settled();
    if (round >= 10) times.push(performance.now() - before);
  }
  for (const { parameters, live } of queries) await check(db, WINDOW, parameters, live);
  assert.ok(told > 500, `${told} events`);
  await db.close();
  return times;
}

const rows = [];
for (const [name, sql] of Object.entries(SHAPES)) {
  const alone = await fanOut(sql, 1);
  for (const count of [1, 100, 10_000]) {
    const { opening, query, change } = count === 1 ? alone : await fanOut(sql, count);
    rows.push({
      'live queries': `${count.toLocaleString('en')} × ${name} WHERE user_id = $1`,
      'opening one, µs': opening.toFixed(1),
      'one query, µs': query.toFixed(1),
      'change to subscriber, µs': (median(change) * 1000).toFixed(1),
      'p95, µs': (percentile(change, 0.95) * 1000).toFixed(1),
      'to one alone': (median(change) / median(alone.change)).toFixed(2),
    });
  }
}
report('live', `One changed row among live queries of one shape, ${ORDERS.toLocaleString('en')} rows in memory`, rows, {
  notes: [
    'opening one: db.live(sql, [user]) until its promise has resolved, the shape being open already; one query: the same by db.query',
    'change to subscriber: from the call of an UPDATE of one row until the function that subscribed is called, median',
    'to one alone: that, as a multiple of what it takes with a single live query',
  ],
});

const frames = await windows();
report('live-windows', '100 live queries over a join with windows of 10 rows, one UPDATE of 100 rows', [{
  'until all were told, ms, median': median(frames).toFixed(2),
  'p95, ms': percentile(frames, 0.95).toFixed(2),
}]);
