/**
 * Starts the worker of `new Tidemark({ worker: true })`. Nothing that runs in that worker refers to this file: a bundler would make
 * of the worker a thing that contains itself.
 */
import { builtin, hasNode } from './builtin.js';
import { TidemarkError } from './errors.js';

/** @returns {Promise<import('./remote-session.js').WorkerLike>} */
export async function startWorker() {
  if (typeof Worker === 'function') {
    return new Worker(new URL('./worker-entry.js', import.meta.url), { type: 'module', name: 'tidemark' });
  }
  if (!hasNode) throw new TidemarkError('0A000', 'there are no workers here');
  const { Worker: NodeWorker } = await builtin('node:worker_threads');
  const worker = new NodeWorker(new URL('./worker-entry.js', import.meta.url), { name: 'tidemark' });
  worker.unref();
  return worker;
}
