/**
 * The demo: an embedded PostgreSQL with a gateway in front of it, and the pages.
 *
 *     node demo/server.js [--port 8080] [--data folder]
 *
 * The data folder keeps the PostgreSQL between runs; without one every run begins anew.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { PGlite } from '@electric-sql/pglite';

import { createGateway } from '../js-bindings/gateway/index.js';
import { attach } from '../js-bindings/gateway/node.js';
import { PGliteClient } from '../js-bindings/upstream/pglite.js';

const here = dirname(fileURLToPath(import.meta.url));

/** Where addresses lead: the pages, and the package as a browser loads it. */
const folders = { '/tidemark/': join(here, '..', 'js-bindings'), '/': here };

const mediaTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** The file behind an address, or null. */
function fileOf(pathname) {
  const [prefix, folder] = Object.entries(folders).find(([start]) => pathname.startsWith(start));
  const name = normalize(decodeURIComponent(pathname.slice(prefix.length)) || 'index.html');
  const path = join(folder, name.endsWith(sep) ? join(name, 'index.html') : name);
  const inside = path.startsWith(folder + sep) && !relative(folder, path).startsWith('..');
  return inside && extname(path) in mediaTypes ? path : null;
}

/** Everything the notebook needs to open without a network, and a version that changes with any of it. */
async function precache() {
  const hash = createHash('sha256');
  const urls = ['/notebook/'];
  for (const [prefix, folder, below] of [
    ['/notebook/', join(here, 'notebook'), ''],
    ['/tidemark/', join(here, '..', 'js-bindings'), ''],
  ]) {
    for (const entry of (await readdir(join(folder, below), { recursive: true })).sort()) {
      const type = extname(entry);
      const server = entry.startsWith('gateway') || entry.endsWith('.d.ts');
      if (!(type in mediaTypes) || server || entry === 'service-worker.js') continue;
      hash.update(entry).update(await readFile(join(folder, entry)));
      urls.push(prefix + entry.split(sep).join('/'));
    }
  }
  return { version: hash.digest('hex').slice(0, 16), urls };
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/precache.json') {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(await precache()));
    return;
  }
  if (pathname === '/') {
    response.writeHead(302, { location: '/notebook/' }).end();
    return;
  }
  const path = fileOf(pathname);
  const body = path && (await readFile(path).catch(() => null));
  if (!body) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n');
    return;
  }
  response.writeHead(200, { 'content-type': mediaTypes[extname(path)], 'cache-control': 'no-cache' });
  response.end(body);
}

/**
 * Starts everything.
 * @param {{ port?: number, host?: string, data?: string }} [options]
 * @returns {Promise<{ url: string, pglite: PGlite, close: () => Promise<void> }>}
 */
export async function startDemo({ port = 0, host = '127.0.0.1', data } = {}) {
  const pglite = await PGlite.create(data);
  await pglite.exec(await readFile(join(here, 'schema.sql'), 'utf8'));
  const gateway = createGateway({ upstream: new PGliteClient(pglite) });
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
  await attach(gateway, server);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://localhost:${address.port}/notebook/`,
    pglite,
    async close() {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pglite.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: process.env.PORT ?? '8080' }, data: { type: 'string' } },
  });
  const demo = await startDemo({ port: Number(values.port), data: values.data }).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return startDemo({ port: 0, data: values.data }); // somebody else has that port
  });
  console.log(`\n  The field notebook is at  ${demo.url}\n  Stop it with Ctrl+C.\n`);
  process.once('SIGINT', () => demo.close().then(() => process.exit(0)));
}
