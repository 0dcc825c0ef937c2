/**
 * Filters over a view that runs at MySQL: whatever of them is sent there, the rows are those that the filter gives here.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';

const skip = await mysqlMissing();

const ROWS = `(1, 3, 'abc', 1.50, '2026-01-31', '2026-01-31 10:00:00', TRUE), (2, 2, 'ABC', 2.00, '2026-02-01', '2026-02-01 00:00:00', FALSE),
  (3, -4, 'äbc', NULL, NULL, NULL, NULL), (4, 0, 'abc ', 10.25, '2025-12-31', '2025-12-31 23:59:59', TRUE), (5, NULL, NULL, 0, '2026-01-31', NULL, FALSE),
  (6, 7, 'x_y%', -1, '2026-06-01', '2026-06-01 12:00:00', TRUE)`;

/** Each may be sent or not. */
const FILTERS = [
  'n / 2 = 1', 'n % 3 = -1', 'n + 1 = 4', 'n * n > 8', 'n - 5 < 0', '-n = 4', 'abs(n) = 4', 'n::text = \'3\'',
  "name = 'abc'", "name <> 'abc'", "NOT (name = 'abc')", "name IN ('abc', 'x')", "name NOT IN ('abc', 'x')", "name LIKE 'ab%'", "name NOT LIKE 'ab%'",
  "name LIKE 'x\\_%'", "name > 'B'", "name BETWEEN 'a' AND 'b'", "lower(name) = 'abc'", "length(name) = 3", "name || 'x' = 'abcx'", "name ~ '^a'",
  "name IS NOT DISTINCT FROM 'abc'", "name = 'abc' OR n = 2", "(name = 'abc') IS NOT TRUE", "CASE WHEN name = 'abc' THEN n ELSE 0 END = 0",
  'd = 1.5', 'd::integer = 2', 'd IN (1.50, 10.25)', 'round(d) = 2', 'd BETWEEN 0 AND 2', 'n = d + 1.5',
  "day = '2026-01-31'", "day = 'Jan 31 2026'", "day > DATE '2026-01-31'", "at > '2026-01-31'", "at < '2026-01-31 10:00:00.5'", "at >= TIMESTAMP '2026-01-31 10:00:00'",
  "day + 1 = '2026-02-01'", 'day = at::date', 'extract(month FROM day) = 1', 'active', 'NOT active', 'active IS NOT TRUE', 'active = TRUE', 'n IS NULL AND d = 0',
];

describe('filters sent to MySQL', { skip }, () => {
  let origin;
  let db;
  const sent = [];
  before(async () => {
    origin = await openMySQL();
    await origin.execute(`CREATE TABLE t (id INT PRIMARY KEY, n INT, name VARCHAR(20), d DECIMAL(8, 2), day DATE, at DATETIME, active BOOLEAN);
      INSERT INTO t VALUES ${ROWS}`);
    const client = new MySQLClient(origin.pool);
    const query = client.query.bind(client);
    client.query = (sql, ...rest) => { sent.push(sql); return query(sql, ...rest); };
    db = new Tidemark({ getUpstreamClient: async () => client });
    await db.query(`CREATE VIEW far AS SELECT * FROM t WITH (replication_origin = 'mysql:here')`);
    await db.query('CREATE TABLE near (id integer PRIMARY KEY, n integer, name text, d numeric(8, 2), day date, at timestamp, active boolean)');
    await db.query(`INSERT INTO near VALUES ${ROWS}`);
  });
  after(async () => {
    await db?.close();
    await origin?.close();
  });

  for (const filter of FILTERS) {
    test(`the rows of ${filter}`, async () => {
      for (const tail of ['ORDER BY id', 'ORDER BY id LIMIT 1']) {
        const [far, near] = [await db.query(`SELECT id FROM far WHERE ${filter} ${tail}`), await db.query(`SELECT id FROM near WHERE ${filter} ${tail}`)];
        assert.deepEqual(far.rows, near.rows);
      }
    });
  }

  test('what means the same is sent, with the LIMIT where nothing is left out here', async () => {
    sent.length = 0;
    await db.query(`SELECT id FROM far WHERE n > 1 AND day >= '2026-01-01' ORDER BY id LIMIT 2`);
    assert.match(sent.at(-1), /WHERE .*`n` > 1 AND .*`day` >= .*'2026-01-01'.* LIMIT 2$/);
    await db.query(`SELECT id FROM far WHERE name = 'abc' ORDER BY id LIMIT 2`);
    assert.match(sent.at(-1), /WHERE .*`name` = 'abc'/);
    assert.doesNotMatch(sent.at(-1), /LIMIT/);
    await db.query(`SELECT id FROM far WHERE n / 2 = 1 AND id < 5`);
    assert.match(sent.at(-1), /WHERE .*`id` < 5/);
    assert.doesNotMatch(sent.at(-1), /`n` \/ 2/);
  });
});
