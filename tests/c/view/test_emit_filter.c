/* Tests of view/emit_filter.c: SELECT … FROM one relation WHERE …. */
#include "view_test.h"

static void create_items(void) {
  run("CREATE TABLE items (id integer PRIMARY KEY, name text, price integer, sold "
      "boolean)");
  run("INSERT INTO items VALUES (1, 'pen', 10, false), (2, 'ink', NULL, true), (3, "
      "NULL, 30, NULL)");
}

/* Rows enter the view, change in it and leave it as they do the filter. */
static void test_enter_and_leave(void **state) {
  (void)state;
  create_items();
  run("CREATE REALTIME VIEW cheap AS SELECT id, name, price * 2 AS twice FROM items "
      "WHERE price < 50");
  expect_explained("cheap", "maintenance: incremental filter\n");
  expect_explained("cheap", "row identity: id\n");
  expect_rows("SELECT * FROM cheap ORDER BY id", "1|pen|20\n3|\\N|60\n");
  run("UPDATE items SET price = 49 WHERE id = 2");
  run("UPDATE items SET price = 50 WHERE id = 1");
  run("UPDATE items SET name = 'blotter' WHERE id = 3");
  run("INSERT INTO items VALUES (4, 'nib', 5, true)");
  run("DELETE FROM items WHERE id = 3");
  expect_rows("SELECT * FROM cheap ORDER BY id", "2|ink|98\n4|nib|10\n");
  run("DELETE FROM items");
  expect_rows("SELECT * FROM cheap", "");
}

/* A row that keeps its key is updated in place: its rowid stays. */
static void test_in_place(void **state) {
  (void)state;
  run("CREATE TABLE words (w text PRIMARY KEY, n integer)");
  run("INSERT INTO words VALUES ('a', 1), ('b', 2), ('c', 3)");
  run("CREATE REALTIME VIEW counted AS SELECT w, n FROM words");
  run("UPDATE words SET n = 20 WHERE w = 'b'");
  assert_string_equal(
      local_sqlite(&local, "SELECT group_concat(rowid || w || n, ' ') FROM counted"),
      "1a1 2b20 3c3");
  run("UPDATE words SET w = 'd' WHERE w = 'a'");
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM counted"), "3");
}

/* Without a key in its columns a view keeps every copy of a row. */
static void test_duplicates(void **state) {
  (void)state;
  create_items();
  run("CREATE REALTIME VIEW flags AS SELECT sold FROM items");
  expect_explained("flags", "row identity: all columns; rows may repeat\n");
  run("INSERT INTO items VALUES (4, 'a', 1, true), (5, 'b', 2, true), (6, 'c', 3, "
      "false)");
  expect_rows(
      "SELECT sold, count(*) FROM flags GROUP BY sold ORDER BY sold NULLS FIRST",
      "\\N|1\n0|2\n1|3\n");
  run("DELETE FROM items WHERE id IN (4, 2)");
  run("UPDATE items SET sold = NULL WHERE id IN (5, 6)");
  expect_rows(
      "SELECT sold, count(*) FROM flags GROUP BY sold ORDER BY sold NULLS FIRST",
      "\\N|3\n0|1\n");
}

/* A table without a key is a multiset as well. */
static void test_loose_table(void **state) {
  (void)state;
  run("CREATE TABLE loose (a integer, b text)");
  run("CREATE REALTIME VIEW seen AS SELECT b, a FROM loose WHERE a IS NOT NULL");
  run("INSERT INTO loose VALUES (1, 'x'), (1, 'x'), (NULL, 'y'), (2, NULL)");
  run("UPDATE loose SET b = 'z' WHERE a = 1");
  run("DELETE FROM loose WHERE a = 2");
  expect_rows("SELECT * FROM seen", "z|1\nz|1\n");
}

