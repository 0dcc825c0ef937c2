/* The corpus of statements, and what parsing and printing one of them gives. */
#ifndef TIDE_TEST_SQL_STATEMENTS_H
#define TIDE_TEST_SQL_STATEMENTS_H

#include "lib/test.h"

#include "sql/parse.h"
#include "sql/print.h"

/* The text of tests/sql/corpus/<name>.sql, zero-terminated; the caller frees it. */
static inline char *read_corpus(const char *name) {
  char path[256];
  snprintf(path, sizeof path, "tests/sql/corpus/%s.sql", name);
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    fail_msg("cannot read %s: run the tests from the root of the repository", path);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *text = malloc((size_t)size + 1);
  assert_non_null(text);
  assert_int_equal(fread(text, 1, (size_t)size, file), size);
  text[size] = '\0';
  fclose(file);
  return text;
}

/* The files in PostgreSQL's dialect. */
static const char *const corpus[] = {"select", "from",       "expression", "call",
                                     "write",  "definition", "view"};

/* One statement at a time, with everything that it needs. */
struct parsed {
  struct arena arena;
  struct error error;
  struct sql_node *statement;
  size_t consumed;
  int code;
};

static inline void parse_length(struct parsed *parsed, enum sql_dialect dialect,
                                const char *text, size_t length) {
  arena_init(&parsed->arena, memory_default());
  parsed->code = sql_parse(&parsed->arena, text, length, dialect, &parsed->statement,
                           &parsed->consumed, &parsed->error);
}

static inline void parse(struct parsed *parsed, enum sql_dialect dialect,
                         const char *text) {
  parse_length(parsed, dialect, text, strlen(text));
}

static inline void forget(struct parsed *parsed) {
  arena_deinit(&parsed->arena);
}

/* Fails the test unless the text is one statement that can be read. */
static inline const struct sql_node *
read_statement(struct parsed *parsed, enum sql_dialect dialect, const char *text) {
  parse(parsed, dialect, text);
  if (parsed->code != TIDE_OK)
    fail_msg("%s: %s", text, parsed->error.message);
  assert_non_null(parsed->statement);
  return parsed->statement;
}

/* What a PostgreSQL statement is in another dialect; the caller frees it. */
static inline char *translate(const char *text, enum sql_dialect from,
                              enum sql_dialect to) {
  struct parsed parsed;
  struct buffer out;
  const struct sql_node *statement = read_statement(&parsed, from, text);
  buffer_init(&out, memory_default());
  if (sql_print(statement, to, &out, &parsed.error) != TIDE_OK)
    fail_msg("%s: %s", text, parsed.error.message);
  forget(&parsed);
  return buffer_take(&out);
}

#endif
