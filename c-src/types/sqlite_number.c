/* Booleans, integers and floating-point numbers: input, casts, output and the operators
 * that SQLite has not or has differently. */
#include <math.h>
#include <string.h>

#include "types/call.h"
#include "types/decimal.h"
#include "types/float_text.h"
#include "types/scalar.h"

static void boolean_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  bool value;
  if (call_has_null(count, arguments))
    return;
  int type = sqlite3_value_type(arguments[0]);
  if (type == SQLITE_INTEGER || type == SQLITE_FLOAT)
    call_return_boolean(context, sqlite3_value_double(arguments[0]) != 0);
  else if (!call_text(context, arguments[0], &text))
    return;
  else if (boolean_parse(text, &value) == TIDE_OK)
    call_return_boolean(context, value);
  else
    call_fail_input(context, "boolean", text);
}

static void boolean_of_integer(sqlite3_context *context, int count,
                               sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    call_return_boolean(context, sqlite3_value_int64(arguments[0]) != 0);
}

static void boolean_text(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  const char *word = sqlite3_value_int64(arguments[0]) != 0 ? "true" : "false";
  sqlite3_result_text(context, word, -1, SQLITE_STATIC);
}

static void boolean_out(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  const char *word = sqlite3_value_int64(arguments[0]) != 0 ? "t" : "f";
  sqlite3_result_text(context, word, 1, SQLITE_STATIC);
}

/* --- integers --- */

/* An integer type's name and range. */
struct range {
  const char *name;
  int64_t low, high;
};

static const struct range smallint = {"smallint", INT16_MIN, INT16_MAX};
static const struct range integer = {"integer", INT32_MIN, INT32_MAX};
static const struct range bigint = {"bigint", INT64_MIN, INT64_MAX};

static void return_integer(sqlite3_context *context, const struct range *range,
                           int64_t value) {
  if (value < range->low || value > range->high)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "%s out of range", range->name);
  else
    sqlite3_result_int64(context, value);
}

/* Rounds half to even, as PostgreSQL does from double precision. */
static void return_rounded(sqlite3_context *context, const struct range *range,
                           double value) {
  double rounded = rint(value);
  if (rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0)
    return_integer(context, range, (int64_t)rounded);
  else
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "%s out of range", range->name);
}

static void return_numeric_as_integer(sqlite3_context *context,
                                      const struct range *range, struct text text) {
  struct decimal number;
  int64_t value;
  decimal_init(&number, call_memory());
  int code = decimal_parse(&number, text.data, text.length);
  if (code != TIDE_OK)
    call_fail_code(context, code);
  else if (number.kind != DECIMAL_FINITE)
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED, "cannot convert %s to %s",
              number.kind == DECIMAL_NAN ? "NaN" : "infinity", range->name);
  else if (!decimal_to_integer(&number, &value))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "%s out of range", range->name);
  else
    return_integer(context, range, value);
  decimal_deinit(&number);
}

/* From any number: INTEGER, REAL, or the TEXT of a numeric. */
static void to_integer(sqlite3_context *context, sqlite3_value *value,
                       const struct range *range) {
  struct text text;
  switch (sqlite3_value_type(value)) {
  case SQLITE_NULL: break;
  case SQLITE_INTEGER:
    return_integer(context, range, sqlite3_value_int64(value));
    break;
  case SQLITE_FLOAT: return_rounded(context, range, sqlite3_value_double(value)); break;
  default:
    if (call_text(context, value, &text))
      return_numeric_as_integer(context, range, text);
  }
}

static void read_integer(sqlite3_context *context, sqlite3_value *value,
                         const struct range *range) {
  struct text text;
  int64_t result;
  if (sqlite3_value_type(value) != SQLITE_TEXT) {
    to_integer(context, value, range);
    return;
  }
  if (!call_text(context, value, &text))
    return;
  int code = integer_parse(text, &result);
  if (code == TIDE_ERROR_INVALID_TEXT)
    call_fail_input(context, range->name, text);
  else if (code != TIDE_OK || result < range->low || result > range->high)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE,
              "value \"%.*s\" is out of range for type %s",
              text.length > 100 ? 100 : (int)text.length, text.data, range->name);
  else
    sqlite3_result_int64(context, result);
}

