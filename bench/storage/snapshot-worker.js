/** One first read of bench/snapshot.js in a worker, into a new database on OPFS; answers with milliseconds and what was read. */
const CHECK = 'SELECT count(*), sum(id), sum(length(note)), sum(amount) FROM items';

const ways = {
  async tidemark(name) {
    const [{ Tidemark }, { EdgeClient }] = await Promise.all([import('/tidemark/index.js'), import('/tidemark/upstream/edge.js')]);
    const client = new EdgeClient({ url: '/api/db' });
    const db = new Tidemark({ path: name, storage: 'opfs', getUpstreamClient: () => client });
    await db.connect();
    const start = performance.now();
    await db.query("CREATE REALTIME VIEW items AS TABLE items WITH (replication_origin = 'postgres:app')");
    let rows = 0;
    while (rows === 0) {
      rows = Number((await db.query('SELECT count(*) AS count FROM items')).rows[0].count);
      if (rows === 0) await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    const took = performance.now() - start;
    const { rows: [read] } = await db.query(CHECK, [], { rowMode: 'array' });
    await db.close();
    return { took, read };
  },

  async byHand(name) {
    const { default: initialise } = await import('/modules/@sqlite.org/sqlite-wasm/dist/index.mjs');
    const pool = await (await initialise()).installOpfsSAHPoolVfs({ name });
    const db = new pool.OpfsSAHPoolDb(`/${name}`);
    db.exec('CREATE TABLE items (id INTEGER PRIMARY KEY, note TEXT, amount INTEGER, at TEXT)');
    const start = performance.now();
    const rows = await (await fetch('/rows')).json();
    db.transaction(() => {
      const statement = db.prepare('INSERT INTO items VALUES (?, ?, ?, ?)');
      for (const row of rows) statement.bind(row).stepReset();
      statement.finalize();
    });
    const took = performance.now() - start;
    const [read] = db.selectArrays(CHECK);
    db.close();
    return { took, read };
  },
};

self.onmessage = async ({ data: [way, name] }) => {
  try {
    self.postMessage({ result: await ways[way](name) });
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};
