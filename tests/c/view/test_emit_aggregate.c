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
      local_sqlite(&local, "SELECT sql FROM sqlite_schema WHERE name = 'g'"),
      "CREATE TABLE \"g\"(\"k\" INTEGER PRIMARY KEY, \"s\" INTEGER, \"__rows\" "
      "INTEGER, "
      "\"__count_1\" INTEGER, \"__sum_1\" INTEGER)");
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

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_groups),      VIEW_TEST(test_scalar), VIEW_TEST(test_bigint),
      VIEW_TEST(test_expressions), VIEW_TEST(test_join),   VIEW_TEST(test_failing),
      VIEW_TEST(test_integer_key), VIEW_TEST(test_many),   VIEW_TEST(test_averages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
