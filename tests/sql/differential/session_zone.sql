-- A session in another time zone: what it prints, reads and computes where clocks change.
CREATE TABLE visit (id integer PRIMARY KEY, at timestamptz, day date, clock timestamp, kept timestamptz DEFAULT '2026-06-01 12:00');
INSERT INTO visit VALUES (1, '2026-03-29 00:30+00', '2026-03-29', '2026-03-29 02:30'), (2, '2026-03-29 01:30+00', '2026-03-30', '2026-03-29 03:30'), (3, '2026-10-25 00:30+00', '2026-10-25', '2026-10-25 02:30'), (4, '2026-10-25 01:30+00', '2026-11-01', '2026-10-25 01:30'), (5, '2026-03-08 07:30+00', '2026-03-08', '2026-03-08 02:30'), (6, '2026-11-01 05:30+00', '2026-11-01', '2026-11-01 01:30'), (7, '2026-11-01 06:30+00', NULL, NULL), (8, NULL, NULL, NULL), (9, 'infinity', 'infinity', '-infinity'), (10, '0001-06-01 00:00+00', '9999-12-31', '9999-12-31 00:00');

-- each name: Europe/Berlim | nonsense | PST | 1000
SET TIME ZONE '@name@';

-- rest zone: UTC | Europe/Berlin | America/New_York | Asia/Kolkata | Pacific/Apia | America/St_Johns | 2 | -3.5
SET TIME ZONE '@zone@';
SHOW TIME ZONE;
SELECT at, at::text, at::varchar(13), at::char(30), at::date, at::time, at::timetz, at::timestamp, at::timestamp(0) FROM visit WHERE id < 9 ORDER BY id;
SELECT to_json(at), to_jsonb(at), json_build_object('at', at), jsonb_build_array(at, clock, day), row_to_json(v) FROM visit v WHERE id < 9 ORDER BY id;
SELECT concat(at, '|', clock), format('%s %L', at, at), quote_literal(at), at || '!', array[at, at]::text, array_to_string(array[at, NULL], ',', '-'), row(at, id)::text FROM visit WHERE id < 9 ORDER BY id;
SELECT json_agg(at ORDER BY id), array_agg(at ORDER BY id), min(at), max(at), string_agg(at::text, ' ' ORDER BY id) FROM visit WHERE id < 9;
SELECT day::timestamptz, clock::timestamptz, day = at, clock < at, at >= day FROM visit WHERE id < 9 ORDER BY id;
-- each part: hour | day | month | quarter | week | dow | doy | epoch | timezone | timezone_hour | timezone_minute | isoyear | century | minute
SELECT id, extract(@part@ FROM at), date_part('@part@', at) FROM visit WHERE id < 9 ORDER BY id;
-- each part: second | minute | hour | day | week | month | quarter | year | decade
SELECT id, date_trunc('@part@', at) FROM visit WHERE id < 9 ORDER BY id;
-- each step: 1 hour | 1 day | 24 hours | 1 month | 1 day 1 hour | -1 day | 1 year -1 day | 00:00:01
SELECT id, at + interval '@step@', at - interval '@step@', interval '@step@' + at FROM visit WHERE id < 9 ORDER BY id;
SELECT a.id, b.id, a.at - b.at, age(a.at, b.at), a.at < b.day, a.at = b.clock FROM visit a, visit b WHERE a.id < 9 AND b.id < 9 ORDER BY 1, 2;
-- each template: YYYY-MM-DD HH24:MI:SS | OF | TZH:TZM | HH12 AM Day | FMOF | J
SELECT id, to_char(at, '@template@') FROM visit WHERE id < 9 ORDER BY id;
-- each text: 2026-03-29 02:30 | 2026-10-25 02:30 | 2026-10-25 02:30+01 | 2026-03-08 02:30 | 2026-11-01 01:30 | 2026-11-01 01:30 Europe/Berlin | 2026-07-01 | 2026-07-01 10:00 CET | epoch | infinity | 20260701T101112.5 | 2026-07-01 24:00
SELECT '@text@'::timestamptz, '@text@'::timestamptz(0), '@text@'::text::timestamptz, '@text@'::timestamp, '@text@'::timestamptz = '2026-07-01'::date;
-- each template: YYYY-MM-DD HH24:MI | YYYY-MM-DD HH24:MI TZH
SELECT to_timestamp('2026-07-01 10:00 +3', '@template@'), to_timestamp('2026-01-01 10:00 -05', '@template@');
SELECT to_timestamp(1785578400.5), make_timestamptz(2026, 3, 29, 2, 30, 0), make_timestamptz(2026, 11, 1, 1, 30, 1.5), date_bin('1 day', timestamptz '2026-07-01 10:00+00', timestamptz '2026-01-01 00:00+00');
SELECT x FROM generate_series(timestamptz '2026-03-28 12:00+00', '2026-03-31 12:00+00', '1 day') AS s (x);
SELECT x FROM generate_series(timestamptz '2026-10-24 22:00+00', '2026-10-25 04:00+00', '1 hour') AS s (x);
SELECT id, x FROM visit, generate_series(at, at + interval '2 days', interval '1 day') AS s (x) WHERE id < 8 ORDER BY id, x;
SELECT localtimestamp = now()::timestamp, current_date = now()::date, localtime = now()::time, current_time = now()::timetz, localtimestamp(0) = now()::timestamp(0), 'today'::date = current_date, 'tomorrow'::timestamptz = current_date + 1, 'now'::timestamp = localtimestamp;
SELECT date(at), count(*) FROM visit WHERE id < 9 GROUP BY 1 ORDER BY 1;
SELECT at AT TIME ZONE 'Europe/London', clock AT TIME ZONE 'Europe/London', timezone('UTC', at) FROM visit WHERE id < 9 ORDER BY id;
SELECT id, count(*) OVER (ORDER BY at RANGE BETWEEN interval '2 hours' PRECEDING AND CURRENT ROW) FROM visit WHERE id < 8 ORDER BY id;
SELECT count(*) OVER (ORDER BY at RANGE BETWEEN interval '1 day' PRECEDING AND CURRENT ROW) FROM visit WHERE id < 8 ORDER BY id;
SELECT id, count(*) OVER (ORDER BY at RANGE BETWEEN interval '1 month 1 day' PRECEDING AND interval '1 day' FOLLOWING) FROM visit WHERE id < 8 ORDER BY id;
SELECT x, count(*) OVER (ORDER BY x RANGE BETWEEN '1 day' PRECEDING AND '2 days' FOLLOWING), count(*) OVER (ORDER BY x DESC RANGE BETWEEN '1 day' FOLLOWING AND UNBOUNDED FOLLOWING) FROM generate_series(timestamptz '2026-03-28 00:00+00', '2026-03-31 12:00+00', '1 hour') AS s (x);
SELECT x, count(*) OVER (ORDER BY x RANGE BETWEEN '1 day' PRECEDING AND '2 days' FOLLOWING), count(*) OVER (ORDER BY x DESC RANGE BETWEEN '1 day' FOLLOWING AND UNBOUNDED FOLLOWING) FROM generate_series(timestamptz '2026-10-24 00:00+00', '2026-10-27 12:00+00', '1 hour') AS s (x);
SELECT '{2026-07-01 10:00+00}'::timestamptz[];
SELECT time '10:00'::timetz = '10:00'::timetz, '10:00+02'::timetz, timetz '10:00+02' AT TIME ZONE 'UTC';
INSERT INTO visit (id, at) VALUES (20, '2026-03-29 02:30') RETURNING at, kept;
UPDATE visit SET at = at + interval '1 day' WHERE id = 20 RETURNING id, at;
SELECT id, at, kept FROM visit WHERE at > '2026-03-30' AND at < date '2026-04-02' ORDER BY id;
DELETE FROM visit WHERE id = 20 RETURNING at::text;
SELECT at FROM (SELECT at FROM visit WHERE id < 3 UNION SELECT clock FROM visit WHERE id < 3) AS t ORDER BY 1;
SELECT CASE WHEN id = 1 THEN at ELSE clock END, coalesce(at, clock, day), greatest(at, day) FROM visit WHERE id < 9 ORDER BY id;
SELECT * FROM jsonb_to_record('{"at": "2026-07-01 10:00"}') AS r (at timestamptz);
