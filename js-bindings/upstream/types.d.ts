/**
 * The border between an engine and an origin: what every upstream client offers, and what the shipped
 * clients are built from.
 */

/** A column of a result. */
export interface Field {
  name: string;
  /** PostgreSQL's name of the type as `format_type` prints it, without modifiers: 'integer', 'text[]', … */
  type?: string;
}

/** The result of one statement. The caller owns it. */
export interface QueryResult {
  /**
   * One array for each row. A value is null, boolean, number (smallint, integer, real, double precision, and
   * bigint when exact), bigint, Uint8Array (bytea) or string: everything else as PostgreSQL prints it, dates and
   * times in ISO style and UTC, json and jsonb as text, an array as the text of a JSON array.
   */
  rows: unknown[][];
  fields: Field[];
  /** Rows returned by a SELECT, or changed by an INSERT, UPDATE or DELETE. */
  rowCount?: number;
}

/** A client of an origin. `query` alone gives runtime and materialized views; `subscribe` adds realtime. */
export interface UpstreamClient {
  dialect: 'postgres' | 'mysql' | 'tidemark';

  /**
   * Runs one statement. `params` hold null, boolean, number, bigint, string or Uint8Array.
   * @throws {UpstreamError} the origin's SQLSTATE; 08006 unreachable, timed out or closed; 57014 aborted;
   *   22023 a parameter of another type
   */
  query(sql: string, params: unknown[], options?: { signal?: AbortSignal }): Promise<QueryResult>;

  /**
   * Runs `work` in one transaction of the origin: committed when it resolves, rolled back when it throws.
   * `tx` must not be used afterwards.
   * @throws what `work` throws, or as `query`
   */
  transaction?<T>(work: (tx: { query: UpstreamClient['query'] }) => Promise<T>): Promise<T>;

  /**
   * Subscribes to a shape. Resolves when the origin has accepted it; `close` ends it, after which the sink hears
   * nothing more. Aborting the signal closes it too.
   * @throws {UpstreamError} 42P01 no such relation; 42809 not a table; 55000 `originKey` is not a key; 22023 a
   *   malformed request; 42501 not permitted; 08006 unreachable; otherwise what `sql` fails with
   */
  subscribe?(
    request: ShapeRequest,
    sink: ChangeSink,
    options?: { signal?: AbortSignal },
  ): Promise<SubscriptionHandle>;

  /**
   * Applies one queued transaction: whole, and exactly once however often it is sent.
   * @throws {UpstreamError} whatever may pass by itself (`transient`): send the same request again
   */
  apply?(request: ApplyRequest): Promise<ApplyResult>;

  /**
   * Applies several queued transactions in their order, each as `apply` does, up to the first that is not applied: so many
   * results there are, or fewer, and the rest is to be sent again. A queue is sent faster with it; without it, transaction by transaction.
   * @throws {UpstreamError} as `apply`
   */
  applyAll?(request: ApplyAllRequest): Promise<ApplyResult[]>;

  /**
   * A client of the same origin for statements that come from elsewhere: whatever touches a relation that is not
   * listed, directly or through functions, triggers and foreign keys, is undone and refused with 42501. Listing a
   * view lists what it is made of. The system catalogs are left to the rights of the role.
   */
  restrict?(relations: Relation[]): UpstreamClient;

  /**
   * A client of the same origin whose statements run as a role, with claims in the setting request.jwt.claims: row-level
   * security decides. What could leave the role is refused with 42501.
   */
  as?(user: DatabaseUser): UpstreamClient;

  /**
   * A client of the same origin whose statements, those that read for subscriptions too, are ended by the database after
   * so many milliseconds (57014), whoever waits for them.
   */
  within?(statementTimeout: number): UpstreamClient;

  /**
   * How the changefeed of the origin stands, for all its clients in this process.
   * @throws {UpstreamError} 08006 it is out of reach
   */
  status?(): Promise<UpstreamStatus>;

  /** Releases what the client holds; its subscriptions end silently. */
  close?(): Promise<void>;
}

