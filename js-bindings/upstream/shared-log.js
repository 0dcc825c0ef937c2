/**
 * The log that gateways share, as one of them reads it from messages: what goes into its memory, and how far it has come.
 *
 * It begins at any message. What committed before that is in the origin's table once a message says so; until then nobody is
 * served. A message that does not begin where those before ended, because some have expired, were lost, or a store was,
 * begins the log anew in the same way: so there is never a gap, and devices go on where they stood.
 */
import { StreamPosition } from './stream-position.js';

/**
 * @typedef {import('./change-message.js').ChangeMessage} ChangeMessage
 * @typedef {import('./change-log.js').Commit} Commit
 */

/** One gateway's view of a log. */
export class SharedLog {
  #log;
  #describe;
  #changed;
  /** Up to where it may be served. */
  position = new StreamPosition();
  /** How often it has begun anew. */
  restarts = 0;
  /** @type {string | null} whose log it is; null before the first message */
  #slot = null;
  #begin = 0n;
  #end = 0n;
  #noted = 0n;
  #open = false;
  /** @type {string | null} a slot of which messages come, too, and which this one is not */
  #other = null;
  /** @type {ChangeMessage | null} those parts of a transaction that have come */
  #parts = null;

  /**
   * @param {import('./change-log.js').ChangeLog} log
   * @param {object} origin
   * @param {() => Promise<{ name: string, next: bigint }>} origin.describe how the slot stands
   * @param {() => void} origin.changed there is something new
   */
  constructor(log, { describe, changed }) {
    this.#log = log;
    this.#describe = describe;
    this.#changed = changed;
  }

  /** Up to there everything is known to be in the table. */
  get noted() {
    return this.#noted;
  }

  /** Whether it may be served, for who has begun since the last restart. */
  get open() {
    return this.#open;
  }

  /**
   * Takes one message; the next waits for it.
   * @param {ChangeMessage} received
   */
  async take(received) {
    if (received.slot === this.#other) return;
    const message = this.#complete(received);
    if (!message) return;
    if (message.slot !== this.#slot || message.after > this.#end) {
      if (!await this.#beginAnew(message)) return;
    }
    const commits = message.commits.filter((each) => each.end > this.#end);
    for (const commit of commits) this.#log.add(commit);
    if (message.to > this.#end) this.#end = message.to;
    if (message.noted > this.#noted) this.#noted = message.noted;
    this.#log.noted(prefix(this.#log.peek(), this.#noted));
    const opened = !this.#open && this.#noted >= this.#begin;
    if (opened) this.#openUp();
    if (this.#open) this.position.advance(this.#end);
    if (opened || (this.#open && commits.some((each) => each.changes.length > 0))) this.#changed();
  }

  /** What it has read is not true any more: the next message begins it anew. */
  forget() {
    this.#slot = null;
    this.#other = null;
    this.#noted = 0n;
    this.#open = false;
    this.position.reset();
  }

  /**
   * A message with whole transactions; null while parts of one are missing. One whose first parts have not come is dropped, and
   * missed by the next.
   * @param {ChangeMessage} message
   * @returns {ChangeMessage | null}
   */
  #complete(message) {
    const parts = this.#parts;
    this.#parts = null;
    if (message.part === 0) {
      if (!message.more) return message;
      this.#parts = message;
      return null;
    }
    if (!parts || parts.sender !== message.sender || parts.after !== message.after || parts.part + 1 !== message.part) return null;
    const [{ txid, end, changes }] = parts.commits;
    const commit = { txid, end, changes: [...changes, ...message.commits[0].changes] };
    const whole = { ...message, commits: [commit] };
    if (!message.more) return whole;
    this.#parts = whole;
    return null;
  }

  /**
   * @param {ChangeMessage} message
   * @returns {Promise<boolean>} false: it is not about this log, or not any more
   */
  async #beginAnew({ slot, after }) {
    const found = await this.#describe();
    if (found.name !== slot) {
      this.#other = slot;
      return false;
    }
    if (this.#slot !== slot) this.#noted = 0n;
    this.#slot = slot;
    this.#begin = after;
    this.#end = after;
    this.#open = false;
    this.position.reset();
    this.#log.restart(found.next);
    return true;
  }

  /** Who begins from now on finds in the table what came before. */
  #openUp() {
    this.#open = true;
    this.restarts++;
  }
}

/**
 * @param {Commit[]} commits in their order
 * @param {bigint} lsn
 */
function prefix(commits, lsn) {
  const past = commits.findIndex((each) => each.end > lsn);
  return past < 0 ? commits : commits.slice(0, past);
}
