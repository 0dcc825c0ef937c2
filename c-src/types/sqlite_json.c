/* json and jsonb: input, values of other types as JSON, and what is read out of JSON. */
#include <math.h>
#include <string.h>

#include "types/datetime_call.h"
#include "types/json.h"
#include "types/numeric.h"

/* --- input --- */

static void fail_input(sqlite3_context *context, int code, struct text text) {
  if (code == TIDE_ERROR_INVALID_TEXT)
    call_fail_input(context, "json", text);
  else
    json_fail(context, code);
}

static void json_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  int code = json_validate(text);
  if (code == TIDE_OK)
    call_return_text(context, text);
  else
    fail_input(context, code, text);
}

/* pg_jsonb(json): checks and normalises */
static void jsonb(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  int code = json_validate(text);
  buffer_init(&out, call_memory());
  if (code == TIDE_OK)
    code = json_normalise(&out, json_trim(text));
  if (code == TIDE_OK) {
    call_return_buffer(context, &out);
  } else {
    buffer_deinit(&out);
    fail_input(context, code, text);
  }
}

/* --- values as JSON --- */

static void return_quoted(sqlite3_context *context, struct text text) {
  struct buffer out;
  buffer_init(&out, call_memory());
  json_quote_text(&out, text);
  call_return_buffer(context, &out);
}

static void json_of_text(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct text text;
  if (!call_has_null(count, arguments) && call_text(context, arguments[0], &text))
    return_quoted(context, text);
}

static void json_of_float(sqlite3_context *context, sqlite3_value *value, bool single) {
  struct buffer out;
  buffer_init(&out, call_memory());
  json_put_float(&out, sqlite3_value_double(value), single);
  call_return_buffer(context, &out);
}

static void json_of_double(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    json_of_float(context, arguments[0], false);
}

static void json_of_real(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    json_of_float(context, arguments[0], true);
}

static void json_of_numeric(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  json_put_numeric(&out, text);
  call_return_buffer(context, &out);
}

/* Appends a timestamp or timestamptz as ISO 8601 has it: with T, and minutes in the
 * offset. */
static void put_timestamp(struct buffer *out, struct text text) {
  buffer_character(out, '"');
  for (size_t i = 0; i < text.length; i++)
    buffer_character(out, text.data[i] == ' ' ? 'T' : text.data[i]);
  char sign = text.length > 19 ? text.data[text.length - 3] : ' ';
  if (sign == '+' || sign == '-')
    buffer_text(out, ":00");
  buffer_character(out, '"');
}

static void json_of_timestamp(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  put_timestamp(&out, text);
  call_return_buffer(context, &out);
}

static void json_of_bytea(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct text bytes;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_bytes(context, arguments[0], &bytes))
    return;
  buffer_init(&out, call_memory());
  buffer_text(&out, "\"\\\\x");
  for (size_t i = 0; i < bytes.length; i++)
    buffer_format(&out, "%02x", (unsigned)(uint8_t)bytes.data[i]);
  buffer_character(&out, '"');
  call_return_buffer(context, &out);
}

/* What becomes of an element of an array in JSON. */
enum element { ELEMENT_AS_IT_IS, ELEMENT_RAW, ELEMENT_TIMESTAMP };

/* Appends an element: strings that stand for numbers or JSON lose their quotes, reals a
 * needless ".0". */
static int put_element(struct buffer *out, struct text value, enum element how) {
  enum json_kind kind = json_kind(value);
  struct text inside = {value.data + 1, value.length - 2};
  if (kind == JSON_STRING && how == ELEMENT_TIMESTAMP) {
    put_timestamp(out, inside);
  } else if (kind == JSON_STRING && how == ELEMENT_RAW) {
    char last = inside.length > 0 ? inside.data[inside.length - 1] : '0';
    bool word = inside.length > 0 && (inside.data[0] == 'N' || last == 'y') &&
                inside.data[0] != '"';
    if (word)
      buffer_append(out, value.data, value.length);
    else
      return json_decode(out, value);
  } else {
    size_t length = value.length;
    if (kind == JSON_NUMBER && length > 2 &&
        memcmp(value.data + length - 2, ".0", 2) == 0)
      length -= 2;
    buffer_append(out, value.data, length);
  }
  return TIDE_OK;
}

