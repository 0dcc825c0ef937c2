/** Databases of every version that the catalog has had (tests/fixtures/README.md), in WebAssembly. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { folder, open } from './lib/open.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const names = fs.readdirSync(fixtures).filter((name) => name.endsWith('.db.gz'));

const views = {
  joined: 'SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer',
  totals: 'SELECT customer, count(*) AS n, sum(total) AS total, max(id) AS last FROM orders GROUP BY customer',
  latest: 'SELECT * FROM (SELECT id, total FROM orders ORDER BY id DESC LIMIT 3) l',
  ranked: 'SELECT id, rank() OVER (PARTITION BY customer ORDER BY total) AS r FROM orders',
};

async function checkViews(db) {
  for (const [view, query] of Object.entries(views)) {
    const sorted = async (sql) => (await db.query(`SELECT * FROM (${sql}) q ORDER BY 1`)).rows;
    assert.deepEqual(await sorted(`SELECT * FROM ${view}`), await sorted(query), view);
  }
}

for (const name of names) {
  test(`${name} is opened, read, written and checked`, async (t) => {
    const file = path.join(folder(t), 'a.db');
    fs.writeFileSync(file, gunzipSync(fs.readFileSync(new URL(name, fixtures))));
    const db = open(t, { path: file, getUpstreamClient: () => { throw new Error('offline'); } });
    const rows = async (sql) => (await db.query(sql)).rows;
    assert.deepEqual(await rows('SELECT id, name FROM items WHERE id > 0 ORDER BY id'),
      [{ id: 1, name: 'here' }, { id: 2, name: 'changed' }, { id: 10, name: 'new' }]);
    assert.equal((await rows("SELECT id FROM tidemark.queue WHERE key ->> 0 <> '-1'")).length, 3);
    await checkViews(db);
    await db.query('INSERT INTO orders (id, customer, total) VALUES (90, 1, 3), (91, 2, 4)');
    await db.query("UPDATE items SET name = 'later' WHERE id = 1");
    await db.query('DELETE FROM customers WHERE id = 3');
    await checkViews(db);
    assert.equal((await rows("SELECT id FROM tidemark.queue WHERE key ->> 0 <> '-1'")).length, 4);
    assert.deepEqual(await rows('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  });
}
