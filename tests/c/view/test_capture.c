/* Tests of view/capture.c: which rows may have changed, whatever was undone. */
#include "view/capture.h"

#include "lib/test.h"
#include "lib/test_database.h"
#include "view/capture_records.h"

struct fixture {
  struct test_database sqlite;
  struct database database;
};

static int open_with(struct fixture *fixture, struct memory *memory) {
  *fixture = (struct fixture){0};
  int rc = test_database_open(&fixture->sqlite, memory);
  if (rc != TIDE_OK)
    return rc;
  fixture->database.memory = memory;
  fixture->database.handle = fixture->sqlite.handle;
  fixture->database.error = &fixture->sqlite.error;
  return capture_open(&fixture->database);
}

static void close_all(struct fixture *fixture) {
  capture_close(&fixture->database);
  test_database_close(&fixture->sqlite);
}

static int run(struct fixture *fixture, const char *sql) {
  return sqlite3_exec(fixture->database.handle, sql, NULL, NULL, NULL);
}

static int open(void **state) {
  struct fixture *fixture = malloc(sizeof *fixture);
  *state = fixture;
  assert_int_equal(open_with(fixture, memory_default()), TIDE_OK);
  assert_int_equal(run(fixture,
                       "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, y REAL);"
                       "CREATE TABLE other(a, b);"
                       "INSERT INTO t VALUES (1, 'one', 1), (2, NULL, 2), (3, '3', 3)"),
                   SQLITE_OK);
  assert_int_equal(capture_watch(&fixture->database, "t", 3, 1), TIDE_OK);
  capture_clear(&fixture->database);
  return 0;
}

static int close(void **state) {
  close_all(*state);
  free(*state);
  return 0;
}

/* The records of the current generation: "rowid:old image" in order, an absent row
 * as -. */
static const char *records(struct fixture *fixture) {
  static char text[4096];
  size_t length = 0;
  const struct capture_table *table = capture_table(&fixture->database, "t");
  text[0] = 0;
  for (uint32_t i = capture_current(&fixture->database, table); i < table->count; i++) {
    const struct capture_record *record = &table->records[i];
    length += (size_t)snprintf(text + length, sizeof text - length,
                               "%s%lld:", length ? " " : "", (long long)record->rowid);
    const unsigned char *at = record->before.bytes;
    if (!at)
      length += (size_t)snprintf(text + length, sizeof text - length, "-");
    for (int column = 0; at && column < 3; column++) {
      struct row_value value = {0};
      const char *comma = column ? "," : "";
      at = row_read(at, &value);
      if (value.type == ROW_INTEGER)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%lld", comma,
                                   (long long)value.integer);
      else if (value.type == ROW_REAL)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%.1f", comma,
                                   value.real);
      else
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%.*s", comma,
                                   (int)value.size, (const char *)value.bytes);
    }
  }
  return text;
}

/* A row is recorded once, as it was before its first change. */
static void test_first_image(void **state) {
  struct fixture *fixture = *state;
  run(fixture,
      "UPDATE t SET x = 'a' WHERE id = 1; UPDATE t SET x = 'b' WHERE id = 1;"
      "DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (1, 'c', 9), (4, 'd', 4);"
      "DELETE FROM t WHERE id = 4");
  assert_string_equal(records(fixture), "1:1,one,1.0 4:-");
}

/* A change of the rowid is a change of both rows; so is a row that REPLACE puts
 * another in the place of. */
static void test_rowid_changes(void **state) {
  struct fixture *fixture = *state;
  run(fixture, "UPDATE t SET id = 7 WHERE id = 3; REPLACE INTO t VALUES (2, 'new', 0)");
  assert_string_equal(records(fixture), "3:3,3,3.0 7:- 2:2,,2.0");
}

/* DELETE without WHERE and rows deleted by a foreign key are recorded like any
 * other. */
static void test_all_rows(void **state) {
  struct fixture *fixture = *state;
  run(fixture, "CREATE TABLE child(id INTEGER PRIMARY KEY, t INTEGER REFERENCES t ON "
               "DELETE CASCADE);"
               "INSERT INTO child VALUES (10, 1), (11, 1), (12, 2)");
  capture_clear(&fixture->database);
  capture_watch(&fixture->database, "child", 2, 1);
  run(fixture, "DELETE FROM t");
  assert_string_equal(records(fixture), "1:1,one,1.0 2:2,,2.0 3:3,3,3.0");
  assert_int_equal(capture_table(&fixture->database, "child")->count, 3);
}

/* Of a table that nobody watches only is known that it was written to; SQLite's and
 * our own tables not even that. */
