/* Tests of view/transaction.c: what is undone, what is kept, and when views are
 * brought up to date. */
#include "view_test.h"

#include "view/transaction.h"

static void create_counted(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)");
  run("CREATE REALTIME VIEW counted AS SELECT k, count(*) AS n, sum(x) AS s FROM t "
      "GROUP BY k");
  run("INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)");
}

static void expect_counted(const char *rows) {
  expect_rows("SELECT * FROM counted ORDER BY k", rows);
}

/* As run, but without asking for the views: they stay stale. */
static void run_only(const char *sql) {
  int rc = local_run(&local, sql);
  if (rc != TIDE_OK)
    fail_msg("%s\n%s", sql, local.sqlite.error.message);
}

/* A transaction reads its own writes through a view, and ROLLBACK undoes both. */
static void test_read_own_writes(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("INSERT INTO t VALUES (4, 'b', 10)");
  expect_counted("a|2|3\nb|2|13\n");
  run_only("DELETE FROM t WHERE k = 'a'");
  expect_counted("b|2|13\n");
  run("ROLLBACK");
  expect_counted("a|2|3\nb|1|3\n");
}

/* Each statement is undone alone: rows before the one that failed do not count. */
static void test_failed_statement(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("UPDATE t SET x = 100 WHERE id = 1");
  run_failing("INSERT INTO t VALUES (5, 'c', 1), (6, 'c', 1), (1, 'c', 1)", "23505");
  run_only("UPDATE t SET x = 200 WHERE id = 2");
  run("COMMIT");
  expect_counted("a|2|300\nb|1|3\n");
}

/* A statement that brought a view up to date by reading it, and then failed, leaves
 * the view as stale as it was. */
static void test_failed_after_maintenance(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("INSERT INTO t VALUES (4, 'c', 4)");
  assert_int_equal(
      local_run(&local, "INSERT INTO t SELECT n + 100, k, s / (n - 1) FROM counted"),
      TIDE_ERROR_DIVISION_BY_ZERO);
  run_only("INSERT INTO t VALUES (5, 'c', 5)");
  expect_counted("a|2|3\nb|1|3\nc|2|9\n");
  assert_int_equal(local_run(&local, "INSERT INTO t SELECT 1, k, s FROM counted"),
                   TIDE_ERROR_UNIQUE);
  run("COMMIT");
  expect_counted("a|2|3\nb|1|3\nc|2|9\n");
}

/* Savepoints nest; each takes its views along. */
static void test_savepoints(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("DELETE FROM t WHERE id = 3");
  run_only("SAVEPOINT one");
  run_only("INSERT INTO t VALUES (4, 'c', 4)");
  run_only("SAVEPOINT two");
  run_only("UPDATE t SET k = 'd'");
  expect_counted("d|3|7\n");
  run_only("ROLLBACK TO two");
  expect_counted("a|2|3\nc|1|4\n");
  run_only("UPDATE t SET x = 0 WHERE id = 4");
  run_only("RELEASE two");
  expect_counted("a|2|3\nc|1|0\n");
  run_only("ROLLBACK TO one");
  run_only("INSERT INTO t VALUES (5, 'e', 5)");
  run_failing("ROLLBACK TO two", "3B001");
  run_failing("RELEASE ONE2", "3B001");
  run("COMMIT");
  expect_counted("a|2|3\ne|1|5\n");
}

/* The innermost savepoint of a name is meant; letter case counts in quotes. */
static void test_savepoint_names(void **state) {
  (void)state;
  create_counted();
  run_only("BEGIN");
  run_only("SAVEPOINT \"S\"");
  run_only("INSERT INTO t VALUES (4, 'x', 1)");
  run_only("SAVEPOINT s");
  run_only("SAVEPOINT s");
  run_only("INSERT INTO t VALUES (5, 'x', 1)");
  run_only("ROLLBACK TO s");
  run_only("RELEASE s");
  run_only("INSERT INTO t VALUES (6, 'x', 1)");
  run_only("ROLLBACK TO s");
  expect_rows("SELECT count(*) FROM t", "4\n");
  run_only("ROLLBACK TO \"S\"");
  run("COMMIT");
  expect_counted("a|2|3\nb|1|3\n");
}

