/** Messages of changes: what was put in comes out, however long it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeChanges, encodeChanges } from '../../../js-bindings/upstream/change-message.js';

const range = (after, to) => ({ slot: 'feed/tidemark/7', sender: 'a', after, to, noted: 5n });
const commit = (end, keys, capture = -1) => ({
  txid: end + 1000n, end, changes: keys.map((key) => ({ txid: end + 1000n, capture, truncate: key === null, keys: key === null ? [] : [[key]] })),
});
const decoded = (messages) => messages.map(({ text }) => decodeChanges(new TextEncoder().encode(text)));
const longest = (messages) => Math.max(...messages.map(({ text }) => new TextEncoder().encode(text).length));

test('transactions come out as they went in', () => {
  const commits = [commit(10n, ['a', 'ü"\\', null]), commit(0x1_0000_0020n, ['1'])];
  const messages = encodeChanges(range(1n, 0x1_0000_0030n), commits, 100_000);
  const [message, ...others] = decoded(messages);
  assert.deepEqual(message, { ...range(1n, 0x1_0000_0030n), part: 0, more: false, commits });
  assert.deepEqual(others, []);
});

test('without transactions there is one message, which says how far the log has been read', () => {
  for (const to of [1n, 7n]) {
    assert.deepEqual(decoded(encodeChanges(range(1n, to), [], 100_000)), [{ ...range(1n, to), part: 0, more: false, commits: [] }]);
  }
});

test('what does not fit into one message comes in several that follow one another', () => {
  const commits = Array.from({ length: 200 }, (_, at) => commit(BigInt(at + 2), [`key ${at}`]));
  const encoded = encodeChanges(range(1n, 300n), commits, 3_000);
  assert.ok(encoded.length > 3 && longest(encoded) <= 3_000);
  const messages = decoded(encoded);
  assert.deepEqual(messages.flatMap((each) => each.commits), commits);
  messages.forEach((each, at) => assert.equal(each.after, at === 0 ? 1n : messages[at - 1].to));
  assert.equal(messages.at(-1).to, 300n);
});

test('a transaction that is too long comes in parts, of which only the last goes on', () => {
  const keys = Array.from({ length: 500 }, (_, at) => `key ${at}`);
  const commits = [commit(2n, ['before']), commit(10n, keys), commit(12n, ['behind'])];
  const encoded = encodeChanges(range(1n, 12n), commits, 3_000);
  assert.ok(longest(encoded) <= 3_000);
  const messages = decoded(encoded);
  const parts = messages.slice(1, -1);
  assert.deepEqual([messages[0].to, messages.at(-1).after], [2n, 10n]);
  assert.deepEqual(parts.map((each) => each.part), parts.map((_, at) => at));
  assert.deepEqual(parts.map((each) => [each.after, each.to, each.more]),
    parts.map((_, at) => [2n, at === parts.length - 1 ? 10n : 2n, at < parts.length - 1]));
  assert.deepEqual(parts.flatMap((each) => each.commits[0].changes.flatMap((change) => change.keys[0])), keys);
});

test('of a key that is longer than a message is only told that something has changed', () => {
  const [message] = decoded(encodeChanges(range(1n, 2n), [commit(2n, ['x'.repeat(5_000)])], 3_000));
  assert.deepEqual(message.commits, [commit(2n, [null])]);
});

test('what is not of this kind is nothing', () => {
  const texts = ['', 'null', '{}', '{"version":2}', '{"version":1}', '[1]', '{"version":1,"slot":"s","after":"x","to":"0/1","noted":"0/1","commits":[]}'];
  for (const text of texts) assert.equal(decodeChanges(new TextEncoder().encode(text)), null, text);
  assert.equal(decodeChanges(new Uint8Array([0xFF, 0x00])), null);
});
