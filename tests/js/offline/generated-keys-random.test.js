/**
 * Random transactions of a device whose rows get their keys from the origin, with a network that comes and goes, lost answers,
 * restarts, rows of others and rows that the origin refuses until somebody relents: at the end the origin has what was meant, each row once, referring to what it was told to.
 * The seed of a failing run is printed; TIDEMARK_SEED repeats it, TIDEMARK_STORIES plays as many.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../lib/eventually.js';
import { generator } from '../lib/random.js';
import { applied, openDevice, ORIGINS, same } from './lib/generated-keys.js';

const SEED = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const STORIES = Number(process.env.TIDEMARK_STORIES ?? 3);
const STEPS = 40;

/** What the origin is to have at the end: everything is called by a text of its own, and refers to texts. */
class Model {
  /** @type {Map<string, string | null>} the boss of each */
  customers = new Map();
  /** @type {Map<string, { customer: string | null, score: number | null }>} */
  orders = new Map();
  /** @type {Map<string, { order: string, number: number }>} */
  lines = new Map();

  copy() {
    const model = new Model();
    for (const each of /** @type {const} */ (['customers', 'orders', 'lines'])) model[each] = structuredClone(this[each]);
    return model;
  }
}

/** One story: statements, each of which changes the model as it changes the database. */
class Story {
  #random;
  #policy;
  #names = 0;
  /** What RETURNING gave for a text, perhaps before the origin's key was known. @type {Map<string, number>} */
  #held = new Map();
  model = new Model();

  /**
   * @param {number} seed
   * @param {string} policy
   */
  constructor(seed, policy) {
    this.#random = generator(seed);
    this.#policy = policy;
  }

  /** @param {number} below */
  number(below) {
    return this.#random(below);
  }

