/**
 * Writes whose view can no longer be written: their transaction is never sent without them. The catalog of the device is changed
 * by another SQLite program, for no statement does that to a view with writes on their way.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { edited } from '../lib/edited-file.js';
import { eventually } from '../lib/eventually.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { Bridge, rows } from './lib/stack.js';

const setReason = (/** @type {string} */ view, /** @type {string | null} */ reason) =>
  `UPDATE __tidemark_views SET not_updatable_because = ${reason === null ? 'NULL' : `'${reason}'`}
   WHERE relation_id = (SELECT id FROM __tidemark_relations WHERE name = '${view}')`;

describe('writes to a view that can no longer be written', {
  skip: postgresPrograms() ? false : 'no PostgreSQL server is installed',
}, () => {
  /** @type {Awaited<ReturnType<typeof openPostgres>>} */
  let origin;
  /** @type {any[]} */
  const closing = [];
  /** @type {any[]} */
  let errors;
  before(async () => {
    origin = await openPostgres();
    await origin.execute('CREATE TABLE job (id integer PRIMARY KEY, name text); CREATE TABLE "Über.Sicht" (id integer PRIMARY KEY, note text)');
  });
  after(() => origin?.close());
  beforeEach(async () => {
    errors = [];
    await origin.execute(`TRUNCATE job, "Über.Sicht"; INSERT INTO job SELECT i, 'n' || i FROM generate_series(1, 3) AS s (i);
      INSERT INTO "Über.Sicht" VALUES (1, 'note')`);
  });
  afterEach(async () => {
    for (const db of closing.splice(0)) await db.close();
  });

  const at = async (/** @type {string} */ table) => (await origin.rows(`SELECT * FROM ${table} ORDER BY id`));
  const queue = async (/** @type {Tidemark} */ db) =>
    (await db.sync.queue()).map(({ id, state, last_error_code: code }) => [id, state, code]);

  const open = (/** @type {Bridge} */ bridge) => {
    const db = new Tidemark({ path: ':memory:', getUpstreamClient: async () => /** @type {any} */ (bridge) });
    db.sync.on('error', (event) => errors.push(event));
    closing.push(db);
    return db;
  };

  /** A device that has written offline, and in whose catalog the other view cannot be written any more. */
  const openDevice = async () => {
    const bridge = new Bridge(origin.client());
    const first = open(bridge);
    const more = `WITH (replication_origin = 'postgres:main', write_policy = 'local_first')`;
    await first.query(`CREATE REALTIME VIEW job AS TABLE job ${more}`);
    await first.query(`CREATE REALTIME VIEW note AS TABLE "Über.Sicht" ${more}`);
    bridge.online = false;
    await first.transaction(async (tx) => {
      await tx.query(`UPDATE job SET name = 'whole' WHERE id = 1`);
      await tx.query(`UPDATE note SET note = 'or not at all' WHERE id = 1`);
    });
    await first.query(`UPDATE job SET name = 'after it' WHERE id = 1`);
    await first.query(`UPDATE job SET name = 'apart' WHERE id = 2`);
    const device = {
      db: first, bridge,
      /** Goes on with a catalog that was changed. */
      change: async (/** @type {string} */ sql) => {
        const file = new Uint8Array(await new Response(device.db.export()).arrayBuffer());
        await device.db.close();
        device.db = open(bridge);
        await device.db.import(edited(file, sql), { ignoreChecksums: true });
      },
    };
    return device;
  };

  /** The same, online again: set aside, and what has nothing to do with it sent. */
  const openSetAside = async () => {
    const device = await openDevice();
    await device.change(setReason('note', 'its relation has no key'));
    device.bridge.online = true;
    await device.db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.deepEqual(await queue(device.db), [
      [1, 'conflicted', '55000'], [2, 'conflicted', '55000'], [3, 'pending', null], [4, 'applied', null]]));
    return device;
  };

  test('are told, with their whole transaction, and later writes to its rows wait', async () => {
    const device = await openDevice();
    await device.change(setReason('note', 'its relation has no key'));
    device.bridge.online = true;
    await device.db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.deepEqual(await at('job'), [[1, 'n1'], [2, 'apart'], [3, 'n3']]));
    assert.deepEqual(await at('"Über.Sicht"'), [[1, 'note']]);
    const [, write] = await device.db.sync.queue();
    assert.deepEqual([write.last_error_code, write.last_error, write.mine],
      ['55000', 'view "note" cannot be written: its relation has no key', { note: 'or not at all' }]);
    const [told] = errors.filter(({ error }) => error.code === '55000');
    assert.deepEqual([told?.id, told?.view], [2, 'public.note']);
    assert.deepEqual((await device.db.sync.origins()).map(({ pending, conflicted }) => [pending, conflicted]), [[1, 2]]);
    await eventually(async () => assert.deepEqual(await rows(device.db, 'SELECT id, name FROM job ORDER BY id'),
      [{ id: 1, name: 'after it' }, { id: 2, name: 'apart' }, { id: 3, name: 'n3' }]));
  });

  test('are sent with their transaction once the view can be written again', async () => {
    const device = await openSetAside();
    await device.change(setReason('note', null));
    await device.db.sync.resolve(1, 'retry');
    await eventually(async () => {
      assert.deepEqual(await at('job'), [[1, 'after it'], [2, 'apart'], [3, 'n3']]);
      assert.deepEqual(await at('"Über.Sicht"'), [[1, 'or not at all']]);
      assert.deepEqual((await queue(device.db)).map(([, state]) => state), ['applied', 'applied', 'applied', 'applied']);
    });
  });

  test('are set aside again when tried too early, and take no other values', async () => {
    const device = await openSetAside();
    await device.db.sync.resolve(2, 'retry');
    await eventually(async () => assert.deepEqual((await queue(device.db)).slice(0, 2),
      [[1, 'conflicted', '55000'], [2, 'conflicted', '55000']]));
    await assert.rejects(device.db.sync.resolve(2, { set: { note: 'other' } }), { code: '55000', message: /its relation has no key/ });
    await assert.rejects(device.db.sync.resolve(99, 'discard'), { code: '22023' });
  });

  test('are dropped on request, with their transaction; what waited for it goes', async () => {
    const device = await openSetAside();
    await device.db.sync.resolve(2, 'discard');
    await eventually(async () => {
      assert.deepEqual(await at('job'), [[1, 'after it'], [2, 'apart'], [3, 'n3']]);
      assert.deepEqual((await queue(device.db)).map(([, state]) => state), ['applied', 'applied']);
    });
    assert.deepEqual(await at('"Über.Sicht"'), [[1, 'note']]);
  });
});
