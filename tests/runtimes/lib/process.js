/** Programs that a test starts: run to their end, or kept running and ended with everything they started. */
import { spawn } from 'node:child_process';

/** @type {Set<number>} groups that run */
const groups = new Set();

/** However this process ends, nothing that it started outlives it. */
process.on('exit', () => { for (const group of groups) killGroup(group); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** @param {number} group */
function killGroup(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

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
  await child.kill(); // what it may have left behind
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
  if (child.pid !== undefined) groups.add(child.pid);
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
      if (child.pid !== undefined) {
        killGroup(child.pid);
        groups.delete(child.pid);
      }
      await running.exited.catch(() => {});
    },
  };
  child.stdout.on('data', (data) => { running.stdout += data; });
  child.stderr.on('data', (data) => { running.stderr += data; });
  return running;
}
