/**
 * Which rows of a PostgreSQL have changed, as triggers note it in tidemark_origin.changes.
 */
import { FIND_CAPTURES, dropStaleCaptures, installCapture } from './capture.js';
import { readNotedChanges } from './noted-changes.js';
import { makeSurvey } from './postgres-survey.js';

/** @implements {ChangeSource} */
export class TriggerSource {
  #session;

  /** @param {import('./types.js').OriginSession} session */
  constructor(session) {
    this.#session = session;
  }

  async start() {}

  /**
   * @param {import('./types.js').OriginTransaction} tx
   * @param {import('./change-source.js').Surveyed} surveyed
   */
  survey(tx, surveyed) {
    return makeSurvey(tx, surveyed, { captures: FIND_CAPTURES });
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
