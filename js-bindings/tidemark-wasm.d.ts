/** The engine, as bundlers for edge runtimes import it. */
declare const wasm: WebAssembly.Module;
export default wasm;
