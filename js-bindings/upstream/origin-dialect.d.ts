/** What a changefeed and the application of queued transactions need said in an origin's own SQL. */
import type { ApplyRequest, OriginResult, OriginSession, OriginTransaction, ShapeRequest, Write } from './types.js';

export interface OriginDialect {
  /**
   * Creates where it is missing what Tidemark keeps in an origin. Two may do it at once.
   * @throws {UpstreamError} 55000 it is of a newer version than this code; 42501 it is missing and may not be created
   */
  createSchema(session: OriginSession): Promise<void>;
  /** Forgets what is older than so many days. */
  prune(session: OriginSession, days: number): Promise<void>;
  /** Leaves nothing of what has been read in a transaction since its survey: no failure, no locks, no role. */
  startAgain(tx: OriginTransaction): Promise<void>;
  /** The parameters of the `keyQuery`: keys, in the order of `originKey`, as changes tell them, and those of the shape. */
  keyParameters(request: ShapeRequest, keys: string[][]): unknown[];
}

export interface ApplyDialect {
  /** Notes that a transaction is applied; false when it has been. Waits while somebody else applies it. */
  claim(tx: OriginTransaction, request: ApplyRequest): Promise<boolean>;
  /** The answer to a transaction that has been applied. */
  recall(tx: OriginTransaction, request: ApplyRequest): Promise<string>;
  /** Keeps the answer, and tells changefeeds that a transaction has come, whatever it changes. */
  record(tx: OriginTransaction, request: ApplyRequest, answer: string): Promise<void>;
  /** Deferred constraints speak now, while the transaction can still be undone here. */
  checkDeferred(tx: OriginTransaction): Promise<void>;
  /** The row that a write has left, given its result. */
  written(tx: OriginTransaction, write: Write, result: OriginResult): Promise<OriginResult>;
}
