import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TidemarkError } from '../../../js-bindings/index.js';
import { open } from './lib/open.js';

const USERS = `CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL UNIQUE);
  INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace')`;

test('A query resolves to rows, fields, row count and command', async (t) => {
  const db = open(t);
  await db.query(USERS);
  const result = await db.query('SELECT id, name FROM users ORDER BY id');
  assert.deepEqual(result, {
    rows: [{ id: 1, name: 'Ada' }, { id: 2, name: 'Grace' }],
    fields: [{ name: 'id', type: 'integer' }, { name: 'name', type: 'text' }],
    rowCount: 2,
    command: 'SELECT',
  });
  const update = await db.query("UPDATE users SET name = name || '!'");
  assert.deepEqual(update, { rows: [], fields: [], rowCount: 2, command: 'UPDATE' });
  const returning = await db.query("INSERT INTO users VALUES (3, 'Mary') RETURNING name");
  assert.deepEqual([returning.rows, returning.rowCount, returning.command], [[{ name: 'Mary' }], 1, 'INSERT']);
  assert.equal((await db.query('CREATE TABLE t (a integer)')).command, 'CREATE TABLE');
});

test('Columns keep their order and type when there are no rows', async (t) => {
  const db = open(t);
  await db.query(USERS);
  const { rows, fields } = await db.query('SELECT name, id FROM users WHERE false');
  assert.deepEqual(rows, []);
  assert.deepEqual(fields.map((field) => field.name), ['name', 'id']);
});

test('Every type comes back as its JavaScript value', async (t) => {
  const db = open(t);
  const { rows: [row] } = await db.query(`SELECT NULL AS nothing, true AS yes, false AS no, 1::smallint AS small,
    2147483647 AS int, 9007199254740993 AS big, 1.5::double precision AS double, 12.50::numeric(10,2) AS numeric,
    'x' AS text, '\\x00ff'::bytea AS bytes, '{"a":[1,null]}'::jsonb AS json, ARRAY[1,2] AS list,
    DATE '2026-01-31' AS date, TIMESTAMP '2026-01-31 10:00:00' AS at,
    '6F9619FF-8B86-D011-B42D-00C04FC964FF'::uuid AS id`);
  assert.deepEqual(row, {
    nothing: null, yes: true, no: false, small: 1, int: 2147483647, big: 9007199254740993n, double: 1.5,
    numeric: '12.50', text: 'x', bytes: Uint8Array.of(0, 255), json: { a: [1, null] }, list: [1, 2],
    date: '2026-01-31', at: '2026-01-31 10:00:00', id: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
  });
});

