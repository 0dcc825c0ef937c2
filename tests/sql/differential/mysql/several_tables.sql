-- MySQL's writes to several tables, with outer joins, in an order and up to a limit (docs/sql.md).

CREATE TABLE shops (id INT PRIMARY KEY, name VARCHAR(20), total INT NOT NULL DEFAULT 0);
CREATE TABLE orders (id INT PRIMARY KEY, shop INT, cents INT, state VARCHAR(10) DEFAULT 'new', UNIQUE KEY one (shop, cents));
CREATE TABLE pieces (id INT AUTO_INCREMENT PRIMARY KEY, part_of INT, n INT);
INSERT INTO shops (id, name) VALUES (1, 'north'), (2, 'south'), (3, 'empty');
INSERT INTO orders (id, shop, cents) VALUES (10, 1, 100), (11, 1, 200), (12, 2, 300), (13, NULL, 400), (14, 9, 500);
INSERT INTO pieces (part_of, n) VALUES (10, 1), (10, 2), (11, 3), (12, 4), (99, 5);

-- Outer joins.
UPDATE shops LEFT JOIN orders ON orders.shop = shops.id SET shops.total = -1 WHERE orders.id IS NULL;
SELECT * FROM shops ORDER BY id;
UPDATE shops s LEFT JOIN orders o ON o.shop = s.id AND o.cents > 250 SET s.total = COALESCE(o.cents, 0);
SELECT * FROM shops ORDER BY id;
UPDATE orders RIGHT JOIN shops ON orders.shop = shops.id SET orders.state = 'known';
SELECT * FROM orders ORDER BY id;
UPDATE shops LEFT JOIN orders ON orders.shop = shops.id SET orders.state = 'seen' WHERE shops.id = 2;
SELECT * FROM orders ORDER BY id;
UPDATE shops s JOIN orders o ON o.shop = s.id LEFT JOIN pieces l ON l.part_of = o.id SET o.cents = o.cents + 1, s.total = s.total + 1000 WHERE l.id IS NULL OR l.n > 2;
SELECT * FROM shops ORDER BY id;
SELECT * FROM orders ORDER BY id;
UPDATE orders o LEFT JOIN shops USING (id) SET o.state = 'alone' WHERE shops.name IS NULL AND o.id > 12;
SELECT * FROM orders ORDER BY id;
DELETE l FROM pieces l LEFT JOIN orders o ON o.id = l.part_of WHERE o.id IS NULL;
SELECT part_of, n FROM pieces ORDER BY id;
DELETE orders FROM orders LEFT JOIN shops ON shops.id = orders.shop WHERE shops.id IS NULL AND orders.shop IS NOT NULL;
SELECT id FROM orders ORDER BY id;
UPDATE shops CROSS JOIN (SELECT 7 AS seven) x SET shops.total = x.seven + shops.id;
SELECT * FROM shops ORDER BY id;
UPDATE shops LEFT JOIN (SELECT shop, SUM(cents) AS cents, COUNT(*) AS n FROM orders GROUP BY shop) x ON x.shop = shops.id SET shops.total = IFNULL(x.cents, 0) * 10 + IFNULL(x.n, 0);
SELECT * FROM shops ORDER BY id;

-- Several tables at once: all of it means the state before, where no value needs another that is written.
UPDATE shops, orders SET shops.total = 1, orders.state = 'both' WHERE orders.shop = shops.id;
SELECT * FROM shops ORDER BY id;
SELECT * FROM orders ORDER BY id;
UPDATE shops s JOIN orders o ON o.shop = s.id JOIN pieces l ON l.part_of = o.id SET s.total = s.total + 5, o.cents = o.cents + 5, l.n = l.n + 5 WHERE l.n < 3;
SELECT * FROM shops ORDER BY id;
SELECT * FROM orders ORDER BY id;
SELECT part_of, n FROM pieces ORDER BY id;
UPDATE shops s LEFT JOIN orders o ON o.shop = s.id SET s.name = CONCAT(s.name, '!'), o.state = 'left';
SELECT * FROM shops ORDER BY id;
SELECT * FROM orders ORDER BY id;
UPDATE shops s JOIN orders o ON o.shop = s.id SET s.total = o.cents, o.state = 'x' WHERE o.id = 12;
SELECT * FROM shops ORDER BY id;
UPDATE shops s JOIN orders o ON o.shop = s.id SET total = 4, state = 'plain';
UPDATE shops s LEFT JOIN orders o ON o.shop = s.id SET total = total + 1 WHERE o.id IS NULL;
UPDATE shops s JOIN orders o ON o.shop = s.id SET total = 4, nothing = 5;
SELECT * FROM shops ORDER BY id;
SELECT * FROM orders ORDER BY id;
UPDATE shops s JOIN orders o ON o.shop = s.id SET s.total = 3, nobody.x = 4;
UPDATE shops s JOIN orders o ON o.shop = s.id SET s.total = 3, o.nothing = 4;
UPDATE shops s JOIN orders o ON o.shop = s.id SET s.name = NULL, o.cents = 1;
SELECT * FROM shops ORDER BY id;
SELECT * FROM orders ORDER BY id;

