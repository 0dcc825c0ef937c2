/** What a Durable Object goes through with its database, one path of the address for each; `/hibernate` is a WebSocket. */
import { DurableObject } from 'cloudflare:workers';
import { Tidemark } from 'tidemark';
import { durableObjectStorage } from 'tidemark/durable-object';

/** The object's storage, counting the pieces of the database that are read from it. */
class Counted {
  reads = 0;
  #storage;

  constructor(storage) {
    this.#storage = storage;
  }

  get sql() {
    return {
      exec: (sql, ...bindings) => {
        if (sql.startsWith('SELECT data')) this.reads++;
        return this.#storage.sql.exec(sql, ...bindings);
      },
    };
  }

  transactionSync(work) {
    return this.#storage.transactionSync(work);
  }
}

/** What the engines of this program have of memory, in MB. */
const memories = [];
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (module, imports) => {
  const instance = await instantiate.call(WebAssembly, module, imports);
  memories.push(instance.exports.memory);
  return instance;
};
const memory = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength / 2 ** 20, 0);

const codeOf = (promise) => promise.then(() => 'done', (error) => error.code);

const trials = {
  /** With a key: what the object keeps, and who can read it. */
  async encrypted(storage) {
    const key = new Uint8Array(32).fill(7);
    const at = (encryptionKey) => new Tidemark({ path: 'secret', storage: durableObjectStorage(storage), encryptionKey });
    const db = at(key);
    await db.query("CREATE TABLE note (id integer PRIMARY KEY, text text); INSERT INTO note VALUES (1, 'marzipan')");
    await db.close();
    const [{ n: blocks }] = storage.sql.exec('SELECT count(*) AS n FROM tidemark_blocks').toArray();
    const [{ n: plain }] = storage.sql.exec("SELECT count(*) AS n FROM tidemark_blocks WHERE instr(data, CAST('marzipan' AS BLOB)) > 0").toArray();
    const refused = [];
    for (const wrong of [new Uint8Array(32).fill(8), undefined]) refused.push(await codeOf(at(wrong).query('SELECT 1')));
    const again = at(key);
    const { rows } = await again.query('SELECT text FROM note');
    await again.close();
    return { blocks: blocks > 0, plain, refused, rows };
  },

  /**
   * No room left. The limit of ten gigabytes is out of reach here; a trigger makes the object's own SQLite fail with the same
   * words at the same place.
   */
  async full(storage) {
    const db = new Tidemark({ path: 'full', storage: durableObjectStorage(storage) });
    await db.query("CREATE TABLE note (id integer PRIMARY KEY, text text); INSERT INTO note VALUES (1, 'kept')");
    storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON tidemark_blocks BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    const large = "INSERT INTO note SELECT n, repeat('x', 5000) FROM generate_series(2, 2000) AS g(n)";
    const refused = [await codeOf(db.query("INSERT INTO note VALUES (2, 'lost')")), await codeOf(db.query(large))];
    const kept = (await db.query('SELECT * FROM note')).rows;
    storage.sql.exec('DROP TRIGGER full');
    await db.query("INSERT INTO note VALUES (3, 'room again')");
    await db.close();
    const { rows } = await db.query('SELECT * FROM note ORDER BY id');
    const { rows: check } = await db.query('PRAGMA integrity_check');
    await db.close();
    return { refused, kept, rows, check };
  },

  /** A hundred megabytes, in transactions of four. */
  async fill(storage, { megabytes }) {
    const db = new Tidemark({ path: 'large', storage: durableObjectStorage(storage) });
    await db.query('CREATE TABLE piece (id integer PRIMARY KEY, data bytea)');
    for (let at = 0; at < megabytes; at += 4) {
      await db.query('INSERT INTO piece SELECT $1::integer * 256 + n, $2 FROM generate_series(1, 1024) AS g(n)',
        [at, crypto.getRandomValues(new Uint8Array(4096))]);
    }
    await db.close();
    return { memory: memory() };
  },

  /** What opening it reads, and a scan of all of it. */
  async large(storage) {
    const counted = new Counted(storage);
    const db = new Tidemark({ path: 'large', storage: durableObjectStorage(counted) });
    await db.connect();
    const opening = counted.reads;
    const { rows: [point] } = await db.query('SELECT length(data) AS length FROM piece WHERE id = 12345');
    const first = counted.reads;
    const { rows: [all] } = await db.query('SELECT count(*) AS n, length(max(data)) AS length FROM piece');
    await db.close();
    return { opening, first, point, all, total: counted.reads, memory: memory() };
  },
};

export class Trials extends DurableObject {
  /** Another one whenever the object has been evicted. */
  life = crypto.randomUUID();
  db = new Tidemark({ path: 'hibernating', storage: durableObjectStorage(this.ctx.storage) });
  following = null;

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/hibernate') {
      const [client, server] = Object.values(new WebSocketPair());
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    try {
      return Response.json(await trials[pathname.slice(1)](this.ctx.storage, Object.fromEntries(searchParams)));
    } catch (error) {
      return Response.json({ failed: String(error), stack: error?.stack }, { status: 500 });
    }
  }

  /** Follows the table for its sockets, from the first message of each life on; a message is a row to insert. */
  async webSocketMessage(socket, text) {
    await this.db.query('CREATE TABLE IF NOT EXISTS message (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)');
    this.following ??= this.#follow();
    await this.following;
    await this.db.query('INSERT INTO message (text) VALUES ($1)', [text]);
  }

  async #follow() {
    const live = await this.db.live('SELECT text FROM message ORDER BY id');
    live.subscribe(({ rows }) => {
      for (const socket of this.ctx.getWebSockets()) socket.send(JSON.stringify({ life: this.life, rows: rows.map(({ text }) => text) }));
    });
  }
}

export default {
  fetch: (request, env) => env.TRIALS.get(env.TRIALS.idFromName('one')).fetch(request),
};
