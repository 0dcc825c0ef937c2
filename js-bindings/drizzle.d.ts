/** Drizzle over a Tidemark database. drizzle-orm 0.45 or newer is a peer of this entry alone. */
import type { DrizzleConfig } from 'drizzle-orm';
import type { MigrationConfig, MigrationMeta } from 'drizzle-orm/migrator';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

import type { Result, Row, Tidemark } from './index.js';

/** What `execute` of SQL that was written by hand gives. */
export interface TidemarkQueryResultHKT extends PgQueryResultHKT {
  type: Result<this['row'] extends Row ? this['row'] : Row>;
}

export type TidemarkDatabase<TSchema extends Record<string, unknown> = Record<string, never>> =
  PgDatabase<TidemarkQueryResultHKT, TSchema>;

/**
 * A database as Drizzle sees it: tables of `drizzle-orm/pg-core`, its query builder and relational queries, transactions with
 * savepoints in them.
 *
 * ```ts
 * const orm = drizzle(db, { schema });
 * ```
 */
export function drizzle<TSchema extends Record<string, unknown> = Record<string, never>>(
  client: Tidemark, config?: DrizzleConfig<TSchema>,
): TidemarkDatabase<TSchema> & { $client: Tidemark };

/**
 * Runs the migrations that were not run yet, in one transaction: those of a folder that drizzle-kit wrote (in Node), or a list of
 * them, in their order, where there are no folders. Which were run is noted in the table `drizzle.migrations`, unless
 * `migrationsSchema` and `migrationsTable` say otherwise.
 */
export function migrate<TSchema extends Record<string, unknown>>(
  database: TidemarkDatabase<TSchema>,
  config: MigrationConfig | (Omit<MigrationConfig, 'migrationsFolder'> & { migrations: MigrationMeta[] }),
): Promise<void>;
