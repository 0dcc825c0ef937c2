/* to_char() of numbers, and to_number(). */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "types/decimal_limbs.h"
#include "types/float_text.h"
#include "types/number_print.h"
#include "types/number_scan.h"
#include "types/numeric.h"
#include "types/type.h"

enum { REAL_DIGITS = 6, DOUBLE_DIGITS = 15, ROMAN_END = 4000 };

/* --- to_char --- */

/* Reads the template of to_char(x, template). Returns false when there is nothing more
 * to do: the result is given, or NULL. */
static bool begin(sqlite3_context *context, sqlite3_value **arguments,
                  struct number_template *number) {
  struct text format;
  if (call_has_null(2, arguments) || !call_text(context, arguments[1], &format))
    return false;
  if (format.length == 0) {
    call_return_text(context, format);
    return false;
  }
  return number_template_read(context, format, number);
}

/* ### in the place of a number with too many digits. */
static void put_overflow(struct buffer *text, const struct number_template *number) {
  for (int i = 0; i <= number->before + number->behind; i++)
    buffer_character(text, i == number->before ? '.' : '#');
}

/* Takes the number in `text` apart. */
static struct number_digits take_apart(struct buffer *text,
                                       const struct number_template *number) {
  struct number_digits digits = {buffer_string(text), '+', 0};
  if (number->roman)
    return digits;
  if (digits.text[0] == '-') {
    digits.sign = '-';
    digits.text++;
  }
  int before = (int)strcspn(digits.text, ".");
  if (before <= number->before) {
    digits.missing = number->before - before;
  } else if (!text->failed) {
    buffer_clear(text);
    put_overflow(text, number);
    digits.text = buffer_string(text);
  }
  return digits;
}

/* Returns what `text` holds, released here, by the template: a roman numeral, a number
 * in scientific notation, or one with as many digits behind the point as the template
 * has. */
static void finish(sqlite3_context *context, const struct number_template *number,
                   struct buffer *text) {
  struct buffer out;
  bool printed = true;
  buffer_init(&out, call_memory());
  if (number->exponent) {
    buffer_append(&out, text->data, text->length);
  } else {
    struct number_digits digits = take_apart(text, number);
    printed = number_print(context, &out, number, &digits);
  }
  out.failed |= text->failed;
  buffer_deinit(text);
  if (printed)
    call_return_buffer(context, &out);
  else
    buffer_deinit(&out);
}

/* What is no number, in scientific notation. */
static void put_no_number(struct buffer *text, const struct number_template *number) {
  enum { AROUND = 6 }; /* the sign, the point and e+00 */
  for (int i = 0; i < number->before + number->behind + AROUND; i++)
    buffer_character(text, i == 0 ? ' ' : i == number->before + 1 ? '.' : '#');
}

static void put_roman(struct buffer *text, int64_t value) {
  static const char *const numerals[] = {"M",  "CM", "D",  "CD", "C",  "XC", "L",
                                         "XL", "X",  "IX", "V",  "IV", "I"};
  static const int values[] = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
  if (value < 1 || value >= ROMAN_END) {
    buffer_text(text, "###############");
    return;
  }
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    for (; value >= values[i]; value -= values[i])
      buffer_text(text, numerals[i]);
  }
}

/* --- floating-point numbers --- */

/* Prints a number, rounded to what the template shows and to the digits that are sure. */
static void put_double(struct buffer *text, double value, bool single,
                       struct number_template *number) {
  int sure = single ? REAL_DIGITS : DOUBLE_DIGITS;
  if (number->shifts) {
    double factor = pow(10, number->shift);
    value = single ? (float)value * (float)factor : value * factor;
    number->before += number->shift;
  }
  float_put_fixed(text, fabs(value), 0);
  int before = (int)text->length;
  buffer_clear(text);
  if (before >= sure)
    number->behind = 0;
  else if (before + number->behind > sure)
    number->behind = sure - before;
  float_put_fixed(text, value, number->behind);
}

