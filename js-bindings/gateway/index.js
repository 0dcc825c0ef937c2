/**
 * The server half of EdgeClient: an HTTP handler and a WebSocket handler in front of an upstream client.
 * Uses nothing but what browsers, Node and edge runtimes share; node.js glues it to a Node server.
 */
import { applyEach } from '../upstream/apply-all.js';
import { UpstreamError } from '../upstream/errors.js';
import {
  decodeValue, encodeValue, mapApplyAllRequest, mapApplyRequest, mapApplyResult, mapResult, mapStatement,
} from '../upstream/protocol.js';
import { Connection } from './connection.js';
import { guardUpstream } from './guard.js';
import { identityName } from './identity.js';
import { readJson } from './body.js';
import { Figures } from './figures.js';
import { Journal } from './journal.js';
import { METRICS_TYPE } from './metrics.js';
import { Quota } from './quota.js';
import { RateLimit, TooOften } from './rate-limit.js';
import { Roles } from './roles.js';

/** @type {Required<import('./types.js').GatewayLimits>} */
const LIMITS = {
  rows: 1_000_000,
  bytes: 8 << 20,
  resultBytes: 256 << 20,
  statementTimeout: 30_000,
  subscriptions: 100,
  subjectConnections: 100,
  subjectSubscriptions: 1_000,
  transactionIdle: 5_000,
};

const HEARTBEAT = 15_000;

/** Milliseconds that the origin has for a sign of life, and for which that is good. */
const HEALTH = { patience: 5_000, lasts: 1_000 };

export { jsonLines } from './journal.js';

const CALLS = new Set(['query', 'apply', 'applyAll']);

/**
 * Makes a gateway.
 * @param {import('./types.js').GatewayOptions} options
 * @returns {import('./types.js').Gateway}
 */
export function createGateway(options) {
  return new Gateway(options);
}

class Gateway {
  #options;
  #limits;
  #roles;
  #journal;
  #rate;
  #quotas;
  #figures;
  /** @type {Promise<Response> | null} */
  #health = null;
  /** @type {Set<Connection>} */
  #connections = new Set();
  #closed = false;

  /** @param {import('./types.js').GatewayOptions} options */
  constructor(options) {
    if (!options?.upstream && !options?.getUpstream) {
      throw new UpstreamError('22023', 'createGateway takes upstream or getUpstream');
    }
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#journal = new Journal(options.logger);
    this.#roles = options.roles && new Roles(options.roles);
    this.#rate = options.rate && new RateLimit(options.rate);
    this.#quotas = {
      connections: new Quota('connections', this.#limits.subjectConnections),
      subscriptions: new Quota('subscriptions', this.#limits.subjectSubscriptions),
    };
    this.#figures = new Figures({
      connections: () => this.#connections.size,
      subscriptions: () => [...this.#connections].reduce((sum, each) => sum + each.subscriptions, 0),
    }, options.upstream);
  }

  /** Bytes of one message from a device. */
  get maximumMessage() {
    return this.#limits.bytes;
  }

