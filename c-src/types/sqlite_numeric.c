/* The functions and operators of numeric. */
#include <math.h>
#include <string.h>

#include "types/float_text.h"
#include "types/numeric.h"

enum { REAL_DIGITS = 6, DOUBLE_DIGITS = 15 };

/* Reads a floating-point number by the digits that are sure. */
static int parse_double(struct decimal *number, double value, int digits) {
  char text[FLOAT_TEXT_MAX];
  size_t length = float_print_rounded(value, digits, text);
  int code = decimal_parse(number, text, length);
  if (code != TIDE_OK || number->kind != DECIMAL_FINITE)
    return code;
  /* 1.50000000000000e+00 is 1.5 */
  int scale = decimal_minimal_scale(number);
  return decimal_round(number, scale, DECIMAL_TRUNCATE);
}

bool numeric_argument(sqlite3_context *context, sqlite3_value *value,
                      struct decimal *number) {
  struct text text;
  decimal_init(number, call_memory());
  int code = TIDE_OK;
  switch (sqlite3_value_type(value)) {
  case SQLITE_INTEGER: decimal_set_integer(number, sqlite3_value_int64(value)); break;
  case SQLITE_FLOAT: /* a number of JavaScript as a parameter */
    code = parse_double(number, sqlite3_value_double(value), DOUBLE_DIGITS);
    break;
  default:
    if (!call_text(context, value, &text))
      return false;
    code = decimal_parse(number, text.data, text.length);
    if (code == TIDE_ERROR_INVALID_TEXT) {
      call_fail_input(context, "numeric", text);
      return false;
    }
  }
  if (code == TIDE_OK)
    return true;
  if (code == TIDE_ERROR_OUT_OF_RANGE)
    call_fail(context, code, "value overflows numeric format");
  else
    call_fail_code(context, code);
  return false;
}

void numeric_return(sqlite3_context *context, int code, const struct decimal *number) {
  struct buffer out;
  if (code == TIDE_ERROR_OUT_OF_RANGE) {
    call_fail(context, code, "value overflows numeric format");
  } else if (code != TIDE_OK) {
    call_fail_code(context, code);
  } else {
    buffer_init(&out, call_memory());
    decimal_print(number, &out);
    call_return_buffer(context, &out);
  }
}

/* Fits `number` to the modifiers in the second and third argument, if any, and returns
 * it. */
static void return_fitted(sqlite3_context *context, int count,
                          sqlite3_value **arguments, struct decimal *number) {
  int precision = count > 1 ? call_int(arguments[1]) : -1;
  int scale = count > 2 ? call_int(arguments[2]) : 0;
  int code = TIDE_OK;
  if (precision >= 0) {
    if (scale < -1000 || scale == -1)
      scale = 0;
    code = decimal_fit(number, precision, scale);
  }
  if (code == TIDE_ERROR_OUT_OF_RANGE)
    call_fail(context, code,
              "numeric field overflow: numeric(%d,%d) cannot hold this value",
              precision, scale);
  else
    numeric_return(context, code, number);
}

/* pg_numeric_in(value[, precision, scale]): from text, or from any number. */
static void numeric_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct decimal number;
  if (call_has_null(1, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number))
    return_fitted(context, count, arguments, &number);
  decimal_deinit(&number);
}

static void from_double(sqlite3_context *context, int count, sqlite3_value **arguments,
                        int digits) {
  struct decimal number;
  if (call_has_null(1, arguments))
    return;
  decimal_init(&number, call_memory());
  int code = parse_double(&number, sqlite3_value_double(arguments[0]), digits);
  if (code == TIDE_OK)
    return_fitted(context, count, arguments, &number);
  else
    call_fail_code(context, code);
  decimal_deinit(&number);
}

static void numeric_double(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  from_double(context, count, arguments, DOUBLE_DIGITS);
}

static void numeric_real(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  from_double(context, count, arguments, REAL_DIGITS);
}

/* --- of two --- */

typedef int operation(struct decimal *, const struct decimal *, const struct decimal *);

static void combine(sqlite3_context *context, int count, sqlite3_value **arguments,
                    operation *run) {
  struct decimal left, right, result;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &left)) {
    if (numeric_argument(context, arguments[1], &right)) {
      decimal_init(&result, call_memory());
      int code = run(&result, &left, &right);
      numeric_return(context, code, &result);
      decimal_deinit(&result);
    }
    decimal_deinit(&right);
  }
  decimal_deinit(&left);
}

static int divide(struct decimal *result, const struct decimal *left,
                  const struct decimal *right) {
  return decimal_divide(result, left, right, decimal_division_scale(left, right));
}

#define BINARY(name, run)                                                              \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    combine(context, count, arguments, run);                                           \
  }

BINARY(numeric_add, decimal_add)
BINARY(numeric_subtract, decimal_subtract)
BINARY(numeric_multiply, decimal_multiply)
BINARY(numeric_divide, divide)
BINARY(numeric_modulo, decimal_modulo)
BINARY(numeric_div, decimal_divide_integer)

