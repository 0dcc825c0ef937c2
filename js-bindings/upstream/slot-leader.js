/**
 * One of the gateways that share a replication slot, trying to be the one that reads it. PostgreSQL lets one at a time: whoever
 * finds it free begins where it was confirmed last.
 */
import { randomId } from '../builtin.js';
import { UNREACHABLE, UpstreamError } from './errors.js';
import { describeSlot, lookAtSlot, prepareSlot } from './published.js';
import { SlotConnection } from './slot-connection.js';
import { SlotPublisher } from './slot-publisher.js';
import { TransactionReader } from './transaction-reader.js';

/** How often the slot is looked at, and what has come noted. */
const LOOK_INTERVAL = 500;
const NOTE_INTERVAL = 1_000;
/** The server gives up a reader that has not been heard for so long, and the next may begin. */
const SENDER_TIMEOUT = 10_000;
/** This side gives up a server that has not. */
const SILENCE_MOST = 20_000;
/** Who has had no connection to the others for so long leaves the slot to one that may have. */
const ALONE_MOST = 3_000;

const TAKEN = '55006';

/**
 * @typedef {object} SlotOptions
 * @property {any} connection as `new Client` of `pg` takes it
 * @property {string} slot
 * @property {string} publication
 * @property {number} maximumKeys
 */

/** Who reads the slot, or waits for it. */
export class SlotLeader {
  #session;
  #options;
  #stream;
  #log;
  #closed = true;
  /** @type {Promise<void> | null} */
  #trying = null;
  /** Ends a pause. */
  #interrupt = () => {};
  /** @type {SlotConnection | null} */
  #connection = null;
  /** @type {SlotPublisher | null} */
  #publisher = null;
  #confirmed = 0n;
  /** @type {UpstreamError | null} why the slot cannot be read, unless another reads it */
  failure = null;

  /**
   * @param {import('./types.js').OriginSession} session
   * @param {SlotOptions} options
   * @param {import('./nats-stream.js').NatsStream} stream
   * @param {{ noted: bigint }} log up to where it is known that nothing has to be read again
   */
  constructor(session, options, stream, log) {
    this.#session = session;
    this.#options = options;
    this.#stream = stream;
    this.#log = log;
  }

  /** Begins to try. */
  start() {
    this.#closed = false;
    this.failure = null;
    this.#trying = this.#keepTrying();
  }

  /**
   * Somebody asks how far the log has been read.
   * @param {bigint} lsn how far it should be
   */
  asked(lsn) {
    this.#publisher?.asked(lsn);
    if (this.#publisher) this.#connection?.report(this.#confirmed, true);
  }

  /** Leaves the slot, and what has come of it published and noted. */
  async close() {
    this.#closed = true;
    await this.#publisher?.end();
    this.#interrupt();
    await this.#connection?.close();
    await this.#trying;
  }

  async #keepTrying() {
    while (!this.#closed) {
      if (this.#stream.lostFor === 0) await this.#try().catch((error) => this.#failed(error));
      if (!this.#closed) await this.#pause(LOOK_INTERVAL * (0.5 + Math.random()));
    }
  }

  /** @param {unknown} thrown */
  #failed(thrown) {
    const error = UpstreamError.from(thrown, UNREACHABLE);
    this.failure = error.code === TAKEN ? null : error;
  }

  /** Reads the slot until that ends, unless another reads it. */
  async #try() {
    const { noted } = this.#log;
    const { read, end } = await this.#session.transaction((tx) => lookAtSlot(tx, this.#options.slot));
    if (read) {
      this.failure = null;
      return;
    }
    await prepareSlot(this.#session, this.#options.slot);
    await this.#lead(noted <= end ? noted : 0n); // the origin may have been set back
  }

  /** @param {bigint} noted a server that was killed does not know all that was confirmed */
  async #lead(noted) {
    const reader = new TransactionReader(this.#session, this.#options.maximumKeys, this.#options.slot);
    /** @type {(publisher: SlotPublisher) => void} */
    let begin = () => {};
    /** @type {Promise<SlotPublisher>} */
    const begun = new Promise((resolve) => { begin = resolve; });
    const connection = new SlotConnection({
      received: async (message) => {
        const publisher = await begun;
        const commit = await reader.read(message);
        if (commit) await publisher.add(commit);
      },
      advanced: (lsn) => { begun.then((publisher) => publisher.advance(lsn)); },
    });
    const { slot, publication } = this.#options;
    await connection.open(withTimeout(this.#options.connection), slot, publication, noted);
    this.#connection = connection;
    let timer;
    try {
      this.#publisher = await this.#begin(connection, reader, noted);
      begin(this.#publisher);
      this.failure = null;
      timer = setInterval(() => this.#look(connection), NOTE_INTERVAL);
      if (!this.#closed) this.#failed(await connection.ended);
    } finally {
      clearInterval(timer);
      this.#publisher?.abandon();
      this.#publisher = null;
      this.#connection = null;
      await connection.close();
    }
  }

  /**
   * From when the slot is read nobody else moves it: where it stands is where this reading begins, and what was watched
   * before is known.
   * @param {SlotConnection} connection
   * @param {TransactionReader} reader
   * @param {bigint} noted
   */
  async #begin(connection, reader, noted) {
    const { slot } = this.#options;
    const { published, name, next, confirmed } = await this.#session.transaction((tx) => describeSlot(tx, slot));
    for (const each of published) reader.watch(each);
    reader.begin(next);
    this.#confirmed = confirmed > noted ? confirmed : noted;
    return new SlotPublisher({
      session: this.#session,
      stream: this.#stream,
      confirm: (lsn) => {
        this.#confirmed = lsn;
        connection.report(lsn, false);
      },
      failed: (error) => connection.fail(error),
    }, { name, confirmed: this.#confirmed }, await randomId());
  }

  /** @param {SlotConnection} connection */
  #look(connection) {
    if (this.#stream.lostFor > ALONE_MOST) connection.fail(new Error('there is no connection to NATS'));
    if (performance.now() - connection.heardAt > SILENCE_MOST) connection.abandon();
    connection.report(this.#confirmed, true);
    this.#publisher?.note();
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
    });
  }
}

/** @param {any} connection */
function withTimeout(connection) {
  const timeout = `-c wal_sender_timeout=${SENDER_TIMEOUT}`;
  return { ...connection, options: [connection.options, timeout].filter(Boolean).join(' ') };
}
