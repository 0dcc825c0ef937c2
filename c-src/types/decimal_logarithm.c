/* Exact decimal numbers: exponential function, logarithms and powers with a fraction,
 * to as many digits as PostgreSQL gives. */
#include <math.h>

#include "base/error.h"
#include "types/decimal_limbs.h"

enum {
  GUARD_DIGITS = 8,   /* computed beyond those that are shown */
  EXPONENT_MAX = 6000 /* e to more than that is out of range */
};

#define LOG10_E 0.434294481903252
#define LOG10_2 0.301029995663981
#define LN_10   2.302585092994046

static int lower(int left, int right) {
  return left < right ? left : right;
}

static int higher(int left, int right) {
  return left > right ? left : right;
}

/* The scale of a result whose first digit is about at 10^magnitude. */
static int result_scale(int magnitude, int least) {
  int scale = higher(DECIMAL_SIGNIFICANT_MIN - magnitude, least);
  return lower(higher(scale, 0), DECIMAL_RESULT_SCALE_MAX);
}

double decimal_to_double(const struct decimal *number) {
  double value = 0;
  if (number->kind == DECIMAL_NAN)
    return (double)NAN;
  if (number->kind == DECIMAL_INFINITE)
    return number->negative ? -(double)INFINITY : (double)INFINITY;
  /* Three limbs have more digits than a double. */
  int bottom = higher(number->count - 3, 0);
  for (int i = number->count - 1; i >= bottom; i--)
    value = value * LIMB_BASE + number->limb[i];
  value *= pow(LIMB_BASE, number->exponent + bottom);
  return number->negative ? -value : value;
}

/* --- steps of a computation: target = target ∘ operand, rounded to `scale` digits --- */

static int take(struct decimal *target, struct decimal *value, int code, int scale) {
  if (code == TIDE_OK && value->scale > scale)
    code = decimal_round(value, scale, DECIMAL_HALF_AWAY);
  if (code == TIDE_OK)
    code = decimal_copy(target, value);
  decimal_deinit(value);
  return code;
}

static int multiply_by(struct decimal *target, const struct decimal *operand,
                       int scale) {
  struct decimal value;
  decimal_init(&value, target->memory);
  int code = decimal_multiply(&value, target, operand);
  return take(target, &value, code, scale);
}

static int divide_by(struct decimal *target, const struct decimal *operand, int scale) {
  struct decimal value;
  decimal_init(&value, target->memory);
  int code = decimal_divide(&value, target, operand, scale);
  return take(target, &value, code, scale);
}

static int divide_by_integer(struct decimal *target, int64_t divisor, int scale) {
  struct decimal operand;
  decimal_init(&operand, target->memory);
  decimal_set_integer(&operand, divisor);
  int code = divide_by(target, &operand, scale);
  decimal_deinit(&operand);
  return code;
}

static int add_to(struct decimal *target, const struct decimal *operand) {
  struct decimal value;
  decimal_init(&value, target->memory);
  int code = decimal_add(&value, target, operand);
  return take(target, &value, code, DECIMAL_SCALE_MAX);
}

static int add_integer(struct decimal *target, int64_t integer) {
  struct decimal operand;
  decimal_init(&operand, target->memory);
  decimal_set_integer(&operand, integer);
  int code = add_to(target, &operand);
  decimal_deinit(&operand);
  return code;
}

/* --- e to the power of x --- */

/* result = 1 + x + x^2/2! + … for a small x. */
static int exponential_series(struct decimal *result, const struct decimal *x,
                              int scale) {
  struct decimal term;
  decimal_init(&term, result->memory);
  decimal_set_integer(&term, 1);
  decimal_set_integer(result, 1);
  int code = TIDE_OK;
  for (int64_t n = 1; code == TIDE_OK && term.count > 0; n++) {
    code = multiply_by(&term, x, scale);
    if (code == TIDE_OK)
      code = divide_by_integer(&term, n, scale);
    if (code == TIDE_OK)
      code = add_to(result, &term);
  }
  decimal_deinit(&term);
  return code;
}

