/**
 * Writes to rows that others have written meanwhile: what is a conflict, and what has only another version.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, openMySQL } from '../lib/mysql.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { Bridge, rows } from './lib/stack.js';

/** Of every kind a value, for they are compared by value; "Größe (m)" and "it's" are names. */
const POSTGRES = `CREATE TABLE thing (id integer PRIMARY KEY, name text, price numeric(10,2), big bigint, ratio double precision, yes boolean,
    doc jsonb, verbatim json, made timestamptz, day date, code uuid, bytes bytea, tags text[], numbers integer[], fixed char(5), "Größe (m)" real,
    "it's" text, rev integer NOT NULL DEFAULT 0);`;
const COUNTED = `${POSTGRES}
  CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.rev := OLD.rev + 1; RETURN NEW; END';
  CREATE TRIGGER count_up BEFORE UPDATE ON thing FOR EACH ROW EXECUTE FUNCTION count_up();`;
const POSTGRES_ROWS = `DELETE FROM thing; INSERT INTO thing VALUES
  (1, 'one', 1.50, 9007199254740993, 0.1, true, '{"b": [1, 2.50], "a": null}', '{"b":1,  "a":1.0}', '2026-01-31 10:00:00.123456+02', '2026-01-31',
    '6d2ec063-e9c1-4a36-b875-6da843b552e8', '\\x00ff', '{a,"b c",NULL}', '{1,2}', 'ab', 1.1, 'quote''d', 0),
  (2, NULL, NULL, NULL, 'NaN', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', NULL, 3, NULL, 0)`;
const MARIADB = `CREATE TABLE thing (id INT PRIMARY KEY, name TEXT, price DECIMAL(10,2), big BIGINT, ratio DOUBLE, yes BOOLEAN, doc JSON,
    made TIMESTAMP(6) NULL, day DATE, bytes BLOB, fixed CHAR(5), \`Größe (m)\` FLOAT, \`it's\` TEXT, rev INT NOT NULL DEFAULT 0);
  CREATE TRIGGER count_up BEFORE UPDATE ON thing FOR EACH ROW SET NEW.rev = OLD.rev + 1;`;
const MARIADB_ROWS = `DELETE FROM thing; INSERT INTO thing VALUES
  (1, 'one', 1.50, 9007199254740993, 0.1, TRUE, '{"b": [1, 2.50], "a": null}', '2026-01-31 10:00:00.123456', '2026-01-31', x'00ff', 'ab', 1.1,
    'quote''d', 0),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, NULL, 0)`;

const openPostgresOrigin = async () => {
  const origin = await openPostgres();
  return { ...origin, client: origin.client() };
};
const openMariaDB = async () => {
  const origin = await openMySQL();
  const client = new MySQLClient(origin.pool);
  return {
    ...origin, client, rows: async (/** @type {string} */ sql) => (await client.query(sql)).rows,
    close: async () => {
      await client.close();
      await origin.close();
    },
  };
};
const noPostgres = postgresPrograms() ? false : 'no PostgreSQL server is installed';
const noMariaDB = await mysqlMissing();
const ORIGINS = [
  { name: 'PostgreSQL, by xmin', dialect: 'postgres', skip: noPostgres, open: openPostgresOrigin, schema: POSTGRES, reset: POSTGRES_ROWS, option: '' },
  { name: 'PostgreSQL, by a column', dialect: 'postgres', skip: noPostgres, open: openPostgresOrigin, schema: COUNTED, reset: POSTGRES_ROWS,
    option: ', upstream_mvcc_key = rev' },
  { name: 'MariaDB, by a column', dialect: 'mysql', skip: noMariaDB, open: openMariaDB, schema: MARIADB, reset: MARIADB_ROWS,
    option: ', upstream_mvcc_key = rev' },
  { name: 'MariaDB, by nothing', dialect: 'mysql', skip: noMariaDB, open: openMariaDB, schema: MARIADB, reset: MARIADB_ROWS, option: '', blind: true },
];