/* A blank in the place of the sign that is not there, and the number. */
static void put_scientific(struct buffer *text, double value,
                           const struct number_template *number) {
  if (!isfinite(value)) {
    put_no_number(text, number);
    return;
  }
  if (!signbit(value))
    buffer_character(text, ' ');
  float_put_scientific(text, value, number->behind);
}

static void double_to_char(sqlite3_context *context, sqlite3_value **arguments,
                           bool single) {
  struct number_template number;
  struct buffer text;
  if (!begin(context, arguments, &number))
    return;
  double value = sqlite3_value_double(arguments[0]);
  buffer_init(&text, call_memory());
  if (number.roman)
    put_roman(&text, fabs(value) < ROMAN_END ? (int64_t)rint(value) : ROMAN_END);
  else if (number.exponent)
    put_scientific(&text, value, &number);
  else
    put_double(&text, value, single, &number);
  finish(context, &number, &text);
}

static void to_char_double(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  (void)count;
  double_to_char(context, arguments, false);
}

static void to_char_real(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  (void)count;
  double_to_char(context, arguments, true);
}

/* --- numerics --- */

/* 10 to a power, with the scale that power() gives it. */
static int power_of_ten(struct decimal *result, int exponent) {
  struct decimal ten;
  decimal_init(&ten, call_memory());
  decimal_set_integer(&ten, 10);
  int code = decimal_power(result, &ten, exponent, 0);
  decimal_deinit(&ten);
  return code;
}

/* Multiplies by a power of ten in place. */
static int shift(struct decimal *value, int exponent) {
  struct decimal power, product;
  decimal_init(&power, call_memory());
  decimal_init(&product, call_memory());
  int code = power_of_ten(&power, exponent);
  if (code == TIDE_OK)
    code = decimal_multiply(&product, value, &power);
  if (code == TIDE_OK)
    code = decimal_copy(value, &product);
  decimal_deinit(&power);
  decimal_deinit(&product);
  return code;
}

/* Prints a number, rounded to what the template shows. */
static int put_numeric(struct buffer *text, struct decimal *value,
                       struct number_template *number) {
  int code = TIDE_OK;
  if (number->shifts) {
    code = shift(value, number->shift);
    number->before += number->shift;
  }
  if (code == TIDE_OK)
    code = decimal_round(value, number->behind, DECIMAL_HALF_AWAY);
  if (code == TIDE_OK)
    decimal_print(value, text);
  return code;
}

/* Prints d.ddde+XX; what 9.99 is rounded to is 10.0. */
static int put_numeric_scientific(struct buffer *text, const struct decimal *value,
                                  const struct number_template *number) {
  struct decimal power, rounded;
  int exponent = value->count == 0 ? 0 : decimal_magnitude(value);
  struct buffer literal;
  if (value->kind != DECIMAL_FINITE) {
    put_no_number(text, number);
    return TIDE_OK;
  }
  buffer_init(&literal, call_memory());
  decimal_init(&power, call_memory());
  decimal_init(&rounded, call_memory());
  buffer_format(&literal, "1e%d", exponent);
  int code = literal.failed ? TIDE_ERROR_NOMEM
                            : decimal_parse(&power, literal.data, literal.length);
  if (code == TIDE_OK)
    code = decimal_divide(&rounded, value, &power, number->behind);
  if (code == TIDE_OK) {
    int size = exponent < 0 ? -exponent : exponent;
    if (!rounded.negative)
      buffer_character(text, ' ');
    decimal_print(&rounded, text);
    buffer_format(text, "e%c%s%d", exponent < 0 ? '-' : '+', size < 10 ? "0" : "",
                  size);
  }
  buffer_deinit(&literal);
  decimal_deinit(&power);
  decimal_deinit(&rounded);
  return code;
}

static void put_roman_numeric(struct buffer *text, const struct decimal *value) {
  int64_t integer;
  put_roman(text, decimal_to_integer(value, &integer) ? integer : ROMAN_END);
}

