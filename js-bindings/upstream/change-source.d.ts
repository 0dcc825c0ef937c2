/** Where a changefeed learns which rows have changed. */
import type { Capture, CaptureRequest } from './capture.js';
import type { RowSecurity } from './row-security.js';
import type { Snapshot } from './snapshot.js';
import type { OriginTransaction, Relation } from './types.js';

/** A change of a watched relation. */
export interface Change {
  txid: bigint;
  capture: number;
  /** Any row of the relation may have changed. */
  truncate: boolean;
  /** Of its row before and after, if they differ; none when the capture has no columns. */
  keys: Key[];
}

/**
 * What is noted of a row: the texts of the capture's columns, in the order of their names. NULL is an empty text; null: the source does not
 * tell.
 */
export type Key = (string | null)[];

/** The changes that are asked for: of these captures, by transactions that at least one of the snapshots does not see. */
export interface Unseen {
  captures: Set<number>;
  snapshots: Snapshot[];
  /** Of the transaction that asks. */
  position: Position;
}

/** Where the snapshot of a transaction stands among all transactions of the origin. */
export interface Position {
  /** What it sees. */
  snapshot: Snapshot;
  /** The newest transaction whose changes are not known any more. */
  pruned: bigint;
  /** Something is known to be committed that it does not see yet. */
  behind: boolean;
  /** Where the origin's log ended after the snapshot was taken, for a source that reads it. */
  logEnd?: bigint;
  /** How often what the source has in memory had begun anew when the transaction began, for a source that may have to. */
  restarts?: number;
  /** A text by which somebody may come back. */
  cursor: string;
  /** The snapshot behind a cursor; null when it is not one of this origin. */
  snapshotOf(cursor: string): Snapshot | null;
}

/** Whom a round is for. */
export interface Surveyed {
  clients: Set<string>;
  /** Those of which it has to be known who may see their rows. */
  relations: Relation[];
  /** What `settled` of the source had resolved to when the transaction began. */
  settled?: unknown;
}

/** What a round has to know before it reads, as the snapshot of its transaction sees it. */
export interface Survey {
  position: Position;
  /** What is watched, by `captureName`. */
  captures: Map<string, Capture>;
  /** The highest applied transaction of each of the clients that have one. */
  applied: Map<string, number>;
  /** What decides about the rows of each of the relations, by `nameOf`. */
  security: Map<string, RowSecurity>;
}

export interface ChangeSource {
  /**
   * Begins to take note; `wake` is called when something may have changed. Called again it does nothing.
   * @throws {UpstreamError} why it cannot begin; it may be tried again
   */
  start(events: { wake(): void }): Promise<void>;
  /**
   * To be called before the transaction of a round begins, by a source whose snapshots do not tell where they stand: what all
   * snapshots see that are taken from then on.
   */
  settled?(): Promise<unknown>;
  /** Makes the survey, at the beginning of a transaction. */
  survey(tx: OriginTransaction, surveyed: Surveyed): Promise<Survey>;
  /**
   * Watches a relation.
   * @throws {UpstreamError} 42P01 no such relation, 42809 not a table, 55000 its key is not a key or its changes would not
   *   carry it, 42501 no permission, 55P03 the relation was locked for longer than five seconds
   */
  install(capture: CaptureRequest): Promise<void>;
  /** To be called before a transaction that calls `changes` begins; the function that it returns, after it has ended. */
  hold(): () => void;
  /**
   * The changes that are asked for, by all transactions that the snapshot of `tx` sees, in the order in which they were
   * made or committed; others may be among them, and some twice.
   */
  changes(tx: OriginTransaction, unseen: Unseen): Promise<Change[]>;
  /** Bytes of write-ahead log that the origin keeps for it, where it does. */
  slotLag?(): Promise<number | undefined>;
  close(): Promise<void>;
}
