/**
 * One round of a changefeed: what has changed for each of many shapes, read in one snapshot of the origin.
 */
import { UpstreamError } from './errors.js';
import { newsOf, readPartitions } from './partition-rows.js';
import { followedRelations, groupShapes } from './shape-groups.js';
import { readAgain, readChanged, readTogether, readWhole } from './shape-rows.js';
import { TakingTurns } from './taking-turns.js';
import { UnseenChanges } from './unseen-changes.js';

/**
 * @typedef {import('./subscription.js').Subscription} Subscription
 * @typedef {import('./subscription.js').Delivery} Delivery
 * @typedef {import('./types.js').OriginTransaction} OriginTransaction
 * @typedef {import('./subscription.js').ShapeResult} ShapeResult
 * @typedef {import('./shape-groups.js').Group} Group
 * @typedef {import('./change-source.js').Position} Position
 * @typedef {import('./change-source.js').ChangeSource} ChangeSource
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {import('./origin-dialect.js').OriginDialect} OriginDialect
 * @typedef {{ session: import('./types.js').OriginSession, dialect: OriginDialect, source: ChangeSource }} Origin
 * @typedef {{
 *   deliveries: Map<Subscription, Delivery>,
 *   failures: Map<Subscription, UpstreamError>,
 *   missing: import('./shape-groups.js').Missing,
 *   behind: boolean
 * }} Reading `behind`: as a Position says it
 * @typedef {{ maximumKeys: number }} Limits
 * @typedef {{ group: Group, keys: string[][] }} Changed a group, and the keys of rows that may have changed
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
    const settled = await origin.source.settled?.();
    return await origin.session.transaction((tx) => readAll(origin, tx, settled, subscriptions, options), { snapshot: true });
  } finally {
    release();
  }
}

/**
 * @param {Origin} origin
 * @param {OriginTransaction} transaction
 * @param {unknown} settled as the source has said it
 * @param {Subscription[]} subscriptions
 * @param {Limits & { cursorInterval: number }} options
 * @returns {Promise<Reading>}
 */
async function readAll({ source, dialect }, transaction, settled, subscriptions, options) {
  const survey = await source.survey(transaction, {
    clients: new Set(subscriptions.map((each) => each.request.client)),
    relations: followedRelations(subscriptions),
    settled,
  });
  const { position, applied } = survey;
  /** @type {Reading} */
  const reading = { deliveries: new Map(), failures: new Map(), missing: new Map(), behind: false };
  const groups = groupShapes(subscriptions, survey, reading.missing);
  const readers = new TakingTurns(transaction, dialect);
  const changes = new UnseenChanges(await readChanges(source, await readers.next(), groups, position));
  reading.behind = position.behind;
  for (const [group, result] of await new GroupReader(dialect, readers, options).read(groups, changes)) {
    for (const subscription of group.subscriptions) {
      if (result instanceof UpstreamError) {
        reading.failures.set(subscription, result);
        continue;
      }
      reading.deliveries.set(subscription, {
        ...result,
        cursor: position.cursor + group.mark,
        applied: applied.get(subscription.request.client) ?? null,
        due: Date.now() - subscription.deliveredAt > options.cursorInterval,
      });
    }
  }
  return reading;
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
    snapshots: resumed.map((each) => /** @type {import('./snapshot.js').Snapshot} */ (each.since)),
    position,
  });
}

/**
 * What has to be read of a group.
 * @typedef {{ kind: 'nothing' } | { kind: 'whole' } | { kind: 'again', keys: string[][] | null } | { kind: 'changed', keys: string[][] }
 *   | { kind: 'parts', news: import('./partition-rows.js').News[] }} Task
 *
 * @param {Group} group
 * @param {UnseenChanges} changes
 * @param {Limits} limits
 * @returns {Task}
 */
function taskOf(group, changes, { maximumKeys }) {
  const { request, since } = group;
  if (!since) return { kind: 'whole' };
  const decidedAnew = changes.concern(group.deciding, since);
  if (!request.key) return taskWithoutKey({ ...group, since }, changes, decidedAnew);
  const { changed, keys } = changes.news({ ...group, since });
  if (decidedAnew) return { kind: 'again', keys };
  if (!changed) return { kind: 'nothing' };
  return !keys || keys.length > maximumKeys ? { kind: 'whole' } : { kind: 'changed', keys };
}

/**
 * @param {Group & { since: import('./snapshot.js').Snapshot }} group
 * @param {UnseenChanges} changes
 * @param {boolean} decidedAnew
 * @returns {Task}
 */
