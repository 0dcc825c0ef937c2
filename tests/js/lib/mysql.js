/**
 * A MariaDB server of its own for a test, reached through a socket in its folder.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** @param {string} name */
function program(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Why there is no server, or false. */
export async function mysqlMissing() {
  if (!program('mariadbd') || !program('mariadb-install-db')) return 'no MariaDB server is installed';
  return import('mysql2').then(() => false, () => 'the package mysql2 is not installed');
}

/** Starts the server. */
export async function openMySQL() {
  const { default: mysql } = await import('mysql2');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mariadb-'));
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const user = `--user=${userInfo().username}`;
  await run(/** @type {string} */ (program('mariadb-install-db')),
    ['--no-defaults', user, `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']);
  const server = spawn(/** @type {string} */ (program('mariadbd')),
    ['--no-defaults', user, `--datadir=${data}`, `--socket=${socket}`, '--skip-networking', '--default-time-zone=+05:30'],
    { stdio: 'ignore' });
  const pool = mysql.createPool({ socketPath: socket, user: 'root', multipleStatements: true });
  for (let attempt = 0; ; attempt++) {
    try {
      await pool.promise().query('CREATE DATABASE tidemark CHARACTER SET utf8mb4');
      break;
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    }
  }
  const database = mysql.createPool({ socketPath: socket, user: 'root', database: 'tidemark' });
  return {
    pool: database,
    execute: async (sql) => { await pool.promise().query(`USE tidemark; ${sql}`); },
    close: async () => {
      await database.promise().end();
      await pool.promise().end();
      const ended = new Promise((resolve) => { server.once('exit', resolve); });
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
