/** A stream of edits of Wikipedia, kept as facts of each user and day: current after every batch of 1,000 events. */
import assert from 'node:assert/strict';

import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

import { Tidemark } from '../js-bindings/index.js';
import { Timings, cell, generator, setting, toUnit } from './measure.js';
import { figure, report } from './report.js';

const EVENTS = setting('BENCH_EVENTS', 100_000);
const BATCH = 1_000;
const ROUNDS = setting('BENCH_ROUNDS', 3);

/** Recent changes: who edited when, by how many bytes, and whether it was a machine. A few users make most of them. */
function events() {
  const random = generator(99);
  return Array.from({ length: EVENTS }, (_, i) => {
    const user = random.chance(0.3) ? random.below(50) : random.below(5_000);
    const day = new Date(Date.UTC(2026, 0, 1 + Math.floor(i / (EVENTS / 3)))).toISOString().slice(0, 10);
    return [`User:${user}`, day, random.below(2_000) - 500, user < 25];
  });
}

const all = events();

/** What the facts have to be: in the order of user and day. */
function expected() {
  const facts = new Map();
  for (const [user, day, delta, bot] of all) {
    const key = `${user} ${day}`;
    const fact = facts.get(key) ?? [user, day, 0, 0, 0];
    fact[2]++;
    fact[3] += delta;
    fact[4] += Number(bot);
    facts.set(key, fact);
  }
  return [...facts.values()].sort(([a, b], [c, d]) => (a < c || (a === c && b < d) ? -1 : 1));
}

const FACTS = `CREATE TABLE facts (user_name text, day date, edits bigint NOT NULL, bytes bigint NOT NULL, by_bots bigint NOT NULL,
  PRIMARY KEY (user_name, day))`;
const ADD = `ON CONFLICT (user_name, day) DO UPDATE SET edits = facts.edits + excluded.edits, bytes = facts.bytes + excluded.bytes,
  by_bots = facts.by_bots + excluded.by_bots`;
const READ = 'SELECT user_name, day, edits, bytes, by_bots FROM facts ORDER BY 1, 2';
const PLACES = Array.from({ length: BATCH }, (_, i) => (i === 0 ? '($1::text, $2::date, $3::bigint, $4::boolean)'
  : `($${i * 4 + 1}, $${i * 4 + 2}, $${i * 4 + 3}, $${i * 4 + 4})`)).join(', ');

async function tidemark(schema, take) {
  const db = new Tidemark();
  await db.exec(schema);
  return {
    take: (batch) => take(db, batch),
    read: async () => (await db.query(READ, [], { rowMode: 'array' })).rows,
    close: () => db.close(),
  };
}

const IN_ONE = `INSERT INTO facts SELECT user_name, day, count(*), sum(delta), count(*) FILTER (WHERE bot)
  FROM (VALUES ${PLACES}) AS e(user_name, day, delta, bot) GROUP BY user_name, day ${ADD}`;
const ONE = `INSERT INTO facts VALUES ($1, $2, 1, $3, $4) ${ADD}`;
const RAW = `INSERT INTO changes VALUES ${PLACES}`;

const WAYS = [
  ['tidemark: one INSERT … ON CONFLICT a batch', () => tidemark(FACTS, (db, batch) => db.query(IN_ONE, batch.flat()))],
  ['tidemark: an INSERT … ON CONFLICT an event', () => tidemark(FACTS, (db, batch) => db.transaction(async (tx) => {
    for (const [user, day, delta, bot] of batch) await tx.query(ONE, [user, day, delta, bot ? 1 : 0]);
  }))],
  ['tidemark: raw events kept, facts a realtime view', () => tidemark(`
    CREATE TABLE changes (user_name text, day date, delta integer, bot boolean);
    CREATE REALTIME VIEW facts AS SELECT user_name, day, count(*) AS edits, sum(delta) AS bytes, count(*) FILTER (WHERE bot) AS by_bots
      FROM changes GROUP BY user_name, day`, (db, batch) => db.query(RAW, batch.flat()))],
  ['sqlite-wasm: an INSERT … ON CONFLICT an event', async () => {
    const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
    const db = new sqlite3.oo1.DB(':memory:');
    db.exec(FACTS);
    const one = db.prepare(`INSERT INTO facts VALUES (?, ?, 1, ?, ?) ${ADD}`);
    return {
      take: (batch) => {
        db.exec('BEGIN');
        for (const [user, day, delta, bot] of batch) one.bind([user, day, delta, bot ? 1 : 0]).stepReset();
        db.exec('COMMIT');
      },
      read: () => db.selectArrays(READ),
      close: () => {
        one.finalize();
        db.close();
      },
    };
  }],
];

const wanted = expected();
const timings = new Timings();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, open] of WAYS) {
    const engine = await open();
    for (let at = 0; at + BATCH <= all.length; at += BATCH) {
      const batch = all.slice(at, at + BATCH);
      const start = performance.now();
      const taken = engine.take(batch);
      if (taken instanceof Promise) await taken;
      if (at >= BATCH * 3) timings.add(name, [performance.now() - start]);
    }
    const rows = (await engine.read()).map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
    assert.deepEqual(rows, wanted, `${name}: the facts are wrong`);
    await engine.close();
  }
}

const peer = WAYS.at(-1)[0];
report('stream', `Stream: ${EVENTS.toLocaleString('en')} edits into ${wanted.length.toLocaleString('en')} facts, batches of 1,000, in memory`,
  WAYS.map(([name]) => ({
    what: name,
    'events/s': figure(toUnit(timings.median(name) / BATCH, 'events/s')),
    'ms a batch': figure(timings.median(name)),
    'p95 ms': figure(timings.p95(name)),
    'beside sqlite-wasm ms': name === peer ? '-' : cell(timings.median(peer), 'ms', timings.median(name)),
  })), {
    notes: [
      'Each batch is a transaction; when it has resolved the facts (edits, bytes and edits by machines of a user and day) are current.',
      "In brackets: our time as a multiple of the peer's; below 1 we are faster. At the end all facts are compared with an oracle.",
      'Raw events are kept in the third way alone: the view could take any of them back again.',
    ],
    details: timings.summary(),
  });
