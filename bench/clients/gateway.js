/**
 * A gateway in a process of its own, for clients.js: it says where it is, and on request what it holds and has used.
 */
import pg from 'pg';

import { createGateway } from '../../js-bindings/gateway/index.js';
import { serve } from '../../js-bindings/gateway/node.js';
import { PGClient } from '../../js-bindings/upstream/pg.js';

const pool = new pg.Pool({ ...JSON.parse(process.argv[2]), max: 12 });
const upstream = new PGClient(pool, { replication: true });
const limits = { subjectConnections: Infinity, subjectSubscriptions: Infinity };
const served = await serve(createGateway({ upstream, limits }));
process.on('disconnect', () => process.exit());
process.on('message', (what) => {
  if (what === 'end') process.exit();
  globalThis.gc();
  const { user, system } = process.cpuUsage();
  process.send({ memory: process.memoryUsage().rss, cpu: (user + system) / 1000 });
});
process.send({ url: served.url });
