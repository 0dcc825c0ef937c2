/**
 * A network between two programs that can be cut, slowed down, or swallow everything, on purpose.
 */
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A TCP relay to the server at `url`; `unix:` and a path is a socket in the file system.
 * @param {string} url
 */
export async function faultyNetwork(url) {
  const target = new URL(url);
  const reach = () => (target.protocol === 'unix:'
    ? connect(target.pathname) : connect(Number(target.port), target.hostname));
  const pairs = new Set();
  const state = { dropReplies: false, silent: false, deaf: false, limit: Infinity, passed: 0, delay: 0 };
  const server = createServer((near) => {
    const far = reach();
    const pair = { near, far, forgotten: false };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    relay(near, state, (data) => { if (!state.silent && !pair.forgotten) far.write(data); });
    relay(far, state, (data) => {
      if (state.silent || state.deaf || pair.forgotten) return;
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
    port,
    url: `http://127.0.0.1:${port}${target.protocol === 'unix:' ? '' : target.pathname}`,
    /** Requests reach the server, the first byte of a reply ends the connection. */
    loseReplies: (on = true) => { state.dropReplies = on; },
    /** Nothing passes any more in either direction, and nothing is closed. */
    fallSilent: (on = true) => { state.silent = on; },
    /** Requests reach the server, replies do not come back, and nothing is closed. */
    swallowReplies: (on = true) => { state.deaf = on; },
    /** Nothing passes on the connections that there are, and nothing is closed; new ones can be made. */
    forgetConnections: () => { for (const pair of pairs) pair.forgotten = true; },
    /** Whatever passes is so many milliseconds under way. */
    delay: (milliseconds) => { state.delay = milliseconds; },
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

/**
 * Passes on what a socket sends, in order, each piece after the delay.
 * @param {import('node:net').Socket} socket
 * @param {{ delay: number }} state
 * @param {(data: Buffer) => void} pass
 */
function relay(socket, state, pass) {
  let waiting = 0;
  let last = Promise.resolve();
  socket.on('data', (data) => {
    if (state.delay === 0 && waiting === 0) {
      pass(data);
      return;
    }
    const due = Date.now() + state.delay;
    waiting++;
    last = last.then(async () => {
      await sleep(Math.max(0, due - Date.now()));
      waiting--;
      pass(data);
    });
  });
}
