/** Cloudflare's runtime without wrangler, and what a Durable Object goes through in it. */
import assert from 'node:assert/strict';

import { checkRead } from '../lib/expected.js';
import { run } from '../lib/process.js';
import { WORKERD, bundle, serve } from '../lib/workerd.js';

const version = async () => (await run(WORKERD, ['--version'])).stdout.trim().split(' ').at(-1) ?? '';

const MEGABYTES = 100;
/** What the engine may take of the 128 MB that a worker is given. */
const MEMORY = 32;
/** An object that only holds sockets is evicted after ten seconds. */
const EVICTED = 13_000;

/**
 * A trial of objects of the class Trials.
 * @param {string} name
 * @param {(open: () => ReturnType<typeof serve>) => Promise<void>} work open: starts the server, and ends the one before
 */
const trial = (name, work) => ({
  name: `workerd, ${name}`,
  version,
  async run(/** @type {string} */ folder) {
    const program = await bundle(folder, 'trials.js', name);
    /** @type {Awaited<ReturnType<typeof serve>> | null} */
    let server = null;
    try {
      await work(async () => {
        await server?.kill();
        server = await serve(program, { className: 'Trials', binding: 'TRIALS' });
        return server;
      });
    } finally {
      await /** @type {any} */ (server)?.kill();
    }
    return 'durable-object';
  },
});

/** A socket of the hibernating object. @param {string} address */
async function connect(address) {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`ws://${address}/hibernate`);
  await new Promise((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); });
  return {
    /**
     * Resolves to what the object tells when it has this one.
     * @param {string} text
     * @returns {Promise<{ life: string, rows: string[] }>}
     */
    say: (text) => new Promise((resolve) => {
      const receive = (/** @type {any} */ data) => {
        const told = JSON.parse(`${data}`);
        if (!told.rows.includes(text)) return;
        socket.off('message', receive);
        resolve(told);
      };
      socket.on('message', receive);
      socket.send(text);
    }),
    close: () => socket.terminate(),
  };
}

export const workerd = [
  {
    name: 'workerd',
    version,
    async run(/** @type {string} */ folder) {
      const program = await bundle(folder, 'object.js');
      const about = { className: 'Notes', binding: 'NOTES' };
      let server = await serve(program, about);
      try {
        assert.deepEqual(await server.get('/write'), { storage: 'durable-object' });
        await server.kill();
        server = await serve(program, about);
        checkRead(await server.get('/read'), 'durable-object');
      } finally {
        await server.kill();
      }
      return 'durable-object';
    },
  },
  // What is kept cannot be read without the key.
  trial('encrypted', async (open) => {
    const server = await open();
    assert.deepEqual(await server.get('/encrypted'),
      { blocks: true, plain: 0, refused: ['28P01', '28P01'], rows: [{ text: 'marzipan' }] });
  }),
  // Without room a write is refused and nothing else; with room the database goes on.
  trial('full', async (open) => {
    const server = await open();
    assert.deepEqual(await server.get('/full'), {
      refused: ['53100', '53100'],
      kept: [{ id: 1, text: 'kept' }],
      rows: [{ id: 1, text: 'kept' }, { id: 3, text: 'room again' }],
      check: [{ integrity_check: 'ok' }],
    });
  }),
  // Neither writing nor reading a hundred megabytes takes memory by their size, and opening them reads a few pieces.
  trial('large', async (open) => {
    const { memory } = await (await open()).get(`/fill?megabytes=${MEGABYTES}`);
    const { opening, point, all, ...after } = await (await open()).get('/large');
    assert.deepEqual([point, all], [{ length: 4096 }, { n: MEGABYTES * 256, length: 4096 }]);
    assert.ok(opening <= 32, `opening read ${opening} pieces`);
    assert.ok(Math.max(memory, after.memory) <= MEMORY, `${memory} and ${after.memory} MB`);
  }),
  // An object that slept has everything that it acknowledged, and tells its sockets of changes again.
  trial('hibernating', async (open) => {
    const { address } = await open();
    const [one, other] = [await connect(address), await connect(address)];
    const first = await one.say('one');
    assert.deepEqual(first.rows, ['one']);
    await new Promise((resolve) => { setTimeout(resolve, EVICTED); });
    const second = await other.say('two');
    assert.notEqual(second.life, first.life, 'it was not evicted');
    assert.deepEqual(second.rows, ['one', 'two']);
    assert.deepEqual((await one.say('three')).rows, ['one', 'two', 'three']);
    one.close();
    other.close();
  }),
];
