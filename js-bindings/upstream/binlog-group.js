/**
 * One transaction in a binary log, from its GTID to its last event. MariaDB says in the first whether it is of one statement; in a MySQL the
 * first statement tells, as longer ones begin with BEGIN. A MySQL without GTIDs writes anonymous ones.
 */
import { BinlogPlace, markOfCommit } from './binlog-place.js';

const FIRST = new Set(['MariadbGtid', 'Gtid', 'AnonymousGtid']);

/** Of an event, besides what the package calls its size: the header, and the checksum if there is one. */
const HEADER = 19;
const CHECKSUM = 4;

/** A transaction that is being read. */
export class Group {
  #gtid;
  /** @type {boolean | undefined} it is of one statement; undefined until that is known */
  #single;

  /** @param {any} event its first */
  constructor(event) {
    if (event.getTypeName() !== 'MariadbGtid') return;
    this.#gtid = event.gtid;
    this.#single = event.standalone || event.completedXa;
  }

  /** @param {any} event */
  static begins(event) {
    return FIRST.has(event.getTypeName());
  }

  /**
   * Whether an event is the last; to be asked of each that is received.
   * @param {any} event
   */
  endsWith(event) {
    switch (event.getTypeName()) {
      case 'Xid': case 'XaPrepare': return true;
      case 'Query':
        this.#single ??= !/^(BEGIN|XA\s+START)\b/i.test(event.query);
        return this.#single || /^(COMMIT|ROLLBACK)$/i.test(event.query);
      default: return false;
    }
  }

  /**
   * By which it is known again; undefined where it has nothing.
   * @param {BinlogPlace} end
   * @param {any} event its last
   * @param {boolean} checksums whether events have one
   */
  mark({ file, offset }, event, checksums) {
    if (this.#gtid !== undefined) return this.#gtid;
    if (event.getTypeName() !== 'Xid') return undefined;
    const size = event.size + HEADER + (checksums ? CHECKSUM : 0);
    return markOfCommit(new BinlogPlace(file, offset - size), offset, event.xid);
  }
}
