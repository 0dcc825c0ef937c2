import assert from 'node:assert/strict';
import { test } from 'node:test';

import { QuotaWatch, askToPersist, estimateStorage } from '../../../js-bindings/storage/quota.js';

const GIBIBYTE = 2 ** 30;

/**
 * A browser's answers.
 * @param {import('node:test').TestContext} t
 * @param {object} storage
 */
function withStorage(t, storage) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { storage }, configurable: true });
  t.after(() => {
    if (before === undefined) delete globalThis.navigator;
    else Object.defineProperty(globalThis, 'navigator', before);
  });
}

test('Little room is told once, and again after there was more', async (t) => {
  let usage = 0;
  withStorage(t, { estimate: async () => ({ usage, quota: 10 * GIBIBYTE }) });
  /** @type {any[]} */
  const notices = [];
  const watch = new QuotaWatch((notice) => notices.push(notice));
  for (const each of [0, 9.5, 9.95, 9.99, 9, 9.95]) {
    usage = each * GIBIBYTE;
    await watch.look();
  }
  assert.deepEqual(notices.map(({ severity, code }) => [severity, code]), [['WARNING', '53100'], ['WARNING', '53100']]);
  assert.match(notices[0].message, /of 10737418240 bytes/);
});

test('Of a small quota a tenth is little', async (t) => {
  let usage = 8e6;
  withStorage(t, { estimate: async () => ({ usage, quota: 1e7 }) });
  let told = 0;
  const watch = new QuotaWatch(() => { told++; });
  await watch.look();
  assert.equal(told, 0);
  usage = 9.5e6;
  await watch.look();
  assert.equal(told, 1);
});

test('Writes that follow each other look once', async (t) => {
  let looks = 0;
  withStorage(t, { estimate: async () => ({ usage: looks++, quota: 10 * GIBIBYTE }) });
  const watch = new QuotaWatch(() => {});
  for (let i = 0; i < 1000; i++) watch.wrote();
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  assert.equal(looks, 1);
});

test('Where nobody can tell there is no estimate, and nothing fails', async (t) => {
  withStorage(t, {});
  assert.equal(await estimateStorage(), null);
  askToPersist();
  await new QuotaWatch(() => assert.fail()).look();
});
