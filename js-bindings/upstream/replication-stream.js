/**
 * The stream of a logical replication slot that is connected again whenever it breaks, and who waits for it to come to a place.
 */
import { UNREACHABLE, UpstreamError } from './errors.js';
import { SlotConnection } from './slot-connection.js';
import { StreamPosition } from './stream-position.js';

const RETRY_LEAST = 100;
const RETRY_MOST = 10_000;
/** The server is told at least so often that somebody is there, and asked whether it is. */
const REPORT_INTERVAL = 10_000;
/** Who has not heard the other for so long gives up: the server by itself, and this side too. */
const SILENCE_MOST = 60_000;

/**
 * @typedef {object} StreamReader
 * @property {() => Promise<void>} prepare sees to it that there are a slot and a publication; before each connection
 * @property {(message: any) => void | Promise<void>} received one message of pgoutput; the next waits for it
 * @property {() => Promise<void>} flush makes the server write out its log
 */

/** One slot's stream. */
export class ReplicationStream {
  #options;
  #reader;
  /** @type {SlotConnection | null} */
  #connection = null;
  /** @type {Promise<void> | null} */
  #running = null;
  #closed = false;
  /** Ends a pause. */
  #interrupt = () => {};
  /** @type {UpstreamError | null} why it is not connected */
  #failure = null;
  #position = new StreamPosition();
  #confirmed = 0n;
  #reportTimer;

  /**
   * @param {{ connection: object, slot: string, publication: string }} options `connection`: as `new Client` of `pg`
   *   takes it
   * @param {StreamReader} reader
   */
  constructor(options, reader) {
    this.#options = options;
    this.#reader = reader;
    this.#reportTimer = setInterval(() => this.#report(), REPORT_INTERVAL);
    /** @type {any} */ (this.#reportTimer).unref?.();
  }

  /** Up to where everything has been received. */
  get position() {
    return this.#position.value;
  }

  /**
   * Begins, once. Resolves when it is connected for the first time.
   * @throws {UpstreamError} why it cannot be
   */
  async start() {
    await this.#connect();
    this.#running = this.#keepConnected();
  }

  /**
   * Resolves when everything up to `lsn` has been received.
   * @param {bigint} lsn
   * @throws {UpstreamError} 08006 it takes too long: the stream is broken, and why, or far behind
   */
  reach(lsn) {
    return this.#position.reach(lsn, {
      ask: () => this.#connection?.report(this.#confirmed, true),
      flush: () => this.#reader.flush(),
      ended: () => this.#closed,
      failure: () => this.#failure,
    });
  }

  /**
   * What was received up to `lsn` is stored and need not be sent again.
   * @param {bigint} lsn
   */
  confirm(lsn) {
    if (lsn <= this.#confirmed) return;
    this.#confirmed = lsn;
    this.#connection?.report(lsn, false);
  }

  /** Leaves the slot as it is. */
  async close() {
    this.#closed = true;
    clearInterval(this.#reportTimer);
    this.#interrupt();
    await this.#connection?.close();
    await this.#running;
  }

  #report() {
    if (this.#connection === null) return;
    if (performance.now() - this.#connection.heardAt > SILENCE_MOST) this.#connection.abandon();
    else this.#connection.report(this.#confirmed, true);
  }

  async #connect() {
    await this.#reader.prepare();
    const connection = new SlotConnection({
      received: (message) => this.#reader.received(message),
      advanced: (lsn) => this.#position.advance(lsn),
    });
    const { connection: server, slot, publication } = this.#options;
    await connection.open(server, slot, publication);
    this.#connection = connection;
    this.#failure = null;
    if (this.#closed) await connection.close();
  }

  async #keepConnected() {
    let delay = RETRY_LEAST;
    while (!this.#closed) {
      const began = this.#position.value;
      const failure = await this.#live().catch((error) => UpstreamError.from(error, UNREACHABLE));
      if (this.#closed) return;
      this.#failure = failure;
      if (this.#position.value > began) delay = RETRY_LEAST;
      await this.#pause(delay * (1 + Math.random()));
      delay = Math.min(delay * 2, RETRY_MOST);
    }
  }

  /** Resolves with why the connection has ended; connects before, unless it stands. */
  async #live() {
    if (this.#connection === null) await this.#connect();
    const connection = /** @type {SlotConnection} */ (this.#connection);
    const failure = await connection.ended;
    this.#connection = null;
    await connection.close();
    return failure;
  }

  /** @param {number} milliseconds */
  #pause(milliseconds) {
    return new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      /** @type {any} */ (timer).unref?.();
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#closed) this.#interrupt();
    });
  }
}
