/* The collations: how the texts of numeric, interval, timetz, jsonb and arrays compare
 * as values. */
#include <string.h>

#include "types/datetime.h"
#include "types/decimal.h"
#include "types/enum.h"
#include "types/item.h"

static int compare_bytes(struct text left, struct text right) {
  size_t shorter = left.length < right.length ? left.length : right.length;
  int order = shorter > 0 ? memcmp(left.data, right.data, shorter) : 0;
  return order != 0 ? order
                    : (left.length > right.length) - (left.length < right.length);
}

static int compare_numeric(void *context, int left_length, const void *left,
                           int right_length, const void *right) {
  (void)context;
  return decimal_compare_text(left, (size_t)left_length, right, (size_t)right_length);
}

static int compare_interval(void *context, int left_length, const void *left,
                            int right_length, const void *right) {
  struct interval a, b;
  (void)context;
  if (interval_parse(&a, left, (size_t)left_length) == TIDE_OK &&
      interval_parse(&b, right, (size_t)right_length) == TIDE_OK)
    return interval_compare(&a, &b);
  return compare_bytes((struct text){left, (size_t)left_length},
                       (struct text){right, (size_t)right_length});
}

/* By the instant, then by the zone: the one further east is less. */
static int compare_timetz(void *context, int left_length, const void *left,
                          int right_length, const void *right) {
  struct datetime a, b;
  (void)context;
  if (datetime_parse(&a, left, (size_t)left_length, 0) != TIDE_OK ||
      datetime_parse(&b, right, (size_t)right_length, 0) != TIDE_OK)
    return compare_bytes((struct text){left, (size_t)left_length},
                         (struct text){right, (size_t)right_length});
  int64_t left_time = a.time - a.zone * SECOND, right_time = b.time - b.zone * SECOND;
  if (left_time != right_time)
    return left_time < right_time ? -1 : 1;
  return (a.zone < b.zone) - (a.zone > b.zone);
}

static int compare_jsonb(void *context, int left_length, const void *left,
                         int right_length, const void *right) {
  struct text a = {left, (size_t)left_length}, b = {right, (size_t)right_length};
  (void)context;
  if (!json_is_shallow(a) || !json_is_shallow(b))
    return compare_bytes(a, b);
  /* PostgreSQL takes a scalar that stands alone for an array of one: [] is less. */
  bool left_empty = left_length == 2 && json_kind(a) == JSON_ARRAY;
  bool right_empty = right_length == 2 && json_kind(b) == JSON_ARRAY;
  if (left_empty && json_kind(b) < JSON_ARRAY)
    return -1;
  if (right_empty && json_kind(a) < JSON_ARRAY)
    return 1;
  return json_compare(a, b);
}

/* character: blanks at the end do not count. */
static int compare_padded(void *context, int left_length, const void *left,
                          int right_length, const void *right) {
  const char *a = left, *b = right;
  (void)context;
  while (left_length > 0 && a[left_length - 1] == ' ')
    left_length--;
  while (right_length > 0 && b[right_length - 1] == ' ')
    right_length--;
  return compare_bytes((struct text){a, (size_t)left_length},
                       (struct text){b, (size_t)right_length});
}

/* --- enums: the context is the place of the enum in the connection's list --- */

static int compare_labels(const struct enum_type *type, struct text left,
                          struct text right) {
  int a = type != NULL ? enum_place(type, left.data, left.length) : -1;
  int b = type != NULL ? enum_place(type, right.data, right.length) : -1;
  if (a >= 0 && b >= 0)
    return a - b;
  /* What is no label, which only a damaged file has, comes last. */
  if (a >= 0 || b >= 0)
    return a >= 0 ? -1 : 1;
  return compare_bytes(left, right);
}

static int compare_enum(void *context, int left_length, const void *left,
                        int right_length, const void *right) {
  const struct enum_type *const *type = context;
  return compare_labels(*type, (struct text){left, (size_t)left_length},
                        (struct text){right, (size_t)right_length});
}

/* How the texts inside arrays compare. */
struct text_order {
  int (*compare)(void *, int, const void *, int, const void *);
  void *context;
};

static int compare_plain(void *context, int left_length, const void *left,
                         int right_length, const void *right) {
  (void)context;
  return compare_bytes((struct text){left, (size_t)left_length},
                       (struct text){right, (size_t)right_length});
}

static int compare_texts(const struct text_order *order, struct text left,
                         struct text right) {
  return order->compare(order->context, (int)left.length, left.data, (int)right.length,
                        right.data);
}

/* What is damaged may end before its quotes do. */
static struct text without_quotes(struct text string) {
  return (struct text){string.data + 1, string.length > 2 ? string.length - 2 : 0};
}

