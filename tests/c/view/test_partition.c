/* Tests of view/partition.c: what tells the rows of a view apart of which parts are recomputed. */
#include "view_test.h"

/* The FROM of nine outer joins of one table, and the SELECT list that shows all keys. */
static void print_nine(struct buffer *sql, const char *name) {
  buffer_format(sql, "CREATE REALTIME VIEW %s AS SELECT ", name);
  for (int i = 0; i < 9; i++)
    for (int k = 1; k <= 8; k++)
      buffer_format(sql, "%sw%d.k%d AS c%d", i + k > 1 ? ", " : "", i, k, i * 8 + k);
  buffer_text(sql, " FROM wide w0");
  for (int i = 1; i < 9; i++)
    buffer_format(sql, " LEFT JOIN wide w%d ON w%d.k1 = w%d.k2", i, i, i - 1);
}

/* Keys of more columns than are worth an index tell no rows apart: all columns do. */
static void test_wide_keys(void **state) {
  (void)state;
  struct buffer sql;
  buffer_init(&sql, local.database.memory);
  run("CREATE TABLE wide (k1 integer, k2 integer, k3 integer, k4 integer, k5 integer, "
      "k6 integer, k7 integer, k8 integer, PRIMARY KEY (k1, k2, k3, k4, k5, k6, k7, "
      "k8))");
  run("INSERT INTO wide VALUES (1, 2, 0, 0, 0, 0, 0, 0), (2, 3, 0, 0, 0, 0, 0, 0), (2, "
      "1, 0, 0, 0, 0, 0, 0)");
  print_nine(&sql, "nine");
  assert_false(sql.failed);
  run(buffer_string(&sql));
  buffer_deinit(&sql);
  expect_explained("nine", "maintenance: incremental outer join\n");
  expect_explained("nine", "row identity: all columns; rows may repeat\n");
  run("INSERT INTO wide VALUES (3, 2, 0, 0, 0, 0, 0, 1)");
  run("DELETE FROM wide WHERE k1 = 2 AND k2 = 1");
}

int main(void) {
  static const struct CMUnitTest tests[] = {VIEW_TEST(test_wide_keys)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
