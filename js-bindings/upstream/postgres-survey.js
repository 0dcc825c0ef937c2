/**
 * What a round of a changefeed has to know first of a PostgreSQL: where its snapshot stands, what is watched, what has been
 * applied, who may see what. One script, so that it costs one round trip.
 */
import { captureName } from './capture.js';
import { rowSecurityOf, rowSecurityQuery } from './row-security.js';
import { Snapshot } from './snapshot.js';
import { arrayLiteral, quoteLiteral } from './sql-text.js';

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./change-source.js').Survey} Survey
 * @typedef {string[][]} Rows
 */

const SAVEPOINT = 'tidemark_read';
const POSITION = 'SELECT id::text, pruned::text, pg_current_snapshot()::text FROM tidemark_origin.feed';

/** As if the transaction had only been surveyed: what has failed since, the locks taken and the role entered are gone. */
export const RETURN_TO_SURVEY = `ROLLBACK TO SAVEPOINT ${SAVEPOINT}`;

/**
 * Makes the survey, at the beginning of a transaction, and gives up the locks that it took.
 * @param {OriginTransaction} tx
 * @param {import('./change-source.js').Surveyed} surveyed
 * @param {{ captures: string, end?: string }} queries `captures`: id, since, schema, name, columns and those that are comparable; `end`: where the
 *   write-ahead log ends, after the snapshot was taken
 * @returns {Promise<Survey & { end?: string }>}
 */
export async function makeSurvey(tx, { clients, relations }, { captures, end }) {
  const { feed, watched, applied, security, last } = await readAll(tx, {
    feed: POSITION,
    watched: captures,
    applied: appliedQuery(clients),
    ...relations.length > 0 && { security: rowSecurityQuery(relations) },
    ...end && { last: end },
  });
  return {
    position: positionOf(feed[0]),
    captures: capturesOf(watched),
    applied: new Map(applied.map(([client, transaction]) => [client, Number(transaction)])),
    security: rowSecurityOf(security ?? []),
    end: last?.[0][0],
  };
}

/**
 * The rows of each of the queries, in one round trip.
 * @param {OriginTransaction} tx
 * @param {Record<string, string>} queries
 * @returns {Promise<Record<string, Rows>>}
 */
async function readAll(tx, queries) {
  const script = [`SAVEPOINT ${SAVEPOINT}`, ...Object.values(queries), RETURN_TO_SURVEY];
  const [, ...results] = await tx.run(script.join(';\n'));
  return Object.fromEntries(Object.keys(queries).map((name, at) => [name, /** @type {Rows} */ (results[at])]));
}

/**
 * @param {string[]} feed
 * @returns {import('./change-source.js').Position}
 */
function positionOf([feed, pruned, text]) {
  return {
    pruned: BigInt(pruned),
    snapshot: /** @type {Snapshot} */ (Snapshot.parse(text)),
    behind: false,
    cursor: `${feed}/${text}`,
    snapshotOf: (cursor) => (cursor.startsWith(`${feed}/`) ? Snapshot.parse(cursor.slice(feed.length + 1)) : null),
  };
}

/**
 * Captures by name.
 * @param {unknown[][]} rows
 * @returns {Map<string, import('./capture.js').Capture>}
 */
function capturesOf(rows) {
  return new Map(/** @type {string[][]} */ (rows).map(([id, since, schema, name, columns, comparable]) => [
    captureName({ relation: { schema, name }, columns: JSON.parse(columns) }),
    { id: Number(id), since: BigInt(since), comparable: JSON.parse(comparable) },
  ]));
}

/** @param {Set<string>} clients */
function appliedQuery(clients) {
  return `SELECT client, max(transaction) FROM tidemark_origin.applied
    WHERE client = ANY (${quoteLiteral(arrayLiteral(clients))}::text[]) GROUP BY client`;
}
