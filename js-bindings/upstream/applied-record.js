/**
 * The record of queued transactions that a PostgreSQL origin has applied, with the answers that were given: what makes a second attempt
 * change nothing.
 */
import { CHANNEL } from './origin-schema.js';
import { decodeValue, encodeValue, mapRows } from './protocol.js';

/**
 * @typedef {import('./types.js').ApplySuccess} ApplySuccess
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 */

/**
 * Enters transactions of a client in the record. Waits while another connection applies one of them.
 * @param {OriginTransaction} tx
 * @param {string} client
 * @param {number[]} transactions in ascending order, so that two who enter the same do not wait for each other
 * @returns {Promise<Map<number, ApplySuccess>>} the answers of those that were in it already
 */
export async function claim(tx, client, transactions) {
  const list = JSON.stringify(transactions);
  const { rowCount } = await tx.query(
    `INSERT INTO tidemark_origin.applied (client, transaction)
     SELECT $1::text, number::bigint
     FROM pg_catalog.jsonb_array_elements_text($2::text::jsonb) WITH ORDINALITY AS entry (number, position) ORDER BY position
     ON CONFLICT DO NOTHING`, [client, list]);
  if (rowCount === transactions.length) return new Map();
  const { rows } = await tx.query(
    `SELECT transaction, result FROM tidemark_origin.applied WHERE client = $1 AND result IS NOT NULL AND transaction IN (
       SELECT number::bigint FROM pg_catalog.jsonb_array_elements_text($2::text::jsonb) AS entry (number))`, [client, list]);
  return new Map(rows.map(([transaction, result]) =>
    [Number(transaction), fromText(/** @type {string} */ (result))]));
}

/**
 * Keeps the answers of transactions that were entered just now, and tells the changefeed.
 * @param {OriginTransaction} tx
 * @param {string} client
 * @param {[transaction: number, answer: ApplySuccess][]} answers
 */
export async function record(tx, client, answers) {
  const list = answers.map(([transaction, answer]) => [transaction, toText(answer)]);
  await tx.query(
    `UPDATE tidemark_origin.applied SET result = entry ->> 1 FROM pg_catalog.jsonb_array_elements($2::text::jsonb) AS entry
     WHERE client = $1 AND transaction = (entry ->> 0)::bigint`, [client, JSON.stringify(list)]);
  // A transaction may change nothing that is watched: its device still waits to hear that it is contained.
  await tx.query('SELECT pg_notify($1, $2)', [CHANNEL, '']);
}

/**
 * The answer that an applied transaction gets.
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
function toText({ rows, fields }) {
  return JSON.stringify({ rows: mapRows(rows, encodeValue), fields });
}

/**
 * @param {string} text
 * @returns {ApplySuccess}
 */
function fromText(text) {
  const { rows, fields } = JSON.parse(text);
  return { state: 'applied', rows: mapRows(rows, decodeValue), fields, repeated: true };
}
