/**
 * One connection that reads a logical replication slot, over the package `pg-logical-replication`.
 *
 * The protocol: https://www.postgresql.org/docs/current/protocol-logical-replication.html
 */
import { UNREACHABLE, UpstreamError } from './errors.js';
import { lsnFromText, lsnToText } from './lsn.js';
import { SESSION_SETTINGS } from './values.js';

/** Milliseconds that the server has to end a connection when it is asked to. */
const GOODBYE_TIMEOUT = 3_000;

/** A value stays the text that the server sent. */
const asText = (/** @type {string} */ text) => text;

/**
 * @typedef {object} SlotReader
 * @property {(message: any) => void | Promise<void>} received one message of pgoutput; the next waits for it
 * @property {(lsn: bigint) => void} advanced everything up to there has been received
 */

/** A connection; it is used once. */
export class SlotConnection {
  #reader;
  /** @type {any} a LogicalReplicationService */
  #service = null;
  /** @type {any} its client of `pg` */
  #client = null;
  /** Messages that have come, and those that have been handled. */
  #come = 0;
  #handled = 0;
  /** @type {{ after: number, lsn: bigint } | null} what the server said of its position after so many messages */
  #heartbeat = null;
  /** @type {(error: unknown) => void} */
  #end = () => {};
  #over = false;
  /** When the server was last heard, by `performance.now`: a clock that is set is no silence. */
  heardAt = performance.now();
  /** Resolves with the reason when the connection has ended. @type {Promise<UpstreamError>} */
  ended;

  /** @param {SlotReader} reader */
  constructor(reader) {
    this.#reader = reader;
    this.ended = new Promise((resolve) => {
      this.#end = (error) => {
        this.#over = true;
        resolve(UpstreamError.from(error ?? new Error('the server ended the replication stream'), UNREACHABLE));
      };
    });
  }

  /**
   * Connects and begins where the slot stands, or at a later place. Resolves when the server streams.
   * @param {object} connection how to connect, as `new Client` of `pg` takes it
   * @param {string} slot
   * @param {string} publication
   * @param {bigint} [from] what committed before that is not wanted
   * @throws {UpstreamError} what the server says, such as 55006: another process reads the slot
   */
  async open(connection, slot, publication, from = 0n) {
    const { LogicalReplicationService, PgoutputPlugin } = await loadPackage();
    this.#service = new LogicalReplicationService(withSettings(connection), {
      acknowledge: { auto: false, timeoutSeconds: 0 },
      flowControl: { enabled: true },
    });
    const service = this.#service;
    service.client = async () => {
      const made = await LogicalReplicationService.prototype.client.call(service);
      [this.#client] = made;
      return made;
    };
    const started = new Promise((resolve) => { service.once('start', resolve); });
    service.on('error', this.#end);
    service.on('data', (/** @type {string} */ _, /** @type {any} */ message) => this.#handle(message));
    service.on('heartbeat', (/** @type {string} */ lsn) => this.#hear(lsnFromText(lsn)));
    service.subscribe(this.#plugin(PgoutputPlugin, publication), slot, lsnToText(from)).then(() => this.#end(null), this.#end);
    const failure = await Promise.race([started.then(() => null), this.ended]);
    if (failure === null) return;
    await this.close();
    throw failure;
  }

  /**
   * Tells the server up to where it may forget.
   * @param {bigint} lsn
   * @param {boolean} ask it is to say how far it has come
   */
  report(lsn, ask) {
    // The package reports the byte after the one that it is given.
    this.#service?.acknowledge(lsnToText(lsn > 0n ? lsn - 1n : 0n), ask).catch(this.#end);
  }

  /**
   * Ends it for a reason of this side.
   * @param {unknown} error
   */
  fail(error) {
    this.#end(error);
  }

  /** Gives up a connection on which nothing is heard any more. */
  abandon() {
    this.#client?.connection?.stream?.destroy();
  }

  /** Leaves the slot: who asks for it next finds it free, unless the server is too busy to say goodbye. */
  async close() {
    this.#end(null);
    await this.#sayGoodbye();
    await this.#service?.destroy().catch(() => {});
    // The package listens no more, but the server may have said one thing more before it went.
    this.#client?.on('error', () => {});
  }

  /** The package would tear the connection, and the server keep the slot until it notices. */
  async #sayGoodbye() {
    const connection = this.#client?.connection;
    const stream = connection?.stream;
    if (!stream?.writable) return;
    const gone = new Promise((resolve) => { stream.once('close', resolve); });
    const timer = setTimeout(() => stream.destroy(), GOODBYE_TIMEOUT);
    connection.end();
    stream.resume(); // what it has not taken in yet is in the way of the end
    await gone;
    clearTimeout(timer);
  }

  /**
   * @param {any} PgoutputPlugin
   * @param {string} publication
   */
  #plugin(PgoutputPlugin, publication) {
    const plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [publication] });
    const parse = plugin.parse.bind(plugin);
    plugin.parse = (/** @type {Buffer} */ buffer) => {
      this.heardAt = performance.now();
      this.#come++;
      const message = parse(buffer);
      if (message.tag === 'relation') for (const column of message.columns) column.parser = asText;
      return message;
    };
    // Not the package's: PostgreSQL 13 does not know all of its options.
    plugin.start = (/** @type {any} */ client, /** @type {string} */ slot, /** @type {string} */ lsn) => client.query(
      `START_REPLICATION SLOT "${slot}" LOGICAL ${lsn} (proto_version '1', publication_names '"${publication}"')`);
    return plugin;
  }

  /**
   * What comes behind a message that could not be handled is not handled either: a transaction would lack a part.
   * @param {any} message
   */
  async #handle(message) {
    if (this.#over) return;
    try {
      await this.#reader.received(message);
    } catch (error) {
      this.#end(error);
    }
    if (this.#over) return;
    this.#handled++;
    if (message.tag === 'commit') this.#reader.advanced(lsnFromText(message.commitEndLsn));
    this.#advance();
  }

  /** @param {bigint} lsn */
  #hear(lsn) {
    this.heardAt = performance.now();
    this.#heartbeat = { after: this.#come, lsn };
    this.#advance();
  }

  /** What the server has said of its position holds once the messages before that have been handled. */
  #advance() {
    if (!this.#heartbeat || this.#handled < this.#heartbeat.after) return;
    const { lsn } = this.#heartbeat;
    this.#heartbeat = null;
    this.#reader.advanced(lsn);
  }
}

/** @returns {Promise<any>} */
async function loadPackage() {
  try {
    return await import('pg-logical-replication');
  } catch (cause) {
    throw new UpstreamError('0A000', 'logical replication needs the package pg-logical-replication', {
      cause, hint: 'npm install pg-logical-replication',
    });
  }
}

/**
 * The connection with the settings in which keys are written.
 * @param {any} connection
 */
function withSettings(connection) {
  const settings = SESSION_SETTINGS.map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`);
  return { ...connection, options: [connection.options, ...settings].filter(Boolean).join(' ') };
}
