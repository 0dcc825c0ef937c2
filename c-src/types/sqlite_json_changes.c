/* json and jsonb: what is built and what is changed. */
#include <string.h>

#include "types/json.h"

/* --- building --- */

/* Appends an argument that is JSON; NULL is null. Returns false having failed the
 * function. */
static bool put_value(sqlite3_context *context, struct buffer *out,
                      sqlite3_value *value) {
  struct text text = {"null", 4};
  if (sqlite3_value_type(value) != SQLITE_NULL &&
      !json_tree_argument(context, value, &text))
    return false;
  buffer_append(out, text.data, text.length);
  return true;
}

/* Appends an argument as a key: strings as they are, other scalars in quotes. */
static bool put_key(sqlite3_context *context, struct buffer *out,
                    sqlite3_value *value) {
  struct text text;
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "key must not be null");
    return false;
  }
  if (!json_tree_argument(context, value, &text))
    return false;
  if (json_kind(text) >= JSON_ARRAY) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "key value must be scalar, not array, composite, or json");
    return false;
  }
  if (json_kind(text) == JSON_STRING)
    buffer_append(out, text.data, text.length);
  else
    json_quote_text(out, text);
  return true;
}

static bool build_array(sqlite3_context *context, int count, sqlite3_value **arguments,
                        struct buffer *out) {
  buffer_init(out, call_memory());
  buffer_character(out, '[');
  for (int i = 0; i < count; i++) {
    if (i > 0)
      buffer_text(out, ", ");
    if (!put_value(context, out, arguments[i])) {
      buffer_deinit(out);
      return false;
    }
  }
  buffer_character(out, ']');
  return true;
}

static bool build_object(sqlite3_context *context, int count, sqlite3_value **arguments,
                         struct buffer *out) {
  if (count % 2 != 0) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "argument list must have even number of elements");
    return false;
  }
  buffer_init(out, call_memory());
  buffer_character(out, '{');
  for (int i = 0; i < count; i += 2) {
    if (i > 0)
      buffer_text(out, ", ");
    bool fine = put_key(context, out, arguments[i]);
    buffer_text(out, " : ");
    if (!fine || !put_value(context, out, arguments[i + 1])) {
      buffer_deinit(out);
      return false;
    }
  }
  buffer_character(out, '}');
  return true;
}

static void json_build_array(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct buffer out;
  if (build_array(context, count, arguments, &out))
    call_return_buffer(context, &out);
}

static void jsonb_build_array(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  struct buffer out;
  if (build_array(context, count, arguments, &out))
    json_return_normalised(context, &out);
}

static void json_build_object(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  struct buffer out;
  if (build_object(context, count, arguments, &out))
    call_return_buffer(context, &out);
}

static void jsonb_build_object(sqlite3_context *context, int count,
                               sqlite3_value **arguments) {
  struct buffer out;
  if (build_object(context, count, arguments, &out))
    json_return_normalised(context, &out);
}

/* pg_jsonb_object(keys, values), both text[] */
static void jsonb_object(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct text keys, values;
  struct json_iterator key, value;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &keys) ||
      !json_tree_argument(context, arguments[1], &values))
    return;
  if (json_count(keys) != json_count(values)) {
    call_fail(context, TIDE_ERROR_SUBSCRIPT, "mismatched array dimensions");
    return;
  }
  buffer_init(&out, call_memory());
  buffer_character(&out, '{');
  json_iterate(&key, keys);
  json_iterate(&value, values);
  while (json_next(&key) && json_next(&value)) {
    if (json_kind(key.value) != JSON_STRING) {
      buffer_deinit(&out);
      call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
                "null value not allowed for object key");
      return;
    }
    buffer_append(&out, key.value.data, key.value.length);
    buffer_character(&out, ':');
    buffer_append(&out, value.value.data, value.value.length);
    buffer_character(&out, ',');
  }
  if (out.length > 1)
    out.length--;
  buffer_character(&out, '}');
  json_return_normalised(context, &out);
}

/* Appends a container without its brackets. Returns whether there was anything. */
static bool put_inside(struct buffer *out, struct text container) {
  if (container.length < 2)
    return false;
  struct text inside = {container.data + 1, container.length - 2};
  inside = json_trim(inside);
  buffer_append(out, inside.data, inside.length);
  return inside.length > 0;
}

/* Appends the elements of an array, or the value itself as the one element. */
static bool put_elements(struct buffer *out, struct text value) {
  if (json_kind(value) == JSON_ARRAY)
    return put_inside(out, value);
  buffer_append(out, value.data, value.length);
  return true;
}

