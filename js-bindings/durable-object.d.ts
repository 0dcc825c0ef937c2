/** `tidemark/durable-object`: a database in the storage of a Durable Object. */
import type { FileStorage } from './index.js';

/** What is needed of the object's storage (`ctx.storage`); the class has to be one of `new_sqlite_classes`. */
export interface SqliteBackedStorage {
  sql: { exec(query: string, ...bindings: any[]): { toArray(): Record<string, any>[] } };
  transactionSync<T>(work: () => T): T;
}

/**
 * Keeps a database in the SQLite storage of a Durable Object: `new Tidemark({ path: 'app', storage: durableObjectStorage(ctx.storage) })`.
 * Pages are read when a statement needs them.
 */
export function durableObjectStorage(storage: SqliteBackedStorage): FileStorage;
