/**
 * Tidemark: a SQL database in which a view may live anywhere.
 *
 * ```ts
 * import { Tidemark, EdgeClient } from 'tidemark';
 *
 * const db = new Tidemark({
 *   path: 'app.db',
 *   getUpstreamClient: () => new EdgeClient({ url: '/api/db' }),
 * });
 * await db.query(`CREATE REALTIME VIEW posts AS SELECT * FROM posts
 *                 WITH (replication_origin = 'postgres:main', write_policy = 'local_first')`);
 * const { rows } = await db.query('SELECT * FROM posts WHERE author = $1', ['ada']);
 * ```
 */
import type { UpstreamClient } from './upstream/types.js';

export { EdgeClient, TidemarkClient } from './upstream/types.js';
export type {
  ApplyRequest, ApplyResult, ChangeBatch, ChangeSink, EdgeClientOptions, Field as UpstreamField, QueryResult,
  ShapeRequest, SnapshotPart, UpstreamClient, Write,
} from './upstream/types.js';

/**
 * A value of a result. NULL is `null`; BOOLEAN `boolean`; integers that fit `number`, larger ones `bigint`; REAL and
 * DOUBLE PRECISION `number`; BYTEA `Uint8Array`; JSON, JSONB and arrays their parsed value; everything else (TEXT,
 * NUMERIC, dates and times in ISO 8601, UUID) `string`.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | JsonValue;

/** A parsed JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * A value of a parameter: as in results; also a `Date` (as its instant), any object or array (as JSON), any view of
 * an ArrayBuffer (as bytes), and `undefined` (as NULL).
 */
export type ParameterValue = Value | Date | ArrayBuffer | ArrayBufferView | object | undefined;

/** Parameters: a list for `$1` or `?`, an object for `:name`. */
export type Parameters = readonly ParameterValue[] | { readonly [name: string]: ParameterValue };

/** A row as an object; of two columns with one name the last wins. */
export type Row = Record<string, any>;

/** A column of a result. */
export interface Field {
  name: string;
  /** PostgreSQL's name of the type: 'integer', 'numeric(10,2)', 'text[]', … */
  type: string;
}

/** The result of one statement. */
export interface Result<T = Row> {
  rows: T[];
  /** The columns, in order; empty for a statement that returns no rows. */
  fields: Field[];
  /** The number of rows returned, or changed by an INSERT, UPDATE or DELETE. */
  rowCount: number;
  /** What was done: 'SELECT', 'INSERT', 'CREATE TABLE', … */
  command: string;
  /**
   * With `dialect: 'mysql'`, of a table with `AUTO_INCREMENT`: the first number that the statement gave, or what it gave to
   * LAST_INSERT_ID(value), or the number of the row that it wrote last. Absent where there is none.
   */
  insertId?: number | bigint;
}

export interface QueryOptions {
  /** What a row is. Default: 'object'. */
  rowMode?: 'object' | 'array';
  /** false: JSON and array values stay text, as the engine keeps them. Default: true. */
  parseJson?: boolean;
  /** Ends the call with 57014, also while it waits for an origin or for its turn. */
  signal?: AbortSignal;
}

export interface LiveOptions {
  /** Ends the live query. */
  signal?: AbortSignal;
  /** The columns that identify a row, where the engine cannot tell (joins, aggregates). */
  key?: string[];
}

