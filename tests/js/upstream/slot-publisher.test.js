/**
 * What the gateway that reads a shared slot does with what comes: each transaction is published, then noted, then confirmed, and none
 * before those that came before it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeChanges } from '../../../js-bindings/upstream/change-message.js';
import { createOriginSchema } from '../../../js-bindings/upstream/origin-schema.js';
import { PGliteSession } from '../../../js-bindings/upstream/pglite-session.js';
import { SlotPublisher } from '../../../js-bindings/upstream/slot-publisher.js';
import { eventually } from '../lib/eventually.js';
import { openPGlite } from '../lib/origin.js';

let origin;
let session;
before(async () => {
  origin = await openPGlite();
  session = new PGliteSession(origin.pglite);
  await createOriginSchema(session);
});
after(() => origin.close());

const commit = (end, keys = 1) => ({
  txid: end, end, changes: Array.from({ length: keys }, (_, at) => ({ txid: end, capture: -1, truncate: false, keys: [[`${end}.${at}`]] })),
});
const noted = async () => (await origin.rows('SELECT DISTINCT txid::text FROM tidemark_origin.changes ORDER BY txid')).map(([txid]) => Number(txid));

/** A publisher from place 10 on, and what it does; each message waits until it is let through. */
async function begin() {
  await origin.execute('TRUNCATE tidemark_origin.changes');
  const did = { messages: [], confirmed: [], failures: [] };
  let gate = Promise.resolve();
  let open = () => {};
  let broken = false;
  const publisher = new SlotPublisher({
    session,
    stream: {
      limit: 100_000,
      publish: async (text) => {
        await gate;
        if (broken) throw new Error('nobody answers');
        did.messages.push(decodeChanges(new TextEncoder().encode(text)));
      },
    },
    confirm: (lsn) => did.confirmed.push(Number(lsn)),
    failed: (error) => did.failures.push(error.message),
  }, { name: 'slot', confirmed: 10n }, 'me');
  return {
    publisher,
    did,
    close: () => { gate = new Promise((resolve) => { open = resolve; }); },
    open: () => open(),
    break: () => { broken = true; },
    come: (...ends) => {
      for (const end of ends) {
        publisher.add(commit(end));
        publisher.advance(end);
      }
    },
    ranges: () => did.messages.map((each) => [Number(each.after), Number(each.to), each.commits.map(({ end }) => Number(end)), Number(each.noted)]),
  };
}

test('what comes is published at once, and noted and confirmed together', async () => {
  const { come, publisher, did, ranges } = await begin();
  come(20n);
  await eventually(() => assert.deepEqual(ranges(), [[10, 20, [20], 10]]));
  assert.deepEqual([await noted(), did.confirmed], [[], []]);
  await publisher.note();
  assert.deepEqual([await noted(), did.confirmed], [[20], [20]]);
  await eventually(() => assert.deepEqual(ranges().slice(1), [[20, 20, [], 20]]), 1_000); // others are told that it is noted
});

test('what comes while a message is under way goes out in the next one, and is not noted before', async () => {
  const { come, publisher, close, open, did, ranges } = await begin();
  close();
  come(20n, 30n, 40n);
  const noting = publisher.note();
  await sleep(20);
  assert.deepEqual([await noted(), ranges()], [[], []]);
  open();
  await noting;
  assert.deepEqual(ranges().slice(0, 2).map((each) => each[2]), [[20], [30, 40]]);
  assert.deepEqual([await noted(), did.confirmed], [[20, 30, 40], [40]]);
  ranges().forEach(([from], at) => assert.equal(from, at === 0 ? 10 : ranges()[at - 1][1]));
});

test('when a message is not taken, what went out before is noted, and nothing more goes out', async () => {
  const setting = await begin();
  const { come, publisher, did, ranges } = setting;
  come(20n);
  await eventually(() => assert.equal(ranges().length, 1));
  setting.break();
  come(30n, 40n);
  await eventually(() => assert.deepEqual(did.failures, ['nobody answers']));
  come(50n);
  await publisher.end();
  assert.deepEqual([ranges().length, await noted(), did.confirmed], [1, [20], [20]]);
});

test('a place that somebody waits for is published when it is reached, one that was passed at once', async () => {
  const { publisher, ranges } = await begin();
  publisher.asked(30n);
  await sleep(20);
  assert.deepEqual(ranges(), []);
  publisher.advance(40n);
  await eventually(() => assert.deepEqual(ranges(), [[10, 40, [], 40]]));
  publisher.advance(45n); // nobody waits for it
  await sleep(20);
  publisher.asked(5n);
  await eventually(() => assert.deepEqual(ranges().slice(1), [[40, 45, [], 45]]));
  publisher.asked(5n);
  await eventually(() => assert.deepEqual(ranges().slice(2), [[45, 45, [], 45]]));
});

test('where nothing changes that is watched, the place goes on with each look', async () => {
  const { publisher, did, ranges } = await begin();
  publisher.advance(90n);
  await publisher.note();
  await publisher.note();
  assert.deepEqual([ranges(), did.confirmed], [[[10, 90, [], 90]], [90, 90]]);
});

test('very many changes are noted without waiting, and hold up those that come', async () => {
  const { publisher, close, open, did } = await begin();
  close();
  let added = false;
  publisher.add(commit(20n, 60_000)).then(() => { added = true; });
  await sleep(20);
  assert.equal(added, false);
  open();
  publisher.advance(20n);
  await eventually(() => assert.deepEqual([added, did.confirmed], [true, [20]]));
  assert.deepEqual(await noted(), [20]);
});
