/**
 * The gateway answers those it should, refuses the others, and bounds what a device may use.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { openPGlite } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

describe('gateway', () => {
  let origin;
  const open = [];
  before(async () => {
    origin = await openPGlite();
    await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text); INSERT INTO job VALUES (1, 'one');
      CREATE TABLE secret (id integer PRIMARY KEY, note text)`);
  });
  after(async () => {
    for (const each of open) await each.close();
    await origin.close();
  });

  const start = async (options = {}, serveOptions = {}) => {
    const upstream = options.getUpstream ? undefined : origin.client();
    const served = await serve(createGateway({ upstream, ...options }), serveOptions);
    open.unshift(served);
    return served;
  };
  const connect = (served, options = {}) => {
    const client = new EdgeClient({ url: served.url, WebSocket, ...options });
    open.unshift(client);
    return client;
  };
  const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });
  const post = (served, path, body, headers = { 'content-type': 'application/json' }) =>
    fetch(`${served.url}/${path}`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

  test('a queue goes one by one to a gateway that does not know applyAll', async () => {
    const served = await start();
    const asked = [];
    const client = connect(served, {
      fetch: (url, init) => {
        asked.push(url.split('/').at(-1));
        return fetch(url.replace(/applyAll$/, 'unknown'), init);
      },
    });
    const insert = (id) => ({ sql: 'INSERT INTO job VALUES ($1, $2)', params: [id, 'queued'] });
    const transactions = [11, 12, 1, 13].map((id, index) => ({ transaction: index + 1, writes: [insert(id)] }));
    const results = await client.applyAll({ client: 'older', transactions });
    assert.deepEqual(results.map(({ state }) => state), ['applied', 'applied', 'refused']);
    assert.deepEqual(asked, ['applyAll', 'apply', 'apply', 'apply']);
    await origin.execute('DELETE FROM job WHERE id > 10');
  });

  test('health needs no permission', async () => {
    const served = await start({ authorize: () => { throw new Error('no'); } });
    const response = await fetch(`${served.url}/health`);
    assert.deepEqual([response.status, await response.json()], [200, { status: 'ok', dialect: 'postgres' }]);
  });

  test('whoever authorize refuses gets 28000, over HTTP and over the WebSocket', async () => {
    const served = await start({
      authorize: (request) => {
        if (request.headers.get('authorization') !== 'Bearer right') throw new Error('wrong token');
      },
    });
    for (const token of [undefined, 'wrong', () => 'wrong']) {
      const client = connect(served, { token });
      const refused = { code: '28000', message: /wrong token/ };
      await assert.rejects(client.query('SELECT 1'), refused);
      await assert.rejects(client.apply({ client: 'c', transaction: 1, writes: [] }), refused);
      await assert.rejects(client.subscribe(job, new ShapeCopy().sink), refused);
      await assert.rejects(client.transaction(async () => {}), refused);
    }
    for (const token of ['right', async () => 'right']) {
      const client = connect(served, { token });
      assert.deepEqual((await client.query('SELECT 1')).rows, [[1]]);
      const copy = new ShapeCopy(['id']);
      await client.subscribe(job, copy.sink);
      await copy.until((each) => each.snapshots === 1);
    }
  });

  test('getUpstream is given what authorize found out', async () => {
    const seen = [];
    const served = await start({
      authorize: (request) => ({ user: request.headers.get('x-user') }),
      getUpstream: (context) => {
        seen.push(context);
        return origin.client();
      },
    });
    await connect(served, { headers: { 'x-user': 'ada' } }).query('SELECT 1');
    assert.deepEqual(seen, [{ user: 'ada' }]);
  });

  test('only listed relations can be subscribed to', async () => {
    const served = await start({ relations: [{ schema: 'public', name: 'job' }] });
    const client = connect(served);
    await (await client.subscribe(job, new ShapeCopy(['id']).sink)).close();
    const secret = tableShape({ name: 'secret', columns: ['id'], key: { id: 'integer' } });
    await assert.rejects(client.subscribe(secret, new ShapeCopy().sink), { code: '42501' });
    const join = { sql: 'SELECT 1', params: [], client: 'c', relations: [job.relation, secret.relation] };
    await assert.rejects(client.subscribe(join, new ShapeCopy().sink), { code: '42501' });
  });

  test('too many rows are refused: of a result, in a transaction, of a snapshot', async () => {
    const client = connect(await start({ limits: { rows: 10 } }));
    assert.equal((await client.query('SELECT generate_series(1, 10)')).rows.length, 10);
    await assert.rejects(client.query('SELECT generate_series(1, 11)'), { code: '54000', hint: /LIMIT/ });
    await assert.rejects(client.transaction((tx) => tx.query('SELECT generate_series(1, 11)')), { code: '54000' });
    const copy = new ShapeCopy(['id']);
    await client.subscribe({ ...job, sql: 'SELECT id, 1 AS __version FROM generate_series(1, 11) id' }, copy.sink);
    await copy.until((each) => each.lostWith);
    assert.equal(copy.lostWith.code, '54000');
  });

  test('a request that is too long is refused, whatever length it claims', async () => {
    const served = await start({ limits: { bytes: 1000 } });
    await assert.rejects(connect(served).query('SELECT $1::text', ['x'.repeat(1000)]), { code: '54000' });
    const chunks = new ReadableStream({
      pull(controller) { controller.enqueue(new Uint8Array(600)); },
    });
    const response = await fetch(`${served.url}/query`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: chunks, duplex: 'half',
    });
    assert.equal(response.status, 413);
  });

  test('a statement that takes too long says 57014', async () => {
    const client = connect(await start({ limits: { statementTimeout: 30 } }));
    await origin.client().transaction(async () => {
      await assert.rejects(client.query('SELECT 1'), { code: '57014' }); // waits for this transaction
    });
  });

  test('a device has only so many subscriptions, and closed ones do not count', async () => {
    const client = connect(await start({ limits: { subscriptions: 2 } }));
    const copies = [new ShapeCopy(['id']), new ShapeCopy(['id'])];
    const [first] = await Promise.all(copies.map((copy) => client.subscribe(job, copy.sink)));
    await assert.rejects(client.subscribe(job, new ShapeCopy().sink), { code: '54000' });
    first.close();
    await client.subscribe(job, new ShapeCopy(['id']).sink);
  });

  test('a transaction takes only so many statements that wait for their turn', async () => {
    let release;
    const busy = new Promise((resolve) => { release = resolve; });
    const slow = async () => {
      await busy;
      return { rows: [], fields: [] };
    };
    const upstream = { dialect: 'postgres', query: slow, transaction: (work) => work({ query: slow }) };
    const client = connect(await start({ getUpstream: () => upstream }));
    const codes = await client.transaction(async (tx) => {
      const asked = Array.from({ length: 70 }, () => tx.query('SELECT 1').then(() => 'done', (error) => error.code));
      assert.equal(await Promise.race(asked), '54000');
      release();
      return Promise.all(asked);
    });
    const [done, refused] = ['done', '54000'].map((code) => codes.filter((each) => each === code).length);
    // 64 wait, and it may be that one has begun before the last arrive
    assert.ok([64, 65].includes(done), `${done} were done`);
    assert.equal(done + refused, 70);
  });

  test('a transaction left alone is rolled back and lets others in', async () => {
    const client = connect(await start({ limits: { transactionIdle: 50 } }));
    await assert.rejects(client.transaction(async (tx) => {
      await tx.query('DELETE FROM job');
      await sleep(150);
      await tx.query('SELECT 1');
    }), { code: '25P01' });
    assert.deepEqual((await client.query('SELECT * FROM job')).rows, [[1, 'one']]);
  });

  test('a transaction whose device vanishes is rolled back', async () => {
    const served = await start();
    const client = connect(served);
    const lost = client.transaction(async (tx) => {
      await tx.query('DELETE FROM job');
      await client.close();
    });
    await assert.rejects(lost, { code: '08006' });
    assert.deepEqual((await connect(served).query('SELECT * FROM job')).rows, [[1, 'one']]);
  });

  test('malformed requests are refused and the gateway goes on', async () => {
    const served = await start();
    for (const body of ['', '{', 'null', '[]', '{"sql":1,"params":[]}', '{"sql":"SELECT 1"}', '{"sql":"SELECT 1","params":[{"x":1}]}']) {
      assert.equal((await post(served, 'query', body)).status, 400, body);
    }
    for (const body of ['null', '{"client":"c","transaction":1,"writes":[{}]}', '{"client":"c","transaction":"1","writes":[]}']) {
      assert.equal((await post(served, 'apply', body)).status, 400, body);
    }
    assert.equal((await post(served, 'query', { sql: 'SELECT 1', params: [] }, { 'content-type': 'text/plain' })).status, 400);
    assert.equal((await post(served, 'nothing', {})).status, 404);
    assert.equal((await fetch(`${served.url}/query`)).status, 405);
    for (const frame of ['', 'null', '{}', '{"type":"subscribe","id":1}', '{"type":"hello","version":99}',
      '{"type":"hello","version":1}{']) {
      const socket = new WebSocket(`${served.url.replace('http', 'ws')}/changes`);
      const closed = new Promise((resolve) => { socket.addEventListener('close', resolve); });
      socket.addEventListener('open', () => socket.send(frame));
      assert.equal((await closed).code, 4400, frame);
    }
    assert.deepEqual((await connect(served).query('SELECT 1')).rows, [[1]]);
  });

  test('hostile heads of requests end nothing but their own connection', async () => {
    const served = await start();
    const send = (head) => new Promise((resolve) => {
      let answer = '';
      const socket = net.connect(served.port, '127.0.0.1', () => socket.end(`${head}\r\n\r\n`));
      socket.on('data', (data) => { answer += data; });
      socket.on('error', () => {});
      socket.on('close', () => resolve(answer.split('\r\n')[0]));
    });
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
    for (const host of ['a b', '', '[', 'x:99999999', 'a/b', '\xff']) {
      await send(`GET /api/db/changes HTTP/1.1\r\nHost: ${host}\r\n${upgrade}`);
      await send(`GET /api/db/health HTTP/1.1\r\nHost: ${host}`);
    }
    assert.match(await send(`GET /api/db/changes HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n${upgrade}`), /403/);
    assert.equal(await send(`GET /elsewhere HTTP/1.1\r\nHost: x\r\n${upgrade}`), '');
    for (const line of ['TRACE /api/db/query', 'CONNECT /api/db/query', 'OPTIONS *', 'POST /api/db/query', 'GET //api/db/health']) {
      await send(`${line} HTTP/1.1\r\nHost: x`);
    }
    assert.deepEqual((await connect(served).query('SELECT 1')).rows, [[1]]);
  });

  test('a request that arrives drop by drop, and a WebSocket that never says hello, are let go', async () => {
    const served = await start({ heartbeat: 100 }, { requestTimeout: 400 });
    const ended = (head) => new Promise((resolve) => {
      const socket = net.connect(served.port, '127.0.0.1', () => socket.write(head));
      const drops = setInterval(() => socket.write('x'), 50);
      socket.on('error', () => {});
      socket.on('close', () => resolve(clearInterval(drops)));
      socket.resume();
    });
    await ended('GET /api/db/health HTTP/1.1\r\nX: ');
    await ended('POST /api/db/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n');
    const socket = new WebSocket(`${served.url.replace('http', 'ws')}/changes`);
    socket.addEventListener('message', () => socket.send('{"type":"pong"}'));
    const { code, reason } = await new Promise((resolve) => { socket.addEventListener('close', resolve); });
    assert.deepEqual([code, reason], [4400, 'no hello']);
    assert.deepEqual((await connect(served).query('SELECT 1')).rows, [[1]]);
  });

  test('a page of another origin cannot open the WebSocket unless it is listed', async () => {
    const served = await start({}, { origins: ['https://friend.example'] });
    const attempt = (page) => new Promise((resolve) => {
      const socket = new WebSocket(`${served.url.replace('http', 'ws')}/changes`, { origin: page });
      socket.addEventListener('open', () => {
        socket.close();
        resolve('open');
      });
      socket.addEventListener('error', () => resolve('refused'));
    });
    assert.equal(await attempt('https://evil.example'), 'refused');
    assert.equal(await attempt('null'), 'refused');
    assert.equal(await attempt('https://friend.example'), 'open');
    assert.equal(await attempt(new URL(served.url).origin), 'open');
  });

  test('closing the gateway tells the devices, which may try again', async () => {
    const served = await start();
    const client = connect(served);
    const copy = new ShapeCopy(['id']);
    await client.subscribe(job, copy.sink);
    await copy.until((each) => each.snapshots === 1);
    await served.close();
    await copy.until((each) => each.lostWith);
    assert.deepEqual([copy.lostWith.code, copy.lostWith.transient], ['08006', true]);
    await assert.rejects(client.query('SELECT 1'), { code: '08006' });
  });

  test('createGateway says what it needs', () => {
    assert.throws(() => createGateway({}), { code: '22023' });
  });

  test('serve gives files, and only those of its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-static-'));
    mkdirSync(join(folder, 'public'));
    writeFileSync(join(folder, 'public', 'index.html'), '<p>hello</p>');
    writeFileSync(join(folder, 'public', 'a b.wasm'), 'wasm');
    writeFileSync(join(folder, 'hidden.txt'), 'hidden');
    const served = await start({}, { static: join(folder, 'public') });
    const base = new URL(served.url).origin;
    const page = await fetch(`${base}/?x=1`);
    assert.deepEqual([page.headers.get('content-type'), await page.text()], ['text/html; charset=utf-8', '<p>hello</p>']);
    const binary = await fetch(`${base}/a%20b.wasm`);
    assert.deepEqual([binary.headers.get('content-type'), await binary.text()], ['application/wasm', 'wasm']);
    for (const path of ['/hidden.txt', '/..%2fhidden.txt', '/%2e%2e/hidden.txt', '/%00', '/%', '/nothing']) {
      assert.equal((await fetch(base + path)).status, 404, path);
    }
    rmSync(folder, { recursive: true });
  });

  test('what the gateway refuses is logged with its code', async () => {
    const events = [];
    const client = connect(await start({ logger: (event) => events.push(event) }));
    await client.query('SELECT nope').catch(() => {});
    assert.deepEqual(events.map(({ event, path, error }) => [event, path, error.code]), [['refused', 'query', '42703']]);
  });
});
