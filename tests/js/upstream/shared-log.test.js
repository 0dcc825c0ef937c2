/** The log that gateways share, as one of them reads it: there is no gap, whoever sends, and whatever is missing or comes twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeLog } from '../../../js-bindings/upstream/change-log.js';
import { SharedLog } from '../../../js-bindings/upstream/shared-log.js';
import { Snapshot } from '../../../js-bindings/upstream/snapshot.js';

const SLOT = 'feed/tidemark/7';
const commit = (end, keys = [String(end)]) => ({
  txid: end, end, changes: keys.map((key) => ({ txid: end, capture: -1, truncate: false, keys: [[key]] })),
});
const message = (after, to, { commits = [], noted = 0n, ...rest } = {}) => ({
  slot: SLOT, sender: 'a', after, to, noted, part: 0, more: false, commits: commits.map((each) => (typeof each === 'bigint' ? commit(each) : each)), ...rest,
});

/** A log, what it is told of the slot, and what it has in memory. */
function begin() {
  const memory = new ChangeLog(0n);
  const slot = { name: SLOT, next: 1_000n };
  const state = { changed: 0, described: 0 };
  const log = new SharedLog(memory, {
    describe: async () => {
      state.described++;
      return slot;
    },
    changed: () => { state.changed++; },
  });
  const keys = () => memory.changes(new Set([-1])).flatMap((each) => each.keys.flat());
  return { log, memory, slot, state, keys };
}

test('it is served when the table has what came before its first message', async () => {
  const { log, keys, memory, state } = begin();
  await log.take(message(10n, 20n, { commits: [15n], noted: 8n }));
  assert.equal(log.open, false);
  assert.equal(log.position.value, 0n);
  await log.take(message(20n, 30n, { noted: 10n }));
  assert.equal(log.open, true);
  assert.equal(log.position.value, 30n);
  assert.deepEqual(keys(), ['15']);
  assert.equal(state.changed, 1);
  assert.ok(!memory.covers(Snapshot.parse('1000:1000:')), 'what had begun before may be in the table alone');
  assert.ok(memory.covers(Snapshot.parse('1001:1001:')));
});

test('what comes again, from another sender too, is taken once', async () => {
  const { log, keys } = begin();
  await log.take(message(10n, 20n, { commits: [15n], noted: 10n }));
  await log.take(message(20n, 40n, { commits: [25n, 35n], noted: 10n }));
  await log.take(message(10n, 30n, { sender: 'b', commits: [15n, 25n], noted: 10n }));
  await log.take(message(30n, 50n, { sender: 'b', commits: [35n, 45n], noted: 10n }));
  await log.take(message(20n, 40n, { commits: [25n, 35n], noted: 10n }));
  assert.deepEqual(keys(), ['15', '25', '35', '45']);
  assert.equal(log.position.value, 50n);
  assert.equal(log.restarts, 1);
});

test('a message that is missing begins it anew, and nobody is served until the table has what it said', async () => {
  const { log, keys } = begin();
  await log.take(message(10n, 20n, { commits: [15n], noted: 10n }));
  await log.take(message(30n, 40n, { commits: [35n], noted: 20n }));
  assert.equal(log.open, false);
  assert.equal(log.position.value, 0n);
  await log.take(message(40n, 40n, { noted: 30n }));
  assert.equal(log.open, true);
  assert.equal(log.restarts, 2, 'who began before is told so');
  assert.deepEqual(keys(), ['35']);
});

test('what has been noted is forgotten, unless somebody may not see it in the table', async () => {
  const { log, keys, memory } = begin();
  await log.take(message(10n, 20n, { commits: [15n, 18n], noted: 10n }));
  const release = memory.hold();
  await log.take(message(20n, 20n, { noted: 16n }));
  assert.deepEqual(keys(), ['15', '18']);
  release();
  assert.deepEqual(keys(), ['18']);
});

