import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BlockEncoder, RowDecoder, Views, blockEnd, blockRows, decodePlain }
  from '../../../js-bindings/block.js';
import { random } from './lib/random.js';

const encoder = new BlockEncoder();

/**
 * @param {unknown[][]} rows
 * @param {number} columns
 */
function roundTrip(rows, columns) {
  encoder.encode(rows, columns);
  return decodePlain(new Views(encoder.toBytes().buffer), 0);
}

/**
 * @param {unknown[]} row
 * @param {string[]} types
 * @param {{ parseJson?: boolean }} [options]
 */
function readAs(row, types, options) {
  encoder.encode([row], row.length);
  const fields = types.map((type, at) => ({ name: `c${at}`, type }));
  /** @type {Record<string, unknown>[]} */
  const rows = [];
  new RowDecoder(fields, options).appendObjects(new Views(encoder.toBytes().buffer), 0, rows);
  return Object.values(rows[0]);
}

const STRINGS = ['', 'Ada', 'naïve', '漢字', '😀', '\uFEFFmark', 'a\u0000b', 'x'.repeat(200), 'é'.repeat(90)];

test('Every kind of value survives the crossing', () => {
  const row = [null, true, false, 0, -0, 1.5, NaN, Infinity, 2 ** 53 - 1, -(2 ** 53) + 1, 1e300, 2n ** 53n,
    -(2n ** 63n), 2n ** 63n - 1n, Uint8Array.of(), Uint8Array.of(0, 255), ...STRINGS];
  assert.deepEqual(roundTrip([row], row.length), [row]);
});

test('Values of other JavaScript types become the SQL value they stand for', () => {
  const given = [undefined, 5n, 10n ** 20n, new Date(0), new ArrayBuffer(2), new Uint16Array([258]),
    { a: [1, 2n, 10n ** 20n] }, [1, null, 'x']];
  assert.deepEqual(roundTrip([given], given.length), [[null, 5, '100000000000000000000',
    '1970-01-01T00:00:00.000Z', Uint8Array.of(0, 0), Uint8Array.of(2, 1),
    '{"a":[1,2,"100000000000000000000"]}', '[1,null,"x"]']]);
});

test('A value that SQL has no word for is refused with its place', () => {
  for (const bad of [Symbol('s'), () => 1]) {
    assert.throws(() => encoder.encodeRow([1, bad]), { code: '22023', message: /parameter 2/ });
  }
  assert.throws(() => encoder.encodeRow([new Date(NaN)]), { code: '22007' });
});

test('The type of a column decides about booleans and JSON', () => {
  assert.deepEqual(readAs([1, 0, null, '{"a":[1]}', 'null', '[1,[2]]', '1.50'],
    ['boolean', 'boolean', 'boolean', 'jsonb', 'json', 'integer[]', 'numeric(10,2)']),
  [true, false, null, { a: [1] }, null, [1, [2]], '1.50']);
  assert.deepEqual(readAs(['{"a": 1}', '[1]'], ['json', 'text[]'], { parseJson: false }), ['{"a": 1}', '[1]']);
});

test('A column may have any name', () => {
  encoder.encode([[1, 2, 3]], 3);
  const fields = ['__proto__', 'constructor', ''].map((name) => ({ name, type: 'integer' }));
  /** @type {any[]} */
  const rows = [];
  new RowDecoder(fields).appendObjects(new Views(encoder.toBytes().buffer), 0, rows);
  assert.deepEqual(Object.entries(rows[0]), [['__proto__', 1], ['constructor', 2], ['', 3]]);
  assert.equal(Object.getPrototypeOf(rows[0]), Object.prototype);
});

test('Blocks of no rows and of no columns have their shape', () => {
  assert.deepEqual(roundTrip([], 3), []);
  assert.deepEqual(roundTrip([[], []], 0), [[], []]);
});

test('A lone surrogate becomes one replacement character', () => {
  assert.deepEqual(roundTrip([['a\ud800b', 'after']], 2), [['a\ufffdb', 'after']]);
});

test('Blocks follow each other at multiples of eight', () => {
  encoder.encode([['a', Uint8Array.of(1, 2, 3)]], 2);
  const first = encoder.toBytes();
  encoder.encode([['second']], 1);
  const second = encoder.toBytes();
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  const views = new Views(both.buffer);
  assert.equal(blockEnd(views, 0), first.length);
  assert.equal(first.length % 8, 0);
  assert.equal(blockRows(views, first.length), 1);
  assert.deepEqual(decodePlain(views, first.length), [['second']]);
});

test('Bytes that were read are a copy', () => {
  encoder.encode([[Uint8Array.of(1, 2)]], 1);
  const block = encoder.toBytes();
  const [[bytes]] = decodePlain(new Views(block.buffer), 0);
  block.fill(0);
  assert.deepEqual(bytes, Uint8Array.of(1, 2));
});

test('Random rows survive the crossing, whatever lies beside what', () => {
  const next = random(11);
  const value = () => {
    switch (next(7)) {
      case 0: return null;
      case 1: return next(1000) - 500;
      case 2: return next(1000) / 7;
      case 3: return BigInt(next(1 << 30)) * (2n ** 32n) + 2n ** 60n;
      case 4: return STRINGS[next(STRINGS.length)] + 'abcdefgh'.slice(next(9));
      case 5: return Uint8Array.from({ length: next(20) }, () => next(256));
      default: return next(2) === 0;
    }
  };
  for (let round = 0; round < 400; round++) {
    const columns = 1 + next(6);
    const rows = Array.from({ length: next(30) }, () => Array.from({ length: columns }, value));
    assert.deepEqual(roundTrip(rows, columns), rows);
  }
});
