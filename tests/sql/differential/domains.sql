-- Domains: what is checked where, what is told about them, and what becomes of what uses them.

CREATE DOMAIN posint AS integer CHECK (VALUE > 0);

CREATE DOMAIN even AS posint CONSTRAINT is_even CHECK (VALUE % 2 = 0);

CREATE DOMAIN word AS text NOT NULL DEFAULT 'none' CONSTRAINT short CHECK (length(VALUE) < 6) CONSTRAINT lower CHECK (VALUE = lower(VALUE));

CREATE DOMAIN three AS varchar(3);

CREATE DOMAIN padded AS char(4) CHECK (VALUE <> 'no');

CREATE DOMAIN money2 numeric(6, 2) DEFAULT 1.5 CHECK (VALUE BETWEEN 0 AND 1000);

CREATE DOMAIN day AS date CHECK (VALUE >= '2020-01-01');

CREATE DOMAIN list AS integer[] CHECK (VALUE[1] > 0) CHECK (array_length(VALUE, 1) < 4);

CREATE DOMAIN doc AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');

CREATE DOMAIN truth AS boolean CHECK (VALUE);

CREATE DOMAIN plain AS bigint;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');

CREATE DOMAIN fair AS mood CHECK (VALUE > 'sad') DEFAULT 'ok';

-- each d: posint | even | plain
-- each v: 1 | 2 | -1 | 0 | '4' | '-4' | 'x' | NULL | 2.5 | 2.4 | 1e20 | true | 2::bigint | 2::posint | 2::even | '2'::text | 3::smallint
SELECT @v@::@d@ AS v, pg_typeof(@v@::@d@)::text AS t;

-- each v: 'a' | 'A' | 'longer' | '' | NULL | 12 | true | 'ab'::three | '2020-01-01'::date | 'none'::word
SELECT CAST(@v@ AS word) AS v;

-- each v: 'a' | 'abc' | 'abcd' | 'ab  ' | NULL | 1234
-- each d: three | padded
SELECT @v@::@d@ AS v, length(@v@::@d@) AS n;

-- each v: 1 | 1.005 | '999.999' | 1000.004 | 1000.005 | -1 | NULL | 100000 | 'NaN'
SELECT @v@::money2 AS v;

-- each v: '2020-01-01' | '2019-12-31' | NULL | 'today' | '2021-02-30' | '2021-02-03'::timestamp
SELECT (@v@::day)::text <> '' AS v;

-- each v: '{1}' | '{0,1}' | '{}' | NULL | ARRAY[1, 2, 3] | ARRAY[1, 2, 3, 4] | '{a}' | ARRAY['1', '2'] | ARRAY[1.5]
SELECT @v@::list AS v;

-- each v: '{}' | '[]' | '{"a": [1]}' | NULL | 'x' | jsonb_build_object('a', 1)
SELECT @v@::doc AS v;

-- each v: true | false | 't' | NULL | 1 | 0
SELECT @v@::truth AS v;

-- each v: 'sad' | 'ok' | 'none' | NULL | 'happy'::mood | 'sad'::mood
SELECT @v@::fair AS v, pg_typeof(@v@::fair)::text AS t;

-- each e: 2::posint + 1 | 2::posint || 'x' | -(2::posint) | abs(2::posint) | 2::posint = 2 | 2::posint IN (2, 3) | 2::even = 2::posint | 2::posint BETWEEN 1 AND 3 | coalesce(NULL, 2::posint) | CASE WHEN true THEN 2::posint ELSE 3 END | CASE WHEN true THEN 2::posint END | greatest(2::posint, 1) | nullif(2::posint, 3) | 2::posint::text | 2::posint::even | ARRAY[2::posint, 3] | sum(2::posint) | max(2::posint) | count(2::posint) | '{1,2}'::list || 3 | ('{7,8}'::list)[2] | array_length('{7,8}'::list, 1) | 'ok'::fair::mood < 'happy' | 'a'::word || 'b' | upper('a'::word) | 1.5::money2 * 2 | '{"a":1}'::doc -> 'a' | NOT true::truth | '2021-01-01'::day + 1 | length('ab'::three) | to_jsonb(2::posint) | concat(2::posint, 'ab'::three)
SELECT @e@ AS v, pg_typeof(@e@)::text AS t;

