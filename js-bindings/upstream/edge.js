/**
 * EdgeClient: an origin behind a gateway, over HTTP and one WebSocket.
 */
import { applyEach } from './apply-all.js';
import { EdgeSocket } from './edge-socket.js';
import { UNREACHABLE, UpstreamError, aborted, throwIfAborted } from './errors.js';
import {
  decodeValue, encodeValue, mapApplyAllRequest, mapApplyRequest, mapApplyResult, mapResult, mapStatement,
} from './protocol.js';

const TIMEOUT = 30_000;

/** An upstream client over a gateway. Makes no connection before it is used. */
export class EdgeClient {
  /** @type {'postgres' | 'mysql' | 'tidemark'} */
  dialect;
  #url;
  #token;
  #headers;
  #fetch;
  #WebSocket;
  #timeout;
  /** @type {EdgeSocket | null} */
  #socket = null;
  #closing = new AbortController();

  /** @param {import('./types.js').EdgeClientOptions} options */
  constructor({ url, dialect = 'postgres', token, headers = {}, timeout = TIMEOUT, ...given }) {
    this.dialect = dialect;
    this.#url = absolute(url);
    this.#token = token;
    this.#headers = headers;
    this.#timeout = timeout;
    this.#fetch = given.fetch ?? globalThis.fetch?.bind(globalThis);
    this.#WebSocket = given.WebSocket ?? globalThis.WebSocket;
  }

  /**
   * Runs one statement at the origin.
   * @param {string} sql
   * @param {unknown[]} [params]
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('./types.js').QueryResult>}
   */
  async query(sql, params = [], { signal } = {}) {
    const result = await this.#post('query', mapStatement({ sql, params }, encodeValue), signal);
    return mapResult(result, decodeValue);
  }

  /**
   * Applies one queued transaction, exactly once.
   * @param {import('./types.js').ApplyRequest} request
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('./types.js').ApplyResult>}
   */
  async apply(request, { signal } = {}) {
    return mapApplyResult(await this.#postSafely('apply', mapApplyRequest(request, encodeValue), signal), decodeValue);
  }

  /**
   * Applies several, in their order, up to the first that is not applied.
   * @param {import('./types.js').ApplyAllRequest} request
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('./types.js').ApplyResult[]>}
   */
  async applyAll(request, { signal } = {}) {
    let results;
    try {
      results = await this.#postSafely('applyAll', mapApplyAllRequest(request, encodeValue), signal);
    } catch (error) {
      // A gateway older than this client takes them one by one.
      if (error instanceof NoSuchAddress) return applyEach(request, (one) => this.apply(one, { signal }));
      throw error;
    }
    return results.map((/** @type {import('./types.js').ApplyResult} */ each) => mapApplyResult(each, decodeValue));
  }

  /**
   * Runs `work` in one transaction at the origin. The gateway rolls it back when the connection is lost, or
   * when nothing arrives for some seconds.
   * @template T
   * @param {(tx: { query: import('./types.js').UpstreamClient['query'] }) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(work) {
    const transaction = await this.#connection().begin();
    let result;
    try {
      result = await work({
        query: (sql, params = [], { signal } = {}) => {
          throwIfAborted(signal);
          return transaction.query(sql, params);
        },
      });
    } catch (error) {
      await transaction.rollback().catch(() => {});
      throw error;
    }
    await transaction.commit();
    return result;
  }

  /**
   * Subscribes to a shape. All subscriptions of a client share one WebSocket, opened by the first.
   * @param {import('./types.js').ShapeRequest} request
   * @param {import('./types.js').ChangeSink} sink
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<{ close(): void }>}
   */
  async subscribe(request, sink, { signal } = {}) {
    throwIfAborted(signal);
    return this.#connection().subscribe(request, sink, signal);
  }

  /** Ends all subscriptions silently and all requests with 08006. */
  async close() {
    this.#closing.abort();
    this.#socket?.close();
    this.#socket = null;
  }

  /** The socket; a new one after the old was lost. */
  #connection() {
    this.#checkOpen();
    if (this.#socket?.alive) return this.#socket;
    this.#socket = new EdgeSocket({
      url: this.#url.replace(/^http/, 'ws') + '/changes',
      WebSocket: this.#WebSocket,
      token: () => this.#currentToken(),
      timeout: this.#timeout,
    });
    return this.#socket;
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async #post(path, body, signal) {
    this.#checkOpen();
    throwIfAborted(signal);
    const stop = new AbortController();
    const abort = () => stop.abort();
    const timer = setTimeout(abort, this.#timeout);
    signal?.addEventListener('abort', abort);
    this.#closing.signal.addEventListener('abort', abort);
    try {
      const response = await this.#fetch(`${this.#url}/${path}`, {
        method: 'POST',
        headers: await this.#requestHeaders(),
        body: JSON.stringify(body),
        signal: stop.signal,
      });
      return await answerOf(response);
    } catch (thrown) {
      if (thrown instanceof UpstreamError) throw thrown;
      if (signal?.aborted) throw aborted(signal);
      const why = stop.signal.aborted ? `no answer within ${this.#timeout} ms` : /** @type {any} */ (thrown)?.message;
      throw new UpstreamError(UNREACHABLE, `the gateway is out of reach: ${why}`, { cause: thrown });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#closing.signal.removeEventListener('abort', abort);
    }
  }

  /**
   * As #post, for what may arrive twice. A connection that was kept from an earlier request can be gone although the gateway is there,
   * which shows with the next request only: so it is sent once more, at once.
   * @param {string} path
   * @param {unknown} body
   * @param {AbortSignal} [signal]
   */
  async #postSafely(path, body, signal) {
    try {
      return await this.#post(path, body, signal);
    } catch (/** @type {any} */ error) {
      // What fetch throws when the network fails; no time-out, and nothing that the gateway said.
      if (!(error.cause instanceof TypeError)) throw error;
      return this.#post(path, body, signal);
    }
  }

  async #requestHeaders() {
    const token = await this.#currentToken();
    return {
      ...this.#headers,
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
  }

  async #currentToken() {
    return typeof this.#token === 'function' ? this.#token() : this.#token;
  }

  #checkOpen() {
    if (this.#closing.signal.aborted) throw new UpstreamError(UNREACHABLE, 'the client is closed');
  }
}

/**
 * @param {string} url absolute, or relative to the page
 */
function absolute(url) {
  const base = globalThis.location?.href;
  try {
    const { origin, pathname } = new URL(url, base);
    return (origin + pathname).replace(/\/+$/, '');
  } catch (cause) {
    throw new UpstreamError('22023', `EdgeClient: "${url}" is not the URL of a gateway`, {
      hint: base ? undefined : 'A relative URL needs a page to be relative to.', cause,
    });
  }
}

/** What answers has nothing there. */
class NoSuchAddress extends UpstreamError {}

/** @param {Response} response */
async function answerOf(response) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw notAGateway(response.status);
  }
  if (response.ok) return body;
  if (response.status === 404 && body?.error) throw new NoSuchAddress(body.error.code, body.error.message);
  throw body?.error ? UpstreamError.fromJSON(body.error) : notAGateway(response.status);
}

/**
 * Something between here and the gateway has answered.
 * @param {number} status
 */
function notAGateway(status) {
  if (status === 401 || status === 403) return new UpstreamError('28000', `not authorised (HTTP ${status})`);
  const passing = status >= 500 || status === 408 || status === 429;
  return new UpstreamError(passing ? UNREACHABLE : 'XX000', `the gateway did not answer (HTTP ${status})`);
}
