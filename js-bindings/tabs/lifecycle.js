/** When a page is frozen: kept in the background, or in the history, without running. */

/** Milliseconds that a worker gets to give its database up. */
const WORKER_TIME = 1_000;

/**
 * Tells when this page is about to be frozen, and when it runs again; within a worker, nothing.
 * @param {(frozen: boolean) => void} changed
 * @returns {() => void} ends it
 */
export function watchLifecycle(changed) {
  if (typeof document !== 'object') return () => {};
  const controller = new AbortController();
  const options = { signal: controller.signal, capture: true };
  const hidden = (/** @type {boolean} */ frozen) => (/** @type {any} */ event) => {
    if (event.persisted) changed(frozen);
  };
  document.addEventListener('freeze', () => changed(true), options);
  document.addEventListener('resume', () => changed(false), options);
  addEventListener('pagehide', hidden(true), options);
  addEventListener('pageshow', hidden(false), options);
  return () => controller.abort();
}

/**
 * The workers of a page are frozen with it, as soon as it has handled the event: until then they run beside it. There is
 * nothing here that a page could wait for without ending the event.
 */
export function letWorkersRun() {
  const end = performance.now() + WORKER_TIME;
  while (performance.now() < end);
}
