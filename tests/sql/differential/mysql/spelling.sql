-- What MySQL's spelling means (docs/sql.md).

SELECT 1;
SELECT `a`.`b c` FROM (SELECT 1 AS `b c`) AS `a`;
SELECT `a``b` FROM (SELECT 2 AS `a``b`) AS t;
SELECT "text", 'it''s', 'it\'s', "say ""hi""", 'back\\slash', 'tab\tnewline\n', '100\%', 'a\_b', "it's", 'q\"q', '\a\x', '\r\b\Z';
SELECT 1 # a comment
+ 2;
SELECT 5--3, 5 -- a comment
;
SELECT X'4142', x'';

-- each v: 1 = 1 | 1 = 2 | NULL
-- each w: 1 = 1 | 1 = 2 | NULL
-- each o: AND | OR | && | \|\|
SELECT (@v@) @o@ (@w@);

-- each v: 1 = 1 | 1 = 2 | NULL
SELECT NOT (@v@), !(@v@), (@v@) IS TRUE, (@v@) IS NOT FALSE, (@v@) IS UNKNOWN;

-- each v: 1 | 2 | NULL
-- each w: 1 | NULL
SELECT @v@ <=> @w@, NOT @v@ <=> @w@;

SELECT 'a' <=> 'a', 'a' <=> NULL, 'a' <=> 'b';
SELECT NOT 1 BETWEEN 2 AND 3, NOT 1 IN (1, 2), 2 NOT IN (1, NULL), NULL IN (1);
SELECT 1 < 2 AND 3 > 2 OR 1 = 2, NOT 1 = 2 AND 2 = 3;
SELECT 5 & 3, 5 | 3, 1 << 3, 16 >> 2, 1 | 2 & 2, 1 | 1 << 2 & 6, 1 << 1 + 1, 3 & 1 = 1;
SELECT 4 BETWEEN 1 | 2 AND 2 | 4;

-- Text is compared as the collation utf8mb4_nopad_bin does.
SELECT 'a' = 'A', 'a' = 'a ', 'a' < 'B', 'é' = 'e', 'ß' = 'ss', 'a' < 'b', 'Z' < 'a', 'z' < 'é';
SELECT 'abc' LIKE 'A%', 'abc' LIKE 'a%', 'a' LIKE '_', 'a%b' LIKE 'a\%b', 'axb' LIKE 'a\%b', 'a\\b' LIKE 'a\\\\b', 'a_b' LIKE 'a|_b' ESCAPE '|';

