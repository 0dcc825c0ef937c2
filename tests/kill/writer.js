/** Writes numbered commits, each of several rows, and says what of them is there: the same in every runtime that is killed. */

/** Makes what is missing; resolves to what is there, and whether anything of it contradicts itself. */
export async function found(db) {
  await db.exec(`
    CREATE TABLE IF NOT EXISTS entry (id integer PRIMARY KEY, data text);
    CREATE TABLE IF NOT EXISTS counter (id integer PRIMARY KEY, last integer);
    CREATE REALTIME VIEW IF NOT EXISTS summary AS
      SELECT id % 7 AS class, count(*) AS n, max(id) AS last, sum(length(data)) AS size FROM entry GROUP BY id % 7;
    INSERT INTO counter VALUES (1, 0) ON CONFLICT DO NOTHING;`);
  const rows = async (sql) => (await db.query(sql)).rows;
  const [{ last }] = await rows('SELECT last FROM counter');
  const [entries] = await rows('SELECT count(*) AS n, coalesce(max(id), 0) AS last FROM entry');
  const kept = await rows('SELECT class, n, last, size FROM summary ORDER BY class');
  const computed = await rows(`SELECT id % 7 AS class, count(*) AS n, max(id) AS last, sum(length(data)) AS size
    FROM entry GROUP BY id % 7 ORDER BY 1`);
  const torn = entries.n !== last || entries.last !== last || JSON.stringify(kept) !== JSON.stringify(computed);
  return { storage: db.storage, last, torn };
}

/** Commit number `id`: a row and the counter, in one transaction. */
export async function commit(db, id) {
  await db.transaction(async (tx) => {
    await tx.query(`INSERT INTO entry VALUES ($1, repeat('z', 40 * ($1 % 90)))`, [id]);
    await tx.query('UPDATE counter SET last = $1', [id]);
  });
}

/** Says what is there and then commits until the process is killed; `say` resolves when it is known outside. */
export async function writeOn(db, say) {
  const report = await found(db);
  await say(report);
  for (let id = report.last + 1; ; id++) {
    await commit(db, id);
    await say({ acknowledged: id });
  }
}
