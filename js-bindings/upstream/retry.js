/**
 * When something is tried again that has not gone well: soon at first, later each time.
 */

const LEAST = 2;
const MOST = 1_000;

/** A timer for one thing that is tried again. */
export class Retry {
  #again;
  #delay = LEAST;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} again */
  constructor(again) {
    this.#again = again;
  }

  /** Tries again after a while, once, however often it is called until then. */
  later() {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#again();
    }, this.#delay * (0.5 + Math.random()));
    /** @type {any} */ (this.#timer).unref?.();
    this.#delay = Math.min(this.#delay * 2, MOST);
  }

  /** It has gone well. */
  reset() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#delay = LEAST;
  }
}
