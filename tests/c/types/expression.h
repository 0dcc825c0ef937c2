/* Prints calls, operators and casts for SQLite by the rules of types/type.h, as the
 * binder does, and runs them: so the tables, the overload resolution and the functions
 * are tested together. */
#ifndef TIDE_TEST_TYPES_EXPRESSION_H
#define TIDE_TEST_TYPES_EXPRESSION_H

#include <ctype.h>

#include "base/buffer.h"
#include "lib/test.h"
#include "lib/test_database.h"
#include "types/register.h"
#include "types/type.h"

enum { OPERANDS_MAX = 16 };

/* A database with everything of types/ in it. */
struct typed_database {
  struct test_database sqlite;
  struct types_context context;
};

static uint64_t next_random(void *state) {
  return random_next(state);
}

static inline int typed_open(struct typed_database *database, struct memory *memory) {
  int code = test_database_open(&database->sqlite, memory);
  if (code != TIDE_OK)
    return code;
  database->context =
      (struct types_context){.now_microseconds = database->sqlite.now * 1000,
                             .random = next_random,
                             .random_state = &database->sqlite.random,
                             .error = &database->sqlite.error};
  int result = types_register(database->sqlite.handle, &database->context);
  return result == SQLITE_OK ? TIDE_OK : TIDE_ERROR_NOMEM;
}

static inline void typed_close(struct typed_database *database) {
  test_database_close(&database->sqlite);
}

/* "numeric(10,2)", "text[]", "timestamp(3)" */
static inline struct type type_of_text(const char *text) {
  char name[64];
  struct type type = TYPE(TYPE_UNKNOWN);
  size_t length = strcspn(text, "([");
  snprintf(name, sizeof name, "%.*s", (int)length, text);
  type.id = type_by_name(name);
  if (type.id == TYPE_COUNT)
    fail_msg("no type %s", text);
  if (text[length] == '(') {
    char *end;
    type.precision = (int)strtol(text + length + 1, &end, 10);
    if (*end == ',')
      type.scale = (int)strtol(end + 1, &end, 10);
    else if (type.id == TYPE_NUMERIC)
      type.scale = 0;
    length = (size_t)(end - text) + 1;
  }
  type.array = text[length] == '[';
  return type;
}

/* Appends `expression` converted as `function` (an answer of type_cast) says. */
static inline void print_conversion(struct buffer *sql, const char *function,
                                    const char *expression, struct type to,
                                    bool takes_modifiers) {
  if (function[0] == '\0')
    buffer_format(sql, "%s", expression);
  else if (isupper((unsigned char)function[0]))
    buffer_format(sql, "CAST(%s %s)", expression, function);
  else if (takes_modifiers)
    buffer_format(sql, "%s(%s, %d, %d)", function, expression, to.precision, to.scale);
  else
    buffer_format(sql, "%s(%s)", function, expression);
}

/* Appends the conversion; false when PostgreSQL has none. */
static inline bool print_cast(struct buffer *sql, const char *expression,
                              struct type from, struct type to, bool assignment) {
  bool takes_modifiers;
  const char *function = assignment ? type_assignment(from, to, &takes_modifiers)
                                    : type_cast(from, to, &takes_modifiers);
  if (function == NULL)
    return false;
  print_conversion(sql, function, expression, to, takes_modifiers);
  return true;
}

/* Appends a literal of a type; NULL for a null pointer. */
static inline void print_literal(struct buffer *sql, struct type type,
                                 const char *value) {
  struct buffer literal;
  buffer_init(&literal, memory_default());
  if (value == NULL)
    buffer_text(&literal, "NULL");
  else
    buffer_literal(&literal, value, strlen(value));
  print_cast(sql, buffer_string(&literal), TYPE(TYPE_UNKNOWN), type, false);
  buffer_deinit(&literal);
}

/* greatest and least are told by which collation values of the type compare. */
static inline void print_collation(struct buffer *sql, struct type type) {
  const char *collation = type_collation(type);
  buffer_text(sql, ", ");
  if (collation == NULL)
    buffer_text(sql, "NULL");
  else
    buffer_literal(sql, collation, strlen(collation));
}

