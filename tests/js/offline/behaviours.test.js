/**
 * What an offline client has to do, over a real PostgreSQL and a network that can be cut.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';

import { eventually } from '../lib/eventually.js';
import { createOrigin, rows } from './lib/stack.js';

const shown = 'SELECT id, name, __staged AS staged FROM users ORDER BY id';

describe('an offline client', () => {
  /** @type {Awaited<ReturnType<typeof createOrigin>>} */
  let origin;
  beforeEach(async () => {
    origin = await createOrigin();
  });
  afterEach(async () => {
    await origin.close();
  });

  it('shows the rows once the view has been created, and what changes at the origin', async () => {
    const { db } = await origin.device();
    assert.deepEqual(await rows(db, 'SELECT * FROM users'), [{ id: 1, name: 'Ada' }]);
    await origin.pglite.exec(`UPDATE users SET name = 'Ada L.' WHERE id = 1; INSERT INTO users VALUES (2, 'Bo')`);
    await eventually(async () =>
      assert.deepEqual(await rows(db, 'SELECT * FROM users ORDER BY id'), [
        { id: 1, name: 'Ada L.' },
        { id: 2, name: 'Bo' },
      ]),
    );
  });

  it('keeps a view without a key equal to its origin, also where a change makes none of its rows another', async () => {
    const { db } = await origin.device({ view: false });
    const errors = [];
    db.sync.on('error', (event) => errors.push(event));
    await origin.pglite.exec(`INSERT INTO users SELECT i, 'user ' || i / 3 FROM generate_series(2, 300) AS i`);
    const query = `SELECT upper(name) AS name, count(*) AS n FROM users GROUP BY upper(name)`;
    await db.query(`CREATE REALTIME VIEW named AS ${query} WITH (replication_origin = 'postgres:app')`);
    for (const statement of [
      `UPDATE users SET name = 'USER 7' WHERE name = 'user 7'`,
      `UPDATE users SET name = 'other' WHERE id % 50 = 0`,
      `DELETE FROM users WHERE id BETWEEN 100 AND 120`,
      `INSERT INTO users VALUES (400, 'other'), (401, NULL)`,
    ]) {
      await origin.pglite.exec(statement);
      const { rows: [{ all }] } = await origin.pglite.query(`SELECT string_agg(name || n, ',' ORDER BY name) AS all FROM (${query}) AS q`);
      await eventually(async () => assert.equal((await rows(db, `SELECT string_agg(name || n, ',' ORDER BY name) AS a FROM named`))[0].a, all));
    }
    await eventually(async () => assert.deepEqual((await rows(db, 'SELECT n FROM named WHERE name IS NULL')), [{ n: 1 }]));
    assert.deepEqual(errors, []);
  });

  it('sends an insert made online; its row stops being staged; one queue entry, applied', async () => {
    const { db } = await origin.device();
    await db.query(`INSERT INTO users VALUES (2, 'Grace')`);
    assert.deepEqual((await rows(db, shown))[1], { id: 2, name: 'Grace', staged: true });
    await eventually(async () => {
      assert.deepEqual((await origin.users())[1], { id: 2, name: 'Grace' });
      assert.deepEqual((await rows(db, shown))[1], { id: 2, name: 'Grace', staged: false });
      assert.deepEqual((await db.sync.queue()).map((write) => write.state), ['applied']);
    });
  });

  it('mirrors update, insert and delete of the origin; a write made offline fails, then arrives', async () => {
    const { db, bridge } = await origin.device();
    await origin.pglite.exec(`INSERT INTO users VALUES (2, 'Bo'), (9, 'gone'); UPDATE users SET name = 'B' WHERE id = 2;
      DELETE FROM users WHERE id = 9`);
    await eventually(async () =>
      assert.deepEqual((await rows(db, shown)).map((row) => row.name), ['Ada', 'B']),
    );
    bridge.online = false;
    await db.query(`INSERT INTO users VALUES (3, 'Grace')`);
    assert.deepEqual((await rows(db, shown))[2], { id: 3, name: 'Grace', staged: true });
    await db.sync.sync(null, { forceSync: true });
    const [failed] = await db.sync.queue();
    assert.equal(failed.state, 'failed');
    assert.ok(failed.next_retry_at);
    bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => {
      assert.deepEqual((await origin.users())[2], { id: 3, name: 'Grace' });
      assert.deepEqual((await rows(db, shown))[2], { id: 3, name: 'Grace', staged: false });
      const queue = await db.sync.queue();
      assert.deepEqual([queue.length, queue[0].id, queue[0].state], [1, failed.id, 'applied']);
    });
  });

  it('keeps staged row and queue when closed and opened again offline, and converges later', async () => {
    const device = await origin.device({ storage: 'file' });
    device.bridge.online = false;
    await device.db.query(`INSERT INTO users VALUES (3, 'Grace')`);
    await device.db.sync.sync(null, { forceSync: true });
    const db = await device.reopen();
    assert.deepEqual((await rows(db, shown))[1], { id: 3, name: 'Grace', staged: true });
    assert.equal((await db.sync.queue())[0].state, 'failed');
    device.bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => {
      assert.deepEqual((await origin.users())[1], { id: 3, name: 'Grace' });
      assert.deepEqual((await rows(db, shown))[1], { id: 3, name: 'Grace', staged: false });
    });
  });

  it('sends what an imported database has in its queue, and starts its views, without being asked', async () => {
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.query(`INSERT INTO users VALUES (3, 'Grace')`);
    const other = await origin.device({ view: false });
    await other.db.import(db.export());
    await eventually(async () => {
      assert.deepEqual((await origin.users())[1], { id: 3, name: 'Grace' });
      assert.equal((await other.db.sync.queue())[0].state, 'applied');
      assert.deepEqual((await rows(other.db, shown))[1], { id: 3, name: 'Grace', staged: false });
    });
  });

  it('shows a write that the origin had before the export as what it is, in the imported database', async () => {
    const { db, bridge } = await origin.device();
    await db.sync.stop('users');
    await db.query(`INSERT INTO users VALUES (3, 'Grace')`);
    await eventually(async () => assert.equal((await db.sync.queue())[0].state, 'applied'));
    bridge.online = false;
    const other = await origin.device({ view: false });
    await other.db.import(db.export());
    await other.db.sync.resume('users');
    await eventually(async () => assert.deepEqual((await rows(other.db, shown))[1], { id: 3, name: 'Grace', staged: false }));
  });

  /** Two devices go offline, write, and come back one after the other. */
  async function twoOffline(first, second) {
    const a = await origin.device();
    const b = await origin.device();
    const conflicts = [];
    a.db.sync.on('conflict', (event) => conflicts.push(event));
    a.bridge.online = b.bridge.online = false;
    await a.db.query(first);
    await b.db.query(second);
    b.bridge.online = true;
    await b.db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.equal((await b.db.sync.queue())[0].state, 'applied'));
    a.bridge.online = true;
    await a.db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.equal((await a.db.sync.queue())[0].state, 'conflicted'));
    return { a, b, conflicts };
  }

  it('lets the first of two competing updates win; the second is conflicted, both views agree', async () => {
    const { a, b, conflicts } = await twoOffline(
      `UPDATE users SET name = 'from A' WHERE id = 1`,
      `UPDATE users SET name = 'from B' WHERE id = 1`,
    );
    const winner = [{ id: 1, name: 'from B', staged: false }];
    await eventually(async () => {
      assert.deepEqual(await rows(a.db, shown), winner);
      assert.deepEqual(await rows(b.db, shown), winner);
    });
    assert.equal(conflicts.length, 1);
    assert.deepEqual(conflicts[0].base, { id: 1, name: 'Ada' });
    assert.deepEqual(conflicts[0].mine, { name: 'from A' });
    assert.deepEqual(conflicts[0].theirs, { id: 1, name: 'from B' });
    const [write] = await a.db.sync.queue();
    assert.equal(write.next_retry_at, null);
  });

  it('restores a row deleted offline that another device has updated', async () => {
    const { a } = await twoOffline(`DELETE FROM users WHERE id = 1`, `UPDATE users SET name = 'kept' WHERE id = 1`);
    await eventually(async () => assert.deepEqual(await rows(a.db, shown), [{ id: 1, name: 'kept', staged: false }]));
  });

  it('loses a row updated offline that another device has deleted', async () => {
    const { a, conflicts } = await twoOffline(
      `UPDATE users SET name = 'too late' WHERE id = 1`,
      `DELETE FROM users WHERE id = 1`,
    );
    await eventually(async () => assert.deepEqual(await rows(a.db, shown), []));
    assert.equal(conflicts[0].theirs, null);
  });

  it('fills a materialized view by sync and reports it', async () => {
    const { db } = await origin.device({ mode: 'MATERIALIZED', autoSync: false });
    await db.sync.sync(null, { forceSync: true });
    const [status] = await db.sync.status();
    assert.deepEqual([status.mode, status.state], ['materialized', 'synced']);
    assert.deepEqual(await rows(db, 'SELECT * FROM users'), [{ id: 1, name: 'Ada' }]);
  });

  it('stops until resumed, then catches up', async () => {
    const { db } = await origin.device();
    await eventually(async () => assert.equal((await db.sync.status())[0].state, 'running'));
    await db.sync.stop({ public: ['users'] });
    const [stopped] = await db.sync.status();
    assert.deepEqual([stopped.state, stopped.enabled], ['idle', false]);
    await origin.pglite.exec(`INSERT INTO users VALUES (2, 'Bo')`);
    await db.sync.sync();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await rows(db, 'SELECT * FROM users')).length, 1);
    await db.sync.resume({ public: ['users'] });
    await eventually(async () => assert.equal((await rows(db, 'SELECT * FROM users')).length, 2));
  });

  it('shares one run among overlapping calls of sync', async () => {
    const { db, bridge } = await origin.device({ mode: 'MATERIALIZED', autoSync: false });
    await db.sync.sync(null, { forceSync: true });
    const before = bridge.log.length;
    await Promise.all([1, 2, 3, 4].map(() => db.sync.sync(null, { forceSync: true })));
    const snapshots = bridge.log.slice(before).filter((entry) => entry.kind === 'query');
    assert.ok(snapshots.length <= 2, `${snapshots.length} snapshots`);
  });

  it('does not retry before it is due, unless forced', async () => {
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.query(`INSERT INTO users VALUES (3, 'Grace')`);
    await db.sync.sync(null, { forceSync: true });
    const [failed] = await db.sync.queue();
    await db.sync.sync();
    assert.equal((await db.sync.queue())[0].retry_count, failed.retry_count);
    await db.sync.sync(null, { forceSync: true });
    assert.equal((await db.sync.queue())[0].retry_count, failed.retry_count + 1);
  });

  it('leaves rows as they are with origin_first until the origin has the write', async () => {
    const { db, bridge } = await origin.device({ policy: 'origin_first' });
    bridge.online = false;
    await db.query(`UPDATE users SET name = 'Ada L.' WHERE id = 1`);
    assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'Ada', staged: false }]);
    assert.deepEqual(await origin.users(), [{ id: 1, name: 'Ada' }]);
    const [write] = await db.sync.queue();
    assert.deepEqual([write.op, write.mine], ['update', { name: 'Ada L.' }]);
    bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () =>
      assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'Ada L.', staged: false }]),
    );
  });
});

