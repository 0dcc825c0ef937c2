-- Writes inside WITH.
CREATE TABLE a (id integer PRIMARY KEY, name text, n numeric(8, 2) DEFAULT 0);
CREATE TABLE b (id integer PRIMARY KEY, name text);
CREATE TABLE s (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE log (id serial PRIMARY KEY, what text, a_id integer);
INSERT INTO a VALUES (1, 'one', 1.50), (2, 'two', 2.25), (3, NULL, NULL), (4, 'four', 4);
INSERT INTO s (name) VALUES ('x'), ('y');

-- Rows move.
WITH moved AS (DELETE FROM a WHERE id = 4 RETURNING *) INSERT INTO b SELECT id, name FROM moved;
SELECT * FROM a ORDER BY id;
SELECT * FROM b ORDER BY id;
WITH moved AS (DELETE FROM b RETURNING *), back AS (INSERT INTO a (id, name) SELECT * FROM moved RETURNING *) SELECT * FROM back;
SELECT * FROM a ORDER BY id;
SELECT * FROM b ORDER BY id;

-- All parts see the state before.
WITH u AS (UPDATE a SET n = n + 1 WHERE id < 3 RETURNING id, n) SELECT a.id, a.n AS before, u.n AS after FROM a LEFT JOIN u USING (id) ORDER BY id;
SELECT * FROM a ORDER BY id;
WITH d AS (DELETE FROM a WHERE id = 4) SELECT count(*) FROM a;
SELECT count(*) FROM a;
WITH i AS (INSERT INTO a (id, name) VALUES (5, 'five'), (6, 'six')) SELECT max(id) FROM a;
WITH i AS (INSERT INTO a (id, name) VALUES (7, 'seven') RETURNING id) SELECT max(a.id), (SELECT id FROM i) FROM a;
WITH i AS (INSERT INTO a (id, name) VALUES (8, 'eight') RETURNING *) SELECT id, name FROM a WHERE id >= 6 UNION ALL SELECT id, name FROM i ORDER BY id;
WITH i AS (INSERT INTO a (id, name) VALUES (9, 'nine') RETURNING *) SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM i) AS i;
WITH i AS (INSERT INTO a (id) VALUES (10) RETURNING id) SELECT EXISTS (SELECT 1 FROM a WHERE a.id = i.id) FROM i;
WITH i AS (INSERT INTO a (id) VALUES (11) RETURNING id) SELECT i.id IN (SELECT id FROM a) FROM i;
WITH d AS (DELETE FROM a WHERE id > 8 RETURNING id), rest AS (SELECT id FROM a WHERE id > 8) SELECT d.id, rest.id FROM d FULL JOIN rest ON d.id = rest.id ORDER BY 1;
SELECT id, name, n FROM a ORDER BY id;

-- Get or create.
WITH new AS (INSERT INTO s (name) VALUES ('x') ON CONFLICT DO NOTHING RETURNING id) SELECT id FROM new UNION ALL SELECT id FROM s WHERE name = 'x';
WITH new AS (INSERT INTO s (name) VALUES ('w') ON CONFLICT DO NOTHING RETURNING name) SELECT name FROM new UNION ALL SELECT name FROM s WHERE name = 'w';
WITH new AS (INSERT INTO s (name) VALUES ('x'), ('v') ON CONFLICT (name) DO UPDATE SET name = upper(excluded.name) RETURNING name) SELECT * FROM new ORDER BY 1;
SELECT name FROM s ORDER BY name;

-- Each write is made once, read or not, and however often.
WITH i AS (INSERT INTO log (what) VALUES ('once') RETURNING id) SELECT (SELECT count(*) FROM i) + (SELECT count(*) FROM i) AS n, count(*) FROM i x CROSS JOIN i y;
WITH i AS (INSERT INTO log (what) VALUES ('unread')) SELECT 1 AS one;
WITH i AS (INSERT INTO log (what) VALUES ('limited'), ('limited') RETURNING what) SELECT * FROM i LIMIT 1;
WITH i AS (INSERT INTO log (what) VALUES ('none') RETURNING what) SELECT * FROM i WHERE false;
SELECT what, count(*) FROM log GROUP BY what ORDER BY what;

