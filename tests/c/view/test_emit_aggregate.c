/* Tests of view/emit_aggregate.c: groups whose sums are added to and taken from. */
#include "view_test.h"

static void create_sales(void) {
  run("CREATE TABLE sales (id integer PRIMARY KEY, shop text, kind integer, amount "
      "integer, big bigint)");
  run("INSERT INTO sales VALUES (1, 'a', 1, 10, 1), (2, 'a', 2, NULL, 2), (3, 'b', 1, "
      "30, NULL), "
      "(4, NULL, NULL, 5, 9223372036854775807)");
}

/* Groups begin, change and end with their rows. */
static void test_groups(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW totals AS SELECT shop, count(*) AS n, count(amount) AS "
      "known, sum(amount) AS total, "
      "avg(amount) AS mean FROM sales GROUP BY shop");
  expect_explained("totals", "maintenance: incremental aggregate\n");
  expect_explained("totals", "row identity: shop\n");
  expect_rows("SELECT shop, n, known, total FROM totals ORDER BY shop",
              "a|2|1|10\nb|1|1|30\n\\N|1|1|5\n");
  run("INSERT INTO sales VALUES (5, 'b', 1, 11, 1), (6, 'c', 1, NULL, 1)");
  run("UPDATE sales SET shop = 'b' WHERE id IN (1, 4)");
  run("DELETE FROM sales WHERE id = 2");
  run("UPDATE sales SET amount = NULL WHERE shop = 'b'");
  expect_rows("SELECT shop, n, known, total, mean FROM totals ORDER BY shop",
              "b|4|0|\\N|\\N\nc|1|0|\\N|\\N\n");
  run("DELETE FROM sales");
  expect_rows("SELECT * FROM totals", "");
}

/* Columns that follow from the key of their table need not be grouped by: they change with
 * their row, which stays the same one. */
static void test_dependent_columns(void **state) {
  (void)state;
  create_sales();
  run("CREATE TABLE shop (id text PRIMARY KEY, name text, town text, size integer)");
  run("INSERT INTO shop VALUES ('a', 'Alpha', 'Bern', 1), ('b', 'Beta', NULL, 2), "
      "('c', "
      "NULL, 'Oslo', 3)");
  run("CREATE REALTIME VIEW shops AS SELECT upper(s.name) || s.size AS label, s.id, "
      "s.town, count(*) AS n, sum(x.amount) AS total, max(x.kind) AS last, "
      "json_agg(x.id ORDER BY x.id) AS ids FROM sales x JOIN shop s ON s.id = x.shop "
      "GROUP BY s.id");
  expect_explained("shops", "maintenance: incremental aggregate\n");
  expect_explained("shops", "row identity: id\n");
  run("UPDATE shop SET town = 'Rome', size = NULL WHERE id = 'a'");
  run("UPDATE shop SET name = name || '!', size = 7");
  expect_rows("SELECT label, id, town, n, ids FROM shops ORDER BY id",
              "ALPHA!7|a|Rome|2|[1, 2]\nBETA!7|b|\\N|1|[3]\n");
  run("INSERT INTO sales VALUES (7, 'c', 1, 1, 1), (8, 'a', 3, 2, 2)");
  run("BEGIN");
  run("UPDATE shop SET town = 'Nice'");
  run("UPDATE sales SET shop = 'b' WHERE id IN (1, 7)");
  run("DELETE FROM sales WHERE id = 2");
  run("COMMIT");
  run("UPDATE shop SET id = 'z' WHERE id = 'a'");
  run("INSERT INTO shop VALUES ('a', 'Again', NULL, 0)");
  run("UPDATE shop SET size = size + 1, id = 'y' WHERE id = 'c'");
  run("DELETE FROM shop WHERE id = 'b'");
  run("INSERT INTO sales VALUES (9, 'a', 3, 2, 2), (10, 'z', 1, 1, 1)");
  run("CREATE REALTIME VIEW twice AS SELECT s.id, s.id AS again, s.size, count(*) AS n "
      "FROM sales x JOIN shop s ON s.id = x.shop GROUP BY s.id, s.id, x.kind");
  run("UPDATE shop SET size = size + 1");
}

