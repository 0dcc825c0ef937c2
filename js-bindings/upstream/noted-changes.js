/**
 * The table tidemark_origin.changes: which rows of watched relations have changed, and by which transactions.
 */
import { arrayLiteral } from './sql-text.js';

/** Changes of one INSERT. */
const NOTE_AT_ONCE = 20_000;

/**
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 */

/**
 * The changes of these captures that at least one of the snapshots does not see, in the order they were noted.
 * @param {OriginTransaction} tx
 * @param {import('./change-source.js').Unseen} unseen
 * @returns {Promise<Change[]>}
 */
export async function readNotedChanges(tx, { captures, snapshots }) {
  const oldest = snapshots.reduce((least, each) => (each.xmin < least ? each.xmin : least), snapshots[0].xmin);
  const { rows } = await tx.query(
    `SELECT txid::text, capture, op::text, old_key::text, new_key::text FROM tidemark_origin.changes
     WHERE txid >= $1::text::xid8 AND capture = ANY ($2::text::integer[]) AND EXISTS (
       SELECT FROM unnest($3::text::pg_snapshot[]) s WHERE NOT pg_visible_in_snapshot(txid, s))
     ORDER BY seq`,
    [oldest.toString(), arrayLiteral(captures), arrayLiteral(new Set(snapshots.map((each) => each.text)))]);
  return /** @type {[string, number, string, string | null, string | null][]} */ (rows).map(
    ([txid, capture, op, before, after]) => ({
      txid: BigInt(txid),
      capture,
      truncate: op === 'T',
      keys: [before, after].filter((key) => key !== null).map((key) => JSON.parse(/** @type {string} */ (key))),
    }));
}

/**
 * Notes what was learned in another way than by a trigger, all of it or nothing.
 * @param {import('./types.js').OriginSession} session
 * @param {import('./change-log.js').Commit[]} commits
 */
export async function noteCommits(session, commits) {
  const changes = commits.flatMap((each) => each.changes);
  if (changes.length === 0) return;
  await session.transaction(async (tx) => {
    await tx.query('SET LOCAL synchronous_commit = on', []); // what is noted is not read from the log again
    for (let at = 0; at < changes.length; at += NOTE_AT_ONCE) {
      await noteChanges(tx, changes.slice(at, at + NOTE_AT_ONCE));
    }
  });
}

/**
 * @param {OriginTransaction} tx
 * @param {Change[]} changes
 */
async function noteChanges(tx, changes) {
  const list = changes.map(({ txid, capture, truncate, keys }) =>
    [txid.toString(), capture, truncate ? 'T' : 'U', keys[0] ?? null, keys[1] ?? null]);
  await tx.query(
    `INSERT INTO tidemark_origin.changes (txid, capture, op, old_key, new_key)
     SELECT (c ->> 0)::xid8, (c ->> 1)::integer, (c ->> 2)::"char", nullif(c -> 3, 'null'), nullif(c -> 4, 'null')
     FROM pg_catalog.jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS e (c, n) ORDER BY n`,
    [JSON.stringify(list)]);
}
