/** When commits move from the write-ahead log of a file into the database: after they were answered. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { eventually } from '../lib/eventually.js';
import { folder } from './lib/open.js';

const MIB = 1 << 20;

async function opened(t) {
  const file = path.join(folder(t), 'a.db');
  const db = new Tidemark({ path: file });
  t.after(() => db.close());
  await db.query('CREATE TABLE t (id integer PRIMARY KEY, data text)');
  const fill = (/** @type {number} */ from, /** @type {number} */ count) =>
    db.query(`INSERT INTO t SELECT i, lpad(i::text, 1000, '0') FROM generate_series($1::integer, $2::integer) AS s (i)`,
      [from, from + count - 1]);
  return { db, fill, size: () => fs.statSync(file).size, logSize: () => fs.statSync(`${file}-wal`).size };
}

test('A long log is copied when the host has nothing else to do', async (t) => {
  const { fill, size, logSize } = await opened(t);
  await fill(0, 8000);
  assert.ok(logSize() > 7 * MIB, `${logSize()}`);
  assert.ok(size() < MIB, `${size()}`);
  await eventually(async () => assert.ok(size() > 7 * MIB, `${size()}`));
});

test('While a transaction is open the log is not copied, and afterwards it is', async (t) => {
  const { db, size } = await opened(t);
  await db.exec(`INSERT INTO t SELECT i, lpad(i::text, 1000, '0') FROM generate_series(0, 7999) AS s (i); BEGIN; SELECT 1 AS one`);
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  assert.ok(size() < MIB, `${size()}`);
  await db.query('COMMIT');
  await eventually(async () => assert.ok(size() > 7 * MIB, `${size()}`));
});

test('A log that has grown too long is copied by the commit', async (t) => {
  const { fill, size } = await opened(t);
  await fill(0, 20_000);
  assert.ok(size() > 16 * MIB, `${size()}`);
});
