/* The nearest floating-point number to a decimal one: with one multiplication or division where that is exact, and else by
 * dividing integers as long as it takes. The C library's own computes with 128 bits, which in WebAssembly are functions. */
#include "base/read_float.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/integer.h"

enum {
  DIGITS_MAX =
      800, /* no number between two doubles needs more to be told from their middle */
  EXPONENT_MAX = 100000, /* whatever is beyond is out of range as well */
  EXACT_POWER = 22,      /* the largest power of ten that a double holds */
  ROUND_BITS = 54,       /* of a mantissa, and one to round it by */
  LEAST_BIT = -1075      /* half of the smallest number */
};

#define EXACT_MAX (UINT64_C(1) << 53)

/* digits × 10^exponent */
struct decimal_text {
  const char *digits; /* the first that is not 0; a point may be among them */
  const char *end;
  int count; /* of digits */
  int64_t exponent;
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Reads e[+-]digits, if that is what is there. */
static const char *read_exponent(const char *text, int64_t *exponent) {
  if (*text != 'e' && *text != 'E')
    return text;
  const char *at = text + 1;
  bool negative = *at == '-';
  if (*at == '-' || *at == '+')
    at++;
  if (!is_digit(*at))
    return text;
  int64_t value = 0;
  for (; is_digit(*at); at++)
    if (value < EXPONENT_MAX)
      value = value * 10 + (*at - '0');
  *exponent += negative ? -value : value;
  return at;
}

/* Returns what follows the number, or NULL when there is none. */
static const char *read_decimal(const char *text, struct decimal_text *decimal) {
  bool point = false, any = false;
  *decimal = (struct decimal_text){NULL, NULL, 0, 0};
  for (; is_digit(*text) || (*text == '.' && !point); text++) {
    if (*text == '.') {
      point = true;
      continue;
    }
    any = true;
    decimal->exponent -= point;
    if (decimal->count == 0 && *text == '0')
      continue;
    if (decimal->count++ == 0)
      decimal->digits = text;
  }
  decimal->end = text;
  return any ? read_exponent(text, &decimal->exponent) : NULL;
}

/* The digits as an integer. Of those beyond DIGITS_MAX it is only told whether they are all 0, by a last one. */
static void collect(struct decimal_text *decimal, struct integer *integer) {
  int taken = 0;
  bool more = false;
  integer_set(integer, 0);
  for (const char *at = decimal->digits; at < decimal->end; at++) {
    if (*at == '.')
      continue;
    if (taken++ < DIGITS_MAX) {
      integer_multiply(integer, 10);
      integer_add(integer, (uint32_t)(*at - '0'));
    } else {
      decimal->exponent++;
      more = more || *at != '0';
    }
  }
  if (more) {
    integer_multiply(integer, 10);
    integer_add(integer, 1);
    decimal->exponent--;
  }
}

/* above / below, neither of which is 0, rounded. */
static double divide(struct integer *above, struct integer *below) {
  int exponent = integer_bits(above) - integer_bits(below);
  integer_shift(exponent < 0 ? above : below, exponent < 0 ? -exponent : exponent);
  if (integer_compare(above, below) < 0) {
    integer_shift(above, 1);
    exponent--;
  }
  /* It is now 1.… × 2^exponent. */
  int bits =
      exponent - LEAST_BIT + 1 < ROUND_BITS ? exponent - LEAST_BIT + 1 : ROUND_BITS;
  uint64_t mantissa = 0;
  for (int i = 0; i < bits; i++) {
    bool bit = integer_compare(above, below) >= 0;
    if (bit)
      integer_subtract(above, below);
    mantissa = mantissa << 1 | bit;
    integer_shift(above, 1);
  }
  bool half = mantissa & 1;
  mantissa >>= 1;
  if (half && (above->count > 0 || (mantissa & 1)))
    mantissa++;
  return ldexp((double)mantissa, exponent - bits + 2);
}

/* Returns false when it takes more than an operation of doubles. */
static bool is_simple(const struct decimal_text *decimal, double *value) {
  if (decimal->count > 16 || decimal->exponent < -EXACT_POWER ||
      decimal->exponent > EXACT_POWER)
    return false;
  uint64_t digits = 0;
  for (const char *at = decimal->digits; at < decimal->end; at++)
    if (*at != '.')
      digits = digits * 10 + (uint64_t)(*at - '0');
  if (digits > EXACT_MAX)
    return false;
  double power = 1;
  for (int64_t i = decimal->exponent < 0 ? -decimal->exponent : decimal->exponent;
       i > 0; i--)
    power *= 10;
  *value = decimal->exponent < 0 ? (double)digits / power : (double)digits * power;
  return true;
}

static double nearest(struct decimal_text *decimal) {
  double value;
  if (decimal->count == 0)
    return 0;
  if (is_simple(decimal, &value))
    return value;
  int64_t magnitude = decimal->count + decimal->exponent; /* it is below 10^magnitude */
  if (magnitude > 310)
    return (double)INFINITY;
  if (magnitude < -326)
    return 0;
  struct integer above, below;
  collect(decimal, &above);
  integer_set(&below, 1);
  bool divided = decimal->exponent < 0;
  integer_multiply_power_of_ten(
      divided ? &below : &above,
      (int)(divided ? -decimal->exponent : decimal->exponent));
  return divide(&above, &below);
}

double read_float(const char *text, const char **end) {
  struct decimal_text decimal;
  const char *at = text;
  while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
    at++;
  bool negative = *at == '-';
  if (*at == '-' || *at == '+')
    at++;
  const char *after = read_decimal(at, &decimal);
  if (end != NULL)
    *end = after == NULL ? text : after;
  if (after == NULL)
    return 0;
  double value = nearest(&decimal);
  return negative ? -value : value;
}
