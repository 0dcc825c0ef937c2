/** What a changefeed needs said in an origin's own SQL. */
import type { OriginSession, OriginTransaction, ShapeRequest } from './types.js';

export interface OriginDialect {
  /**
   * Creates where it is missing what Tidemark keeps in an origin. Two may do it at once.
   * @throws {UpstreamError} 55000 it is of a newer version than this code; 42501 it is missing and may not be created
   */
  createSchema(session: OriginSession): Promise<void>;
  /** Forgets what is older than so many days. */
  prune(session: OriginSession, days: number): Promise<void>;
  /** The highest applied transaction of each of the clients that have one. */
  applied(tx: OriginTransaction, clients: Set<string>): Promise<Map<string, number>>;
  /** The parameters of the `keyQuery`: keys, in the order of `originKey`, as changes tell them, and those of the shape. */
  keyParameters(request: ShapeRequest, keys: string[][]): unknown[];
}