test('parts of a transaction are taken together', async () => {
  const { log, keys } = begin();
  await log.take(message(10n, 10n, { noted: 10n }));
  await log.take(message(10n, 10n, { more: true, commits: [commit(20n, ['a', 'b'])] }));
  await log.take(message(10n, 10n, { part: 1, more: true, commits: [commit(20n, ['c'])] }));
  assert.equal(log.position.value, 10n);
  assert.deepEqual(keys(), []);
  await log.take(message(10n, 20n, { part: 2, commits: [commit(20n, ['d'])] }));
  assert.deepEqual(keys(), ['a', 'b', 'c', 'd']);
  assert.equal(log.position.value, 20n);
});

for (const [name, parts] of Object.entries({
  'the first is missing': [{ part: 1 }],
  'one in the middle is missing': [{ part: 0, more: true }, { part: 2 }],
  'one comes twice': [{ part: 0, more: true }, { part: 1, more: true }, { part: 1, more: true }, { part: 2 }],
  'they are of two senders': [{ part: 0, more: true }, { part: 1, sender: 'b' }],
  'another message comes between': [{ part: 0, more: true }, { part: 0, commits: [] }, { part: 1 }],
})) {
  test(`of parts of which ${name} nothing is taken, and the next message begins anew`, async () => {
    const { log, keys } = begin();
    await log.take(message(10n, 10n, { noted: 10n }));
    for (const each of parts) {
      await log.take(message(10n, each.more || each.commits ? 10n : 20n, { commits: [commit(20n, [`part ${each.part}`])], ...each }));
    }
    assert.deepEqual(keys(), []);
    assert.equal(log.position.value, 10n);
    await log.take(message(20n, 30n, { commits: [25n], noted: 10n }));
    assert.equal(log.open, false);
    await log.take(message(30n, 30n, { noted: 20n }));
    assert.equal(log.open, true);
    assert.deepEqual(keys(), ['25']);
  });
}

test('messages of another slot are nothing, and those of one that was made anew begin it anew', async () => {
  const { log, keys, slot } = begin();
  await log.take(message(10n, 20n, { commits: [15n], noted: 10n }));
  await log.take(message(5n, 90n, { slot: 'other/tidemark/8', commits: [80n], noted: 90n }));
  assert.deepEqual([keys(), log.position.value], [['15'], 20n]);
  slot.name = 'feed/tidemark/8';
  await log.take(message(5n, 9n, { slot: 'feed/tidemark/8', commits: [8n], noted: 5n }));
  assert.deepEqual([keys(), log.position.value, log.restarts], [['8'], 9n, 2]);
});

test('messages of another slot between the parts of a transaction do no harm, and cost one question', async () => {
  const { log, keys, state } = begin();
  const foreign = () => log.take(message(5n, 90n, { slot: 'another/tidemark/8', commits: [80n], noted: 90n }));
  await foreign();
  await log.take(message(10n, 10n, { noted: 10n }));
  await log.take(message(10n, 10n, { more: true, commits: [commit(20n, ['a'])] }));
  await foreign();
  await log.take(message(10n, 20n, { part: 1, commits: [commit(20n, ['b'])] }));
  assert.deepEqual([keys(), log.restarts, state.described], [['a', 'b'], 1, 2]);
});

test('when it is to forget what it has read, the next message begins it anew', async () => {
  const { log, keys } = begin();
  await log.take(message(10n, 20n, { commits: [15n], noted: 10n }));
  log.forget();
  assert.deepEqual([log.open, log.position.value], [false, 0n]);
  await log.take(message(3n, 6n, { commits: [5n], noted: 3n }));
  assert.deepEqual([keys(), log.position.value], [['5'], 6n]);
});

test('a message about which the origin cannot be asked is taken when it comes again', async () => {
  const { log, memory, keys } = begin();
  let reachable = false;
  const failing = new SharedLog(memory, {
    describe: async () => {
      if (!reachable) throw new Error('there is no connection');
      return { name: SLOT, next: 1n };
    },
    changed: () => {},
  });
  const first = message(10n, 20n, { commits: [15n], noted: 10n });
  await assert.rejects(failing.take(first), /no connection/);
  assert.equal(failing.open, false);
  reachable = true;
  await failing.take(first);
  assert.deepEqual([keys(), failing.position.value], [['15'], 20n]);
  assert.equal(log.open, false);
});
