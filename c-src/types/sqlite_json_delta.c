/* jsonb_delta's functions: documents patched by key, by path and by array element. */
#include <string.h>

#include "types/json_path.h"

/* --- patching along a path --- */

struct patch;
/* Appends what comes in the place of `value`; value.data NULL: there is nothing yet. */
typedef void patch_end(struct patch *patch, struct buffer *out, struct text value);

struct patch {
  patch_end *end;
  bool create;  /* what the path leads to is made if it is missing */
  bool replace; /* … also in the place of something else */
  bool refuse;  /* something else on the way is an error */
  bool refused;
  struct text match_key, match_value; /* which element of an array */
  struct text value;                  /* what to merge, set or insert */
  struct json_path inner;             /* of the element that matches */
  struct text sort_key;
  bool sorted, descending;
  bool *used; /* of a batch: which updates have been done */
};

static void put(struct buffer *out, struct text text) {
  buffer_append(out, text.data, text.length);
}

static void put_step(struct buffer *out, const struct json_step *step) {
  if (step->quoted)
    put(out, step->key);
  else
    json_quote_text(out, step->key);
  buffer_text(out, ": ");
}

static bool is_step(const struct json_step *step, struct text key) {
  return step->quoted ? json_same_string(step->key, key)
                      : json_string_is(key, step->key);
}

static void separate(struct buffer *out, bool *first) {
  if (!*first)
    buffer_text(out, ", ");
  *first = false;
}

static void patch_value(struct patch *patch, struct buffer *out, struct text value,
                        struct json_path path);

static const struct text nothing = {NULL, 0};

static void patch_object(struct patch *patch, struct buffer *out, struct text object,
                         const struct json_step *step, struct json_path path) {
  struct json_iterator iterator;
  bool first = true, found = false;
  buffer_character(out, '{');
  if (object.data) {
    json_iterate(&iterator, object);
    while (json_next(&iterator)) {
      separate(out, &first);
      put(out, iterator.key);
      buffer_text(out, ": ");
      if (is_step(step, iterator.key)) {
        found = true;
        patch_value(patch, out, iterator.value, path);
      } else {
        put(out, iterator.value);
      }
    }
  }
  if (!found && patch->create) {
    separate(out, &first);
    put_step(out, step);
    patch_value(patch, out, nothing, path);
  }
  buffer_character(out, '}');
}

static void patch_array(struct patch *patch, struct buffer *out, struct text array,
                        const struct json_step *step, struct json_path path) {
  struct json_iterator iterator;
  bool first = true;
  int64_t place = 0;
  buffer_character(out, '[');
  if (array.data) {
    json_iterate(&iterator, array);
    for (; json_next(&iterator); place++) {
      separate(out, &first);
      if (place == step->index)
        patch_value(patch, out, iterator.value, path);
      else
        put(out, iterator.value);
    }
  }
  if (place <= step->index && patch->create) {
    for (; place < step->index; place++) {
      separate(out, &first);
      buffer_text(out, "null");
    }
    separate(out, &first);
    patch_value(patch, out, nothing, path);
  }
  buffer_character(out, ']');
}

/* The recursion is as deep as the path. */
static void patch_value(struct patch *patch, struct buffer *out, struct text value,
                        struct json_path path) {
  struct json_step step;
  if (!json_path_next(&path, &step)) {
    patch->end(patch, out, value);
    return;
  }
  enum json_kind kind = value.data ? json_kind(value) : JSON_NULL;
  bool other = !value.data || patch->replace;
  if (kind == JSON_ARRAY && step.has_index)
    patch_array(patch, out, value, &step, path);
  else if (kind == JSON_OBJECT && !step.only_index)
    patch_object(patch, out, value, &step, path);
  else if (other && step.only_index)
    patch_array(patch, out, nothing, &step, path);
  else if (other)
    patch_object(patch, out, nothing, &step, path);
  else {
    patch->refused = patch->refused || patch->refuse;
    put(out, value);
  }
}

static void answer(sqlite3_context *context, struct patch *patch, struct text target,
                   struct json_path path) {
  struct buffer out;
  buffer_init(&out, call_memory());
  patch_value(patch, &out, target, path);
  if (!patch->refused) {
    json_return_normalised(context, &out);
    return;
  }
  buffer_deinit(&out);
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
            "path leads through a value that is not a JSONB object");
}