/* Without GROUP BY there is one row, also when there is nothing to count. */
static void test_scalar(void **state) {
  (void)state;
  run("CREATE TABLE empty (a integer)");
  run("CREATE REALTIME VIEW one AS SELECT count(*) AS n, sum(a) AS s, count(*) * 10 + "
      "coalesce(sum(a), -1) AS x FROM empty");
  expect_explained("one", "row identity: there is one row\n");
  expect_rows("SELECT * FROM one", "0|\\N|-1\n");
  run("INSERT INTO empty VALUES (3), (NULL), (4)");
  expect_rows("SELECT * FROM one", "3|7|37\n");
  run("DELETE FROM empty");
  expect_rows("SELECT * FROM one", "0|\\N|-1\n");
}

/* The sum of bigint is numeric: it neither overflows nor loses a digit. */
static void test_bigint(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW big AS SELECT kind, sum(big) AS s, avg(big) AS m FROM "
      "sales GROUP BY kind");
  expect_explained("big", "maintenance: incremental aggregate\n");
  run("INSERT INTO sales VALUES (5, 'x', NULL, 1, 9223372036854775807), (6, 'x', NULL, "
      "1, -3)");
  expect_rows("SELECT s FROM big WHERE kind IS NULL", "18446744073709551611\n");
  run("UPDATE sales SET big = -9223372036854775807 WHERE id IN (4, 5)");
  expect_rows("SELECT s FROM big WHERE kind IS NULL", "-18446744073709551617\n");
  run("DELETE FROM sales WHERE id = 4");
}

/* FILTER, expressions over aggregates and keys, keys that are expressions, keys that
 * are not shown. */
static void test_expressions(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW mixed AS SELECT upper(shop) || '!' AS name, kind + 1 AS "
      "next, "
      "count(*) FILTER (WHERE amount > 7) AS large, sum(amount * 2) FILTER (WHERE kind "
      "= 1) AS s, "
      "(sum(amount) * 100) / count(*) AS ratio FROM sales GROUP BY upper(shop), kind, "
      "id % 2");
  expect_explained("mixed", "maintenance: incremental aggregate\n");
  expect_explained("mixed", "row identity: __key_1, __key_2, __key_3\n");
  run("UPDATE sales SET amount = coalesce(amount, 0) + 8, kind = 1");
  run("UPDATE sales SET shop = upper(shop) WHERE id < 3");
  run("INSERT INTO sales SELECT i, chr(97 + i % 3), i % 4, i, i FROM "
      "generate_series(10, 40) AS i");
  run("DELETE FROM sales WHERE id % 3 = 0");
}

/* Sums over joins, where one change may touch many rows of a group. */
static void test_join(void **state) {
  (void)state;
  create_sales();
  run("CREATE TABLE shops (name text PRIMARY KEY, town text)");
  run("CREATE REALTIME VIEW towns AS SELECT s.town, count(*) AS n, sum(x.amount) AS "
      "total FROM sales x "
      "JOIN shops s ON s.name = x.shop GROUP BY s.town");
  run("INSERT INTO shops VALUES ('a', 'York'), ('b', 'York'), ('c', NULL)");
  run("BEGIN");
  run("UPDATE shops SET town = 'Hull' WHERE name = 'a'");
  run("UPDATE sales SET shop = 'a', amount = amount + 1 WHERE shop = 'b'");
  run("INSERT INTO sales VALUES (7, 'c', 1, 1, 1)");
  run("COMMIT");
  expect_rows("SELECT * FROM towns ORDER BY town", "Hull|3|41\n\\N|1|1\n");
  run("DELETE FROM shops");
}

/* A sum that is too large for the expression that it is used in undoes the
 * statement. */
