/* JSON from a template: what json_build_object and its like become when their keys are
 * known beforehand (catalog/lower_json.c). */
#include <string.h>

#include "types/json.h"

static bool put_text(sqlite3_context *context, struct buffer *out,
                     sqlite3_value *value) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  json_quote_text(out, text);
  return true;
}

static bool put_number(sqlite3_context *context, struct buffer *out,
                       sqlite3_value *value) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  json_put_numeric(out, text);
  return true;
}

static bool put_json(sqlite3_context *context, struct buffer *out,
                     sqlite3_value *value) {
  struct text text;
  if (!json_argument(context, value, &text))
    return false;
  buffer_append(out, text.data, text.length);
  return true;
}

static bool put_value(sqlite3_context *context, struct buffer *out, char hole,
                      sqlite3_value *value) {
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    buffer_text(out, "null");
    return true;
  }
  switch (hole) {
  case JSON_HOLE_TEXT: return put_text(context, out, value);
  case JSON_HOLE_NUMBER: return put_number(context, out, value);
  case JSON_HOLE_DOUBLE:
  case JSON_HOLE_REAL:
    json_put_float(out, sqlite3_value_double(value), hole == JSON_HOLE_REAL);
    return true;
  case JSON_HOLE_BOOLEAN:
    buffer_text(out, sqlite3_value_int(value) ? "true" : "false");
    return true;
  default: return put_json(context, out, value);
  }
}

/* Fills the holes; returns false having failed the function. */
static bool fill(sqlite3_context *context, struct buffer *out, struct text template,
                 int count, sqlite3_value **values) {
  const char *at = template.data, *end = template.data + template.length;
  int next = 0;
  while (at < end) {
    const char *hole = memchr(at, '%', (size_t)(end - at));
    buffer_append(out, at, (size_t)((hole ? hole : end) - at));
    if (!hole)
      break;
    char kind = hole + 1 < end ? hole[1] : '%';
    at = hole + 2;
    if (kind == '%')
      buffer_character(out, '%');
    else if (next < count && !put_value(context, out, kind, values[next++]))
      return false;
  }
  return true;
}

/* pg_json_format(template, values…) */
static void json_format(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text template;
  struct buffer out;
  if (count == 0 || call_has_null(1, arguments) ||
      !call_text(context, arguments[0], &template))
    return;
  buffer_init(&out, call_memory());
  if (!fill(context, &out, template, count - 1, arguments + 1)) {
    buffer_deinit(&out);
  } else if (!out.failed && !json_is_shallow((struct text){out.data, out.length})) {
    buffer_deinit(&out);
    json_fail(context, TIDE_ERROR_LIMIT);
  } else {
    call_return_buffer(context, &out);
  }
}

static const struct call calls[] = {
    {"pg_json_format", -1, false, json_format},
};

int register_json_format(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
