/**
 * A stream of NATS JetStream, over the package `nats`: messages are kept there for a while, in one order for all who read it. And
 * beside it a question that is heard by whoever answers such questions now.
 */
import { UNREACHABLE, UpstreamError } from './errors.js';
import { readAddress } from './nats-address.js';

const MINUTE = 60_000;
/** A stream that is missing is made with these; one that is there is taken as it is. */
const STREAM = { max_age: 10 * MINUTE, max_bytes: 256 << 20, duplicate_window: 2 * MINUTE };

const REQUEST_TIMEOUT = 2_000;
/** After that a message that is not acknowledged is sent again: what was under way when a connection broke is never answered. */
const ACKNOWLEDGE_TIMEOUT = 1_000;
/** And after that it is given up. */
const PUBLISH_TIMEOUT = 5_000;
const RETRY_INTERVAL = 250;
/** How often a connection is asked whether it stands; after three answers that are missing it is made again. */
const PING_INTERVAL = 5_000;
/** The server says at least so often that there is nothing new. */
const IDLE_HEARTBEAT = 1_000;
/** After that, nobody is there who would say so. */
const SILENCE_MOST = 3 * IDLE_HEARTBEAT;
/** A longer message would hold up others, even where the server takes it. */
const MESSAGE_MOST = 512 << 10;

const NOT_FOUND = '404';
const NO_RESPONDERS = '503';
const STATUS = 100;

/** Errors of the package that do not pass by themselves. */
const FAILURES = new Map([
  ['AUTHORIZATION_VIOLATION', '28000'],
  ['AUTHENTICATION_EXPIRED', '28000'],
  ['AUTHENTICATION_TIMEOUT', '28000'],
  ['PERMISSIONS_VIOLATION', '42501'],
]);

/**
 * @typedef {object} StreamEvents
 * @property {(message: Uint8Array) => Promise<void>} received the next message waits for it; it comes again if this fails
 * @property {(question: string) => void} asked somebody has asked
 */

/** A connection to one stream. */
export class NatsStream {
  #connection;
  #name;
  #domain;
  #events;
  /** @type {any} the package */
  #nats = null;
  /** @type {any} */
  #server = null;
  /** @type {any} the subscription over which it is being read */
  #messages = null;
  /** @type {Promise<void> | null} */
  #reading = null;
  #closed = true;
  /** @type {number | null} since when there is no connection */
  #lostAt = null;
  /** @type {{ stream: string, sequence: number } | null} the last message that was taken, and when its stream was made */
  #last = null;
  /** @type {UpstreamError | null} */
  #failure = null;
  /** Bytes of a message that the stream takes. */
  #longest = MESSAGE_MOST;

  /**
   * @param {unknown} options as `readAddress` reads them
   * @param {string} name of the stream where the options have none
   * @param {StreamEvents} events
   * @throws {UpstreamError} 22023 it is no URL, or no name of a stream
   */
  constructor(options, name, events) {
    const { stream, domain, connection } = readAddress(options, name);
    this.#connection = connection;
    this.#name = stream;
    this.#domain = domain;
    this.#events = events;
  }

