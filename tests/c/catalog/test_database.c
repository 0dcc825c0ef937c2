/* Running SQL in the file, values from and to blocks, and SQLite's failures in our words. */
#include "fixture.h"

static int execute(struct fixture *f, const char *sql) {
  error_clear(f->database.error);
  return database_execute(&f->database, sql);
}

/* SQLite's own failures have their SQLSTATE, whatever they are. */
static void test_errors(void **state) {
  struct fixture *f = *state;
  assert_int_equal(execute(f, "CREATE TABLE x (a INTEGER) STRICT"), TIDE_OK);
  assert_int_equal(execute(f, "SELECT nonsense FROM"), TIDE_ERROR_INTERNAL);
  /* what the catalog names is not there */
  assert_int_equal(execute(f, "SELECT nonsense"), TIDE_ERROR_CORRUPT);
  assert_non_null(strstr(f->sqlite.error.message, "nonsense"));
  assert_int_equal(execute(f, "SELECT abs(-9223372036854775807 - 1)"),
                   TIDE_ERROR_OUT_OF_RANGE);
  assert_int_equal(execute(f, "SELECT zeroblob(2000000000)"), TIDE_ERROR_LIMIT);
  assert_int_equal(execute(f, "PRAGMA query_only = 1; INSERT INTO x VALUES (1)"),
                   TIDE_ERROR_READ_ONLY);
  assert_int_equal(execute(f, "PRAGMA query_only = 0"), TIDE_OK);
  assert_int_equal(
      execute(
          f,
          "PRAGMA max_page_count = 1;"
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
          " INSERT INTO x SELECT i FROM n"),
      TIDE_ERROR_STORAGE_FULL);
}

/* Tables that the catalog does not know still give a message that says what SQLite said; their keys are ours, and unique
 * unless they are damaged. */
static void test_unknown_tables(void **state) {
  struct fixture *f = *state;
  assert_int_equal(
      execute(f, "CREATE TABLE x (a INTEGER NOT NULL UNIQUE CHECK (a > 0))"), TIDE_OK);
  assert_int_equal(execute(f, "INSERT INTO x VALUES (1), (1)"), TIDE_ERROR_CORRUPT);
  assert_non_null(strstr(f->sqlite.error.message, "x.a"));
  assert_int_equal(execute(f, "INSERT INTO x VALUES (NULL)"), TIDE_ERROR_NOT_NULL);
  assert_int_equal(execute(f, "INSERT INTO x VALUES (-1)"), TIDE_ERROR_CHECK);
}

/* A value of each kind goes through a parameter and a block and comes back the same. */
static void test_cells(void **state) {
  struct fixture *f = *state;
  static const struct block_cell cells[] = {
      {.tag = BLOCK_NULL},
      {.tag = BLOCK_INTEGER, .integer = -5},
      {.tag = BLOCK_BIG_INTEGER, .integer = INT64_MIN},
      {.tag = BLOCK_REAL, .real = 0.1},
      {.tag = BLOCK_TEXT, .text = "a\0b", .length = 3},
      {.tag = BLOCK_TEXT, .text = "", .length = 0},
      {.tag = BLOCK_BLOB, .text = "\xff\x00", .length = 2},
      {.tag = BLOCK_BLOB, .text = "", .length = 0},
      {.tag = BLOCK_BOOLEAN, .integer = 1},
      {.tag = BLOCK_JSON, .text = "[1]", .length = 3},
  };
  const struct type types[] = {
      TYPE(TYPE_TEXT),    TYPE(TYPE_INTEGER), TYPE(TYPE_BIGINT), TYPE(TYPE_DOUBLE),
      TYPE(TYPE_TEXT),    TYPE(TYPE_TEXT),    TYPE(TYPE_BYTEA),  TYPE(TYPE_BYTEA),
      TYPE(TYPE_BOOLEAN), TYPE(TYPE_JSONB),
  };
  struct block_writer writer;
  struct buffer block;
  struct block_reader reader;
  struct block_cell back;
  sqlite3_stmt *statement;
  block_writer_init(&writer, memory_default(), COUNT(cells));
  buffer_init(&block, memory_default());
  assert_int_equal(database_prepare(&f->database, "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
                                    false, &statement),
                   TIDE_OK);
  for (int i = 0; i < (int)COUNT(cells); i++)
    assert_int_equal(database_bind(&f->database, statement, i + 1, &cells[i]), TIDE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  for (int i = 0; i < (int)COUNT(cells); i++)
    database_block_column(&writer, statement, i, types[i]);
  assert_int_equal(block_finish(&writer, &block), TIDE_OK);
  assert_int_equal(block_read_init(&reader, block.data, block.length), TIDE_OK);
  for (size_t i = 0; i < COUNT(cells); i++) {
    assert_true(block_next(&reader, &back));
    assert_int_equal(back.tag, cells[i].tag);
    assert_int_equal(back.length, cells[i].length);
    if (back.length > 0)
      assert_memory_equal(back.text, cells[i].text, back.length);
    if (back.tag == BLOCK_REAL)
      assert_true(back.real == cells[i].real);
    else
      assert_int_equal(back.integer, cells[i].integer);
  }
  sqlite3_finalize(statement);
  block_writer_deinit(&writer);
  buffer_deinit(&block);
}

/* Parameters by letter: integers, text, NULL; rows one by one. */
static void test_query(void **state) {
  struct fixture *f = *state;
  sqlite3_stmt *statement;
  bool row;
  assert_int_equal(database_query(&f->database, &statement,
                                  "SELECT ?1 + 1, ?2, ?3 IS NULL", "iss", INT64_C(41),
                                  "it's", (const char *)NULL),
                   TIDE_OK);
  assert_int_equal(database_step(&f->database, statement, &row), TIDE_OK);
  assert_true(row);
  assert_int_equal(sqlite3_column_int(statement, 0), 42);
  assert_string_equal((const char *)sqlite3_column_text(statement, 1), "it's");
  assert_int_equal(sqlite3_column_int(statement, 2), 1);
  assert_int_equal(database_step(&f->database, statement, &row), TIDE_OK);
  assert_false(row);
  sqlite3_finalize(statement);
}

int main(void) {
  const struct CMUnitTest tests[] = {CASE(test_errors), CASE(test_unknown_tables),
                                     CASE(test_cells), CASE(test_query)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
