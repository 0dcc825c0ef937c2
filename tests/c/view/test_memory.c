/* Memory that runs out anywhere in the view layer: the statement fails, nothing
 * leaks, and views still hold. */
#include "view_test.h"

#include "view/transaction.h"

static const char *const statements[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, k integer, s text, d double precision)",
    "CREATE TABLE u (id integer PRIMARY KEY, t integer, x bigint)",
    "INSERT INTO t VALUES (1, 1, 'a', 0.5), (2, 1, NULL, 1.5), (3, NULL, 'c', NULL)",
    "INSERT INTO u VALUES (1, 1, 10), (2, 1, 20), (3, 2, NULL)",
    "CREATE REALTIME VIEW f AS SELECT id, s FROM t WHERE k > 0",
    "CREATE REALTIME VIEW j AS SELECT u.id, t.s, a.s AS other FROM u JOIN t ON t.id = "
    "u.t JOIN t a ON a.k = t.k",
    "CREATE REALTIME VIEW a AS SELECT k, count(*) AS n, sum(id) AS total FROM t GROUP "
    "BY k",
    "CREATE REALTIME VIEW p AS SELECT x::numeric AS p, count(*) AS n FROM u GROUP BY 1",
    "CREATE REALTIME VIEW g AS SELECT t, max(x) AS hi FROM u GROUP BY t HAVING "
    "count(*) > 0",
    "CREATE REALTIME VIEW r AS SELECT t.id, u.x FROM t LEFT JOIN u ON u.t = t.id",
    "CREATE REALTIME VIEW over AS SELECT j.id, a.n FROM j JOIN a ON a.n > j.id",
    "INSERT INTO t SELECT i, i % 3, 'text ' || i, i FROM generate_series(10, 40) AS i",
    "BEGIN",
    "UPDATE t SET k = 2 WHERE id < 20",
    "INSERT INTO u SELECT id + 100, id, n FROM a, f LIMIT 10",
    "SAVEPOINT s",
    "DELETE FROM t WHERE id = 1",
    "SELECT * FROM over",
    "ROLLBACK TO s",
    "UPDATE u SET x = x + 1",
    "COMMIT",
    "REFRESH REALTIME VIEW r",
    "DROP REALTIME VIEW over",
    "DELETE FROM t",
};

/* Runs all of them; once memory has run out what is open is rolled back, and views
 * are asked for. */
static int run_statements(struct memory *memory, void *context) {
  (void)context;
  static struct local_database database;
  int rc = local_open(&database, memory);
  if (rc == TIDE_OK)
    rc = transaction_subscribe(&database.database, "public", "j", true);
  for (size_t i = 0; rc == TIDE_OK && i < COUNT(statements); i++) {
    rc = local_run(&database, statements[i]);
    if (rc != TIDE_OK && rc != TIDE_ERROR_NOMEM)
      printf("%s\n%s\n", statements[i], database.sqlite.error.message);
  }
  if (rc == TIDE_ERROR_NOMEM && database.database.in_transaction) {
    database.database.in_transaction = false;
    transaction_rollback(&database.database);
  }
  local_close(&database);
  return rc;
}

/* With all memory there is it works; with less it fails cleanly. */
static void test_failing_allocations(void **state) {
  (void)state;
  const char *runs = getenv("RUNS");
  some_failing_allocations(run_statements, NULL, runs ? strtol(runs, NULL, 10) : 120);
}

static long countdown;

static void *allocate_unless(void *context, size_t size) {
  (void)context;
  return countdown > 0 && --countdown == 0 ? NULL : malloc(size);
}

static void *reallocate_unless(void *context, void *pointer, size_t size) {
  (void)context;
  return countdown > 0 && --countdown == 0 ? NULL : realloc(pointer, size);
}

static void release_any(void *context, void *pointer) {
  (void)context;
  free(pointer);
}

/* After a statement for which memory ran out, the next ones find everything in
 * order. */
static void test_recovery(void **state) {
  (void)state;
  static struct memory memory = {allocate_unless, reallocate_unless, release_any, NULL};
  countdown = 0;
  assert_int_equal(local_open(&local, &memory), TIDE_OK);
  for (size_t i = 0; i < 11; i++)
    run(statements[i]);
  for (long fail = 1; fail < 400; fail += 3) {
    char sql[128];
    snprintf(sql, sizeof sql, "UPDATE t SET k = %ld, s = 's%ld' WHERE id %% 4 = %ld",
             fail % 5, fail, fail % 4);
    countdown = fail;
    int rc = local_run(&local, sql);
    countdown = 0;
    if (rc != TIDE_OK && rc != TIDE_ERROR_NOMEM)
      fail_msg("%ld: %s: %s", fail, tide_error_sqlstate(rc),
               local.sqlite.error.message);
    assert_true(local_views_hold(&local));
    assert_true(sqlite3_get_autocommit(local.database.handle));
  }
  run("DELETE FROM t WHERE id > 5");
  local_close(&local);
}

/* In a transaction the statement alone is undone; where SQLite gives up the whole transaction,
 * nothing after it counts until ROLLBACK. */
static void test_recovery_in_transaction(void **state) {
  (void)state;
  static struct memory memory = {allocate_unless, reallocate_unless, release_any, NULL};
  int undone = 0, rolled_back = 0;
  countdown = 0;
  assert_int_equal(local_open(&local, &memory), TIDE_OK);
  for (size_t i = 0; i < 11; i++)
    run(statements[i]);
  for (long fail = 1; fail < 60; fail++) {
    char sql[128];
    run("BEGIN");
    snprintf(sql, sizeof sql, "UPDATE u SET x = %ld WHERE id = 1", fail);
    run(sql);
    countdown = fail;
    int rc = local_run(
        &local,
        fail % 2
            ? "UPDATE t SET k = k + 1"
            : "INSERT INTO u SELECT f.id + 1000, f.id, max(n) FROM a, f GROUP BY f.id");
    countdown = 0;
    if (rc != TIDE_OK && rc != TIDE_ERROR_NOMEM)
      fail_msg("%ld: %s: %s", fail, tide_error_sqlstate(rc),
               local.sqlite.error.message);
    undone += rc != TIDE_OK;
    rc = local_run(&local, "UPDATE t SET s = 'after' WHERE id = 2");
    if (rc == TIDE_ERROR_FAILED_TRANSACTION) {
      rolled_back++;
      run("ROLLBACK");
    } else {
      assert_int_equal(rc, TIDE_OK);
      run("COMMIT");
      snprintf(sql, sizeof sql, "SELECT x FROM u WHERE id = 1 AND x = %ld", fail);
      assert_int_equal(local_run(&local, sql), TIDE_OK);
      assert_int_equal(local.row_count, 1);
    }
    run("DELETE FROM u WHERE id > 1000");
  }
  assert_true(undone > 0);
  printf("%d undone, %d of them with their transaction\n", undone, rolled_back);
  local_close(&local);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_failing_allocations),
      cmocka_unit_test(test_recovery),
      cmocka_unit_test(test_recovery_in_transaction),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
