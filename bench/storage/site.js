/** The site that benchmarks in a browser run on: the package below /tidemark/, the peers below /modules/. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folders = { '/tidemark/': here('../../build/package/js-bindings'), '/modules/': here('../node_modules'), '/storage/': here('.') };
const mediaTypes = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** The file of a path of the site; undefined: there is none. */
export async function fileOf(pathname) {
  const prefix = Object.keys(folders).find((each) => pathname.startsWith(each));
  const path = prefix && join(folders[prefix], pathname.slice(prefix.length));
  return path?.startsWith(join(folders[prefix], sep)) && await stat(path).catch(() => null) ? path : undefined;
}

/**
 * A site that is isolated, as the VFS "opfs" of sqlite-wasm needs it; the others do not mind.
 * @param {Record<string, (response: import('node:http').ServerResponse) => unknown>} [answers] further paths
 */
export async function startSite(answers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp',
      'cache-control': 'max-age=600' };
    if (pathname === '/') {
      response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end('<!doctype html><title>bench</title>');
      return;
    }
    const path = await fileOf(pathname);
    if (answers[pathname]) answers[pathname](response);
    else if (path === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200, { ...headers, 'content-type': mediaTypes[extname(path)] ?? 'application/octet-stream' });
      createReadStream(path).pipe(response);
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
  return { server, url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/`, close: () => server.close() };
}

/** Runs in the page: a call of a script in a worker of its own, as after a reload. */
export function inWorker({ script, call }) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { type: 'module' });
    worker.onmessage = ({ data: { result, error } }) => {
      worker.terminate();
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(call);
  });
}