/** What both a database and a transaction can do. */
interface Queryable {
  /**
   * Runs one or more statements and resolves to the result of the last. Several are one transaction: when one
   * fails none has happened. Parameters go with a single statement.
   *
   * The promise resolves when what was committed is durable, by this call or before it: an answer never tells of what could still be lost.
   * @throws {TidemarkError}
   */
  query(sql: string, parameters: Parameters | undefined, options: QueryOptions & { rowMode: 'array' }):
    Promise<Result<any[]>>;
  query<T = Row>(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Result<T>>;

  /**
   * Runs one or more statements as one transaction and resolves to all their results.
   * @throws {TidemarkError}
   */
  exec(sql: string, options?: QueryOptions): Promise<Result[]>;

  /** A statement to be run again and again. It is looked at when it first runs. */
  prepare<T = Row>(sql: string): Statement<T>;

  /**
   * The rows of one statement, read as the loop asks for them: memory stays flat however many there are. Other
   * calls may be made inside the loop; the loop may then see what they change. A stream does not survive the end
   * of its transaction.
   */
  stream<T = Row>(sql: string, parameters?: Parameters, options?: QueryOptions): AsyncGenerator<T, void, undefined>;

  /**
   * Runs `work` in a transaction: it commits when `work` resolves and is undone when it throws. Calls outside of it
   * wait their turn; inside use `tx`. Within a transaction it is a savepoint.
   * @throws what `work` throws, or {TidemarkError}
   */
  transaction<T>(work: (tx: Transaction) => Promise<T> | T, options?: { signal?: AbortSignal }): Promise<T>;
  /**
   * A transaction (or savepoint) in which realtime views are brought up to date once, at its end: for loading many rows
   * with many statements. Until then they are read as they were.
   */
  suspendViews<T>(work: (tx: Transaction) => Promise<T> | T, options?: { signal?: AbortSignal }): Promise<T>;
}

export interface ExportOptions {
  /** Ends the stream with 57014. */
  signal?: AbortSignal;
  /** Told after each piece; `total` is the size of the file. */
  onProgress?: (progress: { bytes: number; total: number }) => void;
}

/** Bytes, all at once or one after the other. A Response must be `ok`. */
export type ImportSource =
  ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Blob | Response | ArrayBuffer | ArrayBufferView;

export interface ImportOptions {
  /** Ends the call with 57014; nothing was imported then. */
  signal?: AbortSignal;
  /** Told after each piece; `total` is null where the source does not say how large it is. */
  onProgress?: (progress: { bytes: number; total: number | null }) => void;
  /** Takes a file that another SQLite program has changed: the checksums of its pages are not verified, its structure is. */
  ignoreChecksums?: boolean;
}

/** An open transaction. It cannot be used after it has ended (25P01). */
export interface Transaction extends Queryable {}

/** A statement to be run again and again. */
export interface Statement<T = Row> extends AsyncDisposable {
  readonly sql: string;
  query(parameters?: Parameters, options?: QueryOptions): Promise<Result<T>>;
  stream(parameters?: Parameters, options?: QueryOptions): AsyncGenerator<T, void, undefined>;
  close(): Promise<void>;
}

/** What a statement has to say besides its result. */
export interface Notice {
  severity: 'WARNING' | 'NOTICE' | 'LOG';
  /** An SQLSTATE. */
  code: string;
  message: string;
  hint?: string;
  /** With `SET tidemark.trace = on`, one for each maintenance of a view. */
  trace?: MaintenanceTrace;
}

/** What bringing a view up to date took. */
export interface MaintenanceTrace {
  schema: string;
  name: string;
  /** Net changes of what the view reads; an updated row counts twice, as the one that goes and the one that comes. */
  rowsIn: number;
  rowsOut: number;
  recomputed: boolean;
  microseconds: number;
  /** What each node of the view did, in that order; the last is the view itself. `kind` is what EXPLAIN VIEW calls it. */
  nodes: { node: number; kind: string; rowsIn: number; rowsOut: number; recomputed: boolean; microseconds: number }[];
  /** What was run, for which node of the view (0: the view itself), how often, and with how many rows. */
  statements: { node: number; sql: string; runs: number; rows: number }[];
}

export interface TidemarkOptions {
  /** Name of the database. Default: ':memory:', which keeps nothing. */
  path?: string;
  /**
   * Where it is kept. 'auto' (the default): nowhere for ':memory:', in a file in Node, in a browser where it is already or
   * else in its private file system ('opfs', in a worker) or IndexedDB; where nothing can be kept opening fails.
   */
  storage?: 'auto' | 'memory' | 'opfs' | 'indexeddb' | 'file' | Storage;
  /** Dialect of the SQL that you write. Default: 'postgres'. */
  dialect?: 'postgres' | 'mysql' | 'sqlite';
  /**
   * The client of an origin. Called once for each origin id, which is given as it was written in
   * `replication_origin`; called again when it failed. `close` of the database closes the clients.
   */
  getUpstreamClient?(originId: string): UpstreamClient | Promise<UpstreamClient>;
  /** Whether realtime views and the write queue start by themselves. Default: true. */
  autoSync?: boolean;
  /**
   * Asks the browser for a sync event while writes wait that could not be sent, so that the app's service worker sends them
   * (`tidemark/service-worker`) when the network is back and no page is open. true: under the tag `tidemark:<path>`; or the tag. A new
   * database is then kept in IndexedDB. Where the browser has no Background Sync nothing happens. Default: false.
   */
  backgroundSync?: boolean | string;
  /**
   * What a commit survives once its promise has resolved. 'strict' (the default): a crash and a loss of power. 'relaxed', with
   * 'file', 'opfs' and 'indexeddb': a crash; a loss of power may take the last commits.
   */
  durability?: 'strict' | 'relaxed';
  /**
   * 32 bytes by which all that is kept is encrypted. A new database is made with it; an existing one is opened with the key that
   * it was made with (28P01). It is not copied, and needed until the database is closed.
   */
  encryptionKey?: Uint8Array | ArrayBuffer;
  /** Asks the browser never to delete by itself what the site has stored; in a page, not in a worker. Default: false. */
  persist?: boolean;
  /**
   * Milliseconds without an answer after which another tab takes the database over from this one; at least 200. Default: 750 with
   * `worker` (then the page answers while the worker is busy), 5000 otherwise.
   */
  takeoverAfter?: number;
  /** Told what statements have to say besides their results, and (a WARNING with 53100) when storage is nearly full. */
  onNotice?(notice: Notice): void;
  /**
   * The engine, where it cannot be loaded from beside the JavaScript: a module (on the edge, which allows no
   * compiling), its bytes, its address or the response to a request for it.
   */
  wasm?: WebAssembly.Module | BufferSource | URL | string | Response | PromiseLike<Response>;
  /**
   * Runs the engine in another thread: true starts a worker; a Worker or SharedWorker must run `tidemark/worker`; a MessagePort
   * leads to a database offered by its `serve`. `getUpstreamClient` is called in this thread.
   */
  worker?: boolean | Worker | SharedWorker | MessagePort | { postMessage(message: unknown, transfer: readonly unknown[]): void };
}

/** A database. The constructor does no work: the first call opens it. */
export class Tidemark implements Queryable, AsyncDisposable {
  constructor(options?: TidemarkOptions);