/* jsonb || jsonb */
static void concat(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text left, right;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &left) ||
      !json_tree_argument(context, arguments[1], &right))
    return;
  bool objects = json_kind(left) == JSON_OBJECT && json_kind(right) == JSON_OBJECT;
  bool (*put)(struct buffer *, struct text) = objects ? put_inside : put_elements;
  struct buffer second;
  buffer_init(&out, call_memory());
  buffer_init(&second, call_memory());
  buffer_character(&out, objects ? '{' : '[');
  bool any = put(&out, left), more = put(&second, right);
  if (any && more)
    buffer_character(&out, ',');
  buffer_append(&out, buffer_string(&second), second.length);
  buffer_character(&out, objects ? '}' : ']');
  out.failed = out.failed || second.failed;
  buffer_deinit(&second);
  json_return_normalised(context, &out);
}

/* --- changing by path --- */

enum change { CHANGE_DELETE, CHANGE_SET, CHANGE_INSERT };

/* What is to be done at the end of a path. */
struct edit {
  enum change change;
  struct text value; /* what to set or insert */
  bool create;       /* set: add a key that is missing */
  bool after;        /* insert: behind the element rather than before it */
  bool occupied;     /* insert: the key was there already */
  bool bad_index;    /* a step into an array is no integer */
};

/* A path: its steps that are still ahead. */
struct path {
  struct json_iterator steps;
  int64_t ahead;
};

static void start_member(struct buffer *out, bool *first, struct text key) {
  if (!*first)
    buffer_text(out, ", ");
  *first = false;
  if (key.length > 0) {
    buffer_append(out, key.data, key.length);
    buffer_text(out, ": ");
  }
}

static void put_text(struct buffer *out, struct text text) {
  buffer_append(out, text.data, text.length);
}

static void edit_value(struct buffer *out, struct text value, struct path path,
                       struct edit *edit);

static void edit_object(struct buffer *out, struct text object, struct path path,
                        struct edit *edit) {
  struct json_iterator iterator;
  struct text step = path.steps.value;
  bool first = true, found = false, last = path.ahead == 1;
  buffer_character(out, '{');
  json_iterate(&iterator, object);
  while (json_next(&iterator)) {
    bool here = json_same_string(step, iterator.key);
    found = found || here;
    if (here && last && edit->change == CHANGE_DELETE)
      continue;
    start_member(out, &first, iterator.key);
    if (!here)
      put_text(out, iterator.value);
    else if (!last)
      edit_value(out, iterator.value, path, edit);
    else if (edit->change == CHANGE_SET)
      put_text(out, edit->value);
    else
      put_text(out, iterator.value);
  }
  if (found && last && edit->change == CHANGE_INSERT)
    edit->occupied = true;
  bool add =
      !found && last &&
      (edit->change == CHANGE_INSERT || (edit->change == CHANGE_SET && edit->create));
  if (add) {
    start_member(out, &first, step);
    put_text(out, edit->value);
  }
  buffer_character(out, '}');
}

/* Reads a step as an index; false when it is none. */
static bool step_index(struct text step, int64_t *index) {
  struct text digits = {step.data + 1, step.length - 2};
  size_t i = digits.length > 0 && digits.data[0] == '-';
  *index = 0;
  if (i == digits.length || digits.length > 10)
    return false;
  for (; i < digits.length; i++) {
    if (digits.data[i] < '0' || digits.data[i] > '9')
      return false;
    *index = *index * 10 + (digits.data[i] - '0');
  }
  if (digits.data[0] == '-')
    *index = -*index;
  return true;
}

static void edit_array(struct buffer *out, struct text array, struct path path,
                       struct edit *edit) {
  struct json_iterator iterator;
  struct text none = {"", 0};
  int64_t index, count = json_count(array), place = 0;
  bool first = true, last = path.ahead == 1;
  if (!step_index(path.steps.value, &index)) {
    edit->bad_index = true;
    return;
  }
  if (index < 0)
    index += count;
  bool inside = index >= 0 && index < count;
  bool add =
      last && !inside &&
      (edit->change == CHANGE_INSERT || (edit->change == CHANGE_SET && edit->create));
  buffer_character(out, '[');
  if (add && index < 0) {
    start_member(out, &first, none);
    put_text(out, edit->value);
  }
  json_iterate(&iterator, array);
  for (; json_next(&iterator); place++) {
    bool here = place == index;
    if (here && last && edit->change == CHANGE_DELETE)
      continue;
    if (here && last && edit->change == CHANGE_INSERT && !edit->after) {
      start_member(out, &first, none);
      put_text(out, edit->value);
    }
    start_member(out, &first, none);
    if (here && !last)
      edit_value(out, iterator.value, path, edit);
    else
      put_text(out, here && edit->change == CHANGE_SET ? edit->value : iterator.value);
    if (here && last && edit->change == CHANGE_INSERT && edit->after) {
      start_member(out, &first, none);
      put_text(out, edit->value);
    }
  }
  if (add && index >= 0) {
    start_member(out, &first, none);
    put_text(out, edit->value);
  }
  buffer_character(out, ']');
}

