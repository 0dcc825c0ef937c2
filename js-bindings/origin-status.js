/** How it stands with each origin, in the words that a person is shown: connected, syncing, offline since, stopped. */
import { isDisconnected, isTransient } from './upstream/errors.js';

/**
 * @typedef {import('./index.js').OriginStatus} OriginStatus
 * @typedef {import('./index.js').ViewStatus & { last_error_code: string | null }} View
 */

/**
 * Writes of one origin that have the same state and error.
 * @typedef {object} WaitingWrites
 * @property {string} origin
 * @property {'pending' | 'failed' | 'conflicted'} state
 * @property {string | null} last_error_code
 * @property {string | null} next_retry_at
 * @property {number} writes
 */

/** What is asked for WaitingWrites. */
export const WAITING_WRITES = `
  SELECT origin, state, last_error_code, min(next_retry_at) AS next_retry_at, count(*)::integer AS writes
  FROM tidemark.queue WHERE state <> 'applied' GROUP BY origin, state, last_error_code`;

/**
 * @param {View[]} views
 * @param {WaitingWrites[]} writes
 * @param {ReadonlyMap<string, number>} received rows of first snapshots under way, by the view's name with its schema
 * @returns {OriginStatus[]} in the order of their names
 */
export function originStatuses(views, writes, received) {
  const origins = [...new Set([...views, ...writes].map(({ origin }) => origin))].sort();
  return origins.map((origin) => statusOf(origin, views.filter((view) => view.origin === origin),
    writes.filter((write) => write.origin === origin), received));
}

/**
 * @param {string} origin
 * @param {View[]} views
 * @param {WaitingWrites[]} writes
 * @param {ReadonlyMap<string, number>} received
 * @returns {OriginStatus}
 */
function statusOf(origin, views, writes, received) {
  const enabled = views.filter((view) => view.enabled);
  const synced = enabled.filter(({ state }) => state === 'running' || state === 'synced');
  const failed = enabled.filter(({ state }) => state === 'failed');
  const unsent = writes.filter(({ state }) => state === 'failed');
  const outOfReach = [...failed, ...unsent].filter(({ last_error_code: code }) => isTransient(code ?? ''));
  const pending = count(writes, 'pending') + count(writes, 'failed');
  // A view that runs has heard nothing bad, which need not mean much: a write that has found no connection knows better.
  const offline = unsent.some(({ last_error_code: code }) => isDisconnected(code ?? ''))
    || (outOfReach.length > 0 && !enabled.some(({ state }) => state === 'running'));
  const syncing = synced.length < enabled.length || pending > 0;
  return {
    origin,
    state: offline ? 'offline' : syncing ? 'syncing' : views.length > 0 && enabled.length === 0 ? 'stopped' : 'connected',
    since: offline ? earliest(failed.map((view) => view.updated_at)) : null,
    nextRetryAt: earliest(outOfReach.map((each) => each.next_retry_at)),
    views: enabled.length,
    synced: synced.length,
    failed: failed.filter((view) => !outOfReach.includes(view)).length,
    received: enabled.reduce((sum, { view }) => sum + (received.get(view) ?? 0), 0),
    pending,
    conflicted: count(writes, 'conflicted'),
  };
}

/**
 * @param {WaitingWrites[]} writes
 * @param {string} wanted
 */
function count(writes, wanted) {
  return writes.reduce((sum, { state, writes: number }) => sum + (state === wanted ? number : 0), 0);
}

/**
 * @param {(string | null)[]} times as the database shows them: in UTC, with +00 at the end
 * @returns {Date | null} null: none is known
 */
function earliest(times) {
  const [first] = times.filter((time) => time !== null).sort();
  return first === undefined ? null : new Date(first.replace(' ', 'T').replace('+00', 'Z'));
}
