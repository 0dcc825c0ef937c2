/** What a replication stream keeps in memory: nothing that a transaction under way could miss in the table is forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChangeLog } from '../../../js-bindings/upstream/change-log.js';
import { Snapshot } from '../../../js-bindings/upstream/snapshot.js';

const commit = (txid, capture = 1) =>
  ({ txid, end: txid * 8n, changes: [{ txid, capture, truncate: false, keys: [[String(txid)]] }] });
const seen = (log, captures = [1]) => log.changes(new Set(captures)).map((each) => Number(each.txid));
const snapshot = (xmin, xmax = xmin) => /** @type {Snapshot} */ (Snapshot.parse(`${xmin}:${xmax}:`));

test('what is noted stays for who began before that', () => {
  const log = new ChangeLog(0n);
  log.add(commit(5n));
  const release = log.hold();
  log.noted(log.peek());
  assert.equal(log.pending, 0);
  assert.deepEqual(seen(log), [5]);
  assert.ok(log.covers(snapshot(5)));
  release();
  assert.deepEqual(seen(log), []);
  assert.ok(!log.covers(snapshot(5)), 'the table has to be asked');
  assert.ok(log.covers(snapshot(6)));
});

test('who begins after that does not keep it', () => {
  const log = new ChangeLog(0n);
  const first = log.hold();
  log.add(commit(5n));
  log.noted(log.peek());
  const second = log.hold();
  log.add(commit(6n));
  first();
  assert.deepEqual(seen(log), [6]);
  second();
  assert.deepEqual(seen(log), [6], 'not noted yet');
});

test('what comes while others are being noted is left for the next time', () => {
  const log = new ChangeLog(0n);
  log.add(commit(5n));
  const taken = log.peek();
  log.add(commit(6n));
  log.noted(taken);
  assert.equal(log.pending, 1);
  assert.deepEqual(seen(log), [6]);
});

test('commits that changed nothing that is watched take no room, and captures are kept apart', () => {
  const log = new ChangeLog(0n);
  log.add({ txid: 4n, end: 1n, changes: [] });
  log.add(commit(5n, 1));
  log.add(commit(6n, 2));
  assert.equal(log.peek().length, 2);
  assert.deepEqual(seen(log, [2]), [6]);
});

test('what committed before the log began is asked of the table', () => {
  const log = new ChangeLog(100n);
  assert.ok(!log.covers(snapshot(100, 120)));
  assert.ok(log.covers(snapshot(101, 120)));
});
