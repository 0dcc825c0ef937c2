/* Tests of view/canonical.c: the order in which lists are collected is completed by keys, and by no more than it takes. */
#include "view_test.h"

static void create_tables(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, a integer)");
  run("CREATE TABLE u (id integer PRIMARY KEY, t_id integer, b integer)");
  run("INSERT INTO t VALUES (1, 1), (2, 1), (3, NULL)");
  run("INSERT INTO u VALUES (1, 1, 7), (2, 1, 6), (3, 2, 5), (4, 9, 4)");
}

/* What is the same for all rows of a group is not ordered by. */
static void test_grouped_key(void **state) {
  (void)state;
  create_tables();
  run("CREATE REALTIME VIEW v AS SELECT t.id, array_agg(u.b) AS l FROM t LEFT JOIN u "
      "ON u.t_id = t.id GROUP BY t.id");
  expect_explained("v", "pg_array_agg(\"n#4\".c2 ORDER BY \"n#4\".c3 NULLS LAST) FROM");
  run("UPDATE u SET b = b + 1 WHERE id = 2");
  expect_rows("SELECT l FROM v ORDER BY id", "[7,7]\n[5]\n[null]\n");
}

/* What ORDER BY has already is not said again, and nothing follows keys of all tables. */
static void test_ordered_key(void **state) {
  (void)state;
  create_tables();
  run("CREATE REALTIME VIEW v AS SELECT t.a, array_agg(u.b ORDER BY u.id DESC) AS l "
      "FROM "
      "t LEFT JOIN u ON u.t_id = t.id GROUP BY t.a");
  expect_explained("v", "pg_array_agg(\"n#4\".c2 ORDER BY \"n#4\".c3 DESC NULLS FIRST, "
                        "\"n#4\".c4 NULLS LAST) FROM");
  run("UPDATE u SET t_id = 2 WHERE id = 4");
  expect_rows("SELECT l FROM v ORDER BY a", "[4,5,6,7]\n[null]\n");
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      VIEW_TEST(test_grouped_key),
      VIEW_TEST(test_ordered_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
