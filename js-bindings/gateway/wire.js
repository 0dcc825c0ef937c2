/**
 * The sending half of a WebSocket, whose buffer stays short however slowly the device reads.
 */

/** Bytes in the buffer after which rows wait for their turn. */
const ROOM = 1 << 20;
/** Bytes in the buffer after which nothing more is said to a device that asks and does not read the answers. */
const FLOODED = 16 << 20;
/** Milliseconds from look to look; WebSockets do not tell when their buffer is empty. */
const FIRST_LOOK = 5;
const LAST_LOOK = 160;

/** What is sent to one device. */
export class Wire {
  #socket;
  #events;
  #open = true;
  /** @type {Promise<void>} settled when whoever is in front has sent */
  #turn = Promise.resolve();

  /**
   * @param {import('./types.js').GatewaySocket} socket
   * @param {{ flooded(): void, sent(bytes: number): void }} events `flooded`: the device asks and does not read
   */
  constructor(socket, events) {
    this.#socket = socket;
    this.#events = events;
  }

  /**
   * Sends an answer, now.
   * @param {object} message
   */
  send(message) {
    if (!this.#open || this.#socket.readyState !== 1) return;
    if (this.#buffered > FLOODED) {
      this.#events.flooded();
      return;
    }
    const text = JSON.stringify(message);
    this.#socket.send(text);
    this.#events.sent(text.length);
  }

  /**
   * Sends a message as soon as those before it have gone and the buffer has room. Until then it is not even made.
   * @param {() => object | null} make null: it is not wanted any more
   * @returns {Promise<void>} when it has been sent
   */
  sendInTurn(make) {
    const sent = this.#turn.then(async () => {
      await this.#room();
      const message = this.#open ? make() : null;
      if (message) this.send(message);
    });
    this.#turn = sent.catch(() => {}); // that of one subscription is not that of the next
    return sent;
  }

  /** Nothing more is sent. */
  close() {
    this.#open = false;
  }

  async #room() {
    for (let look = FIRST_LOOK; this.#open && this.#buffered > ROOM; look = Math.min(2 * look, LAST_LOOK)) {
      await new Promise((resolve) => { setTimeout(resolve, look); });
    }
  }

  get #buffered() {
    return this.#socket.bufferedAmount ?? 0;
  }
}
