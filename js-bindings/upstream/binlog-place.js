/**
 * Places in a binary log, as the text of a cursor and as numbers in the order of the log.
 */
import { Snapshot } from './snapshot.js';

const OFFSET_BITS = 40n;

/** A place between two transactions. */
export class BinlogPlace {
  /**
   * @param {string} file such as 'binlog.000012'
   * @param {number} offset
   */
  constructor(file, offset) {
    this.file = file;
    this.offset = offset;
    /** Rises with the log. */
    this.number = (BigInt(/\d+$/.exec(file)?.[0] ?? 0) << OFFSET_BITS) | BigInt(offset);
  }

  /** What all files of one log have in common. */
  get log() {
    return this.file.replace(/\d+$/, '');
  }

  /** A snapshot that sees what ends here or before. Its text ends in the mark of the last transaction that does. */
  snapshot(mark = '') {
    return new Snapshot(`${this.file}:${this.offset}:${mark}`, this.number + 1n, this.number + 1n, []);
  }

  /**
   * @param {string} text of a snapshot
   * @returns {{ place: BinlogPlace, mark: string, snapshot: Snapshot } | null}
   */
  static parseSnapshot(text) {
    const match = /^([^:/]*\.\d{1,10}):(\d{1,12}):([\d-]*)$/.exec(text);
    if (!match) return null;
    const place = new BinlogPlace(match[1], Number(match[2]));
    return { place, mark: match[3], snapshot: place.snapshot(match[3]) };
  }
}

/**
 * The mark of a transaction by its last event.
 * @param {BinlogPlace} begin where the event begins
 * @param {number} end where it ends in the same file
 * @param {unknown} xid the number that the server has given the transaction
 */
export function markOfCommit({ file, offset }, end, xid) {
  return [/\d+$/.exec(file)?.[0], offset, end, xid].join('-');
}

/**
 * Where the event of a mark begins.
 * @param {string} log as a place has it
 * @param {string} mark
 * @returns {BinlogPlace | null}
 */
export function parseMark(log, mark) {
  const match = /^(\d+)-(\d+)-\d+-\d+$/.exec(mark);
  return match && new BinlogPlace(log + match[1], Number(match[2]));
}
