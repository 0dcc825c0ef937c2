/* Aggregates of numbers and intervals. */
#include <math.h>
#include <string.h>

#include "types/datetime_call.h"
#include "types/float_text.h"
#include "types/frame.h"
#include "types/numeric.h"

/* --- sum and avg of numeric and bigint --- */

enum { SCALES = 32, DIGITS_FAST = 17 };

/* Numbers of up to 17 digits are summed as integers, one sum per scale: exact, and
 * without struct decimal. The others, and what overflows, go to `large`. How many there
 * are of each scale tells the scale of the sum, also after some have left a window's
 * frame. */
struct sum {
  bool started; /* `large` is initialised */
  int64_t count, not_a_number, infinity, minus_infinity;
  int64_t small[SCALES];
  int64_t scales[SCALES];
  int scale_max; /* of those beyond SCALES */
  struct decimal large;
};

/* large += number, or -= when `negate` */
static int add_large(struct sum *sum, const struct decimal *number, bool negate) {
  struct decimal result;
  decimal_init(&result, call_memory());
  int code = negate ? decimal_subtract(&result, &sum->large, number)
                    : decimal_add(&result, &sum->large, number);
  if (code == TIDE_OK)
    code = decimal_copy(&sum->large, &result);
  decimal_deinit(&result);
  return code;
}

/* number = digits * 10^-scale */
static int set_scaled(struct decimal *number, int64_t digits, int scale) {
  char text[32];
  sqlite3_snprintf(sizeof text, text, "%llde-%d", (long long)digits, scale);
  return decimal_parse(number, text, strlen(text));
}

/* Moves the sum of one scale to `large`. */
static int flush(struct sum *sum, int scale) {
  struct decimal number;
  decimal_init(&number, call_memory());
  int code = set_scaled(&number, sum->small[scale], scale);
  if (code == TIDE_OK)
    code = add_large(sum, &number, false);
  if (code == TIDE_OK)
    sum->small[scale] = 0;
  decimal_deinit(&number);
  return code;
}

static int add_small(struct sum *sum, int64_t digits, int scale, bool negate) {
  /* Far enough from the border that one more fits. */
  if (sum->small[scale] > INT64_MAX / 2 || sum->small[scale] < INT64_MIN / 2 ||
      digits > INT64_MAX / 2 || digits < -(INT64_MAX / 2)) {
    struct decimal number;
    decimal_init(&number, call_memory());
    int code = set_scaled(&number, digits, scale);
    if (code == TIDE_OK)
      code = add_large(sum, &number, negate);
    if (code == TIDE_OK)
      code = flush(sum, scale);
    decimal_deinit(&number);
    if (code != TIDE_OK)
      return code;
  } else {
    sum->small[scale] += negate ? -digits : digits;
  }
  sum->scales[scale] += negate ? -1 : 1;
  return TIDE_OK;
}

/* Reads a plain number of few digits. Returns false when it is none. */
static bool read_small(struct text text, int64_t *digits, int *scale) {
  bool negative = text.length > 0 && text.data[0] == '-', point = false;
  size_t i = negative;
  int count = 0;
  *digits = *scale = 0;
  for (; i < text.length; i++) {
    char c = text.data[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || ++count > DIGITS_FAST)
      return false;
    *digits = *digits * 10 + (c - '0');
    *scale += point;
  }
  if (negative)
    *digits = -*digits;
  return count > 0;
}

/* Counts NaN and the infinities. Returns false for a finite number. */
static bool add_special(struct sum *sum, const struct decimal *number, bool negate) {
  int64_t *counter = number->kind == DECIMAL_NAN      ? &sum->not_a_number
                     : number->kind == DECIMAL_FINITE ? NULL
                     : number->negative               ? &sum->minus_infinity
                                                      : &sum->infinity;
  if (counter == NULL)
    return false;
  *counter += negate ? -1 : 1;
  return true;
}

/* Of a bigint that was computed beyond 64 bits SQLite has a rounded number only. (What is added
 * up of double precision is so elsewhere: sqlite_sum.c.) */
