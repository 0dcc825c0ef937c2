/**
 * `tidemark/worker`: offers a database to other threads. The page then says
 * `new Tidemark({ worker: new Worker('./my-worker.js', { type: 'module' }), path: 'app.db' })`.
 */
import type { Tidemark, UpstreamClient } from './index.js';

export interface ServeOptions {
  /** Clients of origins that live in this thread; without it those of the page are used. */
  getUpstreamClient?(originId: string): UpstreamClient | Promise<UpstreamClient>;
  /** A database that is offered to all who connect. Without it each who connects opens one with its own options. */
  database?: Tidemark;
  /** A port to offer it on. Without it this worker takes connections. */
  port?: MessagePort;
}

/** Offers a database. */
export function serve(options?: ServeOptions): void;
