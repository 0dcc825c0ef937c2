/** What a person is shown of the connection: connected, syncing, offline since, stopped. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { eventually } from '../lib/eventually.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { Bridge, createOrigin } from './lib/stack.js';

describe('what is told of an origin', () => {
  /** @type {Awaited<ReturnType<typeof createOrigin>>} */
  let origin;
  beforeEach(async () => {
    origin = await createOrigin();
  });
  afterEach(async () => {
    await origin.close();
  });

  const stateOf = async (db) => (await db.sync.origins())[0];
  const connected = {
    origin: 'postgres:primary', state: 'connected', since: null, nextRetryAt: null, views: 1, synced: 1, failed: 0,
    received: 0, pending: 0, conflicted: 0,
  };

  it('is that it is offline, since the first failure, also after a restart, and that it is connected again', async () => {
    const device = await origin.device({ storage: 'file' });
    await eventually(async () => assert.deepEqual(await stateOf(device.db), connected));
    const before = Date.now();
    device.bridge.online = false;
    await eventually(async () => assert.equal((await stateOf(device.db)).state, 'offline'));
    const after = Date.now();
    await device.db.query(`INSERT INTO users VALUES (2, 'Bo')`);
    await device.db.sync.sync(null, { forceSync: true });
    const offline = await stateOf(device.db);
    assert.ok(offline.since >= before && offline.since <= after, `${offline.since.toISOString()}`);
    assert.ok(offline.nextRetryAt > after);
    assert.deepEqual({ ...offline, since: null, nextRetryAt: null }, { ...connected, state: 'offline', synced: 0, pending: 1 });

    const db = await device.reopen();
    await db.sync.sync(null, { forceSync: true });
    assert.deepEqual((await stateOf(db)).since, offline.since);
    device.bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.deepEqual(await stateOf(db), connected));
  });

  it('is not that it is connected because it was in an earlier run', async () => {
    const device = await origin.device({ storage: 'file' });
    await eventually(async () => assert.equal((await stateOf(device.db)).state, 'connected'));
    await device.db.close();
    device.bridge.online = false;
    const db = await device.reopen();
    await eventually(async () => assert.equal((await stateOf(db)).state, 'offline'));
  });

  it('is how many rows of a first snapshot have come', async () => {
    const { db } = await origin.device({ view: false });
    await origin.pglite.exec(`INSERT INTO users SELECT i, 'u' || i FROM generate_series(2, 20000) AS s (i)`);
    /** @type {any[]} */
    const events = [];
    /** @type {Promise<any>[]} */
    const states = [];
    db.sync.on('progress', (event) => {
      events.push(event);
      states.push(stateOf(db));
    });
    await db.query(`CREATE REALTIME VIEW users AS TABLE users WITH (replication_origin = 'postgres:primary')`);
    assert.ok(events.length > 1);
    assert.ok(events.every(({ view, rows }, at) => view === 'public.users' && rows > (events[at - 1]?.rows ?? 0) && rows < 20_000));
    await Promise.all(states);
    await eventually(async () => assert.deepEqual(await stateOf(db), connected));
  });

  /** Lets every transaction that `device` sends fail while its subscription stands; returns what ends that. */
  const failSending = ({ bridge }, code) => {
    const { apply, applyAll } = bridge;
    bridge.apply = bridge.applyAll = async () => { throw Object.assign(new Error('not now'), { code }); };
    return () => Object.assign(bridge, { apply, applyAll });
  };

  it('is that it is offline when a write finds no connection, though a view has not noticed', async () => {
    const device = await origin.device();
    await eventually(async () => assert.deepEqual(await stateOf(device.db), connected));
    const mend = failSending(device, '08006');
    await device.db.query(`INSERT INTO users VALUES (2, 'Bo')`);
    await eventually(async () => assert.deepEqual({ ...await stateOf(device.db), nextRetryAt: null },
      { ...connected, state: 'offline', pending: 1 }));
    assert.ok((await stateOf(device.db)).nextRetryAt > new Date());
    assert.equal((await device.db.sync.status())[0].state, 'running');
    mend();
    await device.db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.deepEqual(await stateOf(device.db), connected));
  });

  it('is that it is syncing while the origin puts a write off', async () => {
    const device = await origin.device();
    await eventually(async () => assert.deepEqual(await stateOf(device.db), connected));
    failSending(device, '55P03');
    await device.db.query(`INSERT INTO users VALUES (2, 'Bo')`);
    await eventually(async () => assert.equal((await device.db.sync.queue())[0].state, 'failed'));
    assert.deepEqual({ ...await stateOf(device.db), nextRetryAt: null }, { ...connected, state: 'syncing', pending: 1 });
  });

  it('is that it is connected as soon as a view reaches it: writes that had failed go at once', async () => {
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.query(`INSERT INTO users VALUES (2, 'Bo')`);
    for (let attempt = 0; attempt < 7; attempt++) await db.sync.sync(null, { forceSync: true });
    assert.ok(new Date((await db.sync.queue())[0].next_retry_at).getTime() > Date.now() + 20_000);
    bridge.online = true;
    await db.sync.stop();
    await db.sync.resume();
    await eventually(async () => assert.deepEqual(await stateOf(db), connected));
  });

  it('is what failed for another reason, what is in conflict, and what was stopped', async () => {
    const { db } = await origin.device();
    await eventually(async () => assert.equal((await stateOf(db)).state, 'connected'));
    await origin.pglite.exec(`ALTER TABLE users ADD CHECK (name <> 'Bo')`);
    await db.query(`INSERT INTO users VALUES (3, 'Bo')`);
    await eventually(async () => assert.deepEqual(await stateOf(db), { ...connected, conflicted: 1 }));
    await db.transaction((tx) => tx.query(`CREATE REALTIME VIEW missing AS TABLE missing WITH (replication_origin = 'postgres:primary')`));
    await eventually(async () => assert.deepEqual(await stateOf(db),
      { ...connected, state: 'syncing', views: 2, failed: 1, conflicted: 1 }));
    await db.sync.stop();
    await eventually(async () => assert.equal((await stateOf(db)).state, 'stopped'));
  });
});

