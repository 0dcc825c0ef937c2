-- COMMENT ON, and reading back what was said.

CREATE TABLE t (id integer PRIMARY KEY, a text, "B c" integer CONSTRAINT positive CHECK ("B c" > 0));
CREATE INDEX i ON t (a);
CREATE VIEW v AS SELECT id FROM t;
CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
CREATE TYPE mood AS ENUM ('sad');
CREATE DOMAIN price AS numeric CONSTRAINT above CHECK (VALUE > 0);
CREATE SEQUENCE s;
CREATE SCHEMA sch;

-- each o: TABLE t | TABLE v | TABLE m | TABLE i | TABLE nope | TABLE nope.t | TABLE s | COLUMN t.a | COLUMN t."B c" | COLUMN public.t.id | COLUMN v.id | COLUMN m.id | COLUMN t.nope | COLUMN nope.a | COLUMN a | VIEW v | VIEW t | VIEW m | VIEW nope | MATERIALIZED VIEW m | MATERIALIZED VIEW v | INDEX i | INDEX t_pkey | INDEX nope | INDEX t | CONSTRAINT positive ON t | CONSTRAINT t_pkey ON t | CONSTRAINT nope ON t | CONSTRAINT positive ON nope | CONSTRAINT above ON DOMAIN price | CONSTRAINT nope ON DOMAIN price | CONSTRAINT above ON DOMAIN nope | TYPE mood | TYPE price | TYPE nope | DOMAIN price | DOMAIN mood | DOMAIN nope | SEQUENCE s | SEQUENCE t | SEQUENCE nope | SCHEMA sch | SCHEMA nope
-- each c: 'one' | 'it''s é' | '' | NULL | 'last'
COMMENT ON @o@ IS @c@;

SELECT obj_description('t'::regclass, 'pg_class'), obj_description('t'::regclass, 'pg_type'), obj_description('v'::regclass, 'pg_class'), obj_description('m'::regclass, 'pg_class'), obj_description('i'::regclass, 'pg_class'), obj_description('t_pkey'::regclass, 'pg_class'), obj_description('s'::regclass, 'pg_class');
SELECT col_description('t'::regclass, 1), col_description('t'::regclass, 2), col_description('t'::regclass, 3), col_description('t'::regclass, 0), col_description('t'::regclass, 9), col_description('v'::regclass, 1);
SELECT conname::text AS n, obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname IN ('positive', 't_pkey', 'above') ORDER BY 1;
SELECT typname::text AS n, obj_description(oid, 'pg_type') FROM pg_type WHERE typname IN ('mood', 'price') ORDER BY 1;
SELECT nspname::text AS n, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname IN ('sch', 'public') AND nspname <> 'public';
SELECT obj_description(NULL, 'pg_class'), obj_description('t'::regclass, NULL), col_description(NULL, 1), col_description('t'::regclass, NULL);
SELECT count(*) FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 1259 WHERE c.relname IN ('t', 'v', 'm', 'i', 't_pkey') AND d.objsubid = 0;
COMMENT ON TABLE t IS 1;
COMMENT ON TABLE t IS 'a' || 'b';
COMMENT ON TABLE t;
SELECT obj_description('nope'::regclass);
SELECT obj_description('a.b.c.d'::regclass);
ALTER TABLE t RENAME TO u;
ALTER TABLE u RENAME a TO z;
ALTER INDEX i RENAME TO j;
SELECT obj_description('u'::regclass), col_description('u'::regclass, 2), obj_description('j'::regclass, 'pg_class');
ALTER TABLE u DROP COLUMN "B c";
SELECT count(*) FROM pg_description d JOIN pg_class c ON c.oid = d.objoid WHERE c.relname = 'u' AND d.objsubid > 0;