/** How a changefeed stands; what an origin does not have is left out. */
export interface UpstreamStatus {
  subscriptions?: number;
  /** Different shapes among the subscriptions. */
  shapes?: number;
  /** Bytes of rows, about, that subscribers have not taken yet. */
  heldBytes?: number;
  /** Seconds since something was heard of that has not been read yet. */
  lagSeconds?: number;
  /** Bytes of write-ahead log that the replication slot keeps. */
  slotLagBytes?: number;
}

/** As whom statements run at the origin. */
export interface DatabaseUser {
  /** One that the session's own role is a member of. */
  role: string;
  /** What policies read: current_setting('request.jwt.claims', true)::json. Default {}. */
  claims?: Record<string, unknown>;
  /**
   * Whether subscriptions follow what row-level security depends on: the relations that policies read, and the policies. A
   * list names relations that cannot be found in the catalogs, because a function reads them, in addition. Default false.
   */
  follow?: boolean | Relation[];
}

/** A relation of the origin; names are as stored, without quotes. */
export interface Relation {
  schema: string;
  name: string;
}

/** What a subscription follows. */
export interface ShapeRequest {
  /** The query, in the origin's dialect. */
  sql: string;
  params: unknown[];
  /** Set for a shape over one relation. */
  relation?: Relation;
  /** The output columns of `sql` that identify a row. Absent: any change runs the whole query again. */
  key?: string[];
  /** The columns of `relation` behind `key`, in the same order: its primary key or a unique NOT NULL key. */
  originKey?: string[];
  /**
   * `sql` restricted to some keys: `$1` is the text of a JSON array of key arrays, each key column as text in
   * the order of `originKey`. When `params` is not empty they follow as `$2`, …. In MySQL's dialect the last `?` is what
   * follows IN: a list of keys, which the client writes.
   */
  keyQuery?: string;
  /** Set for a shape with a key whose query requires columns of `relation` to equal constants: `WHERE owner = 42`. */
  equality?: Equality;
  /** For a shape without key: every relation that it reads. */
  relations?: Relation[];
  /** For a shape without key: how its rows follow from those of its relations. Absent: any change runs the whole query again. */
  lineage?: Lineage;
  /** Where to resume, as last received. Absent, unknown or too old: begins with a snapshot. */
  cursor?: string | null;
  /** The uuid of the device's database, for `applied`. */
  client: string;
}

/**
 * Conditions `column = constant` that all rows of a shape meet. Shapes that differ in nothing but the constants are read together, and a
 * subscription is not told of keys that only others of them can have.
 */
export interface Equality {
  /** One to four columns of the relation. */
  columns: string[];
  /** The constants, in the same order, as text. */
  values: string[];
  /** The `keyQuery` without these conditions; behind its other columns come these, as text. */
  keyQuery: string;
}

/**
 * How the rows of a query follow from those of the relations in its FROM, each as often as it stands there. A query has none that
 * has subqueries, set operations, windows, LIMIT or FULL JOIN. A column without a relation is of the one that has such a column.
 */
export interface Lineage {
  /** `nullable`: an outer join may put NULLs in the place of its row. */
  relations: (Relation & { nullable: boolean })[];
  /**
   * The columns of the result in their order: which column of which relation each is, from 0; `*` for all columns of one, or of all; nothing
   * for what is no column. `name`: where it has another one in the result.
   */
  columns: { relation?: number; column?: string; name?: string }[];
  /** What GROUP BY names; `result…`: what it is if no relation has the column. */
  groups: { relation?: number; column?: string; resultRelation?: number; resultColumn?: string }[];
  /** It is a SELECT DISTINCT. */
  distinct: boolean;
  equalities: LineageEquality[];
  /** In each row that has one of the relation, the column has the value that this text is. `optional`: as in LineageEquality. */
  constants: { relation?: number; column: string; value: string; optional?: [number, number] }[];
}

/** In each row of the join that has a row of `from`, this column of it is equal to that of a row of `to`. */
export interface LineageEquality {
  from?: number;
  fromColumn: string;
  to?: number;
  toColumn: string;
  /** It is only so if `from`, which is not known yet, is one of these relations: from the first, before the second. */
  optional?: [number, number];
}

