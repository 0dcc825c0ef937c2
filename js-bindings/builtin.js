/** Modules of Node, for code that bundlers for the browser also read. */

/** Cloudflare's runtime may be made to offer Node's modules, but its files are gone with the next request. */
const isWorkerd = globalThis.navigator?.userAgent === 'Cloudflare-Workers';

/** Whether this is Node, or a runtime that offers Node's modules (Deno, Bun). */
export const hasNode = typeof process === 'object' && typeof process?.versions?.node === 'string' && !isWorkerd;

/**
 * A module of Node. Its name is never written as a literal import, which a bundler would try to follow.
 * @param {string} name such as `node:fs`
 * @returns {Promise<any>}
 */
export async function builtin(name) {
  const get = /** @type {any} */ (process).getBuiltinModule;
  if (typeof get === 'function') return get(name);
  // Node 18.
  const { importByName } = await import('./import-by-name.js');
  return importByName(name);
}

/**
 * The Web Crypto API; Node 18 has it as a module only.
 * @returns {Promise<Crypto>}
 */
export async function webCrypto() {
  return globalThis.crypto ?? (await builtin('node:crypto')).webcrypto;
}

/** An id that nobody else makes; `crypto.randomUUID` is missing in pages that are not served securely. */
export async function randomId() {
  const bytes = (await webCrypto()).getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
