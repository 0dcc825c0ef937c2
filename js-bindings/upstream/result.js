/**
 * Results of shapes without a key as Z-sets: how often each row is in them, so that of a later one the difference alone has to be told.
 */
import { decodeValue, encodeValue } from './protocol.js';

/**
 * @typedef {import('./types.js').Field} Field
 * @typedef {{ inserted: unknown[][], deleted: unknown[][] }} Difference
 */

/** Characters of the rows' texts, beyond which a digest of them is kept in their place. */
const KEPT = 1 << 20;
/** Rows of which the digest is taken at once. */
const AT_ONCE = 1_000;

/** @type {WeakMap<unknown[][], Promise<Result>>} */
const known = new WeakMap();

/** What one reading of a shape has given. */
export class Result {
  #fields;
  /** @type {Map<string, number> | null} how often, by the text of the row */
  #counts;
  #digest;

  /**
   * @param {string} fields
   * @param {Map<string, number> | null} counts
   * @param {string} digest in the place of `counts`
   */
  constructor(fields, counts, digest) {
    this.#fields = fields;
    this.#counts = counts;
    this.#digest = digest;
  }

  /**
   * The result that these rows are, made once for all who are told of it.
   * @param {Field[]} fields
   * @param {unknown[][]} rows as they were read; not changed afterwards
   * @returns {Promise<Result>}
   */
  static of(fields, rows) {
    const result = known.get(rows) ?? resultOf(JSON.stringify(fields), rows);
    known.set(rows, result);
    return result;
  }

  /**
   * What makes an earlier result this one; null: that is not known.
   * @param {Result} earlier
   * @returns {Difference | null}
   */
  since(earlier) {
    if (earlier.#fields !== this.#fields) return null;
    if (this.#counts && earlier.#counts) {
      return { inserted: excess(this.#counts, earlier.#counts), deleted: excess(earlier.#counts, this.#counts) };
    }
    return !this.#counts && earlier.#digest === this.#digest ? { inserted: [], deleted: [] } : null;
  }
}

/**
 * @param {string} fields
 * @param {unknown[][]} rows
 */
async function resultOf(fields, rows) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  let length = 0;
  for (const row of rows) {
    const text = textOf(row);
    length += text.length;
    if (length > KEPT) return new Result(fields, null, await digestOf(rows));
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return new Result(fields, counts, '');
}

/** @param {unknown[]} row */
function textOf(row) {
  return JSON.stringify(row.map(encodeValue));
}

/**
 * The rows that `counts` has more often than `others`.
 * @param {Map<string, number>} counts
 * @param {Map<string, number>} others
 */
function excess(counts, others) {
  const rows = [];
  for (const [text, count] of counts) {
    for (let more = count - (others.get(text) ?? 0); more > 0; more--) rows.push(JSON.parse(text).map(decodeValue));
  }
  return rows;
}

/**
 * The SHA-256 of the digests of parts, so that the text is never there as a whole.
 * @param {unknown[][]} rows
 */
async function digestOf(rows) {
  const digests = [];
  for (let at = 0; at < rows.length; at += AT_ONCE) digests.push(await hash(rows.slice(at, at + AT_ONCE).map(textOf).join('\n')));
  return hash(digests.join());
}

/** @param {string} text */
async function hash(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
