/**
 * Which rows of a PostgreSQL have changed, as its write-ahead log tells: by logical replication (pgoutput), without triggers.
 *
 * Commits come in the order of the log, each with the keys that it changed. They stay in memory until they have been noted in
 * tidemark_origin.changes; then the slot is confirmed, so that the origin may recycle its log and a gateway that is
 * started anew, or a device that comes back after days, finds everything in the table.
 *
 * Whoever reads in a snapshot first waits until the stream has come to the place where the log ended after the snapshot was
 * taken. So what the snapshot sees has been received, and what was received and it does not see is left for the next one: the
 * stream may tell of a commit before others can see it.
 */
import { ChangeLog } from './change-log.js';
import { lsnFromText } from './lsn.js';
import { noteCommits, readNotedChanges } from './noted-changes.js';
import { makeSurvey } from './postgres-survey.js';
import {
  LOG_END, findPublished, flushLog, listPublished, preparePublication, prepareSlot, publish, readSlotLag,
} from './published.js';
import { ReplicationStream } from './replication-stream.js';
import { TransactionReader } from './transaction-reader.js';

const NOTE_INTERVAL = 1_000;
/** Changes that are not noted yet, after which they are at once. */
const NOTE_SOON = 5_000;

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./change-source.js').ChangeSource} ChangeSource
 */

/** @implements {ChangeSource} */
export class ReplicationSource {
  #session;
  #options;
  /** @type {Promise<void> | null} */
  #started = null;
  #stream;
  #reader;
  /** @type {ChangeLog} */
  #log = new ChangeLog(0n);
  #wake = () => {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #noteTimer;
  /** @type {Promise<void> | null} */
  #noting = null;

  /**
   * @param {import('./types.js').OriginSession} session
   * @param {{ connection: object, slot: string, publication: string, replicaIdentity?: 'full' | 'keep', maximumKeys: number }} options `connection`: as
   *   `new Client` of `pg` takes it
   */
  constructor(session, options) {
    this.#session = session;
    this.#options = options;
    this.#reader = new TransactionReader(session, options.maximumKeys);
    this.#stream = new ReplicationStream(options, {
      prepare: () => this.#prepare(),
      received: async (message) => {
        const commit = await this.#reader.read(message);
        if (commit) this.#committed(commit);
      },
      flush: () => flushLog(session),
    });
  }

  /** @param {{ wake(): void }} events */
  start({ wake }) {
    this.#wake = wake;
    this.#started ??= this.#start().catch((error) => {
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  async #start() {
    await this.#stream.start();
    this.#noteTimer = setInterval(() => this.#note(), NOTE_INTERVAL);
    /** @type {any} */ (this.#noteTimer).unref?.();
  }

  /**
   * @param {OriginTransaction} tx
   * @param {import('./change-source.js').Surveyed} surveyed
   */
  async survey(tx, surveyed) {
    const { slot, publication } = this.#options;
    const survey = await makeSurvey(tx, surveyed, { captures: findPublished(slot, publication), end: LOG_END });
    const { position } = survey;
    return {
      ...survey,
      position: {
        ...position,
        behind: this.#log.exceeds(position.snapshot),
        logEnd: lsnFromText(/** @type {string} */ (survey.end)),
      },
    };
  }

  /** @param {import('./capture.js').CaptureRequest} capture */
  async install(capture) {
    await this.#session.transaction(async (tx) => {
      // Known before it is committed: the stream may tell of it first.
      this.#reader.watch(await publish(tx, this.#options, capture));
    });
  }

  hold() {
    return this.#log.hold();
  }

  /**
   * @param {OriginTransaction} tx
   * @param {import('./change-source.js').Unseen} unseen
   */
  async changes(tx, unseen) {
    await this.#stream.reach(/** @type {bigint} */ (unseen.position.logEnd));
    const known = unseen.snapshots.every((each) => this.#log.covers(each));
    const noted = known ? [] : await readNotedChanges(tx, unseen);
    return [...noted, ...this.#log.changes(unseen.captures)];
  }

  slotLag() {
    return this.#session.transaction((tx) => readSlotLag(tx, this.#options.slot));
  }

  async close() {
    clearInterval(this.#noteTimer);
    await this.#note();
    await this.#stream.close();
  }

  /** Before each connection. */
  async #prepare() {
    const { slot, publication } = this.#options;
    await this.#session.transaction((tx) => preparePublication(tx, publication));
    await prepareSlot(this.#session, slot);
    await this.#session.transaction(async (tx) => {
      for (const each of await listPublished(tx, slot)) this.#reader.watch(each);
      const { rows: [[next]] } = await tx.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text', []);
      const xmax = BigInt(/** @type {string} */ (next));
      this.#reader.begin(xmax);
      // What has committed before may be behind the place where the stream begins.
      if (this.#stream.position === 0n) this.#log = new ChangeLog(xmax);
    });
    this.#wake(); // a slot that was made anew tells nothing of what came before
  }

  /** @param {import('./change-log.js').Commit} commit */
  #committed(commit) {
    this.#log.add(commit);
    if (commit.changes.length === 0) return;
    this.#wake();
    if (this.#log.pending > NOTE_SOON) this.#note();
  }

  /** Notes what has come, and confirms it; a failure leaves it for the next time. */
  #note() {
    this.#noting ??= this.#noteAll().catch(() => {}).finally(() => { this.#noting = null; });
    return this.#noting;
  }

  async #noteAll() {
    const position = this.#stream.position;
    const commits = this.#log.peek();
    await noteCommits(this.#session, commits);
    this.#log.noted(commits);
    this.#stream.confirm(position);
  }
}