describe('where others lose writes', () => {
  /** @type {Awaited<ReturnType<typeof createOrigin>>} */
  let origin;
  before(async () => {
    origin = await createOrigin();
  });
  after(async () => {
    await origin.close();
  });
  beforeEach(async () => {
    await origin.pglite.exec(`DELETE FROM users; INSERT INTO users VALUES (1, 'Ada')`);
  });

  it('an insert followed by an update offline arrives whole', async () => {
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.query(`INSERT INTO users VALUES (3, 'first')`);
    await db.query(`UPDATE users SET name = 'second' WHERE id = 3`);
    assert.deepEqual((await rows(db, shown))[1], { id: 3, name: 'second', staged: true });
    bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => {
      assert.deepEqual((await origin.users())[1], { id: 3, name: 'second' });
      assert.deepEqual((await rows(db, shown))[1], { id: 3, name: 'second', staged: false });
      assert.deepEqual((await db.sync.queue()).map((write) => write.state), ['applied', 'applied']);
    });
  });

  it('two offline edits of one row do not conflict with each other', async () => {
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.query(`UPDATE users SET name = 'one' WHERE id = 1`);
    await db.query(`UPDATE users SET name = 'two' WHERE id = 1`);
    bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => {
      assert.deepEqual(await origin.users(), [{ id: 1, name: 'two' }]);
      assert.deepEqual((await db.sync.queue()).map((write) => write.state), ['applied', 'applied']);
      assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'two', staged: false }]);
    });
  });

  it('two edits online of one row of a materialized view do not conflict before a REFRESH', async () => {
    const { db } = await origin.device({ mode: 'MATERIALIZED' });
    await db.query(`UPDATE users SET name = 'one' WHERE id = 1`);
    await eventually(async () => assert.equal((await db.sync.queue())[0].state, 'applied'));
    await db.query(`UPDATE users SET name = 'two' WHERE id = 1`);
    await eventually(async () => assert.equal((await db.sync.queue())[1].state, 'applied'));
    assert.deepEqual(await origin.users(), [{ id: 1, name: 'two' }]);
    assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'two', staged: true }]);
    await db.query('REFRESH MATERIALIZED VIEW users');
    assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'two', staged: false }]);
  });

  it('REFRESH while offline fails and keeps the rows', async () => {
    const { db, bridge } = await origin.device({ mode: 'MATERIALIZED' });
    bridge.online = false;
    await assert.rejects(db.query('REFRESH MATERIALIZED VIEW users'), { code: '08006' });
    assert.deepEqual(await rows(db, 'SELECT * FROM users'), [{ id: 1, name: 'Ada' }]);
  });

  it('a view created while offline fills when the origin answers', async () => {
    const device = await origin.device({ view: false });
    device.bridge.online = false;
    await device.db.query(`CREATE REALTIME VIEW users AS TABLE users WITH (replication_origin = 'postgres:primary')`);
    await assert.rejects(device.db.query('SELECT * FROM users'), { code: '08006' });
    device.bridge.online = true;
    await device.db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.deepEqual(await rows(device.db, 'SELECT * FROM users'), [{ id: 1, name: 'Ada' }]));
  });

  it('a commit between snapshot and subscription is not lost', async () => {
    const device = await origin.device({ view: false });
    const subscribe = device.bridge.subscribe.bind(device.bridge);
    device.bridge.subscribe = async (request, sink, options) => {
      const snapshot = sink.snapshot.bind(sink);
      sink.snapshot = async (part) => {
        if (part.first) await origin.pglite.exec(`INSERT INTO users VALUES (2, 'in between') ON CONFLICT DO NOTHING`);
        return snapshot(part);
      };
      return subscribe(request, sink, options);
    };
    await device.db.query(`CREATE REALTIME VIEW users AS TABLE users WITH (replication_origin = 'postgres:primary')`);
    await eventually(async () =>
      assert.deepEqual((await rows(device.db, 'SELECT name FROM users ORDER BY id')).map((row) => row.name), [
        'Ada',
        'in between',
      ]),
    );
  });

  it('a transaction of several rows is applied whole or not at all', async () => {
    await origin.pglite.exec(`INSERT INTO users VALUES (2, 'Bo')`);
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.transaction(async (tx) => {
      await tx.query(`UPDATE users SET name = 'A' WHERE id = 1`);
      await tx.query(`UPDATE users SET name = 'B' WHERE id = 2`);
    });
    await db.query(`INSERT INTO users VALUES (3, 'later')`);
    await origin.pglite.exec(`UPDATE users SET name = 'moved on' WHERE id = 2`);
    bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => {
      assert.deepEqual((await db.sync.queue()).map((write) => write.state), ['conflicted', 'conflicted', 'applied']);
      assert.deepEqual(await origin.users(), [
        { id: 1, name: 'Ada' },
        { id: 2, name: 'moved on' },
        { id: 3, name: 'later' },
      ]);
      assert.deepEqual((await rows(db, shown)).map((row) => row.name), ['Ada', 'moved on', 'later']);
    });
    const [write] = await db.sync.queue();
    await db.sync.resolve(write.id, 'retry');
    await eventually(async () =>
      assert.deepEqual((await origin.users()).map((row) => row.name), ['A', 'B', 'later']),
    );
  });

  it('a lost answer and a second sending change nothing', async () => {
    await origin.pglite.exec(`CREATE TABLE IF NOT EXISTS hits (id integer PRIMARY KEY, n integer); DELETE FROM hits;
      INSERT INTO hits VALUES (1, 0);
      CREATE OR REPLACE FUNCTION count_hit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE hits SET n = n + 1; RETURN NEW; END $$;
      CREATE OR REPLACE TRIGGER count_hits AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_hit()`);
    const { db, bridge } = await origin.device();
    bridge.afterApply = () => {
      bridge.online = false;
    };
    await db.query(`UPDATE users SET name = 'once' WHERE id = 1`);
    await eventually(async () => assert.equal((await db.sync.queue())[0].state, 'failed'));
    bridge.online = true;
    await db.sync.sync(null, { forceSync: true });
    await eventually(async () => assert.equal((await db.sync.queue())[0].state, 'applied'));
    assert.deepEqual((await origin.pglite.query('SELECT n FROM hits')).rows, [{ n: 1 }]);
    await eventually(async () => assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'once', staged: false }]));
    await origin.pglite.exec('DROP TRIGGER count_hits ON users');
  });

  /** A device that has written these statements offline, online again. */
  async function withQueue(...statements) {
    const device = await origin.device();
    device.bridge.online = false;
    for (const sql of statements) await device.db.query(sql);
    await device.db.sync.sync(null, { forceSync: true });
    device.bridge.online = true;
    return device;
  }
  const states = async (db) => (await db.sync.queue()).map(({ state }) => state);

  it('a long queue goes out together, in order, and every row comes back', async () => {
    const inserts = Array.from({ length: 100 }, (_, i) => `INSERT INTO users VALUES (${i + 10}, 'user ${i}')`);
    const { db, bridge } = await withQueue(...inserts, `UPDATE users SET name = 'first' WHERE id = 1`,
      `UPDATE users SET name = 'second' WHERE id = 1`, 'DELETE FROM users WHERE id = 10');
    bridge.log.length = 0;
    await db.sync.sync(null, { forceSync: true });
    assert.deepEqual(new Set(await states(db)), new Set(['applied']));
    assert.ok(bridge.log.length < 15, `${bridge.log.length} requests`);
    const users = await origin.users();
    assert.deepEqual([users.length, users[0].name, users[1].id], [100, 'second', 11]);
    await eventually(async () => assert.deepEqual(await rows(db, shown), users.map((user) => ({ ...user, staged: false }))));
  });

  it('a conflict in the middle of a queue holds back its own row and nothing else', async () => {
    const inserts = (from) => Array.from({ length: 20 }, (_, i) => `INSERT INTO users VALUES (${from + i}, 'user')`);
    const { db } = await withQueue(...inserts(10), `UPDATE users SET name = 'mine' WHERE id = 1`, ...inserts(40),
      `UPDATE users SET name = 'mine again' WHERE id = 1`, `INSERT INTO users VALUES (99, 'last')`);
    await origin.pglite.exec(`UPDATE users SET name = 'theirs' WHERE id = 1`);
    await db.sync.sync(null, { forceSync: true });
    const queue = await db.sync.queue();
    assert.deepEqual(queue.filter(({ state }) => state !== 'applied').map(({ id, state }) => [id, state]), [[21, 'conflicted'], [42, 'pending']]);
    assert.equal((await origin.users()).length, 42);
    await db.sync.resolve(21, 'retry');
    await eventually(async () => assert.equal((await origin.users())[0].name, 'mine again'));
  });

  it('a write that the origin refuses in the middle of a queue is set aside alone', async () => {
    const { db } = await withQueue(...[10, 11, 12, 1, 13, 14].map((id) => `INSERT INTO users VALUES (${id}, 'user') ON CONFLICT DO NOTHING`),
      `INSERT INTO users VALUES (15, 'refused')`, `INSERT INTO users VALUES (16, 'user')`);
    await origin.pglite.exec(`ALTER TABLE users ADD CONSTRAINT spoken CHECK (name <> 'refused')`);
    await db.sync.sync(null, { forceSync: true });
    const set = (await db.sync.queue()).filter(({ state }) => state !== 'applied');
    assert.deepEqual(set.map(({ state, last_error_code: code }) => [state, code]), [['conflicted', '23514']]);
    assert.deepEqual((await origin.users()).map(({ id }) => id), [1, 10, 11, 12, 13, 14, 16]);
  });

  it('a queue whose answer is lost is sent again with what was written meanwhile, and each row is there once', async () => {
    const inserts = Array.from({ length: 12 }, (_, i) => `INSERT INTO users VALUES (${i + 10}, 'user')`);
    const { db, bridge } = await withQueue(...inserts);
    for (let cut = 0; cut < 3; cut++) {
      let answers = 0;
      const lose = () => {
        if (answers++ === cut) bridge.online = false;
        else bridge.afterApply = lose;
      };
      bridge.afterApply = lose;
      await db.sync.sync(null, { forceSync: true });
      await db.query(`INSERT INTO users VALUES (${100 + cut}, 'meanwhile')`);
      bridge.online = true;
    }
    bridge.afterApply = null;
    await db.sync.sync(null, { forceSync: true });
    assert.deepEqual(new Set(await states(db)), new Set(['applied']));
    assert.equal((await origin.users()).length, 16);
    await eventually(async () => assert.ok((await rows(db, shown)).every(({ staged }) => !staged)));
  });

  it('resolve discards, or sends other values', async () => {
    const { db, bridge } = await origin.device();
    const conflict = async (mine, theirs) => {
      bridge.online = false;
      await db.query('UPDATE users SET name = $1 WHERE id = 1', [mine]);
      await origin.pglite.query('UPDATE users SET name = $1 WHERE id = 1', [theirs]);
      bridge.online = true;
      await db.sync.sync(null, { forceSync: true });
      return eventually(async () => {
        const write = (await db.sync.queue()).find((entry) => entry.state === 'conflicted');
        assert.ok(write);
        return write;
      });
    };
    const first = await conflict('mine', 'theirs');
    await db.sync.resolve(first.id, 'discard');
    await eventually(async () => assert.equal((await rows(db, shown))[0].name, 'theirs'));
    const second = await conflict('mine again', 'theirs again');
    await eventually(async () => assert.equal((await rows(db, shown))[0].name, 'theirs again'));
    await db.sync.resolve(second.id, { set: { name: 'both' } });
    await eventually(async () => {
      assert.deepEqual(await origin.users(), [{ id: 1, name: 'both' }]);
      assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'both', staged: false }]);
    });
  });

  it('a view with unsent writes is dropped only with CASCADE', async () => {
    const { db, bridge } = await origin.device();
    bridge.online = false;
    await db.query(`UPDATE users SET name = 'unsent' WHERE id = 1`);
    await assert.rejects(db.query('DROP REALTIME VIEW users'), { code: '55000' });
    await assert.rejects(
      db.query(`CREATE OR REPLACE REALTIME VIEW users AS SELECT id, name FROM users WITH (replication_origin = 'postgres:other')`),
      { code: '55000' },
    );
    assert.deepEqual(await rows(db, shown), [{ id: 1, name: 'unsent', staged: true }]);
    await db.query('DROP REALTIME VIEW users CASCADE');
    assert.deepEqual(await db.sync.queue(), []);
  });

  it('a write through a local view over a foreign one arrives under the names of the origin', async () => {
    const { db } = await origin.device();
    await db.query('CREATE VIEW people AS SELECT id AS number, name AS title FROM users');
    await db.query(`UPDATE people SET title = 'Ada L.' WHERE number = 1`);
    await db.query(`INSERT INTO people (number, title) VALUES (2, 'Bo')`);
    await eventually(async () =>
      assert.deepEqual(await origin.users(), [{ id: 1, name: 'Ada L.' }, { id: 2, name: 'Bo' }]));
  });

  it('an origin id keeps its letter case', async () => {
    const seen = [];
    const device = await origin.device({ view: false });
    const { Tidemark } = await import('../../../js-bindings/index.js');
    const db = new Tidemark({
      getUpstreamClient: async (id) => {
        seen.push(id);
        return device.bridge;
      },
    });
    await db.query(`CREATE VIEW people AS TABLE users WITH (replication_origin = 'postgres:MyDb')`);
    assert.equal((await rows(db, 'SELECT count(*) AS n FROM people'))[0].n, 1);
    assert.deepEqual(seen, ['postgres:MyDb']);
    await db.close();
  });

  it('writes queued in an export reach the origin once, from whichever copy; each copy goes on by itself', async () => {
    await origin.pglite.exec('CREATE TABLE log (id serial PRIMARY KEY, text text); INSERT INTO users VALUES (2, \'Bo\')');
    await origin.pglite.exec(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO log (text) VALUES (NEW.name); RETURN NEW; END $$;
      CREATE TRIGGER note AFTER INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note()`);
    const first = await origin.device();
    await eventually(async () => assert.equal((await rows(first.db, 'SELECT * FROM users')).length, 2));
    first.bridge.online = false;
    await first.db.query(`INSERT INTO users VALUES (3, 'queued')`);
    await first.db.query(`UPDATE users SET name = 'Ada L.' WHERE id = 1`);
    const file = await new Response(first.db.export()).arrayBuffer();
    const copies = [first];
    for (let i = 0; i < 2; i++) {
      const copy = await origin.device({ view: false });
      await copy.db.import(file);
      copies.push(copy);
    }
    first.bridge.online = true;
    for (const [i, { db }] of copies.entries()) {
      await db.query(`INSERT INTO users VALUES (${10 + i}, 'of copy ${i}')`);
      await db.sync.sync(null, { forceSync: true });
    }
    await eventually(async () => assert.deepEqual(
      (await origin.pglite.query('SELECT text FROM log ORDER BY text')).rows.map(({ text }) => text),
      ['Ada L.', 'of copy 0', 'of copy 1', 'of copy 2', 'queued']));
    for (const { db } of copies) {
      await eventually(async () => {
        assert.deepEqual(await rows(db, 'SELECT id, __staged AS staged FROM users ORDER BY id'),
          [1, 2, 3, 10, 11, 12].map((id) => ({ id, staged: false })));
      });
      assert.ok((await db.sync.queue()).every(({ state }) => state === 'applied'));
    }
  });
});
