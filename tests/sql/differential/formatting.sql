-- Templates: to_char(), to_date(), to_timestamp(), to_number().

-- Integers: each digit, blank and sign in its place.
-- each v: 0 | 1 | -1 | 12 | 485 | -485 | 3999 | 123456 | -2147483648 | NULL
-- each p: 9 | 99 | 999 | 9999999 | 0 | 000 | 0999 | 9990 | 0009999 | 99.99 | 00.00 | 9,999 | 9,999,999 | 0,000,000 | 9G999D99 | FM9 | FM999 | FM000 | FM9,999,999 | FM999999.99 | FM999990.00 | FM999990.09 | S999999 | 999999S | SG999999 | 999999SG | MI999999 | 999999MI | PL999999 | 999999PL | 999999PR | FM999999S | FMS999999 | FM999999MI | FMMI999999 | FM999999PR | FM999999SG | FMPL999999 | 999999th | FM999999th | FM999999TH | 999999V99 | V9 | B9999 | L99999 | C99999 | SP9999 | 99S99 | S99.9 | 99.9S | 99.9MI | 99.9PL | 99PR | "a"999"b" | 9 9 9 | 9-9-9 | $999 | x9y9z | 9.9EEEE | 99EEEE | 9EEEE | .99EEEE | 
SELECT to_char(@v@::integer, '@p@'), to_char(@v@::bigint, '@p@'), to_char(@v@::numeric, '@p@'), to_char(@v@::double precision, '@p@');

-- Roman numerals.
-- each v: 0 | 1 | 4 | 9 | 14 | 40 | 90 | 400 | 485 | 999 | 1994 | 2026 | 3888 | 3999 | 4000 | -5
-- each p: RN | FMRN | rn | FMrn | fmrn | RN9 | 9RN | RNth | FM"<"RN">"
SELECT to_char(@v@, '@p@'), to_char(@v@::numeric, '@p@'), to_char(@v@::real, '@p@');

-- Fractions.
-- each v: 0.1 | -0.1 | 0.05 | 0.5 | 1.5 | 2.5 | -2.5 | 9.99 | 99.995 | 123.456 | -123.456 | 1234567.891 | 0.00012345 | -0.4 | 148.50
-- each p: 9 | 9.9 | 9.99 | 99.99 | 999.99 | 0.9 | 0.00 | 00.00 | 999,999.99 | 9G999G999D999 | FM9.9 | FM9.99 | FM0.9 | FM0.00 | FM990.00 | FM990.09 | FM999.999 | FM9999999.9999999 | FM9,999,999.9 | .99 | .00 | FM.99 | FM.00 | 999.99S | S999.99 | 999.99MI | 999.99PR | 999.99PL | SG999.99 | FM999.99MI | FM999.99PR | 999D99S | 99V99 | 999V9 | V99 | 9.99EEEE | 9.EEEE | 9EEEE | 9.999999EEEE | 99.99th | 0999.9 | 9.90 | 9.09 | FM9.90 | FM9.09
SELECT to_char(@v@::numeric, '@p@'), to_char(@v@::double precision, '@p@'), to_char(@v@::real, '@p@');

-- each v: 'Infinity' | '-Infinity' | '1e20' | '1e-20' | '123456789012345678' | '1.7e308' | '5e-324' | '0.000001'
-- each p: 9 | 999 | 99999999 | 9.99 | 999999999.999 | FM999999999999999999999.99999 | 9.99EEEE | 9.9999999999999999999EEEE | S999999999 | 9999th
SELECT to_char(@v@::double precision, '@p@');

-- each v: 'NaN' | 'Infinity' | '-Infinity' | 1e20 | 1e-20 | 123456789012345678 | 1e40 | -1e-40 | 999.99 | 0
-- each p: 9 | 999 | 99999999 | 9.99 | 999999999.999 | FM999999999999999999999.99999 | 9.99EEEE | 9.9999999999999999999EEEE | S999999999 | V999 | 9EEEE
SELECT to_char(@v@::numeric, '@p@');

