/**
 * How often somebody may ask: a bucket of tokens for each, which fills by itself.
 */
import { UpstreamError } from '../upstream/errors.js';

/** Names after which those with a full bucket, about whom there is nothing to remember, are forgotten. */
const SWEEP = 1_000;

/** The buckets of one gateway. */
export class RateLimit {
  #between;
  #room;
  #now;
  /** @type {Map<string, number>} when each bucket is full again, in milliseconds */
  #fullAt = new Map();
  #sweepAt = SWEEP;

  /**
   * @param {{ perSecond: number, burst?: number }} options
   * @param {() => number} [now] milliseconds of a clock that never goes back
   * @throws {UpstreamError} 22023
   */
  constructor({ perSecond, burst = Math.max(1, perSecond) }, now = () => performance.now()) {
    if (!(perSecond > 0) || !(burst >= 1)) {
      throw new UpstreamError('22023', 'rate: perSecond is more than 0, and burst at least 1');
    }
    this.#between = 1000 / perSecond;
    this.#room = burst * this.#between;
    this.#now = now;
  }

  /** Those of whom something is remembered. */
  get size() {
    return this.#fullAt.size;
  }

  /**
   * Takes a token out of somebody's bucket.
   * @param {string} name
   * @throws {TooOften} it is empty
   */
  take(name) {
    const now = this.#now();
    const fullAt = Math.max(now, this.#fullAt.get(name) ?? 0) + this.#between;
    const excess = fullAt - now - this.#room;
    if (excess > 1e-6) throw new TooOften(excess);
    this.#fullAt.set(name, fullAt);
    if (this.#fullAt.size > this.#sweepAt) this.#sweep(now);
  }

  /** @param {number} now */
  #sweep(now) {
    for (const [name, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(name);
    this.#sweepAt = Math.max(SWEEP, 2 * this.#fullAt.size);
  }
}

/** 53400: somebody has to wait; devices do so by themselves, as the code is one that passes. */
export class TooOften extends UpstreamError {
  /** @param {number} wait milliseconds until a token is there */
  constructor(wait) {
    const seconds = Math.max(1, Math.ceil(wait / 1000));
    super('53400', `too many requests: the next one in ${seconds} s`);
    this.retryAfter = seconds;
  }
}
