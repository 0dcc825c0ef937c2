/**
 * How fast a device that was offline sends what it has queued: one-row writes, each a transaction of its own, to a PostgreSQL server, with
 * a PGClient and through a gateway. The origin has to have each row once, and the view none that is still staged.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { WebSocket } from 'ws';

import { createGateway } from '../js-bindings/gateway/index.js';
import { serve } from '../js-bindings/gateway/node.js';
import { Tidemark } from '../js-bindings/index.js';
import { EdgeClient } from '../js-bindings/upstream/edge.js';
import { eventually } from '../tests/js/lib/eventually.js';
import { openPostgres } from '../tests/js/lib/origin.js';
import { figure, median, report } from './report.js';

const WRITES = Number(process.env.BENCH_WRITES ?? 10_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

/** The client, and a switch for the network before it. */
function behindSwitch(client) {
  const network = { online: true };
  const guarded = (name) => async (...call) => {
    if (!network.online) throw Object.assign(new Error('offline'), { code: '08006' });
    return client[name](...call);
  };
  const names = ['query', 'apply', 'applyAll', 'subscribe'];
  return { network, client: { dialect: 'postgres', ...Object.fromEntries(names.map((name) => [name, guarded(name)])) } };
}

/** Milliseconds until the origin has all the writes, and until the view shows that it has. */
async function flush(origin, table, upstream) {
  await origin.execute(`CREATE TABLE ${table} (id integer PRIMARY KEY, note text, amount integer)`);
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-'));
  const { network, client } = behindSwitch(upstream);
  const db = new Tidemark({ path: join(folder, 'device.db'), getUpstreamClient: () => client });
  await db.query(`CREATE REALTIME VIEW ${table} AS TABLE ${table} WITH (replication_origin = 'postgres:app', write_policy = 'local_first')`);
  network.online = false;
  for (let id = 1; id <= WRITES; id++) await db.query(`INSERT INTO ${table} VALUES ($1, $2, $3)`, [id, `note ${id}`, id % 7]);
  network.online = true;

  const start = performance.now();
  await db.sync.sync(null, { forceSync: true });
  const sent = performance.now() - start;
  const staged = async () => Number((await db.query(`SELECT count(*) AS count FROM ${table} WHERE __staged`)).rows[0].count);
  await eventually(async () => { if (await staged() > 0) throw new Error('some rows are still staged'); });
  const confirmed = performance.now() - start;

  const [[rows, ids, sum]] = await origin.rows(`SELECT count(*), count(DISTINCT id), sum(amount) FROM ${table}`);
  const expected = Array.from({ length: WRITES }, (_, i) => (i + 1) % 7).reduce((total, each) => total + each, 0);
  if (Number(rows) !== WRITES || Number(ids) !== WRITES || Number(sum) !== expected) throw new Error(`the origin has ${rows} rows`);
  await db.close();
  await rm(folder, { recursive: true });
  return { sent, confirmed };
}

const origin = await openPostgres();
const gateway = await serve(createGateway({ upstream: origin.client() }));
const ways = [
  { what: 'PGClient', client: () => origin.client(), times: [] },
  { what: 'EdgeClient, a gateway', client: () => new EdgeClient({ url: gateway.url, WebSocket }), times: [] },
];
for (let round = 1; round <= ROUNDS; round++) {
  for (const [index, { client, times }] of ways.entries()) {
    const upstream = client();
    times.push(await flush(origin, `items_${round}_${index}`, upstream));
    await upstream.close();
  }
}
report('flush', `${WRITES} queued one-row writes to PostgreSQL, device, gateway and server on this machine`, ways.map(({ what, times }) => ({
  what,
  'sent, writes/s': figure(WRITES / median(times.map(({ sent }) => sent)) * 1000),
  'seen in the view, writes/s': figure(WRITES / median(times.map(({ confirmed }) => confirmed)) * 1000),
})), { notes: [
  'sent: until the last is committed at the origin and kept here as applied',
  'seen in the view: until the changefeed has brought all of them back',
], details: ways });
await gateway.close();
await origin.close();
process.exit();
