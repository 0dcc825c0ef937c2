/**
 * Real PostgreSQL origins for tests: PGlite in this process, the same behind a gateway, and a PostgreSQL
 * server of its own where one is installed.
 */
import { execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { WebSocket } from 'ws';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { EdgeClient } from '../../../js-bindings/upstream/edge.js';
import { PGliteClient } from '../../../js-bindings/upstream/pglite.js';
import { eventually } from './eventually.js';
import { natsMissing, openNats } from './nats.js';

const run = promisify(execFile);

/**
 * @typedef {object} Origin
 * @property {(options?: object) => any} client a new upstream client
 * @property {(sql: string) => Promise<void>} execute statements from elsewhere, not through a client; a text of
 *   several is one transaction
 * @property {(sql: string) => Promise<unknown[][]>} rows every value as text
 * @property {() => Promise<void>} close
 */

/**
 * PGlite in this process.
 * @param {object} [options] of its clients
 * @returns {Promise<Origin & { pglite: PGlite }>}
 */
export async function openPGlite(options = {}) {
  const pglite = new PGlite();
  await pglite.waitReady;
  const client = new PGliteClient(pglite, options);
  return {
    pglite,
    client: () => new PGliteClient(pglite),
    execute: async (sql) => { await pglite.exec(sql); },
    rows: async (sql) => (await client.query(sql)).rows,
    close: async () => {
      await client.close();
      await pglite.close();
    },
  };
}

/**
 * PGlite behind a gateway on a free port.
 * @param {object} [gatewayOptions]
 * @returns {Promise<Origin & { url: string, pglite: PGlite }>}
 */
export async function openEdge(gatewayOptions = {}) {
  const origin = await openPGlite();
  const served = await serve(createGateway({ upstream: origin.client(), ...gatewayOptions }));
  const clients = new Set();
  return {
    ...origin,
    url: served.url,
    client: (options = {}) => {
      const client = new EdgeClient({ url: served.url, WebSocket, ...options });
      clients.add(client);
      return client;
    },
    close: async () => {
      for (const client of clients) await client.close();
      await served.close();
      await origin.close();
    },
  };
}

/** The folder of PostgreSQL's programs, or null. */
export function postgresPrograms() {
  if (process.env.POSTGRES_PROGRAMS) return process.env.POSTGRES_PROGRAMS;
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(root, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/**
 * A PostgreSQL server in a folder of its own, reached through a socket in it.
 * @param {object} [options] of its clients
 * @param {string} [locale] C knows the letters of ASCII alone
 * @returns {Promise<Origin & { pool: any, kill(): Promise<void> }>} `kill`: kills the server and starts it again
 */
export async function openPostgres(options = {}, locale = 'C') {
  const { default: pg } = await import('pg');
  const { PGClient } = await import('../../../js-bindings/upstream/pg.js');
  const programs = /** @type {string} */ (postgresPrograms());
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-postgres-'));
  const owner = process.getuid?.() === 0 ? await userIds('postgres').catch(() => userIds('nobody')) : {};
  if (owner.uid) chownSync(folder, owner.uid, /** @type {number} */ (owner.gid));
  const data = join(folder, 'data');
  await run(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8',
    `--locale=${locale}`], owner);
  const start = () => spawn(join(programs, 'postgres'), ['-D', data, '-k', folder, '-c', 'listen_addresses=',
    '-c', 'fsync=off', '-c', 'wal_level=logical', '-c', 'timezone=Asia/Kolkata', '-c', 'datestyle=German'],
  { ...owner, stdio: 'ignore' });
  let server = start();
  const pool = new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: 12 });
  await eventually(() => pool.query('SELECT 1'));
  const client = new PGClient(pool, options);
  const clients = [client];
  const stop = (/** @type {NodeJS.Signals} */ signal) => new Promise((resolve) => {
    server.once('exit', resolve);
    server.kill(signal);
  });
  return {
    pool,
    kill: async () => {
      await stop('SIGKILL');
      server = start();
      await eventually(() => {
        // What the killed one had begun may still hold its memory.
        if (server.exitCode !== null) server = start();
        return pool.query('SELECT 1');
      });
    },
    client: () => {
      const made = new PGClient(pool);
      clients.push(made);
      return made;
    },
    execute: async (sql) => { await pool.query(sql); },
    rows: async (sql) => (await client.query(sql)).rows,
    close: async () => {
      for (const each of clients) await each.close();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      await pool.end();
      await stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same with a slot that is read by way of a NATS server. */
async function openShared() {
  const nats = await openNats();
  const origin = await openPostgres({ replication: { nats: nats.url } });
  return {
    ...origin,
    close: async () => {
      await origin.close();
      await nats.close();
    },
  };
}

/** @param {string} name */
async function userIds(name) {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name])));
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Why nothing but a PostgreSQL server is tried, or false. */
export const onlyPostgres = process.env.POSTGRES_ONLY ? 'a version of PostgreSQL is tried' : false;

const noServer = postgresPrograms() ? false : 'no PostgreSQL server is installed';

/** Each way to reach a PostgreSQL: its name, how to open it, and why not. */
export const origins = [
  { name: 'PGliteClient', open: openPGlite, skip: onlyPostgres },
  { name: 'EdgeClient', open: openEdge, skip: onlyPostgres },
  { name: 'PGClient', open: openPostgres, skip: noServer },
  {
    name: 'PGClient by logical replication',
    open: () => openPostgres({ replication: true }),
    skip: noServer,
  },
  { name: 'PGClient by a shared slot', open: openShared, skip: noServer || await natsMissing() },
];
