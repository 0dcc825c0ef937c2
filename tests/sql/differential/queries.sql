-- Queries over tables with NULLs, duplicates and unicode: filters, joins, groups, sets, order.
CREATE TABLE users (id integer PRIMARY KEY, name text, age integer, score numeric(8, 2), active boolean, born date, tags text[], info jsonb);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount numeric(10, 2), placed timestamp, note text);
CREATE TABLE empty (id integer PRIMARY KEY, v text, n integer);
CREATE TABLE dup (a integer, b text, c double precision);
INSERT INTO users VALUES (1, 'Ann', 30, 12.50, true, '1990-05-01', '{a,b}', '{"x": 1}'), (2, 'bob', NULL, 7, false, NULL, '{}', '{"x": 2, "y": [1]}'), (3, 'Ünal', 45, NULL, true, '1980-01-15', NULL, NULL), (4, NULL, 30, 12.5, NULL, '1995-12-31', '{b}', '[]'), (5, 'ann', 22, 0.00, true, '2003-07-07', '{c,a}', '{"x": null}'), (6, '😀', 45, -3.25, false, '1980-01-15', '{a}', '"s"');
INSERT INTO orders VALUES (1, 1, 10.00, '2026-01-01 10:00:00', 'first'), (2, 1, 20.50, '2026-01-15 11:30:00', NULL), (3, 2, 5.25, '2026-02-01 09:00:00', 'x'), (4, NULL, 99.99, NULL, 'orphan'), (5, 5, 10.00, '2026-01-01 10:00:00', ''), (6, 9, 1.00, '2026-03-01 00:00:00', 'nobody');
INSERT INTO dup VALUES (1, 'x', 1.5), (1, 'x', 1.5), (2, 'y', 2.5), (2, NULL, 2.5), (NULL, 'x', NULL), (NULL, NULL, NULL), (3, 'Y', -1), (1, 'z', 0);

-- each w: true | false | NULL | age > 30 | NOT age > 30 | age = 30 OR name IS NULL | name LIKE 'a%' | name ILIKE 'a%' | age IN (30, 45) | age NOT IN (30, NULL) | score BETWEEN 0 AND 12.50 | active | NOT active | active IS NOT TRUE | born < '1990-01-01' | 'a' = ANY (tags) | tags @> ARRAY['a'] | tags = '{}' | info -> 'x' = '1' | info ->> 'x' = '2' | info ? 'x' | info @> '{"x": 1}' | name > 'B' | length(name) > 3 | upper(name) = 'ANN' | age + 1 > 30 AND score < 100 | (age, score) = (30, 12.5) | (age, id) > (30, 1) | id % 2 = 0 | EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id) | NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = users.id) | id IN (SELECT user_id FROM orders) | id NOT IN (SELECT user_id FROM orders) | id NOT IN (SELECT user_id FROM orders WHERE user_id IS NOT NULL) | score > (SELECT avg(score) FROM users) | age > ALL (SELECT n FROM empty) | age > ANY (SELECT n FROM empty) | coalesce(age, 0) = 0 | CASE WHEN age > 40 THEN true ELSE active END | extract(year FROM born) = 1980 | score::text LIKE '%.5%' | name IS DISTINCT FROM 'Ann' | nope = 1 | age = 'x' | age LIKE '3%' | name = 1 | sum(age) > 1
SELECT id, name FROM users WHERE @w@ ORDER BY id;

-- each o: name, id | name DESC, id | name NULLS FIRST, id | name DESC NULLS LAST, id | age DESC, id | 2, 1 | -id | score, id | active, id | active DESC, id DESC | born, id | lower(name), id | age IS NULL, age, id | length(name) DESC, id | tags, id | info, id | CASE WHEN id = 3 THEN 0 ELSE 1 END, id | id + age, id | 9 | 'x', id | nope | sum(id)
-- each l: LIMIT 3 | LIMIT 2 OFFSET 1 | OFFSET 4 | LIMIT ALL | FETCH FIRST ROW ONLY | LIMIT NULL | LIMIT 0 | LIMIT -1 | OFFSET -1
SELECT id, name, age FROM users ORDER BY @o@ @l@;

