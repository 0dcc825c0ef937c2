/** Runs every measurement, one after the other, each in a process of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

for (const name of ['size', 'front_end', 'rows', 'workload_w', 'product_view', 'stream', 'live', 'latency']) {
  if (!existsSync(`bench/${name}.js`)) continue;
  const { status } = spawnSync(process.execPath, [`bench/${name}.js`], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
