/**
 * PGClient: a PostgreSQL server over the package `pg`, as an origin. Node only.
 */
import { Changefeed } from './changefeed.js';
import { UpstreamError } from './errors.js';
import { PGSession } from './pg-session.js';
import { PostgresClient } from './postgres-client.js';

/**
 * What all clients of one pool share.
 * @type {WeakMap<object, { session: PGSession, changefeed: Changefeed }>}
 */
const shared = new WeakMap();

/**
 * An upstream client over a `pg.Pool`, which stays the caller's. While there are subscriptions it keeps one
 * connection of the pool to listen on.
 */
export class PGClient extends PostgresClient {
  /**
   * @param {any} source a pg.Pool, or an object `{ pool, … }` with options of the changefeed
   * @param {import('./types.js').ChangefeedOptions} [options] read from the first client of a pool
   * @throws {UpstreamError} 22023 when it is no pool
   */
  constructor(source, options = {}) {
    const { pool, ...more } = typeof source?.connect === 'function' ? { pool: source } : source ?? {};
    if (typeof pool?.connect !== 'function') throw new UpstreamError('22023', 'PGClient takes a pg.Pool');
    let origin = shared.get(pool);
    if (!origin) {
      const session = new PGSession(pool);
      origin = { session, changefeed: new Changefeed(session, { ...more, ...options }) };
      shared.set(pool, origin);
    }
    super(origin.session, origin.changefeed);
  }
}