static bool exact_argument(sqlite3_context *context, sqlite3_value *value,
                           struct decimal *number) {
  if (sqlite3_value_type(value) != SQLITE_FLOAT)
    return numeric_argument(context, value, number);
  decimal_init(number, call_memory());
  call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "bigint out of range");
  return false;
}

static void add_decimal(sqlite3_context *context, struct sum *sum, sqlite3_value *value,
                        bool negate) {
  struct decimal number;
  if (exact_argument(context, value, &number) && !add_special(sum, &number, negate)) {
    int code = add_large(sum, &number, negate);
    if (number.scale < SCALES)
      sum->scales[number.scale] += negate ? -1 : 1;
    else if (number.scale > sum->scale_max)
      sum->scale_max = number.scale;
    if (code != TIDE_OK)
      call_fail_code(context, code);
  }
  decimal_deinit(&number);
}

/* The running sum, made at the first call; NULL having failed. */
static struct sum *sum_state(sqlite3_context *context) {
  struct sum *sum = sqlite3_aggregate_context(context, sizeof *sum);
  if (sum == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
  } else if (!sum->started) {
    decimal_init(&sum->large, call_memory());
    sum->started = true;
  }
  return sum;
}

static void sum_change(sqlite3_context *context, sqlite3_value *value, bool negate) {
  struct text text;
  int64_t digits;
  int scale = 0, code = TIDE_OK;
  if (sqlite3_value_type(value) == SQLITE_NULL)
    return;
  struct sum *sum = sum_state(context);
  if (sum == NULL)
    return;
  sum->count += negate ? -1 : 1;
  if (sqlite3_value_type(value) == SQLITE_INTEGER) {
    code = add_small(sum, sqlite3_value_int64(value), 0, negate);
  } else {
    if (!call_text(context, value, &text))
      return;
    if (sqlite3_value_type(value) == SQLITE_TEXT && read_small(text, &digits, &scale))
      code = add_small(sum, digits, scale, negate);
    else
      add_decimal(context, sum, value, negate);
  }
  if (code != TIDE_OK)
    call_fail_code(context, code);
}

static void sum_step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  sum_change(context, arguments[0], false);
}

static void sum_inverse(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  (void)count;
  sum_change(context, arguments[0], true);
}

/* The sum as it stands. `total` is initialised here. */
static int sum_total(const struct sum *sum, struct decimal *total) {
  struct decimal part, next;
  decimal_init(total, call_memory());
  if (sum->not_a_number > 0 || (sum->infinity > 0 && sum->minus_infinity > 0))
    return decimal_parse(total, "NaN", 3);
  if (sum->infinity > 0 || sum->minus_infinity > 0)
    return decimal_parse(total, sum->infinity > 0 ? "inf" : "-inf",
                         sum->infinity > 0 ? 3 : 4);
  decimal_init(&part, call_memory());
  decimal_init(&next, call_memory());
  int code = decimal_copy(total, &sum->large), shown = sum->scale_max;
  for (int scale = 0; scale < SCALES && code == TIDE_OK; scale++) {
    if (sum->scales[scale] > 0 && scale > shown)
      shown = scale;
    if (sum->small[scale] == 0)
      continue;
    code = set_scaled(&part, sum->small[scale], scale);
    if (code == TIDE_OK)
      code = decimal_add(&next, total, &part);
    if (code == TIDE_OK)
      code = decimal_copy(total, &next);
  }
  total->scale = shown;
  decimal_deinit(&part);
  decimal_deinit(&next);
  return code;
}

/* The state if there were any rows, otherwise NULL; does not make one. */
static struct sum *sum_existing(sqlite3_context *context) {
  struct sum *sum = sqlite3_aggregate_context(context, 0);
  return sum != NULL && sum->started && sum->count > 0 ? sum : NULL;
}

