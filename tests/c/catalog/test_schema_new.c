/* A catalog made anew is what the upgrades from nothing come to, whenever its making was interrupted. */
#include "fixture.h"

#include "catalog/schema_new.h"
#include "lib/transcript.h"

#define OBJECTS "c-src/catalog/schema_objects.c"
#define SCHEMA                                                                         \
  "SELECT type, name, tbl_name, sql FROM sqlite_schema"                                \
  " WHERE name GLOB '__tidemark*' OR tbl_name GLOB '__tidemark*'"                      \
  " OR name = 'sqlite_sequence' OR type = 'view' ORDER BY "

/* Opens one that SQLite has done something with before. */
static void open_after(struct fixture *f, const char *before) {
  assert_int_equal(fixture_begin(f, memory_default()), TIDE_OK);
  assert_int_equal(database_execute(&f->database, before), TIDE_OK);
  assert_int_equal(fixture_open_catalog(f), TIDE_OK);
}

/* A file that is not blank is brought up to date version by version. */
static void open_upgraded(struct fixture *f) {
  open_after(f, "CREATE TABLE other (a)");
}

static void expect_sound(struct fixture *f) {
  static const char *const checks[] = {"PRAGMA integrity_check",
                                       "SELECT count(*) FROM __tidemark_schemas"};
  static const char *const results[] = {"ok", "1"};
  for (size_t i = 0; i < COUNT(checks); i++) {
    sqlite3_stmt *statement = NULL;
    bool row = false;
    assert_int_equal(database_query(&f->database, &statement, checks[i], ""), TIDE_OK);
    assert_int_equal(database_step(&f->database, statement, &row), TIDE_OK);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), results[i]);
    sqlite3_finalize(statement);
  }
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, a text UNIQUE)");
  succeeds(f, "INSERT INTO t VALUES (1, 'x')");
  gives(f, "SELECT name FROM tidemark.columns ORDER BY 1", "a\nid\n");
}

/* --- the objects --- */

static void note_string(struct transcript *transcript, const char *text) {
  struct buffer *out = &transcript->text;
  if (text == NULL) {
    buffer_text(out, "NULL");
    return;
  }
  buffer_character(out, '"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      buffer_character(out, '\\');
    buffer_character(out, *text);
  }
  buffer_character(out, '"');
}

static void note_object(struct transcript *transcript, sqlite3_stmt *row) {
  const char *type = (const char *)sqlite3_column_text(row, 0);
  const char *sql = (const char *)sqlite3_column_text(row, 3);
  bool keyed = sql != NULL && strstr(sql, "WITHOUT ROWID") != NULL;
  buffer_text(&transcript->text, strcmp(type, "index") == 0 ? "    {SCHEMA_INDEX, "
                                 : keyed ? "    {SCHEMA_KEYED_TABLE, "
                                         : "    {SCHEMA_TABLE, ");
  note_string(transcript, (const char *)sqlite3_column_text(row, 1));
  buffer_text(&transcript->text, ", ");
  note_string(transcript, (const char *)sqlite3_column_text(row, 2));
  buffer_text(&transcript->text, ",\n     ");
  note_string(transcript, sql);
  buffer_text(&transcript->text, "},\n");
}

/* Written as C: with UPDATE_GOLDEN=1, after an upgrade has been added, this makes the file anew. */
static void test_objects(void **state) {
  (void)state;
  struct fixture f;
  open_upgraded(&f);
  struct transcript transcript;
  transcript_init(&transcript);
  buffer_text(
      &transcript.text,
      "/* The catalog's tables and indexes as SQLite notes them when all upgrades have "
      "been made, in that order. Not written by hand: after a\n"
      " * new upgrade `UPDATE_GOLDEN=1 "
      "build/native/debug/tests/catalog/test_schema_new` "
      "makes it anew. */\n"
      "#include \"catalog/schema_new.h\"\n\n/* clang-format off */\n"
      "const struct schema_object schema_objects[] = {\n");
  sqlite3_stmt *row = NULL;
  assert_int_equal(database_query(&f.database, &row, SCHEMA "type = 'view', rowid", ""),
                   TIDE_OK);
  while (sqlite3_step(row) == SQLITE_ROW)
    if (strcmp((const char *)sqlite3_column_text(row, 0), "view") != 0)
      note_object(&transcript, row);
  sqlite3_finalize(row);
  buffer_text(&transcript.text, "};\n/* clang-format on */\n\nconst int "
                                "schema_object_count = sizeof schema_objects / "
                                "sizeof schema_objects[0];\n");
  transcript_expect(&transcript, OBJECTS);
  transcript_deinit(&transcript);
  fixture_close(&f);
}

/* --- the database --- */

