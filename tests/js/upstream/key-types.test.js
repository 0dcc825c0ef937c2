/**
 * A realtime view whose key is of a type that is text here and another at its PostgreSQL follows its rows and takes writes.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tidemark } from '../../../js-bindings/index.js';
import { eventually } from '../lib/eventually.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';

const skip = postgresPrograms() ? false : 'no PostgreSQL server is installed';

describe('a key of another type', { skip }, () => {
  let origin;
  let db;
  let number = 0;
  before(async () => {
    origin = await openPostgres();
    const client = origin.client();
    db = new Tidemark({ getUpstreamClient: async () => client });
    await origin.execute("CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN code AS text; CREATE TYPE numbers AS RANGE (subtype = integer); CREATE EXTENSION btree_gist");
  });
  after(async () => {
    await db.close();
    await origin.close();
  });

  for (const { name, column = 'k', columns, one, two, since = 13 } of [
    { name: 'an enum', columns: 'k mood PRIMARY KEY', one: "'good'", two: "'bad'" },
    { name: 'an address', columns: 'k inet PRIMARY KEY', one: "'10.0.0.1'", two: "'10.0.0.2'" },
    { name: 'a range', columns: 'k daterange PRIMARY KEY', one: "'[2026-01-01,2026-01-05)'", two: "'[2026-02-01,2026-02-05)'" },
    { name: 'a range of somebody\'s own', columns: 'k numbers PRIMARY KEY', one: "'[1,5)'", two: "'[5,7)'" },
    { name: 'a domain over text', columns: 'k code PRIMARY KEY', one: "'a'", two: "'b'" },
    { name: 'text with odd characters', column: 'it\'s "\\k"', columns: '"it\'s ""\\k""" text PRIMARY KEY', one: "'it''s \\ \"'", two: "''" },
    { name: 'characters with blanks at the end', columns: 'k char(4) PRIMARY KEY', one: "'a'", two: "'b'" },
    {
      name: 'a period that overlaps no other of its number', since: 18, columns: 'k daterange, PRIMARY KEY (n, k WITHOUT OVERLAPS)',
      one: "'[2026-01-01,2026-01-05)'", two: "'[2026-02-01,2026-02-05)'",
    },
  ]) {
    test(name, async (t) => {
      const version = Number((await origin.rows('SHOW server_version_num'))[0][0]) / 10_000;
      if (version < since) return t.skip(`PostgreSQL ${Math.floor(version)}`);
      const table = `"odd ""table"" ${++number}"`;
      const key = `"${column.replaceAll('"', '""')}"`;
      const same = () => eventually(async () => {
        const sql = `SELECT ${key}, n FROM ${table}`;
        const staged = await db.query(`SELECT count(*)::integer FROM ${table} WHERE __staged`, [], { rowMode: 'array' });
        assert.deepEqual(staged.rows, [[0]]);
        const { rows } = await db.query(sql, [], { rowMode: 'array' });
        assert.deepEqual(rows.map(String).sort(), (await origin.rows(sql)).map(String).sort());
      });
      await origin.execute(`CREATE TABLE ${table} (n integer, ${columns}); INSERT INTO ${table} (${key}, n) VALUES (${one}, 1)`);
      await db.query(`CREATE REALTIME VIEW ${table} AS SELECT * FROM ${table} WITH (replication_origin = 'postgres:main', write_policy = 'local_first')`);
      await same();
      for (const statement of [`UPDATE ${table} SET n = 2`, `INSERT INTO ${table} (${key}, n) VALUES (${two}, 5)`,
        `UPDATE ${table} SET n = 3 WHERE ${key} = ${one}`, `DELETE FROM ${table} WHERE ${key} = ${one}`]) {
        await origin.execute(statement);
        await same();
      }
      await db.query(`UPDATE ${table} SET n = 6`);
      await db.query(`INSERT INTO ${table} (${key}, n) VALUES (${one}, 7)`);
      await same();
      assert.deepEqual(await origin.rows(`SELECT n FROM ${table} ORDER BY n`), [[6], [7]]);
    });
  }
});
