/* Mathematical functions in double precision, random numbers, and those for values of
 * every type. */
#include <math.h>
#include <string.h>

#include "types/call.h"

#define PI 3.14159265358979323846

static double argument(sqlite3_value **arguments, int index) {
  return sqlite3_value_double(arguments[index]);
}

/* PostgreSQL refuses to make infinity out of finite numbers, and SQLite cannot hold
 * NaN. */
static void return_double(sqlite3_context *context, double value, bool finite) {
  if (isnan(value))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "input is out of range");
  else if (isinf(value) && finite)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range: overflow");
  else
    sqlite3_result_double(context, value);
}

#define FUNCTION_OF_ONE(name, expression)                                              \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    if (call_has_null(count, arguments))                                               \
      return;                                                                          \
    double x = argument(arguments, 0);                                                 \
    return_double(context, expression, isfinite(x));                                   \
  }

FUNCTION_OF_ONE(call_ceil, ceil(x))
FUNCTION_OF_ONE(call_floor, floor(x))
FUNCTION_OF_ONE(call_round, rint(x))
FUNCTION_OF_ONE(call_trunc, trunc(x))
FUNCTION_OF_ONE(call_sign, (x > 0) - (x < 0))
FUNCTION_OF_ONE(call_cbrt, cbrt(x))
FUNCTION_OF_ONE(call_degrees, x / (PI / 180))
FUNCTION_OF_ONE(call_radians, x *(PI / 180))
FUNCTION_OF_ONE(call_sin, sin(x))
FUNCTION_OF_ONE(call_cos, cos(x))
FUNCTION_OF_ONE(call_tan, tan(x))
FUNCTION_OF_ONE(call_asin, asin(x))
FUNCTION_OF_ONE(call_acos, acos(x))
FUNCTION_OF_ONE(call_atan, atan(x))
FUNCTION_OF_ONE(call_sinh, sinh(x))
FUNCTION_OF_ONE(call_cosh, cosh(x))
FUNCTION_OF_ONE(call_tanh, tanh(x))

/* What is too small for a number is an error too. */
static void return_power(sqlite3_context *context, double value, bool finite,
                         bool zero) {
  if (value == 0 && finite && !zero)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range: underflow");
  else
    return_double(context, value, finite);
}

static void call_exp(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    return_power(context, exp(argument(arguments, 0)), isfinite(argument(arguments, 0)),
                 false);
}

static void call_cot(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    return_double(context, 1 / tan(argument(arguments, 0)), false);
}

static void call_sqrt(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  double x = argument(arguments, 0);
  if (x < 0)
    call_fail(context, TIDE_ERROR_INVALID_POWER,
              "cannot take square root of a negative number");
  else
    sqlite3_result_double(context, sqrt(x));
}

/* Returns whether a logarithm of x exists, having failed the function if not. */
static bool has_logarithm(sqlite3_context *context, double x) {
  if (x > 0)
    return true;
  call_fail(context, TIDE_ERROR_INVALID_ARGUMENT, "cannot take logarithm of %s",
            x == 0 ? "zero" : "a negative number");
  return false;
}

static void call_ln(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments) &&
      has_logarithm(context, argument(arguments, 0)))
    sqlite3_result_double(context, log(argument(arguments, 0)));
}

static void call_log10(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments) &&
      has_logarithm(context, argument(arguments, 0)))
    sqlite3_result_double(context, log10(argument(arguments, 0)));
}

static void call_power(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  double base = argument(arguments, 0), exponent = argument(arguments, 1);
  if (base == 0 && exponent < 0)
    call_fail(context, TIDE_ERROR_INVALID_POWER,
              "zero raised to a negative power is undefined");
  else if (base < 0 && floor(exponent) != exponent)
    call_fail(
        context, TIDE_ERROR_INVALID_POWER,
        "a negative number raised to a non-integer power yields a complex result");
  else
    return_power(context, pow(base, exponent), isfinite(base) && isfinite(exponent),
                 base == 0);
}

static void call_atan2(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    sqlite3_result_double(context,
                          atan2(argument(arguments, 0), argument(arguments, 1)));
}

