/**
 * One open database in this thread: whose turn it is, statements run to their end, transactions, cursors.
 *
 * A statement runs at once, within the call that asks for it, when it is nobody's turn. It gives the turn
 * away while it waits for an origin, unless it belongs to a transaction: that keeps the turn to its end.
 */
import { ChangeFeed } from './change-feed.js';
import { STATUS } from './constants.js';
import { Cursor } from './cursor.js';
import { keyBytes } from './encryption-key.js';
import { Engine } from './engine.js';
import { TidemarkError, abortedError } from './errors.js';
import { Host } from './host.js';
import { LiveSources } from './live-source.js';
import { Slots } from './slots.js';
import { openStorage } from './storage/index.js';
import { QuotaWatch } from './storage/quota.js';
import { compile, loadModule } from './module.js';
import { Scope } from './scope.js';

/** Rows that a cursor reads at once. */
const CURSOR_ROWS = 1000;

/** Commands after which every relation is what it was; rows that changed are told of by commits. */
const KEEPS_DEFINITIONS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'BEGIN', 'COMMIT', 'SAVEPOINT', 'RELEASE',
  'SUSPEND VIEWS', 'RESUME VIEWS', 'EXPLAIN']);

/** @typedef {import('./engine-statement.js').EngineStatement} EngineStatement */
/** @typedef {import('./engine-statement.js').Parameters} Parameters */

/**
 * @typedef {object} RunOptions
 * @property {AbortSignal | null} [signal]
 * @property {'object' | 'array' | 'block'} [rowMode]
 * @property {boolean} [parseJson]
 * @property {any} [token] by which somebody in another thread can end what runs; null: nobody will
 * @property {boolean} [relations] whether the result says what it was read from
 */

/**
 * @typedef {object} Result
 * @property {any[]} rows
 * @property {import('./block.js').Field[]} fields
 * @property {number} rowCount
 * @property {string} command
 * @property {number | bigint} [insertId]
 * @property {{ relations: [string, string][], key: string[] }} [source]
 */

/** @type {RunOptions} */
const NO_OPTIONS = Object.freeze({});

export class Session {
  #engine;
  #host;
  #storage;
  /** Whether other tabs use it, too. */
  #shared;
  #live;
  #changes;
  #slots;
  #root = new Scope(null);
  /** @type {TidemarkError | null} */
  #failure = null;
  /** @type {Set<(event: any) => void>} */
  #syncListeners = new Set();
  /** @type {Set<(notice: any) => void>} */
  #noticeListeners = new Set();
  /** @type {(error: TidemarkError) => void} */
  #onBroken = () => {};
  /** @type {QuotaWatch | null} */
  #quota;
  /** @type {{ pages: number, pageSize: number, data: Uint8Array | null } | null} what the last call of export gave */
  #exported = null;

  /**
   * Opens a database.
   * @param {import('./tidemark.js').TidemarkOptions} options
   * @param {import('./storage/web-lock.js').WebLock} [lock] that is held for it already; it goes with the session
   * @returns {Promise<Session>}
   */
  static async open(options, lock) {
    const { path = ':memory:', dialect, autoSync, durability = 'strict', getUpstreamClient } = options;
    const encryptionKey = keyBytes(options.encryptionKey);
    if (durability !== 'strict' && durability !== 'relaxed') {
      throw new TidemarkError('22023', `durability cannot be ${JSON.stringify(durability)}`, {
        hint: "It takes 'strict' or 'relaxed'.",
      });
    }
    // One does not have to wait for the other.
    const module = options.wasm === undefined ? loadModule() : compile(options.wasm);
    module.catch(() => {}); // told below, unless the storage fails
    const storage = await openStorage(options, path, durability, lock);
    /** @type {Engine | null} */
    let engine = null;
    try {
      const files = storage.kind === 'file' ? { files: storage.files, path: storage.path } : {};
      engine = await Engine.open(await module, { storage: storage.kind, dialect, autoSync, durability, encryptionKey, ...files });
      const session = new Session(engine, storage, getUpstreamClient, lock !== undefined);
      await session.#host.open();
      return session;
    } catch (error) {
      engine?.close();
      await storage.close();
      throw TidemarkError.from(error);
    }
  }

