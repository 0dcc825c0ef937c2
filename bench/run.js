/** Runs every measurement, one after the other, each in a process of its own. */
import { spawnSync } from 'node:child_process';

for (const name of ['size', 'rows', 'latency']) {
  const { status } = spawnSync(process.execPath, [`bench/${name}.js`], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
