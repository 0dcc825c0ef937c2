/**
 * Queued transactions are applied whole, exactly once, and say what the origin thinks of them.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { origins } from '../lib/origin.js';

const DEVICE = '11111111-0000-4000-8000-000000000000';

const update = (id, note, version) => ({
  sql: 'UPDATE job SET note = $1 WHERE id = $2 AND xmin::text = $3 RETURNING id, note, xmin::text AS __version',
  params: [note, id, version],
  conflict: { sql: 'SELECT id, note, xmin::text AS __version FROM job WHERE id = $1', params: [id] },
});
const insert = (id, note) => ({
  sql: 'INSERT INTO job (id, note) VALUES ($1, $2) RETURNING id, note',
  params: [id, note],
  conflict: { sql: 'SELECT id, note FROM job WHERE id = $1', params: [id] },
});

for (const { name, open, skip } of origins) {
  describe(name, { skip }, () => {
    let origin;
    let client;
    let transaction = 0;
    before(async () => {
      origin = await open();
      client = origin.client();
      await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text, parent integer,
        CONSTRAINT parent FOREIGN KEY (parent) REFERENCES job DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT spoken CHECK (note <> 'forbidden'))`);
    });
    after(() => origin.close());
    beforeEach(() => origin.execute(`TRUNCATE job; INSERT INTO job VALUES (1, 'one'), (2, 'two'), (3, 'three')`));

    const apply = (...writes) => client.apply({ client: DEVICE, transaction: ++transaction, writes });
    const version = async (id) => (await origin.rows(`SELECT xmin::text FROM job WHERE id = ${id}`))[0][0];
    const jobs = () => origin.rows('SELECT id, note FROM job ORDER BY id');
    const untouched = [[1, 'one'], [2, 'two'], [3, 'three']];

    test('all writes are applied and each answers with the row it returned', async () => {
      const result = await apply(
        update(1, 'ONE', await version(1)),
        { sql: 'DELETE FROM job WHERE id = $1', params: [2] },
        insert(9007, 'new'));
      assert.equal(result.state, 'applied');
      assert.equal(result.repeated, false);
      assert.deepEqual(result.rows, [[1, 'ONE', await version(1)], null, [9007, 'new']]);
      assert.deepEqual(result.fields[0].map((field) => field.name), ['id', 'note', '__version']);
      assert.equal(result.fields[1], null);
      assert.deepEqual(await jobs(), [[1, 'ONE'], [3, 'three'], [9007, 'new']]);
    });

    test('a request sent again changes nothing and is answered as the first time', async () => {
      const request = {
        client: DEVICE,
        transaction: ++transaction,
        writes: [{
          sql: `UPDATE job SET note = note || '!' WHERE id = 1 RETURNING note, 9007199254740993, '\\x00ff'::bytea, NULL`,
          params: [],
        }],
      };
      const first = await client.apply(request);
      const again = await origin.client().apply(request);
      assert.deepEqual(first.rows, [['one!', 9007199254740993n, new Uint8Array([0, 255]), null]]);
      assert.deepEqual(again, { ...first, repeated: true });
      assert.deepEqual((await jobs())[0], [1, 'one!']);
    });

    test('a COPY that would wait for rows, or has nobody to take them, is refused and does not hang', async () => {
      const copies = ['COPY job FROM STDIN', '/* from */ copy (SELECT 1) TO\nstdout', 'COPY job (id) FROM STDIN WITH (FORMAT csv)'];
      for (const sql of copies) {
        await assert.rejects(client.query(sql, []), { code: '0A000', hint: 'INSERT the rows, or SELECT them.' });
        const result = await apply(insert(70, 'before'), { sql, params: [] });
        assert.deepEqual([result.state, result.index, result.error.code], ['refused', 1, '0A000']);
      }
      const [first] = await client.applyAll({
        client: DEVICE,
        transactions: [{ transaction: ++transaction, writes: [insert(71, 'a')] }, { transaction: ++transaction, writes: [{ sql: copies[0], params: [] }] }],
      });
      assert.equal(first.state, 'applied');
      assert.deepEqual(await jobs(), [...untouched, [71, 'a']]);
    });

    test('two sends of one transaction at the same time apply it once', async () => {
      const request = {
        client: DEVICE,
        transaction: ++transaction,
        writes: [{ sql: `UPDATE job SET note = note || '+' WHERE id = 1 RETURNING note`, params: [] }],
      };
      const results = await Promise.all(
        Array.from({ length: 6 }, (_, i) => (i % 2 ? client : origin.client()).apply(request)));
      assert.equal(results.filter((each) => !each.repeated).length, 1);
      for (const each of results) assert.deepEqual([each.state, each.rows], ['applied', [['one+']]]);
      assert.deepEqual((await jobs())[0], [1, 'one+']);
    });

    test('the same number of another device is another transaction', async () => {
      const writes = [{ sql: `UPDATE job SET note = note || '+' WHERE id = 1`, params: [] }];
      for (const device of ['a', 'b', 'a']) await client.apply({ client: device, transaction: 1, writes });
      assert.deepEqual((await jobs())[0], [1, 'one++']);
    });

    test('a row that has moved on is a conflict, with theirs, and nothing of the transaction stays', async () => {
      const stale = await version(1);
      await origin.execute(`UPDATE job SET note = 'theirs' WHERE id = 1`);
      const result = await apply(insert(4, 'four'), update(1, 'mine', stale), insert(5, 'five'));
      assert.equal(result.state, 'conflicted');
      assert.equal(result.index, 1);
      assert.deepEqual(result.theirs.row, [1, 'theirs', await version(1)]);
      assert.deepEqual(result.theirs.fields.map((field) => field.name), ['id', 'note', '__version']);
      assert.deepEqual(await jobs(), [[1, 'theirs'], ...untouched.slice(1)]);
    });

    test('theirs is the row without the other writes of the transaction', async () => {
      const result = await apply(
        { sql: `UPDATE job SET note = 'mine' WHERE id = 1`, params: [] },
        update(1, 'mine again', 'no such version'));
      assert.deepEqual([result.state, result.theirs.row[1]], ['conflicted', 'one']);
    });

    test('a row that is gone is a conflict with nothing', async () => {
      const result = await apply(update(77, 'mine', '1'));
      assert.deepEqual([result.state, result.index, result.theirs.row], ['conflicted', 0, null]);
    });

    test('an insert whose key is taken conflicts with the row that has it', async () => {
      const result = await apply(update(2, 'TWO', await version(2)), insert(1, 'mine'));
      assert.deepEqual([result.state, result.index, result.theirs.row], ['conflicted', 1, [1, 'one']]);
      assert.deepEqual(await jobs(), untouched);
    });

    test('another unique key that is taken is refused', async () => {
      await origin.execute('CREATE UNIQUE INDEX only_note ON job (note)');
      const result = await apply(insert(10, 'two'));
      await origin.execute('DROP INDEX only_note');
      assert.deepEqual([result.state, result.error.code], ['refused', '23505']);
      assert.match(result.error.detail, /already exists/);
    });

    for (const [kind, write, code] of [
      ['a check', insert(6, 'forbidden'), '23514'],
      ['a constraint that is checked at the end', {
        sql: 'UPDATE job SET parent = 999 WHERE id = 3', params: [],
      }, '23503'],
      ['a column that is not there', { sql: 'UPDATE job SET nope = 1 WHERE id = 1', params: [] }, '42703'],
      ['a value that is none', { sql: 'UPDATE job SET id = $1 WHERE id = 1', params: ['x'] }, '22P02'],
      ['more than one row', { sql: `UPDATE job SET note = 'all'`, params: [] }, '21000'],
    ]) {
      test(`${kind} refuses the whole transaction`, async () => {
        const result = await apply(insert(4, 'four'), write);
        assert.deepEqual([result.state, result.index, result.error.code], ['refused', 1, code]);
        assert.deepEqual(await jobs(), untouched);
        assert.equal((await apply(insert(4, 'four'))).state, 'applied');
      });
    }

    test('a refused transaction may be sent again, and then counts', async () => {
      const request = { client: DEVICE, transaction: ++transaction, writes: [insert(4, 'forbidden')] };
      assert.equal((await client.apply(request)).state, 'refused');
      request.writes = [insert(4, 'allowed')];
      assert.deepEqual([(await client.apply(request)).state, (await client.apply(request)).repeated],
        ['applied', true]);
    });

    test('what may pass by itself is thrown, and the same request then succeeds', async () => {
      const fail = { sql: `DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$`, params: [] };
      const request = { client: DEVICE, transaction: ++transaction, writes: [insert(4, 'four'), fail] };
      await assert.rejects(client.apply(request), { code: '40001', transient: true });
      assert.deepEqual(await jobs(), untouched);
      const retried = await client.apply({ ...request, writes: [insert(4, 'four')] });
      assert.deepEqual([retried.state, retried.repeated], ['applied', false]);
    });

    test('a malformed request is refused', async () => {
      for (const request of [{}, { client: '', transaction: 1, writes: [] },
        { client: 'c', transaction: 1.5, writes: [] }, { client: 'c', transaction: 1, writes: 'x' }]) {
        await assert.rejects(client.apply(request));
      }
    });

    test('the schema can vanish and comes back', async () => {
      await apply(insert(4, 'four'));
      await origin.execute('DROP SCHEMA tidemark_origin CASCADE');
      await client.apply({ client: DEVICE, transaction: ++transaction, writes: [] }).catch(() => {});
      assert.equal((await apply(insert(5, 'five'))).state, 'applied');
    });
  });
}
