/**
 * What a PostgreSQL snapshot sees, from its text `xmin:xmax:xip,xip,…`.
 */

/** One pg_snapshot. */
export class Snapshot {
  #running;

  /**
   * @param {string} text
   * @param {bigint} xmin every transaction below has ended
   * @param {bigint} xmax no transaction from here on had begun
   * @param {bigint[]} running those between that had not ended
   */
  constructor(text, xmin, xmax, running) {
    this.text = text;
    this.xmin = xmin;
    this.xmax = xmax;
    this.#running = new Set(running);
  }

  /**
   * @param {string} text as pg_current_snapshot() prints it
   * @returns {Snapshot | null} null when it is no such text
   */
  static parse(text) {
    const match = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(text);
    if (!match) return null;
    const running = match[3] === '' ? [] : match[3].split(',').map(BigInt);
    return new Snapshot(text, BigInt(match[1]), BigInt(match[2]), running);
  }

  /**
   * Whether what the transaction `xid` did is seen.
   * @param {bigint} xid
   */
  sees(xid) {
    return xid < this.xmin || (xid < this.xmax && !this.#running.has(xid));
  }
}