SELECT pg_typeof(a)::text AS a, pg_typeof(b)::text AS b FROM (SELECT 1::posint AS a, 1::posint AS b UNION ALL SELECT 2::posint, 3) AS u LIMIT 1;

CREATE TABLE t (id integer PRIMARY KEY, a posint, b even DEFAULT 2, w word, w2 word DEFAULT 'own', m money2, f fair, l list, d doc, tr truth);

INSERT INTO t (id) VALUES (1);

INSERT INTO t VALUES (2, 3, 4, 'w', 'w2', 5, 'happy', '{1}', '{}', true);

INSERT INTO t (id, a, w) SELECT i, i, 'r' || i FROM generate_series(3, 5) i;

INSERT INTO t (id, a) VALUES (6, DEFAULT), (7, 7);

SELECT * FROM t ORDER BY id;

-- each c: a | b | w | w2 | m | f | l | d | tr
-- each v: NULL | DEFAULT | -2 | 'UP' | 1 | 'ok'
UPDATE t SET @c@ = @v@ WHERE id = 2;

-- each v: -1 | 0 | NULL | 3 | '8' | 8
INSERT INTO t (id, b) VALUES (10 + 0, @v@) ON CONFLICT (id) DO UPDATE SET b = excluded.b + 1;

UPDATE t SET (a, b) = (SELECT -1, 2) WHERE id = 1;

UPDATE t SET a = a - 5;

UPDATE t SET w = NULL;

SELECT * FROM t ORDER BY id;

SELECT id FROM t WHERE a > 2 AND w > 'n' ORDER BY m, a DESC NULLS LAST, id;

SELECT f, count(*) AS n, sum(a) AS s FROM t GROUP BY f ORDER BY f;

-- each column: domain_name | data_type | udt_name | character_maximum_length | numeric_precision | numeric_scale | is_nullable
SELECT column_name::text, @column@::text AS v FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position;

SELECT domain_name::text, data_type::text, character_maximum_length::text, numeric_precision::text, numeric_scale::text, udt_name::text, domain_default::text <> '' AS defaulted FROM information_schema.domains WHERE domain_schema = 'public' ORDER BY domain_name::text;

SELECT domain_name::text, constraint_name::text FROM information_schema.domain_constraints WHERE domain_schema = 'public' AND constraint_name NOT LIKE '%not_null%' ORDER BY 1, 2;

SELECT typname::text, typtype::text, typcategory::text, typlen, typnotnull, typcollation <> 0 AS collated, format_type(typbasetype, typtypmod) AS base FROM pg_type WHERE typtype = 'd' AND typname NOT LIKE '%!_%' ESCAPE '!' AND typname NOT IN ('cardinal_number', 'character_data', 'sql_identifier', 'time_stamp', 'yes_or_no') ORDER BY typname;

SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 't' AND a.attnum > 0 ORDER BY a.attnum;

SELECT conname::text, contype::text, convalidated FROM pg_constraint WHERE contypid <> 0 AND contype = 'c' AND conname NOT LIKE '%domain_check%' AND conname NOT LIKE 'yes%' ORDER BY conname;

-- each a: ADD CHECK (VALUE < 100) | ADD CONSTRAINT few CHECK (VALUE < 4) | ADD CONSTRAINT few CHECK (VALUE < 4) NOT VALID | VALIDATE CONSTRAINT few | RENAME CONSTRAINT few TO fewer | RENAME CONSTRAINT few TO fewest | DROP CONSTRAINT few | DROP CONSTRAINT IF EXISTS few | VALIDATE CONSTRAINT nothing | SET NOT NULL | SET DEFAULT 'x' | SET DEFAULT 3 | ADD CHECK (x > 1) | ADD CHECK (VALUE) | ADD CHECK (sum(VALUE) > 1) | ADD CONSTRAINT posint_check CHECK (VALUE > 1)
ALTER DOMAIN posint @a@;

INSERT INTO t (id) VALUES (20);

INSERT INTO t (id, a) VALUES (21, 50);

SELECT id, a FROM t WHERE id >= 20 ORDER BY id;

ALTER DOMAIN posint DROP CONSTRAINT fewer;

ALTER DOMAIN posint DROP DEFAULT;

INSERT INTO t (id, a) VALUES (22, 50), (23, DEFAULT);

