/** A database that runs in another thread, with the interface of Session. */
import { RowDecoder, Views, portableValue } from './block.js';
import { hasNode } from './builtin.js';
import { keyBytes } from './encryption-key.js';
import { TidemarkError, reportUncaught } from './errors.js';
import { InterruptionSource } from './interruption.js';
import { applyChanges } from './live-diff.js';
import { loadModule } from './module.js';
import { Origins } from './origins.js';
import { Peer } from './peer.js';
import { PROTOCOL, versionError } from './protocol.js';
import { upstreamHandlers } from './remote-upstream.js';
import { letWorkersRun, watchLifecycle } from './tabs/lifecycle.js';
import { showLife, watchLife } from './tabs/life.js';
import { Spokesman } from './tabs/spokesman.js';

/**
 * A worker that runs `tidemark/worker`, or a port to a database that is served elsewhere.
 * @typedef {Worker | SharedWorker | MessagePort} WorkerLike
 */

/** @typedef {import('./session.js').RunOptions} RunOptions */
/** @typedef {import('./engine-statement.js').Parameters} Parameters */

export class RemoteSession {
  /** @type {Peer} */
  #peer;
  #origins;
  /** @type {{ terminate(): unknown } | null} */
  #worker;
  #storageName = '';
  #lastName = 0;
  /** @type {Map<number, { sink: import('./live-source.js').LiveSink, rows: any[], key: any }>} */
  #live = new Map();
  /** @type {Map<number, (commit: any) => unknown>} */
  #listeners = new Map();
  /** @type {Set<(event: any) => void>} */
  #syncListeners = new Set();
  /** @type {Set<(notice: any) => void>} */
  #noticeListeners = new Set();
  /** @type {(() => void)[]} what ends with it */
  #endings = [];
  #spokesman;
  /** @type {Set<number>} requests that the other side cannot note, so that they must not be made again */
  unnoted = new Set();

