/**
 * Events of a binary log as changes of what is watched: the keys of rows, and what may have changed anything.
 */
import { PASS } from './binlog-mysql.js';
import { bytesToText } from './values.js';

/**
 * @typedef {import('./mysql-table.js').KeyColumn} KeyColumn
 * @typedef {import('./types.js').Relation} Relation
 * @typedef {import('./change-source.js').Key} Key
 * @typedef {object} Watch
 * @property {number} id
 * @property {Relation} relation
 * @property {KeyColumn[]} columns what is noted of a row, in the order of their names; none: only that something has changed
 * @property {import('./mysql-table.js').Ancestor[]} ancestors
 * @typedef {{ watch: Watch, keys: Key[] | null }} Seen a change; `keys` null: any row may have changed
 */

// What neither changes a row nor ends a transaction in a way that matters here.
const HARMLESS = /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i;
const DEFINITION = /^(CREATE|ALTER|DROP|RENAME|TRUNCATE|ANALYZE|OPTIMIZE|REPAIR|CHECK|GRANT|REVOKE|FLUSH|SET)\b/i;
const OF_DATABASE = /^DROP\s+(DATABASE|SCHEMA)\b/i;

/**
 * The changes that an event of rows tells.
 * @param {any} event
 * @param {Watch[]} watches
 * @returns {Seen[]}
 */
export function changesOfRows(event, watches) {
  const { parentSchema: schema, tableName: name } = event.tableMap[event.tableId];
  return watches.flatMap((watch) => {
    if (isTable(watch.relation, schema, name)) return changesOfTable(event, watch);
    const ancestor = watch.ancestors.find((each) => isTable(each, schema, name));
    return ancestor && reaches(event, ancestor.columns) ? [{ watch, keys: null }] : [];
  });
}

/**
 * The changes that a statement may have made: a definition, or rows in a log that tells statements.
 * @param {string} statement
 * @param {Watch[]} watches
 * @returns {Seen[]}
 */
export function changesOfStatement(statement, watches) {
  const text = statement.replace(/^(\s+|\/\*[^]*?\*\/|(--\s|#).*\n)*/, '');
  if (HARMLESS.test(text) || text === PASS) return [];
  const names = text.toLowerCase().replaceAll('``', '`');
  const concerned = DEFINITION.test(text) && !OF_DATABASE.test(text)
    ? watches.filter((watch) => [watch.relation, ...watch.ancestors].some((each) => names.includes(each.name.toLowerCase())))
    : watches;
  return concerned.map((watch) => ({ watch, keys: null }));
}

/**
 * @param {any} event
 * @param {Watch} watch
 * @returns {Seen[]}
 */
function changesOfTable(event, watch) {
  if (watch.columns.length === 0) return event.rows.length > 0 ? [{ watch, keys: [] }] : [];
  return event.rows.map((/** @type {any} */ row) => {
    const images = event.getTypeName() === 'UpdateRows' ? [row.before, row.after] : [row];
    return { watch, keys: images.map((image) => watch.columns.map((column) => textOf(image[column.name], column))) };
  });
}

/**
 * Whether a foreign key carries changes of these rows on to others.
 * @param {any} event
 * @param {string[]} columns those that others refer to
 */
function reaches(event, columns) {
  switch (event.getTypeName()) {
    case 'DeleteRows': return true;
    case 'UpdateRows': return event.rows.some((/** @type {any} */ { before, after }) =>
      columns.some((name) => String(before[name]) !== String(after[name])));
    default: return false;
  }
}

/**
 * @param {Relation} relation
 * @param {string} schema
 * @param {string} name
 */
function isTable(relation, schema, name) {
  return relation.schema === schema && relation.name === name;
}

/**
 * A value as its text: that of a SELECT, of bytes their hexadecimal digits; of NULL an empty one.
 * @param {unknown} value as the log has it
 * @param {KeyColumn} column
 * @returns {string | null} null: the log does not have all columns, or has this one by another name
 */
function textOf(value, { type, length }) {
  if (value === undefined) return null;
  if (value === null) return '';
  if (type === 'binary') return bytesToText(padded(/** @type {Uint8Array} */ (value), length));
  return value instanceof Uint8Array ? bytesToText(value) : String(value);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} length
 */
function padded(bytes, length) {
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}
