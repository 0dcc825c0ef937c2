import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const COMPILER = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

test('The declarations accept what an application does, and refuse what would fail', () => {
  const { status, stdout, stderr } = spawnSync(COMPILER, ['-p', FOLDER], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('So do those of the query builders', () => {
  const { status, stdout, stderr } = spawnSync(COMPILER, ['-p', `${FOLDER}query-builders`], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
