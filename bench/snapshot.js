/**
 * The first read of 100,000 rows from PostgreSQL into a durable database in Chromium: a realtime view through a gateway, beside fetch of the rows as
 * JSON and their bulk insert into sqlite-wasm, which then has a copy that nothing keeps equal.
 */
import { attach } from '../js-bindings/gateway/node.js';
import { createGateway } from '../js-bindings/gateway/index.js';
import { launch } from '../tests/browser/lib/browsers.js';
import { openPostgres } from '../tests/js/lib/origin.js';
import { figure, median, report } from './report.js';
import { inWorker, startSite } from './storage/site.js';

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const WAYS = { tidemark: 'Tidemark, OPFS: a realtime view', byHand: 'fetch + sqlite-wasm, opfs-sahpool' };

const origin = await openPostgres({ replication: true });
await origin.execute(`CREATE TABLE items (id integer PRIMARY KEY, note text, amount integer, at timestamptz);
  INSERT INTO items SELECT i, 'the note of item ' || i, i % 1000, timestamptz '2026-01-01 00:00+00' + i * interval '1 second' FROM generate_series(1, ${ROWS}) AS i`);

/** The rows as a server of one's own would give them. */
async function sendRows(response) {
  const { rows } = await origin.pool.query({ text: 'SELECT id, note, amount, at::text FROM items', rowMode: 'array' });
  response.writeHead(200, { 'content-type': 'application/json', 'cross-origin-resource-policy': 'same-origin' }).end(JSON.stringify(rows));
}

const site = await startSite({ '/rows': sendRows });
const gateway = createGateway({ upstream: origin.client() });
const detach = await attach(gateway, site.server);
const browser = await launch('Chromium');
const page = await browser.context.newPage();
await page.goto(site.url);

const [want] = await origin.rows('SELECT count(*), sum(id), sum(length(note)), sum(amount) FROM items');
const times = { tidemark: [], byHand: [] };
for (let round = 1; round <= ROUNDS; round++) {
  for (const way of Object.keys(WAYS)) {
    const { took, read } = await page.evaluate(inWorker, { script: '/storage/snapshot-worker.js', call: [way, `${way}-${round}`] });
    if (String(read.map(Number)) !== String(want.map(Number))) throw new Error(`${way} has read ${read}`);
    times[way].push(took);
  }
}
report('snapshot', `${ROWS} rows from PostgreSQL into a durable database in Chromium`, Object.entries(WAYS).map(([way, what]) => ({
  what, 'ms': figure(median(times[way])), 'rows/s': figure(ROWS / median(times[way]) * 1000),
  'as a multiple': figure(median(times[way]) / median(times.byHand)),
})), { notes: ['until the rows can be read and would survive a crash; opening the database is not in it'], details: times });
await browser.close();
detach();
await gateway.close();
site.close();
await origin.close();