/* --- merging --- */

/* The members of both; of equal keys normalising keeps the last. */
static void put_merged(struct buffer *out, struct text target, struct text source) {
  struct json_iterator iterator;
  bool first = true;
  buffer_character(out, '{');
  for (int i = 0; i < 2; i++) {
    json_iterate(&iterator, i == 0 ? target : source);
    while (json_next(&iterator)) {
      separate(out, &first);
      put(out, iterator.key);
      buffer_text(out, ": ");
      put(out, iterator.value);
    }
  }
  buffer_character(out, '}');
}

static void put_deep(struct buffer *out, struct text target, struct text source) {
  struct json_iterator iterator;
  struct text other;
  bool first = true;
  if (json_kind(target) != JSON_OBJECT || json_kind(source) != JSON_OBJECT) {
    put(out, source);
    return;
  }
  buffer_character(out, '{');
  json_iterate(&iterator, target);
  while (json_next(&iterator)) {
    separate(out, &first);
    put(out, iterator.key);
    buffer_text(out, ": ");
    put(out, iterator.value);
  }
  json_iterate(&iterator, source);
  while (json_next(&iterator)) {
    struct json_iterator members;
    separate(out, &first);
    put(out, iterator.key);
    buffer_text(out, ": ");
    other = nothing;
    json_iterate(&members, target);
    while (json_next(&members)) {
      if (json_same_string(members.key, iterator.key))
        other = members.value;
    }
    if (other.data)
      put_deep(out, other, iterator.value);
    else
      put(out, iterator.value);
  }
  buffer_character(out, '}');
}

static bool object_argument(sqlite3_context *context, sqlite3_value *value,
                            const char *name, struct text *text) {
  static const char *const kinds[] = {"null",    "string", "number",
                                      "boolean", "array",  "object"};
  if (!json_tree_argument(context, value, text))
    return false;
  if (json_kind(*text) == JSON_OBJECT)
    return true;
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
            "%s argument must be a JSONB object, got: %s", name,
            kinds[json_kind(*text)]);
  return false;
}

static void merge_shallow(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct text target, source;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !object_argument(context, arguments[0], "target", &target) ||
      !object_argument(context, arguments[1], "source", &source))
    return;
  buffer_init(&out, call_memory());
  put_merged(&out, target, source);
  json_return_normalised(context, &out);
}

static void deep_merge(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text target, source;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &target) ||
      !json_tree_argument(context, arguments[1], &source))
    return;
  buffer_init(&out, call_memory());
  put_deep(&out, target, source);
  json_return_normalised(context, &out);
}

static void end_merge(struct patch *patch, struct buffer *out, struct text value) {
  if (!value.data) {
    put(out, patch->value);
  } else if (json_kind(value) == JSON_OBJECT) {
    put_merged(out, value, patch->value);
  } else {
    patch->refused = true;
    put(out, value);
  }
}

/* pg_jsonb_merge_at_path(target, source, path text[]) */
static void merge_at_path(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct patch patch = {.end = end_merge, .create = true, .refuse = true};
  struct text target;
  struct json_path path;
  if (call_has_null(count, arguments) ||
      !object_argument(context, arguments[0], "target", &target) ||
      !object_argument(context, arguments[1], "source", &patch.value) ||
      !json_path_array(context, arguments[2], &path))
    return;
  answer(context, &patch, target, path);
}

/* --- setting --- */

static void end_set(struct patch *patch, struct buffer *out, struct text value) {
  (void)value;
  put(out, patch->value);
}

/* pg_jsonb_set_path(target, path, value) */
static void set_path(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct patch patch = {.end = end_set, .create = true, .replace = true};
  struct text target;
  struct json_path path;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &target) ||
      !json_path_dotted(context, arguments[1], &path) ||
      !json_tree_argument(context, arguments[2], &patch.value))
    return;
  answer(context, &patch, target, path);
}

/* --- elements of arrays --- */

static bool find_member(struct text object, struct text key, struct text *value) {
  return json_kind(object) == JSON_OBJECT && json_find_member(object, key, value);
}

