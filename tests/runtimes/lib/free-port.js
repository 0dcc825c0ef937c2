/** A port of this machine that nobody uses now. */
import { createServer } from 'node:net';

/** @returns {Promise<number>} */
export const freePort = () => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {any} */ (server.address());
    server.close(() => resolve(port));
  });
});
