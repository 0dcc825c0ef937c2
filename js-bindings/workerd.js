/**
 * The package `tidemark` in Cloudflare's runtime, which compiles no WebAssembly: the bundler (wrangler) brings the module along.
 */
import { Tidemark as Anywhere } from './tidemark.js';
// @ts-expect-error A bundler gives the module for it.
import wasm from './tidemark.wasm';

export * from './common.js';

export class Tidemark extends Anywhere {
  /** @param {import('./tidemark.js').TidemarkOptions} [options] */
  constructor(options = {}) {
    super({ wasm, ...options });
  }
}
