/**
 * An upstream client with the limits of a gateway around it.
 */
import { UpstreamError } from '../upstream/errors.js';
import { sizeOfRows } from '../upstream/row-size.js';

/**
 * @typedef {import('../upstream/types.js').UpstreamClient} UpstreamClient
 * @typedef {import('../upstream/types.js').ChangeSink} ChangeSink
 * @typedef {import('../upstream/types.js').Relation} Relation
 * @typedef {import('../upstream/types.js').DatabaseUser} DatabaseUser
 * @typedef {{
 *   relations?: Relation[], rows: number, resultBytes: number, statementTimeout: number, user?: DatabaseUser, owner?: string
 * }} Limits `user`: as whom statements run; `owner`: whose the devices are
 */

/**
 * The same client, refusing results of more than `rows` rows or `resultBytes` bytes (54000) and, with a list of relations,
 * whatever touches another one (42501). Statements end after `statementTimeout`. With a user its statements run as that one. With an owner a device is known by its name
 * and its owner together: whoever learns the name of another's cannot ask for its answers.
 * @param {UpstreamClient} client
 * @param {Limits} limits
 * @returns {UpstreamClient}
 * @throws {UpstreamError} 0A000 the client cannot be kept to a list, or take a role
 */
export function guardUpstream(client, limits) {
  const listed = limits.relations ? restricted(client, limits.relations) : client;
  const visitor = limits.user ? inRole(listed, limits.user) : listed;
  const upstream = visitor.within?.(limits.statementTimeout) ?? visitor;
  const owned = (/** @type {string} */ device) =>
    (limits.owner === undefined || typeof device !== 'string' ? device : JSON.stringify([device, limits.owner]));
  const origin = /** @type {Required<UpstreamClient>} */ (upstream);
  return {
    dialect: upstream.dialect,
    query: async (sql, params, options) => checkResult(await upstream.query(sql, params, options), limits),
    transaction: upstream.transaction && ((work) => origin.transaction((tx) => work({
      query: async (sql, params, options) => checkResult(await tx.query(sql, params, options), limits),
    }))),
    apply: upstream.apply && ((request) =>
      origin.apply({ ...request, client: owned(request?.client) }).catch((error) => { throw passing(error); })),
    applyAll: upstream.applyAll && ((request) =>
      origin.applyAll({ ...request, client: owned(request?.client) }).catch((error) => { throw passing(error); })),
    subscribe: upstream.subscribe && ((request, sink, options) =>
      origin.subscribe({ ...request, client: owned(request.client) }, guardSink(sink, limits), options)),
  };
}

/**
 * The same sink, refusing snapshots that are too long.
 * @param {ChangeSink} sink
 * @param {Limits} limits
 * @returns {ChangeSink}
 */
function guardSink(sink, limits) {
  let count = 0;
  let size = 0;
  return {
    snapshot: (part) => {
      count = (part.first ? 0 : count) + part.rows.length;
      size = (part.first ? 0 : size) + sizeOfRows(part.rows);
      check('snapshot', count, size, limits);
      return sink.snapshot(part);
    },
    changes: (batch) => sink.changes(batch),
    lost: (error) => sink.lost(error),
  };
}

/**
 * @param {import('../upstream/types.js').QueryResult} result
 * @param {Limits} limits
 */
function checkResult(result, limits) {
  check('result', result.rows.length, sizeOfRows(result.rows), limits);
  return result;
}

/**
 * @param {string} what
 * @param {number} count of rows
 * @param {number} size in bytes
 * @param {Limits} limits
 */
function check(what, count, size, { rows, resultBytes }) {
  const hint = 'Add LIMIT, or a narrower WHERE.';
  if (count > rows) {
    throw new UpstreamError('54000', `the ${what} has more rows than the ${rows} that this gateway gives`, { hint });
  }
  if (size > resultBytes) {
    throw new UpstreamError('54000', `the ${what} has more bytes than the ${resultBytes} that this gateway gives`, { hint });
  }
}

/**
 * A queued write that has waited too long for others is not to be given up: it may be sent again.
 * @param {any} error
 */
function passing(error) {
  if (error?.code !== '57014') return error;
  return new UpstreamError('53400', 'a queued write took longer than this gateway gives a statement', { cause: error });
}

/**
 * @param {UpstreamClient} upstream
 * @param {Relation[]} relations
 * @returns {UpstreamClient}
 */
function restricted(upstream, relations) {
  if (upstream.restrict) return upstream.restrict(relations);
  throw new UpstreamError('0A000', 'this origin cannot be kept to a list of relations', {
    hint: 'Leave out the option relations, and give the upstream client a role with few rights.',
  });
}

/**
 * @param {UpstreamClient} upstream
 * @param {DatabaseUser} user
 * @returns {UpstreamClient}
 */
function inRole(upstream, user) {
  if (upstream.as) return upstream.as(user);
  throw new UpstreamError('0A000', 'this origin has no roles that a statement could run as', {
    hint: 'Leave out the option roles.',
  });
}
