/* Tests of view/emit_static.c: queries that read nothing. */
#include "view_test.h"

#define MAINTENANCE "maintenance: none is needed, it reads nothing\n"

/* They are computed once, also where other views read them. */
static void test_constants(void **state) {
  (void)state;
  run("CREATE REALTIME VIEW v(n, s) AS VALUES (1, 'a'), (2, NULL), (1, 'a')");
  run("CREATE REALTIME VIEW s AS SELECT 1 + 1 AS two");
  run("CREATE REALTIME VIEW u AS SELECT 1 AS n UNION SELECT 1 EXCEPT SELECT 2");
  run("CREATE TABLE t (n integer)");
  run("CREATE REALTIME VIEW j AS SELECT t.n, v.s FROM t JOIN v ON v.n = t.n");
  expect_explained("v", MAINTENANCE "reads: nothing\n");
  expect_explained("s", MAINTENANCE);
  expect_explained("u", "node 1: none is needed, it reads nothing\n");
  expect_explained("j", "maintenance: incremental join\n");
  run("INSERT INTO t VALUES (1), (2), (3)");
  run("UPDATE t SET n = n + 1");
  expect_rows("SELECT * FROM v ORDER BY n", "1|a\n1|a\n2|\\N\n");
  expect_rows("SELECT * FROM s", "2\n");
  expect_rows("SELECT * FROM u", "1\n");
  expect_rows("SELECT * FROM j", "2|\\N\n");
}

/* What reads something is not constant. */
static void test_refusal(void **state) {
  (void)state;
  run("CREATE TABLE t (n integer)");
  run("CREATE REALTIME VIEW v AS SELECT count(*) FROM t");
  expect_explained("v", "not none is needed, it reads nothing: it reads relations\n");
  run("INSERT INTO t VALUES (1)");
  expect_rows("SELECT * FROM v", "1\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_constants),
      VIEW_TEST(test_refusal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
