-- What SHOW and DESCRIBE tell.

CREATE TABLE author (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'it''s \\ x', age SMALLINT DEFAULT 5, born DATE, seen DATETIME DEFAULT CURRENT_TIMESTAMP, score DECIMAL(10,2) DEFAULT -1.50, raw BLOB, note TEXT, ok BOOLEAN DEFAULT TRUE, big BIGINT, d DOUBLE, t TIME, whole DECIMAL, c CHAR(3));
CREATE TABLE `bo``ok` (a INT, `B.c` INT, t VARCHAR(5), u VARCHAR(5), twice INT GENERATED ALWAYS AS (a * 2) STORED, PRIMARY KEY (a, `B.c`), UNIQUE KEY `u 1` (t), UNIQUE KEY pair (u, t));
CREATE INDEX by_name ON author (name, age);
CREATE VIEW old AS SELECT name, age FROM author WHERE age > 50;

SHOW TABLES;
SHOW FULL TABLES;
SHOW TABLES LIKE 'o%';
SHOW TABLES LIKE 'O%';
SHOW TABLES LIKE 'none';
SHOW FULL TABLES WHERE table_type = 'VIEW';
-- differs: CHAR is VARCHAR here.
SHOW COLUMNS FROM author;
SHOW COLUMNS FROM author WHERE field <> 'c';
SHOW COLUMNS FROM author LIKE 'S%';
SHOW COLUMNS FROM author LIKE 'n\_%';
SHOW FULL COLUMNS FROM author WHERE field <> 'c' AND `default` IS NULL;
SHOW FIELDS FROM `bo``ok`;
DESCRIBE `bo``ok`;
DESC author name;
DESC author 'b%';
EXPLAIN author born;
SHOW FULL COLUMNS FROM `bo``ok`;
-- differs: Whether a column of a view may be NULL is not told.
DESCRIBE old;
DESCRIBE nothing;
SHOW COLUMNS FROM nothing;
SHOW INDEX FROM nothing;
-- differs: Values are not counted (Cardinality).
SHOW INDEX FROM author;
-- differs: Values are not counted (Cardinality).
SHOW KEYS FROM `bo``ok` WHERE seq_in_index = 2;
SHOW INDEX FROM author WHERE non_unique = 7;
SHOW CREATE TABLE nothing;
SHOW DATABASES LIKE 'nothing';
SHOW INDEX;
SHOW INDEX FROM author LIKE 'a';
SHOW FULL DATABASES;
SHOW COLUMNS FROM author WHERE nothing = 1;
SHOW VARIABLES LIKE 'none';
