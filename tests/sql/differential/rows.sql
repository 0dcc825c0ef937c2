CREATE TABLE t (id integer PRIMARY KEY, name text, price numeric(8,2), tags text[], "odd name" jsonb, at timestamptz);

CREATE TABLE u (id integer PRIMARY KEY, t_id integer, note text);

CREATE TABLE loose (a integer, b text);

INSERT INTO t VALUES (1, 'a b', 1.50, '{x,"y z"}', '{"k": [1, null]}', '2026-01-01 10:00:00+00'), (2, '', NULL, NULL, NULL, NULL), (3, 'q"u\o(t),e', 0.00, '{}', '"s"', NULL);

INSERT INTO u VALUES (1, 1, 'n'), (2, 1, NULL), (3, 9, 'lost');

INSERT INTO loose VALUES (1, 'x'), (NULL, NULL), (1, NULL), (1, NULL);

-- The whole row as JSON.
-- each f: row_to_json | to_json | to_jsonb
-- each r: t | t.* | (t) | ROW(t.*) | ROW(id, name) | ROW() | ROW(NULL) | ROW('x', 1.5, true) | ROW(t, 1) | (id, 'b')
SELECT @f@(@r@) FROM t ORDER BY id;

-- each f: json_agg | jsonb_agg
-- each r: t | t.* | ROW(id, name) | (t)
SELECT @f@(@r@ ORDER BY id) FROM t;

-- each f: json_agg | jsonb_agg
SELECT @f@(t ORDER BY id) FILTER (WHERE id > 1), @f@(t) FILTER (WHERE id > 9) FROM t;

SELECT json_agg(tags ORDER BY id), json_agg(x ORDER BY id) FROM (SELECT id, tags, ARRAY[id, 2] AS x FROM t) s;

-- each f: row_to_json | to_jsonb
SELECT @f@(x) FROM (SELECT id, name || '!' AS loud, 1 AS "1", NULL AS nothing, current_date = current_date AS now FROM t) x ORDER BY x.id;

SELECT id, row_to_json((SELECT d FROM (SELECT t.name, t.price) d)) AS product FROM t ORDER BY id;

SELECT id, to_jsonb((SELECT d FROM (SELECT t.name, t.price) d)) - 'price' FROM t ORDER BY id;

SELECT id, (SELECT json_agg(x) FROM (SELECT u.id, u.note FROM u WHERE u.t_id = t.id ORDER BY u.id) x) AS us FROM t ORDER BY id;

SELECT array_to_json(array_agg(row_to_json(x) ORDER BY x.id)) FROM (SELECT id, name FROM t) x;

SELECT json_build_object('t', t, 'n', 1), json_build_array(t, ROW(1)), jsonb_build_object('t', t) FROM t ORDER BY id;

SELECT json_object_agg(id, t ORDER BY id), jsonb_object_agg(id, t) FROM t;

SELECT row_to_json(w) FROM (WITH w AS (SELECT 1 AS a, 2 AS b) SELECT * FROM w) w;

WITH w AS (SELECT 1 AS a, 'x' AS b) SELECT row_to_json(w), w FROM w;

SELECT row_to_json(v) FROM (VALUES (1, 'a'), (2, 'b')) v ORDER BY column1;

SELECT row_to_json(v) FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y) ORDER BY x;

SELECT row_to_json(g) FROM (SELECT generate_series(1, 2) AS n) g ORDER BY n;

SELECT row_to_json(e) FROM jsonb_each('{"a": 1, "b": [2]}') e ORDER BY key;

