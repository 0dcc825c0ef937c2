/** Kysely and Drizzle over Tidemark, as an application declares them. Compiled, never run: their own declarations need drivers that are not here. */
import { eq } from 'drizzle-orm';
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { Kysely, type Generated } from 'kysely';
import { Tidemark, type Result } from 'tidemark';
import { drizzle, migrate } from 'tidemark/drizzle';
import { TidemarkDialect } from 'tidemark/kysely';

interface Library {
  author: { id: Generated<number>; name: string };
}

const db = new Tidemark();

export async function withKysely(): Promise<string[]> {
  const kysely = new Kysely<Library>({ dialect: new TidemarkDialect(db) });
  const ada = await kysely.insertInto('author').values({ name: 'Ada' }).returningAll().executeTakeFirstOrThrow();
  const id: number = ada.id;
  // @ts-expect-error there is no such column
  kysely.selectFrom('author').select('nmae');
  // @ts-expect-error it is opened elsewhere
  new TidemarkDialect({ path: 'app.db' });
  const names = await kysely.selectFrom('author').select('name').where('id', '=', id).execute();
  return names.map(({ name }) => name);
}

const author = pgTable('author', { id: serial().primaryKey(), name: text().notNull(), age: integer() });

export async function withDrizzle(): Promise<(number | null)[]> {
  const orm = drizzle(db, { schema: { author } });
  await migrate(orm, { migrationsFolder: 'drizzle' });
  await migrate(orm, { migrations: [{ sql: ['SELECT 1'], folderMillis: 1, hash: '1', bps: true }], migrationsTable: 'done' });
  // @ts-expect-error neither a folder nor a list
  await migrate(orm, {});
  const rows = await orm.select({ age: author.age }).from(author).where(eq(author.name, 'Ada'));
  const found: { name: string } | undefined = await orm.query.author.findFirst({ columns: { name: true } });
  const byHand: Result<{ one: number }> = await orm.execute<{ one: number }>('SELECT 1 AS one');
  await orm.transaction(async (tx) => tx.insert(author).values({ name: found?.name ?? String(byHand.rows[0].one) }));
  const client: Tidemark = orm.$client;
  void client;
  return rows.map(({ age }) => age);
}
