/* Enums: reading their values, and the functions that know the order of their labels. */
#include "types/enum.h"

#include <string.h>

#include "types/call.h"
#include "types/json.h"

const struct enum_type *enum_argument(sqlite3_context *context, sqlite3_value *number) {
  int at = call_int(number);
  const struct enum_type *type =
      at >= 0 && at < ENUMS_MAX ? call_context(context)->enums[at] : NULL;
  if (type == NULL)
    call_fail(context, TIDE_ERROR_UNDEFINED_OBJECT, "this type does not exist");
  return type;
}

/* pg_enum(text, number) */
static void read_enum(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  const struct enum_type *type = enum_argument(context, arguments[1]);
  (void)count;
  if (type == NULL || call_has_null(1, arguments) ||
      !call_text(context, arguments[0], &text))
    return;
  if (enum_place(type, text.data, text.length) >= 0)
    call_return_text(context, text);
  else
    call_fail(context, TIDE_ERROR_INVALID_TEXT,
              "invalid input value for enum %s: \"%.*s\"", type->shown,
              (int)(text.length < 100 ? text.length : 100), text.data);
}

static void return_label(sqlite3_context *context, const struct enum_type *type,
                         int place) {
  if (place >= 0 && place < type->count)
    call_return_text(context,
                     (struct text){type->labels[place], strlen(type->labels[place])});
}

/* The first or last label of an enum, which has to have any. */
static void return_end(sqlite3_context *context, const struct enum_type *type,
                       int place) {
  if (type->count > 0)
    return_label(context, type, place);
  else
    call_fail(context, TIDE_ERROR_NOT_WRITABLE, "enum %s contains no values",
              type->shown);
}

static void first(sqlite3_context *context, int count, sqlite3_value **arguments) {
  const struct enum_type *type = enum_argument(context, arguments[count - 1]);
  if (type != NULL)
    return_end(context, type, 0);
}

static void last(sqlite3_context *context, int count, sqlite3_value **arguments) {
  const struct enum_type *type = enum_argument(context, arguments[count - 1]);
  if (type != NULL)
    return_end(context, type, type->count - 1);
}

/* The labels from one place to another, as an array. */
static void return_labels(sqlite3_context *context, const struct enum_type *type,
                          int low, int high) {
  struct buffer out;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  for (int i = low; i <= high; i++) {
    if (i > low)
      buffer_character(&out, ',');
    json_quote_text(&out, (struct text){type->labels[i], strlen(type->labels[i])});
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

static void all_labels(sqlite3_context *context, int count, sqlite3_value **arguments) {
  const struct enum_type *type = enum_argument(context, arguments[count - 1]);
  if (type != NULL)
    return_labels(context, type, 0, type->count - 1);
}

/* The place of an argument; `otherwise` for NULL. */
static int place_of(const struct enum_type *type, sqlite3_value *value, int otherwise) {
  const char *text = (const char *)sqlite3_value_text(value);
  if (text == NULL)
    return otherwise;
  return enum_place(type, text, (size_t)sqlite3_value_bytes(value));
}

/* pg_enum_range(low, high, number): NULL is no border */
static void range(sqlite3_context *context, int count, sqlite3_value **arguments) {
  const struct enum_type *type = enum_argument(context, arguments[count - 1]);
  if (type != NULL)
    return_labels(context, type, place_of(type, arguments[0], 0),
                  place_of(type, arguments[1], type->count - 1));
}

static const struct call calls[] = {
    {"pg_enum", 2, false, read_enum},   {"pg_enum_first", 2, false, first},
    {"pg_enum_last", 2, false, last},   {"pg_enum_labels", 2, false, all_labels},
    {"pg_enum_range", 3, false, range},
};

int register_enums(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
