/* Tests of view/group.c: what identifies the stored row of a group. */
#include "view_test.h"

/* CREATE TABLE name (id integer PRIMARY KEY, c1 integer, …) */
static void create_table(const char *name, int columns) {
  struct buffer sql;
  buffer_init(&sql, local.database.memory);
  buffer_format(&sql, "CREATE TABLE %s (id integer PRIMARY KEY", name);
  for (int i = 1; i <= columns; i++)
    buffer_format(&sql, ", c%d integer", i);
  buffer_character(&sql, ')');
  assert_false(sql.failed);
  run(buffer_string(&sql));
  buffer_deinit(&sql);
}

/* All columns of a table follow from its key, if there are not too many. */
static void test_many_dependents(void **state) {
  (void)state;
  static const char query[] = "CREATE REALTIME VIEW %s_groups AS SELECT t.*, "
                              "count(*) AS n FROM %s t GROUP BY t.id";
  for (int columns = 63; columns <= 70; columns++) {
    char name[16], sql[200];
    snprintf(name, sizeof name, "t%d", columns);
    create_table(name, columns);
    snprintf(sql, sizeof sql, query, name, name);
    run(sql);
    snprintf(sql, sizeof sql, "%s_groups", name);
    expect_explained(sql, columns <= 64
                              ? "maintenance: incremental aggregate\n"
                              : "not incremental aggregate: it shows columns that are "
                                "neither grouped nor aggregated\n");
    snprintf(sql, sizeof sql,
             "INSERT INTO %s (id, c1, c63) VALUES (1, 1, 1), (2, 2, 2)", name);
    run(sql);
    snprintf(sql, sizeof sql, "UPDATE %s SET c63 = 7 WHERE id = 2", name);
    run(sql);
  }
}

/* A column that may be spelled differently is no part of what tells groups apart. */
static void test_spelled_dependents(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY, n numeric, x integer)");
  run("CREATE REALTIME VIEW v AS SELECT id, n, count(*) AS c FROM t GROUP BY id");
  expect_explained("v", "not incremental aggregate: it shows columns that are neither "
                        "grouped nor aggregated\n");
  run("INSERT INTO t VALUES (1, 1.0, 1)");
  run("UPDATE t SET n = 1.00");
  expect_rows("SELECT id, n FROM v", "1|1.00\n");
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      VIEW_TEST(test_many_dependents),
      VIEW_TEST(test_spelled_dependents),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
