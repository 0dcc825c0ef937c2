/**
 * Rows of the write queue. The engine keeps them as JSON of what it stores: here they get back the values
 * that queries give.
 */

/** @typedef {Record<string, unknown>} Row */

/**
 * The columns of one view.
 * @typedef {{ types: Map<string, string>, key: string[] }} Shape
 */

/**
 * @param {any} connection
 * @param {string} schema
 * @param {string} name
 * @returns {Promise<Shape>}
 */
export async function shapeOf(connection, schema, name) {
  const { rows } = await connection.query(connection.root,
    'SELECT name, type, in_primary_key FROM tidemark.columns WHERE schema = $1 AND relation = $2 ORDER BY position',
    [schema, name]);
  return {
    types: new Map(rows.map((/** @type {any} */ column) => [column.name, column.type])),
    key: rows.filter((/** @type {any} */ column) => column.in_primary_key)
      .map((/** @type {any} */ column) => column.name),
  };
}

/**
 * A write or conflict with the values of its rows as queries give them.
 * @template {{ key?: any, staged_key?: any, base?: any, mine?: any, theirs?: any }} Write
 * @param {Write} write
 * @param {Shape} shape
 * @returns {Write}
 */
export function withValues(write, shape) {
  const { key, staged_key, base, mine, theirs } = write;
  return {
    ...write,
    key: rowFrom(keyFrom(key, shape), shape),
    staged_key: rowFrom(keyFrom(staged_key, shape), shape),
    base: rowFrom(base, shape),
    mine: rowFrom(mine, shape),
    theirs: rowFrom(theirs, shape),
  };
}

/**
 * @param {any} key an array of its values
 * @param {Shape} shape
 */
function keyFrom(key, shape) {
  return Array.isArray(key) ? Object.fromEntries(shape.key.map((column, at) => [column, key[at]])) : key;
}

/**
 * @param {Row | null | undefined} stored
 * @param {Shape} shape
 * @returns {Row | null}
 */
function rowFrom(stored, { types }) {
  if (stored === null || stored === undefined) return null;
  return Object.fromEntries(Object.entries(stored).map(([column, value]) =>
    [column, valueFrom(value, types.get(column) ?? 'text')]));
}

/**
 * @param {unknown} value
 * @param {string} type
 */
function valueFrom(value, type) {
  if (value === null) return null;
  if (type === 'boolean') return value === true || value === 1;
  if (typeof value !== 'string') return value;
  if (type === 'json' || type === 'jsonb' || type.endsWith('[]')) return JSON.parse(value);
  if (type === 'bytea') return Uint8Array.from(value.slice(2).match(/../g) ?? [], (byte) => parseInt(byte, 16));
  return value;
}