static bool matches(const struct patch *patch, struct text element) {
  struct text value;
  return find_member(element, patch->match_key, &value) &&
         json_compare(value, patch->match_value) == 0;
}

/* Target, path, key and value, the first arguments of most. */
static bool match_arguments(sqlite3_context *context, sqlite3_value **arguments,
                            struct text *target, struct json_path *path,
                            struct patch *patch) {
  return json_tree_argument(context, arguments[0], target) &&
         json_path_dotted(context, arguments[1], path) &&
         call_text(context, arguments[2], &patch->match_key) &&
         json_tree_argument(context, arguments[3], &patch->match_value);
}

static void put_updated(struct buffer *out, struct text element, struct text updates) {
  if (json_kind(updates) == JSON_OBJECT)
    put_merged(out, element, updates);
  else
    put(out, element);
}

/* Each element goes through `change`, until it has changed one. */
static void each_element(struct patch *patch, struct buffer *out, struct text array,
                         void (*change)(struct patch *patch, struct buffer *out,
                                        struct text element)) {
  struct json_iterator iterator;
  bool first = true, done = false;
  if (!array.data || json_kind(array) != JSON_ARRAY) {
    if (array.data)
      put(out, array);
    return;
  }
  buffer_character(out, '[');
  json_iterate(&iterator, array);
  while (json_next(&iterator)) {
    bool here = !done && matches(patch, iterator.value);
    done = done || here;
    if (here && !change)
      continue;
    separate(out, &first);
    if (here)
      change(patch, out, iterator.value);
    else
      put(out, iterator.value);
  }
  buffer_character(out, ']');
}

static void change_merge(struct patch *patch, struct buffer *out, struct text element) {
  put_updated(out, element, patch->value);
}

static void end_update(struct patch *patch, struct buffer *out, struct text value) {
  each_element(patch, out, value, change_merge);
}

/* pg_jsonb_array_update_where(target, path, key, value, updates) */
static void update_where(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct patch patch = {.end = end_update};
  struct text target;
  struct json_path path;
  if (call_has_null(count, arguments) ||
      !match_arguments(context, arguments, &target, &path, &patch) ||
      !json_tree_argument(context, arguments[4], &patch.value))
    return;
  answer(context, &patch, target, path);
}

/* pg_jsonb_smart_patch_array(target, updates, path, key, value) */
static void smart_patch_array(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  sqlite3_value *ordered[] = {arguments[0], arguments[2], arguments[3], arguments[4],
                              arguments[1]};
  update_where(context, count, ordered);
}

static void end_delete(struct patch *patch, struct buffer *out, struct text value) {
  each_element(patch, out, value, NULL);
}

static void delete_where(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct patch patch = {.end = end_delete};
  struct text target;
  struct json_path path;
  if (!call_has_null(count, arguments) &&
      match_arguments(context, arguments, &target, &path, &patch))
    answer(context, &patch, target, path);
}

static void change_inside(struct patch *patch, struct buffer *out,
                          struct text element) {
  struct patch inner = {
      .end = end_set, .create = true, .replace = true, .value = patch->value};
  patch_value(&inner, out, element, patch->inner);
}

static void end_update_path(struct patch *patch, struct buffer *out,
                            struct text value) {
  each_element(patch, out, value, change_inside);
}

/* pg_jsonb_array_update_where_path(target, path, key, value, inner path, new value) */
static void update_where_path(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  struct patch patch = {.end = end_update_path};
  struct text target;
  struct json_path path;
  if (call_has_null(count, arguments) ||
      !match_arguments(context, arguments, &target, &path, &patch) ||
      !json_path_dotted(context, arguments[4], &patch.inner) ||
      !json_tree_argument(context, arguments[5], &patch.value))
    return;
  answer(context, &patch, target, path);
}

/* --- batches --- */

static const struct text match_value_key = {"match_value", 11};
static const struct text updates_key = {"updates", 7};

