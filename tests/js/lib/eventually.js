/** Waiting for what happens by itself. */

/**
 * Tries until it works; throws what the last attempt has thrown.
 * @template T
 * @param {() => T | Promise<T>} check
 * @param {number} [milliseconds] after which it gives up
 * @returns {Promise<T>}
 */
export async function eventually(check, milliseconds = 20_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }
}
