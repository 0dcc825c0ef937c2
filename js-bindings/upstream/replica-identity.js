/**
 * The replica identity of a PostgreSQL's table: what its write-ahead log tells of a row that was updated or deleted.
 */
import { UpstreamError } from './errors.js';
import { LEAVES_OUT_GENERATED, PASSES_GENERATED } from './publication.js';
import { quoteIdentifier, quoteRelation } from './sql-text.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./types.js').Relation} Relation
 */

const PARTITIONED = 'p';
const LOGGED = 'p';

/**
 * What the catalogs say of a table.
 * @typedef {object} Table
 * @property {string} oid
 * @property {string} kind
 * @property {string} persistence
 * @property {string} identity
 * @property {string[]} carried the columns of its replica identity, if that is an index
 * @property {string[]} stored its generated columns that are stored
 * @property {string[]} silent its generated columns that the publication does not pass on
 * @property {boolean} strict updates are refused if the replica identity has such a column
 * @property {boolean} owned this role may change it
 */

/**
 * Refuses a table whose log does not say which rows changed. Published, each UPDATE and DELETE of a table without a replica
 * identity would fail, and in PostgreSQL 18 of one whose replica identity has generated columns that are not passed on.
 * @param {OriginTransaction} tx
 * @param {string} publication
 * @param {Relation} relation
 * @param {import('./capture.js').CaptureRequest} request
 * @returns {Promise<boolean>} false: of the columns besides the key it does not tell what they were, and may be made to
 * @throws {UpstreamError} 55000
 */
export async function checkIdentity(tx, publication, relation, { columns, key }) {
  const table = await describeTable(tx, publication, relation);
  if (table.kind === PARTITIONED) return true; // its parts hold the rows
  const shown = quoteRelation(relation);
  const refuse = (/** @type {string} */ why, /** @type {string} */ hint) => {
    throw new UpstreamError('55000', `changes of ${shown} cannot be watched: ${why}`, { hint });
  };
  if (table.persistence !== LOGGED) refuse('it is not in the write-ahead log', `ALTER TABLE ${shown} SET LOGGED`);
  const lost = key.filter((each) => table.silent.includes(each));
  if (lost.length > 0) {
    refuse(`its write-ahead log does not have the generated ${list(lost)} of its key`,
      'Take another key; PostgreSQL 18 and later have it in the log if the publication is the gateway\'s own.');
  }
  const whole = table.identity === 'f';
  const failing = table.strict ? table.silent.filter((each) => whole || table.carried.includes(each)) : [];
  if (failing.length > 0) {
    refuse(`its replica identity has the generated ${list(failing)}, and PostgreSQL would refuse each UPDATE and DELETE`,
      `ALTER TABLE ${shown} REPLICA IDENTITY DEFAULT, and give it a primary key`);
  }
  if (whole) return true;
  if (table.carried.length === 0 || !key.every((each) => table.carried.includes(each))) {
    refuse(table.carried.length === 0 ? 'it has no replica identity'
      : `its replica identity ${list(table.carried)} does not have the key ${list(key)}`,
    `Give it a primary key, or ALTER TABLE ${shown} REPLICA IDENTITY FULL (or USING INDEX).`);
  }
  return !table.owned || columns.every((each) => table.carried.includes(each)) || !await mayBeFull(tx, table);
}

/** @param {string[]} names */
const list = (names) => `(${names.map(quoteIdentifier).join(', ')})`;

/**
 * @param {OriginTransaction} tx
 * @param {string} publication
 * @param {Relation} relation
 * @returns {Promise<Table>}
 */
async function describeTable(tx, publication, relation) {
  const generated = (/** @type {string} */ kind) => `(
    SELECT coalesce(json_agg(a.attname), '[]')::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = r.oid AND a.attgenerated = '${kind}' AND NOT a.attisdropped)`;
  const { rows: [row] } = await tx.query(
    `SELECT r.oid::text, r.relkind::text, r.relpersistence::text, r.relreplident::text, pg_catalog.pg_has_role(r.relowner, 'USAGE'),
       coalesce((SELECT ${PASSES_GENERATED} FROM pg_catalog.pg_publication b WHERE b.pubname = $3), false),
       pg_catalog.current_setting('server_version_num')::integer >= 180000, (
       SELECT coalesce(json_agg(a.attname), '[]')::text FROM pg_catalog.pg_index i
       JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
         AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
       WHERE i.indrelid = r.oid AND CASE r.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident END),
       ${generated('s')}, ${generated('v')}
     FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
     WHERE n.nspname = $1 AND r.relname = $2`, [relation.schema, relation.name, publication]);
  const [oid, kind, persistence, identity, owned, passed, strict, ...lists] = /** @type {any[]} */ (row);
  const [carried, stored, virtual] = lists.map((text) => JSON.parse(text));
  return { oid, kind, persistence, identity, owned, strict, carried, stored, silent: passed ? virtual : [...stored, ...virtual] };
}

/**
 * Whether updates of the table still work with REPLICA IDENTITY FULL: all its columns have to be passed on, by the publications of others too.
 * @param {OriginTransaction} tx
 * @param {Table} table
 * @returns {Promise<boolean>}
 */
async function mayBeFull(tx, { oid, strict, silent, stored }) {
  if (strict && silent.length > 0) return false;
  const { rows: [[hindered]] } = await tx.query(
    `WITH tree (oid) AS (
       SELECT $1::text::oid UNION SELECT relid FROM pg_catalog.pg_partition_ancestors($1::text::oid::regclass) AS p (relid)
     )
     SELECT EXISTS (
       SELECT FROM pg_catalog.pg_publication_rel m WHERE m.prrelid IN (SELECT oid FROM tree)
         AND pg_catalog.to_jsonb(m) ->> 'prattrs' IS NOT NULL
     ) OR $2::boolean AND EXISTS (
       SELECT FROM pg_catalog.pg_publication b JOIN pg_catalog.pg_publication_tables t ON t.pubname = b.pubname
       JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
       JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = t.tablename
       WHERE ${LEAVES_OUT_GENERATED} AND r.oid IN (SELECT oid FROM tree))`,
    [oid, stored.length > 0]);
  return !hindered;
}