static void test_failing(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW ratio AS SELECT shop, 100 / (sum(amount) - 40) AS r FROM "
      "sales GROUP BY shop");
  run_failing("INSERT INTO sales VALUES (8, 'b', 1, 10, 1)", "22012");
  run("INSERT INTO sales VALUES (8, 'b', 1, 11, 1)");
  run_failing("UPDATE sales SET amount = 20 WHERE shop = 'a' OR id = 3", "22012");
}

/* The key of a group that never is NULL and an integer is the rowid of the stored
 * table. */
static void test_integer_key(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY, k integer NOT NULL, x integer)");
  run("CREATE REALTIME VIEW g AS SELECT k, sum(x) AS s FROM t GROUP BY k");
  assert_string_equal(
      local_sqlite(&local, "SELECT name FROM pragma_table_info('g') WHERE pk = 1"),
      "k");
  run("INSERT INTO t VALUES (1, 5, 1), (2, 5, 2), (3, -6, 3)");
  run("UPDATE t SET k = -k");
}

/* Many rows in few groups, and many groups. */
static void test_many(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW few AS SELECT kind, count(*) AS n, sum(amount) AS s FROM "
      "sales GROUP BY kind");
  run("CREATE REALTIME VIEW many AS SELECT amount, count(*) AS n FROM sales GROUP BY "
      "amount");
  run("INSERT INTO sales SELECT i, 's', i % 5, i, i FROM generate_series(100, 30100) "
      "AS i");
  run("UPDATE sales SET kind = kind + 1, amount = amount % 1000");
  run("DELETE FROM sales WHERE id % 2 = 0");
  expect_rows("SELECT count(*) FROM many", "502\n");
}

/* Averages have as many digits as the query gives them, whatever the size of sum and count. */
static void test_averages(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW means AS SELECT id % 37 AS k, avg(amount) AS m, avg(big) "
      "AS n, "
      "sum(big) AS s FROM sales GROUP BY id % 37");
  expect_explained("means", "maintenance: incremental aggregate\n");
  run("INSERT INTO sales SELECT i, 's', 1, (i::bigint * 7919 * i) % 100003 - 50000, "
      "(i::bigint * 1000003 * 7919 * i) % 900000000000000007 - 400000000000000000 "
      "FROM generate_series(100, 3100) AS i");
  run("DELETE FROM sales WHERE id % 3 = 0");
  run("UPDATE sales SET amount = amount / 1000, big = big % 1000 WHERE id % 2 = 0");
  run("DELETE FROM sales WHERE id > 150");
}

/* The least and greatest value, also when it is the one that goes, of any type. */
static void test_extremes(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY, k text, i integer, d double precision, "
      "s "
      "text, b bytea, w date)");
  run("INSERT INTO t VALUES (1, 'a', 10, 0.5, 'x', '\\x01', '2026-01-01'), (2, 'a', 5, "
      "-0.0, 'X', NULL, NULL), (3, NULL, 7, NULL, NULL, '\\x', '2025-12-31')");
  run("CREATE REALTIME VIEW ends AS SELECT k, min(i) AS i0, max(i) AS i1, min(d) AS "
      "d0, "
      "max(d) AS d1, min(s) AS s0, max(s) AS s1, min(b) AS b0, max(w) AS w1, count(*) "
      "AS "
      "n FROM t GROUP BY k");
  run("CREATE REALTIME VIEW all_ends AS SELECT min(i) AS i0, max(i + 1) FILTER (WHERE "
      "k "
      "IS NOT NULL) AS i1 FROM t");
  expect_explained("ends", "maintenance: incremental aggregate\n");
  expect_explained("ends", "(key_1, value, n)\n");
  expect_explained("all_ends", "maintenance: incremental aggregate\n");
  expect_explained("all_ends", "(value, n)\n");
  expect_rows("SELECT k, i0, i1 FROM ends ORDER BY k", "a|5|10\n\\N|7|7\n");
  expect_rows("SELECT * FROM all_ends", "5|11\n");
  run("INSERT INTO t SELECT i, chr(97 + i % 3), i * 7919 % 101, i / 3.0, chr(65 + i % "
      "50) "
      "|| 'y', NULL, '2026-03-01'::date + i FROM generate_series(10, 60) AS i");
  run("UPDATE t SET i = i + 1000 WHERE id = 20");
  run("DELETE FROM t WHERE i > 1000");
  run("UPDATE t SET i = -5 WHERE id IN (30, 31)");
  run("UPDATE t SET i = NULL WHERE id = 30");
  run("BEGIN");
  run("DELETE FROM t WHERE id = 31");
  run("INSERT INTO t (id, k, i) VALUES (31, 'b', -7)");
  run("ROLLBACK");
  run("UPDATE t SET k = 'a' WHERE k = 'b'");
  run("UPDATE t SET k = NULL WHERE id > 40");
  run("DELETE FROM t WHERE k IS NULL");
  run("DELETE FROM t");
  expect_rows("SELECT * FROM all_ends", "\\N|\\N\n");
}

