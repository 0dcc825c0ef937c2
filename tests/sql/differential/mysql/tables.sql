-- What MySQL writes in definitions, as dumps of applications have it, and writes of several tables (docs/sql.md).

CREATE TABLE u (id BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT, login VARCHAR(60) NOT NULL DEFAULT '', age TINYINT(3) UNSIGNED DEFAULT NULL COMMENT 'in years', n INT(10) UNSIGNED NOT NULL DEFAULT '0', s SMALLINT UNSIGNED, m MEDIUMINT UNSIGNED, t TINYINT, PRIMARY KEY (id), UNIQUE KEY login (login), KEY age (age, n), KEY part (login(10))) ENGINE=InnoDB AUTO_INCREMENT=1 DEFAULT CHARSET=utf8mb4 COMMENT='who';
CREATE TABLE p (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, u BIGINT UNSIGNED NOT NULL, title TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL, likes SMALLINT UNSIGNED NOT NULL DEFAULT 0, KEY by_u (u), CONSTRAINT fk FOREIGN KEY (u) REFERENCES u (id) ON DELETE CASCADE);
INSERT INTO u VALUES (1, 'admin', 30, 0, 65535, 16777215, -128), (2, 'it\'s', NULL, 4294967295, 0, 0, 127);
INSERT INTO p (u, title, likes) VALUES (1, 'a', 3), (1, 'b', 4), (2, 'c', 65535);

-- each v: 256 | -1 | 255 | NULL | 0
UPDATE u SET age = @v@ WHERE id = 2;
-- each c: n | s | m | t
-- each v: -1 | -129 | 128 | 65536 | 16777216 | 4294967296
UPDATE u SET @c@ = @v@ WHERE id = 1;
INSERT INTO u (id, login) VALUES (-1, 'x');
UPDATE u SET n = n + 1;
UPDATE u SET s = s - 1 WHERE id = 2;
SELECT * FROM u ORDER BY id;
SHOW FULL COLUMNS FROM u WHERE field IN ('id', 'age', 'n', 's', 'm', 't');
ALTER TABLE p ADD INDEX by_likes (likes), ADD COLUMN note VARCHAR(10) NOT NULL DEFAULT 'x' COMMENT 'why';
ALTER TABLE p ADD UNIQUE KEY one (u, likes);
INSERT INTO p (id, u, title, likes) VALUES (4, 1, 'again', 3);
DROP INDEX by_likes ON p;
DROP INDEX by_likes ON p;
ALTER TABLE p DROP INDEX one;
INSERT INTO p (u, title, likes) VALUES (1, 'again', 3);
SELECT id, u, title, likes, note FROM p ORDER BY id;

-- Rows that are numbered.
INSERT INTO p SELECT NULL, 2, 'd', 1, 'y';
INSERT INTO p (id, u, title) SELECT NULL, id, login FROM u ORDER BY id;
-- Next numbers are given in the order of the rows; MariaDB takes more of them than it needs.
INSERT INTO p (id, u, title) SELECT NULL, id, 'last' FROM u ORDER BY id DESC;
SELECT u, title, note FROM p ORDER BY id;

-- Several tables.
UPDATE p, u SET p.title = u.login WHERE p.u = u.id AND p.id = 1;
UPDATE p JOIN u ON p.u = u.id SET u.age = 9 WHERE p.id = 2;
UPDATE u x, p y SET x.m = y.likes WHERE x.id = y.u AND y.id = 3;
UPDATE p y, u x SET x.age = 1, y.likes = 2 WHERE x.id = y.u;
UPDATE p, u SET likes = 1 WHERE p.u = u.id;
SELECT * FROM u ORDER BY id;
DELETE p FROM p JOIN u ON p.u = u.id WHERE u.login = 'admin' AND p.id > 1;
DELETE p, u FROM p JOIN u ON p.u = u.id;
DELETE FROM u WHERE id = 2;
SELECT id, u, title, likes FROM p ORDER BY id;

CREATE TABLE x (a INT UNSIGNED ZEROFILL);
CREATE TABLE x (a DOUBLE UNSIGNED);
CREATE TABLE x (a INT, a INT UNSIGNED);
CREATE TABLE x (a INT, KEY k (b));
SELECT * FROM x;

-- AUTO_INCREMENT that comes and goes.
CREATE TABLE ai (id INT NOT NULL, a INT);
INSERT INTO ai VALUES (3, 1), (5, 2);
ALTER TABLE ai ADD PRIMARY KEY (id);
ALTER TABLE ai MODIFY id INT NOT NULL AUTO_INCREMENT, AUTO_INCREMENT = 9;
INSERT INTO ai (a) VALUES (7);
ALTER TABLE ai MODIFY id INT NOT NULL;
ALTER TABLE ai MODIFY id BIGINT NOT NULL AUTO_INCREMENT;
INSERT INTO ai (a) VALUES (8);
SELECT * FROM ai ORDER BY id;
DELETE FROM ai WHERE id > 5;
ALTER TABLE ai AUTO_INCREMENT = 1;
INSERT INTO ai (a) VALUES (9);
ALTER TABLE ai AUTO_INCREMENT = 100, ENGINE = InnoDB, COMMENT = 'x';
INSERT INTO ai (a) VALUES (10);
SELECT * FROM ai ORDER BY id;
CREATE TABLE au (id INT PRIMARY KEY, a INT);
INSERT INTO au VALUES (3, 1), (5, 2);
ALTER TABLE au CHANGE id uid INT UNSIGNED AUTO_INCREMENT;
INSERT INTO au (a) VALUES (7);
ALTER TABLE au MODIFY uid INT UNSIGNED;
ALTER TABLE au MODIFY uid INT AUTO_INCREMENT COMMENT 'c';
INSERT INTO au (a) VALUES (8);
SELECT * FROM au ORDER BY uid;
ALTER TABLE au MODIFY a INT AUTO_INCREMENT;
ALTER TABLE au MODIFY a VARCHAR(9) AUTO_INCREMENT;
SHOW FULL COLUMNS FROM au;
ALTER TABLE au MODIFY uid BIGINT AUTO_INCREMENT;
SHOW FULL COLUMNS FROM au;
CREATE TABLE ou (id INT PRIMARY KEY AUTO_INCREMENT, d DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
CREATE TABLE ov LIKE ou;
SHOW COLUMNS FROM ov;
