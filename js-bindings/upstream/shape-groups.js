/**
 * The subscriptions of one round, grouped: what is equal and stands at the same place is read once.
 */
import { captureName, capturesOf, changesAtAll } from './capture.js';
import { CANONICAL } from './comparable.js';
import { nameOf } from './row-security.js';

/** Captures of one relation, beyond which none is made that only tells shapes apart. */
const MAXIMUM_CAPTURES = 16;

/**
 * @typedef {import('./subscription.js').Subscription} Subscription
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 * @typedef {import('./change-source.js').Position} Position
 * @typedef {import('./capture.js').CaptureRequest} CaptureRequest
 * @typedef {import('./changefeed.js').PlannedRequest} PlannedRequest
 * @typedef {CaptureRequest & { id: number }} Watched
 * @typedef {import('./row-security.js').RowSecurity} RowSecurity
 * @typedef {Map<string, { capture: CaptureRequest, subscriptions: Subscription[] }>} Missing captures to install before their
 *   subscriptions can be read, by name
 * @typedef {object} Group subscriptions to one shape that stand at one place
 * @property {PlannedRequest} request
 * @property {Snapshot | null} since null when the shape has to be read whole
 * @property {number[]} captures
 * @property {string[]} columns of the first of them
 * @property {Watched[]} watched the same captures
 * @property {import('./types.js').Equality | null} equality by which its changes can be told from those of others
 * @property {string} template equal for those who differ in the constants of their equality alone
 * @property {number[]} deciding captures of relations that decide which rows are shown
 * @property {string} mark what ends a cursor that is good only while the policies are the same
 * @property {import('./visitor.js').Visitor} [visitor]
 * @property {Subscription[]} subscriptions
 */

/**
 * Groups subscriptions. Those whose captures are not there are entered in `missing` instead.
 * @param {Subscription[]} subscriptions
 * @param {import('./change-source.js').Survey} survey
 * @param {Missing} missing
 * @returns {Group[]}
 */
export function groupShapes(subscriptions, { captures, position, security }, missing) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const subscription of subscriptions) {
    const { deciding, mark } = securityOf(subscription, security);
    const request = followable(subscription.request, captures);
    const wanted = capturesOf(request);
    const absent = [...wanted, ...deciding].filter((each) => !captures.has(captureName(each)));
    if (absent.length > 0) {
      for (const each of absent) waitFor(missing, each, subscription);
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
        request,
        since,
        captures: found.map((each) => each.id),
        columns: wanted[0].columns,
        watched: wanted.map((each, at) => ({ ...each, id: found[at].id })),
        equality: comparable(request.equality, found[0]),
        template: subscription.template,
        deciding: others.map((each) => each.id),
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
 * @param {Missing} missing
 * @param {CaptureRequest} capture
 * @param {Subscription} subscription
 */
function waitFor(missing, capture, subscription) {
  const name = captureName(capture);
  const known = missing.get(name);
  if (known) known.subscriptions.push(subscription);
  else missing.set(name, { capture, subscriptions: [subscription] });
}

/**
 * The request without its equality or partition, where too many captures watch a relation to add one for that: each makes every write
 * dearer.
 * @param {PlannedRequest} request
 * @param {Map<string, import('./capture.js').Capture>} captures
 * @returns {PlannedRequest}
 */
function followable(request, captures) {
  if (!request.equality && !request.partition) return request;
  const crowded = capturesOf(request).some((each) => !captures.has(captureName(each)) && isCrowded(each, captures));
  return crowded ? { ...request, equality: undefined, partition: undefined } : request;
}

/**
 * @param {CaptureRequest} capture
 * @param {Map<string, import('./capture.js').Capture>} captures
 */
function isCrowded({ relation, columns }, captures) {
  if (columns.length === 0) return false;
  const beginning = JSON.stringify([relation.schema, relation.name]).replace(/]$/, ',');
  return [...captures.keys()].filter((name) => name.startsWith(beginning)).length >= MAXIMUM_CAPTURES;
}

/**
 * An equality by which changes can be told apart: its columns' values are equal when their texts are, and its constants are the
 * texts that the origin prints.
 * @param {import('./types.js').Equality | undefined} equality
 * @param {import('./capture.js').Capture} capture
 */
function comparable(equality, capture) {
  const known = equality?.columns.every((column, at) =>
    Object.hasOwn(capture.comparable, column) && CANONICAL[capture.comparable[column]].test(equality.values[at]));
  return known ? /** @type {import('./types.js').Equality} */ (equality) : null;
}

/** @param {Subscription[]} subscriptions */
export function followedRelations(subscriptions) {
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
  const different = new Map(reads.map((each) => [nameOf(each), changesAtAll(each)]));
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
