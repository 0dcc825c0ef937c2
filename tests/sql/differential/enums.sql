-- Enums: every answer is PostgreSQL's.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE size AS ENUM ('small', 'ok', 'large');
CREATE TYPE nothing AS ENUM ();
CREATE TYPE mood AS ENUM ('a');
CREATE TYPE "Odd one" AS ENUM ('', ' ', 'it''s', 'ünï', 'a,b', '{c}', 'NULL', '"');
CREATE TABLE person (id integer PRIMARY KEY, name text, mood mood, size size NOT NULL DEFAULT 'ok', moods mood[]);
INSERT INTO person VALUES (1, 'ann', 'happy', 'large', '{sad,happy}'), (2, 'bob', 'sad', 'small', '{}'), (3, 'cat', 'ok', DEFAULT, NULL), (4, 'dan', NULL, 'large', '{ok,NULL}'), (5, 'sad', 'sad', 'ok', '{happy}');

-- each o: = | <> | < | <= | > | >= | IS DISTINCT FROM | IS NOT DISTINCT FROM
-- each a: 'sad'::mood | mood | 'ok' | NULL::mood
-- each b: mood | 'happy'::mood | NULL
SELECT id, @a@ @o@ @b@ FROM person ORDER BY id;

-- each o: = | < | >=
-- each b: name | size | 1 | 'angry' | 'ok'::size | 'ok'::text | true
SELECT id FROM person WHERE mood @o@ @b@ ORDER BY id;

-- each f: min | max | count
-- each c: mood | size
SELECT @f@(@c@) FROM person;
-- each c: mood | size
-- each f: mode() | percentile_disc(0.5) | percentile_disc(0) | percentile_disc(1)
SELECT @f@ WITHIN GROUP (ORDER BY @c@) FROM person;
SELECT array_agg(mood ORDER BY mood), array_agg(DISTINCT mood) FROM person;
SELECT string_agg(mood::text, ',' ORDER BY mood) FROM person;
SELECT sum(mood) FROM person;

-- each c: mood | mood DESC | mood NULLS FIRST | mood::text | size, mood | moods | moods DESC
SELECT id, mood FROM person ORDER BY @c@, id;
SELECT mood, count(*) FROM person GROUP BY mood ORDER BY mood;
SELECT DISTINCT size FROM person ORDER BY size;
SELECT DISTINCT ON (mood) mood, id FROM person ORDER BY mood, id DESC;
SELECT id, rank() OVER (ORDER BY mood), lag(mood) OVER (ORDER BY id), max(mood) OVER (ORDER BY id) FROM person ORDER BY id;
SELECT id FROM person WHERE mood BETWEEN 'sad' AND 'ok' ORDER BY id;
SELECT id FROM person WHERE mood IN ('sad', 'happy') ORDER BY id;
SELECT id FROM person WHERE mood IN ('sad', 'angry') ORDER BY id;
SELECT id FROM person WHERE mood NOT IN ('sad') ORDER BY id;
-- each q: ANY | ALL
-- each o: = | < | >= | <>
SELECT id FROM person WHERE mood @o@ @q@ (moods) ORDER BY id;
SELECT id FROM person WHERE mood = ANY (ARRAY['sad', 'ok']::mood[]) ORDER BY id;
SELECT id FROM person WHERE mood = ANY ('{sad,ok}') ORDER BY id;
SELECT id FROM person WHERE mood > (SELECT min(mood) FROM person) ORDER BY id;
SELECT a.id, b.id FROM person a JOIN person b USING (mood) ORDER BY 1, 2;
SELECT a.id, b.id FROM person a JOIN person b ON a.mood < b.mood ORDER BY 1, 2;
SELECT mood FROM person UNION SELECT 'ok' ORDER BY mood;
SELECT mood FROM person EXCEPT SELECT 'ok'::mood ORDER BY mood;
SELECT mood FROM person UNION SELECT name FROM person;
SELECT id, CASE WHEN id > 2 THEN mood ELSE 'ok' END FROM person ORDER BY id;
SELECT id, CASE mood WHEN 'sad' THEN 1 WHEN 'ok' THEN 2 END FROM person ORDER BY id;
SELECT id, CASE WHEN id > 2 THEN mood ELSE name END FROM person ORDER BY id;
SELECT id, coalesce(mood, 'ok') FROM person ORDER BY id;
SELECT id, coalesce(mood, name) FROM person ORDER BY id;
SELECT id, nullif(mood, 'sad') FROM person ORDER BY id;
SELECT id, greatest(mood, 'ok'), least(mood, 'ok', 'sad') FROM person ORDER BY id;

-- each t: text | varchar | varchar(2) | char(3) | mood | size | integer | boolean | json | jsonb | mood[] | bytea
SELECT id, mood::@t@ FROM person ORDER BY id;
-- each v: 'sad' | 'Sad' | ' sad' | 'sad ' | '' | NULL | 'sad'::text | 'sad'::varchar | 1 | true | '{sad}' | name
SELECT (@v@)::mood FROM person WHERE id = 5;
-- each v: '{}' | '{sad}' | '{sad,NULL,ok}' | '{{sad,ok},{ok,happy}}' | '{Sad}' | 'sad' | ARRAY['sad'] | ARRAY['x'] | ARRAY['sad'::mood] | ARRAY['ok'::size] | '{"sad"}'
SELECT (@v@)::mood[];
-- each v: '' | ' ' | 'it''s' | 'ünï' | 'a,b' | '{c}' | 'NULL' | '"' | 'x'
SELECT @v@::"Odd one", ARRAY[@v@::"Odd one"];
SELECT enum_range(NULL::"Odd one"), enum_range(NULL::nothing), enum_first(NULL::mood), enum_last(NULL::mood);
SELECT enum_first(NULL::nothing);
-- each a: NULL | 'sad' | 'ok' | 'happy'
-- each b: NULL | 'sad' | 'ok' | 'happy'
SELECT enum_range(@a@::mood, @b@::mood);
SELECT enum_range(mood), enum_first(mood), enum_last(mood) FROM person WHERE id = 4;
SELECT enum_range('ok'::text);
SELECT enum_range(1);
SELECT enum_range('ok'::mood, 'ok'::size);
SELECT enum_first('ok');

