-- Functions that return rows in the select list.
CREATE TABLE t (id integer PRIMARY KEY, tags text[], n integer[], doc jsonb, a integer);
INSERT INTO t VALUES (1, '{a,b,NULL}', '{3,1,2}', '["x", {"y": 1}]', 2), (2, '{b}', '{5}', '[]', 3), (3, '{}', '{}', NULL, NULL), (4, NULL, NULL, '[true, null]', 0);

-- each f: unnest(tags) | unnest(n) | generate_series(1, a) | generate_series(id, 0, -1) | jsonb_array_elements(doc) | jsonb_array_elements_text(doc) | unnest(n) + 1 | upper(unnest(tags)) | unnest(tags) \|\| unnest(tags) | unnest(n)::text | unnest(string_to_array('p,q', ',')) | generate_series(1, 2) * id | (SELECT unnest(n) LIMIT 1) | unnest(tags) IS NULL | ARRAY(SELECT unnest(n)) | jsonb_object_keys('{"a": 1, "b": 2}') | generate_series(timestamp '2024-01-01', '2024-01-03', '1 day') | unnest('{{1,2},{3,4}}'::integer[]) | regexp_split_to_table('a b', ' ') | CASE WHEN true THEN unnest(n) END | coalesce(unnest(n), 1) | sum(unnest(n)) | unnest(unnest(n)) | nope(unnest(n)) | unnest(a)
SELECT id, @f@ FROM t ORDER BY 1, 2;
SELECT id, @f@ AS x FROM t WHERE a > 0 ORDER BY id, x DESC LIMIT 3;
SELECT DISTINCT @f@ AS x FROM t ORDER BY x;
SELECT count(*) FROM (SELECT @f@ FROM t) AS x;
SELECT @f@ AS x, count(*) FROM t GROUP BY x ORDER BY x;
-- each q: SELECT generate_series(1, 3) | SELECT unnest(ARRAY[1, 2]) AS x ORDER BY x DESC | SELECT unnest(ARRAY['b', 'a']) UNION SELECT 'c' ORDER BY 1 | SELECT *, unnest(n) AS m FROM t WHERE id = 2 | SELECT t.*, unnest(n) FROM t WHERE id = 2 | SELECT 1 WHERE generate_series(1, 2) = 1 | SELECT a FROM t ORDER BY generate_series(1, 2), id | SELECT id FROM t LIMIT generate_series(1, 2) | VALUES (generate_series(1, 2)) | SELECT (SELECT generate_series(1, 2)) | SELECT (SELECT unnest(n) ORDER BY 1 LIMIT 1) FROM t ORDER BY id | SELECT max(x) FROM (SELECT unnest(n) AS x FROM t) AS y | SELECT unnest(n), count(*) FROM t GROUP BY unnest(n) ORDER BY 1 | SELECT id, unnest(n) FROM t GROUP BY id ORDER BY 1, 2 | SELECT t.id, unnest(u.n) FROM t LEFT JOIN t AS u ON u.id = t.id + 1 ORDER BY 1, 2 | SELECT id, unnest(n) AS unnest FROM t WHERE unnest = 1 | SELECT EXISTS (SELECT generate_series(1, 0)) | SELECT id IN (SELECT unnest(n)) FROM t ORDER BY id | WITH x AS (SELECT id, unnest(n) AS m FROM t) SELECT id, sum(m) FROM x GROUP BY id ORDER BY id | SELECT DISTINCT ON (id) id, unnest(n) AS m FROM t ORDER BY id, m DESC
@q@;
INSERT INTO t (id, a) SELECT generate_series(10, 12), 7;
DELETE FROM t WHERE id IN (SELECT generate_series(10, 11)) RETURNING id;
UPDATE t SET a = generate_series(1, 2);
INSERT INTO t (id) VALUES (20) RETURNING generate_series(1, 2);
