/**
 * The guide to views, level by level: what a reader would type, over a real PostgreSQL.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { PGlite } from '@electric-sql/pglite';
import { WebSocket } from 'ws';

import { EdgeClient, Tidemark } from '../../../js-bindings/index.js';
import { createGateway } from '../../../js-bindings/gateway/index.js';
import { serve } from '../../../js-bindings/gateway/node.js';
import { PGliteClient } from '../../../js-bindings/upstream/pglite.js';
import { eventually } from '../lib/eventually.js';

describe('the guide to views', () => {
  let pglite, server, url;
  /** @type {Tidemark[]} */
  const open = [];

  before(async () => {
    pglite = await PGlite.create();
    await pglite.exec(`
      CREATE TABLE blog (id integer PRIMARY KEY, user_id integer, title text, content text, custom_v bigint DEFAULT 1);
      CREATE TABLE users (id integer PRIMARY KEY, name text, email text, country text);
      CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount numeric(10,2));
      CREATE TABLE comments (id integer PRIMARY KEY, body text);
      INSERT INTO users VALUES (1, 'Ada', 'ada@example.org', 'UK'), (2, 'Bo', 'bo@example.org', 'SE');
      INSERT INTO blog VALUES (1, 1, 'Hello', 'First'), (2, 2, 'Again', 'Second');
      INSERT INTO orders VALUES (10, 1, 9.50), (11, 1, 20.00), (12, 2, 1.00);
      INSERT INTO comments VALUES (1, 'nice')`);
    const upstream = new PGliteClient(pglite);
    server = await serve(createGateway({ upstream }), { port: 0, host: '127.0.0.1' });
    url = server.url;
  });

  after(async () => {
    for (const db of open) await db.close();
    await server.close();
    await pglite.close();
  });

  function database(options = {}) {
    const db = new Tidemark({
      async getUpstreamClient(originId) {
        assert.match(originId, /^postgres:/);
        return new EdgeClient({ url, dialect: 'postgres', WebSocket });
      },
      ...options,
    });
    open.push(db);
    return db;
  }

  it('joins local rows with a materialized copy of remote ones', async () => {
    const db = database();
    await db.exec(`CREATE TABLE public.local_users (id integer PRIMARY KEY, name text);
      INSERT INTO public.local_users VALUES (1, 'Ada'), (3, 'nobody')`);
    await db.query(`
      CREATE MATERIALIZED VIEW public.remote_orders AS
      SELECT * FROM public.orders
      WITH (replication_origin = 'postgres:db1')
    `);
    const result = await db.query(`
      SELECT *
      FROM public.local_users u
      JOIN public.remote_orders o ON o.user_id = u.id;
    `);
    assert.deepEqual(result.rows.map((row) => [row.name, row.amount]).sort(), [['Ada', '20.00'], ['Ada', '9.50']]);
  });

  it('level 1: a view is a projection over a table here, and writes reach it', async () => {
    const db = database();
    await db.exec(`CREATE TABLE public.blog (id integer PRIMARY KEY, title text, content text);
      INSERT INTO public.blog VALUES (1, 'Hello', 'First')`);
    await db.query(`
      CREATE VIEW public.posts AS
      SELECT title, content FROM public.blog
    `);
    assert.deepEqual((await db.query(`SELECT * FROM public.posts`)).rows, [{ title: 'Hello', content: 'First' }]);
    await db.query(`CREATE VIEW public.articles AS SELECT id, title FROM public.blog`);
    await db.query(`UPDATE public.articles SET title = 'Hi' WHERE id = 1`);
    assert.deepEqual((await db.query(`SELECT title FROM public.blog`)).rows, [{ title: 'Hi' }]);
  });

  it('level 2: a view over a foreign origin reads and writes there, and joins', async () => {
    const db = database();
    await db.query(`
      CREATE VIEW public.posts AS
      SELECT * FROM public.blog
      WITH (replication_origin = 'postgres:db1')
    `);
    await db.query(`
      CREATE VIEW public.users AS
      SELECT * FROM public.users
      WITH (replication_origin = 'postgres:db1')
    `);
    const { rows } = await db.query(`
      SELECT *
      FROM public.posts
      JOIN public.users ON posts.user_id = users.id;
    `);
    assert.deepEqual(rows.map((row) => [row.title, row.name]).sort(), [['Again', 'Bo'], ['Hello', 'Ada']]);
    await db.query(`UPDATE public.users SET name = 'Alice' WHERE id = 1;`);
    assert.deepEqual((await pglite.query('SELECT name FROM users WHERE id = 1')).rows, [{ name: 'Alice' }]);
    await db.query(`UPDATE public.users SET name = 'Ada' WHERE id = 1`);
  });

  it('level 3: runtime, materialized and realtime views over tables here', async () => {
    const db = database();
    await db.exec(`CREATE TABLE public.blog (id integer PRIMARY KEY, title text); INSERT INTO public.blog VALUES (1, 'a')`);
    await db.query(`CREATE VIEW public.posts AS SELECT * FROM public.blog;`);
    await db.query(`CREATE MATERIALIZED VIEW public.copied AS SELECT * FROM public.blog;`);
    await db.query(`CREATE REALTIME VIEW public.kept AS SELECT * FROM public.blog;`);
    await db.query(`INSERT INTO public.blog VALUES (2, 'b')`);
    const count = async (name) => (await db.query(`SELECT * FROM public.${name}`)).rowCount;
    assert.deepEqual([await count('posts'), await count('copied'), await count('kept')], [2, 1, 2]);
    await db.query(`REFRESH MATERIALIZED VIEW public.copied`);
    assert.equal(await count('copied'), 2);
    await db.query(`UPDATE public.kept SET title = 'c' WHERE id = 2`);
    assert.deepEqual((await db.query(`SELECT title FROM public.blog WHERE id = 2`)).rows, [{ title: 'c' }]);
  });

  it('level 3: a realtime view over a foreign origin stays equal to it', async () => {
    const db = database();
    await db.query(`
      CREATE REALTIME VIEW public.posts AS
      SELECT * FROM public.blog
      WITH (replication_origin = 'postgres:db1');
    `);
    assert.equal((await db.query('SELECT * FROM public.posts')).rowCount, 2);
    await pglite.query(`INSERT INTO blog VALUES (3, 1, 'Third', 'x')`);
    await eventually(async () => assert.equal((await db.query('SELECT * FROM public.posts')).rowCount, 3));
    await pglite.query(`DELETE FROM blog WHERE id = 3`);
    await eventually(async () => assert.equal((await db.query('SELECT * FROM public.posts')).rowCount, 2));
  });

  for (const policy of ['origin_first', 'local_first']) {
    it(`level 5: a materialized view with ${policy}`, async () => {
      const db = database();
      await db.query(`
        CREATE MATERIALIZED VIEW public.posts AS
        SELECT * FROM public.blog
        WITH (
        replication_origin = 'postgres:db1',
        write_policy = '${policy}'
        );
      `);
      await db.query(`UPDATE public.posts SET title = '${policy}' WHERE id = 1`);
      const read = async () =>
        (await db.query('SELECT title, __staged AS staged FROM public.posts WHERE id = 1')).rows[0];
      const local = await read();
      assert.deepEqual([local.title === policy, local.staged], [policy === 'local_first', policy === 'local_first']);
      await eventually(async () =>
        assert.deepEqual((await pglite.query('SELECT title FROM blog WHERE id = 1')).rows, [{ title: policy }]),
      );
      await eventually(async () => assert.equal((await db.sync.queue())[0].state, 'applied'));
      await db.query('REFRESH MATERIALIZED VIEW public.posts');
      assert.deepEqual(await read(), { title: policy, staged: false });
    });
  }

  it('appendix A: an origin by name, or inherited from the schema', async () => {
    const db = database();
    await db.exec(`CREATE TABLE public.comments (id integer PRIMARY KEY, body text); INSERT INTO public.comments VALUES (7, 'local')`);
    await db.query(`CREATE SCHEMA remote WITH (default_replication_origin = 'postgres:main-db');`);
    await db.query(`
      CREATE VIEW remote.posts AS
      SELECT * FROM public.blog
      WITH (replication_origin = 'postgres:main-db');
    `);
    await db.query(`
      CREATE VIEW remote.comments AS
      SELECT * FROM public.comments
      WITH (replication_origin = INHERIT);
    `);
    const comments = async () => (await db.query('SELECT body FROM remote.comments')).rows;
    assert.deepEqual(await comments(), [{ body: 'nice' }]);
    await db.query(`ALTER SCHEMA remote RESET (default_replication_origin);`);
    assert.deepEqual(await comments(), [{ body: 'local' }]);
    await db.query(`ALTER SCHEMA remote SET (default_replication_origin = 'postgres:main-db')`);
    assert.deepEqual(await comments(), [{ body: 'nice' }]);
  });

  it('appendix B: which views can be written', async () => {
    const db = database();
    await db.exec(`CREATE TABLE public.users (id integer PRIMARY KEY, name text, email text, country text);
      INSERT INTO public.users VALUES (1, 'Ada', 'a@b', 'UK')`);
    await db.query(`
      CREATE VIEW public.users_view AS
      SELECT id, name, email
      FROM public.users;
    `);
    await db.query(`
      CREATE VIEW public.user_counts AS
      SELECT country, COUNT(*) AS total
      FROM public.users
      GROUP BY country;
    `);
    await db.query(`INSERT INTO public.users_view VALUES (2, 'Bo', 'c@d')`);
    assert.equal((await db.query('SELECT * FROM users')).rowCount, 2);
    await assert.rejects(db.query(`UPDATE public.user_counts SET total = 1`), { code: '55000' });
  });

  it('appendix C: options of planning and of writing', async () => {
    const db = database();
    await db.query(`
      CREATE VIEW public.posts AS
      SELECT * FROM public.blog
      WITH (
      replication_origin = 'postgres:db1',
      join_pushdown_size = 10,
      join_memoization = TRUE
      );
    `);
    assert.equal((await db.query('SELECT * FROM public.posts')).rowCount, 2);
    await db.query(`
      CREATE MATERIALIZED VIEW public.versioned AS
      SELECT * FROM public.blog
      WITH (
      replication_origin = 'postgres:db1',
      write_policy = 'local_first',
      upstream_mvcc_key = 'custom_v'
      );
    `);
    assert.equal((await db.query('SELECT * FROM public.versioned')).rowCount, 2);
    await assert.rejects(
      db.query(`CREATE VIEW public.wrong AS SELECT * FROM public.blog WITH (replication_origin = 'postgres:db1', write_policy = 'local_first')`),
      { code: '22023' },
    );
  });
});
