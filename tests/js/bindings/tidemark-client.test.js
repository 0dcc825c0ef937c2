import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TidemarkClient } from '../../../js-bindings/index.js';
import { serve } from '../../../js-bindings/worker.js';
import { open, until } from './lib/open.js';

/** @param {import('node:test').TestContext} t */
async function pair(t) {
  const origin = open(t);
  await origin.query(`CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, meta jsonb, seen boolean);
    INSERT INTO users VALUES (1, 'Ada', '{"a":1}', true), (2, 'Grace', NULL, false)`);
  let online = true;
  const client = new TidemarkClient({ database: origin });
  const away = async () => { if (!online) throw Object.assign(new Error('away'), { code: '08006' }); };
  const device = () => open(t, {
    getUpstreamClient: () => ({
      dialect: 'tidemark',
      query: (...call) => away().then(() => client.query(...call)),
      apply: (...call) => away().then(() => client.apply(...call)),
      subscribe: (...call) => away().then(() => client.subscribe(...call)),
    }),
  });
  return { origin, client, device, network: (/** @type {boolean} */ on) => { online = on; } };
}

const VIEW = `CREATE REALTIME VIEW users AS SELECT id, name, meta, seen FROM public.users
  WITH (replication_origin = 'tidemark:primary', write_policy = 'local_first')`;

test('It gives values as engines pass them', async (t) => {
  const { client } = await pair(t);
  const { rows, fields } = await client.query('SELECT * FROM users WHERE id = $1', [1]);
  assert.equal(rows[0].length, 4);
  assert.deepEqual([rows[0][0], rows[0][1], JSON.parse(rows[0][2]), rows[0][3]], [1, 'Ada', { a: 1 }, true]);
  assert.deepEqual(fields.map(({ type }) => type), ['integer', 'text', 'jsonb', 'boolean']);
  await assert.rejects(client.query('SELECT * FROM nowhere'), { code: '42P01' });
  assert.throws(() => new TidemarkClient({}), { code: '22023' });
});

test('A realtime view over another Tidemark follows it', async (t) => {
  const { origin, device } = await pair(t);
  const db = device();
  await db.query(VIEW);
  const live = await db.live('SELECT id, name, meta, seen FROM users ORDER BY id');
  await until(() => live.rows.length === 2, 'the snapshot');
  assert.deepEqual(live.rows[0], { id: 1, name: 'Ada', meta: { a: 1 }, seen: true });
  await origin.query("INSERT INTO users VALUES (3, 'Mary', NULL, NULL)");
  await until(() => live.rows.length === 3, 'the insert');
  await origin.query("UPDATE users SET name = 'Lovelace' WHERE id = 1; DELETE FROM users WHERE id = 2");
  await until(() => live.rows.length === 2 && live.rows[0].name === 'Lovelace', 'update and delete');
});

test('Writes reach it once, and come back as its rows', async (t) => {
  const { origin, device } = await pair(t);
  const db = device();
  await db.query(VIEW);
  await until(async () => (await db.query('SELECT * FROM users')).rows.length === 2, 'the snapshot');
  await db.query("INSERT INTO users (id, name) VALUES (3, 'Mary')");
  await db.query("UPDATE users SET name = 'Mary Kenneth' WHERE id = 3");
  await until(async () => (await db.query('SELECT * FROM users WHERE id = 3 AND NOT __staged')).rows.length === 1,
    'the echo');
  assert.deepEqual((await origin.query('SELECT name FROM users WHERE id = 3')).rows, [{ name: 'Mary Kenneth' }]);
  await db.query("UPDATE users SET seen = true, meta = '[1]' WHERE id = 2");
  await db.sync.sync();
  const queue = await db.sync.queue();
  assert.ok(queue.every(({ state }) => state === 'applied'));
  const { key, base, mine } = queue[2];
  assert.deepEqual([key, base, mine],
    [{ id: 2 }, { id: 2, name: 'Grace', meta: null, seen: false }, { meta: [1], seen: true }]);
});

test('Two devices that change one row: the first wins, the other is told, both end with the same', async (t) => {
  const { origin, device, network } = await pair(t);
  const [first, second] = [device(), device()];
  for (const db of [first, second]) {
    await db.query(VIEW);
    await until(async () => (await db.query('SELECT * FROM users')).rows.length === 2, 'the snapshot');
  }
  network(false);
  await first.query("UPDATE users SET name = 'first' WHERE id = 1");
  await second.query("UPDATE users SET name = 'second' WHERE id = 1");
  for (const db of [first, second]) {
    await until(async () => (await db.sync.queue())[0].state === 'failed', 'the failure');
  }
  network(true);
  const conflicts = [];
  second.sync.on('conflict', (event) => conflicts.push(event));
  await first.sync.sync(null, { forceSync: true });
  await second.sync.sync(null, { forceSync: true });
  await until(() => conflicts.length === 1, 'the conflict');
  assert.deepEqual([conflicts[0].base.name, conflicts[0].mine.name, conflicts[0].theirs.name],
    ['Ada', 'second', 'first']);
  assert.equal((await origin.query('SELECT name FROM users WHERE id = 1')).rows[0].name, 'first');
  for (const db of [first, second]) {
    await until(async () => (await db.query('SELECT name FROM users WHERE id = 1')).rows[0].name === 'first', 'it');
  }
  await second.sync.resolve(conflicts[0].id, 'discard');
  assert.equal((await second.query('SELECT name FROM users WHERE id = 1')).rows[0].name, 'first');
});

