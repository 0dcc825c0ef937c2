/** Views whose query their origin refuses: CREATE fails as it would for a local view, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';
import { openEdge, openPostgres, postgresPrograms } from '../lib/origin.js';
import { Bridge, rows } from './lib/stack.js';

const ORIGINS = [
  {
    name: 'PostgreSQL', dialect: 'postgres', skip: postgresPrograms() ? false : 'no PostgreSQL server is installed',
    open: async () => {
      const origin = await openPostgres();
      return { ...origin, client: origin.client() };
    },
  },
  {
    name: 'a gateway', dialect: 'postgres', skip: false,
    open: async () => {
      const origin = await openEdge();
      return { ...origin, client: origin.client() };
    },
  },
  {
    name: 'MariaDB', dialect: 'mysql', skip: await mysqlMissing(),
    open: async () => {
      const origin = await openMySQL();
      const client = new MySQLClient(origin.pool);
      return {
        ...origin, client,
        close: async () => {
          await client.close();
          await origin.close();
        },
      };
    },
  },
];

for (const { name, dialect, skip, open } of ORIGINS) {
  describe(`a view that ${name} refuses`, { skip }, () => {
    /** @type {any} */
    let origin;
    /** @type {Tidemark[]} */
    const closing = [];
    before(async () => {
      origin = await open();
      await origin.execute('CREATE TABLE thing (id integer PRIMARY KEY, name text)');
      await origin.execute(`INSERT INTO thing VALUES (1, 'one')`);
    });
    after(() => origin?.close());
    afterEach(async () => {
      for (const db of closing.splice(0)) await db.close();
    });

    const main = `WITH (replication_origin = '${dialect}:main')`;
    const openDevice = () => {
      const bridge = new Bridge(origin.client);
      bridge.dialect = /** @type {any} */ (dialect);
      const db = new Tidemark({ path: ':memory:', getUpstreamClient: async () => /** @type {any} */ (bridge) });
      closing.push(db);
      return { db, bridge };
    };
    const nothing = async (/** @type {Tidemark} */ db) => {
      assert.deepEqual(await rows(db, 'SELECT * FROM tidemark.views'), []);
      assert.deepEqual(await db.sync.status(), []);
      assert.deepEqual(await db.sync.origins(), []);
    };

    for (const mode of ['REALTIME', 'MATERIALIZED']) {
      test(`is not there after CREATE ${mode} VIEW, which says what is missing`, async () => {
        const { db } = openDevice();
        const create = (/** @type {string} */ query) => db.query(`CREATE ${mode} VIEW "v.1" AS ${query} ${main}`);
        const origins = { origin: `${dialect}:main`, view: 'v.1' };
        await assert.rejects(create('TABLE missing'), { code: '42P01', ...origins, message: /missing/ });
        await nothing(db);
        await assert.rejects(create('SELECT id FROM "Nicht.Da" WHERE id > 1'), { code: '42P01', ...origins, message: /Nicht\.Da/ });
        await assert.rejects(create('SELECT t.id FROM thing t JOIN missing m ON m.id = t.id'), { code: '42P01', ...origins });
        await assert.rejects(create('SELECT nope FROM thing'), { code: '42703', ...origins, message: /nope/ });
        await assert.rejects(db.query('SELECT * FROM "v.1"'), { code: '42P01' });
        await assert.rejects(db.query(`DROP ${mode} VIEW "v.1"`), { code: '42P01' });
        await nothing(db);
        await create('TABLE thing');
        assert.deepEqual(await rows(db, 'SELECT * FROM "v.1"'), [{ id: 1, name: 'one' }]);
        await assert.rejects(create('TABLE missing'), { code: '42P07' });
        await db.query(`CREATE ${mode} VIEW IF NOT EXISTS "v.1" AS TABLE missing ${main}`);
        assert.deepEqual(await rows(db, 'SELECT * FROM "v.1"'), [{ id: 1, name: 'one' }]);
      });
    }

    test('is there when it was made out of reach of its origin, or in a transaction, and says why it has no rows', async () => {
      const { db, bridge } = openDevice();
      bridge.online = false;
      await db.query(`CREATE REALTIME VIEW early AS TABLE missing ${main}`);
      bridge.online = true;
      await db.transaction((tx) => tx.query(`CREATE MATERIALIZED VIEW within AS TABLE missing ${main}`));
      await db.sync.sync(null, { forceSync: true });
      await eventually(async () => assert.deepEqual((await db.sync.status()).map(({ view, state, last_error_code: code }) => [view, state, code]),
        [['public.early', 'failed', '42P01'], ['public.within', 'failed', '42P01']]));
      await assert.rejects(db.query('SELECT * FROM early'), { code: '42P01', origin: `${dialect}:main` });
      await assert.rejects(db.query('REFRESH MATERIALIZED VIEW within'), { code: '42P01' });
    });

    test('may be wanted by several at once', async () => {
      const { db } = openDevice();
      const create = (/** @type {string} */ view, /** @type {string} */ table) =>
        db.query(`CREATE REALTIME VIEW ${view} AS TABLE ${table} ${main}`).then(() => 'made', (error) => error.code);
      assert.deepEqual(await Promise.all([create('a', 'missing'), create('b', 'thing'), create('c', 'missing'),
        db.query('SELECT * FROM c').then(() => 'read', (error) => error.code)]), ['42P01', 'made', '42P01', '42P01']);
      assert.deepEqual((await db.sync.status()).map(({ view }) => view), ['public.b']);
    });
  });
}
