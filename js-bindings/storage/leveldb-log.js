/**
 * A new log for Chromium's IndexedDB, before anything is written behind what a kill left unfinished.
 *
 * Chromium keeps all that a site has in IndexedDB in one LevelDB, whose log it goes on with when it is opened again. Where the browser was killed, or
 * the power cut, in the middle of a record, LevelDB passes over that record and appends behind it. The next time it is opened the same record lies
 * in the middle of the log, which is damage: Chromium then deletes everything. So it must not go on with that log, and it does not once a
 * database has been deleted: it compacts what the database had, and begins a new log for that.
 */

/** Whether this browser keeps IndexedDB in LevelDB. */
function usesLevelDb() {
  const { brands = [] } = /** @type {any} */ (globalThis.navigator)?.userAgentData ?? {};
  return brands.some((/** @type {{ brand: string }} */ { brand }) => brand === 'Chromium');
}

/**
 * Resolves when the log has been begun. A browser that does not do as it is told is no reason not to open a database.
 * @returns {Promise<void>}
 */
export async function beginNewLog() {
  if (!usesLevelDb()) return;
  // Of its own for each: one that stops running in between must not hold up the others.
  const name = `tidemark-new-log:${crypto.randomUUID()}`;
  const database = await outcome(indexedDB.open(name));
  database?.close();
  await outcome(indexedDB.deleteDatabase(name));
}

/**
 * What was asked for; undefined: it failed.
 * @param {IDBOpenDBRequest} request
 * @returns {Promise<IDBDatabase | undefined>}
 */
function outcome(request) {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(undefined);
  });
}
