/**
 * Views of a database whose origin is a MariaDB: rows that arrive, and writes that are queued for it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, openMySQL, serverName } from '../lib/mysql.js';

const skip = await mysqlMissing();

describe(`views of a ${serverName}`, { skip }, () => {
  let origin;
  let client;
  let db;
  before(async () => {
    origin = await openMySQL();
    client = new MySQLClient(origin.pool);
    db = new Tidemark({ getUpstreamClient: () => client });
  });
  after(async () => {
    await db?.close();
    await client?.close();
    await origin?.close();
  });

  const view = async (name, definition, options = "replication_origin = 'mysql:main'") => {
    await origin.execute(`CREATE TABLE ${name} (${definition})`);
    await db.query(`CREATE REALTIME VIEW ${name} AS SELECT * FROM ${name} WITH (${options})`);
  };
  const shows = (sql, rows) => eventually(async () => assert.deepEqual((await db.query(sql)).rows, rows), 10_000);

  test('a realtime view follows its table', async () => {
    await view('todo', 'id INT PRIMARY KEY, title VARCHAR(100) NOT NULL, done BOOLEAN NOT NULL DEFAULT FALSE');
    await origin.execute("INSERT INTO todo (id, title) VALUES (1, 'buy milk'), (2, 'call home')");
    await shows('SELECT * FROM todo ORDER BY id', [
      { id: 1, title: 'buy milk', done: false }, { id: 2, title: 'call home', done: false }]);
    await origin.execute('UPDATE todo SET done = TRUE WHERE id = 2; DELETE FROM todo WHERE id = 1');
    await shows('SELECT * FROM todo', [{ id: 2, title: 'call home', done: true }]);
  });

  const LOCAL_FIRST = "replication_origin = 'mysql:main', write_policy = 'local_first'";
  const atOrigin = async (sql) => (await client.query(sql)).rows;
  const applied = (name) => eventually(async () => {
    const queue = (await db.sync.queue()).filter((write) => write.view === `public.${name}` || write.view?.[1] === name);
    assert.ok(queue.length > 0);
    assert.deepEqual(queue.map((write) => write.state), queue.map(() => 'applied'));
  }, 10_000);

  test('queued writes reach the table, whole transactions in order, and stop being staged', async () => {
    await view('item', "id INT PRIMARY KEY, name VARCHAR(100), stock DECIMAL(10,2) NOT NULL DEFAULT 1.50", LOCAL_FIRST);
    await db.query("INSERT INTO item (id, name) VALUES (1, 'bolt'), (2, 'nut')");
    await db.query("UPDATE item SET name = 'screw' WHERE id = 1");
    await db.query('DELETE FROM item WHERE id = 2');
    await shows('SELECT id, name, stock, __staged FROM item', [{ id: 1, name: 'screw', stock: '1.50', __staged: false }]);
    assert.deepEqual(await atOrigin('SELECT * FROM item'), [[1, 'screw', '1.50']]);
    await applied('item');
  });

  test('a write to a row that has changed meanwhile is a conflict, which is resolved', async () => {
    await view('price', `id INT PRIMARY KEY, euro INT NOT NULL,
      changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)`,
    `${LOCAL_FIRST}, upstream_mvcc_key = 'changed'`);
    await origin.execute('INSERT INTO price (id, euro) VALUES (1, 10)');
    await shows('SELECT id, euro FROM price', [{ id: 1, euro: 10 }]);
    await db.sync.stop({ public: ['price'] });
    await origin.execute('UPDATE price SET euro = 20 WHERE id = 1'); // first: what is queued goes out at once
    await db.query('UPDATE price SET euro = 11 WHERE id = 1');
    await db.sync.resume({ public: ['price'] });
    const conflicted = await eventually(async () => {
      const write = (await db.sync.queue()).find((each) => each.state === 'conflicted');
      assert.equal(write?.theirs.euro, 20);
      return write;
    }, 10_000);
    await db.sync.resolve(conflicted.id, 'retry');
    await eventually(async () => assert.deepEqual(await atOrigin('SELECT euro FROM price'), [[11]]), 10_000);
    await shows('SELECT euro, __staged FROM price', [{ euro: 11, __staged: false }]);
  });

  test('a write that the table refuses is told, and the row is as it was', async () => {
    await view('named', 'id INT PRIMARY KEY, name VARCHAR(3) NOT NULL', LOCAL_FIRST);
    await origin.execute("INSERT INTO named VALUES (1, 'abc')");
    await shows('SELECT * FROM named', [{ id: 1, name: 'abc' }]);
    const refused = [];
    const off = db.sync.on('error', (event) => refused.push(event));
    await db.query("UPDATE named SET name = 'abcd' WHERE id = 1");
    await eventually(() => assert.ok(refused.length > 0), 10_000);
    off();
    assert.equal((await db.sync.queue()).at(-1).last_error_code, '22001');
    await shows('SELECT * FROM named', [{ id: 1, name: 'abc' }]);
  });

  test('a view of another database than the connection has is read and written there', async () => {
    await origin.execute(`CREATE DATABASE shop; CREATE TABLE shop.todo (id INT PRIMARY KEY, note TEXT); INSERT INTO shop.todo VALUES (1, 'here')`);
    await db.query(`CREATE REALTIME VIEW notes AS SELECT * FROM shop.todo WITH (${LOCAL_FIRST})`);
    await shows('SELECT * FROM notes', [{ id: 1, note: 'here' }]);
    await db.query("UPDATE notes SET note = 'there' WHERE id = 1");
    await eventually(async () => assert.deepEqual(await atOrigin('SELECT * FROM shop.todo'), [[1, 'there']]), 10_000);
    await origin.execute("INSERT INTO shop.todo VALUES (2, 'new')");
    await shows('SELECT * FROM notes ORDER BY id', [{ id: 1, note: 'there' }, { id: 2, note: 'new' }]);
  });

  test('a write through a runtime view is carried out at once', async () => {
    await db.query("CREATE VIEW todo_now AS SELECT * FROM todo WITH (replication_origin = 'mysql:main')");
    await db.query("UPDATE todo_now SET title = 'changed' WHERE id = 2");
    assert.deepEqual(await atOrigin('SELECT title FROM todo WHERE id = 2'), [['changed']]);
  });

  test('a write through a runtime view that could mean something else there is refused', async () => {
    await origin.execute(`CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_general_ci, n INT, price DECIMAL(8, 2), at DATETIME);
      INSERT INTO things VALUES (1, 'abc', 7, 1.50, NULL), (2, 'ABC', 8, NULL, '2026-01-31 10:00:00')`);
    await db.query("CREATE VIEW things AS SELECT * FROM things WITH (replication_origin = 'mysql:main')");
    // There 'ABC' is 'abc', and 7 / 2 is 3.5.
    const refused = ["DELETE FROM things WHERE name = 'abc'", "DELETE FROM things WHERE id = 1 AND name <> 'x'",
      "DELETE FROM things WHERE length(name) = 3", 'UPDATE things SET n = 1 WHERE n / 2 = 3', 'UPDATE things SET n = n / 2',
      "UPDATE things SET name = name || 'x' WHERE id = 1", "DELETE FROM things WHERE name IN ('abc', 'x')",
      'UPDATE things SET n = CAST(price AS integer) WHERE id = 1', "DELETE FROM things WHERE name LIKE 'a%'"];
    for (const sql of refused) await assert.rejects(db.query(sql), { code: '0A000' }, sql);
    assert.deepEqual(await atOrigin('SELECT COUNT(*) FROM things'), [[2]]);
    const sent = [
      ['UPDATE things SET n = n + 1, name = $1, price = $2 WHERE id = $3', ['new', '2.75', 1]],
      ["UPDATE things SET n = n - 3, at = '2026-02-01 00:00:00', price = NULL WHERE n BETWEEN 8 AND 9 AND id IN (2, 3)"],
      ['UPDATE things SET price = 5 WHERE price IS NULL AND NOT id = 1'],
      ["DELETE FROM things WHERE at < '2020-01-01 00:00:00' OR n > 100"],
    ];
    for (const [sql, parameters] of sent) await db.query(sql, parameters);
    assert.deepEqual(await atOrigin('SELECT id, name, n, CAST(price AS CHAR), CAST(at AS CHAR) FROM things ORDER BY id'),
      [[1, 'new', 8, '2.75', null], [2, 'ABC', 5, '5.00', '2026-02-01 00:00:00']]);
    await db.query('DELETE FROM things WHERE id = 1 OR n = 5');
    assert.deepEqual(await atOrigin('SELECT COUNT(*) FROM things'), [[0]]);
  });

  test('a view of several tables is read anew when one of them changes', async () => {
    await origin.execute(`CREATE TABLE author (id INT PRIMARY KEY, name TEXT); CREATE TABLE book (id INT PRIMARY KEY, author INT);
      INSERT INTO author VALUES (1, 'Ada'); INSERT INTO book VALUES (1, 1), (2, 1)`);
    await db.query(`CREATE REALTIME VIEW written AS SELECT a.name, count(*) AS n FROM author a JOIN book b ON b.author = a.id GROUP BY a.name
      WITH (replication_origin = 'mysql:main')`);
    await shows('SELECT * FROM written', [{ name: 'Ada', n: 2 }]);
    await origin.execute("INSERT INTO book VALUES (3, 1)");
    await shows('SELECT * FROM written', [{ name: 'Ada', n: 3 }]);
  });
});
