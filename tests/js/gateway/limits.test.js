/**
 * No device, and no subject with many devices, takes more of a gateway and its database than it is given.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { jwt } from '../../../js-bindings/gateway/jwt.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { RateLimit } from '../../../js-bindings/gateway/rate-limit.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { eventually } from '../lib/eventually.js';
import { openPGlite, openPostgres, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const SECRET = 'a secret of more than thirty-two bytes';
const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });

const tokenOf = (subject) => new SignJWT({ sub: subject }).setProtectedHeader({ alg: 'HS256' })
  .setExpirationTime('1m').sign(new TextEncoder().encode(SECRET));

/** A gateway over an origin, and clients of it, which `close` ends. */
function gateways(origin) {
  const open = [];
  return {
    start: async (options = {}, serveOptions = {}) => {
      const served = await serve(createGateway({ upstream: origin().client(), ...options }), serveOptions);
      open.unshift(served);
      return served;
    },
    connect: (served, options = {}) => {
      const client = new EdgeClient({ url: served.url, WebSocket, ...options });
      open.unshift(client);
      return client;
    },
    close: async () => {
      for (const each of open) await each.close();
    },
  };
}

describe('a subject', () => {
  let origin;
  const { start, connect, close } = gateways(() => origin);
  before(async () => {
    origin = await openPGlite();
    await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text); INSERT INTO job VALUES (1, 'one')`);
  });
  after(async () => {
    await close();
    await origin.close();
  });
  const as = (served, subject) => connect(served, { token: () => tokenOf(subject) });
  const subscribe = (client) => client.subscribe(job, new ShapeCopy(['id']).sink);

  test('asks only so often, whichever device it asks with; others are not held up', async () => {
    const events = [];
    const served = await start({
      authenticate: jwt({ key: SECRET }), rate: { perSecond: 0.5, burst: 3 }, logger: (event) => events.push(event),
    });
    for (let i = 0; i < 3; i++) await as(served, 'eve').query('SELECT 1');
    const tooOften = { code: '53400', transient: true };
    await assert.rejects(as(served, 'eve').query('SELECT 1'), tooOften);
    await assert.rejects(as(served, 'eve').apply({ client: 'c', transaction: 1, writes: [] }), tooOften);
    await assert.rejects(subscribe(as(served, 'eve')), tooOften);
    await assert.rejects(as(served, 'eve').transaction(async () => {}), tooOften);
    await as(served, 'ada').query('SELECT 1');
    const refused = events.filter(({ event }) => event === 'refused').map(({ subject, error }) => `${subject} ${error.code}`);
    assert.deepEqual([...new Set(refused)], ['eve 53400']);
  });

  test('that asks too often is told when to come back', async () => {
    const served = await start({ rate: { perSecond: 0.1, burst: 1 } });
    const ask = () => fetch(`${served.url}/query`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"sql":"SELECT 1","params":[]}',
    });
    assert.equal((await ask()).status, 200);
    const refused = await ask();
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '10']);
  });

  test('shares its rate with whom the option by says', async () => {
    const served = await start({ rate: { perSecond: 0.1, burst: 1, by: (request) => request.headers.get('x-address') } });
    const from = (address) => connect(served, { headers: { 'x-address': address } });
    await from('a').query('SELECT 1');
    await from('b').query('SELECT 1');
    await assert.rejects(from('a').query('SELECT 1'), { code: '53400' });
  });

  test('statements of a transaction count, its end does not', async () => {
    const client = connect(await start({ rate: { perSecond: 0.1, burst: 2 } }));
    await client.transaction(async (tx) => {
      await tx.query('SELECT 1');
      await assert.rejects(tx.query('SELECT 1'), { code: '53400' });
    });
  });

  test('has only so many subscriptions and WebSockets on all its devices; closed ones do not count', async () => {
    const served = await start({
      authenticate: jwt({ key: SECRET }), limits: { subjectSubscriptions: 2, subjectConnections: 2 },
    });
    const [first, second] = [as(served, 'eve'), as(served, 'eve')];
    await subscribe(first);
    const handle = await subscribe(second);
    await assert.rejects(subscribe(second), { code: '53400' });
    handle.close();
    await eventually(() => subscribe(second));
    await assert.rejects(subscribe(as(served, 'eve')), { code: '53400', message: /2 connections/ });
    await subscribe(as(served, 'ada'));
    await first.close();
    await eventually(() => subscribe(as(served, 'eve')));
  });

  test('gets no result and no snapshot of more bytes than that', async () => {
    const client = connect(await start({ limits: { resultBytes: 10_000 } }));
    const long = `SELECT g AS id, repeat('x', 1000) AS note, '1' AS __version FROM generate_series(1, 10) g`;
    await client.query(`${long} LIMIT 9`);
    const refused = { code: '54000', message: /bytes/ };
    await assert.rejects(client.query(long), refused);
    await assert.rejects(client.transaction((tx) => tx.query(long)), refused);
    const copy = new ShapeCopy(['id']);
    await client.subscribe({ ...job, sql: long }, copy.sink);
    await copy.until((each) => each.lostWith);
    assert.equal(copy.lostWith.code, '54000');
  });

  test('sends no message longer than that; the rest of its connection goes on', async () => {
    const served = await start({ limits: { bytes: 2_000 } });
    const client = connect(served);
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    for (const text of ['x'.repeat(2_000), 'ü'.repeat(1_000)]) {
      await assert.rejects(client.transaction((tx) => tx.query('SELECT $1::text', [text])), { code: '54000' });
    }
    await copy.until((each) => each.snapshots === 1);
    assert.equal(copy.lostWith, null);
    const rude = new WebSocket(`${served.url.replace('http', 'ws')}/changes`);
    rude.addEventListener('open', () => rude.send('x'.repeat(2_001)));
    assert.equal((await new Promise((resolve) => { rude.addEventListener('close', resolve); })).code, 1009);
  });

  test('a gateway on another server closes at a message that is too long, and says so in its log', async () => {
    const listeners = {};
    const closed = [];
    const events = [];
    const gateway = createGateway({ upstream: origin.client(), limits: { bytes: 10 }, logger: (event) => events.push(event) });
    gateway.webSocket({
      readyState: 1, send() {}, close: (...args) => closed.push(args), addEventListener: (type, heard) => { listeners[type] = heard; },
    }, new Request('http://host/changes'));
    listeners.message({ data: 'x'.repeat(11) });
    assert.deepEqual([closed[0][0], events[0].error.code], [1009, '54000']);
    await gateway.close();
  });

  test('a WebSocket without an Origin is refused where one is required, and every refusal is logged', async () => {
    const events = [];
    const served = await start({ logger: (event) => events.push(event) }, { requireOrigin: true });
    const attempt = (options) => new Promise((resolve) => {
      const socket = new WebSocket(`${served.url.replace('http', 'ws')}/changes`, options);
      socket.addEventListener('open', () => resolve(socket.close()));
      socket.addEventListener('error', ({ message }) => resolve(message));
    });
    assert.match(await attempt({}), /403/);
    assert.match(await attempt({ origin: 'https://evil.example' }), /403/);
    assert.equal(await attempt({ origin: new URL(served.url).origin }), undefined);
    assert.deepEqual(events.filter(({ error }) => error).map(({ event, path, error }) => [event, path, error.code]),
      [['refused', 'changes', '42501'], ['refused', 'changes', '42501']]);
  });
});

describe('a bucket', () => {
  test('fills by itself, up to its size, and is forgotten when it is full', () => {
    let now = 0;
    const rate = new RateLimit({ perSecond: 2, burst: 3 }, () => now);
    for (let i = 0; i < 3; i++) rate.take('a');
    assert.throws(() => rate.take('a'), { code: '53400', retryAfter: 1 });
    now = 499;
    assert.throws(() => rate.take('a'), { code: '53400' });
    now = 500;
    rate.take('a');
    assert.throws(() => rate.take('a'), { code: '53400' });
    now = 1e6;
    for (let i = 0; i < 3; i++) rate.take('a');
    assert.throws(() => rate.take('a'), { code: '53400' });
    for (let i = 0; i < 5_000; i++) {
      now += 1_000;
      rate.take(`visitor ${i}`);
    }
    assert.ok(rate.size <= 1_001, `${rate.size} are remembered`);
    assert.throws(() => new RateLimit({ perSecond: 0 }), { code: '22023' });
    assert.throws(() => new RateLimit({ perSecond: 1, burst: 0 }), { code: '22023' });
  });
});

describe('a statement', { skip: postgresPrograms() ? false : 'no PostgreSQL server is installed' }, () => {
  let origin;
  const { start, connect, close } = gateways(() => origin);
  before(async () => {
    origin = await openPostgres();
    await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text); INSERT INTO job VALUES (1, 'one');
      CREATE ROLE member; GRANT SELECT, UPDATE ON job TO member`);
  });
  after(async () => {
    await close();
    await origin.close();
  });
  const running = async () => (await origin.pool.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`)).rows[0].n;

  for (const [what, options] of [
    ['as whoever opened the connection', {}],
    ['in a role', { roles: { anonymous: 'member' } }],
    ['kept to a list', { relations: [{ schema: 'public', name: 'job' }] }],
  ]) {
    test(`${what} is ended by the database after its time, whoever waits for it`, async () => {
      const client = connect(await start({ ...options, limits: { statementTimeout: 100 } }));
      await assert.rejects(client.query('SELECT pg_sleep(20)'), { code: '57014' });
      await assert.rejects(client.transaction((tx) => tx.query('SELECT pg_sleep(20)')), { code: '57014' });
      const slow = { ...job, sql: `${job.sql} AND pg_sleep(20) IS NOT NULL` };
      await assert.rejects(client.subscribe(slow, new ShapeCopy(['id']).sink), { code: '57014' });
      await assert.rejects(client.apply({ client: what, transaction: 1, writes: [{ sql: 'SELECT pg_sleep(20)', params: [] }] }),
        { code: '53400', transient: true });
      assert.equal(await running(), 0);
      assert.deepEqual(await origin.rows(`SELECT current_setting('statement_timeout')`), [['0']]);
    });
  }

  test('of a shape that takes too long ends that subscription; others in the same round go on', async () => {
    const client = connect(await start({ limits: { statementTimeout: 300 } }));
    const quick = new ShapeCopy(['id']);
    await client.subscribe(job, quick.sink);
    const slow = new ShapeCopy(['id']);
    await client.subscribe({ ...job, keyQuery: `${job.keyQuery} AND pg_sleep(20) IS NOT NULL` }, slow.sink);
    await slow.until((each) => each.snapshots === 1);
    await origin.execute(`UPDATE job SET note = 'two'`);
    await slow.until((each) => each.lostWith);
    await quick.until((each) => each.rows.get('[1]')[1] === 'two');
    assert.deepEqual([slow.lostWith.code, quick.lostWith], ['57014', null]);
  });
});
