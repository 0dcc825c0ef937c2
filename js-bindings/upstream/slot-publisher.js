/**
 * What the gateway that reads a shared slot does with the transactions that come: it publishes them to the others, then notes them
 * in the origin's table, then confirms them to the slot. What it has not come to when it ends, the next one reads again.
 *
 * One message is under way at a time, with all that has come meanwhile: those behind one that failed never go out before it.
 */
import { encodeChanges } from './change-message.js';
import { lsnToText } from './lsn.js';
import { noteCommits } from './noted-changes.js';

/** Changes that wait to be published, after which no more are read. */
const QUEUE_MOST = 50_000;
/** Changes that are not noted yet, after which they are at once. */
const NOTE_SOON = 5_000;

/**
 * @typedef {import('./change-log.js').Commit} Commit
 * @typedef {object} Outside
 * @property {import('./types.js').OriginSession} session
 * @property {{ limit: number, publish(text: string, id: string): Promise<void> }} stream
 * @property {(lsn: bigint) => void} confirm everything up to there has been published and noted
 * @property {(error: unknown) => void} failed it cannot go on
 */

/** One reading of a slot, from when it begins to when it ends. */
export class SlotPublisher {
  #outside;
  #slot;
  #sender;
  #number = 0;
  /** @type {Commit[]} that have come */
  #queue = [];
  #queued = 0;
  /** Up to where everything has come, has been published, has been noted. */
  #read;
  #published;
  #noted;
  /** @type {Commit[]} published, and not noted yet */
  #pending = [];
  #pendingChanges = 0;
  /** Up to where somebody waits for it. */
  #wanted = 0n;
  /** A message is to go out, whatever there is to say. */
  #asked = false;
  /** @type {Promise<void> | null} */
  #publishing = null;
  /** @type {Promise<void> | null} */
  #noting = null;
  #ended = false;

  /**
   * @param {Outside} outside
   * @param {{ name: string, confirmed: bigint }} slot its name, and where the reading begins
   * @param {string} sender a name of its own
   */
  constructor(outside, { name, confirmed }, sender) {
    this.#outside = outside;
    this.#sender = sender;
    this.#slot = name;
    this.#read = confirmed;
    this.#published = confirmed;
    this.#noted = confirmed;
  }

  /**
   * A transaction has come. Resolves when the next one may.
   * @param {Commit} commit
   */
  async add(commit) {
    if (commit.changes.length === 0) return;
    this.#queue.push(commit);
    this.#queued += commit.changes.length;
    while (this.#queued > QUEUE_MOST && !this.#ended) await this.#publish();
  }

  /**
   * Everything up to there has come.
   * @param {bigint} lsn
   */
  advance(lsn) {
    if (lsn > this.#read) this.#read = lsn;
    this.#publish();
  }

  /**
   * Somebody waits for it.
   * @param {bigint} lsn
   */
  asked(lsn) {
    if (lsn > this.#wanted) this.#wanted = lsn;
    if (lsn <= this.#read) this.#asked = true; // it has not heard what was published, or it is new
    this.#publish();
  }

  /** Notes what has been published, and confirms it; a failure leaves it for the next time. */
  note() {
    this.#noting ??= this.#note().catch(() => {}).finally(() => { this.#noting = null; });
    return this.#noting;
  }

  /** Publishes and notes what has come, unless it cannot go on. */
  async end() {
    await this.#publish();
    this.#ended = true;
    await this.note();
  }

  /** Gives up. */
  abandon() {
    this.#ended = true;
  }

  /** Whether there is something to publish now. */
  get #due() {
    if (this.#ended) return false;
    return this.#asked || this.#queue.length > 0 || (this.#wanted > this.#published && this.#read > this.#published);
  }

  /** Resolves when there is nothing to publish. */
  async #publish() {
    if (!this.#due) return;
    this.#publishing ??= this.#publishAll();
    await this.#publishing;
  }

  async #publishAll() {
    try {
      while (this.#due) {
        this.#asked = false;
        const commits = this.#queue;
        this.#queue = [];
        this.#queued = 0;
        await this.#send(commits, this.#read);
      }
    } catch (error) {
      this.#ended = true;
      this.#outside.failed(error);
    } finally {
      this.#publishing = null; // with nothing between this and the last look at what is due
    }
  }

  /**
   * @param {Commit[]} commits
   * @param {bigint} to
   */
  async #send(commits, to) {
    const { stream } = this.#outside;
    const last = commits.length > 0 ? commits[commits.length - 1].end : to;
    const range = {
      slot: this.#slot, sender: this.#sender, after: this.#published, to: last > to ? last : to, noted: this.#noted,
    };
    if (commits.length === 0 && this.#pending.length === 0) range.noted = range.to; // there is nothing to note
    for (const { text, to: end } of encodeChanges(range, commits, stream.limit)) {
      await stream.publish(text, `${lsnToText(end)}/${this.#sender}/${++this.#number}`);
    }
    this.#published = range.to;
    for (const commit of commits) this.#pendingChanges += commit.changes.length;
    this.#pending.push(...commits);
    if (this.#pendingChanges > NOTE_SOON) this.note();
  }

  async #note() {
    if (this.#read > this.#published) {
      this.#asked = true;
      await this.#publish();
    }
    const to = this.#published;
    const commits = [...this.#pending];
    await noteCommits(this.#outside.session, commits);
    this.#pending = this.#pending.slice(commits.length);
    for (const { changes } of commits) this.#pendingChanges -= changes.length;
    this.#noted = to;
    this.#outside.confirm(to);
    if (commits.length === 0) return;
    this.#asked = true; // so that others may forget them
    this.#publish();
  }
}
