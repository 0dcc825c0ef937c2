/** What the application has to come to, wherever it runs. */
import assert from 'node:assert/strict';

/**
 * @param {any} result of read()
 * @param {string} storage that it must have chosen
 */
export function checkRead(result, storage) {
  assert.deepEqual(result, {
    storage,
    summary: { n: 100, last: 'note 99' },
    first: ['Ada', 1, 2, 3],
    rows: [{ id: 100, text: 'note 100' }, { id: 101, text: 'zoe' }],
    ops: ['insert'],
    after: { n: 101, last: 'zoe' },
    refused: '42703',
  });
}