-- The main statement writes.
WITH u AS (UPDATE a SET name = 'changed' WHERE id = 1 RETURNING id, name) INSERT INTO log (what, a_id) SELECT name, id FROM u RETURNING what, a_id;
WITH x AS (SELECT 2 AS id), u AS (UPDATE a SET name = 'again' FROM x WHERE a.id = x.id RETURNING a.id) DELETE FROM log WHERE a_id IN (SELECT id - 1 FROM u);
WITH d AS (DELETE FROM log RETURNING what) UPDATE a SET name = (SELECT min(what) FROM d), n = (SELECT count(*) FROM d) WHERE id = 3;
SELECT * FROM a ORDER BY id;
WITH d AS (DELETE FROM b), e AS (DELETE FROM log) UPDATE a SET n = 0 WHERE id < 3 RETURNING id, n;
WITH u AS (UPDATE a SET n = 1 RETURNING 1) SELECT count(*) FROM u;
WITH u (k, v) AS (UPDATE a SET n = 2 WHERE id < 3 RETURNING id, name) SELECT v, k FROM u ORDER BY k;
WITH u (k) AS (UPDATE a SET n = 2 WHERE id < 3 RETURNING id, name) SELECT * FROM u ORDER BY k;
WITH u AS (UPDATE a SET n = 2 WHERE id < 3 RETURNING id AS "a b", name AS "a b") SELECT * FROM u ORDER BY 1;

-- One row is written once.
WITH u AS (UPDATE a SET name = 'first' WHERE id = 1 RETURNING id) UPDATE a SET name = 'second' FROM u WHERE a.id = u.id RETURNING a.name;
SELECT name FROM a WHERE id = 1;
WITH u AS (UPDATE a SET name = 'first' WHERE id = 1 RETURNING id) DELETE FROM a USING u WHERE a.id = u.id;
WITH d AS (DELETE FROM a WHERE id = 1 RETURNING id) UPDATE a SET name = 'gone' FROM d WHERE a.id = d.id;
SELECT count(*) FROM a WHERE id = 1;
WITH i AS (INSERT INTO a (id, name) VALUES (1, 'new') RETURNING id) UPDATE a SET name = 'not seen' WHERE id IN (SELECT id FROM i);
SELECT name FROM a WHERE id = 1;
WITH i AS (INSERT INTO a (id, name) VALUES (21, 'new') RETURNING id), d AS (DELETE FROM a WHERE id > 6 AND EXISTS (SELECT 1 FROM i) RETURNING id) SELECT id FROM d ORDER BY id;
SELECT id FROM a ORDER BY id;
WITH u AS (UPDATE a SET id = id + 100 WHERE id = 2 RETURNING id), v AS (UPDATE a SET id = id + 100 WHERE id > 1 AND EXISTS (SELECT 1 FROM u) RETURNING id) SELECT id FROM v ORDER BY id;
SELECT id FROM a ORDER BY id;

-- Chains.
WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 3), w AS (INSERT INTO b SELECT i, 'b' || i FROM t RETURNING *), v AS (INSERT INTO log (what) SELECT name FROM w RETURNING what) SELECT t.i, v.what FROM t JOIN v ON v.what = 'b' || t.i ORDER BY 1;
WITH x AS (SELECT id FROM b), y AS (DELETE FROM b RETURNING id), z AS (SELECT x.id FROM x JOIN y USING (id)) SELECT count(*) FROM z;
SELECT count(*) FROM b;
WITH one AS (INSERT INTO b VALUES (1, 'x') RETURNING *), two AS (INSERT INTO b SELECT id + 1, name FROM one RETURNING *), three AS (INSERT INTO b SELECT id + 1, name FROM two RETURNING *) SELECT * FROM one UNION ALL SELECT * FROM two UNION ALL SELECT * FROM three ORDER BY id;

