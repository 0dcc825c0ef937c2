/* What makes rows of JSON objects: the objects, checked, and their fields. */
#include "types/json.h"

/* Fails for what should be an object, or an array of them. */
static void fail_kind(sqlite3_context *context, struct text value) {
  enum json_kind kind = json_kind(value);
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "cannot make a record of %s",
            kind == JSON_ARRAY    ? "an array"
            : kind == JSON_OBJECT ? "an object: an array of objects is wanted"
                                  : "a scalar");
}

/* pg_json_record(object): an array of it alone; of NULL an empty object, whose fields are NULL. */
static void record(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text object;
  struct buffer out;
  if (call_has_null(count, arguments)) {
    call_return_text(context, (struct text){"[{}]", 4});
    return;
  }
  if (!json_argument(context, arguments[0], &object))
    return;
  if (json_kind(object) != JSON_OBJECT) {
    fail_kind(context, object);
    return;
  }
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  buffer_append(&out, object.data, object.length);
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

/* pg_json_records(array): the array, if it is one of objects. */
static void records(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text array;
  struct json_iterator iterator;
  if (call_has_null(count, arguments) || !json_argument(context, arguments[0], &array))
    return;
  if (json_kind(array) != JSON_ARRAY) {
    fail_kind(context, array);
    return;
  }
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    if (json_kind(iterator.value) == JSON_OBJECT)
      continue;
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "records are made of an array of objects only");
    return;
  }
  sqlite3_result_value(context, arguments[0]);
}

/* Finds a field that is not null. */
static bool find_field(sqlite3_context *context, int count, sqlite3_value **arguments,
                       struct text *value) {
  struct text object, key;
  return !call_has_null(count, arguments) &&
         json_argument(context, arguments[0], &object) &&
         call_text(context, arguments[1], &key) &&
         json_find_member(object, key, value) && json_kind(*value) != JSON_NULL;
}

/* pg_json_record_field(object, key) */
static void field(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text value;
  if (find_field(context, count, arguments, &value))
    call_return_text(context, value);
}

/* pg_json_record_field_text(object, key) */
static void field_text(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text value;
  if (find_field(context, count, arguments, &value))
    json_return_text(context, value);
}

static const struct call calls[] = {
    {"pg_json_record", 1, false, record},
    {"pg_json_records", 1, false, records},
    {"pg_json_record_field", 2, false, field},
    {"pg_json_record_field_text", 2, false, field_text},
};

int register_json_records(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
