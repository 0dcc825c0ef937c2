/**
 * A server of its own for a test, reached through a socket in its folder: a MariaDB, or the MySQL whose program the environment names
 * (MYSQLD), with further options (MYSQLD_OPTIONS).
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);

/** @param {string} name */
function program(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const named = process.env.MYSQLD;

/** What differs between the servers: their programs, and what makes the folder of their data. */
const SERVER = named
  ? {
    name: 'MySQL',
    daemon: existsSync(named) ? named : undefined,
    dump: [join(dirname(named), 'mysqldump')].find((path) => existsSync(path)),
    dumpOptions: ['--set-gtid-purged=OFF'],
    options: ['--mysqlx=OFF', '--secure-file-priv='],
    // What is made here is worth no wait for the disk.
    install: [named, '--initialize-insecure', '--innodb-flush-log-at-trx-commit=0', '--innodb-flush-method=nosync', '--innodb-doublewrite=OFF'],
    end: 'SHOW BINARY LOG STATUS',
    restart: 'RESET BINARY LOGS AND GTIDS',
  }
  : {
    name: 'MariaDB',
    daemon: program('mariadbd'),
    dump: program('mariadb-dump'),
    dumpOptions: [],
    options: [],
    install: [program('mariadb-install-db'), '--auth-root-authentication-method=normal', '--skip-test-db'],
    end: 'SHOW MASTER STATUS',
    restart: 'RESET MASTER',
  };

/** Which server it is, and its statements that say where its log ends and that begin it anew. */
export const { name: serverName, end: LOG_END, restart: RESTART_LOG } = SERVER;

/**
 * A table `numbers` of so many rows, whose column `seq` counts from 1.
 * @param {number} count
 */
export const numbers = (count) => `JSON_TABLE(CONCAT('[0', REPEAT(',0', ${count - 1}), ']'), '$[*]' COLUMNS (seq FOR ORDINALITY)) AS numbers`;

/** Why there is no server, or false. */
export async function mysqlMissing() {
  if (process.env.POSTGRES_ONLY) return 'a version of PostgreSQL is tried';
  if (!SERVER.daemon || !SERVER.install[0]) return `no ${SERVER.name} server is installed`;
  return import('mysql2').then(() => false, () => 'the package mysql2 is not installed');
}

/** Why a server cannot be dumped, or false. */
export const dumpMissing = () => (SERVER.dump ? false : `no dump program of ${SERVER.name} is installed`);

/**
 * What the server's dump program writes about its database.
 * @param {{ options: { socketPath: string, user: string, database: string } }} server
 */
export async function dump({ options }) {
  const { stdout } = await run(/** @type {string} */ (SERVER.dump),
    ['--no-defaults', '--hex-blob', ...SERVER.dumpOptions, '-u', options.user, '-S', options.socketPath, options.database]);
  return stdout;
}

/**
 * Starts the server. `execute` runs statements from elsewhere: a text of several is run on one connection.
 * @param {string[]} [options] of the server
 */
export async function openMySQL(options = []) {
  const { default: mysql } = await import('mysql2');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mysql-'));
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const places = ['--no-defaults', `--user=${userInfo().username}`, `--datadir=${data}`];
  const [install, ...settings] = /** @type {string[]} */ (SERVER.install);
  // A MySQL is made with the options that it is started with.
  await run(install, [...places, ...settings, ...(named ? options : [])]);
  const start = () => spawn(/** @type {string} */ (SERVER.daemon),
    [...places, `--socket=${socket}`, '--skip-networking', '--default-time-zone=+05:30', '--server-id=1', '--log-bin=binlog',
      '--binlog-format=ROW', ...SERVER.options, ...(process.env.MYSQLD_OPTIONS ?? '').split(' ').filter(Boolean), ...options],
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
