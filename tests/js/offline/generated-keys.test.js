/**
 * Rows whose key their origin gives them: what is queued about them before the key is known follows it, and nothing else does.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { eventually } from '../lib/eventually.js';
import { applied, openDevice as openDeviceOf, ORIGINS, same as sameAs } from './lib/generated-keys.js';
import { rows } from './lib/stack.js';

for (const { name, dialect, skip, open, schema, clear } of ORIGINS) {
  describe(`keys that ${name} gives`, { skip }, () => {
    let origin;
    /** @type {(() => Promise<void>)[]} */
    const closing = [];
    before(async () => {
      origin = await open();
      await origin.execute(schema);
    });
    after(() => origin?.close());
    beforeEach(() => origin.execute(clear));
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });

    const openDevice = async (...how) => {
      const device = await openDeviceOf(origin, dialect, ...how);
      closing.push(device.close);
      return device;
    };
    const same = (db) => sameAs(db, origin);

    test('a row is named by a negative number until its key comes back and replaces it', async () => {
      const { db, online } = await openDevice();
      const events = [];
      db.sync.on('applied', (event) => events.push(event));
      const { rows: [{ id }] } = await db.query(`INSERT INTO customer (name) VALUES ('Ada') RETURNING id`);
      assert.equal(id, -1);
      assert.deepEqual(await rows(db, 'SELECT id, name, __staged AS staged FROM customer'), [{ id: -1, name: 'Ada', staged: true }]);
      const [waiting] = await db.sync.queue();
      assert.deepEqual([waiting.key, waiting.mine, waiting.staged_key], [{ id: -1 }, { name: 'Ada' }, null]);
      await online();
      await applied(db);
      await same(db);
      assert.deepEqual(await origin.rows('SELECT id, name FROM customer'), [[1, 'Ada']]);
      const [write] = await db.sync.queue();
      assert.deepEqual([write.key, write.staged_key], [{ id: 1 }, { id: -1 }]);
      assert.deepEqual(events.map(({ key, staged_key: staged }) => [key, staged]), [[{ id: 1 }, { id: -1 }]]);
    });

    for (const policy of ['local_first', 'origin_first']) {
      test(`rows that refer to each other in one transaction arrive with the keys of the origin, ${policy}`, async () => {
        const { db, online } = await openDevice(policy);
        await origin.execute("INSERT INTO customer (name) VALUES ('others')");
        await db.transaction(async (tx) => {
          const { rows: [{ id: customer }] } = await tx.query(`INSERT INTO customer (name) VALUES ('Ada') RETURNING id`);
          const { rows: [{ id: order }] } = await tx.query(
            `INSERT INTO "order" (customer, note, score) VALUES ($1, 'first', $1) RETURNING id`, [customer]);
          await tx.query('INSERT INTO line VALUES (1, $1, $2), (2, $1, NULL)', [order, "it's"]);
          await tx.query('INSERT INTO part VALUES (7, $1, 2)', [order]);
          await tx.query('INSERT INTO customer (name, boss) VALUES ($2, $1)', [customer, 'Bo']);
          if (policy === 'local_first') await tx.query(`UPDATE "order" SET note = 'second' WHERE id = $1`, [order]);
        });
        await online();
        await applied(db);
        const note = policy === 'local_first' ? 'second' : 'first';
        // score is no foreign key: its number is a number
        assert.deepEqual(await origin.rows('SELECT * FROM "order"'), [[1, 2, note, -1, 'there']]);
        assert.deepEqual(await origin.rows('SELECT number, "for order", what FROM line ORDER BY 1'), [[1, 1, "it's"], [2, 1, null]]);
        assert.deepEqual(await origin.rows('SELECT * FROM part'), [[7, 1, 2]]);
        assert.deepEqual(await origin.rows('SELECT name, boss FROM customer ORDER BY id'), [['others', null], ['Ada', null], ['Bo', 2]]);
        await same(db);
      });

      test(`later transactions follow the key, with a restart and a lost answer in between, ${policy}`, async () => {
        const device = await openDevice(policy);
        await origin.execute("INSERT INTO customer (name) VALUES ('others')");
        const { rows: [{ id: customer }] } = await device.db.query(`INSERT INTO customer (name) VALUES ('Ada') RETURNING id`);
        const { rows: [{ id: order }] } = await device.db.query('INSERT INTO "order" (customer) VALUES ($1) RETURNING id', [customer]);
        await device.db.query('INSERT INTO line (number, "for order") VALUES (1, $1)', [order]);
        await device.reopen();
        await device.db.query('INSERT INTO part VALUES (1, $1, 1)', [order]);
        if (policy === 'local_first') {
          await device.db.query(`UPDATE "order" SET note = 'later' WHERE id = $1`, [order]);
          await device.db.query(`UPDATE line SET what = 'bolt' WHERE "for order" = $1`, [order]);
        }
        // the origin applies the first of them, and its answer is lost
        device.bridge.afterApply = () => { device.bridge.online = false; };
        device.bridge.online = true;
        await eventually(async () => {
          await device.db.sync.sync(null, { forceSync: true });
          assert.equal((await origin.rows('SELECT * FROM customer')).length, 2);
        });
        await device.reopen();
        await device.online();
        await applied(device.db);
        const [note, what] = policy === 'local_first' ? ['later', 'bolt'] : [null, null];
        assert.deepEqual(await origin.rows('SELECT id, customer, note FROM "order"'), [[1, 2, note]]);
        assert.deepEqual(await origin.rows('SELECT number, "for order", what FROM line'), [[1, 1, what]]);
        assert.deepEqual(await origin.rows('SELECT * FROM part'), [[1, 1, 1]]);
        await same(device.db);
      });
    }

    test('who still has the staged key when the real one has come is understood', async () => {
      const { db, online } = await openDevice();
      const { rows: [{ id }] } = await db.query(`INSERT INTO customer (name) VALUES ('Ada') RETURNING id`);
      await online();
      await same(db);
      await db.query('INSERT INTO "order" (customer, score) VALUES ($1, $1)', [id]);
      await applied(db);
      assert.deepEqual(await origin.rows('SELECT customer, score FROM "order"'), [[1, -1]]);
    });

    test('an insert that is refused holds back what refers to it, and only that; then all follows', async () => {
      const { db, online } = await openDevice();
      await origin.execute("ALTER TABLE customer ADD CONSTRAINT no_x CHECK (name <> 'x')");
      const { rows: [{ id }] } = await db.query(`INSERT INTO customer (name) VALUES ('x') RETURNING id`);
      await db.query('INSERT INTO "order" (customer) VALUES ($1)', [id]);
      await db.query(`INSERT INTO customer (name) VALUES ('free')`);
      await online();
      await eventually(async () => assert.deepEqual((await db.sync.queue()).map(({ state }) => state), ['conflicted', 'pending', 'applied']));
      await db.sync.resolve((await db.sync.queue())[0].id, { set: { name: 'y' } });
      await applied(db);
      assert.deepEqual(await origin.rows('SELECT o.id, c.name FROM "order" AS o JOIN customer AS c ON c.id = o.customer'), [[1, 'y']]);
      await same(db);
      await origin.execute('ALTER TABLE customer DROP CONSTRAINT no_x');
    });

    test('a row that nothing but its key is known of; DEFAULT; a row that goes again; a key that was given', async () => {
      const { db, online } = await openDevice();
      await db.query('INSERT INTO customer DEFAULT VALUES');
      await db.query(`INSERT INTO customer (id, name) VALUES (DEFAULT, 'a'), (77, 'b')`);
      await db.query(`INSERT INTO customer (name) SELECT upper(name) FROM customer WHERE name IS NOT NULL`);
      await db.query(`DELETE FROM customer WHERE name = 'A'`);
      await online();
      await applied(db);
      assert.deepEqual((await origin.rows('SELECT name FROM customer ORDER BY name')).flat().sort(), ['B', 'a', 'b', null].sort());
      assert.deepEqual(await origin.rows("SELECT name FROM customer WHERE id = 77"), [['b']]);
      await same(db);
    });

    test('a materialized view shows the row under its key', async () => {
      const { db, online } = await openDevice('local_first', 'MATERIALIZED');
      await db.query(`INSERT INTO customer (name) VALUES ('Ada')`);
      await online();
      await applied(db);
      assert.deepEqual(await rows(db, 'SELECT id, name FROM customer'), [{ id: 1, name: 'Ada' }]);
    });

    test('a transaction that is rolled back leaves nothing of its staged keys', async () => {
      const { db, online } = await openDevice();
      await assert.rejects(db.transaction(async (tx) => {
        await tx.query(`INSERT INTO customer (name) VALUES ('gone')`);
        throw new Error('no');
      }));
      await db.query(`INSERT INTO customer (name) VALUES ('Ada')`);
      await online();
      await applied(db);
      await same(db);
      assert.deepEqual(await origin.rows('SELECT name FROM customer'), [['Ada']]);
    });

    if (dialect === 'postgres') {
      test('a uuid is made here and stays', async () => {
        await origin.execute('CREATE TABLE thing (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text)');
        const { db, bridge, online } = await openDevice();
        bridge.online = true;
        await db.query(`CREATE REALTIME VIEW thing AS TABLE thing WITH (replication_origin = 'postgres:main', write_policy = 'local_first')`);
        bridge.online = false;
        const { rows: [{ id }] } = await db.query(`INSERT INTO thing (name) VALUES ('x') RETURNING id`);
        await online();
        await applied(db);
        assert.deepEqual(await origin.rows('SELECT id::text, name FROM thing'), [[id, 'x']]);
      });

      test('a key that a trigger rewrites is followed by the later writes to its row', async () => {
        await origin.execute(`CREATE OR REPLACE FUNCTION lower_id() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN NEW.id = lower(NEW.id); RETURN NEW; END $$;
          DROP TRIGGER IF EXISTS lower_id ON code;
          CREATE TRIGGER lower_id BEFORE INSERT ON code FOR EACH ROW EXECUTE FUNCTION lower_id()`);
        const { db, online } = await openDevice();
        await db.query(`INSERT INTO code VALUES ('ABC', 1)`);
        await db.query(`UPDATE code SET uses = 2 WHERE id = 'ABC'`);
        await online();
        await applied(db);
        assert.deepEqual(await origin.rows('SELECT id, uses FROM code'), [['abc', 2]]);
        await same(db);
      });
    }
  });
}