  /**
   * @param {Engine} engine
   * @param {import('./storage/storage.js').Storage} storage
   * @param {import('./origins.js').GetUpstreamClient | undefined} getUpstreamClient
   * @param {boolean} [shared]
   */
  constructor(engine, storage, getUpstreamClient, shared = false) {
    this.#engine = engine;
    this.#storage = storage;
    this.#shared = shared;
    this.#host = new Host(engine, storage, getUpstreamClient, {
      commit: (commit, blocks) => {
        this.#changes.committed(commit, blocks);
        this.#slots.committed(commit);
      },
      committing: (commit) => this.#live.committed(commit),
      slot: (about, data) => this.#slots.received(about, data),
      exported: (about, data) => {
        this.#exported = { ...about, data };
      },
      sync: (event) => {
        for (const listener of this.#syncListeners) listener(event);
      },
      notice: (notice) => this.#notice(notice),
      broken: (error) => {
        this.#fail(error);
        this.#onBroken(error);
      },
    });
    this.#quota = storage.kind === 'memory' ? null : new QuotaWatch((notice) => this.#notice(notice));
    this.#live = new LiveSources(this, engine, this.#host);
    this.#changes = new ChangeFeed(this.#host);
    this.#slots = new Slots(this.#host);
  }

  /** The scope outside of all transactions. */
  get root() {
    return this.#root;
  }

  /** Why nothing can be done any more; null: all is well. */
  get failure() {
    return this.#failure;
  }

  /** The name of the storage in use. */
  get storageName() {
    return this.#storage.name;
  }

  /** Whether nobody else can open the storage while we have it open, lock or no lock. */
  get keepsOthersOut() {
    return this.#storage.kind === 'file';
  }

  /** Ends everything and closes the database, once all that was committed is kept. */
  async close() {
    this.#fail(new TidemarkError('57P01', 'the database was closed'));
    this.#live.close();
    this.#slots.close();
    await this.#host.close();
    this.#engine.close();
    await this.#storage.close();
  }

  /**
   * Gives the database up at once, for another tab: what is being kept is kept, and nothing after it. So it can be done
   * by a page that will not run any further.
   */
  async leave() {
    if (this.#storage.kind === 'pages') await Promise.all([this.#storage.close(), this.close()]);
    else await this.close();
  }

  /**
   * Runs statements; resolves to the result of the last, when its commit is durable.
   * @param {Scope} scope
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {RunOptions} [options]
   * @returns {Promise<Result>}
   */
  query(scope, sql, parameters, options = NO_OPTIONS) {
    const { signal = null } = options;
    if (signal?.aborted) return Promise.reject(abortedError(signal));
    if (scope.turns.free) {
      try {
        return this.#start(scope, false, sql, parameters, options, signal);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return scope.turns.acquire(signal).then(() =>
      this.#start(scope, true, sql, parameters, options, signal));
  }

  /**
   * Runs statements as one transaction; resolves to all their results.
   * @param {Scope} scope
   * @param {string} sql
   * @param {RunOptions} [options]
   * @returns {Promise<Result[]>}
   */
  async exec(scope, sql, options = NO_OPTIONS) {
    const { signal = null } = options;
    if (signal?.aborted) throw abortedError(signal);
    await scope.turns.acquire(signal);
    return this.#script(scope, this.#prepareHeld(scope, sql), options, signal);
  }

  /**
   * Begins a transaction, or within one a savepoint; it has the turn until commit or rollback.
   * @param {Scope} parent
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<Scope>}
   */
  async begin(parent, signal = null) {
    if (signal?.aborted) throw abortedError(signal);
    await parent.turns.acquire(signal);
    const scope = new Scope(parent);
    try {
      await this.#complete(parent.parent === null ? 'BEGIN' : `SAVEPOINT ${scope.savepoint}`);
    } catch (error) {
      parent.turns.release();
      throw error;
    }
    return scope;
  }

  /**
   * Ends a transaction; resolves when it is durable.
   * @param {Scope} scope
   */
  async commit(scope) {
    await this.#end(scope, async (parent) => {
      if (parent.parent !== null) return this.#complete(`RELEASE SAVEPOINT ${scope.savepoint}`);
      try {
        await this.#complete('COMMIT');
      } catch (error) {
        if (this.#failure === null && this.#engine.inTransaction) await this.#complete('ROLLBACK');
        throw error;
      }
    });
    if (scope.depth === 1) await this.#host.durable();
  }

  /**
   * Undoes a transaction.
   * @param {Scope} scope
   */
  async rollback(scope) {
    await this.#end(scope, async (parent) => {
      if (parent.parent === null) {
        // The engine may have undone it already, as when memory ran out.
        if (this.#engine.inTransaction) await this.#complete('ROLLBACK');
        return;
      }
      await this.#complete(`ROLLBACK TO SAVEPOINT ${scope.savepoint}`);
      await this.#complete(`RELEASE SAVEPOINT ${scope.savepoint}`);
    });
  }

  /**
   * Opens a cursor over the rows of one statement.
   * @param {Scope} scope
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {RunOptions} [options]
   * @returns {Promise<Cursor>}
   */
  async openCursor(scope, sql, parameters, options = NO_OPTIONS) {
    const { signal = null } = options;
    if (signal?.aborted) throw abortedError(signal);
    await scope.turns.acquire(signal);
    try {
      this.#check();
      const statements = this.#engine.prepareAll(sql);
      try {
        if (statements.length !== 1) throw oneStatement(statements.length);
        statements[0].bind(parameters);
      } catch (error) {
        for (const statement of statements) this.#engine.release(statement);
        throw error;
      }
      const cursor = new Cursor(this, scope, statements[0], options);
      scope.cursors.add(cursor);
      return cursor;
    } finally {
      scope.turns.release();
    }
  }

  /**
   * The next rows of a cursor.
   * @param {Scope} scope
   * @param {EngineStatement} statement
   * @param {RunOptions} options
   * @returns {Promise<{ rows: any[], done: boolean }>}
   */
  async fetchCursor(scope, statement, options) {
    const { signal = null } = options;
    await scope.turns.acquire(signal);
    /** @type {any[]} */
    const rows = [];
    let status = STATUS.done;
    await this.#untilReady(scope, true, () => {
      this.#check();
      status = statement.fetch(rows, options, CURSOR_ROWS);
      return status;
    }, signal);
    await this.#host.durable();
    return { rows, done: status === STATUS.done };
  }

  /**
   * Gives back the statement of a cursor.
   * @param {EngineStatement} statement
   */
  closeCursor(statement) {
    this.#engine.release(statement);
    if (this.#failure === null) this.#host.pump();
  }

  /**
   * Keeps a query's result up to date.
   * @param {string} sql
   * @param {Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal | null, key?: string[] }} options
   * @param {import('./live-source.js').LiveSink} sink
   */
  async live(sql, parameters, options, sink) {
    if (this.#host.loading !== null) await this.#host.loading;
    if (this.#failure === null) this.#host.announceCommits();
    return this.#live.open(sql, parameters, options, sink);
  }

  /**
   * Tells of committed changes.
   * @param {import('./selector.js').Selector} selector
   * @param {(commit: import('./change-feed.js').Commit) => void} listener
   * @returns {() => void} ends it
   */
  subscribeChanges(selector, listener) {
    this.#check();
    this.#host.announceCommits();
    return this.#changes.subscribe(selector, listener);
  }

  /**
   * Tells of committed changes that are kept until they are done with.
   * @param {string} name
   * @param {import('./selector.js').Selector} selector
   * @param {(commit: import('./slots.js').SlotCommit) => unknown} deliver
   * @returns {Promise<() => void>} ends it; the slot stays
   */
  async openSlot(name, selector, deliver) {
    return this.#betweenTransactions(() => this.#slots.open(name, selector, deliver));
  }

  /**
   * Forgets a slot.
   * @param {string} name
   */
  async dropSlot(name) {
    await this.#betweenTransactions(() => this.#slots.drop(name));
  }

  /**
   * Tells of what happens to the write queue and to synchronisation.
   * @param {(event: any) => void} listener
   * @returns {() => void} ends it
   */
  onSync(listener) {
    this.#syncListeners.add(listener);
    return () => { this.#syncListeners.delete(listener); };
  }

  /**
   * Tells of what statements have to say besides their results.
   * @param {(notice: any) => void} listener
   * @returns {() => void} ends it
   */
  onNotice(listener) {
    this.#noticeListeners.add(listener);
    return () => { this.#noticeListeners.delete(listener); };
  }

  /**
   * Tells when what was committed could not be kept: nothing can be done with this session any more, and what it shows is
   * not what is stored.
   * @param {(error: TidemarkError) => void} listener
   */
  whenBroken(listener) {
    this.#onBroken = listener;
  }

  /**
   * Starts what should run and resolves when it has come to rest.
   * @param {{ selector: [string, string][] | null, force: boolean }} what
   * @returns {Promise<void>}
   */
  async settle(what) {
    await this.#host.loading;
    this.#check();
    await this.#host.sync(what);
    await this.#host.durable();
  }

  /**
   * A call of the engine's control interface that takes effect at once.
   * @param {object} call
   */
  async control(call) {
    await this.#host.loading;
    this.#check();
    this.#host.control(call);
    await this.#host.durable();
  }

  /**
   * What a text does: 'controls' transactions, only 'reads', or 'writes'.
   * @param {string} sql
   * @returns {'controls' | 'reads' | 'writes'}
   */
  kindOf(sql) {
    const statements = this.#prepare(sql);
    const controls = statements.some((statement) => statement.controlsTransaction);
    const reads = statements.every((statement) => statement.reads);
    for (const statement of statements) this.#engine.release(statement);
    return controls ? 'controls' : reads ? 'reads' : 'writes';
  }

  /**
   * Makes a call of the engine's control interface part of a transaction.
   * @param {Scope} scope
   * @param {object} call
   * @param {Uint8Array} data
   */
  async note(scope, call, data) {
    await scope.turns.acquire();
    try {
      this.#check();
      this.#host.control(call, [data]);
    } finally {
      scope.turns.release();
    }
  }

  /**
   * Makes a call by which a whole database is moved, in a transaction; resolves to the pages, if it gives some.
   * @param {Scope} scope
   * @param {{ call: 'export' | 'import', step?: string }} call
   * @param {Uint8Array} [data]
   * @returns {Promise<{ pages: number, pageSize: number, data: Uint8Array | null } | null>}
   */
  async move(scope, call, data) {
    await scope.turns.acquire();
    this.#exported = null;
    try {
      this.#check();
      this.#host.control(call, data === undefined ? undefined : [data]);
      if (call.step === 'finish') this.#live.redefined();
    } finally {
      scope.turns.release();
    }
    const exported = this.#exported;
    await this.#host.durable();
    return exported;
  }

  /**
   * The synchronous part of a query: all of it, unless it has to wait.
   * @param {Scope} scope
   * @param {boolean} held whether we have the turn
   * @param {string} sql
   * @param {Parameters | undefined} parameters
   * @param {RunOptions} options
   * @param {AbortSignal | null} signal
   * @returns {Promise<Result>}
   */
  #start(scope, held, sql, parameters, options, signal) {
    const statements = held ? this.#prepareHeld(scope, sql) : this.#prepare(sql);
    if (statements.length !== 1) return this.#startScript(scope, held, statements, parameters, options, signal);
    const [statement] = statements;
    /** @type {any[]} */
    const rows = [];
    let status;
    try {
      if (this.#shared && scope.parent === null && statement.controlsTransaction) throw wouldMix();
      statement.bind(parameters);
      status = fetchAll(statement, rows, options);
    } catch (error) {
      this.#abandon(statement);
      if (held) scope.turns.release();
      throw error;
    }
    if (status === STATUS.wait) return this.#finishLater(scope, held, statement, rows, options);
    if (held) scope.turns.release();
    return this.#finish(statement, rows, options);
  }

  /**
   * The rest of a query that has to wait.
   * @param {Scope} scope
   * @param {boolean} held
   * @param {EngineStatement} statement
   * @param {any[]} rows
   * @param {RunOptions} options
   */
  async #finishLater(scope, held, statement, rows, options) {
    const step = () => fetchAll(statement, rows, options);
    try {
      await this.#untilReady(scope, held, step, options.signal ?? null, true);
    } catch (error) {
      this.#abandon(statement);
      throw error;
    }
    return this.#finish(statement, rows, options);
  }

  /**
   * Steps until there is nothing to wait for. The turn is given away in any case.
   * @param {Scope} scope
   * @param {boolean} held whether we have the turn now
   * @param {() => number} step
   * @param {AbortSignal | null} signal
   * @param {boolean} [waiting] whether the last step had to wait
   */
  async #untilReady(scope, held, step, signal, waiting = false) {
    const keeps = scope.parent !== null;
    if (keeps && !held) scope.turns.take();
    let has = held || keeps;
    try {
      while (waiting || step() === STATUS.wait) {
        waiting = false;
        this.#host.pump();
        if (has && !keeps) {
          has = false;
          scope.turns.release();
        }
        await this.#host.answered(signal);
        if (!has) {
          await scope.turns.acquire(signal);
          has = true;
        }
      }
    } finally {
      if (has) scope.turns.release();
    }
  }

  /**
   * @param {EngineStatement} statement
   * @param {any[]} rows
   * @param {RunOptions} options
   * @returns {Promise<Result>}
   */
  #finish(statement, rows, options) {
    const result = this.#resultOf(statement, rows, options);
    this.#host.pumpFetched();
    const durable = this.#host.durable();
    return durable === null ? Promise.resolve(result) : durable.then(() => result);
  }

  /**
   * @param {EngineStatement} statement which is given back
   * @param {any[]} rows
   * @param {RunOptions} options
   * @returns {Result}
   */
  #resultOf(statement, rows, options) {
    const { fields, command, rowCount, insertId } = statement;
    /** @type {Result} */
    const result = { rows, fields, rowCount, command };
    if (insertId !== 0) result.insertId = insertId;
    if (options.relations) result.source = statement.relations;
    this.#engine.release(statement);
    if (command !== 'SELECT') this.#quota?.wrote();
    if (!KEEPS_DEFINITIONS.has(command)) this.#live.redefined();
    return result;
  }

  /** @param {EngineStatement} statement that failed or is not wanted any more */
  #abandon(statement) {
    if (this.#failure !== null) return;
    this.#engine.release(statement);
    this.#host.pump();
  }

  /**
   * @param {Scope} scope
   * @param {boolean} held
   * @param {EngineStatement[]} statements none, or several
   * @param {Parameters | undefined} parameters
   * @param {RunOptions} options
   * @param {AbortSignal | null} signal
   */
  async #startScript(scope, held, statements, parameters, options, signal) {
    if (!held) scope.turns.take();
    if (parameters !== undefined && Object.keys(parameters).length > 0) {
      for (const statement of statements) this.#engine.release(statement);
      scope.turns.release();
      throw oneStatement(statements.length);
    }
    const results = await this.#script(scope, statements, options, signal);
    return results.at(-1) ?? { rows: [], fields: [], rowCount: 0, command: '' };
  }

  /**
   * Runs statements as one transaction; we have the turn, which is given away.
   * @param {Scope} scope
   * @param {EngineStatement[]} statements
   * @param {RunOptions} options
   * @param {AbortSignal | null} signal
   */
  async #script(scope, statements, options, signal) {
    /** @type {Result[]} */
    const results = [];
    // A text with its own BEGIN or COMMIT is taken at its word.
    const own = statements.length > 1 && !statements.some((statement) => statement.controlsTransaction);
    const nested = this.#engine.inTransaction;
    let left = statements;
    try {
      if (own) await this.#complete(nested ? 'SAVEPOINT tidemark_script' : 'BEGIN');
      for (const statement of statements) {
        left = left.slice(1);
        results.push(await this.#run(statement, undefined, options, signal));
      }
      if (own) await this.#complete(nested ? 'RELEASE SAVEPOINT tidemark_script' : 'COMMIT');
      if (this.#shared && !nested && this.#engine.inTransaction) throw wouldMix();
    } catch (error) {
      await this.#undoScript(own, nested, left);
      throw error;
    } finally {
      scope.turns.release();
    }
    await this.#host.durable();
    return results;
  }

  /**
   * @param {boolean} own whether the script runs in a transaction or savepoint of its own
   * @param {boolean} nested whether a transaction was open before
   * @param {EngineStatement[]} left statements that have not begun
   */
  async #undoScript(own, nested, left) {
    if (this.#failure !== null) return;
    for (const statement of left) this.#engine.release(statement);
    if (nested && own) {
      await this.#complete('ROLLBACK TO SAVEPOINT tidemark_script');
      await this.#complete('RELEASE SAVEPOINT tidemark_script');
    } else if (!nested && this.#engine.inTransaction) {
      await this.#complete('ROLLBACK');
    }
  }

  /**
   * Runs one statement to its end; we have the turn and keep it.
   * @param {string} sql
   */
  async #complete(sql) {
    const [statement] = this.#prepare(sql);
    await this.#run(statement, undefined, NO_OPTIONS, null);
  }

  /**
   * @param {EngineStatement} statement which is given back
   * @param {Parameters | undefined} parameters
   * @param {RunOptions} options
   * @param {AbortSignal | null} signal
   */
  async #run(statement, parameters, options, signal) {
    /** @type {any[]} */
    const rows = [];
    try {
      statement.bind(parameters);
      for (;;) {
        const status = statement.fetch(rows, options);
        if (status === STATUS.done) break;
        this.#host.pump();
        if (status === STATUS.wait) await this.#host.answered(signal);
        this.#check();
      }
    } catch (error) {
      this.#abandon(statement);
      throw error;
    }
    const result = this.#resultOf(statement, rows, options);
    this.#host.pumpFetched();
    return result;
  }

  /**
   * Ends a scope: its cursors close, calls in it are refused from then on, and its parent gets the turn.
   * @param {Scope} scope
   * @param {(parent: Scope) => Promise<void>} work
   */
  async #end(scope, work) {
    // What was begun in it and not awaited comes first.
    await scope.turns.acquire();
    const ended = new TidemarkError('25P01', 'the transaction has ended');
    scope.turns.close(ended);
    const parent = /** @type {Scope} */ (scope.parent);
    try {
      this.#check();
      for (const cursor of scope.cursors) cursor.end(ended);
      await work(parent);
    } finally {
      parent.turns.release();
    }
  }

  /**
   * Does something that writes, when it is its turn; resolves when that is durable.
   * @template T
   * @param {() => T} work
   * @returns {Promise<T>}
   */
  async #betweenTransactions(work) {
    await this.#root.turns.acquire();
    await this.#host.loading;
    let result;
    try {
      this.#check();
      result = work();
    } finally {
      this.#root.turns.release();
    }
    await this.#host.durable();
    return result;
  }

  /** @param {string} sql */
  #prepare(sql) {
    this.#check();
    this.#engine.tick();
    return this.#engine.prepareAll(sql);
  }

  /**
   * As #prepare, while we have the turn: it is given away when that fails.
   * @param {Scope} scope
   * @param {string} sql
   */
  #prepareHeld(scope, sql) {
    try {
      return this.#prepare(sql);
    } catch (error) {
      scope.turns.release();
      throw error;
    }
  }

  /** @param {any} notice */
  #notice(notice) {
    for (const listener of this.#noticeListeners) listener(notice);
  }

  #check() {
    if (this.#failure !== null) throw this.#failure;
  }

  /** @param {TidemarkError} error */
  #fail(error) {
    this.#failure ??= error;
    this.#root.turns.close(this.#failure);
  }
}

/**
 * Runs a statement on until it is done or has to wait.
 * @param {EngineStatement} statement
 * @param {any[]} rows
 * @param {RunOptions} options
 */
function fetchAll(statement, rows, options) {
  let status;
  do status = statement.fetch(rows, options);
  while (status === STATUS.row);
  return status;
}

/** @param {number} count */
function oneStatement(count) {
  return new TidemarkError('42601', count === 0 ? 'there is no statement'
    : `parameters and cursors go with one statement, not with ${count}`);
}

function wouldMix() {
  return new TidemarkError('0A000', 'BEGIN without its COMMIT would take in the statements of other tabs', {
    hint: 'Use transaction(), or one text with both.',
  });
}
