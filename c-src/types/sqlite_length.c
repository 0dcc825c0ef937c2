/* varchar(n) and char(n): values of every type, as text of a certain length. */
#include <string.h>

#include "types/float_text.h"
#include "types/item.h"
#include "types/unicode.h"

static bool only_blanks(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] != ' ')
      return false;
  }
  return true;
}

/* What is done with text that is too long, or too short. */
struct fitting {
  bool assignment; /* only blanks may be lost */
  bool padded;     /* char(n) */
};

/* Returns the text fitted to the length in the second argument. */
static void fit(sqlite3_context *context, sqlite3_value **arguments, struct text text,
                struct fitting how) {
  int64_t limit = call_int(arguments[1]);
  size_t end = utf8_skip(text.data, text.length, 0, limit);
  if (how.assignment && !only_blanks(text.data + end, text.length - end)) {
    call_fail(context, TIDE_ERROR_STRING_TOO_LONG, "value too long for type %s(%lld)",
              how.padded ? "character" : "character varying", (long long)limit);
    return;
  }
  struct buffer out;
  buffer_init(&out, call_memory());
  buffer_append(&out, text.data, end);
  for (int64_t i = utf8_count(text.data, end); how.padded && i < limit && !out.failed;
       i++)
    buffer_character(&out, ' ');
  call_return_buffer(context, &out);
}

/* --- how a value of each type is printed; all return TIDE_OK or an error --- */

typedef int printer(struct buffer *, sqlite3_value *);

static int print_text(struct buffer *out, sqlite3_value *value) {
  const char *text = (const char *)sqlite3_value_text(value);
  if (text == NULL)
    return TIDE_ERROR_NOMEM;
  buffer_append(out, text, (size_t)sqlite3_value_bytes(value));
  return TIDE_OK;
}

static int print_boolean(struct buffer *out, sqlite3_value *value) {
  buffer_text(out, sqlite3_value_int(value) != 0 ? "true" : "false");
  return TIDE_OK;
}

/* The blanks at the end of char(n) are no part of the value. */
static int print_char(struct buffer *out, sqlite3_value *value) {
  int code = print_text(out, value);
  while (code == TIDE_OK && !out->failed && out->length > 0 &&
         out->data[out->length - 1] == ' ')
    out->length--;
  return code;
}

static int print_float(struct buffer *out, sqlite3_value *value, bool single) {
  char text[FLOAT_TEXT_MAX];
  buffer_append(out, text, float_print(sqlite3_value_double(value), single, text));
  return TIDE_OK;
}

static int print_real(struct buffer *out, sqlite3_value *value) {
  return print_float(out, value, true);
}

static int print_double(struct buffer *out, sqlite3_value *value) {
  return print_float(out, value, false);
}

static int print_bytea(struct buffer *out, sqlite3_value *value) {
  const unsigned char *bytes = sqlite3_value_blob(value);
  int length = sqlite3_value_bytes(value);
  if (bytes == NULL && length > 0)
    return TIDE_ERROR_NOMEM;
  buffer_text(out, "\\x");
  for (int i = 0; i < length; i++)
    buffer_format(out, "%02x", (unsigned)bytes[i]);
  return TIDE_OK;
}

static int print_array(struct buffer *out, sqlite3_value *value) {
  const char *text = (const char *)sqlite3_value_text(value);
  if (text == NULL)
    return TIDE_ERROR_NOMEM;
  struct text array = {text, (size_t)sqlite3_value_bytes(value)};
  return json_is_shallow(array) ? array_print(out, json_trim(array)) : TIDE_ERROR_LIMIT;
}

/* f(value, length, unused) */
static void print_and_fit(sqlite3_context *context, sqlite3_value **arguments,
                          printer *print, struct fitting how) {
  struct buffer printed;
  if (call_has_null(1, arguments))
    return;
  buffer_init(&printed, call_memory());
  int code = print(&printed, arguments[0]);
  if (code == TIDE_OK && printed.failed)
    code = TIDE_ERROR_NOMEM;
  if (code == TIDE_OK)
    fit(context, arguments, (struct text){buffer_string(&printed), printed.length},
        how);
  else
    call_fail_code(context, code);
  buffer_deinit(&printed);
}

#define LENGTH_FUNCTION(name, print, assignment, padded)                               \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    (void)count;                                                                       \
    print_and_fit(context, arguments, print, (struct fitting){assignment, padded});    \
  }

#define LENGTH_FUNCTIONS(type)                                                         \
  LENGTH_FUNCTION(varchar_of_##type, print_##type, false, false)                       \
  LENGTH_FUNCTION(assign_varchar_of_##type, print_##type, true, false)                 \
  LENGTH_FUNCTION(char_of_##type, print_##type, false, true)                           \
  LENGTH_FUNCTION(assign_char_of_##type, print_##type, true, true)

LENGTH_FUNCTIONS(text)
LENGTH_FUNCTIONS(boolean)
LENGTH_FUNCTION(varchar_of_char, print_char, false, false)
LENGTH_FUNCTION(assign_varchar_of_char, print_char, true, false)
LENGTH_FUNCTIONS(real)
LENGTH_FUNCTIONS(double)
LENGTH_FUNCTIONS(bytea)
LENGTH_FUNCTIONS(array)

#define CALLS(type)                                                                    \
  {"pg_varchar_of_" #type, 3, false, varchar_of_##type},                               \
      {"pg_assign_varchar_of_" #type, 3, false, assign_varchar_of_##type},             \
      {"pg_char_of_" #type, 3, false, char_of_##type}, {                               \
    "pg_assign_char_of_" #type, 3, false, assign_char_of_##type                        \
  }

static const struct call calls[] = {
    {"pg_varchar", 3, false, varchar_of_text},
    {"pg_assign_varchar", 3, false, assign_varchar_of_text},
    {"pg_char", 3, false, char_of_text},
    {"pg_assign_char", 3, false, assign_char_of_text},
    {"pg_varchar_of_char", 3, false, varchar_of_char},
    {"pg_assign_varchar_of_char", 3, false, assign_varchar_of_char},
    CALLS(boolean),
    CALLS(real),
    CALLS(double),
    CALLS(bytea),
    CALLS(array),
};

int register_lengths(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