-- Rows.
CREATE TABLE t (id INT PRIMARY KEY, `select` VARCHAR(20), n DECIMAL(10, 2), d DATE, at DATETIME);
INSERT INTO t VALUES (1, 'one', 1.5, '2024-01-31', '2024-01-31 10:00:00'), (2, 'Two', -2.25, NULL, NULL), (3, NULL, NULL, '2023-12-01', '2023-12-01 00:00:01');
INSERT INTO t (id) VALUES (4);
INSERT INTO t () VALUES ();
SELECT * FROM t ORDER BY id;
SELECT * FROM t ORDER BY id LIMIT 2;
SELECT * FROM t ORDER BY id LIMIT 1, 2;
SELECT * FROM t ORDER BY id LIMIT 2 OFFSET 1;
SELECT * FROM t ORDER BY id DESC LIMIT 0;
SELECT id, `select` FROM t WHERE `select` = 'two';
SELECT id, `select` FROM t WHERE `select` = 'Two' AND n < 0;
SELECT id FROM t WHERE `select` LIKE 't%' ORDER BY id;
SELECT id FROM t WHERE d >= '2024-01-01';
SELECT id FROM t WHERE at BETWEEN '2023-01-01' AND '2024-01-31 10:00:00' ORDER BY id;
SELECT count(*), count(n), sum(n), min(n), max(n), min(d), max(`select`) FROM t;
SELECT n IS NULL AS missing, count(*) FROM t GROUP BY n IS NULL ORDER BY 1;
SELECT id, count(*) FROM t GROUP BY id HAVING count(*) > 1;
SELECT `select` AS s, count(*) AS c, sum(n) AS total FROM t GROUP BY `select` HAVING c >= 1 AND total IS NOT NULL ORDER BY s;
SELECT `select` AS s, count(*) AS `how many` FROM t GROUP BY s HAVING `how many` > 1 OR s = 'Two' ORDER BY s;
SELECT id % 2 AS odd, max(n) AS n FROM t GROUP BY odd HAVING n > 0 ORDER BY odd;
SELECT id % 2 AS odd, max(n) AS n FROM t GROUP BY odd HAVING sum(n) > 0 ORDER BY odd;
SELECT id, IF(count(*) > 1, 'many', 'one') AS word FROM t GROUP BY id HAVING word LIKE 'o%' ORDER BY id;
SELECT max(n) AS top FROM t HAVING top > 100;
SELECT max(n) AS top FROM t HAVING top > (SELECT min(n) AS top FROM t);
SELECT count(*) AS c FROM t HAVING abs(c) > 1;
SELECT count(*) AS c FROM t HAVING nothing > 1;
SELECT `select`, count(*) FROM t;
SELECT `select`, n FROM t GROUP BY `select`;
SELECT x.id, y.id FROM t x JOIN t y ON x.id < y.id ORDER BY 1, 2;
SELECT x.id, y.n FROM t x LEFT JOIN t y USING (id) ORDER BY id;
SELECT id FROM t WHERE id IN (SELECT id FROM t WHERE n > 0) UNION ALL SELECT 9;
WITH RECURSIVE i AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM i WHERE n < 4) SELECT * FROM i ORDER BY n;
SELECT id, rank() OVER (ORDER BY id DESC) FROM t ORDER BY id;
SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t ORDER BY id;

-- Writes.
UPDATE t SET n = n * 2 WHERE id = 1;
UPDATE t AS x SET x.n = 7, x.`select` = 'seven' WHERE x.id = 3;
UPDATE t SET nothing = 1;
DELETE FROM t WHERE id = 4;
DELETE FROM t WHERE id = 99;
INSERT INTO t (id) VALUES (1);
INSERT IGNORE INTO t (id, n) VALUES (1, 100), (5, 5);
REPLACE INTO t (id, `select`) VALUES (2, 'replaced'), (6, 'new');
SELECT * FROM t ORDER BY id;
SELECT nothing FROM t;
SELECT * FROM nowhere;
SELEC 1;
CREATE TABLE t (id INT);
DROP TABLE IF EXISTS nowhere;
DROP TABLE nowhere;

-- Columns that number themselves.
CREATE TABLE a (id BIGINT AUTO_INCREMENT PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO a (name) VALUES ('x'), ('y');
INSERT INTO a (id, name) VALUES (10, 'ten');
INSERT INTO a (name) VALUES ('z');
INSERT INTO a (name) VALUES (NULL);
INSERT INTO a (id) VALUES (20);
SELECT * FROM a ORDER BY id;
BEGIN;
DELETE FROM a;
ROLLBACK;
SELECT count(*) FROM a;
TRUNCATE TABLE a;
INSERT INTO a (name) VALUES ('again');
SELECT * FROM a;

-- Keys.
CREATE TABLE p (id INT PRIMARY KEY);
CREATE TABLE c (id INT PRIMARY KEY, p INT, u INT UNIQUE, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE);
INSERT INTO p VALUES (1), (2);
INSERT INTO c VALUES (1, 1, 1), (2, 2, NULL), (3, 2, NULL);
INSERT INTO c VALUES (4, 9, 9);
INSERT INTO c VALUES (4, 1, 1);
DELETE FROM p WHERE id = 2;
SELECT * FROM c ORDER BY id;
DROP TABLE c, p;

-- Views.
CREATE VIEW v AS SELECT id, n * 2 AS twice FROM t WHERE n IS NOT NULL;
SELECT * FROM v ORDER BY id;
INSERT INTO t (id, n) VALUES (7, 7.77);
SELECT * FROM v ORDER BY id;
DROP VIEW v;
