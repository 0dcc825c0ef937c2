/** Many live queries of all kinds at once, against the query run again after each commit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { applyChanges } from '../../../js-bindings/index.js';
import { folder, open, until } from './lib/open.js';
import { random } from './lib/random.js';

const SCHEMA = `
  CREATE TABLE users (id integer PRIMARY KEY, name text, city text, active boolean);
  CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer, status text, day date);
  CREATE TABLE items (id integer PRIMARY KEY, order_id integer, price numeric(8,2), tag text);
  CREATE INDEX items_order ON items (order_id);
  CREATE VIEW open_orders AS SELECT o.id, o.user_id, o.amount FROM orders o WHERE o.status = 'open';
  CREATE REALTIME VIEW totals AS SELECT user_id, count(*) AS n, sum(amount) AS total FROM orders GROUP BY user_id`;

const CITIES = ['Rome', 'Oslo', 'Kiel', 'Łódź', null];
const STATES = ['open', 'paid', 'sent', null];

/** Queries with the parameters that they take, drawn anew for each; `unordered`: the order is not all decided. */
const QUERIES = [
  { sql: 'SELECT id, amount, status FROM orders WHERE user_id = $1 ORDER BY amount, id', of: ['user'] },
  { sql: 'SELECT id, amount FROM orders WHERE user_id = $1 AND status = $2 ORDER BY id DESC LIMIT 3', of: ['user', 'state'] },
  { sql: 'SELECT id, amount FROM orders WHERE user_id = $1 ORDER BY amount DESC, id LIMIT $2 OFFSET $3', of: ['user', 'few', 'few'] },
  { sql: 'SELECT id FROM orders WHERE amount > $1 ORDER BY id', of: ['amount'] },
  { sql: 'SELECT * FROM orders WHERE user_id = $1 AND amount > $2', of: ['user', 'amount'], unordered: true },
  { sql: 'SELECT name, id FROM users WHERE id = $1', of: ['user'] },
  { sql: 'SELECT id, name FROM users WHERE city = $1 ORDER BY name, id', of: ['city'] },
  { sql: 'SELECT id, name FROM users WHERE active = $1 ORDER BY name DESC NULLS LAST, id', of: ['flag'] },
  { sql: 'SELECT * FROM users ORDER BY name NULLS FIRST, id LIMIT 4 OFFSET 2', of: [] },
  { sql: "SELECT id, name FROM users WHERE city = 'Rome' ORDER BY id", of: [] },
  { sql: 'SELECT id, amount FROM orders WHERE day = $1 ORDER BY id', of: ['day'] },
  { sql: 'SELECT count(*) AS n, sum(amount) AS total FROM orders WHERE user_id = $1', of: ['user'] },
  { sql: 'SELECT status, count(*) AS n FROM orders WHERE user_id = $1 GROUP BY status ORDER BY n, status', of: ['user'] },
  { sql: 'SELECT DISTINCT status FROM orders WHERE user_id = $1 ORDER BY status', of: ['user'] },
  { sql: `SELECT o.id, o.amount, u.name FROM orders o JOIN users u ON u.id = o.user_id
      WHERE u.city = $1 ORDER BY o.amount DESC, o.id LIMIT 4`, of: ['city'] },
  { sql: `SELECT o.id, o.amount, u.name FROM orders o LEFT JOIN users u ON u.id = o.user_id
      WHERE o.status = $1 AND o.amount > 10 ORDER BY u.name, o.id`, of: ['state'] },
  { sql: `SELECT u.name, o.id, i.tag FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id
      WHERE u.id = $1 AND i.tag = $2`, of: ['user', 'tag'], unordered: true },
  { sql: `SELECT o.status, count(*) AS n, max(i.price) AS top FROM orders o JOIN items i ON i.order_id = o.id
      WHERE o.user_id = $1 GROUP BY o.status HAVING count(*) > 1 ORDER BY o.status`, of: ['user'] },
  { sql: `SELECT count(*) AS n FROM orders o JOIN users u ON u.id = o.user_id WHERE u.city = $1`, of: ['city'] },
  { sql: 'SELECT id, amount FROM open_orders WHERE user_id = $1 ORDER BY id', of: ['user'] },
  { sql: 'SELECT * FROM totals WHERE user_id = $1', of: ['user'] },
  { sql: 'SELECT * FROM totals ORDER BY total DESC, user_id LIMIT 3', of: [] },
  { sql: 'SELECT id FROM users ORDER BY id LIMIT (SELECT count(*) FROM orders WHERE amount > 20)', of: [] },
  { sql: 'SELECT id FROM users ORDER BY id OFFSET (SELECT count(*) FROM items WHERE price > 5)', of: [] },
  { sql: `SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = $1)
      ORDER BY id`, of: ['state'] },
  { sql: 'SELECT id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) AS n FROM users u ORDER BY n DESC, id LIMIT 3', of: [] },
  { sql: 'SELECT id FROM users UNION SELECT user_id FROM orders WHERE user_id IS NOT NULL ORDER BY id LIMIT 5', of: [] },
  { sql: `WITH big AS (SELECT user_id FROM orders WHERE amount > 20) SELECT u.id, u.name FROM users u
      JOIN big ON big.user_id = u.id WHERE u.city = $1`, of: ['city'], unordered: true },
  { sql: `SELECT id, amount, rank() OVER (PARTITION BY user_id ORDER BY amount, id) AS place FROM orders
      WHERE status = 'open' ORDER BY id LIMIT 6`, of: [] },
  { sql: 'SELECT o.* FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = $1 ORDER BY o.id, i.id', of: ['user'] },
  { sql: 'SELECT lower(name) AS name FROM users WHERE city = upper($1)', of: ['city'], unordered: true },
  { sql: 'SELECT DISTINCT ON (user_id) user_id, id FROM orders ORDER BY user_id, amount DESC, id', of: [] },
];

