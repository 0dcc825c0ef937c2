/**
 * Which rows of a PostgreSQL have changed, as triggers note it in tidemark_origin.changes.
 */
import { dropStaleCaptures, findCaptures, installCapture } from './capture.js';
import { readNotedChanges } from './noted-changes.js';
import { readPosition } from './postgres-dialect.js';

/** @implements {ChangeSource} */
export class TriggerSource {
  #session;

  /** @param {import('./types.js').OriginSession} session */
  constructor(session) {
    this.#session = session;
  }

  async start() {}

  /** @param {import('./types.js').OriginTransaction} tx */
  position(tx) {
    return readPosition(tx);
  }

  /** @param {import('./types.js').OriginTransaction} tx */
  captures(tx) {
    return findCaptures(tx);
  }

  /** @param {import('./capture.js').CaptureRequest} capture */
  async install(capture) {
    await this.#session.transaction(dropStaleCaptures);
    await this.#session.transaction((tx) => installCapture(tx, capture));
  }

  hold() {
    return () => {};
  }

  /**
   * @param {import('./types.js').OriginTransaction} tx
   * @param {Unseen} unseen
   */
  changes(tx, unseen) {
    return readNotedChanges(tx, unseen);
  }

  async close() {}
}

/**
 * @typedef {import('./change-source.js').ChangeSource} ChangeSource
 * @typedef {import('./change-source.js').Unseen} Unseen
 */
