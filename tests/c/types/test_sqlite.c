/* What is registered with SQLite, in the statements it is made for: indexes, LIKE,
 * windows, rows, time. */
#include "base/library.h"
#include "types/expression.h"

static struct typed_database database;

static int set_up(void **state) {
  (void)state;
  assert_int_equal(library_initialize(), TIDE_OK);
  return typed_open(&database, memory_default());
}

static int tear_down(void **state) {
  (void)state;
  typed_close(&database);
  return 0;
}

static void execute(const char *sql) {
  if (sqlite3_exec(database.sqlite.handle, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(database.sqlite.handle));
}

/* The first column of all rows, separated by |. */
static void assert_rows(const char *query, const char *expected) {
  struct buffer wrapped, out;
  buffer_init(&wrapped, memory_default());
  buffer_init(&out, memory_default());
  buffer_format(&wrapped, "WITH q(v) AS (%s) SELECT v, v FROM q", query);
  run_query(&database, buffer_string(&wrapped), TYPE(TYPE_TEXT), &out);
  if (strcmp(buffer_string(&out), expected) != 0)
    fail_msg("%s\n  gave %s\n  not  %s", query, buffer_string(&out), expected);
  buffer_deinit(&wrapped);
  buffer_deinit(&out);
}

static void assert_plan_has(const char *query, const char *part) {
  sqlite3_stmt *statement;
  struct buffer plan;
  buffer_init(&plan, memory_default());
  buffer_format(&plan, "EXPLAIN QUERY PLAN %s", query);
  assert_int_equal(sqlite3_prepare_v2(database.sqlite.handle, buffer_string(&plan), -1,
                                      &statement, NULL),
                   SQLITE_OK);
  buffer_clear(&plan);
  while (sqlite3_step(statement) == SQLITE_ROW)
    buffer_format(&plan, "%s\n", (const char *)sqlite3_column_text(statement, 3));
  sqlite3_finalize(statement);
  if (strstr(buffer_string(&plan), part) == NULL)
    fail_msg("%s has no %s", buffer_string(&plan), part);
  buffer_deinit(&plan);
}

/* A numeric column is ordered, grouped and found by value, with an index. */
static void test_numeric_column(void **state) {
  (void)state;
  execute("CREATE TABLE n (v TEXT COLLATE numeric) STRICT; CREATE INDEX n_v ON n (v);"
          "INSERT INTO n VALUES ('10'), ('9.50'), ('-1'), ('9.5'), ('NaN'), ('100'), "
          "('0.00')");
  assert_rows("SELECT v FROM n ORDER BY v, rowid", "-1|0.00|9.50|9.5|10|100|NaN");
  assert_rows("SELECT count(*) FROM n GROUP BY v", "1|1|2|1|1|1");
  assert_rows("SELECT count(*) FROM n WHERE v = pg_numeric_in('9.500')", "2");
  assert_rows("SELECT max(v) FROM n WHERE v < '50'", "10");
  assert_plan_has("SELECT * FROM n WHERE v > pg_numeric_in(?)",
                  "USING COVERING INDEX n_v (v>?)");
}

/* LIKE minds upper and lower case, \ escapes, and a prefix is searched in an index. */
static void test_like(void **state) {
  (void)state;
  execute("CREATE TABLE l (v TEXT) STRICT; CREATE INDEX l_v ON l (v);"
          "INSERT INTO l VALUES ('abc'), ('ABC'), ('a%c'), ('äbc'), ('ÄBC')");
  assert_rows("SELECT v FROM l WHERE v LIKE 'a%' ESCAPE '\\' ORDER BY v", "a%c|abc");
  assert_rows("SELECT v FROM l WHERE v LIKE 'a\\%c' ESCAPE '\\'", "a%c");
  assert_rows("SELECT v FROM l WHERE v LIKE '_bc' ESCAPE '\\' ORDER BY v", "abc|äbc");
  assert_plan_has("SELECT * FROM l WHERE v LIKE 'ab%' ESCAPE '\\'",
                  "l_v (v>? AND v<?)");
}

/* ILIKE does not mind case, also beyond ASCII, and backtracks over several %. */
static void test_ilike(void **state) {
  static const struct {
    const char *text, *pattern, *result;
  } cases[] = {
      {"Hello", "hELLO", "1"},
      {"ÄÖÜ", "äö_", "1"},
      {"aXbXc", "a%x%c", "1"},
      {"aaab", "%aab", "1"},
      {"mississippi", "%iss%ppi", "1"},
      {"abc", "abcd", "0"},
      {"", "%", "1"},
      {"", "_", "0"},
      {"a%c", "A\\%C", "1"},
      {"abc", "a\\%c", "0"},
      {"ПРИВЕТ", "привет", "1"},
      {"x", "", "0"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "%a%a%a%a%a%a%a%ac", "0"},
  };
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    char query[256];
    snprintf(query, sizeof query, "SELECT pg_ilike('%s', '%s', '\\')", cases[i].text,
             cases[i].pattern);
    assert_rows(query, cases[i].result);
  }
  assert_rows("SELECT pg_ilike('a', 'a\\')", "!22025");
  assert_rows("SELECT pg_ilike('a!', 'a!!', '!')", "1");
  assert_rows("SELECT pg_ilike('a', 'a', 'xy')", "!22025");
}

