/**
 * Fencing tokens in IndexedDB: who had a database before, and does not know that it was taken from it, is kept out.
 *
 * Who opens a database writes under a token. A thread that may still write under one holds a lock named after it, which the browser
 * takes back when the thread dies. So whoever comes next knows from the browser alone whether a token has to be fenced off, no matter how the
 * database changed hands, and by how many who died on the way. (M. Kleppmann, How to do distributed locking, 2016.)
 *
 * STORED FORM, in the object store `about`: 'owner' → the token; 'fence:<token>' → 0 while a thread holds that token; then
 * when that was first found to be over (milliseconds since 1970).
 *
 * Who is stuck may wake after hours, so a fence stands as long as its token is held; and a while longer, in which what
 * a thread did last arrives.
 */

/** Milliseconds that a fence stands after those whom it keeps out are gone. */
const AFTERMATH = 60_000;

const FENCE = 'fence:';

/** A token that this thread writes under. */
export class FencingToken {
  #release;

  /**
   * @param {string} name
   * @param {() => void} release
   */
  constructor(name, release) {
    this.name = name;
    this.#release = release;
  }

  /** A token that nobody has had. */
  static async make() {
    const name = crypto.randomUUID();
    return await FencingToken.take(name) ?? new FencingToken(name, () => {});
  }

  /**
   * A token that was another's before.
   * @param {string} name
   * @returns {Promise<FencingToken | null>} null: a thread may still write under it, or nobody can tell
   */
  static take(name) {
    const locks = globalThis.navigator?.locks;
    if (locks === undefined) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      locks.request(lockOf(name), { ifAvailable: true }, (lock) => (lock === null ? resolve(null) : new Promise((release) => {
        resolve(new FencingToken(name, () => release(undefined)));
      }))).catch(reject);
    });
  }

  /** Nothing is written under it any more. */
  release() {
    this.#release();
  }
}

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
 * Keeps out who has the database under this token.
 * @param {IDBObjectStore} about
 * @param {string} token
 */
export function putUpFence(about, token) {
  about.put(0, fenceOf(token));
}

/**
 * Takes down the fences that keep nobody out any more.
 * @param {IDBObjectStore} about
 * @param {ReadonlySet<string> | null} held names of the locks that threads hold; null: nobody can tell
 */
export function takeFencesDown(about, held) {
  if (held === null) return;
  const request = about.openCursor(IDBKeyRange.bound(FENCE, `${FENCE}\uffff`));
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) return;
    const token = /** @type {string} */ (cursor.key).slice(FENCE.length);
    const left = held.has(lockOf(token)) ? 0 : afterwards(cursor.value);
    if (left === null) cursor.delete();
    else if (left !== cursor.value) cursor.update(left);
    cursor.continue();
  };
}

/**
 * @param {number} fence against a token that nobody holds, as it is stored
 * @returns {number | null} as it has to be; null: not any more
 */
function afterwards(fence) {
  const age = Date.now() - fence;
  if (fence === 0 || !(age >= 0)) return Date.now(); // just found to be over, or the clock was set back
  return age > AFTERMATH ? null : fence;
}

/** @param {string} token */
export function fenceOf(token) {
  return `${FENCE}${token}`;
}

/** @param {string} token */
function lockOf(token) {
  return `tidemark-token:${token}`;
}
