-- Window functions: aggregates over frames that move, and frames by distance.
CREATE TABLE w (id integer PRIMARY KEY, g integer, i integer, n numeric(8, 2), r real, d double precision, t text, day date, at timestamp, tz timestamptz);
INSERT INTO w VALUES (1, 1, 7, 1.50, 1.5, 2.5, 'a', '2024-01-31', '2024-01-31 10:00', '2024-01-31 10:00+00'),
  (2, 1, 5, 2.25, 0.1, -1, NULL, '2024-02-01', '2024-01-31 10:30', '2024-01-31 23:30+02'),
  (3, 1, NULL, NULL, NULL, NULL, 'b', '2024-02-01', '2024-02-02 00:00', NULL),
  (4, 1, 12, 9.75, 16777216, 4, 'c', '2024-02-29', '2024-02-29 23:59:59.999999', '2024-02-29 23:59:59+00'),
  (5, 2, 1, 3, 1, 1e10, 'd', '2024-03-01', '2024-03-01 00:00', '2024-03-01 00:00-05'),
  (6, 2, 3, 4, 0.25, 1, NULL, NULL, NULL, NULL), (7, 2, 6, 0, 3, 0.5, 'e', '2024-03-31', '2024-03-31 12:00', '2024-03-31 12:00+00'),
  (8, 2, -6, -2, -3, 0.125, 'f', '0001-01-02', '0001-01-01 00:00', '9999-12-30 00:00+00'), (9, 2, 8, 1, 2, 3, NULL, 'infinity', 'infinity', 'infinity'),
  (10, 2, 9, 1, 2, 3, 'g', '-infinity', '-infinity', '-infinity'), (11, NULL, 4, 1, 1, 1, 'h', '2024-02-28', '2024-02-28 00:00:00.000001', '2024-02-27 12:00-12');

SELECT id, jsonb_object_agg(id, t) OVER (ORDER BY id ROWS 2 PRECEDING), json_object_agg(id, jsonb_build_object('a, b', t)) FILTER (WHERE i > 3) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM w ORDER BY id;
SELECT id, jsonb_object_agg(g, id) OVER (PARTITION BY g ORDER BY day RANGE BETWEEN '1 month' PRECEDING AND CURRENT ROW) FROM w WHERE g IS NOT NULL ORDER BY id;
-- each f: stddev(d) | stddev_pop(d) | variance(d) | var_pop(r) | sum(r) | bit_and(i) | bit_or(i) | bit_xor(i) | any_value(t) | regr_count(d, r)
-- each o: | ORDER BY id | ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW | ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING | ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING | ORDER BY id ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW | ORDER BY id GROUPS 1 PRECEDING | ORDER BY id ROWS BETWEEN 5 PRECEDING AND 4 PRECEDING
SELECT id, @f@ OVER (@o@) FROM w ORDER BY id;
-- each f: stddev(d) | sum(r) | corr(d, r) | regr_slope(r, d) | covar_pop(i, d) | regr_count(i, r) | var_samp(i) | stddev(n) | regr_r2(d, i)
-- each o: PARTITION BY g | PARTITION BY g ORDER BY id DESC | PARTITION BY g ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING | ORDER BY id ROWS 3 PRECEDING EXCLUDE TIES
SELECT id, round((@f@ OVER (@o@))::numeric, 6) FROM w ORDER BY id;
-- each f: stddev(d) | bit_or(i) | any_value(t) | sum(r)
SELECT id, @f@ FILTER (WHERE id % 2 = 0) OVER (ORDER BY id ROWS 3 PRECEDING) FROM w ORDER BY id;
SELECT g, stddev(sum(d)) OVER (ORDER BY g), any_value(max(t)) OVER (ORDER BY g DESC) FROM w GROUP BY g ORDER BY g;
SELECT id, stddev(d) OVER x, bit_or(i) OVER (x ROWS 1 PRECEDING) FROM w WINDOW x AS (PARTITION BY g ORDER BY id) ORDER BY id;
-- each f: percentile_cont(0.5) WITHIN GROUP (ORDER BY d) | mode() WITHIN GROUP (ORDER BY i) | stddev(DISTINCT d) | any_value(t ORDER BY t)
SELECT @f@ OVER () FROM w;