/* x ^ y where one is not finite. */
static int power_special(struct decimal *result, const struct decimal *base,
                         const struct decimal *exponent) {
  if (decimal_is_zero(base) && exponent->negative)
    return TIDE_ERROR_DIVISION_BY_ZERO;
  double value = pow(decimal_to_double(base), decimal_to_double(exponent));
  return parse_double(result, value, DOUBLE_DIGITS);
}

/* Whole exponents by multiplication, others by the logarithm. */
static int power(struct decimal *result, const struct decimal *base,
                 const struct decimal *exponent) {
  int64_t integer;
  bool whole = exponent->kind == DECIMAL_FINITE && decimal_minimal_scale(exponent) == 0;
  if (whole && decimal_to_integer(exponent, &integer) && integer >= INT32_MIN &&
      integer <= INT32_MAX)
    return decimal_power(result, base, (int)integer, exponent->scale);
  if (base->kind != DECIMAL_FINITE || exponent->kind != DECIMAL_FINITE)
    return power_special(result, base, exponent);
  return decimal_power_real(result, base, exponent);
}

static void numeric_power(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct decimal base, exponent, result;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &base)) {
    if (numeric_argument(context, arguments[1], &exponent)) {
      decimal_init(&result, call_memory());
      int code = power(&result, &base, &exponent);
      if (code == TIDE_ERROR_DIVISION_BY_ZERO)
        call_fail(context, TIDE_ERROR_INVALID_POWER,
                  "zero raised to a negative power is undefined");
      else if (code == TIDE_ERROR_INVALID_ARGUMENT)
        call_fail(
            context, TIDE_ERROR_INVALID_POWER,
            "a negative number raised to a non-integer power yields a complex result");
      else
        numeric_return(context, code, &result);
      decimal_deinit(&result);
    }
    decimal_deinit(&exponent);
  }
  decimal_deinit(&base);
}

/* --- of one --- */

static void numeric_negate(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  struct decimal number;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number)) {
    bool signed_value = number.kind == DECIMAL_INFINITE || number.count > 0;
    number.negative = signed_value && !number.negative;
    numeric_return(context, TIDE_OK, &number);
  }
  decimal_deinit(&number);
}

static void numeric_abs(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct decimal number;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number)) {
    number.negative = false;
    numeric_return(context, TIDE_OK, &number);
  }
  decimal_deinit(&number);
}

static void numeric_sign(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct decimal number;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number)) {
    const char *sign = number.kind == DECIMAL_NAN ? "NaN"
                       : decimal_is_zero(&number) ? "0"
                       : number.negative          ? "-1"
                                                  : "1";
    sqlite3_result_text(context, sign, -1, SQLITE_STATIC);
  }
  decimal_deinit(&number);
}

/* Rounds to the digits in the second argument, or to none. */
static void round_to(sqlite3_context *context, int count, sqlite3_value **arguments,
                     enum decimal_rounding rounding) {
  struct decimal number;
  if (call_has_null(count, arguments))
    return;
  int scale = count > 1 ? call_int(arguments[1]) : 0;
  if (numeric_argument(context, arguments[0], &number)) {
    int code = decimal_round(&number, scale, rounding);
    numeric_return(context, code, &number);
  }
  decimal_deinit(&number);
}

#define ROUNDING(name, rounding)                                                       \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    round_to(context, count, arguments, rounding);                                     \
  }

ROUNDING(numeric_round, DECIMAL_HALF_AWAY)
ROUNDING(numeric_trunc, DECIMAL_TRUNCATE)
ROUNDING(numeric_ceil, DECIMAL_CEILING)
ROUNDING(numeric_floor, DECIMAL_FLOOR)

static void numeric_sqrt(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct decimal number, result;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number)) {
    decimal_init(&result, call_memory());
    int code =
        decimal_square_root(&result, &number, decimal_square_root_scale(&number));
    if (code == TIDE_ERROR_INVALID_ARGUMENT)
      call_fail(context, TIDE_ERROR_INVALID_POWER,
                "cannot take square root of a negative number");
    else
      numeric_return(context, code, &result);
    decimal_deinit(&result);
  }
  decimal_deinit(&number);
}

/* exp() of a number that is not finite. */
static int exponential(struct decimal *result, const struct decimal *number) {
  if (number->kind == DECIMAL_FINITE)
    return decimal_exponential(result, number, decimal_exponential_scale(number));
  if (number->kind == DECIMAL_INFINITE && number->negative)
    return decimal_parse(result, "0", 1);
  return decimal_copy(result, number);
}

static int natural_logarithm(struct decimal *result, const struct decimal *number) {
  if (number->kind != DECIMAL_FINITE && !number->negative)
    return decimal_copy(result, number);
  return decimal_logarithm(result, number, decimal_logarithm_scale(number));
}