/** A part of a snapshot: up to 5,000 rows or about a megabyte. */
export interface SnapshotPart {
  fields: Field[];
  rows: unknown[][];
  first: boolean;
  last: boolean;
  /** See ChangeBatch.number. */
  number?: number;
  /** On the last part: the position that all parts together describe. */
  cursor?: string;
  /** On the last part: see ChangeBatch.applied. */
  applied?: number | null;
}

/** What has happened between two cursors: whole transactions of the origin, as their net effect. */
export interface ChangeBatch {
  /** Columns of `upserts`; may be empty when there are none. */
  fields: Field[];
  /** Rows as they are now, each to be inserted or to replace the row of the same key. Of a shape without a key: to be inserted. */
  upserts: unknown[][];
  /**
   * Keys, in the order of `key`, of rows that are gone or have left the shape; some may never have been in it. Apply
   * these before `upserts`. Of a shape without a key they are whole rows, each of which goes as often as it is listed; with `partition`,
   * the values of some of its columns, and all rows that have them go.
   */
  deletes: unknown[][];
  /** For a shape without a key: which columns of a row `deletes` has the values of, from 0. `upserts` are all rows that have them. */
  partition?: number[];
  /**
   * The how-manieth thing this is that the subscription tells, snapshot parts and batches together, from 1. What comes twice is passed
   * over, and when one is missing the database subscribes again from its cursor. Without it nothing is checked.
   */
  number?: number;
  cursor: string;
  /** The highest transaction of this client that the state at `cursor` contains; null when none. */
  applied: number | null;
}

/** Who receives a subscription. A returned promise holds back what follows until it is settled. */
export interface ChangeSink {
  /** Replaces everything, part by part; valid once the last part has arrived. */
  snapshot(part: SnapshotPart): void | Promise<void>;
  changes(batch: ChangeBatch): void | Promise<void>;
  /** The subscription has ended by itself. Subscribe again with the last cursor. */
  lost(error: Error): void;
}

/** A subscription that has been accepted. */
export interface SubscriptionHandle {
  close(): void;
  /** As its change batches will have it, if they do. */
  partition?: number[];
}

/** A parameter whose value the origin gives: the key of a row that an earlier write of the same transaction inserts. */
export interface RowReference {
  /** Which parameter, from 0. What stands there is a staged key, which means nothing to the origin. */
  parameter: number;
  /** Which write of the transaction inserts the row, and which column of what it returns the value is; both from 0. */
  write: number;
  column: number;
}

/** One statement of a queued transaction. */
export interface Write {
  /** Touches exactly one row, carries the version condition, may end in RETURNING. */
  sql: string;
  params: unknown[];
  references?: RowReference[];
  /** Reads the row as it is now; run when `sql` touched none, or violated a unique key. */
  conflict?: { sql: string; params: unknown[]; references?: RowReference[] };
  /** For MySQL: reads the row that `sql` has just inserted, whose key is the origin's to give. */
  row?: { sql: string; params: unknown[] };
}

/** One queued transaction. */
export interface ApplyRequest {
  /** The uuid of the device's database. */
  client: string;
  /** Rises with each transaction of this client to this origin. */
  transaction: number;
  writes: Write[];
}

/** Queued transactions of one client. */
export interface ApplyAllRequest {
  client: string;
  /** Their numbers rise. None touches a row that another one touches. */
  transactions: Omit<ApplyRequest, 'client'>[];
}

/** Committed at the origin, now or (`repeated`) when it was sent before. */
export interface ApplySuccess {
  state: 'applied';
  /** For each write the row it RETURNED, or null. */
  rows: (unknown[] | null)[];
  fields: (Field[] | null)[];
  repeated: boolean;
}

/** Rolled back: the row that write `index` is about has changed, or is gone (`row` null). */
export interface ApplyConflict {
  state: 'conflicted';
  index: number;
  theirs: { row: unknown[] | null; fields: Field[] };
}

