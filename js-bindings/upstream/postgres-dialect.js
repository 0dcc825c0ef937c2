/**
 * What a changefeed needs said in PostgreSQL's SQL, and where a snapshot of it stands.
 */
import { createOriginSchema, pruneOrigin } from './origin-schema.js';
import { Snapshot } from './snapshot.js';
import { arrayLiteral } from './sql-text.js';

/** @type {import('./origin-dialect.js').OriginDialect} */
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
    snapshot: /** @type {Snapshot} */ (Snapshot.parse(text)),
    cursor: `${feed}/${text}`,
    snapshotOf: (cursor) => (cursor.startsWith(`${feed}/`) ? Snapshot.parse(cursor.slice(feed.length + 1)) : null),
  };
}
