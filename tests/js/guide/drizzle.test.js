/** Drizzle over Tidemark: docs/drizzle.md, as somebody would type it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { asc, avg, count, eq, gt, ilike, relations, sql } from 'drizzle-orm';
import {
  bigint, boolean, check, date, doublePrecision, integer, jsonb, numeric, pgTable, pgView, serial, text, timestamp, uuid, varchar,
} from 'drizzle-orm/pg-core';
import { Tidemark } from 'tidemark';
import { drizzle, migrate } from 'tidemark/drizzle';

const author = pgTable('author', {
  id: serial().primaryKey(),
  name: varchar({ length: 40 }).notNull().unique(),
  born: date(),
});
const book = pgTable('book', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  authorId: integer('author_id').notNull().references(() => author.id, { onDelete: 'cascade' }),
  title: text().notNull(),
  price: numeric({ precision: 10, scale: 2 }).default('9.50'),
  facts: jsonb(),
  tags: text().array(),
  sold: bigint({ mode: 'bigint' }),
  published: timestamp({ withTimezone: true }),
  noted: timestamp(),
  rating: doublePrecision(),
  inPrint: boolean('in_print').notNull().default(true),
  code: uuid().defaultRandom(),
}, (table) => [check('price_positive', sql`${table.price} > 0`)]);
const cheap = pgView('cheap').as((query) => query.select({ title: book.title, price: book.price }).from(book)
  .where(sql`${book.price} < 10`));
const authorRelations = relations(author, ({ many }) => ({ books: many(book) }));
const bookRelations = relations(book, ({ one }) => ({ author: one(author, { fields: [book.authorId], references: [author.id] }) }));
const schema = { author, book, cheap, authorRelations, bookRelations };

/** As drizzle-kit writes them. */
const FIRST = `CREATE TABLE "author" (
  "id" serial PRIMARY KEY NOT NULL,
  "name" varchar(40) NOT NULL,
  "born" date,
  CONSTRAINT "author_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "book" (
  "id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "book_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
  "author_id" integer NOT NULL,
  "title" text NOT NULL,
  "price" numeric(10, 2) DEFAULT '9.50',
  "facts" jsonb,
  "tags" text[],
  "sold" bigint,
  "published" timestamp with time zone,
  "noted" timestamp,
  "rating" double precision,
  "in_print" boolean DEFAULT true NOT NULL,
  "code" uuid DEFAULT gen_random_uuid(),
  CONSTRAINT "price_positive" CHECK ("book"."price" > 0)
);
--> statement-breakpoint
ALTER TABLE "book" ADD CONSTRAINT "book_author_id_author_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."author"("id") ON DELETE cascade ON UPDATE no action;`;
const SECOND = `CREATE INDEX "book_title" ON "book" USING btree ("title");--> statement-breakpoint
CREATE VIEW "public"."cheap" AS (select "title", "price" from "book" where "book"."price" < 10);`;

