/**
 * What the catalogs of a MariaDB or MySQL say of a table whose changes are to be read in the binary log: its key, and whose changes
 * reach it by foreign keys.
 */
import { UpstreamError } from './errors.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {{ name: string, type: string, length: number, zerofill: boolean }} KeyColumn `type`: as information_schema names it;
 *   `length`: of binary(n), whose zeros at the end are not in the log; `zerofill`: in a result, not in the log, zeros stand before it
 * @typedef {Relation & { columns: string[] }} Ancestor a table from where ON DELETE or ON UPDATE may come; `columns`: those
 *   that others refer to
 */

// What is in the log as it is in a result.
const KEY_TYPES = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'char', 'varchar', 'binary', 'varbinary',
  'date', 'time', 'datetime', 'timestamp', 'year', 'enum']);

// Characters are compared by collations, for most of which other texts are equal, too.
export const INTEGERS = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint']);

/** @param {string} name */
export function quoteName(name) {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** @param {Relation} relation */
export function quoteTable({ schema, name }) {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/**
 * A relation by the name that the log gives it.
 * @param {OriginTransaction} tx
 * @param {Relation} relation `public`, which is what a device calls a name without schema, is the connection's database
 * @returns {Promise<Relation>}
 */
export async function resolveTable(tx, { schema, name }) {
  if (schema !== 'public') return { schema, name };
  const { rows: [[database]] } = await tx.query('SELECT database()', []);
  return { schema: /** @type {string} */ (database), name };
}

/**
 * Sees to it that a relation is a table whose changes the log tells.
 * @param {OriginTransaction} tx
 * @param {Relation} relation
 * @param {import('./binlog-server.js').BinlogServer} server
 * @throws {UpstreamError} 42P01 no such relation, 42809 not a table, 55000 not in the log
 */
export async function checkTable(tx, relation, server) {
  const { rows } = await tx.query(
    `SELECT t.table_type, t.engine, e.transactions FROM information_schema.tables t
     LEFT JOIN information_schema.engines e ON e.engine = t.engine WHERE t.table_schema = ? AND t.table_name = ?`,
    [relation.schema, relation.name]);
  const shown = quoteTable(relation);
  if (rows.length === 0) throw new UpstreamError('42P01', `relation ${shown} does not exist at the origin`);
  const [kind, engine, transactions] = /** @type {string[]} */ (rows[0]);
  if (kind !== 'BASE TABLE') {
    throw new UpstreamError('42809', `changes of ${shown} cannot be watched: it is not a table`, {
      hint: 'A realtime view reads tables of the origin; use a materialized view for this one.',
    });
  }
  if (transactions !== 'YES') {
    throw new UpstreamError('55000', `changes of ${shown} cannot be watched: ${engine} has no snapshots`, {
      hint: `ALTER TABLE ${shown} ENGINE = InnoDB`,
    });
  }
  await checkLogged(tx, relation, server);
}

/**
 * @param {OriginTransaction} tx
 * @param {Relation} relation
 * @param {import('./binlog-server.js').BinlogServer} server
 */
async function checkLogged(tx, { schema, name }, { statusStatement }) {
  const { rows: [[, , only, never]] } = await tx.query(statusStatement, []);
  const listed = (/** @type {unknown} */ list) => String(list ?? '').split(',').includes(schema);
  if ((only && !listed(only)) || listed(never)) {
    throw new UpstreamError('55000', `changes of ${quoteTable({ schema, name })} are not in the binary log`, {
      hint: 'See binlog_do_db and binlog_ignore_db.',
    });
  }
}

/**
 * The columns of a capture, in the order given.
 * @param {OriginTransaction} tx
 * @param {Relation} relation
 * @param {import('./capture.js').CaptureRequest} capture
 * @returns {Promise<KeyColumn[]>}
 * @throws {UpstreamError} 55000 its key does not identify a row, or not by values that are the same in the log; 42703 no such column
 */
export async function describeColumns(tx, relation, { columns, key }) {
  const place = [relation.schema, relation.name];
  const shown = quoteTable(relation);
  const found = await tx.query(
    `SELECT column_name, data_type, character_maximum_length, column_type LIKE '%zerofill%' FROM information_schema.columns
     WHERE table_schema = ? AND table_name = ?`, place);
  const described = new Map(/** @type {[string, string, number, number][]} */ (found.rows).map(
    ([name, type, length, zerofill]) => [name, { name, type, length: Number(length), zerofill: Boolean(zerofill) }]));
  const { rows } = await tx.query(
    `SELECT index_name, column_name, nullable, sub_part FROM information_schema.statistics
     WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, column_name`, place);
  /** @type {Map<string, string[]>} */
  const keys = new Map();
  for (const [index, column, nullable, prefix] of /** @type {[string, string, string, unknown][]} */ (rows)) {
    const usable = nullable !== 'YES' && prefix === null;
    keys.set(index, [...keys.get(index) ?? [], usable ? column : '']);
  }
  const wanted = JSON.stringify([...key].sort());
  if (key.length > 0 && ![...keys.values()].some((each) => JSON.stringify(each.sort()) === wanted)) {
    throw new UpstreamError('55000', `${shown} has no primary key or unique key (${key.join(', ')}) without NULL`, {
      hint: 'Give the table a primary key, or a unique key whose columns are NOT NULL.',
    });
  }
  return columns.map((name) => {
    const column = described.get(name);
    if (!column) throw new UpstreamError('42703', `${shown} has no column ${name} at the origin`);
    if (!key.includes(name) || KEY_TYPES.has(column.type)) return column;
    throw new UpstreamError('55000', `${shown} cannot be followed by its key: ${name} is of the type ${column.type}`, {
      hint: 'A key is of integers, decimals, characters, bytes, dates or times.',
    });
  });
}

/**
 * The tables from where a foreign key's ON DELETE or ON UPDATE may change this one, which the log does not tell.
 * @param {OriginTransaction} tx
 * @param {Relation} relation
 * @returns {Promise<Ancestor[]>}
 */
export async function findAncestors(tx, relation) {
  const { rows } = await tx.query(
    `SELECT r.constraint_schema, r.table_name, r.unique_constraint_schema, r.referenced_table_name,
       group_concat(k.referenced_column_name SEPARATOR '\\n')
     FROM information_schema.referential_constraints r
     JOIN information_schema.key_column_usage k ON k.constraint_schema = r.constraint_schema
       AND k.constraint_name = r.constraint_name AND k.table_name = r.table_name
     WHERE r.delete_rule NOT IN ('RESTRICT', 'NO ACTION') OR r.update_rule NOT IN ('RESTRICT', 'NO ACTION')
     GROUP BY r.constraint_schema, r.constraint_name, r.table_name, r.unique_constraint_schema, r.referenced_table_name`, []);
  const edges = /** @type {string[][]} */ (rows);
  /** @type {Map<string, Ancestor>} */
  const found = new Map();
  const visit = (/** @type {Relation} */ child) => {
    for (const [schema, name, parentSchema, parentName, columns] of edges) {
      if (schema !== child.schema || name !== child.name) continue;
      const parent = { schema: parentSchema, name: parentName };
      const known = found.get(quoteTable(parent));
      found.set(quoteTable(parent), { ...parent, columns: [...known?.columns ?? [], ...columns.split('\n')] });
      if (!known) visit(parent);
    }
  };
  visit(relation);
  return [...found.values()];
}

/**
 * Those of some columns whose values are equal when their texts are, in a result and in the log.
 * @param {KeyColumn[]} columns
 * @returns {Record<string, import('./capture.js').Comparable>}
 */
export function comparableColumns(columns) {
  return Object.fromEntries(columns.filter(({ type, zerofill }) => INTEGERS.has(type) && !zerofill).map(({ name }) => [name, 'integer']));
}
