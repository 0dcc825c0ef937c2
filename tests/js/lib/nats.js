/**
 * A NATS server with JetStream of its own for a test, on a free port.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
 * @param {{ config?: string, login?: object, jetStream?: string | null }} [options] `config` of the server; `login`: as `connect` takes it;
 *   `jetStream`: its part of the configuration, null: it has none
 */
export async function openNats({ config = '', login = {}, jetStream = '' } = {}) {
  const { connect } = await import('nats');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-nats-'));
  const port = await freePort();
  const servers = `127.0.0.1:${port}`;
  const file = join(folder, 'config');
  const store = join(folder, 'store');
  writeFileSync(file, `listen: "${servers}"\n${config}\n${jetStream === null ? '' : `jetstream { store_dir: "${store}", ${jetStream} }`}`);
  const start = async () => {
    const started = spawn(/** @type {string} */ (program('nats-server')), ['-c', file], { stdio: 'ignore' });
    await eventually(async () => (await connect({ servers, reconnect: false, ...login })).close());
    return started;
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
    start: async () => { server = await start(); },
    /** Loses everything it has stored; it must not run. */
    loseStore: () => rmSync(store, { recursive: true, force: true }),
    close: async () => {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
