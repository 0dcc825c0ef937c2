/**
 * The databases that bench/storage.js compares, each on a storage of the browser: how they are opened and asked.
 *
 * Runs in a dedicated worker, with the packages below /modules/.
 */

/**
 * @typedef {object} Database
 * @property {(sql: string, parameters?: any[]) => any} run one statement; a row's first value, if there is one. A promise or not
 * @property {() => any} close
 * @property {boolean} [postgres] whether its SQL is PostgreSQL's
 */

const EXCLUSIVE = 'PRAGMA locking_mode = exclusive;';

/** @type {Record<string, (name: string) => Promise<Database>>} */
export const contenders = {
  'Tidemark, OPFS': (name) => tidemark(name, 'opfs'),
  'sqlite-wasm, opfs-sahpool': (name) => sqlitePool(name, ''),
  'sqlite-wasm, opfs-sahpool, WAL': (name) => sqlitePool(name, 'PRAGMA locking_mode = exclusive; PRAGMA journal_mode = WAL'),
  'sqlite-wasm, opfs': sqliteOpfs,
  'wa-sqlite, AccessHandlePoolVFS': (name) => waSqlite(name, 'wa-sqlite.mjs', 'AccessHandlePoolVFS', EXCLUSIVE),
  'wa-sqlite, OPFSWriteAheadVFS': (name) => waSqlite(name, 'wa-sqlite.mjs', 'OPFSWriteAheadVFS', ''),
  'PGlite, opfs-ahp': (name) => pglite(`opfs-ahp://${name}`),
  'Tidemark, IndexedDB': (name) => tidemark(name, 'indexeddb'),
  'wa-sqlite, IDBBatchAtomicVFS': (name) => waSqlite(name, 'wa-sqlite-async.mjs', 'IDBBatchAtomicVFS', EXCLUSIVE),
  'PGlite, idb': (name) => pglite(`idb://${name}`),
};

async function tidemark(path, storage) {
  const { Tidemark } = await import('/tidemark/index.js');
  const db = new Tidemark({ path, storage });
  await db.connect();
  return {
    postgres: true,
    async run(sql, parameters) {
      const { rows } = await db.query(sql, parameters, { rowMode: 'array' });
      return rows[0]?.[0];
    },
    close: () => db.close(),
  };
}

async function pglite(place) {
  const { PGlite } = await import('/modules/@electric-sql/pglite/dist/index.js');
  const db = await PGlite.create(place, { relaxedDurability: false });
  return {
    postgres: true,
    async run(sql, parameters) {
      const { rows } = await db.query(sql, parameters, { rowMode: 'array' });
      return rows[0]?.[0];
    },
    close: () => db.close(),
  };
}

async function sqlite() {
  const { default: init } = await import('/modules/@sqlite.org/sqlite-wasm/dist/index.mjs');
  return init({ print() {}, printErr() {} });
}

async function sqlitePool(name, pragmas) {
  const sqlite3 = await sqlite();
  const pool = await sqlite3.installOpfsSAHPoolVfs({ name: `pool-${name}`, directory: `.pool-${name}` });
  return prepared(new pool.OpfsSAHPoolDb(`/${name}`), pragmas);
}

async function sqliteOpfs(name) {
  const sqlite3 = await sqlite();
  return prepared(new sqlite3.oo1.OpfsDb(`/${name}`), '');
}

/** Statements are prepared once, as a program would. */
function prepared(db, pragmas) {
  const statements = new Map();
  if (pragmas) db.exec(pragmas);
  db.exec('PRAGMA synchronous = FULL');
  return {
    run(sql, parameters) {
      let statement = statements.get(sql);
      if (statement === undefined) statements.set(sql, statement = db.prepare(sql));
      if (parameters) statement.bind(parameters);
      const value = statement.step() ? statement.get(0) : undefined;
      statement.reset();
      return value;
    },
    close() {
      for (const statement of statements.values()) statement.finalize();
      db.close();
    },
  };
}

async function waSqlite(name, build, vfsName, pragmas) {
  const root = '/modules/@journeyapps/wa-sqlite/';
  const { default: createModule } = await import(`${root}dist/${build}`);
  const { Factory, SQLITE_ROW } = await import(`${root}src/sqlite-api.js`);
  const { [vfsName]: Vfs } = await import(`${root}src/examples/${vfsName}.js`);
  const module = await createModule();
  const sqlite3 = Factory(module);
  const vfs = await Vfs.create(`${vfsName}-${name}`, module);
  sqlite3.vfs_register(vfs, true);
  const db = await sqlite3.open_v2(name);
  await sqlite3.exec(db, `${pragmas} PRAGMA synchronous = FULL`);
  const statements = new Map();
  return {
    async run(sql, parameters) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        for await (const each of sqlite3.statements(db, sql, { unscoped: true })) statements.set(sql, statement = each);
      }
      if (parameters) sqlite3.bind_collection(statement, parameters);
      const value = await sqlite3.step(statement) === SQLITE_ROW ? sqlite3.column(statement, 0) : undefined;
      await sqlite3.reset(statement);
      return value;
    },
    async close() {
      for (const statement of statements.values()) await sqlite3.finalize(statement);
      await sqlite3.close(db);
      await vfs.close?.();
    },
  };
}
