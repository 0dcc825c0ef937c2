/**
 * A view of an origin's joins and groups is kept equal to its query by reading again the parts that changed rows concern, and nothing else.
 * The seed of a failing run is printed; TIDEMARK_SEED repeats it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tidemark } from '../../../js-bindings/index.js';
import { planPartition } from '../../../js-bindings/upstream/partition.js';
import { MySQLClient } from '../../../js-bindings/upstream/mysql.js';
import { eventually } from '../lib/eventually.js';
import { mysqlMissing, numbers, openMySQL, serverName } from '../lib/mysql.js';
import { origins } from '../lib/origin.js';
import { generator } from '../lib/random.js';
import { ShapeCopy } from '../lib/shape-copy.js';

const SEED = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));
const ROUNDS = 25;

const SCHEMA = `
  CREATE TABLE region (id integer PRIMARY KEY, name text);
  CREATE TABLE customer (id bigint PRIMARY KEY, name text, region_id integer);
  CREATE TABLE "or""der" (id integer PRIMARY KEY, customer_id integer, total numeric(12,2), status text);
  CREATE TABLE buyer (id integer PRIMARY KEY, name text, region_id integer);
  INSERT INTO buyer SELECT i, 'b' || i, nullif(i % 5, 0) FROM generate_series(1, 20) i;
  CREATE TABLE line (order_id integer, number smallint, sku text, PRIMARY KEY (order_id, number));
  INSERT INTO region SELECT i, 'r' || i FROM generate_series(1, 4) i;
  INSERT INTO customer SELECT i, 'c' || i, nullif(i % 5, 0) FROM generate_series(1, 20) i;
  INSERT INTO "or""der" SELECT i, nullif(i % 22, 0), i * 1.5, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 's' || i % 3 END
    FROM generate_series(1, 80) i;
  INSERT INTO line SELECT i % 60 + 1, i, 'sku' || i % 7 FROM generate_series(1, 120) i`;

/** By name: the query, and whether it has parts. */
const VIEWS = {
  inner: ['SELECT o.id, o.total, c.name FROM "or""der" o JOIN customer c ON c.id = o.customer_id', true],
  outer: [`SELECT o.*, c.name, r.name AS region FROM "or""der" o LEFT JOIN customer c ON o.customer_id = c.id
    LEFT JOIN region r ON r.id = c.region_id`, true],
  right: ['SELECT c.name, o.id FROM customer c RIGHT JOIN "or""der" o ON o.customer_id = c.id WHERE o.total > 20', true],
  chain: [`SELECT r.name AS rn, l.number, l.order_id, l.sku, c.name FROM line AS l JOIN "or""der" o ON o.id = l.order_id
    JOIN customer c ON o.customer_id = c.id JOIN region r ON r.id = c.region_id WHERE o.status <> 's1'`, true],
  nested: [`SELECT c.id, c.name, o.id AS oid, l.sku FROM customer c LEFT JOIN ("or""der" o JOIN line l ON l.order_id = o.id)
    ON o.customer_id = c.id`, true],
  self: ['SELECT a.id, b.id AS other, b.status FROM "or""der" a JOIN "or""der" b ON b.customer_id = a.customer_id AND b.id < a.id', true],
  using: ['SELECT a.id, b.name FROM region a LEFT JOIN region b USING (id)', true],
  crossed: [`SELECT o.id, r.name FROM "or""der" o, region r WHERE r.id = 1 AND o.status = 's2'`, true],
  owned: [`SELECT o.id, o.status, c.name FROM "or""der" o LEFT JOIN customer c ON c.id = o.customer_id AND c.region_id = 2
    WHERE o.status = 's1'`, true],
  empty: [`SELECT o.id, c.name FROM "or""der" o JOIN customer c ON c.id = o.customer_id WHERE o.status = '' AND 3 = c.region_id`, true],
  grouped: [`SELECT c.id, c.name, count(o.id) AS n, sum(o.total) AS s FROM customer c LEFT JOIN "or""der" o ON o.customer_id = c.id
    GROUP BY c.id, c.name`, true],
  by_status: ['SELECT status, count(*) AS n, sum(total) AS s FROM "or""der" GROUP BY status', true],
  having: ['SELECT customer_id, max(total) AS m FROM "or""der" GROUP BY 1 HAVING count(*) > 3', true],
  distinct: ['SELECT DISTINCT c.id, l.sku FROM customer c, "or""der" o, line l WHERE o.customer_id = c.id AND l.order_id = o.id', true],
  by_equal: ['SELECT o.customer_id, c.name, r.name AS region, count(*) AS n FROM buyer c JOIN "or""der" o ON c.id = o.customer_id JOIN region r ON r.id = c.region_id GROUP BY 1, 2, 3', true],
  two_groups: ['SELECT o.status, c.name, count(*) AS n FROM "or""der" o JOIN customer c ON c.id = o.customer_id GROUP BY 1, 2', false],
  bare: [`SELECT o.id, total, name FROM "or""der" o JOIN customer ON customer.id = customer_id WHERE status = 's1'`, true],
  bare_outer: [`SELECT o.id, name, sku FROM "or""der" o LEFT JOIN line ON order_id = o.id AND sku = 'sku1'
    LEFT JOIN customer c ON c.id = customer_id AND status = 's1'`, true],
  bare_using: ['SELECT id, b.name FROM region a LEFT JOIN region b USING (id)', true],
  bare_group: ['SELECT status AS s, count(*) AS n FROM "or""der" JOIN line ON order_id = id GROUP BY s', true],
  bare_key: ['SELECT id, number, name, sku FROM buyer JOIN line ON order_id = id', true],
  total: ['SELECT count(*) AS n FROM "or""der" o JOIN customer c ON c.id = o.customer_id', false],
  newest: ['SELECT o.id, c.name FROM "or""der" o JOIN customer c ON c.id = o.customer_id ORDER BY o.id DESC LIMIT 3', false],
  full: ['SELECT o.id, c.name FROM "or""der" o FULL JOIN customer c ON c.id = o.customer_id', false],
};