  get #subject() {
    return `tidemark.${this.#name}.changes`;
  }

  get #questions() {
    return `tidemark.${this.#name}.ask`;
  }

  /** Milliseconds for which there has been no connection. */
  get lostFor() {
    return this.#lostAt === null ? 0 : performance.now() - this.#lostAt;
  }

  /** Why nothing is being read. */
  get failure() {
    return this.#lostAt === null ? this.#failure : new UpstreamError(UNREACHABLE, 'there is no connection to NATS');
  }

  /** Bytes of the longest message. */
  get limit() {
    return Math.min(this.#server.info?.max_payload ?? MESSAGE_MOST, this.#longest);
  }

  /**
   * Connects, makes the stream where it is missing, and reads it from its last message on. A connection that is lost is made again.
   * @throws {UpstreamError} 08006 there is no server, 28000 it lets nobody in by these credentials, 55000 it has no JetStream, or the
   *   stream is of somebody else, 0A000 the package is missing
   */
  async open() {
    this.#nats = await loadPackage();
    try {
      this.#server = await this.#nats.connect({
        name: 'tidemark', pingInterval: PING_INTERVAL, maxPingOut: 3, timeout: PUBLISH_TIMEOUT, reconnectTimeWait: RETRY_INTERVAL,
        ...this.#connection, reconnect: true, maxReconnectAttempts: -1, ignoreAuthErrorAbort: true,
      });
      this.#closed = false;
      this.#lostAt = null;
      this.#watch(this.#server);
      await this.#prepare();
    } catch (error) {
      await this.close();
      throw failureOf(error);
    }
    this.#server.subscribe(this.#questions, {
      callback: (/** @type {unknown} */ error, /** @type {any} */ message) => {
        if (!error) this.#events.asked(message.string());
      },
    });
    this.#reading = this.#keepReading();
  }

  /**
   * Adds a message. Resolves when the stream has it.
   * @param {string} text
   * @param {string} id sent again, it is kept once
   * @throws {UpstreamError} 08006 it does not have it, or does not say so
   */
  async publish(text, id) {
    const until = performance.now() + PUBLISH_TIMEOUT;
    const message = new TextEncoder().encode(text);
    for (;;) {
      try {
        await this.#server.jetstream({ timeout: ACKNOWLEDGE_TIMEOUT, domain: this.#domain }).publish(this.#subject, message, { msgID: id });
        return;
      } catch (error) {
        if (this.#closed || performance.now() > until) throw failureOf(error);
        await pause(RETRY_INTERVAL);
        if (/** @type {any} */ (error).code === NO_RESPONDERS) await this.#makeAgain().catch(() => {});
      }
    }
  }

  /**
   * Asks. Nobody may hear it.
   * @param {string} question
   */
  ask(question) {
    if (!this.#closed && this.#lostAt === null) this.#server.publish(this.#questions, question);
  }

  async close() {
    this.#closed = true;
    this.#messages?.unsubscribe();
    await this.#server?.close();
    await this.#reading;
  }

  /** @param {any} server */
  async #watch(server) {
    for await (const { type } of server.status()) {
      if (type === 'disconnect') this.#lostAt ??= performance.now();
      if (type === 'reconnect') {
        this.#lostAt = null;
        this.#messages?.unsubscribe(); // the server may have forgotten who reads
      }
    }
  }

  /**
   * Sees to it that there is the stream. Two may do it at once.
   * @returns {Promise<any>} what is known of it
   */
  async #prepare() {
    const { streams } = await this.#manager();
    const info = await streams.info(this.#name).catch((/** @type {any} */ error) => {
      if (error.code === NO_RESPONDERS && !this.#server.info?.jetstream) {
        throw new UpstreamError('55000', 'the NATS server has no JetStream', { hint: 'nats-server -js' });
      }
      if (error.code !== NOT_FOUND) throw error;
      return this.#make(streams);
    });
    const { subjects = [], max_msg_size: longest } = info.config;
    if (longest > 0) this.#longest = Math.min(longest, MESSAGE_MOST);
    if (subjects.some((/** @type {string} */ each) => covers(each, this.#subject))) return info;
    throw new UpstreamError('55000', `the stream "${this.#name}" does not take messages of ${this.#subject}`, {
      hint: `Add the subject, or name another stream: { nats: { servers, stream: '…' } }.`,
    });
  }

  /** @param {any} streams */
  async #make(streams) {
    const { max_age: age, duplicate_window: window, max_bytes } = STREAM;
    const { nanos } = this.#nats;
    try {
      return await streams.add({
        name: this.#name, subjects: [this.#subject], max_bytes, max_age: nanos(age), duplicate_window: nanos(window),
      });
    } catch (error) {
      if (/** @type {any} */ (error).api_error === undefined) throw error;
      throw new UpstreamError('55000', `the stream "${this.#name}" cannot be made: ${/** @type {any} */ (error).message}`, {
        cause: error, hint: `Make it yourself, as you like it, for messages of ${this.#subject}.`,
      });
    }
  }

  /** The stream is gone, and with it who reads it. */
  async #makeAgain() {
    await this.#prepare();
    this.#messages?.unsubscribe();
  }

  #manager() {
    return this.#server.jetstreamManager({ timeout: REQUEST_TIMEOUT, domain: this.#domain, checkAPI: false });
  }

  async #keepReading() {
    while (!this.#closed) {
      await this.#read().catch((error) => { this.#failure = failureOf(error); });
      if (!this.#closed) await pause(RETRY_INTERVAL);
    }
  }

  /** Reads until it is interrupted. */
  async #read() {
    const server = this.#server;
    const inbox = this.#nats.createInbox();
    const messages = server.subscribe(inbox);
    this.#messages = messages;
    let heardAt = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - heardAt > SILENCE_MOST) messages.unsubscribe();
    }, IDLE_HEARTBEAT);
    try {
      const stream = await this.#deliverTo(inbox);
      this.#failure = null;
      for await (const message of messages) {
        heardAt = Infinity;
        await this.#heard(message, stream);
        heardAt = performance.now();
      }
    } finally {
      clearInterval(watch);
      messages.unsubscribe();
    }
  }

  /**
   * Lets the server send what comes after the last message that was taken; where that is not there any more, from the last that is.
   * @param {string} inbox
   * @returns {Promise<string>} when the stream was made
   */
  async #deliverTo(inbox) {
    const { created, state } = await this.#prepare();
    const last = this.#last && this.#last.stream === created ? this.#last.sequence : Infinity;
    const { AckPolicy, DeliverPolicy, nanos } = this.#nats;
    const { consumers } = await this.#manager();
    await consumers.add(this.#name, {
      deliver_subject: inbox,
      filter_subject: this.#subject,
      ack_policy: AckPolicy.None,
      idle_heartbeat: nanos(IDLE_HEARTBEAT),
      flow_control: true,
      mem_storage: true,
      num_replicas: 1,
      ...last <= state.last_seq ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: last + 1 }
        : { deliver_policy: DeliverPolicy.Last },
    });
    return created;
  }

  /**
   * @param {any} message
   * @param {string} stream when it was made
   */
  async #heard(message, stream) {
    if (message.headers?.code === STATUS) { // a heartbeat, or the server asks whether it may send more
      const stalled = message.headers.get('Nats-Consumer-Stalled');
      if (stalled) this.#server.publish(stalled);
      message.respond();
      return;
    }
    await this.#events.received(message.data);
    this.#last = { stream, sequence: sequenceOf(message.reply) };
  }
}

