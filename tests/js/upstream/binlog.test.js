/**
 * Realtime views of a MariaDB or MySQL: what the binary log tells, and what it does not.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/eventually.js';
import { FollowedMySQL } from '../lib/followed-mysql.js';
import { LOG_END, RESTART_LOG, mysqlMissing, numbers, serverName } from '../lib/mysql.js';
import { ShapeCopy, mysqlShape } from '../lib/shape-copy.js';

const skip = await mysqlMissing();

describe(`the binary log of a ${serverName}`, { skip }, () => {
  const server = new FollowedMySQL();
  const { makeTable, shapeOf, follow, equals, another } = server;
  before(server.open);
  after(server.close);

  test('rows that are inserted, changed and deleted arrive, each as one change', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    assert.deepEqual(copy.sorted(), [[1, 'one']]);
    await server.origin.execute(`INSERT INTO ${name} VALUES (2, 'two'), (3, 'three')`);
    await copy.until((each) => each.rows.size === 3);
    await server.origin.execute(`BEGIN; UPDATE ${name} SET v = 'deux' WHERE id = 2; DELETE FROM ${name} WHERE id = 1; UPDATE ${name} SET id = 4 WHERE id = 3; COMMIT`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted(), [[2, 'deux'], [4, 'three']]);
    assert.equal(copy.snapshots, 1);
    assert.equal(copy.batches.filter((each) => each.upserts.length + each.deletes.length > 0).length, 2);
    copy.close();
  });

  for (const { type, owner } of [
    { type: 'INT', owner: (i) => i },
    { type: 'BIGINT UNSIGNED', owner: (i) => `1844674407370955160${i}` },
    { type: 'TINYINT', owner: (i) => -i },
    { type: 'INT ZEROFILL', owner: (i) => i },
    { type: 'VARCHAR(9)', owner: (i) => `a${i}` },
    { type: 'DECIMAL(9, 2)', owner: (i) => i },
  ]) {
    test(`shapes that differ in a constant alone have their own rows: ${type}`, async () => {
      const name = await makeTable(`id INT PRIMARY KEY, v VARCHAR(20), owner ${type}`);
      // Equal by its collation, of which MySQL's does not pass over spaces.
      const given = (i) => (type === 'VARCHAR(9)' ? `'A${i}${serverName === 'MySQL' ? '' : ' '}'` : owner(i));
      await server.origin.execute(`INSERT INTO ${name} VALUES ${[0, 1, 2, 3].map((i) => `(${i}, 'v', ${given(i)}), (${i + 10}, 'v', ${given(i)})`)}`);
      const shapes = [0, 1, 2, 3].map((i) => shapeOf(name, { equal: { owner: owner(i) } }));
      const copies = [];
      for (const shape of shapes) copies.push(await follow(shape));
      for (const statement of [
        `UPDATE ${name} SET v = 'w'`,
        `UPDATE ${name} SET owner = ${given(2)} WHERE id = 1`,
        `UPDATE ${name} SET owner = NULL WHERE id = 2`,
        `UPDATE ${name} SET owner = ${given(3)}, id = id + 100 WHERE owner IS NULL OR id = 10`,
        `DELETE FROM ${name} WHERE id IN (1, 3)`,
      ]) {
        await server.origin.execute(statement);
        for (const [at, copy] of copies.entries()) await eventually(() => equals(copy, shapes[at]));
      }
      assert.ok(copies.every((each) => each.snapshots === 1 && each.rows.size > 0));
      if (type === 'INT') {
        assert.deepEqual(copies[0].batches.flatMap(({ deletes }) => deletes), [[10]]);
      }
      for (const copy of copies) copy.close();
    });
  }

  test('a subscription does not fail where a table is rebuilt while it is read', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    let subscribed = false;
    const rebuild = async () => {
      while (!subscribed) {
        await server.origin.execute(`ALTER TABLE ${name} FORCE`);
        await sleep(40);
      }
    };
    const rebuilt = rebuild();
    try {
      for (let i = 0; i < 40; i++) {
        const copy = await follow(shape);
        assert.deepEqual(copy.sorted(), [[1, 'one']]);
        copy.close();
      }
    } finally {
      subscribed = true;
      await rebuilt;
    }
  });

  test('rows enter and leave a filter', async () => {
    const name = await makeTable();
    const shape = shapeOf(name, { where: 'v > ?', params: ['m'] });
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'a'), (2, 'z')`);
    const copy = await follow(shape);
    await server.origin.execute(`UPDATE ${name} SET v = IF(v = 'a', 'n', 'b')`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted(), [[1, 'n']]);
    assert.equal(copy.snapshots, 1);
    copy.close();
  });

  test('what a transaction has undone does not arrive, what it kept does', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    await server.origin.execute(`BEGIN; INSERT INTO ${name} VALUES (1, 'kept'); SAVEPOINT s; INSERT INTO ${name} VALUES (2, 'undone');
      ROLLBACK TO s; COMMIT; BEGIN; INSERT INTO ${name} VALUES (3, 'undone'); ROLLBACK; INSERT INTO ${name} VALUES (4, 'kept')`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted(), [[1, 'kept'], [4, 'kept']]);
    copy.close();
  });

  test('TRUNCATE empties the view', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    await server.origin.execute(`TRUNCATE ${name}; INSERT INTO ${name} VALUES (2, 'two')`);
    await eventually(() => equals(copy, shape));
    await server.origin.execute(`INSERT INTO ${name} VALUES (3, 'three')`);
    await eventually(() => equals(copy, shape));
    assert.equal(copy.lostWith, null);
    copy.close();
  });

  test('a table that is altered is followed on; without a column of the view it is told', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    await server.origin.execute(`ALTER TABLE ${name} ADD COLUMN first INT FIRST; INSERT INTO ${name} (id, v) VALUES (2, 'two');
      ALTER TABLE ${name} MODIFY id BIGINT AFTER v; UPDATE ${name} SET id = 9007199254740993 WHERE id = 1`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted().length, 2);
    await server.origin.execute(`ALTER TABLE ${name} RENAME COLUMN v TO w`);
    await copy.until((each) => each.lostWith);
    assert.equal(copy.lostWith.code, '42703');
  });

  test('a table that is dropped is told, and may come back', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one'); DROP TABLE ${name}`);
    await copy.until((each) => each.lostWith);
    assert.equal(copy.lostWith.code, '42P01');
    await server.origin.execute(`CREATE TABLE ${name} (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO ${name} VALUES (2, 'two')`);
    const again = await follow(shape, { copy });
    await eventually(() => equals(again, shape));
    again.close();
  });

  test('a table swapped by RENAME, as tools for changes of schema do, is read anew', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    await server.origin.execute(`CREATE TABLE ${name}_new LIKE ${name}; INSERT INTO ${name}_new VALUES (1, 'new');
      RENAME TABLE ${name} TO ${name}_old, ${name}_new TO ${name}; INSERT INTO ${name} VALUES (2, 'later')`);
    await eventually(() => equals(copy, shape));
    copy.close();
  });

  test('rows that a foreign key deletes or changes are gone in the view, though the log has none of it', async () => {
    const parent = await makeTable('id INT PRIMARY KEY, v INT');
    const child = await makeTable(`id INT PRIMARY KEY, v INT, FOREIGN KEY (v) REFERENCES ${parent} (id) ON DELETE CASCADE ON UPDATE CASCADE`);
    const grandchild = await makeTable(`id INT PRIMARY KEY, v INT, FOREIGN KEY (v) REFERENCES ${child} (id) ON DELETE SET NULL`);
    await server.origin.execute(`INSERT INTO ${parent} VALUES (1, 0), (2, 0); INSERT INTO ${child} VALUES (10, 1), (20, 2);
      INSERT INTO ${grandchild} VALUES (100, 10), (200, 20)`);
    const copies = [await follow(shapeOf(child)), await follow(shapeOf(grandchild))];
    await server.origin.execute(`UPDATE ${parent} SET v = 5; UPDATE ${parent} SET id = 3 WHERE id = 2`);
    await eventually(() => equals(copies[0], shapeOf(child)));
    await server.origin.execute(`DELETE FROM ${parent} WHERE id = 1`);
    await eventually(() => equals(copies[0], shapeOf(child)));
    await eventually(() => equals(copies[1], shapeOf(grandchild)));
    assert.deepEqual(copies[1].sorted(), [[100, null], [200, 20]]);
    for (const copy of copies) copy.close();
  });

  test('statements in the log, and rows of which it has only the key, arrive too', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    await server.origin.execute(`SET SESSION binlog_format = 'STATEMENT'; INSERT INTO ${name} VALUES (1, 'one'); SET SESSION binlog_format = 'ROW'`);
    await eventually(() => equals(copy, shape));
    await server.origin.execute(`SET SESSION binlog_row_image = 'MINIMAL'; UPDATE ${name} SET v = 'uno'; INSERT INTO ${name} VALUES (2, 'two');
      SET SESSION binlog_row_image = 'FULL'`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted(), [[1, 'uno'], [2, 'two']]);
    copy.close();
  });

  test('a distributed transaction arrives when it is committed, not when it is prepared', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const other = shapeOf(await makeTable());
    const copies = [await follow(shape), await follow(other)];
    const holder = await server.origin.pool.promise().getConnection();
    for (const step of ["XA START 'x'", `INSERT INTO ${name} VALUES (1, 'one')`, "XA END 'x'", "XA PREPARE 'x'"]) await holder.query(step);
    holder.destroy();
    await server.origin.execute(`INSERT INTO ${other.relation.name} VALUES (1, 'after')`);
    await copies[1].until((each) => each.rows.size === 1);
    assert.deepEqual(copies[0].sorted(), []);
    await server.origin.execute("XA COMMIT 'x'");
    await eventually(() => equals(copies[0], shape));
    for (const copy of copies) copy.close();
  });

  test('a transaction of very many rows is read as a snapshot', async () => {
    const few = await another({}, { maximumKeys: 50 });
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape, { by: few.client });
    await server.origin.execute(`INSERT INTO ${name} SELECT seq, seq FROM ${numbers(500)}`);
    await eventually(() => equals(copy, shape));
    assert.equal(copy.snapshots, 2);
    copy.close();
    await few.close();
  });

  for (const [type, ...values] of [
    ['BIGINT UNSIGNED', '18446744073709551615', '18446744073709551614', '0'],
    ['BIGINT', '-9223372036854775808', '9007199254740993', '9007199254740992'],
    ['TINYINT', '-128', '127'], ['MEDIUMINT UNSIGNED', '16777215', '0'], ['YEAR', '1999', '2024'],
    ['DECIMAL(30,10)', '12345678901234567891.0000000001', '12345678901234567891.0000000002', '-0.5'],
    ['VARCHAR(20)', "'a'", "'b\\\\'", "'it''s'", "'\u{1F30A}'", "''"],
    ['VARCHAR(20) CHARACTER SET latin1', "'\u00e9'", "'e2'"],
    ['CHAR(6)', "'x'", "'y z'"], ['BINARY(4)', "x'01020000'", "x'00000000'", "x'FF273C5C'"], ['VARBINARY(4)', "x'0100'", "x'01'", "x''"],
    ['DATE', "'2024-02-29'", "'1000-01-01'"], ['DATETIME(6)', "'2024-02-29 12:00:00.000001'", "'2024-02-29 12:00:00'"],
    ['TIMESTAMP(3)', "'2024-02-29 12:00:00.001'", "'2024-07-01 12:00:00'"], ['TIME(2)', "'-26:59:59.12'", "'00:00:00'"],
    ["ENUM('one', 'two')", "'one'", "'two'"],
  ]) {
    test(`rows are known by a key of the type ${type}`, async () => {
      const name = await makeTable(`id ${type} PRIMARY KEY, v INT`);
      const shape = shapeOf(name);
      const copy = await follow(shape);
      await server.origin.execute(`INSERT INTO ${name} VALUES ${values.map((value) => `(${value}, 1)`).join(', ')}`);
      await eventually(() => equals(copy, shape));
      await server.origin.execute(`UPDATE ${name} SET v = 2; DELETE FROM ${name} WHERE id = ${values[1]}`);
      await eventually(() => equals(copy, shape));
      assert.equal(copy.rows.size, values.length - 1);
      assert.deepEqual([copy.snapshots, copy.lostWith], [1, null]);
      copy.close();
    });
  }

  test('a key whose collation ignores case is the row, as it is written now', async () => {
    const name = await makeTable('id VARCHAR(10) PRIMARY KEY, v INT');
    const shape = shapeOf(name);
    await server.origin.execute(`INSERT INTO ${name} VALUES ('a', 1)`);
    const copy = await follow(shape);
    await server.origin.execute(`UPDATE ${name} SET id = 'A'`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual([...copy.rows.keys()], ['["A"]']);
    copy.close();
  });

  test('rows are known by a key of several columns, in whichever order', async () => {
    const name = await makeTable('side VARCHAR(5), v INT, id INT, PRIMARY KEY (side, id)');
    const shape = mysqlShape({ name, columns: ['id', 'side', 'v'], key: ['id', 'side'] });
    await server.origin.execute(`INSERT INTO ${name} (id, side, v) VALUES (1, 'l', 1), (1, 'r', 2), (2, 'l', 3)`);
    const copy = await follow(shape);
    await server.origin.execute(`DELETE FROM ${name} WHERE id = 1 AND side = 'r'; UPDATE ${name} SET v = 9 WHERE id = 2`);
    await eventually(() => equals(copy, shape));
    assert.equal(copy.snapshots, 1);
    copy.close();
  });

  test('what cannot be followed is refused with a reason', async () => {
    const refused = async (shape, code) => assert.rejects(server.client.subscribe(shape, new ShapeCopy(['id']).sink), { code });
    await refused(shapeOf('nowhere'), '42P01');
    await refused(shapeOf(await makeTable('id INT, v INT')), '55000');
    await refused(shapeOf(await makeTable('id INT UNIQUE, v INT')), '55000');
    await refused(shapeOf(await makeTable('id DOUBLE PRIMARY KEY, v INT')), '55000');
    const table = await makeTable();
    await server.origin.execute(`CREATE VIEW seen AS SELECT * FROM ${table}; CREATE TABLE noted (id INT PRIMARY KEY, v INT) ENGINE = MyISAM`);
    await refused(shapeOf('seen'), '42809');
    await refused(shapeOf('noted'), '55000');
  });

  for (const [name, wrong, right] of [['binlog_format', 'MIXED', 'ROW'], ['binlog_row_image', 'MINIMAL', 'FULL']]) {
    test(`a server whose ${name} is ${wrong} is refused, with what to do`, async () => {
      await server.origin.execute(`SET GLOBAL ${name} = '${wrong}'`);
      const other = await another();
      const shape = shapeOf(await makeTable());
      await assert.rejects(other.client.subscribe(shape, new ShapeCopy(['id']).sink), { code: '55000', hint: new RegExp(`SET GLOBAL ${name}`) });
      await server.origin.execute(`SET GLOBAL ${name} = '${right}'`);
      (await follow(shape, { by: other.client })).close();
      await other.close();
    });
  }

  test('who comes back to another gateway is told what the log has since, and no more', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one'), (2, 'two')`);
    const copy = await follow(shape);
    copy.close();
    await server.origin.execute(`UPDATE ${name} SET v = 'deux' WHERE id = 2; FLUSH LOGS; DELETE FROM ${name} WHERE id = 1`);
    const other = await another();
    const again = await follow(shape, { copy, by: other.client });
    await eventually(() => equals(again, shape));
    assert.equal(again.snapshots, 1);
    again.close();
    await other.close();
  });

  test('who comes back when the log has been purged reads everything', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    copy.close();
    await server.origin.execute(`DELETE FROM ${name}; FLUSH LOGS; INSERT INTO ${name} VALUES (2, 'two'); FLUSH LOGS`);
    await eventually(async () => {
      const [[last]] = (await server.client.query(LOG_END)).rows;
      await server.origin.execute(`PURGE BINARY LOGS TO '${last}'`);
      assert.equal((await server.client.query('SHOW BINARY LOGS')).rows.length, 1);
    });
    const other = await another();
    const again = await follow(shape, { copy, by: other.client });
    await eventually(() => equals(again, shape));
    assert.equal(again.snapshots, 2);
    again.close();
    await other.close();
  });

  test('connections to the log that are cut are made again, and nothing is lost', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    const copy = await follow(shape);
    for (let i = 0; i < 3; i++) {
      const { rows } = await server.client.query("SELECT id FROM information_schema.processlist WHERE command = 'Binlog Dump'");
      for (const [id] of rows) await server.origin.execute(`KILL ${id}`);
      await server.origin.execute(`INSERT INTO ${name} VALUES (${i}, 'n')`);
      await eventually(() => equals(copy, shape));
    }
    assert.deepEqual([copy.snapshots, copy.lostWith], [1, null]);
    copy.close();
  });

  test('a server that was killed is followed on from where it stood', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    await server.origin.execute(`INSERT INTO ${name} VALUES (2, 'two')`);
    await server.origin.kill();
    await server.origin.execute(`DELETE FROM ${name} WHERE id = 1`);
    const again = await eventually(() => follow(shape, { copy }));
    await eventually(() => equals(again, shape));
    assert.equal(again.snapshots, 1);
    again.close();
  });

  test('a log that was begun anew is no log that anybody has seen', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await server.origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    copy.close();
    await server.origin.execute(RESTART_LOG);
    await server.origin.execute(`DELETE FROM ${name}; FLUSH LOGS; FLUSH LOGS; FLUSH LOGS; INSERT INTO ${name} VALUES (2, 'two'); FLUSH LOGS; FLUSH LOGS; FLUSH LOGS`);
    const other = await another();
    const again = await follow(shape, { copy, by: other.client });
    await eventually(() => equals(again, shape));
    again.close();
    await other.close();
  });
});
