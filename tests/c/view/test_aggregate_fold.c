/* Tests of view/aggregate_fold.c: what changes do to the sums, values and lists of groups, and that it takes no more. */
#include "view_test.h"

static int computed; /* rows of groups */

static int count_computed(unsigned event, void *context, void *statement, void *sql) {
  (void)event, (void)context, (void)sql;
  if (strstr(sqlite3_sql(statement), ") AS state"))
    computed++;
  return 0;
}

/* Runs a statement, and says how many groups had their rows computed. */
static int run_counting(const char *sql) {
  computed = 0;
  sqlite3_trace_v2(local.database.handle, SQLITE_TRACE_STMT, count_computed, NULL);
  assert_int_equal(local_run(&local, sql), TIDE_OK);
  sqlite3_trace_v2(local.database.handle, 0, NULL, NULL);
  assert_true(local_views_hold(&local));
  return computed;
}

/* Values come, go and change without a group being computed anew. */
static void test_values(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY, g integer, x integer)");
  run("CREATE REALTIME VIEW v AS SELECT g, min(x) AS a, max(x) AS b, count(DISTINCT x) "
      "AS c FROM t GROUP BY g");
  run("INSERT INTO t VALUES (1, 1, 5), (2, 1, 5), (3, 1, 7), (4, 2, NULL)");
  run("INSERT INTO t VALUES (5, 1, 9)");
  run("UPDATE t SET x = 6 WHERE id = 3");
  run("DELETE FROM t WHERE id = 2");
  run("DELETE FROM t WHERE id = 1");
  expect_rows("SELECT a, b, c FROM v ORDER BY g", "6|9|2\n\\N|\\N|0\n");
  expect_rows("SELECT maintenances, recomputes FROM tidemark.stats WHERE name = 'v'",
              "5|0\n");
}

/* A list of which no element has changed is left alone. */
static void test_lists(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY, g integer, x integer, y integer)");
  run("CREATE REALTIME VIEW v AS SELECT g, json_agg(x ORDER BY id) AS l FROM t GROUP "
      "BY g");
  expect_explained("v", "maintenance: incremental aggregate\n");
  run("INSERT INTO t VALUES (1, 1, 5, 0), (2, 1, 5, 0), (3, 1, 7, 0), (4, 2, NULL, 0)");
  assert_int_equal(run_counting("UPDATE t SET y = 1"), 0);
  assert_int_equal(run_counting("UPDATE t SET x = 6 WHERE id = 3"), 1);
}

/* Groups that get rows and another name at once are changed one by one, many as they are. */
static void test_renamed(void **state) {
  (void)state;
  run("CREATE TABLE customer (id integer PRIMARY KEY, name text)");
  run("CREATE TABLE sale (id integer PRIMARY KEY, customer integer, x integer)");
  run("INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 40) AS i");
  run("INSERT INTO sale SELECT i, i, i FROM generate_series(1, 40) AS i");
  run("CREATE REALTIME VIEW v AS SELECT c.id, c.name, count(*) AS n, sum(s.x) AS x "
      "FROM "
      "sale s JOIN customer c ON c.id = s.customer GROUP BY c.id");
  expect_explained("v", "maintenance: incremental aggregate\n");
  assert_int_equal(local_run(&local, "BEGIN"),
                   TIDE_OK); /* the view is read at the end alone */
  assert_int_equal(
      local_run(
          &local,
          "INSERT INTO sale SELECT 100 + i, i, 1 FROM generate_series(1, 40) AS i"),
      TIDE_OK);
  assert_int_equal(local_run(&local, "UPDATE customer SET name = name || '!'"),
                   TIDE_OK);
  run("COMMIT");
  expect_rows("SELECT name, n, x FROM v WHERE id IN (1, 40) ORDER BY id",
              "c1!|2|2\nc40!|2|41\n");
  expect_rows("SELECT recomputes FROM tidemark.stats WHERE name = 'v'", "0\n");
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      VIEW_TEST(test_values), VIEW_TEST(test_lists), VIEW_TEST(test_renamed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
