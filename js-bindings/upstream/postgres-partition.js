/**
 * Partitioned shapes in PostgreSQL's SQL: what the catalogs say of their relations, which parts a changed row leads to, and the rows
 * of parts.
 */
import { COMPARABLE_TYPES } from './comparable.js';
import { columnsRead } from './partition.js';
import { arrayLiteral, quoteIdentifier, quoteRelation } from './sql-text.js';

/**
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {import('./types.js').Statement} Statement
 * @typedef {import('./comparable.js').Comparable} Comparable
 * @typedef {import('./partition.js').Partition} Partition
 * @typedef {import('./partition.js').Described} Described
 */

/** @type {Record<Comparable, string>} */
const TYPES = { integer: 'int8', uuid: 'uuid', text: 'text' };

const DESCRIBE = `
  SELECT n.nspname, r.relname,
    (SELECT json_agg(json_build_object('name', a.attname, 'kind', t.kind, 'type', t.type) ORDER BY a.attnum)::text
     FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
     LEFT JOIN (${COMPARABLE_TYPES}) AS t (type, kind)
       ON t.type = a.atttypid AND o.collisdeterministic IS NOT FALSE AND a.attgenerated <> 'v'
     WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT json_agg((SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = r.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
                     ORDER BY i.indisprimary DESC, i.indexrelid)::text
     FROM pg_catalog.pg_index i
     WHERE i.indrelid = r.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)
  FROM pg_catalog.jsonb_array_elements($1::text::jsonb) e
  JOIN pg_catalog.pg_namespace n ON n.nspname = e ->> 0
  JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = e ->> 1`;

/**
 * What the origin says of relations; of one that it does not have, nothing.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {Relation[]} relations
 * @returns {Promise<(relation: Relation) => Described | undefined>}
 */
async function describeRelations(tx, relations) {
  const { rows } = await tx.query(DESCRIBE, [JSON.stringify(relations.map(({ schema, name }) => [schema, name]))]);
  const described = new Map(/** @type {string[][]} */ (rows).map(([schema, name, columns, keys]) =>
    [JSON.stringify([schema, name]), { columns: JSON.parse(columns ?? '[]'), keys: JSON.parse(keys ?? '[]') }]));
  return ({ schema, name }) => described.get(JSON.stringify([schema, name]));
}

/**
 * The rows of parts. As a relation the parts are joined in whatever way is best; the lists of constants are for what groups its rows, which
 * a join does not reach into.
 * @param {import('./partition-rows.js').PartitionedRequest} request
 * @param {string[][]} parts
 * @returns {Statement}
 */
function partQuery({ sql, params, partition }, parts) {
  const { positions, types, grouped } = partition;
  const names = Array.from({ length: Math.max(...positions) + 1 }, (_, at) => `c${at}`);
  const lists = types.map((type, place) => `$${params.length + 1 + place}::${type}[]`);
  const columns = positions.map((at) => `shape.c${at}`);
  const conditions = grouped ? columns.map((column, place) => `${column} = ANY (${lists[place]})`) : [];
  if (!grouped || columns.length > 1) conditions.push(`(${columns.join(', ')}) IN (SELECT * FROM unnest(${lists.join(', ')}))`);
  return {
    sql: `SELECT * FROM (${sql}\n) AS shape (${names.join(', ')}) WHERE ${conditions.join(' AND ')}`,
    params: [...params, ...types.map((_, place) => arrayLiteral(parts.map((each) => each[place])))],
  };
}

/**
 * The parts that rows with these values are joined to, and what is required of them.
 * @param {Partition} partition
 * @param {import('./partition.js').Source} source
 * @param {string[]} values
 * @returns {Statement}
 */
function pathQuery(partition, { path, kind }, values) {
  const { columns } = columnsRead(partition);
  const column = (/** @type {number} */ step, /** @type {string} */ name) => `t${step}.${quoteIdentifier(name)}`;
  const root = path.length - 1;
  const joins = path.slice(1).map(({ entry }, before) =>
    `${column(before + 1, entry)} = ${column(before, /** @type {string} */ (path[before].exit))}`);
  const first = `${column(0, path[0].entry)} IN (SELECT unnest($1::${TYPES[/** @type {Comparable} */ (kind)]}[]))`;
  return {
    sql: `SELECT DISTINCT ${columns.map((each) => `${column(root, each)}::text`).join(', ')}
      FROM ${path.map(({ relation }, step) => `${quoteRelation(relation)} AS t${step}`).join(', ')}
      WHERE ${[first, ...joins].join(' AND ')}`,
    params: [arrayLiteral(values)],
  };
}

/** @type {import('./origin-dialect.js').PartitionDialect} */
export const postgresPartitions = { describe: describeRelations, partQuery, pathQuery };