-- each j: JOIN | LEFT JOIN | RIGHT JOIN | FULL JOIN
-- each c: ON u.id = o.user_id | ON u.id = o.user_id AND o.amount > 10 | ON u.id = o.id | ON true | ON false | USING (id) | ON u.name = o.note | ON u.id = nope.id | ON u.id
SELECT u.id AS u, o.id AS o, u.name, o.amount FROM users u @j@ orders o @c@ ORDER BY u.id, o.id;

-- each j: JOIN | LEFT JOIN | RIGHT JOIN | FULL JOIN
-- each c: USING (id) | ON e.id = u.id | ON true
SELECT count(*), count(e.v), count(u.name) FROM empty e @j@ users u @c@;

-- each j: NATURAL JOIN | NATURAL LEFT JOIN | NATURAL FULL JOIN | CROSS JOIN
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS l(k, x) @j@ (VALUES (1, 'c'), (3, 'd')) AS r(k, y) ORDER BY 1, 2, 3;

-- each f: count(*) | count(age) | count(DISTINCT age) | sum(age) | avg(age) | min(age) | max(age) | sum(score) | avg(score) | min(name) | max(name) | min(born) | max(born) | sum(id) FILTER (WHERE active) | count(*) FILTER (WHERE age IS NULL) | string_agg(name, ',' ORDER BY id) | string_agg(DISTINCT name, ',' ORDER BY name) | array_agg(id ORDER BY id DESC) | array_agg(age ORDER BY id) | array_agg(DISTINCT age) | jsonb_agg(name ORDER BY id) | json_agg(id ORDER BY id) | jsonb_object_agg(id, name) | bool_and(active) | bool_or(active) | every(active) | bit_and(id) | bit_or(id) | bit_xor(id) | stddev(age) | stddev_pop(age) | variance(score) | var_pop(id) | stddev_samp(id) | corr(id, age) | covar_pop(id, age) | covar_samp(id, age) | regr_slope(id, age) | regr_intercept(id, age) | regr_r2(id, age) | regr_count(id, age) | regr_avgx(id, age) | regr_avgy(id, age) | regr_sxx(id, age) | regr_sxy(id, age) | regr_syy(id, age) | any_value(1) | percentile_cont(0.5) WITHIN GROUP (ORDER BY age) | percentile_disc(0.5) WITHIN GROUP (ORDER BY age) | mode() WITHIN GROUP (ORDER BY age) | percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY age) | rank(30) WITHIN GROUP (ORDER BY age) | sum(DISTINCT score) | avg(DISTINCT age) | max(id + age) | sum(age) + count(*) | round(avg(score), 1) | coalesce(sum(age), 0) | min(active) | sum(name) | max(tags) | count(tags) | min(info) | sum(count(*)) | max(length(name)) | range_agg(1) | sum(age::double precision) | avg(age::real) | sum(id::smallint) | sum(id::bigint) | jsonb_agg(info ORDER BY id) | jsonb_agg(score ORDER BY id) | jsonb_object_agg(name, 1) | jsonb_agg(users ORDER BY id)
-- each g: FROM users | FROM users WHERE false | FROM users GROUP BY active ORDER BY active | FROM users GROUP BY age HAVING count(*) > 1 ORDER BY age
SELECT @f@ AS f @g@;

-- each g: ROLLUP (a, b) | CUBE (a, b) | GROUPING SETS ((a), (b), ()) | a, ROLLUP (b) | GROUPING SETS ((a, b), (a)) | () | a, b | ROLLUP ((a, b)) | GROUPING SETS (CUBE (a, b)) | a + 1, b | 1, 2
SELECT count(*), sum(c) FROM dup GROUP BY @g@ ORDER BY 1, 2;

-- each g: ROLLUP (a, b) | CUBE (a, b) | GROUPING SETS ((a), (b), ()) | a, b
SELECT a, b, count(*), grouping(a, b) FROM dup GROUP BY @g@ ORDER BY a, b, 3, 4;

