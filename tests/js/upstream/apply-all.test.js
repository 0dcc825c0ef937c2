/**
 * Queued transactions that are sent together have the effect and the answers that they have one by one.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { applyUntilRefused } from '../lib/apply-until-refused.js';
import { origins } from '../lib/origin.js';

const insert = (id, note, parent = null) => ({
  sql: 'INSERT INTO job (id, note, parent) VALUES ($1, $2, $3) RETURNING id, note, rank, xmin::text AS __version',
  params: [id, note, parent],
  conflict: { sql: 'SELECT id, note, rank, xmin::text AS __version FROM job WHERE id = $1', params: [id] },
});
const update = (id, note, version) => ({
  sql: 'UPDATE job SET note = $1 WHERE id = $2 AND xmin::text = $3 RETURNING id, note, rank, xmin::text AS __version',
  params: [note, id, version],
  conflict: { sql: 'SELECT id, note, rank, xmin::text AS __version FROM job WHERE id = $1', params: [id] },
});

for (const { name, open, skip } of origins) {
  describe(name, { skip }, () => {
    let origin;
    let client;
    let device = 0;
    let last;
    before(async () => {
      origin = await open();
      client = origin.client();
      await origin.execute(`CREATE TABLE job (id integer PRIMARY KEY, note text CHECK (note <> 'forbidden'),
        parent integer REFERENCES job, rank integer GENERATED ALWAYS AS IDENTITY,
        late integer REFERENCES job DEFERRABLE INITIALLY DEFERRED)`);
    });
    after(() => origin.close());
    beforeEach(async () => {
      await origin.execute(`TRUNCATE job RESTART IDENTITY; INSERT INTO job (id, note) VALUES (1, 'one'), (2, 'two')`);
      device++;
      last = 0;
    });

    /** Transactions under the next numbers, each given as its writes. */
    const numbered = (list) => list.map((writes) => ({ transaction: ++last, writes }));
    const send = (transactions, by = client) => by.applyAll({ client: `device ${device}`, transactions });
    const apply = (...list) => send(numbered(list));
    const notes = async () => (await origin.rows('SELECT id, note FROM job ORDER BY id')).map(([id, note]) => `${id} ${note}`);
    const states = (results) => results.map(({ state }) => state);
    const version = async (id) => (await origin.rows(`SELECT xmin::text FROM job WHERE id = ${id}`))[0][0];

    test('all are applied in their order, and each has an answer of its own', async () => {
      const results = await apply([insert(3, 'three')], [], [update(1, 'ONE', await version(1)), insert(4, 'four')]);
      assert.deepEqual(states(results), ['applied', 'applied', 'applied']);
      assert.deepEqual(results.map(({ rows }) => rows.map((row) => row.slice(0, 2))), [[[3, 'three']], [], [[1, 'ONE'], [4, 'four']]]);
      assert.equal(results[0].rows[0][3], await version(3));
      assert.deepEqual(await notes(), ['1 ONE', '2 two', '3 three', '4 four']);
    });

    test('sent again, each gets its own answer, in whatever order the origin keeps them', async () => {
      const [first, second] = numbered([[insert(10, 'first')], [insert(11, 'second')]]);
      await send([second]);
      await send([first]);
      const results = await send([first, second]);
      assert.deepEqual(results.map(({ repeated, rows: [[id, note]] }) => [repeated, id, note]), [[true, 10, 'first'], [true, 11, 'second']]);
    });

    test('what the origin generates comes back to the write that it is for', async () => {
      const results = await apply(...[10, 11, 12, 13].map((id) => [insert(id, 'new')]));
      assert.deepEqual(results.map(({ rows: [[id, , rank]] }) => [id, rank]), [[10, 3], [11, 4], [12, 5], [13, 6]]);
    });

    test('a child goes with the parent that is sent before it', async () => {
      assert.deepEqual(states(await apply([insert(5, 'parent')], [insert(6, 'child', 5)], [insert(7, 'grandchild', 6)])),
        ['applied', 'applied', 'applied']);
    });

    test('a conflict in the middle ends the answers: what was before it stays, what comes after it is not tried', async () => {
      const stale = await version(1);
      await origin.execute(`UPDATE job SET note = 'theirs' WHERE id = 1`);
      const results = await apply([insert(3, 'three')], [insert(4, 'four')], [insert(8, 'undone'), update(1, 'mine', stale)], [insert(5, 'five')]);
      assert.deepEqual(states(results), ['applied', 'applied', 'conflicted']);
      assert.deepEqual([results[2].index, results[2].theirs.row[1]], [1, 'theirs']);
      assert.deepEqual(await notes(), ['1 theirs', '2 two', '3 three', '4 four']);
    });

    test('an insert whose key is taken conflicts as it does alone', async () => {
      const results = await apply([insert(3, 'three')], [insert(2, 'mine')], [insert(4, 'four')]);
      assert.deepEqual(states(results), ['applied', 'conflicted']);
      assert.equal(results[1].theirs.row[1], 'two');
    });

    test('a constraint in the middle refuses its transaction alone', async () => {
      const results = await apply([insert(3, 'three')], [insert(4, 'forbidden')], [insert(5, 'five')]);
      assert.deepEqual(states(results), ['applied', 'refused']);
      assert.equal(results[1].error.code, '23514');
      assert.deepEqual(await notes(), ['1 one', '2 two', '3 three']);
    });

    test('the first may be the one that is refused', async () => {
      assert.deepEqual(states(await apply([insert(4, 'forbidden')], [insert(5, 'five')])), ['refused']);
      assert.deepEqual(await notes(), ['1 one', '2 two']);
    });

    test('a later transaction does not make good a deferred constraint that an earlier one breaks', async () => {
      const late = { sql: 'INSERT INTO job (id, note, late) VALUES ($1, $2, $3) RETURNING id', params: [8, 'late', 9] };
      const results = await apply([insert(3, 'three')], [late], [insert(9, 'nine')]);
      assert.deepEqual([states(results), results[1].error.code], [['applied', 'refused'], '23503']);
      assert.deepEqual(await notes(), ['1 one', '2 two', '3 three']);
    });

    test('a transaction that needs its constraint deferred is applied', async () => {
      const late = { sql: 'INSERT INTO job (id, note, late) VALUES ($1, $2, $3) RETURNING id', params: [8, 'late', 9] };
      assert.deepEqual(states(await apply([insert(3, 'three')], [late, insert(9, 'nine')])), ['applied', 'applied']);
      assert.deepEqual(await notes(), ['1 one', '2 two', '3 three', '8 late', '9 nine']);
    });

    test('a trigger that waits for the end of its transaction sees all of it, and no other', async () => {
      await origin.execute(`CREATE TABLE seen (jobs integer);
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen SELECT count(*) FROM job; RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER see AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION see()`);
      const all = numbered([[insert(3, 'three')], [insert(4, 'four'), insert(5, 'five')], [insert(6, 'six')]]);
      assert.deepEqual(states(await applyUntilRefused(client, { client: `device ${device}`, transactions: all })), ['applied', 'applied', 'applied']);
      assert.deepEqual((await origin.rows('SELECT jobs FROM seen ORDER BY jobs')).flat(), [3, 5, 5, 6]);
      await origin.execute('DROP TRIGGER see ON job; DROP FUNCTION see; DROP TABLE seen');
    });

    test('sent again with more behind it, what was applied is answered as before and the rest is applied', async () => {
      const first = numbered([[insert(3, 'three')], [insert(4, 'four')]]);
      const before = await send(first);
      const again = await send([...first, ...numbered([[insert(5, 'five')]])], origin.client());
      assert.deepEqual(again.slice(0, 2), before.map((result) => ({ ...result, repeated: true })));
      assert.deepEqual([again[2].state, again[2].repeated], ['applied', false]);
      assert.deepEqual(await notes(), ['1 one', '2 two', '3 three', '4 four', '5 five']);
    });

    test('sent again in parts and one by one, it is answered as before', async () => {
      const all = numbered([3, 4, 5].map((id) => [insert(id, `row ${id}`)]));
      const before = await send(all);
      const parts = [...await send(all.slice(0, 2)), await client.apply({ client: `device ${device}`, ...all[2] })];
      assert.deepEqual(parts, before.map((result) => ({ ...result, repeated: true })));
    });

    test('some of them were applied alone before', async () => {
      const all = numbered([3, 4, 5].map((id) => [insert(id, `row ${id}`)]));
      await client.apply({ client: `device ${device}`, ...all[1] });
      assert.deepEqual((await send(all)).map(({ state, repeated }) => [state, repeated]),
        [['applied', false], ['applied', true], ['applied', false]]);
      assert.deepEqual(await notes(), ['1 one', '2 two', '3 row 3', '4 row 4', '5 row 5']);
    });

    test('sent by two at the same time, each is applied once', async () => {
      const all = numbered(Array.from({ length: 20 }, (_, i) => [insert(100 + i, 'once')]));
      const results = await Promise.all([send(all), send(all.slice(0, 15), origin.client()), send(all.slice(5), origin.client())]);
      for (const each of results.flat()) assert.equal(each.state, 'applied');
      assert.equal(results.flat().filter(({ repeated }) => !repeated).length, 20);
    });

    test('several devices at once do not mix', async () => {
      const send = (device) => origin.client().applyAll({
        client: `several ${device}`,
        transactions: Array.from({ length: 20 }, (_, i) => ({ transaction: i + 1, writes: [insert(1000 * device + i, `by ${device}`)] })),
      });
      const results = await Promise.all([1, 2, 3, 4].map(send));
      results.forEach((answers, i) => assert.deepEqual(answers.map(({ rows }) => rows[0][0]), Array.from({ length: 20 }, (_, j) => 1000 * (i + 1) + j)));
    });

    test('what may pass by itself in the middle keeps what was before it', async () => {
      const busy = { sql: `DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$`, params: [] };
      const all = numbered([[insert(3, 'three')], [busy], [insert(4, 'four')]]);
      assert.deepEqual(states(await send(all)), ['applied']);
      await assert.rejects(send(all.slice(1)), { code: '40001', transient: true });
      assert.deepEqual(await notes(), ['1 one', '2 two', '3 three']);
    });

    test('texts, arrays and parameters of several shapes go together', async () => {
      const odd = { sql: `INSERT INTO job (id, note) SELECT 20, array_to_string($1::text[], '+') RETURNING note`, params: ['["a","b"]'] };
      const results = await apply([odd], [insert(21, null)], [{ sql: 'DELETE FROM job WHERE id = $1', params: [2] }]);
      assert.deepEqual(results.map(({ rows }) => rows[0]?.[0] ?? null), ['a+b', 21, null]);
      assert.deepEqual(await notes(), ['1 one', '20 a+b', '21 null']);
    });

    test('a malformed request is refused', async () => {
      for (const transactions of [undefined, [{ transaction: 1 }], [{ transaction: 2, writes: [] }, { transaction: 1, writes: [] }]]) {
        await assert.rejects(client.applyAll({ client: 'c', transactions }));
      }
    });
  });
}
