/** Clients of origins that live in the page, used by an engine in a worker. */
import { TidemarkError } from './errors.js';
import { failureOf } from './origins.js';

/**
 * @typedef {import('./upstream/types.js').UpstreamClient} UpstreamClient
 * @typedef {(method: string, argument: any, options?: { signal?: AbortSignal }) => Promise<any>} Call
 */

/**
 * The page's side: what the worker may ask of the clients.
 * @param {import('./origins.js').Origins} origins
 * @param {Call} call of the worker
 * @returns {Record<string, import('./peer.js').Handler>}
 */
export function upstreamHandlers(origins, call) {
  /** @type {Map<number, { close(): void }>} */
  const subscriptions = new Map();
  return {
    upstreamOpen: ({ origin }) => asOrigin(async () => {
      const client = await origins.client(origin);
      return { dialect: client.dialect, subscribes: typeof client.subscribe === 'function' };
    }),
    upstreamQuery: ({ origin, sql, params }, signal) => asOrigin(async () => {
      const { rows, fields, rowCount } = await (await origins.client(origin)).query(sql, params, { signal });
      return { rows, fields, rowCount };
    }),
    upstreamApply: ({ origin, request }) => asOrigin(() => origins.apply(origin, request)),
    upstreamApplyAll: ({ origin, request }) => asOrigin(() => origins.applyAll(origin, request)),
    upstreamSubscribe: ({ origin, subscription, request }, signal) => asOrigin(async () => {
      const client = /** @type {Required<UpstreamClient>} */ (await origins.client(origin));
      subscriptions.set(subscription, await client.subscribe(request, {
        snapshot: (part) => call('upstreamSnapshot', { subscription, part }),
        changes: (batch) => call('upstreamChanges', { subscription, batch }),
        lost: (error) => {
          subscriptions.delete(subscription);
          // The worker may be gone: then nobody needs to know.
          call('upstreamLost', { subscription, error: originError(error).toJSON() }).catch(() => {});
        },
      }, { signal }));
    }),
    upstreamUnsubscribe: ({ subscription }) => {
      subscriptions.get(subscription)?.close();
      subscriptions.delete(subscription);
    },
  };
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function asOrigin(work) {
  try {
    return await work();
  } catch (error) {
    throw originError(error);
  }
}

/** @param {unknown} error */
function originError(error) {
  const { code, message, hint } = failureOf(error);
  return new TidemarkError(code, message, { hint, cause: error });
}

/** The worker's side: clients that ask the page. */
export class RemoteUpstreams {
  #call;
  #tell;
  #last = 0;
  /** @type {Map<number, import('./upstream/types.js').ChangeSink>} */
  #sinks = new Map();

  /**
   * @param {Call} call of the page
   * @param {(method: string, argument: any) => void} tell
   */
  constructor(call, tell) {
    this.#call = call;
    this.#tell = tell;
  }

  /** What the page may call. */
  get handlers() {
    return {
      upstreamSnapshot: (/** @type {any} */ { subscription, part }) =>
        this.#sinks.get(subscription)?.snapshot(part),
      upstreamChanges: (/** @type {any} */ { subscription, batch }) =>
        this.#sinks.get(subscription)?.changes(batch),
      upstreamLost: (/** @type {any} */ { subscription, error }) => {
        this.#sinks.get(subscription)?.lost(TidemarkError.fromJSON(error));
        this.#sinks.delete(subscription);
      },
    };
  }

  /**
   * The function getUpstreamClient of the engine.
   * @param {string} origin
   * @returns {Promise<UpstreamClient>}
   */
  async client(origin) {
    const { dialect, subscribes } = await this.#call('upstreamOpen', { origin });
    /** @type {UpstreamClient} */
    const client = {
      dialect,
      query: (sql, params, options) => this.#call('upstreamQuery', { origin, sql, params }, options),
      apply: (request) => this.#call('upstreamApply', { origin, request }),
      applyAll: (request) => this.#call('upstreamApplyAll', { origin, request }),
    };
    if (subscribes) client.subscribe = (request, sink, options) => this.#subscribe(origin, request, sink, options);
    return client;
  }

  /**
   * @param {string} origin
   * @param {import('./upstream/types.js').ShapeRequest} request
   * @param {import('./upstream/types.js').ChangeSink} sink
   * @param {{ signal?: AbortSignal }} [options]
   */
  async #subscribe(origin, request, sink, options) {
    const subscription = ++this.#last;
    this.#sinks.set(subscription, sink);
    try {
      await this.#call('upstreamSubscribe', { origin, subscription, request }, options);
    } catch (error) {
      this.#sinks.delete(subscription);
      throw error;
    }
    return {
      close: () => {
        if (this.#sinks.delete(subscription)) this.#tell('upstreamUnsubscribe', { subscription });
      },
    };
  }
}