-- each c: day | at | tz
-- each f: 1 day | 12 hours | 0 | 29 days 23:59:59.999999 | 30 days | 400000 days | 1 day -1 hour | 1 week
-- each o: ORDER BY @c@ | ORDER BY @c@ DESC | ORDER BY @c@ NULLS FIRST
SELECT id, count(*) OVER (@o@ RANGE '@f@' PRECEDING), sum(i) OVER (@o@ RANGE BETWEEN '@f@' PRECEDING AND '@f@' FOLLOWING), array_agg(id) OVER (@o@, id ROWS 1 PRECEDING) FROM w ORDER BY id;
-- each c: day | at | tz
SELECT id, sum(n) OVER (PARTITION BY g ORDER BY @c@ RANGE BETWEEN interval '3 days' FOLLOWING AND interval '40 days' FOLLOWING) FROM w ORDER BY id;
-- each c: day | at | tz
SELECT id, first_value(id) OVER (ORDER BY @c@ RANGE BETWEEN interval '36 hours' PRECEDING AND CURRENT ROW EXCLUDE GROUP) FROM w WHERE id <> 3 ORDER BY id;
-- each c: i | d | r
-- each f: 1 | 2 | 3.5 | 0
SELECT id, count(*) OVER (ORDER BY @c@ RANGE BETWEEN @f@ PRECEDING AND @f@ FOLLOWING) FROM w ORDER BY id;
-- each f: -1 day | -00:00:01 | junk | 1 month
SELECT id, count(*) OVER (ORDER BY day RANGE '@f@' PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY day RANGE NULL PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY day RANGE 1 PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY i RANGE -1 PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY i ROWS -1 PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY i ROWS NULL PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY n RANGE 1 PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY t RANGE 1 PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (ORDER BY day, id RANGE '1 day' PRECEDING) FROM w ORDER BY id;
SELECT id, count(*) OVER (x RANGE '1 day' PRECEDING) FROM w WINDOW x AS (ORDER BY day) ORDER BY id;
SELECT id, count(*) OVER x FROM w WINDOW x AS (ORDER BY day RANGE '1 day' PRECEDING) ORDER BY id;

-- frames by months, by numbers of any size, over the order of a named window
-- each c: day | at | tz
-- each f: 1 month | 1 year 2 months | 1 month 3 days | 1 month -2 days | 24 months
-- each o: ORDER BY @c@ | ORDER BY @c@ DESC | ORDER BY @c@ NULLS FIRST | ORDER BY @c@ DESC NULLS LAST | PARTITION BY g ORDER BY @c@
SELECT id, count(*) OVER (@o@ RANGE '@f@' PRECEDING), sum(i) OVER (@o@ RANGE BETWEEN '@f@' PRECEDING AND '@f@' FOLLOWING), min(n) OVER (@o@ RANGE BETWEEN CURRENT ROW AND '@f@' FOLLOWING) FROM w WHERE @c@ > '1900-01-01' OR @c@ IS NULL OR @c@ = '-infinity' ORDER BY id;
-- each c: day | at | tz
-- each f: interval '1 month' PRECEDING AND interval '3 days' PRECEDING | interval '3 days' FOLLOWING AND interval '2 months' FOLLOWING | UNBOUNDED PRECEDING AND interval '1 month' FOLLOWING | interval '1 month' PRECEDING AND UNBOUNDED FOLLOWING | CURRENT ROW AND '1 month' FOLLOWING | '1 month' PRECEDING AND CURRENT ROW | '1 month' PRECEDING AND '2 months' PRECEDING
-- each e: | EXCLUDE CURRENT ROW | EXCLUDE GROUP | EXCLUDE TIES
SELECT id, array_agg(id) OVER x, count(*) FILTER (WHERE i > 3) OVER x, first_value(id) OVER x, last_value(id) OVER x, nth_value(id, 2) OVER x, max(t) OVER x, avg(n) OVER x FROM w WHERE id < 8 WINDOW x AS (ORDER BY @c@ RANGE BETWEEN @f@ @e@) ORDER BY id;
-- each f: 1 | 1.25 | 0 | 0.00 | 1e30 | 3::smallint
-- each o: ORDER BY n | ORDER BY n DESC | ORDER BY n NULLS FIRST | PARTITION BY g ORDER BY n DESC NULLS LAST
-- each e: | EXCLUDE CURRENT ROW | EXCLUDE GROUP | EXCLUDE TIES
SELECT id, count(*) OVER (@o@ RANGE BETWEEN @f@ PRECEDING AND CURRENT ROW @e@), sum(n) OVER (@o@ RANGE BETWEEN @f@ PRECEDING AND @f@ FOLLOWING @e@), sum(i) OVER (@o@ RANGE BETWEEN @f@ FOLLOWING AND 5 FOLLOWING @e@), min(n) OVER (@o@ RANGE @f@ PRECEDING @e@) FROM w ORDER BY id;
-- each f: 1 | 0.1 | 'Infinity'
-- each o: ORDER BY v | ORDER BY v DESC
-- each r: @f@ PRECEDING AND @f@ FOLLOWING | @f@ PRECEDING AND CURRENT ROW | @f@ FOLLOWING AND @f@ FOLLOWING
SELECT v, count(*) OVER (@o@ RANGE BETWEEN @r@) FROM (VALUES (1::numeric), (1.1), (1.10), (0.1), (123456789012345678901234567890.1), (123456789012345678901234567890.2), ('NaN'), ('Infinity'), ('-Infinity'), (NULL)) AS a (v) ORDER BY v, v::text;
-- each f: -1 | 'NaN' | NULL | 'x' | '1 day'::interval | n
SELECT id, count(*) OVER (ORDER BY n RANGE @f@ PRECEDING) FROM w ORDER BY id;
-- each f: interval '-1 month' | interval '1 month' * -1 | NULL::interval | interval '1 month' - interval '31 days' | make_interval(months => 1) | (SELECT interval '1 month') | 5 | 'x'
SELECT id, count(*) OVER (ORDER BY at RANGE @f@ PRECEDING) FROM w WHERE id < 8 ORDER BY id;
SELECT id, count(*) OVER x, sum(i) OVER (x), rank() OVER x, lag(id) OVER x, row_number() OVER x FROM w WINDOW x AS (ORDER BY day) ORDER BY id;
SELECT id, count(*) OVER x, rank() OVER x, lag(id) OVER x, row_number() OVER (x), ntile(2) OVER x FROM w WHERE id < 8 WINDOW x AS (ORDER BY day, id), y AS (ORDER BY day RANGE '1 month' PRECEDING) ORDER BY id;
-- each f: count(*) | rank() | percent_rank() | lead(id) | ntile(3) | dense_rank() | cume_dist() | row_number() | string_agg(t, '-') | json_agg(id) | bool_and(i > 3) | bit_or(i) | stddev(d) | regr_count(d, r) | any_value(g) | sum(r) | min(t) | max(at) | array_agg(day) | avg(i) | first_value(at) | sum(interval '1 day' * i) | nth_value(t, 0) | nth_value(t, NULL) | nth_value(id, id) | lag(t, i)
SELECT id, @f@ OVER (PARTITION BY g ORDER BY day RANGE BETWEEN '1 month' PRECEDING AND '1 month' FOLLOWING) FROM w WHERE id < 8 ORDER BY id;
SELECT id, nth_value(t, 0) OVER (ORDER BY id) FROM w;
SELECT id, sum(i) OVER y FROM w WHERE id < 8 WINDOW x AS (PARTITION BY g), y AS (x ORDER BY day RANGE '1 month' PRECEDING) ORDER BY id;
SELECT id, sum(i) OVER (y RANGE '1 month' PRECEDING) FROM w WHERE id < 8 WINDOW x AS (PARTITION BY g), y AS (x ORDER BY day) ORDER BY id;
SELECT id, sum(i) OVER (y) FROM w WINDOW y AS (ORDER BY day RANGE '1 month' PRECEDING) ORDER BY id;
SELECT id, sum(i) OVER (y RANGE '1 month' PRECEDING) FROM w WINDOW y AS (ORDER BY id ROWS 1 PRECEDING) ORDER BY id;
SELECT id FROM w WHERE id < 8 ORDER BY sum(i) OVER (ORDER BY day RANGE '1 month' PRECEDING), id;
SELECT day, sum(sum(i)) OVER (ORDER BY day RANGE '1 month' PRECEDING) FROM w WHERE id < 8 GROUP BY day ORDER BY day;
SELECT g, n, sum(sum(n)) OVER (ORDER BY n RANGE 2 PRECEDING) FROM w GROUP BY g, n ORDER BY g, n;
SELECT id, (SELECT sum(u.i) OVER (ORDER BY u.day RANGE '1 month' PRECEDING) FROM w u WHERE u.id = w.id) FROM w ORDER BY id;
SELECT a.v, sum(a.v) OVER (ORDER BY a.at RANGE BETWEEN '1 month' PRECEDING AND '1 month' FOLLOWING) FROM (SELECT i AS v, timestamp '2024-01-29' + i * interval '1 day 1 hour' AS at FROM generate_series(0, 70) i) AS a ORDER BY 1;
SELECT a.v, count(*) OVER (ORDER BY a.at DESC RANGE BETWEEN '1 month' FOLLOWING AND '2 months' FOLLOWING) FROM (SELECT i AS v, timestamp '2024-01-29' + i * interval '1 day 1 hour' AS at FROM generate_series(0, 70) i) AS a ORDER BY 1;
SELECT sum(v) OVER (ORDER BY day RANGE '1 month' PRECEDING) FROM (SELECT 9223372036854775807 AS v, day FROM w WHERE id < 8) AS a;
SELECT sum(1 / (id - 3)) OVER (ORDER BY day RANGE '1 month' PRECEDING) FROM w;

-- windows over the rows of several groupings
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT g, t, sum(i), grouping(g, t), rank() OVER (PARTITION BY grouping(g, t) ORDER BY sum(i) DESC NULLS LAST), sum(sum(i)) OVER (), count(*) OVER (PARTITION BY g), first_value(t) OVER (ORDER BY count(*) DESC, sum(d), t, g, grouping(g, t)) FROM w GROUP BY @g@ ORDER BY 4, 1, 2;
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT g, t, sum(i) AS s, lag(sum(i)) OVER x, max(count(*)) OVER (x ROWS 1 PRECEDING) FROM w WHERE id < 9 GROUP BY @g@ HAVING count(*) > 0 WINDOW x AS (ORDER BY grouping(g, t), g, t, sum(i)) ORDER BY grouping(g, t), g, t, s;
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT DISTINCT g, count(*) OVER (PARTITION BY g) FROM w GROUP BY @g@ ORDER BY 1, 2;
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT rank() OVER (ORDER BY grouping(g, t)) FROM w GROUP BY @g@ ORDER BY 1;
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT g FROM w GROUP BY @g@ ORDER BY row_number() OVER (ORDER BY grouping(g, t), g, t), g;
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT DISTINCT ON (g) g, t, sum(i) FROM w GROUP BY @g@ ORDER BY g, grouping(g, t), t, sum(i);
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT count(*), sum(r) FROM (SELECT row_number() OVER (PARTITION BY g) AS r FROM w GROUP BY @g@) AS a;
-- each g: ROLLUP (g, t) | CUBE (g, t) | GROUPING SETS ((g), (t), (), (g)) | g, ROLLUP (t) | GROUPING SETS ((g, t), ())
SELECT g, (SELECT count(*) FROM w v WHERE v.g = w.g), row_number() OVER (ORDER BY grouping(g, t), g, t) FROM w GROUP BY @g@ ORDER BY 3;
SELECT coalesce(g::text, 'all'), count(*) * 2 + rank() OVER (ORDER BY count(*)) FROM w GROUP BY ROLLUP (g) ORDER BY 1, 2;
SELECT g + 1 AS h, sum(i) OVER (ORDER BY g) FROM w GROUP BY ROLLUP (g + 1), g, i ORDER BY 1, 2;
SELECT g, sum(i), sum(sum(i)) OVER (ORDER BY g RANGE 1 PRECEDING), day, sum(sum(i)) OVER (ORDER BY day RANGE '1 month' PRECEDING) FROM w WHERE id < 8 GROUP BY ROLLUP (g, day) ORDER BY g, day;
SELECT g, sum(sum(i)) OVER () FROM w GROUP BY ROLLUP (g) HAVING grouping(g) = 0 ORDER BY 1;
SELECT t, sum(i) OVER () FROM w GROUP BY ROLLUP (g);
SELECT rank() OVER () FROM w WHERE false GROUP BY ROLLUP (g);
-- a window is what DISTINCT ON chooses by
SELECT DISTINCT ON (sum(i) OVER x) sum(i) OVER x, id FROM w WHERE id < 8 WINDOW x AS (ORDER BY day RANGE '1 month' PRECEDING) ORDER BY sum(i) OVER x, id;
SELECT DISTINCT ON (1) ntile(2) OVER (ORDER BY id) AS n, id FROM w ORDER BY 1, id DESC;
SELECT DISTINCT ON (g) g, id FROM w ORDER BY g, row_number() OVER (ORDER BY i DESC NULLS LAST), id;
SELECT DISTINCT ON (rank() OVER (ORDER BY g)) g, count(*) FROM w GROUP BY g ORDER BY rank() OVER (ORDER BY g), 2 LIMIT 2;
