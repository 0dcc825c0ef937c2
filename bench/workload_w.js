/** Workload W: 100,000 orders of 1,000 users under a join, an aggregate with a maximum, and a document of each user. */
import assert from 'node:assert/strict';

import { ORDERS, Oracle, USERS, VIEWS } from './w/data.js';
import { Timings, cell, generator, optionalPeer, setting, timed, timedEach, toUnit } from './measure.js';
import { figure, report } from './report.js';

const ROUNDS = setting('BENCH_ROUNDS', 3);
const ONE_ROW = setting('BENCH_UPDATES', 200);
const WARM = ONE_ROW / 2;
const BATCH = Math.min(1_000, ORDERS / 4);
const ONLY = process.env.BENCH_PEERS?.split(',');

const PEERS = [
  ['tidemark', () => import('./w/tidemark.js')],
  ['sqlite-wasm, triggers', () => import('./w/sqlite-wasm.js')],
  ['pglite, pg_ivm', () => import('./w/pglite.js')],
  ['tanstack db-ivm, raw', () => import('./w/tanstack-ivm.js')],
  ['tanstack db', () => import('./w/tanstack-db.js')],
  ['zero zql', () => import('./w/zql.js')],
];

/** What is timed without any view, in the order of the table. */
const BASE = [
  ['load', 'load, through parameters', 'rows/s'],
  ['all', `SELECT of ${ORDERS.toLocaleString('en')} rows to objects`, 'rows/s'],
  ['point', 'point read', 'µs'],
];
/** What is timed for each set of views. */
const VIEWED = [
  ['one', 'one-row UPDATE until current', 'ms'],
  ['batch', `${BATCH.toLocaleString('en')}-row transaction until current`, 'ms'],
  ['user', "one user's name and country", 'ms'],
  ['top', 'the highest amount goes', 'ms'],
];
const SETS = [...VIEWS.map((view) => [view]), VIEWS];
const nameOf = (set) => set.map((view) => view.toUpperCase()).join('+');

/** The rows without views: load, read all, read one. */
async function measureBase(open, timings) {
  const oracle = new Oracle();
  const engine = await open();
  timings.add('load', [await timed(() => engine.load(oracle)) / (ORDERS + USERS)]);
  let rows;
  timings.add('all', [await timed(async () => { rows = await engine.all(); }) / ORDERS]);
  assert.deepEqual(plain(rows[ORDERS - 1]), oracle.orders[ORDERS - 1]);
  assert.equal(rows.length, ORDERS);
  const random = generator(7);
  const ids = Array.from({ length: 4_000 }, () => random.below(ORDERS));
  for (const id of ids) await engine.point(id);
  const start = performance.now();
  let found;
  for (const id of ids) found = await engine.point(id);
  timings.add('point', [(performance.now() - start) / ids.length]);
  assert.deepEqual(plain(found), oracle.orders[ids.at(-1)]);
  await engine.close();
}

/** One set of views, from its creation on; at the end all views are compared with the oracle. */
async function measureViews(open, set, timings) {
  const oracle = new Oracle();
  const engine = await open();
  await engine.load(oracle);
  for (const view of set) timings.add(`create ${view}`, [await timed(() => engine.create(view))]);
  const name = nameOf(set);
  const random = generator(11);
  const add = (what, times) => timings.add(`${what} ${name}`, times);

  const update = (order, amount) => {
    order.amount = amount;
    return engine.update(order.id, amount);
  };
  add('one', await timedEach(ONE_ROW, WARM, () => update(oracle.orders[random.below(ORDERS)], 1 + random.below(10_000))));
  add('batch', await timedEach(3, 1, () => {
    const pairs = pairsOf(random, oracle);
    return engine.updateMany(pairs);
  }));
  add('user', await timedEach(20, 5, (i) => {
    const user = oracle.users[random.below(USERS)];
    user.name = `renamed ${i}`;
    user.country = `country ${random.below(20)}`;
    return engine.updateUser(user.id, user.name, user.country);
  }));
  add('top', await timedTops(engine, oracle, 15));
  for (const view of set) assert.deepEqual(await engine.read(view), oracle.rows(view), `${view} is wrong`);
  await engine.close();
}

