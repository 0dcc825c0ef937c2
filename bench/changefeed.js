/**
 * From a commit at a PostgreSQL server to the changed row in this process: by triggers, by logical replication, and beside a bare
 * listener of pg-logical-replication, which has the row from the log itself and guarantees nothing. Commits take turns.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication';

import { openPostgres } from '../tests/js/lib/origin.js';
import { tableShape } from '../tests/js/lib/shape-copy.js';
import { median, percentile, report } from './report.js';

const COMMITS = Number(process.env.COMMITS ?? 300);

/** Opens a server whose table `items` is followed; `next` resolves with when the next change came. */
async function follow(options) {
  const origin = await openPostgres(options);
  await origin.execute('CREATE TABLE items (id integer PRIMARY KEY, note text)');
  let came = () => {};
  const client = origin.client();
  await client.subscribe(tableShape({ name: 'items', columns: ['id', 'note'], key: { id: 'integer' } }), {
    snapshot: () => {},
    changes: ({ upserts }) => { if (upserts.length > 0) came(performance.now()); },
    lost: (error) => { throw error; },
  });
  await sleep(500);
  return { origin, next: () => new Promise((resolve) => { came = resolve; }) };
}

/** The same with nothing but the package. */
async function listen() {
  const origin = await openPostgres();
  await origin.execute('CREATE TABLE items (id integer PRIMARY KEY, note text); CREATE PUBLICATION bare FOR TABLE items');
  await origin.execute("SELECT pg_create_logical_replication_slot('bare', 'pgoutput')");
  const service = new LogicalReplicationService(origin.pool.options, { acknowledge: { auto: true, timeoutSeconds: 10 } });
  let came = () => {};
  service.on('data', (_, message) => { if (message.tag === 'insert') came(performance.now()); });
  const started = new Promise((resolve) => { service.once('start', resolve); });
  service.subscribe(new PgoutputPlugin({ protoVersion: 1, publicationNames: ['bare'] }), 'bare').catch(() => {});
  await started;
  return {
    origin: { ...origin, close: async () => { await service.destroy(); await origin.close(); } },
    next: () => new Promise((resolve) => { came = resolve; }),
  };
}

const ways = [
  { what: 'pg-logical-replication alone', ...await listen() },
  { what: 'Tidemark, logical replication', ...await follow({ replication: true }) },
  { what: 'Tidemark, triggers', ...await follow({}) },
];
const times = new Map(ways.map(({ what }) => [what, []]));
for (let id = 1; id <= COMMITS; id++) {
  for (const { what, origin, next } of ways) {
    const change = next();
    await origin.execute(`INSERT INTO items VALUES (${id}, 'note ${id}')`);
    const committed = performance.now();
    times.get(what).push(await change - committed);
    await sleep(2);
  }
}
report('changefeed', `Commit at PostgreSQL to the changed row in this process, ${COMMITS} commits each`, ways.map(({ what }) => ({
  what, 'p50 ms': median(times.get(what)), 'p99 ms': percentile(times.get(what), 0.99),
})));
for (const { origin } of ways) await origin.close();
