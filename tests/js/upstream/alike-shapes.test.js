/**
 * Shapes that differ in a constant alone: each has its own rows, hears of no others' keys, and all are read together.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../lib/eventually.js';
import { openPostgres, origins, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const OWNERS = 12;

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

    /** A table with two rows of each owner, and who follows these. */
    const followOwners = async ({ type = 'integer', owner = (i) => i, more = {} } = {}) => {
      const table = `own${++number}`;
      const values = Array.from({ length: OWNERS }, (_, i) => 
        [2 * i, 2 * i + 1].map((id) => `(${id}, '${String(owner(i)).replaceAll("'", "''")}', 1)`).join(', '));
      await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, owner ${type}, n integer);
        INSERT INTO ${table} VALUES ${values.join(', ')}`);
      const shapes = Array.from({ length: OWNERS }, (_, i) =>
        tableShape({ name: table, columns: ['id', 'n'], key: { id: 'integer' }, equal: { owner: owner(i) }, ...more }));
      const copies = [];
      for (const shape of shapes) {
        const copy = new ShapeCopy(shape.key);
        const subscription = await client.subscribe(shape, copy.sink);
        copies.push(Object.assign(copy, { shape, close: () => subscription.close() }));
        await copy.until((each) => each.snapshots === 1);
      }
      return { table, copies, close: () => { for (const copy of copies) copy.close(); } };
    };

    /** Every copy comes to have the rows of its owner. */
    const settle = async (copies) => {
      for (const copy of copies) {
        const { rows, fields } = await client.query(copy.shape.sql, []);
        const expected = new ShapeCopy(copy.shape.key);
        expected.snapshot({ rows, fields, first: true, last: true });
        await copy.until((each) => JSON.stringify(each.sorted()) === JSON.stringify(expected.sorted()));
        assert.equal(copy.lostWith, null);
      }
    };

    /** What is sent to the origin from now on, where it can be seen. */
    const watchStatements = () => {
      const sent = [];
      const note = (connection) => {
        const { query } = connection;
        connection.query = (...args) => {
          sent.push(args[0].text ?? args[0]);
          return query.apply(connection, args);
        };
        connection.giveBack = () => { connection.query = query; };
      };
      const forget = (_, connection) => connection.giveBack?.();
      origin.pool?.on('acquire', note).on('release', forget);
      return { sent, stop: () => { origin.pool?.off('acquire', note).off('release', forget); } };
    };

    test('a change of everybody\'s rows tells each of its own', async () => {
      const { table, copies, close } = await followOwners();
      const { sent, stop } = watchStatements();
      await origin.execute(`UPDATE ${table} SET n = n + 1`);
      await settle(copies);
      stop();
      for (const { batches } of copies) {
        assert.deepEqual(batches.map(({ upserts, deletes }) => [upserts.length, deletes.length]), [[2, 0]]);
        assert.ok(batches[0].fields.every((field) => !field.name.includes('equality')));
      }
      const readings = sent.filter((each) => each.startsWith('SELECT') && each.includes(`"${table}"`) && each.includes('jsonb'));
      if (origin.pool) assert.equal(readings.length, 1, readings.join('\n'));
      close();
    });

    test('rows that come, go and change hands reach those whom they concern', async () => {
      const { table, copies, close } = await followOwners();
      const statements = [
        `INSERT INTO ${table} VALUES (100, 3, 5), (101, NULL, 5), (102, 4, 5)`,
        `UPDATE ${table} SET owner = 5 WHERE id = 100`,
        `UPDATE ${table} SET owner = owner + 1 WHERE owner < 6`,
        `UPDATE ${table} SET owner = NULL WHERE id IN (3, 8)`,
        `UPDATE ${table} SET owner = 1 WHERE owner IS NULL`,
        `UPDATE ${table} SET id = id + 1000 WHERE owner = 1`,
        `DELETE FROM ${table} WHERE owner = 2`,
        `BEGIN; UPDATE ${table} SET owner = 7; UPDATE ${table} SET owner = 8 WHERE id % 2 = 0; COMMIT`,
        `BEGIN; TRUNCATE ${table}; INSERT INTO ${table} VALUES (1, 1, 1); COMMIT`,
      ];
      for (const statement of statements) {
        await origin.execute(statement);
        await settle(copies);
      }
      const told = copies.flatMap(({ batches }) => batches.flatMap((each) => [...each.upserts, ...each.deletes]));
      assert.ok(told.length < 200, `${told.length} rows and keys told`); // everybody hearing of all would be ten times as many
      close();
    });

    test('a column may be called as what every object has', async () => {
      const table = `own${++number}`;
      await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, constructor numeric, "__proto__" integer);
        INSERT INTO ${table} VALUES (1, 1, 1), (2, 2, 2)`);
      const copies = [];
      for (const equal of [{ constructor: 1 }, JSON.parse('{"__proto__": 1}')]) {
        const shape = tableShape({ name: table, columns: ['id'], key: { id: 'integer' }, equal });
        const copy = Object.assign(new ShapeCopy(shape.key), { shape });
        await client.subscribe(shape, copy.sink);
        copies.push(copy);
      }
      await origin.execute(`UPDATE ${table} SET constructor = 1, "__proto__" = 1`);
      await settle(copies);
      assert.deepEqual(copies.map((each) => each.rows.size), [2, 2]);
    });

    test('of several constants each counts', async () => {
      const { table, copies, close } = await followOwners({ more: { equal: { owner: 2, n: 1 } } });
      await origin.execute(`UPDATE ${table} SET n = 2 WHERE id = 4`);
      await settle(copies);
      assert.deepEqual(copies[0].sorted().map(([id]) => id), [5]);
      close();
    });

    for (const { what, type, owner } of [
      { what: 'text', type: 'text', owner: (i) => `it's "${i}" \\ ,{}` },
      { what: 'uuid', type: 'uuid', owner: (i) => `00000000-0000-4000-8000-00000000000${i.toString(16)}` },
      { what: 'a uuid in capitals', type: 'uuid', owner: (i) => `00000000-0000-4000-8000-0000000000A${i.toString(16)}` },
      { what: 'an integer with zeros before it', type: 'bigint', owner: (i) => `00${i}` },
      { what: 'numeric, where 1.0 is 1', type: 'numeric', owner: (i) => `${i}.0` },
      { what: 'characters, where blanks at the end do not count', type: 'char(4)', owner: (i) => `a${i}` },
      { what: 'a generated column', type: 'text GENERATED ALWAYS AS (\'g\') STORED', owner: null },
    ]) {
      test(`constants of the type ${what}`, async (t) => {
        if (!owner) return generated(t);
        const { table, copies, close } = await followOwners({ type, owner });
        for (const statement of [
          `UPDATE ${table} SET n = n + 1`,
          `UPDATE ${table} SET owner = (SELECT owner FROM ${table} WHERE id = 4) WHERE id = 0`,
          `DELETE FROM ${table} WHERE id IN (0, 7)`,
        ]) {
          await origin.execute(statement);
          await settle(copies);
        }
        close();
      });
    }

    const generated = async () => {
      const table = `own${++number}`;
      await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, n integer, owner integer GENERATED ALWAYS AS (n % 3) STORED);
        INSERT INTO ${table} VALUES (1, 1), (2, 2), (3, 3)`);
      const shape = tableShape({ name: table, columns: ['id', 'n'], key: { id: 'integer' }, equal: { owner: 1 } });
      const copy = Object.assign(new ShapeCopy(shape.key), { shape });
      const subscription = await client.subscribe(shape, copy.sink);
      for (const n of [4, 5, 1]) {
        await origin.execute(`UPDATE ${table} SET n = ${n} WHERE id = 2`);
        await settle([copy]);
      }
      subscription.close();
    };

    test('one that cannot be read ends alone', async () => {
      const { table, copies, close } = await followOwners({ more: { where: '1 / n > 0' } });
      await origin.execute(`UPDATE ${table} SET n = CASE WHEN owner = 3 THEN 0 ELSE 1 END`);
      await eventually(() => assert.equal(copies[3].lostWith?.code, '22012'));
      await origin.execute(`UPDATE ${table} SET n = 1`);
      await settle(copies.filter((each) => each !== copies[3]));
      close();
    });

    test('those who come back at once are read together, and one that cannot be read fails alone', async () => {
      const { table, copies, close } = await followOwners({ more: { where: '1 / n > 0' } });
      close();
      await origin.execute(`UPDATE ${table} SET n = CASE WHEN owner = 3 THEN 0 ELSE 1 END, id = id + 100; DELETE FROM ${table} WHERE id = 108`);
      const { sent, stop } = watchStatements();
      const come = await Promise.allSettled(copies.map(({ shape, cursor, sink }) => client.subscribe({ ...shape, cursor }, sink)));
      stop();
      assert.deepEqual(come.flatMap(({ reason }, at) => (reason ? [[at, reason.code]] : [])), [[3, '22012']]);
      await settle(copies.filter((_, at) => at !== 3));
      assert.ok(copies.every((each) => each.snapshots === 1));
      const readings = sent.filter((each) => each.startsWith('SAVEPOINT')).length;
      if (origin.pool) assert.ok(readings < OWNERS, `${readings} readings`);
      for (const { value } of come) value?.close();
    });

    test('a column that is renamed lets writes go on, and ends who asked for it', async () => {
      const { table, copies } = await followOwners();
      await origin.execute(`ALTER TABLE ${table} RENAME COLUMN owner TO possessor`);
      await origin.execute(`UPDATE ${table} SET n = n + 1`);
      await eventually(() => assert.deepEqual(new Set(copies.map((each) => each.lostWith?.code)), new Set(['42703'])));
    });

    test('a column that does not exist is refused', async () => {
      const { table, close } = await followOwners();
      const shape = tableShape({ name: table, columns: ['id'], key: { id: 'integer' }, equal: { owner: 1 } });
      const wrong = { ...shape, equality: { ...shape.equality, columns: ['nobody'] } };
      await assert.rejects(client.subscribe(wrong, new ShapeCopy(shape.key).sink), { code: '42703' });
      for (const equality of [{}, { ...shape.equality, values: [] }, { ...shape.equality, columns: Array(5).fill('owner') },
        { ...shape.equality, keyQuery: 'DELETE FROM x' }]) {
        await assert.rejects(client.subscribe({ ...shape, equality }, new ShapeCopy(shape.key).sink), { code: '22023' });
      }
      close();
    });

    test('a table gets no more captures than sixteen for them', async () => {
      const table = `own${++number}`;
      const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
      await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, ${names.map((each) => `${each} integer`).join(', ')});
        INSERT INTO ${table} VALUES (1, ${names.map(() => 1).join(', ')})`);
      const copies = [];
      for (const each of names) {
        const shape = tableShape({ name: table, columns: ['id'], key: { id: 'integer' }, equal: { [each]: 1 } });
        const copy = Object.assign(new ShapeCopy(shape.key), { shape });
        await client.subscribe(shape, copy.sink);
        copies.push(copy);
      }
      await origin.execute(`UPDATE ${table} SET c19 = 2, c3 = 2; INSERT INTO ${table} (id, c18) VALUES (2, 1)`);
      await settle(copies);
      const catalog = (await client.query("SELECT to_regclass('tidemark_origin.published') IS NOT NULL", [])).rows[0][0]
        ? 'published' : 'captures';
      const { rows } = await client.query(`SELECT count(*)::integer FROM tidemark_origin.${catalog} WHERE relation = '${table}'::regclass`, []);
      assert.equal(rows[0][0], 17); // those, and one of the key alone
    });
  });
}

describe('a replica identity that is kept', { skip: postgresPrograms() === null }, () => {
  test('leaves the table as it is: shapes hear of each other\'s keys, and are right', async () => {
    const origin = await openPostgres({ replication: { replicaIdentity: 'keep' } });
    const client = origin.client();
    await origin.execute('CREATE TABLE own (id integer PRIMARY KEY, owner integer); INSERT INTO own VALUES (1, 1), (2, 2)');
    const copies = await Promise.all([1, 2].map(async (owner) => {
      const shape = tableShape({ name: 'own', columns: ['id', 'owner'], key: { id: 'integer' }, equal: { owner } });
      const copy = new ShapeCopy(shape.key);
      await client.subscribe(shape, copy.sink);
      return copy;
    }));
    await origin.execute('UPDATE own SET owner = 2 WHERE id = 1');
    await copies[0].until((each) => each.rows.size === 0);
    await copies[1].until((each) => each.rows.size === 2);
    const [[identity]] = await origin.rows("SELECT relreplident::text FROM pg_class WHERE relname = 'own'");
    assert.equal(identity, 'd');
    await origin.close();
  });
});
