/**
 * A device that is slow, or does not read at all, costs the gateway little memory and others nothing.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { eventually } from '../lib/eventually.js';
import { openPGlite } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const MIB = 1 << 20;
const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });

describe('a slow device', () => {
  let origin;
  let served;
  let mostBuffered;
  let watch;
  const events = [];
  const clients = [];
  before(async () => {
    origin = await openPGlite();
    await origin.execute('CREATE TABLE job (id integer PRIMARY KEY, note text)');
  });
  after(() => origin.close());
  beforeEach(async () => {
    await origin.execute(`TRUNCATE job; INSERT INTO job VALUES (1, 'one')`);
    events.length = 0;
    mostBuffered = 0;
    const gateway = createGateway({ upstream: origin.client(), logger: (event) => events.push(event) });
    const sockets = [];
    served = await serve({
      maximumMessage: gateway.maximumMessage,
      fetch: (request) => gateway.fetch(request),
      upgrade: () => null,
      webSocket: (socket, request) => {
        sockets.push(socket);
        gateway.webSocket(socket, request);
      },
      close: () => gateway.close(),
    }, { responseTimeout: 300 });
    watch = setInterval(() => {
      mostBuffered = Math.max(mostBuffered, ...sockets.map((socket) => socket.bufferedAmount));
    }, 1);
  });
  afterEach(async () => {
    clearInterval(watch);
    for (const each of clients.splice(0)) await each.close();
    await served.close();
  });

  /** A connection without an engine behind it that speaks the protocol by hand. */
  const device = async () => {
    const socket = new WebSocket(`${served.url.replace('http', 'ws')}/changes`);
    clients.push({ close: () => socket.terminate() });
    const heard = [];
    socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(data)));
    await new Promise((resolve) => { socket.addEventListener('open', resolve); });
    const say = (message) => socket.send(JSON.stringify(message));
    say({ type: 'hello', version: 1 });
    await eventually(() => assert.equal(heard[0].type, 'welcome'));
    return { socket, heard, say };
  };

  test('that acknowledges without reading fills no memory, holds up nobody, and catches up when it reads', async () => {
    const { socket, heard, say } = await device();
    say({ type: 'subscribe', id: 1, request: job });
    await eventually(() => assert.ok(heard.some((each) => each.type === 'snapshot')));
    socket.pause();
    const acks = setInterval(() => say({ type: 'ack', id: 1 }), 2);
    const other = new EdgeClient({ url: served.url, WebSocket });
    clients.push(other);
    const copy = new ShapeCopy(['id']);
    await other.subscribe(job, copy.sink);
    for (let i = 1; i <= 60; i++) {
      // A megabyte that does not become much less when it is compressed.
      await origin.execute(`UPDATE job SET note = '${i}:' || (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 31250))`);
      await copy.until((each) => each.rows.get('[1]')?.[1].startsWith(`${i}:`));
    }
    assert.ok(mostBuffered < 4 * MIB, `${mostBuffered} bytes were waiting`);
    socket.resume();
    await eventually(() => assert.match(heard.at(-1).batch?.upserts[0][1], /^60:/));
    clearInterval(acks);
    assert.ok(heard.length < 50, 'what changed meanwhile came together');
  });

  test('that asks and does not read the answers is let go', async () => {
    const { socket, say } = await device();
    const closed = new Promise((resolve) => { socket.addEventListener('close', resolve); });
    say({ type: 'begin', id: 1 });
    socket.pause();
    const asking = setInterval(() => {
      say({ type: 'query', id: 1, call: 1, sql: `SELECT repeat('x', 2000000)`, params: [] });
    }, 5);
    await eventually(() => assert.ok(events.some(({ event }) => event === 'flooded')));
    clearInterval(asking);
    assert.ok(mostBuffered < 24 * MIB, `${mostBuffered} bytes were waiting`);
    socket.resume();
    await closed;
    const other = new EdgeClient({ url: served.url, WebSocket });
    clients.push(other);
    assert.deepEqual((await other.query('SELECT 1')).rows, [[1]]);
  });

  test('that takes nothing of the answer to a request is let go; one that takes it slowly gets all of it', async () => {
    const body = JSON.stringify({ sql: `SELECT repeat('x', 20000000)`, params: [] });
    const ask = () => {
      const socket = net.connect(served.port, '127.0.0.1', () => socket.write(
        `POST /api/db/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
      return socket;
    };
    const received = (socket, pause) => new Promise((resolve) => {
      let bytes = 0;
      socket.on('data', async (data) => {
        bytes += data.length;
        if (bytes > 20_000_000) resolve(bytes);
        socket.pause();
        await sleep(pause);
        socket.resume();
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(bytes));
    });
    const silent = ask();
    await once(silent, 'readable'); // the answer has begun
    await sleep(1_500);
    const slow = ask();
    assert.ok(await received(silent, 0) < 20_000_000);
    assert.ok(await received(slow, 1) > 20_000_000);
    slow.destroy();
  });
});

describe('rows that wait for subscribers', () => {
  let origin;
  let client;
  before(async () => {
    origin = await openPGlite({ heldBytes: 1_500_000 });
    await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text);
      INSERT INTO job SELECT g, repeat('x', 1000) FROM generate_series(1, 1000) g`);
    client = origin.client();
  });
  after(async () => {
    await client.close();
    await origin.close();
  });

  /** A subscription whose sink waits for `release` with the first part. */
  const slow = async (shape) => {
    const copy = new ShapeCopy(['id']);
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    const handle = await client.subscribe(shape, {
      ...copy.sink,
      snapshot: async (part) => {
        await released;
        copy.snapshot(part);
      },
    });
    return { copy, release, handle };
  };

  test('are not more than so many: whoever has taken nothing for the longest time is ended, and may come back', async () => {
    const first = await slow(job);
    await sleep(20);
    const same = await slow(job); // reads for itself: what the first was given is of another moment
    assert.deepEqual([first.copy.lostWith?.code, same.copy.lostWith], ['53200', null]);
    same.release();
    await same.copy.until((each) => each.rows.size === 1_000);
    const again = new ShapeCopy(['id']);
    const back = await client.subscribe(job, again.sink);
    await again.until((each) => each.rows.size === 1_000);
    back.close();
    same.handle.close();
  });

  test('are counted once for all who were read together', async () => {
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    const copies = Array.from({ length: 5 }, () => new ShapeCopy(['id']));
    const handles = [];
    for (const copy of copies) {
      handles.push(await client.subscribe(job, {
        ...copy.sink,
        changes: async (batch) => {
          if (batch.upserts.length === 1_000) await released;
          copy.changes(batch);
        },
      }));
      await copy.until((each) => each.snapshots === 1);
    }
    await origin.execute(`UPDATE job SET note = 'x' || note WHERE id = 1`);
    for (const copy of copies) await copy.until((each) => each.batches.length > 0);
    await origin.execute(`UPDATE job SET note = 'y' || note`);
    await sleep(200);
    assert.deepEqual(copies.map(({ lostWith }) => lostWith), [null, null, null, null, null]);
    release();
    for (const copy of copies) await copy.until((each) => each.rows.get('[7]')[1].startsWith('y'));
    for (const handle of handles) handle.close();
  });

  test('of one subscriber may be more than that: nobody would ever get them otherwise', async () => {
    const large = { ...job, sql: `SELECT id, note || note || note AS note, '1' AS __version FROM job` };
    const { copy, release, handle } = await slow(large);
    release();
    await copy.until((each) => each.snapshots === 1);
    handle.close();
  });
});
