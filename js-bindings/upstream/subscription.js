/**
 * One subscription to a shape: where it stands, and its sink, which is given one thing at a time.
 */
import { UpstreamError } from './errors.js';
import { encodeValue } from './protocol.js';
import { sizeOfRow } from './row-size.js';
import { Result } from './result.js';
import { ShownKeys } from './shown-keys.js';

/** @type {{ fields: Field[], upserts: unknown[][], deletes: unknown[][], partition?: number[] }} */
const NO_CHANGES = { fields: [], upserts: [], deletes: [] };

const PART_ROWS = 5_000;
const PART_SIZE = 1 << 20; // about as many bytes

/**
 * @typedef {import('./types.js').Field} Field
 * @typedef {{ kind: 'nothing' }
 *   | { kind: 'snapshot', fields: Field[], rows: unknown[][], repeated?: boolean }
 *   | { kind: 'review', fields: Field[], rows: unknown[][], changed: Set<string> }
 *   | { kind: 'changes', fields: Field[], upserts: unknown[][], deletes: unknown[][], partition?: number[] }} ShapeResult `repeated`:
 *   each change makes another snapshot; `review`: all rows, of which those with a key in `changed` have changed; others may have begun
 *   or ceased to be shown
 * @typedef {ShapeResult & { cursor: string, applied: number | null, due: boolean }} Delivery `due`: the
 *   sink should hear of the new cursor even if nothing else has happened
 */

/** A subscription; made and read by a Changefeed. */
export class Subscription {
  /** Being read for the first time, or its sink has not finished: rounds pass it by. */
  busy = true;
  /** A round has passed it by. */
  missed = false;
  /** When something was last handed to the sink, in milliseconds since 1970. */
  deliveredAt = Date.now();
  /** When the sink last began or finished with something, in milliseconds since 1970. */
  progressAt = Date.now();
  /** @type {number | null} since when it could not be read, in milliseconds since 1970 */
  failingSince = null;
  /** @type {Error | null} why it ended before its first delivery */
  failure = null;
  #sink;
  #events;
  /** @type {Result | null} the last one, of a shape of which all is read at each change */
  #result = null;
  /** @type {ShownKeys | null} kept where others have rows that this one must not hear of */
  #shown = null;
  #closed = false;
  #begun = false;
  /** @type {number | null | undefined} what the sink was told last; undefined when nothing yet */
  #applied;
  /** How many snapshot parts and batches it was told. */
  #count = 0;

  /**
   * @param {import('./changefeed.js').PlannedRequest} request
   * @param {import('./visitor.js').Visitor | undefined} visitor
   * @param {import('./types.js').ChangeSink} sink
   * @param {{ ended(): void, taken(): void, missed(): void }} events `taken`: the sink has finished; `missed`: and
   *   something may have happened meanwhile
   */
  constructor(request, visitor, sink, events) {
    this.request = request;
    this.visitor = visitor;
    /** Equal for equal shapes. */
    this.shape = JSON.stringify([request.sql, request.params.map(encodeValue), request.keyQuery, request.key,
      request.originKey, request.relation, request.relations, request.equality, request.partition, visitor?.name]);
    /** Equal for shapes that differ in the constants of their equality alone. */
    this.template = request.equality ? JSON.stringify([request.equality.keyQuery, request.equality.columns,
      request.params.map(encodeValue), request.key, request.originKey, request.relation, visitor?.name]) : '';
    /** Up to where the sink has been told, or is being told. */
    this.cursor = request.cursor ?? null;
    this.#sink = sink;
    this.#events = events;
    const { key, partition } = request;
    if (visitor?.sharesRelations && (key || partition)) this.#shown = new ShownKeys(key ?? partition?.positions ?? []);
  }

  /** Whether it can be told of rows that have gone without being told of rows that were never its own. */
  get hearsDeletions() {
    return this.#shown?.known ?? true;
  }

  /** Ends it; the sink hears nothing more. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.ended();
  }

  /**
   * Ends it and tells the sink why; before the first delivery `failure` tells whoever is subscribing.
   * @param {Error} error
   */
  lose(error) {
    if (this.#closed) return;
    this.close();
    if (this.#begun) this.#sink.lost(error);
    else this.failure = error;
  }

  /**
   * Hands what was read to the sink, in the background.
   * @param {Delivery} delivery
   */
  take(delivery) {
    if (this.#closed) return;
    this.#begun = true;
    this.failingSince = null;
    this.cursor = delivery.cursor;
    this.busy = true;
    this.progressAt = Date.now();
    const { cursor, applied, due } = delivery;
    const told = this.#shown?.told(delivery) ?? delivery;
    this.#deliver({ ...told, cursor, applied, due }).then(() => this.#finished(), (error) => this.lose(UpstreamError.from(error)));
  }

  #finished() {
    this.busy = false;
    this.#events.taken();
    if (this.missed && !this.#closed) this.#events.missed();
    this.missed = false;
  }

  /** @param {Delivery} delivery */
  async #deliver(delivery) {
    const { cursor, applied } = delivery;
    if (delivery.kind === 'nothing' && applied === this.#applied && !delivery.due) return;
    if (this.#applied === undefined) await afterCaller();
    const told = delivery.kind === 'snapshot' && delivery.repeated ? await this.#difference(delivery) : delivery;
    if (told === delivery && told.kind !== 'nothing') this.#result = null;
    if (told.kind === 'snapshot') await this.#deliverSnapshot({ ...told, cursor, applied });
    else {
      const { fields, upserts, deletes, partition = undefined } = told.kind === 'changes' ? told : NO_CHANGES;
      if (!this.#closed) await this.#sink.changes({ fields, upserts, deletes, ...(partition && { partition }), number: ++this.#count, cursor, applied });
    }
    this.#applied = applied;
    this.deliveredAt = Date.now();
  }

  /**
   * A snapshot as the rows that have come and gone since the one before, if they are fewer: often none of its rows is another.
   * @param {{ fields: Field[], rows: unknown[][] }} snapshot
   * @returns {Promise<ShapeResult>}
   */
  async #difference({ fields, rows }) {
    const before = this.#result;
    this.#result = await Result.of(fields, rows);
    const difference = before && this.#result.since(before);
    if (!difference) return { kind: 'snapshot', fields, rows };
    const { inserted: upserts, deleted: deletes } = difference;
    const count = upserts.length + deletes.length;
    return count > 0 && count >= rows.length ? { kind: 'snapshot', fields, rows } : { kind: 'changes', fields, upserts, deletes };
  }

  /** @param {{ fields: Field[], rows: unknown[][], cursor: string, applied: number | null }} snapshot */
  async #deliverSnapshot({ fields, rows, cursor, applied }) {
    let start = 0;
    do {
      const end = partEnd(rows, start);
      const last = end === rows.length;
      if (this.#closed) return;
      const part = { fields, rows: rows.slice(start, end), first: start === 0, last, number: ++this.#count };
      await this.#sink.snapshot(last ? { ...part, cursor, applied } : part);
      this.progressAt = Date.now();
      start = end;
    } while (start < rows.length);
  }
}

/** Resolves when whoever called subscribe has had its turn with the answer. */
function afterCaller() {
  return new Promise((resolve) => { setTimeout(resolve, 0); });
}

/**
 * Where the part that begins at `start` ends.
 * @param {unknown[][]} rows
 * @param {number} start
 */
function partEnd(rows, start) {
  let size = 0;
  let end = start;
  while (end < rows.length && end - start < PART_ROWS && (size < PART_SIZE || end === start)) {
    size += sizeOfRow(rows[end]);
    end++;
  }
  return end;
}
