/** What PostgreSQL's language costs: a query of 20 lines from its text, and statements for one row, beside libpg-query and sqlite-wasm. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

import { Engine } from '../js-bindings/engine.js';
import { cell, optionalPeer, setting, Timings } from './measure.js';
import { figure, report } from './report.js';

const ROUNDS = setting('BENCH_ROUNDS', 3);
const ROWS = 1_000;
/** One timing is of so many runs: the clock of JavaScript is too coarse for one. */
const BATCH = 100;

const SCHEMA = `
  CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, country text NOT NULL);
  CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL, total integer NOT NULL, placed bigint NOT NULL);
  CREATE TABLE order_lines (order_id integer NOT NULL, line integer NOT NULL, product text NOT NULL, quantity integer NOT NULL,
    PRIMARY KEY (order_id, line));`;

/** SQL that PostgreSQL, SQLite and Tidemark read in the same way, in 20 lines. */
const QUERY = `WITH recent AS (
  SELECT o.id, o.customer_id, o.total
  FROM orders AS o
  WHERE o.placed >= 1700000500
    AND o.total BETWEEN 10 AND 5000
), spent AS (
  SELECT r.customer_id, count(*) AS orders, sum(r.total) AS total, max(r.total) AS largest
  FROM recent AS r
  GROUP BY r.customer_id
  HAVING count(*) > 1
)
SELECT c.id, c.name, s.orders, s.total,
  CASE WHEN s.largest > 4000 THEN 'large' WHEN s.largest > 1000 THEN 'medium' ELSE 'small' END AS class,
  row_number() OVER (PARTITION BY c.country ORDER BY s.total DESC, c.id) AS place,
  (SELECT max(l.quantity) FROM order_lines AS l JOIN recent AS r ON r.id = l.order_id WHERE r.customer_id = c.id) AS quantity
FROM customers AS c
JOIN spent AS s ON s.customer_id = c.id
WHERE c.country IN ('Iceland', 'Norway', 'Peru') AND c.name LIKE 'customer%'
ORDER BY s.total DESC, c.id
LIMIT 5`;

/** The same without running much of it. */
const WITHOUT_ROWS = QUERY.replace('LIMIT 5', 'LIMIT 0');

const ONE_ROW = {
  'SELECT by key': 'SELECT id, customer_id, total FROM orders WHERE id = $1',
  'UPDATE by key': 'UPDATE orders SET total = total + 1 WHERE id = $1',
  'INSERT': 'INSERT INTO order_lines (order_id, line, product, quantity) VALUES ($1, $2, $3, $4)',
};

const COUNTRIES = ['Iceland', 'Norway', 'Peru', 'Ghana'];
const customers = Array.from({ length: 50 }, (_, id) => [id, `customer ${id}`, COUNTRIES[id % 4]]);
const orders = Array.from({ length: ROWS }, (_, id) => [id, (id * 7919) % 50, (id * 104729) % 6_000, 1_700_000_000 + id]);

/** The synchronous core, so that promises are no part of what is measured. */
async function tidemark() {
  const module = await WebAssembly.compile(await readFile(new URL('../js-bindings/tidemark.wasm', import.meta.url)));
  const engine = await Engine.open(module, { storage: 'memory' });
  const step = (statement, parameters) => {
    const rows = [];
    statement.bind(parameters);
    statement.fetch(rows, { rowMode: 'array' });
    return rows;
  };
  const open = new Map();
  return {
    /** @param {string} sql */
    script(sql) {
      for (const statement of engine.prepareAll(sql)) {
        step(statement, []);
        statement.finalize();
      }
    },
    prepared(sql, parameters) {
      let statement = open.get(sql);
      if (statement === undefined) open.set(sql, statement = engine.prepareAll(sql)[0]);
      const rows = step(statement, parameters);
      statement.reset();
      return rows;
    },
    fromText(sql, parameters) {
      const [statement] = engine.prepareAll(sql);
      const rows = step(statement, parameters);
      statement.finalize();
      return rows;
    },
    sameText(sql, parameters) {
      const [statement] = engine.prepareAll(sql);
      const rows = step(statement, parameters);
      engine.release(statement);
      return rows;
    },
  };
}

async function sqliteWasm() {
  const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
  const db = new sqlite3.oo1.DB(':memory:');
  const step = (statement, parameters) => {
    const rows = [];
    if (parameters.length > 0) statement.bind(parameters);
    while (statement.step()) rows.push(statement.get([]));
    return rows;
  };
  const open = new Map();
  const fromText = (sql, parameters) => {
    const statement = db.prepare(sql);
    const rows = step(statement, parameters);
    statement.finalize();
    return rows;
  };
  return {
    /** @param {string} sql */
    script: (sql) => db.exec(sql),
    prepared(sql, parameters) {
      let statement = open.get(sql);
      if (statement === undefined) open.set(sql, statement = db.prepare(sql));
      const rows = step(statement, parameters);
      statement.reset(true);
      return rows;
    },
    fromText,
    sameText: fromText, // it keeps no statements
  };
}

