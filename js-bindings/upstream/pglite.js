/**
 * PGliteClient: PostgreSQL embedded in this process, `@electric-sql/pglite`, as an origin.
 */
import { Changefeed } from './changefeed.js';
import { UpstreamError } from './errors.js';
import { PGliteSession } from './pglite-session.js';
import { PostgresClient } from './postgres-client.js';

/**
 * What all clients of one PGlite share: it has a single session, and one changefeed is enough.
 * @type {WeakMap<object, { session: PGliteSession, changefeed: Changefeed }>}
 */
const shared = new WeakMap();

/**
 * An upstream client over a PGlite instance, which stays the caller's. It has a single session: while a
 * transaction is open everyone else waits.
 */
export class PGliteClient extends PostgresClient {
  /**
   * @param {any} source a PGlite (or PGliteWorker), or an object `{ pglite, … }` with options of the changefeed
   * @param {import('./types.js').ChangefeedOptions} [options] read from the first client of an instance
   * @throws {UpstreamError} 22023 when it is no PGlite
   */
  constructor(source, options = {}) {
    const { pglite, ...more } = typeof source?.transaction === 'function' ? { pglite: source } : source ?? {};
    if (typeof pglite?.transaction !== 'function') {
      throw new UpstreamError('22023', 'PGliteClient takes a PGlite instance');
    }
    let origin = shared.get(pglite);
    if (!origin) {
      const session = new PGliteSession(pglite);
      origin = { session, changefeed: new Changefeed(session, { ...more, ...options }) };
      shared.set(pglite, origin);
    }
    super(origin.session, origin.changefeed);
  }
}