for (const { name, dialect, skip, open, schema, reset, option, blind = false } of ORIGINS) {
  describe(`a row that others write at ${name}`, { skip }, () => {
    /** @type {any} */
    let origin;
    /** @type {Tidemark[]} */
    const closing = [];
    /** @type {any[]} */
    let conflicts;
    before(async () => {
      origin = await open();
      await origin.execute(schema);
    });
    after(() => origin?.close());
    beforeEach(async () => {
      conflicts = [];
      await origin.execute(reset);
    });
    afterEach(async () => {
      for (const db of closing.splice(0)) await db.close();
    });

    /** What `write` does on a device that is offline, while others do `meanwhile`; back when it is online again and at rest. */
    const meet = async (/** @type {string} */ write, /** @type {string} */ meanwhile, { more = '', policy = 'local_first' } = {}) => {
      const bridge = new Bridge(origin.client);
      bridge.dialect = /** @type {any} */ (dialect);
      const db = new Tidemark({ path: ':memory:', getUpstreamClient: async () => /** @type {any} */ (bridge) });
      closing.push(db);
      db.sync.on('conflict', (event) => conflicts.push(event));
      await db.query(`CREATE REALTIME VIEW thing AS TABLE thing
        WITH (replication_origin = '${dialect}:main', write_policy = '${policy}'${option}${more})`);
      bridge.online = false;
      await db.query(write);
      await origin.execute(meanwhile);
      bridge.online = true;
      await db.sync.sync(null, { forceSync: true });
      const states = await eventually(async () => {
        const found = (await db.sync.queue()).map(({ state }) => state);
        assert.ok(found.every((state) => state === 'applied' || state === 'conflicted'), found.join());
        return found;
      });
      const applies = bridge.log.filter(({ kind }) => kind === 'apply').length;
      return { db, states, applies };
    };
    const names = async () => (await origin.rows('SELECT id, name FROM thing ORDER BY id'))
      .map((/** @type {any} */ row) => (Array.isArray(row) ? row : [row.id, row.name]));
    const COLUMNS = { more: ', conflict_granularity = columns' };
    const TOUCH = 'UPDATE thing SET name = name';

    for (const policy of ['origin_first', 'local_first']) {
      test(`is as it was: an update and a delete are applied (${policy})`, async () => {
        const { db, states, applies } = await meet(`UPDATE thing SET name = 'mine' WHERE id = 1; DELETE FROM thing WHERE id = 2`, TOUCH, { policy });
        assert.deepEqual([states, conflicts], [['applied', 'applied'], []]);
        assert.ok(blind || applies > 2, `${applies} requests`);
        assert.deepEqual(await names(), [[1, 'mine']]);
        await eventually(async () => assert.deepEqual(await rows(db, 'SELECT id, name, price, __staged FROM thing'),
          [{ id: 1, name: 'mine', price: '1.50', __staged: false }]));
      });
    }

    test('is as it was: writes of one transaction, and those behind it, follow', async () => {
      const { states } = await meet(`UPDATE thing SET name = 'a' WHERE id = 1; UPDATE thing SET name = 'b' WHERE id = 2;
        UPDATE thing SET name = name || '!' WHERE id = 1`, `${TOUCH}; ${TOUCH}`);
      assert.deepEqual([states, conflicts], [['applied', 'applied', 'applied'], []]);
      assert.deepEqual(await names(), [[1, 'a!'], [2, 'b']]);
    });

    test('has another value: a conflict, by default of any column', { skip: blind }, async () => {
      const { db, states } = await meet(`UPDATE thing SET name = 'mine' WHERE id = 1`, 'UPDATE thing SET price = 2 WHERE id = 1');
      assert.deepEqual(states, ['conflicted']);
      assert.deepEqual([conflicts[0].base.price, conflicts[0].theirs.price, conflicts.length], ['1.50', '2.00', 1]);
      await db.sync.resolve(conflicts[0].id, 'retry');
      await eventually(async () => assert.deepEqual((await names())[0], [1, 'mine']));
    });

    test('has another value in a column that the update does not set: no conflict by columns', async () => {
      const { db, states } = await meet(`UPDATE thing SET name = 'mine', "it's" = 'mine' WHERE id = 1`,
        'UPDATE thing SET price = 2 WHERE id = 1; UPDATE thing SET day = NULL WHERE id = 1', COLUMNS);
      assert.deepEqual([states, conflicts], [['applied'], []]);
      await eventually(async () => assert.deepEqual(await rows(db, `SELECT name, price, "it's", day, __staged FROM thing WHERE id = 1`),
        [{ name: 'mine', price: '2.00', "it's": 'mine', day: null, __staged: false }]));
    });

    test('has another value in a column that the update sets: a conflict by columns', { skip: blind }, async () => {
      const { states } = await meet(`UPDATE thing SET name = 'mine' WHERE id = 1`, `UPDATE thing SET name = 'theirs' WHERE id = 1`, COLUMNS);
      assert.deepEqual([states, conflicts[0].theirs.name], [['conflicted'], 'theirs']);
      assert.deepEqual((await names())[0], [1, 'theirs']);
    });

    for (const more of ['', COLUMNS.more]) {
      test(`has another value: a delete is in conflict${more}`, { skip: blind }, async () => {
        const { db, states } = await meet('DELETE FROM thing WHERE id = 2', 'UPDATE thing SET price = 2 WHERE id = 2', { more });
        assert.deepEqual([states, conflicts[0].theirs.price], [['conflicted'], '2.00']);
        await eventually(async () => assert.deepEqual(await rows(db, 'SELECT price FROM thing WHERE id = 2'), [{ price: '2.00' }]));
      });

      test(`is gone: an update is in conflict${more}`, async () => {
        const { states } = await meet(`UPDATE thing SET name = 'mine' WHERE id = 1`, 'DELETE FROM thing WHERE id = 1', { more });
        assert.deepEqual([states, conflicts[0].theirs], [['conflicted'], null]);
      });
    }

    test('has another value, and the last writer wins', { skip: !blind }, async () => {
      const { states } = await meet(`UPDATE thing SET name = 'mine' WHERE id = 1`, `UPDATE thing SET name = 'theirs', price = 2 WHERE id = 1`);
      assert.deepEqual([states, conflicts, (await names())[0]], [['applied'], [], [1, 'mine']]);
    });

    test('was locked, or written in a subtransaction', { skip: dialect !== 'postgres' }, async () => {
      const locked = await meet(`UPDATE thing SET name = 'mine' WHERE id = 1`,
        'BEGIN; SELECT * FROM thing FOR UPDATE; SAVEPOINT a; SELECT * FROM thing FOR SHARE; COMMIT');
      assert.deepEqual([locked.states, conflicts], [['applied'], []]);
      const again = await meet(`UPDATE thing SET name = 'again' WHERE id = 1`,
        `BEGIN; SAVEPOINT a; ${TOUCH}; ROLLBACK TO a; SAVEPOINT b; ${TOUCH}; RELEASE b; SAVEPOINT c; ${TOUCH}; COMMIT`);
      assert.deepEqual([again.states, conflicts], [['applied'], []]);
      const other = await meet(`UPDATE thing SET name = 'other' WHERE id = 1`,
        `BEGIN; SAVEPOINT a; UPDATE thing SET big = 1; RELEASE a; COMMIT`);
      assert.deepEqual([other.states, conflicts.length], [['conflicted'], 1]);
      const undone = await meet(`UPDATE thing SET name = 'undone' WHERE id = 1`,
        'BEGIN; SAVEPOINT a; UPDATE thing SET big = 2; ROLLBACK TO a; COMMIT');
      assert.deepEqual([undone.states, undone.applies, conflicts.length], [['applied'], 1, 1]);
    });
  });
}
