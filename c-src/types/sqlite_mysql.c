/* What MySQL's operators and functions compute, where PostgreSQL's compute something else. */
#include <math.h>
#include <string.h>

#include "types/float_text.h"
#include "types/numeric.h"
#include "types/unicode.h"

/* --- division --- */

enum {
  WORD = 9, /* digits that MySQL computes with at a time */
  MORE = 4, /* places that a quotient has more than what is divided */
  SURE = 40 /* places beyond those that are asked for, so that none is rounded up */
};

/* NULL, or a failure where the statement writes. */
static void divided_by_zero(sqlite3_context *context, bool strict) {
  if (strict)
    call_fail_code(context, TIDE_ERROR_DIVISION_BY_ZERO);
}

static int words(int digits) {
  return (digits + WORD - 1) / WORD * WORD;
}

/* The places that MySQL computes of a quotient. */
static int quotient_scale(const struct decimal *left, const struct decimal *right) {
  int one = words(left->scale), other = words(right->scale);
  int more = MORE - (one - left->scale) - (other - right->scale);
  return words(one + other + (more > 0 ? more : 0));
}

static int quotient(struct decimal *result, const struct decimal *left,
                    const struct decimal *right) {
  int scale = quotient_scale(left, right);
  int code = decimal_divide(result, left, right, scale + SURE);
  return code == TIDE_OK ? decimal_round(result, scale, DECIMAL_TRUNCATE) : code;
}

static int shown_quotient(struct decimal *result, const struct decimal *left,
                          const struct decimal *right) {
  int code = quotient(result, left, right);
  return code == TIDE_OK ? decimal_round(result, left->scale + MORE, DECIMAL_HALF_AWAY)
                         : code;
}

typedef int operation(struct decimal *, const struct decimal *, const struct decimal *);

/* Computes into *result; false when there is none. */
static bool compute(sqlite3_context *context, sqlite3_value **arguments, bool strict,
                    operation *run, struct decimal *result) {
  struct decimal left, right;
  bool computed = false;
  if (numeric_argument(context, arguments[0], &left)) {
    if (numeric_argument(context, arguments[1], &right)) {
      int code = run(result, &left, &right);
      computed = code == TIDE_OK;
      if (code == TIDE_ERROR_DIVISION_BY_ZERO)
        divided_by_zero(context, strict);
      else if (code != TIDE_OK)
        numeric_return(context, code, result);
    }
    decimal_deinit(&right);
  }
  decimal_deinit(&left);
  return computed;
}

static void numeric_result(sqlite3_context *context, sqlite3_value **arguments,
                           bool strict, operation *run) {
  struct decimal result;
  if (call_has_null(2, arguments))
    return;
  decimal_init(&result, call_memory());
  if (compute(context, arguments, strict, run, &result))
    numeric_return(context, TIDE_OK, &result);
  decimal_deinit(&result);
}

static void integer_result(sqlite3_context *context, sqlite3_value **arguments,
                           bool strict) {
  struct decimal result;
  int64_t integer;
  if (call_has_null(2, arguments))
    return;
  decimal_init(&result, call_memory());
  if (compute(context, arguments, strict, decimal_divide_integer, &result)) {
    if (decimal_to_integer(&result, &integer))
      sqlite3_result_int64(context, integer);
    else
      call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "bigint out of range");
  }
  decimal_deinit(&result);
}

/* Whole numbers give a whole number. */
static void modulo_result(sqlite3_context *context, sqlite3_value **arguments,
                          bool strict) {
  if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER ||
      sqlite3_value_type(arguments[1]) != SQLITE_INTEGER) {
    numeric_result(context, arguments, strict, decimal_modulo);
    return;
  }
  int64_t left = sqlite3_value_int64(arguments[0]);
  int64_t right = sqlite3_value_int64(arguments[1]);
  if (right == 0)
    divided_by_zero(context, strict);
  else
    sqlite3_result_int64(context, right == -1 ? 0 : left % right);
}