static int put_array(struct buffer *out, struct text array, enum element how) {
  struct json_iterator iterator;
  bool first = true;
  int code = TIDE_OK;
  buffer_character(out, '[');
  json_iterate(&iterator, array);
  while (code == TIDE_OK && json_next(&iterator)) {
    if (!first)
      buffer_character(out, ',');
    first = false;
    code = json_kind(iterator.value) == JSON_ARRAY
               ? put_array(out, iterator.value, how)
               : put_element(out, iterator.value, how);
  }
  buffer_character(out, ']');
  return code;
}

static void json_of_array_as(sqlite3_context *context, sqlite3_value **arguments,
                             enum element how) {
  struct text text;
  struct buffer out;
  if (call_has_null(1, arguments) || !json_tree_argument(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  if (put_array(&out, text, how) == TIDE_OK) {
    call_return_buffer(context, &out);
  } else {
    buffer_deinit(&out);
    json_fail(context, TIDE_ERROR_DATA);
  }
}

static void json_of_array(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  (void)count;
  json_of_array_as(context, arguments, ELEMENT_AS_IT_IS);
}

static void json_of_raw_array(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  json_of_array_as(context, arguments, ELEMENT_RAW);
}

static void json_of_timestamp_array(sqlite3_context *context, int count,
                                    sqlite3_value **arguments) {
  (void)count;
  json_of_array_as(context, arguments, ELEMENT_TIMESTAMP);
}

/* --- reading --- */

/* Returns what was found, as JSON or as the text it stands for; nothing found is NULL. */
static void return_found(sqlite3_context *context, bool found, struct text value,
                         bool as_text) {
  if (!found)
    return;
  if (as_text)
    json_return_text(context, value);
  else
    call_return_text(context, value);
}

static void field(sqlite3_context *context, int count, sqlite3_value **arguments,
                  bool as_text) {
  struct text json, key, value = {"", 0};
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json) ||
      !call_text(context, arguments[1], &key))
    return;
  return_found(context, json_find_member(json, key, &value), value, as_text);
}

static void element(sqlite3_context *context, int count, sqlite3_value **arguments,
                    bool as_text) {
  struct text json, value = {"", 0};
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json))
    return;
  bool found = json_element(json, sqlite3_value_int64(arguments[1]), &value);
  return_found(context, found, value, as_text);
}

/* PostgreSQL keeps a jsonb scalar as an array of one, and answers -> as for that. */
static void jsonb_element(sqlite3_context *context, int count,
                          sqlite3_value **arguments, bool as_text) {
  struct text json;
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json))
    return;
  enum json_kind kind = json_kind(json);
  int64_t index = sqlite3_value_int64(arguments[1]);
  if (kind == JSON_ARRAY || kind == JSON_OBJECT)
    element(context, count, arguments, as_text);
  else
    return_found(context, index == 0 || index == -1, json, as_text);
}

static bool parse_index(struct text key, int64_t *index) {
  size_t i = key.length > 0 && key.data[0] == '-';
  *index = 0;
  if (i == key.length || key.length > 10)
    return false;
  for (; i < key.length; i++) {
    if (key.data[i] < '0' || key.data[i] > '9')
      return false;
    *index = *index * 10 + (key.data[i] - '0');
  }
  if (key.data[0] == '-')
    *index = -*index;
  return true;
}

/* One step of a path: into an object by key, into an array by index. */
static bool step(struct text *json, struct text key) {
  int64_t index;
  if (json_kind(*json) == JSON_ARRAY)
    return parse_index(key, &index) && json_element(*json, index, json);
  return json_find_member(*json, key, json);
}

/* Follows a path given as text[]. */
static void path(sqlite3_context *context, int count, sqlite3_value **arguments,
                 bool as_text) {
  struct text json, keys;
  struct json_iterator iterator;
  struct buffer key;
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json) ||
      !json_argument(context, arguments[1], &keys))
    return;
  bool found = true;
  buffer_init(&key, call_memory());
  json_iterate(&iterator, keys);
  while (found && json_next(&iterator)) {
    buffer_clear(&key);
    found = json_kind(iterator.value) == JSON_STRING &&
            json_decode(&key, iterator.value) == TIDE_OK && !key.failed &&
            step(&json, (struct text){buffer_string(&key), key.length});
  }
  if (key.failed)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  else
    return_found(context, found, json, as_text);
  buffer_deinit(&key);
}

/* The same with a key per argument. */
static void extract_path(sqlite3_context *context, int count, sqlite3_value **arguments,
                         bool as_text) {
  struct text json, key;
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json))
    return;
  for (int i = 1; i < count; i++) {
    if (!call_text(context, arguments[i], &key) || !step(&json, key))
      return;
  }
  return_found(context, true, json, as_text);
}