/* Appends `value` with the rest of the path followed into it. The recursion is as deep
 * as the path and the JSON are. */
static void edit_value(struct buffer *out, struct text value, struct path path,
                       struct edit *edit) {
  path.ahead--;
  bool more = path.ahead > 0 && json_next(&path.steps);
  if (!more || json_kind(path.steps.value) != JSON_STRING)
    put_text(out, value);
  else if (json_kind(value) == JSON_OBJECT)
    edit_object(out, value, path, edit);
  else if (json_kind(value) == JSON_ARRAY)
    edit_array(out, value, path, edit);
  else
    put_text(out, value);
}

/* Changes the first argument along the path in the second and returns it. */
static void apply(sqlite3_context *context, sqlite3_value **arguments,
                  struct edit *edit) {
  struct text json, steps;
  struct path path;
  struct buffer out;
  if (!json_tree_argument(context, arguments[0], &json) ||
      !json_tree_argument(context, arguments[1], &steps))
    return;
  if (json_kind(json) < JSON_ARRAY) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "cannot %s path in scalar",
              edit->change == CHANGE_DELETE ? "delete" : "set");
    return;
  }
  bool adds = edit->change == CHANGE_INSERT || edit->create;
  if (json_count(json) == 0 && !adds) {
    call_return_text(context, json);
    return;
  }
  json_iterate(&path.steps, steps);
  path.ahead = json_count(steps) + 1;
  buffer_init(&out, call_memory());
  edit_value(&out, json, path, edit);
  if (edit->bad_index || edit->occupied) {
    buffer_deinit(&out);
    call_fail(context,
              edit->bad_index ? TIDE_ERROR_INVALID_TEXT : TIDE_ERROR_INVALID_PARAMETER,
              edit->bad_index ? "path element is not an integer"
                              : "cannot replace existing key");
    return;
  }
  json_return_normalised(context, &out);
}

static void delete_path(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct edit edit = {.change = CHANGE_DELETE};
  if (!call_has_null(count, arguments))
    apply(context, arguments, &edit);
}

/* pg_jsonb_set(json, path, value[, create]) */
static void jsonb_set(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct edit edit = {.change = CHANGE_SET, .create = true};
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[2], &edit.value))
    return;
  if (count > 3)
    edit.create = sqlite3_value_int(arguments[3]) != 0;
  apply(context, arguments, &edit);
}

/* pg_jsonb_insert(json, path, value[, after]) */
static void jsonb_insert(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct edit edit = {.change = CHANGE_INSERT};
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[2], &edit.value))
    return;
  if (count > 3)
    edit.after = sqlite3_value_int(arguments[3]) != 0;
  apply(context, arguments, &edit);
}

/* --- deleting by key and index --- */

/* Is it a key of the object, or a string in the array, that one of `keys` (a JSON array
 * of strings) names? */
static bool is_named(struct text candidate, struct text keys) {
  struct json_iterator iterator;
  if (json_kind(candidate) != JSON_STRING)
    return false;
  json_iterate(&iterator, keys);
  while (json_next(&iterator)) {
    if (json_kind(iterator.value) == JSON_STRING &&
        json_same_string(iterator.value, candidate))
      return true;
  }
  return false;
}

static bool check_container(sqlite3_context *context, struct text json,
                            bool array_only) {
  if (json_kind(json) == JSON_ARRAY || (json_kind(json) == JSON_OBJECT && !array_only))
    return true;
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "cannot delete from %s",
            json_kind(json) == JSON_OBJECT ? "object using integer index" : "scalar");
  return false;
}

static void delete_named(sqlite3_context *context, struct text json, struct text keys) {
  struct json_iterator iterator;
  struct text none = {"", 0};
  struct buffer out;
  bool first = true;
  if (!check_container(context, json, false))
    return;
  buffer_init(&out, call_memory());
  json_iterate(&iterator, json);
  buffer_character(&out, iterator.object ? '{' : '[');
  while (json_next(&iterator)) {
    if (is_named(iterator.object ? iterator.key : iterator.value, keys))
      continue;
    start_member(&out, &first, iterator.object ? iterator.key : none);
    put_text(&out, iterator.value);
  }
  buffer_character(&out, iterator.object ? '}' : ']');
  call_return_buffer(context, &out);
}

