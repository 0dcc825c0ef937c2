/**
 * MySQLClient over a real server: every kind of value, transactions, errors, aborted statements.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';

const skip = await mysqlMissing();

const VALUES = [
  ['BOOLEAN', true, 'boolean'], ['BOOLEAN', false, 'boolean'],
  ['TINYINT', -128, 'smallint'], ['SMALLINT UNSIGNED', 65535, 'integer'], ['MEDIUMINT', -5, 'integer'],
  ['INT', 2147483647, 'integer'], ['INT UNSIGNED', 4294967295, 'bigint'],
  ['BIGINT', 9007199254740993n, 'bigint'], ['BIGINT', 7, 'bigint'],
  ['BIGINT UNSIGNED', '18446744073709551615', 'numeric'],
  ['FLOAT', 1.5, 'real'], ['DOUBLE', 0.1, 'double precision'],
  ['DECIMAL(30,10)', '12345678901234567890.0000000001', 'numeric'],
  ['VARCHAR(100)', 'a\'b"c\\d\n\u{1F30A}', 'text'], ['TEXT', '', 'text'], ['CHAR(4)', 'x', 'text'],
  ['BLOB', new Uint8Array([0, 255, 39, 92]), 'bytea'], ['VARBINARY(10)', new Uint8Array([1]), 'bytea'],
  ['BIT(9)', new Uint8Array([1, 2]), 'bytea'],
  ['DATE', '2024-02-29', 'date'], ['TIME(3)', '-26:59:59.123', 'time without time zone'],
  ['DATETIME(6)', '2024-02-29 12:00:00.000001', 'timestamp without time zone'],
  ['YEAR', 2024, 'integer'],
];

describe('MySQLClient', { skip }, () => {
  let origin;
  let client;
  before(async () => {
    origin = await openMySQL();
    client = new MySQLClient(origin.pool);
  });
  after(() => origin?.close());

  for (const [at, [type, value, name]] of VALUES.entries()) {
    test(`${type} is read as it was sent`, async () => {
      await origin.execute(`CREATE TABLE v${at} (v ${type})`);
      assert.deepEqual(await client.query(`INSERT INTO v${at} VALUES (?), (?)`, [value, null]),
        { rows: [], fields: [], rowCount: 2 });
      assert.deepEqual(await client.query(`SELECT v FROM v${at}`),
        { rows: [[value], [null]], fields: [{ name: 'v', type: name }], rowCount: 2 });
      if (type.startsWith('BIT')) return; // compares as a number
      assert.deepEqual((await client.query(`SELECT count(*) FROM v${at} WHERE v = ?`, [value])).rows, [[1]]);
    });
  }

  test('a timestamp is in UTC, whatever the zone of the server', async () => {
    await origin.execute('CREATE TABLE moment (t TIMESTAMP)');
    await client.query('INSERT INTO moment VALUES (?)', ['2024-02-29 06:30:00']);
    assert.deepEqual((await client.query('SELECT t FROM moment')).rows, [['2024-02-29 06:30:00+00']]);
    await origin.execute(`SET time_zone = '+05:30'; UPDATE moment SET t = '2024-02-29 12:00:00'`);
    assert.deepEqual((await client.query('SELECT t FROM moment')).rows, [['2024-02-29 06:30:00+00']]);
  });

  test('rowCount counts the rows that an UPDATE found, changed or not', async () => {
    await origin.execute('CREATE TABLE counted (a INT); INSERT INTO counted VALUES (1), (2)');
    assert.equal((await client.query('UPDATE counted SET a = 1')).rowCount, 2);
    assert.equal((await client.query('DELETE FROM counted WHERE a > ?', [5])).rowCount, 0);
  });

  test('a transaction commits or is undone', async () => {
    await origin.execute('CREATE TABLE account (id INT PRIMARY KEY)');
    await client.transaction((tx) => tx.query('INSERT INTO account VALUES (?)', [1]));
    const reason = new Error('no');
    await assert.rejects(client.transaction(async (tx) => {
      await tx.query('INSERT INTO account VALUES (2)');
      throw reason;
    }), reason);
    assert.deepEqual((await client.query('SELECT * FROM account')).rows, [[1]]);
  });

  test('errors have the SQLSTATE that PostgreSQL would give', async () => {
    await assert.rejects(client.query('SELEC'), { code: '42601' });
    await assert.rejects(client.query('SELECT * FROM nowhere'), { code: '42P01' });
    await assert.rejects(client.query('SELECT nope FROM account'), { code: '42703' });
    await assert.rejects(client.query('INSERT INTO account VALUES (1)'), { code: '23505', transient: false });
    await assert.rejects(client.query('SELECT 1; SELECT 2'), { code: '42601' });
    await assert.rejects(client.query('SELECT ?', [NaN]), { code: '22003' });
    await assert.rejects(client.query('SELECT ?', [new Date()]), { code: '22023' });
  });

  test('an aborted statement stops at the server', async () => {
    await assert.rejects(client.query('SELECT SLEEP(20)', [], { signal: AbortSignal.timeout(50) }), { code: '57014' });
    const { rows } = await client.query(`SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(20)%' AND id <> CONNECTION_ID()`);
    assert.deepEqual(rows, [[0]]);
  });

  test('a server that is not there, and a closed client, are out of reach', async () => {
    const { default: mysql } = await import('mysql2');
    const pool = mysql.createPool({ socketPath: '/nowhere/at/all' });
    await assert.rejects(new MySQLClient({ pool }).query('SELECT 1'), { code: '08006', transient: true });
    pool.end();
    const closed = new MySQLClient(origin.pool);
    await closed.close();
    await assert.rejects(closed.query('SELECT 1'), { code: '08006' });
    assert.throws(() => new MySQLClient({}), { code: '22023' });
  });
});