/** Rolled back: the origin does not accept write `index`. */
export interface ApplyRefusal {
  state: 'refused';
  index: number;
  error: PlainError;
}

export type ApplyResult = ApplySuccess | ApplyConflict | ApplyRefusal;

/** An error as it crosses the wire. */
export interface PlainError {
  /** SQLSTATE. */
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

/** The settings of a changefeed. */
export interface ChangefeedOptions {
  /** Milliseconds between looks at the origin when no notification arrives; 0 = never. Default 5,000. */
  pollInterval?: number;
  /** Days after which changes and stored answers are forgotten. Default 7. */
  retentionDays?: number;
  /** Milliseconds after which a quiet subscription is told its new cursor. Default 600,000. */
  cursorInterval?: number;
  /** More changed keys than this in one batch are sent as a snapshot. Default 50,000. */
  maximumKeys?: number;
  /**
   * Bytes of rows, about, that may wait for slow subscribers. Beyond it whoever has taken nothing for the longest time is
   * ended with 53200, and may subscribe again with the last cursor; a snapshot that is alone is never ended. Default
   * 512 MiB.
   */
  heldBytes?: number;
  /**
   * Milliseconds for which an error that may pass, a connection lost or a server that starts, is waited out before the
   * subscriptions that it keeps from being read are ended with it. Default 10,000.
   */
  failureTimeout?: number;
  /**
   * Learns of changes by logical replication instead of triggers (PGClient alone; needs the package
   * `pg-logical-replication`, `wal_level = logical`, a role with REPLICATION that owns the tables, and each table's replica
   * identity to have the key). Default false.
   */
  replication?: boolean | ReplicationOptions;
}

/**
 * A replication slot, which one process reads at a time: one, or with `nats` whichever of several comes first. It stays when that ends,
 * and with it the origin's write-ahead log.
 */
export interface ReplicationOptions {
  /** Lower case letters, digits and underscores. Made where it is missing. Default 'tidemark'. */
  slot?: string;
  /** The publication of the relations that are watched. Made where it is missing; relations are added as they are subscribed to. Default: as the slot. */
  publication?: string;
  /** How to connect, as `new Client` of `pg` takes it. Default: as the pool does. */
  connection?: object;
  /**
   * 'full': a table whose shapes differ in the constants of an equality gets REPLICA IDENTITY FULL, so that its log tells to which of
   * them a changed row has belonged, and each is told of its own keys only. 'keep': tables stay as they are, and each of these shapes is told
   * of all keys that were updated or deleted, unless the replica identity has the columns. Default 'full'.
   */
  replicaIdentity?: 'full' | 'keep';
  /**
   * Shares the slot with other processes that have the same `slot`, `publication` and `nats`, through NATS JetStream (needs the package
   * `nats`): one of them reads it and publishes which keys have changed. A URL, several with commas between, or options of the
   * package's `connect`.
   */
  nats?: string | NatsOptions;
}

/** How to reach NATS: whatever `connect` of the package `nats` takes, such as `servers`, `user`, `pass`, `token`, `authenticator` and `tls`. */
export interface NatsOptions {
  servers?: string | string[];
  /** Of JetStream, made where it is missing; it takes messages of `tidemark.<stream>.changes`. Default: as the slot. */
  stream?: string;
  /** Of JetStream, where the stream is not in the servers' own. */
  domain?: string;
  [option: string]: unknown;
}

/** What is known of a PostgreSQL type: how its text becomes a value, and a string given as parameter its text. */
export interface ValueType {
  /** As format_type prints it. */
  name: string;
  decode(text: string): unknown;
  encodeString(text: string): string;
}

/** A result with the types of its columns, in their order. */
export interface OriginResult extends QueryResult {
  types: ValueType[];
}

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  params: unknown[];
}

