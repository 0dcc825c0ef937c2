/** A database file that another SQLite program has changed. */
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

const sqlite3 = await sqlite3InitModule();

/**
 * The file after SQLite has run `sql` on it.
 * @param {Uint8Array} file
 * @param {string} sql
 */
export function edited(file, sql) {
  const { capi, wasm } = sqlite3;
  const db = new sqlite3.oo1.DB();
  const pointer = wasm.allocFromTypedArray(file);
  capi.sqlite3_deserialize(/** @type {any} */ (db.pointer), 'main', pointer, file.length, file.length,
    capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE);
  db.exec(sql);
  const bytes = capi.sqlite3_js_db_export(/** @type {any} */ (db.pointer));
  db.close();
  return bytes;
}