-- each o: UNION | UNION ALL | INTERSECT | INTERSECT ALL | EXCEPT | EXCEPT ALL
-- each l: SELECT a, b FROM dup | SELECT a, b FROM dup WHERE a = 1 | SELECT NULL::integer, 'x' | SELECT id, v FROM empty | VALUES (1, 'x'), (1, 'x')
-- each r: SELECT a, b FROM dup WHERE a = 1 | SELECT 1, 'x' | SELECT n, v FROM empty | SELECT 2.5, 'q' | SELECT 1
@l@ @o@ @r@;

-- each s: DISTINCT a | ALL a | DISTINCT b | DISTINCT a + 1 | DISTINCT c
SELECT @s@ FROM dup ORDER BY 1 NULLS FIRST;
-- each s: DISTINCT a, b | DISTINCT ON (a) a, b | DISTINCT ON (a, b) a, b
SELECT @s@ FROM dup ORDER BY 1 NULLS FIRST, 2;
SELECT DISTINCT ON (age) age, id FROM users ORDER BY age, id DESC;
SELECT DISTINCT ON (age) age, id FROM users ORDER BY id;
SELECT DISTINCT age FROM users ORDER BY id;

-- each q: (SELECT max(id) FROM users) | (SELECT id FROM users) | (SELECT id FROM empty) | (SELECT count(*) FROM empty) | EXISTS (SELECT 1 FROM empty) | ARRAY(SELECT id FROM users ORDER BY id) | (SELECT name FROM users u2 WHERE u2.id = o.user_id) | (SELECT sum(amount) FROM orders o2 WHERE o2.placed <= o.placed) | o.amount > ALL (SELECT score FROM users WHERE score IS NOT NULL) | o.user_id = ANY (SELECT id FROM users) | (SELECT 1, 2) | (SELECT a FROM dup WHERE a = o.id LIMIT 1) | (o.id, o.note) IN (SELECT id, 'x' FROM users) | (SELECT o.id) + 1 | (SELECT string_agg(u.name, '-' ORDER BY u.id) FROM users u WHERE u.id <= o.id)
SELECT o.id, @q@ AS q FROM orders o ORDER BY o.id;

-- each f: (SELECT count(*) AS n FROM orders o WHERE o.user_id = u.id) x | (SELECT o.id AS n FROM orders o WHERE o.user_id = u.id ORDER BY o.amount DESC LIMIT 1) x | (SELECT u.age * 2 AS n) x | (VALUES (u.id), (u.id + 1)) AS x(n) | unnest(u.tags) AS x(n) | generate_series(1, u.id) AS x(n) | jsonb_array_elements('[1]') AS x(n) | (SELECT o.id AS n FROM orders o WHERE o.user_id = u.id) x
-- each j: CROSS JOIN LATERAL @f@ | LEFT JOIN LATERAL @f@ ON true | , LATERAL @f@
SELECT u.id, x.n FROM users u @j@ ORDER BY 1, 2;

