/**
 * Origins that give rows their keys, with tables that refer to each other, and devices that write to them offline.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Tidemark } from '../../../../js-bindings/index.js';
import { MySQLClient } from '../../../../js-bindings/upstream/mysql.js';
import { eventually } from '../../lib/eventually.js';
import { mysqlMissing, openMySQL } from '../../lib/mysql.js';
import { openPostgres, postgresPrograms } from '../../lib/origin.js';
import { Bridge, rows } from './stack.js';

export const ORIGINS = [
  {
    name: 'PostgreSQL', dialect: 'postgres', skip: postgresPrograms() ? false : 'no PostgreSQL server is installed',
    open: async () => {
      const origin = await openPostgres();
      return { ...origin, client: origin.client() };
    },
    schema: `CREATE TABLE customer (id serial PRIMARY KEY, name text, boss integer REFERENCES customer);
      CREATE TABLE "order" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer REFERENCES customer, note text,
        score integer, made text DEFAULT 'there');
      CREATE TABLE line (number integer, "for order" bigint REFERENCES "order" ON DELETE CASCADE, what text,
        PRIMARY KEY ("for order", number));
      CREATE TABLE part (id integer PRIMARY KEY, o bigint, n integer, FOREIGN KEY (o, n) REFERENCES line ("for order", number)
        ON DELETE CASCADE);
      CREATE TABLE code (id text PRIMARY KEY, uses integer);`,
    clear: 'TRUNCATE customer, "order", line, part, code RESTART IDENTITY',
  },
  {
    name: 'MariaDB', dialect: 'mysql', skip: await mysqlMissing(),
    open: async () => {
      const origin = await openMySQL();
      const client = new MySQLClient(origin.pool);
      return {
        ...origin, client, rows: async (sql) => (await client.query(sql.replaceAll('"', '`'))).rows,
        close: async () => {
          await client.close();
          await origin.close();
        },
      };
    },
    schema: `CREATE TABLE customer (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT, boss INT, FOREIGN KEY (boss) REFERENCES customer (id));
      CREATE TABLE \`order\` (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer INT, note TEXT, score INT, made VARCHAR(10) DEFAULT 'there',
        FOREIGN KEY (customer) REFERENCES customer (id));
      CREATE TABLE line (number INT, \`for order\` BIGINT, what TEXT, PRIMARY KEY (\`for order\`, number),
        FOREIGN KEY (\`for order\`) REFERENCES \`order\` (id));
      CREATE TABLE part (id INT PRIMARY KEY, o BIGINT, n INT, FOREIGN KEY (o, n) REFERENCES line (\`for order\`, number));
      CREATE TABLE code (id VARCHAR(20) PRIMARY KEY, uses INT);`,
    clear: `SET FOREIGN_KEY_CHECKS = 0; TRUNCATE part; TRUNCATE line; TRUNCATE \`order\`; TRUNCATE customer; TRUNCATE code;
      SET FOREIGN_KEY_CHECKS = 1`,
  },
];
const TABLES = ['customer', '"order"', 'line', 'part', 'code'];

/**
 * A device that is offline once it has its views.
 * @param {any} origin
 * @param {string} dialect
 * @param {string} [policy]
 * @param {string} [mode]
 */
export async function openDevice(origin, dialect, policy = 'local_first', mode = 'REALTIME') {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-'));
  const bridge = new Bridge(origin.client);
  bridge.dialect = /** @type {any} */ (dialect);
  const start = () => new Tidemark({
    path: join(folder, 'device.db'), storage: 'file', getUpstreamClient: async () => /** @type {any} */ (bridge),
  });
  const device = {
    db: start(), bridge,
    reopen: async () => {
      await device.db.close();
      device.db = start();
    },
    online: async () => {
      bridge.online = true;
      await device.db.sync.sync(null, { forceSync: true });
    },
    close: async () => {
      await device.db.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  for (const table of TABLES) {
    await device.db.query(`CREATE ${mode} VIEW ${table} AS TABLE ${table}
      WITH (replication_origin = '${dialect}:main', write_policy = '${policy}')`);
  }
  bridge.online = false;
  return device;
}

/** All that was queued is at the origin. */
export const applied = (db) => eventually(async () => {
  const states = (await db.sync.queue()).map(({ state, last_error: error }) => [state, error]);
  assert.deepEqual(states, states.map(() => ['applied', null]));
});

/** The views show what the origin has, and nothing that waits. */
export const same = (db, origin) => eventually(async () => {
  for (const table of TABLES) {
    const query = `SELECT * FROM ${table} ORDER BY 1, 2`;
    assert.deepEqual((await db.query(query, [], { rowMode: 'array' })).rows, await origin.rows(query), table);
    assert.deepEqual(await rows(db, `SELECT 1 AS staged FROM ${table} WHERE __staged`), []);
  }
});