/** @param {(below: number) => number} random */
function randomTransaction(random) {
  const order = () => 1 + random(90);
  const customer = () => (random(6) === 0 ? 'NULL' : 1 + random(22));
  const status = () => ['NULL', `''`, `'s0'`, `'s1'`, `'s2'`][random(5)];
  const steps = [
    () => `UPDATE region SET name = 'n${random(100)}' WHERE id = ${1 + random(4)}`,
    () => `DELETE FROM region WHERE id = ${1 + random(4)}`,
    () => `INSERT INTO region VALUES (${1 + random(4)}, 'new') ON CONFLICT DO NOTHING`,
    () => `UPDATE customer SET name = 'n${random(100)}', region_id = ${1 + random(5)} WHERE id = ${1 + random(22)}`,
    () => `UPDATE customer SET id = id + 100 WHERE id = ${1 + random(22)} AND NOT EXISTS (SELECT FROM customer c WHERE c.id = customer.id + 100)`,
    () => `UPDATE customer SET id = id - 100 WHERE id > 100 AND NOT EXISTS (SELECT FROM customer c WHERE c.id = customer.id - 100)`,
    () => `DELETE FROM customer WHERE id = ${1 + random(22)}`,
    () => `UPDATE buyer SET id = id + 50 WHERE id = ${1 + random(22)} AND id < 50`,
    () => `UPDATE buyer SET name = 'n${random(100)}', region_id = ${1 + random(5)} WHERE id = ${1 + random(22)}`,
    () => `INSERT INTO customer VALUES (${1 + random(22)}, 'again', 2) ON CONFLICT DO NOTHING`,
    () => `UPDATE "or""der" SET customer_id = ${customer()} WHERE id = ${order()}`,
    () => `UPDATE "or""der" SET status = ${status()}, total = total + 1 WHERE id BETWEEN ${order()} AND ${order()}`,
    () => `UPDATE "or""der" o SET id = id + 1000 WHERE id = ${order()} AND NOT EXISTS (SELECT FROM "or""der" b WHERE b.id = o.id + 1000)`,
    () => `DELETE FROM "or""der" WHERE id = ${order()}`,
    () => `INSERT INTO "or""der" VALUES (${order()}, ${customer()}, ${random(50)}, ${status()}) ON CONFLICT DO NOTHING`,
    () => `UPDATE line SET order_id = ${order()} WHERE number = ${1 + random(120)}`,
    () => `DELETE FROM line WHERE order_id = ${order()}`,
    () => `INSERT INTO line VALUES (${order()}, ${200 + random(900)}, 'more') ON CONFLICT DO NOTHING`,
  ];
  const chosen = Array.from({ length: 1 + random(6) }, () => steps[random(steps.length)]());
  const rare = random(20) === 0 ? 'TRUNCATE region; ' : '';
  return `BEGIN; ${rare}${chosen.join('; ')}; ${random(6) === 0 ? 'ROLLBACK' : 'COMMIT'}`;
}

