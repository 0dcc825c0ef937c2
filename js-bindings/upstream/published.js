/**
 * What a replication slot watches at a PostgreSQL origin: relations of its publication, with the columns that shapes
 * asked for. As capture.js is for triggers.
 */
import { comparableColumns } from './capture.js';
import { UpstreamError } from './errors.js';
import { lsnFromText } from './lsn.js';
import { lockOriginSchema } from './origin-schema.js';
import { checkPassesOn, createPublication, passingOn } from './publication.js';
import { checkColumns, checkKey, describeRelation } from './relation.js';
import { checkIdentity } from './replica-identity.js';
import { arrayLiteral, quoteIdentifier, quoteLiteral, quoteRelation } from './sql-text.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {{ id: number, relation: number, columns: string[] }} Published `relation`: its oid; `columns`: in the order of
 *   their names
 */

// Numbers below zero, so that no trigger's capture has them. A slot is told of what happens after `since`: without that it was
// being made when somebody was killed.
const TABLES = [
  `CREATE TABLE IF NOT EXISTS tidemark_origin.published (
     id integer GENERATED ALWAYS AS IDENTITY (INCREMENT BY -1) PRIMARY KEY,
     slot text NOT NULL,
     relation oid NOT NULL,
     columns text[] NOT NULL,
     since xid8 NOT NULL DEFAULT pg_current_xact_id(),
     UNIQUE (slot, relation, columns)
   )`,
  `CREATE TABLE IF NOT EXISTS tidemark_origin.slots (
     slot text PRIMARY KEY,
     since xid8 NOT NULL DEFAULT pg_current_xact_id()
   )`,
];

/** Asks where the write-ahead log ends. */
export const LOG_END = 'SELECT pg_current_wal_insert_lsn()::text';

/** Of those that look after a slot, one at a time. */
const SLOT_LOCK = 'SELECT pg_advisory_xact_lock(7235418, 3)';

/**
 * Creates the tables and the publication where they are missing. Two may do it at once.
 * @param {OriginTransaction} tx
 * @param {string} publication
 */
export async function preparePublication(tx, publication) {
  await lockOriginSchema(tx);
  for (const table of TABLES) await tx.query(table, []);
  await createPublication(tx, publication);
}

/**
 * Publishes, too, what is watched: who reads the slot learns from the log what others watch.
 * @param {OriginTransaction} tx
 * @param {string} publication
 */
export async function publishPublished(tx, publication) {
  await lockOriginSchema(tx);
  const { rows } = await tx.query(
    `SELECT FROM pg_catalog.pg_publication_tables
     WHERE pubname = $1 AND schemaname = 'tidemark_origin' AND tablename = 'published'`, [publication]);
  if (rows.length > 0) return;
  await tx.query(`ALTER PUBLICATION ${quoteIdentifier(publication)} ADD TABLE tidemark_origin.published`, []);
}

/**
 * Sees to it that there is a slot that can be read on. What happened before a new one is not in it: whoever stands before has to
 * read everything anew. Two may do it at once, and be killed at any moment.
 * @param {import('./types.js').OriginSession} session
 * @param {string} slot
 */
export async function prepareSlot(session, slot) {
  if (await session.transaction((tx) => clearSlot(tx, slot))) return;
  await session.transaction(async (tx) => {
    await tx.query(SLOT_LOCK, []);
    await tx.query(
      `SELECT pg_create_logical_replication_slot($1, 'pgoutput')
       WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1)
         AND NOT EXISTS (SELECT FROM tidemark_origin.slots WHERE slot = $1)`, [slot]);
  });
  await session.transaction(async (tx) => {
    await tx.query(SLOT_LOCK, []);
    await tx.query(
      `INSERT INTO tidemark_origin.slots (slot)
       SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 ON CONFLICT DO NOTHING`, [slot]);
  });
}

/**
 * Removes a slot that cannot be read on, and what is known of it. Returns whether there is one that can, and that it is known since
 * when.
 * @param {OriginTransaction} tx
 * @param {string} slot
 * @returns {Promise<boolean>}
 */
