/** Results of many rows, of which only what changed is read: against the query run again after each commit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { applyChanges, Tidemark } from '../../../js-bindings/index.js';
import { EngineStatement } from '../../../js-bindings/engine-statement.js';
import { random } from './lib/random.js';

/** How often the engine told what is different, instead of all rows being read. */
let toldByRow = 0;
const { changes: tellChanges } = EngineStatement.prototype;
EngineStatement.prototype.changes = function changes(id) {
  const found = tellChanges.call(this, id);
  if (found !== null) toldByRow++;
  return found;
};

const SCHEMA = `
  CREATE TABLE team (id integer PRIMARY KEY, name text);
  CREATE TABLE task (code text PRIMARY KEY, team_id integer, title text, cost numeric, due timestamp, done boolean);
  INSERT INTO team SELECT i, 'team ' || i FROM generate_series(1, 5) AS i;
  INSERT INTO task SELECT 'c' || i, i % 4 + 1, CASE WHEN i % 9 > 0 THEN 'title ' || i * 7 % 31 END, (i * 13 % 50)::numeric / 4,
      '2026-01-01'::timestamp + (i % 17) * interval '1 hour', i % 3 = 0
    FROM generate_series(1, 300) AS i;
  CREATE REALTIME VIEW costs AS SELECT team_id, code, cost * 2 AS double FROM task WHERE cost > 1`;

/** `loose`: its order does not decide all. */
const QUERIES = [
  { sql: 'SELECT * FROM task ORDER BY code' },
  { sql: 'SELECT code, title FROM task ORDER BY title DESC NULLS LAST, code DESC' },
  { sql: 'SELECT code FROM task ORDER BY cost, due DESC, code' },
  { sql: 'SELECT title, cost + 1 AS more FROM task WHERE cost > 2 ORDER BY lower(title) NULLS FIRST, cost', loose: true },
  { sql: 'SELECT code, due FROM task WHERE team_id = $1 ORDER BY done, 2, 1', parameters: [2] },
  { sql: 'SELECT code, cost FROM task WHERE team_id = $1 AND cost < $2 ORDER BY 2 DESC, 1', parameters: [3, 10] },
  { sql: 'SELECT * FROM task WHERE NOT done', loose: true },
  { sql: 'SELECT title FROM task', loose: true },
  { sql: 'SELECT t.code, t.cost, team.name FROM task t JOIN team ON team.id = t.team_id ORDER BY team.name DESC, t.cost, t.code' },
  { sql: `SELECT t.code, team.name FROM task t LEFT JOIN team ON team.id = t.team_id WHERE t.done = $1 ORDER BY t.title, t.code`,
    parameters: [false] },
  { sql: 'SELECT * FROM costs WHERE team_id < 4 ORDER BY double DESC, code' },
  { sql: 'SELECT title, count(*) AS n, max(cost) AS top FROM task GROUP BY title ORDER BY n DESC, title' },
  { sql: 'SELECT code FROM task ORDER BY code LIMIT 50 OFFSET 3' },
];

/** @param {any} on @param {(below: number) => number} next */
function write(on, next) {
  const code = `c${next(330) + 1}`;
  switch (next(9)) {
    case 0: return on.query('DELETE FROM task WHERE code = $1', [code]);
    case 1: return on.query(`INSERT INTO task VALUES ($1, $2, $3, $4, '2026-02-01', false)
      ON CONFLICT (code) DO UPDATE SET title = excluded.title`, [code, next(6), `title ${next(31)}`, next(40) / 4]);
    case 2: return on.query('UPDATE task SET cost = $2 WHERE code = $1', [code, ['1.5', '1.50', '7', null][next(4)]]);
    case 3: return on.query('UPDATE task SET team_id = $2, done = NOT done WHERE code = $1', [code, next(6)]);
    case 4: return on.query("UPDATE task SET due = due + interval '5 hours' WHERE code = $1", [code]);
    case 5: return on.query('UPDATE team SET name = $2 WHERE id = $1', [next(5) + 1, `team ${next(9)}`]);
    case 6: return on.query('UPDATE task SET code = $2 WHERE code = $1', [code, `d${next(1e6)}`]);
    case 7: return on.query('UPDATE task SET title = $2 WHERE title = $1', [`title ${next(31)}`, `title ${next(31)}`]);
    default: return next(20) > 0 ? on.query('UPDATE task SET cost = cost WHERE code = $1', [code])
      : on.query('UPDATE task SET cost = cost + 1');
  }
}

