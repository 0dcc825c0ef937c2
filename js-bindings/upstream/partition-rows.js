/**
 * Reading the parts of a shape that changed rows concern.
 */
import { columnsRead } from './partition.js';
import { readWhole } from './shape-rows.js';

/** Parts that are constants in one statement: it takes time for each of them with each row. */
const GROUPED_AT_ONCE = 1_000;

/**
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./types.js').ShapeRequest & { partition: Partition }} PartitionedRequest
 * @typedef {import('./origin-dialect.js').PartitionDialect} PartitionDialect
 * @typedef {import('./partition.js').Partition} Partition
 * @typedef {import('./partition.js').Source} Source
 * @typedef {import('./subscription.js').ShapeResult} ShapeResult
 * @typedef {{ begin(): Promise<OriginTransaction>, paths: Map<string, Promise<string[][]>> }} Origin `paths`: what those who are shown the
 *   same have found already
 * @typedef {{ source: Source, values: string[][] }} News the noted values of the rows of a source that have changed
 */

/**
 * Which parts changes that a group has not seen concern.
 * @param {import('./shape-groups.js').Group & { since: import('./snapshot.js').Snapshot }} group of a partitioned shape
 * @param {import('./unseen-changes.js').UnseenChanges} changes
 * @returns {News[] | null} null: any
 */
export function newsOf({ request, watched, since }, changes) {
  const { sources, others } = /** @type {Partition} */ (request.partition);
  const captureOf = (/** @type {import('./types.js').Relation} */ { schema, name }) => /** @type {import('./shape-groups.js').Watched} */ (
    watched.find(({ relation }) => relation.schema === schema && relation.name === name));
  if (changes.concern(others.map((each) => captureOf(each).id), since)) return null;
  const news = [];
  for (const source of sources) {
    const { id, columns } = captureOf(source.relation);
    const required = source.required.map(({ column, value }) => ({ at: columns.indexOf(column), value }));
    const values = changes.values(id, source.columns.map((each) => columns.indexOf(each)), since, required);
    if (!values) return null;
    if (values.length > 0) news.push({ source, values });
  }
  return news;
}

/**
 * @param {PartitionDialect} dialect
 * @param {Origin} origin
 * @param {PartitionedRequest} request
 * @param {News[]} news
 * @param {number} maximum parts, above which all rows are read
 * @returns {Promise<ShapeResult>}
 */
export async function readPartitions(dialect, origin, request, news, maximum) {
  const parts = await partsOf(dialect, origin, request.partition, news, maximum);
  if (parts?.length === 0) return { kind: 'nothing' };
  const tx = await origin.begin();
  if (!parts) return readWhole(tx, request);
  const { positions, grouped } = request.partition;
  const size = grouped ? GROUPED_AT_ONCE : parts.length;
  /** @type {{ fields: import('./types.js').Field[], upserts: unknown[][], deletes: unknown[][] }} */
  const read = { fields: [], upserts: [], deletes: [] };
  for (let at = 0; at < parts.length; at += size) {
    const some = parts.slice(at, at + size);
    const { sql, params } = dialect.partQuery(request, some);
    const { rows, fields, types } = await tx.query(sql, params);
    read.fields = fields;
    for (const row of rows) read.upserts.push(row);
    for (const values of some) read.deletes.push(values.map((text, place) => types[positions[place]].decode(text)));
  }
  return { kind: 'changes', ...read, partition: positions };
}

/**
 * The parts, by the texts of their columns.
 * @param {PartitionDialect} dialect
 * @param {Origin} origin
 * @param {Partition} partition
 * @param {News[]} news
 * @param {number} maximum
 * @returns {Promise<string[][] | null>} null: more, or one of NULL, which no list of values can name
 */
async function partsOf(dialect, origin, partition, news, maximum) {
  /** @type {Map<string, string[]>} */
  const parts = new Map();
  for (const { source, values } of news) {
    if (values.length > maximum) return null;
    for (const each of await leadsTo(dialect, origin, partition, source, values)) {
      if (each.some((text) => (text ?? '') === '')) return null; // noted, NULL is an empty text
      parts.set(JSON.stringify(each), each);
    }
    if (parts.size > maximum) return null;
  }
  return [...parts.values()];
}

/**
 * The parts that rows of a source with these values are in, or are joined to.
 * @param {PartitionDialect} dialect
 * @param {Origin} origin
 * @param {Partition} partition
 * @param {Source} source
 * @param {string[][]} values
 */
async function leadsTo(dialect, origin, partition, source, values) {
  if (source.path.length === 0) return values;
  const joined = values.filter(([text]) => source.kind === 'text' || text !== ''); // nothing is equal to NULL
  if (source.told || joined.length === 0) return joined;
  const { sql, params } = dialect.pathQuery(partition, source, joined.map(([text]) => text));
  const name = JSON.stringify([sql, joined]);
  const found = origin.paths.get(name) ?? origin.begin().then((tx) => tx.query(sql, params)).then(({ rows }) => /** @type {string[][]} */ (rows));
  origin.paths.set(name, found);
  const width = partition.columns.length;
  const { values: required } = columnsRead(partition);
  return (await found).filter((row) => required.every((value, at) => row[width + at] === value)).map((row) => row.slice(0, width));
}
