-- Dates, times, timestamps and intervals.
-- each d: date '2026-01-31' | date '2024-02-29' | timestamp '2026-01-31 10:11:12.345' | timestamptz '2026-01-31 23:30:00+02' | date '1999-12-31' | timestamp 'infinity'
-- each f: year | month | day | hour | minute | second | quarter | week | isoyear | isodow | dow | doy | epoch | decade | century | millennium | milliseconds | microseconds | julian | timezone | fortnight
SELECT extract(@f@ FROM @d@), date_part('@f@', @d@);

-- each d: date '2026-01-31' | timestamp '2026-05-17 10:11:12.345' | timestamptz '2026-01-31 23:30:00+02' | interval '1 year 5 mons 17 days 10:11:12.345'
-- each f: microseconds | milliseconds | second | minute | hour | day | week | month | quarter | year | decade | century | millennium | fortnight
SELECT date_trunc('@f@', @d@);

-- each d: date '2026-01-31' | timestamp '2026-01-31 10:00:00' | timestamptz '2026-01-31 10:00:00+00' | time '10:00:00' | interval '1 day'
-- each o: + | -
-- each b: interval '1 month' | interval '1 day -2 hours' | 1 | date '2026-01-01' | timestamp '2026-01-01 05:00:00' | time '05:00:00' | interval '1 year 1.5 days'
SELECT @d@ @o@ @b@;

-- each d: date '2026-01-31' | timestamp '2026-01-31 00:00:00' | timestamptz '2026-01-31 00:00:00+00'
-- each o: = | < | >= | <>
-- each b: date '2026-01-31' | timestamp '2026-01-31 10:00:00' | timestamptz '2026-01-30 22:00:00-02' | '2026-02-01'
SELECT @d@ @o@ @b@;

-- each t: date | timestamp | timestamptz
-- each x: '2026-01-31' | '20260131' | '1/31/2026' | 'Jan 31 2026' | '31 January 2026' | '2026-1-5' | '2026-02-30' | '2026-13-01' | '' | 'x' | '2026-01-31 10:11' | '2026-01-31T10:11:12Z' | '2026-01-31 10:11:12.1234567' | '2026-01-31 10:11:12+05:30' | '2026-01-31 25:00' | '2026-01-31 24:00' | 'epoch' | 'infinity' | '2026-01-31 10:11 PM' | '2026-W05-6' | '99-01-31' | '31/01/2026'
SELECT @x@::@t@;

-- An offset behind a date alone.
-- each t: date | timestamp | timestamptz
-- each x: '2026-01-01-05' | '2026-01-01 -05' | 'January 8, 1999 +02' | '20260101+02' | '20260101 -02' | '2026-01-01+05:30' | '2026-01-01 +0530' | '2026-01-01+' | '2026-001+02' | '8 January +02' | '2026-01-01 +00 10:00' | '2026-01-01+05 12:30' | '1/2/2026+02' | '1/2/2026-02' | '2-Jan-2026-02' | '2-Jan-2026+02' | '2-Jan-2026 -02' | '2026-01-01+16' | '2026-01-01 +05 +06'
SELECT @x@::@t@;

-- each t: time | timetz
-- each x: '10:11' | '10:11:12.5' | '10:11 PM' | '24:00' | '25:00' | '10:60' | 'allballs' | '10:11:12+02' | 'x' | ''
SELECT @x@::@t@;

-- each x: '1 day' | '1 year 2 months' | '3 days 04:05:06' | 'P1Y2M3DT4H5M6S' | 'P1W' | 'PT36H' | '1.5 days' | '1.5 months' | '-1 day' | '1 day ago' | '1-2' | '1 2:03:04' | '36 hours' | '90 minutes' | '1 week' | '1 century' | '100 ms' | '@ 1 minute' | '' | 'x' | '1' | '1 fortnight' | '0.001 second' | '-1 year +2 days' | '1 y 2 mon 3 d 4 h 5 m 6 s' | '1 mon -1 day'
SELECT @x@::interval, -(@x@::interval), @x@::interval * 2, @x@::interval / 2, extract(epoch FROM @x@::interval);

-- each a: interval '1 mon' | interval '30 days' | interval '24:00' | interval '1 day' | interval '0'
-- each b: interval '1 mon' | interval '1 day' | interval '720 hours' | interval '-1 day'
SELECT @a@ = @b@, @a@ < @b@, @a@ + @b@, @a@ - @b@;

