/** The package as a user gets it: packed, and installed in a fresh folder that knows nothing of this repository. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const published = fileURLToPath(new URL('../../../build/package', import.meta.url));
const app = fileURLToPath(new URL('../app', import.meta.url));

/** Where the runtimes and bundlers are. */
export const tools = fileURLToPath(new URL('../node_modules', import.meta.url));

/**
 * Packs what is published and installs it beside the application of these tests.
 * @returns {{ folder: string, remove(): void }} folder: of the project
 */
export function installPackage() {
  const work = mkdtempSync(join(tmpdir(), 'tidemark-runtimes-'));
  const folder = join(work, 'app');
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', work], { cwd: published, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  mkdirSync(folder);
  cpSync(app, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--offline', join(work, filename)], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return { folder, remove: () => rmSync(work, { recursive: true, force: true, maxRetries: 5 }) };
}
