/** Workload W: its rows, its views, and what the views have to contain. */
import { generator, setting } from '../measure.js';

export const ORDERS = setting('BENCH_ORDERS', 100_000);
export const USERS = setting('BENCH_USERS', Math.max(10, ORDERS / 100));
export const COUNTRIES = 20;
const STATUSES = ['open', 'paid', 'sent', 'void'];

export const VIEWS = ['v1', 'v2', 'v3'];

export const TABLES = `
  CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL);
  CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, amount integer NOT NULL,
    status text NOT NULL, created bigint NOT NULL);
  CREATE INDEX orders_user ON orders (user_id);`;

/** V1: open orders with their user. V2: totals of a country. V3: a document of each user with all orders. */
export const QUERIES = {
  v1: `SELECT o.id, o.amount, u.name, u.country FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'open'`,
  v2: `SELECT u.country, count(*) AS n, sum(o.amount) AS total, max(o.amount) AS top
    FROM orders o JOIN users u ON u.id = o.user_id GROUP BY u.country`,
  v3: `SELECT u.id, json_build_object('id', u.id, 'name', u.name, 'country', u.country, 'orders',
      json_agg(json_build_object('id', o.id, 'amount', o.amount, 'status', o.status) ORDER BY o.id)) AS doc
    FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id, u.name, u.country`,
};

/**
 * @typedef {{ id: number, name: string, country: string }} User
 * @typedef {{ id: number, user_id: number, amount: number, status: string, created: number }} Order
 */

/** Plain JavaScript objects that hold what every engine has to hold, and answer what its views have to show. */
export class Oracle {
  /** @type {User[]} */
  users = [];
  /** @type {Order[]} */
  orders = [];

  /** The rows to begin with: always the same. */
  constructor() {
    const random = generator(20_240_917);
    for (let id = 0; id < USERS; id++) this.users.push({ id, name: `user ${id}`, country: `country ${id % COUNTRIES}` });
    for (let id = 0; id < ORDERS; id++) {
      this.orders.push({
        id, user_id: random.below(USERS), amount: 1 + random.below(10_000), status: STATUSES[random.below(4)],
        created: 1_700_000_000 + id,
      });
    }
  }

  /** @param {string} view @returns {unknown[][]} its rows, in the order of their first column */
  rows(view) {
    return { v1: () => this.#openOrders(), v2: () => this.#totals(), v3: () => this.#documents() }[view]();
  }

  #openOrders() {
    return this.orders.filter(({ status }) => status === 'open').map(({ id, user_id: user, amount }) =>
      [id, amount, this.users[user].name, this.users[user].country]);
  }

  #totals() {
    const groups = new Map();
    for (const { user_id: user, amount } of this.orders) {
      const { country } = this.users[user];
      const group = groups.get(country) ?? [country, 0, 0, 0];
      group[1]++;
      group[2] += amount;
      group[3] = Math.max(group[3], amount);
      groups.set(country, group);
    }
    return [...groups.values()].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #documents() {
    const orders = this.users.map(() => /** @type {object[]} */ ([]));
    for (const { id, user_id: user, amount, status } of this.orders) orders[user].push({ id, amount, status });
    return this.users.filter(({ id }) => orders[id].length > 0)
      .map(({ id, name, country }) => [id, { id, name, country, orders: orders[id] }]);
  }

  /** Of the countries' orders the one with the highest amount: which, and in which country. */
  topOrder() {
    return this.orders.reduce((top, order) => (order.amount > top.amount ? order : top));
  }
}
