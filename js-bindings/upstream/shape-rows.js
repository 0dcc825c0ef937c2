/**
 * What a shape has to be told: all its rows, or those that have changed. Shapes that differ in the constants of their equality alone are
 * asked for what has changed in one statement.
 */
import { UpstreamError } from './errors.js';
import { encodeValue } from './protocol.js';
import { nameOfKey } from './shown-keys.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./types.js').ShapeRequest} ShapeRequest
 * @typedef {import('./types.js').Field} Field
 * @typedef {import('./types.js').OriginResult} OriginResult
 * @typedef {import('./origin-dialect.js').OriginDialect} OriginDialect
 * @typedef {import('./subscription.js').ShapeResult} ShapeResult
 */

/**
 * @param {OriginTransaction} tx
 * @param {import('./changefeed.js').PlannedRequest} request
 * @returns {Promise<ShapeResult>}
 */
export async function readWhole(tx, request) {
  const { rows, fields } = await tx.query(request.sql, request.params);
  if (request.key) keyPositions(request.key, fields);
  return { kind: 'snapshot', rows, fields, repeated: !request.key && !request.partition };
}

/**
 * Other rows may be shown than before, and those of `keys` have changed.
 * @param {OriginTransaction} tx
 * @param {ShapeRequest} request
 * @param {string[][] | null} keys null: any may have
 * @returns {Promise<ShapeResult>}
 */
export async function readAgain(tx, request, keys) {
  if (!request.key || !keys) return readWhole(tx, request);
  const { rows, fields, types } = await tx.query(request.sql, request.params);
  const keyTypes = keyPositions(request.key, fields).map((at) => types[at]);
  const changed = keys.map((key) => nameOfKey(key.map((text, at) => keyTypes[at].decode(text))));
  return { kind: 'review', fields, rows, changed: new Set(changed) };
}

/**
 * @param {OriginDialect} dialect
 * @param {OriginTransaction} tx
 * @param {ShapeRequest} request
 * @param {string[][]} keys
 * @returns {Promise<ShapeResult>}
 */
export async function readChanged(dialect, tx, request, keys) {
  const result = await tx.query(/** @type {string} */ (request.keyQuery), dialect.keyParameters(request, keys));
  return changesAmong(request, result, keys);
}

/**
 * As readChanged for each of several requests that differ in the constants of their equality alone.
 * @param {OriginDialect} dialect
 * @param {OriginTransaction} tx
 * @param {{ request: ShapeRequest, keys: string[][] }[]} asked
 * @returns {Promise<ShapeResult[]>} in their order
 */
export async function readTogether(dialect, tx, asked) {
  const { request: { equality, ...rest } } = asked[0];
  const { keyQuery, columns } = /** @type {import('./types.js').Equality} */ (equality);
  const keys = new Map(asked.flatMap((each) => each.keys).map((key) => [JSON.stringify(key), key]));
  const result = await tx.query(keyQuery, dialect.keyParameters({ ...rest, equality }, [...keys.values()]));
  const width = result.fields.length - columns.length;
  const fields = result.fields.slice(0, width);
  /** @type {Map<string, unknown[][]>} */
  const rowsOf = new Map();
  for (const row of result.rows) {
    const values = JSON.stringify(row.slice(width));
    const known = rowsOf.get(values);
    if (known) known.push(row.slice(0, width));
    else rowsOf.set(values, [row.slice(0, width)]);
  }
  return asked.map(({ request, keys: own }) =>
    changesAmong(request, { ...result, fields, rows: rowsOf.get(JSON.stringify(request.equality?.values)) ?? [] }, own));
}

/**
 * What has become of the rows of some keys.
 * @param {ShapeRequest} request
 * @param {OriginResult} result the rows that there are; those of other keys are left aside
 * @param {string[][]} keys
 * @returns {ShapeResult}
 */
function changesAmong(request, { rows, fields, types }, keys) {
  const positions = keyPositions(/** @type {string[]} */ (request.key), fields);
  const keyTypes = positions.map((at) => types[at]);
  const names = keyTypes.map((type) => type.name);
  const gone = new Map(keys.map((texts) => {
    const key = texts.map((text, at) => keyTypes[at].decode(text));
    return [identity(key, names), key];
  }));
  const asked = new Set(gone.keys());
  const upserts = rows.filter((row) => {
    const name = identity(positions.map((at) => row[at]), names);
    gone.delete(name);
    return asked.has(name);
  });
  return { kind: 'changes', fields, upserts, deletes: [...gone.values()] };
}

/**
 * Where in a row the key is.
 * @param {string[]} key
 * @param {import('./types.js').Field[]} fields
 */
function keyPositions(key, fields) {
  return key.map((name) => {
    const at = fields.findIndex((field) => field.name === name);
    if (at < 0) throw new UpstreamError('22023', `the shape has no column "${name}" that its key names`);
    return at;
  });
}

/**
 * A text that is equal for equal keys.
 * @param {unknown[]} values
 * @param {string[]} types their types' names
 */
function identity(values, types) {
  return JSON.stringify(values.map((value, at) => {
    if (types[at] !== 'numeric') return encodeValue(value);
    return String(value).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''); // 1.50 is 1.5
  }));
}