/* Appends a call of what was found, its arguments converted. */
static inline void print_call(struct buffer *sql, const struct function *function,
                              int count, char *const *expressions,
                              const struct type *types, const struct type *resolved) {
  bool infix = !isalpha((unsigned char)function->sqlite[0]);
  if (!infix || count == 1)
    buffer_format(sql, "%s", function->sqlite);
  buffer_character(sql, '(');
  for (int i = 0; i < count; i++) {
    if (i > 0)
      buffer_text(sql, infix ? function->sqlite : ", ");
    if (!print_cast(sql, expressions[i], types[i], resolved[i], false))
      fail_msg("argument %d of %s cannot be converted", i, function->name);
    const char *collation = type_collation(resolved[i]);
    bool extreme =
        strcmp(function->sqlite, "min") == 0 || strcmp(function->sqlite, "max") == 0;
    if ((infix || extreme) && i == 0 && collation != NULL)
      buffer_format(sql, " COLLATE %s", collation);
  }
  if (strcmp(function->name, "greatest") == 0 || strcmp(function->name, "least") == 0)
    print_collation(sql, resolved[0]);
  buffer_character(sql, ')');
}

static inline void put_failure(struct typed_database *database, struct buffer *out) {
  const struct error *error = &database->sqlite.error;
  const char *message = sqlite3_errmsg(database->sqlite.handle);
  if (error->code != TIDE_OK)
    buffer_format(out, "!%s", error->sqlstate);
  else if (strcmp(message, "integer overflow") == 0)
    buffer_text(out, "!22003");
  else
    buffer_format(out, "!%s", message);
}

/* Does what SQLite computed fit the type? Overflow is found here: see types/type.h. */
static inline bool result_fits(sqlite3_value *value, struct type type) {
  bool integer = !type.array && type.id >= TYPE_SMALLINT && type.id <= TYPE_BIGINT;
  if (!integer || sqlite3_value_type(value) == SQLITE_NULL)
    return true;
  return sqlite3_value_type(value) == SQLITE_INTEGER &&
         type_fits(type, sqlite3_value_int64(value));
}

/* Runs a query of two columns, the value and its text, and appends the texts, separated
 * by |: "\N" for NULL, "!" and the SQLSTATE for an error. Returns TIDE_OK or
 * TIDE_ERROR_NOMEM. */
static inline int run_query(struct typed_database *database, const char *query,
                            struct type type, struct buffer *out) {
  sqlite3_stmt *statement;
  bool first = true;
  error_clear(&database->sqlite.error);
  int result = sqlite3_prepare_v2(database->sqlite.handle, query, -1, &statement, NULL);
  while (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    if (!first)
      buffer_character(out, '|');
    first = false;
    const char *text = (const char *)sqlite3_column_text(statement, 1);
    if (!result_fits(sqlite3_column_value(statement, 0), type))
      buffer_text(out, "!22003");
    else
      buffer_text(out, text == NULL ? "\\N" : text);
    result = SQLITE_OK;
  }
  if (result != SQLITE_DONE && result != SQLITE_NOMEM)
    put_failure(database, out);
  bool out_of_memory =
      result == SQLITE_NOMEM || database->sqlite.error.code == TIDE_ERROR_NOMEM;
  sqlite3_finalize(statement);
  return out_of_memory ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* The same for one expression of type `type`. */
static inline int run_expression(struct typed_database *database,
                                 const char *expression, struct type type,
                                 struct buffer *out) {
  struct buffer query;
  buffer_init(&query, memory_default());
  buffer_text(&query, "SELECT v, ");
  if (!print_cast(&query, "v", type, TYPE(TYPE_ANYTEXT), false))
    fail_msg("%s has no text", expression);
  buffer_format(&query, " FROM (SELECT %s AS v)", expression);
  int code = run_query(database, buffer_string(&query), type, out);
  buffer_deinit(&query);
  return code;
}

#endif