-- each f: age(timestamp '2026-01-31', timestamp '2025-12-25') | age(timestamp '2025-02-28', timestamp '2026-01-31') | justify_days(interval '35 days') | justify_hours(interval '27 hours') | justify_interval(interval '1 mon -1 hour') | make_date(2026, 1, 31) | make_date(2026, 2, 30) | make_time(10, 11, 12.5) | make_timestamp(2026, 1, 31, 10, 0, 0.5) | make_interval(days => 3, hours => 2) | make_interval(1, 2, 3, 4, 5, 6, 7.5) | date_bin('15 minutes', timestamp '2026-01-31 10:11:12', timestamp '2026-01-01') | date_bin('1 month', timestamp '2026-01-31', timestamp '2026-01-01') | isfinite(date 'infinity') | isfinite(timestamp '2026-01-01') | isfinite(interval '1 day') | to_timestamp(1769853600.5) | to_timestamp(0) | date '2026-01-31' - date '2025-01-31' | timestamp '2026-01-31' - timestamp '2026-01-01 12:00' | time '10:00' - time '12:30' | time '23:00' + interval '2 hours' | date '2026-01-31' + time '10:00' | timestamp '2026-01-31 10:00'::date | timestamp '2026-01-31 10:00'::time | '2026-01-31'::date::timestamp | date '2026-01-31'::text | timestamp '2026-01-31 10:00:00.5'::timestamp(0) | timestamp(2) '2026-01-31 10:00:00.555' | interval '1.23456' second | interval '1' year | interval '1-2' year to month | interval '1 2' day to hour | timestamptz '2026-01-31 10:00:00+02' AT TIME ZONE 'UTC' | timestamp '2026-01-31 10:00:00' AT TIME ZONE 'UTC' | timestamptz '2026-01-31 10:00:00+00' AT TIME ZONE '+02' | timestamptz '2026-01-31 10:00:00+00' AT TIME ZONE interval '2 hours' | date_part('day', interval '35 days 25 hours') | (date '2026-01-01', date '2026-01-31') OVERLAPS (date '2026-01-15', date '2026-02-01') | now() = current_timestamp | current_date = now()::date | date_add(timestamptz '2026-01-31', interval '1 day') | date_subtract(timestamptz '2026-01-31', interval '1 day') | interval '1 day' * 1.5 | interval '1 day' / 0 | 2 * interval '1 hour' | date '2026-01-31' * 2 | timestamp '2026-01-31' + 1
SELECT @f@;
-- each d: timestamp '2026-01-05 15:04:05.678901' | timestamp '2026-12-31 00:00:00' | date '2024-02-29'
-- each p: YYYY-MM-DD | YYYY-MM-DD HH24:MI:SS | HH12:MI AM | HH:MI:SS pm | Day, DD Month YYYY | FMDay, FMDD FMMonth YYYY | Dy DD Mon YY | DAY MON | DDD | D | ID | IW | WW | W | Q | IYYY-IW-ID | CC | J | MS | US | SSSS | FF3 | DDth | FMDDth | Y,YYY | "literal" YYYY | YYYYMMDD | AD | A.M. | RM | HH24 | TZ | ""
SELECT to_char(@d@, '@p@');
-- each f: to_date('31 Jan 2026', 'DD Mon YYYY') | to_date('2026-01-31', 'YYYY-MM-DD') | to_date('20260131', 'YYYYMMDD') | to_date('x', 'YYYY') | to_date('2026-02-30', 'YYYY-MM-DD') | to_timestamp('2026-01-31 10:11:12', 'YYYY-MM-DD HH24:MI:SS') | to_timestamp('31/01/2026 03:04 PM', 'DD/MM/YYYY HH12:MI AM') | to_char(1234567.891, '9,999,999.99') | to_char(12, '000') | to_char(-5, 'S99') | to_char(0.5, 'FM990.00') | to_char(1234, 'FM9G999') | to_char(485, 'FMRN') | to_char(148.5, '999D999') | to_char(12345, '999') | to_char(-12, '99PR') | to_char(-12.5, '99.9MI') | to_char(1, '9th') | to_char(interval '1 day 03:04:05', 'DD HH24:MI:SS') | to_char(0, '9') | to_char(1.5, 'FM999.99') | to_number('1,234.5', '9,999.9') | to_number('-12', 'S99') | to_char(NULL::integer, '9') | to_char(12.3, 'L99.9') | to_char(123.456::double precision, '999.9')
SELECT @f@;
-- each t: date | timestamp | timestamptz
-- differs: A day of the year after a point is refused.
SELECT '2026.031'::@t@;
-- each t: time | timetz
-- differs: A time without colons is refused.
SELECT '101112'::@t@;
-- differs: Years run from 1 to 9999.
SELECT date '9999-12-31' + 1 < date 'infinity';
-- differs: An interval out of range is 22008.
SELECT '25:61'::interval;
-- each p: iyyy-iw-id | iddd | IYY I | yyyy-mm-dd hh24:mi:ss | FF1 FF2 FF3 FF4 FF5 FF6 ff3 | A.D. b.c. bc | TZH TZM | OF | rm RM | iy i | q cc j | Month month MONTH
SELECT to_char(timestamp '2026-01-05 15:04:05.678901', '@p@'), to_char(timestamptz '2024-12-30 03:00:00+00', '@p@');