/** Rows as texts in order; numbers without zeros at their end. @param {unknown[][]} rows */
function printed(rows) {
  const text = (/** @type {unknown} */ value) => (value === null ? null : String(value).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''));
  return rows.map((row) => JSON.stringify(row.map(text))).sort();
}

const place = (/** @type {number} */ relation, /** @type {string} */ column) => ({ relation, column });

/** @param {object} more */
function lineageOf(more) {
  const relations = ['note', 'tag'].map((name) => ({ schema: 'public', name, nullable: false }));
  const equalities = [[0, 'id', 1, 'note'], [1, 'note', 0, 'id']].map(([from, fromColumn, to, toColumn]) => ({ from, fromColumn, to, toColumn }));
  return /** @type {any} */ ({ relations, equalities, constants: [], columns: [], groups: [], distinct: false, ...more });
}

const TABLES = {
  note: { columns: [{ name: 'id', kind: 'integer', type: 'integer' }, { name: 'at', kind: null, type: null }], keys: [['at'], ['id']] },
  tag: { columns: [{ name: 'note', kind: 'integer', type: 'bigint' }, { name: 'word', kind: 'text', type: 'text' }], keys: [['note', 'word']] },
};
const plan = (/** @type {object} */ more) => planPartition(lineageOf(more), ({ name }) => /** @type {any} */ (TABLES)[name]);

