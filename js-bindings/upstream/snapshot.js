/**
 * What a PostgreSQL snapshot sees, from its text `xmin:xmax:xip,xip,…`.
 */

const LAST = 2n ** 63n - 1n;

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
   * @returns {Snapshot | null} null when PostgreSQL would not read it
   */
  static parse(text) {
    const match = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/.exec(text);
    if (!match) return null;
    const xmin = BigInt(match[1]);
    const xmax = BigInt(match[2]);
    const running = match[3] === '' ? [] : match[3].split(',').map(BigInt);
    const ordered = running.every((xid, at) => xid >= xmin && xid < xmax && (at === 0 || xid > running[at - 1]));
    if (xmin < 1n || xmin > xmax || xmax > LAST || !ordered) return null;
    return new Snapshot(text, xmin, xmax, running);
  }

  /**
   * Whether what the transaction `xid` did is seen.
   * @param {bigint} xid
   */
  sees(xid) {
    return xid < this.xmin || (xid < this.xmax && !this.#running.has(xid));
  }
}
