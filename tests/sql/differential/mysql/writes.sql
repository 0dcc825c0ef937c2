-- MySQL's writes (docs/sql.md).

CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k VARCHAR(10), n TINYINT(4), u INT DEFAULT 5, UNIQUE KEY k1 (k)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO t SET k = 'a', n = 1;
INSERT INTO t SET t.k = 'b';
INSERT INTO t SET nothing = 1;
INSERT INTO t VALUES (NULL, 'c', 2, 1), (0, 'd', 3, 0), (DEFAULT, 'e', 4, NULL);
INSERT INTO t (id, k) VALUES (NULL, 'f');
SELECT * FROM t ORDER BY id;
INSERT INTO t SET k = 'a';
INSERT INTO t (k, n) VALUES ('a', 10), ('a', 20), ('g', 4) ON DUPLICATE KEY UPDATE n = n + VALUES(n), u = 7;
INSERT INTO t (id, k) VALUES (2, 'z') ON DUPLICATE KEY UPDATE k = CONCAT(k, VALUES(k)), u = t.u + 1;
INSERT INTO t (k) SELECT 'a' UNION ALL SELECT 'h' ON DUPLICATE KEY UPDATE u = 0;
INSERT INTO t (k) VALUES ('a') ON DUPLICATE KEY UPDATE k = 'h';
INSERT INTO t (k) VALUES ('a') ON DUPLICATE KEY UPDATE n = 1, u = n;
SELECT k, n, u FROM t ORDER BY k;
INSERT INTO t SET k = 'big', n = 128;
INSERT INTO t SET k = 'least', n = -128;
REPLACE INTO t SET id = 1, k = 'replaced';
REPLACE INTO t (k, n) VALUES ('replaced', 9);
SELECT k, n, u FROM t ORDER BY k;
INSERT IGNORE INTO t (k) VALUES ('replaced'), ('i');
SELECT count(*) FROM t;

-- Of several tables one is written.
CREATE TABLE o (k VARCHAR(10), v INT, m INT);
INSERT INTO o VALUES ('c', 100, 1), ('d', 50, 2), (NULL, 1, 3);
UPDATE t JOIN o ON o.k = t.k SET t.u = o.v;
UPDATE t AS x INNER JOIN o AS y ON y.k = x.k JOIN (SELECT 'c' AS k) AS z ON z.k = y.k SET x.n = y.m, x.u = x.u + 1 WHERE y.v > 1;
UPDATE t JOIN o ON o.k = t.k SET u = 1;
UPDATE t JOIN o ON o.k = t.k SET o.v = 1;
UPDATE t LEFT JOIN o ON o.k = t.k SET t.u = 1;
SELECT k, n, u FROM t ORDER BY k;
DELETE t FROM t JOIN o ON o.k = t.k WHERE o.v = 50;
DELETE x FROM o, t AS x WHERE x.k = o.k AND o.v = 7;
DELETE FROM t USING t INNER JOIN o ON o.k = t.k WHERE o.m = 1;
DELETE y FROM t JOIN o ON t.k = o.k;
DELETE t FROM t LEFT JOIN o ON o.k = t.k WHERE o.k IS NULL;
DELETE FROM t USING o WHERE t.k = o.k;
SELECT k FROM t ORDER BY k;
UPDATE t SET n = 1 LIMIT 1;
UPDATE t SET n = n + 1, u = u + 1 WHERE k = 'e';
SELECT n, u FROM t WHERE k = 'e';

-- Definitions.
CREATE TABLE a (x MEDIUMINT, y INTEGER(11), z BIGINT(20) NOT NULL DEFAULT 7, c CHAR(3), e DOUBLE, r REAL, d DECIMAL(6), j DATETIME DEFAULT NULL, b BOOL);
INSERT INTO a (x, c, d, j, e) VALUES (8388607, 'abc', 12.5, '2024-01-01 00:00:00', 0.1);
INSERT INTO a (c) VALUES ('abcd');
INSERT INTO a (d) VALUES (1234567);
SELECT * FROM a;
CREATE TABLE b (x INT UNSIGNED);
CREATE TABLE b (x ENUM('a', 'b'));
CREATE TABLE b (x INT COMMENT 'x');
CREATE TABLE b (x INT, KEY i (x));
CREATE TABLE b (x INT) COMMENT='b';
CREATE TABLE b (x DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
CREATE TABLE b (id INT PRIMARY KEY, at DATETIME DEFAULT CURRENT_TIMESTAMP, CONSTRAINT p CHECK (id > 0), UNIQUE INDEX q (at));
INSERT INTO b (id) VALUES (1);
INSERT INTO b (id) VALUES (0);
SELECT at = NOW() OR at <= NOW() FROM b;