describe('the parts of a shape', () => {
  test('are told apart by a key that its rows show and that can be compared', () => {
    assert.deepEqual(plan({ columns: [place(1, 'word'), place(0, 'at'), place(0, 'id')] })?.columns, ['id']);
    const both = plan({ columns: [place(1, 'word'), place(1, 'note')] });
    assert.deepEqual([both?.columns, both?.positions, both?.types], [['note', 'word'], [1, 0], ['bigint', 'text']]);
    assert.equal(plan({ columns: [place(0, 'at'), place(1, 'word')] }), undefined);
  });

  test('are found through stars', () => {
    assert.deepEqual(plan({ columns: [{ relation: 1, column: '*' }, { relation: 0, column: '*' }] })?.positions, [2]);
    assert.deepEqual(plan({ columns: [{ column: '*' }] })?.positions, [0]);
  });

  test('are found through names without a relation, unless there are two that have them', () => {
    const bare = (/** @type {string} */ column) => ({ column });
    assert.deepEqual(plan({ columns: [bare('word'), bare('id')] })?.positions, [1]);
    assert.equal(plan({ columns: [bare('word'), bare('sth')] }), undefined);
    const [{ fromColumn, toColumn }] = lineageOf({}).equalities;
    const equalities = [{ fromColumn, toColumn }, { fromColumn: toColumn, toColumn: fromColumn }];
    assert.deepEqual(plan({ columns: [bare('id')], equalities })?.sources.map(({ path }) => path.length), [0, 1]);
    const second = equalities.map((each) => ({ ...each, optional: [1, 2] }));
    assert.deepEqual(plan({ columns: [bare('id')], equalities: second })?.sources.map(({ path }) => path.length), [0, 1]);
    const first = equalities.map((each) => ({ ...each, optional: [0, 1] }));
    assert.deepEqual(plan({ columns: [bare('id')], equalities: first })?.others.map(({ name }) => name), ['tag']);
    const tables = { ...TABLES, tag: { columns: [...TABLES.tag.columns, TABLES.note.columns[0]], keys: [] } };
    assert.equal(planPartition(lineageOf({ columns: [bare('id')] }), ({ name }) => /** @type {any} */ (tables)[name]), undefined);
  });

  test('are groups by the name of a result, where no relation has such a column', () => {
    const groups = [{ column: 'w', resultColumn: 'word' }];
    assert.deepEqual(plan({ columns: [{ column: 'word', name: 'w' }, {}], groups })?.names, ['w']);
    assert.equal(plan({ columns: [{ column: 'word', name: 'at' }, {}], groups: [{ column: 'at', resultColumn: 'word' }] }), undefined);
  });

  test('are not those of a relation in whose place there may be NULLs', () => {
    const [note, tag] = lineageOf({}).relations;
    const relations = [{ ...note, nullable: true }, tag];
    assert.equal(plan({ relations, columns: [place(0, 'id')] }), undefined);
  });

  test('are all of a group, or there are none', () => {
    const columns = [place(1, 'word'), {}];
    assert.deepEqual(plan({ columns, groups: [place(1, 'word')] })?.columns, ['word']);
    assert.equal(plan({ columns: [...columns, place(0, 'at')], groups: [place(1, 'word'), place(0, 'at')] }), undefined);
    assert.equal(plan({ columns }), undefined);
  });

  test('are told apart by what is equal to a key of the same type in every row', () => {
    const types = { ...TABLES, tag: { columns: [{ name: 'note', kind: 'integer', type: 'integer' }], keys: [] } };
    const columns = [{}, place(1, 'note')];
    const planned = (/** @type {any} */ equalities) => planPartition({ ...lineageOf({ columns }), ...equalities }, ({ name }) => /** @type {any} */ (types)[name]);
    assert.deepEqual([planned({})?.columns, planned({})?.positions], [['id'], [1]]);
    assert.equal(planned({ equalities: lineageOf({}).equalities.slice(1) }), undefined);
    assert.equal(plan({ columns }), undefined);
  });

  test('of a grouped shape are told apart by what it is grouped by', () => {
    const columns = [place(0, 'id'), place(1, 'word')];
    assert.equal(plan({ columns, groups: [place(1, 'word'), place(0, 'at')] }), undefined);
    assert.deepEqual(plan({ columns, groups: [place(1, 'word'), place(0, 'id')] })?.columns, ['id']);
  });

  test('values of another type are not those of the part', () => {
    const [, source] = plan({ columns: [place(0, 'id')] })?.sources ?? [];
    assert.deepEqual([source.columns, source.told, source.path.length], [['note'], false, 1]);
  });

  test('a relation that nothing leads from concerns all', () => {
    const alone = plan({ columns: [place(0, 'id')], equalities: [] });
    assert.deepEqual([alone?.sources.length, alone?.others], [1, [{ schema: 'public', name: 'tag' }]]);
  });
});

