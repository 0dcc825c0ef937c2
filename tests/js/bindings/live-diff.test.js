import assert from 'node:assert/strict';
import { test } from 'node:test';

import { applyChanges, diffRows, sameValue } from '../../../js-bindings/live-diff.js';
import { random } from './lib/random.js';

/** @param {[number, string][]} pairs */
const rowsOf = (pairs) => pairs.map(([id, name]) => ({ id, name }));

test('An equal result gives no changes and the same row objects', () => {
  const previous = rowsOf([[1, 'a'], [2, 'b']]);
  const next = rowsOf([[1, 'a'], [2, 'b']]);
  assert.deepEqual(diffRows(previous, next, ['id']), []);
  assert.equal(next[0], previous[0]);
  assert.equal(next[1], previous[1]);
});

test('Insert, update and delete carry key, old, new and their places', () => {
  const previous = rowsOf([[1, 'a'], [2, 'b'], [3, 'c']]);
  const next = rowsOf([[0, 'z'], [1, 'a'], [3, 'C']]);
  assert.deepEqual(diffRows(previous, next, ['id']), [
    { op: 'delete', key: { id: 2 }, old: previous[1], new: null, index: -1, oldIndex: 1 },
    { op: 'insert', key: { id: 0 }, old: null, new: next[0], index: 0, oldIndex: -1 },
    { op: 'update', key: { id: 3 }, old: previous[2], new: next[2], index: 2, oldIndex: 2 },
  ]);
  assert.equal(next[1], previous[0]);
});

test('One row that moves is one change, whichever way the others shift', () => {
  const previous = rowsOf([[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd']]);
  const next = rowsOf([[4, 'd'], [1, 'a'], [2, 'b'], [3, 'c']]);
  const changes = diffRows(previous, next, ['id']);
  assert.deepEqual(changes.map(({ op, index, oldIndex }) => [op, index, oldIndex]), [['update', 0, 3]]);
  assert.equal(changes[0].old, changes[0].new);
});

test('Without a key equal rows match, repeats included, and the rest comes and goes', () => {
  const previous = [{ n: 1 }, { n: 1 }, { n: 2 }];
  const next = [{ n: 1 }, { n: 2 }, { n: 2 }];
  const changes = diffRows(previous, next, null);
  assert.deepEqual(changes.map(({ op, key }) => [op, key]), [['delete', null], ['insert', null]]);
});

test('A key of several columns, of bytes or of null identifies rows', () => {
  const row = (a, b, v) => ({ a, b, v });
  const bytes = () => Uint8Array.of(1, 2);
  const previous = [row(1, null, 'x'), row(1, '1', 'y'), row(bytes(), 10n ** 20n, 'z')];
  const next = [row(1, null, 'X'), row(1, '1', 'y'), row(bytes(), 10n ** 20n, 'Z')];
  const changes = diffRows(previous, next, ['a', 'b']);
  assert.deepEqual(changes.map(({ op, index }) => [op, index]), [['update', 0], ['update', 2]]);
});

test('Values are equal by their content', () => {
  assert.ok(sameValue({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(sameValue(Uint8Array.of(1), Uint8Array.of(1)));
  assert.ok(sameValue(NaN, NaN));
  assert.ok(!sameValue([1], { 0: 1 }));
  assert.ok(!sameValue({ a: 1 }, { a: 1, b: undefined }));
  assert.ok(!sameValue(1, 1n));
  assert.ok(!sameValue(null, {}));
});

test('Applying the changes of any two results to the first gives the second', () => {
  const next = random(7);
  for (let round = 0; round < 3000; round++) {
    const make = () => {
      const rows = [];
      const ids = new Set();
      for (let count = next(9); count > 0; count--) ids.add(next(10));
      for (const id of ids) rows.splice(next(rows.length + 1), 0, { id, name: 'ab'[next(2)] });
      return rows;
    };
    const key = next(3) === 0 ? null : ['id'];
    const before = make();
    const after = make();
    const expected = structuredClone(after);
    const changes = diffRows(before, after, key);
    assert.deepEqual(after, expected);
    const applied = applyChanges(before, changes);
    assert.deepEqual(applied, expected);
    applied.forEach((row, index) => assert.equal(row, after[index]));
  }
});
