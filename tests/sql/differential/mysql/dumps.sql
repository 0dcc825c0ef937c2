-- What stands in dumps: enums, times that note changes, numbers that go on, variables (docs/sql.md).

/*!40101 SET @mode = @@sql_mode, @@sql_mode = 'NO_AUTO_VALUE_ON_ZERO' */;
/*!40014 SET @checks = @@foreign_key_checks, FOREIGN_KEY_CHECKS = 0 */;
CREATE TABLE a (id INT NOT NULL AUTO_INCREMENT, other INT, kind ENUM('small', 'Big', 'it''s') NOT NULL DEFAULT 'Big', n INT DEFAULT 0, t DATETIME DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id), UNIQUE KEY k (n), CONSTRAINT c FOREIGN KEY (other) REFERENCES b (id)) ENGINE=InnoDB AUTO_INCREMENT=77 DEFAULT CHARSET=utf8mb4;
LOCK TABLES a WRITE;
/*!40000 ALTER TABLE a DISABLE KEYS */;
INSERT INTO a VALUES (0, 5, 'it\'s', 1, '2020-01-01 00:00:00'), (3, NULL, 'small', 2, '2020-01-01 00:00:00');
/*!40000 ALTER TABLE a ENABLE KEYS */;
UNLOCK TABLES;
CREATE TABLE b (id INT NOT NULL PRIMARY KEY, kind ENUM('small', 'Big', 'it''s'), UNIQUE KEY k (kind));
INSERT INTO b VALUES (5, NULL);
/*!40014 SET FOREIGN_KEY_CHECKS = @checks */;
/*!40101 SET sql_mode = @mode */;

INSERT INTO a (id, n) VALUES (0, 3);
INSERT INTO a (other, n) VALUES (6, 9);
SELECT id, other, kind, n FROM a ORDER BY kind DESC, id;
SELECT kind, COUNT(*) FROM a GROUP BY kind HAVING kind > 'small' ORDER BY kind;
-- each k: small | Big | it\'s
SELECT id FROM a WHERE kind = '@k@';
-- each o: < | >= | BETWEEN 'a' AND
SELECT kind, COUNT(*) FROM a GROUP BY kind HAVING kind @o@ 'x' ORDER BY kind;
SELECT MIN(kind), MAX(kind) FROM a;
SELECT DISTINCT kind FROM a WHERE kind IN ('Big', 'small') AND kind <> 'small' ORDER BY kind;
SELECT a.id FROM a JOIN b ON a.kind = b.kind;
UPDATE a SET kind = NULL WHERE id = 3;

UPDATE a SET n = n WHERE id = 3;
SELECT t = '2020-01-01 00:00:00' AS same FROM a WHERE id = 3;
UPDATE a SET n = n + 10 WHERE id = 3;
SELECT t > '2026-01-01 00:00:00' AS later FROM a WHERE id = 3;
UPDATE a SET n = n + 1, t = '2021-01-01 00:00:00' WHERE id = 3;
SELECT t FROM a WHERE id = 3;
INSERT INTO a (id, n) VALUES (3, 0) ON DUPLICATE KEY UPDATE n = 30;
SELECT t > '2026-01-01 00:00:00' AS later FROM a WHERE id = 3;

SELECT 1 /*!50000 + 1 */ /*!99999 + 100 */ AS n;
SELECT X'4142' = 0x4142 AS a, LENGTH(0x414) AS b;
ALTER TABLE b DROP INDEX k;
ALTER TABLE b DROP INDEX k;
RENAME TABLE b TO c;
SELECT id FROM c;
SHOW COLUMNS FROM a WHERE Field <> 'other';
SET sql_mode = 'ANSI_QUOTES';

-- A column is declared anew.
CREATE TABLE redo (id INT AUTO_INCREMENT PRIMARY KEY, n TINYINT UNSIGNED NOT NULL DEFAULT 1, kind ENUM('a', 'b') DEFAULT 'a', t VARCHAR(10) DEFAULT 'x', u INT);
INSERT INTO redo (n, kind, t, u) VALUES (200, 'b', 'x', 1), (3, 'a', NULL, 2);
ALTER TABLE redo MODIFY n BIGINT, MODIFY COLUMN kind ENUM('b', 'a', 'c') NOT NULL DEFAULT 'c';
UPDATE redo SET n = -5 WHERE id = 2;
ALTER TABLE redo CHANGE t Title VARCHAR(30), CHANGE COLUMN U u SMALLINT UNSIGNED NOT NULL UNIQUE;
INSERT INTO redo (u) VALUES (1);
INSERT INTO redo (u) VALUES (70000);
INSERT INTO redo (u) VALUES (7);
INSERT INTO redo (u) VALUES (NULL);
-- differs: MySQL's class of what does not fit is that of a warning.
ALTER TABLE redo MODIFY title VARCHAR(30) NOT NULL;
-- differs: MySQL's class of what does not fit is that of a warning.
ALTER TABLE redo MODIFY kind ENUM('x');
ALTER TABLE redo MODIFY n TINYINT;
ALTER TABLE redo MODIFY nothing INT;
ALTER TABLE redo MODIFY id BIGINT UNSIGNED AUTO_INCREMENT;
-- differs: A failed INSERT leaves no gap.
SELECT id, n, kind, TITLE, u FROM redo ORDER BY kind, id;
SHOW COLUMNS FROM redo;
