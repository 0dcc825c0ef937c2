/* Exact decimal numbers: multiplication, division, roots and powers. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "types/decimal_limbs.h"

static int lower(int left, int right) {
  return left < right ? left : right;
}

static int higher(int left, int right) {
  return left > right ? left : right;
}

/* The product when one is not finite. */
static void multiply_special(struct decimal *result, const struct decimal *left,
                             const struct decimal *right) {
  bool indefinite = left->kind == DECIMAL_NAN || right->kind == DECIMAL_NAN ||
                    decimal_is_zero(left) || decimal_is_zero(right);
  decimal_set_special(result, indefinite ? DECIMAL_NAN : DECIMAL_INFINITE,
                      !indefinite && left->negative != right->negative);
}

/* out[left_count + right_count] = left * right; `out` holds zeros. */
static void multiply_limbs(uint32_t *out, const uint32_t *left, int left_count,
                           const uint32_t *right, int right_count) {
  for (int i = 0; i < left_count; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < right_count; j++) {
      uint64_t sum = (uint64_t)left[i] * right[j] + out[i + j] + carry;
      out[i + j] = (uint32_t)(sum % LIMB_BASE);
      carry = sum / LIMB_BASE;
    }
    out[i + right_count] = (uint32_t)carry;
  }
}

int decimal_multiply(struct decimal *result, const struct decimal *left,
                     const struct decimal *right) {
  if (left->kind != DECIMAL_FINITE || right->kind != DECIMAL_FINITE) {
    multiply_special(result, left, right);
    return TIDE_OK;
  }
  decimal_set_zero(result, left->scale + right->scale);
  int count = left->count + right->count;
  if (decimal_reserve(result, count) != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  memset(result->limb, 0, (size_t)count * sizeof(uint32_t));
  multiply_limbs(result->limb, left->limb, left->count, right->limb, right->count);
  result->count = count;
  result->exponent = left->exponent + right->exponent;
  result->negative = left->negative != right->negative;
  decimal_normalise(result);
  if (result->scale > DECIMAL_SCALE_MAX) {
    int code = decimal_round(result, DECIMAL_SCALE_MAX, DECIMAL_HALF_AWAY);
    if (code != TIDE_OK)
      return code;
  }
  return decimal_check(result);
}

/* --- division --- */

/* limbs *= factor; returns the carry. */
static uint32_t scale_limbs(uint32_t *limbs, int count, uint32_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < count; i++) {
    uint64_t product = (uint64_t)limbs[i] * factor + carry;
    limbs[i] = (uint32_t)(product % LIMB_BASE);
    carry = product / LIMB_BASE;
  }
  return (uint32_t)carry;
}

/* rest[0 … count] -= divisor * digit. Returns whether it went below zero. */
static bool subtract_product(uint32_t *rest, const uint32_t *divisor, int count,
                             uint32_t digit) {
  uint64_t carry = 0;
  for (int i = 0; i < count; i++) {
    uint64_t product = (uint64_t)divisor[i] * digit + carry;
    uint32_t low = (uint32_t)(product % LIMB_BASE);
    carry = product / LIMB_BASE;
    if (rest[i] < low) {
      rest[i] += LIMB_BASE;
      carry++;
    }
    rest[i] -= low;
  }
  bool below = rest[count] < carry;
  rest[count] =
      (uint32_t)(below ? rest[count] + LIMB_BASE - carry : rest[count] - carry);
  return below;
}

/* rest[0 … count] += divisor, without a carry out. */
static void add_back(uint32_t *rest, const uint32_t *divisor, int count) {
  uint32_t carry = 0;
  for (int i = 0; i < count; i++) {
    uint32_t sum = rest[i] + divisor[i] + carry;
    carry = sum >= LIMB_BASE;
    rest[i] = carry ? sum - LIMB_BASE : sum;
  }
  rest[count] = (rest[count] + carry) % LIMB_BASE;
}

