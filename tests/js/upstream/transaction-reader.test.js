/** Messages of pgoutput become transactions with the keys that each changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TransactionReader } from '../../../js-bindings/upstream/transaction-reader.js';

const ROOT = 10;
const PART = 11;
/** PART is a part of ROOT. */
const session = {
  transaction: (work) => work({ query: async (_, [oid]) => ({ rows: [[oid], [String(ROOT)]] }) }),
};
const relation = { relationOid: PART, keyColumns: ['id'] };

function reader({ columns = ['id'], maximumKeys = 100, next = 1000n } = {}) {
  const made = new TransactionReader(session, maximumKeys);
  made.begin(next);
  made.watch({ id: -1, relation: ROOT, columns });
  return made;
}

/** Reads a transaction of these messages. */
async function read(from, messages, xid = 999) {
  await from.read({ tag: 'begin', xid });
  await from.read({ tag: 'relation', ...relation });
  for (const message of messages) assert.equal(await from.read({ relation, ...message }), null);
  return from.read({ tag: 'commit', commitEndLsn: '1/10' });
}

const keys = (commit) => commit.changes.map((each) => each.keys);

test('a row of a part changes what it is a part of', async () => {
  const { txid, end, changes } = await read(reader(), [
    { tag: 'insert', new: { id: '1', note: 'a' } },
    { tag: 'update', key: null, old: null, new: { id: '1', note: 'b' } },
    { tag: 'update', key: { id: '1' }, old: null, new: { id: '2', note: 'b' } },
    { tag: 'delete', key: { id: '2' }, old: null },
  ]);
  assert.equal(txid, 999n);
  assert.equal(end, 0x100000010n);
  assert.deepEqual(changes.map((each) => each.keys), [[['1']], [['1']], [['1'], ['2']], [['2']]]);
});

test('a part of the key that was not sent has not changed', async () => {
  const commit = await read(reader({ columns: ['a', 'b'] }), [
    { tag: 'update', key: null, old: { a: 'long', b: '1' }, new: { a: undefined, b: '2' } },
  ]);
  assert.deepEqual(keys(commit), [[['long', '1'], ['long', '2']]]);
});

test('what the log does not tell of a row is null, and NULL an empty text', async () => {
  const commit = await read(reader({ columns: ['id', 'owner'] }), [
    { tag: 'insert', new: { id: '1', owner: null } },
    { tag: 'update', key: null, old: null, new: { id: '1', owner: '7' } },
    { tag: 'update', key: null, old: { id: '1', owner: '7' }, new: { id: '1', owner: '8' } },
    { tag: 'update', key: null, old: { id: '1', owner: 'long' }, new: { id: '1', owner: undefined } },
    { tag: 'delete', key: { id: '1', owner: undefined }, old: null },
    { tag: 'delete', key: null, old: { id: '2', owner: null } },
  ]);
  assert.deepEqual(keys(commit), [
    [['1', '']], [['1', null], ['1', '7']], [['1', '7'], ['1', '8']], [['1', 'long']], [['1', null]], [['2', '']],
  ]);
});

test('where the table was emptied any row may have changed', async () => {
  const emptied = await read(reader(), [
    { tag: 'insert', new: { id: '1' } }, { tag: 'truncate', relations: [relation] }, { tag: 'insert', new: { id: '2' } },
  ]);
  assert.deepEqual(emptied.changes, [{ txid: 999n, capture: -1, truncate: true, keys: [] }]);
});

test('of very many rows no keys are kept, and of what is watched without a key one note', async () => {
  const rows = Array.from({ length: 50 }, (_, at) => ({ tag: 'insert', new: { id: String(at) } }));
  assert.deepEqual((await read(reader({ maximumKeys: 49 }), rows)).changes.map((each) => each.truncate), [true]);
  assert.equal((await read(reader({ maximumKeys: 50 }), rows)).changes.length, 50);
  assert.equal((await read(reader({ columns: [] }), rows)).changes.length, 1);
});

test('the number of a transaction is the one near the others, also where the lower half begins anew', async () => {
  const whole = 2n ** 32n;
  const made = reader({ next: whole - 5n });
  const numbers = [];
  for (const xid of [-6, 3, -2, 10]) numbers.push((await read(made, [], xid)).txid); // a signed number, as it is sent
  assert.deepEqual(numbers, [whole - 6n, whole + 3n, whole - 2n, whole + 10n]);
});

test('what a broken connection left open is not mixed with the next', async () => {
  const made = reader();
  await made.read({ tag: 'begin', xid: 998 });
  await made.read({ tag: 'relation', ...relation });
  await made.read({ tag: 'insert', relation, new: { id: '1' } });
  made.begin(1000n);
  assert.deepEqual(keys(await read(made, [{ tag: 'insert', new: { id: '2' } }])), [[['2']]]);
});
