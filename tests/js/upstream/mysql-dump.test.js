/**
 * What mariadb-dump writes about a real MariaDB is read by `exec`, and means here what it means there.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { dump, dumpMissing, mysqlMissing, openMySQL, serverName } from '../lib/mysql.js';

const skip = await mysqlMissing() || dumpMissing();

const SCHEMA = `
  CREATE TABLE customer (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    \`Name\` VARCHAR(60) NOT NULL DEFAULT '' COMMENT 'it''s a name',
    kind ENUM('new', 'Old', 'it''s; -- ') NOT NULL DEFAULT 'new',
    email VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci UNIQUE,
    updated TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    made DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),
    price DECIMAL(8, 2), ratio DOUBLE, born DATE, note TEXT, picture BLOB, flag TINYINT(1) DEFAULT 1,
    KEY name_kind (\`Name\`(10), kind)
  ) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='who buys';
  CREATE TABLE z_parent (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, UNIQUE KEY email (id));
  CREATE TABLE a_child (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, customer INT UNSIGNED NOT NULL, parent BIGINT UNSIGNED, boss BIGINT UNSIGNED,
    KEY name_kind (customer),
    CONSTRAINT to_customer FOREIGN KEY (customer) REFERENCES customer (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES z_parent (id) ON DELETE SET NULL,
    CONSTRAINT to_boss FOREIGN KEY (boss) REFERENCES a_child (id)
  ) AUTO_INCREMENT=500;
  CREATE VIEW expensive AS SELECT c.\`Name\`, c.price FROM customer c WHERE c.price > 5;
  SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO');
  INSERT INTO customer (id, \`Name\`, kind, email, price, ratio, born, note, picture) VALUES
    (0, 'Zero', 'Old', NULL, 0.50, 1.5e100, '2000-02-29', 'a\\nb\\\\c''d"e\\t;', X'00FF2700'),
    (7, 'Bób 😀', 'it''s; -- ', 'a@b', 9.99, NULL, NULL, '/*!40101 no */ -- none', '');
  INSERT INTO z_parent VALUES (9007199254740993);
  INSERT INTO a_child (id, customer, parent, boss) VALUES (3, 7, 9007199254740993, NULL), (4, 0, NULL, 3)`;

describe(`a dump of a ${serverName}`, { skip }, () => {
  let origin;
  let db;
  let text;
  before(async () => {
    origin = await openMySQL();
    await origin.execute(SCHEMA);
    text = await dump(origin);
    db = new Tidemark({ dialect: 'mysql' });
    await db.exec(text);
  });
  after(async () => {
    await db?.close();
    await origin?.close();
  });

  /** @param {string} sql */
  const here = async (sql) => (await db.query(sql, [], { rowMode: 'array' })).rows;

  test('every row is there', async () => {
    const connection = await origin.pool.promise().getConnection();
    await connection.query("SET time_zone = '+00:00'");
    for (const table of ['customer', 'z_parent', 'a_child', 'expensive']) {
      const sql = `SELECT * FROM ${table} ORDER BY 1`;
      const [theirs] = await connection.query({ sql, rowsAsArray: true,
        typeCast: (field) => (field.name === 'picture' ? field.buffer() : field.string()) });
      const ours = await here(sql);
      assert.ok(ours.length > 0);
      assert.deepEqual(ours.map((row) => row.map(plain)), theirs.map((row) => row.map(plain)));
    }
    connection.release();
  });

  test('foreign keys hold, also those to tables that came later', async () => {
    await assert.rejects(db.query('INSERT INTO a_child (customer) VALUES (99)'), { code: '23503' });
    await assert.rejects(db.query('INSERT INTO a_child (customer, parent) VALUES (7, 1)'), { code: '23503' });
    await assert.rejects(db.query('INSERT INTO a_child (customer, boss) VALUES (7, 1000)'), { code: '23503' });
    await db.query('DELETE FROM z_parent');
    assert.deepEqual(await here('SELECT parent FROM a_child WHERE ID = 3'), [[null]]);
  });

  test('numbers go on where the server would', async () => {
    await db.query('INSERT INTO a_child (customer) VALUES (7)');
    assert.deepEqual(await here('SELECT MAX(id) FROM a_child'), [[500]]);
  });

  const differs = serverName === 'MySQL' && 'tables are shown as a MariaDB shows them';
  test('what is created is shown as there', { skip: differs }, async () => {
    const [fields] = await origin.pool.promise().query({ sql: 'SHOW COLUMNS FROM customer', rowsAsArray: true });
    const theirs = fields.map(([name, type, , , , extra]) => [name, type, extra]);
    const ours = (await here('SHOW COLUMNS FROM customer')).map(([name, type, , , , extra]) => [name, type, extra]);
    // TIMESTAMP is kept as DATETIME, TINYINT(1) as TINYINT.
    const alike = ([name, type, extra]) => [name, type.replace('timestamp', 'datetime').replace('(1)', '(4)'), extra];
    assert.deepEqual(ours.map(alike), theirs.map(alike));
  });

  test('a dump that fails leaves nothing', async () => {
    const other = new Tidemark({ dialect: 'mysql' });
    await assert.rejects(other.exec(`${text}\nSELECT nothing;`), { code: '42703' });
    assert.deepEqual((await other.query('SHOW TABLES')).rows, []);
    await other.close();
  });
});

/**
 * A value as both give it: bytes in hexadecimal, numbers by their digits, times without zeros at their ends.
 * @param {any} value
 */
function plain(value) {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const text = String(value);
  if (/^\d{4}-\d\d-\d\d .*\./.test(text)) return text.replace(/\.?0+$/, '');
  return /^\d[\d.]*e\+?\d+$/.test(text) ? String(Number(text)) : text;
}
