# Builds build/wasm/tidemark.wasm with Emscripten, and the npm package's dist folder.
wasm:
package:
