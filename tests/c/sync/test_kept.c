/* Statements that are kept prepared: used again, each by one at a time, and not without bound. */
#include "lib/test.h"
#include "lib/test_database.h"
#include "sync/session.h"

struct fixture {
  struct test_database sqlite;
  struct database database;
  struct sync sync;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  *state = f;
  if (f == NULL || test_database_open(&f->sqlite, memory_default()) != TIDE_OK)
    return -1;
  f->database = (struct database){.memory = memory_default(),
                                  .handle = f->sqlite.handle,
                                  .error = &f->sqlite.error,
                                  .sync = &f->sync};
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  kept_close(&f->database);
  test_database_close(&f->sqlite);
  free(f);
  return 0;
}

static sqlite3_stmt *take(struct fixture *f, const char *sql) {
  sqlite3_stmt *statement;
  assert_int_equal(kept_take(&f->database, sql, &statement), TIDE_OK);
  assert_string_equal(sqlite3_sql(statement), sql);
  return statement;
}

/* How many statements there are, taken or kept. */
static int count(const struct fixture *f) {
  int found = 0;
  for (sqlite3_stmt *one = sqlite3_next_stmt(f->sqlite.handle, NULL); one != NULL;
       one = sqlite3_next_stmt(f->sqlite.handle, one))
    found++;
  return found;
}

/* What was given back is taken again, without rows or values of the time before. */
static void test_again(void **state) {
  struct fixture *f = *state;
  sqlite3_stmt *first = take(f, "SELECT ?1");
  sqlite3_bind_int(first, 1, 5);
  assert_int_equal(sqlite3_step(first), SQLITE_ROW);
  kept_return(&f->database, first);
  assert_ptr_equal(take(f, "SELECT ?1"), first);
  assert_int_equal(sqlite3_step(first), SQLITE_ROW);
  assert_int_equal(sqlite3_column_type(first, 0), SQLITE_NULL);
  kept_return(&f->database, first);
}

/* While it is in use, who wants the same gets another one. */
static void test_twice(void **state) {
  struct fixture *f = *state;
  sqlite3_stmt *first = take(f, "SELECT 1"), *second = take(f, "SELECT 1");
  assert_ptr_not_equal(first, second);
  kept_return(&f->database, first);
  kept_return(&f->database, second);
}

/* Of too many the one that was not used for the longest time goes. */
static void test_bound(void **state) {
  struct fixture *f = *state;
  char sql[KEPT_MAX + 1][20];
  sqlite3_stmt *statements[KEPT_MAX + 1];
  for (int i = 0; i <= KEPT_MAX; i++) {
    snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
    statements[i] = take(f, sql[i]);
  }
  for (int i = 0; i < KEPT_MAX; i++)
    kept_return(&f->database, statements[i]);
  kept_return(&f->database, take(f, sql[0]));
  kept_return(&f->database, statements[KEPT_MAX]);
  assert_int_equal(count(f), KEPT_MAX);
  assert_ptr_equal(take(f, sql[0]), statements[0]);
  kept_return(&f->database, statements[0]);
  kept_return(&f->database, take(f, sql[1])); /* made anew, it takes the place of 2 */
  assert_int_equal(count(f), KEPT_MAX);
  assert_ptr_equal(take(f, sql[3]), statements[3]);
  kept_return(&f->database, statements[3]);
}

/* A table that is made anew with other columns is what the statement reads then. */
static void test_redefined(void **state) {
  struct fixture *f = *state;
  static const char sql[] = "INSERT INTO t VALUES (?1, ?2)";
  assert_int_equal(database_execute(&f->database, "CREATE TABLE t (a, b)"), TIDE_OK);
  assert_int_equal(kept_run(&f->database, sql, "ii", (int64_t)1, (int64_t)2), TIDE_OK);
  assert_int_equal(
      database_execute(&f->database, "DROP TABLE t; CREATE TABLE t (b TEXT, a TEXT)"),
      TIDE_OK);
  assert_int_equal(kept_run(&f->database, sql, "ii", (int64_t)3, (int64_t)4), TIDE_OK);
  int64_t found = 0;
  assert_int_equal(database_integer(&f->database,
                                    "SELECT count(*) FROM t WHERE b = '3' AND a = '4'",
                                    &found),
                   TIDE_OK);
  assert_int_equal(found, 1);
}

/* A temporary table whose making was undone is made again. */
static void test_undone(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(database_execute(&f->database, "BEGIN"), TIDE_OK);
    assert_int_equal(touched_clear(&f->database), TIDE_OK);
    assert_int_equal(database_execute(&f->database, i < 2 ? "ROLLBACK" : "COMMIT"),
                     TIDE_OK);
  }
  assert_int_equal(touched_clear(&f->database), TIDE_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_again, setup, teardown),
      cmocka_unit_test_setup_teardown(test_twice, setup, teardown),
      cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
      cmocka_unit_test_setup_teardown(test_redefined, setup, teardown),
      cmocka_unit_test_setup_teardown(test_undone, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
