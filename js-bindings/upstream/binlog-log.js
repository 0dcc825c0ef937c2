/**
 * The transactions of a binary log that have been read lately, as far as they changed what is watched.
 */

/** Changes that stay in memory. */
const KEPT_CHANGES = 100_000;
/** Transactions whose marks stay known. */
const KEPT_COMMITS = 10_000;

/**
 * @typedef {import('./binlog-place.js').BinlogPlace} BinlogPlace
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {{ place: BinlogPlace, mark: string, changes: Change[], size: number }} Commit `mark`: by which it is known again
 */

/** A log from a place on. */
export class BinlogLog {
  /** @type {Commit[]} */
  #commits = [];
  #size = 0;
  #begin;
  #mark;

  /**
   * @param {BinlogPlace} begin
   * @param {string} mark of the last transaction before
   */
  constructor(begin, mark) {
    this.#begin = begin;
    this.#mark = mark;
  }

  /** Up to where transactions are not in memory. */
  get begin() {
    return this.#begin;
  }

  /** All changes in memory. */
  get changes() {
    return this.#commits.flatMap((each) => each.changes);
  }

  /**
   * @param {BinlogPlace} place where it ends
   * @param {string} mark
   * @param {Change[]} changes
   */
  add(place, mark, changes) {
    const size = changes.reduce((sum, each) => sum + each.keys.length, changes.length);
    this.#commits.push({ place, mark, changes, size });
    this.#size += size;
    while (this.#size > KEPT_CHANGES || this.#commits.length > KEPT_COMMITS) {
      const oldest = /** @type {Commit} */ (this.#commits.shift());
      this.#size -= oldest.size;
      this.#begin = oldest.place;
      this.#mark = oldest.mark;
    }
  }

  /**
   * The mark of the last transaction that ends at a place or before.
   * @param {BinlogPlace} place
   */
  markAt(place) {
    return this.#commits.findLast((each) => each.place.number <= place.number)?.mark ?? this.#mark;
  }
}
