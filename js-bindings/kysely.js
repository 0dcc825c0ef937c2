/** The package `tidemark/kysely`: Kysely's PostgreSQL dialect over a Tidemark database. */
import { DialectAdapterBase, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';

import { OpenTransaction } from './open-transaction.js';

/** The statements of which Kysely is told how many rows they changed. */
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Rows that a stream hands over at a time, unless it is told. */
const CHUNK = 100;

/** `new Kysely({ dialect: new TidemarkDialect(db) })`. The database stays open when Kysely is destroyed. */
export class TidemarkDialect {
  #database;

  /** @param {import('./tidemark.js').Tidemark} database */
  constructor(database) {
    this.#database = database;
  }

  createDriver() {
    return new TidemarkDriver(this.#database);
  }

  createQueryCompiler() {
    return new PostgresQueryCompiler();
  }

  createAdapter() {
    return new TidemarkAdapter();
  }

  /** @param {import('kysely').Kysely<any>} kysely */
  createIntrospector(kysely) {
    return new PostgresIntrospector(kysely);
  }
}

/** What Tidemark can do of that in which databases differ. */
class TidemarkAdapter extends DialectAdapterBase {
  get supportsTransactionalDdl() {
    return true;
  }

  get supportsReturning() {
    return true;
  }

  /** Migrations run in a transaction, and of transactions there is one at a time, in all tabs together. */
  async acquireMigrationLock() {}

  async releaseMigrationLock() {}
}

/** Gives Kysely connections, each of which may have a transaction of its own. */
class TidemarkDriver {
  #database;

  /** @param {import('./tidemark.js').Tidemark} database */
  constructor(database) {
    this.#database = database;
  }

  async init() {
    await this.#database.connect();
  }

  async acquireConnection() {
    return new TidemarkConnection(this.#database);
  }

  /**
   * @param {TidemarkConnection} connection
   * @param {import('kysely').TransactionSettings} settings
   */
  async beginTransaction(connection, settings) {
    await connection.begin(settings);
  }

  /** @param {TidemarkConnection} connection */
  async commitTransaction(connection) {
    await connection.commit();
  }

  /** @param {TidemarkConnection} connection */
  async rollbackTransaction(connection) {
    await connection.rollback();
  }

  /**
   * @param {TidemarkConnection} connection
   * @param {string} name
   */
  async savepoint(connection, name) {
    await connection.run(`SAVEPOINT ${quoted(name)}`);
  }

  /**
   * @param {TidemarkConnection} connection
   * @param {string} name
   */
  async rollbackToSavepoint(connection, name) {
    await connection.run(`ROLLBACK TO SAVEPOINT ${quoted(name)}`);
  }

  /**
   * @param {TidemarkConnection} connection
   * @param {string} name
   */
  async releaseSavepoint(connection, name) {
    await connection.run(`RELEASE SAVEPOINT ${quoted(name)}`);
  }

  async releaseConnection() {}

  async destroy() {}
}

/** Statements, in the transaction that was begun here if there is one. */
class TidemarkConnection {
  #database;
  /** @type {OpenTransaction | null} */
  #transaction = null;

  /** @param {import('./tidemark.js').Tidemark} database */
  constructor(database) {
    this.#database = database;
  }

  get #queryable() {
    return this.#transaction === null ? this.#database : this.#transaction.queries;
  }

  /** @param {import('kysely').TransactionSettings} settings */
  async begin(settings) {
    this.#transaction = await OpenTransaction.begin(this.#database, settings);
  }

  async commit() {
    const transaction = this.#taken();
    await transaction.commit();
  }

  async rollback() {
    const transaction = this.#taken();
    await transaction.rollback();
  }

  /** The transaction, which has ended for Kysely whatever becomes of it. */
  #taken() {
    const transaction = /** @type {OpenTransaction} */ (this.#transaction);
    this.#transaction = null;
    return transaction;
  }

  /** @param {string} sql */
  async run(sql) {
    await this.#queryable.query(sql);
  }

  /** @param {import('kysely').CompiledQuery} query */
  async executeQuery({ sql, parameters }) {
    const { rows, rowCount, command } = await this.#queryable.query(sql, [...parameters]);
    return WRITES.has(command) ? { rows, numAffectedRows: BigInt(rowCount) } : { rows };
  }

  /**
   * @param {import('kysely').CompiledQuery} query
   * @param {number} [chunkSize]
   */
  async *streamQuery({ sql, parameters }, chunkSize = CHUNK) {
    let rows = [];
    for await (const row of this.#queryable.stream(sql, [...parameters])) {
      rows.push(row);
      if (rows.length < chunkSize) continue;
      yield { rows };
      rows = [];
    }
    if (rows.length > 0) yield { rows };
  }
}

/** @param {string} name */
function quoted(name) {
  return `"${name.replaceAll('"', '""')}"`;
}
