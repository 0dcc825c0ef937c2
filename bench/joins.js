/**
 * From a commit at a PostgreSQL server to a realtime view of its joins and groups in this process: kept up to date by parts, and beside it the
 * same query as a subquery, which is run again for each change. After each change the view is compared with its query.
 */
import assert from 'node:assert/strict';

import { Tidemark } from '../js-bindings/index.js';
import { openPostgres } from '../tests/js/lib/origin.js';
import { figure, median, percentile, report } from './report.js';

const ROWS = Number(process.env.ROWS ?? 100_000);
const CHANGES = Number(process.env.CHANGES ?? 20);

const JOIN = 'SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id';
const GROUPS = 'SELECT c.id, c.name, sum(o.total) AS total FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name';
const again = (query) => `SELECT * FROM (${query}) AS whole`;
const rename = (change) => `UPDATE customers SET name = 'name ${change}' WHERE id = 77`;
const raise = (change) => `UPDATE orders SET total = ${change} WHERE id = 76`;

const origin = await openPostgres();
await origin.execute(`CREATE TABLE customers (id integer PRIMARY KEY, name text);
  CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, total integer); CREATE INDEX ON orders (customer_id);
  INSERT INTO customers SELECT i, 'c' || i FROM generate_series(1, ${ROWS / 10}) i;
  INSERT INTO orders SELECT i, i % ${ROWS / 10} + 1, i FROM generate_series(1, ${ROWS}) i; ANALYZE`);

/** Rows of a query about the changed ones, as texts in order. */
const texts = (rows) => rows.map((row) => row.map(String).join()).sort();

/** Milliseconds from each commit to the view. */
async function measure(query, change) {
  const client = origin.client();
  const db = new Tidemark({ getUpstreamClient: () => client });
  await db.query(`CREATE REALTIME VIEW v AS ${query} WITH (replication_origin = 'postgres:shop')`);
  const times = [];
  for (let number = 1; number <= CHANGES; number++) {
    let tell = () => {};
    const came = new Promise((resolve) => { tell = resolve; });
    const stop = await db.wal.subscribe('v', () => tell());
    await origin.execute(change(number));
    const committed = performance.now();
    await came;
    times.push(performance.now() - committed);
    stop();
  }
  const { rows } = await db.query('SELECT * FROM v', [], { rowMode: 'array' });
  assert.deepEqual(texts(rows), texts(await origin.rows(query)));
  await db.close();
  return times;
}

const rows = [];
for (const [what, query, change] of [
  ['one of ten rows renamed each', JOIN, rename], ['… run again', again(JOIN), rename],
  ['one group raised', GROUPS, raise], ['… run again', again(GROUPS), raise],
]) {
  const times = await measure(query, change);
  rows.push({ what, 'p50 ms': figure(median(times)), 'p95 ms': figure(percentile(times, 0.95)) });
}
report('joins', `A change at a PostgreSQL of ${ROWS} orders, until a realtime view has it`, rows);
await origin.close();
