/**
 * Every kind of value crosses the upstream border exactly, whichever client carries it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { arrayFromJson, arrayToJson, parameterToText } from '../../../js-bindings/upstream/values.js';
import { origins } from '../lib/origin.js';

/** Type, value as PostgreSQL literal, value at the border. */
const VALUES = [
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['smallint', '-32768', -32768],
  ['integer', '2147483647', 2147483647],
  ['bigint', '42', 42],
  ['bigint', '9007199254740991', 9007199254740991],
  ['bigint', '9007199254740992', 9007199254740992n],
  ['bigint', '-9223372036854775808', -9223372036854775808n],
  ['real', '1.5', 1.5],
  ['double precision', '0.1', 0.1],
  ['double precision', '1e308', 1e308],
  ['double precision', 'NaN', NaN],
  ['double precision', '-Infinity', -Infinity],
  ['double precision', '-0', -0],
  ['numeric', '1.10', '1.10'],
  ['numeric', '123456789012345678901234567890.000000001', '123456789012345678901234567890.000000001'],
  ['numeric', 'NaN', 'NaN'],
  ['text', '', ''],
  ['text', 'a\'b"c\\d\n\u{1F30A}', 'a\'b"c\\d\n\u{1F30A}'],
  ['text', '[1,2]', '[1,2]'],
  ['character varying', 'x', 'x'],
  ['character(3)', 'x', 'x  ', 'character'],
  ['bytea', '\\x', new Uint8Array(0)],
  ['bytea', '\\x00ff10', new Uint8Array([0, 255, 16])],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '0044-03-15 BC', '0044-03-15 BC'],
  ['time without time zone', '23:59:59.123456', '23:59:59.123456'],
  ['timestamp without time zone', '2024-02-29 12:00:00.5', '2024-02-29 12:00:00.5'],
  ['timestamp without time zone', 'infinity', 'infinity'],
  ['timestamp with time zone', '2024-02-29 12:00:00+05:30', '2024-02-29 06:30:00+00'],
  ['interval', '1 year 2 mons -3 days 04:05:06', '1 year 2 mons -3 days +04:05:06'],
  ['uuid', '2F1E8C34-0000-4000-8000-00000000ABCD', '2f1e8c34-0000-4000-8000-00000000abcd'],
  ['json', '{"a" : [1,  2.50]}', '{"a" : [1,  2.50]}'],
  ['jsonb', '{"b": 1, "a": null}', '{"a": null, "b": 1}'],
  ['jsonb', '[1, 2]', '[1, 2]'],
  ['inet', '10.0.0.1', '10.0.0.1'],
  ['integer[]', '{1,NULL,-3}', '[1,null,-3]'],
  ['integer[]', '{}', '[]'],
  ['integer[]', '{{1,2},{3,4}}', '[[1,2],[3,4]]'],
  ['bigint[]', '{9007199254740993}', '[9007199254740993]'],
  ['numeric[]', '{1.10,NaN}', '["1.10","NaN"]'],
  ['boolean[]', '{t,f}', '[true,false]'],
  ['text[]', '{a,"b,c","NULL",NULL,"q\\"u\\\\o","{}",""}', '["a","b,c","NULL",null,"q\\"u\\\\o","{}",""]'],
  ['jsonb[]', '{"{\\"a\\": [1, \\"x\\"]}"}', '[{"a": [1, "x"]}]'],
  ['timestamp with time zone[]', '{"2024-02-29 12:00:00+00"}', '["2024-02-29 12:00:00+00"]'],
];