async function clearSlot(tx, slot) {
  await tx.query(SLOT_LOCK, []);
  const { rows } = await tx.query(
    `SELECT plugin::text, wal_status, EXISTS (SELECT FROM tidemark_origin.slots s WHERE s.slot = slot_name)
     FROM pg_catalog.pg_replication_slots WHERE slot_name = $1`, [slot]);
  const [plugin, status, begun] = rows[0] ?? [];
  if (plugin && plugin !== 'pgoutput') {
    throw new UpstreamError('55000', `the replication slot ${slot} is of the plugin ${plugin}, not of pgoutput`);
  }
  if (plugin && status !== 'lost') return /** @type {boolean} */ (begun);
  await tx.query('DELETE FROM tidemark_origin.slots WHERE slot = $1', [slot]);
  if (plugin) await tx.query('SELECT pg_drop_replication_slot($1)', [slot]);
  return false;
}

/**
 * @typedef {object} SlotState
 * @property {bigint} confirmed up to where its reader has confirmed
 * @property {string} name of no other slot, nor of one of the same name that was there before
 * @property {bigint} next about the number of the next transaction: none that has ended has a higher one
 * @property {Published[]} published everything it has to tell of
 */

/**
 * How a slot stands.
 * @param {OriginTransaction} tx
 * @param {string} slot
 * @returns {Promise<SlotState>}
 * @throws {UpstreamError} 55000 there is none
 */
export async function describeSlot(tx, slot) {
  const { rows } = await tx.query(
    `SELECT r.confirmed_flush_lsn::text, f.id || '/' || s.slot || '/' || s.since, pg_snapshot_xmax(pg_current_snapshot())::text
     FROM tidemark_origin.slots s JOIN pg_catalog.pg_replication_slots r ON r.slot_name = s.slot CROSS JOIN tidemark_origin.feed f
     WHERE s.slot = $1`, [slot]);
  if (rows.length === 0) throw new UpstreamError('55000', `there is no replication slot ${slot}`);
  const [confirmed, name, next] = /** @type {string[]} */ (rows[0]);
  return { confirmed: lsnFromText(confirmed), name, next: BigInt(next), published: await listPublished(tx, slot) };
}

/**
 * Whether somebody reads the slot, and where the log ends.
 * @param {OriginTransaction} tx
 * @param {string} slot
 * @returns {Promise<{ read: boolean, end: bigint }>}
 */
export async function lookAtSlot(tx, slot) {
  const { rows: [[read, end]] } = await tx.query(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND active), pg_current_wal_flush_lsn()::text`, [slot]);
  return { read: /** @type {boolean} */ (read), end: lsnFromText(/** @type {string} */ (end)) };
}

/**
 * Bytes of write-ahead log that the origin keeps for a slot.
 * @param {OriginTransaction} tx
 * @param {string} slot
 * @returns {Promise<number | undefined>}
 */
export async function readSlotLag(tx, slot) {
  const { rows } = await tx.query(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn)::bigint
     FROM pg_catalog.pg_replication_slots WHERE slot_name = $1`, [slot]);
  return rows.length > 0 ? Number(rows[0][0]) : undefined;
}

/**
 * Makes the server write its log out: a commit does, with all that came before it.
 * @param {import('./types.js').OriginSession} session
 */
export async function flushLog(session) {
  await session.transaction(async (tx) => {
    await tx.query('SET LOCAL synchronous_commit = on', []);
    await tx.query("SELECT pg_logical_emit_message(true, 'tidemark', '')", []);
  });
}

/**
 * Everything that this slot has to tell of.
 * @param {OriginTransaction} tx
 * @param {string} slot
 * @returns {Promise<Published[]>}
 */
export async function listPublished(tx, slot) {
  const { rows } = await tx.query(
    'SELECT id, relation::text, to_json(columns)::text FROM tidemark_origin.published WHERE slot = $1', [slot]);
  return /** @type {[number, string, string][]} */ (rows).map(
    ([id, relation, columns]) => ({ id, relation: Number(relation), columns: JSON.parse(columns) }));
}

/**
 * Asks what is watched: id, since, schema, name, columns and those that are comparable.
 * @param {string} slot
 * @param {string} publication
 */
