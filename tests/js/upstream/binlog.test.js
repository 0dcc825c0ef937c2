/**
 * Realtime views of a MariaDB: what the binary log tells, and what it does not.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';
import { ShapeCopy, mysqlShape } from '../lib/shape-copy.js';

const skip = await mysqlMissing();

describe('the binary log of a MariaDB', { skip }, () => {
  let origin;
  let client;
  let tables = 0;
  before(async () => {
    origin = await openMySQL();
    client = new MySQLClient(origin.pool);
  });
  after(async () => {
    await client?.close();
    await origin?.close();
  });

  const makeTable = async (definition = 'id INT PRIMARY KEY, v VARCHAR(20)') => {
    const name = `t${++tables}`;
    await origin.execute(`CREATE TABLE ${name} (${definition})`);
    return name;
  };
  const shapeOf = (name, more = {}) => mysqlShape({ name, columns: ['id', 'v'], key: ['id'], ...more });
  const follow = async (shape, copy = new ShapeCopy(shape.key), by = client) => {
    const subscription = await by.subscribe({ ...shape, cursor: copy.cursor }, copy.sink);
    copy.close = () => subscription.close();
    await copy.until((each) => each.cursor !== null);
    return copy;
  };
  const equals = async (copy, shape) => {
    const expected = new ShapeCopy(shape.key);
    const { rows, fields } = await client.query(shape.sql, shape.params);
    expected.snapshot({ fields, rows, first: true, last: true });
    assert.deepEqual(copy.sorted(), expected.sorted());
  };

  test('rows that are inserted, changed and deleted arrive, each as one change', async () => {
    const shape = shapeOf(await makeTable());
    const { relation: { name } } = shape;
    await origin.execute(`INSERT INTO ${name} VALUES (1, 'one')`);
    const copy = await follow(shape);
    assert.deepEqual(copy.sorted(), [[1, 'one']]);
    await origin.execute(`INSERT INTO ${name} VALUES (2, 'two'), (3, 'three')`);
    await copy.until((each) => each.rows.size === 3);
    await origin.execute(`BEGIN; UPDATE ${name} SET v = 'deux' WHERE id = 2; DELETE FROM ${name} WHERE id = 1; UPDATE ${name} SET id = 4 WHERE id = 3; COMMIT`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted(), [[2, 'deux'], [4, 'three']]);
    assert.equal(copy.snapshots, 1);
    assert.equal(copy.batches.filter((each) => each.upserts.length + each.deletes.length > 0).length, 2);
    copy.close();
  });

  test('rows enter and leave a filter', async () => {
    const name = await makeTable();
    const shape = shapeOf(name, { where: 'v > ?', params: ['m'] });
    await origin.execute(`INSERT INTO ${name} VALUES (1, 'a'), (2, 'z')`);
    const copy = await follow(shape);
    await origin.execute(`UPDATE ${name} SET v = IF(v = 'a', 'n', 'b')`);
    await eventually(() => equals(copy, shape));
    assert.deepEqual(copy.sorted(), [[1, 'n']]);
    assert.equal(copy.snapshots, 1);
    copy.close();
  });
});
