/**
 * Partitioned shapes in MySQL's SQL: what its catalog says of their relations, which parts a changed row leads to, and the rows of parts.
 * Values are told apart by integers alone: texts are compared by collations.
 */
import { columnsRead } from './partition.js';
import { INTEGERS, quoteName, quoteTable, resolveTable } from './mysql-table.js';
import { KeyList } from './mysql-values.js';

/**
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./partition.js').Partition} Partition
 * @typedef {import('./partition.js').Described} Described
 */

const COLUMNS = `SELECT column_name, data_type, column_type LIKE '%zerofill%' FROM information_schema.columns
  WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`;
const KEYS = `SELECT index_name, column_name FROM information_schema.statistics
  WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index`;

/**
 * @param {OriginTransaction} tx
 * @param {Relation} relation
 * @returns {Promise<Described>}
 */
async function describeRelation(tx, relation) {
  const { schema, name } = await resolveTable(tx, relation);
  const columns = /** @type {[string, string, number][]} */ ((await tx.query(COLUMNS, [schema, name])).rows);
  /** @type {Map<string, string[]>} */
  const keys = new Map();
  for (const [index, column] of /** @type {string[][]} */ ((await tx.query(KEYS, [schema, name])).rows)) {
    keys.set(index, [...keys.get(index) ?? [], column]);
  }
  return {
    columns: columns.map(([column, type, zerofill]) =>
      ({ name: column, kind: INTEGERS.has(type) && !zerofill ? 'integer' : null, type: 'bigint' })),
    keys: [...keys.values()],
  };
}

/**
 * @param {OriginTransaction} tx
 * @param {Relation[]} relations
 * @returns {Promise<(relation: Relation) => Described | undefined>}
 */
async function describeRelations(tx, relations) {
  /** @type {Map<string, Described>} */
  const described = new Map();
  for (const each of relations) described.set(quoteTable(each), await describeRelation(tx, each));
  return (relation) => described.get(quoteTable(relation));
}

/** @param {string[][]} values of integers */
function listOf(values) {
  return new KeyList(values, values[0].map(() => 'bigint'));
}

/** @type {import('./origin-dialect.js').PartitionDialect} */
export const mysqlPartitions = {
  describe: describeRelations,

  partQuery({ sql, params, partition }, parts) {
    const columns = partition.names.map((name) => `shape.${quoteName(name)}`);
    return {
      sql: `SELECT * FROM (${sql}\n) AS shape WHERE (${columns.join(', ')}) IN (?)`,
      params: [...params, listOf(parts)],
    };
  },

  pathQuery(partition, { path }, values) {
    const { columns } = columnsRead(partition);
    const column = (/** @type {number} */ step, /** @type {string} */ name) => `t${step}.${quoteName(name)}`;
    const tables = path.map(({ relation }, step) => `${nameOf(relation)} AS t${step}`);
    const joins = path.slice(1).map(({ entry }, before) =>
      `${column(before + 1, entry)} = ${column(before, /** @type {string} */ (path[before].exit))}`);
    const found = columns.map((each) => `CAST(${column(path.length - 1, each)} AS CHAR)`);
    return {
      sql: `SELECT DISTINCT ${found.join(', ')} FROM ${tables.join(', ')}
        WHERE ${[`(${column(0, path[0].entry)}) IN (?)`, ...joins].join(' AND ')}`,
      params: [listOf(values.map((text) => [text]))],
    };
  },
};

/**
 * The name of a relation as a query of the connection's database has it.
 * @param {Relation} relation
 */
function nameOf(relation) {
  return relation.schema === 'public' ? quoteName(relation.name) : quoteTable(relation);
}