for (const { name, open, skip } of origins) {
  describe(name, { skip }, () => {
    let origin;
    let client;
    before(async () => {
      origin = await open();
      client = origin.client();
    });
    after(() => origin.close());

    for (const [type, literal, value, shownType = type] of VALUES) {
      test(`${type} ${JSON.stringify(literal)} is read, and comes back as the parameter it was sent as`, async () => {
        const text = literal.replaceAll("'", "''");
        const read = await client.query(`SELECT '${text}'::${type}, NULL::${type}`);
        assert.deepEqual(read.rows, [[value, null]]);
        assert.equal(read.fields[0].type, shownType);

        const sent = await client.query(
          `SELECT $1::${type}, $1::${type}::text IS NOT DISTINCT FROM '${text}'::${type}::text`, [value]);
        assert.deepEqual(sent.rows, [[value, true]]);
      });
    }

    test('types made by users are strings, their arrays JSON arrays', async () => {
      await origin.execute(`CREATE TYPE mood AS ENUM ('sad', 'so "so"'); CREATE DOMAIN small AS integer CHECK (VALUE < 10)`);
      const { rows, fields } = await client.query(
        `SELECT 'sad'::mood, ARRAY['so "so"', NULL]::mood[], 7::small, $1::mood[]`, ['["sad"]']);
      assert.deepEqual(rows, [['sad', '["so \\"so\\"",null]', 7, '["sad"]']]);
      assert.deepEqual(fields.map((field) => field.type), ['mood', 'mood[]', 'integer', 'mood[]']);
    });

    test('columns of the same name stay apart', async () => {
      const { rows, fields } = await client.query('SELECT 1 AS a, 2 AS a');
      assert.deepEqual(rows, [[1, 2]]);
      assert.deepEqual(fields.map((field) => field.name), ['a', 'a']);
    });

    test('rowCount counts what was changed, or what was returned', async () => {
      await origin.execute('CREATE TABLE counted (a integer)');
      assert.equal((await client.query('INSERT INTO counted SELECT generate_series(1, 5)')).rowCount, 5);
      assert.equal((await client.query('UPDATE counted SET a = a WHERE a > $1', [3])).rowCount, 2);
      assert.equal((await client.query('DELETE FROM counted WHERE a > 5')).rowCount, 0);
      assert.equal((await client.query('SELECT a FROM counted')).rowCount, 5);
      assert.deepEqual(await client.query('SELECT a FROM counted WHERE a > 5'),
        { rows: [], fields: [{ name: 'a', type: 'integer' }], rowCount: 0 });
    });

    test('a value that is no SQL value is refused with 22023', async () => {
      for (const value of [undefined, new Date(0), { a: 1 }, [1]]) {
        await assert.rejects(client.query('SELECT $1::text', [value]), { code: '22023' });
      }
    });

    test('a zero character ends nothing early', async () => {
      await assert.rejects(client.query('SELECT 1\0; DROP TABLE counted'), { code: '22023' });
      await assert.rejects(client.query('SELECT $1::text', ['a\0b']), { code: '22021' });
      await assert.rejects(client.query(/** @type {any} */ (1)), { code: '22023' });
      assert.deepEqual((await client.query('SELECT 1')).rows, [[1]]);
    });

    test('an error of the origin keeps its code, detail and hint', async () => {
      await assert.rejects(client.query('SELEC 1'), { name: 'UpstreamError', code: '42601', transient: false });
      await assert.rejects(client.query('SELECT nope'), { code: '42703' });
      await assert.rejects(
        client.query(`DO $$ BEGIN RAISE EXCEPTION 'm' USING DETAIL = 'd', HINT = 'h', ERRCODE = '45000'; END $$`),
        { code: '45000', message: 'm', detail: 'd', hint: 'h' });
    });

    test('a client goes on after an error', async () => {
      await client.query('SELECT 1/0').catch(() => {});
      assert.deepEqual((await client.query('SELECT 1')).rows, [[1]]);
    });

    test('an aborted query says 57014, before and while it runs', async () => {
      await assert.rejects(client.query('SELECT 1', [], { signal: AbortSignal.abort() }), { code: '57014' });
      const stop = new AbortController();
      const running = client.query('SELECT count(*) FROM generate_series(1, 300000)', [], { signal: stop.signal });
      stop.abort();
      await assert.rejects(running, { code: '57014' });
    });

    test('a transaction commits when its function resolves and is undone when it throws', async () => {
      await origin.execute('CREATE TABLE account (id integer PRIMARY KEY, amount integer)');
      const result = await client.transaction(async (tx) => {
        await tx.query('INSERT INTO account VALUES ($1, $2)', [1, 10]);
        return (await tx.query('SELECT amount FROM account')).rows;
      });
      assert.deepEqual(result, [[10]]);
      const reason = new Error('changed my mind');
      await assert.rejects(client.transaction(async (tx) => {
        await tx.query('DELETE FROM account', []);
        throw reason;
      }), reason);
      await assert.rejects(client.transaction(async (tx) => {
        await tx.query('DELETE FROM account', []);
        await tx.query('SELECT 1/0', []);
      }), { code: '22012' });
      assert.deepEqual((await client.query('SELECT * FROM account')).rows, [[1, 10]]);
    });

    test('a closed client says 08006', async () => {
      const other = origin.client();
      await other.query('SELECT 1');
      await other.close();
      await assert.rejects(other.query('SELECT 1'), { code: '08006', transient: true });
      await assert.rejects(other.transaction(async () => {}), { code: '08006' });
      await assert.rejects(other.subscribe({}, {}), { code: '08006' });
    });
  });
}

test('array text with other lower bounds, and of boxes, becomes a JSON array', () => {
  assert.equal(arrayToJson('[0:1]={a,b}', JSON.stringify), '["a","b"]');
  assert.equal(arrayToJson('{(1,1),(0,0);(2,2),(0,0)}', JSON.stringify, ';'), '["(1,1),(0,0)","(2,2),(0,0)"]');
});

test('a JSON array becomes array text that keeps every digit', () => {
  assert.equal(arrayFromJson('[1.10, 12345678901234567890, null]', 'numeric'), '{"1.10","12345678901234567890",NULL}');
  assert.equal(arrayFromJson('[{"a":1.10},["-1"]]', 'jsonb'), '{"{\\"a\\":1.10}","[\\"-1\\"]"}');
  assert.equal(arrayFromJson('[1:2]={a,b}', 'text'), '[1:2]={a,b}');
});

test('a boolean parameter is text that any type can read', () => {
  assert.equal(parameterToText(true), 'true');
});