test('Every JavaScript value goes in as a parameter and comes back', async (t) => {
  const db = open(t);
  await db.query(`CREATE TABLE v (id integer PRIMARY KEY, b boolean, i bigint, d double precision, t text,
    y bytea, j jsonb, at timestamptz)`);
  const text = 'naïve 漢字 😀 \' " \\ \uFEFF';
  await db.query('INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [1, true, 2n ** 62n, 0.1, text, Uint8Array.of(1, 0, 2), { a: { b: [1] } }, new Date(0)]);
  await db.query('INSERT INTO v (id, t, j) VALUES ($1, $2, $3)', [2, undefined, null]);
  const { rows } = await db.query('SELECT * FROM v ORDER BY id');
  assert.deepEqual(rows[0], { id: 1, b: true, i: 2n ** 62n, d: 0.1, t: text, y: Uint8Array.of(1, 0, 2),
    j: { a: { b: [1] } }, at: '1970-01-01 00:00:00+00' });
  assert.deepEqual([rows[1].t, rows[1].j], [null, null]);
});

test('Parameters may be named, and must be complete', async (t) => {
  const db = open(t);
  const { rows } = await db.query('SELECT :a::integer + :b::integer + :a::integer AS sum', { a: 1, b: 2 });
  assert.deepEqual(rows, [{ sum: 4 }]);
  await assert.rejects(db.query('SELECT :a::integer', {}), { code: '42P02' });
  await assert.rejects(db.query('SELECT :a::integer', { a: 1, c: 2 }), { code: '42P02', message: /:c/ });
  await assert.rejects(db.query('SELECT $1::integer', []), { code: '42P02' });
  await assert.rejects(db.query('SELECT 1', [1]), { code: '42P02' });
  await assert.rejects(db.query('SELECT $1::text', [Symbol('s')]), { code: '22023' });
});

test('Rows can be arrays, in which two columns of one name are both there', async (t) => {
  const db = open(t);
  const { rows, fields } = await db.query('SELECT 1 AS a, 2 AS a', [], { rowMode: 'array' });
  assert.deepEqual(rows, [[1, 2]]);
  assert.deepEqual(fields.map((field) => field.name), ['a', 'a']);
  await assert.rejects(db.query('SELECT 1', [], { rowMode: 'map' }), { code: '22023' });
});

test('JSON stays text when asked to', async (t) => {
  const db = open(t);
  const { rows } = await db.query(`SELECT '{"a":1}'::jsonb AS j, ARRAY[1,2] AS l`, [], { parseJson: false });
  assert.equal(typeof rows[0].j, 'string');
  assert.deepEqual(JSON.parse(rows[0].l), [1, 2]);
});

test('Several statements are one transaction, and the last gives the result', async (t) => {
  const db = open(t);
  assert.deepEqual((await db.query(`${USERS}; SELECT count(*) AS n FROM users;`)).rows, [{ n: 2 }]);
  await assert.rejects(db.query("INSERT INTO users VALUES (3, 'Mary'); INSERT INTO users VALUES (1, 'again')"),
    { code: '23505' });
  assert.deepEqual((await db.query('SELECT count(*) AS n FROM users')).rows, [{ n: 2 }]);
  await assert.rejects(db.query('SELECT 1; SELECT $1', [1]), { code: '42601' });
});

test('exec resolves to all results', async (t) => {
  const db = open(t);
  const results = await db.exec('CREATE TABLE t (a integer); INSERT INTO t VALUES (1), (2); SELECT a FROM t');
  assert.deepEqual(results.map(({ command, rowCount }) => [command, rowCount]),
    [['CREATE TABLE', 0], ['INSERT', 2], ['SELECT', 2]]);
});

test('A syntax error anywhere in a text keeps all of it from running', async (t) => {
  const db = open(t);
  await assert.rejects(db.query('CREATE TABLE t (a integer); SELEC 1'), { code: '42601' });
  await assert.rejects(db.query('SELECT * FROM t'), { code: '42P01' });
});

test('A text with its own BEGIN and COMMIT is taken at its word', async (t) => {
  const db = open(t);
  await db.query(USERS);
  await db.query("BEGIN; INSERT INTO users VALUES (3, 'Mary'); COMMIT; BEGIN; DELETE FROM users; ROLLBACK");
  assert.deepEqual((await db.query('SELECT count(*) AS n FROM users')).rows, [{ n: 3 }]);
  await assert.rejects(db.query('BEGIN; DELETE FROM users; SELECT * FROM nothing; COMMIT'), { code: '42P01' });
  assert.deepEqual((await db.query('SELECT count(*) AS n FROM users')).rows, [{ n: 3 }]);
});

test('BEGIN and COMMIT may come in calls of their own', async (t) => {
  const db = open(t);
  await db.query(USERS);
  await db.query('BEGIN');
  await db.query('DELETE FROM users');
  await db.query('ROLLBACK');
  assert.deepEqual((await db.query('SELECT count(*) AS n FROM users')).rows, [{ n: 2 }]);
});

test('Nothing to run is no error', async (t) => {
  const db = open(t);
  for (const empty of ['', '  ', '-- nothing', ';', '/* */ ;']) {
    const result = await db.query(empty);
    assert.deepEqual([result.rows, result.rowCount], [[], 0], empty);
  }
});

test('A failure is a TidemarkError that says what, where and how to go on', async (t) => {
  const db = open(t);
  await db.query(USERS);
  const error = await db.query("SELECT '😀', nam FROM users").catch((thrown) => thrown);
  assert.ok(error instanceof TidemarkError);
  assert.ok(error instanceof Error);
  assert.equal(error.code, '42703');
  assert.equal(error.position, "SELECT '😀', ".length);
  assert.match(String(error), /^TidemarkError 42703: /);
  const second = await db.query("SELECT '😀'; SELECT nam FROM users").catch((thrown) => thrown);
  assert.equal(second.position, "SELECT '😀'; SELECT ".length);
  await assert.rejects(db.query("INSERT INTO users VALUES (1, 'x')"), { code: '23505' });
  await assert.rejects(db.query('INSERT INTO users VALUES (5, NULL)'), { code: '23502' });
});

test('A failed statement leaves everything as it was, and the database usable', async (t) => {
  const db = open(t);
  await db.query(USERS);
  await assert.rejects(db.query("INSERT INTO users VALUES (3, 'Mary'), (1, 'again')"), { code: '23505' });
  assert.deepEqual((await db.query('SELECT count(*) AS n FROM users')).rows, [{ n: 2 }]);
});

test('The same text runs again after the schema has changed', async (t) => {
  const db = open(t);
  await db.query(USERS);
  assert.deepEqual((await db.query('SELECT * FROM users WHERE id = $1', [1])).rows, [{ id: 1, name: 'Ada' }]);
  await db.query('ALTER TABLE users ADD COLUMN age integer DEFAULT 36');
  assert.deepEqual((await db.query('SELECT * FROM users WHERE id = $1', [1])).rows,
    [{ id: 1, name: 'Ada', age: 36 }]);
  await db.query('ALTER TABLE users RENAME COLUMN age TO years');
  const renamed = await db.query('SELECT * FROM users WHERE id = $1', [1]);
  assert.deepEqual(renamed.rows, [{ id: 1, name: 'Ada', years: 36 }]);
  assert.equal(renamed.fields[2].name, 'years');
  await db.query('DROP TABLE users');
  await assert.rejects(db.query('SELECT * FROM users WHERE id = $1', [1]), { code: '42P01' });
});

test('Names may hold anything', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE "we""ird Täble" ("Col ""umn" integer PRIMARY KEY, "select" text)');
  await db.query('INSERT INTO "we""ird Täble" VALUES (1, \'x\')');
  const { rows } = await db.query('SELECT "Col ""umn", "select" AS "__proto__" FROM "we""ird Täble"');
  assert.deepEqual(Object.entries(rows[0]), [['Col "umn', 1], ['__proto__', 'x']]);
});

