/** The versions of PostgreSQL that package.json names, and where each is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const HERE = fileURLToPath(new URL('.', import.meta.url));

const read = (/** @type {string[]} */ ...path) => JSON.parse(readFileSync(join(HERE, ...path), 'utf8'));
const { dependencies, optionalDependencies } = read('package.json');

/** All of them, the oldest first. */
export const VERSIONS = Object.keys({ ...optionalDependencies, ...dependencies }).map((name) => name.replace('postgresql-', ''));

/** Those that are installed without asking for more. */
export const NEWEST = Object.keys(dependencies).map((name) => name.replace('postgresql-', ''));

/** The folder of the package. @param {string} version */
export const packageOf = (version) => join(HERE, 'node_modules', `postgresql-${version}`);

/** Whether it is there, in the release that is wanted. @param {string} version */
export function isInstalled(version) {
  const folder = `node_modules/postgresql-${version}`;
  return existsSync(join(HERE, folder)) && read(folder, 'package.json').version === read('package-lock.json').packages[folder].version;
}

/**
 * Ends the process if a version is not known.
 * @param {string[]} versions
 */
export function checkKnown(versions) {
  const unknown = versions.filter((version) => !VERSIONS.includes(version));
  if (unknown.length === 0) return;
  console.error(`no package of PostgreSQL ${unknown.join(', ')} is known here, only of ${VERSIONS.join(', ')}`);
  process.exit(1);
}
