/**
 * What EdgeClient and the gateway say to each other.
 *
 * ## Values
 *
 * Messages are JSON. A value of a row or a parameter is written
 *
 * | value                           | as                                  |
 * | ------------------------------- | ----------------------------------- |
 * | null, boolean, string           | itself                              |
 * | number                          | itself                              |
 * | NaN, Infinity, -Infinity, -0    | `{"number":"NaN"}` …                |
 * | bigint                          | `{"bigint":"9007199254740993"}`     |
 * | Uint8Array                      | `{"bytes":"<base64>"}`              |
 *
 * No value is an object of its own, so a tag cannot be confused with data.
 *
 * ## Requests
 *
 *     GET  {url}/health   → { status: 'ok', dialect }
 *     POST {url}/query    { sql, params }  → { rows, fields, rowCount }
 *     POST {url}/apply    ApplyRequest     → ApplyResult
 *     POST {url}/applyAll ApplyAllRequest  → [ApplyResult, …]
 *
 * A failure has an HTTP status of 400 or more and the body `{ error: { code, message, detail?, hint? } }`.
 * A token goes into the header `Authorization: Bearer …`.
 *
 * ## The WebSocket {url}/changes
 *
 * One for each client; every frame is one JSON object. `id` is chosen by the client and names one
 * subscription or one transaction for as long as the socket lives.
 *
 *     client → gateway                              gateway → client
 *     hello { version, token? }                     welcome { version, heartbeat, bytes, expiresIn? } (or it closes with 4401 or 4429)
 *     token { token }                               renewed { expiresIn? }     (or it closes with 4401 or 4409)
 *     subscribe { id, request }                     subscribed { id }                   (or failed { id, error })
 *     ack { id }                                    snapshot { id, part }
 *                                                   changes { id, batch }
 *     close { id }                                  lost { id, error }
 *     begin { id }                                  answer { id, call } | failed { id, call, error }
 *     query { id, call, sql, params }               answer { id, call, result } | failed { id, call, error }
 *     commit { id, call }, rollback { id, call }    answer { id, call } | failed { id, call, error }
 *     pong {}                                       ping {}
 *
 * Each `snapshot` and `changes` is acknowledged by one `ack` once the client has stored it. The gateway has at
 * most WINDOW of them unacknowledged for one subscription, and reads no further from the origin meanwhile.
 *
 * A frame from the client has at most `bytes` bytes; the gateway closes with 1009 at a longer one. Whoever has as many
 * connections as they may, is closed with 4429.
 *
 * Where the token ends, `expiresIn` says in how many milliseconds. Before that the client sends a fresh one as `token`,
 * and everything goes on; otherwise the gateway closes with 4401, or with 4409 when the fresh one gives other rights.
 *
 * The gateway sends `ping` every `heartbeat` milliseconds and the client answers `pong`. Both look twice in a
 * heartbeat whether they have heard anything, and after five looks in vain take the socket for dead. Looks are
 * counted, not time: who was asleep or busy has a chance to read what came meanwhile.
 */

import { UpstreamError } from './errors.js';

/** The version of this protocol. */
export const VERSION = 1;

/** Batches or snapshot parts of one subscription that may be on their way, unacknowledged. */
export const WINDOW = 8;

/** Looks in vain, two in a heartbeat, after which a socket is taken for dead. */
export const PATIENCE = 5;

/** Close codes of the WebSocket. */
export const CLOSE = {
  unauthorised: 4401, protocol: 4400, silent: 4408, changed: 4409, shutdown: 1001, overload: 4429, tooLong: 1009,
};

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/** @param {string} text */
function fromBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

const VALUE_TYPES = new Set(['boolean', 'number', 'bigint', 'string']);

/**
 * Refuses what is no value of the upstream border.
 * @param {unknown} value
 * @throws {UpstreamError} 22023
 */