/**
 * Where a message stands in its stream, of which the server tells in the address for its answer:
 * $JS.ACK.stream.consumer.delivered.sequence.…, in newer servers with a domain and an account before the stream.
 * @param {string} reply
 */
function sequenceOf(reply) {
  const words = reply.split('.');
  return Number(words[words.length === 9 ? 5 : 7]);
}

/**
 * Whether a subject with wildcards takes another.
 * @param {string} pattern
 * @param {string} subject
 */
function covers(pattern, subject) {
  const words = subject.split('.');
  const wanted = pattern.split('.');
  const fits = wanted.at(-1) === '>' ? wanted.length <= words.length : wanted.length === words.length;
  return fits && wanted.every((each, at) => each === '*' || each === '>' || each === words[at]);
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

/**
 * @param {any} error of the package
 * @returns {UpstreamError}
 */
function failureOf(error) {
  if (error instanceof UpstreamError) return error;
  return new UpstreamError(FAILURES.get(error?.code) ?? UNREACHABLE, `NATS: ${error?.message ?? error}`, { cause: error });
}

/** @returns {Promise<any>} */
async function loadPackage() {
  try {
    // @ts-ignore it need not be installed
    return await import('nats');
  } catch (cause) {
    throw new UpstreamError('0A000', 'a replication slot is shared by way of the package nats', { cause, hint: 'npm install nats' });
  }
}
