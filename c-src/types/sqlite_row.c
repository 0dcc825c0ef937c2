/* Rows as PostgreSQL prints them. */
#include <string.h>

#include "types/call.h"

static bool needs_quotes(struct text text) {
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] != '\0' && strchr("\"\\(), \t\n\r\v\f", text.data[i]))
      return true;
  return text.length == 0;
}

static void put_field(struct buffer *out, struct text text) {
  if (!needs_quotes(text)) {
    buffer_append(out, text.data, text.length);
    return;
  }
  buffer_character(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '"' || text.data[i] == '\\')
      buffer_character(out, text.data[i]);
    buffer_character(out, text.data[i]);
  }
  buffer_character(out, '"');
}

/* pg_row_fields(a, b, …): what stands between the parentheses; of NULL nothing. */
static void row_fields(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct buffer out;
  buffer_init(&out, call_memory());
  for (int i = 0; i < count; i++) {
    struct text text;
    if (i > 0)
      buffer_character(&out, ',');
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL)
      continue;
    if (!call_text(context, arguments[i], &text)) {
      buffer_deinit(&out);
      return;
    }
    put_field(&out, text);
  }
  call_return_buffer(context, &out);
}

static const struct call calls[] = {
    {"pg_row_fields", -1, false, row_fields},
};

int register_rows_as_text(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
