/* Error codes with their texts, and the object that carries one failure to whoever reports it. */
#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/format.h"

static const struct {
  char sqlstate[6];
  const char *text;
} errors[TIDE_ERROR_COUNT] = {{"00000", "success"},
#define X(name, sqlstate, text) {sqlstate, text},
                              TIDE_ERRORS(X)
#undef X
};

const char *tide_error_sqlstate(int code) {
  return code >= 0 && code < TIDE_ERROR_COUNT ? errors[code].sqlstate
                                              : errors[TIDE_ERROR_INTERNAL].sqlstate;
}

const char *tide_error_text(int code) {
  return code >= 0 && code < TIDE_ERROR_COUNT ? errors[code].text
                                              : errors[TIDE_ERROR_INTERNAL].text;
}

int tide_error_from_sqlstate(const char *sqlstate) {
  for (int code = 1; code < TIDE_ERROR_COUNT; code++) {
    if (strcmp(errors[code].sqlstate, sqlstate) == 0)
      return code;
  }
  return TIDE_ERROR_ORIGIN;
}

void error_clear(struct error *error) {
  /* done before every statement: not a kilobyte of zeros */
  error->code = TIDE_OK;
  error->sqlstate[0] = 0;
  error->message[0] = 0;
  error->hint[0] = 0;
  error->view[0] = 0;
  error->origin[0] = 0;
  error->schema[0] = 0;
  error->table[0] = 0;
  error->column[0] = 0;
  error->constraint[0] = 0;
  error->position = ERROR_NO_POSITION;
}

static int set(struct error *error, int code, uint32_t position, const char *format,
               va_list arguments) {
  if (error->code != TIDE_OK)
    return error->code;
  error_clear(error);
  error->code = code;
  error->position = position;
  memcpy(error->sqlstate, tide_error_sqlstate(code), sizeof error->sqlstate);
  format_text(error->message, sizeof error->message, format, arguments);
  return code;
}

int error_set(struct error *error, int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int result = set(error, code, ERROR_NO_POSITION, format, arguments);
  va_end(arguments);
  return result;
}

int error_set_at(struct error *error, int code, uint32_t position, const char *format,
                 ...) {
  va_list arguments;
  va_start(arguments, format);
  int result = set(error, code, position, format, arguments);
  va_end(arguments);
  return result;
}

static void copy_text(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_text(text, size, format, arguments);
  va_end(arguments);
}

void error_origin(struct error *error, const char *origin) {
  copy_text(error->origin, sizeof error->origin, "%s", origin);
}

void error_about(struct error *error, const char *schema, const char *table,
                 const char *column, const char *constraint) {
  copy_text(error->schema, sizeof error->schema, "%s", schema);
  copy_text(error->table, sizeof error->table, "%s", table ? table : "");
  copy_text(error->column, sizeof error->column, "%s", column ? column : "");
  copy_text(error->constraint, sizeof error->constraint, "%s",
            constraint ? constraint : "");
}

void error_hint(struct error *error, const char *format, ...) {
  if (error->code == TIDE_OK || error->hint[0] != '\0')
    return;
  va_list arguments;
  va_start(arguments, format);
  format_text(error->hint, sizeof error->hint, format, arguments);
  va_end(arguments);
}