  /**
   * Answers one HTTP request.
   * @param {Request} request
   * @returns {Promise<Response>}
   */
  async fetch(request) {
    const path = new URL(request.url).pathname.replace(/\/+$/, '').split('/').pop();
    const name = this.#journal.nameOf(request);
    let subject;
    try {
      if (path === 'health') return await this.#isHealthy();
      if (path === 'metrics' && await this.#showsMetrics(request)) return await this.#metrics();
      if (!CALLS.has(path ?? '')) return refusal('no such address', 404);
      if (request.method !== 'POST') return refusal('use POST', 405);
      const entry = await this.#enter(request);
      subject = entry.subject;
      const { upstream } = entry;
      this.#rate?.take(entry.bucket);
      const body = await readJson(request, this.#limits.bytes);
      if (path === 'query') return await this.#query(upstream, body);
      const about = { path, request: name, subject };
      if (path === 'apply') return await this.#apply(upstream, body, about);
      return await this.#applyAll(upstream, body, about);
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      this.#note('refused', { path, request: name, subject }, error);
      const status = statusOf(error);
      return json({ error: error.toJSON() }, status, headersOf(error, status));
    }
  }

  /**
   * Whether a page may open a WebSocket: a browser lets any page do so, cookies included.
   * @param {Request} request the request for the upgrade
   * @param {import('./types.js').OriginOptions} [options]
   * @returns {Response | null} the refusal; null: it may
   */
  upgrade(request, { origins = [], requireOrigin = false } = {}) {
    const reason = foreignPage(request, origins, requireOrigin);
    if (reason === null) return null;
    const error = new UpstreamError('42501', reason);
    this.#note('refused', { path: 'changes', request: this.#journal.nameOf(request) }, error);
    return json({ error: error.toJSON() }, 403);
  }

  /**
   * Serves one WebSocket that the embedder has accepted.
   * @param {import('./types.js').GatewaySocket} socket
   * @param {Request} request the request that it was upgraded from
   */
  webSocket(socket, request) {
    const name = this.#journal.nameOf(request);
    const connection = new Connection(socket, {
      limits: this.#limits,
      heartbeat: this.#options.heartbeat ?? HEARTBEAT,
      enter: (token) => this.#enter(withToken(request, token)),
      admit: (entry) => this.#rate?.take(entry.bucket),
      quotas: this.#quotas,
      ended: () => this.#connections.delete(connection),
      sent: (bytes, rows) => this.#figures.sent(bytes, rows),
      log: (event, subject, error) => this.#note(event, { request: name, subject }, error),
    });
    this.#connections.add(connection);
    if (this.#closed) connection.shutDown();
  }

  /** Closes all WebSockets; new requests are answered with 08006. The upstream client stays open. */
  async close() {
    this.#closed = true;
    for (const connection of this.#connections) connection.shutDown();
  }

  /**
   * Who asks, and the upstream client for them.
   * @param {Request} request
   * @returns {Promise<import('./connection.js').Entry>}
   */
  async #enter(request) {
    if (this.#closed) throw new UpstreamError('08006', 'the gateway is shutting down');
    const { authenticate, authorize, getUpstream, upstream, relations, rate } = this.#options;
    const { identity, context } = await admitted(async () => {
      const identity = await authenticate?.(request) ?? {};
      return { identity, context: authorize ? await authorize(request, identity) : identity };
    });
    const client = getUpstream ? await getUpstream(context) : upstream;
    const guarded = guardUpstream(/** @type {import('../upstream/types.js').UpstreamClient} */ (client), {
      relations,
      rows: this.#limits.rows,
      resultBytes: this.#limits.resultBytes,
      statementTimeout: this.#limits.statementTimeout,
      user: this.#roles?.userOf(identity),
      owner: authenticate ? identity.subject ?? '' : undefined,
    });
    const { subject, expires } = identity;
    const bucket = rate?.by?.(request, identity) ?? subject ?? '';
    return { upstream: guarded, name: identityName(identity), subject, bucket, expires };
  }

  /**
   * @param {string} event
   * @param {Omit<import('./types.js').GatewayEvent, 'event' | 'error'>} about
   * @param {UpstreamError} [error]
   */
  #note(event, about, error) {
    if (error) this.#figures.refused(event, error.code);
    this.#journal.note(event, about, error);
  }

  /** However many ask, the origin is asked once in a while. */
  async #isHealthy() {
    if (this.#closed) return json({ status: 'closing' }, 503);
    if (!this.#health) {
      this.#health = this.#askOrigin();
      this.#health.finally(() => setTimeout(() => { this.#health = null; }, HEALTH.lasts).unref?.());
    }
    return (await this.#health).clone();
  }

  async #askOrigin() {
    const { upstream } = this.#options;
    const dialect = upstream?.dialect;
    try {
      await upstream?.query('SELECT 1', [], { signal: AbortSignal.timeout(HEALTH.patience) });
      return json({ status: 'ok', dialect });
    } catch (thrown) {
      return json({ status: 'unreachable', dialect, code: UpstreamError.from(thrown).code }, 503);
    }
  }

  /** @param {Request} request */
  async #showsMetrics(request) {
    const { metrics = false } = this.#options;
    return typeof metrics === 'function' ? metrics(request) : metrics;
  }

  async #metrics() {
    return new Response(await this.#figures.text(), { headers: { 'content-type': METRICS_TYPE, 'cache-control': 'no-store' } });
  }

  /**
   * @param {import('../upstream/types.js').UpstreamClient} upstream
   * @param {any} body
   */
  async #query(upstream, body) {
    const { sql, params } = decoded(() => mapStatement(body, decodeValue));
    const signal = AbortSignal.timeout(this.#limits.statementTimeout);
    const result = await this.#figures.timed('query', () => upstream.query(sql, params, { signal }));
    return this.#answer(mapResult(result, encodeValue), result.rows.length);
  }

  /**
   * @param {import('../upstream/types.js').UpstreamClient} upstream
   * @param {any} body
   * @param {{ path?: string, request: string, subject?: string }} about for the log
   */
  async #apply(upstream, body, about) {
    const request = decoded(() => mapApplyRequest(body, decodeValue));
    const { apply } = upstream;
    if (!apply) throw noQueuedWrites();
    const result = await this.#figures.timed('apply', () => apply(request));
    return this.#answer(mapApplyResult(result, encodeValue), this.#applied(result, about));
  }

  /**
   * @param {import('../upstream/types.js').UpstreamClient} upstream
   * @param {any} body
   * @param {{ path?: string, request: string, subject?: string }} about for the log
   */
  async #applyAll({ apply, applyAll }, body, about) {
    const request = decoded(() => mapApplyAllRequest(body, decodeValue));
    if (!apply) throw noQueuedWrites();
    const results = await this.#figures.timed('apply', () => (applyAll ? applyAll(request) : applyEach(request, apply)));
    const rows = results.reduce((count, result) => count + this.#applied(result, about), 0);
    return this.#answer(results.map((result) => mapApplyResult(result, encodeValue)), rows);
  }

  /**
   * Notes what has become of a queued transaction.
   * @param {import('../upstream/types.js').ApplyResult} result
   * @param {{ path?: string, request: string, subject?: string }} about
   * @returns {number} the rows that are sent back
   */
  #applied(result, about) {
    this.#figures.applied(result.state);
    // What the database says of a write may quote a row.
    if (result.state === 'refused') this.#note('refused', about, new UpstreamError(result.error.code, 'a queued write'));
    return result.state === 'applied' ? result.rows.length : 0;
  }

