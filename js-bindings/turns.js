/** Who may use the engine, one after the other, in the order of asking. */
import { abortedError } from './errors.js';

/**
 * A queue for one thing that can be held by one at a time. Whoever needs it only for a synchronous moment
 * may use it without taking it when it is free.
 */
export class Turns {
  #held = false;
  /** @type {{ grant: () => void, refuse: (error: Error) => void }[]} */
  #waiting = [];
  /** @type {Error | null} */
  #closed = null;

  /** Whether nobody holds or awaits the turn. */
  get free() {
    return !this.#held && this.#closed === null;
  }

  /**
   * Waits for the turn and takes it.
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<void>}
   */
  acquire(signal) {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (!this.#held) {
      this.#held = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(abortedError(/** @type {AbortSignal} */ (signal)));
      };
      const waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        refuse: (/** @type {Error} */ error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      this.#waiting.push(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Takes the turn that is free. */
  take() {
    this.#held = true;
  }

  /** Gives the turn to the next who waits. */
  release() {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held = false;
    else next.grant();
  }

  /**
   * Refuses everybody who waits and everybody who comes.
   * @param {Error} error
   */
  close(error) {
    this.#closed = error;
    for (const waiter of this.#waiting.splice(0)) waiter.refuse(error);
  }
}