/* Knuth's algorithm D. quotient[rest_count - count] = rest / divisor, both already
 * scaled so that the highest limb of the divisor is at least half the base;
 * rest[rest_count - 1] is below it. `count` is at least 2. */
static void divide_limbs(uint32_t *quotient, uint32_t *rest, int rest_count,
                         const uint32_t *divisor, int count) {
  uint64_t high = divisor[count - 1], next = divisor[count - 2];
  for (int j = rest_count - count - 1; j >= 0; j--) {
    uint64_t two = (uint64_t)rest[j + count] * LIMB_BASE + rest[j + count - 1];
    uint64_t digit = two / high, remainder = two % high;
    while (digit >= LIMB_BASE ||
           digit * next > remainder * LIMB_BASE + rest[j + count - 2]) {
      digit--;
      remainder += high;
      if (remainder >= LIMB_BASE)
        break;
    }
    if (subtract_product(rest + j, divisor, count, (uint32_t)digit)) {
      digit--;
      add_back(rest + j, divisor, count);
    }
    quotient[j] = (uint32_t)digit;
  }
}

static void divide_by_limb(uint32_t *quotient, const uint32_t *rest, int count,
                           uint32_t divisor) {
  uint64_t carry = 0;
  for (int i = count - 1; i >= 0; i--) {
    uint64_t two = carry * LIMB_BASE + rest[i];
    quotient[i] = (uint32_t)(two / divisor);
    carry = two % divisor;
  }
}

/* result = |left| / |right| cut below the limb of exponent `bottom`; signs and scale
 * are the caller's. */
static int divide_truncated(struct decimal *result, const struct decimal *left,
                            const struct decimal *right, int bottom) {
  /* As many limbs of the dividend as reach down to `bottom` in the quotient. */
  int rest_bottom = bottom + right->exponent;
  int rest_top = left->exponent + left->count;
  int rest_count = rest_top - rest_bottom;
  if (rest_count < right->count)
    return TIDE_OK;
  int count = right->count, quotient_count = rest_count - count + 1;
  size_t total = (size_t)(rest_count + 1 + count);
  uint32_t *work = memory_allocate_zeroed(result->memory, total * sizeof(uint32_t));
  if (work == NULL)
    return TIDE_ERROR_NOMEM;
  if (decimal_reserve(result, quotient_count) != TIDE_OK) {
    memory_release(result->memory, work);
    return TIDE_ERROR_NOMEM;
  }
  uint32_t *rest = work, *divisor = work + rest_count + 1;
  for (int i = 0; i < left->count; i++) {
    int index = left->exponent + i - rest_bottom;
    if (index >= 0)
      rest[index] = left->limb[i];
  }
  memcpy(divisor, right->limb, (size_t)count * sizeof(uint32_t));
  if (count == 1) {
    divide_by_limb(result->limb, rest, rest_count, divisor[0]);
  } else {
    uint32_t factor = (uint32_t)(LIMB_BASE / ((uint64_t)divisor[count - 1] + 1));
    rest[rest_count] = scale_limbs(rest, rest_count, factor);
    scale_limbs(divisor, count, factor);
    divide_limbs(result->limb, rest, rest_count + 1, divisor, count);
  }
  result->count = quotient_count;
  result->exponent = bottom;
  decimal_normalise(result);
  memory_release(result->memory, work);
  return TIDE_OK;
}

/* The quotient when one is not finite. */
static int divide_special(struct decimal *result, const struct decimal *left,
                          const struct decimal *right) {
  bool both = left->kind == DECIMAL_INFINITE && right->kind == DECIMAL_INFINITE;
  if (left->kind == DECIMAL_NAN || right->kind == DECIMAL_NAN || both) {
    decimal_set_special(result, DECIMAL_NAN, false);
  } else if (decimal_is_zero(right)) {
    return TIDE_ERROR_DIVISION_BY_ZERO;
  } else if (left->kind == DECIMAL_INFINITE) {
    decimal_set_special(result, DECIMAL_INFINITE, left->negative != right->negative);
  } else {
    decimal_set_zero(result, 0);
  }
  return TIDE_OK;
}

