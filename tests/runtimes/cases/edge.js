/** Cloudflare's runtime with a Durable Object: what wrangler bundles, and `wrangler dev`, killed and started again. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkRead } from '../lib/expected.js';
import { freePort } from '../lib/free-port.js';
import { run, start } from '../lib/process.js';
import { tools } from '../lib/project.js';

/** wrangler needs a newer Node than these tests. */
const NODE = join(tools, 'node-24/bin/node');
const WRANGLER = join(tools, 'wrangler/bin/wrangler.js');
const env = { WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' };

const version = async () => {
  const { stdout } = await run(NODE, [WRANGLER, '--version'], { env });
  return /** @type {RegExpExecArray} */ (/\d+\.\d+\.\d+/.exec(stdout))[0];
};

/**
 * Starts `wrangler dev`.
 * @param {string} folder of the project
 * @param {string[]} [options]
 */
export async function develop(folder, options = []) {
  const [port, inspector] = [await freePort(), await freePort()];
  const server = start(NODE, [WRANGLER, 'dev', '--port', port, '--ip', '127.0.0.1', '--inspector-port', inspector, ...options], { cwd: folder, env });
  const get = async (/** @type {string} */ path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}\n${server.stderr}`);
    return JSON.parse(text);
  };
  const end = Date.now() + 30_000;
  while (!server.stdout.includes('Ready on')) {
    if (Date.now() > end) throw new Error(`wrangler dev did not start: ${server.stdout}${server.stderr}`);
    await sleep(50);
  }
  return { get, kill: () => server.kill() };
}

export const edge = [
  {
    name: 'wrangler deploy',
    version,
    async run(/** @type {string} */ folder) {
      const { stderr } = await run(NODE, [WRANGLER, 'deploy', '--dry-run', '--outdir', 'deployed'], { cwd: folder, env });
      assert.doesNotMatch(stderr, /WARNING/);
      assert.ok(statSync(join(folder, 'deployed/object.js')).size > 0);
      return 'bundle';
    },
  },
  {
    name: 'workerd (wrangler dev)',
    version,
    async run(/** @type {string} */ folder) {
      let server = await develop(folder);
      try {
        assert.deepEqual(await server.get('/write'), { storage: 'durable-object' });
        await server.kill();
        server = await develop(folder);
        checkRead(await server.get('/read'), 'durable-object');
      } finally {
        await server.kill();
      }
      return 'durable-object';
    },
  },
];
