/**
 * An upstream client with the limits of a gateway around it.
 */
import { UpstreamError } from '../upstream/errors.js';

/**
 * @typedef {import('../upstream/types.js').UpstreamClient} UpstreamClient
 * @typedef {import('../upstream/types.js').ChangeSink} ChangeSink
 * @typedef {import('../upstream/types.js').Relation} Relation
 * @typedef {{ relations?: Relation[], rows: number }} Limits
 */

/**
 * The same client, refusing results of more than `rows` rows (54000) and, with a list of relations, whatever
 * touches another one (42501).
 * @param {UpstreamClient} client
 * @param {Limits} limits
 * @returns {UpstreamClient}
 * @throws {UpstreamError} 0A000 the client cannot be kept to a list
 */
export function guardUpstream(client, limits) {
  const upstream = limits.relations ? restricted(client, limits.relations) : client;
  const origin = /** @type {Required<UpstreamClient>} */ (upstream);
  return {
    dialect: upstream.dialect,
    query: async (sql, params, options) => checkRows(await upstream.query(sql, params, options), limits),
    transaction: upstream.transaction && ((work) => origin.transaction((tx) => work({
      query: async (sql, params, options) => checkRows(await tx.query(sql, params, options), limits),
    }))),
    apply: upstream.apply && ((request) => origin.apply(request)),
    subscribe: upstream.subscribe && ((request, sink, options) =>
      origin.subscribe(request, guardSink(sink, limits), options)),
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