WITH a AS (SELECT id FROM users), b AS (SELECT id * 2 AS id FROM a) SELECT count(*), sum(b.id) FROM a JOIN b USING (id);
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n), max(n) FROM t;
WITH RECURSIVE t AS (SELECT 1 AS n, 'a'::text AS s UNION SELECT (n % 3) + 1, s || n FROM t WHERE length(s) < 4) SELECT * FROM t ORDER BY 2;
WITH RECURSIVE f(a, b) AS (SELECT 0::bigint, 1::bigint UNION ALL SELECT b, a + b FROM f WHERE b < 1000) SELECT a FROM f ORDER BY a;
WITH x AS MATERIALIZED (SELECT 1 AS a), y(b) AS NOT MATERIALIZED (SELECT a + 1 FROM x) SELECT * FROM x, y;
WITH x AS (SELECT 1) SELECT * FROM y;
WITH x(a, b) AS (SELECT 1) SELECT * FROM x;
WITH x AS (SELECT 1), x AS (SELECT 2) SELECT * FROM x;
SELECT u.*, o.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.id;
SELECT u.id AS u, o.id AS o FROM users u LEFT JOIN orders o ON u.age > o.amount ORDER BY u.id, o.id;
-- differs: FULL JOIN takes any condition.
SELECT u.id AS u, o.id AS o FROM users u FULL JOIN orders o ON u.age > o.amount ORDER BY u.id, o.id;
SELECT * FROM users u, orders o WHERE u.id = o.user_id ORDER BY o.id;
SELECT id FROM users u, orders o;
SELECT users.id FROM users u;
SELECT u.nope FROM users u;
SELECT age, count(*) FROM users;
SELECT name FROM users GROUP BY age;
SELECT users.id, name, count(*) FROM users GROUP BY users.id ORDER BY 1;
SELECT age AS x, count(*) FROM users GROUP BY x ORDER BY x;
SELECT age AS id, count(*) FROM users GROUP BY id ORDER BY 1, 2;
SELECT count(*) AS n FROM users GROUP BY age HAVING n > 1;
SELECT id AS x FROM users WHERE x = 1;
SELECT (SELECT count(*) FROM orders WHERE user_id = users.id) AS n FROM users ORDER BY n DESC, id;
SELECT 1 AS a, 2 AS a, 'x' AS "B c";
SELECT upper('a'), 1 + 1, 'x', NULL, true, CASE WHEN true THEN 1 END, (SELECT 5), ARRAY[1], 1::bigint, now() IS NULL, count(*) FROM users;
SELECT;
SELECT FROM users;
SELECT count(*) FROM (SELECT FROM users) x;
SELECT * FROM (SELECT 1);
SELECT * FROM (SELECT 1) AS x(a, b);
SELECT a.*, b.* FROM (VALUES (1)) a(x) JOIN (VALUES (1, 2)) b(x, y) USING (x);
SELECT x FROM (VALUES (1)) a(x) JOIN (VALUES (1, 2)) b(x, y) USING (x);
TABLE dup ORDER BY a, b, c LIMIT 3;
VALUES (1, 'a'), (2, NULL), (3.5, 'c');
VALUES (1), (2, 3);
SELECT id FROM users ORDER BY id FOR UPDATE;
SELECT id FROM users WHERE id < 3 ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;
SELECT id FROM users ORDER BY id FOR SHARE OF users NOWAIT LIMIT 2;
SELECT id FROM users ORDER BY id LIMIT 2 FOR KEY SHARE FOR UPDATE OF users;
SELECT id FROM users FOR UPDATE OF nobody;
SELECT count(*) FROM users FOR UPDATE;
SELECT id, EXISTS (SELECT FROM users v WHERE v.id > users.id) FROM users ORDER BY id;
SELECT * FROM users TABLESAMPLE BERNOULLI (100);
SELECT unnest(tags) FROM users ORDER BY 1;
SELECT id, generate_series(1, 2) AS g FROM users WHERE id < 3 ORDER BY 1, 2;

