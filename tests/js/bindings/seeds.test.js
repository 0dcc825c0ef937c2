/** The examples of the page that describes federation, materialization and sync, as written there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';

import { Tidemark } from '../../../js-bindings/index.js';
import { PGliteClient } from '../../../js-bindings/upstream/pglite.js';
import { open, until } from './lib/open.js';

/**
 * A database whose origin `postgres:db1` is an embedded PostgreSQL.
 * @param {import('node:test').TestContext} t
 */
async function federated(t) {
  const origin = await PGlite.create();
  t.after(() => origin.close());
  await origin.exec(`
    CREATE TABLE blog (id integer PRIMARY KEY, title text, content text, user_id integer);
    INSERT INTO blog VALUES (1, 'One', 'first', 1), (2, 'Two', 'second', 2);
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, total numeric);
    INSERT INTO orders VALUES (10, 1, 5.50), (11, 1, 7), (12, 3, 1);
    CREATE TABLE users (id integer PRIMARY KEY, name text, email text, country text);
    INSERT INTO users VALUES (1, 'Bob', 'bob@example.com', 'UK')`);
  const db = open(t, {
    async getUpstreamClient(originId) {
      assert.equal(originId, 'postgres:db1');
      return new PGliteClient(origin);
    },
  });
  return { db, origin };
}

test('Local and remote data in one query', async (t) => {
  const { db } = await federated(t);
  await db.query("CREATE TABLE public.local_users (id integer PRIMARY KEY, name text); INSERT INTO local_users VALUES (1, 'Ada')");
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
  assert.equal(result.rows.length, 2);
  assert.deepEqual(result.rows.map((row) => row.total).sort(), ['5.50', '7']);
});

test('Level 1: a view of a local table is read through and written through', async (t) => {
  const db = open(t);
  await db.query(`CREATE TABLE public.blog (id integer PRIMARY KEY, title text, content text);
    INSERT INTO blog VALUES (1, 'One', 'first')`);
  await db.query(`
CREATE VIEW public.posts AS
SELECT title, content FROM public.blog
`);
  const { rows } = await db.query(`SELECT * FROM public.posts`);
  assert.deepEqual(rows, [{ title: 'One', content: 'first' }]);
});

test('Level 2: a view of a foreign origin', async (t) => {
  const { db } = await federated(t);
  await db.query(`
CREATE VIEW public.posts AS
SELECT * FROM public.blog
WITH (replication_origin = 'postgres:db1')
`);
  assert.equal((await db.query(`SELECT * FROM public.posts`)).rows.length, 2);
  await db.query("CREATE TABLE public.users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'Ada')");
  const { rows } = await db.query(`
SELECT *
FROM public.posts
JOIN public.users ON posts.user_id = users.id
`);
  assert.deepEqual(rows, [{ id: 1, title: 'One', content: 'first', user_id: 1, name: 'Ada' }]);
});

test('Level 3: the three modes over a foreign origin', async (t) => {
  const { db, origin } = await federated(t);
  await db.query(`
CREATE VIEW public.posts AS
SELECT * FROM public.blog
WITH (replication_origin = 'postgres:db1');
`);
  await db.query(`
CREATE MATERIALIZED VIEW public.posts_kept AS
SELECT * FROM public.blog
WITH (replication_origin = 'postgres:db1');
`);
  await db.query(`
CREATE REALTIME VIEW public.posts_live AS
SELECT * FROM public.blog
WITH (replication_origin = 'postgres:db1');
`);
  const count = async (view) => (await db.query(`SELECT count(*) AS n FROM ${view}`)).rows[0].n;
  await until(async () => await count('posts_live') === 2 && await count('posts_kept') === 2, 'the snapshots');
  await origin.query("INSERT INTO blog VALUES (3, 'Three', 'third', 1)");
  assert.equal(await count('posts'), 3);
  assert.equal(await count('posts_kept'), 2);
  await until(async () => await count('posts_live') === 3, 'the new row');
  await db.query('REFRESH MATERIALIZED VIEW posts_kept');
  assert.equal(await count('posts_kept'), 3);
});

test('Level 3: the three modes over local tables', async (t) => {
  const db = open(t);
  await db.query("CREATE TABLE public.blog (id integer PRIMARY KEY, title text); INSERT INTO blog VALUES (1, 'One')");
  await db.query(`
CREATE VIEW public.posts AS
SELECT * FROM public.blog;
`);
  await db.query(`
CREATE MATERIALIZED VIEW public.posts_kept AS
SELECT * FROM public.blog;
`);
  await db.query(`
CREATE REALTIME VIEW public.posts_live AS
SELECT * FROM public.blog;
`);
  await db.query("INSERT INTO blog VALUES (2, 'Two')");
  const count = async (view) => (await db.query(`SELECT count(*) AS n FROM ${view}`)).rows[0].n;
  assert.deepEqual([await count('posts'), await count('posts_kept'), await count('posts_live')], [2, 1, 2]);
});