-- each v: 9223372036854775807 | -9223372036854775808 | 2147483648 | 25 | 35 | 45
-- each p: 9 | 9999999999999999999 | 9,999,999,999,999,999,999 | 9.99EEEE | 9EEEE | RN | 9V9 | 9999999999999999999V9
SELECT to_char(@v@::bigint, '@p@');

-- What contradicts itself.
-- each p: 9.9.9 | S9S | S9MI | MI9S | PL9S | SG9S | PR9S | 9PR9 | 9PR0 | 9.9V9 | 9V.9 | EEEE9 | 9EEEEEEEE | FM9EEEE | S9EEEE | 9VEEEE | RNRN | RNS | 0RN | RN.9 | 9SPR | 9MIPR | "S"S | S"S"9
SELECT to_char(1, '@p@');

-- each e: to_char(1::smallint, '9') | to_char('1', '9') | to_char(NULL, '9') | to_char(true, '9') | to_char('x'::text, '9') | to_char(1, NULL) | to_char(1, 9) | to_number(1, '9') | to_date(1, 'YYYY') | to_char(date '2026-01-31', 'YYYY') | to_char(time '10:00', 'HH24') | to_number('1'::varchar, '9'::varchar) | to_char(1.5::real, '9.9') | to_char(generate_series, '09') FROM generate_series(8, 11)
SELECT @e@;

-- to_number
-- each v: 1 | 12 | -12 | +12 | 12- | 12+ | <12> | 1,234 | 1,234.5 | 1234.56 | -1234.56 | 1234.56- | .5 | -.5 | 0.5 | 1.5.5 | 12abc | a12 | $12 | €12 | 1st | 2nd | 12th | 1 2 3 | x | - | 12  | 123456789 | ä1ö2
-- each p: 9 | 99 | 999 | 9999.99 | 9,999.99 | 9G999D99 | S9999.99 | 9999.99S | S999 | 999S | MI999 | 999MI | 999PL | SG999 | 999SG | 999PR | 999th | L999 | FM9,999.99 | FM999MI | 99V99 | .99 | 9.9 | 0000 | "x"99 | $99 | 9 9 9 | FM | B9 | xx99 | PL999 | 
SELECT to_number('@v@', '@p@');

-- each e: to_number('1', '') | to_number('', '9') | to_number(NULL, '9') | to_number('1', NULL) | to_number('1', '9EEEE') | to_number('12345', '999V99') | to_number('-12,345,678.9012', 'S99G999G999D9999') | to_number('34,50', '999,99') | to_number('123,000', '999G') | to_number('123456', '999G999') | to_number('$1234.56', 'L9,999.99') | to_number('5 4 4 4 4 8 . 7 8', '9 9 9 9 9 9 . 9 9') | to_number('.01-', '99.99S') | to_number('.-01', 'S99.99') | to_number('42nd', '99th') | to_number('123456', '99999V99')
SELECT @e@;

-- Dates and times by templates.
-- each v: 2026-01-31 | 2026-1-5 | 20260131 | 31 Jan 2026 | 31JAN2026 | january 31, 2026 | 31/01/26 | 2026 031 | 2026-02-30 | 2026-13-01 | 2026 | 1999-12-31 | x | 2026-01 | ' 2026-01-31 ' | 2026/01/31 | 2026..01..31 | 2024-02-29 | 26-01-31
-- each p: YYYY-MM-DD | YYYYMMDD | YYYY/MM/DD | YYYY MM DD | DD Mon YYYY | DDMonYYYY | Month DD, YYYY | DD/MM/YY | YYYY DDD | YYYY | YY-MM-DD | YYY-MM-DD | Y-MM-DD | FXYYYY-MM-DD | FMYYYY-FMMM-FMDD | YYYY-MM | yyyy-mm-dd | MM/YYYY | DDthMonYYYY
SELECT to_date('@v@', '@p@');

