/**
 * What happens around a changefeed over its life: connections end, schemas are made by many at once, old records
 * are forgotten, notifications get lost.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Changefeed } from '../../../js-bindings/upstream/changefeed.js';
import { UpstreamError } from '../../../js-bindings/upstream/errors.js';
import { createOriginSchema, pruneOrigin } from '../../../js-bindings/upstream/origin-schema.js';
import { PGliteSession } from '../../../js-bindings/upstream/pglite-session.js';
import { PGliteClient } from '../../../js-bindings/upstream/pglite.js';
import { eventually } from '../lib/eventually.js';
import { faultyNetwork } from '../lib/faulty-network.js';
import { openPGlite, origins } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const job = tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' } });
const JOB = `CREATE TABLE job (id integer PRIMARY KEY, note text); INSERT INTO job VALUES (1, 'one')`;

const followed = async (client, shape = job) => {
  const copy = new ShapeCopy(shape.key);
  const { close } = await client.subscribe(shape, copy.sink);
  await copy.until((each) => each.snapshots === 1);
  return Object.assign(copy, { close });
};

describe('PGlite', () => {
  let origin;
  let session;
  before(async () => {
    origin = await openPGlite();
    session = new PGliteSession(origin.pglite);
    await origin.execute(JOB);
  });
  after(() => origin.close());

  test('old changes and answers are forgotten; the newest answers of each device are kept', async () => {
    const copy = await followed(origin.client());
    copy.close();
    await origin.execute('UPDATE job SET note = note');
    for (const transaction of [1, 2, 3]) await origin.client().apply({ client: 'a', transaction, writes: [] });
    await origin.client().apply({ client: 'b', transaction: 9, writes: [] });
    await origin.execute(`INSERT INTO tidemark_origin.applied (client, transaction, result)
        SELECT 'c', number, '{"rows":[],"fields":[]}' FROM generate_series(1, 1100) AS number;
      UPDATE tidemark_origin.changes SET at = at - interval '8 days';
      UPDATE tidemark_origin.applied SET at = at - interval '8 days'`);
    await origin.execute(`UPDATE job SET note = 'recent'`);
    await pruneOrigin(session, 9);
    assert.deepEqual(await origin.rows('SELECT count(*) FROM tidemark_origin.applied'), [[1104]]);
    await pruneOrigin(session, 7);
    assert.deepEqual(await origin.rows(`SELECT client, count(*), min(transaction), max(transaction) FROM tidemark_origin.applied
      GROUP BY client ORDER BY client`), [['a', 3, 1, 3], ['b', 1, 9, 9], ['c', 1024, 77, 1100]]);
    assert.deepEqual(await origin.rows('SELECT count(*) FROM tidemark_origin.changes'), [[1]]);
    const again = new ShapeCopy(['id']);
    const { close } = await origin.client().subscribe({ ...job, cursor: copy.cursor }, again.sink);
    await again.until((each) => each.snapshots === 1);
    close();
    const repeated = await origin.client().apply({ client: 'a', transaction: 1, writes: [] });
    assert.equal(repeated.repeated, true);
  });

  test('a lost notification costs at most one poll interval', async () => {
    const deaf = { transaction: session.transaction.bind(session), listen: async () => async () => {} };
    const feed = new Changefeed(deaf, { pollInterval: 40 });
    const copy = await followed(feed);
    await origin.execute(`INSERT INTO job VALUES (2, 'two')`);
    await copy.until((each) => each.rows.size === 2, 1_000);
    await feed.close();
    assert.equal(copy.lostWith.code, '08006');
  });

  test('a quiet subscription is told its new cursor now and then, a loud one with every batch', async () => {
    const feed = new Changefeed(session, { pollInterval: 20, cursorInterval: 60 });
    const copy = await followed(feed);
    const { cursor } = copy;
    await origin.execute('CREATE TABLE IF NOT EXISTS unrelated (a integer); INSERT INTO unrelated VALUES (1)');
    await copy.until((each) => each.cursor !== cursor, 1_000);
    assert.deepEqual(copy.batches.map(({ upserts, deletes }) => [upserts, deletes]), copy.batches.map(() => [[], []]));
    await feed.close();
  });

  test('a hundred that come back at once share their reads', async () => {
    let transactions = 0;
    const counting = {
      listen: session.listen.bind(session),
      transaction: (work, options) => {
        transactions++;
        return session.transaction(work, options);
      },
    };
    const feed = new Changefeed(counting);
    await feed.prepare();
    transactions = 0;
    const copies = await Promise.all(Array.from({ length: 100 }, () => followed(feed)));
    const { rows } = await origin.client().query('SELECT count(*) FROM job');
    for (const copy of copies) assert.equal(copy.rows.size, rows[0][0]);
    assert.ok(transactions < 20, `${transactions} transactions`);
    await assert.rejects(Promise.all(Array.from({ length: 9 }, () =>
      feed.subscribe({ ...job, sql: 'SELECT nope' }, new ShapeCopy().sink))), { code: '42703' });
    await feed.close();
  });

  test('more changed keys than are worth asking for become a snapshot', async () => {
    const feed = new Changefeed(session, { maximumKeys: 10 });
    const copy = await followed(feed);
    await origin.execute(`INSERT INTO job SELECT g, 'many' FROM generate_series(100, 111) g`);
    await copy.until((each) => each.rows.has('[111]'));
    assert.equal(copy.snapshots, 2);
    await origin.execute('DELETE FROM job WHERE id > 102');
    await copy.until((each) => !each.rows.has('[111]'));
    assert.equal(copy.snapshots, 2);
    await feed.close();
  });

  test('a trigger that was dropped is put back, and the copy is right again', async () => {
    const feed = new Changefeed(session, { pollInterval: 20 });
    const copy = await followed(feed);
    const [[name]] = await origin.rows(`SELECT tgname FROM pg_trigger WHERE tgrelid = 'job'::regclass AND tgname LIKE 'tidemark_capture%'`);
    await origin.execute(`BEGIN; DROP TRIGGER ${name} ON job; UPDATE job SET note = 'unseen' WHERE id = 1; COMMIT`);
    await copy.until((each) => each.rows.get('[1]')[1] === 'unseen');
    await origin.execute(`UPDATE job SET note = 'seen' WHERE id = 1`);
    await copy.until((each) => each.rows.get('[1]')[1] === 'seen');
    await feed.close();
  });

  test('a key column that is renamed stops writes for one poll interval at most', async () => {
    await origin.execute('CREATE TABLE renamed (id integer PRIMARY KEY, note text)');
    const feed = new Changefeed(session, { pollInterval: 20 });
    const copy = await followed(feed, tableShape({ name: 'renamed', columns: ['id'], key: { id: 'integer' } }));
    await origin.execute('ALTER TABLE renamed RENAME id TO number');
    await copy.until((each) => each.lostWith);
    assert.equal(copy.lostWith.code, '55000');
    await origin.execute('INSERT INTO renamed VALUES (1)');
    const again = await followed(feed, tableShape({ name: 'renamed', columns: ['number'], key: { number: 'integer' } }));
    assert.deepEqual(again.sorted(), [[1]]);
    await feed.close();
  });

  test('a writer without rights on tidemark_origin is followed too', async () => {
    const copy = await followed(origin.client());
    await origin.execute('CREATE ROLE clerk; GRANT INSERT, SELECT ON job TO clerk');
    await origin.execute(`SET ROLE clerk; INSERT INTO job VALUES (500, 'by the clerk'); RESET ROLE`);
    await copy.until((each) => each.rows.has('[500]'));
    copy.close();
  });

  test('a schema made by a newer version is left alone', async () => {
    await createOriginSchema(session);
    await origin.execute('UPDATE tidemark_origin.feed SET version = 99');
    await assert.rejects(new Changefeed(session).prepare(), { code: '55000', message: /newer/ });
    await origin.execute('UPDATE tidemark_origin.feed SET version = 1');
  });

  test('closing PGlite ends its subscriptions with 08006', async () => {
    const other = await openPGlite();
    await other.execute(JOB);
    const client = new PGliteClient({ pglite: other.pglite, pollInterval: 20 });
    // The first client of this instance has set the interval; a feed of its own polls.
    const copy = await followed(new Changefeed(new PGliteSession(other.pglite), { pollInterval: 20, failureTimeout: 100 }));
    await other.pglite.close();
    await copy.until((each) => each.lostWith);
    assert.equal(copy.lostWith.code, '08006');
    await assert.rejects(client.query('SELECT 1'), { code: '08006' });
  });

  test('what is no PGlite is refused', () => {
    for (const source of [undefined, null, {}, { pglite: {} }]) {
      assert.throws(() => new PGliteClient(source), { code: '22023' });
    }
  });
});

const server = origins.find(({ name }) => name === 'PGClient');
describe('PostgreSQL server', { skip: server.skip }, () => {
  let origin;
  let client;
  let session;
  before(async () => {
    const { PGSession } = await import('../../../js-bindings/upstream/pg-session.js');
    origin = await server.open();
    session = new PGSession(origin.pool);
    await origin.execute(JOB);
    client = origin.client();
  });
  after(() => origin.close());

  test('ten make the schema, and install the same triggers, at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => createOriginSchema(session)));
    const feeds = Array.from({ length: 4 }, () => new Changefeed(session));
    const copies = await Promise.all(feeds.map((feed) => followed(feed)));
    await origin.execute(`UPDATE job SET note = 'for all'`);
    await Promise.all(copies.map((copy) => copy.until((each) => each.rows.get('[1]')[1] === 'for all')));
    assert.deepEqual(await origin.rows('SELECT count(*) FROM tidemark_origin.captures'), [[1]]);
    await Promise.all(feeds.map((feed) => feed.close()));
  });

  test('installing triggers waits for who is writing and misses nothing of theirs', async () => {
    await origin.execute('CREATE TABLE busy (id integer PRIMARY KEY, note text)');
    const writer = await origin.pool.connect();
    await writer.query(`BEGIN; INSERT INTO busy VALUES (1, 'before')`);
    const subscribing = followed(client, tableShape({ name: 'busy', columns: ['id', 'note'], key: { id: 'integer' } }));
    await sleep(60);
    await writer.query(`INSERT INTO busy VALUES (2, 'meanwhile'); COMMIT`);
    writer.release();
    const copy = await subscribing;
    assert.deepEqual(copy.sorted(), [[1, 'before'], [2, 'meanwhile']]);
    copy.close();
  });

  test('what a long transaction writes arrives when it commits, after what was committed later began', async () => {
    const copy = await followed(client);
    const writer = await origin.pool.connect();
    await writer.query(`BEGIN; INSERT INTO job VALUES (10, 'long')`);
    await origin.execute(`INSERT INTO job VALUES (11, 'short')`);
    await copy.until((each) => each.rows.has('[11]'));
    assert.equal(copy.rows.has('[10]'), false);
    copy.close();
    await writer.query('COMMIT');
    writer.release();
    const { close } = await client.subscribe({ ...job, cursor: copy.cursor }, copy.sink);
    await copy.until((each) => each.rows.has('[10]'));
    assert.deepEqual([copy.snapshots, copy.batches.at(-1).upserts.length], [1, 1]);
    close();
  });

  const terminate = (which = 'true') => origin.execute(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND ${which}`);
  const goesOn = (copy) => assert.deepEqual([copy.lostWith, copy.snapshots], [null, 1]);

  test('connections that are lost are made again, and subscriptions go on', async () => {
    const copy = await followed(client);
    await terminate();
    await origin.execute(`INSERT INTO job VALUES (20, 'after')`);
    await copy.until((each) => each.rows.has('[20]'), 3_000); // sooner than it would look by itself
    goesOn(copy);
    copy.close();
  });

  for (const [what, end] of [
    ['the connection that reads is lost', terminate],
    ['the statement that reads is cancelled', (which) => origin.execute(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE ${which}`)],
  ]) {
    test(`when ${what} in the middle, it is read again`, async () => {
      const copy = await followed(client);
      const locker = await origin.pool.connect();
      await locker.query('BEGIN; LOCK TABLE tidemark_origin.feed IN ACCESS EXCLUSIVE MODE');
      await locker.query(`INSERT INTO job VALUES (21, 'locked') ON CONFLICT (id) DO UPDATE SET note = '${what}'`);
      await origin.execute('NOTIFY tidemark_changes');
      const waiting = "wait_event_type = 'Lock' AND query LIKE '%tidemark_origin.feed%'";
      for (let times = 0; times < 3; times++) {
        await eventually(async () => assert.deepEqual(await origin.rows(`SELECT count(*) FROM pg_stat_activity WHERE ${waiting}`), [[1]]));
        await end(waiting);
      }
      await locker.query('COMMIT');
      locker.release();
      await copy.until((each) => each.rows.has('[21]'), 3_000);
      goesOn(copy);
      copy.close();
    });
  }

  test('a server that is killed and starts again is followed on from where it stood', async () => {
    const copy = await followed(client);
    await origin.kill();
    await origin.execute(`INSERT INTO job VALUES (22, 'after')`);
    await copy.until((each) => each.rows.has('[22]'));
    goesOn(copy);
    copy.close();
  });

  test('a connection that was forgotten on the way is given up, whether it listens or reads', async () => {
    const { default: pg } = await import('pg');
    const { PGSession } = await import('../../../js-bindings/upstream/pg-session.js');
    const network = await faultyNetwork(`unix:${origin.pool.options.host}/.s.PGSQL.5432`);
    const pool = new pg.Pool({ host: '127.0.0.1', port: network.port, user: 'postgres', database: 'postgres' });
    const feed = new Changefeed(new PGSession(pool, { answerTimeout: 300, heartbeat: 500 }), { pollInterval: 0 });
    const copy = await followed(feed);
    network.forgetConnections();
    await origin.execute(`INSERT INTO job VALUES (24, 'after')`);
    await copy.until((each) => each.rows.has('[24]'));
    goesOn(copy);
    await feed.close();
    await pool.end();
    await network.close();
  });

  test('an error that does not pass ends them after a while', async () => {
    let broken = false;
    const breaking = {
      listen: session.listen.bind(session),
      transaction: async (work, options) => {
        if (broken) throw new UpstreamError('53300', 'too many connections');
        return session.transaction(work, options);
      },
    };
    const feed = new Changefeed(breaking, { failureTimeout: 300 });
    const copy = await followed(feed);
    broken = true;
    await origin.execute('UPDATE job SET note = note');
    await sleep(150);
    goesOn(copy);
    await copy.until((each) => each.lostWith, 2_000);
    assert.equal(copy.lostWith.code, '53300');
    await feed.close();
  });

  test('an error that may pass and comes from one subscription keeps no other waiting', async () => {
    await origin.execute(`CREATE TABLE mood (bad boolean); INSERT INTO mood VALUES (false);
      CREATE FUNCTION is_well() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT bad FROM mood) THEN RAISE 'not now' USING ERRCODE = '40001'; END IF; RETURN true; END $$`);
    const moody = await followed(client, tableShape({ name: 'job', columns: ['id', 'note'], key: { id: 'integer' }, where: 'is_well()' }));
    const copy = await followed(client);
    await origin.execute(`UPDATE mood SET bad = true; INSERT INTO job VALUES (23, 'moody')`);
    await copy.until((each) => each.rows.has('[23]'));
    await origin.execute('UPDATE mood SET bad = false');
    await moody.until((each) => each.rows.has('[23]'), 3_000);
    for (const each of [copy, moody]) goesOn(each);
    copy.close();
    moody.close();
  });

  test('a statement that is aborted stops at the server', async () => {
    const signal = AbortSignal.timeout(50);
    await assert.rejects(client.query('SELECT pg_sleep(20)', [], { signal }), { code: '57014' });
    const asleep = `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()`;
    for (let i = 0; i < 100 && (await origin.rows(asleep))[0][0] > 0; i++) await sleep(10);
    assert.deepEqual(await origin.rows(asleep), [[0]]);
    assert.deepEqual((await client.query('SELECT 1')).rows, [[1]]);
  });

  test('a server that is not there is out of reach', async () => {
    const { default: pg } = await import('pg');
    const { PGClient } = await import('../../../js-bindings/upstream/pg.js');
    const pool = new pg.Pool({ host: '/nowhere/at/all' });
    const nobody = new PGClient(pool);
    const unreachable = { code: '08006', transient: true };
    await assert.rejects(nobody.query('SELECT 1'), unreachable);
    await assert.rejects(nobody.apply({ client: 'c', transaction: 1, writes: [] }), unreachable);
    await assert.rejects(nobody.subscribe(job, new ShapeCopy().sink), unreachable);
    await pool.end();
  });

  test('locks held for long make installing fail for the moment', { timeout: 20_000 }, async () => {
    await origin.execute('CREATE TABLE held (id integer PRIMARY KEY)');
    const holder = await origin.pool.connect();
    await holder.query('BEGIN; LOCK TABLE held IN ROW EXCLUSIVE MODE');
    const shape = tableShape({ name: 'held', columns: ['id'], key: { id: 'integer' } });
    await assert.rejects(client.subscribe(shape, new ShapeCopy().sink), { code: '55P03', transient: true });
    await holder.query('COMMIT');
    holder.release();
    (await followed(client, shape)).close();
  });
});
