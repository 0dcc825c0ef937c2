/**
 * The WebSocket of an EdgeClient: one connection that carries all subscriptions and transactions. It lives
 * once; after its loss the client makes another.
 */
import { UNREACHABLE, UpstreamError, aborted } from './errors.js';
import {
  CLOSE, PATIENCE, VERSION, decodeValue, encodeValue, mapBatch, mapResult, mapStatement,
} from './protocol.js';

/**
 * @typedef {import('./types.js').ChangeSink} ChangeSink
 * @typedef {{ resolve(value: any): void, reject(error: Error): void, timer: ReturnType<typeof setTimeout> }} Waiting
 * @typedef {{ sink: ChangeSink, delivered: Promise<void>, ended: boolean }} Following
 */

/** A fresh token is sent this long before the old one ends, or after half of its time. */
const RENEWAL = 60_000;
const RENEWALS_APART = 500;
const LONGEST_TIMER = 2 ** 31 - 1;

/** One connection to a gateway. */
export class EdgeSocket {
  /** False once the connection is lost, or cannot be made. */
  alive = true;
  #socket;
  #options;
  /** @type {Promise<void>} settled when the gateway has said welcome */
  #welcomed;
  /** @type {{ resolve(): void, reject(error: Error): void }} */
  #welcome = { resolve() {}, reject() {} };
  /** Bytes of a message that the gateway takes. */
  #maximum = Infinity;
  #nextId = 1;
  /** @type {Map<string, Waiting>} answers that are due, by id and call */
  #waiting = new Map();
  /** @type {Map<number, Following>} */
  #following = new Map();
  /** @type {Set<number>} */
  #transactions = new Set();
  /** Looks since something was heard. */
  #quiet = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #renewal;

  /**
   * @param {{ url: string, WebSocket: any, token: () => Promise<string | undefined>, timeout: number }} options
   */
  constructor(options) {
    this.#options = options;
    if (typeof options.WebSocket !== 'function') {
      throw new UpstreamError('22023', 'EdgeClient needs a WebSocket class', {
        hint: 'Where there is none built in, pass one, such as that of the package ws: { url, WebSocket }.',
      });
    }
    this.#welcomed = new Promise((resolve, reject) => { this.#welcome = { resolve, reject }; });
    this.#welcomed.catch(() => {});
    this.#socket = new options.WebSocket(options.url);
    this.#socket.addEventListener('open', () => this.#hello());
    this.#socket.addEventListener('message', (/** @type {any} */ event) => this.#received(event.data));
    this.#socket.addEventListener('error', (/** @type {any} */ event) => this.#lost(event?.message));
    this.#socket.addEventListener('close', (/** @type {any} */ event) => this.#closed(event));
    this.#watchFor(options.timeout / PATIENCE);
  }

  /**
   * @param {import('./types.js').ShapeRequest} request
   * @param {ChangeSink} sink
   * @param {AbortSignal} [signal]
   */
  async subscribe(request, sink, signal) {
    await this.#welcomed;
    const id = this.#nextId++;
    this.#following.set(id, { sink, delivered: Promise.resolve(), ended: false });
    const close = () => this.#unsubscribe(id);
    try {
      if (signal?.aborted) throw aborted(signal);
      signal?.addEventListener('abort', close, { once: true });
      const { partition } = await this.#ask(id, 0, { type: 'subscribe', id, request: mapStatement(request, encodeValue) }, signal);
      return { close, partition };
    } catch (error) {
      this.#unsubscribe(id);
      throw error;
    }
  }

