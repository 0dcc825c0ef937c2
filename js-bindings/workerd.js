/**
 * The package `tidemark` in Cloudflare's runtime, which compiles no WebAssembly: the bundler (wrangler) brings the module along.
 */
import { Tidemark as Anywhere } from './tidemark.js';
// @ts-expect-error A bundler gives the module for it.
import wasm from './tidemark.wasm';

export { TidemarkError } from './errors.js';
export { LiveQuery } from './live.js';
export { applyChanges } from './live-diff.js';
export { EdgeClient } from './upstream/edge.js';
export { TidemarkClient } from './upstream/tidemark.js';

export class Tidemark extends Anywhere {
  /** @param {import('./tidemark.js').TidemarkOptions} [options] */
  constructor(options = {}) {
    super({ wasm, ...options });
  }
}
