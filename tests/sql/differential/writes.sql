-- Writes: conversions, defaults, constraints, conflicts, RETURNING; each followed by what the table holds.
CREATE TABLE t (id integer PRIMARY KEY, a smallint, b bigint, c numeric(6, 2), d text NOT NULL DEFAULT 'dd', e varchar(5), f char(3), g boolean, h date, i timestamptz, j jsonb, k integer[], l real, m uuid, n bytea, o interval, CONSTRAINT a_range CHECK (a BETWEEN -100 AND 100), CONSTRAINT e_unique UNIQUE (e));

-- each c: a | b | c | e | f | g | h | j | k | m | n
-- each v: 1 | 101 | 1.555 | 12345.678 | '1' | 'abcdefg' | '' | true | 'true' | '2026-01-31' | '{1,2}' | '{"a":1}' | NULL | 1e10 | '550E8400-e29b-41d4-a716-446655440000' | '\x00ff' | '1 day' | date '2026-01-31' | 5::bigint | 'x'::text | ARRAY[1] | 2.5::double precision
INSERT INTO t (id, @c@) VALUES (1, @v@) ON CONFLICT (id) DO UPDATE SET @c@ = excluded.@c@ RETURNING @c@;

-- each v: (1) | (NULL) | (2), (2) | (3), (4) | (5), (NULL) | (DEFAULT) | ('7') | (8.5) | (1, 2)
-- each c: | ON CONFLICT DO NOTHING | ON CONFLICT (id) DO NOTHING | ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET a = 9 | ON CONFLICT (e) DO NOTHING | ON CONFLICT (a) DO NOTHING
INSERT INTO t (id) VALUES @v@ @c@ RETURNING id, a, d;
SELECT id, a, d FROM t ORDER BY id;

-- each s: d = NULL | d = DEFAULT | a = 200 | a = a + 1 | e = 'same' | (a, e) = (5, 'x') | (a, e) = (SELECT 6, 'y') | (a, e) = (1, 2, 3) | id = id + 100 | nope = 1 | a = 1, a = 2 | b = c | c = 1.005 | g = 1 | g = 't' | h = i | i = h | k[1] = 5 | a = (SELECT 7) | d = d || '!' | a = NULL | a = 'x'
-- each w: WHERE id = 1 | WHERE false | WHERE id IN (3, 4)
UPDATE t SET @s@ @w@ RETURNING id, a, b, c, d, e, g;
SELECT id, a, b, c, d, e, g FROM t ORDER BY id;

-- each w: WHERE id = 999 | WHERE a > 100 | WHERE id IN (SELECT id + 1 FROM t WHERE id < 3) | USING (VALUES (104)) AS v(x) WHERE id = v.x | WHERE nope
DELETE FROM t @w@ RETURNING id;
SELECT count(*) FROM t;

-- each c: l | o
-- each v: 1 | 1.555 | '1' | '' | NULL | '1 day' | 2.5::double precision | true
INSERT INTO t (id, @c@) VALUES (1, @v@) ON CONFLICT (id) DO UPDATE SET @c@ = excluded.@c@ RETURNING @c@;
-- differs: A JSON array is taken for an array, as parameters from JavaScript are.
INSERT INTO t (id, k) VALUES (901, '[1]') RETURNING k;
-- differs: A literal that is no valid value may go unnoticed where no row needs it.
UPDATE t SET c = 99999.99 WHERE false;
UPDATE t SET c = 99999.99, e = 'x' WHERE id = (SELECT min(id) FROM t);
UPDATE t SET e = 'toolong' WHERE id = (SELECT min(id) FROM t);
-- differs: A qualified column in SET is a mistake of syntax.
UPDATE t SET t.a = 1;

