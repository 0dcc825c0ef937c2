/** What becomes of an error that is not an origin's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UNREACHABLE, UpstreamError } from '../../../js-bindings/upstream/errors.js';

test('a code of Node is no SQLSTATE, also where it is as long as one', () => {
  for (const code of ['EPIPE', 'EBADF', 'EPERM', 'ECONNRESET', 'ETIMEDOUT', undefined]) {
    const error = UpstreamError.from(Object.assign(new Error('write'), { code }), UNREACHABLE);
    assert.deepEqual([error.code, error.transient, error.message], [UNREACHABLE, true, 'write']);
  }
  for (const code of ['23505', '40P01', 'XX000', 'F0001']) {
    assert.equal(UpstreamError.from(Object.assign(new Error('said'), { code }), UNREACHABLE).code, code);
  }
});
