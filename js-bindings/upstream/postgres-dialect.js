/**
 * What a changefeed and queued transactions need said in PostgreSQL's SQL.
 */
import { CHANNEL, createOriginSchema, pruneOrigin } from './origin-schema.js';
import { RETURN_TO_SURVEY } from './postgres-survey.js';

/** @type {import('./origin-dialect.js').OriginDialect & import('./origin-dialect.js').ApplyDialect} */
export const postgresDialect = {
  createSchema: createOriginSchema,
  prune: pruneOrigin,

  startAgain: async (tx) => { await tx.run(RETURN_TO_SURVEY); },

  keyParameters: (request, keys) => [JSON.stringify(keys), ...request.params],

  async claim(tx, { client, transaction }) {
    const { rowCount } = await tx.query(
      'INSERT INTO tidemark_origin.applied (client, transaction) VALUES ($1, $2) ON CONFLICT DO NOTHING', [client, transaction]);
    return rowCount !== 0;
  },

  async recall(tx, { client, transaction }) {
    const { rows } = await tx.query(
      'SELECT result FROM tidemark_origin.applied WHERE client = $1 AND transaction = $2', [client, transaction]);
    return /** @type {string} */ (rows[0][0]);
  },

  async record(tx, { client, transaction }, answer) {
    await tx.query(
      'UPDATE tidemark_origin.applied SET result = $3 WHERE client = $1 AND transaction = $2', [client, transaction, answer]);
    // A transaction may change nothing that is watched: its device still waits to hear that it is contained.
    await tx.query('SELECT pg_notify($1, $2)', [CHANNEL, '']);
  },

  async checkDeferred(tx) {
    await tx.query('SET CONSTRAINTS ALL IMMEDIATE', []);
  },

  written: async (tx, write, result) => result, // it RETURNed it
};
