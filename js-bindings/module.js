/** Gets the engine's WebAssembly module, in Node, in browsers and on the edge. */
import { builtin, hasNode } from './builtin.js';
import { TidemarkError } from './errors.js';

/** The interface of the engine that these bindings are written for (TIDE_ABI in tidemark.h). */
export const ABI = 2;

/** @type {Promise<WebAssembly.Module> | null} */
let shared = null;

/**
 * Compiles the engine once for the whole program. After a failure the next call tries again.
 * @returns {Promise<WebAssembly.Module>}
 */
export function loadModule() {
  shared ??= compile(besideUs()).catch((cause) => {
    shared = null;
    throw new TidemarkError('58030', `the engine could not be loaded: ${cause.message}`, {
      hint: 'The file tidemark.wasm has to lie beside the JavaScript that loads it.', cause,
    });
  });
  return shared;
}

/** Bundlers look for this expression; in a script that is no module, as they may make one, it finds no address. */
function besideUs() {
  return import.meta.url === undefined ? new URL('./tidemark.wasm', location.href) : new URL('./tidemark.wasm', import.meta.url);
}

/**
 * What may be passed as the option `wasm`.
 * @typedef {WebAssembly.Module | BufferSource | URL | string | Response | PromiseLike<Response>} ModuleSource
 */

/**
 * Compiles the engine from what the host has.
 * @param {ModuleSource} source a module (on the edge, where compiling is not allowed), its bytes, its
 *   address, or the response to a request for it
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) return compileAddress(new URL(source, baseUrl()));
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  return compileResponse(await /** @type {any} */ (source));
}

function baseUrl() {
  return typeof location === 'object' ? location.href : import.meta.url;
}

/** @param {URL} address */
async function compileAddress(address) {
  if (address.protocol === 'file:' && hasNode) {
    const fs = await builtin('node:fs');
    return WebAssembly.compile(await fs.promises.readFile(address));
  }
  return compileResponse(await fetch(address, { credentials: 'same-origin' }));
}

/** @param {Response} response */
async function compileResponse(response) {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  // A server that does not know the type application/wasm must not break the page.
  if (response.headers.get('content-type')?.startsWith('application/wasm')) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