static void sum_release(sqlite3_context *context) {
  struct sum *sum = sqlite3_aggregate_context(context, 0);
  if (sum != NULL && sum->started)
    decimal_deinit(&sum->large);
}

static void sum_value(sqlite3_context *context) {
  struct decimal total;
  const struct sum *sum = sum_existing(context);
  if (sum == NULL)
    return;
  int code = sum_total(sum, &total);
  numeric_return(context, code, &total);
  decimal_deinit(&total);
}

static void sum_final(sqlite3_context *context) {
  sum_value(context);
  sum_release(context);
}

static void avg_value(sqlite3_context *context) {
  struct decimal total, divisor, average;
  const struct sum *sum = sum_existing(context);
  if (sum == NULL)
    return;
  decimal_init(&divisor, call_memory());
  decimal_init(&average, call_memory());
  decimal_set_integer(&divisor, sum->count);
  int code = sum_total(sum, &total);
  if (code == TIDE_OK)
    code = decimal_divide(&average, &total, &divisor,
                          decimal_division_scale(&total, &divisor));
  numeric_return(context, code, &average);
  decimal_deinit(&total);
  decimal_deinit(&divisor);
  decimal_deinit(&average);
}

static void avg_final(sqlite3_context *context) {
  avg_value(context);
  sum_release(context);
}

/* --- variance of numeric --- */

/* The sum of the numbers and of their squares. */
struct moments {
  bool started;
  int64_t count;
  bool not_finite;
  struct decimal sum, squares;
};

static int accumulate(struct decimal *total, const struct decimal *number,
                      bool negate) {
  struct decimal result;
  decimal_init(&result, call_memory());
  int code = negate ? decimal_subtract(&result, total, number)
                    : decimal_add(&result, total, number);
  if (code == TIDE_OK)
    code = decimal_copy(total, &result);
  decimal_deinit(&result);
  return code;
}

static void moments_change(sqlite3_context *context, sqlite3_value *value,
                           bool negate) {
  struct decimal number, square;
  if (sqlite3_value_type(value) == SQLITE_NULL)
    return;
  struct moments *moments = sqlite3_aggregate_context(context, sizeof *moments);
  if (moments == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  if (!moments->started) {
    decimal_init(&moments->sum, call_memory());
    decimal_init(&moments->squares, call_memory());
    moments->started = true;
  }
  decimal_init(&square, call_memory());
  if (numeric_argument(context, value, &number)) {
    moments->count += negate ? -1 : 1;
    moments->not_finite = moments->not_finite || number.kind != DECIMAL_FINITE;
    int code = decimal_multiply(&square, &number, &number);
    if (code == TIDE_OK)
      code = accumulate(&moments->sum, &number, negate);
    if (code == TIDE_OK)
      code = accumulate(&moments->squares, &square, negate);
    if (code != TIDE_OK)
      call_fail_code(context, code);
  }
  decimal_deinit(&number);
  decimal_deinit(&square);
}

static void moments_step(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  (void)count;
  moments_change(context, arguments[0], false);
}

static void moments_inverse(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  (void)count;
  moments_change(context, arguments[0], true);
}

/* variance = (n * squares - sum^2) / (n * (n - 1)), or / n^2 for the population */
static int variance(const struct moments *moments, bool sample, struct decimal *result,
                    int *scale) {
  struct decimal number, first, second, numerator;
  decimal_init(&number, call_memory());
  decimal_init(&first, call_memory());
  decimal_init(&second, call_memory());
  decimal_init(&numerator, call_memory());
  decimal_set_integer(&number, moments->count);
  int code = decimal_multiply(&first, &number, &moments->squares);
  if (code == TIDE_OK)
    code = decimal_multiply(&second, &moments->sum, &moments->sum);
  if (code == TIDE_OK)
    code = decimal_subtract(&numerator, &first, &second);
  *scale = 0;
  if (code == TIDE_OK && (numerator.negative || decimal_is_zero(&numerator))) {
    decimal_set_integer(result, 0);
  } else if (code == TIDE_OK) {
    decimal_set_integer(&first, sample ? moments->count - 1 : moments->count);
    code = decimal_multiply(&second, &number, &first);
    if (code == TIDE_OK) {
      *scale = decimal_division_scale(&numerator, &second);
      code = decimal_divide(result, &numerator, &second, *scale);
    }
  }
  decimal_deinit(&number);
  decimal_deinit(&first);
  decimal_deinit(&second);
  decimal_deinit(&numerator);
  return code;
}

static void moments_result(sqlite3_context *context, bool sample, bool root) {
  struct moments *moments = sqlite3_aggregate_context(context, 0);
  struct decimal result, deviation;
  int scale;
  if (moments == NULL || !moments->started || moments->count < (sample ? 2 : 1))
    return;
  if (moments->not_finite) {
    sqlite3_result_text(context, "NaN", 3, SQLITE_STATIC);
    return;
  }
  decimal_init(&result, call_memory());
  decimal_init(&deviation, call_memory());
  int code = variance(moments, sample, &result, &scale);
  if (code == TIDE_OK && root)
    code = decimal_square_root(&deviation, &result, scale);
  numeric_return(context, code, root ? &deviation : &result);
  decimal_deinit(&result);
  decimal_deinit(&deviation);
}

static void moments_release(sqlite3_context *context) {
  struct moments *moments = sqlite3_aggregate_context(context, 0);
  if (moments == NULL || !moments->started)
    return;
  decimal_deinit(&moments->sum);
  decimal_deinit(&moments->squares);
}

#define MOMENTS(name, sample, root)                                                    \
  static void name##_numeric_value(sqlite3_context *context) {                         \
    moments_result(context, sample, root);                                             \
  }                                                                                    \
  static void name##_numeric_final(sqlite3_context *context) {                         \
    moments_result(context, sample, root);                                             \
    moments_release(context);                                                          \
  }

