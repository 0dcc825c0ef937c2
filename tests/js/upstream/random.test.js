/**
 * Whatever is committed while subscriptions begin, stop and resume, every copy ends equal to its table. The
 * seed of a failing run is printed; TIDEMARK_SEED repeats it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { origins } from '../lib/origin.js';
import { generator } from '../lib/random.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const SEED = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));
const WRITERS = 4;
const FOLLOWERS = 10;
const MILLISECONDS = 2_500;
const TRANSACTIONS = 100;

/**
 * A transaction on random rows. The amounts of the two rows of `pair` always add up to 0: a torn one shows.
 * @param {(below: number) => number} random
 * @param {boolean} concurrent the origin has several sessions: stay open for a while
 */
function randomTransaction(random, concurrent) {
  const id = () => random(60);
  const group = random(5);
  const amount = random(100);
  const steps = [
    `INSERT INTO entry (id, side, team, amount) VALUES (${id()}, 'a', ${group}, ${amount}) ON CONFLICT (id, side) DO NOTHING`,
    `DELETE FROM entry WHERE id = ${id()}`,
    `UPDATE entry SET amount = amount + ${random(9) - 4} WHERE id = ${id()}`,
    `UPDATE entry SET id = ${id() + 100} WHERE id = ${id()} AND NOT EXISTS (SELECT FROM entry WHERE id > 99)`,
    `UPDATE entry SET id = id - 100 WHERE id > 99 AND NOT EXISTS (SELECT FROM entry e WHERE e.id = entry.id - 100)`,
    `UPDATE entry SET team = ${group} WHERE id BETWEEN ${id()} AND ${id()}`,
  ];
  const chosen = Array.from({ length: 1 + random(4) }, () => steps[random(steps.length)]);
  const both = `UPDATE pair SET amount = amount + ${amount} WHERE id = 1; UPDATE pair SET amount = amount - ${amount} WHERE id = 2`;
  const end = random(6) === 0 ? 'ROLLBACK' : 'COMMIT';
  const rare = random(80) === 0 ? 'TRUNCATE entry; ' : '';
  const pause = concurrent ? `SELECT pg_sleep(${random(40) / 1000}); ` : '';
  return `BEGIN; ${rare}${chosen.join('; ')}; ${pause}${both}; ${end}`;
}

for (const { name, open, skip } of origins) {
  describe(name, { skip }, () => {
    let origin;
    before(async () => {
      origin = await open();
      await origin.execute(`CREATE TABLE entry (id integer, side text, team integer, amount integer, PRIMARY KEY (id, side));
        INSERT INTO entry SELECT g, 'a', g % 5, 0 FROM generate_series(1, 40) g;
        CREATE TABLE pair (id integer PRIMARY KEY, amount integer); INSERT INTO pair VALUES (1, 0), (2, 0)`);
    });
    after(() => origin.close());

    test(`copies equal their tables after commits, pauses and resumptions (seed ${SEED})`, { timeout: 120_000 }, async () => {
      const random = generator(SEED);
      let writing = true;
      let transactions = 0;
      const write = async () => {
        while (writing) {
          await origin.execute(randomTransaction(random, Boolean(origin.pool))).then(() => { transactions++; }, async (error) => {
            if (!['40P01', '23505', '55P03'].includes(error.code)) throw error;
            await origin.execute('ROLLBACK');
          });
          await sleep(random(4));
        }
      };

      const entries = (where, equal) => tableShape({
        name: 'entry', columns: ['id', 'side', 'team', 'amount'], key: { id: 'integer', side: 'text' }, where, equal,
      });
      const shapes = [entries('true'), entries('team = 2'), entries('amount > 50 OR id < 10'),
        entries('amount > 5', { team: 1 }), entries('amount > 5', { team: 2 }), entries('amount > 5', { team: 3 }),
        entries('true', { team: 2, side: 'a' }),
        tableShape({ name: 'pair', columns: ['id', 'amount'], key: { id: 'integer' } })];
      const torn = [];
      const follow = async (shape) => {
        const copy = new ShapeCopy(shape.key);
        const client = origin.client();
        const check = (give) => (message) => {
          give(message);
          if (shape.relation.name !== 'pair' || message.last === false) return undefined;
          if (copy.sorted().reduce((sum, row) => sum + row[1], 0) !== 0) torn.push(copy.sorted());
          return random(3) === 0 ? sleep(random(15)) : undefined;
        };
        const sink = {
          ...copy.sink,
          snapshot: check((part) => copy.snapshot(part)),
          changes: check((batch) => copy.changes(batch)),
        };
        const begin = () => client.subscribe({ ...shape, cursor: copy.cursor }, sink);
        while (writing) {
          const subscription = await begin();
          await sleep(random(120));
          subscription.close();
          await sleep(random(60));
        }
        const last = await begin();
        return { shape, copy, last, client };
      };

      const work = [
        ...Array.from({ length: WRITERS }, write),
        ...Array.from({ length: FOLLOWERS }, (_, i) => follow(shapes[i % shapes.length])),
      ];
      const enough = async () => {
        await sleep(MILLISECONDS);
        while (transactions < TRANSACTIONS) await sleep(50);
      };
      await Promise.race([enough(), Promise.all(work)]);
      writing = false;
      const followers = (await Promise.all(work)).filter(Boolean);
      assert.deepEqual(torn, []);

      for (const { shape, copy, last, client } of followers) {
        const expected = new ShapeCopy(shape.key);
        const { rows, fields } = await client.query(shape.sql, shape.params);
        expected.snapshot({ fields, rows, first: true, last: true });
        const wanted = JSON.stringify(expected.sorted());
        await copy.until((each) => JSON.stringify(each.sorted()) === wanted)
          .catch(() => assert.deepEqual(copy.sorted(), expected.sorted()));
        assert.deepEqual([...copy.rows].sort(), [...expected.rows].sort());
        last.close();
        await client.close();
      }
      const batches = followers.reduce((sum, { copy }) => sum + copy.batches.length, 0);
      assert.ok(batches > 0);
    });
  });
}
