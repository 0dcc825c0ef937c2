/**
 * Several gateways share one replication slot through NATS: each sees every change, and nothing is lost when the one that reads it,
 * NATS or what NATS has stored goes.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { WebSocket } from 'ws';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { PGClient } from '../../../js-bindings/upstream/pg.js';
import { eventually } from '../lib/eventually.js';
import { natsMissing, openNats } from '../lib/nats.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const skip = postgresPrograms() ? await natsMissing() : 'no PostgreSQL server is installed';
const PROGRAM = fileURLToPath(new URL('../lib/gateway-process.js', import.meta.url));

describe('gateways that share a slot', { skip }, () => {
  let origin;
  let nats;
  let number = 0;
  /** @type {Set<{ close(): Promise<void> }>} what a test has opened */
  const opened = new Set();
  before(async () => {
    [origin, nats] = await Promise.all([openPostgres(), openNats({ config: 'max_payload: 65536' })]);
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
    opened.clear();
  });
  after(async () => {
    await origin.close();
    await nats.close();
  });

  /** Subscribes, and again with the last cursor whenever the subscription is lost, as an engine does. */
  const follow = async (client, shape, copy = new ShapeCopy(shape.key)) => {
    let closed = false;
    let subscription;
    const subscribe = async () => {
      while (!closed) {
        try {
          subscription = await client.subscribe({ ...shape, cursor: copy.cursor ?? undefined }, { ...copy.sink, lost: subscribe });
          return;
        } catch {
          await sleep(50);
        }
      }
    };
    await subscribe();
    await copy.until((each) => each.cursor !== null, 20_000);
    return Object.assign(copy, {
      close: () => {
        closed = true;
        subscription?.close();
      },
    });
  };
  /** A gateway in this process. */
  const openGateway = (replication = {}, options = {}) => {
    const pool = new pg.Pool(origin.pool.options);
    const client = new PGClient(pool, { replication: { nats: nats.url, ...replication }, failureTimeout: 2_000, ...options });
    const gateway = {
      client,
      follow: (shape, copy) => follow(client, shape, copy),
      close: async () => {
        opened.delete(gateway);
        await client.close();
        await pool.end();
      },
    };
    opened.add(gateway);
    return gateway;
  };
  /** One in a process of its own. */
  const startGateway = async () => {
    const name = `gateway${++number}`;
    const { host, user, database } = origin.pool.options;
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify({
      pool: { host, user, database, application_name: name }, options: { replication: { nats: nats.url }, failureTimeout: 2_000 },
    })], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await new Promise((resolve) => { child.stdout.once('data', (text) => resolve(String(text).trim())); });
    const client = new EdgeClient({ url, WebSocket });
    const gateway = {
      name,
      child,
      follow: (shape, copy) => follow(client, shape, copy),
      close: async () => {
        opened.delete(gateway);
        await client.close();
        child.kill('SIGKILL');
      },
    };
    opened.add(gateway);
    return gateway;
  };
  /** Which of them reads the slot. */
  const leaderOf = (gateways) => eventually(async () => {
    const [[name]] = await origin.rows(
      'SELECT application_name FROM pg_stat_activity JOIN pg_replication_slots ON active_pid = pid');
    return gateways.find((each) => each.name === name) ?? assert.fail('nobody reads it');
  });
  const dropReader = () => origin.execute('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');

  const makeTable = async (columns = 'id integer PRIMARY KEY, note text') => {
    const table = `shared${++number}`;
    await origin.execute(`CREATE TABLE ${table} (${columns})`);
    return table;
  };
  const shapeOf = (table) => tableShape({ name: table, columns: ['id', 'note'], key: { id: 'integer' } });
  const equals = async (copy, table) => {
    const rows = await origin.rows(`SELECT id, note FROM ${table}`);
    assert.deepEqual(copy.sorted().map(String).sort(), rows.map(String).sort());
  };
  const allEqual = async (copies, table) => {
    for (const copy of copies) await eventually(() => equals(copy, table), 30_000);
  };

  test('each of three gateways sees a change, over one slot', async () => {
    const table = await makeTable();
    const copies = [];
    for (let each = 0; each < 3; each++) copies.push(await openGateway().follow(shapeOf(table)));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one'), (2, 'two')`);
    for (const copy of copies) await copy.until((each) => each.rows.size === 2);
    await origin.execute(`DELETE FROM ${table} WHERE id = 1; UPDATE ${table} SET note = 'deux'`);
    await allEqual(copies, table);
    assert.deepEqual(await origin.rows('SELECT slot_name::text, active FROM pg_replication_slots'), [['tidemark', true]]);
    for (const copy of copies) assert.equal(copy.snapshots, 1);
  });

  test('gateways that start at the same time make one slot and one stream', async () => {
    const table = await makeTable();
    const starting = Array.from({ length: 4 }, () => openGateway({ slot: 'together' }).follow(shapeOf(table)));
    const copies = await Promise.all(starting);
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await allEqual(copies, table);
    for (const copy of copies) assert.equal(copy.snapshots, 1);
    for (const each of [...opened]) await each.close();
    await eventually(() => origin.execute("SELECT pg_drop_replication_slot('together')"));
  });

  test('what one gateway watches, another that reads the slot tells it of', async () => {
    const first = await makeTable();
    const leader = openGateway();
    await leader.follow(shapeOf(first));
    const other = openGateway();
    const keys = ['other key', 'third', 'key,"{}'];
    const table = await makeTable(`id integer PRIMARY KEY, note text, ${keys.map((key) => `"${key.replace('"', '""')}" integer UNIQUE NOT NULL`)}`);
    await origin.execute(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
    const copies = [await other.follow(shapeOf(table))];
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one', 1, 1, 1)`);
    await copies[0].until((each) => each.rows.size === 1);
    // The same table by other keys, when the one that reads knows it already.
    for (const key of keys) {
      copies.push(await other.follow(tableShape({ name: table, columns: [key, 'note'], key: { [key]: 'integer' } })));
    }
    await origin.execute(`UPDATE ${table} SET note = 'two'; INSERT INTO ${table} VALUES (3, 'three', 3, 3, 3)`);
    for (const copy of copies) {
      await copy.until((each) => each.rows.size === 2 && each.sorted()[0][1] === 'two');
      assert.equal(copy.snapshots, 1);
    }
  });

  test('the slot is confirmed as changes are noted, also when nothing is watched', async () => {
    const copy = await openGateway().follow(shapeOf(await makeTable()));
    await origin.execute('CREATE TABLE unwatched AS SELECT g FROM generate_series(1, 1000) g');
    const [[end]] = await origin.rows('SELECT pg_current_wal_insert_lsn()::text');
    await eventually(async () => assert.deepEqual(
      await origin.rows(`SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots`), [[true]]));
    copy.close();
  });

  test('a transaction that is longer than a message of NATS arrives, and one of more rows than are kept', async () => {
    const table = await makeTable('id text PRIMARY KEY, note text');
    const shape = tableShape({ name: table, columns: ['id', 'note'], key: { id: 'text' } });
    const copies = [];
    for (let each = 0; each < 2; each++) copies.push(await openGateway({}, { maximumKeys: 5_000 }).follow(shape));
    await origin.execute(`INSERT INTO ${table} SELECT md5(g::text) || repeat('k', 100), g FROM generate_series(1, 4000) g`);
    await allEqual(copies, table);
    await origin.execute(`UPDATE ${table} SET note = 'x' WHERE note::integer % 2 = 0; DELETE FROM ${table} WHERE note <> 'x' AND note::integer % 3 = 0`);
    await allEqual(copies, table);
    for (const copy of copies) assert.equal(copy.snapshots, 1);
    await origin.execute(`INSERT INTO ${table} SELECT g::text, 'y' FROM generate_series(1, 6000) g`);
    await origin.execute(`INSERT INTO ${table} VALUES (repeat('long', 50000), 'z')`);
    await allEqual(copies, table);
  });

  test('nothing is lost or read again while the gateway that reads is killed again and again', async () => {
    const table = await makeTable();
    const gateways = [];
    const copies = [];
    for (let each = 0; each < 3; each++) {
      gateways.push(await startGateway());
      copies.push(await gateways.at(-1).follow(shapeOf(table)));
    }
    let id = 0;
    const write = () => origin.execute(`INSERT INTO ${table} VALUES (${++id}, 'x'); UPDATE ${table} SET note = 'n${id}' WHERE id % 7 = ${id % 7}`);
    for (let round = 0; round < 3; round++) {
      for (let each = 0; each < 30; each++) await write();
      const leader = await leaderOf(gateways);
      const at = gateways.indexOf(leader);
      leader.child.kill('SIGKILL');
      for (let each = 0; each < 10; each++) await write();
      copies[at].close();
      gateways[at] = await startGateway();
      copies[at] = await gateways[at].follow(shapeOf(table), copies[at]); // its devices go to another
      await allEqual(copies, table);
    }
    for (const copy of copies) assert.equal(copy.snapshots, 1);
    assert.equal((await origin.rows('SELECT FROM pg_replication_slots')).length, 1);
  });

  test('a gateway that slept while another took its place does no harm', async () => {
    const table = await makeTable();
    const gateways = [await startGateway(), await startGateway()];
    const copies = [];
    for (const each of gateways) copies.push(await each.follow(shapeOf(table)));
    const leader = await leaderOf(gateways);
    for (let id = 1; id <= 50; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'before')`);
    leader.child.kill('SIGSTOP');
    for (let id = 51; id <= 100; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'asleep')`);
    await eventually(async () => assert.notEqual(await leaderOf(gateways), leader), 40_000); // when the server has given it up
    for (let id = 101; id <= 150; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'after')`);
    leader.child.kill('SIGCONT');
    for (let id = 151; id <= 200; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'awake')`);
    await allEqual(copies, table);
    for (const copy of copies) assert.equal(copy.snapshots, 1);
  });

  test('a gateway that missed messages which have expired goes on where it stood', async () => {
    const table = await makeTable();
    const reading = await openGateway().follow(shapeOf(table));
    const slow = await startGateway();
    const copy = await slow.follow(shapeOf(table));
    slow.child.kill('SIGSTOP');
    for (let id = 1; id <= 20; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, repeat('x', 100))`);
    await allEqual([reading], table);
    const connection = await nats.connect();
    await (await connection.jetstreamManager()).streams.purge('tidemark');
    await connection.close();
    await sleep(7_000); // the server forgets who reads, too
    slow.child.kill('SIGCONT');
    await origin.execute(`DELETE FROM ${table} WHERE id % 2 = 0`);
    await allEqual([reading, copy], table);
    assert.equal(copy.snapshots, 1);
  });

  test('who comes back after all gateways had ended goes on where it stood', async () => {
    const table = await makeTable();
    const gateway = openGateway();
    const copy = await gateway.follow(shapeOf(table));
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one'), (2, 'two')`);
    await copy.until((each) => each.rows.size === 2);
    copy.close();
    await gateway.close();
    await origin.execute(`DELETE FROM ${table} WHERE id = 1; INSERT INTO ${table} VALUES (3, 'three')`);
    await origin.kill();
    await openGateway().follow(shapeOf(table), copy);
    await allEqual([copy], table);
    assert.equal(copy.snapshots, 1);
  });

  test('a slot that is gone is made anew, and everything is read again', async () => {
    const table = await makeTable();
    const copies = [await openGateway().follow(shapeOf(table)), await openGateway().follow(shapeOf(table))];
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await allEqual(copies, table);
    await eventually(async () => {
      await dropReader();
      await origin.execute('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
    });
    await origin.execute(`INSERT INTO ${table} VALUES (2, 'two'); DELETE FROM ${table} WHERE id = 1`);
    await allEqual(copies, table);
    await origin.execute(`INSERT INTO ${table} VALUES (3, 'three')`);
    await allEqual(copies, table);
    for (const copy of copies) assert.ok(copy.snapshots > 1);
  });

  for (const [store, lose] of [['kept', () => {}], ['lost', () => nats.loseStore()]]) {
    test(`while NATS is killed nothing is confirmed; when it is back with its store ${store}, all go on where they stood`, async () => {
      const table = await makeTable();
      const copies = [await openGateway().follow(shapeOf(table)), await openGateway().follow(shapeOf(table))];
      for (let id = 1; id <= 20; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'before')`);
      await nats.kill();
      await origin.execute(`INSERT INTO ${table} VALUES (21, 'away')`);
      const [[end]] = await origin.rows('SELECT pg_current_wal_insert_lsn()::text');
      await sleep(4_500);
      assert.deepEqual(await origin.rows(`SELECT confirmed_flush_lsn < '${end}' FROM pg_replication_slots`), [[true]]);
      lose();
      await origin.execute(`DELETE FROM ${table} WHERE id % 2 = 0`);
      await nats.start();
      await allEqual(copies, table);
      await origin.execute(`INSERT INTO ${table} VALUES (100, 'again')`);
      await allEqual(copies, table);
      for (const copy of copies) assert.equal(copy.snapshots, 1);
    });
  }

  test('a stream that somebody deletes is made again', async () => {
    const table = await makeTable();
    const copies = [await openGateway().follow(shapeOf(table)), await openGateway().follow(shapeOf(table))];
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await allEqual(copies, table);
    const connection = await nats.connect();
    await (await connection.jetstreamManager()).streams.delete('tidemark');
    await connection.close();
    await origin.execute(`INSERT INTO ${table} VALUES (2, 'two'); DELETE FROM ${table} WHERE id = 1`);
    await allEqual(copies, table);
    for (const copy of copies) assert.equal(copy.snapshots, 1);
  });

  test('gateways of two databases that share a stream keep apart', async () => {
    const other = await openPostgres({ replication: { nats: nats.url } });
    await other.execute(`CREATE TABLE elsewhere (id integer PRIMARY KEY, note text); INSERT INTO elsewhere VALUES (1, 'one')`);
    const table = await makeTable();
    const copy = await openGateway().follow(shapeOf(table));
    const elsewhere = await follow(other.client(), shapeOf('elsewhere'));
    for (let id = 2; id <= 20; id++) {
      await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'here')`);
      await other.execute(`INSERT INTO elsewhere VALUES (${id}, 'there'); DELETE FROM elsewhere WHERE id = ${id - 1}`);
    }
    await allEqual([copy], table);
    await elsewhere.until((each) => each.rows.size === 1 && each.rows.has('[20]'));
    elsewhere.close();
    await other.close();
  });

  test('what is no message of ours, and questions that are none, are left alone', async () => {
    const table = await makeTable();
    const copy = await openGateway().follow(shapeOf(table));
    const connection = await nats.connect();
    for (const text of ['', '{}', 'null', '\u0000', '{"version":1,"slot":"another","sender":"x","after":"0/1","to":"FF/0","noted":"FF/0","part":0,"more":false,"commits":[]}']) {
      await connection.jetstream().publish('tidemark.tidemark.changes', text);
      connection.publish('tidemark.tidemark.ask', text);
    }
    connection.publish('tidemark.tidemark.ask', 'FFFFFFFF/FFFFFFFF');
    await connection.close();
    await origin.execute(`INSERT INTO ${table} VALUES (1, 'one')`);
    await allEqual([copy], table);
  });

  test('who hears nothing of the slot says so: another reads it alone, or by way of another stream', async () => {
    const shape = shapeOf(await makeTable());
    const subscribe = (gateway) => gateway.client.subscribe(shape, new ShapeCopy(shape.key).sink);
    const alone = openGateway({ nats: undefined });
    await subscribe(alone);
    await assert.rejects(subscribe(openGateway()), { code: '08006', detail: /reads the replication slot tidemark is not heard/ });
    await alone.close();
  });

  test('NATS that is not there, or is not right, is told of, and tried again', async () => {
    const shape = shapeOf(await makeTable());
    const subscribe = (gateway) => gateway.client.subscribe(shape, new ShapeCopy(shape.key).sink);
    await nats.kill();
    const early = openGateway();
    await assert.rejects(subscribe(early), { code: '08006', message: /NATS/ });
    await nats.start();
    await subscribe(early);
    await early.close();

    const connection = await nats.connect();
    await (await connection.jetstreamManager()).streams.add({ name: 'others', subjects: ['others.>'] });
    await (await connection.jetstreamManager()).streams.add({ name: 'prepared', subjects: ['tidemark.prepared.>'], max_msg_size: 5_000 });
    await connection.close();
    await assert.rejects(subscribe(openGateway({ nats: { servers: nats.servers, stream: 'others' } })),
      { code: '55000', message: /"others" does not take messages of tidemark\.others\.changes/ });
    const prepared = openGateway({ nats: { servers: [nats.servers], stream: 'prepared' } });
    await subscribe(prepared);
    await prepared.close();

    const small = await openNats({ jetStream: 'max_file_store: 1MB' });
    await assert.rejects(subscribe(openGateway({ nats: small.url })), { code: '55000', message: /cannot be made/, hint: /yourself/ });
    await small.close();

    const plain = await openNats({ jetStream: null });
    await assert.rejects(subscribe(openGateway({ nats: plain.url })), { code: '55000', message: /no JetStream/ });
    await plain.close();
  });

  test('the connection to NATS may be encrypted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-certificate-'));
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((each) => join(folder, each));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
      '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const tls = { caFile: certificate };
    const encrypted = await openNats({ config: `tls { cert_file: "${certificate}", key_file: "${key}" }`, login: { tls } });
    const shape = shapeOf(await makeTable());
    const copy = new ShapeCopy(shape.key);
    await openGateway({ nats: { servers: encrypted.servers, tls } }).client.subscribe(shape, copy.sink);
    await assert.rejects(openGateway({ nats: `tls://${encrypted.servers}` }).client.subscribe(shape, copy.sink), { code: '08006', message: /certificate/ });
    await encrypted.close();
    rmSync(folder, { recursive: true });
  });

  test('the stream may be in a domain of JetStream', async () => {
    const hub = await openNats({ jetStream: 'domain: hub' });
    const table = await makeTable();
    const copy = await openGateway({ nats: { servers: hub.servers, domain: 'hub' } }).follow(shapeOf(table));
    for (let id = 1; id <= 3; id++) await origin.execute(`INSERT INTO ${table} VALUES (${id}, 'x')`);
    await allEqual([copy], table);
    await copy.close();
    for (const each of [...opened]) await each.close();
    await assert.rejects(openGateway({ nats: { servers: hub.servers, domain: 'rim' } }).client.subscribe(shapeOf(table), copy.sink), { code: '08006' });
    await hub.close();
  });

  test('the log of a MariaDB is not shared', () => {
    assert.throws(() => new MySQLClient({ getConnection() {} }, { replication: { nats: nats.url } }),
      { code: '0A000', message: /binary log/, hint: /replication\.nats/ });
  });

  test('what cannot be an address or the name of a stream is refused', () => {
    for (const options of ['', 'nats://', 'nats://a b', 'http://host', 'nats://100%@host', 'host,', null, { servers: ['nats://host', ''] }, { stream: 'a.b' }, { stream: '>' }, { stream: '' }]) {
      assert.throws(() => new PGClient({ connect() {}, on() {} }, { replication: { nats: options } }), { code: '22023' }, String(options));
    }
  });

  test('who connects to NATS is told by the options, or by the URL', async () => {
    const shape = shapeOf(await makeTable());
    const subscribe = (gateway) => gateway.client.subscribe(shape, new ShapeCopy(shape.key).sink);
    const login = { user: 'gate way', pass: 'a:b@c' };
    const guarded = await openNats({ config: `authorization { user: "${login.user}", password: "${login.pass}" }`, login });
    const url = `nats://gate%20way:a%3Ab%40c@${guarded.servers}`;
    for (const options of [{ servers: guarded.servers, ...login }, { servers: [url], stream: 'named' }, url]) {
      const gateway = openGateway({ nats: options });
      await subscribe(gateway);
      await gateway.close();
    }
    for (const options of [guarded.url, `nats://gateway:wrong@${guarded.servers}`]) {
      await assert.rejects(subscribe(openGateway({ nats: options })), { code: '28000', message: /NATS/ });
    }
    await guarded.close();
  });
});
