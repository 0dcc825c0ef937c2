/**
 * A network between a client and a gateway that can be cut, or swallow everything, on purpose.
 */
import { connect, createServer } from 'node:net';

/**
 * A TCP relay to the server at `url`.
 * @param {string} url
 */
export async function faultyNetwork(url) {
  const target = new URL(url);
  const pairs = new Set();
  const state = { dropReplies: false, silent: false, limit: Infinity, passed: 0 };
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    near.on('data', (data) => { if (!state.silent) far.write(data); });
    far.on('data', (data) => {
      if (state.silent) return;
      if (state.dropReplies || state.passed + data.length > state.limit) {
        end();
        return;
      }
      state.passed += data.length;
      near.write(data);
    });
    for (const socket of [near, far]) socket.on('close', end).on('error', end);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    /** Requests reach the gateway, the first byte of a reply ends the connection. */
    loseReplies: (on = true) => { state.dropReplies = on; },
    /** Nothing passes any more in either direction, and nothing is closed. */
    fallSilent: (on = true) => { state.silent = on; },
    /** Ends the connection that would carry more than `bytes` of replies from now on. */
    cutAfter: (bytes) => Object.assign(state, { limit: bytes, passed: 0 }),
    /** Ends all connections. */
    cut: () => { for (const { near, far } of pairs) [near, far].forEach((socket) => socket.destroy()); },
    /** Bytes of replies that have passed since the beginning, or since cutAfter. */
    passed: () => state.passed,
    get connections() { return pairs.size; },
    close: async () => {
      for (const { near, far } of pairs) [near, far].forEach((socket) => socket.destroy());
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
