/**
 * PostgreSQL's text form of a value ↔ the value as it crosses the upstream border.
 *
 * | PostgreSQL                    | at the border                                        |
 * | ----------------------------- | ---------------------------------------------------- |
 * | NULL                          | null                                                 |
 * | boolean                       | boolean                                              |
 * | smallint, integer, real, double precision | number (NaN and ±Infinity included)      |
 * | bigint                        | number when exact, otherwise bigint                  |
 * | bytea                         | Uint8Array                                           |
 * | an array                      | string: a JSON array; numbers but numeric, booleans and json as such, the rest as strings |
 * | all others                    | string: PostgreSQL's own text, dates and times in ISO style, UTC |
 */
import { checkValue } from './protocol.js';

/** Settings under which every text form below is what this module expects. */
export const SESSION_SETTINGS = [
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO'],
  ['IntervalStyle', 'postgres'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
];

const identity = (/** @type {string} */ text) => text;

/**
 * bytea's hexadecimal text as bytes.
 * @param {string} text `\x` and two digits for each byte
 */
export function bytesFromText(text) {
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  }
  return bytes;
}

/**
 * bytea's hexadecimal text for bytes.
 * @param {Uint8Array} bytes
 */
export function bytesToText(bytes) {
  let text = '\\x';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** @param {string} text */
function integerFromText(text) {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** @type {Record<string, (text: string) => unknown>} */
const DECODERS = {
  boolean: (text) => text[0] === 't',
  smallint: Number,
  integer: Number,
  bigint: integerFromText,
  real: Number,
  'double precision': Number,
  bytea: bytesFromText,
};

const JSON_NUMBERS = new Set(['smallint', 'integer', 'bigint', 'real', 'double precision', 'oid']);

/**
 * How an element of an array is written in the JSON array.
 * @param {string} name the element's type
 * @returns {(text: string) => string}
 */
function elementEncoder(name) {
  if (name === 'boolean') return (text) => (text[0] === 't' ? 'true' : 'false');
  if (name === 'json' || name === 'jsonb') return identity;
  if (!JSON_NUMBERS.has(name)) return JSON.stringify;
  return (text) => (/^-?\d/.test(text) ? text : JSON.stringify(text)); // NaN, Infinity
}

/**
 * PostgreSQL's array text as a JSON array. Lower bounds other than 1 are dropped.
 * @param {string} text such as `{1,NULL,"a,b"}`
 * @param {(text: string) => string} encode one element
 * @param {string} [delimiter] between elements: `,`, for box `;`
 */
export function arrayToJson(text, encode, delimiter = ',') {
  const special = new Set([delimiter, '{', '}']);
  let at = text.indexOf('{');
  let json = '';
  while (at < text.length) {
    const character = text[at];
    if (character === '{' || character === '}') {
      json += character === '{' ? '[' : ']';
      at++;
    } else if (character === delimiter) {
      json += ',';
      at++;
    } else if (character === '"') {
      let element = '';
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        element += text[at];
      }
      at++;
      json += encode(element);
    } else {
      const start = at;
      while (at < text.length && !special.has(text[at])) at++;
      const element = text.slice(start, at);
      json += element === 'NULL' ? 'null' : encode(element);
    }
  }
  return json;
}

const JSON_STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const DIGITS = '\\u0000digits'; // no text of PostgreSQL can contain this character
const TAGGED_NUMBER = /\{"\\u0000digits":"([^"]*)"\}/g;

/**
 * A JSON array as PostgreSQL's array text; numbers keep their digits.
 * @param {string} json
 * @param {string} element the element's type name
 * @param {string} [delimiter]
 * @returns {string} `json` itself when it is not a JSON array
 */
export function arrayFromJson(json, element, delimiter = ',') {
  let parsed;
  try {
    // Numbers become tagged strings first, so that none is rounded by the parser.
    parsed = JSON.parse(json.replace(JSON_STRING_OR_NUMBER, (token) =>
      token[0] === '"' ? token : `{"${DIGITS}":"${token}"}`));
  } catch {
    return json;
  }
  if (!Array.isArray(parsed)) return json;
  const nested = element === 'json' || element === 'jsonb';
  const quote = (/** @type {string} */ text) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
  const plain = (/** @type {any} */ value) =>
    typeof value === 'string' ? value : JSON.stringify(value).replace(TAGGED_NUMBER, '$1');
  /** @type {(value: any) => string} */
  const write = (value) => {
    if (value === null) return 'NULL';
    if (nested) return quote(typeof value === 'string' ? JSON.stringify(value) : plain(value));
    if (Array.isArray(value)) {
      return `{${value.map(write).join(delimiter)}}`;
    }
    return quote(plain(value));
  };
  return `{${parsed.map(write).join(delimiter)}}`;
}

