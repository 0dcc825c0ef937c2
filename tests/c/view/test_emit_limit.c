/* Tests of view/emit_limit.c: windows of ordered rows. */
#include "view_test.h"

#include "base/random.h"
#include "lib/local_story.h"
#include "view/views.h"

#define MAINTENANCE "maintenance: incremental window of LIMIT\n"

static void create(const char *name, const char *query, const char *says) {
  char sql[1024];
  snprintf(sql, sizeof sql, "CREATE REALTIME VIEW %s AS %s", name, query);
  run(sql);
  expect_explained(name, says);
}

static void create_table(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, x integer, y integer, s text, n "
      "numeric)");
}

static int written;

static void count_written(void *context, const char *line) {
  (void)context;
  if (strstr(line, "maintained "))
    written++;
}

/* The window moves with the rows before it and is filled from behind. */
static void test_window(void **state) {
  (void)state;
  create_table();
  create("v", "SELECT id, x FROM t ORDER BY x DESC, id LIMIT 2 OFFSET 1", MAINTENANCE);
  expect_explained("v", "row identity: id\n");
  expect_explained("v", "searches: public.t (\"x\" IS NOT NULL, \"x\" DESC, \"id\")\n");
  expect_explained("v", " UNION ALL SELECT *, 1 FROM main."); /* no rows are compared */
  run("INSERT INTO t (id, x) VALUES (1, 10), (2, 20)");
  expect_rows("SELECT * FROM v ORDER BY x DESC", "1|10\n");
  run("INSERT INTO t (id, x) VALUES (3, 30), (4, 40), (5, NULL)");
  expect_rows("SELECT * FROM v ORDER BY x DESC", "4|40\n3|30\n");
  run("DELETE FROM t WHERE id = 5");
  expect_rows("SELECT * FROM v ORDER BY x DESC", "3|30\n2|20\n");
  run("UPDATE t SET x = 5 WHERE id = 3");
  expect_rows("SELECT * FROM v ORDER BY x DESC", "2|20\n1|10\n");
  run("DELETE FROM t WHERE id IN (2, 4)");
  expect_rows("SELECT * FROM v ORDER BY x DESC", "3|5\n");
  run("DELETE FROM t");
  expect_rows("SELECT count(*) FROM v", "0\n");
}

/* Rows behind the end, before and after, are no matter. */
static void test_behind(void **state) {
  (void)state;
  create_table();
  run("INSERT INTO t (id, x) VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)");
  create("v", "SELECT id, x, s FROM t WHERE y IS NULL ORDER BY x LIMIT 3", MAINTENANCE);
  local.trace = (struct trace){count_written, NULL};
  written = 0;
  run("UPDATE t SET x = x + 10 WHERE id > 3");
  run("INSERT INTO t (id, x) VALUES (6, 6), (7, NULL)");
  run("INSERT INTO t (id, x, y) VALUES (8, 0, 0)");
  assert_int_equal(written, 0);
  run("UPDATE t SET s = 's' WHERE id = 3");
  assert_int_equal(written, 1);
  run("UPDATE t SET x = 7 WHERE id = 2");
  expect_rows("SELECT id FROM v ORDER BY x", "1\n3\n6\n");
  run("UPDATE t SET y = NULL WHERE id = 8");
  expect_rows("SELECT id FROM v ORDER BY x", "8\n1\n3\n");
  local.trace = (struct trace){0};
}

/* Of equal rows the one whose key comes first in the last direction is inside; without a
 * key all results decide, to the byte. */
static void test_ties(void **state) {
  (void)state;
  create_table();
  run("CREATE TABLE loose (x integer, n numeric)");
  run("INSERT INTO t (id, x) VALUES (1, 1), (2, 1), (3, 1), (4, 0)");
  static const char *const views[] = {
      "CREATE REALTIME VIEW a AS SELECT id FROM t ORDER BY x LIMIT 2",
      "CREATE REALTIME VIEW d AS SELECT id FROM t ORDER BY x DESC LIMIT 2",
      "CREATE REALTIME VIEW l AS SELECT n FROM loose ORDER BY x LIMIT 2"};
  for (size_t i = 0; i < COUNT(views); i++) /* SQLite by itself may choose others */
    assert_int_equal(local_run(&local, views[i]), TIDE_OK);
  expect_rows("SELECT id FROM a ORDER BY id", "1\n4\n");
  expect_rows("SELECT id FROM d ORDER BY id", "2\n3\n");
  static const char *const writes[] = {
      "INSERT INTO loose VALUES (1, 1.00), (1, 1.0), (1, 1.000)",
      "INSERT INTO t (id, x) VALUES (0, 1), (5, 1)", "DELETE FROM t WHERE id = 4"};
  for (size_t i = 0; i < COUNT(writes); i++)
    assert_int_equal(local_run(&local, writes[i]), TIDE_OK);
  expect_rows("SELECT n FROM l ORDER BY n::text", "1.0\n1.00\n");
  expect_rows("SELECT id FROM a ORDER BY id", "0\n1\n");
  expect_rows("SELECT id FROM d ORDER BY id", "3\n5\n");
}

/* What it leaves to others. */
static void test_refusals(void **state) {
  (void)state;
  create_table();
  create("e", "SELECT id FROM t ORDER BY x + 1, id LIMIT 2",
         "not incremental window of LIMIT: it is ordered by what is no column\n");
  create("o", "SELECT id FROM t ORDER BY id OFFSET 1",
         "not incremental window of LIMIT: its LIMIT or OFFSET is no number\n");
  create("w", "SELECT id FROM t ORDER BY id LIMIT 999999999999999",
         "maintenance: incremental window of LIMIT\n");
  create("b", "SELECT id FROM t ORDER BY id LIMIT 1000000000000000",
         "not incremental window of LIMIT: its LIMIT or OFFSET is no number\n");
  run("INSERT INTO t (id, x) VALUES (1, 3), (2, 2), (3, 1)");
  run("DELETE FROM t WHERE id = 3");
}

