/* Tests of view/index.c: which indexes maintenance makes, for which views, and when. */
#include "view_test.h"

static void create_tables(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, a integer)");
  run("CREATE TABLE u (id integer PRIMARY KEY, t_id integer, b integer)");
  run("INSERT INTO t SELECT i, i FROM generate_series(1, 500) AS i");
  run("INSERT INTO u SELECT i, i, i FROM generate_series(1, 500) AS i");
}

static int schema_version(void) {
  return atoi(local_sqlite(&local, "PRAGMA schema_version"));
}

/* How often the schema changes while a view that needs no index comes and goes. */
static int schema_changes(void) {
  int before = schema_version();
  run("CREATE REALTIME VIEW passing AS SELECT id FROM t");
  run("DROP REALTIME VIEW passing");
  return schema_version() - before;
}

/* A view that is filled by REFRESH alone has no indexes on what it reads, not even for a moment. */
static void test_not_maintained(void **state) {
  (void)state;
  create_tables();
  int changes = schema_changes();
  run("CREATE MATERIALIZED VIEW taken AS SELECT u.id, t.a FROM t JOIN u ON u.t_id = "
      "t.id");
  assert_int_equal(schema_changes(), changes);
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM sqlite_schema WHERE "
                                           "name LIKE '\\_\\_view\\_index%' ESCAPE "
                                           "'\\'"),
                      "0");
}

static int count_steps(void *context) {
  *(int *)context += 1;
  return 0;
}

/* A view is filled with the indexes of its nodes: what it takes is no product of its tables. */
static void test_filled_by_index(void **state) {
  (void)state;
  int hundreds = 0;
  create_tables();
  sqlite3_progress_handler(local.database.handle, 100, count_steps, &hundreds);
  assert_int_equal(
      local_run(&local, "CREATE REALTIME VIEW v AS SELECT t.id, (SELECT max(g.c) FROM "
                        "(SELECT b, t_id, count(*) AS c FROM u GROUP BY b, t_id) AS g "
                        "WHERE g.t_id = t.id) AS m FROM t"),
      TIDE_OK);
  sqlite3_progress_handler(local.database.handle, 0, NULL, NULL);
  assert_true(hundreds > 0 && hundreds < 2000);
  assert_true(local_views_hold(&local));
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      VIEW_TEST(test_not_maintained),
      VIEW_TEST(test_filled_by_index),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