  /** Opens the database. After `close` it opens it again. */
  connect(): Promise<void>;

  /** Closes the database once everything committed is kept. Calls under way fail with 57P01. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  /** The name of the storage in use: 'memory', 'file', 'opfs', 'indexeddb' or a storage's own; null while not open. */
  readonly storage: string | null;

  /** The room that the browser has given the site, and whether it may take it back; null where nobody can tell. */
  estimate(): Promise<StorageEstimate | null>;

  /**
   * The whole database as a plain SQLite file, as it is when the first bytes are read: nothing is read before, and then
   * other calls wait until the stream has ended or was cancelled. It ends with an error when the signal is aborted (57014) or a
   * page is damaged (XX001).
   */
  export(options?: ExportOptions): ReadableStream<Uint8Array>;

  /**
   * Makes a SQLite file that Tidemark has written the contents of this database, which must be without tables and views
   * (55000), and of which no rows are being read by a stream (55006). All is checked before it is committed: a file that is damaged or not complete is XX001, one that is none 22023, one
   * that cannot be taken 0A000; then nothing has changed. Other calls wait meanwhile. Writes that were queued in it for an
   * origin are made once, however many databases come from the same file.
   */
  import(source: ImportSource, options?: ImportOptions): Promise<void>;

  query(sql: string, parameters: Parameters | undefined, options: QueryOptions & { rowMode: 'array' }):
    Promise<Result<any[]>>;
  query<T = Row>(sql: string, parameters: Parameters | undefined, options: LiveOptions & { live: true }):
    Promise<LiveQuery<T>>;
  query<T = Row>(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Result<T>>;
  exec(sql: string, options?: QueryOptions): Promise<Result[]>;
  prepare<T = Row>(sql: string): Statement<T>;
  stream<T = Row>(sql: string, parameters?: Parameters, options?: QueryOptions): AsyncGenerator<T, void, undefined>;
  transaction<T>(work: (tx: Transaction) => Promise<T> | T, options?: { signal?: AbortSignal }): Promise<T>;
  suspendViews<T>(work: (tx: Transaction) => Promise<T> | T, options?: { signal?: AbortSignal }): Promise<T>;

  /**
   * A query whose result follows the database: it is brought up to date after each commit, or burst of commits,
   * that touches what it reads.
   * @throws {TidemarkError}
   */
  live<T = Row>(sql: string, parameters?: Parameters, options?: LiveOptions): Promise<LiveQuery<T>>;

  /** Committed changes. */
  readonly wal: Wal;

  /** Synchronisation with the origins. */
  readonly sync: Sync;
}

/**
 * One row that differs. A row that only moved is an 'update' whose `old` and `new` are the same object.
 *
 * To make the new result of the old one: take the rows of all changes out by `oldIndex`; put the rows of all changes
 * in at `index`; the untouched rows fill the places left, in the order they had. `applyChanges` does it.
 */
export interface RowChange<T = Row> {
  op: 'insert' | 'update' | 'delete';
  /** The columns that identify the row; null when the result has no key. */
  key: Row | null;
  old: T | null;
  new: T | null;
  /** Place in the new result; -1 for a delete. */
  index: number;
  /** Place in the old result; -1 for an insert. */
  oldIndex: number;
}

export interface LiveEvent<T = Row> {
  rows: T[];
  changes: RowChange<T>[];
}

/** What is known of a live query's result: of `tidemark/react` and `tidemark/store`. */
export interface LiveSnapshot<T = Row> {
  /** Empty until they are there. After each change a new array, in which untouched rows are the same objects. */
  readonly rows: readonly T[];
  readonly fields: readonly Field[];
  /** Why the query could not be run (again); the rows are then those from before. */
  readonly error: TidemarkError | null;
  /** Whether the rows are not there yet. */
  readonly loading: boolean;
}

/** A query whose result follows the database. */
export interface LiveQuery<T = Row> extends Disposable, AsyncDisposable, AsyncIterable<LiveEvent<T>> {
  /** The result now: a new array after each change, in which untouched rows are the same objects. */
  readonly rows: T[];
  readonly fields: Field[];
  /** Why the query could not be run again the last time; null when it could. The rows are then the old ones. */
  readonly error: TidemarkError | null;
  readonly closed: boolean;