static void numeric_to_char(sqlite3_context *context, struct decimal *value,
                            struct number_template *number) {
  struct buffer text;
  int code = TIDE_OK;
  buffer_init(&text, call_memory());
  if (number->roman)
    put_roman_numeric(&text, value);
  else if (number->exponent)
    code = put_numeric_scientific(&text, value, number);
  else
    code = put_numeric(&text, value, number);
  if (code == TIDE_OK) {
    finish(context, number, &text);
  } else {
    call_fail_code(context, code);
    buffer_deinit(&text);
  }
}

static void to_char_numeric(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct number_template number;
  struct decimal value;
  (void)count;
  if (!begin(context, arguments, &number))
    return;
  if (numeric_argument(context, arguments[0], &value))
    numeric_to_char(context, &value, &number);
  decimal_deinit(&value);
}

/* --- integers --- */

/* An integer that V has moved to the left may fit its type no longer. */
static bool check_shifted(sqlite3_context *context, const struct decimal *value,
                          struct type type) {
  int64_t integer;
  if (decimal_to_integer(value, &integer) && type_fits(type, integer))
    return true;
  char name[32];
  type_format(type, name, sizeof name);
  call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "%s out of range", name);
  return false;
}

static void integer_to_char(sqlite3_context *context, sqlite3_value **arguments,
                            struct type type) {
  struct number_template number;
  struct decimal value;
  if (!begin(context, arguments, &number))
    return;
  if (type.id == TYPE_INTEGER && number.exponent) {
    double_to_char(context, arguments, false);
    return;
  }
  decimal_init(&value, call_memory());
  decimal_set_integer(&value, sqlite3_value_int64(arguments[0]));
  int code = number.shifts ? shift(&value, number.shift) : TIDE_OK;
  number.before += number.shift;
  number.shifts = false;
  if (code != TIDE_OK)
    call_fail_code(context, code);
  else if (check_shifted(context, &value, type))
    numeric_to_char(context, &value, &number);
  decimal_deinit(&value);
}

static void to_char_integer(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  (void)count;
  integer_to_char(context, arguments, TYPE(TYPE_INTEGER));
}

static void to_char_bigint(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  (void)count;
  integer_to_char(context, arguments, TYPE(TYPE_BIGINT));
}

/* --- to_number --- */

/* The number that `text` holds, of as many digits as the template has. */
static int read_number(const struct number_template *number, const struct buffer *text,
                       int behind, struct decimal *value) {
  int code = decimal_parse(value, text->data, text->length);
  if (code == TIDE_OK)
    code = decimal_fit(value, number->before + number->shift + behind, behind);
  if (code == TIDE_OK && number->shifts)
    code = shift(value, -number->shift);
  return code;
}

static void to_number(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text input, format;
  struct number_template number;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &input) ||
      !call_text(context, arguments[1], &format) || format.length == 0 ||
      !number_template_read(context, format, &number))
    return;
  if (number.exponent || number.roman) {
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED, "\"%s\" not supported for input",
              number.exponent ? "EEEE" : "RN");
    return;
  }
  struct buffer text;
  struct decimal value;
  int behind;
  buffer_init(&text, call_memory());
  decimal_init(&value, call_memory());
  number_scan(&number, input, &text, &behind);
  int code =
      text.failed ? TIDE_ERROR_NOMEM : read_number(&number, &text, behind, &value);
  if (code == TIDE_ERROR_INVALID_TEXT)
    call_fail_input(context, "numeric", (struct text){text.data, text.length});
  else if (code == TIDE_ERROR_OUT_OF_RANGE)
    call_fail(context, code, "numeric field overflow");
  else
    numeric_return(context, code, &value);
  buffer_deinit(&text);
  decimal_deinit(&value);
}

static const struct call calls[] = {
    {"pg_to_char_integer", 2, false, to_char_integer},
    {"pg_to_char_bigint", 2, false, to_char_bigint},
    {"pg_to_char_numeric", 2, false, to_char_numeric},
    {"pg_to_char_real", 2, false, to_char_real},
    {"pg_to_char_double", 2, false, to_char_double},
    {"pg_to_number", 2, false, to_number},
};

int register_to_number(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