export function findPublished(slot, publication) {
  return `
    WITH ${passingOn(publication)}
    SELECT p.id, greatest(p.since, s.since)::text, n.nspname, r.relname, to_json(p.columns)::text, ${comparableColumns('p')}
    FROM tidemark_origin.published p
    JOIN tidemark_origin.slots s ON s.slot = p.slot
    JOIN pg_catalog.pg_class r ON r.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    WHERE p.slot = ${quoteLiteral(slot)} AND EXISTS (
        SELECT FROM whole WHERE whole.puballtables OR EXISTS (
          SELECT FROM pg_catalog.pg_publication_rel m WHERE m.prpubid = whole.oid
            AND (m.prrelid = r.oid OR m.prrelid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(r.oid)))))
      AND p.relation NOT IN (SELECT oid FROM narrowed)
      AND NOT EXISTS (
        SELECT FROM unnest(p.columns) AS k (name) WHERE NOT EXISTS (
          SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = p.relation AND a.attname = k.name))`;
}

/**
 * Adds a relation to the publication. Where its log would not tell to which shapes a row has belonged, its replica identity becomes FULL, if
 * that is wanted and may be done.
 * @param {OriginTransaction} tx
 * @param {{ slot: string, publication: string, replicaIdentity?: 'full' | 'keep' }} where
 * @param {import('./capture.js').CaptureRequest} request
 * @returns {Promise<Published>}
 * @throws {UpstreamError} 42P01 no such relation, 42809 not a table, 55000 its key is not a key, or its replica identity does
 *   not carry it, or the publication leaves out some of its changes, 42501 no permission, 55P03 the relation was locked for longer than five seconds
 */
export async function publish(tx, { slot, publication, replicaIdentity = 'full' }, request) {
  const { relation, columns, key } = request;
  await lockOriginSchema(tx);
  const { oid, tree } = await describeRelation(tx, relation);
  const known = await findInPlace(tx, { slot, publication }, oid, columns);
  if (known !== null) return { id: known, relation: Number(oid), columns }; // another has been faster
  if (key.length > 0) await checkKey(tx, oid, request);
  await checkColumns(tx, oid, request);
  await checkPassesOn(tx, publication, tree);
  const lacking = [];
  for (const part of tree) if (!await checkIdentity(tx, publication, part, request)) lacking.push(part);

  await tx.query("SET LOCAL lock_timeout = '5s'", []);
  if (replicaIdentity === 'full') {
    for (const part of lacking) await tx.query(`ALTER TABLE ${quoteRelation(part)} REPLICA IDENTITY FULL`, []);
  }
  // Waits for the transactions that have written to it: what they have done so far is not published.
  await tx.query(`LOCK TABLE ${quoteRelation(relation)} IN SHARE ROW EXCLUSIVE MODE`, []);
  const { rows: [[listed]] } = await tx.query(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_publication_rel m JOIN pg_catalog.pg_publication p ON p.oid = m.prpubid
                    WHERE p.pubname = $1 AND m.prrelid = $2::text::oid)
         OR (SELECT puballtables FROM pg_catalog.pg_publication WHERE pubname = $1)`, [publication, oid]);
  if (!listed) await tx.query(`ALTER PUBLICATION ${quoteIdentifier(publication)} ADD TABLE ${quoteRelation(relation)}`, []);
  const { rows } = await tx.query(
    `INSERT INTO tidemark_origin.published (slot, relation, columns) VALUES ($1, $2::text::oid, $3::text::text[])
     ON CONFLICT (slot, relation, columns) DO UPDATE SET since = pg_current_xact_id() RETURNING id`,
    [slot, oid, arrayLiteral(columns)]);
  return { id: /** @type {number} */ (rows[0][0]), relation: Number(oid), columns };
}

/**
 * @param {OriginTransaction} tx
 * @param {{ slot: string, publication: string }} where
 * @param {string} oid
 * @param {string[]} columns
 * @returns {Promise<number | null>} its id, if it is watched already
 */
async function findInPlace(tx, { slot, publication }, oid, columns) {
  const { rows } = await tx.query(
    `SELECT id FROM tidemark_origin.published WHERE slot = $1 AND relation = $2::text::oid AND columns = $3::text::text[]
       AND id IN (SELECT id FROM (${findPublished(slot, publication)}) AS found (id, since, schema, name, columns, comparable))`,
    [slot, oid, arrayLiteral(columns)]);
  return rows.length > 0 ? /** @type {number} */ (rows[0][0]) : null;
}

/** @param {string} name of a slot or publication, as an option names it */
export function checkReplicationName(name) {
  if (/^[a-z0-9_]{1,63}$/.test(name)) return;
  throw new UpstreamError('22023', `a replication slot cannot be named ${quoteLiteral(name)}`, {
    hint: 'Up to 63 lower case letters, digits and underscores.',
  });
}
