-- MySQL's operators (docs/sql.md).

-- each v: 7 | -7 | 7.5 | -7.25 | 0 | NULL | 7e0 | 1000000007
-- each w: 2 | -2 | 0 | NULL | 2.5 | 3e0 | 3
-- each o: + | - | * | / | % | DIV | MOD
SELECT @v@ @o@ @w@;

SELECT 1/3, 2/3, 10/4, 1/8, 10/3.0;
SELECT 10/4/2;
SELECT 1/3*3, (1/3)*3, 1/2 + 1/2;
SELECT ROUND(1/3, 8), ROUND(2/3, 9), FLOOR(7/2), CEIL(7/2), CAST(1/3 AS DECIMAL(20, 10)), ROUND(1/3, 4) * 3;
SELECT 1/3 > 0.3333, 1/3 = 0.3333, 1/3 = 0.333333333, 1/3 < 0.33333334, 1/3 BETWEEN 0.3333 AND 0.3334, 1/3 IN (0.3333), 1/3 <=> 0.3333, 1/3 = 2/6, 1.50/3, 1.123456789/3, 5/1.25, 12345678.123456/7.1;
SELECT IF(1 = 1, 1/3, 2), IFNULL(NULL, 1/3), COALESCE(1/3), CONCAT(1/3), -(1/3), MIN(1/3);
SELECT ABS(1/3);
SELECT SUM(1/3);
SELECT 7 / 2.0, 7.0 / 2, 7.00 / 2, 0.1 / 3, 1e0 / 3, 1 / 3e0, 9999999999 / 3, 1 / 9999999999;
SELECT 5 DIV 2, -5 DIV 2, 5.9 DIV 2, 5 DIV 0.4, 10 MOD 3, -10 MOD 3, 10.5 MOD 3, MOD(10, 3), MOD(-10.5, 3), MOD(5, 0);
SELECT 2 + 3 DIV 2, 2 * 3 DIV 4, 7 MOD 4 * 2, - 7 DIV 2;
SELECT id, x / 2 FROM (SELECT 1 AS id, 3 AS x UNION ALL SELECT 2, 4) t ORDER BY id;

-- each v: 1 = 1 | 1 = 2 | NULL
-- each w: 1 = 1 | 1 = 2 | NULL
SELECT (@v@) XOR (@w@);

SELECT 1 = 1 XOR 1 = 1 OR 1 = 2, 1 = 1 AND 1 = 2 XOR 1 = 1, NOT 1 = 1 XOR 1 = 1;

SELECT 5 & 3, 5 | 3, 1 << 3, 16 >> 2, 1 << 32, 1 << 62, 1 << 64, 3000000000 & 4294967295, 255 >> 4 | 1;
SELECT -1 & 3, 5 & NULL, NULL << 1, -8 & 7;
SELECT -1 | 1;
SELECT 1 << 63;
SELECT ~0;
SELECT 5 ^ 1;
SELECT 2.5 & 1;

SELECT 'abc' REGEXP '^a', 'abc' RLIKE 'B', 'abc' NOT REGEXP 'c$', NULL REGEXP 'a', 'a.c' REGEXP 'a\\.c', 'foo123' REGEXP '[0-9]+$', 'x' REGEXP '^(a|x)$';

-- each e: '10' = 10 | '10' = '10.0' | 10 = '10abc' | 'abc' = 0 | '1' + 1 | '1.5' * 2 | 'a' + 1 | 1 = TRUE | TRUE + 1 | '' = 0 | 1 AND 1 | NOT 5 | 'a' OR 1 | '7' / 2 | NOT 'a' | 1 AND 0 | (2 > 1) = 1 | (2 > 1) + (3 > 2) | NOT 0 | 0 OR NULL | 0 XOR 2 | IF(0, 'a', 'b') | (1 = 1) * 3 | (1 = 2) - 1
SELECT @e@;

-- each e: CONCAT(1, 'a') = '1a' | 5 LIKE '5%' | 'a' < 1 | '2024-01-01' = 20240101 | IF(1, 2, 3) | IF('a' = 'a', 1, 'b') | COALESCE(1, 'a') | 1 BETWEEN '0' AND '5' | 1 IN ('1', '2') | 1 IN ('a') | CASE 1 WHEN '1' THEN 'x' END
SELECT @e@;

SELECT 2147483647 + 1;
SELECT 9223372036854775807 + 1;
SELECT 65536 * 65536;
SELECT -2147483648 - 1;
SELECT 9223372036854775807, 9223372036854775808, -9223372036854775808;
SELECT 1.5e3, 1e0, 0.1 + 0.2, 1e-1 + 2e-1, 1.10 * 1.10, 1.0 + 2, 3 - 1.55;
SELECT 1 FROM (SELECT 1 AS x) t WHERE 1;
SELECT 1 FROM DUAL WHERE 0;
SELECT 1 FROM DUAL;

-- NULL comes first.
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL UNION ALL SELECT 2) t ORDER BY x;
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL UNION ALL SELECT 2) t ORDER BY x DESC;
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL UNION ALL SELECT 2) t ORDER BY x LIMIT 1;
SELECT x, row_number() OVER (ORDER BY x) AS n FROM (SELECT 1 AS x UNION ALL SELECT NULL) t ORDER BY n;
SELECT x, first_value(x) OVER (ORDER BY x DESC) FROM (SELECT 1 AS x UNION ALL SELECT NULL) t ORDER BY x;
SELECT x, last_value(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (SELECT 1 AS x UNION ALL SELECT NULL) t ORDER BY x;

-- In what writes a division by zero fails.
CREATE TABLE z (id INT PRIMARY KEY, n DECIMAL(10, 4), d DOUBLE, i BIGINT);
INSERT INTO z VALUES (1, 1/3, 1/3, 7 DIV 2), (2, 2/3, 2e0/3, 7 % 4), (3, 7 / 2, 1, 3.6);
SELECT * FROM z ORDER BY id;
INSERT INTO z (id, n) VALUES (4, 1/0);
INSERT INTO z (id, n) VALUES (4, 1 % 0);
INSERT INTO z (id, i) VALUES (4, 1 DIV 0);
INSERT INTO z (id, d) VALUES (4, 1e0 / 0);
UPDATE z SET n = n / 0;
UPDATE z SET n = n / 2, d = d / 2 WHERE n / 2 > 0.3;
SELECT * FROM z ORDER BY id;
SELECT id FROM z WHERE n / 0 IS NULL ORDER BY id;
SELECT id, n / 3, n / i, d / 3, i / n, n % 2, d % 2, i DIV 2 FROM z ORDER BY n / 3, id;
SELECT sum(n), sum(i), sum(d), sum(n) / count(*), count(*) / 2 FROM z;
SELECT avg(n), avg(i), avg(d), avg(DISTINCT i) FROM z;
SELECT avg(n) FROM z WHERE 1 = 2;
SELECT id, avg(i) OVER (ORDER BY id) FROM z ORDER BY id;
SELECT i, avg(n) FROM z GROUP BY i ORDER BY avg(n), i;
SELECT avg(i) * 2 FROM z;
SELECT avg(i) > 3 FROM z;
CREATE VIEW q AS SELECT id, n / 3 AS third FROM z;
SELECT * FROM q ORDER BY id;
