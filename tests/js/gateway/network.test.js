/**
 * What EdgeClient and the gateway do when the network between them fails.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { WINDOW } from '../../../js-bindings/upstream/protocol.js';
import { faultyNetwork } from '../lib/faulty-network.js';
import { openPGlite } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

/** Milliseconds. The database runs in this process, which hears nothing while that works. */
const PATIENCE = 60_000;

describe('network', () => {
  let origin;
  let served;
  let network;
  let client;
  let sockets;
  before(async () => {
    origin = await openPGlite();
    await origin.execute('CREATE TABLE job (id integer PRIMARY KEY, note text)');
  });
  beforeEach(async () => {
    await origin.execute(`TRUNCATE job; INSERT INTO job VALUES (1, 'one')`);
    const gateway = createGateway({ upstream: origin.client(), heartbeat: 60 });
    const mine = new Set();
    sockets = mine;
    const counting = {
      maximumMessage: gateway.maximumMessage,
      fetch: (request) => gateway.fetch(request),
      upgrade: (request, options) => gateway.upgrade(request, options),
      webSocket: (socket, request) => {
        mine.add(socket);
        socket.addEventListener('close', () => mine.delete(socket));
        gateway.webSocket(socket, request);
      },
      close: () => gateway.close(),
    };
    served = await serve(counting);
    network = await faultyNetwork(served.url);
    client = new EdgeClient({ url: network.url, WebSocket, timeout: 2_000 });
  });
  afterEach(async () => {
    await client.close();
    await network.close();
    await served.close();
  });
  after(() => origin.close());

  const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });
  const append = { sql: `UPDATE job SET note = note || '+' WHERE id = 1 RETURNING note`, params: [] };

  test('a write whose reply is lost is applied once, however often it is sent', async () => {
    const request = { client: 'device', transaction: 1, writes: [append] };
    network.loseReplies();
    await assert.rejects(client.apply(request), { code: '08006', transient: true });
    await assert.rejects(client.apply(request), { code: '08006' });
    network.loseReplies(false);
    const result = await client.apply(request);
    assert.deepEqual([result.state, result.repeated, result.rows], ['applied', true, [['one+']]]);
    assert.deepEqual(await origin.rows('SELECT note FROM job'), [['one+']]);
  });

  test('a queued write is sent once more at once when its connection is lost, and a query is not', async () => {
    let sent = 0;
    const losing = new EdgeClient({
      url: network.url,
      fetch: (...given) => {
        network.loseReplies(sent++ === 0);
        return fetch(...given);
      },
    });
    const result = await losing.apply({ client: 'losing', transaction: 1, writes: [append] });
    assert.deepEqual([sent, result.repeated, result.rows], [2, true, [['one+']]]);
    sent = 0;
    await assert.rejects(losing.query('SELECT 1'), { code: '08006' });
    assert.equal(sent, 1);
    await losing.close();
  });

  test('a connection cut in the middle of a snapshot leaves nothing half; a new subscription gets all of it', async () => {
    await origin.execute(`INSERT INTO job SELECT g, md5(g::text) || md5((-g)::text) FROM generate_series(2, 12000) g`);
    const copy = new ShapeCopy(['id']);
    network.cutAfter(300_000);
    await client.subscribe(job, copy.sink);
    await copy.until((each) => each.lostWith);
    assert.deepEqual([copy.lostWith.code, copy.snapshots, copy.cursor], ['08006', 0, null]);
    network.cutAfter(Infinity);
    await client.subscribe({ ...job, cursor: copy.cursor }, copy.sink);
    await copy.until((each) => each.snapshots === 1);
    assert.equal(copy.rows.size, 12_000);
  });

  test('after a cut the cursor resumes without a snapshot, and nothing is missing', async () => {
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    await copy.until((each) => each.snapshots === 1);
    network.cut();
    await copy.until((each) => each.lostWith);
    await origin.execute(`UPDATE job SET note = 'while away'; INSERT INTO job VALUES (2, 'two')`);
    await client.subscribe({ ...job, cursor: copy.cursor }, copy.sink);
    await copy.until((each) => each.rows.size === 2);
    assert.deepEqual([copy.sorted(), copy.snapshots], [[[1, 'while away'], [2, 'two']], 1]);
  });

  test('all subscriptions of a client share one connection, and lose it together', async () => {
    const copies = Array.from({ length: 5 }, () => new ShapeCopy(['id']));
    await Promise.all(copies.map((copy) => client.subscribe(job, copy.sink)));
    await Promise.all(copies.map((copy) => copy.until((each) => each.snapshots === 1)));
    assert.equal(sockets.size, 1);
    network.cut();
    await Promise.all(copies.map((copy) => copy.until((each) => each.lostWith)));
  });

  test('a silent network is noticed on both sides', async () => {
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    await copy.until((each) => each.snapshots === 1);
    await sleep(400); // quiet for longer than the patience of either side, but the heartbeat goes on
    assert.deepEqual([copy.lostWith, sockets.size], [null, 1]);
    network.fallSilent();
    await copy.until((each) => each.lostWith);
    assert.match(copy.lostWith.message, /nothing heard/);
    await copy.until(() => sockets.size === 0);
  });

  test('a gateway that does not answer in time is out of reach', async () => {
    const hasty = new EdgeClient({ url: network.url, WebSocket, timeout: 100 });
    network.fallSilent();
    await assert.rejects(hasty.query('SELECT 1'), { code: '08006', message: /100 ms/ });
    await assert.rejects(hasty.apply({ client: 'c', transaction: 1, writes: [] }), { code: '08006' });
    await assert.rejects(hasty.subscribe(job, new ShapeCopy().sink), { code: '08006' });
    await assert.rejects(hasty.transaction(async () => {}), { code: '08006' });
    await hasty.close();
  });

  test('a gateway that is not there is out of reach, and is found again when it is', async () => {
    const { port } = new URL(network.url);
    await network.close();
    await assert.rejects(client.query('SELECT 1'), { code: '08006' });
    await assert.rejects(client.subscribe(job, new ShapeCopy().sink), { code: '08006' });
    assert.ok(port);
    const found = new EdgeClient({ url: served.url, WebSocket });
    assert.deepEqual((await found.query('SELECT 1')).rows, [[1]]);
    await found.close();
  });

  test('something else at the address is told from a gateway', async () => {
    const answers = (status, body) => new EdgeClient({
      url: 'http://example.invalid/api', fetch: async () => new Response(body, { status }),
    });
    await assert.rejects(answers(502, '<html>').query('SELECT 1'), { code: '08006' });
    await assert.rejects(answers(403, '').query('SELECT 1'), { code: '28000' });
    await assert.rejects(answers(404, '{}').query('SELECT 1'), { code: 'XX000', transient: false });
    await assert.rejects(answers(200, '<html>').query('SELECT 1'), { code: 'XX000' });
  });

  test('aborting a request ends it at once', async () => {
    network.fallSilent();
    for (const begin of [
      (signal) => client.query('SELECT 1', [], { signal }),
      (signal) => client.apply({ client: 'c', transaction: 1, writes: [] }, { signal }),
    ]) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 20);
      await assert.rejects(begin(stop.signal), { code: '57014' });
    }
  });

  test('a device that is slow to store holds the gateway back, which keeps at most a window of messages', async () => {
    await origin.execute(`INSERT INTO job SELECT g, repeat('x', 500) FROM generate_series(2, 60000) g`);
    let release;
    const opened = new Promise((resolve) => { release = resolve; });
    const copy = new ShapeCopy(['id']);
    let parts = 0;
    const steady = await serve(createGateway({ upstream: origin.client() })); // the rows keep this process busy for longer than a short heartbeat
    const through = await faultyNetwork(steady.url);
    const slow = new EdgeClient({ url: through.url, WebSocket, timeout: PATIENCE });
    await slow.subscribe(job, {
      ...copy.sink,
      snapshot: async (part) => {
        parts++;
        await opened;
        copy.snapshot(part);
      },
    });
    await sleep(200);
    const fast = new ShapeCopy(['id']);
    const other = new EdgeClient({ url: steady.url, WebSocket, timeout: PATIENCE });
    await other.subscribe(job, fast.sink);
    await fast.until((each) => each.snapshots === 1, PATIENCE);
    const before = through.passed();
    for (let i = 0; i < 200; i++) await origin.execute(`UPDATE job SET note = '${i}' || repeat('y', 5000) WHERE id = 1`);
    await fast.until((each) => each.rows.get('[1]')[1].startsWith('199'), PATIENCE);
    assert.equal(parts, 1);
    assert.ok(through.passed() < before + 10_000, 'nothing more is sent to the slow device');
    assert.ok(before < (WINDOW + 1) * 1_200_000, `${before} bytes were sent`);
    release();
    await copy.until((each) => each.rows.get('[1]')?.[1].startsWith('199'), PATIENCE);
    assert.equal(copy.rows.size, 60_000);
    assert.ok(copy.batches.length < 20, `${copy.batches.length} batches instead of 200`);
    await other.close();
    await slow.close();
    await through.close();
    await steady.close();
  });

  test('closing a subscription while its first answer is under way is heard by the gateway', async () => {
    const stop = new AbortController();
    const asked = client.subscribe(job, new ShapeCopy(['id']).sink, { signal: stop.signal });
    await sleep(5);
    stop.abort();
    await assert.rejects(asked, { code: '57014' });
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    await copy.until((each) => each.snapshots === 1);
  });

  test('close is silent for subscriptions and loud for requests', async () => {
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    network.fallSilent();
    const asked = client.query('SELECT 1');
    await client.close();
    await assert.rejects(asked, { code: '08006' });
    await sleep(20);
    assert.equal(copy.lostWith, null);
  });

  test('a client that is never used makes no connection; an address that is none is refused', async () => {
    assert.equal(network.connections, 0);
    assert.throws(() => new EdgeClient({ url: '/api/db' }), { code: '22023', hint: /page/ });
    const without = new EdgeClient({ url: network.url, WebSocket: null });
    await assert.rejects(without.subscribe(job, {}), { code: '22023', hint: /ws/ });
  });
});