/* Strings of JSON by what they stand for. */
static int compare_escaped(const struct text_order *order, struct text left,
                           struct text right) {
  struct buffer a, b;
  buffer_init(&a, call_memory());
  buffer_init(&b, call_memory());
  bool decoded = json_decode(&a, left) == TIDE_OK &&
                 json_decode(&b, right) == TIDE_OK && !a.failed && !b.failed;
  int result = decoded
                   ? compare_texts(order, (struct text){buffer_string(&a), a.length},
                                   (struct text){buffer_string(&b), b.length})
                   : compare_bytes(left, right);
  buffer_deinit(&a);
  buffer_deinit(&b);
  return result;
}

static int compare_strings(const void *context, struct text left, struct text right) {
  bool escaped = memchr(left.data, '\\', left.length) != NULL ||
                 memchr(right.data, '\\', right.length) != NULL;
  return escaped ? compare_escaped(context, left, right)
                 : compare_texts(context, without_quotes(left), without_quotes(right));
}

static int compare_arrays(const struct text_order *order, struct text left,
                          struct text right) {
  if (!json_is_shallow(left) || !json_is_shallow(right))
    return compare_bytes(left, right);
  return item_compare(left, right, compare_strings, order);
}

static int compare_array(void *context, int left_length, const void *left,
                         int right_length, const void *right) {
  (void)context;
  return compare_arrays(&(struct text_order){compare_plain, NULL},
                        (struct text){left, (size_t)left_length},
                        (struct text){right, (size_t)right_length});
}

static int compare_numerics(void *context, int left_length, const void *left,
                            int right_length, const void *right) {
  (void)context;
  return compare_arrays(&(struct text_order){compare_numeric, NULL},
                        (struct text){left, (size_t)left_length},
                        (struct text){right, (size_t)right_length});
}

static int compare_intervals(void *context, int left_length, const void *left,
                             int right_length, const void *right) {
  (void)context;
  return compare_arrays(&(struct text_order){compare_interval, NULL},
                        (struct text){left, (size_t)left_length},
                        (struct text){right, (size_t)right_length});
}

static int compare_enum_array(void *context, int left_length, const void *left,
                              int right_length, const void *right) {
  return compare_arrays(&(struct text_order){compare_enum, context},
                        (struct text){left, (size_t)left_length},
                        (struct text){right, (size_t)right_length});
}

int enums_show(sqlite3 *db, struct types_context *context,
               const struct enum_type *const *list) {
  for (int i = 0; i < ENUMS_MAX; i++) {
    if (list[i] == NULL || context->enums_known[i])
      continue;
    int result = sqlite3_create_collation_v2(db, enum_collation(i, false), SQLITE_UTF8,
                                             &context->enums[i], compare_enum, NULL);
    if (result == SQLITE_OK)
      result =
          sqlite3_create_collation_v2(db, enum_collation(i, true), SQLITE_UTF8,
                                      &context->enums[i], compare_enum_array, NULL);
    if (result != SQLITE_OK)
      return result;
    context->enums_known[i] = true;
  }
  memcpy(context->enums, list, ENUMS_MAX * sizeof *list);
  return SQLITE_OK;
}

/* --- all of them --- */

static const struct collation {
  const char *name;
  int (*compare)(void *, int, const void *, int, const void *);
  bool known; /* SQLite has it already */
} collations[] = {
    {"numeric", compare_numeric, false},     {"interval", compare_interval, false},
    {"timetz", compare_timetz, false},       {"jsonb", compare_jsonb, false},
    {"array", compare_array, false},         {"numerics", compare_numerics, false},
    {"intervals", compare_intervals, false}, {"rtrim", compare_padded, true},
};

enum { COLLATION_COUNT = sizeof collations / sizeof collations[0] };

int collation_compare(const struct types_context *context, const char *name,
                      struct text left, struct text right) {
  int number = enum_by_collation(name);
  if (number >= 0) {
    const struct enum_type *type = context->enums[number];
    return strcmp(name, enum_collation(number, true)) == 0
               ? compare_arrays(&(struct text_order){compare_enum, &type}, left, right)
               : compare_labels(type, left, right);
  }
  for (size_t i = 0; i < COLLATION_COUNT; i++) {
    if (strcmp(collations[i].name, name) == 0)
      return collations[i].compare(NULL, (int)left.length, left.data, (int)right.length,
                                   right.data);
  }
  return compare_bytes(left, right);
}

int register_collations(sqlite3 *db) {
  int result = SQLITE_OK;
  for (size_t i = 0; i < COLLATION_COUNT && result == SQLITE_OK; i++) {
    if (!collations[i].known)
      result = sqlite3_create_collation_v2(db, collations[i].name, SQLITE_UTF8, NULL,
                                           collations[i].compare, NULL);
  }
  return result;
}