/** A text that no cache has seen and every parser reads alike. */
let texts = 0;
const fresh = (sql) => `${sql} -- ${++texts}`;

/** Milliseconds of one run, of many batches. @param {number} batches @param {(i: number) => void} work */
function timedBatches(batches, work) {
  const times = [];
  for (let i = 0; i < batches; i++) {
    const start = performance.now();
    for (let k = 0; k < BATCH; k++) work(i * BATCH + k);
    times.push((performance.now() - start) / BATCH);
  }
  return times;
}

let inserted = 0;
const parametersOf = {
  'SELECT by key': (i) => [i % ROWS],
  'UPDATE by key': (i) => [i % ROWS],
  'INSERT': () => [1_000_000 + ++inserted, 1, 'product', 2],
};

const ours = await tidemark();
const theirs = await sqliteWasm();
const parser = await optionalPeer('libpg-query', () => import('libpg-query'));
await parser?.loadModule();
for (const peer of [ours, theirs]) {
  peer.script(SCHEMA);
  for (const row of customers) peer.prepared('INSERT INTO customers VALUES ($1, $2, $3)', row);
  for (const row of orders) peer.prepared('INSERT INTO orders VALUES ($1, $2, $3, $4)', row);
  for (const [id] of orders) peer.prepared('INSERT INTO order_lines VALUES ($1, 1, $2, $3)', [id, 'product', id % 9]);
}

// sums are bigint in PostgreSQL: the core gives them as such
const plain = (rows) => JSON.parse(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
const expected = plain(theirs.fromText(QUERY, []));
assert.equal(expected.length, 5);
assert.deepEqual(plain(ours.fromText(QUERY, [])), expected);

const times = new Timings();
const peers = { tidemark: ours, sqlite: theirs };
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, peer] of Object.entries(peers)) {
    times.add(`query/${name}`, timedBatches(10, () => assert.equal(peer.fromText(fresh(WITHOUT_ROWS), []).length, 0)));
    for (const [what, sql] of Object.entries(ONE_ROW)) {
      const next = parametersOf[what];
      const rows = what.startsWith('SELECT') ? 1 : 0;
      for (const [how, run] of Object.entries({
        prepared: (i) => peer.prepared(sql, next(i)),
        same: (i) => peer.sameText(sql, next(i)),
        fresh: (i) => peer.fromText(fresh(sql), next(i)),
      })) times.add(`${what}/${how}/${name}`, timedBatches(20, (i) => assert.equal(run(i).length, rows)));
    }
  }
  if (parser !== null) {
    times.add('query/parse', timedBatches(10, () => assert.equal(parser.parseSync(fresh(QUERY)).stmts.length, 1)));
    times.add('query/fingerprint', timedBatches(10, () => assert.equal(parser.fingerprintSync(fresh(QUERY)).length, 16)));
  }
}
const totals = 'SELECT count(*), sum(total) FROM orders';
assert.deepEqual(plain(ours.prepared(totals, [])), plain(theirs.prepared(totals, [])));

/** A line of the table. @param {string} what @param {string[]} keys ours and theirs @param {object} [others] */
const line = (what, [ourTime, theirTime], others = { 'libpg-query: parse to JSON': '', 'libpg-query: parse alone': '' }) => ({
  what, 'Tidemark µs': figure(times.median(ourTime) * 1_000),
  'sqlite-wasm (ours as a multiple)': cell(times.median(theirTime), 'µs', times.median(ourTime)), ...others,
});
const parsed = (what) => (parser === null ? '-' : cell(times.median(what), 'µs', times.median('query/tidemark')));
report('front_end', 'From a text to its first row, and statements for one row, in memory', [
  line('20 lines, from the text, no rows', ['query/tidemark', 'query/sqlite'],
    { 'libpg-query: parse to JSON': parsed('query/parse'), 'libpg-query: parse alone': parsed('query/fingerprint') }),
  ...Object.keys(ONE_ROW).flatMap((what) => [
    ['prepared', 'prepared'], ['same', 'same text again'], ['fresh', 'new text'],
  ].map(([how, said]) => line(`${what}, ${said}`, [`${what}/${how}/tidemark`, `${what}/${how}/sqlite`]))),
], {
  notes: ['Ours is parsed, bound, printed for SQLite and compiled by SQLite; "same text again" comes from the cache of statements.',
    'The multiples are our time divided by that of the peer.'],
  details: times.summary(),
});
