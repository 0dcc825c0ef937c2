/* Tests of view/graph.c: the nodes of a view. */
#include "view_test.h"

/* Selects so many values that are a node each. */
static void print_values(struct buffer *sql, int count) {
  buffer_clear(sql);
  buffer_text(sql, "CREATE REALTIME VIEW v AS SELECT t.id");
  for (int i = 0; i < count; i++)
    buffer_format(sql, ", (SELECT max(x) FROM t WHERE x <> %d) AS c%d", i, i);
  buffer_text(sql, " FROM t");
  assert_false(sql->failed);
}

/* A view is not made of any number of nodes: beyond that it is refused, and nothing is left of it. */
static void test_limit(void **state) {
  (void)state;
  struct buffer sql;
  buffer_init(&sql, local.database.memory);
  run("CREATE TABLE t (id integer PRIMARY KEY, x integer)");
  print_values(&sql, 1030);
  run_failing(buffer_string(&sql), "54000");
  assert_string_equal(
      local_sqlite(&local, "SELECT count(*) FROM sqlite_schema WHERE name <> 't' AND "
                           "tbl_name LIKE '\\_\\_view%' ESCAPE '\\'"),
      "0");
  print_values(&sql, 20);
  run(buffer_string(&sql));
  expect_explained("v", "node 20: incremental aggregate\n");
  buffer_deinit(&sql);
}

int main(void) {
  static const struct CMUnitTest tests[] = {VIEW_TEST(test_limit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
