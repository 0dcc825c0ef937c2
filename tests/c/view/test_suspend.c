/* Tests of view/suspend.c: what is seen while views are suspended, and when they are
 * brought up to date. */
#include "view_test.h"

#include "lib/local_story.h"
#include "view/transaction.h"

static void create_counted(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)");
  run("CREATE REALTIME VIEW counted AS SELECT k, count(*) AS n, sum(x) AS s FROM t "
      "GROUP BY k");
  run("CREATE REALTIME VIEW big AS SELECT k FROM counted WHERE n > 1");
  run("INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)");
}

static void expect_counted(const char *rows) {
  expect_rows("SELECT * FROM counted ORDER BY k", rows);
}

/* As run, but without asking for the views: they stay as they are. */
static void run_only(const char *sql) {
  int rc = local_run(&local, sql);
  if (rc != TIDE_OK)
    fail_msg("%s\n%s", sql, local.sqlite.error.message);
}

static void fail_only(const char *sql, const char *sqlstate) {
  int rc = local_run(&local, sql);
  if (strcmp(tide_error_sqlstate(rc), sqlstate) != 0)
    fail_msg("%s\n%s, not %s: %s", sql, tide_error_sqlstate(rc), sqlstate,
             local.sqlite.error.message);
}

static bool is_stale(const char *view) {
  return view_is_stale(&local.database, catalog_find(&local.database, NULL, view));
}

/* While views are suspended they are read as they were; the outermost RESUME brings
 * them up to date. */
static void test_nested(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (4, 'b', 10)");
  run_only("SUSPEND VIEWS");
  assert_int_equal(view_suspended(&local.database), 2);
  run_only("DELETE FROM t WHERE id = 1");
  expect_counted("a|2|3\nb|1|3\n");
  expect_rows("SELECT * FROM big", "a\n");
  assert_true(is_stale("counted"));
  assert_true(is_stale("big"));
  run_only("RESUME VIEWS");
  expect_counted("a|2|3\nb|1|3\n");
  run("RESUME VIEWS");
  assert_int_equal(view_suspended(&local.database), 0);
  assert_false(is_stale("counted"));
  expect_counted("a|1|2\nb|2|13\n");
  expect_rows("SELECT * FROM big", "b\n");
  run_only("INSERT INTO t VALUES (5, 'c', 5)");
  expect_counted("a|1|2\nb|2|13\nc|1|5\n");
  run("COMMIT");
}

/* A write that reads a suspended view reads it as it was. */
static void test_write_from_suspended(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("DELETE FROM t WHERE k = 'a'");
  run_only("INSERT INTO t SELECT 10 + n, k, s FROM counted");
  run("COMMIT");
  expect_counted("a|1|3\nb|2|6\n");
}

/* COMMIT brings suspended views up to date and tells so; it tells nothing when nothing
 * had changed. */
static void test_commit(void **state) {
  (void)state;
  tide_effect effect;
  create_counted();
  while (effects_take(local.database.effects, &effect))
    continue;
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run("COMMIT");
  assert_false(effects_take(local.database.effects, &effect));
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (4, 'b', 10)");
  run("COMMIT");
  expect_counted("a|2|3\nb|2|13\n");
  assert_true(effects_take(local.database.effects, &effect));
  assert_int_equal(effect.type, TIDE_EFFECT_COMMIT);
  assert_non_null(strstr(effect.json, "[\"public\",\"counted\"]"));
  assert_true(effects_take(local.database.effects, &effect));
  assert_int_equal(effect.type, TIDE_EFFECT_NOTICE);
  assert_non_null(strstr(effect.json, "\"severity\":\"WARNING\",\"code\":\"01000\""));
  assert_int_equal(view_suspended(&local.database), 0);
}

/* Suspending is part of the transaction: it ends with it, and savepoints restore it. */
static void test_undone(void **state) {
  (void)state;
  create_counted();
  fail_only("SUSPEND VIEWS", "25P01");
  fail_only("RESUME VIEWS", "55000");
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (4, 'b', 10)");
  run("ROLLBACK");
  expect_counted("a|2|3\nb|1|3\n");
  run_only("BEGIN");
  fail_only("RESUME VIEWS", "55000");
  run_only("INSERT INTO t VALUES (4, 'b', 4)");
  run_only("SAVEPOINT one");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (5, 'b', 5)");
  run_only("ROLLBACK TO one");
  assert_int_equal(view_suspended(&local.database), 0);
  run_only("INSERT INTO t VALUES (6, 'b', 6)");
  expect_counted("a|2|3\nb|3|13\n");
  run("COMMIT");
  expect_counted("a|2|3\nb|3|13\n");
}

