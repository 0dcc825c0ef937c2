/**
 * Which rows of a PostgreSQL have changed, as its write-ahead log tells several gateways by one replication slot.
 *
 * One of them at a time reads the slot and publishes, in a stream of NATS JetStream, which keys have changed and how far it has come;
 * all of them, itself too, read the stream. What it has published it notes in tidemark_origin.changes, and then confirms to
 * the slot. So each transaction is in the slot, the stream or the table until everybody has it, whatever is killed or lost.
 *
 * Whoever reads in a snapshot waits as in `replication-source.js`, until it has heard that the log has been read up to where it
 * ended after the snapshot was taken.
 */
import { decodeChanges } from './change-message.js';
import { ChangeLog } from './change-log.js';
import { UNREACHABLE, UpstreamError } from './errors.js';
import { isLsn, lsnFromText, lsnToText } from './lsn.js';
import { NatsStream } from './nats-stream.js';
import { readNotedChanges } from './noted-changes.js';
import { makeSurvey } from './postgres-survey.js';
import {
  LOG_END, describeSlot, findPublished, flushLog, preparePublication, publish, publishPublished, readSlotLag,
} from './published.js';
import { SharedLog } from './shared-log.js';
import { SlotLeader } from './slot-leader.js';

/** Who began before the log began anew may have missed something, and begins again. */
const BEGIN_AGAIN = '40001';
/** Milliseconds after which a question that may have been lost is asked again. */
const ASK_INTERVAL = 100;

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./change-source.js').ChangeSource} ChangeSource
 */

/** @implements {ChangeSource} */
export class SharedReplicationSource {
  #session;
  #options;
  #memory = new ChangeLog(0n);
  #log;
  #stream;
  #leader;
  /** @type {Promise<void> | null} */
  #started = null;
  #closed = false;
  #wake = () => {};

  /**
   * @param {import('./types.js').OriginSession} session
   * @param {import('./slot-leader.js').SlotOptions} options
   * @param {string | object} nats how to reach the stream
   */
  constructor(session, options, nats) {
    this.#session = session;
    this.#options = options;
    this.#log = new SharedLog(this.#memory, {
      describe: () => session.transaction((tx) => describeSlot(tx, options.slot)),
      changed: () => this.#wake(),
    });
    this.#stream = new NatsStream(nats, options.slot, {
      received: async (bytes) => {
        const message = decodeChanges(bytes);
        if (message) await this.#log.take(message);
      },
      asked: (question) => {
        if (isLsn(question)) this.#leader.asked(lsnFromText(question));
      },
    });
    this.#leader = new SlotLeader(session, options, this.#stream, this.#log);
  }

  /** @param {{ wake(): void }} events */
  start({ wake }) {
    this.#wake = wake;
    this.#started ??= this.#start().catch(async (error) => {
      await this.#stop();
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  async #start() {
    await this.#session.transaction(async (tx) => {
      await preparePublication(tx, this.#options.publication);
      await publishPublished(tx, this.#options.publication);
    });
    await this.#stream.open();
    this.#leader.start();
    const hopeless = () => (this.#leader.failure !== null && !this.#leader.failure.transient);
    await this.#reach(1n, hopeless).catch((error) => { // until it may be served
      throw hopeless() ? this.#leader.failure : error;
    });
  }

  /**
   * @param {OriginTransaction} tx
   * @param {import('./change-source.js').Surveyed} surveyed
   */
  async survey(tx, surveyed) {
    const { slot, publication } = this.#options;
    const restarts = this.#log.open ? this.#log.restarts : undefined;
    const read = this.#log.position.value;
    const survey = await makeSurvey(tx, surveyed, { captures: findPublished(slot, publication), end: LOG_END });
    const { position } = survey;
    const logEnd = lsnFromText(/** @type {string} */ (survey.end));
    if (logEnd < read) this.#log.forget(); // the origin was set back
    return {
      ...survey,
      position: { ...position, behind: this.#memory.exceeds(position.snapshot), logEnd, restarts },
    };
  }

  /** @param {import('./capture.js').CaptureRequest} capture */
  async install(capture) {
    await this.#session.transaction((tx) => publish(tx, this.#options, capture));
  }

  hold() {
    return this.#memory.hold();
  }

  /**
   * @param {OriginTransaction} tx
   * @param {import('./change-source.js').Unseen} unseen
   */
  async changes(tx, unseen) {
    const { logEnd, restarts } = unseen.position;
    await this.#reach(/** @type {bigint} */ (logEnd));
    const known = unseen.snapshots.every((each) => this.#memory.covers(each));
    const changes = this.#memory.changes(unseen.captures);
    this.#check(restarts);
    if (known) return changes;
    const noted = await readNotedChanges(tx, unseen);
    return [...noted, ...changes];
  }

  slotLag() {
    return this.#session.transaction((tx) => readSlotLag(tx, this.#options.slot));
  }

  async close() {
    this.#closed = true;
    await this.#stop();
  }

  async #stop() {
    await this.#leader.close();
    await this.#stream.close();
  }

  /** @param {number | undefined} restarts */
  #check(restarts) {
    if (this.#log.open && this.#log.restarts === restarts) return;
    throw new UpstreamError(BEGIN_AGAIN, 'the log of changes was begun anew');
  }

  /**
   * @param {bigint} lsn
   * @param {() => boolean} [hopeless] it cannot be reached
   */
  #reach(lsn, hopeless = () => false) {
    let askedAt = -Infinity;
    return this.#log.position.reach(lsn, {
      ask: () => {
        if (performance.now() - askedAt < ASK_INTERVAL) return;
        askedAt = performance.now();
        this.#stream.ask(lsnToText(lsn));
      },
      flush: () => flushLog(this.#session),
      ended: () => this.#closed || hopeless(),
      failure: () => this.#stream.failure ?? this.#leader.failure
        ?? new UpstreamError(UNREACHABLE, `whoever reads the replication slot ${this.#options.slot} is not heard in the stream`),
    });
  }
}