/** A folder of migrations. */
function folder(t, files) {
  const path = mkdtempSync(join(tmpdir(), 'tidemark-drizzle-'));
  t.after(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, 'meta'));
  const entries = files.map((text, idx) => {
    writeFileSync(join(path, `000${idx}_step.sql`), text);
    return { idx, version: '7', when: 1_700_000_000_000 + idx, tag: `000${idx}_step`, breakpoints: true };
  });
  writeFileSync(join(path, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  return path;
}

/** A database with both tables. */
async function library(t) {
  const db = new Tidemark();
  t.after(() => db.close());
  const orm = drizzle(db, { schema });
  await migrate(orm, { migrationsFolder: folder(t, [FIRST, SECOND]) });
  return { db, orm };
}

/** … and something in them. */
async function books(t) {
  const all = await library(t);
  const [ada] = await all.orm.insert(author).values([{ name: 'Ada', born: '1815-12-10' }, { name: 'Bo' }]).returning();
  await all.orm.insert(book).values([
    { authorId: ada.id, title: 'Notes', price: '12.50', facts: { pages: 66 } },
    { authorId: ada.id, title: 'Letters', price: '7.00' },
  ]);
  return { ...all, ada };
}

test('Migrations of a folder run once, and all or none of them', async (t) => {
  const { db, orm } = await library(t);
  await migrate(orm, { migrationsFolder: folder(t, [FIRST, SECOND]) });
  const { rows } = await db.query('SELECT count(*) AS n FROM drizzle.migrations');
  assert.deepEqual(rows, [{ n: 2 }]);
  const bad = folder(t, [FIRST, SECOND, 'CREATE TABLE a (b integer);--> statement-breakpoint\nCREATE TABLE book (b integer);']);
  await assert.rejects(migrate(orm, { migrationsFolder: bad }), (error) => error.cause.code === '42P07');
  const { rows: tables } = await db.query(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`);
  assert.deepEqual(tables.map(({ table_name: name }) => name), ['author', 'book', 'cheap']);
});

test('Migrations may be a list, where there are no folders', async (t) => {
  const db = new Tidemark();
  t.after(() => db.close());
  const orm = drizzle(db);
  const migrations = [{ sql: FIRST.split('--> statement-breakpoint'), folderMillis: 1, hash: 'first', bps: true }];
  await migrate(orm, { migrations, migrationsSchema: 'public', migrationsTable: 'done' });
  await migrate(orm, { migrations, migrationsSchema: 'public', migrationsTable: 'done' });
  assert.deepEqual((await db.query('SELECT hash FROM done')).rows, [{ hash: 'first' }]);
});

test('Every type goes in and comes back', async (t) => {
  const { orm, ada } = await books(t);
  const given = {
    authorId: ada.id, title: 'Ünïcode "quoted"', price: '1.10', facts: { a: [1, null, 'x'], '1': true }, tags: ['a,b', 'c "d"', ''],
    sold: 9007199254740993n, published: new Date('2026-01-31T10:00:00.123Z'), noted: new Date('2026-01-31T10:00:00Z'), rating: 0.1,
    inPrint: false, code: '123e4567-e89b-12d3-a456-426614174000',
  };
  const [row] = await orm.insert(book).values(given).returning();
  const { id, ...rest } = row;
  assert.equal(typeof id, 'number');
  assert.deepEqual(rest, given);
  // a string in JSON is itself, also one that reads like something else
  for (const facts of ['1', 'true', 'text', 1, null, ['a'], '"']) {
    const [{ facts: back }] = await orm.update(book).set({ facts }).where(eq(book.id, id)).returning({ facts: book.facts });
    assert.deepEqual(back, facts);
  }
});

test('Selects: joins, aggregates, subqueries, views', async (t) => {
  const { orm } = await books(t);
  const totals = await orm.select({ name: author.name, books: count(book.id), price: avg(book.price) }).from(author)
    .leftJoin(book, eq(book.authorId, author.id)).groupBy(author.id).orderBy(asc(author.name));
  assert.deepEqual(totals.map(({ name, books: n }) => [name, n]), [['Ada', 2], ['Bo', 0]]);
  assert.equal(Number(totals[0].price), 9.75);
  assert.deepEqual(await orm.select().from(cheap), [{ title: 'Letters', price: '7.00' }]);
  const joined = await orm.select().from(author).leftJoin(book, eq(book.authorId, author.id)).where(eq(author.name, 'Bo'));
  assert.deepEqual(joined, [{ author: { id: 2, name: 'Bo', born: null }, book: null }]);
  const dear = orm.$with('dear').as(orm.select().from(book).where(gt(book.price, '10')));
  assert.deepEqual(await orm.with(dear).select({ title: dear.title }).from(dear), [{ title: 'Notes' }]);
  assert.equal(await orm.$count(book, ilike(book.title, 'L%')), 1);
  const query = orm.select({ title: book.title }).from(book).where(eq(book.title, sql.placeholder('title'))).prepare('by_title');
  assert.deepEqual(await query.execute({ title: 'Notes' }), [{ title: 'Notes' }]);
  assert.deepEqual(await query.execute({ title: 'Nothing' }), []);
});

test('Relational queries', async (t) => {
  const { orm } = await books(t);
  const all = await orm.query.author.findMany({
    columns: { name: true }, orderBy: asc(author.name),
    with: { books: { columns: { title: true, inPrint: true }, orderBy: asc(book.title) } },
  });
  assert.deepEqual(all, [
    { name: 'Ada', books: [{ title: 'Letters', inPrint: true }, { title: 'Notes', inPrint: true }] },
    { name: 'Bo', books: [] },
  ]);
  const one = await orm.query.book.findFirst({ where: eq(book.title, 'Notes'), columns: { title: true }, with: { author: true } });
  assert.deepEqual(one, { title: 'Notes', author: { id: 1, name: 'Ada', born: '1815-12-10' } });
});

test('Updates, upserts and deletes', async (t) => {
  const { orm } = await books(t);
  const [doubled] = await orm.update(book).set({ price: sql`${book.price} * 2` }).where(eq(book.title, 'Letters')).returning();
  assert.equal(doubled.price, '14.00');
  const result = await orm.update(book).set({ inPrint: false });
  assert.equal(result.rowCount, 2);
  const [ada] = await orm.insert(author).values({ name: 'Ada' })
    .onConflictDoUpdate({ target: author.name, set: { born: '1815-12-11' } }).returning();
  assert.deepEqual(ada, { id: 1, name: 'Ada', born: '1815-12-11' });
  await orm.insert(author).values({ name: 'Ada' }).onConflictDoNothing();
  await orm.delete(author).where(eq(author.id, 1));
  assert.deepEqual(await orm.select().from(book), []);
});

test('Transactions, with savepoints in them', async (t) => {
  const { orm } = await books(t);
  await orm.transaction(async (tx) => {
    await tx.insert(author).values({ name: 'Cy' });
    await assert.rejects(tx.transaction(async (inner) => {
      await inner.insert(author).values({ name: 'Di' });
      await inner.insert(author).values({ name: 'Ada' });
    }), (error) => error.cause.code === '23505');
    await tx.transaction(async (inner) => inner.insert(author).values({ name: 'Ed' }));
  }, { isolationLevel: 'serializable' });
  await assert.rejects(orm.transaction(async (tx) => {
    await tx.insert(author).values({ name: 'Fy' });
    tx.rollback();
  }), /Rollback/);
  await assert.rejects(orm.transaction(async () => {}, { accessMode: 'read only' }), { code: '0A000' });
  const names = await orm.select({ name: author.name }).from(author).orderBy(author.name);
  assert.deepEqual(names.map(({ name }) => name), ['Ada', 'Bo', 'Cy', 'Ed']);
});

test('Errors have their SQLSTATE in the cause', async (t) => {
  const { orm } = await books(t);
  const code = (promise) => promise.then(() => null, (error) => error.cause.code);
  assert.equal(await code(orm.insert(author).values({ name: 'Ada' })), '23505');
  assert.equal(await code(orm.insert(book).values({ authorId: 99, title: 'x' })), '23503');
  assert.equal(await code(orm.insert(book).values({ authorId: 1, title: 'x', price: '0' })), '23514');
  assert.equal(await code(orm.execute(sql`SELECT * FROM nothing`)), '42P01');
});

test('SQL written by hand, and a query watched as a live query', async (t) => {
  const { db, orm } = await books(t);
  const { rows } = await orm.execute(sql`SELECT title, facts FROM book WHERE price > ${10}`);
  assert.deepEqual(rows, [{ title: 'Notes', facts: { pages: 66 } }]);
  const { sql: query, params } = orm.select({ title: book.title }).from(book).orderBy(book.title).toSQL();
  const live = await db.live(query, params);
  const told = new Promise((resolve) => {
    live.subscribe(resolve);
  });
  await orm.insert(book).values({ authorId: 1, title: 'Abacus' });
  assert.deepEqual((await told).rows.map(({ title }) => title), ['Abacus', 'Letters', 'Notes']);
  await live.close();
});
