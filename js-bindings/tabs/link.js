/**
 * A connection between two tabs: a BroadcastChannel whose name the client has made, used like a MessagePort.
 *
 * A holder that was replaced and does not know may answer the same client as its successor. So every message says whose
 * conversation it belongs to, and the client has one with the first that welcomes it.
 *
 * MESSAGES besides those of Peer, all with `holder`:
 *   { link: 'welcome' }   the one who serves is there: messages to it arrive from now on
 *   { link: 'bye' }       this side has closed it; from the client without `holder`, to all who serve it
 */

/** @implements {Port} */
export class Link {
  #channel;
  #closed = false;
  /** @type {string | null} who serves; null: nobody has welcomed us yet */
  #holder;
  #serves;
  #onWelcome;
  /** @type {((event: any) => void)[]} */
  #onMessage = [];
  /** @type {((event: any) => void)[]} */
  #onClose = [];

  /**
   * @param {string} name
   * @param {string | null} holder us, if we serve; null: we are the client
   * @param {(holder: string) => void} [onWelcome] called once
   */
  constructor(name, holder, onWelcome = () => {}) {
    this.#channel = new BroadcastChannel(`tidemark-link:${name}`);
    this.#holder = holder;
    this.#onWelcome = onWelcome;
    this.#serves = holder !== null;
    this.#channel.addEventListener('message', (event) => this.#receive(event));
  }

  /** Tells the other side that messages to us arrive. */
  welcome() {
    this.postMessage({ link: 'welcome' });
  }

  /** @param {any} message */
  postMessage(message) {
    if (!this.#closed) this.#channel.postMessage({ ...message, holder: this.#holder });
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
    this.#channel.postMessage(this.#serves ? { link: 'bye', holder: this.#holder } : { link: 'bye' });
    this.#channel.close();
  }

  /** @param {MessageEvent} event */
  #receive(event) {
    const { link, holder } = event.data;
    if (this.#closed) return;
    if (link === 'welcome' && this.#holder === null) {
      this.#holder = holder;
      this.#onWelcome(holder);
    } else if (link === 'welcome' || (holder !== undefined && holder !== this.#holder)) {
      // It belongs to a conversation with somebody else.
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