/* A sum in a moving frame forgets what has left it, scale included. */
static void test_windows(void **state) {
  (void)state;
  execute(
      "CREATE TABLE w (k INTEGER PRIMARY KEY, v TEXT) STRICT;"
      "INSERT INTO w (v) VALUES ('1.50'), ('2'), ('3'), (NULL), ('NaN'), ('4'), ('5')");
  assert_rows("SELECT pg_sum_numeric(v) OVER (ORDER BY k ROWS 1 PRECEDING) FROM w",
              "1.50|3.50|5|3|NaN|NaN|9");
  assert_rows(
      "SELECT pg_avg_numeric(v) OVER (ORDER BY k ROWS 1 PRECEDING) FROM w LIMIT 3",
      "1.50000000000000000000|1.7500000000000000|2.5000000000000000");
  assert_rows(
      "SELECT pg_array_agg(v) OVER (ORDER BY k ROWS 1 PRECEDING) FROM w LIMIT 4",
      "[\"1.50\"]|[\"1.50\",\"2\"]|[\"2\",\"3\"]|[\"3\",null]");
  assert_rows("SELECT pg_json_agg(v) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND 1 "
              "PRECEDING) "
              "FROM w LIMIT 3",
              "\\N|[1.50]|[2]");
}

/* The sum of a hundred thousand numerics is exact. */
static void test_large_sum(void **state) {
  (void)state;
  assert_rows("SELECT pg_sum_numeric(CAST(value AS TEXT) || '.01') FROM "
              "pg_generate_series(1, 100000)",
              "5000051000.00");
  assert_rows(
      "SELECT pg_sum_numeric(value) FROM pg_generate_series(9223372036854775707, "
      "9223372036854775806)",
      "922337203685477575650");
}

/* An array is a set of rows: for IN, for joins, with its ordinality, in all its
 * dimensions. */
static void test_unnest(void **state) {
  (void)state;
  assert_rows("SELECT 2 IN (SELECT value FROM pg_unnest('[1,2]'))", "1");
  assert_rows("SELECT 3 IN (SELECT value FROM pg_unnest('[1,null]'))", "\\N");
  assert_rows("SELECT u.rowid || ':' || typeof(value) FROM "
              "pg_unnest('[1,1.0,\"x\",true,null]') u",
              "1:integer|2:real|3:text|4:integer|5:null");
  assert_rows("SELECT value FROM pg_unnest('[[1,2],[3,4]]')", "1|2|3|4");
  assert_rows(
      "SELECT a.value || b.value FROM pg_unnest('[1,2]') a JOIN pg_unnest('[3,4]') b",
      "13|14|23|24");
  assert_rows("SELECT value FROM pg_unnest(NULL)", "");
  execute("CREATE TABLE u (v TEXT) STRICT; INSERT INTO u VALUES ('[1,2]'), ('[]'), "
          "(NULL), ('[5]')");
  assert_rows("SELECT value FROM u, pg_unnest(u.v)", "1|2|5");
}