test('Level 4: writes to a view reach its origin', async (t) => {
  const { db, origin } = await federated(t);
  await db.query(`CREATE VIEW public.users AS SELECT * FROM public.users
    WITH (replication_origin = 'postgres:db1')`);
  await db.query(`
UPDATE public.users SET name = 'Alice' WHERE id = 1;
`);
  assert.equal((await origin.query('SELECT name FROM users WHERE id = 1')).rows[0].name, 'Alice');
});

test('Level 5: origin_first shows a write when it comes back from the origin', async (t) => {
  const { db, origin } = await federated(t);
  await db.query(`
CREATE MATERIALIZED VIEW public.posts AS
SELECT * FROM public.blog
WITH (
replication_origin = 'postgres:db1',
write_policy = 'origin_first'
);
`);
  await db.query("UPDATE posts SET title = 'Uno' WHERE id = 1");
  assert.equal((await db.query('SELECT title FROM posts WHERE id = 1')).rows[0].title, 'One');
  await until(async () => (await origin.query('SELECT title FROM blog WHERE id = 1')).rows[0].title === 'Uno', 'it');
  await db.query('REFRESH MATERIALIZED VIEW posts');
  assert.equal((await db.query('SELECT title FROM posts WHERE id = 1')).rows[0].title, 'Uno');
});

test('Level 5: local_first shows a write at once, marked as staged', async (t) => {
  const { db } = await federated(t);
  await db.query(`
CREATE MATERIALIZED VIEW public.posts AS
SELECT * FROM public.blog
WITH (
replication_origin = 'postgres:db1',
write_policy = 'local_first'
);
`);
  await db.query("UPDATE posts SET title = 'Uno' WHERE id = 1");
  const staged = async () => (await db.query('SELECT title, __staged FROM posts WHERE id = 1')).rows[0];
  assert.deepEqual(await staged(), { title: 'Uno', __staged: true });
  await db.sync.sync();
  await db.query('REFRESH MATERIALIZED VIEW posts');
  assert.deepEqual(await staged(), { title: 'Uno', __staged: false });
});

test('Appendix A: origins of views and of schemas', async (t) => {
  const { db } = await federated(t);
  await db.query("CREATE SCHEMA remote WITH (default_replication_origin = 'postgres:db1')");
  await db.query(`CREATE VIEW remote.posts AS
SELECT * FROM public.blog
WITH (replication_origin = INHERIT);`);
  assert.equal((await db.query('SELECT * FROM remote.posts')).rows.length, 2);
  await db.query("ALTER SCHEMA public\nSET (default_replication_origin = 'postgres:db1')");
  await db.query('ALTER SCHEMA public\nRESET (default_replication_origin);');
});

test('Appendix B: what can be written', async (t) => {
  const db = open(t);
  await db.query(`CREATE TABLE public.users (id integer PRIMARY KEY, name text, email text, country text);
    INSERT INTO users VALUES (1, 'Ada', 'ada@example.com', 'UK')`);
  await db.query(`-- Updatable
CREATE VIEW public.users_view AS
SELECT id, name, email
FROM public.users;
-- Not updatable (aggregates)
CREATE VIEW public.user_counts AS
SELECT country, COUNT(*) AS total
FROM public.users
GROUP BY country;`);
  await db.query("UPDATE public.users_view SET name = 'Alice' WHERE id = 1");
  assert.equal((await db.query('SELECT name FROM users')).rows[0].name, 'Alice');
  await assert.rejects(db.query("UPDATE user_counts SET country = 'FR'"), { code: '55000' });
});

test('Appendix C: options', async (t) => {
  const { db } = await federated(t);
  await db.query(`
CREATE VIEW public.posts AS
SELECT * FROM public.blog
WITH (
replication_origin = 'postgres:db1',
join_pushdown_size = 10,
join_memoization = TRUE
);
`);
  assert.equal((await db.query('SELECT * FROM posts')).rows.length, 2);
  await db.query(`
CREATE MATERIALIZED VIEW public.posts_kept AS
SELECT * FROM public.blog
WITH (
replication_origin = 'postgres:db1',
write_policy = 'local_first',
upstream_mvcc_key = 'custom_v'
);
`);
});

test('The constructor does no work', () => {
  assert.equal(new Tidemark({ path: '/nowhere/at/all' }).storage, null);
});
