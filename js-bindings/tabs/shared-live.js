/** A live query that goes on with the next holder of a database, telling exactly what is different there. */
import { TidemarkError } from '../errors.js';
import { applyChanges, diffRows } from '../live-diff.js';

/**
 * @typedef {import('./election.js').Place} Place
 * @typedef {import('../live-diff.js').RowChange} RowChange
 * @typedef {import('../live-diff.js').Row} Row
 */

export class SharedLive {
  #about;
  #closed = false;
  #begun = false;
  /** @type {import('../live-source.js').LiveHandle | null} where it is open now */
  #handle = null;
  /** @type {(() => void) | null} */
  #onAbort = null;
  /** @type {AbortSignal | null} */
  #signal = null;
  /** @type {Row[]} */
  rows = [];
  fields = /** @type {import('../block.js').Field[]} */ ([]);
  /** @type {readonly string[] | null} */
  key = null;

  /**
   * @param {{ sql: string, parameters: any, key: string[] | undefined, sink: import('../live-source.js').LiveSink,
   *   onEnd: () => void }} about
   */
  constructor(about) {
    this.#about = about;
  }

  /**
   * Opens it for the first time.
   * @param {Place} place
   */
  async open(place) {
    const handle = await this.#openAt(place);
    this.rows = handle.rows;
    this.fields = handle.fields;
    this.key = handle.key;
  }

  /**
   * Opens it with the next holder.
   * @param {Place} place
   */
  async reopen(place) {
    const { sink } = this.#about;
    try {
      const handle = await this.#openAt(place);
      if (this.#handle !== handle) return;
      const next = [...handle.rows];
      const changes = diffRows(this.rows, next, this.key);
      if (changes.length > 0) {
        this.rows = next;
        sink.changed(next, changes);
      }
      if (this.#begun) handle.begin();
    } catch (error) {
      if (place.gone === null && !this.#closed) sink.failed(TidemarkError.from(error));
    }
  }

  /** The rows have been taken. */
  begin() {
    this.#begun = true;
    this.#handle?.begin();
  }

  /** @param {AbortSignal | null} signal */
  endWith(signal) {
    if (signal === null) return;
    this.#signal = signal;
    this.#onAbort = () => {
      this.close();
      this.#about.sink.failed(new TidemarkError('57014', 'the call was aborted', { cause: signal.reason }));
    };
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#handle?.close();
    this.#about.onEnd();
  }

  /** @param {Place} place */
  async #openAt(place) {
    const { sql, parameters, key, sink } = this.#about;
    const here = () => place.gone === null && !this.#closed;
    const handle = await place.connection.live(sql, parameters, { key }, {
      changed: (/** @type {Row[]} */ _rows, /** @type {RowChange[]} */ changes) => {
        if (here()) this.#changed(changes);
      },
      failed: (/** @type {TidemarkError} */ error) => {
        if (here()) sink.failed(error);
      },
    });
    if (this.#closed) handle.close();
    else this.#handle = handle;
    return handle;
  }

  /**
   * The rows are those of the first holder as far as they are untouched, so that they stay the same objects.
   * @param {RowChange[]} changes
   */
  #changed(changes) {
    const own = changes.map((change) => {
      const old = change.oldIndex === -1 ? null : this.rows[change.oldIndex];
      return { ...change, old, new: change.new === change.old ? old : change.new };
    });
    this.rows = applyChanges(this.rows, own);
    this.#about.sink.changed(this.rows, own);
  }
}