/** An open transaction of a PostgreSQL. */
export interface OriginTransaction {
  query(sql: string, params: unknown[]): Promise<OriginResult>;
  /**
   * Runs statements in their order without waiting for each, up to the first that fails: with `failure` there are the results of
   * those before it, and the transaction has to be rolled back.
   */
  queryAll(statements: Statement[]): Promise<{ results: OriginResult[]; failure: unknown }>;
  /** Plans a statement, which locks the relations that it names, without running it. */
  plan(sql: string, params: unknown[]): Promise<void>;
  /**
   * Runs the caller's own statements, with nothing of a client in them: several, separated by semicolons. Resolves to the rows of
   * each; a PostgreSQL's values are texts.
   */
  run(script: string): Promise<unknown[][][]>;
  /** Where statements run as a role: statements after this run as whoever opened the session, again. */
  leave?(): Promise<void>;
}

/** How apply and the changefeed reach a PostgreSQL. */
export interface OriginSession {
  /**
   * Runs `work` in one transaction; `snapshot`: REPEATABLE READ, READ ONLY, otherwise READ COMMITTED. Aborting
   * the signal cancels the statement under way, where that is possible.
   * @throws what `work` throws; otherwise {UpstreamError}
   */
  transaction<T>(
    work: (tx: OriginTransaction) => Promise<T>,
    options?: { snapshot?: boolean; signal?: AbortSignal },
  ): Promise<T>;

  /**
   * Calls `notified` whenever the channel is notified, and `lost` if it can no longer know. Resolves, once it
   * listens, to a function that stops it.
   */
  listen(channel: string, notified: () => void, lost: (error: Error) => void): Promise<() => Promise<void>>;
}

/** How to reach a gateway. */
export interface EdgeClientOptions {
  /** The gateway: 'https://host/api/db', or in a browser relative to the page: '/api/db'. */
  url: string;
  /** The dialect of the origin behind it. Default 'postgres'. */
  dialect?: 'postgres' | 'mysql' | 'tidemark';
  /**
   * Sent as a bearer token with every request and when the WebSocket opens, and again before it ends; a function is
   * asked each time.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** More headers for HTTP requests; a WebSocket cannot carry any in a browser. */
  headers?: Record<string, string>;
  /** Milliseconds to wait for an answer before 08006. Default 30,000. */
  timeout?: number;
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch;
  /** Default: the global one; before Node 22 there is none. */
  WebSocket?: unknown;
}

/** A failure reported by an origin, by the way to it, or by a client of it. */
export class UpstreamError extends Error {
  constructor(code: string, message: string, more?: { detail?: string; hint?: string; cause?: unknown });
  /** SQLSTATE, five characters. */
  code: string;
  detail?: string;
  hint?: string;
  /** Whether the same request may succeed when it is sent again. */
  readonly transient: boolean;
  toJSON(): PlainError;
  static fromJSON(plain: PlainError): UpstreamError;
  /** Any thrown thing as an UpstreamError; what carries no SQLSTATE gets `code`, by default XX000. */
  static from(thrown: unknown, code?: string): UpstreamError;
}

/** Whether a failure with this SQLSTATE may pass by itself: 08xxx but 08P01, 53xxx, 57P0x, 40001, 40P01, 55P03. */
export function isTransient(code: string | undefined): boolean;

/** An upstream client that offers everything; its methods are those of UpstreamClient. */
declare class CompleteClient implements UpstreamClient {
  readonly dialect: 'postgres' | 'mysql' | 'tidemark';
  query(sql: string, params?: unknown[], options?: { signal?: AbortSignal }): Promise<QueryResult>;
  transaction<T>(work: (tx: { query: CompleteClient['query'] }) => Promise<T>): Promise<T>;
  subscribe(
    request: ShapeRequest,
    sink: ChangeSink,
    options?: { signal?: AbortSignal },
  ): Promise<{ close(): void }>;
  apply(request: ApplyRequest): Promise<ApplyResult>;
  close(): Promise<void>;
}

/**
 * An origin behind a gateway ('tidemark/upstream/edge'). Connects when it is first used: requests over HTTP, all
 * subscriptions and transactions over one WebSocket, which is opened again after a loss by the next of them.
 */