static int decimal_logarithm_10(struct decimal *result, const struct decimal *number) {
  struct decimal ten;
  if (number->kind != DECIMAL_FINITE && !number->negative)
    return decimal_copy(result, number);
  decimal_init(&ten, call_memory());
  decimal_set_integer(&ten, 10);
  int code = decimal_logarithm_to_base(result, &ten, number);
  decimal_deinit(&ten);
  return code;
}

/* A function of one number that may have no result. */
static void apply(sqlite3_context *context, int count, sqlite3_value **arguments,
                  int (*run)(struct decimal *, const struct decimal *)) {
  struct decimal number, result;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number)) {
    decimal_init(&result, call_memory());
    int code = run(&result, &number);
    if (code == TIDE_ERROR_INVALID_ARGUMENT)
      call_fail(context, code, "cannot take logarithm of %s",
                decimal_is_zero(&number) ? "zero" : "a negative number");
    else
      numeric_return(context, code, &result);
    decimal_deinit(&result);
  }
  decimal_deinit(&number);
}

static void numeric_exp(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  apply(context, count, arguments, exponential);
}

static void numeric_ln(sqlite3_context *context, int count, sqlite3_value **arguments) {
  apply(context, count, arguments, natural_logarithm);
}

static void numeric_log10(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  apply(context, count, arguments, decimal_logarithm_10);
}

/* pg_numeric_log(base, number) */
static void numeric_log(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct decimal base, number, result;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &base)) {
    if (numeric_argument(context, arguments[1], &number)) {
      decimal_init(&result, call_memory());
      bool finite = base.kind == DECIMAL_FINITE && number.kind == DECIMAL_FINITE;
      int code = finite ? decimal_logarithm_to_base(&result, &base, &number)
                        : decimal_parse(&result, "NaN", 3);
      if (code == TIDE_ERROR_INVALID_ARGUMENT)
        call_fail(context, code,
                  "cannot take logarithm of zero or of a negative number");
      else
        numeric_return(context, code, &result);
      decimal_deinit(&result);
    }
    decimal_deinit(&number);
  }
  decimal_deinit(&base);
}

static void return_scale(sqlite3_context *context, sqlite3_value **arguments,
                         bool minimal) {
  struct decimal number;
  if (call_has_null(1, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number) && number.kind == DECIMAL_FINITE)
    sqlite3_result_int(context,
                       minimal ? decimal_minimal_scale(&number) : number.scale);
  decimal_deinit(&number);
}

static void numeric_scale(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  (void)count;
  return_scale(context, arguments, false);
}

static void numeric_min_scale(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  return_scale(context, arguments, true);
}

static void numeric_trim_scale(sqlite3_context *context, int count,
                               sqlite3_value **arguments) {
  struct decimal number;
  if (call_has_null(count, arguments))
    return;
  if (numeric_argument(context, arguments[0], &number)) {
    if (number.kind == DECIMAL_FINITE)
      number.scale = decimal_minimal_scale(&number);
    numeric_return(context, TIDE_OK, &number);
  }
  decimal_deinit(&number);
}

static const struct call calls[] = {
    {"pg_numeric_in", 1, false, numeric_in},
    {"pg_numeric_in", 3, false, numeric_in},
    {"pg_numeric", 1, false, numeric_in},
    {"pg_numeric", 3, false, numeric_in},
    {"pg_numeric_double", 1, false, numeric_double},
    {"pg_numeric_double", 3, false, numeric_double},
    {"pg_numeric_real", 1, false, numeric_real},
    {"pg_numeric_real", 3, false, numeric_real},
    {"pg_numeric_add", 2, false, numeric_add},
    {"pg_numeric_subtract", 2, false, numeric_subtract},
    {"pg_numeric_multiply", 2, false, numeric_multiply},
    {"pg_numeric_divide", 2, false, numeric_divide},
    {"pg_numeric_modulo", 2, false, numeric_modulo},
    {"pg_numeric_div", 2, false, numeric_div},
    {"pg_numeric_power", 2, false, numeric_power},
    {"pg_numeric_negate", 1, false, numeric_negate},
    {"pg_numeric_abs", 1, false, numeric_abs},
    {"pg_numeric_sign", 1, false, numeric_sign},
    {"pg_numeric_round", 1, false, numeric_round},
    {"pg_numeric_round", 2, false, numeric_round},
    {"pg_numeric_trunc", 1, false, numeric_trunc},
    {"pg_numeric_trunc", 2, false, numeric_trunc},
    {"pg_numeric_ceil", 1, false, numeric_ceil},
    {"pg_numeric_floor", 1, false, numeric_floor},
    {"pg_numeric_sqrt", 1, false, numeric_sqrt},
    {"pg_numeric_exp", 1, false, numeric_exp},
    {"pg_numeric_ln", 1, false, numeric_ln},
    {"pg_numeric_log10", 1, false, numeric_log10},
    {"pg_numeric_log", 2, false, numeric_log},
    {"pg_numeric_scale", 1, false, numeric_scale},
    {"pg_numeric_min_scale", 1, false, numeric_min_scale},
    {"pg_numeric_trim_scale", 1, false, numeric_trim_scale},
};

int register_numeric(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
