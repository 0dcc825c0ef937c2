-- JSON, JSONB and arrays.
-- each j: '{"a": 1, "b": [1, 2, {"c": "x"}], "d": null}' | '[1, "two", null, [3]]' | '"text"' | 'null' | '{}' | '42.50'
-- each t: json | jsonb
-- each o: -> 'a' | ->> 'a' | ->> 1 | #> '{b,2,c}' | #>> '{b,2,c}' | #>> '{b}' | #> '{}' | #>> '{9}' | ->> 'd' | -> 'b' -> 2 ->> 'c'
SELECT @j@::@t@ @o@;

-- each a: '{"a": 1, "b": [1, 2]}' | '[1, 2, 2]' | '{"a": {"b": 1}}' | '1' | '"a"' | '{}' | '[]' | '["a", "b"]'
-- each o: @> | <@ | = | <> | < | ||
-- each b: '{"a": 1}' | '[2]' | '{"a": {}}' | '"a"' | '1.0' | '[]' | '{"b": [2]}'
SELECT @a@::jsonb @o@ @b@::jsonb;

-- each j: '{"a": 1, "b": {"c": 2}}' | '["a", "b", "c"]' | '"a"' | '[]'
-- each o: ? 'a' | ?| ARRAY['b', 'z'] | ?& ARRAY['a', 'b'] | - 'a' | - 0 | - -1 | - ARRAY['a', 'b'] | #- '{b,c}' | #- '{0}'
SELECT @j@::jsonb @o@;

-- each x: 1 | 1.50 | 'a'::text | true | NULL::text | ARRAY[1, 2] | ARRAY['a', NULL] | date '2026-01-31' | timestamp '2026-01-31 10:00:00' | timestamptz '2026-01-31 10:00:00+00' | interval '1 day' | '{"a":1}'::jsonb | '{"a":1}'::json | 1::real | 1.5::double precision | '\x00ff'::bytea | 'quo"te\n'::text | '[1]'::text
-- each f: to_json | to_jsonb | jsonb_build_array | json_build_array
SELECT @f@(@x@);

-- each f: jsonb_build_object('a', 1, 'b', NULL, 'c', ARRAY[1]) | json_build_object('a', 1.50, 'b', true) | jsonb_build_object() | jsonb_build_object('a') | jsonb_build_object(NULL, 1) | jsonb_build_array() | json_build_array(1, 'a', NULL) | jsonb_object('{a,1,b,2}') | json_object('{a,b}', '{1,2}') | jsonb_set('{"a":{"b":1}}', '{a,b}', '2') | jsonb_set('{"a":1}', '{b}', '2') | jsonb_set('{"a":1}', '{b}', '2', false) | jsonb_set('[1,2]', '{-1}', '9') | jsonb_set('[1,2]', '{5}', '9') | jsonb_set('{"a":1}', '{a,b}', '2') | jsonb_set('{"a":1}', NULL, '2') | jsonb_insert('{"a":[1,2]}', '{a,0}', '0') | jsonb_insert('{"a":[1,2]}', '{a,0}', '0', true) | jsonb_insert('{"a":1}', '{a}', '0') | jsonb_strip_nulls('{"a":null,"b":[null,{"c":null}]}') | jsonb_pretty('{"a":[1,{"b":2}],"c":{}}') | jsonb_typeof('null') | jsonb_typeof('1.5') | jsonb_typeof('[]') | json_typeof('{"a":1}') | jsonb_array_length('[1,2]') | jsonb_array_length('{}') | jsonb_extract_path('{"a":{"b":1}}', 'a', 'b') | jsonb_extract_path_text('{"a":{"b":"x"}}', 'a', 'b') | jsonb_set_lax('{"a":1}', '{a}', NULL) | jsonb_path_query_array('{"a":[1,2]}', '$.a[*]') | jsonb_path_exists('{"a":1}', '$.a') | jsonb_path_query_first('{"a":[1,2]}', '$.a[*]') | jsonb_path_match('{"a":1}', '$.a == 1') | '{"a":1}'::jsonb @? '$.a' | '{"a":1}'::jsonb @@ '$.a == 1' | '{"a":[1]}'::jsonb['a'][0] | row_to_json(ROW(1, 'a')) | array_to_json(ARRAY[1, 2]) | '{"a":1,"a":2}'::jsonb | '{"b":1,"aa":2,"c":{"z":1,"y":2}}'::jsonb | '{"a":1, "a":2}'::json | '1e3'::jsonb | '1.50'::jsonb | '"\u00e9\n"'::jsonb | '"\u0000"'::jsonb | '"\u0000"'::json | '{a:1}'::jsonb | ''::jsonb | '[1,]'::json | '1'::jsonb::integer | '"1"'::jsonb::integer | '1.6'::jsonb::integer | 'true'::jsonb::boolean | '"a"'::jsonb::text | '"a"'::jsonb #>> '{}' | '{"a":1}'::json = '{"a":1}'::json | '{"a":1}'::jsonb = '{"a": 1}' | 'null'::jsonb IS NULL | NULL::jsonb -> 'a'
SELECT @f@;

