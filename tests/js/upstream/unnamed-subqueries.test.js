/**
 * Subqueries in FROM need no alias here, as in PostgreSQL since version 16; an older one, and MariaDB, are sent one.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';

const openMariaDB = async () => {
  const origin = await openMySQL();
  return { ...origin, client: () => new MySQLClient(origin.pool) };
};

for (const { name, dialect, open, skip } of [
  { name: 'PostgreSQL', dialect: 'postgres', open: openPostgres, skip: postgresPrograms() ? false : 'no PostgreSQL server is installed' },
  { name: 'MariaDB', dialect: 'mysql', open: openMariaDB, skip: await mysqlMissing() },
]) {
  describe(`a view of a ${name}`, { skip }, () => {
    let origin;
    let client;
    let db;
    before(async () => {
      origin = await open();
      client = origin.client();
      db = new Tidemark({ getUpstreamClient: async () => client });
      await origin.execute('CREATE TABLE item (id integer PRIMARY KEY, n integer); INSERT INTO item VALUES (1, 10), (2, 20)');
    });
    after(async () => {
      await db.close();
      await client.close();
      await origin.close();
    });

    for (const [what, query, rows] of [
      ['two', 'SELECT a, b FROM (SELECT id AS a FROM item), (SELECT n AS b FROM item)', [[1, 10], [1, 20], [2, 10], [2, 20]]],
      ['one in another', 'SELECT * FROM (SELECT * FROM (SELECT id, n FROM item WHERE n > 10))', [[2, 20]]],
      ['one beside a table that is called alike', 'SELECT unnamed_subquery_1.id, x FROM item unnamed_subquery_1 JOIN (SELECT 5 AS x) ON true', [[1, 5], [2, 5]]],
      ['one in a condition', 'SELECT id, n FROM item WHERE id IN (SELECT * FROM (SELECT 1 AS one))', [[1, 10]]],
    ]) {
      for (const kind of ['', 'MATERIALIZED ']) {
        test(`with subqueries without alias, ${what}${kind && ', kept'}`, async () => {
          await db.query(`CREATE ${kind}VIEW v AS ${query} WITH (replication_origin = '${dialect}:main')`);
          try {
            const answer = await db.query('SELECT * FROM v ORDER BY 1, 2', [], { rowMode: 'array' });
            assert.deepEqual(answer.rows, rows);
          } finally {
            await db.query(`DROP ${kind}VIEW v`);
          }
        });
      }
    }
  });
}
