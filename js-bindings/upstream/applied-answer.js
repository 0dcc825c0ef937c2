/** The answer to a queued transaction that was applied, and the text in which its origin keeps it for a second attempt. */
import { decodeValue, encodeValue, mapRows } from './protocol.js';

/** @typedef {import('./types.js').ApplySuccess} ApplySuccess */

/**
 * How many answers of a client are kept however old they are. It has so many transactions at most that it knows no answer to: a request has
 * up to 512, and the next may be under way before the answer to one has become durable.
 */
export const ANSWERS_KEPT = 1024;

/**
 * @param {import('./types.js').OriginResult[]} results of its writes
 * @returns {ApplySuccess}
 */
export function applied(results) {
  return {
    state: 'applied',
    rows: results.map(({ rows }) => rows[0] ?? null),
    fields: results.map(({ fields }) => (fields.length > 0 ? fields : null)),
    repeated: false,
  };
}

/** @param {ApplySuccess} answer */
export function textOf({ rows, fields }) {
  return JSON.stringify({ rows: mapRows(rows, encodeValue), fields });
}

/**
 * The answer to the second attempt.
 * @param {string} text
 * @returns {ApplySuccess}
 */
export function repeatedFrom(text) {
  const { rows, fields } = JSON.parse(text);
  return { state: 'applied', rows: mapRows(rows, decodeValue), fields, repeated: true };
}