class World {
  /** @param {any} db @param {number} seed */
  constructor(db, seed) {
    this.db = db;
    this.next = random(seed);
    this.live = [];
  }

  pick(list) {
    return list[this.next(list.length)];
  }

  parameter(kind) {
    switch (kind) {
      case 'user': return this.next(7) + 1;
      case 'state': return this.pick(STATES);
      case 'city': return this.pick(CITIES);
      case 'flag': return this.next(2) === 0;
      case 'amount': return this.next(40);
      case 'few': return this.next(4);
      case 'day': return `2026-01-0${this.next(3) + 1}`;
      default: return this.pick(['a', 'b']);
    }
  }

  async openOne() {
    const query = this.pick(QUERIES);
    const parameters = query.of.map((kind) => this.parameter(kind));
    const live = await this.db.live(query.sql, parameters);
    const one = { ...query, parameters, live, followed: live.rows, events: 0 };
    live.subscribe(({ rows, changes }) => {
      one.events++;
      const before = one.followed;
      one.followed = applyChanges(before, changes);
      assert.deepEqual(one.followed, rows, `changes of ${query.sql}`);
      checkIdentity(before, rows, changes);
    }, (error) => { one.error = error; });
    this.live.push(one);
    await this.checkOne(one);
  }

  closeOne() {
    const [one] = this.live.splice(this.next(this.live.length), 1);
    one?.live.close();
  }

  /** @param {{ query: (sql: string, parameters?: any[]) => Promise<any> }} on */
  async write(on) {
    const id = this.next(25) + 1;
    switch (this.next(9)) {
      case 0: return on.query('INSERT INTO users VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
        [this.next(7) + 1, this.pick(['Ada', 'Bo', 'Cy', null]), this.pick(CITIES), this.next(2) === 0]);
      case 1: return on.query('UPDATE users SET city = $2 WHERE id = $1', [this.next(7) + 1, this.pick(CITIES)]);
      case 2: return on.query('DELETE FROM users WHERE id = $1', [this.next(7) + 1]);
      case 3: case 4: return on.query(`INSERT INTO orders VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, user_id = excluded.user_id, status = excluded.status`,
      [id, this.next(8) === 0 ? null : this.parameter('user'), this.next(40), this.pick(STATES), this.parameter('day')]);
      case 5: return on.query('UPDATE orders SET amount = amount + $2, status = $3 WHERE id % 5 = $1',
        [this.next(5), this.next(9) - 4, this.pick(STATES)]);
      case 6: return on.query('DELETE FROM orders WHERE id = $1', [id]);
      case 7: return on.query('INSERT INTO items VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET price = excluded.price',
        [this.next(40), id, this.next(500) / 100, this.pick(['a', 'b'])]);
      default: return on.query('UPDATE orders SET user_id = $2 WHERE id = $1', [id, this.parameter('user')]);
    }
  }