/* The quotient cut (or rounded) at `scale` digits. */
static int divide_to(struct decimal *result, const struct decimal *left,
                     const struct decimal *right, int scale,
                     enum decimal_rounding rounding) {
  if (left->kind != DECIMAL_FINITE || right->kind != DECIMAL_FINITE) {
    return divide_special(result, left, right);
  }
  if (right->count == 0)
    return TIDE_ERROR_DIVISION_BY_ZERO;
  decimal_set_zero(result, scale);
  /* One digit beyond `scale` decides the rounding. */
  int bottom = -((scale + DIGITS_PER_LIMB) / DIGITS_PER_LIMB);
  if (left->count > 0) {
    int code = divide_truncated(result, left, right, bottom);
    if (code != TIDE_OK)
      return code;
  }
  result->negative = result->count > 0 && left->negative != right->negative;
  int code = decimal_round(result, scale, rounding);
  return code == TIDE_OK ? decimal_check(result) : code;
}

int decimal_divide(struct decimal *result, const struct decimal *left,
                   const struct decimal *right, int scale) {
  return divide_to(result, left, right, scale, DECIMAL_HALF_AWAY);
}

int decimal_divide_integer(struct decimal *result, const struct decimal *left,
                           const struct decimal *right) {
  return divide_to(result, left, right, 0, DECIMAL_TRUNCATE);
}

/* PostgreSQL counts in digits of base 10,000: the exponent of the first one, and its
 * value. */
static void first_group(const struct decimal *number, int *weight, int *group) {
  *weight = *group = 0;
  if (number->count == 0)
    return;
  int magnitude = decimal_magnitude(number);
  *weight = magnitude >= 0 ? magnitude / 4 : -((-magnitude + 3) / 4);
  /* The group holds the digits from 10^magnitude down to 10^(4 * weight). */
  int digits = magnitude - *weight * 4 + 1;
  int top = number->exponent + number->count - 1, place = magnitude;
  for (; digits > 0; digits--, place--) {
    int exponent = place >= 0 ? place / DIGITS_PER_LIMB
                              : -((-place + DIGITS_PER_LIMB - 1) / DIGITS_PER_LIMB);
    int index = number->count - 1 - (top - exponent);
    uint32_t limb = index >= 0 ? number->limb[index] : 0;
    for (int i = place - exponent * DIGITS_PER_LIMB; i > 0; i--)
      limb /= 10;
    *group = *group * 10 + (int)(limb % 10);
  }
}

int decimal_division_scale(const struct decimal *left, const struct decimal *right) {
  int left_weight, left_group, right_weight, right_group;
  first_group(left, &left_weight, &left_group);
  first_group(right, &right_weight, &right_group);
  int weight = left_weight - right_weight - (left_group <= right_group ? 1 : 0);
  int scale = DECIMAL_SIGNIFICANT_MIN - weight * 4;
  scale = higher(higher(scale, 0), higher(left->scale, right->scale));
  return lower(scale, DECIMAL_RESULT_SCALE_MAX);
}

int decimal_modulo(struct decimal *result, const struct decimal *left,
                   const struct decimal *right) {
  if (left->kind == DECIMAL_NAN || right->kind == DECIMAL_NAN) {
    decimal_set_special(result, DECIMAL_NAN, false);
    return TIDE_OK;
  }
  if (decimal_is_zero(right))
    return TIDE_ERROR_DIVISION_BY_ZERO;
  if (left->kind == DECIMAL_INFINITE) {
    decimal_set_special(result, DECIMAL_NAN, false);
    return TIDE_OK;
  }
  if (right->kind == DECIMAL_INFINITE)
    return decimal_copy(result, left);
  struct decimal quotient, product;
  decimal_init(&quotient, result->memory);
  decimal_init(&product, result->memory);
  int code = decimal_divide_integer(&quotient, left, right);
  if (code == TIDE_OK)
    code = decimal_multiply(&product, &quotient, right);
  if (code == TIDE_OK)
    code = decimal_subtract(result, left, &product);
  if (code == TIDE_OK)
    result->scale = higher(left->scale, right->scale);
  decimal_deinit(&quotient);
  decimal_deinit(&product);
  return code;
}