test('A transaction that is sent again is applied once', async (t) => {
  const { origin, client } = await pair(t);
  const request = {
    client: 'device',
    transaction: 5,
    writes: [
      { sql: 'INSERT INTO users (id, name) VALUES ($1, $2) RETURNING id', params: [7, 'x'] },
      { sql: 'UPDATE users SET seen = NOT seen WHERE id = $1', params: [1] },
    ],
  };
  const answer = await client.apply(request);
  assert.deepEqual([answer.state, answer.repeated, answer.rows], ['applied', false, [[7], null]]);
  const again = await client.apply(request);
  assert.deepEqual([again.state, again.repeated, again.rows], ['applied', true, [[7], null]]);
  assert.equal((await origin.query('SELECT seen FROM users WHERE id = 1')).rows[0].seen, false);
});

test('A conflict and a refusal undo the whole transaction', async (t) => {
  const { origin, client } = await pair(t);
  const insert = { sql: "INSERT INTO users (id, name) VALUES (7, 'x')", params: [] };
  const conflict = { sql: 'SELECT name FROM users WHERE id = 1', params: [] };
  const stale = { sql: "UPDATE users SET name = 'y' WHERE id = 1 AND name = 'old'", params: [], conflict };
  assert.deepEqual(await client.apply({ client: 'd', transaction: 1, writes: [insert, stale] }),
    { state: 'conflicted', index: 1, theirs: { row: ['Ada'], fields: [{ name: 'name', type: 'text' }] } });
  const taken = { sql: "INSERT INTO users (id, name) VALUES (1, 'x')", params: [], conflict };
  assert.equal((await client.apply({ client: 'd', transaction: 2, writes: [insert, taken] })).state, 'conflicted');
  const refused = await client.apply({ client: 'd', transaction: 3,
    writes: [insert, { sql: 'INSERT INTO users (id) VALUES (8)', params: [] }] });
  assert.deepEqual([refused.state, refused.index, refused.error.code], ['refused', 1, '23502']);
  assert.equal((await origin.query('SELECT count(*) AS n FROM users')).rows[0].n, 2);
  assert.equal((await client.apply({ client: 'd', transaction: 1, writes: [insert] })).state, 'applied');
});

test('It works over a port, too', async (t) => {
  const { origin } = await pair(t);
  const { port1, port2 } = new MessageChannel();
  serve({ database: origin, port: port1 });
  const db = open(t, { getUpstreamClient: () => new TidemarkClient({ port: port2 }) });
  await db.query(VIEW);
  const live = await db.live('SELECT id, name FROM users ORDER BY id');
  await until(() => live.rows.length === 2, 'the snapshot');
  await origin.query("UPDATE users SET name = 'Lovelace' WHERE id = 1");
  await until(() => live.rows[0].name === 'Lovelace', 'the update');
  await db.query('DELETE FROM users WHERE id = 2');
  await until(async () => (await origin.query('SELECT count(*) AS n FROM users')).rows[0].n === 1, 'the delete');
});

test('Random writes on both sides: in the end device and origin are equal', async (t) => {
  const { origin, device } = await pair(t);
  const db = device();
  await db.query(VIEW);
  await until(async () => (await db.query('SELECT * FROM users')).rows.length === 2, 'the snapshot');
  for (let round = 0; round < 60; round++) {
    const id = 10 + (round * 7) % 13;
    // The device writes rows with odd ids, the origin those with even ids.
    const side = id % 2 === 1 ? db : origin;
    const exists = (await side.query('SELECT 1 FROM users WHERE id = $1', [id])).rows.length === 1;
    if (!exists) await side.query('INSERT INTO users (id, name) VALUES ($1, $2)', [id, `name ${round}`]);
    else if (round % 5 === 0) await side.query('DELETE FROM users WHERE id = $1', [id]);
    else await side.query('UPDATE users SET name = $2 WHERE id = $1', [id, `name ${round}`]);
  }
  const rows = async (/** @type {any} */ side) =>
    JSON.stringify((await side.query('SELECT id, name, seen FROM users ORDER BY id')).rows);
  await until(async () => await rows(db) === await rows(origin), 'equality');
  await until(async () => (await db.query('SELECT 1 FROM users WHERE __staged')).rows.length === 0, 'no staged rows');
});
