/* Arrays of each type, read from PostgreSQL's literals or from arrays of another type;
 * and printed. */
#include <string.h>

#include "types/enum.h"
#include "types/item.h"
#include "types/unicode.h"

/* One conversion: what is read, and into what. */
struct reader {
  struct text text;
  size_t position;
  struct type type;
  const struct enum_type *labels; /* of enums: what its elements may be; else NULL */
  int64_t now;
  struct buffer *out;
  struct buffer scratch; /* of the element being read */
  int depth;
  bool
      assignment; /* varchar(n) and char(n) refuse what is too long rather than cut it */
};

/* Appends one element. */
static int convert(struct reader *reader, bool rounded, struct text text) {
  if (reader->assignment && utf8_count(text.data, text.length) > reader->type.precision)
    return TIDE_ERROR_STRING_TOO_LONG;
  if (reader->labels != NULL && enum_place(reader->labels, text.data, text.length) < 0)
    return TIDE_ERROR_INVALID_TEXT;
  return item_convert(reader->out, reader->type, rounded, text, reader->now);
}

/* --- from JSON --- */

static int read_json_array(struct reader *reader, struct text array);

static int read_json_item(struct reader *reader, struct text item) {
  enum json_kind kind = json_kind(item);
  if (kind == JSON_ARRAY)
    return read_json_array(reader, item);
  if (kind == JSON_NULL) {
    buffer_text(reader->out, "null");
    return TIDE_OK;
  }
  if (kind != JSON_STRING) {
    /* As PostgreSQL prints a double that has no fraction. */
    bool text = kind == JSON_NUMBER && item.length > 2 &&
                memcmp(item.data + item.length - 2, ".0", 2) == 0;
    if (text)
      item.length -= 2;
    return convert(reader, true, item);
  }
  buffer_clear(&reader->scratch);
  int code = json_decode(&reader->scratch, item);
  if (code == TIDE_OK && reader->scratch.failed)
    code = TIDE_ERROR_NOMEM;
  if (code != TIDE_OK)
    return code;
  struct text text = {buffer_string(&reader->scratch), reader->scratch.length};
  return convert(reader, true, text);
}

static int read_json_array(struct reader *reader, struct text array) {
  struct json_iterator iterator;
  bool first = true;
  if (++reader->depth > ITEM_DIMENSIONS_MAX)
    return TIDE_ERROR_LIMIT;
  buffer_character(reader->out, '[');
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    if (!first)
      buffer_character(reader->out, ',');
    first = false;
    int code = read_json_item(reader, iterator.value);
    if (code != TIDE_OK)
      return code;
  }
  buffer_character(reader->out, ']');
  reader->depth--;
  return TIDE_OK;
}

/* --- from a literal: {1,NULL,"a b",{…}} --- */

static char peek(const struct reader *reader) {
  return reader->position < reader->text.length ? reader->text.data[reader->position]
                                                : '\0';
}

static bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct reader *reader) {
  while (is_blank(peek(reader)))
    reader->position++;
}

/* Reads one element's text into the scratch buffer. Returns false when it is malformed. */
static bool read_element(struct reader *reader, bool *quoted) {
  size_t blanks = 0; /* at the end, not escaped */
  buffer_clear(&reader->scratch);
  *quoted = peek(reader) == '"';
  reader->position += *quoted;
  for (; reader->position < reader->text.length; reader->position++) {
    char c = peek(reader);
    if (c == '\\') {
      reader->position++;
      if (reader->position == reader->text.length)
        return false;
      c = peek(reader);
      blanks = 0;
    } else if (*quoted && c == '"') {
      reader->position++;
      return true;
    } else if (!*quoted && (c == ',' || c == '}')) {
      reader->scratch.length -= blanks;
      return reader->scratch.length > 0;
    } else if (!*quoted && (c == '{' || c == '"')) {
      return false;
    } else {
      blanks = is_blank(c) ? blanks + 1 : 0;
    }
    buffer_character(&reader->scratch, c);
  }
  return false;
}

static int read_literal_item(struct reader *reader) {
  bool quoted;
  if (!read_element(reader, &quoted))
    return TIDE_ERROR_INVALID_TEXT;
  if (reader->scratch.failed)
    return TIDE_ERROR_NOMEM;
  struct text text = {buffer_string(&reader->scratch), reader->scratch.length};
  if (!quoted && text_is(text, "null")) {
    buffer_text(reader->out, "null");
    return TIDE_OK;
  }
  return convert(reader, false, text);
}

static int read_literal(struct reader *reader) {
  if (++reader->depth > ITEM_DIMENSIONS_MAX)
    return TIDE_ERROR_LIMIT;
  reader->position++;
  buffer_character(reader->out, '[');
  skip_blanks(reader);
  for (bool first = true; peek(reader) != '}'; first = false) {
    if (!first) {
      if (peek(reader) != ',')
        return TIDE_ERROR_INVALID_TEXT;
      reader->position++;
      buffer_character(reader->out, ',');
      skip_blanks(reader);
    }
    int code = peek(reader) == '{' ? read_literal(reader) : read_literal_item(reader);
    if (code != TIDE_OK)
      return code;
    skip_blanks(reader);
  }
  reader->position++;
  buffer_character(reader->out, ']');
  reader->depth--;
  return TIDE_OK;
}