-- each f: jsonb_each('{"a":1,"b":"x","c":null}') | jsonb_each_text('{"a":1,"b":"x","c":null}') | json_each('{"a":1,"a":2}') | json_each_text('{"a":[1, 2]}') | jsonb_array_elements('[1,"a",null,[2]]') | jsonb_array_elements_text('[1,"a",null,[2]]') | json_array_elements('[1, {"a" : 2}]') | jsonb_object_keys('{"b":1,"aa":2}') | json_object_keys('{"b":1,"b":2}') | jsonb_array_elements('{}') | jsonb_each('[]') | jsonb_each(NULL) | jsonb_array_elements('[]') | generate_series(1, 3) | generate_series(3, 1) | generate_series(3, 1, -1) | generate_series(1, 3, 0) | generate_series(1, NULL) | generate_series(1.0, 2.0, 0.5) | generate_series(timestamp '2026-01-01', '2026-01-03', '1 day') | generate_series(timestamptz '2026-01-30 00:00+00', '2026-03-30 00:00+00', '1 month') | generate_series(date '2026-01-01', date '2026-01-03', '1 day') | unnest(ARRAY[1, NULL, 3]) | unnest(ARRAY[[1, 2], [3, 4]]) | unnest('{}'::text[]) | unnest(NULL::integer[]) | generate_subscripts(ARRAY['a', 'b'], 1) | string_to_table('a,b', ',') | jsonb_path_query('[1,2]', '$[*]') | regexp_matches('abab', 'a(b)', 'g') | regexp_split_to_table('a b', ' ') | unnest(ARRAY[1, 2], ARRAY['a']) | jsonb_to_recordset('[{"a":1}]') AS x(a integer) | jsonb_to_record('{"a":1,"b":"x"}') AS x(a integer, b text)
SELECT * FROM @f@;

-- each f: jsonb_array_elements('[1,"a"]') | generate_series(5, 6) | unnest(ARRAY['x', 'y']) | jsonb_each('{"a":1}')
-- each a: AS t | WITH ORDINALITY | WITH ORDINALITY AS t | AS t(x) | AS t
SELECT * FROM @f@ @a@;

