/**
 * Triggers that note in tidemark_origin.changes which rows of a relation have changed.
 *
 * A capture is one relation with the columns that a shape asked for: its key, and what decides by an equality which shapes a row
 * is in. Without columns it notes only that something has changed. Of a row nothing else is recorded, each column in the text that
 * SELECT prints.
 */
import { COMPARABLE_TYPES } from './comparable.js';
import { CHANNEL, lockOriginSchema } from './origin-schema.js';
import { notedColumns } from './partition.js';
import { checkColumns, checkKey, describeRelation } from './relation.js';
import { arrayLiteral, quoteIdentifier, quoteLiteral, quoteRelation } from './sql-text.js';
import { SESSION_SETTINGS } from './values.js';

/**
 * @typedef {{ schema: string, name: string }} Relation
 * @typedef {{ relation: Relation, columns: string[], key: string[] }} CaptureRequest `columns`: what is noted of a row, in the order
 *   of their names; `key`: those of them that identify it
 * @typedef {import('./comparable.js').Comparable} Comparable
 * @typedef {{ id: number, since: bigint, comparable: Record<string, Comparable> }} Capture `since`: the transaction that installed
 *   it; `comparable`: those of its columns whose values are equal when their texts are, and of what kind they are
 */

/**
 * What a shape has to watch.
 * @param {import('./changefeed.js').PlannedRequest} request
 * @returns {CaptureRequest[]}
 */
export function capturesOf(request) {
  if (request.relation && request.key) {
    const key = [.../** @type {string[]} */ (request.originKey)].sort();
    const columns = [...new Set([...key, ...request.equality?.columns ?? []])].sort();
    return [{ relation: request.relation, columns, key }];
  }
  if (request.partition) return notedColumns(request.partition).map((each) => ({ ...each, key: [] }));
  const relations = request.relations ?? (request.relation ? [request.relation] : []);
  return relations.map((relation) => changesAtAll(relation));
}

/**
 * What notes only that something has changed.
 * @param {Relation} relation
 * @returns {CaptureRequest}
 */
export function changesAtAll(relation) {
  return { relation, columns: [], key: [] };
}

/**
 * A text that names a capture.
 * @param {{ relation: Relation, columns: string[] }} request
 */
export function captureName({ relation, columns }) {
  return JSON.stringify([relation.schema, relation.name, columns]);
}

const COLUMN_IS_GONE = `EXISTS (
    SELECT FROM unnest(c.columns) AS k (name) WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.relation AND a.attname = k.name))`;

/**
 * SELECTs, of those columns of a capture whose values are equal when their texts are, what kind they are: a JSON object.
 * @param {string} capture an alias
 */
export function comparableColumns(capture) {
  return `(
    SELECT coalesce(pg_catalog.json_object_agg(a.attname, t.kind), '{}')::text
    FROM pg_catalog.pg_attribute a
    JOIN (${COMPARABLE_TYPES}) AS t (type, kind) ON t.type = a.atttypid
    LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
    WHERE a.attrelid = ${capture}.relation AND a.attname = ANY (${capture}.columns) AND o.collisdeterministic IS NOT FALSE
      AND a.attgenerated <> 'v')`;
}

const CAPTURES = `
  FROM tidemark_origin.captures c
  JOIN pg_catalog.pg_class r ON r.oid = c.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace`;

/** The captures that are in place: id, since, schema, name, columns and those that are comparable. */
export const FIND_CAPTURES = `
  SELECT c.id, c.since::text, n.nspname, r.relname, to_json(c.columns)::text, ${comparableColumns('c')} ${CAPTURES}
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
 * Whether a capture is in place.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {CaptureRequest} request
 */
async function isInstalled(tx, request) {
  const { rows } = await tx.query(FIND_CAPTURES, []);
  return /** @type {string[][]} */ (rows).some(([, , schema, name, columns]) =>
    captureName({ relation: { schema, name }, columns: JSON.parse(columns) }) === captureName(request));
}

/**
 * Installs a capture where it is missing. Two may do it at once.
 * @param {import('./types.js').OriginTransaction} tx
 * @param {CaptureRequest} request
 * @throws {UpstreamError} 42P01 no such relation, 42809 not a table, 55000 its key is not a key, 42501 no
 *   permission, 55P03 the relation was locked for longer than five seconds
 */
export async function installCapture(tx, request) {
  const { relation, columns, key } = request;
  await lockOriginSchema(tx);
  if (await isInstalled(tx, request)) return;
  const { oid, rowLevel, tree } = await describeRelation(tx, relation);
  if (key.length > 0) await checkKey(tx, oid, request);
  await checkColumns(tx, oid, request);

  const { rows } = await tx.query(
    `INSERT INTO tidemark_origin.captures (relation, columns) VALUES ($1::text::oid, $2::text::text[])
     ON CONFLICT (relation, columns) DO UPDATE SET since = pg_current_xact_id() RETURNING id`,
    [oid, arrayLiteral(columns)]);
  const id = /** @type {number} */ (rows[0][0]);

  // CREATE TRIGGER waits for the transactions that have written to the relation and keeps out others.
  await tx.query("SET LOCAL lock_timeout = '5s'", []);
  await tx.query(functionText(id, request), []);
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
 * @param {number} id
 * @param {CaptureRequest} request
 */
function functionText(id, request) {
  const { columns } = request;
  const key = (/** @type {string} */ row) =>
    `pg_catalog.jsonb_build_array(${columns.map((each) => notedText(row, each, request.key.includes(each))).join(', ')})`;
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

/**
 * The text of a column of a row; NULL is an empty one. A column besides the key may be renamed or dropped: that is noted as null, and no
 * write fails for it.
 * @param {string} row OLD or NEW
 * @param {string} column
 * @param {boolean} ofKey
 */
function notedText(row, column, ofKey) {
  if (ofKey) return `pg_catalog.format('%s', ${row}.${quoteIdentifier(column)})`;
  const name = quoteLiteral(column);
  const whole = `pg_catalog.to_jsonb(${row})`;
  return `CASE WHEN pg_catalog.jsonb_exists(${whole}, ${name}) THEN coalesce(${whole} ->> ${name}, '') END`;
}
