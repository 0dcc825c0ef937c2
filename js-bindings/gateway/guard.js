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
 * The same client, refusing results of more than `rows` rows (54000) and subscriptions to relations that are
 * not listed (42501).
 * @param {UpstreamClient} upstream
 * @param {Limits} limits
 * @returns {UpstreamClient}
 */
export function guardUpstream(upstream, limits) {
  const origin = /** @type {Required<UpstreamClient>} */ (upstream);
  return {
    dialect: upstream.dialect,
    query: async (sql, params, options) => checkRows(await upstream.query(sql, params, options), limits),
    transaction: upstream.transaction && ((work) => origin.transaction((tx) => work({
      query: async (sql, params, options) => checkRows(await tx.query(sql, params, options), limits),
    }))),
    apply: upstream.apply && ((request) => origin.apply(request)),
    subscribe: upstream.subscribe && (async (request, sink, options) => {
      checkRelations(request, limits);
      return origin.subscribe(request, guardSink(sink, limits), options);
    }),
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
 * @param {import('../upstream/types.js').ShapeRequest} request
 * @param {Limits} limits
 */
function checkRelations({ relation, relations = [] }, { relations: allowed }) {
  if (!allowed) return;
  for (const { schema, name } of relation ? [relation, ...relations] : relations) {
    if (!allowed.some((each) => each.schema === schema && each.name === name)) {
      throw new UpstreamError('42501', `relation "${schema}"."${name}" is not offered by this gateway`);
    }
  }
}
