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

-- Several functions side by side: those with fewer rows are padded with NULL.
CREATE TABLE side (id integer PRIMARY KEY, a integer[], b text[], doc jsonb);
INSERT INTO side VALUES (1, '{1,2,3}', '{x,y}', '{"k": 1, "l": [2]}'), (2, '{}', '{z}', '{}'), (3, NULL, NULL, NULL), (4, '{9,NULL,9}', '{p,q,NULL,r}', '{"m": null}');
-- each s: unnest(a), unnest(b) | unnest(a) AS x, unnest(b) AS y, unnest(a) AS z | generate_series(1, 2), unnest(a) | unnest(a), id, generate_series(id, 3), unnest(b) | upper(unnest(b)), unnest(a) + 1 | jsonb_object_keys(doc), unnest(a) | jsonb_array_elements(doc -> 'l'), generate_series(1, 0) | unnest(a), unnest(ARRAY[1, 2]), unnest(ARRAY['p']) | unnest(b) \|\| unnest(a)::text
-- each o: | ORDER BY 1, 2, 3
SELECT id AS n, @s@ FROM side @o@;
SELECT unnest(ARRAY[1, 2, 3]), unnest(ARRAY['a', 'b']);
SELECT generate_series(1, 3) AS n, generate_series(1, 2) AS m ORDER BY n DESC;
SELECT generate_series(1, 3), generate_series(1, 3);
SELECT generate_series(1, 0), generate_series(1, 2), 'k';
SELECT generate_series(1, 3), generate_series(5, 6) LIMIT 2;
SELECT DISTINCT unnest(a), unnest(b) IS NULL AS none FROM side ORDER BY 1, 2;
SELECT unnest(a) AS x, unnest(b) AS y, count(*) FROM side GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM (SELECT id, unnest(a) AS x, unnest(b) AS y FROM side) q WHERE x > 1 OR y = 'z' ORDER BY id, x;
SELECT id, ARRAY(SELECT unnest(a) FROM (SELECT 1) one) FROM side ORDER BY id;
SELECT id, (SELECT count(*) FROM (SELECT unnest(a), unnest(b)) q) FROM side ORDER BY id;
SELECT unnest(a), unnest(b) FROM side WHERE unnest(a) > 1;
SELECT unnest(a, b) FROM side;

-- unnest of several arrays, and ROWS FROM.
-- each f: unnest(a, b) | unnest(a, b) AS u | unnest(a, b) AS u (x, y) | unnest(a, b) AS u (x) | unnest(a, b) WITH ORDINALITY | unnest(a, b) WITH ORDINALITY AS u (x, y, n) | unnest(a, b, a) u (x, y, z) | ROWS FROM (unnest(a), generate_series(1, 2)) | ROWS FROM (unnest(a, b), generate_series(1, id)) WITH ORDINALITY AS u | ROWS FROM (unnest(a)) | ROWS FROM (unnest(a)) WITH ORDINALITY AS r (v, n) | ROWS FROM (jsonb_each(doc), unnest(a)) AS r | ROWS FROM (jsonb_each_text(doc), jsonb_array_elements(doc -> 'l')) AS r (k, v) | LATERAL unnest(a, b) | LATERAL ROWS FROM (unnest(a), unnest(b)) WITH ORDINALITY l | unnest(a, b) AS u (p, q, r) | unnest(a, id) | ROWS FROM (upper('x'), unnest(a))
-- each j: , | CROSS JOIN
SELECT id, t.* FROM side @j@ LATERAL (SELECT * FROM @f@) t;
SELECT id, f.* FROM side, unnest(a, b) WITH ORDINALITY AS f (x, y, n) ORDER BY id, n;
SELECT id, x, y FROM side LEFT JOIN unnest(a, b) AS f (x, y) ON true ORDER BY id, x, y;
SELECT id, x, y FROM side LEFT JOIN LATERAL unnest(a, b) AS f (x, y) ON x = id ORDER BY id, x, y;
SELECT * FROM unnest(ARRAY[1, 2, 3], ARRAY['a', 'b'], ARRAY[true]);
SELECT unnest FROM unnest(ARRAY[1], ARRAY['a']);
SELECT u.x, u.y FROM unnest(ARRAY[1, 2], ARRAY['a']) AS u (x, y) WHERE u.y IS NULL;
SELECT count(*), count(x), sum(y) FROM unnest('{1,NULL,3}'::integer[], '{5,6}'::integer[]) AS u (x, y);
SELECT * FROM ROWS FROM (generate_series(1, 3), generate_series(10, 11)) AS g (a, b);
SELECT * FROM ROWS FROM (generate_series(1, 3), generate_series(10, 11)) AS g (a, b) JOIN side ON side.id = g.a ORDER BY a;
SELECT g FROM ROWS FROM (generate_series(1, 3), nothing(1)) AS g;
SELECT id, (SELECT string_agg(y || x, ',' ORDER BY n) FROM unnest(a, b) WITH ORDINALITY AS u (x, y, n)) FROM side ORDER BY id;
SELECT id FROM side WHERE EXISTS (SELECT 1 FROM unnest(a, b) AS u (x, y) WHERE x IS NULL) ORDER BY id;
INSERT INTO side (id, a) SELECT x, ARRAY[y] FROM unnest(ARRAY[10, 11], ARRAY[1, 2]) AS u (x, y) RETURNING id, a;
UPDATE side SET b = ARRAY[u.y] FROM unnest(ARRAY[10, 11], ARRAY['ten', 'eleven']) AS u (x, y) WHERE side.id = u.x;
SELECT rows FROM (SELECT id AS rows FROM side) rows ORDER BY rows;
SELECT id rows FROM side ORDER BY rows;

