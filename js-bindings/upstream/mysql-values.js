/**
 * MySQL's types, values and errors in the form of the upstream border, whose names of types are PostgreSQL's.
 */
import { UNREACHABLE, UpstreamError } from './errors.js';
import { checkValue } from './protocol.js';
import { bytesFromText } from './values.js';

const UNSIGNED = 32;
const BINARY_CHARSET = 63;

/**
 * By the number of the type in MySQL's protocol: its name, and when unsigned.
 * @type {Record<number, [string, string?]>}
 */
const TYPES = {
  0: ['numeric'],
  1: ['smallint'],
  2: ['smallint', 'integer'],
  3: ['integer', 'bigint'],
  4: ['real'],
  5: ['double precision'],
  7: ['timestamp with time zone'],
  8: ['bigint', 'numeric'],
  9: ['integer'],
  10: ['date'],
  11: ['time without time zone'],
  12: ['timestamp without time zone'],
  13: ['integer'],
  16: ['bytea'],
  245: ['jsonb'],
  246: ['numeric'],
  255: ['bytea'],
};

/** Errors that have a better SQLSTATE in PostgreSQL than MySQL's own. */
const CODES = new Map([
  [1022, '23505'], [1062, '23505'], [1586, '23505'],
  [1216, '23503'], [1217, '23503'], [1451, '23503'], [1452, '23503'],
  [1048, '23502'], [1364, '23502'], [3819, '23514'], [4025, '23514'],
  [1049, '3D000'], [1146, '42P01'], [1054, '42703'], [1064, '42601'], [1050, '42P07'], [1305, '42883'],
  [1044, '42501'], [1142, '42501'], [1143, '42501'], [1227, '42501'], [1370, '42501'], [1045, '28000'],
  [1040, '53300'], [1203, '53300'], [1205, '55P03'], [1213, '40P01'], [1020, '40001'], [1412, '40001'],
  [1317, '57014'], [3024, '57014'], [1969, '57014'], [1053, '57P01'], [1927, '57P01'], [1792, '25006'],
  [1406, '22001'], [1264, '22003'], [1690, '22003'], [1292, '22007'], [1366, '22P02'], [1365, '22012'],
]);

/** @param {{ columnType: number, flags: number, columnLength: number, characterSet: number }} column */
function typeOf({ columnType, flags, columnLength, characterSet }) {
  if (columnType === 1 && columnLength === 1) return 'boolean'; // what BOOLEAN is short for
  const [name, unsigned] = TYPES[columnType] ?? [];
  if (name) return (flags & UNSIGNED) !== 0 && unsigned ? unsigned : name;
  return characterSet === BINARY_CHARSET && columnType !== 6 ? 'bytea' : 'text';
}

/**
 * A column of a result.
 * @param {any} column as mysql2 describes it
 * @returns {import('./types.js').Field}
 */
export function fieldOf(column) {
  return { name: column.name, type: typeOf(column) };
}

const utf8 = new TextDecoder();

/** @type {Record<string, (text: string) => unknown>} */
const DECODERS = {
  boolean: (text) => text !== '0',
  smallint: Number,
  integer: Number,
  real: Number,
  'double precision': Number,
  bigint: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)),
  bytea: bytesFromText,
  'timestamp with time zone': (text) => `${text}+00`,
};

const identity = (/** @type {string} */ text) => text;

/**
 * What is known of a column's type. The text of bytes is PostgreSQL's: `\\x` and two digits for each.
 * @param {import('./types.js').Field} field
 * @returns {import('./types.js').ValueType & { decodeBytes(bytes: Uint8Array): unknown }} `decodeBytes`: as the server sent it
 */
export function valueType({ type = 'text' }) {
  const decode = DECODERS[type] ?? identity;
  const decodeBytes = type === 'bytea' ? (/** @type {Uint8Array} */ bytes) => new Uint8Array(bytes)
    : (/** @type {Uint8Array} */ bytes) => decode(utf8.decode(bytes));
  return { name: type, decode, encodeString: identity, decodeBytes };
}

/** Keys as the one parameter of `(a, b) IN (?)`. */
export class KeyList {
  /**
   * @param {string[][]} keys the texts of their columns
   * @param {string[]} types the columns' types, as information_schema names them
   */
  constructor(keys, types) {
    const columns = types.map((type) => LITERALS[type] ?? identity);
    // A list in a list is a row to mysql2, also where it has one column: `a IN ((1), (2))`.
    this.values = keys.map((key) => key.map((text, at) => columns[at](text)));
  }
}

/** A number as its digits: between quotes it would be compared as a floating-point number. */
const digits = (/** @type {string} */ text) => ({ toSqlString: () => (/^-?\d+(\.\d+)?$/.test(text) ? text : 'NULL') });

const bytes = (/** @type {string} */ text) => Buffer.from(bytesFromText(text));

/** @type {Record<string, (text: string) => unknown>} */
const LITERALS = {
  tinyint: digits, smallint: digits, mediumint: digits, int: digits, bigint: digits, decimal: digits, year: digits,
  binary: bytes, varbinary: bytes,
};

/**
 * A parameter as mysql2 takes it.
 * @param {unknown} value
 * @throws {UpstreamError} 22023 what is no value; 22003 a number that MySQL does not have
 */
export function encodeParameter(value) {
  if (value instanceof KeyList) return value.values;
  checkValue(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new UpstreamError('22003', `MySQL has no number ${value}`);
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/**
 * @param {unknown} thrown by mysql2
 * @returns {UpstreamError}
 */
export function fromMySQL(thrown) {
  if (thrown instanceof UpstreamError) return thrown;
  const { errno, sqlState, message, sqlMessage } = /** @type {any} */ (thrown);
  const known = CODES.get(errno) ?? (/^[0-9A-Z]{5}$/.test(sqlState) && sqlState !== 'HY000' ? sqlState : undefined);
  const code = known ?? (typeof errno === 'number' && errno > 0 ? 'XX000' : UNREACHABLE);
  return new UpstreamError(code, sqlMessage ?? message ?? String(thrown), { cause: thrown });
}