export class EdgeClient extends CompleteClient {
  /** @throws {UpstreamError} 22023 `url` is not an address */
  constructor(options: EdgeClientOptions);
  apply(request: ApplyRequest, options?: { signal?: AbortSignal }): Promise<ApplyResult>;
  applyAll(request: ApplyAllRequest, options?: { signal?: AbortSignal }): Promise<ApplyResult[]>;
}

/**
 * PGlite in this process ('tidemark/upstream/pglite'). It has a single session: while a transaction is open
 * everyone else waits. The instance stays the caller's; the clients of one instance share a changefeed, whose options
 * are those of the first client.
 */
export class PGliteClient extends CompleteClient {
  readonly dialect: 'postgres';
  applyAll(request: ApplyAllRequest): Promise<ApplyResult[]>;
  restrict(relations: Relation[]): UpstreamClient;
  as(user: DatabaseUser): UpstreamClient;
  within(statementTimeout: number): UpstreamClient;
  status(): Promise<UpstreamStatus>;
  /** @throws {UpstreamError} 22023 it is no PGlite */
  constructor(source: object | ({ pglite: object } & ChangefeedOptions), options?: ChangefeedOptions);
}

/**
 * A PostgreSQL server over the package `pg` ('tidemark/upstream/pg'), 13 or newer. The pool stays the caller's; while
 * there are subscriptions one of its connections is kept to listen on. Aborting a query cancels it at the server.
 */
export class PGClient extends CompleteClient {
  readonly dialect: 'postgres';
  applyAll(request: ApplyAllRequest): Promise<ApplyResult[]>;
  restrict(relations: Relation[]): UpstreamClient;
  as(user: DatabaseUser): UpstreamClient;
  within(statementTimeout: number): UpstreamClient;
  status(): Promise<UpstreamStatus>;
  /** @throws {UpstreamError} 22023 it is no pg.Pool */
  constructor(source: object | ({ pool: object } & ChangefeedOptions), options?: ChangefeedOptions);
}

/**
 * Another Tidemark database as an origin ('tidemark/upstream/tidemark'): in this process, which stays the caller's, or
 * behind a port on which `serve({ database, port })` of 'tidemark/worker' offers it.
 */
export class TidemarkClient extends CompleteClient {
  readonly dialect: 'tidemark';
  /** @throws {UpstreamError} 22023 neither is given */
  constructor(options: { database: import('../index.js').Tidemark } | { port: MessagePort });
}

/**
 * A MySQL or MariaDB server over the package `mysql2` ('tidemark/upstream/mysql'). The pool stays the caller's. Types are named
 * as PostgreSQL would: TINYINT(1) is 'boolean', BIGINT UNSIGNED 'numeric', TIMESTAMP 'timestamp with time zone' in UTC.
 * Aborting a query stops it at the server.
 *
 * Subscriptions need `log_bin`, `binlog_format = ROW` and `binlog_row_image = FULL`, a user with REPLICATION SLAVE and BINLOG MONITOR (at a
 * MySQL REPLICATION CLIENT), and the package `@vlasky/zongji`; from the first of them until the last client of the pool is closed its log is
 * read, over connections of their own.
 */
export class MySQLClient implements UpstreamClient {
  readonly dialect: 'mysql';
  /** @throws {UpstreamError} 22023 it is no pool; 0A000 `replication.nats`, of which only PGClient knows */
  constructor(source: object | ({ pool: object } & ChangefeedOptions), options?: ChangefeedOptions);
  /** @throws {UpstreamError} 55000 its log does not tell which rows have changed; or as `UpstreamClient` says */
  subscribe(
    request: ShapeRequest,
    sink: ChangeSink,
    options?: { signal?: AbortSignal },
  ): Promise<{ close(): void }>;
  /** What a write has made of its row is read by the query of its `conflict`. */
  apply(request: ApplyRequest): Promise<ApplyResult>;
  /** @throws {UpstreamError} MySQL's errors with the SQLSTATE that PostgreSQL would give; 08006 unreachable */
  query(sql: string, params?: unknown[], options?: { signal?: AbortSignal }): Promise<QueryResult>;
  transaction<T>(work: (tx: { query: UpstreamClient['query'] }) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
