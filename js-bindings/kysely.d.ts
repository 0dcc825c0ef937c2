/** Kysely over a Tidemark database. Kysely 0.28 or newer is a peer of this entry alone. */
import type {
  DatabaseIntrospector, Dialect, DialectAdapter, Driver, Kysely, QueryCompiler,
} from 'kysely';

import type { Tidemark } from './index.js';

/**
 * Kysely's PostgreSQL dialect over a database, with its migrations, transactions (savepoints within them) and streams:
 *
 * ```ts
 * const kysely = new Kysely<Schema>({ dialect: new TidemarkDialect(db) });
 * ```
 *
 * The database stays open when Kysely is destroyed.
 */
export class TidemarkDialect implements Dialect {
  constructor(database: Tidemark);
  createDriver(): Driver;
  createQueryCompiler(): QueryCompiler;
  createAdapter(): DialectAdapter;
  createIntrospector(kysely: Kysely<any>): DatabaseIntrospector;
}