/* A COMMIT that a deferred foreign key stops undoes everything. */
static void test_failing_commit(void **state) {
  (void)state;
  create_counted();
  local_sqlite(
      &local,
      "CREATE TABLE strict(t INTEGER REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)");
  run_only("BEGIN");
  run_only("INSERT INTO t VALUES (9, 'z', 9)");
  local_sqlite(&local, "INSERT INTO strict VALUES (77)");
  run_failing("COMMIT", "23503");
  expect_counted("a|2|3\nb|1|3\n");
  assert_true(sqlite3_get_autocommit(local.database.handle));
}

/* Views that cannot be brought up to date undo the whole transaction at COMMIT, and
 * a mere read nothing. */
static void test_failing_maintenance(void **state) {
  (void)state;
  create_counted();
  run("CREATE REALTIME VIEW ratio AS SELECT id, 12 / x AS r FROM t");
  run_only("BEGIN");
  run_only("INSERT INTO t VALUES (4, 'd', 4)");
  run_only("UPDATE t SET x = 0 WHERE id = 1");
  assert_int_equal(local_run(&local, "SELECT * FROM counted"),
                   TIDE_ERROR_DIVISION_BY_ZERO);
  assert_string_equal(local.sqlite.error.view, "public.ratio");
  run_only("UPDATE t SET x = 6 WHERE id = 1");
  expect_counted("a|2|8\nb|1|3\nd|1|4\n");
  run_only("UPDATE t SET x = 0 WHERE id = 2");
  run_failing("COMMIT", "22012");
  expect_counted("a|2|3\nb|1|3\n");
  run("INSERT INTO t VALUES (4, 'd', 4)");
}

/* REPLACE, cascades and rows deleted all at once reach views like any other change. */
static void test_ways_to_change(void **state) {
  (void)state;
  create_counted();
  run("CREATE TABLE u (id integer PRIMARY KEY, t integer REFERENCES t (id) ON DELETE "
      "CASCADE ON UPDATE CASCADE)");
  run("CREATE REALTIME VIEW joined AS SELECT u.id, t.k FROM u JOIN t ON t.id = u.t");
  run("INSERT INTO u VALUES (1, 1), (2, 1), (3, 2), (4, 3)");
  run("DELETE FROM t WHERE id = 1");
  run("UPDATE t SET id = 20 WHERE id = 2");
  run("INSERT INTO t VALUES (3, 'r', 1) ON CONFLICT (id) DO UPDATE SET k = excluded.k");
  expect_rows("SELECT * FROM joined ORDER BY id", "3|a\n4|r\n");
  run("DELETE FROM t");
  expect_rows("SELECT * FROM joined", "");
}

/* --- COMMIT effects --- */

/* The JSON of the next effect, which must be a COMMIT; "" when there is none. */
static const char *next_commit(void) {
  static char json[4096];
  tide_effect effect;
  json[0] = 0;
  if (effects_take(local.database.effects, &effect)) {
    assert_int_equal(effect.type, TIDE_EFFECT_COMMIT);
    snprintf(json, sizeof json, "%s", effect.json);
  }
  return json;
}

static void forget_commits(void) {
  while (next_commit()[0])
    continue;
}

/* A commit names the relations it changed, views too; one that changed nothing is
 * silent. */
static void test_changed_relations(void **state) {
  (void)state;
  create_counted();
  run("CREATE TABLE other (a integer)");
  forget_commits();
  run("UPDATE t SET x = 5 WHERE id = 1");
  const char *json = next_commit();
  assert_non_null(strstr(json, "[\"public\",\"t\"]"));
  assert_non_null(strstr(json, "[\"public\",\"counted\"]"));
  assert_null(strstr(json, "other"));
  run("UPDATE t SET x = 5 WHERE id = 1");
  run("UPDATE t SET x = 7 WHERE id = 99");
  assert_string_equal(next_commit(), "");
  run("BEGIN");
  run_failing("INSERT INTO other VALUES (1), (1 / 0)", "22012");
  run("INSERT INTO t VALUES (50, 'q', 1)");
  run("DELETE FROM t WHERE id = 50");
  run("COMMIT");
  assert_string_equal(next_commit(), "");
  run("INSERT INTO other VALUES (1)");
  assert_non_null(strstr(next_commit(), "\"relations\":[[\"public\",\"other\"]]}"));
}