/* The first update of the batch that is for this element and has not been done. */
static bool find_update(struct patch *patch, struct text element,
                        struct text *updates) {
  struct json_iterator iterator;
  json_iterate(&iterator, patch->value);
  for (size_t i = 0; json_next(&iterator); i++) {
    if (patch->used[i] ||
        !find_member(iterator.value, match_value_key, &patch->match_value) ||
        !find_member(iterator.value, updates_key, updates) || !matches(patch, element))
      continue;
    patch->used[i] = true;
    return true;
  }
  return false;
}

static void end_batch(struct patch *patch, struct buffer *out, struct text value) {
  struct json_iterator iterator;
  struct text updates;
  bool first = true;
  if (!value.data || json_kind(value) != JSON_ARRAY) {
    if (value.data)
      put(out, value);
    return;
  }
  buffer_character(out, '[');
  json_iterate(&iterator, value);
  while (json_next(&iterator)) {
    separate(out, &first);
    if (find_update(patch, iterator.value, &updates))
      put_updated(out, iterator.value, updates);
    else
      put(out, iterator.value);
  }
  buffer_character(out, ']');
}

/* pg_jsonb_array_update_where_batch(target, path, key, updates) */
static void update_where_batch(sqlite3_context *context, int count,
                               sqlite3_value **arguments) {
  struct patch patch = {.end = end_batch};
  struct text target;
  struct json_path path;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &target) ||
      !json_path_dotted(context, arguments[1], &path) ||
      !call_text(context, arguments[2], &patch.match_key) ||
      !json_tree_argument(context, arguments[3], &patch.value))
    return;
  if (json_kind(patch.value) != JSON_ARRAY) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "updates must be a JSONB array");
    return;
  }
  size_t updates = (size_t)json_count(patch.value) + 1;
  patch.used = memory_allocate_zeroed(call_memory(), updates);
  if (!patch.used) {
    sqlite3_result_error_nomem(context);
    return;
  }
  answer(context, &patch, target, path);
  memory_release(call_memory(), patch.used);
}

/* An element of a jsonb[] is a string that holds the document. NULL stays. */
static int put_patched(struct patch *patch, struct buffer *out, struct text element,
                       struct json_path path) {
  struct buffer document, patched, normal;
  if (json_kind(element) != JSON_STRING) {
    put(out, element);
    return TIDE_OK;
  }
  buffer_init(&document, call_memory());
  buffer_init(&patched, call_memory());
  buffer_init(&normal, call_memory());
  int code = json_decode(&document, element);
  struct text text = {buffer_string(&document), document.length};
  if (code == TIDE_OK && !document.failed && json_is_shallow(text)) {
    patch_value(patch, &patched, json_trim(text), path);
    code =
        json_normalise(&normal, (struct text){buffer_string(&patched), patched.length});
    json_quote_text(out, (struct text){buffer_string(&normal), normal.length});
  }
  out->failed |= document.failed || patched.failed || normal.failed;
  buffer_deinit(&document);
  buffer_deinit(&patched);
  buffer_deinit(&normal);
  return code;
}

/* pg_jsonb_array_update_multi_row(targets jsonb[], path, key, value, updates) */
static void update_multi_row(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct patch patch = {.end = end_update};
  struct text targets;
  struct json_path path;
  struct json_iterator iterator;
  struct buffer out;
  bool first = true;
  int code = TIDE_OK;
  if (call_has_null(count, arguments) ||
      !match_arguments(context, arguments, &targets, &path, &patch) ||
      !json_tree_argument(context, arguments[4], &patch.value))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  json_iterate(&iterator, targets);
  while (code == TIDE_OK && json_next(&iterator)) {
    if (!first)
      buffer_character(&out, ','); /* as arrays are written */
    first = false;
    code = put_patched(&patch, &out, iterator.value, path);
  }
  buffer_character(&out, ']');
  if (code == TIDE_OK) {
    call_return_buffer(context, &out);
    return;
  }
  buffer_deinit(&out);
  json_fail(context, code);
}

/* --- inserting --- */

/* Does the new element belong before this one? */
static bool goes_before(const struct patch *patch, struct text element) {
  struct text mine, other;
  if (!patch->sorted || !find_member(patch->value, patch->sort_key, &mine) ||
      !find_member(element, patch->sort_key, &other))
    return false;
  int order = json_compare(mine, other);
  return patch->descending ? order > 0 : order < 0;
}

