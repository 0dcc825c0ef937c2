/**
 * One WebSocket of a gateway: its subscriptions, their flow control, and its transactions.
 */
import { UpstreamError } from '../upstream/errors.js';
import {
  CLOSE, PATIENCE, VERSION, decodeValue, encodeValue, mapBatch, mapResult, mapStatement,
} from '../upstream/protocol.js';
import { Outflow } from './outflow.js';
import { RemoteTransaction } from './remote-transaction.js';
import { Wire } from './wire.js';

const TRANSACTIONS = 4;
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * @typedef {import('../upstream/types.js').UpstreamClient} UpstreamClient
 * @typedef {{ upstream: UpstreamClient, name: string, subject?: string, bucket: string, expires?: number }} Entry `name`: equal for
 *   the same person with the same rights; `bucket`: with whom they share a rate; `expires`: when what lets them in ends,
 *   in milliseconds since 1970
 * @typedef {{
 *   limits: Required<import('./types.js').GatewayLimits>,
 *   heartbeat: number,
 *   enter(token?: string): Promise<Entry>,
 *   admit(entry: Entry): void,
 *   quotas: { connections: import('./quota.js').Quota, subscriptions: import('./quota.js').Quota },
 *   ended(): void,
 *   sent(bytes: number, rows: number): void,
 *   log(event: string, subject?: string, error?: UpstreamError): void
 * }} Host
 */

/** One device's connection. */
export class Connection {
  #socket;
  #wire;
  #host;
  #open = true;
  /** @type {Entry | null} null until the device has said hello */
  #entry = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;
  #greeted = false;
  /** Gives this connection back to the quota of its subject. */
  #leave = () => {};
  /** @type {Map<number, Outflow>} */
  #subscriptions = new Map();
  /** @type {Map<number, RemoteTransaction>} */
  #transactions = new Map();
  /** Looks since something was heard. */
  #quiet = 0;
  #looks = 0;
  #beat;

  /**
   * @param {import('./types.js').GatewaySocket} socket
   * @param {Host} host
   */
  constructor(socket, host) {
    this.#socket = socket;
    this.#wire = new Wire(socket, { flooded: () => this.#flooded(), sent: (bytes) => host.sent(bytes, 0) });
    this.#host = host;
    socket.addEventListener('message', (event) => this.#received(event.data));
    socket.addEventListener('close', () => this.#end());
    socket.addEventListener('error', () => this.#end());
    this.#beat = setInterval(() => this.#look(), host.heartbeat / 2);
  }

  get subscriptions() {
    return this.#subscriptions.size;
  }

  /** The gateway is closing. */
  shutDown() {
    this.#end(CLOSE.shutdown, 'the gateway is shutting down');
  }

  #look() {
    this.#looks++;
    this.#quiet++;
    if (!this.#entry && this.#looks > PATIENCE) {
      this.#end(CLOSE.protocol, 'no hello');
      return;
    }
    if (this.#quiet < PATIENCE) {
      if (this.#looks % 2 === 0) this.#send({ type: 'ping' });
      return;
    }
    this.#drop(CLOSE.silent, 'nothing heard');
  }

  /** The device asks and does not read the answers. */
  #flooded() {
    this.#log('flooded', new UpstreamError('53400', 'the device does not read what it is answered'));
    this.#drop(CLOSE.overload, 'read the answers');
  }

  /** @param {unknown} data */
  #received(data) {
    this.#quiet = 0;
    const { bytes } = this.#host.limits;
    if (/** @type {any} */ (data)?.length > bytes) {
      this.#log('refused', new UpstreamError('54000', `the message is longer than ${bytes} bytes`));
      this.#end(CLOSE.tooLong, `a message has at most ${bytes} bytes`);
      return;
    }
    try {
      const message = JSON.parse(/** @type {string} */ (data));
      if (message.type === 'hello') this.#hello(message);
      else if (message.type !== 'pong') this.#handle(message);
    } catch (error) {
      this.#log('malformed', UpstreamError.from(error));
      this.#end(CLOSE.protocol, 'malformed message');
    }
  }

  /** @param {any} message */
  async #hello({ version, token }) {
    if (version !== VERSION || this.#greeted) {
      this.#end(CLOSE.protocol, `this gateway speaks version ${VERSION}`);
      return;
    }
    this.#greeted = true;
    if (!await this.#enter(token)) return;
    try {
      this.#leave = this.#host.quotas.connections.take(this.#entry?.subject);
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      this.#log('refused', error);
      this.#end(CLOSE.overload, error.message);
      return;
    }
    const { heartbeat, limits } = this.#host;
    this.#log('connected');
    this.#send({ type: 'welcome', version: VERSION, heartbeat, bytes: limits.bytes, expiresIn: this.#expiresIn() });
  }

  /**
   * The device has a fresh token: its subscriptions go on if it is for the same person with the same rights.
   * @param {any} message
   */
  async #renew({ token }) {
    const before = this.#entry?.name;
    if (!await this.#enter(token)) return;
    if (this.#entry?.name === before) this.#send({ type: 'renewed', expiresIn: this.#expiresIn() });
    else this.#end(CLOSE.changed, 'the token gives other rights: connect again');
  }

  /**
   * @param {string} [token]
   * @returns {Promise<boolean>} false: refused, and the connection has ended
   */
  async #enter(token) {
    try {
      const entry = await this.#host.enter(token);
      this.#entry = entry;
      this.#watchExpiry();
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      this.#log('refused', error);
      const unauthorised = error.code.startsWith('28') || error.code === '42501';
      this.#end(unauthorised ? CLOSE.unauthorised : CLOSE.shutdown, shortened(error.message));
    }
    return this.#open;
  }

  /** Milliseconds until the device needs a fresh token; undefined when it never does. */
  #expiresIn() {
    const expires = this.#entry?.expires;
    return expires === undefined ? undefined : Math.max(0, expires - Date.now());
  }

