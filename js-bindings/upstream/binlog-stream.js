/**
 * The binary log of a MariaDB or MySQL from a place on, by the package `@vlasky/zongji`, connected again whenever it breaks; and who waits
 * for it to come to a place.
 */
import { Group } from './binlog-group.js';
import { BinlogPlace } from './binlog-place.js';
import { UNREACHABLE, UpstreamError } from './errors.js';
import { fromMySQL } from './mysql-values.js';

const RETRY_LEAST = 50;
const RETRY_MOST = 10_000;
const REACH_TIMEOUT = 10_000;

/** How to connect: what a pool's connections are made of and a replica's may be. */
const CONNECTION = ['host', 'port', 'socketPath', 'user', 'password', 'database', 'ssl', 'connectTimeout', 'authPlugins'];

/**
 * @typedef {object} BinlogReader
 * @property {(event: any) => void} received rows of a table that is followed, or a statement
 * @property {(place: BinlogPlace, mark: string) => void} committed the transaction that was received ends here; `mark`: of the last
 *   that has one
 * @property {() => void} interrupted what came since the last `committed` comes again
 * @property {() => Promise<BinlogPlace>} skip the log cannot be read on from where it stands: where to go on instead
 */

/** One stream; it is used once. */
export class BinlogStream {
  #connection;
  #reader;
  /** @type {any} a ZongJi */
  #zongji = null;
  /** @type {BinlogPlace} */
  #place;
  /** @type {Record<string, string[]>} the tables that are followed, by their databases */
  #tables = {};
  /** Of the last transaction that has one. */
  #mark = '';
  #closed = false;
  #delay = RETRY_LEAST;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {UpstreamError | null} why it is not connected */
  #failure = null;
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /**
   * @param {any} connection as a pool of mysql2 has it
   * @param {BinlogPlace} place where it begins
   * @param {BinlogReader} reader
   */
  constructor(connection, place, reader) {
    this.#connection = Object.fromEntries(CONNECTION.map((name) => [name, connection[name]]));
    this.#place = place;
    this.#reader = reader;
  }

  /** Up to where everything has been received. */
  get place() {
    return this.#place;
  }

  /**
   * Follows these tables and no others from the place where it stands.
   * @param {Record<string, string[]>} tables by their databases
   */
  async follow(tables) {
    this.#tables = tables;
    const ZongJi = await loadPackage();
    this.#stop();
    if (!this.#closed) this.#start(ZongJi);
  }

  /**
   * Resolves when everything up to `place` has been received.
   * @param {BinlogPlace} place
   * @param {number} [timeout] milliseconds
   * @throws {UpstreamError} 08006 it takes too long: the stream is broken, or far behind
   */
  async reach(place, timeout = REACH_TIMEOUT) {
    const until = Date.now() + timeout;
    while (this.#place.number < place.number) {
      if (this.#closed || Date.now() > until) {
        throw this.#failure ?? new UpstreamError(UNREACHABLE, `the binary log has been read to ${this.#place.file}:`
          + `${this.#place.offset}, not to ${place.file}:${place.offset}`);
      }
      await this.#movement(until - Date.now());
    }
  }

  close() {
    this.#closed = true;
    this.#stop();
    this.#wake();
  }

  /** @param {any} ZongJi */
  #start(ZongJi) {
    const zongji = new ZongJi({ ...this.#connection, dateStrings: true, timezone: '+00:00' });
    let { file } = this.#place;
    /** @type {Group | null} the transaction under way */
    let group = null;
    zongji.on('binlog', (/** @type {any} */ event) => {
      if (this.#zongji !== zongji) return;
      this.#failure = null;
      this.#delay = RETRY_LEAST;
      const type = event.getTypeName();
      if (Group.begins(event)) {
        group = new Group(event);
        return;
      }
      if (type === 'Rotate') file = event.binlogName;
      else this.#reader.received(event);
      const offset = type === 'Rotate' ? event.position : event.nextPosition;
      if (offset === 0 || (group && !group.endsWith(event))) return;
      const place = new BinlogPlace(file, offset);
      if (group) {
        this.#mark = group.mark(place, event, zongji.useChecksum) ?? this.#mark;
        this.#reader.committed(place, this.#mark);
      }
      group = null;
      this.#advance(place);
    });
    zongji.on('error', (/** @type {unknown} */ error) => {
      if (this.#zongji === zongji) this.#broken(failureOf(error), ZongJi);
    });
    this.#zongji = zongji;
    zongji.start({
      filename: this.#place.file,
      position: this.#place.offset,
      serverId: 1 + Math.floor(Math.random() * 0xFFFFFFFE), // each replica of a server has another
      includeSchema: this.#tables,
    });
  }

  #stop() {
    clearTimeout(this.#retry);
    const zongji = this.#zongji;
    this.#zongji = null;
    if (!zongji) return;
    this.#reader.interrupted();
    zongji.stop();
  }

  /**
   * @param {UpstreamError} failure
   * @param {any} ZongJi
   */
  #broken(failure, ZongJi) {
    this.#stop();
    this.#failure = failure;
    this.#retry = setTimeout(async () => {
      try {
        // The server answers, but not with what the log has from here on.
        if (!failure.transient) {
          this.#place = await this.#reader.skip();
          this.#wake();
        }
        if (!this.#closed) this.#start(ZongJi);
      } catch (error) {
        if (!this.#closed) this.#broken(UpstreamError.from(error), ZongJi);
      }
    }, this.#delay * (1 + Math.random()));
    this.#delay = Math.min(this.#delay * 2, RETRY_MOST);
  }

  /** @param {BinlogPlace} place */
  #advance(place) {
    if (place.number <= this.#place.number) return;
    this.#place = place;
    this.#wake();
  }

  #wake() {
    for (const wake of this.#waiting) wake();
  }

  /**
   * Resolves when the place has moved, or after a while.
   * @param {number} milliseconds
   */
  #movement(milliseconds) {
    return new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiting.add(done);
    });
  }
}

/**
 * Why the log cannot be read on. What has no code of a server or a connection is the package's own: an event that it cannot
 * take apart, say of a table that is not there any more.
 * @param {any} thrown
 */
function failureOf(thrown) {
  return thrown?.code ? fromMySQL(thrown) : UpstreamError.from(thrown);
}

/** @returns {Promise<any>} the class ZongJi */
async function loadPackage() {
  try {
    return (await import('@vlasky/zongji')).default;
  } catch (cause) {
    throw new UpstreamError('0A000', 'realtime views of MariaDB and MySQL need the package @vlasky/zongji', {
      cause, hint: 'npm install @vlasky/zongji',
    });
  }
}
