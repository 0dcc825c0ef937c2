/** The declarations in a user's TypeScript project, as Node resolves packages and as bundlers do. */
import { join } from 'node:path';

import { run } from '../lib/process.js';
import { tools } from '../lib/project.js';

const compiler = join(tools, 'typescript/bin/tsc');

/** @param {string} resolution @param {string} module */
const project = (resolution, module) => ({
  name: `TypeScript, ${resolution}`,
  version: async () => /** @type {RegExpExecArray} */ (/\d+\.\d+\.\d+/.exec((await run(process.execPath, [compiler, '--version'])).stdout))[0],
  async run(/** @type {string} */ folder) {
    await run(process.execPath, [compiler, '--ignoreConfig', '--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,esnext.disposable,dom', '--types', '',
      '--module', module, '--moduleResolution', resolution, 'user.ts'], { cwd: folder });
    return 'types';
  },
});

export const types = [project('node16', 'node16'), project('bundler', 'esnext')];