for (const { name, open, skip } of origins) {
  describe(name, { skip }, () => {
    let origin;
    before(async () => {
      origin = await open();
      await origin.execute(SCHEMA);
    });
    after(() => origin.close());

    test(`views equal their queries after every transaction (seed ${SEED})`, { timeout: 240_000 }, async () => {
      const random = generator(SEED);
      const client = origin.client();
      const db = new Tidemark({ getUpstreamClient: () => client });
      for (const [view, [sql]] of Object.entries(VIEWS)) {
        await db.query(`CREATE REALTIME VIEW v_${view} AS ${sql} WITH (replication_origin = 'postgres:app')`);
      }
      const same = (/** @type {string} */ what) => eventually(async () => {
        for (const [view, [sql]] of Object.entries(VIEWS)) {
          const { rows } = await db.query(`SELECT * FROM v_${view}`, [], { rowMode: 'array' });
          assert.deepEqual(printed(/** @type {any} */ (rows)), printed(await origin.rows(sql)), `${view} after ${what}`);
        }
      }, 20_000);
      await same('creation');
      for (const [view, [, parts]] of Object.entries(VIEWS)) {
        const { rows } = await db.query(`EXPLAIN VIEW v_${view}`, [], { rowMode: 'array' });
        assert.equal(/maintenance: by partition/.test(rows.join('\n')), parts, `${view}: ${rows.join('\n')}`);
      }
      for (let round = 0; round < ROUNDS; round++) {
        const transaction = randomTransaction(random);
        await origin.execute(transaction);
        await same(transaction);
      }
      if (origin.kill) {
        await origin.kill();
        await origin.execute(`UPDATE customer SET name = 'after the fall'`);
        await same('kill -9');
      }
      await db.close();
    });

    test('of a change only what it concerns is sent', async () => {
      await origin.execute(`CREATE TABLE author (id integer PRIMARY KEY, name text);
        CREATE TABLE book (id integer PRIMARY KEY, author_id integer, title text);
        INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 50) i;
        INSERT INTO book SELECT i, i % 50 + 1, 't' || i FROM generate_series(1, 500) i`);
      const relations = ['book', 'author'].map((each) => ({ schema: 'public', name: each }));
      const copy = new ShapeCopy(undefined);
      const subscription = await origin.client().subscribe({
        client: 'c', params: [], sql: 'SELECT a.name, b.id FROM book b JOIN author a ON a.id = b.author_id', relations,
        lineage: lineageOf({
          relations: relations.map((each) => ({ ...each, nullable: false })),
          equalities: [{ from: 1, fromColumn: 'id', to: 0, toColumn: 'author_id' }],
          columns: [place(1, 'name'), place(0, 'id')],
        }),
      }, copy.sink);
      assert.deepEqual(subscription.partition, [1]);
      await eventually(() => assert.equal(copy.rows.size, 500));
      await origin.execute(`UPDATE author SET name = 'renamed' WHERE id = 7`);
      await eventually(() => assert.ok(copy.batches.some((each) => each.upserts.length > 0)));
      const { partition, upserts, deletes } = copy.batches.find((each) => each.upserts.length > 0);
      assert.deepEqual([partition, upserts.length, deletes.length], [[1], 10, 10]);
      assert.ok(upserts.every(([author]) => author === 'renamed'));
      assert.deepEqual(printed(copy.sorted()), printed(await origin.rows('SELECT a.name, b.id FROM book b JOIN author a ON a.id = b.author_id')));
      assert.equal(copy.snapshots, 1);
      subscription.close();
    });

    test('a change of rows that have not what the query requires reads nothing', async () => {
      const relations = ['book', 'author'].map((each) => ({ schema: 'public', name: each, nullable: false }));
      const copy = new ShapeCopy(undefined);
      const client = origin.client();
      await client.subscribe({
        client: 'c', params: [], sql: 'SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id WHERE b.author_id = 9',
        relations: relations.map(({ schema, name: each }) => ({ schema, name: each })),
        lineage: lineageOf({
          relations, equalities: [{ from: 1, fromColumn: 'id', to: 0, toColumn: 'author_id' }], columns: [place(0, 'id'), place(1, 'name')],
          constants: [{ relation: 0, column: 'author_id', value: '9' }],
        }),
      }, copy.sink);
      await eventually(() => assert.equal(copy.rows.size, 10));
      await origin.execute('UPDATE book SET author_id = 10 WHERE author_id = 11');
      await origin.execute(`UPDATE author SET name = 'of others' WHERE id = 10`);
      await origin.execute('UPDATE book SET author_id = 9 WHERE id = 1');
      await eventually(() => assert.equal(copy.rows.size, 11));
      await origin.execute('UPDATE book SET author_id = 12 WHERE id = 1');
      await eventually(() => assert.equal(copy.rows.size, 10));
      assert.deepEqual(new Set(copy.batches.flatMap((each) => each.deletes.map(([id]) => id))), new Set([1]));
    });

    test('a lineage of relations that are not listed is refused', async () => {
      const request = { client: 'c', params: [], sql: 'SELECT 1', relations: [{ schema: 'public', name: 'region' }] };
      for (const lineage of [lineageOf({}), lineageOf({ relations: [null] }), {}, lineageOf({ relations: [], columns: [place(0, 'id')] })]) {
        await assert.rejects(origin.client().subscribe({ ...request, lineage }, new ShapeCopy(undefined).sink), { code: '22023' });
      }
    });
  });
}

