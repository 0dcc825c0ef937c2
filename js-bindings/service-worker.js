/**
 * The package `tidemark/service-worker`: sends what was written offline when the browser says that the network is back, also when no page
 * is open.
 *
 *     import { sendInBackground } from 'tidemark/service-worker';
 *     import { EdgeClient } from 'tidemark/upstream/edge';
 *     sendInBackground({ path: 'app.db', getUpstreamClient: () => new EdgeClient({ url: '/api/db' }) });
 *
 * The service worker is one more of those who share the database (tabs/): a page that has it open is asked to send; where there is none,
 * the service worker holds it until it has sent, or until a page wants it. It may be killed at any moment: a transaction that
 * is sent again is applied once.
 */
import { syncTag } from './background-sync.js';
import { TidemarkError, reportUncaught } from './errors.js';
import { isKept } from './storage/index.js';
import { SharedSession } from './tabs/shared-session.js';

/** @typedef {import('./tidemark.js').TidemarkOptions} TidemarkOptions */

/** Milliseconds between two looks for a page that wants the database. */
const WAY_DELAY = 200;

/**
 * The oldest of what could be sent and is not. What waits behind a conflict (of the same origin: more is not looked at) is not to be
 * tried again.
 */
const UNSENT = `
  SELECT last_error, last_error_code FROM tidemark.queue AS w
  WHERE state = 'failed' OR (state = 'pending' AND NOT EXISTS (
    SELECT 1 FROM tidemark.queue AS c WHERE c.origin = w.origin AND c.state = 'conflicted'))
  ORDER BY id LIMIT 1`;

/**
 * Sends the queue of a database at each of its sync events. To be called when the service worker's script first runs.
 * @param {TidemarkOptions} options those that the pages open it with
 */
export function sendInBackground(options) {
  const tag = syncTag({ backgroundSync: true, ...options });
  if (tag === null) return;
  addEventListener('sync', (/** @type {any} */ event) => {
    if (event.tag === tag) event.waitUntil(sendQueue(options));
  });
}

/**
 * Sends what waits in the queue of a database; nothing comes in.
 * @param {TidemarkOptions} options those that the pages open it with
 * @returns {Promise<void>} when nothing waits but what has to be resolved
 * @throws {TidemarkError} when an origin could not be reached, or the database could not be opened: to be tried again
 */
export async function sendQueue(options) {
  const { path = ':memory:' } = options;
  syncTag({ backgroundSync: true, ...options });
  // What would be made here would be an empty database.
  if (path === ':memory:' || !await isKept(path)) return;
  const session = await SharedSession.open({ ...options, autoSync: false });
  const makingWay = setInterval(() => session.makeWay().catch(reportUncaught), WAY_DELAY);
  try {
    await session.flush();
    await checkSent(session);
  } finally {
    clearInterval(makingWay);
    await session.close();
  }
}

/** @param {SharedSession} session */
async function checkSent(session) {
  const { rows: [unsent] } = await session.query(session.root, UNSENT);
  if (unsent === undefined) return;
  throw new TidemarkError(unsent.last_error_code ?? '08006', unsent.last_error ?? 'who has the database open has no network');
}
