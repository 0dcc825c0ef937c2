/** Says what is not as it should be, for whichever test runner listens. */

/** What says that there is no room. */
const FULL = ['53100', 'ENOSPC', 'EDQUOT'];

/**
 * @param {unknown} condition
 * @param {string} sentence what should be
 * @returns {asserts condition}
 */
export function check(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

/**
 * @param {Uint8Array} found
 * @param {Uint8Array} expected
 * @param {string} what
 */
export function checkBytes(found, expected, what) {
  check(found.length === expected.length, `${what}: ${expected.length} bytes, not ${found.length}`);
  const at = found.findIndex((byte, index) => byte !== expected[index]);
  check(at === -1, `${what}: byte ${at} is ${found[at]}, not ${expected[at]}`);
}

/**
 * @param {() => unknown} work
 * @param {string} what must fail
 * @returns {Promise<any>} what it failed with
 */
export async function failureOf(work, what) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error(`${what} must fail`);
}

/** @param {any} error @param {string} what */
export function checkFull(error, what) {
  check(FULL.includes(error?.code), `${what} without room must fail with the code 53100, ENOSPC or EDQUOT, not ${error?.code}: ${error?.message}`);
}

/**
 * Opens a storage for as long as the work takes.
 * @template T
 * @param {import('./case.js').Place} place
 * @param {string} path
 * @param {(storage: any) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function using(place, path, work) {
  const storage = place.create();
  await storage.open(path);
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

/**
 * Bytes that are another's for another seed.
 * @param {number} length
 * @param {number} seed
 */
export function bytesOf(length, seed) {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 97 + (at >> 8) * 7) & 0xff);
}
