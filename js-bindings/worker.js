/**
 * The package `tidemark/worker`: offers a database to other threads.
 *
 * In a worker of one's own, with clients of origins that live there:
 *
 *     import { serve } from 'tidemark/worker';
 *     serve({ getUpstreamClient: (originId) => new EdgeClient({ url: '/api/db' }) });
 *
 * and in the page: new Tidemark({ worker: new Worker('./my-worker.js', { type: 'module' }), path: 'app.db' }).
 */
import { builtin, hasNode } from './builtin.js';
import { TidemarkError } from './errors.js';
import { Server } from './server.js';
import { Tidemark, openConnection } from './tidemark.js';

/**
 * @typedef {object} ServeOptions
 * @property {import('./origins.js').GetUpstreamClient} [getUpstreamClient] clients that live in this thread;
 *   without it those of the page are used
 * @property {Tidemark} [database] that is offered to all who connect; without it each who connects opens one
 *   with its own options
 * @property {MessagePort} [port] to offer it on; without it this worker takes connections
 */

/**
 * Offers a database.
 * @param {ServeOptions} [options]
 */
export function serve(options = {}) {
  const access = accessTo(options);
  if (options.port !== undefined) {
    new Server(options.port, access);
    return;
  }
  listen((message) => {
    if (message?.tidemark === 'connect') new Server(message.port, access);
  });
}

/**
 * @param {ServeOptions} options
 * @returns {import('./server.js').DatabaseAccess}
 */
function accessTo({ database, getUpstreamClient }) {
  if (database !== undefined) return { open: () => Tidemark.connectionOf(database), close: async () => {} };
  return {
    open: (options, upstreams) => openConnection({ ...options, getUpstreamClient: getUpstreamClient ?? upstreams }),
    close: (session) => session.close(),
  };
}

/** @param {(message: any) => void} receive */
async function listen(receive) {
  if (!hasNode || isWebWorker()) {
    addEventListener('message', (event) => receive(/** @type {MessageEvent} */ (event).data));
    // A SharedWorker is given a port with each connection.
    addEventListener('connect', (event) => {
      const [port] = /** @type {MessageEvent} */ (event).ports;
      port.addEventListener('message', ({ data }) => receive(data));
      port.start();
    });
    return;
  }
  const { parentPort } = await builtin('node:worker_threads');
  if (parentPort === null) throw new TidemarkError('0A000', 'serve() without a port runs in a worker');
  parentPort.on('message', receive);
}

/** Deno has Node's modules, but its workers are the web's. */
function isWebWorker() {
  const Scope = /** @type {any} */ (globalThis).WorkerGlobalScope;
  return typeof Scope === 'function' && globalThis instanceof Scope && typeof addEventListener === 'function' && !('Bun' in globalThis);
}
