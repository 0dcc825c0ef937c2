/** Turns the records of version 1 of a stored database, one for each page, into blocks. */

/** Blocks made at once. */
const STEP = 64;

/**
 * Runs within the transaction that changes the version: it happens whole or not at all. Each step is begun by the
 * answer to the one before, which keeps the transaction alive.
 * @param {IDBDatabase} database
 * @param {IDBTransaction} transaction
 * @param {number} blockPages
 * @param {() => void} onDamaged pages are missing: the database is left as it is
 */
export function migrate(database, transaction, blockPages, onDamaged) {
  const pages = transaction.objectStore('pages');
  const blocks = transaction.objectStore('blocks');
  const step = (/** @type {number} */ first, /** @type {number} */ pageSize, /** @type {number} */ pageCount) => {
    if (first >= pageCount) {
      database.deleteObjectStore('pages');
      return;
    }
    const count = Math.min(STEP * blockPages, pageCount - first);
    const request = pages.getAll(IDBKeyRange.bound(first, first + count - 1));
    request.onsuccess = () => {
      // Left as it is: one that lost pages would otherwise become one that has pages of zeros.
      if (request.result.length !== count) {
        onDamaged();
        transaction.abort();
        return;
      }
      for (let at = 0; at < count; at += blockPages) {
        const block = new Uint8Array(blockPages * pageSize);
        request.result.slice(at, at + blockPages).forEach((page, place) => block.set(page, place * pageSize));
        blocks.put(block, (first + at) / blockPages);
      }
      step(first + count, pageSize, pageCount);
    };
  };
  const shape = transaction.objectStore('about').get('shape');
  shape.onsuccess = () => step(0, shape.result?.pageSize ?? 0, shape.result?.pageCount ?? 0);
}