-- each v: 2026-01-31 10:11:12 | 2026-01-31 10:11:12.5 | 2026-01-31 10:11:12.123456 | 2026-01-31T10:11:12 | 2026-01-31 03:04 PM | 2026-01-31 12:00 AM | 2026-01-31 13:00 PM | 2026-01-31 24:00:00 | 2026-01-31 10:60:00 | 2026-01-31 101112 | 2026-01-31 10:11:12+02 | 2026-01-31 10:11:12 -05:30 | 2026-01-31 | 2026-01-31 36672
-- each p: YYYY-MM-DD HH24:MI:SS | YYYY-MM-DD HH24:MI:SS.MS | YYYY-MM-DD HH24:MI:SS.US | YYYY-MM-DD HH24:MI:SS.FF3 | YYYY-MM-DD HH24:MI:SS.FF6 | YYYY-MM-DD"T"HH24:MI:SS | YYYY-MM-DDTHH24:MI:SS | YYYY-MM-DD HH12:MI AM | YYYY-MM-DD HH:MI pm | YYYY-MM-DD HH24MISS | YYYY-MM-DD HH24:MI:SSTZH | YYYY-MM-DD HH24:MI:SS TZH:TZM | YYYY-MM-DD SSSS | YYYY-MM-DD SSSSS | FXYYYY-MM-DD HH24:MI:SS
SELECT to_timestamp('@v@', '@p@');

-- each e: to_date('2026-W05-6', 'IYYY-"W"IW-ID') | to_date('2026 5', 'IYYY IW') | to_date('2026-031', 'IYYY-IDDD') | to_date('2026-5', 'YYYY-WW') | to_date('2026 2 3', 'YYYY MM W') | to_date('2026 1 31', 'IYYY MM DD') | to_date('2461072', 'J') | to_date('21', 'CC') | to_date('2126', 'CCYY') | to_date('20 00', 'CC YY') | to_date('XII 31 2026', 'RM DD YYYY') | to_date('iv 1 2026', 'rm DD YYYY') | to_date('Saturday, 31 January 2026', 'Day, DD Month YYYY') | to_date('Xday 2026', 'Day YYYY') | to_date('Sat Jan 31 2026', 'Dy Mon DD YYYY') | to_date('2,026-01-31', 'Y,YYY-MM-DD') | to_date('2,026', 'Y,YYY') | to_date('20261', 'YYYYQ') | to_date('31 1 2026 AD', 'DD MM YYYY AD') | to_date('2026 2026', 'YYYY YYYY') | to_date('2026 2025', 'YYYY YYYY') | to_date('12 01 31', 'YY MM DD') | to_date('700131', 'YYMMDD') | to_date('690131', 'YYMMDD') | to_date('520', 'YYY') | to_date('519', 'YYY') | to_date('5', 'Y') | to_date('366 2024', 'DDD YYYY') | to_date('366 2026', 'DDD YYYY') | to_date('031', 'DDD') | to_date('99999999999 1', 'YYYY MM') | to_date('2026-01-31', 'YYYY-MM-DD HH24') | to_date('2026 1st', 'YYYY FMDDth') | to_date('2026-01-31', NULL) | to_date(NULL, 'YYYY') | to_date('Feb 29 2024', 'TMMon DD YYYY') | to_date('20260131extra', 'YYYYMMDD') | to_date('2026 01 31', 'YYYYMMDD') | to_date('2026013', 'YYYYMMDD')
SELECT @e@;

-- each v: 2026-01-31 | x2026-01-31 | 2026 1 5
-- each p: "x"YYYY-MM-DD | xYYYY-MM-DD | YYYY"-"MM-DD | YYYY  MM  DD | YYYY\-MM\-DD
SELECT to_date('@v@', '@p@');

