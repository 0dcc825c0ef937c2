/**
 * A client in a role is shown and may change what row-level security lets that role with those claims, and cannot leave
 * the role.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { applyUntilRefused } from '../lib/apply-until-refused.js';
import { origins } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const SCHEMA = `
  CREATE ROLE member; CREATE ROLE passerby; CREATE ROLE "Odd ""role"; CREATE ROLE boss;
  GRANT USAGE ON SCHEMA public TO member, passerby, "Odd ""role";
  CREATE TABLE note (id integer PRIMARY KEY, tenant text, text text);
  ALTER TABLE note ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON note USING (tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant');
  GRANT SELECT, INSERT, UPDATE, DELETE ON note TO member;
  CREATE TABLE vault (id integer PRIMARY KEY, secret text); INSERT INTO vault VALUES (1, 'gold');
  CREATE FUNCTION whoami() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
  CREATE TABLE tally (id integer PRIMARY KEY, seen text); GRANT SELECT, INSERT ON tally TO member`;

const note = tableShape({ name: 'note', columns: ['id', 'tenant', 'text'], key: { id: 'integer' } });
const ALL = `SELECT id, tenant, text FROM note ORDER BY id`;

for (const { name, open, skip } of origins.filter((each) => each.name !== 'EdgeClient')) {
  describe(name, { skip }, () => {
    let origin;
    const as = (claims, role = 'member') => origin.client().as({ role, claims });
    const acme = () => as({ tenant: 'acme' });
    before(async () => {
      origin = await open();
      await origin.execute(SCHEMA);
      await origin.client().apply({ client: 'c', transaction: 1, writes: [] }); // makes tidemark_origin
    });
    after(() => origin.close());
    beforeEach(() => origin.execute(`DELETE FROM note;
      INSERT INTO note VALUES (1, 'acme', 'one'), (2, 'rival', 'two')`));

    test('queries run under the role, with the claims', async () => {
      assert.deepEqual((await acme().query(ALL)).rows, [[1, 'acme', 'one']]);
      assert.deepEqual((await as({ tenant: 'rival' }).query(ALL)).rows, [[2, 'rival', 'two']]);
      assert.deepEqual((await as({}).query(ALL)).rows, []);
      await assert.rejects(as({ tenant: 'acme' }, 'passerby').query(ALL), { code: '42501' });
      await assert.rejects(acme().query('SELECT * FROM vault'), { code: '42501' });
      const odd = { tenant: `it's \\ "odd"\n\u0000` };
      const found = await as(odd, 'Odd "role').query(
        `SELECT current_user::text, current_setting('request.jwt.claims')`);
      assert.deepEqual(found.rows, [['Odd "role', JSON.stringify(odd)]]);
    });

    test('nothing of it is left to the next', async () => {
      await acme().query('SELECT 1');
      await acme().query('SELECT nothing').catch(() => {});
      for (let i = 0; i < 12; i++) {
        assert.deepEqual(await origin.rows(`SELECT current_user::text, coalesce(current_setting('request.jwt.claims', true), '')`),
          [['postgres', '']]);
      }
    });

    test('every statement of a transaction does', async () => {
      await acme().transaction(async (tx) => {
        assert.equal((await tx.query(`UPDATE note SET text = 'mine'`)).rowCount, 1);
        assert.deepEqual((await tx.query('SELECT whoami()')).rows, [['member']]);
        assert.deepEqual((await tx.query(ALL)).rows, [[1, 'acme', 'mine']]);
      });
      assert.deepEqual(await origin.rows(ALL), [[1, 'acme', 'mine'], [2, 'rival', 'two']]);
    });

    test('queued writes do; the record of them is the gateway\'s own', async () => {
      const write = (sql, params = []) => ({ sql, params, conflict: { sql: ALL, params: [] } });
      const apply = (transaction, ...writes) => acme().apply({ client: 'd', transaction, writes });
      const first = [write(`INSERT INTO note VALUES (3, 'acme', 'three') RETURNING id`),
        write(`UPDATE note SET text = 'uno' WHERE id = 1`)];
      assert.deepEqual((await apply(1, ...first)).rows, [[3], null]);
      assert.equal((await apply(1, ...first)).repeated, true);
      const intruding = await apply(2, write(`INSERT INTO note VALUES (4, 'rival', 'four')`));
      assert.deepEqual([intruding.state, intruding.error.code], ['refused', '42501']);
      const unseen = await apply(3, first[1], write(`UPDATE note SET text = 'x' WHERE id = 2`));
      assert.deepEqual([unseen.state, unseen.index, unseen.theirs.row], ['conflicted', 1, [1, 'acme', 'uno']]);
      assert.deepEqual(await origin.rows(ALL), [[1, 'acme', 'uno'], [2, 'rival', 'two'], [3, 'acme', 'three']]);
    });

    test('so do those that are sent together', async () => {
      const write = (sql) => ({ sql, params: [], conflict: { sql: ALL, params: [] } });
      const apply = (from, ...list) => applyUntilRefused(acme(), {
        client: 'together', transactions: list.map((each, index) => ({ transaction: from + index, writes: [write(each)] })),
      });
      const own = [`INSERT INTO note VALUES (3, 'acme', 'three') RETURNING whoami()`, `UPDATE note SET text = 'uno' WHERE id = 1`];
      assert.deepEqual((await apply(1, ...own)).map(({ rows }) => rows), [[['member']], [null]]);
      const intruding = await apply(3, own[1], `INSERT INTO note VALUES (4, 'rival', 'four')`, own[1]);
      assert.deepEqual(intruding.map(({ state, error }) => error?.code ?? state), ['applied', '42501']);
      const unseen = await apply(6, own[1], `UPDATE note SET text = 'x' WHERE id = 2`);
      assert.deepEqual(unseen.map(({ state }) => state), ['applied', 'conflicted']);
      const leaving = await apply(8, own[1], `SELECT set_config('role', 'postgres', true)`);
      assert.deepEqual(leaving.map(({ state, error }) => error?.code ?? state), ['applied', '42501']);
      assert.deepEqual(await origin.rows(ALL), [[1, 'acme', 'uno'], [2, 'rival', 'two'], [3, 'acme', 'three']]);
      assert.deepEqual(await origin.rows('SELECT current_user::text'), [['postgres']]);
    });

    test('a deferred trigger of a queued write runs under the role', async () => {
      await origin.execute(`CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO tally VALUES (NEW.id, current_user); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER tell AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION tell()`);
      const sql = `INSERT INTO note VALUES (5, 'acme', 'five')`;
      assert.equal((await acme().apply({ client: 'd', transaction: 5, writes: [{ sql, params: [] }] })).state, 'applied');
      await acme().query(`INSERT INTO note VALUES (6, 'acme', 'six')`);
      assert.deepEqual(await origin.rows('SELECT * FROM tally ORDER BY id'), [[5, 'member'], [6, 'member']]);
      await origin.execute('DROP TRIGGER tell ON note');
    });

    test('subscriptions to one shape show each reader their own rows, at first and later', async () => {
      const copies = { acme: new ShapeCopy(['id']), rival: new ShapeCopy(['id']), all: new ShapeCopy(['id']) };
      const handles = [await acme().subscribe(note, copies.acme.sink),
        await as({ tenant: 'rival' }).subscribe(note, copies.rival.sink),
        await origin.client().subscribe(note, copies.all.sink)];
      for (const copy of Object.values(copies)) await copy.until((each) => each.snapshots === 1);
      assert.deepEqual(copies.acme.sorted(), [[1, 'acme', 'one']]);
      assert.deepEqual(copies.rival.sorted(), [[2, 'rival', 'two']]);
      await origin.execute(`INSERT INTO note VALUES (3, 'rival', 'three'), (4, 'acme', 'four');
        UPDATE note SET tenant = 'rival' WHERE id = 1`);
      await copies.all.until((each) => each.rows.size === 4);
      await copies.rival.until((each) => each.rows.size === 3);
      await copies.acme.until((each) => each.rows.has('[4]'));
      assert.deepEqual(copies.acme.sorted(), [[4, 'acme', 'four']]);
      for (const { upserts } of copies.acme.batches) assert.ok(upserts.every((row) => row[1] === 'acme'));
      for (const handle of handles) handle.close();
    });

    test('a cursor resumes for who it was given to; others begin with a snapshot', async () => {
      const follow = async (client, cursor) => {
        const copy = new ShapeCopy(['id']);
        const handle = await client.subscribe({ ...note, cursor }, copy.sink);
        await copy.until((each) => each.cursor);
        handle.close();
        return copy;
      };
      const { cursor } = await follow(acme());
      assert.equal((await follow(acme(), cursor)).snapshots, 0);
      const rival = await follow(as({ tenant: 'rival' }), cursor);
      assert.deepEqual([rival.snapshots, rival.sorted()], [1, [[2, 'rival', 'two']]]);
      const everything = await follow(origin.client(), cursor);
      assert.equal(everything.snapshots, 1);
      assert.equal((await follow(acme(), everything.cursor)).snapshots, 1);
    });

    test('a temporary table stands for no other, and cannot be made', async () => {
      await origin.execute(`CREATE FUNCTION forge() RETURNS void LANGUAGE plpgsql AS
        'BEGIN CREATE TEMPORARY TABLE note ON COMMIT DROP AS SELECT 9 AS id; END'`);
      await acme().transaction(async (tx) => {
        await tx.query('SELECT forge()');
        assert.deepEqual((await tx.query(ALL)).rows, [[1, 'acme', 'one']]);
      });
      for (const into of ['TEMP', 'TEMPORARY TABLE', '/* /**/ */ LOCAL--\nTEMP', 'pg_temp.']) {
        await assert.rejects(acme().query(`SELECT 9 AS id INTO ${into} note`), { code: '42501' });
      }
      assert.deepEqual((await acme().query('SELECT 1 AS temp')).rows, [[1]]);
      assert.deepEqual(await origin.rows(ALL), [[1, 'acme', 'one'], [2, 'rival', 'two']]);
    });

    test('a transaction in which something was refused does not commit', async () => {
      await assert.rejects(acme().transaction(async (tx) => {
        await tx.query(`UPDATE note SET text = 'half'`);
        await tx.query('SELECT 9 AS id INTO TEMP note').catch(() => {});
        await assert.rejects(tx.query('SELECT 1'), { code: '25P02' });
      }), { code: '42501' });
      assert.deepEqual(await origin.rows(ALL), [[1, 'acme', 'one'], [2, 'rival', 'two']]);
    });

    test('the restriction to relations holds as well', async () => {
      const client = origin.client().restrict([{ schema: 'public', name: 'note' }]).as({
        role: 'member', claims: { tenant: 'acme' },
      });
      assert.deepEqual((await client.query(ALL)).rows, [[1, 'acme', 'one']]);
      await assert.rejects(client.query('SELECT * FROM tally'), { code: '42501', message: /not offered/ });
      const applied = await client.apply({ client: 'e', transaction: 1, writes: [{ sql: `UPDATE note SET text = 'r'`, params: [] }] });
      assert.equal(applied.state, 'applied');
    });

    test('a role that may not be taken, or is none, is refused', async () => {
      await assert.rejects(as({}, 'nobody').query('SELECT 1'), { code: '22023' });
      for (const role of ['', 'none', 'NONE', null]) assert.throws(() => as({}, role), { code: '22023' });
    });

    const peek = `query_to_xml('SELECT * FROM vault', true, false, '')`;
    for (const sql of [
      'RESET ROLE', 'RESET ALL', 'SET ROLE postgres', 'SET LOCAL ROLE postgres', 'SET SESSION AUTHORIZATION DEFAULT',
      'DISCARD ALL', 'COMMIT', 'ROLLBACK', 'BEGIN', 'SAVEPOINT s', '/* SELECT */ RESET ROLE', '--SELECT\nRESET ROLE',
      `SET request.jwt.claims = '{"tenant":"rival"}'`,
      `SELECT set_config('role', 'postgres', true)`,
      `SELECT set_config('role', 'postgres', true), ${peek}, set_config('role', 'member', true)`,
      `WITH x AS MATERIALIZED (SELECT set_config('request.jwt.claims', '{"tenant":"rival"}', true)) SELECT note.* FROM x, note`,
      `SELECT pg_catalog . "set_config" ('role', 'postgres', true)`,
      `SELECT SET_CONFIG/**/('role', 'postgres', true)`,
      `SELECT U&"\\0073et_config"('role', 'postgres', true)`,
      `SELECT u&"set!005fconfig" UESCAPE '!' ('role', 'postgres', true)`,
      `SELECT query_to_xml('SELECT set' || '_config(''role'', ''postgres'', true)', true, false, '')`,
      `SELECT ts_stat('SELECT set' || '_config(''role'', ''postgres'', true)::tsvector')`,
      `SELECT pg_advisory_lock(7235418, 1)`,
      'EXPLAIN ANALYZE SELECT * FROM note', 'DO $$ BEGIN RESET ROLE; END $$', 'COPY note TO STDOUT',
      `COPY note TO PROGRAM 'id'`, 'PREPARE p AS SELECT 1', 'EXECUTE p', 'DECLARE c CURSOR FOR SELECT 1',
      'LISTEN tidemark_changes', 'CALL x()', 'ALTER TABLE note DISABLE ROW LEVEL SECURITY', 'SET row_security = off',
      'GRANT ALL ON vault TO member', 'CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$SELECT 1$$', 'SHOW role', '',
      'SELECT 1; RESET ROLE; SELECT * FROM vault', 'SELECT 1; COMMIT; DELETE FROM note',
      'SELECT * FROM tidemark_origin.applied', 'DELETE FROM tidemark_origin.changes', 'TABLE vault',
      'SELECT * FROM pg_authid', `SELECT pg_read_file('/etc/passwd')`, `SELECT pg_cancel_backend(pid) FROM pg_stat_activity`,
      `WITH x AS (DELETE FROM vault RETURNING *) SELECT * FROM x`, `SELECT * INTO mine FROM note`,
    ]) {
      test(`refused in every way: ${sql}`, async () => {
        const no = (error) => ['42501', '42601'].includes(error.code);
        // Without rights on them PostgreSQL counts no backends.
        if (sql.includes('pg_stat_activity') && name === 'PGliteClient') return;
        await assert.rejects(acme().query(sql), no);
        await assert.rejects(acme().transaction(async (tx) => {
          await tx.query('SELECT 1');
          await tx.query(sql);
        }), no);
        const applied = await acme().apply({ client: 'd', transaction: 99, writes: [{ sql, params: [] }] });
        assert.ok(applied.state === 'refused' && no(applied.error), JSON.stringify(applied));
        await assert.rejects(acme().subscribe({ ...note, sql }, new ShapeCopy().sink),
          (error) => no(error) || ['22023', '25006'].includes(error.code));
        const copy = new ShapeCopy(['id']);
        await acme().subscribe({ ...note, keyQuery: sql.startsWith('SELECT') ? sql : `SELECT 1 AS id, (${sql}), $1::text` }, copy.sink);
        await copy.until((each) => each.snapshots === 1);
        await origin.execute(`UPDATE note SET text = text || '!' WHERE tenant = 'acme'`);
        await copy.until((each) => each.lostWith);
        assert.deepEqual(copy.batches, []);
        assert.deepEqual(await origin.rows(ALL), [[1, 'acme', 'one!'], [2, 'rival', 'two']]);
        assert.deepEqual(await origin.rows('SELECT * FROM vault'), [[1, 'gold']]);
        assert.deepEqual(await origin.rows('SELECT count(*) FROM pg_locks WHERE locktype = \'advisory\' AND objid = 1'), [[0]]);
      });
    }
  });
}
