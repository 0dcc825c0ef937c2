/**
 * The package `tidemark/worker`: offers a database to other threads.
 *
 * In a worker of one's own, with clients of origins that live there:
 *
 *     import { serve } from 'tidemark/worker';
 *     serve({ getUpstreamClient: (originId) => new EdgeClient({ url: '/api/db' }) });
 *
 * and in the page: new Tidemark({ worker: new Worker('./my-worker.js', { type: 'module' }), path: 'app.db' }).
 */
import { builtin, hasNode } from './builtin.js';
import { TidemarkError } from './errors.js';
import { Moved, Peer } from './peer.js';
import { RemoteUpstreams } from './remote-upstream.js';
import { Session } from './session.js';
import { STOPPED } from './slots.js';
import { Tidemark } from './tidemark.js';

/**
 * @typedef {object} ServeOptions
 * @property {import('./origins.js').GetUpstreamClient} [getUpstreamClient] clients that live in this thread;
 *   without it those of the page are used
 * @property {Tidemark} [database] that is offered to all who connect; without it each who connects opens one
 *   with its own options
 * @property {MessagePort} [port] to offer it on; without it this worker takes connections
 */

/**
 * Offers a database.
 * @param {ServeOptions} [options]
 */
export function serve(options = {}) {
  if (options.port !== undefined) {
    new Server(options.port, options);
    return;
  }
  listen((message) => {
    if (message?.tidemark === 'connect') new Server(message.port, options);
  });
}

/** @param {(message: any) => void} receive */
async function listen(receive) {
  if (typeof addEventListener === 'function' && !hasNode) {
    addEventListener('message', (event) => receive(/** @type {MessageEvent} */ (event).data));
    // A SharedWorker is given a port with each connection.
    addEventListener('connect', (event) => {
      const [port] = /** @type {MessageEvent} */ (event).ports;
      port.addEventListener('message', ({ data }) => receive(data));
      port.start();
    });
    return;
  }
  const { parentPort } = await builtin('node:worker_threads');
  if (parentPort === null) throw new TidemarkError('0A000', 'serve() without a port runs in a worker');
  parentPort.on('message', receive);
}

/** One client's connection to a database. */
class Server {
  #peer;
  #options;
  #upstreams;
  /** @type {any} */
  #session = null;
  #last = 0;
  /** @type {Map<number, any>} */
  #scopes = new Map();
  /** @type {Map<number, { next(): Promise<any>, close(): unknown, fields: any }>} */
  #cursors = new Map();
  /** @type {Map<number, () => void>} live queries and subscriptions, by the client's name for them */
  #endings = new Map();

  /**
   * @param {MessagePort} port
   * @param {ServeOptions} options
   */
  constructor(port, options) {
    this.#options = options;
    this.#upstreams = new RemoteUpstreams((method, argument, more) => this.#peer.call(method, argument, more),
      (method, argument) => this.#peer.tell(method, argument));
    this.#peer = new Peer(port, { ...this.#handlers(), ...this.#upstreams.handlers });
  }

