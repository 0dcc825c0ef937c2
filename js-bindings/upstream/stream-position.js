/**
 * How far a PostgreSQL's write-ahead log has been read, and who waits for it to be read further.
 */
import { UNREACHABLE, UpstreamError } from './errors.js';
import { lsnToText } from './lsn.js';

/** How often who waits asks how far it has come. */
const ASK_INTERVAL = 20;
const REACH_TIMEOUT = 10_000;

/**
 * @typedef {object} Reading
 * @property {() => void} ask asks whoever reads to say how far that has come
 * @property {() => Promise<void>} flush makes the server write out its log
 * @property {() => boolean} ended nothing more will be read
 * @property {() => UpstreamError | null} failure why it is not being read
 */

/** A place that moves on. */
export class StreamPosition {
  #value = 0n;
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** Up to where everything has been received; 0 when that is not known. */
  get value() {
    return this.#value;
  }

  /** @param {bigint} lsn */
  advance(lsn) {
    if (lsn <= this.#value) return;
    this.#value = lsn;
    for (const wake of this.#waiting) wake();
  }

  /** It is not known any more. */
  reset() {
    this.#value = 0n;
  }

  /**
   * Resolves when everything up to `lsn` has been received.
   * @param {bigint} lsn
   * @param {Reading} reading
   * @throws {UpstreamError} 08006 it takes too long: nobody reads, and why, or they are far behind
   */
  async reach(lsn, { ask, flush, ended, failure }) {
    const until = performance.now() + REACH_TIMEOUT;
    for (let attempt = 0; this.#value < lsn; attempt++) {
      if (ended() || performance.now() > until) {
        const cause = failure() ?? undefined;
        throw new UpstreamError(UNREACHABLE,
          `the replication stream stands at ${lsnToText(this.#value)}, before ${lsnToText(lsn)}`,
          { detail: cause?.message, cause });
      }
      ask();
      if (attempt === 1) await flush();
      await this.#movement();
    }
  }

  /** Resolves when it has moved, or after a while. */
  #movement() {
    return new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ASK_INTERVAL);
      this.#waiting.add(done);
    });
  }
}
