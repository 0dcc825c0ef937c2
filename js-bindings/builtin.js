/** Modules of Node, for code that bundlers for the browser also read. */

/** Whether this is Node, or a runtime that offers Node's modules (Deno, Bun). */
export const hasNode = typeof process === 'object' && typeof process?.versions?.node === 'string';

/**
 * A module of Node. Its name is never written as a literal import, which a bundler would try to follow.
 * @param {string} name such as `node:fs`
 * @returns {Promise<any>}
 */
export async function builtin(name) {
  const get = /** @type {any} */ (process).getBuiltinModule;
  return typeof get === 'function' ? get(name) : import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