static void end_insert(struct patch *patch, struct buffer *out, struct text value) {
  struct json_iterator iterator;
  bool first = true, done = false;
  if (value.data && json_kind(value) != JSON_ARRAY) {
    put(out, value);
    return;
  }
  buffer_character(out, '[');
  if (value.data) {
    json_iterate(&iterator, value);
    while (json_next(&iterator)) {
      if (!done && goes_before(patch, iterator.value)) {
        separate(out, &first);
        put(out, patch->value);
        done = true;
      }
      separate(out, &first);
      put(out, iterator.value);
    }
  }
  if (!done) {
    separate(out, &first);
    put(out, patch->value);
  }
  buffer_character(out, ']');
}

/* pg_jsonb_array_insert_where(target, path, element[, sort key[, order]]) */
static void insert_where(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct patch patch = {.end = end_insert, .create = true};
  struct text target, order = {"asc", 3};
  struct json_path path;
  if (call_has_null(3, arguments) ||
      !json_tree_argument(context, arguments[0], &target) ||
      !json_path_dotted(context, arguments[1], &path) ||
      !json_tree_argument(context, arguments[2], &patch.value))
    return;
  patch.sorted = count > 3 && sqlite3_value_type(arguments[3]) != SQLITE_NULL;
  if (patch.sorted && !call_text(context, arguments[3], &patch.sort_key))
    return;
  if (count > 4 && sqlite3_value_type(arguments[4]) != SQLITE_NULL &&
      !call_text(context, arguments[4], &order))
    return;
  patch.descending = text_is(order, "desc");
  if (!patch.descending && !text_is(order, "asc")) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "sort order must be ASC or DESC, not %.*s", (int)order.length,
              order.data);
    return;
  }
  answer(context, &patch, target, path);
}

/* --- questions --- */

static bool contains(const struct patch *patch, struct text value,
                     struct json_path path) {
  struct json_step step;
  struct json_iterator iterator;
  while (json_path_next(&path, &step)) {
    bool found = step.only_index ? json_element(value, step.index, &value)
                                 : find_member(value, step.key, &value);
    if (!found)
      return false;
  }
  if (json_kind(value) != JSON_ARRAY)
    return false;
  json_iterate(&iterator, value);
  while (json_next(&iterator)) {
    if (matches(patch, iterator.value))
      return true;
  }
  return false;
}

/* pg_jsonb_array_contains_id(target, path, key, value) */
static void contains_id(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct patch patch = {0};
  struct text target;
  struct json_path path;
  if (!call_has_null(count, arguments) &&
      match_arguments(context, arguments, &target, &path, &patch))
    call_return_boolean(context, contains(&patch, target, path));
}

/* pg_jsonb_extract_id(data[, key]) */
static void extract_id(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text data, value, key = {"id", 2};
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &data) ||
      (count > 1 && !call_text(context, arguments[1], &key)))
    return;
  if (find_member(data, key, &value))
    json_return_text(context, value);
}

static const struct call calls[] = {
    {"pg_jsonb_merge_shallow", 2, false, merge_shallow},
    {"pg_jsonb_merge_at_path", 3, false, merge_at_path},
    {"pg_jsonb_deep_merge", 2, false, deep_merge},
    {"pg_jsonb_smart_patch_array", 5, false, smart_patch_array},
    {"pg_jsonb_array_update_where", 5, false, update_where},
    {"pg_jsonb_array_update_where_batch", 4, false, update_where_batch},
    {"pg_jsonb_array_update_multi_row", 5, false, update_multi_row},
    {"pg_jsonb_array_update_where_path", 6, false, update_where_path},
    {"pg_jsonb_array_delete_where", 4, false, delete_where},
    {"pg_jsonb_array_insert_where", 3, false, insert_where},
    {"pg_jsonb_array_insert_where", 4, false, insert_where},
    {"pg_jsonb_array_insert_where", 5, false, insert_where},
    {"pg_jsonb_array_contains_id", 4, false, contains_id},
    {"pg_jsonb_extract_id", 1, false, extract_id},
    {"pg_jsonb_extract_id", 2, false, extract_id},
    {"pg_jsonb_set_path", 3, false, set_path},
};

int register_json_delta(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
