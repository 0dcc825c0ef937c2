/**
 * What a changefeed and queued transactions need said in PostgreSQL's SQL, and where a snapshot of it stands.
 */
import { CHANNEL, createOriginSchema, pruneOrigin } from './origin-schema.js';
import { Snapshot } from './snapshot.js';
import { arrayLiteral } from './sql-text.js';

/** @type {import('./origin-dialect.js').OriginDialect & import('./origin-dialect.js').ApplyDialect} */
export const postgresDialect = {
  createSchema: createOriginSchema,
  prune: pruneOrigin,

  async applied(tx, clients) {
    const { rows } = await tx.query(
      `SELECT client, max(transaction) FROM tidemark_origin.applied
       WHERE client = ANY ($1::text::text[]) GROUP BY client`,
      [arrayLiteral(clients)]);
    return new Map(/** @type {[string, number][]} */ (rows));
  },

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

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @returns {Promise<import('./change-source.js').Position>}
 */
export async function readPosition(tx) {
  const { rows } = await tx.query(
    'SELECT id::text, pruned::text, pg_current_snapshot()::text FROM tidemark_origin.feed', []);
  const [feed, pruned, text] = /** @type {string[]} */ (rows[0]);
  return {
    pruned: BigInt(pruned),
    behind: false,
    snapshot: /** @type {Snapshot} */ (Snapshot.parse(text)),
    cursor: `${feed}/${text}`,
    snapshotOf: (cursor) => (cursor.startsWith(`${feed}/`) ? Snapshot.parse(cursor.slice(feed.length + 1)) : null),
  };
}