/* --- roots and powers --- */

/* A first approximation of the root, good to about 15 digits. */
static int guess_root(struct decimal *guess, const struct decimal *number) {
  int top = number->count - 1, exponent = number->exponent + top;
  double high = number->limb[top];
  if (top > 0)
    high += number->limb[top - 1] / (double)LIMB_BASE;
  /* The exponent must be even to be halved. */
  if (exponent % 2 != 0) {
    high *= LIMB_BASE;
    exponent--;
  }
  double root = sqrt(high);
  uint64_t scaled = (uint64_t)(root * 1e9) + 1;
  decimal_set_integer(guess, (int64_t)scaled);
  guess->exponent += exponent / 2 - 1;
  guess->scale = 0;
  return TIDE_OK;
}

/* One step of Newton's iteration: next = (guess + number / guess) / 2, cut at `scale`
 * digits. */
static int newton_step(struct decimal *next, const struct decimal *guess,
                       const struct decimal *number, const struct decimal *half,
                       int scale) {
  struct decimal quotient, sum;
  decimal_init(&quotient, next->memory);
  decimal_init(&sum, next->memory);
  int code = divide_to(&quotient, number, guess, scale, DECIMAL_TRUNCATE);
  if (code == TIDE_OK)
    code = decimal_add(&sum, guess, &quotient);
  if (code == TIDE_OK)
    code = decimal_multiply(next, &sum, half);
  if (code == TIDE_OK)
    code = decimal_round(next, scale, DECIMAL_TRUNCATE);
  decimal_deinit(&quotient);
  decimal_deinit(&sum);
  return code;
}

/* Iterates until the digits stand still. */
static int find_root(struct decimal *result, const struct decimal *number, int scale) {
  struct decimal guess, half;
  decimal_init(&guess, result->memory);
  decimal_init(&half, result->memory);
  int code = decimal_parse(&half, "0.5", 3);
  if (code == TIDE_OK)
    code = guess_root(&guess, number);
  /* Each step doubles the digits that are right. */
  for (int step = 0; code == TIDE_OK && step < 40; step++) {
    code = newton_step(result, &guess, number, &half, scale);
    if (code != TIDE_OK || decimal_compare(result, &guess) == 0)
      break;
    /* From above the sequence falls; near the end it may swing by one unit. */
    if (step > 2 && decimal_compare(result, &guess) > 0)
      break;
    code = decimal_copy(&guess, result);
  }
  decimal_deinit(&guess);
  decimal_deinit(&half);
  return code;
}

int decimal_square_root(struct decimal *result, const struct decimal *number,
                        int scale) {
  if (number->kind == DECIMAL_NAN ||
      (number->kind == DECIMAL_INFINITE && !number->negative)) {
    return decimal_copy(result, number);
  }
  if (number->negative)
    return TIDE_ERROR_INVALID_ARGUMENT;
  decimal_set_zero(result, scale);
  if (number->count == 0)
    return TIDE_OK;
  int code = find_root(result, number, scale + 4);
  return code == TIDE_OK ? decimal_round(result, scale, DECIMAL_HALF_AWAY) : code;
}

int decimal_square_root_scale(const struct decimal *number) {
  int weight, group;
  first_group(number, &weight, &group);
  int digits = weight * 2 + 1;
  int scale = higher(DECIMAL_SIGNIFICANT_MIN - digits, number->scale);
  return lower(higher(scale, 0), DECIMAL_RESULT_SCALE_MAX);
}

