// Runs every statement of the corpora (*.sql of this folder, ../README.md) on Tidemark and on PostgreSQL, and compares.
// PRINTED=1: a PostgreSQL server answers to the queries as they are printed for an origin.
// Usage: [PRINTED=1] node tests/sql/differential/run.js [--refused] corpus.sql …
import { runDifferential } from '../lib/differential.js';
import { reference } from '../lib/postgres-reference.js';
import { postgresOrigin, printed } from '../lib/printed.js';

await runDifferential(process.env.PRINTED ? printed(reference, postgresOrigin) : reference, process.argv.slice(2));
