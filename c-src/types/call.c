/* What the functions registered with SQLite share: arguments in, results and failures
 * out. */
#include "types/call.h"
#include "types/datetime.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "base/format.h"
#include "types/value_bytes.h"

enum { DETERMINISTIC = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };

int call_register(sqlite3 *db, struct types_context *context, const struct call *calls,
                  size_t count) {
  int result = SQLITE_OK;
  for (size_t i = 0; i < count && result == SQLITE_OK; i++) {
    int flags =
        calls[i].volatile_result ? SQLITE_UTF8 | SQLITE_INNOCUOUS : DETERMINISTIC;
    result = sqlite3_create_function_v2(db, calls[i].name, calls[i].argument_count,
                                        flags, context, calls[i].run, NULL, NULL, NULL);
  }
  return result;
}

int call_register_aggregates(sqlite3 *db, struct types_context *context,
                             const struct call_aggregate *aggregates, size_t count) {
  int result = SQLITE_OK;
  for (size_t i = 0; i < count && result == SQLITE_OK; i++) {
    const struct call_aggregate *aggregate = &aggregates[i];
    result = sqlite3_create_window_function(
        db, aggregate->name, aggregate->argument_count, DETERMINISTIC, context,
        aggregate->step, aggregate->final, aggregate->value, aggregate->inverse, NULL);
  }
  return result;
}

static void *allocate(void *context, size_t size) {
  (void)context;
  return sqlite3_malloc64(size);
}

static void *reallocate(void *context, void *pointer, size_t size) {
  (void)context;
  return sqlite3_realloc64(pointer, size);
}

static void release(void *context, void *pointer) {
  (void)context;
  sqlite3_free(pointer);
}

struct memory *call_memory(void) {
  static struct memory memory = {allocate, reallocate, release, NULL};
  return &memory;
}

struct types_context *call_context(sqlite3_context *context) {
  return sqlite3_user_data(context);
}

int64_t types_reading_time(const struct types_context *context) {
  return context->timeless ? DATETIME_NO_NOW : context->now_microseconds;
}

/* Keeps the SQLSTATE for whoever runs the statement. A column of a table-valued
 * function has no context. */
static void record(sqlite3_context *context, int code, const char *message) {
  struct types_context *types = call_context(context);
  if (types != NULL)
    error_set(types->error, code, "%s", message);
}

void call_fail(sqlite3_context *context, int code, const char *format, ...) {
  char message[ERROR_MESSAGE_MAX];
  va_list arguments;
  va_start(arguments, format);
  size_t length = format_text(message, sizeof message, format, arguments);
  va_end(arguments);
  record(context, code, message);
  sqlite3_result_error(context, message, (int)length);
}

void call_hint(sqlite3_context *context, const char *hint) {
  struct types_context *types = call_context(context);
  if (types != NULL)
    error_hint(types->error, "%s", hint);
}

void call_fail_code(sqlite3_context *context, int code) {
  if (code == TIDE_ERROR_NOMEM) {
    record(context, code, tide_error_text(code));
    sqlite3_result_error_nomem(context);
  } else {
    call_fail(context, code, "%s", tide_error_text(code));
  }
}

void call_fail_input(sqlite3_context *context, const char *type, struct text input) {
  int length = input.length > 200 ? 200 : (int)input.length;
  call_fail(context, TIDE_ERROR_INVALID_TEXT,
            "invalid input syntax for type %s: \"%.*s\"", type, length, input.data);
}

bool call_has_null(int count, sqlite3_value **arguments) {
  for (int i = 0; i < count; i++) {
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL)
      return true;
  }
  return false;
}

bool call_text(sqlite3_context *context, sqlite3_value *value, struct text *text) {
  text->data = (const char *)sqlite3_value_text(value);
  text->length = (size_t)sqlite3_value_bytes(value);
  if (text->data != NULL)
    return true;
  text->data = "";
  /* An empty blob has no text either. */
  if (sqlite3_value_type(value) == SQLITE_BLOB && text->length == 0)
    return true;
  call_fail_code(context, TIDE_ERROR_NOMEM);
  return false;
}

bool call_bytes(sqlite3_context *context, sqlite3_value *value, struct text *bytes) {
  bytes->data = value_bytes(value);
  bytes->length = (size_t)sqlite3_value_bytes(value);
  if (bytes->data != NULL)
    return true;
  bytes->data = "";
  if (bytes->length == 0)
    return true;
  call_fail_code(context, TIDE_ERROR_NOMEM);
  return false;
}

int call_int(sqlite3_value *value) {
  sqlite3_int64 integer = sqlite3_value_int64(value);
  if (integer > INT_MAX)
    return INT_MAX;
  return integer < INT_MIN ? INT_MIN : (int)integer;
}

bool text_is(struct text text, const char *word) {
  size_t i = 0;
  for (; i < text.length && word[i] != '\0'; i++) {
    char c = text.data[i];
    if (c >= 'A' && c <= 'Z')
      c = (char)(c + 32);
    if (c != word[i])
      return false;
  }
  return i == text.length && word[i] == '\0';
}

struct text text_trim(struct text text) {
  while (text.length > 0 && memchr(" \t\n\v\f\r", text.data[0], 6) != NULL) {
    text.data++;
    text.length--;
  }
  while (text.length > 0 &&
         memchr(" \t\n\v\f\r", text.data[text.length - 1], 6) != NULL)
    text.length--;
  return text;
}

void call_return_text(sqlite3_context *context, struct text text) {
  sqlite3_result_text64(context, text.data, text.length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static bool give(sqlite3_context *context, struct buffer *buffer) {
  if (!buffer->failed)
    return true;
  buffer_deinit(buffer);
  call_fail_code(context, TIDE_ERROR_NOMEM);
  return false;
}

void call_return_buffer(sqlite3_context *context, struct buffer *buffer) {
  if (!give(context, buffer))
    return;
  if (buffer->length == 0) {
    sqlite3_result_text(context, "", 0, SQLITE_STATIC);
    buffer_deinit(buffer);
    return;
  }
  size_t length = buffer->length;
  char *data = buffer_take(buffer);
  sqlite3_result_text64(context, data, length, sqlite3_free, SQLITE_UTF8);
}

void call_return_bytes(sqlite3_context *context, struct buffer *buffer) {
  if (!give(context, buffer))
    return;
  if (buffer->length == 0) {
    sqlite3_result_zeroblob(context, 0);
    buffer_deinit(buffer);
    return;
  }
  size_t length = buffer->length;
  char *data = buffer_take(buffer);
  sqlite3_result_blob64(context, data, length, sqlite3_free);
}

void call_return_boolean(sqlite3_context *context, bool value) {
  sqlite3_result_int(context, value ? 1 : 0);
}
