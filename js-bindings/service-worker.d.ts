/**
 * `tidemark/service-worker`: sends what was written offline when the browser says that the network is back, also when no page is open.
 *
 * ```ts
 * import { sendInBackground } from 'tidemark/service-worker';
 * import { EdgeClient } from 'tidemark/upstream/edge';
 *
 * sendInBackground({ path: 'app.db', getUpstreamClient: () => new EdgeClient({ url: '/api/db' }) });
 * ```
 */
import type { TidemarkOptions } from './index.js';

/**
 * Of the options that the pages open the database with, those that matter here. They may be given all: `worker` and `autoSync` do
 * nothing.
 */
export type SendOptions = TidemarkOptions;

/**
 * Sends the queue at each sync event of the database; its tag is that of the pages' option `backgroundSync`. To be called when
 * the service worker's script first runs. The event fails when an origin could not be reached: the browser tries again.
 * @throws {TidemarkError} 22023 for a storage that a service worker cannot open
 */
export function sendInBackground(options: SendOptions): void;

/**
 * Sends the queue now: for an event of one's own ('push', 'periodicsync'), to be passed to its `waitUntil`. A page that has
 * the database open is asked to do it.
 * @throws {TidemarkError} when an origin could not be reached, or the database could not be opened: to be tried again
 */
export function sendQueue(options: SendOptions): Promise<void>;