function taskWithoutKey(group, changes, decidedAnew) {
  if (decidedAnew) return { kind: 'whole' };
  if (!changes.concern(group.captures, group.since)) return { kind: 'nothing' };
  const news = group.request.partition ? newsOf(group, changes) : null;
  return news ? { kind: 'parts', news } : { kind: 'whole' };
}

/** Reads groups in one transaction: alone, or those together that differ in constants alone. */
class GroupReader {
  #dialect;
  #readers;
  #limits;
  /** @type {Map<Group, ShapeResult | UpstreamError>} */
  #results = new Map();
  /** @type {Map<string, Map<string, Promise<string[][]>>>} what was found along the paths of partitions, by visitor */
  #paths = new Map();

  /**
   * @param {OriginDialect} dialect
   * @param {TakingTurns} readers
   * @param {Limits} limits
   */
  constructor(dialect, readers, limits) {
    this.#dialect = dialect;
    this.#readers = readers;
    this.#limits = limits;
  }

  /**
   * @param {Group[]} groups
   * @param {UnseenChanges} changes
   * @returns {Promise<Map<Group, ShapeResult | UpstreamError>>}
   */
  async read(groups, changes) {
    /** @type {Map<string, Changed[]>} by template */
    const alike = new Map();
    for (const group of groups) {
      const task = taskOf(group, changes, this.#limits);
      if (task.kind === 'changed' && group.equality) {
        const members = alike.get(group.template) ?? [];
        members.push({ group, keys: task.keys });
        alike.set(group.template, members);
      } else {
        await this.#settle(group, () => this.#readAlone(group, task));
      }
    }
    for (const members of alike.values()) {
      for (const part of partsOf(members, this.#limits.maximumKeys)) await this.#readTogether(part);
    }
    return this.#results;
  }

  /**
   * @param {Group} group
   * @param {Task} task
   * @returns {Promise<ShapeResult>}
   */
  async #readAlone(group, task) {
    switch (task.kind) {
      case 'nothing': return task;
      case 'whole': return readWhole(await this.#guarded(group), group.request);
      case 'again': return readAgain(await this.#guarded(group), group.request, task.keys);
      case 'parts': {
        const request = /** @type {import('./partition-rows.js').PartitionedRequest} */ (group.request);
        const dialect = /** @type {import('./origin-dialect.js').PartitionDialect} */ (this.#dialect.partitions);
        const origin = { begin: () => this.#guarded(group), paths: this.#pathsOf(group) };
        return readPartitions(dialect, origin, request, task.news, this.#limits.maximumKeys);
      }
      default: return readChanged(this.#dialect, await this.#guarded(group), group.request, task.keys);
    }
  }

  /** @param {Changed[]} members of one template */
  async #readTogether(members) {
    const results = members.length > 1 ? await this.#tryTogether(members) : null;
    for (const [at, { group, keys }] of members.entries()) {
      await this.#settle(group, async () => results?.[at] ?? this.#readAlone(group, { kind: 'changed', keys }));
    }
  }

  /**
   * Null when that fails: what is wrong with one of them is no concern of the others.
   * @param {Changed[]} members
   */
  async #tryTogether(members) {
    try {
      const asked = members.map(({ group, keys }) => ({ request: group.request, keys }));
      return await readTogether(this.#dialect, await this.#guarded(members[0].group), asked);
    } catch {
      return null;
    }
  }

  /**
   * Keeps what was read for a group, or why it could not be.
   * @param {Group} group
   * @param {() => Promise<ShapeResult>} read
   */
  async #settle(group, read) {
    try {
      const result = await read();
      const secret = result.kind === 'changes' && result.deletes.length > 0
        && group.subscriptions.some((each) => !each.hearsDeletions);
      this.#results.set(group, secret ? await readWhole(await this.#guarded(group), group.request) : result);
    } catch (thrown) {
      this.#results.set(group, UpstreamError.from(thrown));
    }
  }

  /** @param {Group} group */
  #pathsOf({ visitor }) {
    const name = visitor?.name ?? '';
    const paths = this.#paths.get(name) ?? new Map();
    this.#paths.set(name, paths);
    return paths;
  }

  /** @param {Group} group */
  async #guarded({ visitor }) {
    const tx = await this.#readers.next();
    return visitor?.guard(tx) ?? tx;
  }
}

/**
 * Parts of a list, none with more keys than so many.
 * @param {Changed[]} members
 * @param {number} maximum
 */
function partsOf(members, maximum) {
  /** @type {Changed[][]} */
  const parts = [[]];
  let size = 0;
  for (const member of members) {
    size += member.keys.length;
    if (size > maximum && parts[parts.length - 1].length > 0) {
      parts.push([]);
      size = member.keys.length;
    }
    parts[parts.length - 1].push(member);
  }
  return parts;
}