  #name(kind) {
    return `${kind}${++this.#names}`;
  }

  /** @param {Map<string, unknown>} map */
  #any(map) {
    const names = [...map.keys()];
    return names.length > 0 ? names[this.#random(names.length)] : null;
  }

  /**
   * A key as a user would write it: what is held, or a query for it.
   * @param {'customer' | 'order'} kind
   * @param {string | null} name
   */
  #key(kind, name) {
    if (name === null) return 'NULL';
    const held = this.#held.get(name);
    if (held !== undefined && (this.#policy === 'origin_first' || this.#random(2) === 0)) return String(held);
    return kind === 'customer' ? `(SELECT id FROM customer WHERE name = '${name}')` : `(SELECT id FROM "order" WHERE note = '${name}')`;
  }

  /** Only what is held names a row that the view does not show yet. */
  #reachable(map) {
    if (this.#policy !== 'origin_first') return map;
    return new Map([...map].filter(([name]) => this.#held.has(name)));
  }

  /** @returns {{ sql: string, name?: string, many?: string[] }} with the texts whose keys are RETURNed */
  #insertCustomer() {
    const count = 1 + this.#random(3);
    // What is refused is not shown: only who holds its key can refer to it.
    const refused = this.#policy === 'origin_first' && this.#random(5) === 0;
    const names = Array.from({ length: count }, () => this.#name(refused ? 'refused' : 'c'));
    const boss = this.#random(2) ? this.#any(this.#reachable(this.model.customers)) : null;
    const key = this.#key('customer', boss);
    for (const name of names) this.model.customers.set(name, boss);
    return { sql: `INSERT INTO customer (name, boss) VALUES ${names.map((name) => `('${name}', ${key})`).join(', ')} RETURNING id`, many: names };
  }

  #insertOrder() {
    const name = this.#name('o');
    const customer = this.#any(this.#reachable(this.model.customers));
    const score = -1 - this.#random(3); // looks like a staged key, and is a number
    this.model.orders.set(name, { customer, score });
    return { sql: `INSERT INTO "order" (customer, note, score) VALUES (${this.#key('customer', customer)}, '${name}', ${score}) RETURNING id`, many: [name] };
  }

  #insertLine() {
    const order = this.#any(this.#reachable(this.model.orders));
    if (order === null) return this.#insertOrder();
    const name = this.#name('l');
    const number = this.#names;
    this.model.lines.set(name, { order, number });
    return { sql: `INSERT INTO line (number, "for order", what) VALUES (${number}, ${this.#key('order', order)}, '${name}')` };
  }

  #changeBoss() {
    const name = this.#any(this.model.customers);
    if (name === null) return this.#insertCustomer();
    const boss = this.#any(this.model.customers);
    this.model.customers.set(name, boss);
    return { sql: `UPDATE customer SET boss = ${this.#key('customer', boss)} WHERE name = '${name}'` };
  }

  #changeOrder() {
    const name = this.#any(this.model.orders);
    if (name === null) return this.#insertOrder();
    const order = this.model.orders.get(name);
    const customer = this.#any(this.model.customers);
    this.model.orders.set(name, { customer, score: order.score - 1 });
    return { sql: `UPDATE "order" SET customer = ${this.#key('customer', customer)}, score = score - 1 WHERE note = '${name}'` };
  }

  #moveLine() {
    const name = this.#any(this.model.lines);
    const order = this.#any(this.model.orders);
    if (name === null || order === null) return this.#insertLine();
    this.model.lines.get(name).order = order;
    return { sql: `UPDATE line SET "for order" = ${this.#key('order', order)} WHERE what = '${name}'` };
  }

  #deleteLine() {
    const name = this.#any(this.model.lines);
    if (name === null) return this.#insertLine();
    this.model.lines.delete(name);
    return { sql: `DELETE FROM line WHERE what = '${name}'` };
  }

  #deleteOrder() {
    const used = new Set([...this.model.lines.values()].map(({ order }) => order));
    const name = this.#any(new Map([...this.model.orders].filter(([each]) => !used.has(each))));
    if (name === null) return this.#insertOrder();
    this.model.orders.delete(name);
    return { sql: `DELETE FROM "order" WHERE note = '${name}'` };
  }

  /** A condition that names the staged key would find nothing once the origin's is known. */
  #copyOrders() {
    const customer = this.#any(this.model.customers);
    const rows = [...this.model.orders].filter(([, order]) => order.customer === customer && customer !== null);
    if (rows.length === 0) return this.#insertOrder();
    const suffix = `_${++this.#names}`;
    for (const [name, order] of rows) this.model.orders.set(name + suffix, { ...order });
    return { sql: `INSERT INTO "order" (customer, note, score) SELECT customer, ${this.concatenated('note', suffix)}, score FROM "order"
      WHERE customer = (SELECT id FROM customer WHERE name = '${customer}') RETURNING id` };
  }

  concatenated = (column, text) => `${column} || '${text}'`;

  #statement() {
    const local = [() => this.#changeBoss(), () => this.#changeOrder(), () => this.#moveLine(), () => this.#deleteLine(),
      () => this.#deleteOrder(), () => this.#copyOrders()];
    const inserts = [() => this.#insertCustomer(), () => this.#insertOrder(), () => this.#insertOrder(), () => this.#insertLine(), () => this.#insertLine()];
    const all = this.#policy === 'local_first' ? [...inserts, ...local] : inserts;
    return all[this.#random(all.length)]();
  }

  /** @param {{ query: Function }} db */
  async #run(db) {
    const { sql, many = [] } = this.#statement();
    const { rows } = await db.query(sql);
    many.forEach((name, at) => this.#held.set(name, Number(rows[at].id)));
  }

  /**
   * One transaction, which may be rolled back.
   * @param {any} db
   */
  async transaction(db) {
    const before = [this.model.copy(), new Map(this.#held)];
    const gone = this.#random(6) === 0;
    try {
      await db.transaction(async (tx) => {
        for (let left = 1 + this.#random(4); left > 0; left--) await this.#run(tx);
        if (gone) throw new Error('rolled back');
      });
    } catch (error) {
      if (error.message !== 'rolled back') throw error;
      [this.model, this.#held] = before;
    }
  }
}

const REFUSE = "ALTER TABLE customer ADD CONSTRAINT decent CHECK (name NOT LIKE 'refused%')";
const RELENT = 'ALTER TABLE customer DROP CONSTRAINT decent';

const MEANT = {
  customers: 'SELECT c.name, b.name FROM customer c LEFT JOIN customer b ON b.id = c.boss',
  orders: 'SELECT o.note, c.name, o.score FROM "order" o LEFT JOIN customer c ON c.id = o.customer',
  lines: 'SELECT l.what, o.note, l.number FROM line l LEFT JOIN "order" o ON o.id = l."for order"',
};

/**
 * What has been refused, or waits for what has been, is sent again.
 * @param {any} db
 */
async function retryAll(db) {
  await eventually(async () => {
    const queue = await db.sync.queue();
    for (const { id, state } of queue) if (state === 'conflicted') await db.sync.resolve(id, 'retry').catch(() => {});
    assert.ok((await db.sync.queue()).every(({ state }) => state === 'applied'));
  });
}

/** @param {unknown[][]} rows */
const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();

for (const { name, dialect, skip, open, schema, clear } of ORIGINS) {
  describe(`random transactions with keys that ${name} gives`, { skip }, () => {
    let origin;
    before(async () => {
      origin = await open();
      await origin.execute(schema);
    });
    after(() => origin?.close());

    const play = async (seed, policy) => {
      await origin.execute(clear);
      await origin.execute(REFUSE);
      const story = new Story(seed, policy);
      if (dialect === 'mysql') story.concatenated = (column, text) => `concat(${column}, '${text}')`;
      const device = await openDevice(origin, dialect, policy);
      let others = 0;
      const sync = () => device.db.sync.sync(null, { forceSync: true }).catch(() => {});
      const connect = () => {
        device.bridge.online = true;
        return sync();
      };
      const happen = [
        connect,
        connect,
        () => { device.bridge.online = false; },
        () => {
          device.bridge.afterApply = () => { device.bridge.online = false; };
          return connect();
        },
        () => device.reopen(),
        () => sleep(story.number(40)),
        () => origin.execute(`INSERT INTO customer (name) VALUES ('other${++others}')`),
      ];
      for (let step = 0; step < STEPS; step++) {
        await story.transaction(device.db);
        if (story.number(2) === 0) await happen[story.number(happen.length)]();
      }
      device.bridge.afterApply = null;
      await origin.execute(RELENT);
      await device.online();
      await retryAll(device.db);
      await applied(device.db);
      await same(device.db, origin);
      const { customers, orders, lines } = story.model;
      const expected = {
        customers: [...customers].concat(Array.from({ length: others }, (_, at) => [`other${at + 1}`, null])),
        orders: [...orders].map(([note, { customer, score }]) => [note, customer, score]),
        lines: [...lines].map(([what, { order, number }]) => [what, order, number]),
      };
      for (const [kind, query] of Object.entries(MEANT)) {
        assert.deepEqual(sorted(await origin.rows(query)), sorted(expected[kind]), kind);
      }
      await device.close();
    };

    for (const policy of ['local_first', 'origin_first']) {
      for (let at = 0; at < STORIES; at++) {
        const seed = SEED + at;
        test(`${policy} (seed ${seed})`, { timeout: 120_000 }, () => play(seed, policy));
      }
    }
  });
}
