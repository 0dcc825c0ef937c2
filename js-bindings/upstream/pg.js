/**
 * PGClient: a PostgreSQL server over the package `pg`, as an origin. Node only.
 */
import { Changefeed, DEFAULTS } from './changefeed.js';
import { UpstreamError } from './errors.js';
import { PGSession } from './pg-session.js';
import { PostgresClient } from './postgres-client.js';
import { checkReplicationName } from './published.js';
import { ReplicationSource } from './replication-source.js';
import { SharedReplicationSource } from './shared-source.js';

/**
 * What all clients of one pool share.
 * @type {WeakMap<object, { session: PGSession, changefeed: Changefeed, clients: Set<PGClient> }>}
 */
const shared = new WeakMap();

const SLOT = 'tidemark';

/**
 * An upstream client over a `pg.Pool`, which stays the caller's. While there are subscriptions it keeps one
 * connection of the pool to listen on; with `replication` another one, until the last client of the pool is closed.
 */
export class PGClient extends PostgresClient {
  #pool;

  /**
   * @param {any} source a pg.Pool, or an object `{ pool, … }` with options of the changefeed
   * @param {import('./types.js').ChangefeedOptions} [options] read from the first client of a pool
   * @throws {UpstreamError} 22023 when it is no pool, or an option is none
   */
  constructor(source, options = {}) {
    const { pool, ...more } = typeof source?.connect === 'function' ? { pool: source } : source ?? {};
    if (typeof pool?.connect !== 'function') throw new UpstreamError('22023', 'PGClient takes a pg.Pool');
    let origin = shared.get(pool);
    if (!origin) {
      origin = { ...openOrigin(pool, { ...more, ...options }), clients: new Set() };
      shared.set(pool, origin);
    }
    super(origin.session, origin.changefeed);
    this.#pool = pool;
    origin.clients.add(this);
  }

  async close() {
    await super.close();
    const origin = shared.get(this.#pool);
    if (!origin?.clients.delete(this) || origin.clients.size > 0) return;
    shared.delete(this.#pool);
    await origin.changefeed.end();
  }
}

/**
 * @param {any} pool
 * @param {import('./types.js').ChangefeedOptions} options
 */
function openOrigin(pool, { replication = false, ...options }) {
  const session = new PGSession(pool);
  if (!replication) return { session, changefeed: new Changefeed(session, options) };
  const { slot = SLOT, publication = slot, connection = pool.options, replicaIdentity = 'full', nats } = replication === true ? {} : replication;
  checkReplicationName(slot);
  checkReplicationName(publication);
  if (!['full', 'keep'].includes(replicaIdentity)) throw new UpstreamError('22023', "replicaIdentity is 'full' or 'keep'");
  const slotOptions = { connection, slot, publication, replicaIdentity, maximumKeys: options.maximumKeys ?? DEFAULTS.maximumKeys };
  const source = nats !== undefined ? new SharedReplicationSource(session, slotOptions, nats) : new ReplicationSource(session, slotOptions);
  return { session, changefeed: new Changefeed(session, options, source) };
}