async function timedTops(engine, oracle, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const order = oracle.topOrder();
    order.amount = 1;
    times.push(await timed(() => engine.update(order.id, 1)));
  }
  return times;
}

/** Different orders and their new amounts, which the oracle has already. */
function pairsOf(random, oracle) {
  const pairs = new Map();
  while (pairs.size < BATCH) pairs.set(random.below(ORDERS), 1 + random.below(10_000));
  for (const [id, amount] of pairs) oracle.orders[id].amount = amount;
  return [...pairs];
}

const plain = (row) => Object.fromEntries(Object.entries(row)
  .map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]));

const peers = [];
for (const [name, load] of PEERS) {
  if (ONLY !== undefined && !ONLY.some((part) => name.startsWith(part))) continue;
  const peer = await optionalPeer(name, load);
  if (peer !== null) peers.push({ name, ...peer, views: peer.views ?? VIEWS, timings: new Timings() });
}
for (let round = 0; round < ROUNDS; round++) {
  for (const set of [[], ...SETS]) {
    for (const { name, open, views, timings } of peers) {
      const possible = set.filter((view) => views.includes(view));
      if (set.length === 1 && possible.length === 0) continue;
      try {
        if (set.length === 0) await measureBase(open, timings);
        else await measureViews(open, possible, timings);
      } catch (error) {
        throw new Error(`${name}: ${error.message}`, { cause: error });
      }
    }
  }
}

/**
 * One line of the table: ours, and each peer with our time as a multiple of its time.
 * @param {string} what
 * @param {string} unit
 * @param {(set: string[]) => string} keyOf the timing, for the views that a peer can keep
 * @param {string[]} set of views
 */
function line(what, unit, keyOf, set) {
  const [ours, ...others] = peers;
  const key = keyOf(set);
  const row = { what, unit, [ours.name]: figure(toUnit(ours.timings.median(key), unit)), p95: figure(toUnit(ours.timings.p95(key), unit)) };
  for (const { name, views, timings } of others) {
    const possible = set.filter((view) => views.includes(view));
    const theirs = keyOf(possible);
    row[name] = !timings.has(theirs) ? '-'
      : cell(timings.median(theirs), unit, possible.length === set.length ? ours.timings.median(key) : null) +
        (possible.length === set.length ? '' : ` (${nameOf(possible)})`);
  }
  return row;
}

report('workload-w', `Workload W: ${ORDERS.toLocaleString('en')} orders, ${USERS.toLocaleString('en')} users, in memory, medians of ${ROUNDS} alternating rounds`, [
  ...BASE.map(([key, what, unit]) => line(what, unit, () => key, [])),
  ...VIEWS.map((view) => line(`creation of ${view.toUpperCase()}`, 'ms', ([first]) => `create ${first}`, [view])),
  ...VIEWED.flatMap(([key, what, unit]) => SETS.map((set) => line(`${what}, ${nameOf(set)}`, unit, (some) => `${key} ${nameOf(some)}`, set))),
], {
  notes: [
    'V1: open orders joined with their user. V2: count, sum and maximum of each country. V3: a JSON document of each user with all orders.',
    "In brackets: our time as a multiple of the peer's; below 1 we are faster. p95 is ours. After each run every view is compared with an oracle.",
    'load: one INSERT a row with parameters in one transaction (PGlite: 500 rows a statement). SELECT: the whole table as JavaScript objects.',
    'point read: a row by its key as an object; tidemark and pglite through a promise each, the others by a function call.',
    'one-row UPDATE: amount of an order, a transaction of its own, until every view shows it. Transaction: as many single UPDATEs (PGlite: one statement).',
    "one user: UPDATE of name and country, which changes about a hundred rows of V1, two of V2, one document. The highest amount goes: V2's maximum has to be found anew.",
    'tanstack db-ivm is a dataflow graph over plain objects without a database: no tables, types, transactions or storage.',
  ],
  details: Object.fromEntries(peers.map(({ name, timings }) => [name, timings.summary()])),
});