/* Reads a whole array into reader->out. */
static int read_array(struct reader *reader) {
  struct text text = json_trim(reader->text);
  reader->text = text;
  if (text.length > 0 && text.data[0] == '[') {
    int code = json_validate(text);
    return code == TIDE_OK ? read_json_array(reader, text) : code;
  }
  if (text.length == 0 || text.data[0] != '{')
    return TIDE_ERROR_INVALID_TEXT;
  int code = read_literal(reader);
  if (code == TIDE_OK && reader->position != text.length)
    code = TIDE_ERROR_INVALID_TEXT;
  return code;
}

/* [[[]]] is as empty as []. */
static bool is_empty(struct text array) {
  for (size_t i = 0; i < array.length; i++) {
    if (array.data[i] != '[' && array.data[i] != ']' && array.data[i] != ',')
      return false;
  }
  return true;
}

/* Have all arrays of one level equally many elements? *count is that of this one. */
static bool is_rectangular(struct text array) {
  struct json_iterator iterator;
  struct text first = {"", 0};
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    if (first.length == 0)
      first = iterator.value;
    bool nested = json_kind(first) == JSON_ARRAY;
    if (nested != (json_kind(iterator.value) == JSON_ARRAY))
      return false;
    if (nested && (json_count(iterator.value) != json_count(first) ||
                   !is_rectangular(iterator.value)))
      return false;
  }
  return true;
}

static void fail(sqlite3_context *context, int code, const struct reader *reader,
                 struct text text) {
  char formatted[64];
  int length = text.length > 100 ? 100 : (int)text.length;
  type_format(reader->type, formatted, sizeof formatted);
  const char *name = reader->labels != NULL ? reader->labels->shown : formatted;
  if (code == TIDE_ERROR_INVALID_TEXT || code == TIDE_ERROR_DATETIME_FORMAT)
    call_fail(context, code, "malformed array literal or element of type %s: \"%.*s\"",
              name, length, text.data);
  else if (code == TIDE_ERROR_OUT_OF_RANGE || code == TIDE_ERROR_DATETIME_OVERFLOW)
    call_fail(context, code, "value out of range for type %s in \"%.*s\"", name, length,
              text.data);
  else if (code == TIDE_ERROR_NOT_IMMUTABLE)
    call_fail(context, code,
              "\"%.*s\" depends on the time, which a realtime view may not", length,
              text.data);
  else
    call_fail_code(context, code);
}

/* Makes the array that `reader` describes of the first argument. */
static void return_array(sqlite3_context *context, sqlite3_value **arguments,
                         struct reader reader) {
  struct text text;
  struct buffer out;
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text))
    return;
  reader.text = text;
  reader.out = &out;
  reader.now = types_reading_time(call_context(context));
  buffer_init(&out, call_memory());
  buffer_init(&reader.scratch, call_memory());
  int code = read_array(&reader);
  /* What could not be kept may look malformed. */
  if (out.failed || reader.scratch.failed)
    code = TIDE_ERROR_NOMEM;
  struct text made = {buffer_string(&out), out.length};
  if (code == TIDE_OK && !is_rectangular(made))
    code = TIDE_ERROR_INVALID_TEXT;
  buffer_deinit(&reader.scratch);
  if (code == TIDE_OK && is_empty(made))
    sqlite3_result_text(context, "[]", 2, SQLITE_STATIC);
  else if (code == TIDE_OK)
    call_return_buffer(context, &out);
  else
    fail(context, code, &reader, text);
  buffer_deinit(&out);
}

/* pg_<type>_array(value[, precision, scale]) */
static void cast_array(sqlite3_context *context, int count, sqlite3_value **arguments,
                       enum type_id id, bool assignment) {
  struct reader reader = {.type = TYPE(id), .assignment = assignment};
  if (count > 1)
    reader.type.precision = call_int(arguments[1]);
  if (count > 2)
    reader.type.scale = call_int(arguments[2]);
  return_array(context, arguments, reader);
}

/* pg_enum_array(value, number) */
static void enum_array(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct reader reader = {.type = TYPE(TYPE_TEXT)};
  (void)count;
  reader.labels = enum_argument(context, arguments[1]);
  if (reader.labels != NULL)
    return_array(context, arguments, reader);
}

/* --- printing --- */

/* Must an element's text be quoted in a literal? */
static bool needs_quotes(struct text text) {
  if (text.length == 0 || text_is(text, "null"))
    return true;
  for (size_t i = 0; i < text.length; i++) {
    if (is_blank(text.data[i]) || memchr("{},\"\\", text.data[i], 5) != NULL)
      return true;
  }
  return false;
}