/* What is counted and summed once for each different value. */
static void test_distinct(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW once AS SELECT shop, count(DISTINCT amount) AS n, "
      "sum(DISTINCT "
      "amount) AS s, avg(DISTINCT amount) AS m, sum(DISTINCT big) AS bs, avg(DISTINCT "
      "big) "
      "AS bm, count(DISTINCT big % 3) FILTER (WHERE kind = 1) AS f, sum(amount) AS "
      "all_of "
      "FROM sales GROUP BY shop");
  run("CREATE REALTIME VIEW kinds AS SELECT count(DISTINCT kind) AS k, count(kind) AS "
      "n "
      "FROM sales");
  expect_explained("once", "maintenance: incremental aggregate\n");
  expect_explained("kinds", "maintenance: incremental aggregate\n");
  run("INSERT INTO sales SELECT i, chr(97 + i % 2), i % 3, i % 7, i % 5 * "
      "4000000000000000000 "
      "FROM generate_series(10, 60) AS i WHERE i % 5 < 3");
  run("UPDATE sales SET amount = amount + 1 WHERE id % 2 = 0");
  run("UPDATE sales SET amount = NULL WHERE amount = 3");
  run("DELETE FROM sales WHERE amount IN (1, 2)");
  run("DELETE FROM sales WHERE id > 12");
  expect_rows("SELECT * FROM kinds", "3|6\n");
}

/* Truth values and bits. */
static void test_bits(void **state) {
  (void)state;
  run("CREATE TABLE flags (id integer PRIMARY KEY, k integer, f boolean, b integer)");
  run("CREATE REALTIME VIEW folded AS SELECT k, bool_and(f) AS a, bool_or(f) AS o, "
      "every(f "
      "OR b > 2) AS e, bit_and(b) AS ba, bit_or(b) AS bo, bit_xor(b) AS bx FROM flags "
      "GROUP "
      "BY k");
  expect_explained("folded", "maintenance: incremental aggregate\n");
  run("INSERT INTO flags VALUES (1, 1, true, 5), (2, 1, NULL, 6), (3, 1, true, NULL), "
      "(4, 2, "
      "NULL, NULL), (5, 3, false, -1), (6, 3, false, -1)");
  expect_rows("SELECT * FROM folded ORDER BY k",
              "1|1|1|1|4|7|3\n2|\\N|\\N|\\N|\\N|\\N|\\N\n3|0|0|0|-1|-1|0\n");
  run("UPDATE flags SET f = false WHERE id = 1");
  run("UPDATE flags SET f = NOT f, b = b # 3");
  run("DELETE FROM flags WHERE id IN (1, 6)");
  run("UPDATE flags SET k = 1");
  run("DELETE FROM flags");
}

/* Sums of numerics of one scale are exact and have its digits; NaN is more than any
 * number. */
