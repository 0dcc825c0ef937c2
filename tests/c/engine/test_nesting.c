/* Tests of what nests deeply or repeats often (tests/sql/nesting.txt): it is answered or refused, and no stack overflows. */
#include <ctype.h>

#include "base/buffer.h"
#include "lib/test.h"
#include "tidemark.h"

#define TABLE_FILE "tests/sql/nesting.txt"
#define OPENS      "\xC2\xAB" /* « */
#define CLOSES     "\xC2\xBB" /* » */
#define NOW        INT64_C(1769853600000)

enum { LINE_MAX_LENGTH = 400 };

/* --- the text --- */

/* A piece of a line; in what is repeated, n and m that are no part of a word stand for numbers. */
static void append(struct buffer *out, const char *text, size_t length, int number) {
  for (size_t i = 0; i < length; i++) {
    bool counts = number > 0 && (text[i] == 'n' || text[i] == 'm');
    bool follows = i + 1 < length && (isalpha((unsigned char)text[i + 1]) != 0);
    bool preceded = i > 1 && (isalpha((unsigned char)text[i - 1]) != 0) &&
                    (isalpha((unsigned char)text[i - 2]) != 0);
    if (counts && !follows && !preceded)
      buffer_format(out, "%d", text[i] == 'n' ? number : number - 1);
    else
      buffer_append(out, text + i, 1);
  }
}

static void expand(struct buffer *out, const char *line, int times) {
  const char *opens;
  while ((opens = strstr(line, OPENS)) != NULL) {
    const char *unit = opens + strlen(OPENS), *closes = strstr(unit, CLOSES);
    assert_non_null(closes);
    append(out, line, (size_t)(opens - line), 0);
    for (int i = 1; i <= times; i++)
      append(out, unit, (size_t)(closes - unit), i);
    line = closes + strlen(CLOSES);
  }
  append(out, line, strlen(line), 0);
}

/* --- the engine --- */

static void run(tide_engine *engine, const char *sql, size_t size, char *sqlstate) {
  tide_statement *statement = NULL;
  size_t consumed;
  int rows = 0;
  strcpy(sqlstate, "00000");
  int status = tide_prepare(engine, sql, size, &statement, &consumed);
  while (status == TIDE_DONE && statement && rows++ < 10) {
    status = tide_step(statement);
    if (status == TIDE_DONE || status == TIDE_WAIT)
      break;
    status = status == TIDE_ROW ? TIDE_DONE : status;
  }
  if (status > 0)
    memcpy(sqlstate, strstr(tide_error(engine), "\"code\":\"") + strlen("\"code\":\""),
           5);
  tide_finalize(statement);
  tide_effect effect;
  while (tide_next_effect(engine, &effect)) {
  }
}

static void run_plain(tide_engine *engine, const char *sql) {
  char sqlstate[6];
  run(engine, sql, strlen(sql), sqlstate);
  if (strcmp(sqlstate, "00000") != 0)
    fail_msg("%s: %s", sql, tide_error(engine));
}

/* Answered, or refused as what a program limit or the value itself is: not as what would be wrong with any number. */
static bool is_fine(const char *sqlstate) {
  static const char *const fine[] = {"00000", "54000", "54001", "22",
                                     "42",    "0A000", "23505"};
  for (size_t i = 0; i < COUNT(fine); i++)
    if (strncmp(sqlstate, fine[i], strlen(fine[i])) == 0)
      return true;
  return false;
}

static void check_line(tide_engine *engine, const char *line, int times) {
  char sqlstate[6];
  struct buffer sql;
  buffer_init(&sql, memory_default());
  expand(&sql, line, times);
  run_plain(engine, "BEGIN");
  run(engine, buffer_string(&sql), sql.length, sqlstate);
  if (!is_fine(sqlstate))
    fail_msg("%s (%d times): %s", line, times, tide_error(engine));
  if (getenv("VERBOSE"))
    fprintf(stderr, "%7d %s %s\n", times, sqlstate, line);
  run_plain(engine, "ROLLBACK");
  buffer_deinit(&sql);
}

static void check_all(int times) {
  tide_config config = {.path = "test.db", .now = NOW, .seed = {1}};
  tide_engine *engine;
  char line[LINE_MAX_LENGTH];
  assert_int_equal(tide_open(&config, &engine), TIDE_DONE);
  run_plain(engine, "CREATE TABLE t (a integer, b text, d jsonb)");
  run_plain(engine, "INSERT INTO t VALUES (1, 'a', '{}')");
  FILE *file = fopen(TABLE_FILE, "r");
  if (!file)
    fail_msg("cannot read %s: run the tests from the root of the repository",
             TABLE_FILE);
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *text = line;
    long most = strtol(line, &text, 10);
    if (line[0] != '\0' && line[0] != '#')
      check_line(engine, text + strspn(text, ": "),
                 most > 0 && most < times ? (int)most : times);
  }
  fclose(file);
  tide_close(engine);
}

/* Whatever nests or repeats may do so a few times, or some hundred or thousand times, or without end. */
static void test_few(void **state) {
  (void)state;
  check_all(3);
}

static void test_hundreds(void **state) {
  (void)state;
  check_all(390);
}

static void test_thousands(void **state) {
  (void)state;
  check_all(3000);
}

static void test_very_many(void **state) {
  (void)state;
  check_all(100000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_few),
      cmocka_unit_test(test_hundreds),
      cmocka_unit_test(test_thousands),
      cmocka_unit_test(test_very_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
