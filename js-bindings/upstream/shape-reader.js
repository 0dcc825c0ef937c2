/**
 * One round of a changefeed: what has changed for each of many shapes, read in one snapshot of the origin.
 */
import { captureName, capturesOf } from './capture.js';
import { UpstreamError } from './errors.js';
import { encodeValue } from './protocol.js';
import { nameOf } from './row-security.js';
import { nameOfKey } from './shown-keys.js';
import { TakingTurns } from './taking-turns.js';

/**
 * @typedef {import('./subscription.js').Subscription} Subscription
 * @typedef {import('./subscription.js').Delivery} Delivery
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 * @typedef {import('./change-source.js').Position} Position
 * @typedef {import('./change-source.js').ChangeSource} ChangeSource
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./origin-dialect.js').OriginDialect} OriginDialect
 * @typedef {{ session: import('./types.js').OriginSession, dialect: OriginDialect, source: ChangeSource }} Origin
 * @typedef {{
 *   deliveries: Map<Subscription, Delivery>,
 *   failures: Map<Subscription, UpstreamError>,
 *   missing: Map<string, { capture: CaptureRequest, subscriptions: Subscription[] }>,
 *   behind: boolean
 * }} Reading `missing`: captures to install before their subscriptions can be read, by name; `behind`: as a Position
 *   says it
 * @typedef {import('./capture.js').CaptureRequest} CaptureRequest
 * @typedef {import('./row-security.js').RowSecurity} RowSecurity
 */

/**
 * Reads all `subscriptions` in one transaction.
 * @param {Origin} origin
 * @param {Subscription[]} subscriptions
 * @param {{ maximumKeys: number, cursorInterval: number }} options
 * @returns {Promise<Reading>} each subscription is in `deliveries` or in `failures`, or waits for what is in
 *   `missing`
 * @throws {UpstreamError} what concerns the origin as a whole
 */
export async function readShapes(origin, subscriptions, options) {
  const release = origin.source.hold();
  try {
    return await origin.session.transaction((tx) => readAll(origin, tx, subscriptions, options), { snapshot: true });
  } finally {
    release();
  }
}

/**
 * @param {Origin} origin
 * @param {OriginTransaction} transaction
 * @param {Subscription[]} subscriptions
 * @param {{ maximumKeys: number, cursorInterval: number }} options
 * @returns {Promise<Reading>}
 */
async function readAll({ source, dialect }, transaction, subscriptions, options) {
  /** @type {Reading} */
  const reading = { deliveries: new Map(), failures: new Map(), missing: new Map(), behind: false };
  const { position, captures, applied, security } = await source.survey(transaction, {
    clients: new Set(subscriptions.map((each) => each.request.client)),
    relations: followedRelations(subscriptions),
  });
  const groups = group(subscriptions, captures, position, security, reading);
  const readers = new TakingTurns(transaction, dialect);
  const changes = await readChanges(source, await readers.next(), groups, position);
  reading.behind = position.behind;
  for (const each of groups) {
    try {
      const result = await readGroup(dialect, readers, each, changes, options);
      for (const subscription of each.subscriptions) {
        reading.deliveries.set(subscription, {
          ...result,
          cursor: position.cursor + each.mark,
          applied: applied.get(subscription.request.client) ?? null,
          due: Date.now() - subscription.deliveredAt > options.cursorInterval,
        });
      }
    } catch (thrown) {
      const error = UpstreamError.from(thrown);
      for (const subscription of each.subscriptions) reading.failures.set(subscription, error);
    }
  }
  return reading;
}

/**
 * Shapes that are equal and stand at the same cursor are read once.
 * @typedef {{
 *   request: import('./types.js').ShapeRequest,
 *   since: Snapshot | null,
 *   captures: Set<number>,
 *   deciding: Set<number>,
 *   mark: string,
 *   visitor?: import('./visitor.js').Visitor,
 *   subscriptions: Subscription[]
 * }} Group `since`: null when the shape has to be read whole; `deciding`: captures of relations that decide which rows
 *   are shown; `mark`: what ends a cursor that is good only while the policies are the same
 *
 * @param {Subscription[]} subscriptions
 * @param {Map<string, import('./capture.js').Capture>} captures
 * @param {Position} position
 * @param {Map<string, RowSecurity>} securities
 * @param {Reading} reading
 * @returns {Group[]}
 */