int decimal_exponential(struct decimal *result, const struct decimal *number,
                        int scale) {
  struct decimal x, square;
  double value = decimal_to_double(number);
  if (fabs(value) >= EXPONENT_MAX) {
    decimal_set_zero(result, scale);
    return value > 0 ? TIDE_ERROR_OUT_OF_RANGE : TIDE_OK;
  }
  /* x is halved until it is small, and the result squared as often. */
  int halvings = 0, magnitude = (int)(value * LOG10_E);
  for (; fabs(value) > 0.01; value /= 2)
    halvings++;
  int digits =
      higher(magnitude + scale + (int)(halvings * LOG10_2) + 1, 0) + GUARD_DIGITS;
  decimal_init(&x, result->memory);
  decimal_init(&square, result->memory);
  int code = decimal_copy(&x, number);
  if (code == TIDE_OK && halvings > 0)
    code = divide_by_integer(&x, INT64_C(1) << halvings,
                             number->scale + halvings + digits);
  if (code == TIDE_OK)
    code = exponential_series(result, &x, digits);
  for (; code == TIDE_OK && halvings > 0; halvings--) {
    int kept = result->count == 0 ? 0 : digits - 2 * decimal_magnitude(result);
    code = decimal_copy(&square, result);
    if (code == TIDE_OK)
      code = multiply_by(result, &square, higher(kept, 0));
  }
  decimal_deinit(&x);
  decimal_deinit(&square);
  return code == TIDE_OK ? decimal_round(result, scale, DECIMAL_HALF_AWAY) : code;
}

int decimal_exponential_scale(const struct decimal *number) {
  double magnitude = decimal_to_double(number) * LOG10_E;
  magnitude = magnitude > 2000 ? 2000 : magnitude < -2000 ? -2000 : magnitude;
  return result_scale((int)magnitude, number->scale);
}

/* --- logarithms --- */

/* result = 2 * (z + z^3/3 + z^5/5 + …) where z = (x - 1) / (x + 1), for an x near 1. */
static int logarithm_series(struct decimal *result, const struct decimal *x,
                            int scale) {
  struct decimal square, term, part;
  decimal_init(&square, result->memory);
  decimal_init(&term, result->memory);
  decimal_init(&part, result->memory);
  int code = decimal_copy(&term, x);
  if (code == TIDE_OK)
    code = add_integer(&term, -1);
  if (code == TIDE_OK)
    code = decimal_copy(&part, x);
  if (code == TIDE_OK)
    code = add_integer(&part, 1);
  if (code == TIDE_OK)
    code = divide_by(&term, &part, scale);
  if (code == TIDE_OK)
    code = decimal_copy(&square, &term);
  if (code == TIDE_OK)
    code = multiply_by(&square, &term, scale);
  if (code == TIDE_OK)
    code = decimal_copy(result, &term);
  for (int64_t n = 3; code == TIDE_OK && term.count > 0; n += 2) {
    code = multiply_by(&term, &square, scale);
    if (code == TIDE_OK)
      code = decimal_copy(&part, &term);
    if (code == TIDE_OK)
      code = divide_by_integer(&part, n, scale);
    if (code == TIDE_OK)
      code = add_to(result, &part);
  }
  decimal_set_integer(&part, 2);
  if (code == TIDE_OK)
    code = multiply_by(result, &part, scale);
  decimal_deinit(&square);
  decimal_deinit(&term);
  decimal_deinit(&part);
  return code;
}

/* Is it between 0.9 and 1.1? */
static bool is_near_one(const struct decimal *number) {
  double value = decimal_to_double(number);
  return value > 0.9 && value < 1.1;
}

/* The power of ten of the first digit of the natural logarithm, as PostgreSQL estimates
 * it. */
static int logarithm_magnitude(const struct decimal *number) {
  struct decimal difference;
  int magnitude = 0;
  if (number->count == 0 || number->negative)
    return 0;
  if (!is_near_one(number)) {
    int top = number->count - 1;
    double high = number->limb[top];
    if (top > 0)
      high += number->limb[top - 1] / (double)LIMB_BASE;
    double logarithm = log(high) + (number->exponent + top) * DIGITS_PER_LIMB * LN_10;
    return (int)log10(fabs(logarithm));
  }
  decimal_init(&difference, number->memory);
  if (decimal_copy(&difference, number) == TIDE_OK &&
      add_integer(&difference, -1) == TIDE_OK && difference.count > 0)
    magnitude = decimal_magnitude(&difference);
  decimal_deinit(&difference);
  return magnitude;
}

