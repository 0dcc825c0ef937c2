/**
 * A connection between two tabs: a BroadcastChannel that only the two of them know, used like a MessagePort.
 *
 * MESSAGES besides those of Peer:
 *   { link: 'welcome', holder }   the one who serves is there: messages to it arrive from now on
 *   { link: 'bye' }               this side has closed it
 */

/** @implements {Port} */
export class Link {
  #channel;
  #closed = false;
  /** @type {((holder: string) => void) | null} */
  #onWelcome;
  /** @type {((event: any) => void)[]} */
  #onMessage = [];
  /** @type {((event: any) => void)[]} */
  #onClose = [];

  /**
   * @param {string} name
   * @param {(holder: string) => void} [onWelcome] called once
   */
  constructor(name, onWelcome) {
    this.#channel = new BroadcastChannel(`tidemark-link:${name}`);
    this.#onWelcome = onWelcome ?? null;
    this.#channel.addEventListener('message', (event) => this.#receive(event));
  }

  /**
   * Tells the other side that messages to us arrive.
   * @param {string} holder
   */
  welcome(holder) {
    if (!this.#closed) this.#channel.postMessage({ link: 'welcome', holder });
  }

  /** @param {any} message */
  postMessage(message) {
    if (!this.#closed) this.#channel.postMessage(message);
  }

  /**
   * @param {'message' | 'messageerror' | 'close'} type
   * @param {(event: any) => void} listener
   */
  addEventListener(type, listener) {
    if (type === 'message') this.#onMessage.push(listener);
    else if (type === 'close') this.#onClose.push(listener);
    else this.#channel.addEventListener(type, listener);
  }

  start() {}

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#channel.postMessage({ link: 'bye' });
    this.#channel.close();
  }

  /** @param {MessageEvent} event */
  #receive(event) {
    const { link, holder } = event.data;
    if (this.#closed) return;
    if (link === 'welcome') {
      this.#onWelcome?.(holder);
      this.#onWelcome = null;
    } else if (link === 'bye') {
      this.#closed = true;
      this.#channel.close();
      for (const listener of this.#onClose) listener(event);
    } else {
      for (const listener of this.#onMessage) listener(event);
    }
  }
}

/** @typedef {import('../peer.js').Port} Port */
