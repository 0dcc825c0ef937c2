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
