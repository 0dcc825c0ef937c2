/**
 * One queued transaction of a device, applied to an origin exactly once.
 */
import { applied, repeatedFrom, textOf } from './applied-answer.js';
import { UpstreamError, isTransient } from './errors.js';
import { withKnownKeys } from './known-keys.js';

/** @typedef {import('./origin-dialect.js').ApplyDialect} ApplyDialect */

/**
 * Applies all writes of `request`, or none, inside the caller's transaction, and records that it did. A
 * request that is already recorded changes nothing and gets the answer of the first time. After a conflict
 * or a refusal the caller's transaction is left as it was before, ready to commit.
 * @param {import('./types.js').OriginTransaction} tx a READ COMMITTED transaction; the caller commits it
 * @param {ApplyDialect} dialect
 * @param {import('./types.js').ApplyRequest} request
 * @param {(tx: import('./types.js').OriginTransaction) => import('./types.js').OriginTransaction} [guard] makes of the
 *   transaction the one for the statements of the request, until the savepoint they are in has ended
 * @returns {Promise<import('./types.js').ApplyResult>}
 * @throws {UpstreamError} what may pass by itself (connection, serialization, deadlock, resources,
 *   statement timeout): nothing is applied once the caller has rolled back; send the same request again
 */
export async function applyTransaction(tx, dialect, request, guard = (tx) => tx) {
  checkRequest(request);
  await tx.query('SAVEPOINT tidemark_apply', []);
  const { client, transaction } = request;
  // Waits here while another connection applies the same request.
  const known = (await dialect.claim(tx, client, [transaction])).get(transaction);
  if (known !== undefined) return repeatedFrom(known);

  /** @type {import('./types.js').OriginResult[]} */
  const results = [];
  const guarded = guard(tx);
  for (const [index, queued] of request.writes.entries()) {
    let result;
    let write = queued;
    try {
      write = withKnownKeys(queued, (earlier) => results[earlier]?.rows[0]);
      result = await guarded.query(write.sql, write.params);
      if (index === request.writes.length - 1) await dialect.checkDeferred(tx);
    } catch (thrown) {
      return failed(tx, request, index, UpstreamError.from(thrown), guard(tx));
    }
    if (result.rowCount === 0) return conflicted(tx, request, index, guard(tx));
    if (result.rowCount !== 1) return refused(tx, index, touchedMany(result.rowCount));
    results.push(await dialect.written(guarded, write, result));
  }
  await guarded.leave?.();
  const answer = applied(results);
  await dialect.record(tx, client, [[transaction, textOf(answer)]]);
  return answer;
}

/**
 * @param {import('./types.js').ApplyRequest} request
 * @throws {UpstreamError} 22023 it is none
 */
export function checkRequest(request) {
  const { client, transaction, writes } = request ?? {};
  if (typeof client !== 'string' || client === '' || !Number.isSafeInteger(transaction)
    || !Array.isArray(writes)) {
    throw new UpstreamError('22023', 'apply takes { client, transaction, writes }');
  }
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @param {import('./types.js').ApplyRequest} request
 * @param {number} index
 * @param {UpstreamError} error
 * @param {import('./types.js').OriginTransaction} guarded
 * @returns {Promise<import('./types.js').ApplyResult>}
 */
async function failed(tx, request, index, error, guarded) {
  if (isTransient(error.code) || error.code === '57014') throw error;
  if (error.code === '23505' && request.writes[index].conflict) {
    const result = await conflicted(tx, request, index, guarded);
    if (result.theirs.row) return result;
  }
  return refused(tx, index, error);
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @param {import('./types.js').ApplyRequest} request
 * @param {number} index
 * @param {import('./types.js').OriginTransaction} guarded
 * @returns {Promise<import('./types.js').ApplyConflict>}
 * @throws {UpstreamError} what the conflict SELECT fails with
 */
async function conflicted(tx, request, index, guarded) {
  // Undone first: "theirs" is the row without the other writes of this transaction.
  await tx.query('ROLLBACK TO SAVEPOINT tidemark_apply', []);
  const { conflict } = request.writes[index];
  if (!conflict) return { state: 'conflicted', index, theirs: { row: null, fields: [] } };
  const found = await guarded.query(conflict.sql, conflict.params);
  return { state: 'conflicted', index, theirs: { row: found.rows[0] ?? null, fields: found.fields } };
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @param {number} index
 * @param {UpstreamError} error
 * @returns {Promise<import('./types.js').ApplyResult>}
 */
async function refused(tx, index, error) {
  await tx.query('ROLLBACK TO SAVEPOINT tidemark_apply', []);
  return { state: 'refused', index, error: error.toJSON() };
}

/** @param {number | undefined} count */
function touchedMany(count) {
  return new UpstreamError('21000', `a queued write touched ${count} rows instead of one`);
}
