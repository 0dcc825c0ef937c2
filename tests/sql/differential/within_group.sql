-- Ordered-set and hypothetical-set aggregates.
CREATE TABLE m (id integer PRIMARY KEY, g integer, i integer, big bigint, r real, d double precision, n numeric, t text, c character(4), b boolean, day date, at timestamp, z timestamptz, v interval,
  j jsonb, js json, a integer[], u uuid, y bytea, f double precision);
INSERT INTO m VALUES
  (1, 1, 10, 3000000000, 1.5, 2.5, 1.50, 'b', 'x', true, '2024-01-05', '2024-01-05 10:00', '2024-01-05 10:00+00', '1 day', '{"k": 1}', '1', '{1,2}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x01', 0.5),
  (2, 1, 20, 4, 2.5, 1e10, 1.5, 'a', 'x   ', false, '2023-01-05', '2023-01-05 10:00', '2023-01-05 10:00+02', '25 hours', '[1]', '2', '{1}', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00', 0.5),
  (3, 1, NULL, 4, NULL, -3, 2, 'é', 'y', NULL, NULL, NULL, NULL, '2 mons', '2', '3', NULL, NULL, NULL, 0.5),
  (4, 2, 5, NULL, 0.1, NULL, NULL, NULL, NULL, true, '2024-02-29', '2024-02-29 00:00:00.5', '2024-02-29 00:00:00.5+00', NULL, NULL, NULL, '{}', NULL, '\x', 1),
  (5, 2, 5, 7, 0.1, 0.25, 12345678901234567890.5, '', '', false, '2024-02-28', '2024-02-28', '2024-02-28', '-1 hour', 'null', '5', '{3,NULL}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x01', 1),
  (6, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- each p: 0 | 0.25 | 0.5 | 0.9 | 1 | 1::bigint | NULL | '0.75' | 0.3::real | 1.5 | -1 | 'x' | true | ARRAY[0.5, 0, 1] | ARRAY[]::double precision[] | ARRAY[[0.1, NULL], [0.6, 1]] | ARRAY[2] | NULL::double precision[] | '{0.5}'
-- each x: i | big | r | d | n | v
-- each o: ASC | DESC NULLS LAST
SELECT g, percentile_cont(@p@) WITHIN GROUP (ORDER BY @x@ @o@) FROM m GROUP BY g ORDER BY g;
-- each x: t | day | at | j | js | a | b
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY @x@) FROM m;
-- each p: 0 | 0.5 | 1 | 1.01
-- each x: i | big | r | d | n | t | c | b | day | at | z | v | j | a | u
SELECT g, percentile_disc(@p@) WITHIN GROUP (ORDER BY @x@) FROM m GROUP BY g ORDER BY g;
-- each x: i | big | d | n | t | c | b | day | at | z | v | a | u
SELECT g, percentile_disc(ARRAY[0.9, 0.1]) WITHIN GROUP (ORDER BY @x@) FROM m GROUP BY g ORDER BY g;
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY y) FROM m;
-- each x: i | big | r | d | t | c | b | day | at | z | j | js | a | u | y | i % 3 | lower(t) | 1
-- each o: ASC | DESC
SELECT mode() WITHIN GROUP (ORDER BY @x@ @o@) FROM m;
-- differs: A literal without a type is text.
SELECT mode() WITHIN GROUP (ORDER BY NULL) FROM m;
-- differs: A literal without a type is text.
SELECT mode() WITHIN GROUP (ORDER BY 'x') FROM m;
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY js) FROM m;
SELECT g, mode() WITHIN GROUP (ORDER BY b) FROM m GROUP BY g ORDER BY g;
-- each f: rank | dense_rank | percent_rank | cume_dist
-- each h: (5) WITHIN GROUP (ORDER BY i) | (5) WITHIN GROUP (ORDER BY i DESC) | (NULL) WITHIN GROUP (ORDER BY i) | (NULL) WITHIN GROUP (ORDER BY i NULLS FIRST) | (7) WITHIN GROUP (ORDER BY big DESC NULLS LAST) | ('b') WITHIN GROUP (ORDER BY t) | ('x') WITHIN GROUP (ORDER BY c) | ('x'::bpchar) WITHIN GROUP (ORDER BY c DESC) | (1.500) WITHIN GROUP (ORDER BY n) | (2) WITHIN GROUP (ORDER BY n DESC) | (0.25) WITHIN GROUP (ORDER BY d) | ('1 day') WITHIN GROUP (ORDER BY v) | (interval '24 hours') WITHIN GROUP (ORDER BY v DESC NULLS LAST) | ('2') WITHIN GROUP (ORDER BY j) | ('{1,2}') WITHIN GROUP (ORDER BY a) | (ARRAY[1, 1]) WITHIN GROUP (ORDER BY a) | ('2024-01-05') WITHIN GROUP (ORDER BY day) | (true) WITHIN GROUP (ORDER BY b) | ('\x01') WITHIN GROUP (ORDER BY y) | ('2024-01-05 12:00+02') WITHIN GROUP (ORDER BY z) | (1, 15) WITHIN GROUP (ORDER BY g, i) | (1, NULL) WITHIN GROUP (ORDER BY g DESC, i NULLS FIRST) | (2, 5) WITHIN GROUP (ORDER BY g, i) | (1) WITHIN GROUP (ORDER BY g, i) | () WITHIN GROUP (ORDER BY g) | (1) WITHIN GROUP (ORDER BY t) | ('q') WITHIN GROUP (ORDER BY i) | (1.5) WITHIN GROUP (ORDER BY i) | ('1') WITHIN GROUP (ORDER BY js) | (1) | (1) OVER () | () WITHIN GROUP (ORDER BY g) OVER () | (g) WITHIN GROUP (ORDER BY i) | (1 + count(*)) WITHIN GROUP (ORDER BY i) | (DISTINCT 1) WITHIN GROUP (ORDER BY i) | (1 ORDER BY i) WITHIN GROUP (ORDER BY i) | (5) WITHIN GROUP (ORDER BY i) FILTER (WHERE i < 5) | (1) WITHIN GROUP (ORDER BY 1) | (abs(-5)) WITHIN GROUP (ORDER BY i + 1)
SELECT @f@@h@ FROM m;
-- each f: rank | dense_rank | percent_rank | cume_dist
SELECT g, @f@(5) WITHIN GROUP (ORDER BY i), @f@('b', g) WITHIN GROUP (ORDER BY t DESC, g) FROM m GROUP BY g ORDER BY g;
-- each f: rank | dense_rank | percent_rank | cume_dist
SELECT @f@(5) WITHIN GROUP (ORDER BY i), @f@(g) WITHIN GROUP (ORDER BY i) FROM m WHERE false GROUP BY g;
-- each p: 0.5 | 1.5 | NULL | ARRAY[1.5] | ARRAY[0.5]
-- each f: percentile_cont | percentile_disc
SELECT @f@(@p@) WITHIN GROUP (ORDER BY i) FROM m WHERE false;
-- each p: f | f / 2 | f + 1 | d | max(f) | (SELECT 0.5) | (SELECT f) | (SELECT d) | g | random() * 0
SELECT g, percentile_disc(@p@) WITHIN GROUP (ORDER BY i) FROM m GROUP BY g, f ORDER BY g;
SELECT g, f, percentile_disc(coalesce(f, 0)) WITHIN GROUP (ORDER BY i) FROM m WHERE g < 3 GROUP BY ROLLUP (g, f) ORDER BY g, f;
SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY i) AS p FROM m GROUP BY g HAVING mode() WITHIN GROUP (ORDER BY b) ORDER BY p DESC NULLS LAST, g;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i) FILTER (WHERE b), percentile_disc(2) WITHIN GROUP (ORDER BY i) FILTER (WHERE false) FROM m;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i) - avg(i), round(percentile_cont(0.5) WITHIN GROUP (ORDER BY n)::numeric, 2) FROM m;
SELECT g, (SELECT mode() WITHIN GROUP (ORDER BY t) FROM m AS o WHERE o.g = m.g) FROM m ORDER BY id;
SELECT (SELECT mode() WITHIN GROUP (ORDER BY m.t)) FROM m;
SELECT (SELECT percentile_cont(o.f) WITHIN GROUP (ORDER BY m.i) FROM m AS o LIMIT 1) FROM m;
SELECT sum(percentile_cont(0.5) WITHIN GROUP (ORDER BY i)) OVER () FROM m GROUP BY g;
SELECT DISTINCT mode() WITHIN GROUP (ORDER BY b) FROM m GROUP BY g ORDER BY 1;
-- each e: mode(t) | mode() | percentile_cont(0.5) | percentile_cont(0.5, i) | percentile_cont() WITHIN GROUP (ORDER BY i) | percentile_cont(0.5, 1) WITHIN GROUP (ORDER BY i) | percentile_cont() WITHIN GROUP (ORDER BY f, i) | percentile_cont(0.5) WITHIN GROUP (ORDER BY i, g) | mode(1) WITHIN GROUP (ORDER BY i) | sum() WITHIN GROUP (ORDER BY i) | sum(i) WITHIN GROUP (ORDER BY i) | count(*) WITHIN GROUP (ORDER BY i) | row_number() WITHIN GROUP (ORDER BY i) | first_value() WITHIN GROUP (ORDER BY i) | abs() WITHIN GROUP (ORDER BY i) | nothing() WITHIN GROUP (ORDER BY i) | mode(DISTINCT i) WITHIN GROUP (ORDER BY i) | mode() WITHIN GROUP (ORDER BY i) OVER () | mode() WITHIN GROUP (ORDER BY sum(i)) | mode() WITHIN GROUP (ORDER BY nobody) | mode() WITHIN GROUP (ORDER BY i) FILTER (WHERE 1) | percentile_cont(fraction => 0.5) WITHIN GROUP (ORDER BY i) | pg_catalog.mode() WITHIN GROUP (ORDER BY i) | "mode"() WITHIN GROUP (ORDER BY i) | MODE() WITHIN GROUP (ORDER BY i) | mode() WITHIN GROUP (ORDER BY i NULLS FIRST) | mode() WITHIN GROUP (ORDER BY (SELECT 1)) | mode() WITHIN GROUP (ORDER BY t COLLATE "C")
SELECT @e@ FROM m;
-- each c: WHERE mode() WITHIN GROUP (ORDER BY i) = 1 | GROUP BY mode() WITHIN GROUP (ORDER BY i)
SELECT 1 FROM m @c@;
