/**
 * A subscription delivers a snapshot and then every change: whole transactions, once, in order.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/eventually.js';
import { origins } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

for (const { name, open, skip } of origins) {
  describe(name, { skip }, () => {
    let origin;
    let client;
    let number = 0;
    before(async () => {
      origin = await open();
      client = origin.client();
    });
    after(() => origin.close());

    /** A table of its own for a test: id, note, size. */
    const makeTable = async (rows = []) => {
      const table = `job${++number}`;
      const values = rows.map(([id, note, size]) => `(${id}, '${note}', ${size ?? 0})`).join(', ');
      await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, note text, size integer DEFAULT 0);
        ${rows.length > 0 ? `INSERT INTO ${table} VALUES ${values}` : ''}`);
      return table;
    };
    const shapeOf = (table, more = {}) =>
      tableShape({ name: table, columns: ['id', 'note'], key: { id: 'integer' }, ...more });
    const follow = async (shape, copy = new ShapeCopy(shape.key)) => {
      const subscription = await client.subscribe(shape, copy.sink);
      return Object.assign(copy, { close: () => subscription.close() });
    };
    const followTable = async (rows, more) => {
      const table = await makeTable(rows);
      const copy = await follow(shapeOf(table, more));
      await copy.until((each) => each.snapshots === 1);
      return { table, copy };
    };

    test('begins with the rows there are, then insert, update and delete arrive', async () => {
      const { table, copy } = await followTable([[1, 'one'], [2, 'two']]);
      assert.deepEqual(copy.sorted(), [[1, 'one'], [2, 'two']]);
      assert.equal(copy.applied, null);
      await origin.execute(`INSERT INTO ${table} VALUES (3, 'three')`);
      await copy.until((each) => each.rows.size === 3);
      await origin.execute(`UPDATE ${table} SET note = 'ONE' WHERE id = 1`);
      await copy.until((each) => each.rows.get('[1]')[1] === 'ONE');
      await origin.execute(`DELETE FROM ${table} WHERE id = 2`);
      await copy.until((each) => each.rows.size === 2);
      assert.deepEqual(copy.sorted(), [[1, 'ONE'], [3, 'three']]);
      assert.equal(copy.snapshots, 1);
      copy.close();
    });

    test('an empty relation is an empty snapshot', async () => {
      const { copy } = await followTable([]);
      assert.deepEqual(copy.sorted(), []);
      copy.close();
    });

    test('the version that arrives is the one that the row has', async () => {
      const { table, copy } = await followTable([[1, 'one']]);
      await origin.execute(`UPDATE ${table} SET note = 'two'`);
      await copy.until((each) => each.rows.get('[1]')[1] === 'two');
      assert.deepEqual([[copy.rows.get('[1]')[2]]], await origin.rows(`SELECT xmin::text FROM ${table}`));
      copy.close();
    });

    test('a transaction of many rows arrives in one batch, a rolled-back one never', async () => {
      const { table, copy } = await followTable([[1, 'one']]);
      await origin.execute(`BEGIN; INSERT INTO ${table} SELECT g, 'lost' FROM generate_series(100, 200) g; ROLLBACK`);
      await origin.execute(`BEGIN; INSERT INTO ${table} SELECT g, 'n' FROM generate_series(10, 2009) g;
        SAVEPOINT s; DELETE FROM ${table}; ROLLBACK TO s; UPDATE ${table} SET note = 'x' WHERE id = 1; COMMIT`);
      await copy.until((each) => each.batches.length > 0);
      assert.equal(copy.batches[0].upserts.length, 2001);
      assert.deepEqual(copy.batches[0].deletes, []);
      assert.equal(copy.rows.size, 2001);
      copy.close();
    });

    test('a changed key is a delete and an insert, and two rows can trade theirs', async () => {
      const { table, copy } = await followTable([[1, 'one'], [2, 'two']]);
      await origin.execute(`UPDATE ${table} SET id = 3 WHERE id = 1`);
      await copy.until((each) => each.rows.has('[3]'));
      assert.deepEqual(copy.batches[0].deletes, [[1]]);
      await origin.execute(`BEGIN; UPDATE ${table} SET id = 0 WHERE id = 2; UPDATE ${table} SET id = 2 WHERE id = 3;
        UPDATE ${table} SET id = 3 WHERE id = 0; COMMIT`);
      await copy.until((each) => each.rows.get('[2]')[1] === 'one');
      assert.deepEqual(copy.sorted(), [[2, 'one'], [3, 'two']]);
      copy.close();
    });

    test('TRUNCATE empties the copy', async () => {
      const { table, copy } = await followTable([[1, 'one'], [2, 'two']]);
      await origin.execute(`BEGIN; INSERT INTO ${table} VALUES (3, 'x'); TRUNCATE ${table};
        INSERT INTO ${table} VALUES (9, 'nine'); COMMIT`);
      await copy.until((each) => each.rows.has('[9]'));
      assert.deepEqual(copy.sorted(), [[9, 'nine']]);
      copy.close();
    });

    test('rows enter and leave a filter', async () => {
      const { table, copy } = await followTable([[1, 'small', 1], [2, 'big', 20]], { where: 'size >= 10' });
      assert.deepEqual(copy.sorted(), [[2, 'big']]);
      await origin.execute(`UPDATE ${table} SET size = 30 - size`);
      await copy.until((each) => each.rows.has('[1]'));
      await origin.execute(`UPDATE ${table} SET size = 0 WHERE id = 2; INSERT INTO ${table} VALUES (3, 'no', 3)`);
      await copy.until((each) => !each.rows.has('[2]'));
      assert.deepEqual(copy.sorted(), [[1, 'small']]);
      copy.close();
    });

    test('the parameters of a shape are those of its key query, after the keys', async () => {
      const table = await makeTable([[1, 'a', 1], [2, 'b', 2]]);
      const shape = shapeOf(table, { params: [2] });
      shape.sql = shape.sql.replace('WHERE true', 'WHERE size >= $1');
      shape.keyQuery = shape.keyQuery.replace('WHERE true', 'WHERE size >= $2');
      const copy = await follow(shape);
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`UPDATE ${table} SET size = 2`);
      await copy.until((each) => each.rows.size === 2);
      copy.close();
    });

    test('names may hold dots, quotes, spaces and upper case', async () => {
      const schema = `S.x "${number}"`;
      const quoted = `"${schema.replaceAll('"', '""')}"."it's.a ""T"" \\ $$"`;
      await origin.execute(`CREATE SCHEMA "${schema.replaceAll('"', '""')}"; CREATE TABLE ${quoted} ("the ""Key"" \\ $capture$" text PRIMARY KEY, "V" text)`);
      const shape = tableShape({
        schema, name: 'it\'s.a "T" \\ $$', columns: ['the "Key" \\ $capture$', 'V'], key: { 'the "Key" \\ $capture$': 'text' },
      });
      const copy = await follow(shape);
      await copy.until((each) => each.snapshots === 1);
      const odd = `a'b"c\\d,{}[]\u{1F30A}`;
      await origin.execute(`INSERT INTO ${quoted} VALUES ('${odd.replaceAll("'", "''")}', 'v'), ('', 'empty')`);
      await copy.until((each) => each.rows.size === 2);
      assert.deepEqual(copy.sorted(), [['', 'empty'], [odd, 'v']]);
      await origin.execute(`DELETE FROM ${quoted} WHERE "V" = 'v'`);
      await copy.until((each) => each.rows.size === 1);
      assert.deepEqual(copy.batches.at(-1).deletes, [[odd]]);
      copy.close();
    });

    test('a key of several columns, of any type and in another order than in the table', async () => {
      const table = `wide${++number}`;
      await origin.execute(`CREATE TABLE ${table} (u uuid, t timestamptz, n numeric, b bytea, l bigint, c char(4),
        f boolean, v integer, PRIMARY KEY (u, t, n, b, l, c, f))`);
      const key = {
        f: 'boolean', c: 'char(4)', l: 'bigint', b: 'bytea', n: 'numeric', t: 'timestamptz', u: 'uuid',
      };
      const copy = await follow(tableShape({ name: table, columns: ['v', ...Object.keys(key).reverse()], key }));
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`SET TimeZone = 'America/New_York'; SET DateStyle = 'German'; SET bytea_output = 'escape';
        INSERT INTO ${table} VALUES
          ('00000000-0000-0000-0000-00000000000a', '2024-01-01 00:00:00.25+00', 1.10, '\\x00ff', 9007199254740993, 'ab', true, 1),
          ('00000000-0000-0000-0000-00000000000a', '2024-01-01 00:00:00.25+00', 1.10, '\\x00ff', 9007199254740993, 'ab', false, 2)`);
      await copy.until((each) => each.rows.size === 2);
      await origin.execute(`UPDATE ${table} SET v = v + 10`);
      await copy.until((each) => each.sorted()[0][0] > 10);
      await origin.execute(`DELETE FROM ${table} WHERE f; RESET TimeZone; RESET DateStyle; RESET bytea_output`);
      await copy.until((each) => each.rows.size === 1);
      assert.deepEqual(copy.batches.at(-1).deletes, [[true, 'ab  ', 9007199254740993n, new Uint8Array([0, 255]), '1.10',
        '2024-01-01 00:00:00.25+00', '00000000-0000-0000-0000-00000000000a']]);
      copy.close();
    });

    test('a numeric key written with other digits is still the same row', async () => {
      const table = `digits${++number}`;
      await origin.execute(`CREATE TABLE ${table} (n numeric PRIMARY KEY, v text); INSERT INTO ${table} VALUES (1.5, 'a')`);
      const copy = await follow(tableShape({ name: table, columns: ['n', 'v'], key: { n: 'numeric' } }));
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`UPDATE ${table} SET n = 1.50, v = 'b'`);
      await copy.until((each) => each.batches.length === 1);
      assert.deepEqual([copy.batches[0].deletes, copy.batches[0].upserts[0].slice(0, 2)], [[], ['1.50', 'b']]);
      copy.close();
    });

    test('the key may be a unique key that is not the primary key', async () => {
      const table = `unique${++number}`;
      await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, code text NOT NULL UNIQUE);
        ALTER TABLE ${table} REPLICA IDENTITY FULL; INSERT INTO ${table} VALUES (1, 'a')`);
      const byCode = await follow(tableShape({ name: table, columns: ['code', 'id'], key: { code: 'text' } }));
      const byId = await follow(tableShape({ name: table, columns: ['id', 'code'], key: { id: 'integer' } }));
      await byCode.until((each) => each.snapshots === 1);
      await byId.until((each) => each.snapshots === 1);
      await origin.execute(`UPDATE ${table} SET code = 'b'`);
      await byCode.until((each) => each.rows.has('["b"]'));
      await byId.until((each) => each.rows.get('[1]')[1] === 'b');
      assert.deepEqual(byCode.sorted(), [['b', 1]]);
      byCode.close();
      byId.close();
    });

    test('a table without the key that was asked for says so, and what to do', async () => {
      const table = `keyless${++number}`;
      await origin.execute(`CREATE TABLE ${table} (id integer, maybe integer UNIQUE, part integer);
        CREATE UNIQUE INDEX ON ${table} (part) WHERE part > 0; CREATE UNIQUE INDEX ON ${table} ((part + 1))`);
      const ask = (column) =>
        client.subscribe(tableShape({ name: table, columns: [column], key: { [column]: 'integer' } }), new ShapeCopy().sink);
      await assert.rejects(ask('id'), { code: '55000', message: /no primary key or unique key \("id"\)/, hint: /primary key/ });
      await assert.rejects(ask('part'), { code: '55000', message: /no primary key/ });
      await assert.rejects(ask('maybe'), { code: '55000', message: /may be NULL/ });
    });

    test('what cannot be followed is refused with a reason', async () => {
      const table = await makeTable();
      await origin.execute(`CREATE VIEW ${table}_view AS SELECT * FROM ${table}`);
      const sink = new ShapeCopy().sink;
      const shape = shapeOf(table);
      await assert.rejects(client.subscribe(shapeOf('nowhere'), sink), { code: '42P01', message: /nowhere/ });
      await assert.rejects(client.subscribe(shapeOf(`${table}_view`), sink), { code: '42809' });
      await assert.rejects(client.subscribe(shapeOf(table, { columns: ['nope'] }), sink), { code: '42703' });
      await assert.rejects(client.subscribe({ ...shape, relation: undefined }, sink), { code: '22023' });
      await assert.rejects(client.subscribe({ ...shape, keyQuery: undefined }, sink), { code: '22023' });
      await assert.rejects(client.subscribe({ ...shape, key: ['other'] }, sink), { code: '22023', message: /other/ });
      for (const statement of ['COMMIT', '/* */ ROLLBACK', `UPDATE ${table} SET note = note`, '']) {
        await assert.rejects(client.subscribe({ ...shape, sql: statement }, sink), { code: '22023' });
        await assert.rejects(client.subscribe({ ...shape, keyQuery: statement }, sink), { code: '22023' });
      }
      await assert.rejects(client.subscribe({
        ...shape, sql: `WITH x AS (DELETE FROM ${table} RETURNING *) SELECT id, 1 AS __version FROM x`,
      }, sink), { code: '25006' });
      await assert.rejects(client.subscribe(shape, sink, { signal: AbortSignal.abort() }), { code: '57014' });
    });

    test('a shape without key is read again whenever one of its relations changes', async () => {
      const [left, right, other] = [await makeTable([[1, 'a']]), await makeTable([[1, 'b']]), await makeTable()];
      const copy = await follow({
        sql: `SELECT l.note, count(*) AS n FROM ${left} l JOIN ${right} r USING (id) GROUP BY 1`,
        params: [],
        relations: [{ schema: 'public', name: left }, { schema: 'public', name: right }],
        client: 'd',
      });
      await copy.until((each) => each.snapshots === 1);
      assert.deepEqual(copy.sorted(), [['a', 1]]);
      await origin.execute(`INSERT INTO ${right} VALUES (2, 'c')`);
      await origin.execute(`INSERT INTO ${left} VALUES (2, 'a')`);
      await copy.until((each) => each.sorted()[0]?.[1] === 2);
      await origin.execute(`TRUNCATE ${left}`);
      await copy.until((each) => each.rows.size === 0);
      const before = copy.snapshots;
      await origin.execute(`INSERT INTO ${other} VALUES (1, 'x')`);
      await sleep(30);
      assert.equal(copy.snapshots, before);
      copy.close();
    });

    test('a result that stays the same is not sent again, its cursor is', async () => {
      const table = await makeTable([[1, 'a', 1], [2, 'b', 2]]);
      const copy = await follow({
        sql: `SELECT max(size) FROM ${table}`, params: [], relations: [{ schema: 'public', name: table }], client: 'd',
      });
      await copy.until((each) => each.snapshots === 1);
      const { cursor } = copy;
      await origin.execute(`UPDATE ${table} SET size = 0 WHERE id = 1`);
      await copy.until((each) => each.cursor !== cursor);
      assert.deepEqual([copy.snapshots, copy.batches[0].upserts, copy.sorted()], [1, [], [[2]]]);
      await origin.execute(`UPDATE ${table} SET size = 5 WHERE id = 1`);
      await copy.until((each) => each.snapshots === 2);
      assert.deepEqual(copy.sorted(), [[5]]);
      copy.close();
    });

    test('of a longer result without key the rows that differ are sent, as often as they are in it', async () => {
      const table = await makeTable();
      await origin.execute(`INSERT INTO ${table} SELECT i, 'note ' || i / 2, 0 FROM generate_series(1, 1000) AS i`);
      const shape = {
        sql: `SELECT note, size, decode('00ff', 'hex') AS b FROM ${table}`, params: [],
        relations: [{ schema: 'public', name: table }], client: 'd',
      };
      const copy = await follow(shape);
      await copy.until((each) => each.snapshots === 1);
      const told = () => copy.batches.flatMap(({ upserts, deletes }) => [...upserts.map(([note]) => `+${note}`), ...deletes.map(([note]) => `-${note}`)]).sort();
      for (const [statement, news] of [
        [`UPDATE ${table} SET note = 'one' WHERE id = 5`, ['+one', '-note 2']],
        [`UPDATE ${table} SET note = 'one' WHERE id = 4`, ['+one', '-note 2']],
        [`UPDATE ${table} SET id = -id WHERE id = 4`, []],
        [`DELETE FROM ${table} WHERE id IN (5, 7)`, ['-note 3', '-one']],
        [`INSERT INTO ${table} VALUES (5000, 'two', 1), (5001, 'two', 1)`, ['+two', '+two']],
      ]) {
        const { cursor } = copy;
        copy.batches.length = 0;
        await origin.execute(statement);
        await copy.until((each) => each.cursor !== cursor);
        assert.deepEqual(told(), news);
      }
      assert.equal(copy.snapshots, 1);
      const { rows } = await client.query(shape.sql, []);
      const texts = (list) => list.map(String).sort();
      assert.deepEqual(texts([...copy.rows.values()]), texts(rows));
      await origin.execute(`UPDATE ${table} SET size = 7`);
      await copy.until((each) => each.snapshots === 2);
      copy.close();
    });

    test('a result too long to be kept is sent again if it is another', async () => {
      const table = await makeTable();
      await origin.execute(`INSERT INTO ${table} SELECT i, repeat('note ', 200), 0 FROM generate_series(1, 1500) AS i`);
      const copy = await follow({
        sql: `SELECT id, note FROM ${table} ORDER BY id`, params: [], relations: [{ schema: 'public', name: table }], client: 'd',
      });
      await copy.until((each) => each.snapshots === 1);
      const { cursor } = copy;
      await origin.execute(`UPDATE ${table} SET size = 1`);
      await copy.until((each) => each.cursor !== cursor);
      assert.equal(copy.snapshots, 1);
      await origin.execute(`UPDATE ${table} SET note = 'x' WHERE id = 1499`);
      await copy.until((each) => each.snapshots === 2);
      assert.equal(copy.sorted().filter(([, note]) => note === 'x').length, 1);
      copy.close();
    });

    test('a relation without key can be followed as a whole', async () => {
      const table = `bare${++number}`;
      await origin.execute(`CREATE TABLE ${table} (v integer); ALTER TABLE ${table} REPLICA IDENTITY FULL;
        INSERT INTO ${table} VALUES (1), (1)`);
      const copy = await follow({
        sql: `SELECT v FROM ${table}`, params: [], relation: { schema: 'public', name: table }, client: 'd',
      });
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`DELETE FROM ${table} WHERE ctid = (SELECT min(ctid) FROM ${table})`);
      await copy.until((each) => each.rows.size === 1);
      copy.close();
    });

    test('changes of partitions and through foreign keys arrive', async () => {
      const table = `measure${++number}`;
      await origin.execute(`CREATE TABLE ${table}_city (name text PRIMARY KEY);
        CREATE TABLE ${table} (id integer, city text REFERENCES ${table}_city ON UPDATE CASCADE ON DELETE CASCADE, PRIMARY KEY (id))
          PARTITION BY RANGE (id);
        CREATE TABLE ${table}_low PARTITION OF ${table} FOR VALUES FROM (0) TO (10);
        INSERT INTO ${table}_city VALUES ('x'), ('y'); INSERT INTO ${table} VALUES (1, 'x')`);
      const copy = await follow(tableShape({ name: table, columns: ['id', 'city'], key: { id: 'integer' } }));
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`INSERT INTO ${table}_low VALUES (2, 'y'), (3, 'x')`);
      await copy.until((each) => each.rows.size === 3);
      await origin.execute(`UPDATE ${table}_city SET name = 'z' WHERE name = 'x'; DELETE FROM ${table}_city WHERE name = 'y'`);
      await copy.until((each) => each.rows.size === 2);
      assert.deepEqual(copy.sorted(), [[1, 'z'], [3, 'z']]);
      await origin.execute(`TRUNCATE ${table}_low`);
      await copy.until((each) => each.rows.size === 0);
      copy.close();
    });

    test('triggers switched off by a loader still tell', async () => {
      const { table, copy } = await followTable([]);
      await origin.execute(`SET session_replication_role = replica; INSERT INTO ${table} VALUES (1, 'loaded');
        SET session_replication_role = origin`);
      await copy.until((each) => each.rows.size === 1);
      copy.close();
    });

    test('resuming from a cursor brings what has happened since, without a snapshot', async () => {
      const { table, copy } = await followTable([[1, 'one'], [2, 'two'], [3, 'three']]);
      copy.close();
      await origin.execute(`UPDATE ${table} SET note = 'ONE' WHERE id = 1; DELETE FROM ${table} WHERE id = 2`);
      await origin.execute(`INSERT INTO ${table} VALUES (4, 'four')`);
      await follow({ ...shapeOf(table), cursor: copy.cursor }, copy);
      await copy.until((each) => each.rows.has('[4]'));
      assert.deepEqual(copy.sorted(), [[1, 'ONE'], [3, 'three'], [4, 'four']]);
      assert.deepEqual([copy.snapshots, copy.batches.length], [1, 1]);
      copy.close();
    });

    for (const [why, spoil] of [
      ['is no cursor', () => 'nonsense'],
      ['is of another origin', (cursor) => cursor.replace(/^[^/]*/, '00000000-0000-4000-8000-000000000000')],
      ['PostgreSQL would not read', (cursor) => cursor.replace(/\/.*/, '/5:3:4,4')],
      ['is of a future that never was', (cursor) => cursor.replace(/\/.*/, '/9999999:9999999:')],
      ['is older than what is remembered', async (cursor) => {
        const next = cursor.split(':')[1];
        await eventually(async () => assert.notEqual(
          (await origin.rows(`SELECT FROM tidemark_origin.changes WHERE txid >= '${next}' LIMIT 1`)).length, 0));
        await origin.execute(`WITH gone AS (DELETE FROM tidemark_origin.changes RETURNING txid)
          UPDATE tidemark_origin.feed SET pruned = (SELECT txid FROM gone ORDER BY txid DESC LIMIT 1)`);
        return cursor;
      }],
    ]) {
      test(`a cursor that ${why} begins again with a snapshot`, async () => {
        const { table, copy } = await followTable([[1, 'one']]);
        copy.close();
        await origin.execute(`DELETE FROM ${table}`);
        const cursor = await spoil(copy.cursor, table);
        await follow({ ...shapeOf(table), cursor }, copy);
        await copy.until((each) => each.snapshots === 2);
        assert.deepEqual(copy.sorted(), []);
        copy.close();
      });
    }

    test('a relation dropped and made again is noticed on resuming', async () => {
      const { table, copy } = await followTable([[1, 'one']]);
      copy.close();
      await origin.execute(`DROP TABLE ${table}; CREATE TABLE ${table} (id integer PRIMARY KEY, note text);
        INSERT INTO ${table} VALUES (2, 'two')`);
      await follow({ ...shapeOf(table), cursor: copy.cursor }, copy);
      await copy.until((each) => each.snapshots === 2);
      await origin.execute(`INSERT INTO ${table} VALUES (3, 'three')`);
      await copy.until((each) => each.rows.has('[3]'));
      assert.deepEqual(copy.sorted(), [[2, 'two'], [3, 'three']]);
      copy.close();
    });

    test('a relation that disappears ends its subscription, and no other', async () => {
      const { table, copy } = await followTable([[1, 'one']]);
      const { table: otherTable, copy: other } = await followTable([]);
      await origin.execute(`DROP TABLE ${table}`);
      await origin.execute(`INSERT INTO ${otherTable} VALUES (1, 'still here')`);
      await copy.until((each) => each.lostWith);
      assert.equal(copy.lostWith.code, '42P01');
      await origin.execute(`INSERT INTO ${otherTable} VALUES (2, 'and here')`);
      await other.until((each) => each.rows.size === 2);
      other.close();
    });

    test('a column that disappears ends the subscriptions that read it, and no other', async () => {
      const { table, copy } = await followTable([[1, 'one']]);
      const narrow = await follow(tableShape({ name: table, columns: ['id'], key: { id: 'integer' } }));
      await narrow.until((each) => each.snapshots === 1);
      await origin.execute(`ALTER TABLE ${table} DROP COLUMN note; INSERT INTO ${table} VALUES (2)`);
      await copy.until((each) => each.lostWith);
      assert.equal(copy.lostWith.code, '42703');
      await narrow.until((each) => each.rows.size === 2);
      narrow.close();
    });

    test('applied tells which transactions of this device the state contains', async () => {
      const table = await makeTable([[1, 'one']]);
      const shape = { ...shapeOf(table, { where: `note <> 'hidden'` }), client: `device ${number}` };
      const copy = await follow(shape);
      const elsewhere = await follow({ ...shape, client: 'another' });
      await copy.until((each) => each.snapshots === 1);
      const apply = (transaction, sql) =>
        client.apply({ client: shape.client, transaction, writes: [{ sql, params: [] }] });
      await apply(5, `UPDATE ${table} SET note = 'mine'`);
      await copy.until((each) => each.applied === 5);
      assert.deepEqual(copy.sorted(), [[1, 'mine']]);
      await apply(7, `INSERT INTO ${table} VALUES (2, 'hidden')`);
      await copy.until((each) => each.applied === 7);
      await client.apply({ client: shape.client, transaction: 8, writes: [] });
      await copy.until((each) => each.applied === 8);
      assert.deepEqual(copy.batches.at(-1).upserts, []);
      assert.equal(elsewhere.applied, null);
      copy.close();
      elsewhere.close();
      const again = await follow({ ...shape, cursor: null });
      await again.until((each) => each.snapshots === 1);
      assert.equal(again.applied, 8);
      again.close();
    });

    test('a big snapshot comes in parts of at most 5,000 rows', async () => {
      const table = await makeTable();
      await origin.execute(`INSERT INTO ${table} SELECT g, repeat('x', 10) FROM generate_series(1, 12001) g`);
      const sizes = [];
      const copy = new ShapeCopy(['id']);
      const subscription = await client.subscribe(shapeOf(table), {
        ...copy.sink,
        snapshot: (part) => {
          sizes.push([part.rows.length, part.first, part.last, part.cursor !== undefined]);
          copy.snapshot(part);
        },
      });
      await copy.until((each) => each.snapshots === 1);
      assert.deepEqual(sizes, [[5000, true, false, false], [5000, false, false, false], [2001, false, true, true]]);
      assert.equal(copy.rows.size, 12001);
      subscription.close();
    });

    test('a slow sink gets the net effect of what it missed, one call at a time', async () => {
      const table = await makeTable([[1, 'one']]);
      const copy = new ShapeCopy(['id']);
      let open = 0;
      let most = 0;
      const slowly = (give) => async (message) => {
        most = Math.max(most, ++open);
        await sleep(30);
        open--;
        give(message);
      };
      const subscription = await client.subscribe(shapeOf(table), {
        ...copy.sink, snapshot: slowly((part) => copy.snapshot(part)), changes: slowly((batch) => copy.changes(batch)),
      });
      for (let i = 0; i < 50; i++) await origin.execute(`UPDATE ${table} SET note = 'n${i}'`);
      await copy.until((each) => each.rows.get('[1]')?.[1] === 'n49');
      assert.equal(most, 1);
      assert.ok(copy.batches.length < 45, `${copy.batches.length} batches`);
      subscription.close();
    });

    test('a sink that throws loses its subscription and hears why', async () => {
      const table = await makeTable([[1, 'one']]);
      const error = await new Promise((resolve) => {
        client.subscribe(shapeOf(table), {
          snapshot: () => { throw Object.assign(new Error('disk full'), { code: '53100' }); },
          changes: () => {},
          lost: resolve,
        });
      });
      assert.deepEqual([error.code, error.message], ['53100', 'disk full']);
    });

    test('after close the sink hears nothing more', async () => {
      const { table, copy } = await followTable([[1, 'one']]);
      copy.close();
      copy.close();
      await origin.execute(`INSERT INTO ${table} VALUES (2, 'two')`);
      await sleep(30);
      assert.deepEqual([copy.rows.size, copy.batches.length, copy.lostWith], [1, 0, null]);
    });

    test('an aborted signal closes the subscription', async () => {
      const table = await makeTable([[1, 'one']]);
      const stop = new AbortController();
      const copy = new ShapeCopy(['id']);
      await client.subscribe(shapeOf(table), copy.sink, { signal: stop.signal });
      await copy.until((each) => each.snapshots === 1);
      stop.abort();
      await origin.execute(`INSERT INTO ${table} VALUES (2, 'two')`);
      await sleep(30);
      assert.deepEqual([copy.rows.size, copy.lostWith], [1, null]);
    });

    test('many subscriptions to many shapes are served together', async () => {
      const tables = [await makeTable([[1, 'a']]), await makeTable([[1, 'b']]), await makeTable([[1, 'c']])];
      const copies = await Promise.all(
        Array.from({ length: 30 }, (_, i) => follow(shapeOf(tables[i % 3]))));
      await Promise.all(copies.map((copy) => copy.until((each) => each.snapshots === 1)));
      await origin.execute(tables.map((table) => `UPDATE ${table} SET note = 'z'`).join('; '));
      await Promise.all(copies.map((copy) => copy.until((each) => each.sorted()[0][1] === 'z')));
      for (const copy of copies) copy.close();
    });

    test('a hundred thousand changed rows arrive', async () => {
      const { table, copy } = await followTable([]);
      await origin.execute(`INSERT INTO ${table} SELECT g, 'x' FROM generate_series(1, 100000) g`);
      await copy.until((each) => each.rows.size === 100_000, 60_000);
      await origin.execute(`DELETE FROM ${table} WHERE id > 10`);
      await copy.until((each) => each.rows.size === 10, 60_000);
      copy.close();
    });
  });
}
