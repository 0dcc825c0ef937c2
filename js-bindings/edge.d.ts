/** `tidemark/edge`: for runtimes that do not compile WebAssembly; pass the module as the option `wasm`. */
export * from './index.js';