static char *schema_text(struct fixture *f) {
  struct buffer text;
  buffer_init(&text, memory_default());
  sqlite3_stmt *row = NULL;
  assert_int_equal(database_query(&f->database, &row, SCHEMA "name", ""), TIDE_OK);
  while (sqlite3_step(row) == SQLITE_ROW)
    for (int i = 0; i < 4; i++) {
      const char *value = (const char *)sqlite3_column_text(row, i);
      buffer_format(&text, "%s\n", value == NULL ? "NULL" : value);
    }
  sqlite3_finalize(row);
  return buffer_take(&text);
}

static void test_equals_upgraded(void **state) {
  struct fixture *f = *state, upgraded;
  open_upgraded(&upgraded);
  char *made = schema_text(f), *expected = schema_text(&upgraded);
  assert_string_equal(made, expected);
  memory_release(memory_default(), made);
  memory_release(memory_default(), expected);
  /* format and encoding */
  static const char header[] =
      "SELECT hex(substr(data, 45, 4)) || hex(substr(data, 57, "
      "4)) FROM sqlite_dbpage WHERE pgno = 1";
  assert_string_equal(sqlite_text(f, header), "0000000400000001");
  assert_string_equal(sqlite_text(&upgraded, header), "0000000400000001");
  expect_sound(f);
  expect_sound(&upgraded);
  fixture_close(&upgraded);
}

/* Four bytes of the first page's header. */
static void set_header(struct fixture *f, int at, const char *hex) {
  char sql[200];
  snprintf(sql, sizeof sql,
           "UPDATE sqlite_dbpage SET data = CAST(substr(data, 1, %d) || x'%s' || "
           "substr(data, %d) AS BLOB) WHERE pgno = 1",
           at, hex, at + 5);
  assert_int_equal(database_execute(&f->database, sql), TIDE_OK);
}

/* The pages are there, and nothing that knows of them: they are written again. */
static void test_interrupted(void **state) {
  (void)state;
  struct fixture f;
  bool blank = false;
  int64_t pages = 0;
  assert_int_equal(fixture_begin(&f, memory_default()), TIDE_OK);
  assert_int_equal(schema_new_pages(&f.database), TIDE_OK);
  assert_int_equal(schema_is_blank(&f.database, &blank), TIDE_OK);
  assert_true(blank);
  assert_int_equal(fixture_open_catalog(&f), TIDE_OK);
  assert_int_equal(database_integer(&f.database,
                                    "SELECT max(rootpage) FROM sqlite_schema"
                                    " WHERE name GLOB '__tidemark*'",
                                    &pages),
                   TIDE_OK);
  assert_int_equal(pages, schema_object_count + 1);
  expect_sound(&f);
  fixture_close(&f);
}

/* A version that had fewer tables was interrupted, and this one goes on. */
static void test_interrupted_earlier(void **state) {
  (void)state;
  struct fixture f;
  bool blank = false;
  assert_int_equal(fixture_begin(&f, memory_default()), TIDE_OK);
  assert_int_equal(schema_new_pages(&f.database), TIDE_OK);
  set_header(&f, 28, "00000028");
  assert_int_equal(schema_is_blank(&f.database, &blank), TIDE_OK);
  assert_true(blank);
  assert_int_equal(fixture_open_catalog(&f), TIDE_OK);
  expect_sound(&f);
  fixture_close(&f);
}

/* Pages that are free belong to SQLite, which finds them again. */
static void test_not_blank(void **state) {
  (void)state;
  struct fixture f;
  open_after(&f, "CREATE TABLE other (a); DROP TABLE other");
  expect_sound(&f);
  fixture_close(&f);
}

/* A file with automatic vacuuming has no root in page 2. */
static void test_automatic_vacuum(void **state) {
  (void)state;
  struct fixture f;
  bool blank = true;
  assert_int_equal(fixture_begin(&f, memory_default()), TIDE_OK);
  assert_int_equal(schema_new_pages(&f.database), TIDE_OK);
  set_header(&f, 52, "00000001");
  assert_int_equal(schema_is_blank(&f.database, &blank), TIDE_OK);
  assert_false(blank);
  test_database_close(&f.sqlite);
  buffer_deinit(&f.rows);
}

static int open_and_write(struct memory *memory, void *context) {
  (void)context;
  struct fixture f;
  int code = fixture_open(&f, memory);
  if (code == TIDE_OK)
    code = run(&f, "CREATE TABLE t (id integer PRIMARY KEY)");
  fixture_close(&f);
  return code;
}

static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(open_and_write, NULL, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_objects),
      CASE(test_equals_upgraded),
      cmocka_unit_test(test_interrupted),
      cmocka_unit_test(test_interrupted_earlier),
      cmocka_unit_test(test_not_blank),
      cmocka_unit_test(test_automatic_vacuum),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
