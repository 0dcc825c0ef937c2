/**
 * Records in IndexedDB that keep out who had a database before and does not know that it was taken from it.
 *
 * STORED FORM, in the object store `about`: 'fence:<token>' → the locks of all threads that used the database when the fence was
 * put up; then, since they are all gone, a number: when that was noticed (milliseconds since 1970). 0: put up by an earlier version
 *
 * Who is stuck may wake after hours, so a fence stands as long as any thread of its time lives, which the browser tells by the
 * locks that it holds; and a while longer, in which what a thread did last arrives.
 */

/** Milliseconds that a fence stands after those whom it keeps out are gone. */
const AFTERMATH = 60_000;

const PREFIX = 'fence:';

/**
 * Undoes the transaction when there is a fence against us. No answer is needed for that: a record that is there already
 * cannot be added, and a request that fails undoes its transaction.
 * @param {IDBObjectStore} about
 * @param {string} token
 */
export function passFence(about, token) {
  about.add(0, fenceOf(token));
  about.delete(fenceOf(token));
}

/**
 * Keeps out who had the database under this token.
 * @param {IDBObjectStore} about
 * @param {string} token
 * @param {ReadonlySet<string> | null} living locks of the threads that use it; null: nobody can tell
 */
export function putUpFence(about, token, living) {
  about.put(living === null ? 0 : [...living], fenceOf(token));
}

/**
 * Takes down the fences that keep nobody out any more.
 * @param {IDBObjectStore} about
 * @param {ReadonlySet<string> | null} living
 */
export function takeFencesDown(about, living) {
  if (living === null) return;
  const request = about.openCursor(IDBKeyRange.bound(PREFIX, `${PREFIX}\uffff`));
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) return;
    const left = remaining(cursor.value, living);
    if (left === null) cursor.delete();
    else if (left !== cursor.value) cursor.update(left);
    cursor.continue();
  };
}

/**
 * @param {string[] | number} fence as it is stored
 * @param {ReadonlySet<string>} living
 * @returns {string[] | number | null} as it has to be; null: not any more
 */
function remaining(fence, living) {
  if (fence === 0) return [...living];
  if (Array.isArray(fence)) return fence.some((name) => living.has(name)) ? fence : Date.now();
  const age = Date.now() - fence;
  if (age < 0) return Date.now(); // the clock was set back
  return age > AFTERMATH ? null : fence;
}

/** @param {string} token */
export function fenceOf(token) {
  return `${PREFIX}${token}`;
}
