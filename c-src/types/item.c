/* Elements of arrays: printed, compared, and made SQLite's values. */
#include "types/item.h"

#include <math.h>
#include <string.h>

#include "types/decimal.h"
#include "types/float_text.h"
#include "types/scalar.h"

/* It cannot be mistaken for an integer. */
void item_put_double(struct buffer *out, double value) {
  char text[FLOAT_TEXT_MAX];
  size_t length = float_print(value, false, text);
  if (!isfinite(value)) {
    json_quote_text(out, (struct text){text, length});
    return;
  }
  buffer_append(out, text, length);
  if (memchr(text, '.', length) == NULL && memchr(text, 'e', length) == NULL)
    buffer_text(out, ".0");
}

bool item_put(sqlite3_context *context, struct buffer *out, sqlite3_value *value,
              bool boolean) {
  struct text text;
  switch (sqlite3_value_type(value)) {
  case SQLITE_NULL: buffer_text(out, "null"); return true;
  case SQLITE_INTEGER:
    if (boolean)
      buffer_text(out, sqlite3_value_int(value) != 0 ? "true" : "false");
    else
      buffer_format(out, "%lld", (long long)sqlite3_value_int64(value));
    return true;
  case SQLITE_FLOAT: item_put_double(out, sqlite3_value_double(value)); return true;
  case SQLITE_BLOB:
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED, "arrays of bytea are not supported");
    return false;
  default:
    if (!call_text(context, value, &text))
      return false;
    json_quote_text(out, text);
    return true;
  }
}

static bool is_float(struct text number) {
  for (size_t i = 0; i < number.length; i++) {
    if (memchr(".eE", number.data[i], 3) != NULL)
      return true;
  }
  return false;
}

static void return_number(sqlite3_context *context, struct text number) {
  int64_t integer;
  double real;
  if (!is_float(number) && integer_parse(number, &integer) == TIDE_OK)
    sqlite3_result_int64(context, integer);
  else if (float_parse(number, &real) == TIDE_OK)
    sqlite3_result_double(context, real);
}

void item_return(sqlite3_context *context, struct text item) {
  switch (json_kind(item)) {
  case JSON_NULL: break;
  case JSON_BOOLEAN: call_return_boolean(context, item.data[0] == 't'); break;
  case JSON_NUMBER: return_number(context, item); break;
  case JSON_STRING: json_return_text(context, item); break;
  default: call_return_text(context, item);
  }
}

int item_print(struct buffer *out, struct text item) {
  switch (json_kind(item)) {
  case JSON_BOOLEAN: buffer_character(out, item.data[0]); return TIDE_OK;
  case JSON_STRING: return json_decode(out, item);
  case JSON_NUMBER:
    if (item.length > 2 && memcmp(item.data + item.length - 2, ".0", 2) == 0)
      item.length -= 2;
    break;
  default: break;
  }
  buffer_append(out, item.data, item.length);
  return TIDE_OK;
}

bool item_equal(struct text left, struct text right) {
  if (json_kind(left) == JSON_NUMBER && json_kind(right) == JSON_NUMBER)
    return decimal_compare_text(left.data, left.length, right.data, right.length) == 0;
  return left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
}

static int compare_bytes(struct text left, struct text right) {
  size_t shorter = left.length < right.length ? left.length : right.length;
  int order = shorter > 0 ? memcmp(left.data, right.data, shorter) : 0;
  return order != 0 ? order
                    : (left.length > right.length) - (left.length < right.length);
}

void item_walk(struct item_walker *walker, struct text array) {
  json_iterate(&walker->containers[0], array);
  walker->depth = 1;
}

bool item_next(struct item_walker *walker, struct text *item) {
  while (walker->depth > 0) {
    struct json_iterator *container = &walker->containers[walker->depth - 1];
    if (!json_next(container)) {
      walker->depth--;
      continue;
    }
    *item = container->value;
    bool nested = json_kind(*item) == JSON_ARRAY && walker->depth < ITEM_DIMENSIONS_MAX;
    if (!nested)
      return true;
    json_iterate(&walker->containers[walker->depth++], *item);
  }
  return false;
}

static int dimensions(struct text array) {
  int count = 0;
  for (; json_kind(array) == JSON_ARRAY; count++) {
    if (!json_element(array, 0, &array))
      break;
  }
  return count;
}

/* How strings are ordered among each other. */
struct string_order {
  int (*compare)(const void *context, struct text left, struct text right);
  const void *context;
};

static int compare_items(struct text left, struct text right,
                         const struct string_order *strings);

/* Element by element, whatever the dimensions; what ends first is less, and at last
 * what has fewer dimensions. */
static int compare_arrays(struct text left, struct text right,
                          const struct string_order *strings) {
  struct item_walker a, b;
  struct text left_item, right_item;
  item_walk(&a, left);
  item_walk(&b, right);
  for (;;) {
    bool left_more = item_next(&a, &left_item), right_more = item_next(&b, &right_item);
    if (left_more != right_more)
      return left_more ? 1 : -1;
    if (!left_more)
      return dimensions(left) - dimensions(right);
    int order = compare_items(left_item, right_item, strings);
    if (order != 0)
      return order;
  }
}

static int compare_items(struct text left, struct text right,
                         const struct string_order *strings) {
  enum json_kind left_kind = json_kind(left), right_kind = json_kind(right);
  if (left_kind != right_kind) {
    if (left_kind == JSON_NULL || right_kind == JSON_NULL)
      return left_kind == JSON_NULL ? 1 : -1;
    return left_kind < right_kind ? -1 : 1;
  }
  switch (left_kind) {
  case JSON_NULL: return 0;
  case JSON_NUMBER:
    return decimal_compare_text(left.data, left.length, right.data, right.length);
  case JSON_BOOLEAN: return (left.data[0] == 't') - (right.data[0] == 't');
  case JSON_STRING: return strings->compare(strings->context, left, right);
  case JSON_ARRAY: return compare_arrays(left, right, strings);
  default: return compare_bytes(left, right);
  }
}

int item_compare(struct text left, struct text right,
                 int (*compare)(const void *context, struct text left,
                                struct text right),
                 const void *context) {
  const struct string_order strings = {compare, context};
  return compare_items(left, right, &strings);
}