static void test_numeric(void **state) {
  (void)state;
  run("CREATE TABLE bills (id integer PRIMARY KEY, k integer, a numeric(10, 2), z "
      "numeric(18, 0), x numeric(18, 18))");
  run("CREATE REALTIME VIEW dues AS SELECT k, sum(a) AS s, avg(a) AS m, sum(z) AS sz, "
      "avg(z) "
      "AS mz, sum(x) AS sx, avg(x) AS mx, count(DISTINCT a) AS d, sum(DISTINCT a) AS "
      "ds, "
      "sum(a) FILTER (WHERE id % 2 = 0) AS even FROM bills GROUP BY k");
  expect_explained("dues", "maintenance: incremental aggregate\n");
  run("INSERT INTO bills VALUES (1, 1, 0.10, 999999999999999999, "
      "0.999999999999999999), (2, "
      "1, -0.10, 999999999999999999, -0.000000000000000001), (3, 1, 99999999.99, NULL, "
      "NULL), "
      "(4, 2, NULL, NULL, NULL)");
  expect_rows("SELECT s, sz, sx FROM dues WHERE k = 1",
              "99999999.99|1999999999999999998|0.999999999999999998\n");
  run("INSERT INTO bills SELECT i, i % 3, (i * 7919 % 10007) / 100.0, i * 1000003 * "
      "1009, "
      "1.0 / i FROM generate_series(10, 80) AS i");
  run("UPDATE bills SET a = -a WHERE id % 2 = 0");
  run("UPDATE bills SET a = 'NaN' WHERE id IN (1, 11)");
  expect_rows("SELECT s, m FROM dues WHERE k = 1", "NaN|NaN\n");
  run("UPDATE bills SET a = 0 WHERE a = 'NaN'");
  run("DELETE FROM bills WHERE id > 20");
  run("DELETE FROM bills WHERE k = 1 AND id <> 1");
  expect_rows("SELECT s, m FROM dues WHERE k = 1", "0.00|0.00000000000000000000\n");
}

/* A numeric with a declared scale has one spelling: it may be grouped by, and is ordered as
 * a number. */
static void test_one_spelling(void **state) {
  (void)state;
  run("CREATE TABLE prices (id integer PRIMARY KEY, p numeric(8, 2), q numeric(8, 2), "
      "c "
      "char(3), z numeric)");
  run("INSERT INTO prices VALUES (1, 9, 10, 'a', 1), (2, 10.5, 9.5, 'b', 1.0), (3, "
      "NULL, "
      "-100, NULL, 2), (4, 10.50, 'NaN', 'a', 1)");
  run("CREATE REALTIME VIEW by_price AS SELECT p, count(*) AS n, min(q) AS lo, max(q) "
      "AS hi, "
      "p > 10 AS dear FROM prices GROUP BY p");
  run("CREATE REALTIME VIEW by_code AS SELECT c, min(q) AS lo, max(p) AS hi, max(q) "
      "FILTER "
      "(WHERE id > 1) AS f FROM prices GROUP BY c");
  expect_explained("by_price", "maintenance: incremental aggregate\n");
  expect_explained("by_code", "maintenance: incremental aggregate\n");
  expect_rows("SELECT p, n, lo, hi FROM by_price ORDER BY p",
              "9.00|1|10.00|10.00\n10.50|2|9.50|NaN\n\\N|1|-100.00|-100.00\n");
  run("INSERT INTO prices SELECT i, i % 9, i * 7 % 120 - 50.5, chr(97 + i % 3), i FROM "
      "generate_series(10, 60) AS i");
  run("UPDATE prices SET p = 9 WHERE id = 2");
  run("UPDATE prices SET q = q * 10 WHERE id % 3 = 0");
  run("DELETE FROM prices WHERE q > 60");
  run("DELETE FROM prices WHERE p IS NULL OR p < 4");
}

