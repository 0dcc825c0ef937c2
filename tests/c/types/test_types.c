/* The types themselves: names, storage, conversions, and which function is chosen. */
#include "base/library.h"
#include "types/expression.h"
#include "types/float_text.h"

/* A type is found by every name that PostgreSQL has for it, in any case, and printed by
 * its full name. */
static void test_names(void **state) {
  static const struct {
    const char *written, *printed;
  } names[] = {
      {"INT4", "integer"},
      {"int", "integer"},
      {"bigserial", "bigint"},
      {"Double Precision", "double precision"},
      {"decimal", "numeric"},
      {"character varying", "character varying"},
      {"timestamptz", "timestamp with time zone"},
      {"time", "time without time zone"},
      {"name", "text"},
  };
  char text[64];
  (void)state;
  for (size_t i = 0; i < COUNT(names); i++) {
    enum type_id id = type_by_name(names[i].written);
    assert_int_not_equal(id, TYPE_COUNT);
    type_format(TYPE(id), text, sizeof text);
    assert_string_equal(text, names[i].printed);
  }
  assert_int_equal(type_by_name("inet"), TYPE_COUNT);
  assert_int_equal(type_by_name(""), TYPE_COUNT);
  assert_int_equal(type_by_name("int44"), TYPE_COUNT);
}

/* Modifiers stand where PostgreSQL prints them, and what does not fit is cut. */
static void test_format(void **state) {
  char text[64], small[8];
  (void)state;
  type_format((struct type){TYPE_NUMERIC, true, 10, 2, 0}, text, sizeof text);
  assert_string_equal(text, "numeric(10,2)[]");
  type_format((struct type){TYPE_TIMESTAMPTZ, false, 3, -1, 0}, text, sizeof text);
  assert_string_equal(text, "timestamp(3) with time zone");
  type_format((struct type){TYPE_VARCHAR, false, 20, -1, 0}, small, sizeof small);
  assert_string_equal(small, "charact");
}

/* Every type that can be stored is stored in a STRICT table, with its collation and
 * check, and read back unchanged. */