#define INTEGER_TYPE(type)                                                             \
  static void type##_in(sqlite3_context *context, int count, sqlite3_value **values) { \
    (void)count;                                                                       \
    read_integer(context, values[0], &type);                                           \
  }                                                                                    \
  static void type##_of(sqlite3_context *context, int count, sqlite3_value **values) { \
    (void)count;                                                                       \
    to_integer(context, values[0], &type);                                             \
  }

INTEGER_TYPE(smallint)
INTEGER_TYPE(integer)
INTEGER_TYPE(bigint)

/* --- floating point --- */

/* The number in an argument, of whatever storage; false having failed the function. */
static bool float_argument(sqlite3_context *context, sqlite3_value *value,
                           const char *type, double *result) {
  struct text text;
  *result = sqlite3_value_double(value);
  int storage = sqlite3_value_type(value);
  if (storage == SQLITE_INTEGER || storage == SQLITE_FLOAT)
    return true;
  if (!call_text(context, value, &text))
    return false;
  int code = float_parse(text, result);
  if (code == TIDE_OK)
    return true;
  if (code == TIDE_ERROR_NOT_SUPPORTED)
    call_fail(context, code, "NaN is not supported in %s", type);
  else if (code == TIDE_ERROR_OUT_OF_RANGE)
    call_fail(context, code, "\"%.*s\" is out of range for type %s",
              text.length > 100 ? 100 : (int)text.length, text.data, type);
  else
    call_fail_input(context, type, text);
  return false;
}

static void double_of(sqlite3_context *context, int count, sqlite3_value **arguments) {
  double value;
  if (!call_has_null(count, arguments) &&
      float_argument(context, arguments[0], "double precision", &value))
    sqlite3_result_double(context, value);
}

/* Rounds to single precision; infinity out of a finite number is an error. */
static void return_real(sqlite3_context *context, double value) {
  double rounded = (double)(float)value;
  if (isinf(rounded) && !isinf(value))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range: overflow");
  else if (rounded == 0 && value != 0)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range: underflow");
  else
    sqlite3_result_double(context, rounded);
}

static void real_of(sqlite3_context *context, int count, sqlite3_value **arguments) {
  double value;
  if (!call_has_null(count, arguments) &&
      float_argument(context, arguments[0], "real", &value))
    return_real(context, value);
}

static void return_float_text(sqlite3_context *context, double value, bool single) {
  char text[FLOAT_TEXT_MAX];
  size_t length = float_print(value, single, text);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

static void double_text(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    return_float_text(context, sqlite3_value_double(arguments[0]), false);
}

static void real_text(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    return_float_text(context, sqlite3_value_double(arguments[0]), true);
}

/* --- operators --- */

static void fail_division(sqlite3_context *context) {
  call_fail(context, TIDE_ERROR_DIVISION_BY_ZERO, "division by zero");
}

static void divide(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  if (sqlite3_value_type(arguments[0]) == SQLITE_FLOAT ||
      sqlite3_value_type(arguments[1]) == SQLITE_FLOAT) {
    double divisor = sqlite3_value_double(arguments[1]);
    if (divisor == 0)
      fail_division(context);
    else
      sqlite3_result_double(context, sqlite3_value_double(arguments[0]) / divisor);
    return;
  }
  int64_t left = sqlite3_value_int64(arguments[0]);
  int64_t right = sqlite3_value_int64(arguments[1]);
  if (right == 0)
    fail_division(context);
  else if (left == INT64_MIN && right == -1)
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "bigint out of range");
  else
    sqlite3_result_int64(context, left / right);
}