-- An aggregate that stands in ORDER BY alone; limits that are no numbers of rows.
SELECT 1 FROM side ORDER BY count(*);
SELECT 'x' AS x FROM side WHERE false ORDER BY max(id), count(*) DESC;
SELECT 1 + 1 FROM side HAVING count(*) > 1 ORDER BY sum(id);
SELECT id FROM side ORDER BY count(*);
SELECT id FROM side ORDER BY id LIMIT -1;
SELECT id FROM side ORDER BY id OFFSET -1;
SELECT id FROM side ORDER BY id FETCH FIRST -1 ROWS ONLY;
SELECT id FROM side ORDER BY id FETCH FIRST +1 ROWS WITH TIES;
SELECT id FROM side ORDER BY id FETCH FIRST -1 ROWS WITH TIES;

-- Functions whose rows are the elements of an array.
CREATE TABLE words (id integer PRIMARY KEY, s text);
INSERT INTO words VALUES (1, 'one two  three'), (2, ''), (3, NULL), (4, 'ünï "q" \ a,b'), (5, 'aXbXXc');
-- each f: regexp_split_to_table(s, ' ') | regexp_split_to_table(s, 'x+', 'i') | regexp_split_to_table(s, '') | regexp_split_to_table(s, ' ', 'g') | regexp_matches(s, '[a-z]+') | regexp_matches(s, '([a-z])([a-z])', 'g') | regexp_matches(s, 'X*', 'g') | regexp_matches(s, '(X)|(b)', 'g') | regexp_matches(s, 'no', 'g') | regexp_matches(s, '') | regexp_matches(s, '(', 'g') | regexp_matches(s, 'a', 'z') | string_to_table(s, ' ') | string_to_table(s, NULL) | string_to_table(s, 'X', '') | string_to_table(s, ',', 'b')
SELECT id, @f@ FROM words;
SELECT id, f.* FROM words, @f@ WITH ORDINALITY AS f;
SELECT id, (SELECT count(*) FROM @f@) AS n FROM words ORDER BY id;
SELECT (regexp_matches('a1b2', '([a-z])(\d)', 'g'))[2];
SELECT id, regexp_matches(s, 'X', 'g') AS m, regexp_split_to_table(s, 'X') AS part FROM words WHERE id = 5;
SELECT * FROM regexp_matches('foobarbequebaz', '(bar)(beque)');
SELECT m[1] FROM regexp_matches('foobarbequebazilbarfbonk', '(b[^b]+)(b[^b]+)', 'g') AS m;
SELECT regexp_split_to_table FROM regexp_split_to_table('a-b', '-');
