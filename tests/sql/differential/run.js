// Runs every statement of the corpora (*.sql of this folder, ../README.md) on Tidemark and on PostgreSQL, and compares.
// Usage: node tests/sql/differential/run.js [--refused] corpus.sql …
import { runDifferential } from '../lib/differential.js';
import { reference } from '../lib/postgres-reference.js';

await runDifferential(reference, process.argv.slice(2));
