/**
 * Imports a module by a name that bundlers cannot see and are not to follow. A file of its own, which is published as it is:
 * what joins and shortens the others would take the comments away that bundlers go by.
 * @param {string} name
 * @returns {Promise<any>}
 */
export function importByName(name) {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
