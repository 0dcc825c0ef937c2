/**
 * A gateway in a process of its own, to be killed: run with the options of its pool and of its client as JSON, it prints its URL.
 */
import pg from 'pg';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { PGClient } from '../../../js-bindings/upstream/pg.js';

const { pool, options } = JSON.parse(process.argv[2]);
const served = await serve(createGateway({ upstream: new PGClient(new pg.Pool(pool), options) }));
process.stdout.write(`${served.url}\n`);
