import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';
import { folder } from './lib/open.js';

const PAGE = 4096;

/**
 * A closed database of which one page, in the middle of the table `large`, is not what was written to it.
 * @param {import('node:test').TestContext} t
 */
async function damaged(t) {
  const file = path.join(folder(t), 'a.db');
  const db = new Tidemark({ path: file });
  await db.query(`CREATE TABLE small (id integer PRIMARY KEY, name text);
    INSERT INTO small VALUES (1, 'one');
    CREATE TABLE large (id integer PRIMARY KEY, x numeric);
    INSERT INTO large SELECT g, g / 3.0 FROM generate_series(1, 20000) g;
    CREATE REALTIME VIEW counted AS SELECT count(*) AS n FROM large`);
  await db.close();
  const bytes = fs.readFileSync(file);
  const page = Math.floor(bytes.length / PAGE / 2);
  bytes[page * PAGE + 50] ^= 4;
  fs.writeFileSync(file, bytes);
  return { file, message: `page ${page + 1} of the database is damaged` };
}

test('A damaged page is named; what is on others can be read and written', async (t) => {
  const { file, message } = await damaged(t);
  const db = new Tidemark({ path: file });
  t.after(() => db.close());
  await assert.rejects(db.query('SELECT sum(x) FROM large'), { code: 'XX001', message });
  await db.query("INSERT INTO small VALUES (2, 'two')");
  assert.deepEqual((await db.query('SELECT id FROM small ORDER BY id')).rows, [{ id: 1 }, { id: 2 }]);
  assert.deepEqual((await db.query('SELECT n FROM counted')).rows, [{ n: 20000 }]);
});

test('integrity_check lists damaged pages, and leaves views as they are then', async (t) => {
  const { file, message } = await damaged(t);
  const db = new Tidemark({ path: file });
  t.after(() => db.close());
  const { rows } = await db.query('PRAGMA integrity_check');
  assert.ok(rows.some(({ integrity_check: problem }) => problem === message), JSON.stringify(rows));
  assert.deepEqual((await db.query('SELECT n FROM counted')).rows, [{ n: 20000 }]);
});

test('A damaged page ends the transaction that reads it, and nothing of that stays', async (t) => {
  const { file, message } = await damaged(t);
  const db = new Tidemark({ path: file });
  t.after(() => db.close());
  await assert.rejects(db.transaction(async (transaction) => {
    await transaction.query("INSERT INTO small VALUES (2, 'two')");
    await transaction.query('SELECT sum(x) FROM large');
  }), { code: 'XX001', message });
  assert.deepEqual((await db.query('SELECT id FROM small')).rows, [{ id: 1 }]);
  await db.query("INSERT INTO small VALUES (3, 'three')");
});
