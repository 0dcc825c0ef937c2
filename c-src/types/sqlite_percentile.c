/* percentile_cont and percentile_disc: the values of a group come in order, and with each of them the fraction. */
#include <math.h>

#include "types/datetime_call.h"
#include "types/float_text.h"
#include "types/item.h"
#include "types/scalar.h"

/* The values that are not NULL. */
struct sorted {
  sqlite3_value *fraction; /* or an array of fractions: the same for all rows */
  sqlite3_value **values;
  int64_t count, capacity;
};

static bool keep(struct sorted *sorted, sqlite3_value *value) {
  if (sorted->count == sorted->capacity) {
    int64_t capacity = sorted->capacity * 2 + 16;
    sqlite3_value **larger =
        sqlite3_realloc64(sorted->values, (sqlite3_uint64)capacity * sizeof *larger);
    if (larger == NULL)
      return false;
    sorted->values = larger;
    sorted->capacity = capacity;
  }
  sqlite3_value *copy = sqlite3_value_dup(value);
  if (copy != NULL)
    sorted->values[sorted->count++] = copy;
  return copy != NULL;
}

static void step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  struct sorted *sorted = sqlite3_aggregate_context(context, sizeof *sorted);
  if (sorted != NULL && sorted->fraction == NULL)
    sorted->fraction = sqlite3_value_dup(arguments[0]);
  bool counts = sqlite3_value_type(arguments[1]) != SQLITE_NULL;
  if (sorted == NULL || sorted->fraction == NULL ||
      (counts && !keep(sorted, arguments[1])))
    call_fail_code(context, TIDE_ERROR_NOMEM);
}

static void release(struct sorted *sorted) {
  for (int64_t i = 0; i < sorted->count; i++)
    sqlite3_value_free(sorted->values[i]);
  sqlite3_free(sorted->values);
  sqlite3_value_free(sorted->fraction);
}

static bool check(sqlite3_context *context, double fraction) {
  char text[FLOAT_TEXT_MAX];
  if (fraction >= 0 && fraction <= 1)
    return true;
  float_print(fraction, false, text);
  call_fail(context, TIDE_ERROR_OUT_OF_RANGE,
            "percentile value %s is not between 0 and 1", text);
  return false;
}

/* --- the value at a fraction; there is at least one --- */

/* The first of which at least that part of all is no greater. */
static sqlite3_value *value_at(const struct sorted *sorted, double fraction) {
  int64_t position = (int64_t)ceil(fraction * (double)sorted->count);
  return sorted->values[position > 0 ? position - 1 : 0];
}

/* The values that the fraction lies between; it is *part of the way from *low to *high. */
static void neighbours(const struct sorted *sorted, double fraction,
                       sqlite3_value **low, sqlite3_value **high, double *part) {
  double position = fraction * (double)(sorted->count - 1);
  double first = floor(position);
  *low = sorted->values[(int64_t)first];
  *high = sorted->values[(int64_t)ceil(position)];
  *part = position - first;
}

static double number_at(const struct sorted *sorted, double fraction) {
  sqlite3_value *low, *high;
  double part;
  neighbours(sorted, fraction, &low, &high, &part);
  double from = sqlite3_value_double(low);
  return low == high ? from : from + part * (sqlite3_value_double(high) - from);
}

/* Returns false having failed the function. */
static bool interval_at(sqlite3_context *context, const struct sorted *sorted,
                        double fraction, struct interval *result) {
  sqlite3_value *low, *high;
  struct interval from, to, way;
  double part;
  neighbours(sorted, fraction, &low, &high, &part);
  if (!interval_argument(context, low, &from) || !interval_argument(context, high, &to))
    return false;
  *result = from;
  if (low == high)
    return true;
  int code = interval_negate(&way, &from);
  if (code == TIDE_OK)
    code = interval_add(&way, &to, &way);
  if (code == TIDE_OK)
    code = interval_multiply(&way, &way, part);
  if (code == TIDE_OK)
    code = interval_add(result, &way, &from);
  if (code != TIDE_OK)
    call_fail_code(context, code);
  return code == TIDE_OK;
}

/* --- one fraction --- */

static void return_discrete(sqlite3_context *context, const struct sorted *sorted,
                            double fraction) {
  sqlite3_result_value(context, value_at(sorted, fraction));
}

static void return_number(sqlite3_context *context, const struct sorted *sorted,
                          double fraction) {
  sqlite3_result_double(context, number_at(sorted, fraction));
}

static void return_between(sqlite3_context *context, const struct sorted *sorted,
                           double fraction) {
  struct interval interval;
  if (interval_at(context, sorted, fraction, &interval))
    return_interval(context, TIDE_OK, &interval);
}

static void finish_one(sqlite3_context *context,
                       void (*give)(sqlite3_context *, const struct sorted *, double)) {
  struct sorted *sorted = sqlite3_aggregate_context(context, 0);
  if (sorted == NULL)
    return;
  if (sorted->fraction != NULL && sqlite3_value_type(sorted->fraction) != SQLITE_NULL) {
    double fraction = sqlite3_value_double(sorted->fraction);
    if (check(context, fraction) && sorted->count > 0)
      give(context, sorted, fraction);
  }
  release(sorted);
}

