/** The storage of a Durable Object, as far as it is used here, on SQLite itself: it can be made full. */
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

const sqlite3 = await sqlite3InitModule();

export class ObjectStorage {
  #db = new sqlite3.oo1.DB(':memory:');
  sql = {
    exec: (sql, ...bind) => {
      const values = bind.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
      const rows = this.#db.exec(sql, { bind: values.length > 0 ? values : undefined, rowMode: 'object', returnValue: 'resultRows' });
      return { toArray: () => rows };
    },
  };

  transactionSync(work) {
    return this.#db.transaction(work);
  }

  /** Every page more than there are is refused, as the runtime does beyond ten gigabytes. */
  setFull(full) {
    if (full) this.sql.exec('VACUUM');
    const pages = full ? this.#db.selectValue('PRAGMA page_count') : 2 ** 31;
    this.sql.exec(`PRAGMA max_page_count = ${pages}`);
  }

  /** Whatever writes to the table of blocks fails. */
  setBroken(broken) {
    this.sql.exec(broken
      ? "CREATE TRIGGER broken BEFORE INSERT ON tidemark_blocks BEGIN SELECT RAISE(ABORT, 'the cable is out'); END"
      : 'DROP TRIGGER broken');
  }
}
