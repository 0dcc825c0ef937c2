/** Tabs under torture for as long as one likes: make torture SECONDS=600 FREEZE=120 BROWSER=Firefox. */
import { browsers } from './lib/browsers.js';
import { summary, torture } from './lib/torture.js';

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const seconds = Number(process.env.SECONDS ?? 60);
/** Seconds that a tab may not run: with some, one is frozen or stopped for up to so long, again and again. */
const longest = Number(process.env.FREEZE ?? 0);
const wanted = process.env.BROWSER ?? '';
let failed = false;
for (const name of browsers.filter((browser) => wanted === '' || browser === wanted)) {
  const result = await torture(name, seconds, longest);
  console.log(summary(name, result));
  for (const problem of result.problems.slice(0, 50)) console.log(`  ${problem}`);
  failed ||= result.problems.length > 0;
}
process.exit(failed ? 1 : 0);
