/**
 * Logical replication: nothing is lost or repeated when the stream breaks, the server dies or the slot is gone, and what it
 * cannot follow is refused.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/eventually.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const skip = postgresPrograms() ? false : 'no PostgreSQL server is installed';

describe('logical replication', { skip }, () => {
  let origin;
  let client;
  let number = 0;
  before(async () => {
    origin = await openPostgres({ replication: true });
    client = origin.client();
  });
  after(() => origin.close());

  const makeTable = async (columns = 'id integer PRIMARY KEY, note text') => {
    const table = `log${++number}`;
    await origin.execute(`CREATE TABLE ${table} (${columns})`);
    return table;
  };
  const shapeOf = (table) => tableShape({ name: table, columns: ['id', 'note'], key: { id: 'integer' } });
  const follow = async (shape, copy = new ShapeCopy(shape.key)) => {
    const subscription = await client.subscribe({ ...shape, cursor: copy.cursor ?? undefined }, copy.sink);
    await copy.until((each) => each.snapshots > 0);
    return Object.assign(copy, { close: () => subscription.close() });
  };
  const equals = async (copy, table) => {
    const rows = await origin.rows(`SELECT id, note FROM ${table}`);
    assert.equal(copy.lostWith, null);
    assert.deepEqual(copy.sorted().map(String).sort(), rows.map(String).sort());
  };

  test('there are no triggers, and the slot is confirmed as changes are noted', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await copy.until((each) => each.rows.size === 1);
    assert.deepEqual(await origin.rows(`SELECT FROM pg_trigger WHERE tgrelid = '${table}'::regclass`), []);
    const [[end]] = await origin.rows('SELECT pg_current_wal_insert_lsn()::text');
    await eventually(async () => assert.deepEqual(
      await origin.rows(`SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots`), [[true]]));
    copy.close();
  });

  test('a transaction that wrote before its table was published is waited for', async () => {
    const table = await makeTable();
    const writer = await origin.pool.connect();
    await writer.query(`BEGIN; INSERT INTO ${table} VALUES (1, 'early')`);
    const following = follow(shapeOf(table));
    await sleep(300);
    await writer.query(`INSERT INTO ${table} VALUES (2, 'late')`);
    await writer.query('COMMIT');
    writer.release();
    const copy = await following;
    await eventually(() => equals(copy, table));
    copy.close();
  });

  test('a large value that does not change stays, in a key too', async () => {
    const table = await makeTable('id text PRIMARY KEY, note text, n integer DEFAULT 0');
    const long = "(SELECT string_agg(md5(g::text || '#'), '') FROM generate_series(1, 60) g)";
    await origin.execute(`ALTER TABLE ${table} ALTER note SET STORAGE EXTERNAL, ALTER id SET STORAGE EXTERNAL`);
    const copy = await follow(tableShape({ name: table, columns: ['id', 'note', 'n'], key: { id: 'text' } }));
    await origin.execute(`INSERT INTO ${table} VALUES (${long}, repeat('x', 1000000))`);
    await copy.until((each) => each.rows.size === 1);
    await origin.execute(`UPDATE ${table} SET n = 1`);
    await copy.until((each) => [...each.rows.values()][0][2] === 1);
    assert.equal([...copy.rows.values()][0][1].length, 1000000);
    await origin.execute(`UPDATE ${table} SET id = 'short'`);
    await copy.until((each) => each.rows.has('["short"]'));
    assert.equal(copy.rows.size, 1);
    copy.close();
  });

  test('a commit that did not wait for the disk arrives', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    for (let id = 1; id <= 20; id++) {
      await origin.execute(`BEGIN; SET LOCAL synchronous_commit = off; INSERT INTO ${table} VALUES (${id}, 'x'); COMMIT`);
    }
    await eventually(() => equals(copy, table));
    copy.close();
  });

  test('a commit that the stream tells of before others can see it is read as soon as they can', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    const standby = async (name) => {
      await origin.execute(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
      await origin.execute('SELECT pg_reload_conf()');
    };
    const probe = await makeTable();
    let probing, probes = 0;
    await standby('nobody');
    do { // until the server's own processes know of it
      probing = origin.execute(`INSERT INTO ${probe} VALUES (${++probes}, 'probe')`);
    } while (await Promise.race([probing.then(() => true), sleep(100).then(() => false)]));
    const writing = origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await sleep(300);
    assert.equal(copy.rows.size, 0);
    await standby('');
    await Promise.all([probing, writing]);
    await copy.until((each) => each.rows.size === 1, 1_000);
    copy.close();
  });

  test('a change is read in two round trips, and one that ends the transaction', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`); // now the types are known
    await copy.until((each) => each.rows.size === 1);
    const visits = []; // what was sent from taking a connection to giving it back
    const note = (connection) => {
      const { query } = connection;
      const sent = [];
      visits.push(sent);
      connection.query = (...args) => {
        sent.push(args[0].text ?? args[0]);
        return query.apply(connection, args);
      };
      connection.giveBack = () => { connection.query = query; };
    };
    const forget = (_, connection) => connection.giveBack?.();
    origin.pool.on('acquire', note).on('release', forget);
    await origin.execute(`INSERT INTO ${table} VALUES (2, 'two')`);
    await copy.until((each) => each.rows.size === 2);
    await eventually(() => {
      const visit = visits.find((sent) => sent.includes(shapeOf(table).keyQuery));
      assert.deepEqual(visit?.map((each) => /^\w+/.exec(each)[0]), ['BEGIN', 'SELECT', 'COMMIT']);
    });
    origin.pool.off('acquire', note).off('release', forget);
    copy.close();
  });

  test('a table without replica identity is refused, and goes on taking updates', async () => {
    const table = await makeTable('id integer NOT NULL UNIQUE, note text');
    await assert.rejects(follow(shapeOf(table)), {
      code: '55000', message: /no replica identity/, hint: /REPLICA IDENTITY FULL/,
    });
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'a'); UPDATE ${table} SET note = 'b'; DELETE FROM ${table}`);
    await origin.execute(`CREATE UNLOGGED TABLE ${table}_u (id integer PRIMARY KEY, note text)`);
    await assert.rejects(follow(shapeOf(`${table}_u`)), { code: '55000', message: /not in the write-ahead log/ });
  });

  test('columns may be added, dropped and renamed while it is followed', async () => {
    const table = await makeTable('id integer PRIMARY KEY, note text, old integer');
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one', 1)`);
    await origin.execute(`ALTER TABLE ${table} DROP old; ALTER TABLE ${table} ADD new text DEFAULT 'd'`);
    await origin.execute(`INSERT INTO ${table} VALUES (2, 'two')`);
    await eventually(() => equals(copy, table));
    await origin.execute(`ALTER TABLE ${table} RENAME note TO remark; UPDATE ${table} SET remark = 'x'`);
    await eventually(() => assert.equal(copy.lostWith?.code, '42703'));
  });

  test('what a partition that is attached later brings is followed', async () => {
    const table = `log${++number}`;
    await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, note text) PARTITION BY RANGE (id);
      CREATE TABLE ${table}_a PARTITION OF ${table} FOR VALUES FROM (0) TO (10)`);
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table}_a VALUES (1, 'a')`);
    await origin.execute(`CREATE TABLE ${table}_b PARTITION OF ${table} FOR VALUES FROM (10) TO (20);
      INSERT INTO ${table} VALUES (11, 'b')`);
    await eventually(() => equals(copy, table));
    await origin.execute(`TRUNCATE ${table}_a`);
    await eventually(() => equals(copy, table));
    copy.close();
  });

  test('nothing is lost or repeated while the stream is cut again and again', async () => {
    const table = await makeTable('id integer PRIMARY KEY, note text');
    const copy = await follow(shapeOf(table));
    for (let id = 1; id <= 60; id++) {
      await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'x'); UPDATE ${table} SET note = 'n${id}' WHERE id % 7 = ${id % 7}`);
      if (id % 10 === 0) {
        await origin.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
      }
    }
    await eventually(() => equals(copy, table));
    assert.equal(copy.snapshots, 1);
    copy.close();
  });

  test('a slot that is gone is made anew, and everything is read again', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await copy.until((each) => each.rows.size === 1);
    await eventually(async () => {
      await origin.execute('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
      await origin.execute('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
    });
    await origin.execute(`INSERT INTO ${table} VALUES (2, 'two'); DELETE FROM ${table} WHERE id = 1`);
    await eventually(() => equals(copy, table));
    await origin.execute(`INSERT INTO ${table} VALUES (3, 'three')`);
    await eventually(() => equals(copy, table));
    copy.close();
  });

  test('who comes back after the server was killed and the gateway ended goes on where it stood', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one'), (2, 'two')`);
    await copy.until((each) => each.rows.size === 2);
    copy.close();
    await client.close();
    await origin.execute(`INSERT INTO ${table} VALUES (3, 'three'); DELETE FROM ${table} WHERE id = 1`);
    await origin.kill();
    await origin.execute(`INSERT INTO ${table} VALUES (4, 'four')`);
    client = origin.client();
    await eventually(() => follow(shapeOf(table), copy));
    await eventually(() => equals(copy, table));
    assert.equal(copy.snapshots, 1);
    copy.close();
  });

  test('a gateway that was killed while it made its slot leaves no gap', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    await origin.execute(`DELETE FROM tidemark_origin.slots; INSERT INTO ${table} VALUES (1, 'one')`); // as far as it came
    await origin.execute('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
    await eventually(() => equals(copy, table));
    assert.equal(copy.snapshots, 2);
    copy.close();
  });

  test('two gateways have a slot each; one slot serves one', async () => {
    const table = await makeTable();
    const copy = await follow(shapeOf(table));
    const { PGClient } = await import('../../../js-bindings/upstream/pg.js');
    const { default: pg } = await import('pg');
    const pool = new pg.Pool(origin.pool.options);
    const twin = new PGClient(pool, { replication: true });
    await assert.rejects(twin.subscribe(shapeOf(table), new ShapeCopy(['id']).sink), { code: '55006' });
    await twin.close();
    const other = new PGClient(pool, { replication: { slot: 'other' } });
    const second = new ShapeCopy(['id']);
    await other.subscribe(shapeOf(table), second.sink);
    await second.until((each) => each.snapshots === 1);
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await eventually(() => equals(copy, table));
    await eventually(() => equals(second, table));
    await other.close();
    await pool.end();
    await eventually(() => origin.execute("SELECT pg_drop_replication_slot('other')"));
    copy.close();
  });

  test('who closes leaves the slot free, also in the middle of a transaction', async () => {
    const { PGClient } = await import('../../../js-bindings/upstream/pg.js');
    const { default: pg } = await import('pg');
    const table = await makeTable();
    const pool = new pg.Pool(origin.pool.options);
    for (let round = 1; round <= 6; round++) {
      const leaving = new PGClient(pool, { replication: { slot: 'left' } });
      const copy = new ShapeCopy(['id']);
      await leaving.subscribe(shapeOf(table), copy.sink);
      await copy.until((each) => each.snapshots === 1);
      const writing = origin.execute(`INSERT INTO ${table} SELECT ${round} * 100000 + n, 'x' FROM generate_series(1, 20000) AS n`);
      if (round % 2) await writing;
      await leaving.close();
      assert.deepEqual(await origin.rows("SELECT active FROM pg_replication_slots WHERE slot_name = 'left'"), [[false]]);
      await writing;
    }
    await pool.end();
    await origin.execute("SELECT pg_drop_replication_slot('left')");
  });

  test('a name that could not be a slot is refused', async () => {
    const { PGClient } = await import('../../../js-bindings/upstream/pg.js');
    for (const slot of ['Upper', 'a"b', '']) {
      assert.throws(() => new PGClient({ connect() {}, on() {} }, { replication: { slot } }), { code: '22023' });
    }
  });
});
