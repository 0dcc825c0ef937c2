/**
 * MERGE into a view of an origin: what it does to each row is queued like any other write.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { eventually } from '../lib/eventually.js';
import { createOrigin, rows } from './lib/stack.js';

const SHOWN = 'SELECT id, name FROM users ORDER BY id';
const BEFORE = [{ id: 1, name: 'Ada' }, { id: 2, name: 'Bo' }, { id: 3, name: 'Cy' }];
const MERGED = [{ id: 1, name: 'Ada!' }, { id: 4, name: 'Di' }, { id: 3, name: 'Cy' }].toSorted((a, b) => a.id - b.id);
const MERGE = `MERGE INTO users u USING (SELECT 1 AS id, 'Ada!' AS name UNION ALL SELECT 2, NULL UNION ALL SELECT 4, 'Di') v ON u.id = v.id
  WHEN MATCHED AND v.name IS NULL THEN DELETE
  WHEN MATCHED THEN UPDATE SET name = v.name
  WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)
  RETURNING merge_action() AS did, u.id`;
const DONE = [{ did: 'UPDATE', id: 1 }, { did: 'DELETE', id: 2 }, { did: 'INSERT', id: 4 }];

describe('MERGE into a view of an origin', () => {
  /** @type {Awaited<ReturnType<typeof createOrigin>>} */
  let origin;
  beforeEach(async () => {
    origin = await createOrigin();
    await origin.pglite.exec(`INSERT INTO users VALUES (2, 'Bo'), (3, 'Cy')`);
  });
  afterEach(() => origin.close());

  for (const policy of ['local_first', 'origin_first']) {
    it(`queues what it does to each row, as one transaction (${policy})`, async () => {
      const { db, bridge } = await origin.device({ policy });
      await eventually(async () => assert.deepEqual(await rows(db, SHOWN), BEFORE));
      bridge.online = false;
      const result = await db.query(MERGE);
      assert.deepEqual([result.command, result.rowCount, result.rows.toSorted((a, b) => a.id - b.id)], ['MERGE', 3, DONE]);
      assert.deepEqual(await rows(db, SHOWN), policy === 'local_first' ? MERGED : BEFORE);
      const queue = await db.sync.queue();
      assert.deepEqual(queue.map(({ op, key, mine }) => [op, key.id, mine?.name ?? null]).toSorted((a, b) => a[1] - b[1]),
        [['update', 1, 'Ada!'], ['delete', 2, null], ['insert', 4, 'Di']]);
      assert.equal(new Set(queue.map(({ transaction }) => transaction)).size, 1);
      bridge.online = true;
      await db.sync.sync(null, { forceSync: true });
      await eventually(async () => {
        assert.deepEqual(await origin.users(), MERGED);
        assert.deepEqual(await rows(db, SHOWN), MERGED);
      });
    });
  }

  it('fails whole, within a transaction too', async () => {
    const { db, bridge } = await origin.device();
    await eventually(async () => assert.deepEqual(await rows(db, SHOWN), BEFORE));
    bridge.online = false;
    await db.transaction(async (tx) => {
      await assert.rejects(
        tx.query(`MERGE INTO users u USING (SELECT 1 AS one UNION ALL SELECT 2) v ON u.id = 1 WHEN MATCHED THEN DELETE`), { code: '21000' });
      await assert.rejects(
        tx.query(`MERGE INTO users u USING (SELECT 5 AS id UNION ALL SELECT 3) v ON u.id = v.id + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'x')`),
        { code: '23505' });
    });
    assert.deepEqual(await rows(db, SHOWN), BEFORE);
    assert.deepEqual(await db.sync.queue(), []);
  });

  it('reads rows that are only at the origin, and is refused where it would have to write them there', async () => {
    const { db } = await origin.device({ view: false });
    await db.exec(`CREATE VIEW users AS TABLE users WITH (replication_origin = 'postgres:primary');
      CREATE TABLE here (id integer PRIMARY KEY, name text); INSERT INTO here VALUES (2, 'old'), (7, 'only here')`);
    const { rows: done } = await db.query(`MERGE INTO here USING users u ON here.id = u.id AND u.id > 1
      WHEN MATCHED THEN UPDATE SET name = u.name WHEN NOT MATCHED AND u.id > 2 THEN INSERT VALUES (u.id, u.name)
      WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action() AS did, here.id, here.name`);
    assert.deepEqual(done.toSorted((a, b) => a.id - b.id), [
      { did: 'UPDATE', id: 2, name: 'Bo' }, { did: 'INSERT', id: 3, name: 'Cy' }, { did: 'DELETE', id: 7, name: 'only here' },
    ]);
    await assert.rejects(db.query(`MERGE INTO users USING here ON users.id = here.id WHEN MATCHED THEN DELETE`),
      { code: '0A000', message: /MERGE into a view of an origin that keeps no rows/ });
  });
});
