-- Text: patterns, functions, casts, unicode.
-- each s: 'abc' | 'ABC' | 'a_c' | 'a%c' | '' | 'äöü' | 'a\c' | NULL
-- each p: 'a%' | 'A%' | '_b_' | 'a\_c' | 'a\%c' | '%' | '' | 'Ä%' | '%c' | 'abc' | NULL
-- each o: LIKE | NOT LIKE | ILIKE | NOT ILIKE
SELECT @s@ @o@ @p@;

-- each s: 'a_c' | 'abc' | 'a%c'
-- each p: 'a#_c' ESCAPE '#' | 'a#%c' ESCAPE '#' | 'a\_c' ESCAPE '' | 'a_c' ESCAPE '_' | 'a##' ESCAPE 'xx' | 'abc#' ESCAPE '#'
SELECT @s@ LIKE @p@;

-- each s: 'hello world' | '' | 'Ünïcode 😀 text' | '  pad  ' | 'a,b,,c' | NULL
-- each f: length(@s@) | char_length(@s@) | octet_length(@s@) | bit_length(@s@) | upper(@s@) | lower(@s@) | initcap(@s@) | reverse(@s@) | left(@s@, 3) | left(@s@, -2) | right(@s@, 3) | right(@s@, -2) | substr(@s@, 2) | substr(@s@, 0, 3) | substr(@s@, -1, 3) | substring(@s@ from 2 for 3) | substring(@s@ for 2) | trim(@s@) | ltrim(@s@) | rtrim(@s@) | btrim(@s@, ' h') | trim(both 'h' from @s@) | trim(leading from @s@) | lpad(@s@, 14, 'xy') | rpad(@s@, 14, 'xy') | lpad(@s@, 2) | repeat(@s@, 2) | repeat(@s@, -1) | replace(@s@, 'l', 'LL') | replace(@s@, '', 'x') | translate(@s@, 'lo', '01') | translate(@s@, 'lo', '') | split_part(@s@, ',', 2) | split_part(@s@, ',', -1) | split_part(@s@, 'x', 1) | strpos(@s@, 'o') | position('o' in @s@) | position('' in @s@) | ascii(@s@) | md5(@s@) | quote_ident(@s@) | quote_literal(@s@) | quote_nullable(@s@) | concat(@s@, 1, NULL, true) | concat_ws('-', @s@, NULL, 'x') | starts_with(@s@, 'he') | @s@ ^@ 'he' | overlay(@s@ placing 'ZZ' from 2) | overlay(@s@ placing 'ZZ' from 2 for 0) | string_to_array(@s@, ',') | string_to_array(@s@, NULL) | string_to_array(@s@, '') | to_json(@s@::text) | @s@ \|\| 'x' | @s@ \|\| 1 | @s@::varchar(3) | @s@::char(3) | @s@::char(14) \|\| '.' | unistr(@s@) | encode(convert_to(@s@, 'UTF8'), 'hex') | format('%s|%I|%L', @s@, 'x', @s@) | format('%-14s.%3$s', @s@, 1, 2)
SELECT @f@;

-- each f: chr(65) | chr(8364) | chr(128512) | chr(0) | chr(-1) | ascii('€') | to_hex(10) | split_part('a', ',', 0) | lpad('a', -1) | left('abc', 0) | substring('abc' from 2 for -1) | repeat('ab', 0) | initcap('o''neil mc-donald') | concat() | concat(NULL) | concat_ws(NULL, 'a') | format('%s') | format('%2$s', 1, 2) | format('%x', 1) | format('100%%') | format('%s', NULL) | format('%L', NULL) | format('%I', NULL) | quote_ident('a b') | quote_ident('ok') | quote_literal('a\b') | parse_ident('a."B c"') | string_to_array('a,NULL,b', ',', 'NULL') | array_to_string(ARRAY['a', NULL, 'b'], ',') | array_to_string(ARRAY['a', NULL], ',', '*') | normalize('a') | 'a' \|\| NULL | 1 \|\| 'a' | 1 \|\| 2 | 'a' \|\| true | ('a' \|\| 'b') LIKE 'ab' | 'a' < 'B' | 'é' > 'z' | 'a' < 'ab' | '' < 'a' | 'Z' < 'a' | '10' < '9' | 'a ' = 'a' | 'a '::char(3) = 'a'::char(5) | length('a '::char(3)) | 'a'::char(3)::text \|\| '.' | 'abcdef'::varchar(3) | ''::text IS NULL | crc32('a'::bytea) | casefold('A') | string_agg('a', 'b') | levenshtein('a', 'b')
SELECT @f@;

SELECT 'it''s', E'a\tb\n\\', E'\x41\u00e9', $$dollar 'quoted'$$, $tag$a$$b$tag$, 'con' 'cat';
SELECT 'a'
  'b';
SELECT U&'\0041';
SELECT E'\'' AS quote, 'back\slash';
SELECT 'unterminated;
-- each x: 'a' COLLATE "C" < 'B' | 'a' COLLATE "POSIX" | 'a' COLLATE "nope" | 1 COLLATE "C"
SELECT @x@;
-- each s: 'abc' | 'a.c' | 'ABC' | '' | 'line1' | NULL
-- each p: 'b' | '^a' | 'c$' | '^a.c$' | 'a\.c' | '[[:digit:]]' | '^(a|b)+' | 'A' | '' | 'x*' | '[^a-z]' | '\d' | '\w{3}' | 'a{2' | '('
-- each o: ~ | ~* | !~ | !~*
SELECT @s@ @o@ @p@;
-- each p: 'abc' | 'a' | '%(b|d)%' | 'a%' | '(b|c)%' | '_b_' | '[a-c]+' | 'a\%'
SELECT 'abc' SIMILAR TO @p@, 'abc' NOT SIMILAR TO @p@;
-- each f: regexp_replace('foobar', 'o+', 'x') | regexp_replace('foobarbaz', 'b(..)', 'X\1Y', 'g') | regexp_replace('abc', 'B', 'x', 'i') | regexp_replace('aaa', 'a', 'b', 2) | regexp_replace('abc', 'x*', '-', 'g') | regexp_replace('2026-01-31', '(\d+)-(\d+)-(\d+)', '\3.\2.\1') | regexp_replace('  a  b ', '\s+', ' ', 'g') | regexp_replace('abc', '^', 'x') | regexp_match('foobar', '(o+)(b)') | regexp_match('foobar', 'z') | regexp_match('foobar', 'o+') | regexp_split_to_array('a,b;c', '[,;]') | regexp_split_to_array('abc', '') | regexp_count('ABCABC', 'B') | regexp_substr('foobar', 'o+') | regexp_instr('foobar', 'b') | regexp_like('a', 'A', 'i') | substring('foobar' from 'o(.)b') | substring('foobar' from 'o+') | substring('foobar', 'z') | regexp_replace('a.b', '.', '\\&', 'g') | regexp_replace('abc', '(a)(b)?(x)?', '[\1\2\3]')
SELECT @f@;
-- differs: quote_ident and format('%I') quote no keywords.
SELECT quote_ident('select');
-- differs: "char" is character(1).
SELECT 'x'::"char";

-- differs: An untyped literal is a text.
SELECT to_json('a');
-- differs: name is text.
SELECT 'a'::name;
