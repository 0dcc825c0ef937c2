/**
 * What the catalogs of a PostgreSQL say of a relation that is to be watched: that it is a table, its parts, its keys.
 */
import { UpstreamError } from './errors.js';
import { arrayLiteral, quoteIdentifier, quoteRelation } from './sql-text.js';

/**
 * What kind of table a relation is.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {import('./capture.js').Relation} relation
 * @returns {Promise<{ oid: string, rowLevel: boolean, tree: import('./capture.js').Relation[] }>} `rowLevel`: statements may name
 *   a partition instead of the relation; `tree`: the relation and all its partitions
 */
export async function describeRelation(tx, relation) {
  const { rows } = await tx.query(
    `SELECT r.oid::text, r.relkind::text FROM pg_catalog.pg_class r
     JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = $1 AND r.relname = $2`,
    [relation.schema, relation.name]);
  const shown = quoteRelation(relation);
  if (rows.length === 0) throw new UpstreamError('42P01', `relation ${shown} does not exist at the origin`);
  const [oid, kind] = /** @type {[string, string]} */ (rows[0]);
  if (kind !== 'r' && kind !== 'p') {
    throw new UpstreamError('42809', `changes of ${shown} cannot be watched: it is not a table`, {
      hint: 'A realtime view reads tables of the origin; use a materialized view for this one.',
    });
  }
  if (kind === 'r') return { oid, rowLevel: false, tree: [relation] };
  const parts = await tx.query(
    `SELECT n.nspname, r.relname FROM pg_catalog.pg_partition_tree($1::text::oid::regclass) p
     JOIN pg_catalog.pg_class r ON r.oid = p.relid
     JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('r', 'p')`,
    [oid]);
  const tree = /** @type {[string, string][]} */ (parts.rows).map(([schema, name]) => ({ schema, name }));
  return { oid, rowLevel: true, tree };
}

/**
 * Refuses columns that do not identify a row.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {string} oid
 * @param {import('./capture.js').CaptureRequest} request
 */
export async function checkKey(tx, oid, { relation, key }) {
  // A column that is NOT NULL may have NULLs from before if that is NOT VALID.
  const { rows } = await tx.query(
    `SELECT (SELECT to_json(array_agg(a.attname))::text
             FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])),
            (SELECT bool_and(a.attnotnull AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'n'
                 AND c.conkey = ARRAY[a.attnum] AND NOT c.convalidated))
             FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
     FROM pg_catalog.pg_index i
     WHERE i.indrelid = $1::text::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`,
    [oid]);
  const wanted = JSON.stringify(key);
  const keys = /** @type {[string, boolean][]} */ (rows).map(
    ([names, notNull]) => ({ names: JSON.stringify(JSON.parse(names).sort()), notNull }));
  if (keys.some((each) => each.notNull && each.names === wanted)) return;
  const list = key.map(quoteIdentifier).join(', ');
  const nullable = keys.some((each) => each.names === wanted);
  throw new UpstreamError('55000', nullable
    ? `the key (${list}) of ${quoteRelation(relation)} may be NULL, so it does not identify every row`
    : `${quoteRelation(relation)} has no primary key or unique key (${list})`, {
    hint: 'Give the relation a primary key, or a unique key whose columns are NOT NULL.',
  });
}

/**
 * Refuses columns that the relation does not have.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {string} oid
 * @param {import('./capture.js').CaptureRequest} request
 */
export async function checkColumns(tx, oid, { relation, columns }) {
  const { rows } = await tx.query(
    `SELECT name FROM unnest($2::text::text[]) AS wanted (name) WHERE name NOT IN (
       SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1::text::oid)`,
    [oid, arrayLiteral(columns)]);
  if (rows.length === 0) return;
  const [[missing]] = /** @type {string[][]} */ (rows);
  throw new UpstreamError('42703', `${quoteRelation(relation)} has no column ${quoteIdentifier(missing)} at the origin`);
}