  /**
   * @param {unknown} body
   * @param {number} rows in it
   */
  #answer(body, rows) {
    const text = JSON.stringify(body);
    this.#figures.sent(text.length, rows);
    return jsonText(text);
  }
}

function noQueuedWrites() {
  return new UpstreamError('0A000', 'this origin takes no queued writes');
}

/**
 * What `decide` resolves to. Whatever it throws refuses.
 * @template T
 * @param {() => Promise<T>} decide
 * @returns {Promise<T>}
 */
async function admitted(decide) {
  try {
    return await decide();
  } catch (cause) {
    if (cause instanceof UpstreamError) throw cause;
    throw new UpstreamError('28000', `not authorised: ${/** @type {any} */ (cause)?.message ?? cause}`, { cause });
  }
}

/**
 * @template T
 * @param {() => T} decode
 * @returns {T}
 */
function decoded(decode) {
  try {
    return decode();
  } catch (cause) {
    throw new UpstreamError('08P01', 'malformed request', { cause });
  }
}

/**
 * The upgrade request with the token that a WebSocket could not carry.
 * @param {Request} request
 * @param {string | undefined} token
 */
function withToken(request, token) {
  if (!token) return request;
  if (!/^[!-~]+$/.test(token)) throw new UpstreamError('28000', 'the token is malformed');
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  return new Request(request.url, { headers });
}

/**
 * @param {unknown} body
 * @param {number} [status]
 * @param {Record<string, string>} [headers]
 */
function json(body, status = 200, headers = {}) {
  return jsonText(JSON.stringify(body), status, headers);
}

/**
 * @param {string} text
 * @param {number} [status]
 * @param {Record<string, string>} [headers]
 */
function jsonText(text, status = 200, headers = {}) {
  const body = new TextEncoder().encode(text);
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length), 'cache-control': 'no-store', ...headers },
  });
}

/**
 * @param {string} message
 * @param {number} status
 */
function refusal(message, status) {
  return json({ error: { code: '0A000', message } }, status);
}

/**
 * Why the page that asks for a WebSocket may not have one, or null.
 * @param {Request} request
 * @param {string[]} origins
 * @param {boolean} required
 */
function foreignPage(request, origins, required) {
  const origin = request.headers.get('origin');
  if (origin === null) return required ? 'a WebSocket without the header Origin is not accepted here' : null;
  if (origins.includes(origin) || origins.includes('*')) return null;
  const own = URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
  return own ? null : 'pages of this origin may not open a WebSocket here';
}

/**
 * @param {UpstreamError} error
 * @param {number} status
 * @returns {Record<string, string>}
 */
function headersOf(error, status) {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  return error instanceof TooOften ? { 'retry-after': String(error.retryAfter) } : {};
}

/** @param {UpstreamError} error */
function statusOf({ code, transient }) {
  if (code.startsWith('28')) return 401;
  if (code === '42501') return 403;
  if (code === '54000') return 413;
  if (code === '53400') return 429;
  if (code === '57014') return 504;
  return transient ? 503 : 400;
}