  /** Begins a transaction. */
  async begin() {
    await this.#welcomed;
    const id = this.#nextId++;
    this.#transactions.add(id);
    let call = 0;
    const end = (/** @type {string} */ type) => {
      this.#transactions.delete(id);
      call++;
      return this.#ask(id, call, { type, id, call });
    };
    await this.#ask(id, call, { type: 'begin', id });
    return {
      query: async (/** @type {string} */ sql, /** @type {unknown[]} */ params) => {
        if (!this.#transactions.has(id)) throw new UpstreamError('25P01', 'the transaction has ended');
        const statement = mapStatement({ sql, params }, encodeValue);
        call++;
        const { result } = await this.#ask(id, call, { type: 'query', id, call, ...statement });
        return mapResult(result, decodeValue);
      },
      commit: () => end('commit'),
      rollback: () => end('rollback'),
    };
  }

  /** Ends everything silently. */
  close() {
    for (const following of this.#following.values()) following.ended = true;
    this.#following.clear();
    this.#lost('the client is closed');
  }

  async #hello() {
    try {
      this.#send({ type: 'hello', version: VERSION, token: await this.#options.token() });
    } catch (error) {
      this.#lost(`no token: ${/** @type {any} */ (error)?.message}`);
    }
  }

  /**
   * Sends a fresh token before the one in use ends.
   * @param {number | undefined} expiresIn milliseconds; undefined: it does not end
   */
  #renewWithin(expiresIn) {
    clearTimeout(this.#renewal);
    if (typeof expiresIn !== 'number' || !this.alive) return;
    const delay = Math.max(RENEWALS_APART, expiresIn - Math.min(RENEWAL, expiresIn / 2));
    this.#renewal = setTimeout(async () => {
      try {
        this.#send({ type: 'token', token: await this.#options.token() });
      } catch {
        this.#renewWithin(expiresIn - delay); // whoever gives tokens may be back in time
      }
    }, Math.min(delay, LONGEST_TIMER));
  }

  /** @param {unknown} data */
  #received(data) {
    this.#quiet = 0;
    let message;
    try {
      message = JSON.parse(/** @type {string} */ (data));
    } catch {
      this.#lost('the gateway sent no JSON');
      return;
    }
    switch (message.type) {
      case 'ping': this.#send({ type: 'pong' }); break;
      case 'welcome':
        this.#watchFor(message.heartbeat / 2);
        this.#maximum = message.bytes ?? Infinity;
        this.#renewWithin(message.expiresIn);
        this.#welcome.resolve();
        break;
      case 'renewed': this.#renewWithin(message.expiresIn); break;
      case 'subscribed':
        this.#putOff(message.id);
        this.#settle(message, (waiting) => waiting.resolve(message));
        break;
      case 'answer': this.#settle(message, (waiting) => waiting.resolve(message)); break;
      case 'failed':
        this.#settle(message, (waiting) => waiting.reject(UpstreamError.fromJSON(message.error)));
        break;
      case 'snapshot':
        this.#deliver(message.id, (sink) => sink.snapshot(mapResult(message.part, decodeValue)));
        break;
      case 'changes':
        this.#deliver(message.id, (sink) => sink.changes(mapBatch(message.batch, decodeValue)));
        break;
      case 'lost': this.#endFollowing(message.id, UpstreamError.fromJSON(message.error)); break;
      default: // a newer gateway may say more
    }
  }

  /**
   * Sends a request and waits for its answer.
   * @param {number} id
   * @param {number} call
   * @param {object} message
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  #ask(id, call, message, signal) {
    return new Promise((resolve, reject) => {
      if (!this.alive) {
        reject(unreachable('the connection was lost'));
        return;
      }
      const text = JSON.stringify(message);
      if (!fits(text, this.#maximum)) {
        reject(new UpstreamError('54000', `the request is longer than ${this.#maximum} bytes`));
        return;
      }
      const name = `${id}.${call}`;
      const { timeout } = this.#options;
      const timer = setTimeout(() => {
        this.#waiting.delete(name);
        reject(unreachable(`no answer within ${timeout} ms`));
      }, timeout);
      this.#waiting.set(name, { resolve, reject, timer });
      signal?.addEventListener('abort', () =>
        this.#settle({ id, call }, (waiting) => waiting.reject(aborted(signal))), { once: true });
      this.#sendText(text);
    });
  }

  /**
   * @param {{ id: number, call?: number }} answer
   * @param {(waiting: Waiting) => void} how
   */
  #settle({ id, call = 0 }, how) {
    const name = `${id}.${call}`;
    const waiting = this.#waiting.get(name);
    if (!waiting) return;
    this.#waiting.delete(name);
    clearTimeout(waiting.timer);
    how(waiting);
  }

  /**
   * What comes along with the answer waits until whoever subscribes has had its turn with that.
   * @param {number} id
   */
  #putOff(id) {
    const following = this.#following.get(id);
    if (following) following.delivered = new Promise((resolve) => { setTimeout(resolve, 0); });
  }

  /**
   * Gives a message to a sink after those before it, and acknowledges it when the sink is done.
   * @param {number} id
   * @param {(sink: ChangeSink) => void | Promise<void>} give
   */
  #deliver(id, give) {
    const following = this.#following.get(id);
    if (!following) return;
    following.delivered = following.delivered.then(async () => {
      if (following.ended) return;
      try {
        await give(following.sink);
      } catch (error) {
        this.#unsubscribe(id);
        following.sink.lost(UpstreamError.from(error));
        return;
      }
      this.#send({ type: 'ack', id });
    });
  }

  /**
   * Tells a sink that its subscription has ended, after what had arrived before.
   * @param {number} id
   * @param {UpstreamError} error
   */
  #endFollowing(id, error) {
    const following = this.#following.get(id);
    if (!following) return;
    this.#following.delete(id);
    following.delivered = following.delivered.then(() => {
      if (following.ended) return;
      following.ended = true;
      following.sink.lost(error);
    });
  }

  /** @param {number} id */
  #unsubscribe(id) {
    const following = this.#following.get(id);
    if (!following) return;
    following.ended = true;
    this.#following.delete(id);
    this.#send({ type: 'close', id });
  }

  /** @param {object} message */
  #send(message) {
    this.#sendText(JSON.stringify(message));
  }

  /** @param {string} text */
  #sendText(text) {
    if (this.alive && this.#socket.readyState === 1) this.#socket.send(text);
  }

  /**
   * Takes the connection for dead when nothing is heard between several looks.
   * @param {number} interval milliseconds from look to look
   */
  #watchFor(interval) {
    clearInterval(this.#watch);
    this.#watch = setInterval(() => {
      this.#quiet++;
      if (this.#quiet < PATIENCE) return;
      this.#lost(`nothing heard for ${Math.round(interval * PATIENCE)} ms`);
      this.#socket.terminate?.(); // nobody is there to answer a polite close
    }, interval);
  }

  /** @param {{ code?: number, reason?: string }} event */
  #closed({ code, reason }) {
    if (code === CLOSE.unauthorised) this.#lost(reason || 'not authorised', '28000');
    else if (code === CLOSE.overload) this.#lost(reason, '53400');
    else this.#lost(reason || `the connection was closed (${code})`);
  }

  /**
   * @param {string | undefined} why
   * @param {string} [code]
   */
  #lost(why, code = UNREACHABLE) {
    if (!this.alive) return;
    this.alive = false;
    clearInterval(this.#watch);
    clearTimeout(this.#renewal);
    const error = new UpstreamError(code, `the connection to the gateway was lost: ${why ?? 'no reason given'}`);
    this.#welcome.reject(error);
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
    this.#waiting.clear();
    this.#transactions.clear();
    for (const id of [...this.#following.keys()]) this.#endFollowing(id, error);
    this.#socket.close();
  }
}

/**
 * @param {string} text
 * @param {number} bytes
 */
function fits(text, bytes) {
  const LONGEST_CHARACTER = 3; // of a UTF-16 unit in UTF-8
  return text.length * LONGEST_CHARACTER <= bytes || new TextEncoder().encode(text).length <= bytes;
}

/** @param {string} why */
function unreachable(why) {
  return new UpstreamError(UNREACHABLE, `the gateway is out of reach: ${why}`);
}