MOMENTS(var_samp, true, false)
MOMENTS(var_pop, false, false)
MOMENTS(stddev_samp, true, true)
MOMENTS(stddev_pop, false, true)

/* --- of floating-point numbers --- */

/* Youngs and Cramer's method, as PostgreSQL computes it. */
struct spread {
  double count, sum, squares;
};

static void spread_step(sqlite3_context *context, void *state,
                        sqlite3_value **arguments) {
  (void)context;
  struct spread *spread = state;
  double value = sqlite3_value_double(arguments[0]);
  spread->count++;
  spread->sum += value;
  if (spread->count > 1) {
    double difference = value * spread->count - spread->sum;
    spread->squares += difference * difference / (spread->count * (spread->count - 1));
  }
}

static void spread_result(sqlite3_context *context, const struct spread *spread,
                          bool sample, bool root) {
  if (spread == NULL || spread->count < (sample ? 2 : 1))
    return;
  double result = spread->squares / (sample ? spread->count - 1 : spread->count);
  sqlite3_result_double(context, root ? sqrt(result) : result);
}

#define SPREAD(name, sample, root)                                                     \
  static void name##_result(sqlite3_context *context, const void *state) {             \
    spread_result(context, state, sample, root);                                       \
  }                                                                                    \
  GROUP_AGGREGATE(name, sizeof(struct spread), spread_step, name##_result)

SPREAD(var_samp, true, false)
SPREAD(var_pop, false, false)
SPREAD(stddev_samp, true, true)
SPREAD(stddev_pop, false, true)

/* sum(real) is summed in single precision. */
struct real_sum {
  bool any;
  float sum;
};

static void add_real(sqlite3_context *context, void *state, sqlite3_value **arguments) {
  (void)context;
  struct real_sum *sum = state;
  sum->any = true;
  sum->sum += (float)sqlite3_value_double(arguments[0]);
}

static void return_real(sqlite3_context *context, const void *state) {
  const struct real_sum *sum = state;
  if (sum != NULL && sum->any)
    sqlite3_result_double(context, (double)sum->sum);
}

GROUP_AGGREGATE(sum_real, sizeof(struct real_sum), add_real, return_real)

/* --- of bits --- */

struct bits {
  bool any;
  int64_t value;
};

static void return_bits(sqlite3_context *context, const void *state) {
  const struct bits *bits = state;
  if (bits != NULL && bits->any)
    sqlite3_result_int64(context, bits->value);
}

#define BITS(name, operator)                                                           \
  static void name##_add(sqlite3_context *context, void *state,                        \
                         sqlite3_value **arguments) {                                  \
    (void)context;                                                                     \
    struct bits *bits = state;                                                         \
    int64_t operand = sqlite3_value_int64(arguments[0]);                               \
    bits->value = bits->any ? bits->value operator operand : operand;                  \
    bits->any = true;                                                                  \
  }                                                                                    \
  GROUP_AGGREGATE(name, sizeof(struct bits), name##_add, return_bits)

BITS(bit_and, &)
BITS(bit_or, |)
BITS(bit_xor, ^)

/* --- of intervals --- */

struct interval_sum {
  int64_t count;
  struct interval sum;
};

static void interval_change(sqlite3_context *context, sqlite3_value *value,
                            bool negate) {
  struct interval interval;
  if (sqlite3_value_type(value) == SQLITE_NULL ||
      !interval_argument(context, value, &interval))
    return;
  struct interval_sum *state = sqlite3_aggregate_context(context, sizeof *state);
  if (state == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  int code = negate ? interval_negate(&interval, &interval) : TIDE_OK;
  if (code == TIDE_OK)
    code = interval_add(&state->sum, &state->sum, &interval);
  if (code != TIDE_OK)
    call_fail(context, code, "interval out of range");
  state->count += negate ? -1 : 1;
}

static void interval_step(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  (void)count;
  interval_change(context, arguments[0], false);
}

static void interval_inverse(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  (void)count;
  interval_change(context, arguments[0], true);
}

static void sum_interval(sqlite3_context *context) {
  const struct interval_sum *state = sqlite3_aggregate_context(context, 0);
  if (state != NULL && state->count > 0)
    return_interval(context, TIDE_OK, &state->sum);
}

static void avg_interval(sqlite3_context *context) {
  struct interval average;
  const struct interval_sum *state = sqlite3_aggregate_context(context, 0);
  if (state == NULL || state->count == 0)
    return;
  int code = interval_multiply(&average, &state->sum, 1.0 / (double)state->count);
  return_interval(context, code, &average);
}

static const struct call_aggregate aggregates[] = {
    {"pg_sum_numeric", 1, sum_step, sum_final, sum_value, sum_inverse},
    {"pg_avg_numeric", 1, sum_step, avg_final, avg_value, sum_inverse},
    {"pg_var_samp_numeric", 1, moments_step, var_samp_numeric_final,
     var_samp_numeric_value, moments_inverse},
    {"pg_var_pop_numeric", 1, moments_step, var_pop_numeric_final,
     var_pop_numeric_value, moments_inverse},
    {"pg_stddev_samp_numeric", 1, moments_step, stddev_samp_numeric_final,
     stddev_samp_numeric_value, moments_inverse},
    {"pg_stddev_pop_numeric", 1, moments_step, stddev_pop_numeric_final,
     stddev_pop_numeric_value, moments_inverse},
    GROUP_CALLS(var_samp, 1),
    GROUP_CALLS(var_pop, 1),
    GROUP_CALLS(stddev_samp, 1),
    GROUP_CALLS(stddev_pop, 1),
    GROUP_CALLS(sum_real, 1),
    GROUP_CALLS(bit_and, 1),
    GROUP_CALLS(bit_or, 1),
    GROUP_CALLS(bit_xor, 1),
    {"pg_sum_interval", 1, interval_step, sum_interval, sum_interval, interval_inverse},
    {"pg_avg_interval", 1, interval_step, avg_interval, avg_interval, interval_inverse},
};

int register_aggregates(sqlite3 *db, struct types_context *context) {
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