enum double_operation { DIVIDE, DIVIDE_WHOLE, REMAINDER };

static void double_result(sqlite3_context *context, sqlite3_value **arguments,
                          bool strict, enum double_operation what) {
  if (call_has_null(2, arguments))
    return;
  double left = sqlite3_value_double(arguments[0]);
  double right = sqlite3_value_double(arguments[1]);
  double result = what == REMAINDER ? fmod(left, right) : left / right;
  if (right == 0)
    divided_by_zero(context, strict);
  else if (isinf(result) || (what == DIVIDE_WHOLE && fabs(result) >= 0x1p63))
    call_fail_code(context, TIDE_ERROR_OUT_OF_RANGE);
  else if (what == DIVIDE_WHOLE)
    sqlite3_result_int64(context, (int64_t)result);
  else
    sqlite3_result_double(context, result);
}

/* A function, and the one that fails where this is NULL. */
#define BOTH(name, call)                                                               \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    enum { STRICT = false };                                                           \
    (void)count;                                                                       \
    call;                                                                              \
  }                                                                                    \
  static void name##_strict(sqlite3_context *context, int count,                       \
                            sqlite3_value **arguments) {                               \
    enum { STRICT = true };                                                            \
    (void)count;                                                                       \
    call;                                                                              \
  }

BOTH(numeric_divide, numeric_result(context, arguments, STRICT, shown_quotient))
BOTH(numeric_quotient, numeric_result(context, arguments, STRICT, quotient))
BOTH(whole_div, integer_result(context, arguments, STRICT))
BOTH(any_modulo, modulo_result(context, arguments, STRICT))
BOTH(double_divide, double_result(context, arguments, STRICT, DIVIDE))
BOTH(double_div, double_result(context, arguments, STRICT, DIVIDE_WHOLE))
BOTH(double_modulo, double_result(context, arguments, STRICT, REMAINDER))

/* --- bits: MySQL takes numbers for 64 bits without a sign --- */

static void bits_result(sqlite3_context *context, uint64_t bits) {
  if (bits > INT64_MAX)
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "a number without a sign beyond bigint is not supported");
  else
    sqlite3_result_int64(context, (int64_t)bits);
}

#define BITS(name, expression)                                                         \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    if (call_has_null(count, arguments))                                               \
      return;                                                                          \
    uint64_t left = (uint64_t)sqlite3_value_int64(arguments[0]);                       \
    uint64_t right = (uint64_t)sqlite3_value_int64(arguments[count - 1]);              \
    bits_result(context, expression);                                                  \
  }

BITS(bit_or, left | right)
BITS(bit_and, left &right)
BITS(shift_left, right < 64 ? left << right : 0)
BITS(shift_right, right < 64 ? left >> right : 0)
BITS(without_sign, left &right)

/* True, or a failure. */
static void fits(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  int64_t value = sqlite3_value_int64(arguments[0]);
  bool fits = value >= sqlite3_value_int64(arguments[1]) &&
              value <= sqlite3_value_int64(arguments[2]);
  if (fits)
    call_return_boolean(context, true);
  else
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE,
              "%lld is out of range: from %lld to %lld", (long long)value,
              (long long)sqlite3_value_int64(arguments[1]),
              (long long)sqlite3_value_int64(arguments[2]));
}

/* --- text --- */

/* Of a value as it is stored; a truth value is 1 or 0. */
static bool append_text(sqlite3_context *context, struct buffer *out,
                        sqlite3_value *value) {
  char number[FLOAT_TEXT_MAX];
  struct text text = {number, 0};
  switch (sqlite3_value_type(value)) {
  case SQLITE_FLOAT:
    text.length = float_print(sqlite3_value_double(value), false, number);
    if (memchr(number, 'e', text.length) == NULL)
      break;
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "the text of a number with an exponent is not supported");
    return false;
  case SQLITE_BLOB:
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED, "the text of bytes is not supported");
    return false;
  default:
    if (!call_text(context, value, &text))
      return false;
  }
  buffer_append(out, text.data, text.length);
  return true;
}

