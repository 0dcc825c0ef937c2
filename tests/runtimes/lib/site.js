/** A plain file server, with a place where pages report what came of them. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const mediaTypes = {
  '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm',
};

/** Everything is forbidden that a page with Tidemark does not need. */
export const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

/**
 * @param {string} folder that is served
 * @param {{ policy?: string, pages?: Record<string, string> }} [options] policy: the content security policy of all answers;
 *   pages: documents by path, besides the files
 */
export async function startSite(folder, { policy, pages = {} } = {}) {
  /** @type {((report: any) => void)[]} */
  const waiting = [];
  /** @type {any[]} */
  const reports = [];
  const receive = (/** @type {any} */ report) => {
    const waiter = waiting.shift();
    if (waiter === undefined) reports.push(report);
    else waiter(report);
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(/** @type {string} */ (request.url), 'http://localhost');
    if (request.method === 'POST') {
      let body = '';
      for await (const piece of request) body += piece;
      receive(JSON.parse(body));
      response.writeHead(204).end();
      return;
    }
    const headers = policy === undefined ? {} : { 'content-security-policy': policy };
    const content = pages[pathname] ?? await readFile(join(folder, normalize(pathname))).catch(() => null);
    if (content === null) {
      response.writeHead(404, headers).end();
      return;
    }
    const type = pages[pathname] === undefined ? mediaTypes[extname(pathname)] ?? 'text/plain' : 'text/html';
    response.writeHead(200, { ...headers, 'content-type': `${type}${type.startsWith('text/') ? '; charset=utf-8' : ''}` }).end(content);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
  return {
    url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`,
    /** The next report of a page. */
    report(milliseconds = 60_000) {
      if (reports.length > 0) return Promise.resolve(reports.shift());
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no report within ${milliseconds / 1000} s`)), milliseconds);
        waiting.push((report) => { clearTimeout(timer); resolve(report); });
      });
    },
    /** Forgets what was reported, and who waits for more. */
    clear() {
      reports.length = 0;
      for (const waiter of waiting.splice(0)) waiter({});
    },
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve(undefined));
    }),
  };
}
