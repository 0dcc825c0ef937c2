/**
 * A publication of a PostgreSQL: what of a relation's changes it passes on to who reads a slot.
 *
 * The catalogs differ: row filters and lists of columns are there since PostgreSQL 15, generated columns are passed on since 18 if
 * that is wanted. A row of a catalog is looked at as JSON, where a column that does not exist yet is NULL.
 */
import { UpstreamError } from './errors.js';
import { quoteIdentifier, quoteLiteral, quoteRelation } from './sql-text.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./types.js').Relation} Relation
 */

const PASSES_EVERYTHING = 'b.pubinsert AND b.pubupdate AND b.pubdelete AND b.pubtruncate AND NOT b.pubviaroot';

const IS_NARROWED = "coalesce(pg_catalog.to_jsonb(m) ->> 'prqual', pg_catalog.to_jsonb(m) ->> 'prattrs') IS NOT NULL";

const GENERATED_COLUMNS = "pg_catalog.to_jsonb(b) ->> 'pubgencols'";

/** Whether a publication `b` passes on the values of generated columns, those that are stored; NULL: this PostgreSQL does so never. */
export const PASSES_GENERATED = `${GENERATED_COLUMNS} = 's'`;

/** Whether this PostgreSQL could, and the publication `b` does not. */
export const LEAVES_OUT_GENERATED = `${GENERATED_COLUMNS} = 'n'`;

/**
 * Creates the publication where it is missing. One that leaves out generated columns is made to have them: PostgreSQL 18 would refuse
 * each UPDATE and DELETE of a relation whose replica identity has one.
 * @param {OriginTransaction} tx
 * @param {string} publication
 */
export async function createPublication(tx, publication) {
  const name = quoteIdentifier(publication);
  const lacking = () => tx.query(
    `SELECT ${LEAVES_OUT_GENERATED} AND pg_catalog.pg_has_role(b.pubowner, 'USAGE') FROM pg_catalog.pg_publication b
     WHERE b.pubname = $1`, [publication]);
  let { rows } = await lacking();
  if (rows.length === 0) {
    await tx.query(`CREATE PUBLICATION ${name}`, []);
    ({ rows } = await lacking());
  }
  if (rows[0][0] === true) await tx.query(`ALTER PUBLICATION ${name} SET (publish_generated_columns = stored)`, []);
}

/**
 * WITH queries of the relations that the publication passes on as they are: `whole (oid)` has it, if it passes on everything, and
 * `narrowed (oid)` those of which it leaves something out.
 * @param {string} publication
 */
export function passingOn(publication) {
  return `
    whole AS (
      SELECT b.oid, b.puballtables FROM pg_catalog.pg_publication b
      WHERE b.pubname = ${quoteLiteral(publication)} AND ${PASSES_EVERYTHING}
    ), narrowed AS MATERIALIZED (
      SELECT m.prrelid AS oid FROM pg_catalog.pg_publication_rel m JOIN whole ON whole.oid = m.prpubid WHERE ${IS_NARROWED}
      UNION
      SELECT p.relid FROM pg_catalog.pg_publication_rel m JOIN whole ON whole.oid = m.prpubid,
        pg_catalog.pg_partition_ancestors(m.prrelid) AS p (relid) WHERE ${IS_NARROWED}
    )`;
}

/**
 * Refuses a publication that leaves out changes of a relation: nobody would notice that they are missing.
 * @param {OriginTransaction} tx
 * @param {string} publication
 * @param {Relation[]} tree the relation and its partitions
 * @throws {UpstreamError} 55000
 */
export async function checkPassesOn(tx, publication, tree) {
  const name = quoteIdentifier(publication);
  const { rows: [[everything]] } = await tx.query(
    `SELECT ${PASSES_EVERYTHING} FROM pg_catalog.pg_publication b WHERE b.pubname = $1`, [publication]);
  if (!everything) {
    throw new UpstreamError('55000', `the publication ${name} does not pass on every change as it is`, {
      hint: `ALTER PUBLICATION ${name} SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)`,
    });
  }
  const { rows } = await tx.query(
    `SELECT n.nspname, r.relname FROM pg_catalog.pg_publication b JOIN pg_catalog.pg_publication_rel m ON m.prpubid = b.oid
     JOIN pg_catalog.pg_class r ON r.oid = m.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
     WHERE b.pubname = $1 AND ${IS_NARROWED}`, [publication]);
  const narrowed = /** @type {[string, string][]} */ (rows).find(([schema, relation]) =>
    tree.some((part) => part.schema === schema && part.name === relation));
  if (!narrowed) return;
  const shown = quoteRelation({ schema: narrowed[0], name: narrowed[1] });
  throw new UpstreamError('55000', `the publication ${name} has a row filter or a list of columns for ${shown}, and does not pass on every change`, {
    hint: `ALTER PUBLICATION ${name} DROP TABLE ${shown}: the gateway adds it as a whole.`,
  });
}