int decimal_logarithm(struct decimal *result, const struct decimal *number, int scale) {
  struct decimal x, root, factor;
  if (number->negative || number->count == 0)
    return TIDE_ERROR_INVALID_ARGUMENT;
  decimal_init(&x, result->memory);
  decimal_init(&root, result->memory);
  decimal_init(&factor, result->memory);
  int roots = 0, code = decimal_copy(&x, number);
  /* The root is taken until x is near 1, and the result doubled as often. A number far
   * below 1 loses its leading digits to the scale: they are given back. */
  int magnitude = decimal_magnitude(number);
  int digits = scale + GUARD_DIGITS + 6 + (magnitude < 0 ? -magnitude : 0);
  for (; code == TIDE_OK && !is_near_one(&x); roots++) {
    code = decimal_square_root(&root, &x, digits);
    if (code == TIDE_OK)
      code = decimal_copy(&x, &root);
  }
  if (code == TIDE_OK)
    code = logarithm_series(result, &x, digits);
  decimal_set_integer(&factor, INT64_C(1) << roots);
  if (code == TIDE_OK)
    code = multiply_by(result, &factor, digits);
  decimal_deinit(&x);
  decimal_deinit(&root);
  decimal_deinit(&factor);
  return code == TIDE_OK ? decimal_round(result, scale, DECIMAL_HALF_AWAY) : code;
}

int decimal_logarithm_scale(const struct decimal *number) {
  return result_scale(logarithm_magnitude(number), number->scale);
}

int decimal_logarithm_to_base(struct decimal *result, const struct decimal *base,
                              const struct decimal *number) {
  struct decimal ln_base;
  int base_magnitude = logarithm_magnitude(base),
      magnitude = logarithm_magnitude(number);
  int scale =
      result_scale(magnitude - base_magnitude, higher(base->scale, number->scale));
  decimal_init(&ln_base, result->memory);
  int digits = scale + magnitude - base_magnitude + GUARD_DIGITS + 8;
  int code = decimal_logarithm(&ln_base, base, higher(digits - base_magnitude, 0));
  if (code == TIDE_OK)
    code = decimal_logarithm(result, number, higher(digits - magnitude, 0));
  if (code == TIDE_OK)
    code = divide_by(result, &ln_base, scale);
  decimal_deinit(&ln_base);
  return code;
}

/* --- powers --- */

int decimal_power_real(struct decimal *result, const struct decimal *base,
                       const struct decimal *exponent) {
  struct decimal product;
  if (base->count == 0) {
    decimal_set_zero(result, DECIMAL_SIGNIFICANT_MIN);
    return exponent->negative ? TIDE_ERROR_DIVISION_BY_ZERO : TIDE_OK;
  }
  if (base->negative)
    return TIDE_ERROR_INVALID_ARGUMENT;
  /* Roughly first, to know how many digits the result has. */
  double approximate = decimal_to_double(exponent);
  int top = base->count - 1;
  double high = base->limb[top];
  if (top > 0)
    high += base->limb[top - 1] / (double)LIMB_BASE;
  approximate *= log(high) + (base->exponent + top) * DIGITS_PER_LIMB * LN_10;
  if (fabs(approximate) >= EXPONENT_MAX) {
    decimal_set_zero(result, DECIMAL_RESULT_SCALE_MAX);
    return approximate > 0 ? TIDE_ERROR_OUT_OF_RANGE : TIDE_OK;
  }
  int magnitude = (int)(approximate * LOG10_E);
  int scale = result_scale(magnitude, higher(base->scale, exponent->scale));
  int digits = higher(scale + magnitude, 0) - logarithm_magnitude(base) + GUARD_DIGITS;
  decimal_init(&product, result->memory);
  /* The logarithm is multiplied: it needs the digits of the exponent besides. */
  int exponent_digits =
      exponent->count == 0 ? 0 : higher(decimal_magnitude(exponent) + 1, 0);
  int code = decimal_logarithm(&product, base, higher(digits + exponent_digits, 0));
  if (code == TIDE_OK)
    code = multiply_by(&product, exponent, higher(digits, 0));
  if (code == TIDE_OK)
    code = decimal_exponential(result, &product, scale);
  decimal_deinit(&product);
  return code;
}
