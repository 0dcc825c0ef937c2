/**
 * What a changefeed and queued transactions need said in PostgreSQL's SQL.
 */
import { CHANNEL, createOriginSchema, pruneOrigin } from './origin-schema.js';
import { postgresPartitions } from './postgres-partition.js';
import { RETURN_TO_SURVEY } from './postgres-survey.js';

/** @type {import('./origin-dialect.js').OriginDialect & import('./origin-dialect.js').ApplyDialect} */
export const postgresDialect = {
  createSchema: createOriginSchema,
  prune: pruneOrigin,

  startAgain: async (tx) => { await tx.run(RETURN_TO_SURVEY); },

  keyParameters: (request, keys) => [JSON.stringify(keys), ...request.params],

  partitions: postgresPartitions,

  async claim(tx, client, transactions) {
    const list = JSON.stringify(transactions);
    const { rowCount } = await tx.query(
      `INSERT INTO tidemark_origin.applied (client, transaction)
       SELECT $1::text, number::bigint
       FROM pg_catalog.jsonb_array_elements_text($2::text::jsonb) WITH ORDINALITY AS entry (number, position) ORDER BY position
       ON CONFLICT DO NOTHING`, [client, list]);
    if (rowCount === transactions.length) return new Map();
    const { rows } = await tx.query(
      `SELECT transaction, result FROM tidemark_origin.applied WHERE client = $1 AND result IS NOT NULL AND transaction IN (
         SELECT number::bigint FROM pg_catalog.jsonb_array_elements_text($2::text::jsonb) AS entry (number))`, [client, list]);
    return new Map(rows.map(([transaction, result]) => [Number(transaction), /** @type {string} */ (result)]));
  },

  async record(tx, client, answers) {
    await tx.query(
      `UPDATE tidemark_origin.applied SET result = entry ->> 1 FROM pg_catalog.jsonb_array_elements($2::text::jsonb) AS entry
       WHERE client = $1 AND transaction = (entry ->> 0)::bigint`, [client, JSON.stringify(answers)]);
    // A transaction may change nothing that is watched: its device still waits to hear that it is contained.
    await tx.query('SELECT pg_notify($1, $2)', [CHANNEL, '']);
  },

  async checkDeferred(tx) {
    await tx.query('SET CONSTRAINTS ALL IMMEDIATE', []);
  },

  written: async (tx, write, result) => result, // it RETURNed it
};
