/* Aggregates that collect: array_agg, json_agg, json_object_agg. */
#include <string.h>

#include "types/item.h"

/* The elements so far, separated by commas. Those that left a window's frame are at the
 * front, up to `start`. */
struct list {
  bool started;
  int64_t count;
  size_t start;
  struct buffer text;
};

/* The running list, made at the first call; NULL having failed. */
static struct list *list_state(sqlite3_context *context) {
  struct list *list = sqlite3_aggregate_context(context, sizeof *list);
  if (list == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
  } else if (!list->started) {
    buffer_init(&list->text, call_memory());
    list->started = true;
  }
  return list;
}

/* The list if it has elements, otherwise NULL. */
static struct list *list_existing(sqlite3_context *context) {
  struct list *list = sqlite3_aggregate_context(context, 0);
  return list != NULL && list->started && list->count > 0 ? list : NULL;
}

static void list_release(sqlite3_context *context) {
  struct list *list = sqlite3_aggregate_context(context, 0);
  if (list != NULL && list->started)
    buffer_deinit(&list->text);
}

static void separate(struct list *list, const char *separator) {
  if (list->text.length > list->start)
    buffer_text(&list->text, separator);
}

static void finish_step(sqlite3_context *context, struct list *list) {
  if (list->text.failed)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  else
    list->count++;
}

/* Moves the start behind the value there and what separates it from the next one. */
static void pass_over(struct list *list) {
  /* The iterator takes the text for the inside of an array: it skips one character, the
   * bracket. */
  const char *text = buffer_string(&list->text);
  struct json_iterator iterator = {.text = {text, list->text.length + 1},
                                   .position = list->start};
  json_next(&iterator);
  size_t next = iterator.position;
  while (next < list->text.length && strchr(", :\n", text[next]))
    next++;
  list->start = next;
}

/* The first element leaves: of an object, with two arguments, a key and a value. */
static void list_inverse(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  (void)arguments;
  struct list *list = list_existing(context);
  if (list == NULL)
    return;
  for (int i = 0; i < count; i++)
    pass_over(list);
  list->count--;
  if (list->count == 0) {
    buffer_clear(&list->text);
    list->start = 0;
  }
}

/* What is collected between brackets. */
static void enclose(const struct list *list, struct buffer *out, const char *open,
                    const char *close) {
  buffer_init(out, call_memory());
  buffer_text(out, open);
  buffer_append(out, buffer_string(&list->text) + list->start,
                list->text.length - list->start);
  buffer_text(out, close);
}

static void return_list(sqlite3_context *context, const char *open, const char *close,
                        bool normalise) {
  struct buffer out;
  const struct list *list = list_existing(context);
  if (list == NULL)
    return;
  enclose(list, &out, open, close);
  if (normalise)
    json_return_normalised(context, &out);
  else
    call_return_buffer(context, &out);
}

/* --- array_agg --- */

static void array_step(sqlite3_context *context, sqlite3_value *value, bool boolean) {
  struct list *list = list_state(context);
  if (list == NULL)
    return;
  separate(list, ",");
  if (item_put(context, &list->text, value, boolean))
    finish_step(context, list);
}

static void array_agg_step(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  (void)count;
  array_step(context, arguments[0], false);
}

static void array_agg_boolean_step(sqlite3_context *context, int count,
                                   sqlite3_value **arguments) {
  (void)count;
  array_step(context, arguments[0], true);
}

static void array_agg_nested_step(sqlite3_context *context, int count,
                                  sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments)) {
    call_fail(context, TIDE_ERROR_SUBSCRIPT, "cannot accumulate null arrays");
    return;
  }
  struct list *list = list_state(context);
  if (list == NULL || !json_argument(context, arguments[0], &text))
    return;
  separate(list, ",");
  buffer_append(&list->text, text.data, text.length);
  finish_step(context, list);
}

static void array_agg_value(sqlite3_context *context) {
  return_list(context, "[", "]", false);
}

static void array_agg_final(sqlite3_context *context) {
  array_agg_value(context);
  list_release(context);
}

/* --- json_agg --- */

static void put_json(sqlite3_context *context, struct list *list,
                     sqlite3_value *value) {
  struct text text = {"null", 4};
  if (sqlite3_value_type(value) != SQLITE_NULL && !json_argument(context, value, &text))
    return;
  buffer_append(&list->text, text.data, text.length);
  finish_step(context, list);
}

static void json_agg_step(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  (void)count;
  struct list *list = list_state(context);
  if (list == NULL)
    return;
  separate(list, ", ");
  put_json(context, list, arguments[0]);
}

/* Of rows and arrays each is on a line of its own; NULL is not. */
static void json_agg_lines_step(sqlite3_context *context, int count,
                                sqlite3_value **arguments) {
  (void)count;
  struct list *list = list_state(context);
  if (list == NULL)
    return;
  bool null = sqlite3_value_type(arguments[0]) == SQLITE_NULL;
  separate(list, null ? ", " : ", \n ");
  put_json(context, list, arguments[0]);
}

static void json_agg_value(sqlite3_context *context) {
  return_list(context, "[", "]", false);
}

static void json_agg_final(sqlite3_context *context) {
  json_agg_value(context);
  list_release(context);
}

static void jsonb_agg_value(sqlite3_context *context) {
  return_list(context, "[", "]", true);
}

static void jsonb_agg_final(sqlite3_context *context) {
  jsonb_agg_value(context);
  list_release(context);
}

/* --- json_object_agg --- */

static void object_agg_step(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct text key;
  (void)count;
  struct list *list = list_state(context);
  if (list == NULL)
    return;
  if (call_has_null(1, arguments)) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "field name must not be null");
    return;
  }
  if (!json_argument(context, arguments[0], &key))
    return;
  separate(list, ", ");
  if (json_kind(key) == JSON_STRING)
    buffer_append(&list->text, key.data, key.length);
  else
    json_quote_text(&list->text, key);
  buffer_text(&list->text, " : ");
  put_json(context, list, arguments[1]);
}

static void json_object_agg_value(sqlite3_context *context) {
  return_list(context, "{ ", " }", false);
}

static void json_object_agg_final(sqlite3_context *context) {
  json_object_agg_value(context);
  list_release(context);
}

static void jsonb_object_agg_value(sqlite3_context *context) {
  return_list(context, "{", "}", true);
}

static void jsonb_object_agg_final(sqlite3_context *context) {
  jsonb_object_agg_value(context);
  list_release(context);
}

static const struct call_aggregate aggregates[] = {
    {"pg_array_agg", 1, array_agg_step, array_agg_final, array_agg_value, list_inverse},
    {"pg_array_agg_boolean", 1, array_agg_boolean_step, array_agg_final,
     array_agg_value, list_inverse},
    {"pg_array_agg_nested", 1, array_agg_nested_step, array_agg_final, array_agg_value,
     list_inverse},
    {"pg_json_agg", 1, json_agg_step, json_agg_final, json_agg_value, list_inverse},
    {"pg_json_agg_lines", 1, json_agg_lines_step, json_agg_final, json_agg_value,
     list_inverse},
    {"pg_jsonb_agg", 1, json_agg_step, jsonb_agg_final, jsonb_agg_value, list_inverse},
    {"pg_json_object_agg", 2, object_agg_step, json_object_agg_final,
     json_object_agg_value, list_inverse},
    {"pg_jsonb_object_agg", 2, object_agg_step, jsonb_object_agg_final,
     jsonb_object_agg_value, list_inverse},
};

int register_json_aggregates(sqlite3 *db, struct types_context *context) {
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
