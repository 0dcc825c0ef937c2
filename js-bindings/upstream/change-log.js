/**
 * The changes of a replication stream that are still in memory: those that the origin's table does not have yet, and those
 * that a transaction under way may not find there.
 */

/**
 * @typedef {import('./change-source.js').Change} Change
 * @typedef {{ txid: bigint, end: bigint, changes: Change[] }} Commit one transaction; `end`: where it ends in the
 *   write-ahead log
 */

/** A log of committed transactions. */
export class ChangeLog {
  /** @type {Commit[]} not noted yet, in the order of their commits */
  #pending = [];
  #pendingChanges = 0;
  /** @type {{ at: number, commits: Commit[] }[]} noted, the oldest first */
  #noted = [];
  /** @type {Set<number>} when those began who may not see what was noted later */
  #holds = new Set();
  #clock = 0;
  /** Every transaction that is not in memory any more, or never was, has a lower number or this one. */
  #forgotten;

  /** @param {bigint} forgotten the newest transaction that may have committed before the log began */
  constructor(forgotten) {
    this.#forgotten = forgotten;
  }

  /** Changes that have not been noted. */
  get pending() {
    return this.#pendingChanges;
  }

  /** @param {Commit} commit */
  add(commit) {
    if (commit.changes.length === 0) return;
    this.#pending.push(commit);
    this.#pendingChanges += commit.changes.length;
  }

  /** The transactions that are to be noted now. */
  peek() {
    return [...this.#pending];
  }

  /**
   * Forgets everything: whoever begins from now on finds what came before in the table, or will. Whoever has begun already would
   * miss it.
   * @param {bigint} forgotten the newest transaction that may have committed before the log begins anew
   */
  restart(forgotten) {
    this.#pending = [];
    this.#pendingChanges = 0;
    this.#noted = [];
    this.#forgotten = forgotten;
  }

  /**
   * These have been noted: whoever begins from now on finds them in the table.
   * @param {Commit[]} commits the first of those that `peek` returned
   */
  noted(commits) {
    if (commits.length === 0) return;
    this.#pending = this.#pending.slice(commits.length);
    for (const { changes } of commits) this.#pendingChanges -= changes.length;
    this.#noted.push({ at: ++this.#clock, commits });
    this.#forget();
  }

  /**
   * What is in memory now stays until the function that this returns is called.
   * @returns {() => void}
   */
  hold() {
    const began = ++this.#clock;
    this.#holds.add(began);
    return () => {
      this.#holds.delete(began);
      this.#forget();
    };
  }

  /**
   * Whether all transactions that the snapshot does not see are in memory, once they have been received.
   * @param {import('./snapshot.js').Snapshot} snapshot
   */
  covers(snapshot) {
    return snapshot.xmin > this.#forgotten;
  }

  /**
   * Whether there is a transaction in memory that the snapshot does not see: a stream may tell of it before others can see it.
   * @param {import('./snapshot.js').Snapshot} snapshot
   */
  exceeds(snapshot) {
    return this.#commits.some(({ txid }) => !snapshot.sees(txid));
  }

  /**
   * All changes in memory of these captures.
   * @param {Set<number>} captures
   * @returns {Change[]}
   */
  changes(captures) {
    return this.#commits.flatMap((commit) => commit.changes.filter((change) => captures.has(change.capture)));
  }

  get #commits() {
    return [...this.#noted.flatMap((each) => each.commits), ...this.#pending];
  }

  #forget() {
    const oldest = Math.min(...this.#holds);
    while (this.#noted.length > 0 && this.#noted[0].at < oldest) {
      for (const { txid } of /** @type {{ commits: Commit[] }} */ (this.#noted.shift()).commits) {
        if (txid > this.#forgotten) this.#forgotten = txid;
      }
    }
  }
}
