-- Periods: all orders and NULLs.
-- each a: '2026-01-01' | '2026-01-05' | '2026-01-10' | NULL
-- each b: '2026-01-01' | '2026-01-05' | '2026-01-10' | NULL
-- each c: '2026-01-01' | '2026-01-05' | NULL
-- each d: '2026-01-05' | '2026-01-20' | NULL
SELECT (@a@::timestamp, @b@::timestamp) OVERLAPS (@c@::timestamp, @d@::timestamp);

-- each t: date | timestamp | timestamptz
SELECT (a, b) OVERLAPS (c, d) FROM (VALUES ('2001-02-16'::@t@, '2001-12-21'::@t@, '2001-10-30'::@t@, '2002-10-30'::@t@), ('2001-10-29', '2001-10-30', '2001-10-30', '2001-10-31'), ('2001-10-30', '2001-10-30', '2001-10-30', '2001-10-31'), ('-infinity', '2001-01-01', '1999-01-01', 'infinity')) AS x(a, b, c, d);

-- each t: date | timestamp | timestamptz
-- each i: '100 days' | '-1 day' | '0' | '1 month'
SELECT (a, interval @i@) OVERLAPS (c, d), (c, d) OVERLAPS (a, interval @i@), (a, interval @i@) OVERLAPS (d, interval @i@) FROM (VALUES ('2001-02-16'::@t@, '2001-10-30'::@t@, '2002-10-30'::@t@), ('2001-10-01', '2001-10-30', NULL), (NULL, '2001-10-30', '2001-10-31')) AS x(a, c, d);

-- each a: '11:00' | '11:10' | '23:00'
-- each t: time | timetz
SELECT (@a@::@t@, '11:20'::@t@) OVERLAPS ('11:10'::@t@, '12:00'::@t@);

SELECT (time '11:00', interval '2 hours') OVERLAPS (time '12:59', time '14:00'), (time '23:00', interval '2 hours') OVERLAPS (time '12:59', time '14:00');

SELECT ('11:00+02'::timetz, '12:00+02'::timetz) OVERLAPS ('09:30+00'::timetz, '11:00+01'::timetz);

-- each x: (1, 2) OVERLAPS (3, 4) | (date '2026-01-01', 1) OVERLAPS (date '2026-01-01', date '2026-01-02') | (1, 2, 3) OVERLAPS (3, 4) | (1, 2) OVERLAPS (3, 4, 5) | 1 OVERLAPS 2 | ROW(date '2026-01-01', date '2026-01-03') OVERLAPS ROW(date '2026-01-02', date '2026-01-05') | NOT (date '2026-01-01', date '2026-01-03') OVERLAPS (date '2026-01-03', date '2026-01-05') | (date '2026-01-01', date '2026-01-03') OVERLAPS (date '2026-01-03', date '2026-01-05') = false | (date '2026-01-01', date '2026-01-03') OVERLAPS (date '2026-01-02', date '2026-01-05') AND true | overlaps(date '2026-01-01', date '2026-01-03', date '2026-01-02', date '2026-01-05') | (timestamp '2026-01-01', timestamptz '2026-01-03') OVERLAPS (date '2026-01-02', date '2026-01-05')
SELECT @x@;

CREATE TABLE booking (id integer PRIMARY KEY, room integer, begins timestamptz, ends timestamptz);

INSERT INTO booking VALUES (1, 1, '2026-01-01 10:00', '2026-01-01 12:00'), (2, 1, '2026-01-01 11:00', '2026-01-01 13:00'), (3, 1, '2026-01-01 12:00', '2026-01-01 14:00'), (4, 2, '2026-01-01 10:00', NULL);

SELECT a.id, b.id FROM booking a JOIN booking b ON a.room = b.room AND a.id < b.id AND (a.begins, a.ends) OVERLAPS (b.begins, b.ends) ORDER BY a.id, b.id;

SELECT id FROM booking WHERE (begins, ends) OVERLAPS ('2026-01-01 11:30'::timestamptz, interval '1 hour') ORDER BY id;
