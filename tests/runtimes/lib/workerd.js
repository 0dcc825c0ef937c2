/** Cloudflare's runtime by itself: what esbuild makes of a program, in a server of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from './free-port.js';
import { run, start } from './process.js';
import { tools } from './project.js';

export const WORKERD = join(tools, '@cloudflare/workerd-linux-64/bin/workerd');

/**
 * Makes the program and the module of WebAssembly that it imports.
 * @param {string} folder of the project
 * @param {string} program a file of the project that exports `fetch` and the class
 * @param {string} [name] of what it becomes
 * @returns {Promise<string>} the folder with `worker.js` and `tidemark.wasm`
 */
export async function bundle(folder, program, name = program) {
  const out = join(folder, `workerd-${name}`);
  await run(join(tools, '.bin/esbuild'), [`worker=${program}`, '--bundle', '--format=esm', '--conditions=workerd', '--external:cloudflare:workers',
    '--loader:.wasm=copy', '--asset-names=[name]', '--log-level=warning', `--outdir=${out}`], { cwd: folder });
  return out;
}

/** @param {{ className: string, binding: string, port: number }} about */
const configuration = ({ className, binding, port }) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "tidemark.wasm", wasm = embed "tidemark.wasm")],
      compatibilityDate = "2026-11-01",
      durableObjectNamespaces = [(className = "${className}", uniqueKey = "${className}", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "${binding}", durableObjectNamespace = "${className}")])),
    (name = "disk", disk = (path = "state", writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
`;

/** Whether somebody takes connections there. @param {number} port */
const listens = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => { socket.destroy(); resolve(true); });
  socket.once('error', () => resolve(false));
});

/**
 * Starts it, on the state that the one before left.
 * @param {string} folder that bundle() made
 * @param {{ className: string, binding: string }} about the class of the objects, and the program's name for them
 */
export async function serve(folder, about) {
  const port = await freePort();
  mkdirSync(join(folder, 'state'), { recursive: true });
  writeFileSync(join(folder, 'config.capnp'), configuration({ ...about, port }));
  const server = start(WORKERD, ['serve', 'config.capnp'], { cwd: folder });
  const address = `127.0.0.1:${port}`;
  for (const end = Date.now() + 30_000; !await listens(port); await sleep(50)) {
    if (Date.now() > end) throw new Error(`workerd did not start: ${server.stdout}${server.stderr}`);
  }
  return {
    address,
    kill: () => server.kill(),
    async get(/** @type {string} */ path) {
      const response = await fetch(`http://${address}${path}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${text}\n${server.stderr}`);
      return JSON.parse(text);
    },
  };
}