static void test_unwatched(void **state) {
  struct fixture *fixture = *state;
  run(fixture, "CREATE TABLE __tidemark_x(a); INSERT INTO __tidemark_x VALUES (1);"
               "INSERT INTO other VALUES (1, 2); CREATE TEMP TABLE u(a); INSERT INTO u "
               "VALUES (1)");
  assert_true(capture_touched(&fixture->database, "other"));
  assert_false(capture_touched(&fixture->database, "t"));
  assert_null(capture_table(&fixture->database, "__tidemark_x"));
  assert_null(capture_table(&fixture->database, "u"));
  assert_false(capture_pending(&fixture->database));
}

/* What a statement that was undone wrote to an unwatched table was not written; what
 * it wrote to one written to before was. */
static void test_levels(void **state) {
  struct fixture *fixture = *state;
  struct database *database = &fixture->database;
  run(fixture, "BEGIN; CREATE TABLE second(a); SAVEPOINT a");
  struct capture_mark mark = capture_enter(database);
  run(fixture, "INSERT INTO second VALUES (1); ROLLBACK TO a");
  capture_undo(database, mark);
  assert_false(capture_touched(database, "second"));
  run(fixture, "INSERT INTO second VALUES (1)");
  mark = capture_enter(database);
  struct capture_mark inner = capture_enter(database);
  run(fixture, "INSERT INTO second VALUES (2); INSERT INTO other VALUES (1, 1)");
  capture_leave(database, inner);
  capture_undo(database, mark);
  assert_true(capture_touched(database, "second"));
  assert_false(capture_touched(database, "other"));
  run(fixture, "ROLLBACK");
}

/* After maintenance a new generation records rows as they are from then on. */
static void test_generations(void **state) {
  struct fixture *fixture = *state;
  run(fixture, "UPDATE t SET x = 'a' WHERE id = 1");
  assert_true(capture_pending(&fixture->database));
  capture_maintained(&fixture->database);
  assert_false(capture_pending(&fixture->database));
  assert_false(capture_touched(&fixture->database, "t"));
  assert_string_equal(records(fixture), "");
  run(fixture, "UPDATE t SET x = 'b' WHERE id IN (1, 2)");
  assert_string_equal(records(fixture), "1:1,a,1.0 2:2,,2.0");
}

/* A statement that maintained views and was then undone leaves them as stale as they
 * were before it. */
static void test_undo_maintenance(void **state) {
  struct fixture *fixture = *state;
  struct database *database = &fixture->database;
  run(fixture, "BEGIN; UPDATE t SET x = 'a' WHERE id = 1; SAVEPOINT s");
  struct capture_mark mark = capture_enter(database);
  run(fixture, "UPDATE t SET x = 'b' WHERE id = 2");
  capture_maintained(database);
  run(fixture, "UPDATE t SET x = 'c' WHERE id IN (1, 2, 3)");
  capture_maintained(database);
  run(fixture, "UPDATE t SET x = 'd' WHERE id IN (1, 2, 3); ROLLBACK TO s");
  capture_undo(database, mark);
  assert_true(capture_pending(database));
  assert_string_equal(records(fixture), "1:1,one,1.0 2:2,,2.0 3:3,3,3.0");
  run(fixture, "UPDATE t SET x = 'e'; INSERT INTO t VALUES (5, '', 5)");
  assert_string_equal(records(fixture), "1:1,one,1.0 2:2,,2.0 3:3,3,3.0 5:-");
  run(fixture, "ROLLBACK");
}

/* Going back to a savepoint that began a generation forgets what was recorded since,
 * and nothing older. */
static void test_undo_generation(void **state) {
  struct fixture *fixture = *state;
  struct database *database = &fixture->database;
  run(fixture, "BEGIN; UPDATE t SET x = 'a' WHERE id = 1");
  capture_maintained(database);
  struct capture_mark mark = capture_enter(database);
  run(fixture, "SAVEPOINT s; UPDATE t SET x = 'b' WHERE id IN (1, 2)");
  capture_maintained(database);
  run(fixture, "UPDATE t SET x = 'c' WHERE id IN (1, 3); ROLLBACK TO s");
  capture_undo_generation(database, mark);
  assert_false(capture_pending(database));
  assert_int_equal(capture_table(database, "t")->count, 1);
  run(fixture, "UPDATE t SET x = 'f' WHERE id IN (1, 3)");
  assert_string_equal(records(fixture), "1:1,a,1.0 3:3,3,3.0");
  run(fixture, "ROLLBACK");
}

