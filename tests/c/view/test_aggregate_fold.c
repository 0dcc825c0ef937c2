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

int main(void) {
  static const struct CMUnitTest tests[] = {VIEW_TEST(test_values),
                                            VIEW_TEST(test_lists)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
