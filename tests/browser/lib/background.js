/**
 * A site with a PostgreSQL that can be out of reach, and a service worker that sends in the background.
 */
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { attach } from '../../../js-bindings/gateway/node.js';
import { eventually } from '../../js/lib/eventually.js';
import { openPGlite } from '../../js/lib/origin.js';
import { startSite } from './site.js';

/**
 * The service worker of an app; it reports how each sync event has ended.
 * @param {object} [options]
 */
export const workerScript = (options = {}) => `
  import { sendInBackground } from '/tidemark/service-worker.js';
  import { EdgeClient } from '/tidemark/upstream/edge.js';

  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('sync', (event) => {
    const waitUntil = event.waitUntil.bind(event);
    event.waitUntil = (work) => {
      waitUntil(work);
      const report = (how) => fetch('/ended', { method: 'POST', body: JSON.stringify({ tag: event.tag, how }) });
      work.then(() => report('sent'), (error) => report(error.code));
    };
  });
  sendInBackground({ path: 'app.db', backgroundSync: true, getUpstreamClient: () => new EdgeClient({ url: '/api/db' }), ...${JSON.stringify(options)} });
`;

/**
 * Starts it.
 * @param {{ pages?: Record<string, string>, headers?: Record<string, string>, folder?: string }} [options]
 */
export async function startBackgroundSite({ pages = { '/service-worker.js': workerScript() }, headers = {}, folder } = {}) {
  const site = await startSite(folder, pages);
  const origin = await openPGlite();
  const gateway = createGateway({ upstream: origin.client() });
  const state = { away: false, mute: false, applied: 0 };
  /** @type {{ tag: string, how: string }[]} */
  const ended = [];
  /** @type {Set<import('node:stream').Duplex>} */
  const streams = new Set();
  await attach(gateway, site.server);
  const [onRequest] = site.server.listeners('request');
  const [onUpgrade] = site.server.listeners('upgrade');
  site.server.removeAllListeners('request').removeAllListeners('upgrade');
  site.server.on('request', async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.url === '/ended') {
      ended.push(await bodyOf(request));
      response.end();
    } else if (request.url.startsWith('/api/db') && state.away) {
      request.socket.destroy();
    } else {
      if (request.url.startsWith('/api/db/apply') && state.mute) swallow(response, () => { state.applied++; });
      onRequest(request, response);
    }
  });
  site.server.on('upgrade', (request, stream, head) => {
    if (state.away) {
      stream.destroy();
      return;
    }
    streams.add(stream.on('close', () => streams.delete(stream)));
    onUpgrade(request, stream, head);
  });
  return {
    url: site.url,
    origin,
    state,
    ended,
    /** Nobody reaches the origin any more, or everybody again. */
    setAway(away) {
      state.away = away;
      if (away) for (const stream of streams) stream.destroy();
    },
    async close() {
      await gateway.close();
      await site.close();
      await origin.close();
    },
  };
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString());
}

/**
 * What is asked is done, and the answer never comes.
 * @param {import('node:http').ServerResponse} response
 * @param {() => void} done
 */
function swallow(response, done) {
  Object.assign(response, { writeHead: done, write: () => true, end() {} });
}

/**
 * The service worker of a site, as its browser's developer tools see it.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} url of the site
 */
export async function serviceWorkerOf(context, url) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  /** @type {Map<string, string>} registrations by their scopes */
  const registrations = new Map();
  session.on('ServiceWorker.workerRegistrationUpdated', (event) => {
    for (const { scopeURL, registrationId } of event.registrations) registrations.set(scopeURL, registrationId);
  });
  await session.send('ServiceWorker.enable');
  return {
    /** As the browser does when the network is back. */
    async sync(tag, lastChance = false) {
      const registrationId = await eventually(() => registrations.get(url) ?? Promise.reject(new Error('there is no service worker')));
      await session.send('ServiceWorker.dispatchSyncEvent', { origin: url.slice(0, -1), registrationId, tag, lastChance });
    },
    kill: () => session.send('ServiceWorker.stopAllWorkers'),
    close: () => page.close(),
  };
}
