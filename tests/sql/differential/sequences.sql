-- Sequences: the numbers they give, what can be said of them, and what becomes of what uses them.

CREATE SEQUENCE s;

SELECT nextval('s') AS a, nextval('s') AS b, currval('s') AS c, lastval() AS d;

SELECT nextval('s') AS n FROM generate_series(1, 5);

-- each o: INCREMENT 5 | INCREMENT BY -1 | INCREMENT 0 | START 5 | START WITH -5 | MINVALUE 3 | MINVALUE 3 START 2 | MAXVALUE 3 | MAXVALUE 0 | NO MINVALUE | NO MAXVALUE | MINVALUE -5 MAXVALUE 5 | MINVALUE 5 MAXVALUE 5 | MINVALUE 10 MAXVALUE 5 | AS smallint | AS integer | AS text | AS smallint MAXVALUE 40000 | AS smallint INCREMENT -1 | CACHE 10 | CACHE 0 | CACHE -1 | CYCLE | NO CYCLE | CYCLE CYCLE | START 1 START 2 | RESTART | RESTART 5 | OWNED BY NONE | MAXVALUE 9223372036854775807 | MAXVALUE 9223372036854775808 | MINVALUE -9223372036854775808 INCREMENT -1 | AS bigint INCREMENT 3 MINVALUE 2 MAXVALUE 8 START 4 CACHE 2 CYCLE | AS integer INCREMENT 2147483648
CREATE SEQUENCE o @o@;

-- each o: nothing | nothing.a | nowhere.nothing.a
CREATE SEQUENCE unowned OWNED BY @o@;

CREATE SEQUENCE cyc AS bigint INCREMENT 3 MINVALUE 2 MAXVALUE 8 START 4 CYCLE;

SELECT nextval('cyc') AS n FROM generate_series(1, 6);

CREATE SEQUENCE down INCREMENT -2 MINVALUE -4 MAXVALUE 3 START 2;

SELECT nextval('down') AS n FROM generate_series(1, 4);

SELECT nextval('down');

SELECT currval('down') AS n;

SELECT sequencename::text, data_type::text, start_value, min_value, max_value, increment_by, cycle, cache_size, last_value FROM pg_sequences WHERE sequencename IN ('s', 'cyc', 'down') ORDER BY sequencename::text;

-- each c: data_type | numeric_precision | numeric_precision_radix | numeric_scale | start_value | minimum_value | maximum_value | increment | cycle_option
SELECT sequence_name::text, @c@::text AS v FROM information_schema.sequences WHERE sequence_name IN ('s', 'cyc', 'down') ORDER BY sequence_name::text;

-- each v: setval('s', 10) | setval('s', 10, false) | setval('s', 10, true) | setval('s', 0) | setval('s', NULL) | setval('s', -1, false) | setval('down', 4) | setval('down', 3) | setval('cyc', 8) | setval(NULL, 5) | nextval(NULL) | currval(NULL) | setval('s', '12') | setval('s', 5.5) | setval('s'::regclass, 12) | nextval('s'::regclass) | nextval('public.s') | nextval('S') | nextval('"s"') | nextval('"S"') | nextval('nothing') | nextval('nowhere.s') | nextval('a.b.c.d') | nextval('') | nextval(5.5) | currval('nothing')
SELECT @v@ AS v;

SELECT nextval('s') AS s, nextval('cyc') AS c;

CREATE SEQUENCE fresh;

SELECT currval('fresh');

SELECT setval('fresh', 5, false) AS v;

SELECT currval('fresh');

SELECT nextval('fresh') AS a, currval('fresh') AS b, lastval() AS c;

CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('fresh'), name text);

INSERT INTO t (name) VALUES ('a'), ('b'), ('c');

INSERT INTO t (name) SELECT 'g' || i FROM generate_series(1, 3) i;

INSERT INTO t VALUES (DEFAULT, 'd'), (100, 'e');

INSERT INTO t (name) SELECT name FROM (VALUES ('z'), ('x'), ('y')) AS v (name) ORDER BY name;

SELECT * FROM t ORDER BY id;

UPDATE t SET id = DEFAULT WHERE name = 'e';

SELECT id FROM t WHERE name = 'e';

INSERT INTO t (name) VALUES ('f') RETURNING id;

DELETE FROM t WHERE id < 8;

