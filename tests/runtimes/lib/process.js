/** Programs that a test starts: run to their end, or kept running and ended with everything they started. */
import { spawn } from 'node:child_process';

/**
 * @typedef {object} Given
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] added to this process's
 * @property {number} [timeout] milliseconds
 */

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} given
 * @param {Given} [options]
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
export async function run(command, given, { cwd, env, timeout = 60_000 } = {}) {
  const child = start(command, given, { cwd, env });
  const timer = setTimeout(() => child.kill(), timeout);
  const status = await child.exited;
  clearTimeout(timer);
  if (status !== 0) throw new Error(`${command} ${given.join(' ')} ended with ${status}:\n${child.stdout}${child.stderr}`);
  return { stdout: child.stdout, stderr: child.stderr };
}

/**
 * Starts a program in a process group of its own.
 * @param {string} command
 * @param {string[]} given
 * @param {Given} [options]
 */
export function start(command, given, { cwd, env } = {}) {
  const child = spawn(command, given, {
    cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const running = {
    stdout: '',
    stderr: '',
    /** Its exit status, or the signal that ended it. */
    exited: /** @type {Promise<number | string>} */ (new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve(status ?? signal));
    })),
    /** Kills it and everything it started, at once. */
    async kill() {
      try {
        process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
      } catch {
        // It is gone already.
      }
      await running.exited.catch(() => {});
    },
  };
  child.stdout.on('data', (data) => { running.stdout += data; });
  child.stderr.on('data', (data) => { running.stderr += data; });
  return running;
}
