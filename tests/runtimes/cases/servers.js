/** Node, Deno and Bun: a program that writes, and another process that reads, in one thread and with the engine in a worker. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkRead } from '../lib/expected.js';
import { run, start } from '../lib/process.js';
import { tools } from '../lib/project.js';

/** @param {string} name @param {string} command @param {string[]} given before the program */
const server = (name, command, given = []) => ({
  name,
  async version() {
    const { stdout } = await run(command, ['--version']);
    return /** @type {RegExpExecArray} */ (/\d+\.\d+\.\d+/.exec(stdout))[0];
  },
  /** @param {string} folder */
  async run(folder) {
    const env = { DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(folder, '.deno') };
    for (const worker of ['false', 'true']) {
      const path = join(folder, `${name}-${worker}.db`);
      const call = async (/** @type {string} */ phase) => {
        const { stdout, stderr } = await run(command, [...given, 'main.js', phase, path, worker], { cwd: folder, env });
        assert.equal(stderr, '', 'warnings');
        return JSON.parse(stdout);
      };
      assert.deepEqual(await call('write'), { storage: 'file' });
      checkRead(await call('read'), 'file');
      // One process at a time; the next as soon as that has been killed.
      const holder = start(command, [...given, 'main.js', 'hold', path, worker], { cwd: folder, env });
      for (const end = Date.now() + 60_000; !holder.stdout.includes('\n'); await sleep(20)) assert.ok(Date.now() < end, holder.stderr);
      assert.deepEqual(await call('try'), { outcome: '55P03' });
      await holder.kill();
      assert.deepEqual(await call('try'), { outcome: 'open' });
    }
    return 'file';
  },
});

export const servers = [
  ...[18, 22, 24, 26].map((major) => server(`Node ${major}`, join(tools, `node-${major}/bin/node`))),
  server(`Node ${process.versions.node.split('.')[0]}`, process.execPath),
  server('Deno', join(tools, '@deno/linux-x64-glibc/deno'), ['run', '--allow-read', '--allow-write', '--allow-env', '--allow-sys']),
  server('Bun', join(tools, '@oven/bun-linux-x64/bin/bun')),
];
