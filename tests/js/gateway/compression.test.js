/**
 * What a Node gateway sends is compressed where that gains something, and a device's compressed messages are limited by what they become.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { eventually } from '../lib/eventually.js';
import { openPGlite } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const ROWS = 5000;
const item = tableShape({ name: 'item', columns: ['id', 'note'], key: { id: 'integer' } });

/** A query as a browser asks it, and the answer before it is decompressed. */
async function ask(url, sql, headers = {}) {
  const asked = request(`${url}/query`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
  asked.end(JSON.stringify({ sql, params: [] }));
  const [response] = await once(asked, 'response');
  const chunks = await response.toArray();
  return { encoding: response.headers['content-encoding'], vary: response.headers.vary, body: Buffer.concat(chunks) };
}

describe('a Node gateway', () => {
  let origin;
  const open = [];
  before(async () => {
    origin = await openPGlite();
    await origin.execute(`CREATE TABLE item (id integer PRIMARY KEY, note text);
      INSERT INTO item SELECT i, 'the note of item ' || i FROM generate_series(1, ${ROWS}) AS i`);
  });
  after(async () => {
    for (const each of open.reverse()) await each.close();
    await origin.close();
  });

  /** Bytes that a first read of all rows takes on the wire. */
  async function snapshot(options) {
    const served = await serve(createGateway({ upstream: origin.client() }), options);
    open.push(served);
    const sockets = [];
    class Counted extends WebSocket {
      constructor(...given) {
        super(...given);
        this.once('upgrade', (response) => sockets.push(response.socket));
      }
    }
    const client = new EdgeClient({ url: served.url, WebSocket: Counted });
    open.push(client);
    const copy = new ShapeCopy(['id']);
    await client.subscribe(item, copy.sink);
    await eventually(() => assert.equal(copy.rows.size, ROWS));
    assert.ok(copy.sorted().every(([id, note]) => note === `the note of item ${id}`));
    return sockets[0].bytesRead;
  }

  test('compresses rows for a device, unless it is told not to', async () => {
    const [compressed, plain] = [await snapshot({}), await snapshot({ compression: false })];
    assert.ok(compressed < plain / 3, `${compressed} of ${plain} bytes`);
  });

  test('compresses answers for who can read them', async () => {
    const served = await serve(createGateway({ upstream: origin.client() }));
    open.push(served);
    const many = 'SELECT * FROM item ORDER BY id';
    const plain = await ask(served.url, many);
    assert.equal(plain.encoding, undefined);
    const packed = await ask(served.url, many, { 'accept-encoding': 'br, gzip' });
    assert.deepEqual([packed.encoding, packed.vary], ['gzip', 'accept-encoding']);
    assert.ok(packed.body.length < plain.body.length / 3);
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.equal((await ask(served.url, many, { 'accept-encoding': 'gzip;q=0' })).encoding, undefined);
    assert.equal((await ask(served.url, 'SELECT 1', { 'accept-encoding': 'gzip' })).encoding, undefined, 'a short answer gains nothing');
  });

  test('closes the connection of a device whose message becomes longer than allowed', async () => {
    const served = await serve(createGateway({ upstream: origin.client(), limits: { bytes: 100_000 } }));
    open.push(served);
    const socket = new WebSocket(`${served.url.replace('http', 'ws')}/changes`);
    await once(socket, 'open');
    assert.match(socket.extensions, /permessage-deflate/);
    socket.on('error', () => {});
    socket.send(JSON.stringify({ type: 'hello', padding: ' '.repeat(10_000_000) })); // some ten kilobytes on the wire
    const [code] = await once(socket, 'close');
    assert.equal(code, 1009);
  });
});