  /** @returns {Record<string, import('./peer.js').Handler>} */
  #handlers() {
    return {
      open: (options) => this.#open(options),
      close: () => this.#close(),
      closed: () => this.#close(),
      query: async ({ scope, sql, parameters }, signal) => movedResult(
        await this.#session.query(this.#scope(scope), sql, parameters, { rowMode: 'block', signal })),
      exec: async ({ scope, sql }, signal) => {
        const results = await this.#session.exec(this.#scope(scope), sql, { rowMode: 'block', signal });
        return new Moved(results, results.flatMap(buffersOf));
      },
      begin: async ({ scope }, signal) => {
        const name = ++this.#last;
        this.#scopes.set(name, await this.#session.begin(this.#scope(scope), signal));
        return name;
      },
      commit: ({ scope }) => this.#end(scope, 'commit'),
      rollback: ({ scope }) => this.#end(scope, 'rollback'),
      openCursor: async ({ scope, sql, parameters }, signal) => {
        const name = ++this.#last;
        this.#cursors.set(name, await this.#session.openCursor(this.#scope(scope), sql, parameters,
          { rowMode: 'block', signal }));
        return name;
      },
      nextRows: ({ cursor }) => this.#nextRows(cursor),
      closeCursor: ({ cursor }) => {
        this.#cursors.get(cursor)?.close();
        this.#cursors.delete(cursor);
      },
      live: (request) => this.#live(request),
      closeLive: ({ live }) => this.#ending(live),
      subscribeChanges: async ({ listener, selector }) => {
        this.#endings.set(listener, await this.#session.subscribeChanges(selector,
          (/** @type {any} */ commit) => this.#peer.tell('committed', { listener, commit })));
      },
      openSlot: async ({ listener, slot, selector }) => {
        this.#endings.set(listener, await this.#session.openSlot(slot, selector,
          (/** @type {any} */ commit) => this.#deliver(listener, commit)));
      },
      dropSlot: ({ slot }) => this.#session.dropSlot(slot),
      unsubscribeChanges: ({ listener }) => this.#ending(listener),
      settle: (what) => this.#session.settle(what),
      control: (call) => this.#session.control(call),
    };
  }

  /** @param {any} options of the client's Tidemark */
  async #open({ upstreams, ...options }) {
    const { database, getUpstreamClient } = this.#options;
    if (database !== undefined) {
      this.#session = await Tidemark.connectionOf(database);
    } else {
      const own = getUpstreamClient
        ?? (upstreams ? (/** @type {string} */ origin) => this.#upstreams.client(origin) : undefined);
      this.#session = await Session.open({ ...options, getUpstreamClient: own });
    }
    const endings = [
      this.#session.onSync((/** @type {any} */ event) => this.#peer.tell('sync', event)),
      this.#session.onNotice((/** @type {any} */ notice) => this.#peer.tell('notice', notice)),
    ];
    this.#endings.set(0, () => { for (const end of endings) end(); });
    return this.#session.storageName;
  }

  /** The client is done, or gone: what it began is undone. */
  async #close() {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    for (const name of [...this.#endings.keys()]) this.#ending(name);
    for (const cursor of this.#cursors.values()) cursor.close();
    // Savepoints come after the transactions that they are in.
    for (const scope of [...this.#scopes.values()].reverse()) await session.rollback(scope).catch(() => {});
    if (this.#options.database === undefined) await session.close();
  }

  /** @param {number} name */
  #scope(name) {
    if (this.#session === null) throw new TidemarkError('57P01', 'the database was closed');
    if (name === 0) return this.#session.root;
    const scope = this.#scopes.get(name);
    if (scope === undefined) throw new TidemarkError('25P01', 'the transaction has ended');
    return scope;
  }

  /**
   * @param {number} name
   * @param {'commit' | 'rollback'} how
   */
  async #end(name, how) {
    const scope = this.#scope(name);
    try {
      await this.#session[how](scope);
    } finally {
      this.#scopes.delete(name);
    }
  }

  /** @param {number} name */
  async #nextRows(name) {
    const cursor = this.#cursors.get(name);
    if (cursor === undefined) return null;
    const rows = await cursor.next();
    if (rows === null) {
      this.#cursors.delete(name);
      return null;
    }
    return movedResult({ rows, fields: cursor.fields, rowCount: 0, command: '' });
  }

  /** @param {{ live: number, sql: string, parameters: any, key?: string[] }} request */
  async #live({ live, sql, parameters, key }) {
    const handle = await this.#session.live(sql, parameters, { key }, {
      changed: (/** @type {any[]} */ _rows, /** @type {any[]} */ changes) =>
        this.#peer.tell('liveChanged', { live, changes: changes.map(portableChange) }),
      failed: (/** @type {TidemarkError} */ error) =>
        this.#peer.tell('liveFailed', { live, error: error.toJSON() }),
    });
    this.#endings.set(live, handle.close);
    const { rows, fields } = handle;
    return { result: { rows, fields }, key: handle.key };
  }

  /**
   * Resolves when the client is done with a commit.
   * @param {number} listener
   * @param {any} commit
   */
  async #deliver(listener, commit) {
    const done = await this.#peer.call('slotCommit', { listener, commit }).catch(() => false);
    if (!done) throw STOPPED;
  }

  /** @param {number} name */
  #ending(name) {
    this.#endings.get(name)?.();
    this.#endings.delete(name);
  }
}

/** @param {{ rows: Uint8Array[] }} result */
function buffersOf(result) {
  return result.rows.map((block) => block.buffer);
}

/** @param {any} result whose rows are blocks */
function movedResult(result) {
  return new Moved(result, buffersOf(result));
}

/**
 * A change without what the client has already.
 * @param {import('./live-diff.js').RowChange} change
 */
function portableChange({ op, key, old, new: now, index, oldIndex }) {
  const moved = now !== null && now === old;
  return { op, key, new: moved ? null : now, index, oldIndex, moved };
}
