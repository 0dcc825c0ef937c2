/**
 * The quick start of pg_tviews' README as it is written there, through the package.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Tidemark } from '../../../js-bindings/index.js';

const FIRST_TVIEW = `
-- Create base tables (FraiseQL style)
CREATE TABLE tb_user (
pk_user BIGSERIAL PRIMARY KEY,
id UUID NOT NULL DEFAULT gen_random_uuid(),
identifier TEXT UNIQUE,
name TEXT,
email TEXT
);
CREATE TABLE tb_post (
pk_post BIGSERIAL PRIMARY KEY,
id UUID NOT NULL DEFAULT gen_random_uuid(),
identifier TEXT UNIQUE,
title TEXT,
content TEXT,
fk_user BIGINT REFERENCES tb_user(pk_user)
);
-- Create a TVIEW (note: tv_ prefix is required)
CREATE TABLE tv_post AS
SELECT
p.pk_post as pk_post, -- Primary key column (required)
p.id, -- GraphQL ID
p.identifier, -- SEO slug
p.fk_user, -- Cascade FK
u.id as user_id, -- FraiseQL filtering FK
jsonb_build_object(
'id', p.id,
'identifier', p.identifier,
'title', p.title,
'content', p.content,
'author', jsonb_build_object(
'id', u.id,
'identifier', u.identifier,
'name', u.name,
'email', u.email
)
) as data -- JSONB data column (required)
FROM tb_post p
JOIN tb_user u ON p.fk_user = u.pk_user;
-- Use it like a table
SELECT data FROM tv_post WHERE data->>'title' ILIKE '%rust%';
-- It updates automatically!
INSERT INTO tb_user (identifier, name, email) VALUES ('alice', 'Alice', 'alice@example.com');
INSERT INTO tb_post (identifier, title, content, fk_user) VALUES
('learning-rust', 'Learning Rust', 'Rust is amazing!', 1);
-- tv_post is now automatically up-to-date!
SELECT data FROM tv_post;
`;

const ADVANCED = `
-- Install statement-level triggers for 100-500× better bulk performance
SELECT pg_tviews_install_stmt_triggers();
-- Monitor system health
SELECT * FROM pg_tviews_health_check();
-- View real-time metrics
SELECT * FROM pg_tviews_queue_realtime;
`;

const BULK = `
BEGIN;
SELECT pg_tviews_suspend_triggers();
INSERT INTO tb_post (title, fk_user) VALUES ('Second', 1), ('Third', 1);
-- No explicit resume needed!
COMMIT;
SELECT pg_tviews_refresh_all();
`;

it('runs the quick start of pg_tviews', async () => {
  const notices = [];
  const db = new Tidemark({ onNotice: (notice) => notices.push(notice.code) });
  await db.exec('CREATE EXTENSION pg_tviews; CREATE EXTENSION jsonb_delta;');
  await db.exec(FIRST_TVIEW);
  const { rows } = await db.query('SELECT * FROM tv_post');
  assert.equal(rows.length, 1);
  assert.equal(rows[0].data.title, 'Learning Rust');
  assert.deepEqual(rows[0].data.author, {
    id: rows[0].user_id,
    identifier: 'alice',
    name: 'Alice',
    email: 'alice@example.com',
  });
  await db.exec(ADVANCED);
  const health = await db.query('SELECT * FROM pg_tviews_health_check()');
  assert.deepEqual([...new Set(health.rows.map((row) => row.status))], ['OK']);
  await db.exec(BULK);
  assert.deepEqual(notices, ['01000']); // COMMIT resumed by itself
  const titles = await db.query(`SELECT data->>'title' AS title FROM tv_post ORDER BY pk_post`);
  assert.deepEqual(titles.rows.map((row) => row.title), ['Learning Rust', 'Second', 'Third']);
  await db.close();
});

it('gives functions their arguments as parameters, and shows a TVIEW live', async () => {
  const db = new Tidemark();
  await db.exec('CREATE EXTENSION pg_tviews; CREATE TABLE tb_a (pk_a integer PRIMARY KEY, name text)');
  const created = await db.query('SELECT pg_tviews_create($1, $2) AS done', [
    'tv_a',
    `SELECT pk_a, jsonb_build_object('name', name) AS data FROM tb_a`,
  ]);
  assert.deepEqual(created.rows, [{ done: `TVIEW 'tv_a' created successfully` }]);
  const live = await db.live('SELECT pk_a, data FROM tv_a ORDER BY pk_a');
  const seen = new Promise((resolve) => {
    live.subscribe(({ rows }) => rows.length > 0 && resolve(rows));
  });
  await db.query(`INSERT INTO tb_a VALUES (1, 'x')`);
  assert.deepEqual(await seen, [{ pk_a: 1, data: { name: 'x' } }]);
  await live.close();
  await db.close();
});
