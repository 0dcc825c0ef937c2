/** The package `tidemark`, where there are workers to start. */
import { startWorker } from './start-worker.js';
import { Tidemark as Anywhere } from './tidemark.js';

export * from './common.js';

export class Tidemark extends Anywhere {
  /** @param {import('./tidemark.js').TidemarkOptions} [options] */
  constructor(options = {}) {
    super({ startWorker, ...options });
  }
}