static void put_literal_text(struct buffer *out, struct text text) {
  if (!needs_quotes(text)) {
    buffer_append(out, text.data, text.length);
    return;
  }
  buffer_character(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '"' || text.data[i] == '\\')
      buffer_character(out, '\\');
    buffer_character(out, text.data[i]);
  }
  buffer_character(out, '"');
}

/* Appends an array as {…}; `scratch` holds one element's text at a time. */
static int print_array(struct buffer *out, struct buffer *scratch, struct text array) {
  struct json_iterator iterator;
  bool first = true;
  buffer_character(out, '{');
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    int code = TIDE_OK;
    if (!first)
      buffer_character(out, ',');
    first = false;
    enum json_kind kind = json_kind(iterator.value);
    if (kind == JSON_ARRAY) {
      code = print_array(out, scratch, iterator.value);
    } else if (kind == JSON_NULL) {
      buffer_text(out, "NULL");
    } else {
      buffer_clear(scratch);
      code = item_print(scratch, iterator.value);
      if (code == TIDE_OK && scratch->failed)
        code = TIDE_ERROR_NOMEM;
      if (code == TIDE_OK)
        put_literal_text(out, (struct text){buffer_string(scratch), scratch->length});
    }
    if (code != TIDE_OK)
      return code;
  }
  buffer_character(out, '}');
  return TIDE_OK;
}

int array_print(struct buffer *out, struct text array) {
  struct buffer scratch;
  buffer_init(&scratch, call_memory());
  int code = print_array(out, &scratch, array);
  buffer_deinit(&scratch);
  return code;
}

static void array_text(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text array;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &array))
    return;
  buffer_init(&out, call_memory());
  int code = array_print(&out, array);
  if (code == TIDE_OK) {
    call_return_buffer(context, &out);
  } else {
    buffer_deinit(&out);
    json_fail(context, code);
  }
}

#define ARRAY_OF(name, id)                                                             \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    cast_array(context, count, arguments, id, false);                                  \
  }

ARRAY_OF(boolean_array, TYPE_BOOLEAN)
ARRAY_OF(smallint_array, TYPE_SMALLINT)
ARRAY_OF(integer_array, TYPE_INTEGER)
ARRAY_OF(bigint_array, TYPE_BIGINT)
ARRAY_OF(real_array, TYPE_REAL)
ARRAY_OF(double_array, TYPE_DOUBLE)
ARRAY_OF(numeric_array, TYPE_NUMERIC)
ARRAY_OF(text_array, TYPE_TEXT)
ARRAY_OF(varchar_array, TYPE_VARCHAR)
ARRAY_OF(char_array, TYPE_CHAR)
ARRAY_OF(date_array, TYPE_DATE)
ARRAY_OF(time_array, TYPE_TIME)
ARRAY_OF(timetz_array, TYPE_TIMETZ)
ARRAY_OF(timestamp_array, TYPE_TIMESTAMP)
ARRAY_OF(timestamptz_array, TYPE_TIMESTAMPTZ)
ARRAY_OF(interval_array, TYPE_INTERVAL)
ARRAY_OF(uuid_array, TYPE_UUID)
ARRAY_OF(json_array, TYPE_JSON)
ARRAY_OF(jsonb_array, TYPE_JSONB)
ARRAY_OF(jsonpath_array, TYPE_JSONPATH)

static void assign_varchar_array(sqlite3_context *context, int count,
                                 sqlite3_value **arguments) {
  cast_array(context, count, arguments, TYPE_VARCHAR, true);
}

static void assign_char_array(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  cast_array(context, count, arguments, TYPE_CHAR, true);
}

#define CAST(name, run)                                                                \
  {name, 1, false, run}, {                                                             \
    name, 3, false, run                                                                \
  }

static const struct call calls[] = {
    CAST("pg_boolean_array", boolean_array),
    CAST("pg_smallint_array", smallint_array),
    CAST("pg_integer_array", integer_array),
    CAST("pg_bigint_array", bigint_array),
    CAST("pg_real_array", real_array),
    CAST("pg_double_array", double_array),
    CAST("pg_numeric_array", numeric_array),
    CAST("pg_text_array", text_array),
    CAST("pg_varchar_array", varchar_array),
    CAST("pg_char_array", char_array),
    CAST("pg_date_array", date_array),
    CAST("pg_time_array", time_array),
    CAST("pg_timetz_array", timetz_array),
    CAST("pg_timestamp_array", timestamp_array),
    CAST("pg_timestamptz_array", timestamptz_array),
    CAST("pg_interval_array", interval_array),
    CAST("pg_uuid_array", uuid_array),
    CAST("pg_json_array", json_array),
    CAST("pg_jsonb_array", jsonb_array),
    CAST("pg_jsonpath_array", jsonpath_array),
    {"pg_enum_array", 2, false, enum_array},
    {"pg_assign_varchar_array", 3, false, assign_varchar_array},
    {"pg_assign_char_array", 3, false, assign_char_array},
    {"pg_array_text", 1, false, array_text},
};

int register_array_casts(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
