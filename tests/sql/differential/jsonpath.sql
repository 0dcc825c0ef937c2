-- SQL/JSON paths.
-- each p: $ | $.a | $.a.b[*] | lax $ | strict $.a | $."a b"  .  "c" | $[*] | $[0, last] | $[1 to last - 1, 0] | $.* | $.** | $.**{2} | $.**{last} | $.**{1 to last} | $.**{0 to 3}.a | $ ? (@.a > 1) | $ ? (@.a > 1 && @.b < 2 \|\| !(@.c == 3)) | $ ? (exists(@.a ? (@ > 1))) | $ ? ((@.a == 1) is unknown) | $ ? (@ like_regex "^a.*z$" flag "ims") | $ ? (@ like_regex "a" flag "mi") | $ ? (@ starts with "ab") | $ ? (@ starts with $x) | $x | $"x y" | 1 + 2 * 3 - -4 / 5 % 6 | (1 + 2) * 3 | -(1 + 2) | - $.a.b | +$.a | $.a.type() | $.a.size().abs() | ($.a + 1).floor() | 1.5.abs() | (1.5).abs() | 1 .abs() | ($.a == 1).type() | $.a == $.b | "a\u00e9\x41\u{1F600}\n\q" == $ | null | true | false | True | NULL | "true" | 1e3 | 1.50 | .5 | 5. | 0x1F | 0o17 | 0b11 | 1_000 | 1_000.5_0 | $[0x1] | $ /* comment */ .a | $.last | $.to.is.true.null | $.type | $.TYPE() | $.a.keyvalue().key | $.decimal(10, 2) | $.decimal() | $.decimal(5,-2) | $.bigint() | $.number().integer().string().boolean().double().ceiling() | ($) | (($.a)) | ($.a).b | ((($.a == 1))) | $[$.a] | $[last - 1 to last] | $[*][*] ? (@ > 1) ? (@ < 5) | $ ? (@ == 1 \|\| @ == 2 && @ == 3) | $ ? (!exists(@.a)) | $ ? (!(@ == 1 && @ == 2)) | $[(1 + 1)] | $ ? ("a" == @) | $a.b.$c | $.$a | "x" starts with "y"
SELECT '@p@'::jsonpath, '@p@'::jsonpath::text;

-- each p: '' | ' ' | '$.' | '$.a.' | '$[' | '$[]' | '$[1' | '$[1 to]' | '@' | '@.a' | 'last' | '$[@]' | '$.a ? ()' | '$ ? (1)' | '$ ? (@.a)' | '$ ? @ > 1' | '1 == 1 == 1' | '(1 == 1) == true' | '$.a && $.b' | '!$.a' | '! true' | '(1 == 1) + 1' | '-(1 == 1)' | 'exists($.a == 1)' | 'exists($.a).b' | 'exists $.a' | '$.foo()' | '$.abs(1)' | '$.abs(' | '1a' | '1.5x' | '01' | '1e' | '1e+' | '0x' | '0xg' | '1__0' | '1_' | '"abc' | '"\u00"' | '"\u0000"' | '"\ud800"' | '"\xg"' | '$ like_regex "a" flag "z"' | '$ like_regex "a" flag "x"' | '$ like_regex "a(b"' | '$ like_regex $x' | '$ like_regex "("  flag "q"' | '$ starts with 1' | '$ starts with $.a' | 'lax' | 'strict' | 'lax strict $' | 'a' | '$ $' | '$a b' | '$.a b' | '/* x' | '$.**{' | '$.**{1 to' | '$.**{-1}' | '$.**{1.5}' | '$ ? (@ == 1 is unknown)' | '$ ? ((@ == 1) is known)' | '$ = 1' | '$ & $' | '$ | $' | '#' | '$.decimal(1.5)' | '$.decimal(0)' | '((((' | '$.a ?' | '$.1' | '$.1a' | '$.a[*' | '$[*, 1]' | '$[1, *]' | ')' | '$**' | '$.**.a.**{3}' | '*' | '.a' | '"\"'
SELECT @p@::jsonpath;