#define READER(name, run)                                                              \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    run(context, count, arguments, false);                                             \
  }                                                                                    \
  static void name##_text(sqlite3_context *context, int count,                         \
                          sqlite3_value **arguments) {                                 \
    run(context, count, arguments, true);                                              \
  }

READER(json_field, field)
READER(json_get_element, element)
READER(jsonb_get_element, jsonb_element)
READER(json_path, path)
READER(json_extract_path, extract_path)

static void json_typeof(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  static const char *const kinds[] = {"null",    "string", "number",
                                      "boolean", "array",  "object"};
  struct text json;
  if (!call_has_null(count, arguments) && json_argument(context, arguments[0], &json))
    sqlite3_result_text(context, kinds[json_kind(json)], -1, SQLITE_STATIC);
}

static void json_array_length(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  struct text json;
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json))
    return;
  if (json_kind(json) == JSON_ARRAY)
    sqlite3_result_int64(context, json_count(json));
  else
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "cannot get array length of %s",
              json_kind(json) == JSON_OBJECT ? "a non-array" : "a scalar");
}

/* --- jsonb's tests --- */

static void contains(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text value, part;
  if (!call_has_null(count, arguments) &&
      json_tree_argument(context, arguments[0], &value) &&
      json_tree_argument(context, arguments[1], &part))
    call_return_boolean(context, json_contains(value, part));
}

static void contained(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text value, part;
  if (!call_has_null(count, arguments) &&
      json_tree_argument(context, arguments[0], &part) &&
      json_tree_argument(context, arguments[1], &value))
    call_return_boolean(context, json_contains(value, part));
}

/* Is `key`, a quoted string, a key of the object, an element of the array, or the
 * string itself? */
static bool has_key(struct text json, struct text key) {
  struct json_iterator iterator;
  if (json_kind(json) == JSON_STRING)
    return json_same_string(json, key);
  if (json_kind(json) < JSON_ARRAY)
    return false;
  json_iterate(&iterator, json);
  while (json_next(&iterator)) {
    struct text candidate = iterator.object ? iterator.key : iterator.value;
    if (json_kind(candidate) == JSON_STRING && json_same_string(candidate, key))
      return true;
  }
  return false;
}

static void exists(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text json, key;
  struct buffer quoted;
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &json) ||
      !call_text(context, arguments[1], &key))
    return;
  buffer_init(&quoted, call_memory());
  json_quote_text(&quoted, key);
  if (quoted.failed)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  else
    call_return_boolean(
        context, has_key(json, (struct text){buffer_string(&quoted), quoted.length}));
  buffer_deinit(&quoted);
}

/* ?| when `all` is false, ?& when it is true */
static void exists_many(sqlite3_context *context, sqlite3_value **arguments, bool all) {
  struct text json, keys;
  struct json_iterator iterator;
  if (call_has_null(2, arguments) || !json_argument(context, arguments[0], &json) ||
      !json_argument(context, arguments[1], &keys))
    return;
  bool result = all;
  json_iterate(&iterator, keys);
  while (result == all && json_next(&iterator)) {
    if (json_kind(iterator.value) == JSON_STRING)
      result = has_key(json, iterator.value);
  }
  call_return_boolean(context, result);
}

static void exists_any(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  exists_many(context, arguments, false);
}

static void exists_all(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  exists_many(context, arguments, true);
}

/* --- casts of jsonb to other types --- */

/* The scalar of the wanted kind; false having failed the function, or NULL its result. */
static bool scalar(sqlite3_context *context, sqlite3_value **arguments,
                   enum json_kind kind, const char *type, struct text *value) {
  static const char *const kinds[] = {"null",    "string", "numeric",
                                      "boolean", "array",  "object"};
  if (call_has_null(1, arguments) || !json_argument(context, arguments[0], value))
    return false;
  enum json_kind found = json_kind(*value);
  if (found == kind)
    return true;
  if (found != JSON_NULL)
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "cannot cast jsonb %s to type %s",
              kinds[found], type);
  return false;
}

static void boolean_of_jsonb(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct text value;
  (void)count;
  if (scalar(context, arguments, JSON_BOOLEAN, "boolean", &value))
    call_return_boolean(context, value.data[0] == 't');
}

/* pg_numeric_of_jsonb(value[, precision, scale]) */
static void numeric_of_jsonb(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct text value;
  struct decimal number;
  if (!scalar(context, arguments, JSON_NUMBER, "numeric", &value))
    return;
  if (count == 1) {
    call_return_text(context, value);
    return;
  }
  decimal_init(&number, call_memory());
  int code = decimal_parse(&number, value.data, value.length);
  int precision = call_int(arguments[1]), scale = call_int(arguments[2]);
  if (code == TIDE_OK && precision >= 0)
    code = decimal_fit(&number, precision, scale < 0 ? 0 : scale);
  numeric_return(context, code, &number);
  decimal_deinit(&number);
}