-- each e: to_timestamp('2026-01-31 10:11:12 a.m.', 'YYYY-MM-DD HH:MI:SS a.m.') | to_timestamp('2026 11 p.m.', 'YYYY HH12 P.M.') | to_timestamp('2026 0', 'YYYY HH12') | to_timestamp('2026 13', 'YYYY HH12') | to_timestamp('2026 xm', 'YYYY AM') | to_timestamp('2026 1 2', 'YYYY MS US') | to_timestamp('2026 1000', 'YYYY MS') | to_timestamp('2026 999', 'YYYY MS') | to_timestamp('2026.12345', 'YYYY.FF2') | to_timestamp('2026.129', 'YYYY.FF2') | to_timestamp('2026 +05', 'YYYY TZH') | to_timestamp('2026 -05', 'YYYY TZH') | to_timestamp('2026-05', 'YYYYTZH') | to_timestamp('2026 30', 'YYYY TZM') | to_timestamp('2026 -05 30', 'YYYY TZH TZM') | to_timestamp('2026 16', 'YYYY TZH') | to_timestamp('2026 86399', 'YYYY SSSSS') | to_timestamp('2026 86400', 'YYYY SSSSS') | to_timestamp(NULL, 'YYYY') | to_timestamp('2026  10:05', 'YYYY HH24:MI') | to_timestamp('2026-01-01 1:2:3', 'YYYY-MM-DD HH24:MI:SS') | to_timestamp('2026 1', 'FXYYYY  HH24')
SELECT @e@;

-- Printing dates: FM belongs to the pattern behind it, TH to the one before.
-- each d: timestamp '2026-01-05 15:04:05.678901' | timestamp '2026-12-31 00:00:00' | timestamp '0099-02-03 12:00:00' | timestamptz '2024-12-30 03:00:00+00' | date '2011-11-12'
-- each p: FM DD | FMDD-MM | FMFMDD | FM"x"DD | "a\"b" YYYY | "a\\b" | a\b | \"YYYY\" | \YYYY | "" | "unclosed YYYY | YYYY"" | TMMonth TMDay | TMMon TMdy | YYYYth | YYYYTH | "1"Dth | DDth MMTH | HH24th MIth SSth | MSth USth | FF3TH | Monthth | DSPx | FXYYYY | DDDth WWth Wth Qth Jth CCth | Y,YYYth | YYYth YYth Yth | IYYYth IWth IDth IDDDth | FMOF FMTZH | FMY,YYY | FMSSSS SSSSS | FMMS FMUS | FMHH12 FMHH24 FMMI FMSS | ä YYYY ö | dAY DaY dy Dy DY | mONTH Mon mon | Am aM A.m. | FMRM FMrm | HH HH12 hh | FMDDD FMWW FMIW FMCC | yyyy Yyyy YyYy | 	YYYY
SELECT to_char(@d@, '@p@');

-- Intervals.
-- each i: interval '0' | interval '1 year 2 months 3 days 04:05:06.789' | interval '-1 year -2 months -3 days -04:05:06.789' | interval '12 months' | interval '-12 months' | interval '-5 months' | interval '100 days 100:00:00' | interval '-13:30' | interval '150 years' | NULL::interval
-- each p: YYYY-MM-DD HH24:MI:SS | HH12:MI AM | HH P.M. | Y,YYY YYY YY Y | FMYYYY FMMM FMDD FMHH24 FMMI FMSS | DDD | WW W | Q | CC | RM rm FMRM | MS US FF1 FF3 FF6 | SSSS | DDth HH24th | Month | Mon | Day | D | ID | AD | TZ | TZH | OF | "days" DD | 
SELECT to_char(@i@, '@p@');

-- differs: Years run from 1 to 9999.
-- each e: to_date('44 BC', 'YYYY BC') | to_date('01-31', 'MM-DD') | to_date('', 'YYYY') | to_timestamp('10:11', 'HH24:MI') | to_date('10000-01-01', 'YYYY-MM-DD') | to_date('1', 'J') | to_date('abc', '') | to_date('20260131', '"x"YYYY-MM-DD') | to_date('-2026-01-31', 'YYYY-MM-DD')
SELECT @e@;