-- each a: ARRAY[1, 2, 3] | ARRAY[1, NULL] | '{}'::integer[] | NULL::integer[] | ARRAY[[1, 2], [3, 4]] | ARRAY[3, 1, 1]
-- each f: @a@ | (@a@)[1] | (@a@)[0] | (@a@)[2:3] | (@a@)[:1] | (@a@)[1][2] | array_length(@a@, 1) | array_length(@a@, 2) | cardinality(@a@) | array_ndims(@a@) | array_lower(@a@, 1) | array_upper(@a@, 1) | array_dims(@a@) | array_append(@a@, 9) | array_prepend(9, @a@) | @a@ || 9 | 9 || @a@ | @a@ || ARRAY[7] | array_cat(@a@, ARRAY[7, 8]) | array_remove(@a@, 1) | array_replace(@a@, 1, 5) | array_position(@a@, 1) | array_positions(@a@, 1) | array_to_string(@a@, ',') | array_to_string(@a@, ',', '*') | @a@ = ARRAY[1, 2, 3] | @a@ < ARRAY[2] | @a@ @> ARRAY[1] | @a@ <@ ARRAY[1, 2, 3] | @a@ && ARRAY[2] | 1 = ANY(@a@) | 2 <> ALL(@a@) | @a@::text | @a@::text[] | @a@::bigint[] | array_to_json(@a@) | to_jsonb(@a@) | trim_array(@a@, 1) | array_shuffle(@a@) IS NULL | array_reverse(@a@) | array_sort(@a@) | array_sample(@a@, 1) IS NULL | @a@ IS NULL | @a@ IS NOT DISTINCT FROM ARRAY[1, 2, 3]
SELECT @f@;

-- each x: '{1,2}'::integer[] | '{1,NULL,"NULL"}'::text[] | '{"a b",c\,d,"e\"f"}'::text[] | '{{1,2},{3,4}}'::integer[] | '{1,2'::integer[] | '{1,x}'::integer[] | '{{1},{2,3}}'::integer[] | ''::integer[] | '{}'::text[] | '{t,f}'::boolean[] | '{2026-01-31}'::date[] | '{1.50,2}'::numeric[] | ARRAY[1, 2.5] | ARRAY['a', NULL] | ARRAY[1, 'x'] | ARRAY[]  | ARRAY[]::integer[] | ARRAY[[1], [2, 3]] | ARRAY[NULL] | ARRAY[true, false] | ARRAY(SELECT 1 UNION SELECT 2 ORDER BY 1) | ARRAY(SELECT 1 WHERE false) | array_fill(7, ARRAY[3]) | array_fill(0, ARRAY[2, 2]) | ARRAY['b', 'a'] > ARRAY['a', 'c'] | ARRAY[1, 2]::text | ARRAY['a "b"', 'c,d', '', NULL]::text | string_to_array('1,2', ',')::integer[]
SELECT @x@;

-- each j: '{"a": 1, "b": [1, 2]}' | '[1, "two", null, [3]]' | '{}'
-- each t: json | jsonb
-- each o: -> 0 | -> -1 | -> 9
SELECT @j@::@t@ @o@;
-- each j: '"text"' | '42.50'
-- each o: -> 0 | -> -1
SELECT @j@::jsonb @o@;
-- each f: to_json | to_jsonb
-- each x: NULL | 'a'
-- differs: A literal of unknown type is text where PostgreSQL asks for a cast.
SELECT @f@(@x@);
-- differs: Arrays of different element types can be compared.
SELECT '{1,2}'::integer[] = ARRAY[1, 2]::bigint[];

