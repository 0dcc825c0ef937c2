/** Subscriptions that resume: commits are read from where the database keeps them, and acknowledged when they are done with. */
import { decodeChanges } from './change-feed.js';
import { TidemarkError, reportUncaught } from './errors.js';
import { isSelected, relationsOf } from './selector.js';

/** Commits that are read, and acknowledged, together. */
const BATCH = 100;

/** Thrown by a function that delivers when its failure has been reported already. */
export const STOPPED = new Error('the subscriber failed');

/**
 * @typedef {import('./change-feed.js').Commit & { lost?: boolean }} SlotCommit lost: changes before this were dropped, because
 *   too many waited
 */

/** The open slots of one session. */
export class Slots {
  #host;
  /** @type {Map<string, Slot>} */
  #open = new Map();

  /** @param {import('./host.js').Host} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * Goes on where the slot stands; a new one begins with the next commit.
   * @param {string} name
   * @param {import('./selector.js').Selector} selector
   * @param {(commit: SlotCommit) => unknown} deliver the next commit waits for what it returns
   * @returns {() => void} ends it; the slot stays
   */
  open(name, selector, deliver) {
    const relations = relationsOf(selector);
    if (this.#open.has(name)) {
      throw new TidemarkError('55006', `somebody is subscribed to the slot ${JSON.stringify(name)} already`);
    }
    this.#host.control({ call: 'openSlot', slot: name, selector: relations });
    const slot = new Slot(this.#host, name, relations, deliver, () => {
      if (this.#open.get(name) === slot) this.#open.delete(name);
    });
    this.#open.set(name, slot);
    slot.run();
    return () => slot.end();
  }

  /**
   * Forgets a slot and what is kept for it.
   * @param {string} name
   */
  drop(name) {
    this.#open.get(name)?.end();
    this.#host.control({ call: 'dropSlot', slot: name });
  }

  /**
   * A transaction was committed.
   * @param {{ kept?: boolean }} commit
   */
  committed({ kept }) {
    if (kept) for (const slot of this.#open.values()) slot.wake();
  }

  /**
   * What a slot asked for.
   * @param {any} about
   * @param {Uint8Array | null} data
   */
  received(about, data) {
    this.#open.get(about.slot)?.received(about, data);
  }

  close() {
    for (const slot of [...this.#open.values()]) slot.end();
  }
}

class Slot {
  #host;
  #name;
  #relations;
  #deliver;
  #onEnd;
  #ended = false;
  #last = 0;
  /** @type {SlotCommit[]} of the batch that is being read */
  #batch = [];
  /** @type {((end: { end: boolean, lost: boolean }) => void) | null} */
  #onBatch = null;
  #woken = false;
  /** @type {(() => void) | null} */
  #onWake = null;

  /**
   * @param {import('./host.js').Host} host
   * @param {string} name
   * @param {[string, string | null][] | null} relations
   * @param {(commit: SlotCommit) => unknown} deliver
   * @param {() => void} onEnd
   */
  constructor(host, name, relations, deliver, onEnd) {
    this.#host = host;
    this.#name = name;
    this.#relations = relations;
    this.#deliver = deliver;
    this.#onEnd = onEnd;
  }

  /** Delivers until it is ended. */
  async run() {
    try {
      while (!this.#ended) {
        const { end, lost } = await this.#read();
        await this.#deliverAll(lost);
        if (end && !this.#ended) await this.#sleep();
      }
    } catch (error) {
      // What was not done with comes again to whoever subscribes next.
      if (!this.#ended && error !== STOPPED) reportUncaught(error);
      this.end();
    }
  }

  end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#onWake?.();
    this.#onBatch?.({ end: true, lost: false });
  }

  /** More may be kept. */
  wake() {
    this.#woken = true;
    this.#onWake?.();
  }

  /**
   * @param {any} about
   * @param {Uint8Array | null} data
   */
  received(about, data) {
    if (about.commit === undefined) {
      this.#onBatch?.(about);
      return;
    }
    const changes = decodeChanges(about.changes, data);
    this.#batch.push({
      commit: about.commit,
      changes: changes.filter(({ relation }) => isSelected(this.#relations, relation.schema, relation.name)),
    });
  }

  /** @returns {Promise<{ end: boolean, lost: boolean }>} */
  #read() {
    this.#woken = false;
    this.#batch = [];
    return new Promise((resolve, reject) => {
      this.#onBatch = (end) => {
        this.#onBatch = null;
        resolve(end);
      };
      try {
        this.#host.control({ call: 'readSlot', slot: this.#name, commit: this.#last, maximum: BATCH });
      } catch (error) {
        reject(error);
      }
    });
  }

  /** @param {boolean} lost */
  async #deliverAll(lost) {
    const batch = this.#batch;
    const before = this.#last;
    if (lost && batch.length === 0) batch.push({ commit: before, changes: [] });
    try {
      for (const commit of batch) {
        if (this.#ended) break;
        if (lost) await this.#deliver({ ...commit, lost: true });
        else if (commit.changes.length > 0) await this.#deliver(commit);
        lost = false;
        this.#last = commit.commit;
      }
    } finally {
      if (this.#last !== before || batch.length > 0) this.#acknowledge();
    }
  }

  #acknowledge() {
    try {
      this.#host.control({ call: 'acknowledgeSlot', slot: this.#name, commit: this.#last });
    } catch (error) {
      // The database is closed, or has failed: it comes again.
      if (!this.#ended) throw error;
    }
  }

  /** @returns {Promise<void>} */
  #sleep() {
    if (this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onWake = () => {
        this.#onWake = null;
        resolve();
      };
    });
  }
}
