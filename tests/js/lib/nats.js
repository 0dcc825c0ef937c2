/**
 * A NATS server with JetStream of its own for a test, on a free port.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.js';

/** @param {string} name */
function program(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Why there is no server, or false. */
export async function natsMissing() {
  if (!program('nats-server')) return 'no NATS server is installed';
  return import('nats').then(() => false, () => 'the package nats is not installed');
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts the server.
 * @param {{ options?: string[], login?: object }} [how] `options` of the server; `login`: as `connect` takes it
 */
export async function openNats({ options = [], login = {} } = {}) {
  const { connect } = await import('nats');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-nats-'));
  const port = await freePort();
  const servers = `127.0.0.1:${port}`;
  const jetStream = options.includes('--no-jetstream') ? [] : ['-js', '-sd', folder];
  const start = async () => {
    const server = spawn(/** @type {string} */ (program('nats-server')),
      ['-a', '127.0.0.1', '-p', String(port), ...jetStream, ...options.filter((each) => each !== '--no-jetstream')], { stdio: 'ignore' });
    await eventually(async () => (await connect({ servers, reconnect: false, ...login })).close());
    return server;
  };
  let server = await start();
  const stop = (/** @type {NodeJS.Signals} */ signal) => new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) resolve(null);
    server.once('exit', resolve);
    server.kill(signal);
  });
  return {
    url: `nats://${servers}`,
    servers,
    /** A connection besides. */
    connect: () => connect({ servers, ...login }),
    kill: () => stop('SIGKILL'),
    signal: (/** @type {NodeJS.Signals} */ signal) => server.kill(signal),
    start: async () => { server = await start(); },
    /** Loses everything it has stored; it must not run. */
    loseStore: () => rmSync(folder, { recursive: true, force: true }),
    close: async () => {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
