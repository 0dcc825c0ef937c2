/** A plain file server for tests in browsers: the package below /tidemark/, and pages without content. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ownPackage = fileURLToPath(new URL('../../../js-bindings', import.meta.url));
const mediaTypes = { '.js': 'text/javascript; charset=utf-8', '.wasm': 'application/wasm' };

/**
 * Starts it on a free port of this machine.
 * @param {string} [folder] with the package
 * @param {Record<string, string>} [pages] more pages and scripts, by their paths
 * @returns {Promise<{ url: string, server: import('node:http').Server, close(): Promise<void> }>}
 */
export async function startSite(folder = ownPackage, pages = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const page = pathname === '/' ? '<!doctype html><title>test</title>' : pages[pathname];
    if (page !== undefined) {
      response.writeHead(200, { 'content-type': mediaTypes[extname(pathname)] ?? 'text/html' }).end(page);
      return;
    }
    const path = join(folder, pathname.replace(/^\/tidemark\//, ''));
    const body = path.startsWith(folder + sep) ? await readFile(path).catch(() => null) : null;
    if (body === null) response.writeHead(404).end();
    else {
      const headers = { 'content-type': mediaTypes[extname(path)] ?? 'text/plain', 'cache-control': 'max-age=600' };
      response.writeHead(200, headers).end(body);
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
  return {
    server,
    url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/`,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}
