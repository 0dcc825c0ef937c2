/* Tests of view/row.c and view/changes.c: typed rows and multisets of them. */
#include "lib/test.h"
#include "lib/test_database.h"
#include "view/changes.h"

static struct test_database database;

static int open(void **state) {
  (void)state;
  return test_database_open(&database, memory_default());
}

static int close(void **state) {
  (void)state;
  test_database_close(&database);
  return 0;
}

/* Adds all rows that `sql` gives. */
static void add(struct changes *changes, const char *sql, const enum row_type *affinity,
                int64_t weight) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(database.handle, sql, -1, &statement, NULL),
                   SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW)
    assert_non_null(changes_add_statement(
        changes, statement, sqlite3_column_count(statement), affinity, weight));
  sqlite3_finalize(statement);
}

/* How many different rows are left. */
static int left(const struct changes *changes) {
  int count = 0;
  for (uint32_t i = 0; i < changes->count; i++)
    count += changes->entries[i].weight != 0;
  return count;
}

/* Rows are the same only if every value has the same type and bytes. */
static void test_typed(void **state) {
  (void)state;
  static const char *const different[] = {
      "SELECT 1, 'a'",  "SELECT 1.0, 'a'",   "SELECT '1', 'a'",    "SELECT x'31', 'a'",
      "SELECT 1, 'A'",  "SELECT 1, x'61'",   "SELECT NULL, 'a'",   "SELECT 1, 'a '",
      "SELECT 1, NULL", "SELECT '1.0', 'a'", "SELECT '1.00', 'a'", "SELECT '', '1a'",
  };
  struct changes changes;
  changes_init(&changes, memory_default());
  for (size_t i = 0; i < COUNT(different); i++)
    add(&changes, different[i], NULL, 1);
  assert_int_equal(changes.count, COUNT(different));
  for (size_t i = 0; i < COUNT(different); i++)
    add(&changes, different[i], NULL, -1);
  assert_int_equal(changes.count, COUNT(different));
  assert_int_equal(left(&changes), 0);
  changes_deinit(&changes);
}

/* A computed value is compared as the column would store it. */
static void test_affinity(void **state) {
  (void)state;
  static const enum row_type affinity[] = {ROW_REAL, ROW_INTEGER, ROW_TEXT, ROW_NULL};
  struct changes changes;
  changes_init(&changes, memory_default());
  add(&changes, "SELECT 3, 4.0, 5, 6", affinity, 1);
  add(&changes, "SELECT 3.0, 4, '5', 6", affinity, -1);
  add(&changes, "SELECT -0.0, 4.5, 'x', 6.0", affinity, 1);
  add(&changes, "SELECT 0.0, 4.5, 'x', 6.0", affinity, -1);
  assert_int_equal(left(&changes), 0);
  changes_deinit(&changes);
}

/* Weights of equal rows add up, however many rows there are; clearing forgets all of
 * them. */
static void test_many(void **state) {
  (void)state;
  struct changes changes;
  changes_init(&changes, memory_default());
  static const char *const rows =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
      "SELECT i, 'text ' || i, i / 7.0 FROM n";
  for (int round = 0; round < 2; round++) {
    add(&changes, rows, NULL, 2);
    assert_int_equal(left(&changes), 50000);
    add(&changes, rows, NULL, -1);
    assert_int_equal(changes.entries[49999].weight, 1);
    add(&changes, rows, NULL, -1);
    assert_int_equal(left(&changes), 0);
    assert_int_equal(changes.count, 50000);
    changes_clear(&changes);
    assert_int_equal(changes.count, 0);
  }
  changes_deinit(&changes);
}

/* Rows are found again when their number passes what is compared one by one. */
static void test_growth(void **state) {
  (void)state;
  struct changes changes;
  changes_init(&changes, memory_default());
  for (int i = 0; i < 40; i++) {
    char sql[64];
    for (int j = 0; j <= i; j++) {
      snprintf(sql, sizeof sql, "SELECT %d, 'x'", j);
      add(&changes, sql, NULL, 1);
    }
    assert_int_equal(changes.count, i + 1);
  }
  changes_deinit(&changes);
}

/* What is bound from a row is what it was made of. */
static void test_bind(void **state) {
  (void)state;
  struct changes changes;
  changes_init(&changes, memory_default());
  add(&changes, "SELECT 9223372036854775807, 1e300, 'größe', x'00ff', NULL, '', x''",
      NULL, 1);
  sqlite3_stmt *statement;
  sqlite3_prepare_v2(
      database.handle,
      "SELECT quote(?1)||quote(?2)||quote(?3)||quote(?4)||quote(?5)||quote(?6)"
      "||quote(?7)",
      -1, &statement, NULL);
  assert_int_equal(row_bind(statement, 1, changes.entries[0].row, 7), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_string_equal((const char *)sqlite3_column_text(statement, 0),
                      "92233720368547758071.0e+300'größe'X'00FF'NULL''X''");
  sqlite3_finalize(statement);
  changes_deinit(&changes);
}

/* The hash is kept in database files: it never changes. */
static void test_hash(void **state) {
  (void)state;
  sqlite3_stmt *statement;
  assert_int_equal(row_register(database.handle), SQLITE_OK);
  sqlite3_prepare_v2(database.handle, "SELECT tide_row_hash(1, 'a', 2.5, NULL, x'01')",
                     -1, &statement, NULL);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int64(statement, 0),
                   (int64_t)UINT64_C(0xe8c18e3cc52dbb6a));
  sqlite3_finalize(statement);
}

static int add_and_fail(struct memory *memory, void *context) {
  (void)context;
  struct changes changes;
  changes_init(&changes, memory);
  for (int i = 0; i < 40; i++) {
    row_begin(&changes.pool);
    row_add_integer(&changes.pool, i % 20);
    row_add_bytes(&changes.pool, (const unsigned char *)"\0\0\0", 3);
    changes_add(&changes, row_end(&changes.pool), 1);
  }
  bool failed = changes.failed;
  if (!failed)
    assert_int_equal(changes.count, 20);
  changes_deinit(&changes);
  return failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* Memory that runs out shows in `failed`, and nothing leaks. */
static void test_memory(void **state) {
  (void)state;
  each_failing_allocation(add_and_fail, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_typed),  cmocka_unit_test(test_affinity),
      cmocka_unit_test(test_many),   cmocka_unit_test(test_growth),
      cmocka_unit_test(test_bind),   cmocka_unit_test(test_hash),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, open, close);
}