/* Many rows stay one record each. */
static void test_many(void **state) {
  struct fixture *fixture = *state;
  run(fixture,
      "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < "
      "100009)"
      "INSERT INTO t SELECT i, 'x', i FROM n; UPDATE t SET y = y + 1; DELETE FROM t");
  assert_int_equal(capture_table(&fixture->database, "t")->count, 100003);
  capture_clear(&fixture->database);
  assert_false(capture_touched(&fixture->database, "t"));
  run(fixture, "INSERT INTO t VALUES (10, 'y', 0)");
  assert_string_equal(records(fixture), "10:-");
}

/* A table whose columns are others than when its rows were recorded may have changed
 * in any way. */
static void test_unknown(void **state) {
  struct fixture *fixture = *state;
  run(fixture, "UPDATE t SET x = 'a' WHERE id = 1");
  capture_watch(&fixture->database, "t", 3, 1);
  assert_false(capture_table(&fixture->database, "t")->unknown);
  capture_watch(&fixture->database, "t", 3, 2);
  assert_true(capture_table(&fixture->database, "t")->unknown);
  capture_maintained(&fixture->database);
  assert_false(capture_table(&fixture->database, "t")->unknown);
}

/* The write queue gets every change in the order of execution, with old and new
 * values. */
static void test_collect(void **state) {
  struct fixture *fixture = *state;
  struct relation relation = {.stored = "t", .column_count = 3};
  const struct row_change *changes;
  size_t count;
  assert_int_equal(capture_collect_begin(&fixture->database, &relation), TIDE_OK);
  run(fixture, "UPDATE t SET x = 'a' WHERE id = 1; INSERT INTO t VALUES (9, 'n', NULL);"
               "DELETE FROM t WHERE id = 9; INSERT INTO other VALUES (1, 1)");
  assert_int_equal(capture_collected(&fixture->database, &changes, &count), TIDE_OK);
  assert_int_equal(count, 3);
  assert_int_equal(changes[0].operation, 'U');
  assert_string_equal((const char *)sqlite3_value_text(changes[0].old_values[1]),
                      "one");
  assert_string_equal((const char *)sqlite3_value_text(changes[0].new_values[1]), "a");
  assert_int_equal(changes[1].operation, 'I');
  assert_null(changes[1].old_values);
  assert_int_equal(sqlite3_value_int64(changes[1].new_values[0]), 9);
  assert_int_equal(sqlite3_value_type(changes[1].new_values[2]), SQLITE_NULL);
  assert_int_equal(changes[2].operation, 'D');
  assert_null(changes[2].new_values);
  capture_collect_end(&fixture->database);
  run(fixture, "DELETE FROM t");
  assert_int_equal(capture_collected(&fixture->database, &changes, &count), TIDE_OK);
  assert_int_equal(count, 0);
}

static int capture_scenario(struct memory *memory, void *context) {
  (void)context;
  struct fixture fixture;
  struct relation relation = {.stored = "t", .column_count = 2};
  int rc = open_with(&fixture, memory);
  int sqlite =
      rc ? SQLITE_OK : run(&fixture, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
  if (rc == TIDE_OK && sqlite == SQLITE_OK)
    rc = capture_watch(&fixture.database, "t", 2, 1);
  if (rc == TIDE_OK)
    rc = capture_collect_begin(&fixture.database, &relation);
  if (rc == TIDE_OK && sqlite == SQLITE_OK)
    sqlite = run(
        &fixture,
        "INSERT INTO t VALUES (1, 'x'), (2, printf('%5000s', 'x')); UPDATE t SET b = 1;"
        "DELETE FROM t");
  if (rc == TIDE_OK && sqlite == SQLITE_OK)
    rc = capture_check(&fixture.database);
  if (rc == TIDE_OK && sqlite == SQLITE_OK)
    assert_int_equal(capture_table(&fixture.database, "t")->count, 2);
  if (sqlite == SQLITE_NOMEM)
    rc = TIDE_ERROR_NOMEM;
  close_all(&fixture);
  return rc;
}

/* Memory that runs out inside the hook is not lost sight of. */
static void test_memory(void **state) {
  (void)state;
  each_failing_allocation(capture_scenario, NULL);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open, close)
  const struct CMUnitTest tests[] = {
      CASE(test_first_image),
      CASE(test_rowid_changes),
      CASE(test_all_rows),
      CASE(test_unwatched),
      CASE(test_levels),
      CASE(test_generations),
      CASE(test_undo_maintenance),
      CASE(test_undo_generation),
      CASE(test_many),
      CASE(test_unknown),
      CASE(test_collect),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