static void test_storage(void **state) {
  static const struct {
    const char *type, *text;
  } values[] = {
      {"boolean", "t"},
      {"smallint", "-32768"},
      {"integer", "2147483647"},
      {"bigint", "-9223372036854775808"},
      {"real", "1.5"},
      {"double precision", "0.1"},
      {"numeric", "12345678901234567890.10"},
      {"text", "it's"},
      {"char(4)", "ab  "},
      {"bytea", "\\x00ff"},
      {"date", "2024-02-29"},
      {"timetz", "10:00:00+02"},
      {"timestamptz", "2024-02-29 10:00:00.5+00"},
      {"interval", "1 mon -00:00:01"},
      {"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
      {"jsonb", "{\"a\": [1, 2.50]}"},
      {"integer[]", "{1,NULL,3}"},
      {"text[]", "{a,\"b c\"}"},
      {"boolean[]", "{t,f}"},
  };
  struct typed_database database;
  (void)state;
  assert_int_equal(library_initialize(), TIDE_OK);
  assert_int_equal(typed_open(&database, memory_default()), TIDE_OK);
  for (size_t i = 0; i < COUNT(values); i++) {
    struct type type = type_of_text(values[i].type);
    struct buffer sql, out;
    buffer_init(&sql, memory_default());
    buffer_init(&out, memory_default());
    buffer_format(&sql, "DROP TABLE IF EXISTS t; CREATE TABLE t (v %s",
                  type_storage(type));
    if (type_collation(type) != NULL)
      buffer_format(&sql, " COLLATE \"%s\"", type_collation(type));
    if (type_check(type) != NULL)
      buffer_format(&sql, " CHECK (v %s)", type_check(type));
    buffer_text(&sql, ") STRICT; INSERT INTO t VALUES (");
    print_literal(&sql, type, values[i].text);
    buffer_text(&sql, ")");
    assert_int_equal(
        sqlite3_exec(database.sqlite.handle, buffer_string(&sql), NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(run_expression(&database, "(SELECT v FROM t)", type, &out),
                     TIDE_OK);
    assert_string_equal(buffer_string(&out), values[i].text);
    buffer_deinit(&sql);
    buffer_deinit(&out);
  }
  typed_close(&database);
  assert_null(type_storage((struct type){TYPE_BYTEA, true, -1, -1, 0}));
  assert_null(type_storage(TYPE(TYPE_RECORD)));
}

/* The common type follows PostgreSQL's rules, and keeps modifiers only where both have
 * them. */
static void test_common(void **state) {
  static const struct {
    const char *left, *right, *common; /* NULL: none */
  } cases[] = {
      {"integer", "numeric", "numeric"},
      {"smallint", "bigint", "bigint"},
      {"numeric", "double precision", "double precision"},
      {"unknown", "date", "date"},
      {"unknown", "unknown", "unknown"},
      {"varchar(3)", "varchar(3)", "character varying(3)"},
      {"varchar(3)", "varchar(4)", "character varying"},
      {"varchar", "text", "character varying"},
      {"text", "varchar", "text"},
      {"date", "timestamptz", "timestamp with time zone"},
      {"integer[]", "integer[]", "integer[]"},
      {"integer", "text", NULL},
      {"integer[]", "integer", NULL},
      {"boolean", "integer", NULL},
  };
  char text[64];
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct type common;
    bool found =
        type_common(type_of_text(cases[i].left), type_of_text(cases[i].right), &common);
    assert_int_equal(found, cases[i].common != NULL);
    if (!found)
      continue;
    type_format(common, text, sizeof text);
    assert_string_equal(text, cases[i].common);
  }
}

/* A cast that changes nothing costs nothing. */
static void test_free_casts(void **state) {
  static const char *const pairs[][2] = {
      {"integer", "bigint"},
      {"varchar(3)", "varchar(5)"},
      {"varchar", "text"},
      {"numeric(5,2)", "numeric"},
      {"real", "double precision"},
      {"jsonb", "text"},
      {"numeric(5,2)", "numeric(5,2)"},
      {"text[]", "text[]"},
      {"date", "text"},
  };
  bool takes_modifiers;
  (void)state;
  for (size_t i = 0; i < COUNT(pairs); i++)
    assert_string_equal(type_cast(type_of_text(pairs[i][0]), type_of_text(pairs[i][1]),
                                  &takes_modifiers),
                        "");
}

/* Whatever the tables and the casts name is there in SQLite, with the number of
 * arguments it is called with. */
static void test_registered(void **state) {
  struct typed_database database;
  const struct function *function;
  (void)state;
  assert_int_equal(library_initialize(), TIDE_OK);
  assert_int_equal(typed_open(&database, memory_default()), TIDE_OK);
  for (size_t i = 0; (function = function_at(i)) != NULL; i++) {
    if (!isalpha((unsigned char)function->sqlite[0]))
      continue;
    struct buffer sql;
    bool window = (function->flags & FUNCTION_WINDOW) != 0;
    sqlite3_stmt *statement;
    buffer_init(&sql, memory_default());
    bool rows =
        function->flags & FUNCTION_SET && !(function->flags & FUNCTION_ELEMENTS);
    buffer_format(&sql, "SELECT %s %s(", rows ? "* FROM" : "", function->sqlite);
    for (int j = 0; j < function->argument_count; j++)
      buffer_format(&sql, "%s?", j > 0 ? ", " : "");
    if (strncmp(function->sqlite, "pg_enum", 7) == 0)
      buffer_text(&sql, ", ?"); /* which enum */
    buffer_text(&sql, window ? ") OVER ()" : ")");
    if (sqlite3_prepare_v2(database.sqlite.handle, buffer_string(&sql), -1, &statement,
                           NULL) != SQLITE_OK)
      fail_msg("%s: %s", buffer_string(&sql), sqlite3_errmsg(database.sqlite.handle));
    sqlite3_finalize(statement);
    buffer_deinit(&sql);
  }
  typed_close(&database);
}

/* A function that nobody knows, one with other arguments, and one that fits twice are
 * told apart. */
static void test_lookup(void **state) {
  const struct function *function;
  struct type text[2] = {TYPE(TYPE_TEXT), TYPE(TYPE_TEXT)}, resolved[2], result;
  struct type unknown[1] = {TYPE(TYPE_UNKNOWN)};
  (void)state;
  assert_int_equal(function_find("nobody", text, 1, &function, resolved, &result),
                   FUNCTION_UNKNOWN);
  assert_int_equal(function_find("abs", text, 1, &function, resolved, &result),
                   FUNCTION_NO_MATCH);
  assert_int_equal(function_find("sum", unknown, 1, &function, resolved, &result),
                   FUNCTION_AMBIGUOUS);
  assert_int_equal(operator_find("|>", text, 2, &function, resolved, &result),
                   FUNCTION_UNKNOWN);
  assert_int_equal(operator_find("*", text, 2, &function, resolved, &result),
                   FUNCTION_NO_MATCH);
}

/* Integer arithmetic and comparisons are SQLite's own operators: hot paths pay for no
 * call. */
static void test_own_operators(void **state) {
  static const char *const symbols[] = {"+", "-", "*", "=", "<", ">=", "<>"};
  const struct function *function;
  struct type integers[2] = {TYPE(TYPE_INTEGER), TYPE(TYPE_BIGINT)}, resolved[2],
              result;
  bool takes_modifiers;
  (void)state;
  for (size_t i = 0; i < COUNT(symbols); i++) {
    assert_int_equal(
        operator_find(symbols[i], integers, 2, &function, resolved, &result),
        FUNCTION_FOUND);
    assert_string_equal(function->sqlite, symbols[i]);
    assert_string_equal(type_cast(integers[0], resolved[0], &takes_modifiers), "");
  }
}

/* The shortest text of a floating-point number reads back as the same number. */
static void test_float_text(void **state) {
  char text[FLOAT_TEXT_MAX];
  struct random random;
  static const uint8_t seed[32] = {7};
  (void)state;
  random_seed(&random, seed);
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = random_next(&random);
    double value;
    float single;
    memcpy(&value, &bits, sizeof value);
    memcpy(&single, &bits, sizeof single);
    if (value == value) {
      float_print(value, false, text);
      assert_true(strtod(text, NULL) == value);
    }
    if (single == single) {
      float_print((double)single, true, text);
      assert_true(strtof(text, NULL) == single);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),      cmocka_unit_test(test_format),
      cmocka_unit_test(test_storage),    cmocka_unit_test(test_common),
      cmocka_unit_test(test_free_casts), cmocka_unit_test(test_registered),
      cmocka_unit_test(test_lookup),     cmocka_unit_test(test_own_operators),
      cmocka_unit_test(test_float_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