SELECT id, a FROM t WHERE id >= 20 ORDER BY id;

DELETE FROM t WHERE a IS NULL;

ALTER DOMAIN posint SET NOT NULL;

INSERT INTO t (id) VALUES (24);

INSERT INTO t (id, a, b) VALUES (24, 1, NULL);

ALTER DOMAIN posint DROP NOT NULL;

INSERT INTO t (id) VALUES (24);

-- each s: CREATE DOMAIN posint AS text | CREATE DOMAIN bad AS integer NOT NULL NULL | CREATE DOMAIN bad AS integer DEFAULT 1 DEFAULT 2 | CREATE DOMAIN bad AS integer UNIQUE | CREATE DOMAIN bad AS integer PRIMARY KEY | CREATE DOMAIN bad AS integer REFERENCES t | CREATE DOMAIN bad AS integer CHECK (x > 1) | CREATE DOMAIN bad AS integer CHECK (VALUE) | CREATE DOMAIN bad AS nothing | CREATE DOMAIN bad AS integer DEFAULT 'x' | CREATE DOMAIN bad AS integer COLLATE "C" | CREATE DOMAIN bad AS text COLLATE "C" | ALTER DOMAIN nothing SET NOT NULL | ALTER DOMAIN mood SET NOT NULL | DROP DOMAIN nothing | DROP DOMAIN IF EXISTS nothing | DROP DOMAIN mood | DROP DOMAIN posint | ALTER TYPE even ADD VALUE 'x' | SELECT 1::posint(3) | DROP TYPE mood
@s@;

CREATE TABLE w (id integer PRIMARY KEY, n bigint);

INSERT INTO w VALUES (1, 4), (2, -4);

ALTER TABLE w ALTER COLUMN n TYPE posint;

ALTER TABLE w ALTER COLUMN n TYPE posint USING abs(n);

ALTER TABLE w ADD COLUMN s word;

ALTER TABLE w ADD COLUMN s2 word DEFAULT NULL;

ALTER TABLE w ADD COLUMN s3 word DEFAULT 'TOO';

SELECT * FROM w ORDER BY id;

CREATE TABLE parent (id integer PRIMARY KEY);

CREATE TABLE child (id integer, p word, q even REFERENCES parent ON DELETE SET NULL ON UPDATE CASCADE);

INSERT INTO parent VALUES (2), (4);

INSERT INTO child VALUES (1, 'a', 2);

UPDATE parent SET id = 3 WHERE id = 2;

UPDATE parent SET id = 6 WHERE id = 2;

DELETE FROM parent WHERE id = 6;

SELECT * FROM child;

CREATE TABLE g (id posint PRIMARY KEY, half posint GENERATED ALWAYS AS (id / 2) STORED);

-- each v: 4 | 1 | 4 | -4 | NULL
INSERT INTO g VALUES (@v@);

SELECT * FROM g;

CREATE VIEW v AS SELECT id, a, 5::posint AS five FROM t WHERE a > 0::plain;

SELECT * FROM v ORDER BY id;

INSERT INTO v (id, a) VALUES (30, -1);

CREATE DOMAIN over AS integer CHECK (VALUE::even < 100);

SELECT 4::over AS a, 3::over AS b;

ALTER DOMAIN even RENAME TO "ev en";

SELECT 4::over AS a;

SELECT 3::over AS a;

SELECT 101::over AS a;

SELECT pg_typeof(b)::text AS t FROM t LIMIT 1;

CREATE SCHEMA s;

ALTER DOMAIN "ev en" SET SCHEMA s;

SELECT pg_typeof(b)::text AS t FROM t LIMIT 1;

SELECT 3::"ev en";

SELECT 3::s."ev en";

DROP DOMAIN s."ev en";

DROP DOMAIN over;

DROP DOMAIN plain;

DROP DOMAIN plain CASCADE;

SELECT * FROM v;

DROP DOMAIN word CASCADE;

SELECT column_name::text FROM information_schema.columns WHERE table_name IN ('t', 'child') ORDER BY table_name, ordinal_position;

DROP TYPE mood CASCADE;

SELECT 'ok'::fair;

DROP SCHEMA s;

DROP SCHEMA s CASCADE;

SELECT column_name::text FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position;
