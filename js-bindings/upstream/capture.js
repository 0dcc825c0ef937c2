/**
 * Triggers that note in tidemark_origin.changes which rows of a relation have changed.
 *
 * A capture is one relation with the key columns that a shape asked for; without columns it notes only
 * that something has changed. Of a row its key alone is recorded, each column in the text that SELECT prints.
 */
import { UpstreamError } from './errors.js';
import { CHANNEL, lockOriginSchema } from './origin-schema.js';
import { arrayLiteral, quoteIdentifier, quoteLiteral, quoteRelation } from './sql-text.js';
import { SESSION_SETTINGS } from './values.js';

/**
 * @typedef {{ schema: string, name: string }} Relation
 * @typedef {{ relation: Relation, columns: string[] }} CaptureRequest
 * @typedef {{ id: number, since: bigint }} Capture `since`: the transaction that installed it
 */

/**
 * What a shape has to watch.
 * @param {import('./types.js').ShapeRequest} request
 * @returns {CaptureRequest[]}
 */
export function capturesOf(request) {
  if (request.relation && request.key) {
    return [{ relation: request.relation, columns: [.../** @type {string[]} */ (request.originKey)].sort() }];
  }
  const relations = request.relations ?? (request.relation ? [request.relation] : []);
  return relations.map((relation) => ({ relation, columns: [] }));
}

/**
 * A text that names a capture.
 * @param {CaptureRequest} request
 */
export function captureName({ relation, columns }) {
  return JSON.stringify([relation.schema, relation.name, columns]);
}

const COLUMN_IS_GONE = `EXISTS (
    SELECT FROM unnest(c.columns) AS k (name) WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.relation AND a.attname = k.name))`;

const CAPTURES = `
  FROM tidemark_origin.captures c
  JOIN pg_catalog.pg_class r ON r.oid = c.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace`;

const FIND = `
  SELECT c.id, c.since::text, n.nspname, r.relname, to_json(c.columns)::text ${CAPTURES}
  JOIN pg_catalog.pg_trigger t
    ON t.tgrelid = c.relation AND t.tgname = 'tidemark_capture_' || c.id AND t.tgenabled IN ('A', 'O')
  WHERE NOT ${COLUMN_IS_GONE}`;

/**
 * Removes the triggers whose key columns have been renamed or dropped: they make every write fail.
 * @param {import('./types.js').OriginTransaction} tx
 */
export async function dropStaleCaptures(tx) {
  const { rows } = await tx.query(`SELECT c.id ${CAPTURES} WHERE ${COLUMN_IS_GONE}`, []);
  for (const [id] of rows) {
    await tx.query(`DROP FUNCTION IF EXISTS tidemark_origin.capture_${id}() CASCADE`, []);
    await tx.query('DELETE FROM tidemark_origin.captures WHERE id = $1', [id]);
  }
}

/**
 * The captures that are in place, as this transaction sees them, by name.
 * @param {import('./types.js').OriginTransaction} tx
 * @returns {Promise<Map<string, Capture>>}
 */
export async function findCaptures(tx) {
  const { rows } = await tx.query(FIND, []);
  return new Map(/** @type {[number, string, string, string, string][]} */ (rows).map(
    ([id, since, schema, name, columns]) => [
      captureName({ relation: { schema, name }, columns: JSON.parse(columns) }),
      { id, since: BigInt(since) },
    ]));
}

/**
 * Installs a capture where it is missing. Two may do it at once.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {CaptureRequest} request
 * @throws {UpstreamError} 42P01 no such relation, 42809 not a table, 55000 its key is not a key, 42501 no
 *   permission, 55P03 the relation was locked for longer than five seconds
 */
