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

  /** A snapshot that sees what ends here or before. Its text ends in the GTID of the last transaction that does. */
  snapshot(gtid = '') {
    return new Snapshot(`${this.file}:${this.offset}:${gtid}`, this.number + 1n, this.number + 1n, []);
  }

  /**
   * @param {string} text of a snapshot
   * @returns {{ place: BinlogPlace, gtid: string, snapshot: Snapshot } | null}
   */
  static parseSnapshot(text) {
    const match = /^([^:/]*\.\d{1,10}):(\d{1,12}):([\d-]*)$/.exec(text);
    if (!match) return null;
    const place = new BinlogPlace(match[1], Number(match[2]));
    return { place, gtid: match[3], snapshot: place.snapshot(match[3]) };
  }
}
