/**
 * Attempts to get at what belongs to another tenant through a gateway with tokens and roles. None gets anything.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { jwt } from '../../../js-bindings/gateway/jwt.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { origins } from '../lib/origin.js';
import { ShapeCopy, tableShape } from '../lib/shape-copy.js';

const SECRET = 'a secret of more than thirty-two bytes';
const SCHEMA = `
  CREATE ROLE member; CREATE ROLE passerby; CREATE ROLE boss; GRANT USAGE ON SCHEMA public TO member, passerby, boss;
  CREATE TABLE note (id integer PRIMARY KEY, tenant text NOT NULL, text text);
  ALTER TABLE note ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON note USING (tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant');
  GRANT SELECT, INSERT, UPDATE, DELETE ON note TO member; GRANT SELECT ON note TO passerby;
  CREATE TABLE vault (id integer PRIMARY KEY, secret text); INSERT INTO vault VALUES (1, 'classified');
  GRANT SELECT ON vault TO boss`;

const note = tableShape({ name: 'note', columns: ['id', 'tenant', 'text'], key: { id: 'integer' } });
const vault = tableShape({ name: 'vault', columns: ['id', 'secret'], key: { id: 'integer' } });

/** A token; `tenant` undefined: without that claim. */
function token(subject, tenant, more = {}) {
  return new SignJWT({ sub: subject, role: 'member', tenant, ...more }).setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1m').sign(new TextEncoder().encode(SECRET));
}

