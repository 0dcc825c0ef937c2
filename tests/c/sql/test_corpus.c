/* The corpus: what is printed reads as what was printed. */
#include "sql/statements.h"

/* Reads what was printed: it must be the same tree, and print as the same text again. */
static void check_printed(struct parsed *parsed, enum sql_dialect dialect,
                          const char *text) {
  struct parsed again;
  struct buffer out;
  const struct sql_node *statement = read_statement(&again, dialect, text);
  if (!sql_equal(parsed->statement, statement))
    fail_msg("reads as another tree: %s", text);
  buffer_init(&out, memory_default());
  assert_int_equal(sql_print(statement, dialect, &out, &again.error), TIDE_OK);
  assert_string_equal(buffer_string(&out), text);
  buffer_deinit(&out);
  forget(&again);
}

/* Checks each statement of a file and returns their number. */
static int check_file(const char *name, enum sql_dialect dialect) {
  char *text = read_corpus(name);
  size_t length = strlen(text);
  int count = 0;
  for (size_t at = 0; at < length;) {
    struct parsed parsed;
    parse_length(&parsed, dialect, text + at, length - at);
    if (parsed.code != TIDE_OK)
      fail_msg("%s: %s at %.60s", name, parsed.error.message,
               text + at + parsed.error.position);
    if (parsed.statement != NULL) {
      struct buffer out;
      buffer_init(&out, memory_default());
      if (sql_print(parsed.statement, dialect, &out, &parsed.error) != TIDE_OK)
        fail_msg("%s: %s", name, parsed.error.message);
      check_printed(&parsed, dialect, buffer_string(&out));
      buffer_deinit(&out);
      count++;
    }
    at += parsed.consumed;
    forget(&parsed);
  }
  free(text);
  return count;
}

/* At least 400 statements of PostgreSQL's and our own survive being printed and read again, unchanged. */
static void test_postgres(void **state) {
  (void)state;
  int count = 0;
  for (size_t i = 0; i < COUNT(corpus); i++)
    count += check_file(corpus[i], SQL_DIALECT_POSTGRES);
  assert_true(count >= 400);
}

/* MySQL's spelling survives it too. */
static void test_mysql(void **state) {
  (void)state;
  assert_true(check_file("mysql", SQL_DIALECT_MYSQL) >= 45);
}

/* Every statement can be printed in every dialect, or is refused as not supported. */
static void test_every_dialect(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(corpus); i++) {
    char *text = read_corpus(corpus[i]);
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
      struct parsed parsed;
      parse_length(&parsed, SQL_DIALECT_POSTGRES, text + at, length - at);
      for (int dialect = 0; dialect < 3 && parsed.statement != NULL; dialect++) {
        struct buffer out;
        buffer_init(&out, memory_default());
        int code =
            sql_print(parsed.statement, (enum sql_dialect)dialect, &out, &parsed.error);
        assert_true(code == TIDE_OK || code == TIDE_ERROR_NOT_SUPPORTED);
        buffer_deinit(&out);
      }
      at += parsed.consumed;
      forget(&parsed);
    }
    free(text);
  }
}

/* A copy is equal to its original, and a statement is not equal to the next one. */
static void test_copies(void **state) {
  (void)state;
  char *text = read_corpus("expression");
  size_t length = strlen(text);
  struct parsed before = {.statement = NULL};
  arena_init(&before.arena, memory_default());
  for (size_t at = 0; at < length;) {
    struct parsed parsed;
    parse_length(&parsed, SQL_DIALECT_POSTGRES, text + at, length - at);
    assert_true(
        sql_equal(sql_clone(&parsed.arena, parsed.statement), parsed.statement));
    assert_true(parsed.statement == NULL ||
                !sql_equal(before.statement, parsed.statement));
    at += parsed.consumed;
    forget(&before);
    before = parsed;
  }
  forget(&before);
  free(text);
}

/* Reads and prints all of a file. */
static int read_and_print(struct memory *memory, void *context) {
  const char *text = context;
  size_t length = strlen(text);
  int code = TIDE_OK;
  for (size_t at = 0, consumed = 0; code == TIDE_OK && at < length; at += consumed) {
    struct arena arena;
    struct buffer out;
    struct error error;
    struct sql_node *statement;
    arena_init(&arena, memory);
    buffer_init(&out, memory);
    code = sql_parse(&arena, text + at, length - at, SQL_DIALECT_POSTGRES, &statement,
                     &consumed, &error);
    if (code == TIDE_OK && statement != NULL)
      code = sql_print(statement, SQL_DIALECT_POSTGRES, &out, &error);
    if (code == TIDE_OK && statement != NULL && sql_clone(&arena, statement) == NULL)
      code = TIDE_ERROR_NOMEM;
    assert_int_equal(error.code == TIDE_OK ? code : error.code, code);
    buffer_deinit(&out);
    arena_deinit(&arena);
  }
  return code;
}

/* Whichever allocation fails, reading and printing fail with 53200 and leak nothing. */
static void test_failing_memory(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(corpus); i++) {
    char *text = read_corpus(corpus[i]);
    some_failing_allocations(read_and_print, text, 150);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_postgres),       cmocka_unit_test(test_mysql),
      cmocka_unit_test(test_every_dialect),  cmocka_unit_test(test_copies),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
