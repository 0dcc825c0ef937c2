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