/* --- plans --- */

/* The windows come out of their indexes, with no sort of all rows. */
static void test_plans(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT id, s FROM t ORDER BY x LIMIT 3",
      "SELECT id, s FROM t ORDER BY x DESC LIMIT 3",
      "SELECT id, s FROM t ORDER BY x DESC NULLS LAST, y, n DESC LIMIT 3 OFFSET 2",
      "SELECT id, s FROM t WHERE y = 1 ORDER BY x NULLS FIRST LIMIT 3",
      "SELECT id, s FROM t ORDER BY 2 DESC, 1 LIMIT 3",
      "SELECT s FROM t WHERE x > 1 LIMIT 3",
      "SELECT n FROM t ORDER BY n LIMIT 4"};
  create_table();
  for (size_t i = 0; i < COUNT(queries); i++) {
    char name[32], sql[4096];
    snprintf(name, sizeof name, "v%zu", i);
    create(name, queries[i], MAINTENANCE);
    struct graph *graph;
    const struct relation *view = catalog_find(&local.database, NULL, name);
    assert_int_equal(views_prepare(&local.database), TIDE_OK);
    assert_int_equal(
        views_graph(&local.database, views_entry(&local.database, view), &graph),
        TIDE_OK);
    snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", graph_view(graph)->fill);
    sqlite3_stmt *statement;
    assert_int_equal(
        sqlite3_prepare_v2(local.database.handle, sql, -1, &statement, NULL),
        SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const char *detail = (const char *)sqlite3_column_text(statement, 3);
      if (strstr(detail, "TEMP B-TREE"))
        fail_msg("%s\n%s", sql, detail);
    }
    sqlite3_finalize(statement);
  }
}

/* --- anything --- */

static int below(struct random *random, int limit) {
  return (int)(random_next(random) % (uint64_t)limit);
}

/* Windows of any order hold, whatever changes. */
static void test_random(void **state) {
  static const char *const queries[] = {
      "SELECT id, x, s FROM t ORDER BY x, id LIMIT 3",
      "SELECT id, x FROM t ORDER BY x DESC NULLS LAST, y, id LIMIT 4 OFFSET 2",
      "SELECT x, y FROM t WHERE y > 1 ORDER BY y DESC, x NULLS FIRST, id DESC LIMIT 5",
      "SELECT n, s || 'a' AS s, id FROM t WHERE x = 1 ORDER BY n DESC, 3 LIMIT 2",
      "SELECT id, n FROM t ORDER BY n, s, id OFFSET 3 LIMIT 3",
      "SELECT id FROM t ORDER BY id LIMIT 0",
      "SELECT y FROM t ORDER BY y LIMIT 4"};
  static const char *const writes[] = {
      "INSERT INTO t SELECT coalesce(max(id), 0) + 1, %d, 2, 'a', 1.0 FROM t",
      "INSERT INTO t SELECT coalesce(min(id), 0) - 1, NULL, %d, 'b', 1.00 FROM t",
      "INSERT INTO t SELECT coalesce(max(id), 0) + 1, 1, NULL, NULL, %d FROM t",
      "INSERT INTO t SELECT coalesce(max(id), 0) + 2, 1, 3, 's', -%d.5 FROM t",
      "UPDATE t SET x = %d WHERE id %% 3 = 0",
      "UPDATE t SET y = y + 1, n = n + 1 WHERE x = %d",
      "UPDATE t SET id = -id WHERE id = %d",
      "UPDATE t SET s = 'z', x = NULL WHERE y = %d",
      "DELETE FROM t WHERE id %% 4 = %d",
      "DELETE FROM t WHERE x = %d"};
  for (int seed = 1; seed <= 8; seed++) {
    struct random random;
    uint8_t bytes[32] = {(uint8_t)seed};
    random_seed(&random, bytes);
    create_table();
    for (size_t i = 0; i < COUNT(queries); i++) {
      char name[32];
      snprintf(name, sizeof name, "v%zu", i);
      create(name, queries[i], MAINTENANCE);
    }
    for (int i = 0; i < 60; i++) {
      char sql[200];
      int which = below(&random, i < 20 ? 5 : COUNT(writes));
      snprintf(sql, sizeof sql, writes[which], below(&random, 5));
      int rc = local_run(&local, sql);
      assert_true(rc == TIDE_OK || rc == TIDE_ERROR_UNIQUE);
      assert_true(local_views_hold(&local));
    }
    view_test_close(state);
    view_test_open(state);
  }
}

/* --- memory --- */

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, x integer)",
      "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
      "CREATE REALTIME VIEW v AS SELECT id, x FROM t ORDER BY x DESC, id LIMIT 2",
      "INSERT INTO t VALUES (4, 4)",
      "UPDATE t SET x = 0 WHERE id = 3",
      "DELETE FROM t WHERE id = 1",
  };
  struct local_story story = {statements, COUNT(statements),
                              "SELECT id FROM v ORDER BY x", "2\n4\n"};
  some_failing_allocations(local_story_play, &story, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_window),
      VIEW_TEST(test_behind),
      VIEW_TEST(test_ties),
      VIEW_TEST(test_refusals),
      VIEW_TEST(test_plans),
      VIEW_TEST(test_random),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