/* A JSON object taken apart joins with its row, and what is no object fails with its
 * code. */
static void test_json_rows(void **state) {
  (void)state;
  execute("CREATE TABLE j (v TEXT) STRICT; INSERT INTO j VALUES ('{\"a\": 1, \"b\": "
          "\"x\\\"y\"}')");
  assert_rows("SELECT key || '=' || value FROM j, pg_json_each(j.v)",
              "a=1|b=\"x\\\"y\"");
  assert_rows("SELECT value FROM j, pg_json_each_text(j.v) WHERE key = 'b'", "x\"y");
  assert_rows("SELECT value FROM pg_json_each('[1]')", "!22023");
  assert_rows("SELECT value FROM pg_json_array_elements('{}')", "!22023");
}

/* Behind the last value of a row is nothing, whatever stands in memory there. */
static void test_short_row(void **state) {
  (void)state;
  static const char rows[] = {SQLITE_INTEGER, 7, 0, 0, 0, 0, 0, 0, 0,
                              SQLITE_INTEGER, 9, 0, 0, 0, 0, 0, 0, 0};
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(database.sqlite.handle,
                                      "SELECT pg_row_value(?1, 0), pg_row_value(?1, 1)",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  sqlite3_bind_blob(statement, 1, rows, sizeof rows / 2, SQLITE_STATIC);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(statement, 0), 7);
  assert_int_equal(sqlite3_column_type(statement, 1), SQLITE_NULL);
  sqlite3_finalize(statement);
}

/* now() is the instant of the transaction, and 'now' as a literal is the same. */
static void test_now(void **state) {
  (void)state;
  assert_rows("SELECT pg_now()", "2026-01-31 10:00:00+00");
  assert_rows("SELECT pg_current_date()", "2026-01-31");
  assert_rows("SELECT pg_timestamptz_in('now')", "2026-01-31 10:00:00+00");
  assert_rows("SELECT pg_date_in('tomorrow')", "2026-02-01");
  assert_rows("SELECT pg_age('2025-12-30')", "1 mon 1 day");
  database.context.now_microseconds += 1500000;
  assert_rows("SELECT pg_now()", "2026-01-31 10:00:01.5+00");
  assert_rows("SELECT pg_now(0)", "2026-01-31 10:00:02+00");
}

/* Random values come from the host's source, and differ. */
static void test_random(void **state) {
  (void)state;
  assert_rows("SELECT min(v) >= 0 AND max(v) < 1 AND count(DISTINCT v) = 1000 FROM "
              "(SELECT pg_random() AS v FROM pg_generate_series(1, 1000))",
              "1");
  assert_rows("SELECT count(DISTINCT v) = 100 AND min(length(v)) = 36 AND "
              "min(substr(v, 15, 1)) = '4' "
              "FROM (SELECT pg_gen_random_uuid() AS v FROM pg_generate_series(1, 100))",
              "1");
}

