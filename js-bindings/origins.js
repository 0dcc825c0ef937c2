/** The clients of the origins, and what the engine asks of them. */
import { TidemarkError } from './errors.js';
import { isSqlState } from './sql-state.js';
import { applyEach } from './upstream/apply-all.js';
import { applyTransaction } from './upstream/apply.js';
import { isTransient } from './upstream/errors.js';
import { postgresDialect } from './upstream/postgres-dialect.js';

/**
 * @typedef {import('./upstream/types.js').UpstreamClient} UpstreamClient
 * @typedef {(originId: string) => UpstreamClient | Promise<UpstreamClient>} GetUpstreamClient
 */

export class Origins {
  #getUpstreamClient;
  /** @type {Map<string, Promise<UpstreamClient>>} */
  #clients = new Map();
  /** @type {Set<UpstreamClient>} */
  #open = new Set();
  #closed = false;

  /** @param {GetUpstreamClient | undefined} getUpstreamClient */
  constructor(getUpstreamClient) {
    this.#getUpstreamClient = getUpstreamClient;
  }

  /**
   * The client of an origin, asked for once; after a failure it is asked for again.
   * @param {string} origin
   * @returns {Promise<UpstreamClient>}
   */
  client(origin) {
    let client = this.#clients.get(origin);
    if (client === undefined) {
      client = this.#get(origin);
      this.#clients.set(origin, client);
      client.catch(() => this.#clients.delete(origin));
    }
    return client;
  }

  /** @param {string} origin */
  async #get(origin) {
    if (this.#getUpstreamClient === undefined) {
      throw new TidemarkError('55000', `there is no client for the origin ${origin}`, {
        origin, hint: 'Pass getUpstreamClient(originId) to new Tidemark().',
      });
    }
    const client = await this.#getUpstreamClient(origin);
    if (typeof client?.query !== 'function') {
      throw new TidemarkError('55000', `getUpstreamClient gave no client for the origin ${origin}`, { origin });
    }
    if (this.#closed) await client.close?.();
    else this.#open.add(client);
    return client;
  }

  /**
   * Applies a queued transaction, with what the client offers for it.
   * @param {string} origin
   * @param {import('./upstream/types.js').ApplyRequest} request
   * @returns {Promise<import('./upstream/types.js').ApplyResult>}
   */
  async apply(origin, request) {
    const client = await this.client(origin);
    if (typeof client.apply === 'function') return client.apply(request);
    return applyByTransaction(client, origin, request);
  }

  /**
   * Applies queued transactions in their order, up to the first that is not applied.
   * @param {string} origin
   * @param {import('./upstream/types.js').ApplyAllRequest} request
   * @returns {Promise<import('./upstream/types.js').ApplyResult[]>}
   */
  async applyAll(origin, request) {
    const client = await this.client(origin);
    if (typeof client.applyAll === 'function' && request.transactions.length > 1) return client.applyAll(request);
    return applyEach(request, (one) => this.apply(origin, one));
  }

  /** Closes all clients: getUpstreamClient made them for this database. */
  async close() {
    this.#closed = true;
    this.#clients.clear();
    await Promise.allSettled([...this.#open].map(async (client) => client.close?.()));
    this.#open.clear();
  }
}

/**
 * For a client that has transactions but no `apply` of its own.
 * @param {UpstreamClient} client
 * @param {string} origin
 * @param {import('./upstream/types.js').ApplyRequest} request
 */
async function applyByTransaction(client, origin, request) {
  if (typeof client.transaction !== 'function' || client.dialect !== 'postgres') {
    throw new TidemarkError('0A000', `the client of the origin ${origin} cannot apply queued writes`, {
      origin, hint: 'It needs the function apply, or for PostgreSQL the function transaction.',
    });
  }
  const session = /** @type {any} */ (client);
  await postgresDialect.createSchema(session);
  return session.transaction((/** @type {any} */ tx) => applyTransaction(tx, postgresDialect, request));
}

/**
 * The members of a FAILED event for what a client threw. What carries no SQLSTATE is taken for a broken
 * connection: that is what fetch, sockets and drivers throw.
 * @param {any} error
 * @returns {{ code: string, message: string, hint?: string, transient: boolean }}
 */
export function failureOf(error) {
  const code = isSqlState(error?.code) ? error.code : error?.name === 'AbortError' ? '57014' : '08006';
  const message = String(error?.message ?? error);
  return { code, message, hint: error?.hint || undefined, transient: isTransient(code) };
}