static void modulo(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  int64_t left = sqlite3_value_int64(arguments[0]);
  int64_t right = sqlite3_value_int64(arguments[1]);
  if (right == 0)
    fail_division(context);
  else
    sqlite3_result_int64(context, right == -1 ? 0 : left % right);
}

static void exclusive_or(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    sqlite3_result_int64(context, sqlite3_value_int64(arguments[0]) ^
                                      sqlite3_value_int64(arguments[1]));
}

/* PostgreSQL shifts by the count modulo the width of the type, as the processor does. */
static void shift(sqlite3_context *context, sqlite3_value **arguments, int width,
                  bool left) {
  if (call_has_null(2, arguments))
    return;
  int64_t value = sqlite3_value_int64(arguments[0]);
  int bits = (int)(sqlite3_value_int64(arguments[1]) & (width == 64 ? 63 : 31));
  if (left)
    value = (int64_t)((uint64_t)value << bits);
  else
    value = value < 0 ? ~(~value >> bits) : value >> bits;
  if (width == 32)
    value = (int32_t)(uint32_t)value;
  if (width == 16)
    value = (int16_t)(uint16_t)value;
  sqlite3_result_int64(context, value);
}

#define SHIFT(name, width, left)                                                       \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    (void)count;                                                                       \
    shift(context, arguments, width, left);                                            \
  }

SHIFT(shift_left_smallint, 16, true)
SHIFT(shift_left_integer, 32, true)
SHIFT(shift_left_bigint, 64, true)
SHIFT(shift_right_smallint, 16, false)
SHIFT(shift_right_integer, 32, false)
SHIFT(shift_right_bigint, 64, false)

#define REAL_OPERATOR(name, operation)                                                 \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    if (call_has_null(count, arguments))                                               \
      return;                                                                          \
    double left = sqlite3_value_double(arguments[0]);                                  \
    double right = sqlite3_value_double(arguments[1]);                                 \
    return_real(context, left operation right);                                        \
  }

REAL_OPERATOR(real_add, +)
REAL_OPERATOR(real_subtract, -)
REAL_OPERATOR(real_multiply, *)

static void real_divide(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  double divisor = sqlite3_value_double(arguments[1]);
  if (divisor == 0)
    fail_division(context);
  else
    return_real(context, sqlite3_value_double(arguments[0]) / divisor);
}

static const struct call calls[] = {
    {"pg_boolean_in", 1, false, boolean_in},
    {"pg_boolean", 1, false, boolean_of_integer},
    {"pg_boolean_text", 1, false, boolean_text},
    {"pg_boolean_out", 1, false, boolean_out},
    {"pg_smallint_in", 1, false, smallint_in},
    {"pg_smallint", 1, false, smallint_of},
    {"pg_integer_in", 1, false, integer_in},
    {"pg_integer", 1, false, integer_of},
    {"pg_bigint_in", 1, false, bigint_in},
    {"pg_bigint", 1, false, bigint_of},
    {"pg_double_in", 1, false, double_of},
    {"pg_double", 1, false, double_of},
    {"pg_real_in", 1, false, real_of},
    {"pg_real", 1, false, real_of},
    {"pg_double_text", 1, false, double_text},
    {"pg_real_text", 1, false, real_text},
    {"pg_divide", 2, false, divide},
    {"pg_modulo", 2, false, modulo},
    {"pg_xor", 2, false, exclusive_or},
    {"pg_shift_left_smallint", 2, false, shift_left_smallint},
    {"pg_shift_left_integer", 2, false, shift_left_integer},
    {"pg_shift_left_bigint", 2, false, shift_left_bigint},
    {"pg_shift_right_smallint", 2, false, shift_right_smallint},
    {"pg_shift_right_integer", 2, false, shift_right_integer},
    {"pg_shift_right_bigint", 2, false, shift_right_bigint},
    {"pg_real_add", 2, false, real_add},
    {"pg_real_subtract", 2, false, real_subtract},
    {"pg_real_multiply", 2, false, real_multiply},
    {"pg_real_divide", 2, false, real_divide},
};

int register_numbers(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
