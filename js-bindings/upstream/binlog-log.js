/**
 * The transactions of a binary log that have been read lately, as far as they changed what is watched.
 */

/** Changes that stay in memory. */
const KEPT_CHANGES = 100_000;
/** Transactions whose GTIDs stay known. */
const KEPT_COMMITS = 10_000;

/**
 * @typedef {import('./binlog-place.js').BinlogPlace} BinlogPlace
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {{ place: BinlogPlace, gtid: string, changes: Change[], size: number }} Commit
 */

/** A log from a place on. */
export class BinlogLog {
  /** @type {Commit[]} */
  #commits = [];
  #size = 0;
  #begin;
  #gtid;

  /**
   * @param {BinlogPlace} begin
   * @param {string} gtid of the last transaction before
   */
  constructor(begin, gtid) {
    this.#begin = begin;
    this.#gtid = gtid;
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
   * @param {string} gtid
   * @param {Change[]} changes
   */
  add(place, gtid, changes) {
    const size = changes.reduce((sum, each) => sum + each.keys.length, changes.length);
    this.#commits.push({ place, gtid, changes, size });
    this.#size += size;
    while (this.#size > KEPT_CHANGES || this.#commits.length > KEPT_COMMITS) {
      const oldest = /** @type {Commit} */ (this.#commits.shift());
      this.#size -= oldest.size;
      this.#begin = oldest.place;
      this.#gtid = oldest.gtid;
    }
  }

  /**
   * The last transaction that ends at a place or before.
   * @param {BinlogPlace} place
   */
  gtidAt(place) {
    return this.#commits.findLast((each) => each.place.number <= place.number)?.gtid ?? this.#gtid;
  }
}