CREATE TABLE parent (id integer PRIMARY KEY, code text UNIQUE);
CREATE TABLE child (id integer PRIMARY KEY, p integer REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE strict_child (id integer PRIMARY KEY, p integer NOT NULL, CONSTRAINT sc_fk FOREIGN KEY (p) REFERENCES parent (id));
CREATE TABLE loose_child (id integer PRIMARY KEY, code text REFERENCES parent (code) ON DELETE SET NULL ON UPDATE SET NULL, q integer DEFAULT 1 REFERENCES parent ON DELETE SET DEFAULT);
INSERT INTO parent VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, NULL);
INSERT INTO child VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO strict_child VALUES (1, 3);
INSERT INTO loose_child VALUES (1, 'two', 2), (2, 'one', 1);
INSERT INTO child VALUES (4, 99);
INSERT INTO strict_child VALUES (2, NULL);
INSERT INTO strict_child VALUES (2, 98);
DELETE FROM parent WHERE id = 3;
-- differs: Of several foreign keys that the statement could have violated none is named.
UPDATE parent SET id = 33 WHERE id = 3;
-- differs: Of several foreign keys that the statement could have violated none is named.
UPDATE parent SET id = 22 WHERE id = 2;
SELECT * FROM child ORDER BY id;
SELECT * FROM loose_child ORDER BY id;
DELETE FROM parent WHERE code = 'two';
SELECT * FROM child ORDER BY id;
SELECT * FROM loose_child ORDER BY id;
TRUNCATE parent;
TRUNCATE parent CASCADE;
SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM strict_child), (SELECT count(*) FROM loose_child);
DROP TABLE parent;

CREATE TABLE g (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, x integer DEFAULT 1 + 1, y integer GENERATED ALWAYS AS (x * 2) STORED, z text DEFAULT upper('z'), CHECK (x > 0));
INSERT INTO g DEFAULT VALUES RETURNING *;
INSERT INTO g (x) VALUES (5), (DEFAULT), (7) RETURNING *;
INSERT INTO g (id) VALUES (50);
INSERT INTO g (id) OVERRIDING SYSTEM VALUE VALUES (50) RETURNING id;
INSERT INTO g (y) VALUES (1);
INSERT INTO g (y) VALUES (DEFAULT) RETURNING y;
INSERT INTO g (x) VALUES (0);
UPDATE g SET y = 3;
UPDATE g SET id = 3 WHERE id = 1;
UPDATE g SET x = x + 1 RETURNING x, y;
UPDATE g SET x = DEFAULT WHERE x > 5 RETURNING id, x;
INSERT INTO g (x) SELECT n FROM generate_series(1, 3) AS n RETURNING x, y;
INSERT INTO g (x, z) SELECT x, 'copy' FROM g WHERE id = 1 RETURNING z;
WITH s AS (SELECT 9 AS v) INSERT INTO g (x) SELECT v FROM s RETURNING x;
WITH s AS (SELECT 9 AS v) UPDATE g SET z = 'nine' FROM s WHERE g.x = s.v RETURNING g.x, z;
WITH s AS (SELECT 9 AS v) DELETE FROM g USING s WHERE g.x = s.v RETURNING x;
WITH gone AS (DELETE FROM g WHERE x = 1 RETURNING x) SELECT count(*) FROM gone;
WITH fresh AS (INSERT INTO g (x) VALUES (77) RETURNING x) SELECT x FROM fresh;
INSERT INTO nope VALUES (1);
INSERT INTO g (nope) VALUES (1);
INSERT INTO g (x, x) VALUES (1, 2);
INSERT INTO g (x, z) VALUES (1);
INSERT INTO g (x) VALUES (1, 2);
DELETE FROM nope;
MERGE INTO g USING (VALUES (1, 'm')) AS s(x, z) ON g.x = s.x WHEN MATCHED THEN UPDATE SET z = s.z WHEN NOT MATCHED THEN INSERT (x, z) VALUES (s.x, s.z);

