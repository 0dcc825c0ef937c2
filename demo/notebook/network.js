/**
 * The network of one simulated device: fetch and WebSocket that can be switched off.
 */
export class DeviceNetwork {
  #online;
  /** @type {Set<WebSocket>} */
  #sockets = new Set();

  /** @param {boolean} online */
  constructor(online) {
    this.#online = online;
  }

  get online() {
    return this.#online;
  }

  set online(online) {
    this.#online = online;
    if (!online) for (const socket of this.#sockets) socket.close();
  }

  /** `fetch`, as long as the device is online. @type {typeof fetch} */
  fetch = async (input, init) => {
    if (!this.#online) throw new TypeError('The device is offline');
    return fetch(input, init);
  };

  /** A `WebSocket` class whose sockets open and live only while the device is online. */
  get WebSocket() {
    const network = this;
    return class extends WebSocket {
      constructor(url, protocols) {
        // an address that cannot be reached fails as a missing network does
        super(network.#online ? url : 'ws://127.0.0.1:9/', protocols);
        network.#sockets.add(this);
        this.addEventListener('close', () => network.#sockets.delete(this));
      }
    };
  }
}