DROP SEQUENCE fresh;

ALTER SEQUENCE fresh RENAME TO "new Name";

INSERT INTO t (name) VALUES ('h') RETURNING id;

SELECT nextval('fresh');

SELECT nextval('"new Name"') AS n;

CREATE SCHEMA o;

ALTER SEQUENCE "new Name" SET SCHEMA o;

INSERT INTO t (name) VALUES ('i') RETURNING id;

ALTER SCHEMA o RENAME TO p;

INSERT INTO t (name) VALUES ('j') RETURNING id;

DROP SCHEMA p;

DROP SEQUENCE p."new Name" CASCADE;

INSERT INTO t (name) VALUES ('k');

-- each o: RESTART | RESTART WITH 50 | RESTART 0 | INCREMENT 10 | MAXVALUE 40 | MAXVALUE 100 | MINVALUE 60 | START 7 | AS smallint | NO MAXVALUE | CYCLE | OWNED BY t.id | OWNED BY t.nothing | OWNED BY NONE | RENAME TO t | RENAME TO s | SET SCHEMA nowhere | CACHE 5
ALTER SEQUENCE s @o@;

SELECT nextval('s') AS n FROM generate_series(1, 3);

SELECT start_value, min_value, max_value, increment_by, cycle, cache_size, data_type::text FROM pg_sequences WHERE sequencename = 's';

CREATE TABLE owner (id integer PRIMARY KEY, n integer);

CREATE SEQUENCE owned OWNED BY owner.n;

SELECT pg_get_serial_sequence('owner', 'n') AS s, pg_get_serial_sequence('owner', 'id') AS t;

ALTER TABLE owner ALTER COLUMN n SET DEFAULT nextval('owned');

CREATE TABLE other (id integer PRIMARY KEY, n bigint DEFAULT nextval('owned') * 10);

INSERT INTO owner (id) VALUES (1), (2);

INSERT INTO other (id) VALUES (1);

SELECT o.n AS a, p.n AS b FROM owner o, other p ORDER BY o.id;

ALTER SEQUENCE owned SET SCHEMA p;

DROP SEQUENCE owned;

ALTER TABLE owner DROP COLUMN n;

DROP TABLE owner;

DROP TABLE owner CASCADE;

SELECT nextval('owned');

INSERT INTO other (id) VALUES (2);

SELECT * FROM other ORDER BY id;

-- each d: CREATE SEQUENCE s | CREATE SEQUENCE t | CREATE SEQUENCE IF NOT EXISTS s | CREATE TABLE s (id integer) | CREATE VIEW s AS SELECT 1 AS a | DROP SEQUENCE nothing | DROP SEQUENCE IF EXISTS nothing | DROP SEQUENCE t | DROP TABLE s | ALTER SEQUENCE nothing CYCLE | ALTER SEQUENCE IF EXISTS nothing CYCLE | ALTER SEQUENCE t CYCLE | SELECT nextval('t') | SELECT nextval('s', 1) | SELECT lastval('s') | CREATE TABLE bad (id text DEFAULT nextval('nothing'))
@d@;

CREATE VIEW v AS SELECT nextval('cyc') AS n;

SELECT n FROM v;

DROP SEQUENCE cyc;

DROP SEQUENCE cyc CASCADE;

SELECT * FROM v;

CREATE TABLE i (id serial PRIMARY KEY, n integer GENERATED BY DEFAULT AS IDENTITY, x text);

INSERT INTO i (x) VALUES ('a'), ('b');

SELECT nextval('i_id_seq') AS a, nextval('i_n_seq') AS b, currval('i_id_seq') AS c;

INSERT INTO i (x) VALUES ('c') RETURNING id, n;

SELECT setval('i_id_seq', 100) AS a, setval('i_n_seq', 50, false) AS b;

INSERT INTO i (x) VALUES ('d') RETURNING id, n;

SELECT currval(pg_get_serial_sequence('i', 'id')) AS a, currval(pg_get_serial_sequence('i', 'n')) AS b;

SELECT setval(pg_get_serial_sequence('i', 'id'), (SELECT max(id) FROM i)) AS v;

INSERT INTO i (x) VALUES ('e') RETURNING id;

SELECT count(DISTINCT x) AS n, max(x) - min(x) AS d FROM (SELECT nextval('s') AS x FROM generate_series(1, 1000)) AS y;
