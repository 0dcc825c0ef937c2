/**
 * The stack of an offline client: a Tidemark database, a network that can be cut, a real PostgreSQL behind it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PGlite } from '@electric-sql/pglite';

import { Tidemark } from '../../../../js-bindings/index.js';
import { PGliteClient } from '../../../../js-bindings/upstream/pglite.js';

/** An upstream client whose network can be cut: requests fail, subscriptions are lost. */
export class Bridge {
  #client;
  #online = true;
  /** @type {Set<{ close: () => void, lost: (error: Error) => void }>} */
  #subscriptions = new Set();
  dialect = /** @type {const} */ ('postgres');
  /** What was asked, for tests that count. @type {{ kind: string, sql?: string }[]} */
  log = [];
  /** @type {null | (() => void)} runs once, after the origin has applied and before its answer comes back */
  afterApply = null;

  /** @param {any} client */
  constructor(client) {
    this.#client = client;
    if (!client.applyAll) this.applyAll = undefined; // not every client has it
  }

  /** @param {boolean} online */
  set online(online) {
    this.#online = online;
    if (online) return;
    for (const subscription of this.#subscriptions) {
      subscription.close();
      subscription.lost(unreachable());
    }
    this.#subscriptions.clear();
  }

  #check() {
    if (!this.#online) throw unreachable();
  }

  async query(sql, params, options) {
    this.#check();
    this.log.push({ kind: 'query', sql });
    const result = await this.#client.query(sql, params, options);
    this.#check();
    return result;
  }

  async transaction(work) {
    this.#check();
    return this.#client.transaction(work);
  }

  async apply(request) {
    return this.#applying((client) => client.apply(request));
  }

  /** @type {undefined | ((request: any) => Promise<any>)} */
  applyAll = async (request) => this.#applying((client) => client.applyAll(request));

  /** @param {(client: any) => Promise<any>} send */
  async #applying(send) {
    this.#check();
    this.log.push({ kind: 'apply' });
    const result = await send(this.#client);
    const hook = this.afterApply;
    this.afterApply = null;
    hook?.();
    this.#check();
    return result;
  }

  async subscribe(request, sink, options) {
    this.#check();
    this.log.push({ kind: 'subscribe', sql: request.sql });
    const subscription = await this.#client.subscribe(request, sink, options);
    const entry = { close: () => subscription.close(), lost: (error) => sink.lost(error) };
    this.#subscriptions.add(entry);
    return {
      close: () => {
        this.#subscriptions.delete(entry);
        subscription.close();
      },
    };
  }
}

function unreachable() {
  return Object.assign(new Error('Upstream unavailable'), { code: '08006' });
}

/** A PostgreSQL with users(1, 'Ada'), and what devices need to reach it. Disposable. */
export async function createOrigin() {
  const pglite = await PGlite.create();
  await pglite.exec(`CREATE TABLE users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'Ada')`);
  const client = new PGliteClient(pglite);
  /** @type {(() => Promise<void>)[]} */
  const closing = [];
  return {
    pglite,
    client,
    /** Rows of the origin's table. */
    async users() {
      return (await pglite.query('SELECT id, name FROM users ORDER BY id')).rows;
    },
    /** A device of its own, with the view `users` unless `view` is false. */
    async device({ view = true, policy = 'local_first', mode = 'REALTIME', ...options } = {}) {
      const bridge = new Bridge(client);
      const folder = options.storage === 'file' ? await mkdtemp(join(tmpdir(), 'tidemark-')) : null;
      const open = () =>
        new Tidemark({
          path: folder ? join(folder, 'device.db') : ':memory:',
          storage: 'memory',
          getUpstreamClient: async () => bridge,
          ...options,
        });
      const device = { db: open(), bridge, reopen };
      async function reopen() {
        await device.db.close();
        device.db = open();
        await device.db.connect();
        return device.db;
      }
      closing.push(async () => {
        await device.db.close();
        if (folder) await rm(folder, { recursive: true, force: true });
      });
      if (view) {
        await device.db.query(`CREATE ${mode} VIEW users AS TABLE users
          WITH (replication_origin = 'postgres:primary', write_policy = '${policy}')`);
      }
      return device;
    },
    async close() {
      for (const close of closing) await close();
      await client.close?.();
      await pglite.close();
    },
  };
}

/** The rows of `sql` as plain objects. */
export async function rows(db, sql, params) {
  return (await db.query(sql, params)).rows;
}