function group(subscriptions, captures, position, securities, reading) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const subscription of subscriptions) {
    const { deciding, mark } = securityOf(subscription, securities);
    const wanted = capturesOf(subscription.request);
    const missing = [...wanted, ...deciding].filter((each) => !captures.has(captureName(each)));
    if (missing.length > 0) {
      for (const each of missing) waitFor(reading, each, subscription);
      continue;
    }
    const find = (/** @type {CaptureRequest} */ each) => /** @type {import('./capture.js').Capture} */ (
      captures.get(captureName(each)));
    const found = wanted.map(find);
    const others = deciding.map(find);
    const since = usable(subscription.cursor, position, [...found, ...others], mark);
    const name = JSON.stringify([subscription.shape, since?.text]);
    const known = groups.get(name);
    if (known) known.subscriptions.push(subscription);
    else {
      groups.set(name, {
        request: subscription.request,
        since,
        captures: new Set(found.map((each) => each.id)),
        deciding: new Set(others.map((each) => each.id)),
        mark,
        visitor: subscription.visitor,
        subscriptions: [subscription],
      });
    }
  }
  return [...groups.values()];
}

/**
 * The subscription waits for a capture.
 * @param {Reading} reading
 * @param {CaptureRequest} capture
 * @param {Subscription} subscription
 */
function waitFor({ missing }, capture, subscription) {
  const name = captureName(capture);
  const known = missing.get(name);
  if (known) known.subscriptions.push(subscription);
  else missing.set(name, { capture, subscriptions: [subscription] });
}

/** @param {Subscription[]} subscriptions */
function followedRelations(subscriptions) {
  const followed = subscriptions.filter((each) => each.visitor?.follows).flatMap((each) => relationsOf(each.request));
  return [...new Map(followed.map((each) => [nameOf(each), each])).values()];
}

/** @param {import('./types.js').ShapeRequest} request */
function relationsOf({ relation, relations = [] }) {
  return relation ? [relation] : relations;
}

/**
 * What decides about the rows of a subscription that follows it.
 * @param {Subscription} subscription
 * @param {Map<string, RowSecurity>} securities
 * @returns {{ deciding: CaptureRequest[], mark: string }}
 */
function securityOf({ request, visitor }, securities) {
  const follows = visitor?.follows;
  if (!follows) return { deciding: [], mark: '' };
  const known = relationsOf(request).flatMap((each) => securities.get(nameOf(each)) ?? []);
  const reads = known.flatMap((each) => each.reads).concat(follows === true ? [] : follows);
  const different = new Map(reads.map((each) => [nameOf(each), { relation: each, columns: [] }]));
  return { deciding: [...different.values()], mark: `#${known.map((each) => each.mark).join('.')}` };
}

/**
 * The snapshot of a cursor, if everything that happened since is still known and who is shown what is decided as then.
 * @param {string | null} cursor
 * @param {Position} position
 * @param {import('./capture.js').Capture[]} captures
 * @param {string} mark
 * @returns {Snapshot | null}
 */
function usable(cursor, position, captures, mark) {
  if (!cursor?.endsWith(mark)) return null;
  const snapshot = position.snapshotOf(cursor.slice(0, cursor.length - mark.length));
  if (!snapshot || snapshot.xmax > position.snapshot.xmax) return null; // the origin was set back
  if (position.pruned >= snapshot.xmin) return null;
  return captures.every((each) => snapshot.sees(each.since)) ? snapshot : null;
}

/**
 * All changes that at least one of the groups has not seen.
 * @param {ChangeSource} source
 * @param {OriginTransaction} tx
 * @param {Group[]} groups
 * @param {Position} position
 * @returns {Promise<Change[]>}
 */
async function readChanges(source, tx, groups, position) {
  const resumed = groups.filter((each) => each.since);
  if (resumed.length === 0) return [];
  return source.changes(tx, {
    captures: new Set(resumed.flatMap((each) => [...each.captures, ...each.deciding])),
    snapshots: resumed.map((each) => /** @type {Snapshot} */ (each.since)),
    position,
  });
}

/**
 * @param {OriginDialect} dialect
 * @param {TakingTurns} readers
 * @param {Group} group
 * @param {Change[]} changes
 * @param {{ maximumKeys: number }} options
 * @returns {Promise<import('./subscription.js').ShapeResult>}
 */
