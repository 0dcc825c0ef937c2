/**
 * Several gateways share one replication slot through NATS: each sees every change, and nothing is lost when the one that reads
 * it, NATS or what NATS has stored goes.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import pg from 'pg';
import { PGClient } from '../../../js-bindings/upstream/pg.js';
import { eventually } from '../lib/eventually.js';
import { natsMissing, openNats } from '../lib/nats.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const skip = postgresPrograms() ? await natsMissing() : 'no PostgreSQL server is installed';

describe('gateways that share a slot', { skip }, () => {
  let origin;
  let nats;
  let number = 0;
  const gateways = new Set();
  before(async () => {
    [origin, nats] = await Promise.all([openPostgres(), openNats()]);
  });
  afterEach(async () => {
    for (const each of gateways) await each.close();
    gateways.clear();
  });
  after(async () => {
    await origin.close();
    await nats.close();
  });

  const openGateway = (options = {}) => {
    const pool = new pg.Pool(origin.pool.options);
    const client = new PGClient(pool, { replication: { nats: nats.url, ...options } });
    const gateway = {
      follow: async (shape, copy = new ShapeCopy(shape.key)) => {
        const subscription = await client.subscribe({ ...shape, cursor: copy.cursor ?? undefined }, copy.sink);
        await copy.until((each) => each.cursor !== null);
        return Object.assign(copy, { close: () => subscription.close() });
      },
      close: async () => {
        await client.close();
        await pool.end();
      },
    };
    gateways.add(gateway);
    return gateway;
  };
  const makeTable = async (columns = 'id integer PRIMARY KEY, note text') => {
    const table = `shared${++number}`;
    await origin.execute(`CREATE TABLE ${table} (${columns})`);
    return table;
  };
  const shapeOf = (table) => tableShape({ name: table, columns: ['id', 'note'], key: { id: 'integer' } });
  const equals = async (copy, table) => {
    const rows = await origin.rows(`SELECT id, note FROM ${table}`);
    assert.equal(copy.lostWith, null);
    assert.deepEqual(copy.sorted().map(String).sort(), rows.map(String).sort());
  };

  test('each of three gateways sees a change, over one slot', async () => {
    const table = await makeTable();
    const copies = [];
    for (let each = 0; each < 3; each++) copies.push(await openGateway().follow(shapeOf(table)));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one'), (2, 'two')`);
    for (const copy of copies) await copy.until((each) => each.rows.size === 2);
    await origin.execute(`DELETE FROM ${table} WHERE id = 1; UPDATE ${table} SET note = 'deux'`);
    for (const copy of copies) await eventually(() => equals(copy, table));
    assert.deepEqual(await origin.rows('SELECT slot_name::text, active FROM pg_replication_slots'), [['tidemark', true]]);
    for (const copy of copies) assert.equal(copy.snapshots, 1);
  });
});