/* A savepoint set while views are suspended does not bring them up to date; going back
 * to it leaves them as stale as they were, also past a RESUME. */
static void test_savepoint_while_suspended(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (4, 'b', 4)");
  run_only("SAVEPOINT one");
  run_only("UPDATE t SET k = 'c' WHERE id = 4");
  run_only("INSERT INTO t VALUES (5, 'd', 5)");
  expect_counted("a|2|3\nb|1|3\n");
  run_only("RESUME VIEWS");
  expect_counted("a|2|3\nb|1|3\nc|1|4\nd|1|5\n");
  run_only("DELETE FROM t WHERE k = 'a'");
  run_only("ROLLBACK TO one");
  assert_int_equal(view_suspended(&local.database), 1);
  assert_true(is_stale("counted"));
  expect_counted("a|2|3\nb|1|3\n");
  run_only("UPDATE t SET x = 40 WHERE id = 4");
  run_only("RELEASE one");
  run("RESUME VIEWS");
  expect_counted("a|2|3\nb|2|43\n");
  run_only("UPDATE t SET x = 41 WHERE id = 4");
  run("COMMIT");
  expect_counted("a|2|3\nb|2|44\n");
}

/* Statements that need views as they are now are refused; others go on. */
static void test_refused(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("CREATE REALTIME VIEW early AS SELECT id FROM t");
  run_only("INSERT INTO t VALUES (4, 'b', 4)");
  fail_only("REFRESH REALTIME VIEW counted", "55000");
  fail_only("CREATE REALTIME VIEW late AS SELECT id FROM t", "55000");
  run_only("ALTER TABLE t ADD COLUMN y integer DEFAULT 7");
  run_only("DROP REALTIME VIEW big");
  run("RESUME VIEWS");
  expect_counted("a|2|3\nb|2|7\n");
  run_only("CREATE REALTIME VIEW late AS SELECT id, y FROM t");
  run("COMMIT");
  expect_rows("SELECT count(*), sum(y) FROM late", "4|28\n");
  expect_rows("SELECT count(*) FROM early", "4\n");
}

/* When views cannot be brought up to date RESUME changes nothing, and COMMIT undoes
 * the transaction. */
static void test_failing(void **state) {
  (void)state;
  create_counted();
  run("CREATE REALTIME VIEW ratio AS SELECT id, 12 / x AS r FROM t");
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (4, 'b', 0)");
  fail_only("RESUME VIEWS", "22012");
  assert_string_equal(local.sqlite.error.view, "public.ratio");
  assert_int_equal(view_suspended(&local.database), 1);
  expect_counted("a|2|3\nb|1|3\n");
  run_only("UPDATE t SET x = 12 WHERE id = 4");
  run("RESUME VIEWS");
  expect_counted("a|2|3\nb|2|15\n");
  run_only("SUSPEND VIEWS");
  run_only("UPDATE t SET x = 0 WHERE id = 4");
  fail_only("COMMIT", "22012");
  run("INSERT INTO t VALUES (4, 'c', 1)");
  expect_counted("a|2|3\nb|1|3\nc|1|1\n");
}

/* A statement that fails is undone alone. */
static void test_failed_statement(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("SUSPEND VIEWS");
  run_only("INSERT INTO t VALUES (4, 'b', 4)");
  fail_only("INSERT INTO t VALUES (5, 'z', 5), (1, 'z', 1)", "23505");
  fail_only("UPDATE t SET x = 1 / (x - 4)", "22012");
  run_only("DELETE FROM t WHERE id = 2");
  run("RESUME VIEWS");
  expect_counted("a|1|1\nb|2|7\n");
  run("COMMIT");
}

static const char *const statements[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, x integer)",
    "CREATE REALTIME VIEW v AS SELECT x, count(*) AS n FROM t GROUP BY x",
    "BEGIN",
    "SUSPEND VIEWS",
    "INSERT INTO t VALUES (1, 1), (2, 1)",
    "SAVEPOINT s",
    "INSERT INTO t VALUES (3, 2)",
    "RESUME VIEWS",
    "ROLLBACK TO s",
    "COMMIT",
};

/* Whatever allocation fails: an error, and nothing leaks. */
static void test_memory(void **state) {
  (void)state;
  struct local_story story = {statements, COUNT(statements), "SELECT x, n FROM v",
                              "1|2\n"};
  some_failing_allocations(local_story_play, &story, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_nested),
      VIEW_TEST(test_write_from_suspended),
      VIEW_TEST(test_commit),
      VIEW_TEST(test_undone),
      VIEW_TEST(test_savepoint_while_suspended),
      VIEW_TEST(test_refused),
      VIEW_TEST(test_failing),
      VIEW_TEST(test_failed_statement),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
