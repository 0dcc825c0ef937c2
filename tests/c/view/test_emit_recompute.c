/* Tests of view/emit_recompute.c: every other SELECT holds as well, and only rows
 * that differ are written. */
#include "view_test.h"

static void create_tables(void) {
  run("CREATE TABLE a (id integer PRIMARY KEY, x integer, s text)");
  run("CREATE TABLE b (id integer PRIMARY KEY, a integer, y integer)");
  run("INSERT INTO a VALUES (1, 1, 'p'), (2, 1, NULL), (3, NULL, 'p')");
  run("INSERT INTO b VALUES (1, 1, 10), (2, 1, 20), (3, 9, 30)");
}

static void change_all(void) {
  run("INSERT INTO a VALUES (4, 2, 'q'), (5, 1, 'p')");
  run("INSERT INTO b VALUES (4, 3, 10), (5, NULL, NULL)");
  run("UPDATE a SET x = coalesce(x, 0) + 1 WHERE id <> 2");
  run("UPDATE b SET a = 2, y = y + 1 WHERE id < 3");
  run("BEGIN");
  run("DELETE FROM b WHERE y > 20");
  run("UPDATE a SET s = 'z' WHERE id = 3");
  run("COMMIT");
  run("DELETE FROM a WHERE x = 2");
  run("DELETE FROM b");
}

/* One case for each construct that has no delta rule yet. */
static void test_constructs(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, a.s, b.y FROM a LEFT JOIN b ON b.a = a.id",
      "SELECT a.id, b.id AS other FROM a FULL JOIN b ON b.a = a.id AND b.y > 10",
      "SELECT b.id, a.s FROM a RIGHT JOIN b ON b.a = a.id",
      "SELECT DISTINCT x, s FROM a",
      "SELECT x FROM a UNION SELECT y FROM b",
      "SELECT x FROM a UNION ALL SELECT a FROM b",
      "SELECT x FROM a INTERSECT SELECT a FROM b",
      "SELECT x FROM a EXCEPT SELECT a FROM b",
      "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a = a.id)",
      "SELECT id FROM a WHERE id NOT IN (SELECT a FROM b)",
      "SELECT id, (SELECT sum(y) FROM b WHERE b.a = a.id) AS total FROM a",
      "SELECT id, row_number() OVER (PARTITION BY x ORDER BY id DESC) AS n FROM a",
      "SELECT id, x FROM a ORDER BY x DESC NULLS LAST, id LIMIT 2",
      "SELECT DISTINCT ON (x) x, id FROM a ORDER BY x, id DESC",
      "WITH t AS (SELECT x, count(*) AS n FROM a GROUP BY x) SELECT t.n, b.y FROM t "
      "JOIN b ON b.a = t.x",
      "WITH RECURSIVE r(i) AS (SELECT 1 UNION SELECT b.id FROM b JOIN r ON b.a = r.i) "
      "SELECT i FROM r",
      "SELECT q.n FROM (SELECT count(*) AS n FROM a GROUP BY x) AS q WHERE q.n > 1",
      "SELECT max(x) AS m FROM a",
      "SELECT x, count(*) FROM a GROUP BY GROUPING SETS ((x), ())",
      "SELECT s FROM a ORDER BY id",
      "VALUES (1, 'a'), (2, 'b')",
      "SELECT 1 AS one",
  };
  create_tables();
  for (size_t i = 0; i < COUNT(queries); i++) {
    char sql[1024];
    snprintf(sql, sizeof sql, "CREATE REALTIME VIEW v%zu AS %s", i, queries[i]);
    int rc = local_run(&local, sql);
    if (rc == TIDE_ERROR_NOT_SUPPORTED)
      continue; /* by the front end: nothing to keep */
    if (rc != TIDE_OK)
      fail_msg("%s\n%s", sql, local.sqlite.error.message);
  }
  assert_true(local_views_hold(&local));
  change_all();
}

static int written;

static void count_written(void *context, const char *line) {
  (void)context;
  const char *count = strstr(line, "maintained ");
  if (count)
    written += atoi(count + 11);
}

/* What stays the same is not written again. */
static void test_only_differences(void **state) {
  (void)state;
  create_tables();
  run("CREATE REALTIME VIEW pairs AS SELECT id, y, count(*) OVER () AS n FROM b WHERE "
      "id < 7");
  expect_explained("pairs", "maintenance: recompute\n");
  local.trace = (struct trace){count_written, NULL};
  written = 0;
  run("UPDATE b SET y = 11 WHERE id = 1");
  assert_int_equal(written, 2);
  run("UPDATE a SET s = 'not shown'");
  assert_int_equal(written, 2);
  run("INSERT INTO b VALUES (7, 100, 1)");
  assert_int_equal(written, 2);
}

/* A row is known by the keys of what it comes from, shown or not: it is updated in its place. */
static void test_identity(void **state) {
  (void)state;
  create_tables();
  run("CREATE REALTIME VIEW places AS SELECT id, rank() OVER (ORDER BY y, id) AS place "
      "FROM b");
  run("CREATE REALTIME VIEW hidden AS SELECT y, count(*) OVER () AS n FROM b");
  run("CREATE REALTIME VIEW groups AS SELECT x, sum(count(*)) OVER () AS n FROM a "
      "GROUP BY x");
  run("CREATE REALTIME VIEW repeated AS SELECT y, count(*) OVER () AS n FROM b LEFT "
      "JOIN a ON a.id = b.a WHERE y > 15");
  expect_explained("groups", "row identity: x\n");
  expect_explained("places",
                   "maintenance: recompute\nreads: public.b\nrow identity: id\n");
  expect_explained("hidden", "row identity: __key_3\n");
  expect_explained("repeated", "row identity: all columns; rows may repeat\n");
  run("UPDATE b SET y = 0 WHERE id = 2");
  expect_rows("SELECT id, place FROM places ORDER BY place", "2|1\n1|2\n3|3\n");
  change_all();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_constructs),
      VIEW_TEST(test_only_differences),
      VIEW_TEST(test_identity),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
