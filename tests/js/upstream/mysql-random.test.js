/**
 * Whatever is committed at a MariaDB while devices write, lose their connection and come back, every view ends equal to its
 * query there, and what a device has queued arrives once. The seed of a failing run is printed: TIDEMARK_SEED repeats it,
 * TIDEMARK_SECONDS goes on for longer.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tidemark } from '../../../js-bindings/index.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, numbers, openMySQL, serverName } from '../lib/mysql.js';
import { generator } from '../lib/random.js';
import { ShapeCopy, mysqlShape } from '../lib/shape-copy.js';

const SEED = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));
const MILLISECONDS = Number(process.env.TIDEMARK_SECONDS ?? 3) * 1_000;
const WRITERS = 3;
const DEVICES = 2;
const SETTLED = 30_000;

/** What a transaction may meet that runs beside others: a deadlock, a wait too long, a key that is taken. */
const COLLISIONS = ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_DUP_ENTRY', 'ER_CHECKREAD'];

const skip = await mysqlMissing();

/**
 * The statements of a transaction on random rows. The amounts of the two rows of `pair` always add up to 0: a torn one shows.
 * @param {(below: number) => number} random
 */
function randomTransaction(random) {
  const id = () => random(40);
  const amount = random(100);
  const steps = [
    `INSERT IGNORE INTO entry VALUES (${id()}, 'a', ${random(5)}, ${amount}), (${id()}, 'b', ${random(5)}, ${amount})`,
    `REPLACE INTO entry VALUES (${id()}, 'A', ${random(5)}, ${amount})`,
    `INSERT INTO entry VALUES (${id()}, 'b', 1, 1) ON DUPLICATE KEY UPDATE amount = amount + 1`,
    `DELETE FROM entry WHERE id = ${id()}`,
    `UPDATE entry SET amount = amount + ${random(9) - 4} WHERE id = ${id()}`,
    `UPDATE entry SET id = id + 100 WHERE id = ${id()}`,
    `UPDATE IGNORE entry SET id = id - 100 WHERE id > 99`,
    `UPDATE entry SET side = IF(BINARY side = 'a', 'A', 'a') WHERE id = ${id()} AND side = 'a'`,
    `UPDATE entry SET team = ${random(5)} WHERE id BETWEEN ${id()} AND ${id()}`,
    `UPDATE team SET name = CONCAT('team ', ${amount}) WHERE id = ${random(5)}`,
  ];
  const chosen = Array.from({ length: 1 + random(4) }, () => steps[random(steps.length)]);
  const undone = ['SAVEPOINT here', steps[random(steps.length)], 'ROLLBACK TO here'];
  return [
    ...(random(60) === 0 ? ['TRUNCATE entry'] : []),
    'BEGIN',
    ...chosen,
    ...(random(5) === 0 ? undone : []),
    `UPDATE pair SET amount = amount + ${amount} WHERE id = 1`,
    ...(random(3) === 0 ? [`DO SLEEP(${random(40) / 1_000})`] : []),
    `UPDATE pair SET amount = amount - ${amount} WHERE id = 2`,
    random(6) === 0 ? 'ROLLBACK' : 'COMMIT',
  ];
}