  async transact() {
    const undo = this.next(3) === 0;
    await this.db.transaction(async (tx) => {
      for (let writes = this.next(4); writes >= 0; writes--) {
        if (this.next(3) > 0) await this.write(tx);
        else {
          await tx.transaction(async (inner) => {
            await this.write(inner);
            if (this.next(2) === 0) throw new Error('undo');
          }).catch((error) => assert.equal(error.message, 'undo'));
        }
        if (this.next(4) === 0) await tx.query("INSERT INTO users VALUES (1), (1)").catch(() => {});
      }
      if (undo) throw new Error('undo');
    }).catch((error) => assert.equal(error.message, 'undo'));
  }

  async checkOne(one) {
    const { rows } = await this.db.query(one.sql, one.parameters);
    const equal = one.unordered ? isDeepStrictEqual(sorted(one.live.rows), sorted(rows))
      : isDeepStrictEqual(one.live.rows, rows);
    if (!equal) assert.deepEqual(one.live.rows, rows, `${one.sql} ${JSON.stringify(one.parameters)}`);
  }

  async check() {
    // Whatever is behind by now would stay so.
    await new Promise((resolve) => { setTimeout(resolve, 0); });
    await new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
    for (const one of this.live) {
      assert.equal(one.error, undefined, one.sql);
      await this.checkOne(one);
      assert.deepEqual(one.followed, one.live.rows);
    }
  }
}

function sorted(rows) {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Rows that no change is about are the same objects. */
function checkIdentity(before, after, changes) {
  const places = new Set(changes.map(({ index }) => index));
  const known = new Set(before);
  after.forEach((row, index) => {
    if (!places.has(index)) assert.ok(known.has(row), 'an untouched row is another object');
  });
}

for (const seed of [1, 2, 3]) {
  test(`Live queries equal their queries after every commit (seed ${seed})`, async (t) => {
    const db = open(t);
    await db.exec(SCHEMA);
    const world = new World(db, seed);
    for (let i = 0; i < 30; i++) await world.write(db);
    for (let i = 0; i < 40; i++) await world.openOne();
    let told = 0;
    for (let round = 0; round < 120; round++) {
      const before = world.live.map(({ events }) => events);
      if (world.next(2) === 0) await world.write(db);
      else await world.transact();
      await world.check();
      world.live.forEach(({ events, sql }, at) => assert.ok(events <= before[at] + 1, `two events: ${sql}`));
      told += world.live.reduce((sum, { events }, at) => sum + events - before[at], 0);
      if (world.next(3) === 0) world.closeOne();
      if (world.next(3) === 0) await world.openOne();
    }
    assert.ok(told > 200, `only ${told} events`);
    for (const { live } of world.live) live.close();
  });
}

test('Every query is one that the test covers, and opens', async (t) => {
  const db = open(t);
  await db.exec(SCHEMA);
  for (const { sql, of } of QUERIES) {
    const world = new World(db, 9);
    const live = await db.live(sql, of.map((kind) => world.parameter(kind)));
    live.close();
  }
});

test('Nothing of a live query outlasts the process that opened it', async (t) => {
  const path = `${folder(t)}/app.db`;
  const db = open(t, { path });
  await db.exec(SCHEMA);
  const relations = async (on) => (await on.query('SELECT name FROM tidemark.views ORDER BY name')).rows.length;
  const before = await relations(db);
  await db.live(QUERIES[14].sql, ['Rome']);
  await db.live(QUERIES[0].sql, [1]);
  assert.equal(await relations(db), before, 'views of live queries are not listed');
  await db.close();
  const again = open(t, { path });
  assert.equal(await relations(again), before);
  await assert.rejects(again.query('SELECT * FROM __live.v1'), { code: '42P01' });
  await until(async () => (await again.query("SELECT value FROM tidemark.database WHERE name = 'realtime_views'")).rows[0].value === 1,
    'only the view of the schema is counted');
});