/**
 * What is known of a PostgreSQL type: its name as format_type prints it, how its text becomes a value
 * and how a string given as parameter becomes its text.
 * @typedef {{ name: string, decode: (text: string) => unknown, encodeString: (text: string) => string }} ValueType
 */

/**
 * @param {string} name as format_type prints it
 * @param {{ name: string, delimiter: string } | null} [element] for an array: its elements
 * @returns {ValueType}
 */
export function valueType(name, element = null) {
  if (element) {
    const encode = elementEncoder(element.name);
    return {
      name,
      decode: (text) => arrayToJson(text, encode, element.delimiter),
      encodeString: (text) =>
        text.trimStart().startsWith('[') ? arrayFromJson(text, element.name, element.delimiter) : text,
    };
  }
  return { name, decode: DECODERS[name] ?? identity, encodeString: identity };
}

/**
 * A parameter as PostgreSQL's text.
 * @param {unknown} value null, boolean, number, bigint, string or Uint8Array
 * @param {ValueType} [type] the parameter's type, when known
 * @returns {string | null}
 * @throws {UpstreamError} 22023 for any other value
 */
export function parameterToText(value, type) {
  checkValue(value);
  if (value === null) return null;
  if (value instanceof Uint8Array) return bytesToText(value);
  if (typeof value === 'string') return type ? type.encodeString(value) : value;
  return Object.is(value, -0) ? '-0' : String(value);
}

const TYPES_SQL = `
  SELECT t.oid::text, format_type(t.oid, NULL), e.oid::text, format_type(e.oid, NULL), e.typdelim::text
  FROM pg_catalog.pg_type t
  LEFT JOIN pg_catalog.pg_type e
    ON e.oid = t.typelem AND t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc
  WHERE t.oid = ANY ($1::oid[])`;

/** The types of one origin by their oid, asked for once each. */
export class TypeCatalog {
  /** @type {Map<number, ValueType>} */
  #types = new Map();

  /**
   * The types of these oids.
   * @param {number[]} oids
   * @param {(sql: string, params: string[]) => Promise<(string | null)[][]>} ask runs a query on the
   *   origin and resolves to its rows as text
   * @returns {Promise<ValueType[]>} in the order of `oids`
   */
  async get(oids, ask) {
    const missing = oids.filter((oid) => !this.#types.has(oid));
    if (missing.length > 0) {
      for (const row of await ask(TYPES_SQL, [`{${missing.join(',')}}`])) {
        const [oid, name, element, elementName, delimiter] = /** @type {string[]} */ (row);
        const of = element === null ? null : { name: elementName, delimiter };
        this.#types.set(Number(oid), valueType(name, of));
      }
    }
    return oids.map((oid) => this.#types.get(oid) ?? valueType('unknown'));
  }

  /**
   * A result of texts as one of values.
   * @param {{ rows: any[][], fields: { name: string, dataTypeID: number }[], rowCount?: number }} result rows
   *   become values in place
   * @param {(sql: string, params: string[]) => Promise<(string | null)[][]>} ask as for `get`
   * @returns {Promise<import('./types.js').OriginResult>}
   */
  async decode({ rows, fields: columns, rowCount }, ask) {
    const types = await this.get(columns.map((column) => column.dataTypeID), ask);
    for (const row of rows) {
      for (let i = 0; i < row.length; i++) {
        if (row[i] !== null) row[i] = types[i].decode(row[i]);
      }
    }
    const fields = columns.map(({ name }, i) => ({ name, type: types[i].name }));
    return { rows, fields, types, rowCount };
  }

  /**
   * The type of this oid if it has been asked for.
   * @param {number} oid
   */
  known(oid) {
    return this.#types.get(oid);
  }
}