-- each f: row_number() | rank() | dense_rank() | percent_rank() | cume_dist() | ntile(3) | lag(id) | lag(age, 2) | lag(age, 1, 0) | lead(name) | first_value(id) | last_value(id) | nth_value(id, 2) | sum(age) | avg(score) | count(*) | min(name) | max(born) | string_agg(name, ',') | array_agg(id) | count(*) FILTER (WHERE active) | sum(score) | bool_or(active) | jsonb_agg(id) | nope() | lower('a') | stddev(age)
-- each w: (ORDER BY id) | (PARTITION BY active ORDER BY id) | (ORDER BY id DESC) | () | (PARTITION BY age ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
SELECT id, @f@ OVER @w@ AS f FROM users ORDER BY id;

-- each u: ROWS | RANGE | GROUPS
-- each b: UNBOUNDED PRECEDING | 1 PRECEDING | CURRENT ROW | BETWEEN 1 PRECEDING AND 1 FOLLOWING | BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING | BETWEEN 1 FOLLOWING AND 2 FOLLOWING | BETWEEN 2 PRECEDING AND 1 PRECEDING | BETWEEN 1 FOLLOWING AND CURRENT ROW | BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW
-- each e: EXCLUDE NO OTHERS | EXCLUDE CURRENT ROW | EXCLUDE GROUP | EXCLUDE TIES
SELECT id, sum(id) OVER (ORDER BY age @u@ @b@ @e@) AS s, count(*) OVER (ORDER BY age DESC @u@ @b@ @e@) AS n FROM users ORDER BY id;
SELECT id, sum(score) OVER (ORDER BY born RANGE BETWEEN interval '1 year' PRECEDING AND CURRENT ROW) AS s FROM users ORDER BY id;
SELECT id, sum(id) OVER w, rank() OVER (w ORDER BY id DESC) FROM users WINDOW w AS (PARTITION BY age) ORDER BY id;
SELECT id FROM users WHERE row_number() OVER () = 1;
SELECT age, sum(count(*)) OVER (ORDER BY age) FROM users GROUP BY age ORDER BY age;

-- What random queries found: greatest and least of values that are kept as texts; arrays and rows of aggregates; HAVING where only a window function aggregates.
-- each v: '{}'::text[], '{a,b}' | '{2}'::integer[], '{10}', NULL | '"s"'::jsonb, '[]', '1' | '1 day'::interval, '25 hours' | 2.50, 2.5, 2 | 1, 2.5, NULL | NULL, NULL::text | 'a', 'B' | true, false | '10:00+02'::timetz, '09:00+00'
SELECT greatest(@v@), least(@v@);
-- each c: 30 = ANY (array_agg(age)) | 31 = ANY (array_agg(age)) | 31 <> ALL (array_agg(score)) | NULL = ANY (array_agg(age)) | NULL::integer = ANY (array_agg(age) FILTER (WHERE false)) | true = ANY (array_agg(active)) | 'ann' <> ALL (array_agg(name)) | (min(id), count(*)) IN ((1, 1), (count(*), 2)) | (min(id), NULL) NOT IN ((1, 1), (2, count(*))) | (1, 2) IN ((count(*), 2)) | 3 > ALL (array_agg(id)) | count(*) = ANY (ARRAY[2, count(*) - 1])
SELECT age, @c@ AS c FROM users GROUP BY age ORDER BY age;
-- each w: avg(max(id)) OVER () | rank() OVER (ORDER BY min(age)) | sum(0) OVER (PARTITION BY min(born))
SELECT @w@ AS w FROM users HAVING true;
-- each r: replace('', '', NULL) | replace('abc', '', 'x') | replace(NULL, 'a', 'b') | replace('aaa', 'aa', 'b') | replace('Ünal', 'Ü', 'Uu') | replace('abab', 'ab', '') | replace('a', 'abc', 'x')
-- each j: '"s"'::jsonb -> 0 | '"s"'::jsonb -> -1 | '"s"'::jsonb ->> 0 | '1'::jsonb -> 1 | '"s"'::json -> 0 | '{"a": 1}'::jsonb -> 0 | '[1]'::jsonb -> 0
SELECT @r@ AS r, @j@ AS j;
-- each n: 1 | 2 | 3
-- each o: 1, 2 | 2 | 2 DESC, 1 | c, s | 1, s
SELECT DISTINCT @n@ AS c, score AS s FROM users ORDER BY @o@;
-- each j: CROSS JOIN LATERAL (VALUES (u.id)) AS x(n) | CROSS JOIN LATERAL (VALUES (u.id, 1), (-2, u.id)) AS x(n, m) | LEFT JOIN LATERAL (VALUES (u.name)) AS x(n) ON u.id < 3 | CROSS JOIN LATERAL (VALUES (u.id), (2) ORDER BY 1 LIMIT 1) AS x(n)
SELECT u.id, x.* FROM users u @j@ ORDER BY 1, 2;

-- string_agg(DISTINCT …) with any separator that is the same for all rows.
CREATE TABLE labels (id integer PRIMARY KEY, k integer, label text);
INSERT INTO labels VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 1, 'x'), (4, 2, NULL), (5, 3, ''), (6, 3, 'a"b\c'), (7, 3, '😀'), (8, NULL, 'NULL');
-- each s: ',' | ', ' | '' | NULL | chr(10) | 'ab' || 'cd' | '"'
SELECT string_agg(DISTINCT label, @s@) FROM labels;
SELECT k, string_agg(DISTINCT label, @s@ ORDER BY label DESC) FILTER (WHERE id <> 2) AS l, count(DISTINCT label) FROM labels GROUP BY k ORDER BY k;
SELECT string_agg(DISTINCT upper(label), @s@) FROM labels WHERE false;
SELECT string_agg(DISTINCT k::text, @s@ ORDER BY k::text) || '!' FROM labels HAVING count(*) > 1;