-- Equal numbers and intervals of arrays may be spelled differently.
-- each a: '{1.50,2,NULL,1.5}'::numeric[] | '{}'::numeric[] | NULL::numeric[]
-- each f: array_position(@a@, 1.5) | array_position(@a@, NULL) | array_positions(@a@, 1.500) | array_remove(@a@, 1.5) | array_replace(@a@, 1.5, 3) | @a@ @> '{1.500}' | '{2.0}' <@ @a@ | @a@ && '{7,2.00}' | @a@ = '{1.5,2.0,NULL,1.50}' | @a@ < '{10}' | @a@ || 1.0 | 1.500 = ANY (@a@) | 9 <> ALL (@a@)
SELECT @f@;
-- each f: array_position('{1 day,02:00:00}'::interval[], '24 hours') | array_remove('{1 day,02:00:00}'::interval[], '24 hours') | '{1 day}'::interval[] @> '{24:00:00}' | '{1 day}'::interval[] = '{24:00:00}' | '{1 month}'::interval[] > '{29 days}'
SELECT @f@;
CREATE TABLE lists (id integer PRIMARY KEY, n numeric[], i interval[]);
INSERT INTO lists VALUES (1, '{10,2}', '{1 day}'), (2, '{9}', '{25:00:00}'), (3, '{10.0,2.00}', '{24:00:00}'), (4, NULL, '{}'), (5, '{NULL}', NULL), (6, '{-1}', '{1 month}');
-- each c: n | i
SELECT array_agg(id ORDER BY id) AS ids, count(*) FROM lists GROUP BY @c@ ORDER BY @c@;
SELECT id FROM lists ORDER BY n DESC NULLS LAST, id;
SELECT id FROM lists ORDER BY i, id;
SELECT count(DISTINCT n), count(DISTINCT i) FROM lists;
SELECT a.id, b.id FROM lists a JOIN lists b ON a.n = b.n AND a.id < b.id ORDER BY 1, 2;
CREATE INDEX lists_n ON lists (n);
SELECT id FROM lists WHERE n = '{10.00,2}' ORDER BY id;
SELECT greatest(a.n, b.n) FROM lists a, lists b WHERE a.id = 1 AND b.id = 2;
-- each l: '{"\"a"}' | '{"\\\\"}' | ARRAY[E'\n'] | ARRAY['']
-- each r: '{"!"}' | '{"#"}' | '{a}' | ARRAY[E'\x01'] | '{"\"a","\""}'
SELECT @l@::text[] < @r@::text[], @l@::text[] = @l@::text[];

