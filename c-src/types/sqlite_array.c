/* Arrays: built, taken apart, changed and compared. */
#include <string.h>

#include "types/item.h"

/* --- building --- */

static void build(sqlite3_context *context, int count, sqlite3_value **arguments,
                  bool boolean) {
  struct buffer out;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  for (int i = 0; i < count; i++) {
    if (i > 0)
      buffer_character(&out, ',');
    if (!item_put(context, &out, arguments[i], boolean)) {
      buffer_deinit(&out);
      return;
    }
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

static void array(sqlite3_context *context, int count, sqlite3_value **arguments) {
  build(context, count, arguments, false);
}

static void array_boolean(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  build(context, count, arguments, true);
}

/* ARRAY[ARRAY[…], …]: all of the same length */
static void array_nested(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct buffer out;
  int64_t length = -1;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  for (int i = 0; i < count; i++) {
    struct text inner = {"[]", 2};
    if (sqlite3_value_type(arguments[i]) != SQLITE_NULL &&
        !json_tree_argument(context, arguments[i], &inner)) {
      buffer_deinit(&out);
      return;
    }
    if (length >= 0 && length != json_count(inner)) {
      buffer_deinit(&out);
      call_fail(context, TIDE_ERROR_SUBSCRIPT,
                "multidimensional arrays must have array expressions with matching "
                "dimensions");
      return;
    }
    length = json_count(inner);
    if (i > 0)
      buffer_character(&out, ',');
    buffer_append(&out, inner.data, inner.length);
  }
  buffer_character(&out, ']');
  if (length == 0) {
    buffer_deinit(&out);
    sqlite3_result_text(context, "[]", 2, SQLITE_STATIC);
    return;
  }
  call_return_buffer(context, &out);
}

/* --- taking apart --- */

/* pg_subscript(array, i, …): NULL outside, and for too few subscripts */
static void subscript(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text value;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &value))
    return;
  for (int i = 1; i < count; i++) {
    int64_t index = sqlite3_value_int64(arguments[i]);
    if (index < 1 || !json_element(value, index - 1, &value))
      return;
  }
  if (json_kind(value) != JSON_ARRAY)
    item_return(context, value);
}

/* pg_slice(array, low, high) */
static void slice(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct json_iterator iterator;
  struct buffer out;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &text))
    return;
  int64_t low = sqlite3_value_int64(arguments[1]);
  int64_t high = sqlite3_value_int64(arguments[2]), place = 1;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  json_iterate(&iterator, text);
  for (; json_next(&iterator); place++) {
    if (place < low || place > high)
      continue;
    if (out.length > 1)
      buffer_character(&out, ',');
    buffer_append(&out, iterator.value.data, iterator.value.length);
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

/* The elements along a dimension (from 1), 0 when there is no such. */
static int64_t length_along(struct text value, int64_t dimension) {
  for (; dimension > 1; dimension--) {
    if (!json_element(value, 0, &value))
      return 0;
  }
  return dimension == 1 && json_kind(value) == JSON_ARRAY ? json_count(value) : 0;
}

static void array_length(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &text))
    return;
  int64_t length = length_along(text, sqlite3_value_int64(arguments[1]));
  if (length > 0)
    sqlite3_result_int64(context, length);
}

static void array_lower(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text text;
  if (!call_has_null(count, arguments) &&
      json_tree_argument(context, arguments[0], &text) &&
      length_along(text, sqlite3_value_int64(arguments[1])) > 0)
    sqlite3_result_int(context, 1);
}

static int dimensions(struct text value) {
  int count = 0;
  while (json_kind(value) == JSON_ARRAY && json_count(value) > 0) {
    count++;
    json_element(value, 0, &value);
  }
  return count;
}

static void array_ndims(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) ||
      !json_tree_argument(context, arguments[0], &text))
    return;
  if (dimensions(text) > 0)
    sqlite3_result_int(context, dimensions(text));
}

static int64_t count_all(struct text value) {
  int64_t total = 1;
  for (; json_kind(value) == JSON_ARRAY; json_element(value, 0, &value)) {
    total *= json_count(value);
    if (total == 0)
      return 0;
  }
  return total;
}

static void cardinality(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text text;
  if (!call_has_null(count, arguments) &&
      json_tree_argument(context, arguments[0], &text))
    sqlite3_result_int64(context, count_all(text));
}

/* --- changing --- */

/* The array that an element is to be added to; NULL is an empty one. False having
 * failed the function. */