DELETE o, l FROM orders o JOIN pieces l ON l.part_of = o.id WHERE o.id = 10;
SELECT id FROM orders ORDER BY id;
SELECT part_of, n FROM pieces ORDER BY id;
DELETE FROM o, s USING shops s LEFT JOIN orders o ON o.shop = s.id WHERE s.id >= 2;
SELECT * FROM shops ORDER BY id;
SELECT id FROM orders ORDER BY id;
DELETE shops, shops FROM shops JOIN orders ON true;
DELETE shops, nobody FROM shops JOIN orders ON true;
DELETE a FROM shops AS b JOIN orders ON true;

-- One table with itself.
CREATE TABLE tree (id INT PRIMARY KEY, parent INT, depth INT);
INSERT INTO tree VALUES (1, NULL, 0), (2, 1, 0), (3, 1, 0), (4, 2, 0), (5, 9, 0);
UPDATE tree child JOIN tree up ON up.id = child.parent SET child.depth = up.id * 10;
SELECT * FROM tree ORDER BY id;
UPDATE tree child LEFT JOIN tree up ON up.id = child.parent SET child.depth = COALESCE(up.id, -1);
SELECT * FROM tree ORDER BY id;
DELETE child FROM tree child LEFT JOIN tree up ON up.id = child.parent WHERE up.id IS NULL AND child.parent IS NOT NULL;
SELECT * FROM tree ORDER BY id;
DELETE up, child FROM tree up JOIN tree child ON child.parent = up.id WHERE up.id = 2;
SELECT * FROM tree ORDER BY id;

-- In an order, up to a limit.
CREATE TABLE q (id INT PRIMARY KEY, rank_ INT, state VARCHAR(10), UNIQUE KEY r (rank_));
INSERT INTO q VALUES (1, 10, 'a'), (2, 11, 'a'), (3, 12, 'b'), (4, NULL, 'b'), (5, 14, 'a');
UPDATE q SET state = 'taken' WHERE state = 'a' ORDER BY rank_ LIMIT 1;
SELECT * FROM q ORDER BY id;
UPDATE q SET state = 'null' ORDER BY rank_ LIMIT 1;
SELECT * FROM q ORDER BY id;
UPDATE q SET rank_ = rank_ + 1 ORDER BY rank_ DESC;
SELECT * FROM q ORDER BY id;
UPDATE q SET rank_ = rank_ + 1 ORDER BY rank_ ASC;
SELECT * FROM q ORDER BY id;
UPDATE q SET id = id - 1 ORDER BY id;
UPDATE q AS x SET x.state = UPPER(x.state) ORDER BY LENGTH(x.state) DESC, x.id LIMIT 2;
SELECT * FROM q ORDER BY id;
UPDATE q SET state = 'none' LIMIT 0;
DELETE FROM q WHERE state = 'b' LIMIT 1;
SELECT COUNT(*) FROM q;
DELETE FROM q ORDER BY rank_ DESC LIMIT 2;
SELECT id, rank_ FROM q ORDER BY id;
DELETE FROM q ORDER BY id DESC;
SELECT COUNT(*) FROM q;
UPDATE q SET state = 'x' LIMIT 1, 2;
UPDATE q SET state = 'x' ORDER BY nothing;
UPDATE shops, orders SET shops.total = 1 LIMIT 1;

-- What a row holds because another changes.
CREATE TABLE up (id INT PRIMARY KEY, note VARCHAR(10), at DATETIME NULL ON UPDATE CURRENT_TIMESTAMP);
CREATE TABLE down (id INT PRIMARY KEY, up_id INT, FOREIGN KEY (up_id) REFERENCES up (id) ON DELETE CASCADE);
INSERT INTO up (id, note) VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO down VALUES (10, 1), (20, 2), (21, 2);
UPDATE up LEFT JOIN down ON down.up_id = up.id SET up.note = 'alone' WHERE down.id IS NULL;
SELECT id, note, at IS NOT NULL FROM up ORDER BY id;
UPDATE up SET note = 'b' ORDER BY id DESC LIMIT 2;
SELECT id, note, at IS NOT NULL FROM up ORDER BY id;
DELETE up FROM up LEFT JOIN down ON down.up_id = up.id WHERE down.id = 21;
SELECT * FROM down ORDER BY id;
DELETE FROM up ORDER BY id LIMIT 1;
SELECT * FROM down ORDER BY id;
CREATE VIEW shown AS SELECT id, note FROM up WHERE id > 2;
UPDATE shown LEFT JOIN down ON down.up_id = shown.id SET shown.note = 'view' WHERE down.id IS NULL;
UPDATE shown SET note = 'limit' ORDER BY id LIMIT 5;
SELECT id, note FROM up ORDER BY id;