static void delete_fields(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct text json, keys;
  if (!call_has_null(count, arguments) &&
      json_tree_argument(context, arguments[0], &json) &&
      json_tree_argument(context, arguments[1], &keys))
    delete_named(context, json, keys);
}

static void delete_field(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct text json, key;
  struct buffer keys;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &json) ||
      !call_text(context, arguments[1], &key))
    return;
  buffer_init(&keys, call_memory());
  buffer_character(&keys, '[');
  json_quote_text(&keys, key);
  buffer_character(&keys, ']');
  if (keys.failed)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  else
    delete_named(context, json, (struct text){buffer_string(&keys), keys.length});
  buffer_deinit(&keys);
}

static void delete_element(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  struct text json, none = {"", 0};
  struct json_iterator iterator;
  struct buffer out;
  bool first = true;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &json) ||
      !check_container(context, json, true))
    return;
  int64_t index = sqlite3_value_int64(arguments[1]), place = 0;
  if (index < 0)
    index += json_count(json);
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  json_iterate(&iterator, json);
  for (; json_next(&iterator); place++) {
    if (place == index)
      continue;
    start_member(&out, &first, none);
    put_text(&out, iterator.value);
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

/* --- whole values --- */

static void strip(struct buffer *out, struct text value) {
  struct json_iterator iterator;
  struct text none = {"", 0};
  bool first = true;
  if (json_kind(value) < JSON_ARRAY) {
    put_text(out, value);
    return;
  }
  json_iterate(&iterator, value);
  buffer_character(out, iterator.object ? '{' : '[');
  while (json_next(&iterator)) {
    if (iterator.object && json_kind(iterator.value) == JSON_NULL)
      continue;
    start_member(out, &first, iterator.object ? iterator.key : none);
    strip(out, iterator.value);
  }
  buffer_character(out, iterator.object ? '}' : ']');
}

static void strip_nulls(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text json;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &json))
    return;
  buffer_init(&out, call_memory());
  strip(&out, json);
  call_return_buffer(context, &out);
}

static void indent(struct buffer *out, int depth) {
  buffer_character(out, '\n');
  for (int i = 0; i < depth; i++)
    buffer_text(out, "    ");
}

static void prettify(struct buffer *out, struct text value, int depth) {
  struct json_iterator iterator;
  struct text none = {"", 0};
  bool first = true;
  if (json_kind(value) < JSON_ARRAY) {
    put_text(out, value);
    return;
  }
  json_iterate(&iterator, value);
  buffer_character(out, iterator.object ? '{' : '[');
  while (json_next(&iterator)) {
    bool start = true;
    if (!first)
      buffer_character(out, ',');
    first = false;
    indent(out, depth + 1);
    start_member(out, &start, iterator.object ? iterator.key : none);
    prettify(out, iterator.value, depth + 1);
  }
  indent(out, depth);
  buffer_character(out, iterator.object ? '}' : ']');
}

static void pretty(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text json;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &json))
    return;
  buffer_init(&out, call_memory());
  prettify(&out, json, 0);
  call_return_buffer(context, &out);
}

static const struct call calls[] = {
    {"pg_json_build_array", -1, false, json_build_array},
    {"pg_jsonb_build_array", -1, false, jsonb_build_array},
    {"pg_json_build_object", -1, false, json_build_object},
    {"pg_jsonb_build_object", -1, false, jsonb_build_object},
    {"pg_jsonb_object", 2, false, jsonb_object},
    {"pg_jsonb_concat", 2, false, concat},
    {"pg_jsonb_delete_path", 2, false, delete_path},
    {"pg_jsonb_set", 3, false, jsonb_set},
    {"pg_jsonb_set", 4, false, jsonb_set},
    {"pg_jsonb_insert", 3, false, jsonb_insert},
    {"pg_jsonb_insert", 4, false, jsonb_insert},
    {"pg_jsonb_delete_field", 2, false, delete_field},
    {"pg_jsonb_delete_fields", 2, false, delete_fields},
    {"pg_jsonb_delete_element", 2, false, delete_element},
    {"pg_jsonb_strip_nulls", 1, false, strip_nulls},
    {"pg_jsonb_pretty", 1, false, pretty},
};

int register_json_changes(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
