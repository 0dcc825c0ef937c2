/**
 * The rows that are in memory because subscribers have not taken them yet, and who is to blame when there are too many.
 */
import { sizeOfRows } from './row-size.js';

/**
 * @typedef {import('./subscription.js').Subscription} Subscription
 * @typedef {{ bytes: number, holders: Set<Subscription> }} Block rows that were read once, for one subscription or many
 */

/** What the subscriptions of one changefeed are being given. */
export class HeldRows {
  /** @type {Map<unknown[][], Block>} */
  #blocks = new Map();
  /** @type {Map<Subscription, unknown[][]>} */
  #held = new Map();
  /** About how many there are. */
  bytes = 0;

  /**
   * A subscription is about to be given rows.
   * @param {Subscription} subscription
   * @param {unknown[][]} rows
   */
  add(subscription, rows) {
    if (rows.length === 0) return;
    let block = this.#blocks.get(rows);
    if (!block) {
      block = { bytes: sizeOfRows(rows), holders: new Set() };
      this.#blocks.set(rows, block);
      this.bytes += block.bytes;
    }
    block.holders.add(subscription);
    this.#held.set(subscription, rows);
  }

  /**
   * It has taken them all, or wants no more.
   * @param {Subscription} subscription
   */
  remove(subscription) {
    const rows = this.#held.get(subscription);
    if (!rows) return;
    this.#held.delete(subscription);
    const block = /** @type {Block} */ (this.#blocks.get(rows));
    block.holders.delete(subscription);
    if (block.holders.size > 0) return;
    this.#blocks.delete(rows);
    this.bytes -= block.bytes;
  }

  /**
   * While there are more than `limit` bytes, and of more than one: who has taken nothing for the longest time.
   * @param {number} limit
   * @returns {Subscription | null}
   */
  slowest(limit) {
    if (this.bytes <= limit || this.#blocks.size < 2) return null;
    let slowest = null;
    for (const each of this.#held.keys()) {
      if (!slowest || each.progressAt < slowest.progressAt) slowest = each;
    }
    return slowest;
  }
}