  /**
   * Opens a database in a worker, or connects to the one behind a port.
   * @param {import('./tidemark.js').TidemarkOptions} options
   * @returns {Promise<RemoteSession>}
   */
  static async open(options) {
    const { worker, startWorker, getUpstreamClient, path, storage, dialect, autoSync, durability, takeoverAfter,
      backgroundSync } = options;
    // A copy, or all of the buffer that it lies in would be sent.
    const encryptionKey = keyBytes(options.encryptionKey)?.slice();
    if (typeof storage === 'object' && storage !== null) {
      throw new TidemarkError('0A000', 'a storage object cannot be used from another thread', {
        hint: 'Create the Tidemark inside the worker and offer it with serve() of tidemark/worker.',
      });
    }
    const { port, spawned } = await connectPort(worker, startWorker);
    const session = new RemoteSession(port, spawned, new Origins(getUpstreamClient), path);
    try {
      const wasm = options.wasm ?? await compiledFor(spawned);
      const ours = await showLife();
      session.#endings.push(ours.end);
      const life = await session.#open({
        path, storage, dialect, autoSync, durability, encryptionKey, takeoverAfter, backgroundSync, wasm, life: ours.name, spokesman: true,
        upstreams: getUpstreamClient !== undefined,
      });
      session.#endings.push(
        watchLife(life, () => session.#peer.close(new TidemarkError('57P01', 'the other thread is gone'))),
        watchLifecycle((frozen) => {
          session.#peer.tell('frozen', frozen);
          if (frozen) letWorkersRun();
        }),
      );
      return session;
    } catch (error) {
      session.#end();
      session.#peer.close();
      spawned?.terminate();
      throw error;
    }
  }

  /**
   * Connects to the database that another tab holds.
   * @param {import('./peer.js').Port} port
   * @param {object} about us
   * @returns {Promise<RemoteSession>}
   */
  static async join(port, about) {
    const session = new RemoteSession(port, null, new Origins(undefined));
    await session.#open(about);
    return session;
  }

  /**
   * @param {object} about us
   * @returns {Promise<string | null | undefined>} the other side's sign of life
   */
  async #open(about) {
    const { storage, protocol, life } = await this.#peer.call('open', { ...about, protocol: PROTOCOL });
    // One that is older may not have looked.
    const refusal = versionError(PROTOCOL, protocol);
    if (refusal !== null) throw refusal;
    this.#storageName = storage;
    return life;
  }

  /**
   * @param {import('./peer.js').Port} port
   * @param {any} worker that was made for this session and ends with it
   * @param {Origins} origins
   * @param {string} [path] of a database that the worker may hold for others
   */
  constructor(port, worker, origins, path) {
    this.#worker = worker;
    this.#origins = origins;
    this.#spokesman = path === undefined ? null : new Spokesman(path);
    this.#peer = new Peer(port, {
      ...upstreamHandlers(origins, (method, argument) => this.#peer.call(method, argument)),
      liveChanged: (message) => this.#liveChanged(message),
      liveFailed: ({ live, error }) => this.#live.get(live)?.sink.failed(TidemarkError.fromJSON(error)),
      committed: ({ listener, commit }) => this.#listeners.get(listener)?.(commit),
      held: (holds) => this.#spokesman?.speak(holds),
      closed: () => this.#end(),
      unnoted: ({ request }) => this.unnoted.add(request),
      slotCommit: (message) => this.#deliver(message),
      sync: (event) => {
        for (const listener of this.#syncListeners) listener(event);
      },
      notice: (notice) => {
        for (const listener of this.#noticeListeners) listener(notice);
      },
    });
    // A worker that fails to load says so here and never answers.
    const failed = (/** @type {any} */ event) => this.#peer.close(
      new TidemarkError('58030', `the worker failed: ${event?.message ?? event}`, { cause: event?.error }));
    worker?.addEventListener?.('error', failed);
    worker?.on?.('error', failed);
  }

  get root() {
    return 0;
  }

  get storageName() {
    return this.#storageName;
  }

  /**
   * Ends it because the other side is gone.
   * @param {Error} reason what calls under way fail with
   */
  abandon(reason) {
    this.#peer.close(reason);
  }

  #end() {
    for (const end of this.#endings.splice(0)) end();
    this.#spokesman?.speak(false);
  }

  async close() {
    // A thread that is gone already has nothing left to close.
    await this.#peer.call('close').catch(() => {});
    this.#end();
    this.#peer.close(new TidemarkError('57P01', 'the database was closed'));
    await this.#origins.close();
    await this.#worker?.terminate();
  }

  /**
   * @param {number} scope
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {RunOptions & { request?: object }} [options]
   */
  async query(scope, sql, parameters, options = {}) {
    const { request } = options;
    const result = await this.#run('query', { scope, sql, parameters: portable(parameters), request }, options);
    this.#awaitNews();
    return decodeResult(result, options);
  }

  /**
   * @param {number} scope
   * @param {string} sql
   * @param {RunOptions & { request?: object }} [options]
   */
  async exec(scope, sql, options = {}) {
    const { request } = options;
    const results = await this.#run('exec', { scope, sql, request }, options);
    this.#awaitNews();
    return results.map((/** @type {any} */ result) => decodeResult(result, options));
  }

  /**
   * A call that the other side may be too busy to hear the end of.
   * @param {string} method
   * @param {object} argument
   * @param {RunOptions} options
   * @returns {Promise<any>}
   */
  async #run(method, argument, { signal, token }) {
    if (!signal || token === null) return this.#peer.call(method, argument, { signal });
    const source = new InterruptionSource(this.#spokesman !== null);
    const onAbort = () => source.interrupt();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#peer.call(method, { ...argument, token: source.token }, { signal });
    } finally {
      signal.removeEventListener('abort', onAbort);
      source.interrupt();
    }
  }

  /**
   * @param {number} scope
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<number>}
   */
  begin(scope, signal) {
    return this.#peer.call('begin', { scope }, { signal });
  }

  /**
   * @param {number} scope
   * @param {object} [request]
   */
  async commit(scope, request) {
    await this.#peer.call('commit', { scope, request });
    this.#awaitNews();
  }

  /** What a commit tells live queries comes after its answer: in Node the program must not end in between. */
  #awaitNews() {
    if (hasNode && this.#live.size > 0) void this.#peer.call('told').catch(() => {});
  }

  /**
   * Whether a request was carried out, by this holder or one before it.
   * @param {object} request
   * @returns {Promise<boolean>}
   */
  isDone(request) {
    return this.#peer.call('isDone', { request });
  }

  /**
   * @param {number} scope
   * @param {{ call: 'export' | 'import', step?: string }} call
   * @param {Uint8Array} [data] which is given away
   */
  move(scope, call, data) {
    return this.#peer.call('move', { scope, call, data }, { transfer: data === undefined ? [] : [data.buffer] });
  }

  /** @param {number} scope */
  rollback(scope) {
    return this.#peer.call('rollback', { scope });
  }

  /**
   * @param {number} scope
   * @param {string} sql
   * @param {Parameters} [parameters]
   * @param {RunOptions} [options]
   */
  async openCursor(scope, sql, parameters, options = {}) {
    const { signal } = options;
    const peer = this.#peer;
    const cursor = await peer.call('openCursor', { scope, sql, parameters: portable(parameters) }, { signal });
    return {
      fields: /** @type {import('./block.js').Field[]} */ ([]),
      async next() {
        const result = await peer.call('nextRows', { cursor }, { signal });
        if (result === null) return null;
        this.fields = result.fields;
        return decodeResult(result, options).rows;
      },
      close: () => peer.tell('closeCursor', { cursor }),
    };
  }

  /**
   * @param {string} sql
   * @param {Parameters | undefined} parameters
   * @param {{ signal?: AbortSignal | null, key?: string[] }} options
   * @param {import('./live-source.js').LiveSink} sink
   * @returns {Promise<import('./live-source.js').LiveHandle>}
   */
  async live(sql, parameters, { signal, key }, sink) {
    const live = ++this.#lastName;
    const { result, key: found } = await this.#peer.call('live',
      { live, sql, parameters: portable(parameters), key });
    const { rows, fields } = result;
    this.#live.set(live, { sink, rows, key: found });
    const close = () => {
      signal?.removeEventListener('abort', onAbort);
      if (this.#live.delete(live)) this.#peer.tell('closeLive', { live });
    };
    const onAbort = () => {
      close();
      sink.failed(new TidemarkError('57014', 'the call was aborted', { cause: signal?.reason }));
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    // What is told comes with later messages.
    return { rows, fields, key: found, begin: () => {}, close };
  }

  /**
   * @param {import('./selector.js').Selector} selector
   * @param {(commit: import('./change-feed.js').Commit) => void} listener
   * @returns {Promise<() => void>}
   */
  async subscribeChanges(selector, listener) {
    const name = ++this.#lastName;
    this.#listeners.set(name, listener);
    try {
      await this.#peer.call('subscribeChanges', { listener: name, selector });
    } catch (error) {
      this.#listeners.delete(name);
      throw error;
    }
    return () => {
      if (this.#listeners.delete(name)) this.#peer.tell('unsubscribeChanges', { listener: name });
    };
  }

  /**
   * @param {string} slot
   * @param {import('./selector.js').Selector} selector
   * @param {(commit: import('./slots.js').SlotCommit) => unknown} deliver
   * @returns {Promise<() => void>}
   */
  async openSlot(slot, selector, deliver) {
    const name = ++this.#lastName;
    this.#listeners.set(name, deliver);
    try {
      await this.#peer.call('openSlot', { listener: name, slot, selector });
    } catch (error) {
      this.#listeners.delete(name);
      throw error;
    }
    return () => {
      if (this.#listeners.delete(name)) this.#peer.tell('unsubscribeChanges', { listener: name });
    };
  }

  /** @param {string} slot */
  dropSlot(slot) {
    return this.#peer.call('dropSlot', { slot });
  }

  /** @param {(event: any) => void} listener */
  onSync(listener) {
    this.#syncListeners.add(listener);
    return () => { this.#syncListeners.delete(listener); };
  }

  /** @param {(notice: any) => void} listener */
  onNotice(listener) {
    this.#noticeListeners.add(listener);
    return () => { this.#noticeListeners.delete(listener); };
  }

  /** @param {{ selector: [string, string][] | null, force: boolean }} what */
  settle(what) {
    return this.#peer.call('settle', what);
  }

  /** @param {object} call */
  control(call) {
    return this.#peer.call('control', call);
  }

  /**
   * @param {{ listener: number, commit: any }} message
   * @returns {Promise<boolean>} whether the listener is done with it
   */
  async #deliver({ listener, commit }) {
    const deliver = this.#listeners.get(listener);
    try {
      await deliver?.(commit);
      return deliver !== undefined;
    } catch (error) {
      reportUncaught(error);
      return false;
    }
  }

  /** @param {{ live: number, changes: any[] }} message */
  #liveChanged({ live, changes }) {
    const query = this.#live.get(live);
    if (query === undefined) return;
    const complete = changes.map(({ op, key, new: now, index, oldIndex, moved }) => {
      const old = oldIndex === -1 ? null : query.rows[oldIndex];
      return { op, key, old, new: moved ? old : now, index, oldIndex };
    });
    query.rows = applyChanges(query.rows, complete);
    query.sink.changed(query.rows, complete);
  }
}

/**
 * @param {boolean | WorkerLike | undefined} worker
 * @param {(() => Promise<WorkerLike>) | undefined} startWorker
 * @returns {Promise<{ port: MessagePort, spawned: any }>}
 */
async function connectPort(worker, startWorker = noWorkers) {
  if (typeof MessagePort === 'function' && worker instanceof MessagePort) return { port: worker, spawned: null };
  const spawned = worker === true ? await startWorker() : null;
  const given = /** @type {any} */ (spawned ?? worker);
  const target = given instanceof Object && 'port' in given ? given.port : given; // that of a SharedWorker
  if (typeof target?.postMessage !== 'function') {
    throw new TidemarkError('22023', 'worker takes true, a Worker, a SharedWorker or a MessagePort');
  }
  const { port1, port2 } = new MessageChannel();
  target.postMessage({ tidemark: 'connect', port: port2 }, [port2]);
  return { port: port1, spawned };
}

/**
 * The engine for a worker of our own in a browser: compiled here while the worker is loaded.
 * @param {any} spawned
 * @returns {Promise<WebAssembly.Module | undefined>} undefined: the worker has to get it by itself
 */
async function compiledFor(spawned) {
  if (hasNode || typeof Worker !== 'function' || !(spawned instanceof Worker)) return undefined;
  return loadModule().catch(() => undefined);
}

/** @returns {Promise<never>} */
async function noWorkers() {
  throw new TidemarkError('0A000', 'there are no workers here');
}

/**
 * @param {Parameters | undefined} parameters
 * @returns {Parameters | undefined}
 */
function portable(parameters) {
  if (parameters === undefined) return undefined;
  if (Array.isArray(parameters)) return parameters.map(portableValue);
  return Object.fromEntries(Object.entries(parameters).map(([name, value], at) =>
    [name, portableValue(value, at)]));
}

/**
 * Rows that arrive as blocks.
 * @param {{ rows: Uint8Array[], fields: import('./block.js').Field[], rowCount: number, command: string,
 *   insertId?: number | bigint }} result
 * @param {RunOptions} options
 */
export function decodeResult({ rows: blocks, fields, ...done }, { rowMode, parseJson }) {
  if (rowMode === 'block') return { rows: blocks, fields, ...done };
  const decoder = new RowDecoder(fields, { parseJson });
  /** @type {any[]} */
  const rows = [];
  for (const block of blocks) {
    const views = new Views(block.buffer);
    if (rowMode === 'array') decoder.appendArrays(views, block.byteOffset, rows);
    else decoder.appendObjects(views, block.byteOffset, rows);
  }
  return { rows, fields, ...done };
}
