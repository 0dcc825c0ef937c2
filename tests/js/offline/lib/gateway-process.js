/**
 * A gateway in a process of its own, which can be killed. Its argument says, as JSON, how to reach the database and on which port
 * to listen; it tells its parent on which it does.
 */
import pg from 'pg';

import { createGateway } from '../../../../js-bindings/gateway/index.js';
import { serve } from '../../../../js-bindings/gateway/node.js';
import { PGClient } from '../../../../js-bindings/upstream/pg.js';

const { port, database, replication } = JSON.parse(process.argv[2]);
const upstream = new PGClient(new pg.Pool({ ...database, connectionTimeoutMillis: 2_000 }), { replication });
const served = await serve(createGateway({ upstream, heartbeat: 500 }), { port });
process.send?.(served.port);
process.on('disconnect', () => process.exit());
