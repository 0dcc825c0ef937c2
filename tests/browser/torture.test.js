/** Tabs that write while they are closed, refreshed, killed, frozen, stopped and hung: see lib/torture.js, and make torture for longer. */
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { browsers } from './lib/browsers.js';
import { summary, torture } from './lib/torture.js';

for (const name of browsers) {
  it(`nothing is lost, done twice or out of date, whatever happens to tabs of ${name}`, { timeout: 170_000 }, async () => {
    const result = await torture(name, 20);
    console.log(`# ${summary(name, result)}`);
    assert.deepEqual(result.problems, []);
    assert.ok(result.commits > 0 && result.takeovers > 0);
  });
}