/* Calls of everything that reads JSON or arrays; %s is one such text, with its quotes. */
static const char *const readers[] = {
    "pg_json_field(%s, 'a')",
    "pg_json_element(%s, 0)",
    "pg_json_element_text(%s, -1)",
    "pg_json_path(%s, '[\"a\",\"0\"]')",
    "pg_json_array_length(%s)",
    "pg_json_typeof(%s)",
    "pg_jsonb_concat(%s, %s)",
    "pg_jsonb_contains(%s, %s)",
    "pg_jsonb_exists(%s, 'a')",
    "pg_jsonb_set(%s, '[\"a\"]', '1')",
    "pg_jsonb_delete_path(%s, '[\"0\",\"0\"]')",
    "pg_jsonb_delete_field(%s, 'a')",
    "pg_jsonb_build_array(%s, %s)",
    "pg_json_build_object(%s, %s)",
    "pg_jsonb_strip_nulls(%s)",
    "pg_jsonb_pretty(%s)",
    "pg_jsonb(%s)",
    "pg_json_in(%s)",
    "pg_array_text(%s)",
    "pg_varchar_of_array(%s, 5, 0)",
    "pg_integer_array(%s)",
    "pg_array_length(%s, 1)",
    "pg_array_length(%s, 1000000)",
    "pg_cardinality(%s)",
    "pg_array_ndims(%s)",
    "pg_array_cat(%s, %s)",
    "pg_array_append(%s, 1)",
    "pg_array_prepend(1, %s)",
    "pg_array_nested(%s, %s)",
    "pg_subscript(%s, 1)",
    "pg_slice(%s, 1, 2)",
    "pg_array_to_string(%s, ',')",
    "pg_array_position(%s, 1)",
    "pg_array_overlap(%s, %s)",
    "pg_json_of_array(%s)",
    "pg_json_of_raw_array(%s)",
    "(%s COLLATE jsonb) < %s",
    "(%s COLLATE array) < %s",
    "(%s COLLATE numeric) < %s",
    "(%s COLLATE interval) < %s",
    "(%s COLLATE timetz) < %s",
    "(SELECT count(*) FROM pg_unnest(%s))",
    "(SELECT count(*) FROM pg_json_array_elements(%s))",
    "(SELECT pg_array_agg_nested(column1) FROM (VALUES (%s), (%s)))",
    "(SELECT pg_jsonb_agg(column1) FROM (VALUES (%s), (%s)))",
};

/* Reads both texts in every way there is; whatever the answer, it comes. */
static void read_all(const char *left, const char *right) {
  for (size_t i = 0; i < COUNT(readers); i++) {
    struct buffer query, out;
    char call[256];
    snprintf(call, sizeof call, readers[i], left, right);
    buffer_init(&query, memory_default());
    buffer_init(&out, memory_default());
    buffer_format(&query, "SELECT 1, %s", call);
    if (run_query(&database, buffer_string(&query), TYPE(TYPE_TEXT), &out) != TIDE_OK)
      fail_msg("%s ran out of memory", buffer_string(&query));
    buffer_deinit(&query);
    buffer_deinit(&out);
  }
}

/* Text that is no JSON and no array, by whatever way it came, is read without harm. */
static void test_malformed(void **state) {
  static const char *const texts[] = {
      "''",       "'{'",      "'['",     "'\"'",      "'{\"a'",      "'[1,'",
      "'{]'",     "'[[['",    "'\\'",    "'{\"a\":'", "'[\"\\'",     "'nul'",
      "'[,,]'",   "'{\"\\u'", "'[1 2]'", "'}'",       "','",         "'\"\\ud8'",
      "'[\"a\"'", "'[{}}'",   "'[null'", "'[]x'",     "'{\"a\" 1}'", "'1e'",
  };
  (void)state;
  for (size_t i = 0; i < COUNT(texts); i++) {
    for (size_t j = 0; j < COUNT(texts); j++)
      read_all(texts[i], texts[j]);
  }
}

/* JSON and arrays nested without end do not exhaust the stack, and are not accepted. */
static void test_depth(void **state) {
  (void)state;
  read_all("pg_repeat('[', 100000)", "pg_repeat('[', 100000)");
  read_all("pg_repeat('{\"a\":', 100000)", "pg_repeat('{\"a\":', 100000)");
  read_all("pg_repeat('[', 100000) || pg_repeat(']', 100000)",
           "pg_repeat('[', 90000) || pg_repeat(']', 90000)");
  read_all("pg_repeat('{', 100000)", "'[1]'");
  assert_rows("SELECT pg_jsonb(pg_repeat('[', 100000))", "!54001");
  assert_rows("SELECT pg_integer_array(pg_repeat('{', 100000))", "!54000");
  assert_rows("SELECT length(pg_jsonb(pg_repeat('[', 500) || pg_repeat(']', 500)))",
              "1000");
}

