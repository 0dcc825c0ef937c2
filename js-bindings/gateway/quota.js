/**
 * How much of something each subject has at a time.
 */
import { UpstreamError } from '../upstream/errors.js';

/** A count for each subject, up to a limit. */
export class Quota {
  #what;
  #limit;
  /** @type {Map<string, number>} */
  #held = new Map();

  /**
   * @param {string} what in the plural, for the message
   * @param {number} limit
   */
  constructor(what, limit) {
    this.#what = what;
    this.#limit = limit;
  }

  /**
   * Takes one more.
   * @param {string | undefined} subject undefined: nobody knows whose it is, and nothing is counted
   * @returns {() => void} gives it back; called again it does nothing
   * @throws {UpstreamError} 53400 the subject has as many as it may
   */
  take(subject) {
    if (subject === undefined) return () => {};
    const held = this.#held.get(subject) ?? 0;
    if (held >= this.#limit) {
      throw new UpstreamError('53400', `this gateway gives one subject ${this.#limit} ${this.#what} at a time`);
    }
    this.#held.set(subject, held + 1);
    let mine = true;
    return () => {
      if (mine) this.#giveBack(subject);
      mine = false;
    };
  }

  /** @param {string} subject */
  #giveBack(subject) {
    const left = /** @type {number} */ (this.#held.get(subject)) - 1;
    if (left > 0) this.#held.set(subject, left);
    else this.#held.delete(subject);
  }
}
