-- Three-valued logic, comparisons and row values.
-- each a: true | false | NULL
-- each b: true | false | NULL
-- each o: AND | OR | = | <> | < | >= | IS DISTINCT FROM | IS NOT DISTINCT FROM
SELECT @a@::boolean @o@ @b@::boolean;

-- each a: true | false | NULL
-- each t: IS TRUE | IS NOT TRUE | IS FALSE | IS NOT FALSE | IS UNKNOWN | IS NOT UNKNOWN | IS NULL | IS NOT NULL | ISNULL | NOTNULL
SELECT @a@::boolean @t@, NOT (@a@::boolean @t@);

-- each a: 1 | 2 | NULL
-- each b: (1, 2) | (2, NULL) | (NULL)
-- each o: IN | NOT IN
SELECT @a@::integer @o@ @b@;

-- each a: 1 | 3 | NULL
-- each o: = ANY | <> ALL | < ANY | >= ALL | <> ANY | = ALL
-- each b: ARRAY[1, 2] | ARRAY[1, NULL] | ARRAY[]::integer[] | NULL::integer[]
SELECT @a@::integer @o@ (@b@);

-- each a: (1, 2) | (1, NULL) | (2, 0) | (NULL, NULL)
-- each b: (1, 2) | (1, 3) | (NULL, 2)
-- each o: = | <> | < | <= | > | >= | IS DISTINCT FROM | IS NOT DISTINCT FROM
SELECT ROW@a@ @o@ ROW@b@;

-- each a: (1, 2) | (1, NULL) | (NULL, NULL)
-- each t: IS NULL | IS NOT NULL
SELECT ROW@a@ @t@;

-- each a: (1, 2) | (3, 4) | (1, NULL)
-- each o: IN | NOT IN
SELECT @a@ @o@ ((1, 2), (5, NULL));

-- each a: 1 | 5 | NULL
-- each b: 1 AND 3 | 3 AND 1 | NULL AND 3 | 0 AND NULL
-- each o: BETWEEN | NOT BETWEEN | BETWEEN SYMMETRIC | NOT BETWEEN SYMMETRIC
SELECT @a@::integer @o@ @b@;

-- each x: 1 | 0 | NULL::integer
SELECT CASE WHEN @x@ = 1 THEN 'one' WHEN @x@ = 0 THEN 'zero' END, CASE @x@ WHEN 1 THEN 1.5 ELSE 2 END, coalesce(@x@, 7), nullif(@x@, 1), greatest(@x@, 0, NULL), least(@x@, 0, NULL);

-- each x: 'yes' | 'no' | 'on' | 'off' | 't' | 'f' | '1' | '0' | ' TRUE ' | 'fal' | 'o' | 'maybe' | '' | 'tru'
SELECT @x@::boolean;

-- each x: 1 | 0 | 2 | -1 | 1.5 | NULL | 'a'::text | '1'::text
SELECT @x@::boolean;

-- each x: true::integer | true::text | true::bigint | false::numeric | true + 1 | true > false | true > 1 | 1 AND true | NOT 1 | NOT 'x' | 'x' AND true | true || 'x'
SELECT @x@;

SELECT 1 WHERE NULL;
SELECT 1 WHERE NOT NULL;
SELECT 1 WHERE 1;
SELECT 1 WHERE 'true';
SELECT 1 HAVING true;
SELECT 1 HAVING false;
SELECT CASE WHEN 1 THEN 2 END;
SELECT (1, 2) = (1, 2, 3);
SELECT (1, 2) IN (1, 2);
SELECT (1, 'a') < (1, 'b'), (1, 'a') = (1, 'a'::text);
SELECT 1 = '1', 1 = 'x';
SELECT '1' = '1', 'a' < 'b', NULL = 'a';
SELECT 1 < 2 < 3;
SELECT (1 < 2) = (2 < 3);
SELECT NOT 1 = 2 AND NOT 2 = 3;
SELECT 1 = 1 IS NULL, NOT (NULL IS NULL);
SELECT num_nulls(1, NULL, 'a'), num_nonnulls(1, NULL, 'a');
-- differs: An operand of unknown type is text where PostgreSQL asks for a cast.
SELECT CASE NULL WHEN 1 THEN 1.5 ELSE 2 END;