CREATE TABLE c (a integer, b integer, v text, UNIQUE (a, b));
CREATE UNIQUE INDEX c_v ON c (v) WHERE b > 0;
INSERT INTO c VALUES (1, 1, 'x'), (1, NULL, 'x'), (1, NULL, 'x');
INSERT INTO c VALUES (1, 1, 'y');
INSERT INTO c VALUES (2, 2, 'x');
INSERT INTO c VALUES (1, 1, 'y') ON CONFLICT (a, b) DO UPDATE SET v = c.v || excluded.v WHERE c.a = 1 RETURNING *;
INSERT INTO c VALUES (1, 1, 'q') ON CONFLICT (b, a) DO UPDATE SET v = 'never' WHERE false RETURNING *;
INSERT INTO c VALUES (5, 5, 'x'), (5, 5, 'z') ON CONFLICT (a, b) DO UPDATE SET v = excluded.v;
INSERT INTO c VALUES (6, 6, 'xy') ON CONFLICT (v) WHERE b > 0 DO NOTHING;
INSERT INTO c VALUES (6, 6, 'xy') ON CONFLICT (v) DO NOTHING;
INSERT INTO c VALUES (6, 6, 'xy') ON CONFLICT DO UPDATE SET v = 'z';
SELECT * FROM c ORDER BY a, b, v;

-- each d: CREATE TABLE c (a integer) | CREATE TABLE IF NOT EXISTS c (a integer) | CREATE TABLE d1 (a integer, a text) | CREATE TABLE d2 (a nope) | CREATE TABLE d3 (a integer PRIMARY KEY, b integer PRIMARY KEY) | CREATE TABLE d4 (a integer REFERENCES nope) | CREATE TABLE d5 (a integer CHECK (b > 0)) | CREATE TABLE d6 (a integer DEFAULT b) | CREATE TABLE d7 (a integer DEFAULT 'x') | CREATE TABLE d8 () | CREATE TABLE d9 (a varchar(0)) | CREATE TABLE d10 (a numeric(2, 5)) | CREATE TABLE d11 AS SELECT 1 AS x, 'y' AS y | CREATE TABLE d12 (a integer NOT NULL NULL) | CREATE TABLE nope.d13 (a integer) | DROP TABLE nope | DROP TABLE IF EXISTS nope | DROP VIEW c | DROP INDEX nope | CREATE INDEX c_v ON c (a) | CREATE INDEX ON c (lower(v)) | CREATE INDEX ON c (nope) | CREATE INDEX ON nope (a) | CREATE VIEW c AS SELECT 1 | CREATE VIEW cv AS SELECT a, b FROM c WHERE a > 1 | CREATE VIEW cv2 AS SELECT 1 AS a, 2 AS a | ALTER TABLE c ADD COLUMN a integer | ALTER TABLE c ADD COLUMN w integer NOT NULL | ALTER TABLE c ADD COLUMN w integer DEFAULT 3 | ALTER TABLE c ALTER COLUMN w SET NOT NULL | ALTER TABLE c ALTER COLUMN w DROP DEFAULT | ALTER TABLE c ALTER COLUMN v TYPE integer | ALTER TABLE c ALTER COLUMN w TYPE text | ALTER TABLE c RENAME COLUMN w TO ww | ALTER TABLE c RENAME COLUMN nope TO x | ALTER TABLE c DROP COLUMN nope | ALTER TABLE c DROP COLUMN IF EXISTS nope | ALTER TABLE c DROP COLUMN a | ALTER TABLE c ADD CONSTRAINT b_pos CHECK (b > 0) | ALTER TABLE c ADD CONSTRAINT b_neg CHECK (b < 0) | ALTER TABLE c DROP CONSTRAINT nope | ALTER TABLE c DROP CONSTRAINT b_pos | ALTER TABLE nope ADD COLUMN x integer | ALTER TABLE c RENAME TO cc | ALTER TABLE cc RENAME TO c | CREATE SCHEMA s1 | CREATE SCHEMA s1 | CREATE SCHEMA IF NOT EXISTS s1 | CREATE TABLE s1.x (a integer) | DROP SCHEMA s1 | DROP SCHEMA s1 CASCADE | CREATE SEQUENCE sq | CREATE TYPE mood AS ENUM ('sad', 'ok') | CREATE DOMAIN pos AS integer CHECK (VALUE > 0) | COMMENT ON TABLE c IS 'x' | CREATE TEMP TABLE tt (a integer) | CREATE TABLE lk (LIKE c) | CREATE TABLE df (a integer REFERENCES g DEFERRABLE) | COMMIT AND CHAIN | SET nope = 1 | SHOW nope | SHOW search_path | EXPLAIN SELECT nope | CREATE ROLE x | GRANT SELECT ON c TO PUBLIC
@d@;
SELECT * FROM c ORDER BY 1, 2;
SELECT * FROM cv ORDER BY 1;

