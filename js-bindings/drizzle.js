/** The package `tidemark/drizzle`: Drizzle's PostgreSQL flavour over a Tidemark database. */
import { entityKind } from 'drizzle-orm/entity';
import { DefaultLogger, NoopLogger } from 'drizzle-orm/logger';
import { PgDatabase, PgDialect, PgPreparedQuery, PgSession, PgTransaction } from 'drizzle-orm/pg-core';
import { createTableRelationsHelpers, extractTablesRelationalConfig } from 'drizzle-orm/relations';
import { fillPlaceholders } from 'drizzle-orm/sql';
import { mapResultRow } from 'drizzle-orm/utils';

import { checkTransactionSettings } from './open-transaction.js';

/** Where it is noted which migrations were run. Drizzle's own name for it begins with two underscores: those are reserved. */
const MIGRATIONS = 'migrations';

/**
 * A database as Drizzle sees it.
 * @param {import('./tidemark.js').Tidemark} client
 * @param {any} [config] Drizzle's own: schema, casing, logger, cache
 * @returns {any}
 */
export function drizzle(client, config = {}) {
  const dialect = new PgDialect({ casing: config.casing });
  const logger = config.logger === true ? new DefaultLogger() : config.logger || new NoopLogger();
  const schema = config.schema && relationalSchema(config.schema);
  const session = new TidemarkDrizzleSession(client, dialect, schema, { logger, cache: config.cache });
  const database = new TidemarkDrizzleDatabase(dialect, session, schema);
  return Object.assign(database, { $client: client, $cache: config.cache });
}

/**
 * Runs the migrations that were not run yet, in one transaction: those of a folder that drizzle-kit wrote, or a list of them where
 * there are no folders.
 * @param {any} database what `drizzle` gave
 * @param {{ migrationsFolder?: string, migrations?: any[], migrationsTable?: string, migrationsSchema?: string }} config
 */
export async function migrate(database, config) {
  const migrations = config.migrations ?? await readFolder(config);
  await database.dialect.migrate(migrations, database.session, { migrationsTable: MIGRATIONS, ...config });
}

/** @param {any} config */
async function readFolder(config) {
  const { readMigrationFiles } = await import('drizzle-orm/migrator'); // of Node alone
  return readMigrationFiles(config);
}

/** @param {any} fullSchema */
function relationalSchema(fullSchema) {
  const { tables, tableNamesMap } = extractTablesRelationalConfig(fullSchema, createTableRelationsHelpers);
  return { fullSchema, schema: tables, tableNamesMap };
}

class TidemarkDrizzleDatabase extends PgDatabase {
  static [entityKind] = 'TidemarkDatabase';
}

/** Runs statements in the database, or in one of its transactions. */
class TidemarkDrizzleSession extends PgSession {
  static [entityKind] = 'TidemarkSession';
  #client;
  #schema;
  #options;

  /**
   * @param {import('./queryable.js').Queryable} client
   * @param {any} dialect
   * @param {any} schema
   * @param {{ logger: any, cache: any }} options
   */
  constructor(client, dialect, schema, options) {
    super(dialect);
    this.#client = client;
    this.#schema = schema;
    this.#options = options;
  }

  /**
   * @param {{ sql: string, params: unknown[] }} query
   * @param {any} fields what the columns are; none for SQL that was written by hand
   * @param {string | undefined} _name
   * @param {boolean} _isArrayMode
   * @param {((rows: unknown[][]) => any) | undefined} toResult
   * @param {any} [metadata] for the cache
   * @param {any} [cacheConfig]
   */
  prepareQuery(query, fields, _name, _isArrayMode, toResult, metadata, cacheConfig) {
    const { logger, cache } = this.#options;
    return new TidemarkPreparedQuery(this.#client, query, { fields, toResult, logger, cache, metadata, cacheConfig });
  }

  /**
   * @param {(tx: any) => Promise<any>} work
   * @param {any} [config]
   * @returns {Promise<any>}
   */
  async transaction(work, config) {
    checkTransactionSettings(config);
    return this.#client.transaction((client) => {
      const session = new TidemarkDrizzleSession(client, this.dialect, this.#schema, this.#options);
      return work(new TidemarkDrizzleTransaction(this.dialect, session, this.#schema));
    });
  }

  /** @param {any} query */
  async count(query) {
    const { rows } = await this.execute(query);
    return Number(rows[0].count);
  }
}

/** A transaction; one within it is a savepoint. */
class TidemarkDrizzleTransaction extends PgTransaction {
  static [entityKind] = 'TidemarkTransaction';

  /** @param {(tx: any) => Promise<any>} work */
  transaction(work) {
    return this.session.transaction(work);
  }

  /** @param {any} config */
  async setTransaction(config) {
    checkTransactionSettings(config);
  }
}

/** A statement whose text is known, with what Drizzle makes of its rows. */
class TidemarkPreparedQuery extends PgPreparedQuery {
  static [entityKind] = 'TidemarkPreparedQuery';
  #client;
  #about;

  /**
   * @param {import('./queryable.js').Queryable} client
   * @param {{ sql: string, params: unknown[] }} query
   * @param {any} about
   */
  constructor(client, query, about) {
    super(query, about.cache, about.metadata, about.cacheConfig);
    this.#client = client;
    this.#about = about;
  }

  /** @param {Record<string, unknown>} [values] of placeholders */
  async execute(values = {}) {
    const { fields, toResult } = this.#about;
    if (!fields && !toResult) return this.#run(values, {});
    const { rows, fields: columns } = await this.#run(values, { rowMode: 'array', parseJson: false });
    parseArrays(rows, columns);
    return toResult ? toResult(rows)
      : rows.map((/** @type {unknown[]} */ row) => mapResultRow(fields, row, this.joinsNotNullableMap));
  }

  /** @param {Record<string, unknown>} [values] */
  async all(values = {}) {
    return (await this.#run(values, {})).rows;
  }

  /**
   * @param {Record<string, unknown>} values
   * @param {import('./queryable.js').QueryOptions} options
   */
  async #run(values, options) {
    const { sql, params } = this.getQuery();
    const parameters = fillPlaceholders(params, values);
    this.#about.logger.logQuery(sql, parameters);
    return this.queryWithCache(sql, parameters, () => this.#client.query(sql, parameters, options));
  }
}

/**
 * Drizzle parses JSON itself, so that a string in it stays one, but takes arrays as they are.
 * @param {unknown[][]} rows
 * @param {{ type: string }[]} columns
 */
function parseArrays(rows, columns) {
  columns.forEach(({ type }, column) => {
    if (!type.endsWith('[]')) return;
    for (const row of rows) row[column] = JSON.parse(/** @type {string} */ (row[column] ?? 'null'));
  });
}