SELECT moods, moods[1], moods[1:1], array_length(moods, 1), array_position(moods, 'happy') FROM person ORDER BY id;
SELECT id, unnest(moods) AS m FROM person ORDER BY id, m;
SELECT id, moods || 'ok'::mood, moods @> ARRAY['sad'::mood], moods && '{ok,happy}' FROM person ORDER BY id;
-- each o: = | < | > | <>
SELECT a.id, b.id FROM person a, person b WHERE a.moods @o@ b.moods ORDER BY 1, 2;
SELECT to_json(mood), to_jsonb(moods), json_build_object('m', mood), row_to_json(person) FROM person WHERE id = 1;
SELECT concat(mood, '!'), length(mood::text), format('%s', mood), mood || '!' FROM person ORDER BY id;
SELECT upper(mood) FROM person;
SELECT mood LIKE 's%' FROM person;
SELECT pg_typeof(mood)::text, pg_typeof(moods)::text, pg_typeof('x'::text::"Odd one")::text FROM person WHERE id = 0;

INSERT INTO person (id, mood) VALUES (6, 'angry');
INSERT INTO person (id, mood) VALUES (6, 'ok'::text);
INSERT INTO person (id, mood) SELECT 6, 'ok';
INSERT INTO person (id, mood) SELECT id + 10, name FROM person WHERE id = 5;
INSERT INTO person (id, mood) SELECT id + 10, name::mood FROM person WHERE id = 5;
INSERT INTO person (id, size) VALUES (7, NULL);
INSERT INTO person (id, size) VALUES (7, 'ok'::mood);
UPDATE person SET mood = CASE WHEN id = 1 THEN 'ok' ELSE 'sad' END::mood WHERE id < 3 RETURNING id, mood;
UPDATE person SET mood = 'none';
UPDATE person SET name = mood WHERE id = 1 RETURNING name;
UPDATE person SET moods = moods || mood WHERE moods IS NOT NULL RETURNING id, moods;
UPDATE person SET moods[1] = 'ok' WHERE id = 1;
SELECT * FROM person ORDER BY mood, size, id;

CREATE TABLE ranked (mood mood PRIMARY KEY, n integer CHECK (n > 0), CHECK (mood > 'sad'));
INSERT INTO ranked VALUES ('ok', 1), ('happy', 2);
INSERT INTO ranked VALUES ('ok', 3);
INSERT INTO ranked VALUES ('sad', 3);
INSERT INTO ranked VALUES ('ok', 3) ON CONFLICT (mood) DO UPDATE SET n = excluded.n RETURNING *;
CREATE TABLE refers (id integer, mood mood REFERENCES ranked ON UPDATE CASCADE);
INSERT INTO refers VALUES (1, 'ok'), (2, 'happy');
INSERT INTO refers VALUES (3, 'sad');
CREATE UNIQUE INDEX person_mood ON person (mood, id);
CREATE INDEX person_happy ON person (id) WHERE mood = 'happy';
SELECT id FROM person WHERE mood = 'happy' ORDER BY id;
SELECT mood, id FROM person WHERE mood >= 'ok' ORDER BY mood, id;

ALTER TYPE mood ADD VALUE 'sad';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad';
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'unknown';
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
ALTER TYPE mood ADD VALUE 'glad' AFTER 'ok';
ALTER TYPE mood ADD VALUE 'great';
ALTER TYPE nosuch ADD VALUE 'x';
SELECT enum_range(NULL::mood);
INSERT INTO person (id, mood) VALUES (20, 'meh'), (21, 'glad'), (22, 'great');
SELECT id, mood FROM person ORDER BY mood, id;
SELECT mood, id FROM person WHERE mood < 'glad' ORDER BY mood, id;
ALTER TYPE mood RENAME VALUE 'meh' TO 'ok';
ALTER TYPE mood RENAME VALUE 'nosuch' TO 'x';
ALTER TYPE size RENAME VALUE 'large' TO 'big';
SELECT id, size FROM person ORDER BY size, id;
SELECT 'large'::size;
ALTER TYPE mood RENAME TO humour;
SELECT 'sad'::mood;
SELECT mood, pg_typeof(mood)::text FROM person ORDER BY id;
ALTER TYPE humour RENAME TO size;
DROP TYPE humour;
DROP TYPE nosuch;
DROP TYPE IF EXISTS nosuch;
DROP TYPE nothing, "Odd one";
DROP INDEX person_happy;
ALTER TABLE person ALTER COLUMN mood TYPE text;
ALTER TABLE person ALTER COLUMN mood TYPE humour;
ALTER TABLE person ALTER COLUMN name TYPE humour USING CASE WHEN name = 'sad' THEN name END::humour;
SELECT id, name FROM person ORDER BY name, id;
DROP TYPE humour CASCADE;
SELECT * FROM person ORDER BY id;
SELECT * FROM ranked ORDER BY n;
