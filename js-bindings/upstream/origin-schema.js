/**
 * The schema `tidemark_origin` that Tidemark keeps in a PostgreSQL origin: which queued transactions have
 * been applied, which rows have changed, and who watches what. `DROP SCHEMA tidemark_origin CASCADE` removes
 * everything again, triggers included; do so when nobody subscribes any more, or changes pile up unread.
 */
import { ANSWERS_KEPT } from './applied-answer.js';
import { UpstreamError } from './errors.js';

/** The channel on which a change is announced. */
export const CHANNEL = 'tidemark_changes';

const VERSION = 1;

/** Any number, the same for everyone who creates or changes the schema. */
const LOCK = 'SELECT pg_advisory_xact_lock(7235418, 1)';

const STATEMENTS = [
  'CREATE SCHEMA tidemark_origin',

  // One row: who this origin is. `id` begins every cursor; `pruned` is the newest forgotten transaction.
  `CREATE TABLE tidemark_origin.feed (
     only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
     version integer NOT NULL,
     id uuid NOT NULL DEFAULT gen_random_uuid(),
     pruned xid8 NOT NULL DEFAULT '0'
   )`,

  // One row for each queued transaction that has been applied, with the answer that was given.
  `CREATE TABLE tidemark_origin.applied (
     client text NOT NULL,
     transaction bigint NOT NULL,
     result text,
     at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (client, transaction)
   )`,

  // One row for each relation and key that is watched. No columns: only that something has changed.
  `CREATE TABLE tidemark_origin.captures (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     relation oid NOT NULL,
     columns text[] NOT NULL,
     since xid8 NOT NULL DEFAULT pg_current_xact_id(),
     UNIQUE (relation, columns)
   )`,

  // One row for each changed row of a watched relation. A key is an array of texts.
  `CREATE TABLE tidemark_origin.changes (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
     capture integer NOT NULL,
     op "char" NOT NULL,
     old_key jsonb,
     new_key jsonb,
     at timestamptz NOT NULL DEFAULT now()
   )`,
  'CREATE INDEX changes_txid ON tidemark_origin.changes (txid)',
  'CREATE INDEX changes_at ON tidemark_origin.changes (at)',
  'CREATE INDEX applied_at ON tidemark_origin.applied (at)',
  `INSERT INTO tidemark_origin.feed (version) VALUES (${VERSION})`,
];

/**
 * Creates the schema where it is missing. Two may do it at once: the second waits and finds it done.
 * @param {import('./types.js').OriginSession} session
 * @throws {UpstreamError} 55000 when the schema is of a newer version than this code; 42501 when it is
 *   missing and this role may not create it
 */
export async function createOriginSchema(session) {
  if (await session.transaction(hasSchema)) return;
  await session.transaction(async (tx) => {
    await tx.query(LOCK, []);
    if (await hasSchema(tx)) return;
    for (const statement of STATEMENTS) await tx.query(statement, []);
  });
}

/** @param {import('./types.js').OriginTransaction} tx */
async function hasSchema(tx) {
  // Not to_regclass: it may answer from a cache older than the lock that was waited for.
  const found = await tx.query(
    `SELECT FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
     WHERE n.nspname = 'tidemark_origin' AND r.relname = 'feed'`, []);
  if (found.rows.length === 0) return false;
  const { rows } = await tx.query('SELECT version FROM tidemark_origin.feed', []);
  if (Number(rows[0][0]) > VERSION) {
    throw new UpstreamError('55000',
      `the origin's schema tidemark_origin is of version ${rows[0][0]}, newer than ${VERSION}`,
      { hint: 'Update the tidemark package of this gateway or client.' });
  }
  return true;
}

/**
 * Keeps others from creating or changing the schema until this transaction ends.
 * @param {import('./types.js').OriginTransaction} tx
 */
export async function lockOriginSchema(tx) {
  await tx.query(LOCK, []);
}

/**
 * Forgets changes and stored answers that are older than `days`. The newest answers of every client stay,
 * so that transactions sent again after years are still recognised.
 * @param {import('./types.js').OriginSession} session
 * @param {number} days
 */
export async function pruneOrigin(session, days) {
  await session.transaction(async (tx) => {
    const free = await tx.query('SELECT pg_try_advisory_xact_lock(7235418, 2)', []);
    if (!free.rows[0][0]) return;
    const age = `${days} days`;
    await tx.query(
      `WITH forgotten AS (
         DELETE FROM tidemark_origin.changes WHERE at < now() - $1::text::interval RETURNING txid
       ), newest AS (
         SELECT txid FROM forgotten ORDER BY txid DESC LIMIT 1
       )
       UPDATE tidemark_origin.feed SET pruned = newest.txid FROM newest WHERE feed.pruned < newest.txid`,
      [age]);
    await tx.query(
      `DELETE FROM tidemark_origin.applied old
       USING (SELECT DISTINCT client FROM tidemark_origin.applied WHERE at < now() - $1::text::interval) AS one,
         LATERAL (SELECT transaction FROM tidemark_origin.applied WHERE client = one.client
           ORDER BY transaction DESC OFFSET $2::integer - 1 LIMIT 1) AS kept
       WHERE old.client = one.client AND old.transaction < kept.transaction AND old.at < now() - $1::text::interval`,
      [age, ANSWERS_KEPT]);
  });
}
