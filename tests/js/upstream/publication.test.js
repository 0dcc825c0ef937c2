/**
 * Logical replication in each version of PostgreSQL: what a publication or a replica identity leaves out is refused or made up for, never missed;
 * no table loses its updates by being watched.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PGClient } from '../../../js-bindings/upstream/pg.js';
import { eventually } from '../lib/eventually.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const skip = postgresPrograms() ? false : 'no PostgreSQL server is installed';

describe('a publication', { skip }, () => {
  let origin;
  let client;
  let version;
  let number = 0;
  before(async () => {
    origin = await openPostgres({ replication: true });
    client = origin.client();
    version = Number((await origin.rows('SHOW server_version_num'))[0][0]) / 10_000;
  });
  after(() => origin.close());

  /** A test that needs a PostgreSQL of this version, or one before another. */
  const since = (least, what, work, { before = Infinity } = {}) => test(what, async (t) => {
    if (version < least || version >= before) t.skip(`PostgreSQL ${Math.floor(version)}`);
    else await work();
  });
  const makeTable = async (columns = 'id integer PRIMARY KEY, note text') => {
    const table = `pub${++number}`;
    await origin.execute(`CREATE TABLE ${table} (${columns})`);
    return table;
  };
  const shapeOf = (table, more = {}) => tableShape({ name: table, columns: ['id', 'note'], key: { id: 'integer' }, ...more });
  const follow = async (shape, by = client) => {
    const copy = new ShapeCopy(shape.key);
    const subscription = await by.subscribe(shape, copy.sink);
    await copy.until((each) => each.snapshots > 0);
    return Object.assign(copy, { close: () => subscription.close() });
  };
  const equals = (copy, table, where = 'true') => eventually(async () => {
    const rows = await origin.rows(`SELECT id, note FROM ${table} WHERE ${where}`);
    assert.equal(copy.lostWith, null);
    assert.deepEqual(copy.sorted().map(String).sort(), rows.map(String).sort());
  });
  const identity = async (table) => (await origin.rows(`SELECT relreplident::text FROM pg_class WHERE oid = '${table}'::regclass`))[0][0];
  /** Takes the publication to what it was. */
  const publishAll = (table) => origin.execute(`ALTER PUBLICATION tidemark DROP TABLE ${table};
    ALTER PUBLICATION tidemark SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)`);

  for (const { what, least = 13, narrow } of [
    { what: 'has a row filter', least: 15, narrow: (table) => `ALTER PUBLICATION tidemark ADD TABLE ${table} WHERE (id > 10)` },
    { what: 'has a list of columns', least: 15, narrow: (table) => `ALTER PUBLICATION tidemark ADD TABLE ${table} (id)` },
    { what: 'leaves out deletions', narrow: (table) => `ALTER PUBLICATION tidemark ADD TABLE ${table}; ALTER PUBLICATION tidemark SET (publish = 'insert, update')` },
    { what: 'publishes by the root of partitions', narrow: (table) => `ALTER PUBLICATION tidemark ADD TABLE ${table}; ALTER PUBLICATION tidemark SET (publish_via_partition_root = true)` },
  ]) {
    since(least, `that ${what} is refused, before and while it is followed`, async () => {
      const table = await makeTable();
      const watched = await makeTable();
      const copy = await follow(shapeOf(table));
      const other = await follow(shapeOf(watched));
      await origin.execute(`ALTER PUBLICATION tidemark DROP TABLE ${table}; ${narrow(table)}`);
      await origin.execute(`INSERT INTO ${table} VALUES (1, 'one'), (11, 'eleven'); INSERT INTO ${watched} VALUES (1, 'one')`);
      await eventually(() => assert.equal(copy.lostWith?.code, '55000'));
      await assert.rejects(follow(shapeOf(table)), { code: '55000', message: /does not pass on every change/, hint: /^ALTER PUBLICATION/ });
      await publishAll(table);
      other.close();
      const again = await follow(shapeOf(table));
      await origin.execute(`DELETE FROM ${table} WHERE id = 1`);
      await equals(again, table);
      again.close();
    });
  }

  since(15, 'with a row filter for a partition is refused', async () => {
    const table = `pub${++number}`;
    await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, note text) PARTITION BY RANGE (id);
      CREATE TABLE ${table}_a PARTITION OF ${table} FOR VALUES FROM (0) TO (10)`);
    await follow(shapeOf(await makeTable())).then((each) => each.close()); // there is a publication
    await origin.execute(`ALTER PUBLICATION tidemark ADD TABLE ${table}_a WHERE (id > 5)`);
    await assert.rejects(follow(shapeOf(table)), { code: '55000', message: new RegExp(`${table}_a`) });
    await origin.execute(`ALTER PUBLICATION tidemark DROP TABLE ${table}_a`);
    const copy = await follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await equals(copy, table);
    copy.close();
  });

  since(15, 'of all tables of a schema may have the table already', async () => {
    await origin.execute('CREATE SCHEMA shop; CREATE TABLE shop.item (id integer PRIMARY KEY, note text)');
    await follow(shapeOf(await makeTable())).then((each) => each.close());
    await origin.execute('ALTER PUBLICATION tidemark ADD TABLES IN SCHEMA shop');
    const copy = await follow(shapeOf('item', { schema: 'shop' }));
    await origin.execute("INSERT INTO shop.item VALUES (1, 'one')");
    await equals(copy, 'shop.item');
    copy.close();
    await origin.execute('ALTER PUBLICATION tidemark DROP TABLES IN SCHEMA shop');
  });

  since(15, 'of somebody else that lists columns keeps its table\'s updates', async () => {
    const table = await makeTable('id integer PRIMARY KEY, note text, owner integer');
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one', 1), (2, 'two', 2)`);
    await origin.execute(`CREATE PUBLICATION narrow FOR TABLE ${table} (id, note)`);
    const copy = await follow(shapeOf(table, { equal: { owner: 1 } }));
    assert.equal(await identity(table), 'd');
    for (const change of ['UPDATE % SET owner = 1', 'UPDATE % SET owner = 2 WHERE id = 1', 'DELETE FROM % WHERE id = 2']) {
      await origin.execute(change.replace('%', table));
      await equals(copy, table, 'owner = 1');
    }
    copy.close();
    await origin.execute('DROP PUBLICATION narrow');
  });

  for (const [least, kind] of [[13, 'STORED'], [18, 'VIRTUAL']]) {
    since(least, `of a table with a generated column, ${kind}, keeps its updates and misses none`, async () => {
      const table = await makeTable(`id integer PRIMARY KEY, note text, owner integer, twice integer GENERATED ALWAYS AS (owner * 2) ${kind}`);
      await origin.execute(`INSERT INTO ${table} VALUES (1, 'one', 1), (2, 'two', 2)`);
      const copies = [[await follow(shapeOf(table, { equal: { owner: 1 } })), 'owner = 1'],
        [await follow(shapeOf(table, { equal: { twice: 2 } })), 'twice = 2']];
      for (const change of ['UPDATE % SET owner = 1', 'UPDATE % SET owner = 2 WHERE id = 1', "INSERT INTO % VALUES (3, 'three', 1)", 'DELETE FROM % WHERE id = 2']) {
        await origin.execute(change.replace('%', table));
        for (const [copy, where] of copies) await equals(copy, table, where);
      }
      for (const [copy] of copies) copy.close();
    });
  }

  since(18, 'whose generated columns others left out has them again when the gateway comes', async () => {
    const table = await makeTable('id integer PRIMARY KEY, note text, owner integer, twice integer GENERATED ALWAYS AS (owner * 2) STORED');
    const copy = await follow(shapeOf(table, { equal: { owner: 1 } }));
    assert.equal(await identity(table), 'f');
    // As pg_upgrade leaves one of an earlier version.
    await origin.execute('ALTER PUBLICATION tidemark SET (publish_generated_columns = none)');
    await assert.rejects(origin.execute(`UPDATE ${table} SET owner = 1`), { code: '42P10' });
    await origin.execute('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
    await eventually(() => origin.execute(`INSERT INTO ${table} VALUES (1, 'one', 2); UPDATE ${table} SET owner = 1`));
    await equals(copy, table);
    copy.close();
  });

  since(18, 'of a table with REPLICA IDENTITY FULL and a virtual column is refused, and its updates go on', async () => {
    const table = await makeTable('id integer PRIMARY KEY, note text, twice integer GENERATED ALWAYS AS (id * 2)');
    await origin.execute(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
    await assert.rejects(follow(shapeOf(table)), { code: '55000', message: /\("twice"\)/, hint: /REPLICA IDENTITY DEFAULT/ });
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one'); UPDATE ${table} SET note = 'two'`);
    await origin.execute(`ALTER TABLE ${table} REPLICA IDENTITY DEFAULT`);
    const copy = await follow(shapeOf(table));
    await origin.execute(`UPDATE ${table} SET note = 'three'`);
    await equals(copy, table);
    copy.close();
  });

  const generatedKey = async (identity = 'DEFAULT') => {
    const table = await makeTable('n integer, note text, id integer GENERATED ALWAYS AS (n + 1) STORED PRIMARY KEY');
    await origin.execute(`ALTER TABLE ${table} REPLICA IDENTITY ${identity}`);
    return table;
  };
  since(13, 'of a table whose key is generated is refused: the log does not have it', async () => {
    for (const identity of ['DEFAULT', 'FULL']) {
      await assert.rejects(follow(shapeOf(await generatedKey(identity))), { code: '55000', message: /generated \("id"\) of its key/ });
    }
  }, { before: 18 });
  since(18, 'of a table whose key is generated has it', async () => {
    for (const identity of ['DEFAULT', 'FULL']) {
      const table = await generatedKey(identity);
      const copy = await follow(shapeOf(table));
      for (const change of ["INSERT INTO % (n, note) VALUES (1, 'one'), (2, 'two')", 'UPDATE % SET n = 5 WHERE n = 1', 'DELETE FROM % WHERE n = 2']) {
        await origin.execute(change.replace('%', table));
        await equals(copy, table);
      }
      copy.close();
    }
  });

  since(18, 'of a table whose key only will not be NULL is refused', async () => {
    const table = await makeTable('id integer UNIQUE, note text');
    await origin.execute(`INSERT INTO ${table} VALUES (NULL, 'a'), (NULL, 'b');
      ALTER TABLE ${table} ADD CONSTRAINT known NOT NULL id NOT VALID, REPLICA IDENTITY FULL`);
    await assert.rejects(follow(shapeOf(table)), { code: '55000', message: /may be NULL/ });
  });

  describe('whose slot the server has given up', () => {
    const SLOT = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'given_up'";
    const withGateway = async (work) => {
      const pool = new pg.Pool(origin.pool.options);
      const gateway = new PGClient(pool, { replication: { slot: 'given_up' } });
      const result = await work((shape) => follow(shape, gateway));
      await gateway.close();
      await pool.end();
      return result;
    };
    const readAnew = async (setting, lose) => {
      const table = await makeTable();
      const cursor = await withGateway(async (followThere) => {
        const copy = await followThere(shapeOf(table));
        await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
        await copy.until((each) => each.rows.size === 1);
        return copy.cursor;
      });
      await origin.execute(`DELETE FROM ${table}; INSERT INTO ${table} VALUES (2, 'two')`);
      await origin.execute(`ALTER SYSTEM SET ${setting}`);
      await origin.execute('SELECT pg_reload_conf()');
      await eventually(async () => {
        await lose();
        await origin.execute('CHECKPOINT');
        assert.deepEqual(await origin.rows(SLOT), [['lost']]);
      });
      await origin.execute(`ALTER SYSTEM RESET ${setting.split(' ')[0]}`);
      await origin.execute('SELECT pg_reload_conf()');
      await withGateway(async (followThere) => {
        const copy = await followThere({ ...shapeOf(table), cursor });
        await equals(copy, table);
        await origin.execute(`INSERT INTO ${table} VALUES (3, 'three')`);
        await equals(copy, table);
      });
      await origin.execute("SELECT pg_drop_replication_slot('given_up')");
    };
    since(13, 'because its log grew too long is read anew', () => readAnew('max_slot_wal_keep_size = 1', async () => {
      await origin.execute("SELECT pg_logical_emit_message(false, 'x', repeat('x', 100000))");
      await origin.execute('SELECT pg_switch_wal()');
    }));
    since(18, 'because nobody read it is read anew', () => readAnew("idle_replication_slot_timeout = '1s'", () => sleep(300)));
  });
});
