/**
 * A restricted client reaches the listed relations and nothing else, whatever the statement looks like.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { applyUntilRefused } from '../lib/apply-until-refused.js';
import { origins } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const LISTED = [{ schema: 'public', name: 'job' }, { schema: 'public', name: 'overview' }, { schema: 'public', name: 'measure' }];

for (const { name, open, skip } of origins.filter((each) => each.name !== 'EdgeClient')) {
  describe(name, { skip }, () => {
    let origin;
    let client;
    before(async () => {
      origin = await open();
      client = origin.client().restrict(LISTED);
      await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text);
        CREATE TABLE base (id integer); CREATE VIEW inner_view AS SELECT * FROM base;
        CREATE VIEW overview AS SELECT job.id FROM job LEFT JOIN inner_view USING (id);
        CREATE TABLE measure (id integer PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE measure_low PARTITION OF measure FOR VALUES FROM (0) TO (10);
        CREATE TABLE secret (id integer PRIMARY KEY, note text); INSERT INTO secret VALUES (1, 'secret');
        CREATE FUNCTION peek() RETURNS text LANGUAGE sql AS 'SELECT note FROM secret';
        CREATE SCHEMA other; CREATE TABLE other.job (id integer)`);
      await client.apply({ client: 'c', transaction: 1, writes: [] });
    });
    after(() => origin.close());
    beforeEach(() => origin.execute(`TRUNCATE job; INSERT INTO job VALUES (1, 'one')`));

    test('what is listed can be read and written, through views and partitions too', async () => {
      assert.deepEqual((await client.query('SELECT * FROM job')).rows, [[1, 'one']]);
      assert.deepEqual((await client.query(' /* a /* nested */ one */ -- line\n (SELECT id FROM overview)')).rows, [[1]]);
      assert.equal((await client.query('INSERT INTO measure VALUES (1)')).rowCount, 1);
      assert.equal((await client.query('WITH x AS (SELECT 2 AS id) INSERT INTO job SELECT id FROM x')).rowCount, 1);
      assert.deepEqual((await client.query('SELECT count(*) FROM job')).rows, [[2]]);
      assert.deepEqual((await client.query('SELECT 1')).rows, [[1]]);
    });

    for (const sql of [
      'SELECT * FROM secret',
      'SELECT * FROM secret FOR KEY SHARE',
      'SELECT (SELECT note FROM secret)',
      'SELECT peek()',
      `SELECT query_to_xml('SELECT * FROM sec' || 'ret', true, false, '')`,
      'SELECT note::integer FROM secret',
      'SELECT * FROM other.job',
      'SELECT * FROM tidemark_origin.applied',
      'DELETE FROM secret',
      'TABLE secret',
      'WITH x AS (DELETE FROM secret RETURNING *) INSERT INTO job SELECT * FROM x RETURNING *',
      `UPDATE job SET note = (SELECT note FROM secret) RETURNING note`,
      'COMMIT',
      '/**/ rollback',
      ';COMMIT',
      'DO $$ BEGIN DELETE FROM secret; END $$',
      'SET ROLE postgres',
      'COPY secret TO STDOUT',
      'DROP TABLE job',
      'CREATE TABLE mine (id integer)',
      '',
      '/* open',
    ]) {
      test(`refused, and undone: ${sql}`, async () => {
        await assert.rejects(client.query(sql), { code: '42501' });
        await assert.rejects(client.transaction(async (tx) => {
          await tx.query(`UPDATE job SET note = 'half'`);
          await tx.query(sql);
        }), { code: '42501' });
        const applied = await client.apply({ client: 'c', transaction: 77, writes: [{ sql, params: [] }] });
        assert.deepEqual([applied.state, applied.error.code], ['refused', '42501']);
        assert.deepEqual(await origin.rows('SELECT * FROM job'), [[1, 'one']]);
        assert.deepEqual(await origin.rows('SELECT * FROM secret'), [[1, 'secret']]);
      });
    }

    for (const rest of ['COMMIT; DELETE FROM secret', 'DELETE FROM secret', 'COMMIT', 'SELECT note FROM secret']) {
      test(`one statement is one statement, not ${rest} after another`, async () => {
        for (const params of [[], ['[1]']]) {
          const sql = `SELECT ${params.length > 0 ? '$1::text' : 1}; ${rest}`;
          await assert.rejects(client.query(sql, params), { code: '42601' });
          await assert.rejects(client.transaction((tx) => tx.query(sql, params)), { code: '42601' });
          const applied = await client.apply({ client: 'c', transaction: 79, writes: [{ sql, params }] });
          assert.deepEqual([applied.state, applied.error.code], ['refused', '42601']);
        }
        assert.deepEqual(await origin.rows('SELECT * FROM secret'), [[1, 'secret']]);
      });
    }

    test('an error inside a function quotes no row', async () => {
      await assert.rejects(client.query(`SELECT query_to_xml('SELECT note::integer FROM secret', true, false, '')`),
        { code: '22P02', message: 'the statement failed inside a function' });
      await assert.rejects(client.query(`SELECT note::integer FROM job`), { code: '22P02', message: /"one"/ });
    });

    test('the row that a conflict shows is restricted too', async () => {
      const write = {
        sql: 'UPDATE job SET id = id WHERE false', params: [], conflict: { sql: 'SELECT * FROM secret', params: [] },
      };
      await assert.rejects(client.apply({ client: 'c', transaction: 78, writes: [write] }), { code: '42501' });
    });

    test('of transactions that are sent together, the one that touches another relation is refused', async () => {
      const insert = (id) => ({ sql: 'INSERT INTO job VALUES ($1) RETURNING id', params: [id] });
      const transactions = [[insert(2)], [insert(3)], [{ sql: 'DELETE FROM secret WHERE id = $1', params: [1] }], [insert(4)]]
        .map((writes, index) => ({ transaction: 100 + index, writes }));
      const results = await applyUntilRefused(client, { client: 'together', transactions });
      assert.deepEqual(results.map(({ state, error }) => error?.code ?? state), ['applied', 'applied', '42501']);
      assert.deepEqual(await origin.rows('SELECT id FROM job ORDER BY id'), [[1], [2], [3]]);
      assert.deepEqual(await origin.rows('SELECT * FROM secret'), [[1, 'secret']]);
    });

    for (const sql of ['SELECT peek()', `UPDATE job SET note = (SELECT note FROM secret) RETURNING note`, 'COMMIT', 'SELECT 1; COMMIT']) {
      test(`refused, and undone, when it is sent with others: ${sql}`, async () => {
        const insert = { sql: 'INSERT INTO job VALUES (2) RETURNING id', params: [] };
        const transactions = [[{ sql, params: [] }], [insert]].map((writes, index) => ({ transaction: 200 + index, writes }));
        const results = await client.applyAll({ client: sql, transactions });
        assert.deepEqual(results.map(({ state }) => state), ['refused']);
        assert.deepEqual(await origin.rows('SELECT * FROM job'), [[1, 'one']]);
      });
    }

    test('shapes over listed relations are followed, side by side with those of others', async () => {
      const shape = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });
      const secret = tableShape({ name: 'secret', columns: ['id', 'note'], key: { id: 'integer' } });
      const copies = [new ShapeCopy(['id']), new ShapeCopy(['id'])];
      const handles = [await client.subscribe(shape, copies[0].sink),
        await origin.client().subscribe(secret, copies[1].sink)];
      for (const copy of copies) await copy.until((each) => each.snapshots === 1);
      await origin.execute(`BEGIN; UPDATE job SET note = 'x'; UPDATE secret SET note = 'secret'; COMMIT`);
      await copies[0].until((each) => each.rows.get('[1]')[1] === 'x');
      await copies[1].until((each) => each.batches.length > 0);
      const applied = await client.apply({
        client: shape.client, transaction: 1, writes: [{ sql: `UPDATE job SET note = 'mine'`, params: [] }],
      });
      assert.equal(applied.state, 'applied');
      await copies[0].until((each) => each.applied === 1);
      for (const handle of handles) handle.close();
    });

    test('a shape that reads anything else is refused, at once or when it does', async () => {
      const shape = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });
      const sink = new ShapeCopy().sink;
      const refused = { code: '42501' };
      await assert.rejects(client.subscribe({ ...shape, relation: { schema: 'public', name: 'secret' } }, sink), refused);
      await assert.rejects(client.subscribe({ ...shape, relation: { schema: 'other', name: 'job' } }, sink), refused);
      await assert.rejects(client.subscribe({ ...shape, sql: 'SELECT id, note, 1 AS __version FROM secret' }, sink), refused);
      await assert.rejects(client.subscribe({ ...shape, sql: 'SELECT 1 AS id, peek()' }, sink), refused);
      await assert.rejects(client.subscribe({ ...shape, sql: 'SELECT 1 AS id, max(result) FROM tidemark_origin.applied' }, sink), refused);
      const copy = new ShapeCopy(['id']);
      await client.subscribe({ ...shape, keyQuery: 'SELECT 1 AS id, peek(), $1::text' }, copy.sink);
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`UPDATE job SET note = 'x'`);
      await copy.until((each) => each.lostWith);
      assert.deepEqual([copy.lostWith.code, copy.batches], ['42501', []]);
    });
  });
}
