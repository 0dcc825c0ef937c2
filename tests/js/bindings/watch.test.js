/** When a holder counts as stuck: after its patience without a sign, and not before. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Watch } from '../../../js-bindings/tabs/watch.js';

const PATIENCE = 800;

/** The time at which a holder that answers until some time, and again from another on, is found stuck; null: never. */
async function foundStuck(stops, goesOn = Infinity) {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let now = 0;
    let waiting = [];
    const answer = () => {
      if (now > stops && now < goesOn) return;
      for (const number of waiting) watch.hear(number);
      waiting = [];
    };
    const watch = new Watch((number) => {
      waiting.push(number);
      answer();
    });
    let found = null;
    watch.begin();
    void (async () => {
      while (!await watch.isSilent(PATIENCE, () => now < 5000));
      found = now;
    })();
    while (now < 5000 && found === null) {
      await new Promise((resolve) => { setImmediate(resolve); });
      now += 10;
      mock.timers.tick(10);
      answer();
    }
    return found;
  } finally {
    mock.timers.reset();
  }
}

test('A holder is found stuck when its patience has passed since its last sign, whenever it stopped', async () => {
  for (let stops = 1000; stops < 1400; stops += 50) {
    const found = await foundStuck(stops);
    assert.ok(found > stops && found <= stops + PATIENCE + 20, `stopped at ${stops}, found at ${found}`);
  }
});

test('One that answers within seven eighths of its patience is not', async () => {
  for (let stops = 1000; stops < 1400; stops += 50) assert.equal(await foundStuck(stops, stops + PATIENCE * 7 / 8 - 20), null);
});

test('One that never answered is found after its patience', async () => {
  assert.equal(await foundStuck(-1), PATIENCE);
});