/* The decimal logarithm of the magnitude, approximately. */
static double logarithm(const struct decimal *number) {
  int top = number->count - 1;
  double high = number->limb[top];
  if (top > 0)
    high += number->limb[top - 1] / (double)LIMB_BASE;
  return log10(high) + (double)(number->exponent + top) * DIGITS_PER_LIMB;
}

/* target *= factor, keeping `digits` significant digits. */
static int multiply_rounded(struct decimal *target, const struct decimal *factor,
                            int digits) {
  struct decimal product;
  decimal_init(&product, target->memory);
  int code = decimal_multiply(&product, target, factor);
  if (code == TIDE_OK && product.count > 0) {
    int scale = higher(digits - decimal_magnitude(&product), 0);
    if (scale < product.scale)
      code = decimal_round(&product, scale, DECIMAL_HALF_AWAY);
  }
  if (code == TIDE_OK)
    code = decimal_copy(target, &product);
  decimal_deinit(&product);
  return code;
}

/* result = base^exponent by squaring, to `digits` significant digits. */
static int raise(struct decimal *result, const struct decimal *base, uint32_t exponent,
                 int digits) {
  struct decimal square;
  decimal_init(&square, result->memory);
  decimal_set_integer(result, 1);
  int code = decimal_copy(&square, base);
  while (code == TIDE_OK && exponent > 0) {
    if (exponent & 1)
      code = multiply_rounded(result, &square, digits);
    exponent >>= 1;
    if (code == TIDE_OK && exponent > 0) {
      struct decimal factor;
      decimal_init(&factor, result->memory);
      code = decimal_copy(&factor, &square);
      if (code == TIDE_OK)
        code = multiply_rounded(&square, &factor, digits);
      decimal_deinit(&factor);
    }
  }
  decimal_deinit(&square);
  return code;
}

static int power_special(struct decimal *result, const struct decimal *base,
                         int exponent) {
  if (exponent == 0) {
    decimal_set_integer(result, 1);
  } else if (base->kind == DECIMAL_NAN) {
    decimal_set_special(result, DECIMAL_NAN, false);
  } else if (exponent < 0) {
    decimal_set_zero(result, 0);
  } else {
    decimal_set_special(result, DECIMAL_INFINITE, base->negative && exponent % 2 != 0);
  }
  return TIDE_OK;
}

int decimal_power(struct decimal *result, const struct decimal *base, int exponent,
                  int exponent_scale) {
  if (base->kind != DECIMAL_FINITE)
    return power_special(result, base, exponent);
  if (base->count == 0 && exponent < 0)
    return TIDE_ERROR_DIVISION_BY_ZERO;
  double size = base->count == 0 ? 0 : exponent * logarithm(base);
  if (size > DECIMAL_DIGITS_MAX)
    return TIDE_ERROR_OUT_OF_RANGE;
  int scale =
      higher(DECIMAL_SIGNIFICANT_MIN - (int)higher((int)size, -20000), base->scale);
  scale = lower(higher(scale, exponent_scale), DECIMAL_RESULT_SCALE_MAX);
  uint32_t magnitude = exponent < 0 ? 0u - (uint32_t)exponent : (uint32_t)exponent;
  int digits = higher(1 + scale + (int)higher((int)size, -20000), 1) + 18;
  int code;
  if (size < -DECIMAL_SCALE_MAX) {
    decimal_set_zero(result, scale);
    return TIDE_OK;
  }
  if (exponent >= 0) {
    code = raise(result, base, magnitude, digits);
  } else {
    struct decimal inverse, one;
    decimal_init(&inverse, result->memory);
    decimal_init(&one, result->memory);
    decimal_set_integer(&one, 1);
    code = raise(&inverse, base, magnitude, digits);
    if (code == TIDE_OK)
      code = decimal_divide(result, &one, &inverse, scale);
    decimal_deinit(&inverse);
    decimal_deinit(&one);
  }
  return code == TIDE_OK ? decimal_round(result, scale, DECIMAL_HALF_AWAY) : code;
}