/* Commits are numbered in rising order. */
static void test_numbers(void **state) {
  (void)state;
  create_counted();
  forget_commits();
  long last = 0;
  for (int i = 0; i < 5; i++) {
    run("UPDATE t SET x = x + 1");
    long number = strtol(next_commit() + strlen("{\"commit\":"), NULL, 10);
    assert_true(number > last);
    last = number;
  }
}

static struct block_reader block;

/* The rows of the next COMMIT's only entry: "op old… new…" a line each. */
static const char *next_changes(void) {
  static char text[4096];
  size_t length = 0;
  tide_effect effect;
  struct block_cell cell;
  text[0] = 0;
  if (!effects_take(local.database.effects, &effect) || !effect.data)
    return text;
  assert_int_equal(block_read_init(&block, effect.data, effect.data_size), TIDE_OK);
  for (uint32_t i = 0; block_next(&block, &cell); i++) {
    if (cell.tag == BLOCK_TEXT)
      length += (size_t)snprintf(text + length, sizeof text - length, "%.*s",
                                 (int)cell.length, cell.text);
    else if (cell.tag == BLOCK_NULL)
      length += (size_t)snprintf(text + length, sizeof text - length, "\\N");
    else
      length += (size_t)snprintf(text + length, sizeof text - length, "%lld",
                                 (long long)cell.integer);
    text[length++] = (i + 1) % block.columns ? ' ' : '\n';
    text[length] = 0;
  }
  return text;
}

/* Whoever subscribes to a relation gets its rows as they were and as they are, net
 * of the whole transaction. */
static void test_row_changes(void **state) {
  (void)state;
  create_counted();
  assert_int_equal(transaction_subscribe(&local.database, "public", "t", true),
                   TIDE_OK);
  forget_commits();
  run_only("BEGIN");
  run_only("UPDATE t SET x = 50 WHERE id = 1");
  expect_counted("a|2|52\nb|1|3\n"); /* views are maintained in between */
  run_only("UPDATE t SET x = 51 WHERE id = 1");
  run_only("UPDATE t SET k = k");
  run_only("INSERT INTO t VALUES (8, 'n', NULL), (9, 'gone', 1)");
  run_only("DELETE FROM t WHERE id IN (3, 9)");
  run("COMMIT");
  assert_string_equal(
      next_changes(),
      "update 1 a 1 1 a 51\ndelete 3 b 3 \\N \\N \\N\ninsert \\N \\N \\N 8 n \\N\n");
  assert_int_equal(transaction_subscribe(&local.database, "public", "t", false),
                   TIDE_OK);
  assert_int_equal(transaction_subscribe(&local.database, "public", "counted", true),
                   TIDE_OK);
  run("DELETE FROM t WHERE id = 1");
  assert_string_equal(next_changes(), "update a 2 53 a 1 2\n");
}

/* What a commit says about a subscribed relation lets its rows be read. */
static void test_change_description(void **state) {
  (void)state;
  run("CREATE TABLE typed (id integer PRIMARY KEY, ok boolean, j jsonb, n numeric(6, "
      "2))");
  assert_int_equal(transaction_subscribe(&local.database, "public", "typed", true),
                   TIDE_OK);
  forget_commits();
  run("INSERT INTO typed VALUES (1, true, '{}', 1.5)");
  assert_non_null(strstr(
      next_commit(),
      "\"changes\":[{\"relation\":[\"public\",\"typed\"],\"key\":[\"id\"],"
      "\"columns\":[\"id\",\"ok\",\"j\",\"n\"],"
      "\"types\":[\"integer\",\"boolean\",\"jsonb\",\"numeric(6,2)\"],\"rows\":1}]}"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_read_own_writes),
      VIEW_TEST(test_failed_statement),
      VIEW_TEST(test_failed_after_maintenance),
      VIEW_TEST(test_savepoints),
      VIEW_TEST(test_savepoint_names),
      VIEW_TEST(test_failing_commit),
      VIEW_TEST(test_failing_maintenance),
      VIEW_TEST(test_ways_to_change),
      VIEW_TEST(test_changed_relations),
      VIEW_TEST(test_numbers),
      VIEW_TEST(test_row_changes),
      VIEW_TEST(test_change_description),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
