/**
 * Devices that write all the time, while the network and whoever is behind it fail: in the end what each device wrote has been
 * applied once, in order, and every device shows what the origin has.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { Tidemark } from '../../../js-bindings/index.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { eventually } from '../lib/eventually.js';
import { faultyNetwork } from '../lib/faulty-network.js';
import { openPostgres, postgresPrograms } from '../lib/origin.js';
import { startGateway } from './lib/gateway.js';

const skip = postgresPrograms() ? false : 'no PostgreSQL server is installed';
const EVERYTHING = 'everything fails at once';
const PAUSE = 80; // between two writes of a device

// The log has what was applied, in the order in which it was; the tally is written with each entry, in one transaction.
const SCHEMA = `
  CREATE TABLE entry (device text, number integer, PRIMARY KEY (device, number));
  CREATE TABLE tally (device text PRIMARY KEY, total integer NOT NULL);
  CREATE TABLE log (seq serial PRIMARY KEY, device text, number integer, total integer);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO log (device, number) VALUES (NEW.device, NEW.number); RETURN NEW; END $$;
  CREATE TRIGGER note AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION note();`;

for (const { how, replication, told } of [
  { how: 'by logical replication', replication: true, told: () => true },
  { how: 'by triggers', replication: false, told: (/** @type {string} */ what) => what === EVERYTHING },
]) {
  describe(`stories of a bad network, ${how}`, { skip }, () => {
    let origin;
    let gateway;
    let toDatabase;
    let toGateway;
    let number = 0;
    before(async () => {
      origin = await openPostgres();
      await origin.execute(SCHEMA);
      toDatabase = await faultyNetwork(`unix:${origin.pool.options.host}/.s.PGSQL.5432`);
      gateway = await startGateway({
        database: { host: '127.0.0.1', port: toDatabase.port, user: 'postgres', database: 'postgres' }, replication,
      });
      toGateway = await faultyNetwork(gateway.url);
    });
    after(async () => {
      await gateway?.kill();
      await toGateway?.close();
      await toDatabase?.close();
      await origin?.close();
    });

    const openDevice = async (name) => {
      const client = new EdgeClient({ url: toGateway.url, WebSocket, timeout: 2_000 });
      const db = new Tidemark({ path: ':memory:', storage: 'memory', getUpstreamClient: async () => client });
      await origin.execute(`INSERT INTO tally VALUES ('${name}', 0)`);
      for (const table of ['entry', 'tally']) {
        await db.query(`CREATE REALTIME VIEW ${table} AS TABLE ${table}
          WITH (replication_origin = 'postgres:primary', write_policy = 'local_first')`);
      }
      return { name, db, client, written: 0 };
    };

    const write = async (device) => {
      const next = device.written + 1;
      await device.db.transaction(async (tx) => {
        await tx.query('INSERT INTO entry VALUES ($1, $2)', [device.name, next]);
        await tx.query('UPDATE tally SET total = total + 1 WHERE device = $1', [device.name]);
      });
      device.written = next;
    };

    /** Every write has been applied once, in order, and everybody shows the same. */
    const agrees = async ({ name, db, written }) => {
      const waiting = (await db.sync.queue()).filter(({ state }) => state !== 'applied');
      assert.deepEqual(waiting.map(({ state, error }) => [state, error]), []);
      const applied = await origin.rows(`SELECT number FROM log WHERE device = '${name}' ORDER BY seq`);
      assert.deepEqual(applied.flat(), Array.from({ length: written }, (_, at) => at + 1));
      assert.deepEqual(await origin.rows(`SELECT total FROM tally WHERE device = '${name}'`), [[written]]);
      for (const query of ['SELECT device, number FROM entry ORDER BY 1, 2', 'SELECT device, total FROM tally ORDER BY 1']) {
        const { rows } = await db.query(query);
        assert.deepEqual(rows.map((row) => Object.values(row)), await origin.rows(query));
      }
    };

    const story = (what, faults) => told(what) && test(what, async () => {
      number++;
      const devices = await Promise.all(['a', 'b'].map((name) => openDevice(`${name}${number}`)));
      let over = false;
      const working = devices.map(async (device) => {
        while (!over) {
          await write(device);
          await sleep(PAUSE);
        }
      });
      const elsewhere = (async () => {
        for (let at = 1; !over; at++) {
          await origin.execute(`INSERT INTO entry VALUES ('elsewhere ${number}', ${at})`).catch(() => {});
          await sleep(PAUSE);
        }
      })();
      await sleep(100);
      await faults();
      await sleep(100);
      over = true;
      await Promise.all([...working, elsewhere]);
      for (const { db } of devices) await db.sync.sync(null, { forceSync: true });
      for (const device of devices) await eventually(() => agrees(device));
      for (const { db, client } of devices) {
        await db.close();
        await client.close();
      }
    });

    story('the gateway is killed again and again', async () => {
      for (let times = 0; times < 2; times++) {
        await gateway.kill();
        await gateway.start();
        await sleep(200);
      }
    });

    story('the database is killed, and starts again', async () => {
      for (let times = 0; times < 2; times++) {
        await origin.kill();
        await sleep(300);
      }
    });

    const betrayed = async (network) => {
      for (const bytes of [1, 700, 5_000]) {
        network.cutAfter(bytes);
        await sleep(150);
      }
      network.cutAfter(Infinity);
      network.loseReplies();
      await sleep(200);
      network.loseReplies(false);
      for (const lose of [network.swallowReplies, network.fallSilent]) {
        lose();
        await sleep(300);
        network.cut();
        lose(false);
        await sleep(150);
      }
      network.delay(40);
      await sleep(300);
      network.cut();
      await sleep(100);
      network.delay(0);
    };

    story('the network between gateway and database loses replies, is cut, falls silent and is slow', () => betrayed(toDatabase));

    story('so does that between devices and gateway', () => betrayed(toGateway));

    story(EVERYTHING, async () => {
      await Promise.all([
        betrayed(toDatabase),
        betrayed(toGateway),
        sleep(400).then(() => gateway.kill()).then(() => gateway.start()),
        sleep(900).then(() => origin.kill()),
      ]);
    });
  });
}