static void call_pi(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count, (void)arguments;
  sqlite3_result_double(context, PI);
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b) {
  while (b != 0) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static uint64_t magnitude(int64_t value) {
  return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static void return_unsigned(sqlite3_context *context, uint64_t value, bool single) {
  if (value > (single ? INT32_MAX : INT64_MAX))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "%s out of range",
              single ? "integer" : "bigint");
  else
    sqlite3_result_int64(context, (int64_t)value);
}

static void call_gcd(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  uint64_t a = magnitude(sqlite3_value_int64(arguments[0]));
  uint64_t b = magnitude(sqlite3_value_int64(arguments[1]));
  return_unsigned(context, greatest_common_divisor(a, b), false);
}

/* The least common multiple, in the range of integer when `single`. */
static void least_common_multiple(sqlite3_context *context, sqlite3_value **arguments,
                                  bool single) {
  if (call_has_null(2, arguments))
    return;
  uint64_t a = magnitude(sqlite3_value_int64(arguments[0]));
  uint64_t b = magnitude(sqlite3_value_int64(arguments[1]));
  if (a == 0 || b == 0) {
    sqlite3_result_int(context, 0);
    return;
  }
  uint64_t part = a / greatest_common_divisor(a, b);
  return_unsigned(context, part > UINT64_MAX / b ? UINT64_MAX : part * b, single);
}

static void call_lcm(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  least_common_multiple(context, arguments, false);
}

static void call_lcm_integer(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  (void)count;
  least_common_multiple(context, arguments, true);
}

static void width_bucket(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  double operand = argument(arguments, 0), low = argument(arguments, 1);
  double high = argument(arguments, 2);
  int buckets = call_int(arguments[3]);
  if (buckets <= 0 || low == high || !isfinite(low) || !isfinite(high)) {
    call_fail(context, TIDE_ERROR_INVALID_ARGUMENT,
              buckets <= 0
                  ? "count must be greater than zero"
                  : "lower bound and upper bound must be finite and different");
    return;
  }
  double place = (operand - low) / (high - low);
  int bucket = place < 0 ? 0 : place >= 1 ? buckets + 1 : (int)(buckets * place) + 1;
  sqlite3_result_int(context, bucket);
}

static void call_random(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  (void)count, (void)arguments;
  struct types_context *types = call_context(context);
  uint64_t bits = types->random(types->random_state) >> 11;
  sqlite3_result_double(context, (double)bits / 9007199254740992.0);
}

static void gen_random_uuid(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  (void)count, (void)arguments;
  struct types_context *types = call_context(context);
  uint8_t bytes[16];
  char text[36];
  for (int half = 0; half < 2; half++) {
    uint64_t bits = types->random(types->random_state);
    memcpy(bytes + half * 8, &bits, sizeof bits);
  }
  bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* version 4: random */
  bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
  size_t length = 0;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text[length++] = '-';
    text[length++] = "0123456789abcdef"[bytes[i] >> 4];
    text[length++] = "0123456789abcdef"[bytes[i] & 15];
  }
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

/* --- any type --- */

static int count_nulls(int count, sqlite3_value **arguments) {
  int nulls = 0;
  for (int i = 0; i < count; i++)
    nulls += sqlite3_value_type(arguments[i]) == SQLITE_NULL;
  return nulls;
}

static void num_nulls(sqlite3_context *context, int count, sqlite3_value **arguments) {
  sqlite3_result_int(context, count_nulls(count, arguments));
}

static void num_nonnulls(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  sqlite3_result_int(context, count - count_nulls(count, arguments));
}

static const struct call calls[] = {
    {"pg_ceil", 1, false, call_ceil},
    {"pg_floor", 1, false, call_floor},
    {"pg_round", 1, false, call_round},
    {"pg_trunc", 1, false, call_trunc},
    {"pg_sign", 1, false, call_sign},
    {"pg_sqrt", 1, false, call_sqrt},
    {"pg_cbrt", 1, false, call_cbrt},
    {"pg_power", 2, false, call_power},
    {"pg_exp", 1, false, call_exp},
    {"pg_ln", 1, false, call_ln},
    {"pg_log10", 1, false, call_log10},
    {"pg_degrees", 1, false, call_degrees},
    {"pg_radians", 1, false, call_radians},
    {"pg_sin", 1, false, call_sin},
    {"pg_cos", 1, false, call_cos},
    {"pg_tan", 1, false, call_tan},
    {"pg_cot", 1, false, call_cot},
    {"pg_asin", 1, false, call_asin},
    {"pg_acos", 1, false, call_acos},
    {"pg_atan", 1, false, call_atan},
    {"pg_atan2", 2, false, call_atan2},
    {"pg_sinh", 1, false, call_sinh},
    {"pg_cosh", 1, false, call_cosh},
    {"pg_tanh", 1, false, call_tanh},
    {"pg_pi", 0, false, call_pi},
    {"pg_gcd", 2, false, call_gcd},
    {"pg_lcm", 2, false, call_lcm},
    {"pg_lcm_integer", 2, false, call_lcm_integer},
    {"pg_width_bucket", 4, false, width_bucket},
    {"pg_random", 0, true, call_random},
    {"pg_gen_random_uuid", 0, true, gen_random_uuid},
    {"pg_num_nulls", -1, false, num_nulls},
    {"pg_num_nonnulls", -1, false, num_nonnulls},
};

int register_mathematics(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