-- each j: {"a": 1, "b": [1, 2, {"c": "x"}], "d": null} | [1, "two", null, [3, 4], {"a": 5}, true] | "text" | null | {} | [] | 42.50 | [[1, 2], [3, [4]], []]
-- each m: lax | strict
-- each p: $ | $.a | $.b | $.* | $.b[*] | $[*] | $[0] | $[last] | $[1 to 3] | $[9] | $[-1] | $[0, 0] | $[last - 1, 0 to 1] | $[1.9] | $["a"] | $.b[1 to last].c | $.** | $.**{1} | $.**{last} | $.**{1 to 2}.a | $.**.a | $.** ? (@ > 1) | $[*] ? (@ > 1) | $.b ? (@.c == "x") | $.b[*] ? (exists(@.c)) | $ ? (@.a == 1) | $ ? (@.d == null) | $ ? (!(@.a == 1)) | $ ? ((@.a > "x") is unknown) | $[*] ? (@ starts with "t") | $[*] ? (@ like_regex "^T" flag "i") | $.type() | $[*].type() | $.**.type() | $.size() | $[*].size() | $.double() | $[*].double() | $.ceiling() | $[*].floor() | $.abs() | $.keyvalue().key | $.keyvalue().value | $[*].keyvalue().key | $.bigint() | $[*].integer() | $.number() | $[*].string() | $.string() | $[*].boolean() | $.boolean() | -$.a | -$[*] | +$.b[0 to 1] | $.a + 1 | $[0] * 2 | $[*] + 1 | $.a / 0 | 7 % $.a | 7 / 2 | 7.0 / 2 | $.a == 1 | $[*] > 1 | $.a == $.b | $ == $ | $.b[*] == $.a | exists($.b[2].c) | !exists($.zz) | $.a > 0 && $.d == null | $.a > 5 \|\| $[0] == 1 | ($.a > "x") is unknown | ($[*] > 2).type() | $.decimal(3, 1) | $.b.c | $.b[*].c | $[*].a | $[3][1] | $[*][*] | $[*][last] | $.missing | $.a.b | $.b[5].c | 1 | "x" | $[$[0]] | $.*[*] | $.*.c | $.**[1]
SELECT jsonb_path_query('@j@', '@m@ @p@');

-- each f: jsonb_path_exists('@j@', '@m@ @p@') | jsonb_path_exists('@j@', '@m@ @p@', '{}', true) | jsonb_path_match('@j@', '@m@ @p@') | jsonb_path_match('@j@', '@m@ @p@', '{}', true) | jsonb_path_query_array('@j@', '@m@ @p@') | jsonb_path_query_array('@j@', '@m@ @p@', silent => true) | jsonb_path_query_first('@j@', '@m@ @p@') | jsonb_path_query_first('@j@', '@m@ @p@', '{}', true) | '@j@'::jsonb @? '@m@ @p@' | '@j@'::jsonb @@ '@m@ @p@'
-- each j: {"a": 1, "b": [1, 2, {"c": "x"}], "d": null} | [1, "two", null, [3, 4], {"a": 5}, true] | 42.50 | []
-- each m: lax | strict
-- each p: $ | $.a | $.zz | $.* | $[*] | $[0] | $[9] | $[*] ? (@ > 1) | $.b[*] ? (@.c == "x") | $[*].double() | $[*].type() | $.a == 1 | $[*] > 1 | $[*] > 2 | $ == 42.5 | $.d | null | $.a / 0 | -$[*] | exists($.a) | $.a == "x" | true
SELECT @f@;

-- each f: jsonb_path_query('[1, 2, 3, "tu"]', '@p@', '@v@') | jsonb_path_query_array('[1, 2, 3, "tu"]', '@p@', vars => '@v@', silent => true)
-- each p: $x | $x + 1 | $y | $x.a | $ ? (@ > $x) | $[*] ? (@ >= $x && @ < $z) | $ starts with $s | $"x y" | $[$x] | $x.type() | $s
-- each v: {"x": 1, "z": 3, "s": "t", "x y": [1, 2]} | {"x": {"a": [1]}} | {"x": "1"} | {} | [1] | 1 | null
SELECT @f@;

-- each x: "1.5" | "1e400" | "nan" | "inf" | " 12 " | "x" | "" | 1.5 | -2.5 | 2147483648 | 9223372036854775808 | "9223372036854775807" | "2147483647" | true | "t" | "yes" | "on" | "0" | 0 | 0.4 | 1e20 | 123456789.123456789 | null | {} | -0.0 | 0.10 | "2" | "1e2" | 12345678901234567890123
-- each m: double() | ceiling() | floor() | abs() | bigint() | integer() | number() | decimal() | string() | boolean() | size() | type() | keyvalue() | decimal(5,2) | decimal(3) | decimal(4,-1) | decimal(0)
SELECT jsonb_path_query('@x@', 'strict $.@m@');

-- each m: double | number | decimal
-- differs: Hexadecimal digits are read for integers only.
SELECT jsonb_path_query('"0x1F"', '$.@m@()');

-- each f: jsonb_path_query(@x@, @p@, @v@) | jsonb_path_query_first(@x@, @p@, @v@) | jsonb_path_exists(@x@, @p@, @v@, NULL) | jsonb_path_match(@x@, @p@, @v@) | @x@::jsonb @? @p@ | @x@::jsonb @@ @p@
-- each x: NULL::jsonb | '1'
-- each p: NULL | '$'
-- each v: NULL | '{}'
SELECT @f@;