for (const { name, open, skip } of origins.filter((each) => each.name !== 'EdgeClient')) {
  describe(`${name}, in a role`, { skip }, () => {
    test('nothing is told of parts that only others see', async () => {
      const origin = await open();
      try {
        await origin.execute(`CREATE ROLE member; GRANT USAGE ON SCHEMA public TO member;
          CREATE TABLE owner (id integer PRIMARY KEY, name text); CREATE TABLE note (id integer PRIMARY KEY, owner_id integer, tenant text);
          ALTER TABLE note ENABLE ROW LEVEL SECURITY; GRANT SELECT ON owner, note TO member;
          CREATE POLICY own ON note USING (tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant');
          INSERT INTO owner VALUES (1, 'ada'), (2, 'bob');
          INSERT INTO note VALUES (1, 1, 'acme'), (2, 2, 'acme'), (3, 1, 'rival')`);
        const client = origin.client().as({ role: 'member', claims: { tenant: 'acme' } });
        const relations = ['note', 'owner'].map((each) => ({ schema: 'public', name: each }));
        const copy = new ShapeCopy(undefined);
        const subscription = await client.subscribe({
          client: 'c', params: [], sql: 'SELECT n.id, o.name FROM note n JOIN owner o ON o.id = n.owner_id', relations,
          lineage: lineageOf({
            relations: relations.map((each) => ({ ...each, nullable: false })),
            equalities: [{ from: 1, fromColumn: 'id', to: 0, toColumn: 'owner_id' }],
            columns: [place(0, 'id'), place(1, 'name')],
          }),
        }, copy.sink);
        assert.deepEqual(subscription.partition, [0]);
        await eventually(() => assert.equal(copy.rows.size, 2));
        await origin.execute(`INSERT INTO note VALUES (4, 1, 'rival'); UPDATE owner SET name = 'Ada' WHERE id = 1`);
        await eventually(() => assert.ok(copy.batches.some((each) => each.upserts.some(([, owner]) => owner === 'Ada'))));
        await origin.execute(`UPDATE note SET tenant = 'rival' WHERE id = 2; UPDATE note SET tenant = 'acme' WHERE id = 3`);
        await eventually(() => assert.ok(copy.batches.some((each) => each.upserts.some(([id]) => id === 3))));
        await sleep(100);
        const told = copy.batches.flatMap((each) => each.deletes.map(([id]) => id));
        assert.deepEqual([...new Set(told)].sort(), [1, 2]);
        assert.deepEqual(copy.sorted(), [[1, 'Ada'], [3, 'Ada']]);
        subscription.close();
      } finally {
        await origin.close();
      }
    });
  });
}