/* A text of random pieces: what a type's input function may meet. */
static void random_text(struct random *random, const char *const *pieces, size_t count,
                        struct buffer *out) {
  buffer_clear(out);
  for (uint64_t n = random_next(random) % 8; n > 0; n--)
    buffer_text(out, pieces[random_next(random) % count]);
}

/* Whatever a type reads, it reads what it made of it as the same again. */
static void test_round_trips(void **state) {
  static const char *const pieces[] = {
      "0",   "1",    "9",       "12",  "2024", "31",    "-",   "+",  ".",     ":",
      "/",   " ",    "T",       "Z",   "e",    "E5",    "e-3", "1e", "NaN",   "inf",
      "day", "mon",  "year",    "ago", "P",    "PT",    "Jan", "PM", "{",     "}",
      "[",   "]",    "\"",      ",",   "NULL", "\\",    "\\x", "ff", "\\u00", "true",
      "f",   "null", "\"a\":1", "00",  "59",   "99999", "0x",  "_",  "é",     "0.5",
  };
  static const char *const functions[] = {
      "pg_numeric_in",    "pg_integer_in",     "pg_bigint_in",      "pg_double_in",
      "pg_real_in",       "pg_boolean_in",     "pg_date_in",        "pg_time_in",
      "pg_timetz_in",     "pg_timestamp_in",   "pg_timestamptz_in", "pg_interval_in",
      "pg_uuid_in",       "pg_bytea_in",       "pg_jsonb",          "pg_json_in",
      "pg_integer_array", "pg_text_array",     "pg_double_array",   "pg_numeric_array",
      "pg_date_array",    "pg_interval_array", "pg_jsonb_array",    "pg_boolean_array",
  };
  static const uint8_t seed[32] = {42};
  struct random random;
  struct buffer text;
  int read = 0;
  (void)state;
  random_seed(&random, seed);
  buffer_init(&text, memory_default());
  for (size_t i = 0; i < COUNT(functions); i++) {
    char query[128];
    sqlite3_stmt *statement;
    snprintf(query, sizeof query, "SELECT %s(?1), %s(%s(?1)) IS %s(?1)", functions[i],
             functions[i], functions[i], functions[i]);
    assert_int_equal(
        sqlite3_prepare_v2(database.sqlite.handle, query, -1, &statement, NULL),
        SQLITE_OK);
    for (int n = 0; n < 4000; n++) {
      random_text(&random, pieces, COUNT(pieces), &text);
      error_clear(&database.sqlite.error);
      sqlite3_bind_text(statement, 1, buffer_string(&text), -1, SQLITE_STATIC);
      if (sqlite3_step(statement) == SQLITE_ROW) {
        read++;
        if (!sqlite3_column_int(statement, 1))
          fail_msg("%s('%s') is %s", functions[i], buffer_string(&text),
                   (const char *)sqlite3_column_text(statement, 0));
      } else if (database.sqlite.error.code == TIDE_OK) {
        fail_msg("%s('%s') fails without a code", functions[i], buffer_string(&text));
      }
      sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
  }
  buffer_deinit(&text);
  assert_true(read > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numeric_column),
      cmocka_unit_test(test_like),
      cmocka_unit_test(test_ilike),
      cmocka_unit_test(test_windows),
      cmocka_unit_test(test_large_sum),
      cmocka_unit_test(test_unnest),
      cmocka_unit_test(test_json_rows),
      cmocka_unit_test(test_short_row),
      cmocka_unit_test(test_now),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_round_trips),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
