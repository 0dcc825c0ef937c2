/**
 * Views of a database whose origin is a MariaDB: rows that arrive, and writes that are queued for it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';

const skip = await mysqlMissing();

describe('views of a MariaDB', { skip }, () => {
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
});
