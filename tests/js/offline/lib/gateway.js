/** A gateway that can be killed and started again where it was. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = new URL('./gateway-process.js', import.meta.url);

/**
 * @param {{ database: object, replication: boolean }} options `database`: as a pg.Pool takes it
 */
export async function startGateway(options) {
  let port = 0;
  /** @type {import('node:child_process').ChildProcess} */
  let running;
  const start = async () => {
    running = fork(PROGRAM, [JSON.stringify({ ...options, port })]);
    [port] = await once(running, 'message');
  };
  const kill = async () => {
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };
  await start();
  return { url: `http://127.0.0.1:${port}/api/db`, start, kill };
}
