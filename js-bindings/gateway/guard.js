/**
 * An upstream client with the limits of a gateway around it.
 */
import { UpstreamError } from '../upstream/errors.js';

/**
 * @typedef {import('../upstream/types.js').UpstreamClient} UpstreamClient
 * @typedef {import('../upstream/types.js').ChangeSink} ChangeSink
 * @typedef {import('../upstream/types.js').Relation} Relation
 * @typedef {import('../upstream/types.js').DatabaseUser} DatabaseUser
 * @typedef {{ relations?: Relation[], rows: number, user?: DatabaseUser, owner?: string }} Limits `user`: as whom
 *   statements run; `owner`: whose the devices are
 */

/**
 * The same client, refusing results of more than `rows` rows (54000) and, with a list of relations, whatever
 * touches another one (42501). With a user its statements run as that one. With an owner a device is known by its name
 * and its owner together: whoever learns the name of another's cannot ask for its answers.
 * @param {UpstreamClient} client
 * @param {Limits} limits
 * @returns {UpstreamClient}
 * @throws {UpstreamError} 0A000 the client cannot be kept to a list, or take a role
 */
export function guardUpstream(client, limits) {
  const listed = limits.relations ? restricted(client, limits.relations) : client;
  const upstream = limits.user ? inRole(listed, limits.user) : listed;
  const owned = (/** @type {string} */ device) =>
    (limits.owner === undefined || typeof device !== 'string' ? device : JSON.stringify([device, limits.owner]));
  const origin = /** @type {Required<UpstreamClient>} */ (upstream);
  return {
    dialect: upstream.dialect,
    query: async (sql, params, options) => checkRows(await upstream.query(sql, params, options), limits),
    transaction: upstream.transaction && ((work) => origin.transaction((tx) => work({
      query: async (sql, params, options) => checkRows(await tx.query(sql, params, options), limits),
    }))),
    apply: upstream.apply && ((request) => origin.apply({ ...request, client: owned(request?.client) })),
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
  return {
    snapshot: (part) => {
      count = (part.first ? 0 : count) + part.rows.length;
      if (count > limits.rows) throw tooMany('snapshot', limits);
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
function checkRows(result, limits) {
  if (result.rows.length > limits.rows) throw tooMany('result', limits);
  return result;
}

/**
 * @param {string} what
 * @param {Limits} limits
 */
function tooMany(what, { rows }) {
  return new UpstreamError('54000', `the ${what} has more rows than the ${rows} that this gateway gives`, {
    hint: 'Add LIMIT, or a narrower WHERE.',
  });
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