/* Of a group of values that are spelled differently the least spelling is shown, by view and query alike. */
static void test_several_spellings(void **state) {
  (void)state;
  run("CREATE TABLE prices (id integer PRIMARY KEY, z numeric, v interval, j jsonb, r "
      "real[], c text)");
  run("INSERT INTO prices VALUES (1, 1.00, '24 hours', '{\"k\": [1.0, \"1.0\"]}', "
      "'{0}', 'a '), (2, 1.0, '1 day', '{\"k\": [1.00, \"1.0\"]}', '{-0}', 'a'), (3, "
      "'NaN', '-1 hour', '-0.0', NULL, 'a'), (4, -0.0, '-1 day 23:00', '0', NULL, "
      "NULL)");
  run("CREATE REALTIME VIEW by_price AS SELECT z, count(*) AS n, z + 1 AS next, "
      "sum(id) AS s FROM prices GROUP BY z");
  expect_explained("by_price", "maintenance: incremental aggregate\n");
  run("CREATE REALTIME VIEW by_span AS SELECT v, count(*) AS n FROM prices GROUP BY v");
  run("CREATE REALTIME VIEW spread AS SELECT v, stddev(id) AS d FROM prices GROUP BY "
      "v");
  expect_explained("spread", "maintenance: recompute of the groups affected\n");
  run("CREATE REALTIME VIEW documents AS SELECT j, r, stddev(id) AS d FROM prices "
      "GROUP "
      "BY j, r");
  run("CREATE REALTIME VIEW by_document AS SELECT j, r, count(*) AS n FROM prices "
      "GROUP BY j, r");
  run("CREATE REALTIME VIEW by_code AS SELECT c::char(3) AS c, count(*) AS n FROM "
      "prices "
      "GROUP BY 1");
  run("CREATE REALTIME VIEW each AS SELECT DISTINCT z, j FROM prices");
  expect_explained("each", "maintenance: incremental aggregate\n");
  run("CREATE REALTIME VIEW sums AS SELECT z, stddev(id) AS d, max(z) AS hi FROM "
      "prices "
      "GROUP BY z HAVING count(*) > 1");
  run("CREATE REALTIME VIEW sets AS SELECT z, v, count(*) AS n FROM prices GROUP BY "
      "ROLLUP (z, v)");
  expect_rows("SELECT z, n, next FROM by_price ORDER BY z",
              "0.0|1|1.0\n1.0|2|2.0\nNaN|1|NaN\n");
  expect_rows("SELECT v, n FROM by_span ORDER BY v", "-01:00:00|2\n1 day|2\n");
  expect_rows("SELECT j, r, n FROM by_document ORDER BY j, r",
              "0|\\N|2\n{\"k\": [1.0, \"1.0\"]}|[-0.0]|2\n");
  run("DELETE FROM prices WHERE id = 2");
  expect_rows("SELECT z, n, next FROM by_price ORDER BY z",
              "0.0|1|1.0\n1.00|1|2.00\nNaN|1|NaN\n");
  run("INSERT INTO prices SELECT i, (i % 4)::numeric(8, 3) + (i % 3)::text::numeric, "
      "interval '24 hours' * (i % 3), to_jsonb(i % 2 + 0.0), '{1.5}', 'b' FROM "
      "generate_series(10, 40) AS i");
  run("UPDATE prices SET z = z + 0.00 WHERE id % 2 = 0");
  run("UPDATE prices SET z = z + 1, v = v + interval '1 day' WHERE id % 5 = 0");
  run("DELETE FROM prices WHERE id % 3 = 0");
}

/* A subquery that groups by what it sees of outer rows has one group. */
static void test_outer_key(void **state) {
  (void)state;
  run("CREATE TABLE a (id integer PRIMARY KEY, z numeric)");
  run("CREATE REALTIME VIEW v AS SELECT id, (SELECT o.z FROM a AS i WHERE i.id <= o.id "
      "GROUP BY o.z) AS z FROM a AS o");
  run("INSERT INTO a VALUES (1, 1.0), (2, 1.00)");
  expect_rows("SELECT z FROM v ORDER BY id", "1.0\n1.00\n");
}

/* An update of what the groups do not show changes nothing. */
static void test_unaffected(void **state) {
  (void)state;
  create_sales();
  run("CREATE REALTIME VIEW tops AS SELECT shop, max(amount) AS hi, sum(amount) AS s "
      "FROM "
      "sales GROUP BY shop");
  run("UPDATE sales SET big = 7");
  run("UPDATE sales SET shop = CASE shop WHEN 'a' THEN 'b' ELSE 'a' END, amount = 5");
}