describe(`random histories at a ${serverName}`, { skip }, () => {
  let origin;
  before(async () => {
    origin = await openMySQL();
    await origin.execute(`CREATE TABLE entry (id INT, side VARCHAR(4), team INT NOT NULL, amount INT NOT NULL, PRIMARY KEY (id, side));
      CREATE TABLE team (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL);
      CREATE TABLE pair (id INT PRIMARY KEY, amount INT NOT NULL);
      CREATE TABLE own (device INT, id INT, n INT NOT NULL, PRIMARY KEY (device, id));
      INSERT INTO entry SELECT seq, 'a', seq % 5, 0 FROM ${numbers(30)};
      INSERT INTO team SELECT seq - 1, CONCAT('team ', seq - 1) FROM ${numbers(5)};
      INSERT INTO pair VALUES (1, 0), (2, 0)`);
  });
  after(() => origin?.close());

  /** A client with connections of its own, as another gateway has it. */
  const openClient = async () => {
    const { default: mysql } = await import('mysql2');
    const pool = mysql.createPool(origin.options);
    const client = new MySQLClient(pool);
    return {
      client,
      close: async () => {
        await client.close();
        await pool.promise().end();
      },
    };
  };

  /** Runs a transaction on one connection; one that collides with another has no effect. */
  const runTransaction = async (statements) => {
    const connection = await origin.pool.promise().getConnection();
    try {
      for (const sql of statements) await connection.query(sql);
    } catch (error) {
      if (!COLLISIONS.includes(error.code)) throw error;
      await connection.query('ROLLBACK');
    } finally {
      connection.release();
    }
  };

  /** Ends the connections through which the binary log is read. */
  const cutStreams = async () => {
    const [dumps] = await origin.pool.promise().query("SELECT id FROM information_schema.processlist WHERE command = 'Binlog Dump'");
    for (const { id } of dumps) await origin.pool.promise().query(`KILL ${id}`).catch(() => {}); // it may have ended meanwhile
  };

  const keyless = (sql, tables) => ({
    sql, params: [], relations: tables.map((name) => ({ schema: 'public', name })), client: '00000000-0000-4000-8000-000000000001',
  });

  test(`copies equal their tables after commits, pauses and resumptions (seed ${SEED})`, { timeout: MILLISECONDS + 120_000 }, async () => {
    const random = generator(SEED);
    const columns = ['id', 'side', 'team', 'amount'];
    const key = ['id', 'side'];
    const shapes = [
      mysqlShape({ name: 'entry', columns, key }),
      mysqlShape({ name: 'entry', columns: ['side', 'id', 'amount'], key, where: 'team = ?', params: [2] }),
      mysqlShape({ name: 'entry', columns, key, where: 'amount > 50 OR id < 10' }),
      mysqlShape({ name: 'entry', columns, key, equal: { team: 3 } }),
      mysqlShape({ name: 'entry', columns, key, equal: { side: 'A', team: 3 } }),
      mysqlShape({ name: 'pair', columns: ['id', 'amount'], key: ['id'] }),
      keyless('SELECT e.id, e.side, t.name FROM entry e JOIN team t ON t.id = e.team ORDER BY 1, 2', ['entry', 'team']),
      keyless('SELECT team, count(*) AS n, sum(amount) AS amount FROM entry GROUP BY team ORDER BY team', ['entry']),
    ];
    let writing = true;
    const write = async () => {
      while (writing) {
        await runTransaction(randomTransaction(random));
        if (random(100) === 0) await cutStreams();
        await sleep(random(4));
      }
    };
    const torn = [];
    const lasting = [];
    const follow = async (shape) => {
      const copy = new ShapeCopy(shape.key);
      const { client, close } = await openClient();
      const check = (give) => (message) => {
        give(message);
        if (shape.relation?.name !== 'pair' || message.last === false) return undefined;
        if (copy.sorted().reduce((sum, row) => sum + row[1], 0) !== 0) torn.push(copy.sorted());
        return random(3) === 0 ? sleep(random(15)) : undefined;
      };
      const sink = {
        ...copy.sink,
        snapshot: check((part) => copy.snapshot(part)),
        changes: check((batch) => copy.changes(batch)),
      };
      // A table that is truncated while it is read has to be read once more.
      const begin = () => eventually(() => client.subscribe({ ...shape, cursor: copy.cursor }, sink).catch((error) => {
        if (!error.transient) lasting.push(error);
        throw error;
      }));
      while (writing) {
        const subscription = await begin();
        await sleep(random(200));
        subscription.close();
        if (copy.lostWith && !copy.lostWith.transient) lasting.push(copy.lostWith);
        await sleep(random(60));
      }
      return { shape, copy, begin, client, close };
    };
    const work = [...Array.from({ length: WRITERS }, write), ...shapes.map(follow)];
    await Promise.race([sleep(MILLISECONDS), Promise.all(work)]).finally(() => { writing = false; });
    const followers = (await Promise.all(work)).filter(Boolean);
    assert.deepEqual([torn, lasting], [[], []]);
    for (const { shape, copy, begin, client, close } of followers) {
      const last = await begin();
      const expected = new ShapeCopy(shape.key);
      const { rows, fields } = await client.query(shape.sql, shape.params);
      expected.snapshot({ fields, rows, first: true, last: true });
      await eventually(() => assert.deepEqual(copy.sorted(), expected.sorted(), shape.sql));
      last.close();
      await close();
    }
    assert.ok(followers.some(({ copy }) => copy.batches.length > 0));
  });

  const LOCAL_FIRST = "WITH (replication_origin = 'mysql:main', write_policy = 'local_first')";
  const ORIGIN = "WITH (replication_origin = 'mysql:main')";
  const VIEWS = {
    entry: ['SELECT * FROM entry', LOCAL_FIRST],
    own: ['SELECT * FROM own', LOCAL_FIRST],
    second: ['SELECT * FROM entry WHERE team = 2 AND amount < 60', ORIGIN],
    sides: ['SELECT side, id FROM entry', ORIGIN],
    named: ['SELECT e.id, e.side, t.name FROM entry e JOIN team t ON t.id = e.team', ORIGIN],
    totals: ['SELECT team, count(*) AS n, max(amount) AS most FROM entry GROUP BY team', ORIGIN],
  };

  /** A device with every view, and what it has written to the rows that are its own. */
  const openDevice = async (number) => {
    const { client, close } = await openClient();
    const db = new Tidemark({ getUpstreamClient: () => client });
    for (const [name, [query, options]] of Object.entries(VIEWS)) await db.query(`CREATE REALTIME VIEW ${name} AS ${query} ${options}`);
    return {
      number, client, db, own: new Map(), running: true,
      close: async () => {
        await db.close();
        await close();
      },
    };
  };

  const writeOwn = async ({ db, number, own }, random) => {
    const id = random(12);
    const known = own.get(id);
    if (known === undefined) await db.query(`INSERT INTO own (device, id, n) VALUES (${number}, ${id}, 1)`);
    else if (random(3) === 0) await db.query(`DELETE FROM own WHERE device = ${number} AND id = ${id}`);
    else await db.query(`UPDATE own SET n = n + 1 WHERE device = ${number} AND id = ${id}`);
    if (known === undefined) own.set(id, 1);
    else if ((await db.query(`SELECT 1 FROM own WHERE device = ${number} AND id = ${id}`)).rows.length === 0) own.delete(id);
    else own.set(id, known + 1);
  };

  /** Writes to rows that others write to, too: also by their keys. A key that the device knows is taken is refused at once. */
  const writeEntry = async ({ db, number }, random) => {
    const id = random(40);
    const statements = [
      `INSERT INTO entry (id, side, team, amount) VALUES (${id}, 'd${number}', ${random(5)}, 7)`,
      `INSERT INTO entry (id, side, team, amount) VALUES (${id}, 'a', ${random(5)}, 7)`,
      `UPDATE entry SET amount = ${random(100)} WHERE id = ${id}`,
      `UPDATE entry SET team = ${random(5)} WHERE id = ${id}`,
      `DELETE FROM entry WHERE id = ${id}`,
    ];
    await db.query(statements[random(statements.length)]).catch((error) => {
      if (error.code !== '23505') throw error;
    });
  };

  const toggle = async (device) => {
    device.running = !device.running;
    await (device.running ? device.db.sync.resume() : device.db.sync.stop());
  };

  /** Decides about whatever is in conflict until the queue holds nothing that waits. */
  const drain = ({ db }, random) => eventually(async () => {
    const waiting = (await db.sync.queue()).filter((each) => each.state !== 'applied');
    for (const { id, state } of waiting) {
      if (state === 'conflicted') await db.sync.resolve(id, random(2) === 0 ? 'discard' : 'retry').catch(() => {}); // with the one before
    }
    assert.deepEqual(waiting, []);
  }, SETTLED);

  const sorted = (rows) => rows.map((row) => JSON.stringify(row.map(String))).sort();

  const assertEqual = async ({ db, client, number, own }) => {
    for (const [name, [query]] of Object.entries(VIEWS)) {
      await eventually(async () => {
        const { rows, fields } = await client.query(query);
        const names = fields.map((field) => field.name);
        const shown = (await db.query(`SELECT * FROM ${name}`)).rows.map((row) => names.map((each) => row[each]));
        assert.deepEqual(sorted(shown), sorted(rows), `device ${number}: ${name}`);
      }, SETTLED);
    }
    const { rows } = await client.query('SELECT id, n FROM own WHERE device = ?', [number]);
    assert.deepEqual(sorted(rows), sorted([...own]), `what device ${number} has written`);
  };

  test(`devices that write and disconnect end equal to the origin (seed ${SEED})`, { timeout: MILLISECONDS + 180_000 }, async () => {
    const random = generator(SEED + 1);
    const devices = await Promise.all(Array.from({ length: DEVICES }, (_, i) => openDevice(i)));
    for (const device of devices) await assertEqual(device);
    const end = Date.now() + MILLISECONDS;
    do {
      const elsewhere = async () => {
        for (let i = random(12); i > 0; i--) await runTransaction(randomTransaction(random));
        if (random(4) === 0) await cutStreams();
      };
      const onDevice = async (device) => {
        for (let i = random(8); i > 0; i--) {
          if (random(6) === 0) await toggle(device);
          await (random(2) === 0 ? writeOwn(device, random) : writeEntry(device, random));
          await sleep(random(20));
        }
        if (!device.running) await toggle(device);
      };
      await Promise.all([elsewhere(), elsewhere(), ...devices.map(onDevice)]);
      for (const device of devices) await drain(device, random);
      for (const device of devices) await assertEqual(device);
    } while (Date.now() < end);
    for (const device of devices) await device.close();
  });
});