async function readGroup(dialect, readers, group, changes, options) {
  const { request, since } = group;
  const unseenOf = (/** @type {Set<number>} */ captures) =>
    (since ? changes.filter((each) => captures.has(each.capture) && !since.sees(each.txid)) : []);
  const unseen = unseenOf(group.captures);
  const decidedAnew = unseenOf(group.deciding).length > 0;
  if (since && unseen.length === 0 && !decidedAnew) return { kind: 'nothing' };
  const guarded = async () => {
    const tx = await readers.next();
    return group.visitor?.guard(tx) ?? tx;
  };
  const result = await (decidedAnew
    ? readAgain(await guarded(), request, unseen)
    : readShape(dialect, await guarded(), request, since ? unseen : null, options));
  const secret = result.kind === 'changes' && result.deletes.length > 0
    && group.subscriptions.some((each) => !each.hearsDeletions);
  return secret ? readWhole(await guarded(), request) : result;
}

/**
 * @param {OriginDialect} dialect
 * @param {OriginTransaction} tx
 * @param {import('./types.js').ShapeRequest} request
 * @param {Change[] | null} unseen null: all of it
 * @param {{ maximumKeys: number }} options
 */
async function readShape(dialect, tx, request, unseen, options) {
  if (!unseen || !request.key || unseen.some((each) => each.truncate)) return readWhole(tx, request);
  const keys = distinctKeys(request, unseen);
  return keys.length > options.maximumKeys ? readWhole(tx, request) : readChanged(dialect, tx, request, keys);
}

/**
 * @param {OriginTransaction} tx
 * @param {import('./types.js').ShapeRequest} request
 * @returns {Promise<import('./subscription.js').ShapeResult>}
 */
async function readWhole(tx, request) {
  const { rows, fields } = await tx.query(request.sql, request.params);
  if (request.key) keyPositions(request.key, fields);
  return { kind: 'snapshot', rows, fields };
}

/**
 * Other rows may be shown than before, and `unseen` have changed.
 * @param {OriginTransaction} tx
 * @param {import('./types.js').ShapeRequest} request
 * @param {Change[]} unseen
 * @returns {Promise<import('./subscription.js').ShapeResult>}
 */
async function readAgain(tx, request, unseen) {
  if (!request.key || unseen.some((each) => each.truncate)) return readWhole(tx, request);
  const { rows, fields, types } = await tx.query(request.sql, request.params);
  const keyTypes = keyPositions(request.key, fields).map((at) => types[at]);
  const changed = distinctKeys(request, unseen)
    .map((key) => nameOfKey(key.map((text, at) => keyTypes[at].decode(text))));
  return { kind: 'review', fields, rows, changed: new Set(changed) };
}

/**
 * The changed keys, each once, in the order of `originKey`. A capture keeps its columns sorted by name.
 * @param {import('./types.js').ShapeRequest} request
 * @param {Change[]} changes
 * @returns {string[][]}
 */
function distinctKeys(request, changes) {
  const originKey = /** @type {string[]} */ (request.originKey);
  const sorted = [...originKey].sort();
  const order = originKey.map((column) => sorted.indexOf(column));
  /** @type {Map<string, string[]>} */
  const keys = new Map();
  for (const key of changes.flatMap((each) => each.keys)) keys.set(JSON.stringify(key), key);
  return [...keys.values()].map((key) => order.map((at) => key[at]));
}

/**
 * @param {OriginDialect} dialect
 * @param {OriginTransaction} tx
 * @param {import('./types.js').ShapeRequest} request
 * @param {string[][]} keys
 * @returns {Promise<import('./subscription.js').ShapeResult>}
 */
async function readChanged(dialect, tx, request, keys) {
  const { rows, fields, types } = await tx.query(
    /** @type {string} */ (request.keyQuery), dialect.keyParameters(request, keys));
  const positions = keyPositions(/** @type {string[]} */ (request.key), fields);
  const keyTypes = positions.map((at) => types[at]);
  const names = keyTypes.map((type) => type.name);
  const present = new Set(rows.map((row) => identity(positions.map((at) => row[at]), names)));
  const deletes = keys
    .map((key) => key.map((text, at) => keyTypes[at].decode(text)))
    .filter((key) => !present.has(identity(key, names)));
  return { kind: 'changes', fields, upserts: rows, deletes };
}

/**
 * Where in a row the key is.
 * @param {string[]} key
 * @param {import('./types.js').Field[]} fields
 */
function keyPositions(key, fields) {
  return key.map((name) => {
    const at = fields.findIndex((field) => field.name === name);
    if (at < 0) throw new UpstreamError('22023', `the shape has no column "${name}" that its key names`);
    return at;
  });
}

/**
 * A text that is equal for equal keys.
 * @param {unknown[]} values
 * @param {string[]} types their types' names
 */
function identity(values, types) {
  return JSON.stringify(values.map((value, at) => {
    if (types[at] !== 'numeric') return encodeValue(value);
    return String(value).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''); // 1.50 is 1.5
  }));
}
