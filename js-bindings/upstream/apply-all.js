/**
 * Several queued transactions of a device at once: together in one transaction of a PostgreSQL, and alone from where that does not work.
 *
 * Together means that none is committed without the others. Each has its record and its answer all the same, so a request that is sent
 * again, whole, in parts or with later transactions, changes nothing twice.
 */
import { applied, repeatedFrom, textOf } from './applied-answer.js';
import { checkRequest } from './apply.js';
import { UpstreamError } from './errors.js';
import { isLinked } from './known-keys.js';
import { postgresDialect } from './postgres-dialect.js';

/**
 * @typedef {import('./types.js').ApplyAllRequest} ApplyAllRequest
 * @typedef {import('./types.js').ApplyResult} ApplyResult
 * @typedef {import('./types.js').ApplyRequest} ApplyRequest
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 */

/**
 * @param {ApplyAllRequest} request
 * @throws {UpstreamError} 22023 it is none
 */
export function checkApplyAll(request) {
  const { client, transactions } = request ?? {};
  if (!Array.isArray(transactions)) throw new UpstreamError('22023', 'applyAll takes { client, transactions }');
  transactions.forEach((each, index) => {
    checkRequest({ client, ...each });
    if (index > 0 && each.transaction <= transactions[index - 1].transaction) {
      throw new UpstreamError('22023', 'the numbers of transactions rise');
    }
  });
}

/**
 * Applies one after the other, up to the first that is not applied.
 * @param {ApplyAllRequest} request
 * @param {(request: ApplyRequest) => Promise<ApplyResult>} apply
 * @returns {Promise<ApplyResult[]>}
 * @throws {UpstreamError} what the first of them fails with. What a later one does ends the results: it is still to be sent
 */
export async function applyEach({ client, transactions }, apply) {
  /** @type {ApplyResult[]} */
  const results = [];
  for (const transaction of transactions) {
    try {
      results.push(await apply({ client, ...transaction }));
    } catch (error) {
      if (results.length === 0) throw error;
      break;
    }
    if (!isApplied(results[results.length - 1])) break;
  }
  return results;
}

/**
 * Applies as many as possible together. When one of them stops the others, those before it go together without it, then it goes alone: so
 * what is said of it is what `apply` says.
 * @param {ApplyAllRequest} request
 * @param {{ transaction: import('./types.js').OriginSession['transaction'],
 *   apply(request: ApplyRequest): Promise<ApplyResult>,
 *   guard(tx: OriginTransaction): OriginTransaction }} origin
 * @returns {Promise<ApplyResult[]>} up to the first that is not applied
 * @throws {UpstreamError} as applyEach
 */
export async function applyTogether(request, origin) {
  const { client, transactions } = request;
  if (transactions.length < 2) return applyEach(request, origin.apply);
  try {
    return await origin.transaction((tx) => runTogether(tx, request, origin.guard(tx)));
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const { index } = error;
    const results = await applyTogether({ client, transactions: transactions.slice(0, index) }, origin);
    if (results.length < index || !results.every(isApplied)) return results;
    const alone = { client, transactions: transactions.slice(index, index + 1) };
    return [...results, ...await applyEach(alone, origin.apply).catch((failure) => {
      if (index === 0) throw failure;
      return [];
    })];
  }
}

/** Transaction `index` could not be applied together with those before it. */
class Stopped extends Error {
  /** @param {number} index */
  constructor(index) {
    super(`transaction ${index} has to go alone`);
    this.index = index;
  }
}

/** @param {ApplyResult} result */
function isApplied(result) {
  return result.state === 'applied';
}

/**
 * @param {OriginTransaction} tx
 * @param {ApplyAllRequest} request
 * @param {OriginTransaction} guarded
 * @returns {Promise<ApplyResult[]>}
 * @throws {Stopped} and the caller rolls back
 */
async function runTogether(tx, { client, transactions }, guarded) {
  const known = await postgresDialect.claim(tx, client, transactions.map(({ transaction }) => transaction));
  const fresh = transactions.filter(({ transaction }) => !known.has(transaction));
  const answers = new Map(fresh.length > 0 ? await runFresh(tx, { client, transactions }, fresh, guarded) : []);
  return transactions.map(({ transaction }) => answers.get(transaction) ?? repeatedFrom(/** @type {string} */ (known.get(transaction))));
}

/**
 * @param {OriginTransaction} tx
 * @param {ApplyAllRequest} request
 * @param {ApplyAllRequest['transactions']} fresh those of the request that were not in the record
 * @param {OriginTransaction} guarded
 * @returns {Promise<[transaction: number, answer: import('./types.js').ApplySuccess][]>}
 * @throws {Stopped}
 */
async function runFresh(tx, { client, transactions }, fresh, guarded) {
  const linked = fresh.find((each) => isLinked(each.writes));
  if (linked) throw new Stopped(transactions.indexOf(linked));
  const writes = fresh.flatMap((each) => each.writes);
  const stoppedAt = (/** @type {number} */ write) => new Stopped(transactions.indexOf(ownerOf(fresh, write)));
  // A constraint that is deferred would speak for all of them at the end: so it speaks with each write, or the transaction goes alone.
  await postgresDialect.checkDeferred(tx);
  const long = fresh.find((each) => each.writes.length > 1);
  if (long && await defersTriggers(tx)) throw new Stopped(transactions.indexOf(long));
  const { results, failure } = await guarded.queryAll(writes);
  const odd = results.findIndex(({ rowCount }) => rowCount !== 1);
  if (odd >= 0) throw stoppedAt(odd);
  if (failure) throw stoppedAt(Math.min(results.length, writes.length - 1));
  await guarded.leave?.();

  let at = 0;
  /** @type {[number, import('./types.js').ApplySuccess][]} */
  const answers = fresh.map((each) => [each.transaction, applied(results.slice(at, at += each.writes.length))]);
  await postgresDialect.record(tx, client, answers.map(([transaction, answer]) => [transaction, textOf(answer)]));
  return answers;
}

/**
 * Whether triggers wait for the end of a transaction: between its writes they would do something else.
 * @param {OriginTransaction} tx
 */
async function defersTriggers(tx) {
  const { rows } = await tx.query(`SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE condeferred AND contype = 't')`, []);
  return rows[0][0] === true;
}

/**
 * The transaction that write number `write` of them all belongs to.
 * @param {ApplyAllRequest['transactions']} transactions
 * @param {number} write
 */
function ownerOf(transactions, write) {
  let left = write;
  const owner = transactions.find(({ writes }) => (left -= writes.length) < 0);
  return /** @type {ApplyAllRequest['transactions'][0]} */ (owner);
}