static bool flat_argument(sqlite3_context *context, sqlite3_value *value,
                          struct text *text) {
  *text = (struct text){"[]", 2};
  if (sqlite3_value_type(value) == SQLITE_NULL)
    return true;
  if (!json_tree_argument(context, value, text))
    return false;
  if (text->length < 2)
    *text = (struct text){"[]", 2};
  if (dimensions(*text) <= 1)
    return true;
  call_fail(context, TIDE_ERROR_DATA,
            "argument must be empty or one-dimensional array");
  return false;
}

/* What the elements of an array are, where it shows: numeric and interval are texts, equal ones of which may be spelled differently. */
struct element {
  bool boolean;
  const char *collation; /* NULL: equal ones have one text, or are numbers */
};
static const struct element plain = {false, NULL}, boolean = {true, NULL},
                            numeric = {false, "numeric"},
                            interval = {false, "interval"};

static void append(sqlite3_context *context, sqlite3_value **arguments,
                   const struct element *element) {
  struct text text;
  struct buffer out;
  if (!flat_argument(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  buffer_append(&out, text.data, text.length - 1);
  if (text.length > 2)
    buffer_character(&out, ',');
  if (!item_put(context, &out, arguments[1], element->boolean)) {
    buffer_deinit(&out);
    return;
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

static void prepend(sqlite3_context *context, sqlite3_value **arguments,
                    const struct element *element) {
  struct text text;
  struct buffer out;
  if (!flat_argument(context, arguments[1], &text))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  if (!item_put(context, &out, arguments[0], element->boolean)) {
    buffer_deinit(&out);
    return;
  }
  if (text.length > 2)
    buffer_character(&out, ',');
  buffer_append(&out, text.data + 1, text.length - 1);
  call_return_buffer(context, &out);
}

/* Appends left and right, one after the other, as one array: both without their
 * brackets, or one of them an element of the other when it has a dimension less. */
static void put_joined(struct buffer *out, struct text left, struct text right) {
  int left_dimensions = dimensions(left), right_dimensions = dimensions(right);
  if (left_dimensions >= right_dimensions) {
    left.data++;
    left.length -= 2;
  }
  if (right_dimensions >= left_dimensions) {
    right.data++;
    right.length -= 2;
  }
  buffer_character(out, '[');
  buffer_append(out, left.data, left.length);
  buffer_character(out, ',');
  buffer_append(out, right.data, right.length);
  buffer_character(out, ']');
}

/* Have they, or has one of them and the elements of the other, the same lengths along
 * all inner dimensions? */
static bool fit_together(struct text left, struct text right) {
  int difference = dimensions(left) - dimensions(right);
  if (difference > 1 || difference < -1)
    return false;
  bool more = (difference < 0 || json_element(left, 0, &left)) &&
              (difference > 0 || json_element(right, 0, &right));
  for (; more && json_kind(left) == JSON_ARRAY;
       more = json_element(left, 0, &left) && json_element(right, 0, &right)) {
    if (json_count(left) != json_count(right))
      return false;
  }
  return true;
}

static void array_cat(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text left, right;
  struct buffer out;
  (void)count;
  bool no_left = sqlite3_value_type(arguments[0]) == SQLITE_NULL;
  bool no_right = sqlite3_value_type(arguments[1]) == SQLITE_NULL;
  if (no_left || no_right) {
    sqlite3_result_value(context, arguments[no_left ? 1 : 0]);
    return;
  }
  if (!json_tree_argument(context, arguments[0], &left) ||
      !json_tree_argument(context, arguments[1], &right))
    return;
  if (dimensions(left) == 0 || dimensions(right) == 0) {
    call_return_text(context, dimensions(left) == 0 ? right : left);
    return;
  }
  if (!fit_together(left, right)) {
    call_fail(context, TIDE_ERROR_SUBSCRIPT, "cannot concatenate incompatible arrays");
    return;
  }
  buffer_init(&out, call_memory());
  put_joined(&out, left, right);
  call_return_buffer(context, &out);
}

static bool equal_items(sqlite3_context *context, const struct element *element,
                        struct text left, struct text right) {
  bool strings = json_kind(left) == JSON_STRING && json_kind(right) == JSON_STRING;
  bool whole = left.length > 2 && right.length > 2;
  if (element->collation == NULL || !strings || !whole)
    return item_equal(left, right);
  /* without their quotes: there is nothing to escape in them */
  return collation_compare(call_context(context), element->collation,
                           (struct text){left.data + 1, left.length - 2},
                           (struct text){right.data + 1, right.length - 2}) == 0;
}

/* An argument as an element's text, in a buffer of its own. */
static bool item_argument(sqlite3_context *context, sqlite3_value *value,
                          const struct element *element, struct buffer *item) {
  buffer_init(item, call_memory());
  if (item_put(context, item, value, element->boolean) && !item->failed)
    return true;
  if (item->failed)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  buffer_deinit(item);
  return false;
}

static struct text text_of(const struct buffer *buffer) {
  return (struct text){buffer_string(buffer), buffer->length};
}

/* PostgreSQL refuses this of other arrays too, but for replacing. */
static bool one_dimension(sqlite3_context *context, sqlite3_value *value,
                          const char *doing, struct text *array) {
  if (!json_tree_argument(context, value, array))
    return false;
  if (dimensions(*array) > 1) {
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "%s elements in multidimensional arrays is not supported", doing);
    return false;
  }
  return true;
}

/* Copies the array, leaving out the elements equal to `old`, or putting `new_item` in
 * their place. */
static void replace(sqlite3_context *context, sqlite3_value **arguments,
                    const struct element *element, struct text old,
                    const struct text *new_item) {
  struct text text;
  struct json_iterator iterator;
  struct buffer out;
  if (!one_dimension(context, arguments[0], new_item ? "replacing" : "removing", &text))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  json_iterate(&iterator, text);
  while (json_next(&iterator)) {
    struct text value = iterator.value;
    if (equal_items(context, element, value, old)) {
      if (new_item == NULL)
        continue;
      value = *new_item;
    }
    if (out.length > 1)
      buffer_character(&out, ',');
    buffer_append(&out, value.data, value.length);
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

static void array_remove(sqlite3_context *context, sqlite3_value **arguments,
                         const struct element *element) {
  struct buffer old;
  if (call_has_null(1, arguments) ||
      !item_argument(context, arguments[1], element, &old))
    return;
  replace(context, arguments, element, text_of(&old), NULL);
  buffer_deinit(&old);
}

static void array_replace(sqlite3_context *context, sqlite3_value **arguments,
                          const struct element *element) {
  struct buffer old, new_item;
  if (call_has_null(1, arguments) ||
      !item_argument(context, arguments[1], element, &old))
    return;
  if (item_argument(context, arguments[2], element, &new_item)) {
    struct text text = text_of(&new_item);
    replace(context, arguments, element, text_of(&old), &text);
    buffer_deinit(&new_item);
  }
  buffer_deinit(&old);
}

/* The first position of an element from 1 on, or an array of all. */
static void find(sqlite3_context *context, sqlite3_value **arguments,
                 const struct element *element, bool all) {
  struct text text;
  struct json_iterator iterator;
  struct buffer wanted, out;
  int64_t place = 1, first = 0;
  if (call_has_null(1, arguments) ||
      !one_dimension(context, arguments[0], "searching for", &text) ||
      !item_argument(context, arguments[1], element, &wanted))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  json_iterate(&iterator, text);
  for (; json_next(&iterator) && (all || first == 0); place++) {
    if (!equal_items(context, element, iterator.value, text_of(&wanted)))
      continue;
    if (first == 0)
      first = place;
    buffer_format(&out, out.length > 1 ? ",%lld" : "%lld", (long long)place);
  }
  buffer_character(&out, ']');
  buffer_deinit(&wanted);
  if (all) {
    call_return_buffer(context, &out);
    return;
  }
  buffer_deinit(&out);
  if (first > 0)
    sqlite3_result_int64(context, first);
}

/* Is the element in the array, as = ANY sees it? NULL where it is not, and it or an element is NULL. */
static void array_has(sqlite3_context *context, sqlite3_value **arguments,
                      const struct element *element) {
  struct text text;
  struct json_iterator iterator;
  struct buffer wanted;
  bool found = false, unknown = false;
  if (call_has_null(1, arguments) ||
      !json_tree_argument(context, arguments[0], &text) ||
      !item_argument(context, arguments[1], element, &wanted))
    return;
  bool null = json_kind(text_of(&wanted)) == JSON_NULL;
  json_iterate(&iterator, text);
  while (!found && json_next(&iterator)) {
    unknown |= null || json_kind(iterator.value) == JSON_NULL;
    found = !null && equal_items(context, element, iterator.value, text_of(&wanted));
  }
  buffer_deinit(&wanted);
  if (found || !unknown)
    call_return_boolean(context, found);
}

static void array_position(sqlite3_context *context, sqlite3_value **arguments,
                           const struct element *element) {
  find(context, arguments, element, false);
}

static void array_positions(sqlite3_context *context, sqlite3_value **arguments,
                            const struct element *element) {
  find(context, arguments, element, true);
}

/* Each of these comes in several forms: see functions_array.c. */
#define FORM(name, run, element)                                                       \
  static void call_##name(sqlite3_context *context, int count,                         \
                          sqlite3_value **arguments) {                                 \
    (void)count;                                                                       \
    run(context, arguments, &element);                                                 \
  }
#define WITH_ELEMENT(name, run)                                                        \
  FORM(name, run, plain)                                                               \
  FORM(name##_boolean, run, boolean)                                                   \
  FORM(name##_numeric, run, numeric)                                                   \
  FORM(name##_interval, run, interval)

FORM(append, append, plain)
FORM(append_boolean, append, boolean)
FORM(prepend, prepend, plain)
FORM(prepend_boolean, prepend, boolean)
WITH_ELEMENT(remove, array_remove)
WITH_ELEMENT(replace, array_replace)
WITH_ELEMENT(has, array_has)
WITH_ELEMENT(position, array_position)
WITH_ELEMENT(positions, array_positions)

/* --- and text --- */

/* Appends the elements of all dimensions with `separator` between; NULLs as `null`, or
 * not at all. */
static void put_all(struct buffer *out, struct text value, struct text separator,
                    const struct text *null, bool *any) {
  struct json_iterator iterator;
  json_iterate(&iterator, value);
  while (json_next(&iterator)) {
    enum json_kind kind = json_kind(iterator.value);
    if (kind == JSON_ARRAY) {
      put_all(out, iterator.value, separator, null, any);
      continue;
    }
    if (kind == JSON_NULL && null == NULL)
      continue;
    if (*any)
      buffer_append(out, separator.data, separator.length);
    *any = true;
    if (kind == JSON_NULL)
      buffer_append(out, null->data, null->length);
    else
      item_print(out, iterator.value);
  }
}

/* pg_array_to_string(array, separator[, null]) */
static void array_to_string(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct text text, separator, null;
  struct buffer out;
  bool any = false,
       has_null = count > 2 && sqlite3_value_type(arguments[2]) != SQLITE_NULL;
  if (call_has_null(2, arguments) ||
      !json_tree_argument(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &separator) ||
      (has_null && !call_text(context, arguments[2], &null)))
    return;
  buffer_init(&out, call_memory());
  put_all(&out, text, separator, has_null ? &null : NULL, &any);
  call_return_buffer(context, &out);
}

/* The length of the part of `text` before the separator; without one (NULL) a letter at
 * a time. */
static size_t part_length(struct text text, const struct text *separator) {
  if (separator == NULL) {
    size_t length = 1;
    while (length < text.length && ((unsigned char)text.data[length] & 0xc0) == 0x80)
      length++;
    return length;
  }
  for (size_t i = 0; separator->length > 0 && i + separator->length <= text.length;
       i++) {
    if (memcmp(text.data + i, separator->data, separator->length) == 0)
      return i;
  }
  return text.length;
}

/* pg_string_to_array(text, separator[, null]) */
static void string_to_array(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct text text, separator, null = {NULL, 0};
  struct buffer out;
  bool letters = sqlite3_value_type(arguments[1]) == SQLITE_NULL;
  bool has_null = count > 2 && sqlite3_value_type(arguments[2]) != SQLITE_NULL;
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text) ||
      (!letters && !call_text(context, arguments[1], &separator)) ||
      (has_null && !call_text(context, arguments[2], &null)))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  for (bool more = text.length > 0; more;) {
    size_t length = part_length(text, letters ? NULL : &separator);
    if (out.length > 1)
      buffer_character(&out, ',');
    if (has_null && length == null.length && memcmp(text.data, null.data, length) == 0)
      buffer_text(&out, "null");
    else
      json_quote_text(&out, (struct text){text.data, length});
    size_t step = length + (letters ? 0 : separator.length);
    more = letters ? step < text.length : length < text.length;
    if (more) {
      text.data += step;
      text.length -= step;
    }
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
}

/* --- comparing as sets --- */

/* What the elements of two arrays are compared for. */
struct search {
  sqlite3_context *context;
  const struct element *element;
};

/* Is the element anywhere in the array, in whatever dimension? NULL never is. */
static bool has_item(const struct search *search, struct text value, struct text item) {
  struct json_iterator iterator;
  json_iterate(&iterator, value);
  while (json_next(&iterator)) {
    if (json_kind(iterator.value) == JSON_ARRAY
            ? has_item(search, iterator.value, item)
            : equal_items(search->context, search->element, iterator.value, item))
      return json_kind(item) != JSON_NULL;
  }
  return false;
}

/* Are all (or is any) of the elements of `part` in `value`? */
static bool has_items(const struct search *search, struct text value, struct text part,
                      bool all) {
  struct json_iterator iterator;
  json_iterate(&iterator, part);
  while (json_next(&iterator)) {
    bool found = json_kind(iterator.value) == JSON_ARRAY
                     ? has_items(search, value, iterator.value, all)
                     : has_item(search, value, iterator.value);
    if (found != all)
      return !all;
  }
  return all;
}

static void test(const struct search *search, sqlite3_value *value, sqlite3_value *part,
                 bool all) {
  struct text left, right;
  if (sqlite3_value_type(value) != SQLITE_NULL &&
      sqlite3_value_type(part) != SQLITE_NULL &&
      json_tree_argument(search->context, value, &left) &&
      json_tree_argument(search->context, part, &right))
    call_return_boolean(search->context, has_items(search, left, right, all));
}

static void contains(sqlite3_context *context, sqlite3_value **arguments,
                     const struct element *element) {
  test(&(struct search){context, element}, arguments[0], arguments[1], true);
}

static void contained(sqlite3_context *context, sqlite3_value **arguments,
                      const struct element *element) {
  test(&(struct search){context, element}, arguments[1], arguments[0], true);
}

static void overlap(sqlite3_context *context, sqlite3_value **arguments,
                    const struct element *element) {
  test(&(struct search){context, element}, arguments[0], arguments[1], false);
}

#define SET_TEST(name, run)                                                            \
  FORM(name, run, plain)                                                               \
  FORM(name##_numeric, run, numeric) FORM(name##_interval, run, interval)

SET_TEST(contains, contains)
SET_TEST(contained, contained)
SET_TEST(overlap, overlap)

static const struct call calls[] = {
    {"pg_array", -1, false, array},
    {"pg_array_boolean", -1, false, array_boolean},
    {"pg_array_nested", -1, false, array_nested},
    {"pg_subscript", -1, false, subscript},
    {"pg_slice", 3, false, slice},
    {"pg_array_length", 2, false, array_length},
    {"pg_array_lower", 2, false, array_lower},
    {"pg_array_ndims", 1, false, array_ndims},
    {"pg_cardinality", 1, false, cardinality},
    {"pg_array_append", 2, false, call_append},
    {"pg_array_append_boolean", 2, false, call_append_boolean},
    {"pg_array_prepend", 2, false, call_prepend},
    {"pg_array_prepend_boolean", 2, false, call_prepend_boolean},
    {"pg_array_cat", 2, false, array_cat},
    {"pg_array_remove", 2, false, call_remove},
    {"pg_array_remove_boolean", 2, false, call_remove_boolean},
    {"pg_array_remove_numeric", 2, false, call_remove_numeric},
    {"pg_array_remove_interval", 2, false, call_remove_interval},
    {"pg_array_replace", 3, false, call_replace},
    {"pg_array_replace_boolean", 3, false, call_replace_boolean},
    {"pg_array_replace_numeric", 3, false, call_replace_numeric},
    {"pg_array_replace_interval", 3, false, call_replace_interval},
    {"pg_array_has", 2, false, call_has},
    {"pg_array_has_boolean", 2, false, call_has_boolean},
    {"pg_array_has_numeric", 2, false, call_has_numeric},
    {"pg_array_has_interval", 2, false, call_has_interval},
    {"pg_array_position", 2, false, call_position},
    {"pg_array_position_boolean", 2, false, call_position_boolean},
    {"pg_array_position_numeric", 2, false, call_position_numeric},
    {"pg_array_position_interval", 2, false, call_position_interval},
    {"pg_array_positions", 2, false, call_positions},
    {"pg_array_positions_boolean", 2, false, call_positions_boolean},
    {"pg_array_positions_numeric", 2, false, call_positions_numeric},
    {"pg_array_positions_interval", 2, false, call_positions_interval},
    {"pg_array_to_string", 2, false, array_to_string},
    {"pg_array_to_string", 3, false, array_to_string},
    {"pg_string_to_array", 2, false, string_to_array},
    {"pg_string_to_array", 3, false, string_to_array},
    {"pg_array_contains", 2, false, call_contains},
    {"pg_array_contains_numeric", 2, false, call_contains_numeric},
    {"pg_array_contains_interval", 2, false, call_contains_interval},
    {"pg_array_contained", 2, false, call_contained},
    {"pg_array_contained_numeric", 2, false, call_contained_numeric},
    {"pg_array_contained_interval", 2, false, call_contained_interval},
    {"pg_array_overlap", 2, false, call_overlap},
    {"pg_array_overlap_numeric", 2, false, call_overlap_numeric},
    {"pg_array_overlap_interval", 2, false, call_overlap_interval},
};

int register_arrays(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