  #watchExpiry() {
    clearTimeout(this.#expiry);
    const left = this.#expiresIn();
    if (left === undefined || !this.#open) return;
    this.#expiry = setTimeout(() => {
      if (this.#expiresIn() !== 0) this.#watchExpiry();
      else {
        this.#log('expired');
        this.#end(CLOSE.unauthorised, 'the token has expired');
      }
    }, Math.min(left, LONGEST_TIMER));
  }

  /** @param {any} message */
  #handle(message) {
    const { type, id } = message;
    const upstream = this.#entry?.upstream;
    if (upstream && type === 'token') {
      this.#renew(message);
      return;
    }
    if (!upstream || !Number.isSafeInteger(id)) throw new UpstreamError('08P01', 'out of order');
    switch (type) {
      case 'subscribe': this.#subscribe(upstream, id, mapStatement(message.request, decodeValue)); break;
      case 'ack': this.#subscriptions.get(id)?.acknowledge(); break;
      case 'close': this.#unsubscribe(id); break;
      case 'begin': this.#begin(upstream, id); break;
      case 'query':
        this.#command(id, { ...mapStatement(message, decodeValue), kind: 'query', call: message.call });
        break;
      case 'commit':
      case 'rollback': this.#command(id, { kind: type, call: message.call, sql: '', params: [] }); break;
      default: throw new UpstreamError('08P01', 'unknown message');
    }
  }

  /**
   * @param {UpstreamClient} upstream
   * @param {number} id
   * @param {import('../upstream/types.js').ShapeRequest} request
   */
  async #subscribe(upstream, id, request) {
    const { limits: { subscriptions }, quotas } = this.#host;
    /** @type {Outflow | undefined} */
    let outflow;
    try {
      this.#admit();
      if (this.#subscriptions.has(id)) throw new UpstreamError('08P01', 'this id is in use');
      if (!upstream.subscribe) throw new UpstreamError('0A000', 'this origin cannot be subscribed to');
      if (this.#subscriptions.size >= subscriptions) {
        throw new UpstreamError('54000', `this gateway gives one device ${subscriptions} subscriptions`);
      }
      outflow = new Outflow(quotas.subscriptions.take(this.#entry?.subject));
      this.#subscriptions.set(id, outflow);
      const handle = await upstream.subscribe(request, this.#sink(id, outflow));
      this.#send({ type: 'subscribed', id, partition: handle.partition });
      outflow.start(handle);
    } catch (thrown) {
      if (outflow && this.#subscriptions.get(id) === outflow) this.#unsubscribe(id);
      const error = UpstreamError.from(thrown);
      this.#log('refused', error);
      this.#send({ type: 'failed', id, error: error.toJSON() });
    }
  }

  /**
   * @param {number} id
   * @param {Outflow} outflow
   * @returns {import('../upstream/types.js').ChangeSink}
   */
  #sink(id, outflow) {
    const send = async (/** @type {number} */ rows, /** @type {() => object} */ make) => {
      await outflow.admitted();
      await outflow.unlessStopped(this.#wire.sendInTurn(() => (outflow.stopped ? null : make())));
      if (!outflow.stopped) this.#host.sent(0, rows);
    };
    return {
      snapshot: (part) => send(part.rows.length, () => ({ type: 'snapshot', id, part: mapResult(part, encodeValue) })),
      changes: (batch) => send(batch.upserts.length + batch.deletes.length, () =>
        ({ type: 'changes', id, batch: mapBatch(batch, encodeValue) })),
      lost: (error) => {
        this.#unsubscribe(id);
        this.#log('lost', UpstreamError.from(error));
        this.#send({ type: 'lost', id, error: UpstreamError.from(error).toJSON() });
      },
    };
  }

  /** @param {number} id */
  #unsubscribe(id) {
    const outflow = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    outflow?.stop();
  }

  /**
   * @param {UpstreamClient} upstream
   * @param {number} id
   */
  #begin(upstream, id) {
    const fail = (/** @type {UpstreamError} */ error) =>
      this.#send({ type: 'failed', id, call: 0, error: error.toJSON() });
    const refusal = this.#tooOften();
    if (refusal) fail(refusal);
    else if (!upstream.transaction) fail(new UpstreamError('0A000', 'this origin has no transactions'));
    else if (this.#transactions.size >= TRANSACTIONS || this.#transactions.has(id)) {
      fail(new UpstreamError('54000', `this gateway gives one device ${TRANSACTIONS} open transactions`));
    } else {
      const transaction = new RemoteTransaction(upstream, this.#host.limits.transactionIdle, {
        answer: (call, result) => this.#send({
          type: 'answer', id, call, ...(result ? { result: mapResult(result, encodeValue) } : {}),
        }),
        fail: (call, error) => {
          this.#log('refused', error);
          this.#send({ type: 'failed', id, call, error: error.toJSON() });
        },
        ended: () => this.#transactions.delete(id),
      });
      this.#transactions.set(id, transaction);
    }
  }

  /**
   * @param {number} id
   * @param {import('./remote-transaction.js').Command} command
   */
  #command(id, command) {
    const transaction = this.#transactions.get(id);
    const refusal = !transaction ? new UpstreamError('25P01', 'the transaction has ended')
      : command.kind === 'query' ? this.#tooOften() : null;
    if (refusal) this.#send({ type: 'failed', id, call: command.call, error: refusal.toJSON() });
    else transaction?.take(command);
  }

  /** @throws {UpstreamError} 53400 the device asks too often */
  #admit() {
    this.#host.admit(/** @type {Entry} */ (this.#entry));
  }

  /** @returns {UpstreamError | null} 53400 the device asks too often */
  #tooOften() {
    try {
      this.#admit();
      return null;
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      this.#log('refused', error);
      return error;
    }
  }

  /**
   * @param {string} event
   * @param {UpstreamError} [error]
   */
  #log(event, error) {
    this.#host.log(event, this.#entry?.subject, error);
  }

  /** @param {object} message */
  #send(message) {
    this.#wire.send(message);
  }

  /**
   * Ends it without waiting for the device, which does not hear.
   * @param {number} code
   * @param {string} reason
   */
  #drop(code, reason) {
    this.#end(code, reason);
    /** @type {any} */ (this.#socket).terminate?.();
  }

  /**
   * @param {number} [code]
   * @param {string} [reason]
   */
  #end(code, reason) {
    if (!this.#open) return;
    this.#open = false;
    this.#wire.close();
    clearInterval(this.#beat);
    clearTimeout(this.#expiry);
    for (const outflow of this.#subscriptions.values()) outflow.stop();
    this.#subscriptions.clear();
    for (const transaction of this.#transactions.values()) transaction.abandon();
    this.#leave();
    this.#socket.close(code, reason);
    if (this.#entry) this.#log('disconnected');
    this.#host.ended();
  }
}

/**
 * A close reason has room for 123 bytes.
 * @param {string} text
 */
function shortened(text) {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, 120)).replace(/\uFFFD$/, '');
}
