/** How one thread learns that another is gone, however it went: the browser frees the locks that it had. */

const locks = globalThis.navigator?.locks;

/**
 * Shows that this thread lives.
 * @returns {Promise<{ name: string | null, end(): void }>} name: for watchLife, in another thread; null where there are
 *   no locks
 */
export function showLife() {
  if (locks === undefined) return Promise.resolve({ name: null, end() {} });
  const name = `tidemark-life:${crypto.randomUUID()}`;
  return new Promise((resolve, reject) => {
    locks.request(name, () => new Promise((release) => {
      resolve({ name, end: () => release(undefined) });
    })).catch(reject);
  });
}

/**
 * Watches another thread.
 * @param {string | null | undefined} name what its showLife gave
 * @param {() => void} onEnd called once it is gone
 * @returns {() => void} ends the watch
 */
export function watchLife(name, onEnd) {
  if (typeof name !== 'string' || locks === undefined) return () => {};
  const controller = new AbortController();
  const { signal } = controller;
  locks.request(name, { mode: 'shared', signal }, () => {
    if (!signal.aborted) onEnd();
  }).catch(() => {});
  return () => controller.abort();
}