const text = (rows) => rows.map((row) => JSON.stringify(row)).sort();

/** Each event leads from the result before to the one after, and untouched rows are the same objects. */
function follow(one) {
  one.live.subscribe(({ rows, changes }) => {
    const before = one.followed;
    one.events++;
    one.followed = applyChanges(before, changes);
    assert.deepEqual(one.followed, rows, one.sql);
    const touched = new Set(changes.map(({ new: row }) => row));
    const known = new Set(before);
    for (const row of rows) assert.ok(touched.has(row) || known.has(row), one.sql);
    for (const { op, old, new: row, index, oldIndex } of changes) {
      assert.equal(op, old === null ? 'insert' : row === null ? 'delete' : 'update');
      if (old !== null) assert.equal(before[oldIndex], old);
      if (row !== null) assert.equal(rows[index], row);
    }
  });
}

test('many rows: after each commit they are those of the query, and changes lead there', async () => {
  const db = new Tidemark();
  await db.exec(SCHEMA);
  const next = random(20260131);
  const all = [];
  for (const query of QUERIES) {
    const live = await db.live(query.sql, query.parameters);
    all.push({ ...query, live, followed: live.rows, events: 0 });
    follow(all.at(-1));
  }
  for (let round = 0; round < 250; round++) {
    if (next(4) > 0) {
      await write(db, next).catch((error) => assert.equal(error.code, '23505'));
    } else {
      await db.transaction(async (tx) => {
        for (let writes = next(5); writes >= 0; writes--) {
          await write(tx, next).catch((error) => assert.equal(error.code, '23505'));
        }
        if (next(4) === 0) throw new Error('undo');
      }).catch((error) => assert.equal(error.message, 'undo'));
    }
    if (next(3) === 0) continue; // several commits are told at once
    await new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
    for (const { sql, parameters, loose, live } of all) {
      const { rows } = await db.query(sql, parameters);
      const same = loose ? isDeepStrictEqual(text(live.rows), text(rows)) : isDeepStrictEqual(live.rows, rows);
      if (!same) assert.deepEqual(live.rows, rows, `${sql} in round ${round}`);
    }
  }
  assert.ok(toldByRow > 500, `${toldByRow} times by row`);
  for (const { sql, events } of all) assert.ok(events > 10, `${sql}: ${events} events`);
  await db.close();
});

test('of many rows only those that changed are read', async () => {
  const db = new Tidemark();
  await db.exec(`CREATE TABLE t (id integer PRIMARY KEY, n integer);
    INSERT INTO t SELECT i, i FROM generate_series(1, 20000) AS i`);
  const small = await db.live('SELECT * FROM t WHERE n < 10 ORDER BY n DESC, id');
  const large = await db.live('SELECT * FROM t ORDER BY n DESC, id');
  /** @type {any[]} */
  const told = [];
  large.subscribe(({ changes }) => told.push(...changes));
  const [top] = large.rows;
  toldByRow = 0;
  await db.query('UPDATE t SET n = 30000 WHERE id = 1');
  await new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
  assert.deepEqual(told, [
    { op: 'update', key: { id: 1 }, old: { id: 1, n: 1 }, new: { id: 1, n: 30000 }, index: 0, oldIndex: 19999 }]);
  assert.equal(large.rows[1], top);
  assert.equal(small.rows.length, 8);
  assert.equal(toldByRow, 1);
  await db.close();
});