describe(serverName, { skip: await mysqlMissing() }, () => {
  const SHOP = `
    CREATE TABLE region (id INT PRIMARY KEY, name VARCHAR(20));
    CREATE TABLE customer (id BIGINT PRIMARY KEY, name VARCHAR(20), region_id INT);
    CREATE TABLE \`or\`\`der\` (id INT PRIMARY KEY, customer_id INT, total DECIMAL(12,2), status VARCHAR(10));
    CREATE TABLE line (order_id INT, number SMALLINT, sku VARCHAR(20), PRIMARY KEY (order_id, number));
    INSERT INTO region SELECT seq, concat('r', seq) FROM ${numbers(4)};
    INSERT INTO customer SELECT seq, concat('c', seq), nullif(seq % 5, 0) FROM ${numbers(20)};
    INSERT INTO \`or\`\`der\` SELECT seq, nullif(seq % 22, 0), seq * 1.5, concat('s', seq % 3) FROM ${numbers(80)};
    INSERT INTO line SELECT seq % 60 + 1, seq, concat('sku', seq % 7) FROM ${numbers(120)}`;

  /** By name: the query, and whether it has parts. */
  const SHOWN = {
    inner: ['SELECT o.id AS "o`id", o.total, c.name FROM "or`der" o JOIN customer c ON c.id = o.customer_id', true],
    outer: [`SELECT o.*, c.name, r.name AS region FROM "or\`der" o LEFT JOIN customer c ON o.customer_id = c.id
      LEFT JOIN region r ON r.id = c.region_id`, true],
    chain: [`SELECT r.name AS rn, l.number, l.order_id, l.sku, c.name FROM line AS l JOIN "or\`der" o ON o.id = l.order_id
      JOIN customer c ON o.customer_id = c.id JOIN region r ON r.id = c.region_id WHERE o.total > 30`, true],
    grouped: [`SELECT c.id, c.name, count(o.id) AS n, sum(o.total) AS s FROM customer c LEFT JOIN "or\`der" o ON o.customer_id = c.id
      GROUP BY c.id, c.name`, true],
    by_customer: ['SELECT customer_id, max(total) AS m FROM "or`der" GROUP BY 1', true],
    by_status: ['SELECT status, count(*) AS n FROM "or`der" GROUP BY status', false],
  };

  test('views equal their queries after every transaction', { timeout: 120_000 }, async () => {
    const origin = await openMySQL();
    const client = new MySQLClient(origin.pool);
    const db = new Tidemark({ getUpstreamClient: () => client });
    try {
      await origin.execute(SHOP);
      for (const [view, [sql]] of Object.entries(SHOWN)) {
        await db.query(`CREATE REALTIME VIEW v_${view} AS ${sql} WITH (replication_origin = 'mysql:app')`);
        const { rows } = await db.query(`EXPLAIN VIEW v_${view}`, [], { rowMode: 'array' });
        assert.equal(/maintenance: by partition/.test(rows.join('\n')), SHOWN[view][1], rows.join('\n'));
      }
      const same = (/** @type {string} */ what) => eventually(async () => {
        for (const [view, [sql]] of Object.entries(SHOWN)) {
          const { rows } = await db.query(`SELECT * FROM v_${view}`, [], { rowMode: 'array' });
          const there = sql.replace(/"([^"]*)"/g, (_, name) => `\`${name.replaceAll('`', '``')}\``);
          assert.deepEqual(printed(/** @type {any} */ (rows)), printed((await client.query(there)).rows), `${view} after ${what}`);
        }
      }, 20_000);
      await same('creation');
      for (const change of [
        `UPDATE customer SET name = 'renamed' WHERE id = 7`, 'UPDATE customer SET id = 99 WHERE id = 8', 'DELETE FROM region WHERE id = 2',
        `INSERT INTO region VALUES (2, 'new')`, 'UPDATE customer SET region_id = 2 WHERE id < 6', 'DELETE FROM customer WHERE id = 3',
        'UPDATE `or``der` SET customer_id = NULL WHERE id < 9', 'UPDATE `or``der` SET customer_id = 5 WHERE id < 12',
        'UPDATE `or``der` SET id = id + 1000 WHERE id < 5', 'UPDATE line SET order_id = 40 WHERE number < 20', 'DELETE FROM line WHERE order_id = 40',
        `INSERT INTO \`or\`\`der\` VALUES (500, 5, 100, NULL); INSERT INTO line VALUES (500, 1, 'x')`,
        'BEGIN; UPDATE customer SET id = id + 200; UPDATE `or``der` SET customer_id = customer_id + 200 WHERE id % 2 = 0; COMMIT',
        'BEGIN; DELETE FROM customer; ROLLBACK', 'TRUNCATE TABLE region',
      ]) {
        await origin.execute(change);
        await same(change);
      }
    } finally {
      await db.close();
      await client.close();
      await origin.close();
    }
  });
});