static void discrete_final(sqlite3_context *context) {
  finish_one(context, return_discrete);
}

static void number_final(sqlite3_context *context) {
  finish_one(context, return_number);
}

static void interval_final(sqlite3_context *context) {
  finish_one(context, return_between);
}

/* Where no row comes the percentile is NULL, and its fraction is checked all the same. */
static void checked(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  if (sqlite3_value_type(arguments[1]) == SQLITE_NULL ||
      check(context, sqlite3_value_double(arguments[1])))
    sqlite3_result_value(context, arguments[0]);
}

/* --- an array of fractions: an array of that shape --- */

/* Appends the element for a fraction. Returns false having failed the function. */
typedef bool put_element(sqlite3_context *, struct buffer *, const struct sorted *,
                         double);

static bool put_discrete(sqlite3_context *context, struct buffer *out,
                         const struct sorted *sorted, double fraction) {
  return item_put(context, out, value_at(sorted, fraction), false);
}

static bool put_boolean(sqlite3_context *context, struct buffer *out,
                        const struct sorted *sorted, double fraction) {
  return item_put(context, out, value_at(sorted, fraction), true);
}

static bool put_number(sqlite3_context *context, struct buffer *out,
                       const struct sorted *sorted, double fraction) {
  (void)context;
  item_put_double(out, number_at(sorted, fraction));
  return true;
}

static bool put_interval(sqlite3_context *context, struct buffer *out,
                         const struct sorted *sorted, double fraction) {
  struct interval interval;
  char text[INTERVAL_TEXT_MAX];
  if (!interval_at(context, sorted, fraction, &interval))
    return false;
  size_t length = interval_print(&interval, text);
  json_quote_text(out, (struct text){text, length});
  return true;
}

static bool put_one(sqlite3_context *context, struct buffer *out,
                    const struct sorted *sorted, struct text item, put_element *put) {
  double fraction = NAN;
  if (json_kind(item) == JSON_NULL) {
    buffer_text(out, "null");
    return true;
  }
  if (json_kind(item) == JSON_STRING) /* "Infinity" */
    item = (struct text){item.data + 1, item.length - 2};
  float_parse(item, &fraction);
  return check(context, fraction) && put(context, out, sorted, fraction);
}

/* An array that is stored is no deeper than ITEM_DIMENSIONS_MAX; one of a damaged file may be. */
static bool put_all(sqlite3_context *context, struct buffer *out,
                    const struct sorted *sorted, struct text array, int depth,
                    put_element *put) {
  struct json_iterator iterator;
  bool first = true;
  if (depth > ITEM_DIMENSIONS_MAX) {
    call_fail_code(context, TIDE_ERROR_DATA);
    return false;
  }
  json_iterate(&iterator, array);
  buffer_character(out, '[');
  for (; json_next(&iterator); first = false) {
    if (!first)
      buffer_character(out, ',');
    struct text item = iterator.value;
    bool done = json_kind(item) == JSON_ARRAY
                    ? put_all(context, out, sorted, item, depth + 1, put)
                    : put_one(context, out, sorted, item, put);
    if (!done)
      return false;
  }
  buffer_character(out, ']');
  return true;
}

static void finish_all(sqlite3_context *context, put_element *put) {
  struct sorted *sorted = sqlite3_aggregate_context(context, 0);
  struct text array;
  struct buffer out;
  if (sorted == NULL)
    return;
  buffer_init(&out, call_memory());
  if (sorted->fraction != NULL && sorted->count > 0 &&
      sqlite3_value_type(sorted->fraction) != SQLITE_NULL &&
      json_argument(context, sorted->fraction, &array)) {
    if (put_all(context, &out, sorted, array, 1, put))
      call_return_buffer(context, &out);
  }
  buffer_deinit(&out);
  release(sorted);
}

static void all_discrete_final(sqlite3_context *context) {
  finish_all(context, put_discrete);
}

static void all_boolean_final(sqlite3_context *context) {
  finish_all(context, put_boolean);
}

static void all_number_final(sqlite3_context *context) {
  finish_all(context, put_number);
}

static void all_interval_final(sqlite3_context *context) {
  finish_all(context, put_interval);
}

int register_percentiles(sqlite3 *db, struct types_context *context) {
  static const struct call_aggregate aggregates[] = {
      {"pg_percentile_disc", 2, step, discrete_final, NULL, NULL},
      {"pg_percentile_cont", 2, step, number_final, NULL, NULL},
      {"pg_percentile_interval", 2, step, interval_final, NULL, NULL},
      {"pg_percentiles_disc", 2, step, all_discrete_final, NULL, NULL},
      {"pg_percentiles_boolean", 2, step, all_boolean_final, NULL, NULL},
      {"pg_percentiles_cont", 2, step, all_number_final, NULL, NULL},
      {"pg_percentiles_interval", 2, step, all_interval_final, NULL, NULL},
  };
  static const struct call calls[] = {
      {"pg_percentile_checked", 2, false, checked},
  };
  int result = call_register_aggregates(db, context, aggregates,
                                        sizeof aggregates / sizeof aggregates[0]);
  return result == SQLITE_OK
             ? call_register(db, context, calls, sizeof calls / sizeof calls[0])
             : result;
}