for (const { name, open, skip } of origins.filter((each) => each.name !== 'EdgeClient')) {
  describe(`a gateway over ${name}`, { skip }, () => {
    let origin;
    let served;
    const clients = [];
    const log = [];
    const as = (subject, tenant, more) => {
      const client = new EdgeClient({ url: served.url, WebSocket, token: () => token(subject, tenant, more) });
      clients.push(client);
      return client;
    };
    const anonymous = () => {
      const client = new EdgeClient({ url: served.url, WebSocket });
      clients.push(client);
      return client;
    };
    const eve = (more) => as('eve', 'acme', more);
    before(async () => {
      origin = await open();
      await origin.execute(SCHEMA);
      served = await serve(createGateway({
        upstream: origin.client(),
        authenticate: jwt({ key: SECRET, anonymous: true }),
        roles: { allow: ['member'], anonymous: 'passerby' },
        logger: (event) => log.push(event),
      }));
    });
    after(async () => {
      for (const client of clients) await client.close();
      await served.close();
      await origin.close();
    });
    beforeEach(() => origin.execute(`DELETE FROM note;
      INSERT INTO note VALUES (1, 'acme', 'one'), (2, 'rival', 'classified')`));

    const nothingHasHappened = async () => {
      assert.deepEqual(await origin.rows('SELECT * FROM note ORDER BY id'), [[1, 'acme', 'one'], [2, 'rival', 'classified']]);
      assert.deepEqual(await origin.rows('SELECT * FROM vault'), [[1, 'classified']]);
      for (const each of log.splice(0)) assert.ok(!JSON.stringify(each).includes('classified'), 'no data in the log');
    };

    test('a filter shows no row that the policy does not', async () => {
      for (const where of ['true', `tenant = 'rival'`, 'id = 2', 'true OR true', `text LIKE 'class%'`]) {
        const { rows } = await eve().query(`SELECT id FROM note WHERE ${where}`);
        assert.ok(rows.every(([id]) => id === 1), where);
      }
      assert.deepEqual((await eve().query('SELECT count(*), max(text) FROM note')).rows, [[1, 'one']]);
      assert.deepEqual((await anonymous().query('SELECT * FROM note')).rows, []);
    });

    test('a role is taken only from a token, and only if it is listed', async () => {
      for (const role of ['boss', 'postgres', 'none', '', 'member"; RESET ROLE', ['member'], { a: 1 }, 7]) {
        const refused = { code: '42501' };
        await assert.rejects(eve({ role }).query('SELECT * FROM vault'), refused, String(role));
        await assert.rejects(eve({ role }).apply({ client: 'c', transaction: 1, writes: [] }), refused);
        await assert.rejects(eve({ role }).subscribe(vault, new ShapeCopy().sink), { code: '28000' });
      }
      await nothingHasHappened();
    });

    test('claims cannot break out of the setting they are put into', async () => {
      for (const tenant of [`acme'; RESET ROLE; --`, `\\'; RESET ROLE; --`, `rival", "x": "`, `'||'`, '$$']) {
        const { rows } = await as('eve', tenant).query(
          `SELECT current_user::text, current_setting('request.jwt.claims', true), (SELECT count(*) FROM note)`);
        assert.deepEqual([rows[0][0], rows[0][2]], ['member', 0], tenant);
        assert.equal(JSON.parse(rows[0][1]).tenant, tenant);
      }
    });

    test('a subscription shows no row that the policy does not, whatever its queries say', async () => {
      const copies = [];
      for (const shape of [note, { ...note, sql: note.sql.replace('WHERE true', `WHERE tenant = 'rival' OR true`) },
        { ...note, keyQuery: note.keyQuery.replace('WHERE true', 'WHERE true OR true') }]) {
        const copy = new ShapeCopy(['id']);
        await eve().subscribe(shape, copy.sink);
        await copy.until((each) => each.snapshots === 1);
        copies.push(copy);
      }
      await origin.execute(`UPDATE note SET text = 'secret' WHERE id = 2; INSERT INTO note VALUES (3, 'rival', 'x'),
        (4, 'acme', 'four')`);
      for (const copy of copies) {
        await copy.until((each) => each.rows.has('[4]'));
        assert.ok(copy.sorted().every((row) => row[1] === 'acme'));
      }
      await assert.rejects(eve().subscribe(vault, new ShapeCopy().sink), { code: '42501' });
      await assert.rejects(eve().subscribe({ ...note, sql: vault.sql }, new ShapeCopy().sink), { code: '42501' });
    });

    test('an error quotes no row of another', async () => {
      for (const sql of ['SELECT text::integer FROM note WHERE id = 2', 'SELECT secret::integer FROM vault',
        `SELECT 1 / (CASE WHEN text LIKE 'c%' THEN 0 ELSE 1 END) FROM note`,
        `INSERT INTO note VALUES (2, 'acme', 'x')`, `INSERT INTO note VALUES (7, 'rival', 'x')`]) {
        const told = await eve().query(sql).then((result) => result.rows, (error) => error.toJSON());
        assert.ok(!JSON.stringify(told).includes('classified'), sql);
      }
      await nothingHasHappened();
    });

    test('a queued write refers to what writes before it have returned, and to nothing else', async () => {
      const first = { sql: 'SELECT id FROM note WHERE id = 1', params: [] };
      const references = [
        ...[4_000_000_000, -1, 1, 0.5, 'length', '__proto__', null].map((parameter) => ({ parameter, write: 0, column: 0 })),
        ...[-1, 1, 'length', 'constructor'].map((write) => ({ parameter: 0, write, column: 0 })),
        ...[-1, 1, 'length', 'map'].map((column) => ({ parameter: 0, write: 0, column })),
      ];
      for (const [index, reference] of references.entries()) {
        const second = { sql: 'SELECT $1::text', params: ['-1'], references: [reference] };
        const answer = await eve().apply({ client: 'eve', transaction: 100 + index, writes: [first, second] });
        assert.deepEqual([answer.state, answer.index, answer.error?.code], ['refused', 1, '22023'], JSON.stringify(reference));
      }
      await nothingHasHappened();
    });

    test('a plan is shown to nobody', async () => {
      for (const sql of ['EXPLAIN SELECT * FROM note', 'EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM vault', 'explain analyze table note']) {
        await assert.rejects(eve().query(sql), { code: '42501' });
      }
    });

    test('queued writes touch no row of another, and the row of a conflict is one\'s own', async () => {
      const write = (sql) => ({ sql, params: [], conflict: { sql: 'SELECT * FROM note WHERE id = 2', params: [] } });
      for (const [index, sql] of [`UPDATE note SET text = 'x' WHERE id = 2`, 'DELETE FROM note WHERE id = 2',
        `UPDATE note SET tenant = 'rival' WHERE id = 1`, `INSERT INTO note VALUES (2, 'acme', 'x')`,
        'DELETE FROM vault', `UPDATE note SET text = (SELECT secret FROM vault)`].entries()) {
        const answer = await eve().apply({ client: 'eve', transaction: index + 1, writes: [write(sql)] });
        assert.notEqual(answer.state, 'applied', sql);
        assert.ok(!JSON.stringify(answer).includes('classified'), sql);
      }
      await nothingHasHappened();
    });

    test('who knows the name of another\'s device gets none of its answers, and takes none of its numbers', async () => {
      const device = '6f1c0000-0000-4000-8000-000000000001';
      const theirs = { client: device, transaction: 1, writes: [{ sql: `INSERT INTO note VALUES (5, 'rival', 'classified') RETURNING text`, params: [] }] };
      const rob = as('rob', 'rival');
      assert.equal((await rob.apply(theirs)).repeated, false);
      assert.equal((await rob.apply(theirs)).repeated, true);
      for (const client of [device, JSON.stringify([device, 'rob'])]) {
        const mine = { client, transaction: 1, writes: [{ sql: 'SELECT 1', params: [] }] };
        const { rows, repeated } = await eve().apply(mine);
        assert.deepEqual([rows, repeated], [[[1]], false]);
        await eve().apply({ ...mine, transaction: 2 });
      }
      assert.equal((await rob.apply({ ...theirs, transaction: 2, writes: [] })).repeated, false);
      const copy = new ShapeCopy(['id']);
      await as('mallory', 'acme').subscribe({ ...note, client: device }, copy.sink);
      await copy.until((each) => each.snapshots === 1);
      assert.equal(copy.applied, null);
    });

    test('names and values of requests are no SQL', async () => {
      const hostile = [`x'; DELETE FROM note; --`, `x"; DELETE FROM note; --`, `x\\'; DELETE FROM note; --`, `"`, `'`, `$1`, '', '\0'];
      for (const each of hostile) {
        for (const shape of [
          { ...note, relation: { schema: each, name: 'note' } },
          { ...note, relation: { schema: 'public', name: each } },
          { ...note, key: [each] },
          { ...note, originKey: [each] },
          { ...note, key: undefined, relation: undefined, relations: [{ schema: 'public', name: each }] },
        ]) {
          await assert.rejects(eve().subscribe(shape, new ShapeCopy().sink), JSON.stringify(shape));
        }
        const copy = new ShapeCopy(['id']);
        await eve().subscribe({ ...note, client: each, cursor: each }, copy.sink);
        await copy.until((told) => told.snapshots === 1);
        await eve().apply({ client: each, transaction: 1, writes: [] }).catch(() => {});
        if (each !== '\0') assert.deepEqual((await eve().query('SELECT $1::text', [each])).rows, [[each]]);
      }
      await nothingHasHappened();
    });

    test('what was refused within a transaction is not committed with the rest', async () => {
      const client = eve();
      await assert.rejects(client.transaction(async (tx) => {
        await tx.query(`UPDATE note SET text = 'half' WHERE id = 1`);
        await assert.rejects(tx.query('SELECT * FROM vault'), { code: '42501' });
      }), { code: '42501' });
      await nothingHasHappened();
    });

    test('what is refused is logged with who asked', async () => {
      log.length = 0;
      await eve().query('SELECT * FROM vault').catch(() => {});
      assert.deepEqual(log.map(({ event, subject, error }) => [event, subject, error.code]), [['refused', 'eve', '42501']]);
    });

    test('of a change to a row of another nothing is told, not even its key or that there was one', async () => {
      const copy = new ShapeCopy(['id']);
      await eve().subscribe(note, copy.sink);
      await copy.until((each) => each.snapshots === 1);
      await origin.execute(`UPDATE note SET text = 'classified!' WHERE id = 2; INSERT INTO note VALUES (77, 'rival', 'x')`);
      await origin.execute('DELETE FROM note WHERE id = 77');
      await sleep(200);
      assert.deepEqual(copy.batches, []);
      await origin.execute(`UPDATE note SET tenant = 'rival'`);
      await copy.until((each) => each.rows.size === 0);
      assert.deepEqual(copy.batches.map(({ upserts, deletes }) => [upserts, deletes]), [[[], [[1]]]]);
    });

    test('who comes back is told neither', async () => {
      const first = new ShapeCopy(['id']);
      const handle = await eve().subscribe(note, first.sink);
      await first.until((each) => each.snapshots === 1);
      handle.close();
      await origin.execute(`INSERT INTO note VALUES (77, 'rival', 'x'); DELETE FROM note WHERE id < 77`);
      const second = new ShapeCopy(['id']);
      await eve().subscribe({ ...note, cursor: first.cursor }, second.sink);
      await second.until((each) => each.cursor);
      assert.deepEqual([second.batches, second.sorted()], [[], []]);
    });
  });
}