/* An update of what is only grouped by gives groups other keys, and reads nothing that they are
 * made of; any other update is a change of their rows. */
static void test_other_keys(void **state) {
  (void)state;
  run("CREATE TABLE users (id integer PRIMARY KEY, name text, city text, limit_of "
      "integer "
      "DEFAULT 50)");
  run("CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, amount integer)");
  run("INSERT INTO users SELECT i, 'user ' || i, 'city ' || i % 3 FROM "
      "generate_series(1, "
      "40) AS i");
  run("INSERT INTO orders SELECT i, i % 45, i FROM generate_series(1, 200) AS i");
  run("CREATE REALTIME VIEW named AS SELECT u.id, u.name || '!' AS loud, u.name, "
      "count(*) "
      "AS n, json_agg(o.amount ORDER BY o.id) AS amounts FROM users u JOIN orders o ON "
      "o.user_id = u.id GROUP BY u.id");
  run("CREATE REALTIME VIEW grouped AS SELECT u.id, u.name, sum(o.amount) AS total "
      "FROM "
      "users u JOIN orders o ON o.user_id = u.id AND o.amount < u.limit_of GROUP BY "
      "u.id, "
      "u.name, u.city");
  run("CREATE REALTIME VIEW extremes AS SELECT u.id, u.name, max(o.amount) AS hi FROM "
      "users u JOIN orders o ON o.user_id = u.id GROUP BY u.id, u.name");
  run("CREATE REALTIME VIEW cities AS SELECT u.city, count(*) AS n FROM users u JOIN "
      "orders o ON o.user_id = u.id GROUP BY u.city");
  run("CREATE REALTIME VIEW over_it AS SELECT name, count(*) AS n FROM grouped GROUP "
      "BY "
      "name");
  expect_explained("named",
                   "groups only get other keys by updates of public.users (name, city, "
                   "limit_of): SELECT ");
  expect_explained("grouped", "by updates of public.users (name, city): SELECT");
  expect_unexplained("extremes", "groups only get other keys");
  expect_unexplained("cities", "groups only get other keys");
  run("UPDATE users SET name = 'Ann' WHERE id = 7");
  expect_rows("SELECT * FROM named WHERE id = 7",
              "7|Ann!|Ann|5|[7, 52, 97, 142, 187]\n");
  run("UPDATE users SET name = 'user ' || (41 - id)");
  run("UPDATE users SET name = NULL, city = 'x' WHERE id % 2 = 0");
  run("UPDATE users SET name = 'one name', limit_of = 100 WHERE id % 4 = 0");
  run("UPDATE users SET id = id + 100 WHERE id > 30");
  run("BEGIN");
  run("UPDATE users SET name = 'both'");
  run("UPDATE orders SET amount = amount + 1 WHERE id = 3");
  run("COMMIT");
  run("BEGIN");
  run("UPDATE users SET name = 'again' WHERE id < 4");
  run("DELETE FROM users WHERE id = 9");
  run("INSERT INTO users VALUES (41, 'new', 'y', 60)");
  run("COMMIT");
  run("UPDATE users SET name = 'alone' WHERE id = 41");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_groups),
      VIEW_TEST(test_dependent_columns),
      VIEW_TEST(test_scalar),
      VIEW_TEST(test_bigint),
      VIEW_TEST(test_expressions),
      VIEW_TEST(test_join),
      VIEW_TEST(test_failing),
      VIEW_TEST(test_integer_key),
      VIEW_TEST(test_many),
      VIEW_TEST(test_averages),
      VIEW_TEST(test_extremes),
      VIEW_TEST(test_distinct),
      VIEW_TEST(test_bits),
      VIEW_TEST(test_numeric),
      VIEW_TEST(test_unaffected),
      VIEW_TEST(test_one_spelling),
      VIEW_TEST(test_several_spellings),
      VIEW_TEST(test_outer_key),
      VIEW_TEST(test_other_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