export function checkValue(value) {
  if (value === null || VALUE_TYPES.has(typeof value) || value instanceof Uint8Array) return;
  const kind = value === undefined ? 'undefined'
    : `of type ${/** @type {any} */ (value).constructor?.name ?? typeof value}`;
  throw new UpstreamError('22023', `a value cannot be ${kind}`, {
    hint: 'Pass null, a boolean, number, bigint, string or Uint8Array.',
  });
}

/**
 * Refuses what is no text of a statement. A zero byte would end it early on the way to PostgreSQL.
 * @param {unknown} sql
 * @throws {UpstreamError} 22023
 */
export function checkSql(sql) {
  if (typeof sql === 'string' && !sql.includes('\0')) return;
  throw new UpstreamError('22023', 'a statement is a string without zero characters');
}

/**
 * A value as JSON can carry it.
 * @param {unknown} value
 * @returns {unknown}
 * @throws {UpstreamError} 22023
 */
export function encodeValue(value) {
  checkValue(value);
  if (typeof value === 'bigint') return { bigint: value.toString() };
  if (value instanceof Uint8Array) return { bytes: toBase64(value) };
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { number: Object.is(value, -0) ? '-0' : String(value) };
}

/**
 * The reverse of encodeValue.
 * @param {any} value
 * @returns {unknown}
 */
export function decodeValue(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.bytes === 'string') return fromBase64(value.bytes);
  if (typeof value.bigint === 'string') return BigInt(value.bigint);
  if (typeof value.number === 'string') return Number(value.number);
  return value;
}

/**
 * The messages that carry values, with each value passed through `map`: encodeValue on the way out,
 * decodeValue on the way in.
 * @typedef {(value: unknown) => unknown} MapValue
 */

/**
 * @template {unknown[] | null} Row
 * @param {Row[]} rows
 * @param {MapValue} map
 * @returns {Row[]}
 */
export function mapRows(rows, map) {
  return rows.map((row) => /** @type {Row} */ (row && row.map(map)));
}

/**
 * @template {{ params: unknown[] }} Statement
 * @param {Statement} statement
 * @param {MapValue} map
 * @returns {Statement}
 */
export function mapStatement(statement, map) {
  return { ...statement, params: statement.params.map(map) };
}

/**
 * @template {{ rows: unknown[][] }} Result a query's result, or a part of a snapshot
 * @param {Result} result
 * @param {MapValue} map
 * @returns {Result}
 */
export function mapResult(result, map) {
  return { ...result, rows: mapRows(result.rows, map) };
}

/**
 * @param {import('./types.js').ChangeBatch} batch
 * @param {MapValue} map
 * @returns {import('./types.js').ChangeBatch}
 */
export function mapBatch(batch, map) {
  return { ...batch, upserts: mapRows(batch.upserts, map), deletes: mapRows(batch.deletes, map) };
}

/**
 * @param {import('./types.js').ApplyRequest} request
 * @param {MapValue} map
 * @returns {import('./types.js').ApplyRequest}
 */
export function mapApplyRequest(request, map) {
  const writes = request.writes.map((write) => {
    const mapped = mapStatement(write, map);
    if (write.conflict) mapped.conflict = mapStatement(write.conflict, map);
    if (write.row) mapped.row = mapStatement(write.row, map);
    return mapped;
  });
  return { ...request, writes };
}

/**
 * @param {import('./types.js').ApplyAllRequest} request
 * @param {MapValue} map
 * @returns {import('./types.js').ApplyAllRequest}
 */
export function mapApplyAllRequest({ client, transactions }, map) {
  return { client, transactions: transactions.map((each) => mapApplyRequest({ client, ...each }, map)) };
}

/**
 * @param {import('./types.js').ApplyResult} result
 * @param {MapValue} map
 * @returns {import('./types.js').ApplyResult}
 */
export function mapApplyResult(result, map) {
  if (result.state === 'applied') return { ...result, rows: mapRows(result.rows, map) };
  if (result.state === 'refused') return result;
  const { row, fields } = result.theirs;
  return { ...result, theirs: { row: row && row.map(map), fields } };
}