CREATE TABLE stock (id integer PRIMARY KEY, sku text UNIQUE, n integer CHECK (n >= 0), doubled integer GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE orders (id integer PRIMARY KEY, sku text, quantity integer, customer text);
INSERT INTO stock VALUES (1, 'apple', 10), (2, 'pear', 5), (3, 'fig', 0), (4, NULL, 1);
INSERT INTO orders VALUES (1, 'apple', 3, 'Ann'), (2, 'pear', 5, 'Bob'), (3, 'plum', 1, 'Ann'), (4, NULL, 1, 'Eve');
UPDATE stock SET n = n - o.quantity FROM orders AS o WHERE o.sku = stock.sku RETURNING *;
UPDATE stock AS s SET n = s.n + o.quantity FROM orders AS o WHERE o.sku = s.sku RETURNING s.sku, s.n AS now, s.doubled, o.customer || '!' AS who, o.quantity;
UPDATE stock AS s SET n = s.n + 1 FROM stock AS old WHERE old.id = s.id AND s.id < 3 RETURNING s.id, old.n AS before, s.n AS after;
UPDATE stock AS s SET (n, sku) = (o.quantity, upper(o.sku)) FROM orders AS o, (VALUES (1, 'x'), (2, 'y')) AS v (k, t) WHERE o.sku = s.sku AND v.k = o.id RETURNING o.id, v.t, s.*;
UPDATE stock AS s SET n = -1 FROM orders AS o WHERE o.sku = lower(s.sku) RETURNING o.id;
UPDATE stock AS s SET n = DEFAULT FROM orders AS o LEFT JOIN stock AS t ON t.n = o.quantity WHERE o.id = s.id RETURNING s.n, t.n, o.id;
SELECT * FROM stock ORDER BY id;
WITH taken AS (UPDATE stock AS s SET n = 1 FROM orders AS o WHERE o.id = s.id RETURNING o.customer, s.id) SELECT customer, sum(id) FROM taken GROUP BY customer ORDER BY customer;
WITH o AS (SELECT * FROM orders WHERE quantity > 1) DELETE FROM stock AS s USING o WHERE o.id = s.id RETURNING s.sku, o.customer, s.n + o.quantity AS sum;
DELETE FROM orders USING stock AS s WHERE s.id = orders.id RETURNING *;
DELETE FROM orders USING (SELECT 'Ann' AS name) AS gone WHERE orders.customer = gone.name RETURNING gone.name, orders.id;
DELETE FROM orders AS x USING orders AS y RETURNING x.id AS x, y.id AS y;
SELECT (SELECT count(*) FROM stock), (SELECT count(*) FROM orders);

-- A text that a function has compared by its bytes is the same to what finds it among others.
CREATE TABLE words (id integer PRIMARY KEY, w text);
INSERT INTO words VALUES (1, 'b'), (2, 'c');
SELECT id FROM words WHERE greatest('a', 'b') IN (SELECT w FROM words) ORDER BY id;
SELECT id FROM words WHERE least('c'::text, 'd') IN (SELECT 'c' FROM words) ORDER BY id;
SELECT id FROM words WHERE greatest('00000000-0000-4000-8000-000000000001'::uuid, '00000000-0000-4000-8000-000000000000') IN (SELECT '00000000-0000-4000-8000-000000000001'::uuid FROM words) ORDER BY id;
SELECT x.id FROM words AS x JOIN (SELECT mode() WITHIN GROUP (ORDER BY w) AS m, percentile_disc(1) WITHIN GROUP (ORDER BY w) AS p FROM words) AS g ON x.w IN (g.m, g.p) ORDER BY 1;