describe('what is told of a PostgreSQL', { skip: postgresPrograms() ? false : 'no PostgreSQL server is installed' }, () => {
  it('is that it is offline while it ends the connections of the writes, and connected when it does no longer', async () => {
    const origin = await openPostgres();
    const client = origin.client();
    const bridge = new Bridge(client);
    const db = new Tidemark({ path: ':memory:', getUpstreamClient: async () => /** @type {any} */ (bridge) });
    const state = async () => (await db.sync.origins())[0]?.state;
    try {
      await origin.execute('CREATE TABLE users (id integer PRIMARY KEY, name text)');
      await db.query(`CREATE REALTIME VIEW users AS TABLE users WITH (replication_origin = 'postgres:primary', write_policy = 'local_first')`);
      await eventually(async () => assert.equal(await state(), 'connected'));
      const { apply, applyAll } = bridge;
      bridge.apply = bridge.applyAll = () => client.query('SELECT pg_terminate_backend(pg_backend_pid())', []);
      await db.query(`INSERT INTO users VALUES (1, 'Ada')`);
      await eventually(async () => assert.equal(await state(), 'offline'));
      assert.equal((await db.sync.status())[0].state, 'running');
      await origin.execute(`INSERT INTO users VALUES (2, 'Bo')`);
      await eventually(async () => assert.equal((await db.query('SELECT * FROM users')).rows.length, 2));
      assert.equal(await state(), 'offline');
      Object.assign(bridge, { apply, applyAll });
      await db.sync.sync(null, { forceSync: true });
      await eventually(async () => assert.equal(await state(), 'connected'));
      assert.deepEqual(await origin.rows('SELECT id, name FROM users ORDER BY id'), [[1, 'Ada'], [2, 'Bo']]);
    } finally {
      await db.close();
      await origin.close();
    }
  });
});