static void integer_from_jsonb(sqlite3_context *context, sqlite3_value **arguments,
                               const char *type, int64_t low, int64_t high) {
  struct text value;
  struct decimal number;
  int64_t integer;
  if (!scalar(context, arguments, JSON_NUMBER, type, &value))
    return;
  decimal_init(&number, call_memory());
  int code = decimal_parse(&number, value.data, value.length);
  if (code != TIDE_OK)
    call_fail_code(context, code);
  else if (!decimal_to_integer(&number, &integer) || integer < low || integer > high)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "%s out of range", type);
  else
    sqlite3_result_int64(context, integer);
  decimal_deinit(&number);
}

static void smallint_of_jsonb(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  integer_from_jsonb(context, arguments, "smallint", INT16_MIN, INT16_MAX);
}

static void integer_of_jsonb(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  (void)count;
  integer_from_jsonb(context, arguments, "integer", INT32_MIN, INT32_MAX);
}

static void bigint_of_jsonb(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  (void)count;
  integer_from_jsonb(context, arguments, "bigint", INT64_MIN, INT64_MAX);
}

static void float_from_jsonb(sqlite3_context *context, sqlite3_value **arguments,
                             const char *type, bool single) {
  struct text value;
  if (!scalar(context, arguments, JSON_NUMBER, type, &value))
    return;
  double number = sqlite3_value_double(arguments[0]);
  if (single)
    number = (double)(float)number;
  if (isinf(number))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range for type %s", type);
  else
    sqlite3_result_double(context, number);
}

static void double_of_jsonb(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  (void)count;
  float_from_jsonb(context, arguments, "double precision", false);
}

static void real_of_jsonb(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  (void)count;
  float_from_jsonb(context, arguments, "real", true);
}

static const struct call calls[] = {
    {"pg_json_in", 1, false, json_in},
    {"pg_jsonb", 1, false, jsonb},
    {"pg_json_of_text", 1, false, json_of_text},
    {"pg_json_of_double", 1, false, json_of_double},
    {"pg_json_of_real", 1, false, json_of_real},
    {"pg_json_of_numeric", 1, false, json_of_numeric},
    {"pg_json_of_timestamp", 1, false, json_of_timestamp},
    {"pg_json_of_bytea", 1, false, json_of_bytea},
    {"pg_json_of_array", 1, false, json_of_array},
    {"pg_json_of_raw_array", 1, false, json_of_raw_array},
    {"pg_json_of_timestamp_array", 1, false, json_of_timestamp_array},
    {"pg_json_field", 2, false, json_field},
    {"pg_json_field_text", 2, false, json_field_text},
    {"pg_json_element", 2, false, json_get_element},
    {"pg_json_element_text", 2, false, json_get_element_text},
    {"pg_jsonb_element", 2, false, jsonb_get_element},
    {"pg_jsonb_element_text", 2, false, jsonb_get_element_text},
    {"pg_json_path", 2, false, json_path},
    {"pg_json_path_text", 2, false, json_path_text},
    {"pg_json_extract_path", -1, false, json_extract_path},
    {"pg_json_extract_path_text", -1, false, json_extract_path_text},
    {"pg_json_typeof", 1, false, json_typeof},
    {"pg_json_array_length", 1, false, json_array_length},
    {"pg_jsonb_contains", 2, false, contains},
    {"pg_jsonb_contained", 2, false, contained},
    {"pg_jsonb_exists", 2, false, exists},
    {"pg_jsonb_exists_any", 2, false, exists_any},
    {"pg_jsonb_exists_all", 2, false, exists_all},
    {"pg_boolean_of_jsonb", 1, false, boolean_of_jsonb},
    {"pg_numeric_of_jsonb", 1, false, numeric_of_jsonb},
    {"pg_numeric_of_jsonb", 3, false, numeric_of_jsonb},
    {"pg_smallint_of_jsonb", 1, false, smallint_of_jsonb},
    {"pg_integer_of_jsonb", 1, false, integer_of_jsonb},
    {"pg_bigint_of_jsonb", 1, false, bigint_of_jsonb},
    {"pg_real_of_jsonb", 1, false, real_of_jsonb},
    {"pg_double_of_jsonb", 1, false, double_of_jsonb},
};

int register_json(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
