/**
 * The package for edge runtimes, where a module of WebAssembly cannot be compiled from bytes: pass it as the
 * option `wasm`, as in `import wasm from 'tidemark/tidemark.wasm'`.
 */
export * from './index.js';