-- Whole rows as jsonb.
CREATE TABLE whole (id integer PRIMARY KEY, name text, tags text[], n numeric(6, 2), at timestamptz, j jsonb, ok boolean, "Odd ""x" bytea, d date, i interval);
INSERT INTO whole VALUES (1, 'a "q"', '{x,NULL}', 1.50, '2024-01-01 10:00+00', '{"k": [1]}', true, '\x01', '2024-02-03', '1 day'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 'c', '{}', -0.25, 'infinity', 'null', false, '\x', 'infinity', '1 mon');
-- each r: whole | whole.* | w | w.*
SELECT to_jsonb(@r@) FROM whole ORDER BY id;
-- each r: w | w.*
SELECT to_jsonb(@r@) FROM whole AS w ORDER BY id;
SELECT to_jsonb(w) -> 'tags' -> 0, to_jsonb(w) ->> 'n' FROM whole w WHERE to_jsonb(w) ? 'name' ORDER BY id;
SELECT jsonb_agg(w ORDER BY w.id DESC) FROM whole w;
SELECT ok, jsonb_agg(x ORDER BY x.id) FILTER (WHERE x.id > 0) FROM (SELECT id, ok, name AS called FROM whole) AS x GROUP BY ok ORDER BY ok;
SELECT p.id, (SELECT jsonb_agg(c.* ORDER BY c.id) FROM (SELECT id, n FROM whole WHERE whole.id >= p.id) AS c) AS below FROM whole p ORDER BY p.id;
WITH c AS (SELECT id, name FROM whole) SELECT to_jsonb(c) FROM c ORDER BY id;
SELECT to_jsonb(v) FROM (VALUES (1, 'a'), (2, NULL)) AS v(x, y) ORDER BY x;
SELECT to_jsonb(s) FROM generate_series(1, 2) AS s;
-- A function that returns no rows of several columns is its value, whatever the column is called.
-- each f: unnest(ARRAY[1, NULL]) AS r(x) | generate_series(1, 2) AS r(x) | generate_series(1, 2) WITH ORDINALITY AS r(x, n) | jsonb_array_elements('[1, {"a": 2}]') AS r | jsonb_array_elements('[1]') AS r(x) | jsonb_each('{"a": 1}') AS r | jsonb_object_keys('{"a": 1}') AS r(k) | jsonb_to_recordset('[{"a": 1}]') AS r(a integer) | ROWS FROM (unnest(ARRAY[1, 2]), unnest(ARRAY[3])) AS r(x, y)
SELECT jsonb_agg(r), jsonb_agg(r.*) FROM @f@;
SELECT to_jsonb(x) FROM (SELECT 1 AS a, 2 AS a) AS x;
SELECT to_jsonb(w) FROM whole AS x(whole, w) ORDER BY 1;
SELECT to_jsonb(nosuch) FROM whole;
SELECT to_jsonb(nosuch.*) FROM whole;
SELECT jsonb_agg(DISTINCT x) FROM (SELECT id % 2 AS a FROM whole) AS x;
-- each f: row_to_json | to_json | json_agg | count
SELECT @f@(w) FROM whole w WHERE id = 2;
-- each j: LEFT JOIN | FULL JOIN
SELECT to_jsonb(b), to_jsonb(a) -> 'id' FROM whole a @j@ whole b ON b.id = a.id + 1 ORDER BY a.id, b.id;
SELECT a.id, jsonb_agg(b ORDER BY b.id), jsonb_agg(b) FILTER (WHERE b.id IS NOT NULL) FROM whole a LEFT JOIN whole b ON b.id > a.id + 1 GROUP BY a.id ORDER BY a.id;
SELECT to_jsonb(b) FROM whole a LEFT JOIN (SELECT id, name FROM whole) b ON b.id = a.id + 1 ORDER BY a.id;
CREATE VIEW wholes AS SELECT id, to_jsonb(w) AS doc FROM whole w;
CREATE VIEW parts AS SELECT to_jsonb(w) AS doc FROM (SELECT id, name FROM whole) w;
SELECT doc FROM parts ORDER BY doc ->> 'id';
CREATE TABLE wide (column_0 integer, column_1 integer, column_2 integer, column_3 integer, column_4 integer, column_5 integer, column_6 integer, column_7 integer, column_8 integer, column_9 integer, column_10 integer, column_11 integer, column_12 integer, column_13 integer, column_14 integer, column_15 integer, column_16 integer, column_17 integer, column_18 integer, column_19 integer, column_20 integer, column_21 integer, column_22 integer, column_23 integer, column_24 integer, column_25 integer, column_26 integer, column_27 integer, column_28 integer, column_29 integer, column_30 integer, column_31 integer, column_32 integer, column_33 integer, column_34 integer, column_35 integer, column_36 integer, column_37 integer, column_38 integer, column_39 integer, column_40 integer, column_41 integer, column_42 integer, column_43 integer, column_44 integer, column_45 integer, column_46 integer, column_47 integer, column_48 integer, column_49 integer, column_50 integer, column_51 integer, column_52 integer, column_53 integer, column_54 integer, column_55 integer, column_56 integer, column_57 integer, column_58 integer, column_59 integer, column_60 integer, column_61 integer, column_62 integer, column_63 integer, column_64 integer, column_65 integer, column_66 integer, column_67 integer, column_68 integer, column_69 integer, column_70 integer, column_71 integer, column_72 integer, column_73 integer, column_74 integer, column_75 integer, column_76 integer, column_77 integer, column_78 integer, column_79 integer, column_80 integer, column_81 integer, column_82 integer, column_83 integer, column_84 integer, column_85 integer, column_86 integer, column_87 integer, column_88 integer, column_89 integer, column_90 integer, column_91 integer, column_92 integer, column_93 integer, column_94 integer, column_95 integer, column_96 integer, column_97 integer, column_98 integer, column_99 integer, column_100 integer, column_101 integer, column_102 integer, column_103 integer, column_104 integer, column_105 integer, column_106 integer, column_107 integer, column_108 integer, column_109 integer, column_110 integer, column_111 integer, column_112 integer, column_113 integer, column_114 integer, column_115 integer, column_116 integer, column_117 integer, column_118 integer, column_119 integer);
INSERT INTO wide (column_0, column_51, column_119) VALUES (1, 2, 3), (NULL, NULL, NULL);
SELECT to_jsonb(wide) FROM wide ORDER BY column_0;
