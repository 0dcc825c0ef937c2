/** One client's connection to a database: another thread's or another tab's calls, answered by a session here. */
import { TidemarkError } from './errors.js';
import { afterMicrotasks } from './macrotask.js';
import { Moved, Peer } from './peer.js';
import { PROTOCOL, versionError } from './protocol.js';
import { RemoteUpstreams } from './remote-upstream.js';
import { STOPPED } from './slots.js';
import { showLife, watchLife } from './tabs/life.js';

/**
 * What is offered.
 * @typedef {object} DatabaseAccess
 * @property {(options: any, upstreams: import('./origins.js').GetUpstreamClient | undefined) => Promise<any>} open the session
 *   for a client with these options and, if any, clients of origins in its thread
 * @property {(session: any) => Promise<void>} close the client is done with it
 * @property {import('./tabs/requests.js').Requests} [requests] by which writes of other tabs are carried out once
 * @property {() => Promise<void> | null} [ready] to be waited for before anything is done
 */

export class Server {
  #peer;
  #access;
  #upstreams;
  /** @type {any} */
  #session = null;
  #client = '';
  #last = 0;
  /** @type {Map<number, any>} */
  #scopes = new Map();
  /** @type {Map<number, { next(): Promise<any>, close(): unknown, fields: any }>} */
  #cursors = new Map();
  /** @type {Map<number, () => void>} live queries and subscriptions, by the client's name for them */
  #endings = new Map();
  /** By this the client knows that we are there: until the session is closed, or it would go on before that. */
  #endLife = () => {};

  /**
   * @param {import('./peer.js').Port} port
   * @param {DatabaseAccess} access
   */
  constructor(port, access) {
    this.#access = access;
    this.#upstreams = new RemoteUpstreams((method, argument, more) => this.#peer.call(method, argument, more),
      (method, argument) => this.#peer.tell(method, argument));
    this.#peer = new Peer(port, { ...this.#handlers(), ...this.#upstreams.handlers }, access.ready);
  }

  /** @returns {Record<string, import('./peer.js').Handler>} */
  #handlers() {
    return {
      open: (options) => this.#open(options),
      close: () => this.#close(),
      closed: () => this.#close(),
      frozen: (frozen) => this.#session?.frozen?.(frozen),
      query: async ({ scope, sql, parameters, request, token = null }, signal) => {
        const [result] = await this.#run(scope, sql, request, signal, async (inner) =>
          [await this.#session.query(inner, sql, parameters, { rowMode: 'block', signal, token })]);
        return movedResult(result);
      },
      exec: async ({ scope, sql, request, token = null }, signal) => {
        const results = await this.#run(scope, sql, request, signal, (inner) =>
          this.#session.exec(inner, sql, { rowMode: 'block', signal, token }));
        return new Moved(results, results.flatMap(buffersOf));
      },
      begin: async ({ scope }, signal) => {
        const name = ++this.#last;
        this.#scopes.set(name, await this.#session.begin(this.#scope(scope), signal));
        return name;
      },
      commit: ({ scope, request }) => this.#end(scope, (inner) => (request && this.#access.requests !== undefined
        ? this.#access.requests.commit(inner, { ...request, client: this.#client }) : this.#session.commit(inner))),
      rollback: ({ scope }) => this.#end(scope, (inner) => this.#session.rollback(inner)),
      isDone: ({ request }) => this.#access.requests?.isDone({ ...request, client: this.#client }) ?? false,
      move: async ({ scope, call, data }) => {
        const result = await this.#session.move(this.#scope(scope), call, data);
        return result?.data ? new Moved(result, [result.data.buffer]) : result;
      },
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
      // What has been committed is told in a turn of its own, and live queries once more in one.
      told: () => new Promise((resolve) => { afterMicrotasks(() => afterMicrotasks(() => afterMicrotasks(() => resolve(undefined)))); }),
    };
  }

  /** @param {any} options of the client's Tidemark */
  async #open({ upstreams, client, life, protocol, ...options }) {
    const refusal = versionError(protocol, PROTOCOL);
    if (refusal !== null) throw refusal;
    this.#client = client;
    const session = await this.#access.open(options,
      upstreams ? (/** @type {string} */ origin) => this.#upstreams.client(origin) : undefined);
    this.#session = session;
    const endings = [
      session.onSync((/** @type {any} */ event) => this.#peer.tell('sync', event)),
      session.onNotice((/** @type {any} */ notice) => this.#peer.tell('notice', notice)),
      session.onHeld?.((/** @type {boolean} */ holds) => this.#peer.tell('held', holds)),
      watchLife(life, () => this.close()),
    ];
    this.#endings.set(0, () => { for (const end of endings) end?.(); });
    // Between tabs the lock of the database says that it is gone, and the next one has it.
    if (life === undefined) return { storage: session.storageName, protocol: PROTOCOL };
    const ours = await showLife();
    this.#endLife = ours.end;
    return { storage: session.storageName, protocol: PROTOCOL, life: ours.name };
  }

  /** Ends the connection: what the client began is undone. */
  close() {
    this.#peer.close();
  }

  /** The client is done, or gone: what it began is undone. */
  async #close() {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    for (const name of [...this.#endings.keys()]) this.#ending(name);
    for (const cursor of this.#cursors.values()) cursor.close();
    try {
      // Savepoints come after the transactions that they are in.
      for (const scope of [...this.#scopes.values()].reverse()) await session.rollback(scope).catch(() => {});
      await this.#access.close(session);
    } finally {
      this.#endLife();
    }
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
   * Runs statements, those that another tab may ask for again in such a way that they are carried out once.
   * @param {number} name of the scope
   * @param {string} sql
   * @param {any} request
   * @param {AbortSignal} signal
   * @param {(scope: any) => Promise<any[]>} run
   */
  #run(name, sql, request, signal, run) {
    const scope = this.#scope(name);
    const { requests } = this.#access;
    if (request === undefined || requests === undefined || name !== 0) return run(scope);
    return requests.run({ ...request, client: this.#client }, sql, run,
      () => this.#peer.tell('unnoted', { request: request.number }), signal);
  }

  /**
   * @param {number} name
   * @param {(scope: any) => Promise<void>} work
   */
  async #end(name, work) {
    const scope = this.#scope(name);
    try {
      await work(scope);
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
    afterMicrotasks(handle.begin); // then the answer has been sent
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
