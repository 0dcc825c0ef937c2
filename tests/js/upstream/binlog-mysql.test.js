/**
 * Realtime views of a MySQL, where its binary log differs from a MariaDB's: what is in the log before snapshots see it, what of
 * it cannot be read, its tables and its users.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/eventually.js';
import { FollowedMySQL } from '../lib/followed-mysql.js';
import { LOG_END, mysqlMissing, serverName } from '../lib/mysql.js';
import { ShapeCopy } from '../lib/shape-copy.js';

const skip = await mysqlMissing() || (serverName === 'MySQL' ? false : 'MYSQLD names no MySQL');

describe('the binary log of a MySQL alone', { skip }, () => {
  const server = new FollowedMySQL();
  const { makeTable, shapeOf, follow, equals, another } = server;
  before(server.open);
  after(server.close);

  test('a transaction that is in the log and that no snapshot sees yet is not passed over', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    // Between the log and the commit it waits for a replica that does not come, which gets what is in the log meanwhile: as we do.
    await server.origin.execute(`INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so';
      SET GLOBAL rpl_semi_sync_source_timeout = 1500; SET GLOBAL rpl_semi_sync_source_enabled = ON`);
    const inserted = server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    await sleep(500);
    const { rows } = await server.client.query(`SELECT count(*) FROM ${name}`);
    assert.deepEqual(rows, [[0]]);
    const early = follow(shape); // begins while it waits
    await inserted;
    await server.origin.execute(`SET GLOBAL rpl_semi_sync_source_enabled = OFF; UNINSTALL PLUGIN rpl_semi_sync_source`);
    const copies = [copy, await early];
    for (const each of copies) await each.until(({ rows: known }) => known.size === 1);
    await sleep(300);
    for (const each of copies) {
      await equals(each, shape);
      each.close();
    }
  });

  test('views of tables that rest write nothing into the log, however often they are looked at', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const others = [await another({}, { pollInterval: 30 }), await another({}, { pollInterval: 30 })];
    const copies = [];
    for (const other of others) copies.push(await follow(shape, { by: other.client }));
    const end = async () => (await server.client.query(LOG_END)).rows[0][1];
    const rests = () => eventually(async () => {
      const before = await end();
      await sleep(300);
      assert.equal(await end(), before);
    });
    await rests();
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    for (const copy of copies) await eventually(() => equals(copy, shape));
    await rests();
    for (const copy of copies) copy.close();
    for (const other of others) await other.close();
  });

  test('a barrier that somebody has emptied or dropped is made again', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    for (const [at, statement] of ['TRUNCATE', 'DROP TABLE'].entries()) {
      await server.origin.execute(`${statement} tidemark_origin.barrier; INSERT INTO ${name} VALUES (${at}, 'after')`);
      await eventually(() => equals(copy, shape));
    }
    assert.equal(copy.lostWith, null);
    copy.close();
  });

  test('writers that never rest are followed without a gap', async () => {
    const shape = shapeOf(await makeTable('id INT AUTO_INCREMENT PRIMARY KEY, v INT'));
    const { relation: { name } } = shape;
    let writing = true;
    const write = async () => {
      for (let i = 0; writing; i++) {
        await server.origin.pool.promise().query(i % 3 === 2 ? `DELETE FROM ${name} ORDER BY id LIMIT 1` : `INSERT INTO ${name} (v) VALUES (${i})`);
      }
    };
    const writers = [write(), write(), write(), write()];
    const copies = [];
    for (let i = 0; i < 8; i++) {
      copies.push(await follow(shape));
      await sleep(150);
    }
    writing = false;
    await Promise.all(writers);
    for (const copy of copies) {
      await eventually(() => equals(copy, shape));
      assert.deepEqual([copy.snapshots, copy.lostWith], [1, null]);
      copy.close();
    }
  });

  for (const { name, wrong, right } of [
    { name: 'binlog_order_commits', wrong: 'OFF', right: 'ON' },
    { name: 'binlog_transaction_compression', wrong: 'ON', right: 'OFF' },
    { name: 'binlog_row_value_options', wrong: 'PARTIAL_JSON', right: '' },
  ]) {
    test(`a server whose ${name} is ${wrong} is refused, with what to do`, async () => {
      await server.origin.execute(`SET GLOBAL ${name} = '${wrong}'`);
      const other = await another();
      try {
        await assert.rejects(other.client.subscribe(shapeOf(await makeTable()), new ShapeCopy(['id']).sink),
          { code: '55000', hint: new RegExp(`SET GLOBAL ${name}`) });
      } finally {
        await server.origin.execute(`SET GLOBAL ${name} = '${right}'`);
        await other.close();
      }
    });
  }

  for (const setting of ["binlog_transaction_compression = 'ON'", "binlog_row_value_options = 'PARTIAL_JSON'"]) {
    test(`what a session writes that has set ${setting} arrives, though it cannot be read in the log`, async () => {
      const shape = shapeOf(await makeTable('id INT PRIMARY KEY, v JSON'));
      const { relation: { name } } = shape;
      const list = JSON.stringify({ a: 1, text: 'x'.repeat(500) });
      await server.origin.execute(`INSERT INTO ${name} VALUES (1, '${list}')`);
      const copy = await follow(shape);
      const writer = await server.origin.pool.promise().getConnection();
      await writer.query(`SET SESSION ${setting}`);
      await writer.query(`UPDATE ${name} SET v = JSON_REPLACE(v, '$.a', 2) WHERE id = 1`);
      writer.destroy();
      await eventually(() => equals(copy, shape));
      await server.origin.execute(`INSERT INTO ${name} VALUES (2, '[]')`);
      await eventually(() => equals(copy, shape));
      assert.equal(copy.lostWith, null);
      copy.close();
    });
  }

  for (const [what, definition, insert, change] of [
    ['an invisible column', 'id INT PRIMARY KEY, hidden INT DEFAULT 5 INVISIBLE, v INT', '(id, v) VALUES (1, 1), (2, 2)', 'v = v + hidden'],
    ['generated columns', 'w INT AS (v * 2) VIRTUAL, id INT PRIMARY KEY, s INT AS (v + 1) STORED, v INT', '(id, v) VALUES (1, 1), (2, 2)', 'v = 7'],
    ['a generated key', 'v INT, a INT, id INT AS (a * 10) STORED PRIMARY KEY', '(v, a) VALUES (1, 1), (2, 2)', 'v = 7'],
    ['an index of an expression', 'id INT PRIMARY KEY, v INT, UNIQUE KEY ((v + 1))', '(id, v) VALUES (1, 1), (2, 2)', 'v = v + 10'],
    ['JSON', 'id INT PRIMARY KEY, v JSON', `(id, v) VALUES (1, '{"b": [1, 2.5, null, "\u{1F30A}"]}'), (2, '7')`, "v = JSON_ARRAY(v)"],
    ['a key of the newest collation', 'id VARCHAR(20) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY, v INT', "VALUES ('\u00e9', 1), ('Z ', 2), ('z', 3)", 'v = 9'],
    ['fractions of seconds', 'id DATETIME(3) PRIMARY KEY, v TIMESTAMP(6) NULL', "VALUES ('2024-02-29 12:00:00.5', '2024-02-29 12:00:00.000001')", "v = '2024-07-01 00:00:00'"],
    ['columns of kinds that MySQL alone has', 'id INT PRIMARY KEY, g POINT, b BIT(5), e ENUM("a", "b"), st SET("x", "y"), v INT',
      "VALUES (1, ST_GeomFromText('POINT(1 2)'), 3, 'a', 'x,y', 1)", "v = 2, g = NULL, st = 'y'"],
  ]) {
    test(`a table with ${what} is followed`, async () => {
      const shape = shapeOf(await makeTable(definition));
      const { relation: { name } } = shape;
      const copy = await follow(shape);
      await server.origin.execute(`INSERT INTO ${name} ${insert}`);
      await eventually(() => equals(copy, shape));
      assert.ok(copy.rows.size > 0);
      await server.origin.execute(`UPDATE ${name} SET ${change} ORDER BY id`);
      await eventually(() => equals(copy, shape));
      await server.origin.execute(`DELETE FROM ${name} LIMIT 1`);
      await eventually(() => equals(copy, shape));
      assert.deepEqual([copy.snapshots, copy.lostWith], [1, null]);
      copy.close();
    });
  }

  test('CREATE TABLE … SELECT is one transaction, behind which the log goes on', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one'); CREATE TABLE ${name}_made (PRIMARY KEY (id)) SELECT * FROM ${name};
      INSERT INTO ${name} VALUES (2, 'two')`);
    await eventually(() => equals(copy, shape));
    const made = await follow(shapeOf(`${name}_made`));
    await server.origin.execute(`INSERT INTO ${name}_made VALUES (3, 'three')`);
    await eventually(() => equals(made, shapeOf(`${name}_made`)));
    for (const each of [copy, made]) {
      assert.equal(each.lostWith, null);
      each.close();
    }
  });

  test('a user of caching_sha2_password needs the rights that the documentation names, and no others', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`CREATE USER reader IDENTIFIED WITH caching_sha2_password BY 'se''cret';
      GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO reader; GRANT SELECT ON tidemark.* TO reader; GRANT ALL ON tidemark_origin.* TO reader`);
    const other = await another({ user: 'reader', password: "se'cret" });
    const copy = await follow(shape, { by: other.client });
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    await eventually(() => equals(copy, shape));
    copy.close();
    await other.close();
    await server.origin.execute(`DELETE FROM ${name}; INSERT INTO ${name} VALUES (2, 'two')`);
    const later = await another({ user: 'reader', password: "se'cret" });
    const again = await follow(shape, { copy, by: later.client });
    await eventually(() => equals(again, shape));
    assert.equal(again.snapshots, 1);
    again.close();
    await later.close();
  });
});