/* 1.0 and 1.00 are equal, but not the same. */
static void test_spelling(void **state) {
  (void)state;
  run("CREATE TABLE prices (id integer PRIMARY KEY, amount numeric)");
  run("CREATE REALTIME VIEW shown AS SELECT id, amount FROM prices WHERE amount > 0.5");
  run("INSERT INTO prices VALUES (1, 1.0), (2, 0.5)");
  run("UPDATE prices SET amount = 1.00");
  expect_rows("SELECT * FROM shown ORDER BY id", "1|1.00\n2|1.00\n");
}

/* Keys of several columns, names that need quotes, and values of every type. */
static void test_types_and_names(void **state) {
  (void)state;
  run("CREATE TABLE \"Odd \"\" Name\" (\"a b\" integer, k text, f double precision, j "
      "jsonb, t timestamp, "
      "u uuid, y bytea, PRIMARY KEY (\"a b\", k))");
  run("CREATE REALTIME VIEW \"Odd.View\" AS SELECT k, \"a b\", f, j, t, u, y FROM "
      "\"Odd \"\" Name\" "
      "WHERE \"a b\" > 0");
  expect_explained("Odd.View", "row identity: k, a b\n");
  run("INSERT INTO \"Odd \"\" Name\" VALUES (1, 'größe', 1.5, '{\"b\": [1, 2]}', "
      "'2026-01-31 10:00:00', "
      "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\\x00ff'), (0, 'x', NULL, NULL, NULL, "
      "NULL, NULL)");
  run("UPDATE \"Odd \"\" Name\" SET f = -0.0, \"a b\" = \"a b\" + 1");
  run("UPDATE \"Odd \"\" Name\" SET f = 1e300, y = NULL");
  run("DELETE FROM \"Odd \"\" Name\" WHERE k = 'x'");
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM \"Odd.View\""),
                      "error: no such table: Odd.View");
}

/* An expression that fails undoes the statement that caused it. */
static void test_failing_expression(void **state) {
  (void)state;
  create_items();
  run("CREATE REALTIME VIEW inverse AS SELECT id, 100 / price AS i FROM items");
  run_failing("UPDATE items SET price = price - 30 WHERE id = 3", "22012");
  expect_rows("SELECT price FROM items WHERE id = 3", "30\n");
  assert_int_equal(
      local_run(&local,
                "INSERT INTO items VALUES (7, 'x', 7, NULL), (8, 'y', 0, NULL)"),
      TIDE_ERROR_DIVISION_BY_ZERO);
  assert_string_equal(local.sqlite.error.view, "public.inverse");
  expect_rows("SELECT count(*) FROM items", "3\n");
}

/* Functions whose result is not a matter of their arguments alone are left to
 * recomputing. */
static void test_volatile(void **state) {
  (void)state;
  create_items();
  run("CREATE REALTIME VIEW today AS SELECT id, current_date AS d FROM items "
      "WITH (time_refresh = 'external')");
  expect_explained("today", "maintenance: recompute\n");
  expect_explained(
      "today", "not incremental filter: it calls a function that is not immutable\n");
  run("INSERT INTO items VALUES (4, 'nib', 5, true)");
}

/* 100,000 rows at once. */
static void test_many_rows(void **state) {
  (void)state;
  run("CREATE TABLE numbers (n integer PRIMARY KEY, m integer)");
  run("CREATE REALTIME VIEW odd AS SELECT n, m FROM numbers WHERE n % 2 = 1");
  run("INSERT INTO numbers SELECT i, i * 2 FROM generate_series(1, 100000) AS i");
  run("UPDATE numbers SET m = m + 1");
  expect_rows("SELECT count(*), sum(m) FROM odd", "50000|5000050000\n");
  run("DELETE FROM numbers WHERE n > 10");
  expect_rows("SELECT count(*) FROM odd", "5\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_enter_and_leave),    VIEW_TEST(test_in_place),
      VIEW_TEST(test_duplicates),         VIEW_TEST(test_loose_table),
      VIEW_TEST(test_spelling),           VIEW_TEST(test_types_and_names),
      VIEW_TEST(test_failing_expression), VIEW_TEST(test_volatile),
      VIEW_TEST(test_many_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
