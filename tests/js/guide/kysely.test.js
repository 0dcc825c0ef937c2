/** Kysely over Tidemark: docs/kysely.md, as somebody would type it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Kysely, Migrator, sql } from 'kysely';
import { Tidemark } from 'tidemark';
import { TidemarkDialect } from 'tidemark/kysely';

const migrations = {
  '2026-01-01-authors': {
    async up(kysely) {
      await kysely.schema.createTable('author')
        .addColumn('id', 'serial', (column) => column.primaryKey())
        .addColumn('name', 'varchar(40)', (column) => column.notNull())
        .addColumn('born', 'date')
        .addColumn('tags', sql`text[]`)
        .execute();
      await kysely.schema.createTable('book')
        .addColumn('id', 'integer', (column) => column.primaryKey().generatedAlwaysAsIdentity())
        .addColumn('author_id', 'integer', (column) => column.references('author.id').onDelete('cascade').notNull())
        .addColumn('title', 'text', (column) => column.notNull().unique())
        .addColumn('price', 'numeric(10, 2)', (column) => column.defaultTo('9.50').check(sql`price > 0`))
        .addColumn('facts', 'jsonb')
        .execute();
      await kysely.schema.createIndex('book_author').on('book').column('author_id').execute();
    },
    async down(kysely) {
      await kysely.schema.dropTable('book').execute();
      await kysely.schema.dropTable('author').execute();
    },
  },
  '2026-02-01-published': {
    async up(kysely) {
      await kysely.schema.alterTable('book').addColumn('published', 'timestamptz').execute();
      await kysely.schema.createView('cheap').as(kysely.selectFrom('book').selectAll().where('price', '<', 10)).execute();
    },
    async down(kysely) {
      await kysely.schema.dropView('cheap').execute();
      await kysely.schema.alterTable('book').dropColumn('published').execute();
    },
  },
};

/** A database with both tables. */
async function library(t) {
  const db = new Tidemark();
  const kysely = new Kysely({ dialect: new TidemarkDialect(db) });
  t.after(() => db.close());
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  assert.ifError(error);
  return { db, kysely, migrator, results };
}

/** … and something in them. */
async function books(t) {
  const all = await library(t);
  const [ada, bo] = await all.kysely.insertInto('author')
    .values([{ name: 'Ada', born: '1815-12-10', tags: ['x', 'y'] }, { name: 'Bo', born: null, tags: null }])
    .returningAll().execute();
  await all.kysely.insertInto('book').values([
    { author_id: ada.id, title: 'Notes', price: '12.50', facts: JSON.stringify({ pages: 66 }) },
    { author_id: ada.id, title: 'Letters', price: '7', facts: null },
  ]).execute();
  return { ...all, ada, bo };
}

test('Migrations run up and down, once', async (t) => {
  const { kysely, migrator, results } = await library(t);
  assert.deepEqual(results.map(({ migrationName, status }) => [migrationName, status]),
    [['2026-01-01-authors', 'Success'], ['2026-02-01-published', 'Success']]);
  assert.deepEqual((await migrator.migrateToLatest()).results, []);
  const down = await migrator.migrateDown();
  assert.deepEqual(down.results.map(({ migrationName, direction }) => [migrationName, direction]), [['2026-02-01-published', 'Down']]);
  const tables = await kysely.introspection.getTables();
  assert.deepEqual(tables.map(({ name }) => name), ['author', 'book']);
});

test('A migration that fails leaves nothing behind', async (t) => {
  const { kysely } = await library(t);
  const more = {
    ...migrations,
    '2026-03-01-bad': {
      async up(db) {
        await db.schema.createTable('half').addColumn('a', 'integer').execute();
        await db.schema.createTable('author').addColumn('a', 'integer').execute();
      },
    },
  };
  const { error } = await new Migrator({ db: kysely, provider: { getMigrations: async () => more } }).migrateToLatest();
  assert.equal(error.code, '42P07');
  assert.deepEqual((await kysely.introspection.getTables()).map(({ name }) => name), ['author', 'book', 'cheap']);
});

