/**
 * Transactions of which nobody knows whether their origin has applied them: tried again they are applied once all the same, at every kind of
 * origin. Its keys are given by the origin: what is applied twice is there twice.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { TidemarkClient } from '../../../js-bindings/upstream/tidemark.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';
import { openPGlite, openPostgres, postgresPrograms } from '../lib/origin.js';
import { Bridge, rows } from './lib/stack.js';

const ORIGINS = [
  {
    name: 'PostgreSQL', id: 'postgres:main', skip: postgresPrograms() ? false : 'no PostgreSQL server is installed',
    key: 'serial', empty: 'TRUNCATE job RESTART IDENTITY', open: openPostgres,
  },
  { name: 'PGlite', id: 'postgres:main', key: 'serial', empty: 'TRUNCATE job RESTART IDENTITY', open: openPGlite },
  {
    name: 'MariaDB', id: 'mysql:main', skip: await mysqlMissing(), key: 'integer AUTO_INCREMENT', empty: 'TRUNCATE job',
    open: async () => {
      const origin = await openMySQL();
      const client = new MySQLClient(origin.pool);
      return {
        ...origin, client: () => client, rows: async (/** @type {string} */ sql) => (await client.query(sql)).rows,
        close: async () => {
          await client.close();
          await origin.close();
        },
      };
    },
  },
  {
    name: 'Tidemark', id: 'tidemark:main', key: 'serial', empty: 'TRUNCATE job RESTART IDENTITY',
    open: async () => {
      const db = new Tidemark({ path: ':memory:' });
      return {
        client: () => new TidemarkClient({ database: db }),
        execute: (/** @type {string} */ sql) => db.exec(sql),
        rows: async (/** @type {string} */ sql) => (await db.query(sql, [], { rowMode: 'array' })).rows,
        close: () => db.close(),
      };
    },
  },
];

/** What a way to an origin says that has nothing to do with what the origin says. */
const useless = () => Object.assign(new Error('that is no answer'), { code: '08P01' });

for (const { name, id, skip, key, empty, open } of ORIGINS) {
  describe(name, { skip: skip ?? false }, () => {
    /** @type {any} */
    let origin;
    /** @type {any} */
    let device;
    /** @type {any} */
    let bridge;
    before(async () => {
      origin = await open();
      await origin.execute(`CREATE TABLE job (id ${key} PRIMARY KEY, name text, n integer)`);
    });
    after(() => origin?.close());
    beforeEach(async () => {
      await origin.execute(empty);
      bridge = new Bridge(origin.client());
      device = new Tidemark({ path: ':memory:', getUpstreamClient: async () => bridge });
      await device.query(`CREATE REALTIME VIEW job AS SELECT id, name, n FROM job WITH (replication_origin = '${id}', write_policy = 'local_first')`);
    });
    afterEach(() => device.close());

    const there = () => origin.rows('SELECT id, name, n FROM job ORDER BY id');
    const queue = async () => (await device.sync.queue()).map(({ state, in_doubt: doubt }) => [state, doubt]);

    /** A row that was applied, of which the device does not know it. */
    const insertUnheard = async () => {
      bridge.afterApply = () => { throw useless(); };
      await device.query(`INSERT INTO job (name, n) VALUES ('new', 1)`);
      await eventually(async () => assert.deepEqual(await queue(), [['conflicted', true]]));
      assert.deepEqual(await there(), [[1, 'new', 1]]);
    };

    /** A row that was not applied, of which the device does not know that either. */
    const insertUnsent = async () => {
      const { apply } = bridge;
      bridge.apply = () => { throw useless(); };
      await device.query(`INSERT INTO job (name, n) VALUES ('new', 1)`);
      await eventually(async () => assert.deepEqual(await queue(), [['conflicted', true]]));
      bridge.apply = apply;
      assert.deepEqual(await there(), []);
    };

    const decide = async (/** @type {any} */ action) => {
      const [write] = await device.sync.queue();
      await device.sync.resolve(write.id, action);
      await eventually(async () => assert.ok((await queue()).every(([state]) => state === 'applied')));
      await eventually(async () => assert.deepEqual(await rows(device, 'SELECT id, name, n FROM job WHERE NOT __staged ORDER BY id'),
        (await there()).map(([id, name, n]) => ({ id, name, n }))));
    };

    test('what the origin has is not sent again', async () => {
      await insertUnheard();
      await decide('retry');
      assert.deepEqual(await there(), [[1, 'new', 1]]);
    });

    test('what it has not is sent', async () => {
      await insertUnsent();
      await decide('retry');
      assert.deepEqual(await there(), [[1, 'new', 1]]);
    });

    test('other values follow as an update where the origin has the first', async () => {
      await insertUnheard();
      await decide({ set: { name: 'other', n: null } });
      assert.deepEqual(await there(), [[1, 'other', null]]);
      await device.query('DELETE FROM job');
      await eventually(async () => assert.deepEqual(await there(), []));
    });

    test('… in the place of the first where the origin has not got them', async () => {
      await insertUnsent();
      await decide({ set: { name: 'other', n: null } });
      assert.deepEqual(await there(), [[1, 'other', null]]);
    });

    test('the answer to the question may be lost as well', async () => {
      await insertUnheard();
      bridge.afterApply = () => { throw useless(); };
      const [write] = await device.sync.queue();
      await device.sync.resolve(write.id, 'retry');
      await eventually(async () => assert.deepEqual(await queue(), [['conflicted', true]]));
      await decide('retry');
      assert.deepEqual(await there(), [[1, 'new', 1]]);
    });

    test('… also where the origin has just said that nothing is to be done', async () => {
      await insertUnsent();
      bridge.afterApply = () => { throw useless(); };
      const [write] = await device.sync.queue();
      await device.sync.resolve(write.id, 'retry');
      await eventually(async () => assert.deepEqual(await queue(), [['conflicted', true]]));
      await decide('retry');
      assert.deepEqual(await there(), [[1, 'new', 1]]);
    });

    test('what comes to the origin after it was asked comes too late', async () => {
      let late;
      const { apply } = bridge;
      bridge.apply = (/** @type {any} */ request) => {
        late ??= request;
        throw useless();
      };
      await device.query(`INSERT INTO job (name, n) VALUES ('new', 1)`);
      await eventually(async () => assert.deepEqual(await queue(), [['conflicted', true]]));
      bridge.apply = apply;
      await decide('retry');
      const answer = await bridge.apply(late);
      assert.deepEqual([answer.state, answer.rows, answer.repeated], ['applied', [], true]);
      assert.deepEqual(await there(), [[1, 'new', 1]]);
    });

    test('dropped, it is a row of the origin as any other', async () => {
      await insertUnheard();
      const [write] = await device.sync.queue();
      await device.sync.resolve(write.id, 'discard');
      await eventually(async () => assert.deepEqual(await rows(device, 'SELECT * FROM job'), [{ id: 1, name: 'new', n: 1 }]));
      assert.deepEqual(await queue(), []);
    });
  });
}
