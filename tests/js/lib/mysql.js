/**
 * A MariaDB server of its own for a test, reached through a socket in its folder.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);

/** @param {string} name */
function program(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Why there is no server, or false. */
export async function mysqlMissing() {
  if (process.env.POSTGRES_ONLY) return 'a version of PostgreSQL is tried';
  if (!program('mariadbd') || !program('mariadb-install-db')) return 'no MariaDB server is installed';
  return import('mysql2').then(() => false, () => 'the package mysql2 is not installed');
}

/** Why a server cannot be dumped, or false. */
export const dumpMissing = () => (program('mariadb-dump') ? false : 'mariadb-dump is not installed');

/**
 * What mariadb-dump writes about the database of a server.
 * @param {{ options: { socketPath: string, user: string, database: string } }} server
 */
export async function dump({ options }) {
  const { stdout } = await run(/** @type {string} */ (program('mariadb-dump')),
    ['--no-defaults', '--hex-blob', '-u', options.user, '-S', options.socketPath, options.database]);
  return stdout;
}

/**
 * Starts the server. `execute` runs statements from elsewhere: a text of several is run on one connection.
 * @param {string[]} [options] of the server
 */
export async function openMySQL(options = []) {
  const { default: mysql } = await import('mysql2');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mariadb-'));
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const user = `--user=${userInfo().username}`;
  await run(/** @type {string} */ (program('mariadb-install-db')),
    ['--no-defaults', user, `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']);
  const start = () => spawn(/** @type {string} */ (program('mariadbd')),
    ['--no-defaults', user, `--datadir=${data}`, `--socket=${socket}`, '--skip-networking', '--default-time-zone=+05:30',
      '--server-id=1', '--log-bin=binlog', '--binlog-format=ROW', ...options],
    { stdio: 'ignore' });
  let server = start();
  const pool = mysql.createPool({ socketPath: socket, user: 'root', multipleStatements: true });
  const answers = () => eventually(() => pool.promise().query('SELECT 1'));
  const stop = (/** @type {NodeJS.Signals} */ signal) => new Promise((resolve) => {
    server.once('exit', resolve);
    server.kill(signal);
  });
  await answers();
  await pool.promise().query('CREATE DATABASE tidemark CHARACTER SET utf8mb4');
  const connection = { socketPath: socket, user: 'root', database: 'tidemark' };
  const database = mysql.createPool(connection);
  return {
    options: connection,
    pool: database,
    execute: async (sql) => { await pool.promise().query(`USE tidemark; ${sql}`); },
    kill: async () => {
      await stop('SIGKILL');
      server = start();
      await answers();
    },
    close: async () => {
      await database.promise().end();
      await pool.promise().end();
      await stop('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