test('Migrations that begin together run once', async (t) => {
  const db = new Tidemark();
  t.after(() => db.close());
  const kysely = new Kysely({ dialect: new TidemarkDialect(db) });
  const migrate = () => new Migrator({ db: kysely, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  const both = await Promise.all([migrate(), migrate()]);
  assert.deepEqual(both.map(({ error }) => error), [undefined, undefined]);
  assert.equal(both.flatMap(({ results }) => results).length, 2);
});

test('Introspection tells tables, views, columns and their types', async (t) => {
  const { kysely } = await library(t);
  const { tables } = await kysely.introspection.getMetadata();
  assert.deepEqual(tables.map(({ schema, name, isView }) => [schema, name, isView]),
    [['public', 'author', false], ['public', 'book', false], ['public', 'cheap', true]]);
  const columns = Object.fromEntries(tables[1].columns.map((column) => [column.name, column]));
  assert.deepEqual(Object.keys(columns), ['id', 'author_id', 'title', 'price', 'facts', 'published']);
  assert.equal(columns.id.isAutoIncrementing, true);
  assert.deepEqual({ ...columns.price }, {
    name: 'price', dataType: 'numeric', dataTypeSchema: 'pg_catalog', isNullable: true, hasDefaultValue: true,
    isAutoIncrementing: false, comment: undefined,
  });
  const schemas = await kysely.introspection.getSchemas();
  assert.ok(schemas.some(({ name }) => name === 'public'));
});

test('Inserts, updates and deletes tell rows and how many they were', async (t) => {
  const { kysely, ada } = await books(t);
  assert.deepEqual(ada, { id: 1, name: 'Ada', born: '1815-12-10', tags: ['x', 'y'] });
  const updated = await kysely.updateTable('book').set((is) => ({ price: is('price', '*', '2') })).where('price', '<', 10)
    .executeTakeFirstOrThrow();
  assert.equal(updated.numUpdatedRows, 1n);
  const upserted = await kysely.insertInto('book').values({ author_id: 1, title: 'Notes', price: '1' })
    .onConflict((conflict) => conflict.column('title').doUpdateSet((is) => ({ price: is.ref('excluded.price') })))
    .returning(['title', 'price']).executeTakeFirstOrThrow();
  assert.deepEqual(upserted, { title: 'Notes', price: '1.00' });
  const deleted = await kysely.deleteFrom('author').where('name', '=', 'Ada').executeTakeFirstOrThrow();
  assert.equal(deleted.numDeletedRows, 1n);
  assert.deepEqual(await kysely.selectFrom('book').selectAll().execute(), []);
});

test('Joins, aggregates, subqueries and expressions', async (t) => {
  const { kysely } = await books(t);
  const totals = await kysely.selectFrom('author as a').leftJoin('book as b', 'b.author_id', 'a.id')
    .select(({ fn }) => ['a.name', fn.count('b.id').as('books'), fn.sum('b.price').as('total')])
    .groupBy('a.id').orderBy('a.name').execute();
  assert.deepEqual(totals, [{ name: 'Ada', books: 2, total: '19.50' }, { name: 'Bo', books: 0, total: null }]);
  const withoutBooks = await kysely.selectFrom('author').select('name')
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('book').select('id').whereRef('author_id', '=', 'author.id'))))
    .execute();
  assert.deepEqual(withoutBooks, [{ name: 'Bo' }]);
  const pages = await kysely.selectFrom('book').select(sql`facts ->> 'pages'`.as('pages'))
    .where('title', 'in', ['Notes', 'Nothing']).execute();
  assert.deepEqual(pages, [{ pages: '66' }]);
  const ranked = await kysely.with('dear', (db) => db.selectFrom('book').selectAll().where('price', '>', 10)).selectFrom('dear')
    .select(({ fn }) => ['title', fn.agg('rank').over((over) => over.orderBy('price', 'desc')).as('rank')]).execute();
  assert.deepEqual(ranked, [{ title: 'Notes', rank: 1 }]);
});

