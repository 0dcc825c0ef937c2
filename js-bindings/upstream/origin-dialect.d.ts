/** What a changefeed and the application of queued transactions need said in an origin's own SQL. */
import type { Described, Partition, Source } from './partition.js';
import type { PartitionedRequest } from './partition-rows.js';
import type { ApplyRequest, OriginResult, OriginSession, OriginTransaction, Relation, ShapeRequest, Statement, Write } from './types.js';

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
  /** Absent: every change of a shape without a key reads it whole. */
  partitions?: PartitionDialect;
}

export interface PartitionDialect {
  /** What the origin says of relations; of one that it does not have, nothing. */
  describe(tx: OriginTransaction, relations: Relation[]): Promise<(relation: Relation) => Described | undefined>;
  /** SELECTs the rows of parts of a shape, whose columns have these texts. */
  partQuery(request: PartitionedRequest, parts: string[][]): Statement;
  /** SELECTs `columnsRead`, as text, of the parts that rows of a source are joined to whose noted column has these texts. */
  pathQuery(partition: Partition, source: Source, values: string[]): Statement;
}

export interface ApplyDialect {
  /**
   * Enters transactions of a client in the record of those that are applied; the answers of those that were in it. Waits while somebody
   * else applies one of them: the numbers ascend, so that two who enter the same do not wait for each other.
   */
  claim(tx: OriginTransaction, client: string, transactions: number[]): Promise<Map<number, string>>;
  /** Keeps the answers of transactions entered just now, and tells changefeeds that they have come, whatever they change. */
  record(tx: OriginTransaction, client: string, answers: [transaction: number, answer: string][]): Promise<void>;
  /** Deferred constraints speak now, while the transaction can still be undone here. */
  checkDeferred(tx: OriginTransaction): Promise<void>;
  /** The row that a write has left, given its result. */
  written(tx: OriginTransaction, write: Write, result: OriginResult): Promise<OriginResult>;
}