test('More different statements than the cache holds', async (t) => {
  const db = open(t);
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 300; n++) assert.deepEqual((await db.query(`SELECT ${n} AS n`)).rows, [{ n }]);
  }
});

test('Many calls at once are all answered, in their order', async (t) => {
  const db = open(t);
  await db.query('CREATE TABLE t (a integer PRIMARY KEY)');
  await Promise.all(Array.from({ length: 500 }, (_, a) => db.query('INSERT INTO t VALUES ($1)', [a])));
  assert.deepEqual((await db.query('SELECT count(*) AS n, max(a) AS last FROM t')).rows, [{ n: 500, last: 499 }]);
});

test('100,000 rows come out whole', async (t) => {
  const db = open(t);
  const { rows } = await db.query("SELECT n, 'row ' || n AS text FROM generate_series(1, 100000) AS g(n)");
  assert.equal(rows.length, 100000);
  assert.deepEqual(rows[99999], { n: 100000, text: 'row 100000' });
});

test('Large values cross in both directions', async (t) => {
  const db = open(t);
  const text = 'é'.repeat(3_000_000);
  const bytes = new Uint8Array(5_000_000).fill(7);
  const { rows: [row] } = await db.query('SELECT $1::text AS text, $2::bytea AS bytes', [text, bytes]);
  assert.ok(row.text === text);
  assert.ok(Buffer.compare(row.bytes, bytes) === 0);
});