  /**
   * Calls `onChange` after each commit, or burst of commits, that changed the result.
   * @returns a function that ends the subscription
   */
  subscribe(onChange: (event: LiveEvent<T>) => void, onError?: (error: TidemarkError) => void): () => void;

  /**
   * The result now (without changes), and then each time that it has changed. A loop that is slower than the changes
   * gets several of them at once. It ends when the live query is closed.
   */
  [Symbol.asyncIterator](): AsyncGenerator<LiveEvent<T>, void, undefined>;

  /** The result as a store in the sense of Svelte: `run` gets the rows now, and each time that they have changed. */
  store(): { subscribe(run: (rows: T[]) => void): () => void };

  /** Ends it. */
  close(): void;
}

/** The new result, from the old one and the changes of a live query. */
export function applyChanges<T>(previous: readonly T[], changes: readonly RowChange<T>[]): T[];

/**
 * Which tables and views: all (undefined, null, '*'); 'name' (of `public`) or 'schema.name'; several of these; or by
 * schema: `{ shop: ['orders', 'items'], archive: '*' }`. Names as in the catalog, without quotes.
 */
export type Selector = string | readonly string[] | { readonly [schema: string]: string | readonly string[] } | null
  | undefined;

/** One changed row of a table or view. */
export interface Change {
  relation: { schema: string; name: string };
  op: 'insert' | 'update' | 'delete';
  /** The columns that identify the row; null when the relation has no key. */
  key: Row | null;
  old: Row | null;
  new: Row | null;
}

/** One commit, as far as it concerns a subscription. */
export interface Commit {
  /** Rises with each commit of this database. */
  commit: number;
  changes: Change[];
  /**
   * Of a subscription with an `id`: changes before these were dropped because too many waited for it. Of one without: another
   * tab has taken the database over, and what was committed meanwhile is not told; there are no changes.
   */
  lost?: boolean;
}

/** Committed changes of tables and views. */
export interface Wal {
  /**
   * Calls `listener` once for each commit that changed rows of the selected relations. When it returns a promise the
   * next commit waits for it.
   *
   * With an `id` what is committed is kept in the database until `listener` is done with it, also while nobody
   * subscribes: who subscribes under that id again, after reopening for example, goes on where it stood. A commit whose
   * listener throws ends the subscription and comes again.
   * @returns a function that ends the subscription; what has an id is kept until `drop`
   * @throws {TidemarkError} 55006 when somebody is subscribed under the id already
   */
  subscribe(selector: Selector, listener: (commit: Commit) => unknown, options?: { id?: string; signal?: AbortSignal }):
    Promise<() => void>;
  /** Forgets a subscription with an id, and what is kept for it. */
  drop(id: string): Promise<void>;
}

/** The state of one materialized or realtime view of a foreign origin. */
export interface ViewStatus {
  /** Its name with its schema. */
  view: string;
  schema: string;
  name: string;
  origin: string;
  mode: 'materialized' | 'realtime';
  state: 'idle' | 'running' | 'synced' | 'failed';
  enabled: boolean;
  /** Where in the origin's changes it stands. */
  cursor: string | null;
  /** Writes in the queue that are not applied yet. */
  pending: number;
  retry_count: number;
  last_error: string | null;
  /** SQLSTATE. */
  last_error_code: string | null;
  next_retry_at: string | null;
  /** When it came to its state; when it fails again and again: since when. */
  updated_at: string | null;
}

/**
 * How it stands with an origin, for a person to be shown. `since`, `views` and what follows tell more: "offline since 14:03",
 * "syncing 2 of 5, 12,000 rows", "3 changes wait".
 */
export interface OriginStatus {
  origin: string;
  /**
   * 'connected': all views are in step and nothing waits to be sent; 'syncing': a view is being filled or brought up to date, or
   * writes wait; 'offline': the last attempt, of a view or to send a write, did not reach it; 'stopped': all its views are stopped.
   */
  state: 'connected' | 'syncing' | 'offline' | 'stopped';
  /** 'offline': when a view first failed to reach it, also before a restart; null: not known, as where only writes have failed. */
  since: Date | null;
  /** When it is tried again; null: nothing waits for that. */
  nextRetryAt: Date | null;
  /** Views that are not stopped, those among them that are in step, and those that failed for another reason than being out of reach. */
  views: number;
  synced: number;
  failed: number;
  /** Rows so far of snapshots that arrive just now. */
  received: number;
  /** Writes that wait to be sent, and writes that wait for `sync.resolve`. */
  pending: number;
  conflicted: number;
}

/** One write in the queue. */
export interface QueuedWrite {
  id: number;
  view: string;
  schema: string;
  name: string;
  op: 'insert' | 'update' | 'delete';
  /** The row's key; negative where its origin gives it one and has not told it yet. */
  key: Row;
  /** The key that the row had here before its origin told another; else null. */
  staged_key: Row | null;
  /** The row as it was when it was written; null for an insert. */
  base: Row | null;
  /** The row of an insert, or the columns that an update wrote; null for a delete. */
  mine: Row | null;
  /** The origin's row in a conflict; null when it is gone. */
  theirs: Row | null;
  state: 'pending' | 'failed' | 'conflicted' | 'applied';
  retry_count: number;
  last_error: string | null;
  next_retry_at: string | null;
  /** Writes of one transaction are applied together. */
  transaction: number;
  /** It waits for a decision, or for its origin to say so, and its origin may have applied it: it is asked before it is sent again. */
  in_doubt: boolean;
}

/** A write met a row that has changed at the origin since. */
export interface ConflictEvent extends WriteEvent {
  type: 'conflict';
}

/** Something happened to a view: its state changed, or it failed. */
export interface ViewEvent {
  type: 'error' | 'status';
  /** Its name with its schema. */
  view: string;
  schema: string;
  name: string;
  /** Of type 'error'. */
  error?: TidemarkError;
}

/** A part of the snapshot that fills a view has come, and more will; 'status' tells of its end. */
export interface ProgressEvent {
  type: 'progress';
  /** Its name with its schema. */
  view: string;
  schema: string;
  name: string;
  /** Rows so far. */
  rows: number;
}

/** Something happened to a queued write; the members are those of the queue. */
export interface WriteEvent {
  type: 'conflict' | 'applied' | 'error';
  view: string;
  schema: string;
  name: string;
  id: number;
  op: 'insert' | 'update' | 'delete';
  key: Row;
  staged_key: Row | null;
  base: Row | null;
  mine: Row | null;
  theirs: Row | null;
  transaction: number;
  /** Of type 'error': why the origin refused it. */
  error?: TidemarkError;
}

/** Synchronisation with the origins. */
export interface Sync {
  /**
   * Starts what should run and retries what is due; resolves to the state of the views when it has come to rest.
   * Calls that overlap share one run.
   */
  sync(selector?: Selector, options?: { forceSync?: boolean; signal?: AbortSignal }): Promise<ViewStatus[]>;
  /** The state of each view. */
  status(selector?: Selector): Promise<ViewStatus[]>;
  /**
   * How it stands with each origin, in the order of their names: for a person to be shown. Ask again at each 'status', 'progress',
   * 'applied', 'conflict' and 'error'.
   */
  origins(): Promise<OriginStatus[]>;
  /** Ends the synchronisation of views until they are resumed: nothing of their origin comes in. What is queued still goes out. */
  stop(selector?: Selector): Promise<void>;
  /** Takes the synchronisation up again where it was stopped. */
  resume(selector?: Selector): Promise<void>;
  /** The write queue, oldest first. */
  queue(selector?: Selector): Promise<QueuedWrite[]>;
  /**
   * Decides about a conflicted write: 'retry' bases it on the row as it is now, 'discard' drops it, `set` sends these
   * values instead.
   */
  resolve(id: number, action: 'retry' | 'discard' | { set: Row }): Promise<void>;
  /**
   * Calls `listener` whenever it happens.
   * @returns a function that ends it
   */
  on(type: 'conflict', listener: (event: ConflictEvent) => void): () => void;
  on(type: 'applied', listener: (event: WriteEvent) => void): () => void;
  /** Of a view, or of a queued write that its origin refused: then with `id`. */
  on(type: 'error', listener: (event: ViewEvent | WriteEvent) => void): () => void;
  on(type: 'status', listener: (event: ViewEvent) => void): () => void;
  on(type: 'progress', listener: (event: ProgressEvent) => void): () => void;
}

/** Every failure of Tidemark. */
export class TidemarkError extends Error {
  constructor(code: string, message: string, details?: {
    hint?: string; position?: number; view?: string; origin?: string; schema?: string; table?: string; column?: string;
    constraint?: string; cause?: unknown;
  });
  /** SQLSTATE: '23505' unique violation, '42P01' no such relation, '08006' origin out of reach, … */
  code: string;
  /** What to do about it. */
  hint?: string;
  /** Where in the SQL, in UTF-16 units from 0. */
  position?: number;
  /** The view it is about. */
  view?: string;
  /** The origin it came from. */
  origin?: string;
  /** The table whose constraint is violated, as in PostgreSQL's error fields of these names: of 23502, 23503, 23505 and 23514. */
  schema?: string;
  table?: string;
  /** The column that is not to be null. */
  column?: string;
  /** The constraint or unique index that is violated. */
  constraint?: string;
}

/** Changed pages of one or several commits. */
export interface PageBatch {
  pageSize: number;
  /** Pages of the whole database after this batch; pages from there on are gone. */
  pageCount: number;
  /** By page number, from 0. */
  pages: Map<number, Uint8Array>;
}

export interface StorageEstimate {
  /** Bytes that the site uses, for everything that it has stored. */
  usage: number;
  /** Bytes that it may use. */
  quota: number;
  /** Whether the browser promises not to delete them by itself. */
  persisted: boolean;
}

/** A storage of pages; the engine holds all of them in memory while the database is open. */
export interface PageStorage {
  kind: 'pages';
  name: string;
  /** Makes the database this one's alone; fails with 55P03 when it is in use elsewhere. */
  open(path: string): Promise<void>;
  /** Gives all bytes kept so far, in pieces and in any order. */
  load(receive: (offset: number, bytes: Uint8Array) => void): Promise<void>;
  /**
   * Gives the bytes from `offset`, a multiple of 64 KiB, up to a whole 64 KiB behind `size` bytes, or the end. With it a
   * large database is open, and can be read, before all of it has been loaded.
   */
  read?(offset: number, size: number): Promise<Uint8Array>;
  /** With `read`: how many bytes are kept, once it is open. */
  readonly size?: number;
  /** Keeps all of the batch or nothing; resolves when it is durable. Never called again before it has settled. */
  persist(batch: PageBatch): Promise<void>;
  close(): Promise<void>;
}

/** Synchronous files. Each function throws when it fails. */
export interface Files {
  /** A handle from 0. */
  open(name: string, create: boolean): number;
  close(handle: number): void;
  /** The number of bytes read; fewer at the end. */
  read(handle: number, bytes: Uint8Array, offset: number): number;
  write(handle: number, bytes: Uint8Array, offset: number): void;
  truncate(handle: number, size: number): void;
  /** Durable when it returns. */
  sync(handle: number): void;
  size(handle: number): number;
  /** Nothing happens when there is none. */
  remove(name: string): void;
  exists(name: string): boolean;
}

/** A storage of files that are read and written while a statement runs. */
export interface FileStorage {
  kind: 'file';
  name: string;
  open(path: string): Promise<void>;
  /** The name that `files` knows the database by; set once it is open. */
  path: string;
  files: Files;
  close(): Promise<void>;
}

/** A storage of one's own. */
export type Storage = PageStorage | FileStorage | {
  kind: 'memory'; name: string; open(path: string): Promise<void>; close(): Promise<void>;
};