-- each x: t | t.* | ROW(t.id, t.tags, t."odd name")::text | ROW(1, NULL, '', 'a b', 'a,b', '(', '"', '\', ' ', 'plain') | ROW() | ROW(true, 1.50, NULL) | ROW(t.at, ARRAY[1,2], 'x') | ROW(ROW(1, 'a b'), 2)
SELECT (@x@)::text FROM t ORDER BY t.id;

-- each x: t::text | t.*::text | concat(t) | md5(t::text) | length(t::text) | t || '' | format('%s', t)
SELECT @x@ FROM t ORDER BY t.id;

SELECT (array_agg(t ORDER BY id))::text, count(t), count(t.*), (array_agg(ROW(id, name) ORDER BY id))::text FROM t;

SELECT t.id, count(u), count(u.*), json_agg(u ORDER BY u.id), jsonb_agg(u ORDER BY u.id) FROM t LEFT JOIN u ON u.t_id = t.id GROUP BY t.id ORDER BY t.id;

SELECT t.id, row_to_json(t), count(u) FROM t LEFT JOIN u ON u.t_id = t.id GROUP BY t.id ORDER BY t.id;

SELECT t.id, row_to_json(u), to_jsonb(u), u::text, u IS NULL, u IS NOT NULL FROM t FULL JOIN u ON u.t_id = t.id ORDER BY t.id, u.id;

SELECT t.id, row_to_json(x) FROM t LEFT JOIN LATERAL (SELECT u.id, u.note FROM u WHERE u.t_id = t.id ORDER BY u.id LIMIT 1) x ON true ORDER BY t.id;

SELECT t.id, row_to_json(x) FROM t LEFT JOIN (SELECT t_id, count(*) AS n FROM u GROUP BY t_id) x ON x.t_id = t.id ORDER BY t.id;

-- each x: IS NULL | IS NOT NULL
SELECT l @x@, l.* @x@, ROW(l.*) @x@ FROM loose l ORDER BY a, b;

-- each o: = | <> | IS DISTINCT FROM | IS NOT DISTINCT FROM
SELECT l.a, l.b, l @o@ m AS o, (l.*) @o@ (m.*) AS p FROM loose l, loose m ORDER BY l.a, l.b, m.a, m.b;

-- each o: = | <> | IS DISTINCT FROM | IS NOT DISTINCT FROM
SELECT t.id, u.id, x @o@ y FROM (SELECT id FROM t) x FULL JOIN (SELECT id FROM u WHERE id <> 2) y ON x.id = y.id JOIN t ON t.id = x.id LEFT JOIN u ON u.id = y.id ORDER BY 1;

-- each o: = | <> | IS DISTINCT FROM
SELECT a FROM loose l WHERE l @o@ ROW(1, 'x'::text) ORDER BY a;

SELECT id, CASE WHEN id = 1 THEN row_to_json(t) ELSE row_to_json(ROW(1)) END FROM t ORDER BY id;

SELECT to_json(CASE WHEN id > 1 THEN t END) FROM t ORDER BY id;

SELECT (t).id, (t).name, (t).* FROM t ORDER BY (t).id;

SELECT (t).nothing FROM t;

SELECT z FROM t;

-- each w: INSERT INTO u VALUES (7, 7, 'x') | UPDATE u SET note = 'y' WHERE id = 7 | DELETE FROM u WHERE id = 7
@w@ RETURNING row_to_json(u), to_jsonb(u.*), u::text;

INSERT INTO loose SELECT 5, t::text FROM t WHERE id = 1;

INSERT INTO loose SELECT 6, t FROM t WHERE id = 1;

SELECT b FROM loose WHERE a > 4 ORDER BY a;

SELECT a.id, to_json(a) FROM t a JOIN t b USING (id) ORDER BY a.id;

SELECT row_to_json(j) FROM (t a JOIN u USING (id)) j;

SELECT x.r::text, x.id FROM (SELECT id, t AS r FROM t) x ORDER BY id;

SELECT array_to_json(array_agg(t)) FROM t;

SELECT row_to_json(1);

SELECT row_to_json(t, true) FROM t;

SELECT sum(t) FROM t;

SELECT t + 1 FROM t;

SELECT t::integer FROM t;

SELECT t::json FROM t;

SELECT t FROM t WHERE t;

SELECT id FROM t ORDER BY row_to_json(t)::text;

SELECT DISTINCT row_to_json(t)::text FROM t ORDER BY 1;

SELECT o.id, (SELECT row_to_json(o)), (SELECT o::text), EXISTS (SELECT 1 FROM u WHERE u.t_id = (o).id) FROM t o ORDER BY o.id;

SELECT row_to_json(row) FROM (SELECT 1 AS a) row;

SELECT row_number() OVER (ORDER BY id), first_value(row_to_json(t)::text) OVER (ORDER BY id), json_agg(t) OVER (ORDER BY id ROWS 1 PRECEDING) FROM t ORDER BY id;

CREATE VIEW v AS SELECT row_to_json(t) AS r, t.id FROM t;

SELECT * FROM v ORDER BY id;

-- each f: row_to_json | to_jsonb
SELECT @f@(v) FROM v ORDER BY id;

SELECT row_to_json(x) FROM (SELECT 1 AS a, 2 AS a) x;

SELECT to_jsonb(x) FROM (SELECT 1 AS a, 2 AS a) x;

SELECT array_to_json(ARRAY[1, NULL]), array_to_json('{a,"b c"}'::text[]), array_to_json(ARRAY[at, at]), array_to_json(ARRAY["odd name"]), array_to_json(ARRAY[price, 1.50]) FROM t ORDER BY id;

-- each x: 'a' | 1.5
SELECT loose = ROW(1, @x@) FROM loose;

-- whole rows to order by, to group by and to tell apart
CREATE TABLE ra (id integer PRIMARY KEY, x integer, y text, d date);
INSERT INTO ra VALUES (1, 2, 'b', NULL), (2, 2, NULL, '2024-01-01'), (3, NULL, 'a', NULL), (4, 1, 'z', '2023-01-01'), (5, 2, 'b', NULL);
CREATE TABLE rb (x integer, y text, n numeric, r real);
INSERT INTO rb VALUES (2, 'b', 1.0, 0), (2, 'b', 1.00, -0.0), (NULL, 'a', 2, 1), (1, NULL, NULL, NULL), (2, 'b', 1, 0);
-- each o: | DESC | NULLS FIRST | DESC NULLS LAST
SELECT s, id FROM (SELECT x, y FROM ra WHERE id < 5) s, LATERAL (SELECT 1 AS id) i ORDER BY s @o@;
SELECT rb::text FROM rb ORDER BY rb, rb::text;
-- each o: | DESC | NULLS FIRST | DESC NULLS LAST
SELECT s.x, s.y FROM (SELECT x, y, id FROM ra) s ORDER BY s @o@;
-- each o: | DESC | NULLS FIRST | DESC NULLS LAST
SELECT a.id, b::text FROM ra a LEFT JOIN ra b ON b.id = a.x ORDER BY b @o@, a.id;
-- each o: s | s DESC | (s.y, s.x) | ROW(s.x, s.id) DESC
SELECT s.id, rank() OVER (ORDER BY @o@) FROM ra s ORDER BY 1;
SELECT json_agg(s.id ORDER BY s DESC) FROM ra s;
SELECT array_agg(s.id ORDER BY ROW(s.x, s.y), s.id) FROM ra s;
SELECT s, count(*) FROM (SELECT x, y FROM ra) s GROUP BY s ORDER BY s;
SELECT count(*) FROM (SELECT x, y FROM ra) s GROUP BY s ORDER BY 1;
SELECT count(*) FROM rb GROUP BY rb ORDER BY 1;
SELECT b::text, count(*) FROM ra a LEFT JOIN ra b ON b.id = a.x GROUP BY b ORDER BY b;
SELECT ROW(x, y), count(*) FROM ra GROUP BY ROW(x, y) ORDER BY ROW(x, y);
SELECT count(*) FROM ra GROUP BY ROLLUP (ra);
SELECT DISTINCT s FROM (SELECT x, y FROM ra) s;
SELECT DISTINCT rb FROM rb;
SELECT DISTINCT s FROM (SELECT x, y FROM ra) s ORDER BY s;
SELECT count(*) FROM (SELECT DISTINCT s FROM (SELECT x, y FROM ra) s) t;
SELECT count(DISTINCT s), count(DISTINCT ROW(s.x, s.y)), count(s) FROM (SELECT x, y FROM ra) s;
SELECT count(DISTINCT b) FROM ra a LEFT JOIN ra b ON b.id = a.x;
SELECT count(DISTINCT rb) FROM rb;
SELECT id, s IN (SELECT t FROM (SELECT x, y FROM ra WHERE id > 3) t) FROM ra, LATERAL (SELECT ra.x, ra.y) s ORDER BY id;
SELECT a.id FROM ra a WHERE a IN (SELECT b FROM ra b WHERE b.id < 4) ORDER BY 1;
SELECT a.id FROM ra a WHERE a NOT IN (SELECT b FROM ra b WHERE b.id < 4) ORDER BY 1;
SELECT a.id FROM ra a WHERE a IN (SELECT rb FROM rb);
SELECT s.x FROM (SELECT x, y FROM ra) s WHERE s IN (SELECT t FROM (SELECT y, x FROM ra) t);
SELECT a.id FROM ra a WHERE a IN (SELECT b FROM ra b UNION ALL SELECT b FROM ra b) ORDER BY 1;
SELECT x, array_to_json(array_agg(s)) FROM ra s GROUP BY x ORDER BY x;
SELECT s FROM ra s UNION SELECT s FROM ra s;
SELECT a.id FROM ra a, ra b WHERE a < b;