export async function installCapture(tx, request) {
  const { relation, columns } = request;
  await lockOriginSchema(tx);
  if ((await findCaptures(tx)).has(captureName(request))) return;
  const { oid, rowLevel, tree } = await describeRelation(tx, relation);
  if (columns.length > 0) await checkKey(tx, oid, request);

  const { rows } = await tx.query(
    `INSERT INTO tidemark_origin.captures (relation, columns) VALUES ($1::text::oid, $2::text::text[])
     ON CONFLICT (relation, columns) DO UPDATE SET since = pg_current_xact_id() RETURNING id`,
    [oid, arrayLiteral(columns)]);
  const id = /** @type {number} */ (rows[0][0]);

  // CREATE TRIGGER waits for the transactions that have written to the relation and keeps out others.
  await tx.query("SET LOCAL lock_timeout = '5s'", []);
  await tx.query(functionText(id, columns), []);
  const call = `EXECUTE FUNCTION tidemark_origin.capture_${id}()`;
  const level = columns.length > 0 || rowLevel ? 'ROW' : 'STATEMENT';
  await createTrigger(tx, relation, `tidemark_capture_${id}`,
    `AFTER INSERT OR UPDATE OR DELETE ON ${quoteRelation(relation)} FOR EACH ${level} ${call}`);
  for (const part of tree) {
    await createTrigger(tx, part, `tidemark_truncate_${id}`,
      `AFTER TRUNCATE ON ${quoteRelation(part)} FOR EACH STATEMENT ${call}`);
  }
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @param {Relation} relation
 * @param {string} name
 * @param {string} definition
 */
async function createTrigger(tx, relation, name, definition) {
  await tx.query(`DROP TRIGGER IF EXISTS ${name} ON ${quoteRelation(relation)}`, []);
  await tx.query(`CREATE TRIGGER ${name} ${definition}`, []);
  // Also where a loader or a replica has switched ordinary triggers off.
  await tx.query(`ALTER TABLE ${quoteRelation(relation)} ENABLE ALWAYS TRIGGER ${name}`, []);
}

/**
 * @param {import('./types.js').OriginTransaction} tx
 * @param {Relation} relation
 * @returns {Promise<{ oid: string, rowLevel: boolean, tree: Relation[] }>} `rowLevel`: statements may name
 *   a partition instead of the relation; `tree`: the relation and all its partitions
 */
async function describeRelation(tx, relation) {
  const { rows } = await tx.query(
    `SELECT r.oid::text, r.relkind::text FROM pg_catalog.pg_class r
     JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = $1 AND r.relname = $2`,
    [relation.schema, relation.name]);
  const shown = quoteRelation(relation);
  if (rows.length === 0) throw new UpstreamError('42P01', `relation ${shown} does not exist at the origin`);
  const [oid, kind] = /** @type {[string, string]} */ (rows[0]);
  if (kind !== 'r' && kind !== 'p') {
    throw new UpstreamError('42809', `changes of ${shown} cannot be watched: it is not a table`, {
      hint: 'A realtime view reads tables of the origin; use a materialized view for this one.',
    });
  }
  if (kind === 'r') return { oid, rowLevel: false, tree: [relation] };
  const parts = await tx.query(
    `SELECT n.nspname, r.relname FROM pg_catalog.pg_partition_tree($1::text::oid::regclass) p
     JOIN pg_catalog.pg_class r ON r.oid = p.relid
     JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('r', 'p')`,
    [oid]);
  const tree = /** @type {[string, string][]} */ (parts.rows).map(([schema, name]) => ({ schema, name }));
  return { oid, rowLevel: true, tree };
}

/**
 * Refuses columns that do not identify a row.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {string} oid
 * @param {CaptureRequest} request
 */
async function checkKey(tx, oid, { relation, columns }) {
  const { rows } = await tx.query(
    `SELECT (SELECT to_json(array_agg(a.attname))::text
             FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])),
            (SELECT bool_and(a.attnotnull) FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
     FROM pg_catalog.pg_index i
     WHERE i.indrelid = $1::text::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`,
    [oid]);
  const wanted = JSON.stringify(columns);
  const keys = /** @type {[string, boolean][]} */ (rows).map(
    ([names, notNull]) => ({ names: JSON.stringify(JSON.parse(names).sort()), notNull }));
  if (keys.some((each) => each.notNull && each.names === wanted)) return;
  const list = columns.map(quoteIdentifier).join(', ');
  const nullable = keys.some((each) => each.names === wanted);
  throw new UpstreamError('55000', nullable
    ? `the key (${list}) of ${quoteRelation(relation)} may be NULL, so it does not identify every row`
    : `${quoteRelation(relation)} has no primary key or unique key (${list})`, {
    hint: 'Give the relation a primary key, or a unique key whose columns are NOT NULL.',
  });
}

/**
 * @param {number} id
 * @param {string[]} columns
 */
function functionText(id, columns) {
  const key = (/** @type {string} */ row) =>
    `pg_catalog.jsonb_build_array(${columns.map((each) =>
      `pg_catalog.format('%s', ${row}.${quoteIdentifier(each)})`).join(', ')})`;
  const keys = `
  IF TG_OP IN ('UPDATE', 'DELETE') THEN before_key := ${key('OLD')}; END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN after_key := ${key('NEW')}; END IF;
  IF before_key = after_key THEN before_key := NULL; END IF;`;
  const body = `DECLARE before_key jsonb; after_key jsonb;
BEGIN${columns.length > 0 ? keys : ''}
  INSERT INTO tidemark_origin.changes (capture, op, old_key, new_key)
    VALUES (${id}, pg_catalog.left(TG_OP, 1)::"char", before_key, after_key);
  PERFORM pg_catalog.pg_notify('${CHANNEL}', '');
  RETURN NULL;
END`;
  const settings = SESSION_SETTINGS.map(([name, value]) => ` SET ${name} = '${value}'`).join('');
  return `CREATE OR REPLACE FUNCTION tidemark_origin.capture_${id}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp${settings} AS ${quoteLiteral(body)}`;
}