static void concat(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct buffer out;
  if (call_has_null(count, arguments))
    return;
  buffer_init(&out, call_memory());
  for (int i = 0; i < count; i++) {
    if (!append_text(context, &out, arguments[i])) {
      buffer_deinit(&out);
      return;
    }
  }
  call_return_buffer(context, &out);
}

static void concat_ws(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct buffer out;
  bool any = false;
  if (call_has_null(1, arguments))
    return;
  buffer_init(&out, call_memory());
  for (int i = 1; i < count; i++) {
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL)
      continue;
    if ((any && !append_text(context, &out, arguments[0])) ||
        !append_text(context, &out, arguments[i])) {
      buffer_deinit(&out);
      return;
    }
    any = true;
  }
  call_return_buffer(context, &out);
}

static size_t letters(struct text text) {
  size_t count = 0;
  for (size_t at = 0; at < text.length; count++)
    utf8_next(text.data, text.length, &at);
  return count;
}

static void return_letters(sqlite3_context *context, struct text text, int64_t first,
                           int64_t count) {
  size_t start = 0;
  for (int64_t i = 0; i < first && start < text.length; i++)
    utf8_next(text.data, text.length, &start);
  size_t end = start;
  for (int64_t i = 0; i < count && end < text.length; i++)
    utf8_next(text.data, text.length, &end);
  call_return_text(context, (struct text){text.data + start, end - start});
}

static void left(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (!call_has_null(count, arguments) && call_text(context, arguments[0], &text))
    return_letters(context, text, 0, sqlite3_value_int64(arguments[1]));
}

static void right(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  int64_t wanted = sqlite3_value_int64(arguments[1]), all = (int64_t)letters(text);
  return_letters(context, text, all - (wanted < 0 ? 0 : wanted), wanted);
}

/* Positions begin with 1; below zero they count from the end. */
static void substr(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  int64_t all = (int64_t)letters(text), first = sqlite3_value_int64(arguments[1]);
  int64_t wanted = count > 2 ? sqlite3_value_int64(arguments[2]) : all;
  int64_t start = first > 0 ? first - 1 : all + first;
  bool none = first == 0 || start < 0 || wanted <= 0;
  return_letters(context, text, none ? 0 : start, none ? 0 : wanted);
}

int register_mysql(sqlite3 *db, struct types_context *context) {
  static const struct call calls[] = {
      {"mysql_divide", 2, false, numeric_divide},
      {"mysql_divide_strict", 2, false, numeric_divide_strict},
      {"mysql_quotient", 2, false, numeric_quotient},
      {"mysql_quotient_strict", 2, false, numeric_quotient_strict},
      {"mysql_double_divide", 2, false, double_divide},
      {"mysql_double_divide_strict", 2, false, double_divide_strict},
      {"mysql_div", 2, false, whole_div},
      {"mysql_div_strict", 2, false, whole_div_strict},
      {"mysql_double_div", 2, false, double_div},
      {"mysql_double_div_strict", 2, false, double_div_strict},
      {"mysql_modulo", 2, false, any_modulo},
      {"mysql_modulo_strict", 2, false, any_modulo_strict},
      {"mysql_double_modulo", 2, false, double_modulo},
      {"mysql_double_modulo_strict", 2, false, double_modulo_strict},
      {"mysql_bit_or", 2, false, bit_or},
      {"mysql_bit_and", 2, false, bit_and},
      {"mysql_shift_left", 2, false, shift_left},
      {"mysql_shift_right", 2, false, shift_right},
      {"mysql_fits", 3, false, fits},
      {"mysql_unsigned", 1, false, without_sign},
      {"mysql_concat", -1, false, concat},
      {"mysql_concat_ws", -1, false, concat_ws},
      {"mysql_left", 2, false, left},
      {"mysql_right", 2, false, right},
      {"mysql_substr", 2, false, substr},
      {"mysql_substr", 3, false, substr},
  };
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
