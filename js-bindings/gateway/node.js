/**
 * A gateway on a Node HTTP server. Needs the package `ws`.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const MEDIA_TYPES = new Map(Object.entries({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
}));

/** Bytes below which nothing is gained. */
const COMPRESSED_FROM = 1024;

/** Nothing is kept from one message to the next: thousands of idle devices would hold a dictionary each. */
const PER_MESSAGE_DEFLATE = {
  threshold: COMPRESSED_FROM, serverNoContextTakeover: true, clientNoContextTakeover: true, zlibDeflateOptions: { level: 3 },
};

/**
 * Starts a server with a gateway, and perhaps a folder of files, on it.
 * @param {import('./types.js').Gateway} gateway
 * @param {import('./types.js').ServeOptions} [options]
 * @returns {Promise<import('./types.js').Served>}
 */
export async function serve(gateway, options = {}) {
  const { port = 0, host = '127.0.0.1', path = '/api/db', static: folder, requestTimeout = 30_000, ...limits } = options;
  // Whoever sends a request drop by drop holds a connection no longer than this.
  const patience = { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: requestTimeout / 4 };
  const server = createServer(patience, (request, response) => {
    if (folder !== undefined) sendFile(folder, request, response);
    else response.writeHead(404).end();
  });
  const detach = await attach(gateway, server, { path, ...limits });
  await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    port: address.port,
    url: `http://${name}:${address.port}${path}`,
    server,
    async close() {
      await gateway.close();
      detach();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

/**
 * Puts a gateway on an existing server, in front of what the server does already.
 * @param {import('./types.js').Gateway} gateway
 * @param {import('node:http').Server} server
 * @param {import('./types.js').AttachOptions} [options]
 * @returns {Promise<() => void>} takes it off again
 */
export async function attach(gateway, server, options = {}) {
  const { path = '/api/db', origins, requireOrigin, maxPayload = gateway.maximumMessage } = options;
  const { responseTimeout = 30_000, compression = true } = options;
  const { WebSocketServer } = await import('ws');
  // What is inflated counts for `maxPayload`.
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: compression && PER_MESSAGE_DEFLATE });
  const others = server.listeners('request');
  const mine = (/** @type {string | undefined} */ url) => (url ?? '').split('?')[0].startsWith(`${path}/`);

  const onRequest = (/** @type {any} */ request, /** @type {any} */ response) => {
    if (mine(request.url)) answer(gateway, request, response, { responseTimeout, compression });
    else for (const listener of others) listener.call(server, request, response);
  };
  const onUpgrade = (/** @type {any} */ request, /** @type {any} */ stream, /** @type {any} */ head) => {
    if (!mine(request.url)) {
      if (server.listenerCount('upgrade') === 1) stream.destroy(); // nobody else will answer
      return;
    }
    const asked = toRequest(request, false);
    if (!request.url.split('?')[0].endsWith('/changes') || gateway.upgrade(asked, { origins, requireOrigin })) {
      stream.on('error', () => {}); // it may be gone already
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      gateway.webSocket(/** @type {any} */ (socket), asked);
    });
  };

  server.removeAllListeners('request');
  server.on('request', onRequest);
  server.on('upgrade', onUpgrade);
  return () => {
    server.off('request', onRequest);
    server.off('upgrade', onUpgrade);
    for (const listener of others) server.on('request', /** @type {any} */ (listener));
    sockets.close();
  };
}

/**
 * @param {import('./types.js').Gateway} gateway
 * @param {import('node:http').IncomingMessage} incoming
 * @param {import('node:http').ServerResponse} outgoing
 * @param {{ responseTimeout: number, compression: boolean }} options
 */
async function answer(gateway, incoming, outgoing, { responseTimeout, compression }) {
  try {
    const response = await gateway.fetch(toRequest(incoming, true));
    outgoing.setTimeout(responseTimeout, () => outgoing.destroy());
    const compressed = compression && isCompressed(incoming, response);
    const headers = Object.fromEntries(response.headers);
    if (compressed) delete headers['content-length'];
    outgoing.writeHead(response.status, compressed ? { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding' } : headers);
    if (!response.body) outgoing.end();
    else await pipeline(Readable.fromWeb(/** @type {any} */ (response.body)), compressed ? createGzip({ level: 3 }) : new PassThrough(), outgoing);
  } catch {
    outgoing.destroy(); // the device has gone away
  }
}

/**
 * @param {import('node:http').IncomingMessage} incoming
 * @param {Response} response
 */
function isCompressed(incoming, response) {
  return response.body !== null && !response.headers.has('content-encoding')
    && Number(response.headers.get('content-length') ?? Infinity) >= COMPRESSED_FROM
    && /\bgzip\b(?!\s*;\s*q=0(?![.\d]*[1-9]))/i.test(String(incoming.headers['accept-encoding'] ?? ''));
}

/**
 * @param {import('node:http').IncomingMessage} incoming
 * @param {boolean} withBody
 */
function toRequest(incoming, withBody) {
  const { method = 'GET', headers } = incoming;
  const host = URL.canParse(`http://${headers.host}`) ? headers.host : 'localhost';
  const url = new URL(`http://${host}${incoming.url}`);
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) given.append(name, each);
  }
  const body = withBody && method !== 'GET' && method !== 'HEAD'
    ? { body: Readable.toWeb(incoming), duplex: 'half' } : {};
  return new Request(url, /** @type {any} */ ({ method, headers: given, ...body }));
}

/**
 * @param {string} folder
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function sendFile(folder, request, response) {
  try {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0]);
    const root = normalize(folder + sep);
    let file = join(root, path);
    if (!file.startsWith(root) || path.includes('\0')) throw new Error('outside');
    if ((await stat(file)).isDirectory()) file = join(file, 'index.html');
    const { size } = await stat(file);
    response.writeHead(200, {
      'content-type': MEDIA_TYPES.get(extname(file)) ?? 'application/octet-stream',
      'content-length': size,
      'cache-control': 'no-cache',
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
  } catch {
    if (!response.headersSent) response.writeHead(404);
    response.end();
  }
}
