-- Rows made of JSON objects.
-- each f: jsonb_to_record | json_to_record
-- each j: '{"a": 1, "b": "x"}' | '{"a": "1"}' | '{"a": null}' | '{}' | NULL | '[1]' | '1' | 'null' | '{"a": 1.5}' | '{"a": "x"}' | '{"a": {"k":  1}}' | '{"a": [1, 2]}' | '{"a": ["x", null, "y,\"z"]}' | '{"a": "{1,2}"}' | '{"a": true}' | '{"a": [[1, 2], [3, 4]]}' | '{"a": ""}' | '{"a": "2026-01-31"}' | '{"A": 1}' | '{"a": 1, "a": 2}' | '{"a": "é\n"}'
-- each t: integer | text | varchar(2) | char(3) | jsonb | json | integer[] | text[] | boolean | numeric(4,1) | date | double precision | smallint | bigint | timestamptz | uuid | real | interval
SELECT * FROM @f@(@j@) AS x(a @t@);

-- differs: A JSON array is taken for an array.
SELECT * FROM jsonb_to_record('{"a": [true, false]}') AS x(a integer[]);

-- each f: jsonb_to_recordset | json_to_recordset
-- each j: '[{"a": 1, "b": "x"}, {"b": "y"}]' | '[]' | NULL | '{}' | '1' | '[1]' | '[{"a": 1}, null]' | '[[]]' | '[{}]' | 'null'
-- each a: AS x(a integer, b text) | AS (a integer, b text) | x(b text) | AS x | | AS x(a) | WITH ORDINALITY AS x(a integer)
SELECT * FROM @f@(@j@) @a@;

CREATE TABLE rec (id integer PRIMARY KEY, name varchar(3) NOT NULL, doc jsonb);

INSERT INTO rec SELECT * FROM jsonb_to_recordset('[{"id": 1, "name": "a"}, {"id": 2, "name": "b", "doc": {"k": [1, 2]}}]') AS x(id integer, name text, doc jsonb);

SELECT r.id, x.* FROM rec r, jsonb_to_record(r.doc) AS x(k integer[]) ORDER BY r.id;

SELECT r.id, x.k FROM rec r LEFT JOIN LATERAL jsonb_to_recordset(r.doc -> 'none') AS x(k integer) ON true ORDER BY r.id;

SELECT * FROM jsonb_array_elements('[1]') AS x(a integer);

-- The columns of a relation.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE populated (id integer PRIMARY KEY, name varchar(5), tags text[], m mood, n numeric(6, 2), j jsonb, p positive, "Odd ""x" boolean, at timestamptz, g integer GENERATED ALWAYS AS (id * 2) STORED);
CREATE SCHEMA other;
CREATE TABLE other.populated (k text);
-- each f: json | jsonb
-- each d: [{"id": 1, "name": "a", "tags": ["x","y z"], "m": "ok", "n": 1.255, "j": {"k": 1}, "Odd \"x": true}, {"id": 2}] | [] | NULL | [{"at": "2024-01-01", "p": 5, "unknown": 1}]
SELECT * FROM @f@_populate_recordset(NULL::populated, '@d@');
-- each f: json | jsonb
SELECT * FROM @f@_populate_recordset(NULL::populated, NULL);
-- each f: json | jsonb
-- each d: {"id": 1, "m": "sad"} | {} | {"name": "too long"} | {"id": "x"} | {"m": "none"} | {"p": -1} | {"n": 123456} | [] | 1
SELECT r.* FROM @f@_populate_record(NULL::public.populated, '@d@') AS r;
SELECT * FROM jsonb_populate_record(NULL::populated, NULL);
SELECT a, b, tags FROM jsonb_populate_record(NULL::populated, '{"id": 3, "name": "q"}') AS x(a, b);
SELECT * FROM jsonb_populate_recordset(NULL::other.populated, '[{"k": "v", "id": 1}]');
SELECT p.id, r.k FROM (VALUES (1, '{"k": "a"}'::jsonb), (2, '{"k": 5}')) AS p(id, doc), jsonb_populate_record(NULL::other.populated, p.doc) AS r ORDER BY p.id;
INSERT INTO populated (id, name, tags, m, n, j, p) SELECT id, name, tags, m, n, j, p FROM jsonb_populate_recordset(NULL::populated, '[{"id": 1, "name": "a", "p": 1}, {"id": 2, "tags": []}]') RETURNING *;
INSERT INTO other.populated SELECT * FROM json_populate_recordset(NULL::other.populated, '[{"k": "1"}, {"k": null}]');
SELECT * FROM jsonb_populate_record(NULL::nosuch, '{}');
SELECT * FROM jsonb_populate_record(NULL::populated);
SELECT * FROM jsonb_populate_record(NULL::populated, '{}') AS r(id integer);
SELECT * FROM jsonb_populate_record(NULL::populated, 5);
CREATE VIEW of_rows AS SELECT id FROM jsonb_populate_record(NULL::populated, '{"id": 1}');
SELECT (jsonb_populate_record(NULL::populated, '{"id": 1}')).id;
