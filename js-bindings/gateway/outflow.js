/**
 * The flow of one subscription towards its device: so many messages unacknowledged, and no more are taken from the origin.
 */
import { WINDOW } from '../upstream/protocol.js';

/** One subscription of a connection. */
export class Outflow {
  #giveBack;
  #unacknowledged = 0;
  #stopped = false;
  /** @type {{ close(): void } | null} */
  #handle = null;
  /** @type {(() => void) | null} */
  #resume = null;
  /** @type {(() => void) | null} */
  #leave = null;

  /** @param {() => void} giveBack it counts no longer */
  constructor(giveBack) {
    this.#giveBack = giveBack;
  }

  get stopped() {
    return this.#stopped;
  }

  /**
   * The subscription at the origin stands.
   * @param {{ close(): void }} handle
   */
  start(handle) {
    this.#handle = handle;
    if (this.#stopped) handle.close();
  }

  /** Resolves when one more message may be sent, and counts it. */
  async admitted() {
    while (!this.#stopped && this.#unacknowledged >= WINDOW) {
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => { this.#resume = resolve; });
    }
    this.#unacknowledged++;
  }

  /**
   * Resolves as `sent` does, or when this is stopped: who waits for a device that does not read keeps rows in memory.
   * @param {Promise<void>} sent
   * @returns {Promise<void>}
   */
  unlessStopped(sent) {
    return new Promise((resolve, reject) => {
      this.#leave = resolve;
      sent.then(resolve, reject);
      if (this.#stopped) resolve();
    });
  }

  acknowledge() {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - 1);
    this.#continue();
  }

  stop() {
    this.#stopped = true;
    this.#giveBack();
    this.#handle?.close();
    this.#leave?.();
    this.#continue();
  }

  #continue() {
    this.#resume?.();
    this.#resume = null;
  }
}