test('A call whose signal is aborted fails with 57014', async (t) => {
  const db = open(t);
  const reason = new Error('changed my mind');
  await assert.rejects(db.query('SELECT 1', [], { signal: AbortSignal.abort(reason) }),
    (/** @type {any} */ error) => error.code === '57014' && error.cause === reason);
});

test('A prepared statement runs again and again, until it is closed', async (t) => {
  const db = open(t);
  await db.query(USERS);
  const statement = db.prepare('SELECT name FROM users WHERE id = $1');
  assert.deepEqual((await statement.query([1])).rows, [{ name: 'Ada' }]);
  const both = await Promise.all([statement.query([1]), statement.query([2])]);
  assert.deepEqual(both.map(({ rows }) => rows[0].name), ['Ada', 'Grace']);
  await statement.close();
  await assert.rejects(statement.query([1]), { code: '26000' });
});

test('A database can be closed while it opens, used after that again, and closed twice', async (t) => {
  const db = open(t);
  const connecting = db.connect();
  await Promise.all([db.close(), connecting]);
  assert.equal(db.storage, null);
  await db.query('SELECT 1');
  assert.equal(db.storage, 'memory');
  await Promise.all([db.close(), db.close()]);
});

test('A violated constraint is told by its name, with its table', async (t) => {
  const db = open(t);
  await db.query(`CREATE SCHEMA "my shop";
    CREATE TABLE "my shop".users (id integer PRIMARY KEY, name text NOT NULL UNIQUE, age integer CONSTRAINT "of age" CHECK (age >= 18));
    CREATE TABLE "my shop".orders (id integer PRIMARY KEY, "user" integer CONSTRAINT buyer REFERENCES "my shop".users);
    INSERT INTO "my shop".users VALUES (1, 'Ada', 36); INSERT INTO "my shop".orders VALUES (1, 1)`);
  const violations = [
    ["INSERT INTO \"my shop\".users VALUES (1, 'Eve', 20)", { code: '23505', table: 'users', constraint: 'users_pkey' }],
    ["INSERT INTO \"my shop\".users VALUES (2, 'Ada', 20)", { code: '23505', table: 'users', constraint: 'users_name_key' }],
    ["INSERT INTO \"my shop\".users VALUES (2, 'Eve', 17)", { code: '23514', table: 'users', constraint: 'of age' }],
    ['INSERT INTO "my shop".users VALUES (2, NULL, 20)', { code: '23502', table: 'users', column: 'name' }],
    ["INSERT INTO \"my shop\".users VALUES (NULL, 'Eve', 20)", { code: '23502', table: 'users', column: 'id' }],
    ['INSERT INTO "my shop".orders VALUES (2, 2)', { code: '23503', table: 'orders', constraint: 'buyer' }],
    ['DELETE FROM "my shop".users', { code: '23503', table: 'orders', constraint: 'buyer' }],
  ];
  for (const [sql, expected] of violations) {
    const { code, schema, table, column, constraint } = await db.query(sql).then(assert.fail, (error) => TidemarkError.fromJSON(error.toJSON()));
    assert.deepEqual({ code, schema, table, column, constraint }, { column: undefined, constraint: undefined, schema: 'my shop', ...expected }, sql);
  }
  await assert.rejects(db.query('SELECT 1 / 0'), (error) => error.table === undefined && error.constraint === undefined);
});

test('Options that do not exist are refused', async () => {
  const { Tidemark } = await import('../../../js-bindings/index.js');
  await assert.rejects(new Tidemark({ storage: 'disk' }).connect(), { code: '22023' });
  await assert.rejects(new Tidemark({ storage: 'opfs', path: 'a' }).connect(), { code: '0A000' });
  await assert.rejects(new Tidemark({ storage: {} }).connect(), { code: '22023' });
  await assert.rejects(new Tidemark({ dialect: 'oracle' }).connect(), { code: '22023' });
  await assert.rejects(new Tidemark({ path: '/nowhere/at/all.db' }).connect(), { code: '58030' });
});