-- Failures undo all of it.
WITH i AS (INSERT INTO log (what) VALUES ('lost')) INSERT INTO b VALUES (1, 'duplicate');
WITH i AS (INSERT INTO log (what) VALUES ('lost') RETURNING id) SELECT 1 / (id - id) FROM i;
WITH i AS (INSERT INTO b VALUES (7, 'lost') RETURNING id), j AS (INSERT INTO b SELECT id FROM i RETURNING id) SELECT * FROM j;
SELECT count(*) FROM log WHERE what = 'lost';
SELECT count(*) FROM b;
WITH i AS (INSERT INTO b VALUES (7, 'x')) SELECT * FROM i;
WITH i AS (INSERT INTO b VALUES (7, 'x') RETURNING id), i AS (DELETE FROM b) SELECT 1;
WITH RECURSIVE r AS (DELETE FROM b WHERE id IN (SELECT id FROM r) RETURNING id) SELECT * FROM r;
WITH i (x, y, z) AS (DELETE FROM b RETURNING id) SELECT * FROM i;
SELECT * FROM (WITH i AS (DELETE FROM b RETURNING id) SELECT * FROM i) x;
INSERT INTO b WITH i AS (DELETE FROM b RETURNING id) SELECT id + 10 FROM i;
WITH o AS (WITH i AS (DELETE FROM b RETURNING id) SELECT * FROM i) SELECT * FROM o;
CREATE VIEW v AS WITH i AS (DELETE FROM b RETURNING id) SELECT * FROM i;
SELECT * FROM b ORDER BY id;

-- Foreign keys hold at the end of the statement.
CREATE TABLE p (id integer PRIMARY KEY, name text);
CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE CASCADE);
CREATE TABLE r (id integer PRIMARY KEY, p integer REFERENCES p);
WITH i AS (INSERT INTO p VALUES (1, 'p'), (2, 'q') RETURNING id) INSERT INTO c SELECT id * 10, id FROM i;
WITH i AS (INSERT INTO r VALUES (30, 3) RETURNING p) INSERT INTO p SELECT p, 'later' FROM i;
WITH i AS (INSERT INTO r VALUES (40, 4)) INSERT INTO p VALUES (5, 'another');
WITH d AS (DELETE FROM p WHERE id = 1 RETURNING id) SELECT (SELECT count(*) FROM c) AS c, (SELECT count(*) FROM p) AS p, (SELECT id FROM d) AS d;
SELECT * FROM c ORDER BY id;
WITH d AS (DELETE FROM p WHERE id = 3) DELETE FROM r WHERE p = 3;
WITH d AS (DELETE FROM p WHERE id = 2) INSERT INTO r VALUES (50, 2);
SELECT * FROM p ORDER BY id;
SELECT * FROM r ORDER BY id;

-- Views, quoted names and other types.
CREATE VIEW av AS SELECT id, name FROM a WHERE id > 0;
WITH u AS (UPDATE av SET name = 'through the view' WHERE id = 1 RETURNING *) SELECT * FROM u;
WITH u AS (UPDATE a SET name = 'below' WHERE id = 1 RETURNING id) SELECT av.name FROM av JOIN u USING (id);
SELECT name FROM av WHERE id = 1;
CREATE TABLE "Odd.Name ""q""" ("a.b" integer PRIMARY KEY, "Ünï" jsonb, f double precision, b boolean, t text[], y bytea, d date);
WITH "The ""Rows""" AS (INSERT INTO "Odd.Name ""q""" VALUES (1, '{"k": [1, null]}', 1.0, true, '{a,"b c"}', '\x00ff', '2024-02-29') RETURNING *) SELECT * FROM "The ""Rows""";
WITH o AS (UPDATE "Odd.Name ""q""" SET f = f / 3, b = NOT b RETURNING "a.b", f, b, "Ünï") SELECT o.*, t.f, t.b FROM o JOIN "Odd.Name ""q""" t USING ("a.b");
SELECT * FROM "Odd.Name ""q""";
WITH a AS (DELETE FROM b RETURNING *) SELECT count(*) FROM a;
WITH b AS (INSERT INTO b VALUES (1, 'shadow') RETURNING *) SELECT * FROM b;
SELECT * FROM b;
