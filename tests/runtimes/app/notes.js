/** What an application does with a database, the same in every runtime: writes, closes, reopens, reads, follows a query. */

/** Makes the database and closes it; resolves to the name of its storage. */
export async function write(Tidemark, options) {
  const db = new Tidemark(options);
  await db.query('CREATE TABLE note (id integer PRIMARY KEY, text text, data bytea)');
  await db.query('CREATE REALTIME VIEW summary AS SELECT count(*) AS n, max(text) AS last FROM note');
  await db.query('INSERT INTO note VALUES ($1, $2, $3)', [1, 'Ada', new Uint8Array([1, 2, 3])]);
  await db.transaction(async (tx) => {
    for (let id = 2; id <= 100; id++) await tx.query('INSERT INTO note VALUES ($1, $2, NULL)', [id, `note ${id}`]);
  });
  const { storage } = db;
  await db.close();
  return storage;
}

/** Opens it again; resolves to what is in it and what a live query tells of one more row. */
export async function read(Tidemark, options) {
  const db = new Tidemark(options);
  const { rows: [summary] } = await db.query('SELECT n, last FROM summary');
  const { rows: [first] } = await db.query('SELECT text, data FROM note WHERE id = 1');
  const live = await db.live('SELECT id, text FROM note WHERE id > $1 ORDER BY id', [99]);
  const changed = new Promise((resolve) => { live.subscribe(resolve); });
  await db.query(`INSERT INTO note VALUES (101, 'zoe', NULL)`);
  const { rows, changes } = await changed;
  await live.close();
  const { rows: [after] } = await db.query('SELECT n, last FROM summary');
  const refused = await db.query('SELECT nothing FROM note').catch((error) => error);
  const { storage } = db;
  await db.close();
  return {
    storage, summary, first: [first.text, ...first.data], rows, ops: changes.map(({ op }) => op), after, refused: refused.code,
  };
}
