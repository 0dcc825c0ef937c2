/* Damaged statements: whatever the bytes are, reading them ends with a tree or an error. */
#include "sql/statements.h"

enum { ROUNDS = 100, EXTRACT_MAX = 400 };

/* A small generator with a fixed seed: a failure can be repeated. */
static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static void damage(char *text, size_t length, uint32_t *random) {
  static const char bytes[] = "'\"`$();:,.[]?*/-+#\\\n0eEXb_\0\x80\xff";
  uint32_t count = 1 + next_random(random) % 4;
  for (uint32_t i = 0; i < count; i++) {
    size_t at = next_random(random) % length;
    switch (next_random(random) % 4) {
    case 0: text[at] = bytes[next_random(random) % (sizeof bytes - 1)]; break;
    case 1: text[at] = (char)next_random(random); break;
    case 2: text[at] = text[next_random(random) % length]; break;
    default: memmove(text + at, text + at + 1, length - at - 1);
    }
  }
}

/* The memory that all reading and printing here takes, so that leaks are counted. */
static struct memory *counted;

/* What can be read must print, or be refused; errors carry a position inside the text. */
static void check(const char *text, size_t length, enum sql_dialect dialect) {
  struct parsed parsed;
  arena_init(&parsed.arena, counted);
  parsed.code = sql_parse(&parsed.arena, text, length, dialect, &parsed.statement,
                          &parsed.consumed, &parsed.error);
  assert_true(parsed.consumed <= length);
  if (parsed.code != TIDE_OK) {
    assert_true(parsed.error.position <= length);
    assert_int_equal(parsed.error.code, parsed.code);
  }
  if (parsed.statement != NULL) {
    struct buffer out;
    buffer_init(&out, counted);
    int code = sql_print(parsed.statement, dialect, &out, &parsed.error);
    assert_true(code == TIDE_OK || code == TIDE_ERROR_NOT_SUPPORTED);
    if (code == TIDE_OK && dialect == SQL_DIALECT_POSTGRES) {
      struct parsed again;
      parse(&again, dialect, buffer_string(&out));
      if (again.code != TIDE_OK || !sql_equal(again.statement, parsed.statement))
        fail_msg("%.*s\nis printed as\n%s\n%s", (int)length, text, buffer_string(&out),
                 again.error.message);
      forget(&again);
    }
    buffer_deinit(&out);
  }
  forget(&parsed);
}

static int read_damaged(struct memory *memory, void *context) {
  (void)context;
  counted = memory;
  uint32_t random = 1;
  for (size_t i = 0; i < COUNT(corpus); i++) {
    char *text = read_corpus(corpus[i]);
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += EXTRACT_MAX / 4) {
      size_t size = length - at < EXTRACT_MAX ? length - at : EXTRACT_MAX;
      const char *start = memchr(text + at, '\n', size);
      if (start == NULL || start + 1 == text + length)
        continue;
      size = (size_t)(text + length - start - 1) < size
                 ? (size_t)(text + length - start - 1)
                 : size;
      for (int round = 0; round < ROUNDS; round++) {
        char *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, start + 1, size);
        damage(copy, size, &random);
        check(copy, size,
              (enum sql_dialect)(next_random(&random) % 4 == 0
                                     ? next_random(&random) % 3
                                     : SQL_DIALECT_POSTGRES));
        free(copy);
      }
    }
    free(text);
  }
  return TIDE_OK;
}

/* Pieces of the corpus with a few bytes changed never crash the parser nor make it leak, and what still is a statement
 * prints as itself. */
static void test_damaged(void **state) {
  (void)state;
  assert_int_equal(run_counting_leaks(read_damaged, NULL), 0);
}

/* Every statement cut off anywhere gives a tree or an error. */
static void test_cut_off(void **state) {
  (void)state;
  counted = memory_default();
  char *text = read_corpus("select");
  size_t length = strlen(text);
  for (size_t end = 1; end < length; end += 3) {
    size_t start = end;
    while (start > 0 && text[start - 1] != '\n')
      start--;
    if (start == end)
      continue;
    char *copy = malloc(end - start);
    assert_non_null(copy);
    memcpy(copy, text + start, end - start);
    check(copy, end - start, SQL_DIALECT_POSTGRES);
    free(copy);
  }
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_damaged),
      cmocka_unit_test(test_cut_off),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