-- each a: "a" | "b" | "" | "é" | "\u00e9" | "\n" | "a\"b" | 1 | 1.0 | 1.50 | -1 | true | false | null | [] | {} | [1] | ["a", 1]
-- each o: == | != | < | <= | > | >=
-- each b: "a" | "\u00e9" | "\n" | 1 | true | null | []
SELECT jsonb_path_query('{"x": @a@, "y": @b@}', '$.x @o@ $.y'), jsonb_path_query('{"x": @a@, "y": @b@}', 'strict $.x @o@ $.y');

-- each a: 7 | 7.0 | -7.5 | 0 | 1e10 | 0.001
-- each o: + | - | * | / | %
-- each b: 2 | 2.0 | -3 | 0 | 0.3
SELECT jsonb_path_query('[@a@, @b@]', '$[0] @o@ $[1]');

-- each p: ^a | a.b | a$ | A | [[:alpha:]]+ | \\d | a\\.b | .
-- each g: | flag "i" | flag "s" | flag "m" | flag "q" | flag "iq" | flag "sm"
-- each s: ab | a.b | b\na | A\nb | a\nb | 1
SELECT jsonb_path_query('["@s@"]', '$[*] ? (@ like_regex "@p@" @g@)');

-- each q: SELECT x FROM jsonb_path_query('[1,2,3]', '$[*]') x | SELECT * FROM jsonb_path_query('[1,2,3]', '$[*]') WITH ORDINALITY AS t(v, n) | SELECT g, jsonb_path_query('[1,2,3]', '$[*] ? (@ > $g)', jsonb_build_object('g', g)) FROM generate_series(0, 3) g | SELECT t.j, q FROM (VALUES ('{"a":[1,2]}'::jsonb), ('{"a":[]}'), (NULL)) t(j), jsonb_path_query(t.j, '$.a[*]') q | SELECT t.j, q FROM (VALUES ('{"a":[1,2]}'::jsonb), ('{"a":[]}'), (NULL)) t(j) LEFT JOIN LATERAL jsonb_path_query(t.j, '$.a[*]') q ON true | SELECT count(*) FROM jsonb_path_query('{"a":[[1,2],[3]]}', '$.a') | SELECT p, jsonb_path_query_array('{"a":1,"b":[2]}', p) FROM (VALUES ('$.a'::jsonpath), ('$.b'), ('$.*')) v(p) | SELECT jsonb_path_query_array('{"a":1}', ('$.' || 'a')::jsonpath) | SELECT jsonb_path_query_array('{"a":1}', '$.' || 'a') | SELECT '{"a":1}'::jsonb @? 'x' | SELECT '{"a":1}'::json @? '$.a' | SELECT '{"a":1}' @? '$.a' | SELECT ARRAY['$.a', '$[0]']::jsonpath[] | SELECT '$.a'::jsonpath = '$.a'::jsonpath | SELECT DISTINCT p FROM (VALUES ('$'::jsonpath)) v(p) | SELECT p FROM (VALUES ('$'::jsonpath)) v(p) ORDER BY p | SELECT to_json('$."a"'::jsonpath) | SELECT '$'::jsonpath::integer | SELECT 1::jsonpath | SELECT coalesce('$.a'::jsonpath, '$') | SELECT min('$'::jsonpath)
@q@;

CREATE TABLE paths (id integer PRIMARY KEY, doc jsonb, path jsonpath DEFAULT '$.a');

INSERT INTO paths (id, doc) VALUES (1, '{"a": [1, 2, 3], "n": {"x": "y"}}'), (2, '{"a": 4}'), (3, NULL), (4, '[]');

INSERT INTO paths VALUES (5, '{"a": {"b": 5}}', 'strict $.a.b'), (6, '{"b": 1}', '$ ? (@.b == 1)');

INSERT INTO paths VALUES (7, '{}', '$.');

UPDATE paths SET path = '$.*' WHERE id = 4;

SELECT id, path, jsonb_path_query_array(doc, path) FROM paths ORDER BY id;

-- each w: doc @? '$.a[*] ? (@ > 2)' | doc @@ '$.a[*] > 2' | NOT doc @? '$.a' | jsonb_path_exists(doc, path) | jsonb_path_exists(doc, '$.a[*] ? (@ == $v)', jsonb_build_object('v', id))
SELECT id FROM paths WHERE @w@ ORDER BY id;

SELECT id, q FROM paths, jsonb_path_query(doc, '$.** ? (@.type() == "number")') q ORDER BY id, q;