test('A transaction commits or is undone; others wait for it', async (t) => {
  const { kysely } = await books(t);
  const name = (given) => kysely.selectFrom('author').selectAll().where('name', '=', given).executeTakeFirst();
  await kysely.transaction().setIsolationLevel('serializable').execute(async (tx) => {
    await tx.insertInto('author').values({ name: 'Cy' }).execute();
    name('Cy').then((row) => assert.ok(row));
  });
  assert.ok(await name('Cy'));
  await assert.rejects(kysely.transaction().execute(async (tx) => {
    await tx.insertInto('author').values({ name: 'Di' }).execute();
    throw new Error('no');
  }), /no/);
  assert.equal(await name('Di'), undefined);
  await assert.rejects(kysely.transaction().setAccessMode('read only').execute(async () => {}), { code: '0A000' });
  assert.equal((await kysely.selectFrom('author').selectAll().execute()).length, 3);
});

test('Savepoints: part of a transaction is undone', async (t) => {
  const { kysely } = await books(t);
  const transaction = await kysely.startTransaction().execute();
  await transaction.insertInto('author').values({ name: 'Cy' }).execute();
  const savepoint = await transaction.savepoint('a "b"').execute();
  await savepoint.insertInto('author').values({ name: 'Di' }).execute();
  await assert.rejects(savepoint.insertInto('author').values({ id: 1, name: 'again' }).execute(), { code: '23505' });
  await savepoint.rollbackToSavepoint('a "b"').execute();
  await savepoint.insertInto('author').values({ name: 'Ed' }).execute();
  await savepoint.releaseSavepoint('a "b"').execute();
  await transaction.commit().execute();
  const names = await kysely.selectFrom('author').select('name').orderBy('name').execute();
  assert.deepEqual(names.map(({ name }) => name), ['Ada', 'Bo', 'Cy', 'Ed']);
});

test('Errors have an SQLSTATE, and what they are about', async (t) => {
  const { kysely } = await books(t);
  const failure = (promise) => promise.then(() => assert.fail('it succeeded'), (error) => error);
  const insert = (book) => failure(kysely.insertInto('book').values(book).execute());
  assert.equal((await insert({ author_id: 1, title: 'Notes' })).code, '23505');
  assert.equal((await insert({ author_id: 99, title: 'New' })).code, '23503');
  assert.equal((await insert({ author_id: 1 })).code, '23502');
  const check = await insert({ author_id: 1, title: 'Free', price: '0' });
  assert.equal(check.code, '23514');
  assert.match(check.message, /book_price_check/);
  assert.equal((await failure(kysely.selectFrom('boook').selectAll().execute())).code, '42P01');
  const column = await failure(kysely.selectFrom('book').select('titel').execute());
  assert.equal(column.code, '42703');
  assert.equal(typeof column.position, 'number');
});

test('A stream gives rows in pieces', async (t) => {
  const { kysely } = await library(t);
  await kysely.insertInto('author').columns(['name'])
    .expression(kysely.selectFrom(sql`generate_series(1, 250)`.as('n')).select(sql`'author ' || n`.as('name'))).execute();
  const names = [];
  for await (const { name } of kysely.selectFrom('author').select('name').orderBy('id').stream(100)) names.push(name);
  assert.equal(names.length, 250);
  assert.equal(names[249], 'author 250');
});

test('A query is watched as a live query', async (t) => {
  const { db, kysely } = await books(t);
  const { sql: text, parameters } = kysely.selectFrom('book').select(['title']).where('price', '<', 10).orderBy('title').compile();
  const live = await db.live(text, parameters);
  assert.deepEqual(live.rows, [{ title: 'Letters' }]);
  const told = new Promise((resolve) => {
    live.subscribe(resolve);
  });
  await kysely.insertInto('book').values({ author_id: 1, title: 'Abacus', price: '3' }).execute();
  assert.deepEqual((await told).rows, [{ title: 'Abacus' }, { title: 'Letters' }]);
  await live.close();
  await kysely.destroy();
  assert.equal((await db.query('SELECT count(*) AS n FROM book')).rows[0].n, 3);
});
