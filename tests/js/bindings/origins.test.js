import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';

import { PGliteClient } from '../../../js-bindings/upstream/pglite.js';
import { open, until } from './lib/open.js';
import { RecordingStorage } from './lib/recording-storage.js';

/** One PostgreSQL for all tests; each uses tables of its own. */
const pglite = await PGlite.create();
let names = 0;

/** Answers nothing until it is let, as a slow network does. */
class SlowClient {
  dialect = 'postgres';
  /** @type {(() => void)[]} */
  #held = [];
  calls = 0;
  aborted = 0;

  constructor(client) {
    this.client = client;
  }

  async query(sql, params, options) {
    this.calls++;
    options?.signal?.addEventListener('abort', () => this.aborted++);
    await new Promise((resolve) => { this.#held.push(resolve); });
    return this.client.query(sql, params, options);
  }

  release() {
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

/** A table of products in PostgreSQL. */
async function products() {
  const name = `products_${names++}`;
  await pglite.exec(`CREATE TABLE ${name} (id integer PRIMARY KEY, name text, price numeric(10,2), tags jsonb);
    INSERT INTO ${name} VALUES (1, 'lamp', 12.50, '["a"]'), (2, 'desk', 100, NULL)`);
  return name;
}

test('A view of a foreign origin is read there and joined with what is here', async (t) => {
  const name = await products();
  const asked = [];
  const db = open(t, {
    async getUpstreamClient(originId) {
      asked.push(originId);
      return new PGliteClient(pglite);
    },
  });
  await db.query(`CREATE VIEW p AS SELECT * FROM public.${name} WITH (replication_origin = 'postgres:Main-DB')`);
  await db.query('CREATE TABLE stock (id integer PRIMARY KEY, n integer); INSERT INTO stock VALUES (1, 7), (2, 0)');
  const { rows } = await db.query('SELECT p.*, s.n FROM p JOIN stock s ON s.id = p.id WHERE s.n > $1', [0]);
  assert.deepEqual(rows, [{ id: 1, name: 'lamp', price: '12.50', tags: ['a'], n: 7 }]);
  await Promise.all([1, 2, 3].map(() => db.query('SELECT count(*) FROM p')));
  assert.deepEqual(asked, ['postgres:Main-DB']);
});

test('Whoever waits for an origin does not hold up the others', async (t) => {
  const name = await products();
  const slow = new SlowClient(new PGliteClient(pglite));
  const db = open(t, { getUpstreamClient: () => slow });
  const creating = db.query(`CREATE VIEW p AS SELECT id, name FROM public.${name}
    WITH (replication_origin = 'postgres:db')`);
  const releasing = setInterval(() => slow.release(), 5);
  await creating;
  await db.query('SELECT * FROM p');
  clearInterval(releasing);

  const waiting = db.query('SELECT * FROM p ORDER BY id');
  await db.query('CREATE TABLE t (a integer)');
  await db.transaction((tx) => tx.query('INSERT INTO t VALUES (1)'));
  assert.deepEqual((await db.query('SELECT * FROM t')).rows, [{ a: 1 }]);
  slow.release();
  assert.deepEqual((await waiting).rows, [{ id: 1, name: 'lamp' }, { id: 2, name: 'desk' }]);

  const controller = new AbortController();
  const given = db.query('SELECT * FROM p', [], { signal: controller.signal });
  await until(() => slow.calls > 0, 'the request');
  await new Promise((resolve) => { setTimeout(resolve, 5); });
  controller.abort();
  await assert.rejects(given, { code: '57014' });
  assert.equal(slow.aborted, 1);
  slow.release();

  const lost = db.query('SELECT * FROM p');
  await new Promise((resolve) => { setTimeout(resolve, 5); });
  const closing = db.close();
  await assert.rejects(lost, { code: '57P01' });
  await closing;
});

test('An origin without a client, or out of reach, fails the statement and says which', async (t) => {
  const name = await products();
  const view = `CREATE VIEW p AS SELECT id FROM public.${name} WITH (replication_origin = 'postgres:db')`;
  const without = open(t);
  await without.query(view);
  await assert.rejects(without.query('SELECT * FROM p'), { code: '55000', origin: 'postgres:db' });

  let attempts = 0;
  const db = open(t, {
    async getUpstreamClient() {
      if (++attempts < 3) throw new Error('no network');
      return new PGliteClient(pglite);
    },
  });
  await db.query(view);
  while (attempts < 2) await assert.rejects(db.query('SELECT * FROM p'), { code: '08006' });
  assert.equal((await db.query('SELECT * FROM p')).rows.length, 2);
});

test('What the origin says of an error arrives', async (t) => {
  const db = open(t, { getUpstreamClient: () => new PGliteClient(pglite) });
  await db.query("CREATE VIEW p AS SELECT id FROM public.not_there WITH (replication_origin = 'postgres:db')");
  await assert.rejects(db.query('SELECT * FROM p'), { code: '42P01', origin: 'postgres:db' });
});

test('A view made in a transaction can be read in it, and goes when it is undone', async (t) => {
  const name = await products();
  const db = open(t, { getUpstreamClient: () => new PGliteClient(pglite) });
  const sql = `CREATE VIEW p AS SELECT id FROM public.${name} WITH (replication_origin = 'postgres:db')`;
  await assert.rejects(db.transaction(async (tx) => {
    await tx.query(sql);
    assert.equal((await tx.query('SELECT * FROM p')).rows.length, 2);
    throw new Error('undo');
  }), { message: 'undo' });
  await assert.rejects(db.query('SELECT * FROM p'), { code: '42P01' });
  assert.equal((await db.query(`${sql}; SELECT * FROM p`)).rows.length, 2);
});

test('A materialized view is read here, and refreshed', async (t) => {
  const name = await products();
  const db = open(t, { getUpstreamClient: () => new PGliteClient(pglite) });
  await db.query(`CREATE MATERIALIZED VIEW p AS SELECT * FROM public.${name}
    WITH (replication_origin = 'postgres:db')`);
  const live = await db.live('SELECT id, name, price FROM p ORDER BY id');
  await until(() => live.rows.length === 2, 'the snapshot');
  await pglite.query(`UPDATE ${name} SET price = 13 WHERE id = 1`);
  assert.equal(live.rows[0].price, '12.50');
  await db.query('REFRESH MATERIALIZED VIEW p');
  await until(() => live.rows[0].price === '13.00', 'the new price');
  const [status] = await db.sync.status('p');
  assert.equal(status.mode, 'materialized');
  assert.equal(status.state, 'synced');
});

test('A realtime view follows its origin, and shows its own writes at once', async (t) => {
  const name = await products();
  const db = open(t, { getUpstreamClient: () => new PGliteClient(pglite) });
  await db.query(`CREATE REALTIME VIEW p AS SELECT id, name, price FROM public.${name}
    WITH (replication_origin = 'postgres:db', write_policy = 'local_first')`);
  const live = await db.live('SELECT id, name, __staged FROM p ORDER BY id');
  await until(() => live.rows.length === 2, 'the snapshot');
  await pglite.query(`INSERT INTO ${name} VALUES (3, 'chair', 5, NULL)`);
  await until(() => live.rows.length === 3, 'the row of the origin');

  const applied = [];
  db.sync.on('applied', (event) => applied.push(event));
  await db.query("UPDATE p SET name = 'big lamp' WHERE id = 1");
  assert.deepEqual((await db.query('SELECT name, __staged FROM p WHERE id = 1')).rows,
    [{ name: 'big lamp', __staged: true }]);
  await until(async () => !(await db.query('SELECT __staged FROM p WHERE id = 1')).rows[0].__staged, 'the echo');
  const { rows } = await pglite.query(`SELECT name FROM ${name} WHERE id = 1`);
  assert.equal(rows[0].name, 'big lamp');
  assert.equal(applied.length, 1);
  const queue = await db.sync.queue('p');
  assert.deepEqual(queue.map(({ op, state }) => [op, state]), [['update', 'applied']]);
});

test('Writes wait in the queue while the origin is away, survive reopening, and are sent when it is back', async (t) => {
  const name = await products();
  const storage = new RecordingStorage();
  let online = true;
  const client = () => {
    const inner = new PGliteClient(pglite);
    const check = () => {
      if (!online) throw Object.assign(new Error('unreachable'), { code: '08006' });
    };
    return {
      dialect: 'postgres',
      query: async (...call) => { check(); return inner.query(...call); },
      apply: async (...call) => { check(); return inner.apply(...call); },
      subscribe: async (...call) => { check(); return inner.subscribe(...call); },
    };
  };
  const options = { path: 'x', storage, getUpstreamClient: client };
  const db = open(t, options);
  await db.query(`CREATE REALTIME VIEW p AS SELECT id, name FROM public.${name}
    WITH (replication_origin = 'postgres:db', write_policy = 'local_first')`);
  await until(async () => (await db.query('SELECT * FROM p')).rows.length === 2, 'the snapshot');
  online = false;
  await db.transaction(async (tx) => {
    await tx.query("INSERT INTO p VALUES (3, 'chair')");
    await tx.query("UPDATE p SET name = 'red chair' WHERE id = 3");
    await tx.query('DELETE FROM p WHERE id = 2');
  });
  await until(async () => (await db.sync.queue()).every(({ state }) => state === 'failed'), 'the failure');
  await db.close();
  const again = open(t, options);
  assert.deepEqual((await again.query('SELECT id, name FROM p ORDER BY id')).rows,
    [{ id: 1, name: 'lamp' }, { id: 3, name: 'red chair' }]);
  online = true;
  await again.sync.sync(undefined, { forceSync: true });
  const { rows } = await pglite.query(`SELECT id, name FROM ${name} ORDER BY id`);
  assert.deepEqual(rows, [{ id: 1, name: 'lamp' }, { id: 3, name: 'red chair' }]);
});

test('A write goes to its origin when it is kept here, and not before', async (t) => {
  const name = await products();
  const storage = new RecordingStorage();
  const inner = new PGliteClient(pglite);
  const told = [];
  const db = open(t, {
    path: 'x',
    storage,
    getUpstreamClient: () => ({
      dialect: 'postgres',
      query: (...call) => inner.query(...call),
      apply: (...call) => { told.push('apply'); return inner.apply(...call); },
    }),
  });
  await db.query(`CREATE MATERIALIZED VIEW p AS SELECT id, name FROM public.${name}
    WITH (replication_origin = 'postgres:db', write_policy = 'local_first')`);
  await until(async () => (await db.query('SELECT * FROM p')).rows.length === 2, 'the snapshot');
  storage.before = async () => {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    told.push('kept');
  };
  await db.query("INSERT INTO p VALUES (3, 'chair')");
  await until(() => told.includes('apply'), 'the write');
  assert.deepEqual(told.slice(0, 2), ['kept', 'apply']);
});

test('A conflict is told with base, mine and theirs, and resolved', async (t) => {
  const name = await products();
  let online = true;
  const inner = new PGliteClient(pglite);
  const away = async () => { if (!online) throw Object.assign(new Error('away'), { code: '08006' }); };
  const db = open(t, {
    getUpstreamClient: () => ({
      dialect: 'postgres',
      query: (...call) => away().then(() => inner.query(...call)),
      apply: (...call) => away().then(() => inner.apply(...call)),
    }),
  });
  await db.query(`CREATE MATERIALIZED VIEW p AS SELECT id, name FROM public.${name}
    WITH (replication_origin = 'postgres:db', write_policy = 'local_first')`);
  await until(async () => (await db.query('SELECT * FROM p')).rows.length === 2, 'the snapshot');
  online = false;
  await db.query("UPDATE p SET name = 'mine' WHERE id = 1");
  await pglite.query(`UPDATE ${name} SET name = 'theirs' WHERE id = 1`);
  const conflicts = [];
  db.sync.on('conflict', (event) => conflicts.push(event));
  online = true;
  await db.sync.sync('p', { forceSync: true });
  await until(() => conflicts.length === 1, 'the conflict');
  const [{ id, view, key, base, mine, theirs }] = conflicts;
  assert.deepEqual([view, key, base.name, mine.name, theirs.name],
    ['public.p', { id: 1 }, 'lamp', 'mine', 'theirs']);
  assert.equal((await db.query('SELECT name FROM p WHERE id = 1')).rows[0].name, 'theirs');
  await db.sync.resolve(id, 'retry');
  await db.sync.sync();
  const { rows } = await pglite.query(`SELECT name FROM ${name} WHERE id = 1`);
  assert.equal(rows[0].name, 'mine');
});

test('Overlapping calls of sync share one run; stop and resume are kept', async (t) => {
  const name = await products();
  let queries = 0;
  const inner = new PGliteClient(pglite);
  const db = open(t, {
    getUpstreamClient: () => ({ dialect: 'postgres', query: (...call) => { queries++; return inner.query(...call); } }),
  });
  await db.query(`CREATE MATERIALIZED VIEW p AS SELECT * FROM public.${name}
    WITH (replication_origin = 'postgres:db')`);
  const before = queries;
  const all = await Promise.all([1, 2, 3, 4].map(() => db.sync.sync('p', { forceSync: true })));
  assert.ok(queries - before <= 2, `${queries - before} queries`);
  assert.equal(all[0][0].state, 'synced');
  await db.sync.stop('p');
  assert.equal((await db.sync.status('p'))[0].enabled, false);
  await db.sync.resume('p');
  assert.equal((await db.sync.status('p'))[0].enabled, true);
  await assert.rejects(db.sync.sync('p', { signal: AbortSignal.abort() }), { code: '57014' });
  await assert.rejects(db.sync.resolve(12345, 'retry'));
  await assert.rejects(db.sync.resolve(1, 'merge'), { code: '22023' });
  assert.throws(() => db.sync.on('anything', () => {}), { code: '22023' });
});

test('A call that waits for an origin can be given up across threads', async (t) => {
  const name = await products();
  const slow = new SlowClient(new PGliteClient(pglite));
  const db = open(t, { worker: true, getUpstreamClient: () => slow });
  const releasing = setInterval(() => slow.release(), 5);
  await db.query(`CREATE VIEW p AS SELECT id FROM public.${name} WITH (replication_origin = 'postgres:db')`);
  clearInterval(releasing);
  const { calls } = slow;
  const controller = new AbortController();
  const given = db.query('SELECT * FROM p', [], { signal: controller.signal });
  await until(() => slow.calls > calls, 'the request');
  assert.deepEqual((await db.query('SELECT 1 AS a')).rows, [{ a: 1 }]);
  controller.abort();
  await assert.rejects(given, { code: '57014' });
  await until(() => slow.aborted === 1, 'the end of the request');
});

test('An engine in a worker reaches origins through clients in this thread', async (t) => {
  const name = await products();
  const db = open(t, { worker: true, getUpstreamClient: () => new PGliteClient(pglite) });
  await db.query(`CREATE REALTIME VIEW p AS SELECT id, name FROM public.${name}
    WITH (replication_origin = 'postgres:db', write_policy = 'local_first')`);
  const live = await db.live('SELECT id, name FROM p ORDER BY id');
  await until(() => live.rows.length === 2, 'the snapshot');
  await pglite.query(`INSERT INTO ${name} VALUES (3, 'chair', 5, NULL)`);
  await until(() => live.rows.length === 3, 'the row of the origin');
  await db.query("UPDATE p SET name = 'sofa' WHERE id = 3");
  await until(async () => (await pglite.query(`SELECT name FROM ${name} WHERE id = 3`)).rows[0].name === 'sofa',
    'the write');
  await db.query("CREATE VIEW q AS SELECT * FROM public.nothing_there WITH (replication_origin = 'postgres:db')");
  await assert.rejects(db.query('SELECT * FROM q'), { code: '42P01', origin: 'postgres:db' });
});
