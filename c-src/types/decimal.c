/* Exact decimal numbers: representation, text, order, addition and rounding. */
#include "types/decimal.h"

#include <string.h>

#include "base/error.h"
#include "types/decimal_limbs.h"

static const uint32_t powers[DIGITS_PER_LIMB + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/* Rounds towards negative infinity, unlike C. */
static int floor_divide(int value, int divisor) {
  return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

void decimal_init(struct decimal *number, struct memory *memory) {
  number->memory = memory;
  number->limb = number->small;
  number->capacity = DECIMAL_LIMBS_INLINE;
  decimal_set_zero(number, 0);
}

void decimal_deinit(struct decimal *number) {
  if (number->limb != number->small)
    memory_release(number->memory, number->limb);
  number->limb = number->small;
  number->capacity = DECIMAL_LIMBS_INLINE;
  number->count = 0;
}

void decimal_set_zero(struct decimal *number, int scale) {
  number->kind = DECIMAL_FINITE;
  number->negative = false;
  number->scale = scale;
  number->exponent = 0;
  number->count = 0;
}

void decimal_set_special(struct decimal *number, enum decimal_kind kind,
                         bool negative) {
  decimal_set_zero(number, 0);
  number->kind = kind;
  number->negative = negative;
}

/* Makes room for `count` limbs, keeping those there are. */
int decimal_reserve(struct decimal *number, int count) {
  if (count <= number->capacity)
    return TIDE_OK;
  size_t size = (size_t)count * sizeof(uint32_t);
  uint32_t *limb = memory_allocate(number->memory, size);
  if (limb == NULL)
    return TIDE_ERROR_NOMEM;
  memcpy(limb, number->limb, (size_t)number->count * sizeof(uint32_t));
  if (number->limb != number->small)
    memory_release(number->memory, number->limb);
  number->limb = limb;
  number->capacity = count;
  return TIDE_OK;
}

/* Restores the invariant: no zero limb at either end. */
void decimal_normalise(struct decimal *number) {
  int low = 0;
  while (number->count > 0 && number->limb[number->count - 1] == 0)
    number->count--;
  while (low < number->count && number->limb[low] == 0)
    low++;
  if (low > 0) {
    number->count -= low;
    number->exponent += low;
    memmove(number->limb, number->limb + low, (size_t)number->count * sizeof(uint32_t));
  }
  if (number->count == 0) {
    number->exponent = 0;
    number->negative = false;
  }
}

int decimal_copy(struct decimal *result, const struct decimal *number) {
  result->count = 0;
  if (decimal_reserve(result, number->count) != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  result->kind = number->kind;
  result->negative = number->negative;
  result->scale = number->scale;
  result->exponent = number->exponent;
  result->count = number->count;
  memcpy(result->limb, number->limb, (size_t)number->count * sizeof(uint32_t));
  return TIDE_OK;
}

bool decimal_is_zero(const struct decimal *number) {
  return number->kind == DECIMAL_FINITE && number->count == 0;
}

/* --- text --- */

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool matches(const char *text, size_t length, const char *word) {
  size_t i = 0;
  for (; i < length && word[i] != '\0'; i++) {
    char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    if (c != word[i])
      return false;
  }
  return i == length && word[i] == '\0';
}

/* What stands between the blanks: digits with a point, and an exponent. */
struct literal {
  const char *digits; /* may contain the point */
  size_t length;
  bool negative;
  long point;    /* digits before the point */
  long fraction; /* digits after it */
  long exponent;
};

/* Reads "e-12" from *position on. Returns false when it is none. */
static bool scan_exponent(const char *text, size_t length, size_t *position,
                          long *exponent) {
  size_t i = *position + 1;
  bool negative = i < length && text[i] == '-';
  if (i < length && (text[i] == '-' || text[i] == '+'))
    i++;
  if (i == length || !is_digit(text[i]))
    return false;
  for (*exponent = 0; i < length && is_digit(text[i]); i++) {
    if (*exponent < 10000000)
      *exponent = *exponent * 10 + (text[i] - '0');
  }
  if (negative)
    *exponent = -*exponent;
  *position = i;
  return true;
}

static int scan(struct literal *literal, const char *text, size_t length) {
  size_t i = 0, digits = 0;
  bool point = false;
  memset(literal, 0, sizeof *literal);
  literal->digits = text;
  for (; i < length && (is_digit(text[i]) || (text[i] == '.' && !point)); i++) {
    if (text[i] == '.') {
      point = true;
    } else {
      digits++;
      if (point)
        literal->fraction++;
      else
        literal->point++;
    }
  }
  literal->length = i;
  if (digits == 0)
    return TIDE_ERROR_INVALID_TEXT;
  if (i < length && (text[i] == 'e' || text[i] == 'E')) {
    if (!scan_exponent(text, length, &i, &literal->exponent))
      return TIDE_ERROR_INVALID_TEXT;
  }
  return i == length ? TIDE_OK : TIDE_ERROR_INVALID_TEXT;
}

/* Turns the digits of `literal` into limbs. */
static int set_digits(struct decimal *result, const struct literal *literal) {
  long low = literal->exponent - literal->fraction; /* power of ten of the last digit */
  long digits = literal->point + literal->fraction;
  int bottom = floor_divide((int)low, DIGITS_PER_LIMB);
  int top = floor_divide((int)(low + digits - 1), DIGITS_PER_LIMB);
  result->count = 0;
  if (decimal_reserve(result, top - bottom + 1) != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  result->count = top - bottom + 1;
  result->exponent = bottom;
  memset(result->limb, 0, (size_t)result->count * sizeof(uint32_t));
  long place = low + digits - 1 - (long)bottom * DIGITS_PER_LIMB;
  for (size_t i = 0; i < literal->length; i++) {
    if (literal->digits[i] == '.')
      continue;
    uint32_t digit = (uint32_t)(literal->digits[i] - '0');
    result->limb[place / DIGITS_PER_LIMB] += digit * powers[place % DIGITS_PER_LIMB];
    place--;
  }
  decimal_normalise(result);
  return TIDE_OK;
}

/* Skips zeros in front: they need no limbs, however many there are. */
static void skip_zeros(struct literal *literal) {
  while (literal->length > 1 && literal->point > 0 && literal->digits[0] == '0') {
    literal->digits++;
    literal->length--;
    literal->point--;
  }
}

int decimal_parse(struct decimal *result, const char *text, size_t length) {
  struct literal literal;
  decimal_set_zero(result, 0);
  while (length > 0 && is_space(text[0]))
    text++, length--;
  while (length > 0 && is_space(text[length - 1]))
    length--;
  bool negative = length > 0 && text[0] == '-';
  bool sign = negative || (length > 0 && text[0] == '+');
  if (!sign && matches(text, length, "nan")) {
    decimal_set_special(result, DECIMAL_NAN, false);
    return TIDE_OK;
  }
  text += sign;
  length -= sign;
  if (matches(text, length, "infinity") || matches(text, length, "inf")) {
    decimal_set_special(result, DECIMAL_INFINITE, negative);
    return TIDE_OK;
  }
  if (scan(&literal, text, length) != TIDE_OK)
    return TIDE_ERROR_INVALID_TEXT;
  skip_zeros(&literal);
  if (literal.point + literal.exponent > DECIMAL_DIGITS_MAX)
    return TIDE_ERROR_OUT_OF_RANGE;
  long scale = literal.fraction - literal.exponent;
  if (scale > DECIMAL_SCALE_MAX || literal.fraction > DECIMAL_SCALE_MAX) {
    return TIDE_ERROR_OUT_OF_RANGE;
  }
  if (set_digits(result, &literal) != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  result->negative = negative && result->count > 0;
  result->scale = scale > 0 ? (int)scale : 0;
  return TIDE_OK;
}

void decimal_set_integer(struct decimal *result, int64_t value) {
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  decimal_set_zero(result, 0);
  for (; rest > 0; rest /= LIMB_BASE) {
    result->limb[result->count++] = (uint32_t)(rest % LIMB_BASE);
  }
  result->negative = value < 0;
  decimal_normalise(result);
}

/* The limb at this exponent, 0 beyond the ends. */
static uint32_t limb_at(const struct decimal *number, int exponent) {
  int index = exponent - number->exponent;
  return index >= 0 && index < number->count ? number->limb[index] : 0;
}

bool decimal_to_integer(const struct decimal *number, int64_t *value) {
  *value = 0;
  if (number->kind != DECIMAL_FINITE)
    return false;
  int top = number->exponent + number->count - 1;
  if (top > 2)
    return false;
  uint64_t result = 0;
  for (int exponent = top; exponent >= 0; exponent--) {
    uint64_t limb = limb_at(number, exponent);
    if (result > (UINT64_MAX - limb) / LIMB_BASE)
      return false;
    result = result * LIMB_BASE + limb;
  }
  if (limb_at(number, -1) >= LIMB_BASE / 2 && result < UINT64_MAX)
    result++;
  if (result > (uint64_t)INT64_MAX + (number->negative ? 1 : 0))
    return false;
  *value = number->negative ? (int64_t)(0 - result) : (int64_t)result;
  return true;
}

/* Appends the first `digits` digits of a limb, leading zeros included. */
static void print_limb(struct buffer *out, uint32_t limb, int digits) {
  char text[DIGITS_PER_LIMB];
  for (int i = DIGITS_PER_LIMB - 1; i >= 0; i--) {
    text[i] = (char)('0' + limb % 10);
    limb /= 10;
  }
  buffer_append(out, text, (size_t)digits);
}

static void print_integer_part(const struct decimal *number, struct buffer *out) {
  int top = number->exponent + number->count - 1;
  if (number->count == 0 || top < 0) {
    buffer_character(out, '0');
    return;
  }
  char text[DIGITS_PER_LIMB];
  int start = DIGITS_PER_LIMB;
  for (uint32_t limb = limb_at(number, top); limb > 0; limb /= 10) {
    text[--start] = (char)('0' + limb % 10);
  }
  buffer_append(out, text + start, (size_t)(DIGITS_PER_LIMB - start));
  for (int exponent = top - 1; exponent >= 0; exponent--) {
    print_limb(out, limb_at(number, exponent), DIGITS_PER_LIMB);
  }
}

void decimal_print(const struct decimal *number, struct buffer *out) {
  if (number->kind == DECIMAL_NAN) {
    buffer_text(out, "NaN");
    return;
  }
  if (number->negative)
    buffer_character(out, '-');
  if (number->kind == DECIMAL_INFINITE) {
    buffer_text(out, "Infinity");
    return;
  }
  print_integer_part(number, out);
  if (number->scale == 0)
    return;
  buffer_character(out, '.');
  int rest = number->scale;
  for (int exponent = -1; rest > 0; exponent--) {
    int digits = rest < DIGITS_PER_LIMB ? rest : DIGITS_PER_LIMB;
    print_limb(out, limb_at(number, exponent), digits);
    rest -= digits;
  }
}

/* --- order --- */

/* Sorts the kinds: -Infinity, finite, Infinity, NaN. */
static int rank(const struct decimal *number) {
  if (number->kind == DECIMAL_NAN)
    return 2;
  if (number->kind == DECIMAL_INFINITE)
    return number->negative ? -1 : 1;
  return 0;
}

int decimal_compare_magnitude(const struct decimal *left, const struct decimal *right) {
  int left_top = left->exponent + left->count,
      right_top = right->exponent + right->count;
  if (left->count == 0 || right->count == 0)
    return (left->count > 0) - (right->count > 0);
  if (left_top != right_top)
    return left_top < right_top ? -1 : 1;
  int bottom = left->exponent < right->exponent ? left->exponent : right->exponent;
  for (int exponent = left_top - 1; exponent >= bottom; exponent--) {
    uint32_t a = limb_at(left, exponent), b = limb_at(right, exponent);
    if (a != b)
      return a < b ? -1 : 1;
  }
  return 0;
}

int decimal_compare(const struct decimal *left, const struct decimal *right) {
  int left_rank = rank(left), right_rank = rank(right);
  if (left_rank != right_rank)
    return left_rank < right_rank ? -1 : 1;
  if (left_rank != 0)
    return 0;
  if (left->negative != right->negative)
    return left->negative ? -1 : 1;
  int order = decimal_compare_magnitude(left, right);
  return left->negative ? -order : order;
}

/* --- addition --- */

/* result = |left| + |right| over the limbs from `bottom` to below `top`. */
static void add_limbs(struct decimal *result, const struct decimal *left,
                      const struct decimal *right, int bottom, int top) {
  uint32_t carry = 0;
  for (int exponent = bottom; exponent < top; exponent++) {
    uint32_t sum = limb_at(left, exponent) + limb_at(right, exponent) + carry;
    carry = sum >= LIMB_BASE;
    result->limb[exponent - bottom] = carry ? sum - LIMB_BASE : sum;
  }
  result->limb[top - bottom] = carry;
  result->count = top - bottom + 1;
}

/* result = |left| - |right| where |left| >= |right|. */
static void subtract_limbs(struct decimal *result, const struct decimal *left,
                           const struct decimal *right, int bottom, int top) {
  uint32_t borrow = 0;
  for (int exponent = bottom; exponent < top; exponent++) {
    uint32_t a = limb_at(left, exponent), b = limb_at(right, exponent) + borrow;
    borrow = a < b;
    result->limb[exponent - bottom] = borrow ? a + LIMB_BASE - b : a - b;
  }
  result->count = top - bottom;
}

/* The sum when one is not finite. */
static void add_special(struct decimal *result, const struct decimal *left,
                        const struct decimal *right, bool right_negative) {
  bool both = left->kind == DECIMAL_INFINITE && right->kind == DECIMAL_INFINITE;
  if (left->kind == DECIMAL_NAN || right->kind == DECIMAL_NAN ||
      (both && left->negative != right_negative)) {
    decimal_set_special(result, DECIMAL_NAN, false);
  } else {
    bool negative = left->kind == DECIMAL_INFINITE ? left->negative : right_negative;
    decimal_set_special(result, DECIMAL_INFINITE, negative);
  }
}

static int lower(int left, int right) {
  return left < right ? left : right;
}

static int higher(int left, int right) {
  return left > right ? left : right;
}

int decimal_check(const struct decimal *number) {
  if (number->count == 0)
    return TIDE_OK;
  int digits = (number->exponent + number->count) * DIGITS_PER_LIMB;
  return digits > DECIMAL_DIGITS_MAX + DIGITS_PER_LIMB ? TIDE_ERROR_OUT_OF_RANGE
                                                       : TIDE_OK;
}

static int add_signed(struct decimal *result, const struct decimal *left,
                      const struct decimal *right, bool right_negative) {
  if (left->kind != DECIMAL_FINITE || right->kind != DECIMAL_FINITE) {
    add_special(result, left, right, right_negative);
    return TIDE_OK;
  }
  if (left->count == 0 || right->count == 0) {
    bool use_left = left->count > 0;
    if (decimal_copy(result, use_left ? left : right) != TIDE_OK)
      return TIDE_ERROR_NOMEM;
    if (!use_left)
      result->negative = right_negative && right->count > 0;
    result->scale = higher(left->scale, right->scale);
    return TIDE_OK;
  }
  int bottom = lower(left->exponent, right->exponent);
  int top = higher(left->exponent + left->count, right->exponent + right->count);
  decimal_set_zero(result, higher(left->scale, right->scale));
  if (decimal_reserve(result, top - bottom + 1) != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  result->exponent = bottom;
  result->negative = left->negative;
  if (left->negative == right_negative) {
    add_limbs(result, left, right, bottom, top);
  } else if (decimal_compare_magnitude(left, right) >= 0) {
    subtract_limbs(result, left, right, bottom, top);
  } else {
    subtract_limbs(result, right, left, bottom, top);
    result->negative = right_negative;
  }
  decimal_normalise(result);
  return decimal_check(result);
}

int decimal_add(struct decimal *result, const struct decimal *left,
                const struct decimal *right) {
  return add_signed(result, left, right, right->negative);
}

int decimal_subtract(struct decimal *result, const struct decimal *left,
                     const struct decimal *right) {
  return add_signed(result, left, right, !right->negative);
}

/* --- rounding --- */

/* Cuts what lies below 10^-scale. Reports the first digit cut and whether anything but
 * zeros was. */
static void cut(struct decimal *number, int scale, uint32_t *digit, bool *inexact) {
  int limb =
      floor_divide(-scale, DIGITS_PER_LIMB); /* exponent of the limb that is split */
  int keep_from = -scale - limb * DIGITS_PER_LIMB; /* digits of it to cut, 0 to 8 */
  uint32_t unit = powers[keep_from];
  uint32_t split = limb_at(number, limb);
  *digit = keep_from > 0 ? split % unit / powers[keep_from - 1]
                         : limb_at(number, limb - 1) / powers[DIGITS_PER_LIMB - 1];
  *inexact = split % unit != 0 || (number->count > 0 && number->exponent < limb);
  int drop = limb - number->exponent;
  if (drop >= number->count) {
    decimal_set_zero(number, number->scale);
    return;
  }
  if (drop > 0) {
    number->count -= drop;
    number->exponent = limb;
    memmove(number->limb, number->limb + drop,
            (size_t)number->count * sizeof(uint32_t));
  }
  if (number->exponent == limb)
    number->limb[0] -= split % unit;
}

/* Adds 10^-scale to the magnitude of a number that was cut there. */
static int step_up(struct decimal *number, int scale, bool negative) {
  struct decimal unit, sum;
  decimal_init(&unit, number->memory);
  decimal_init(&sum, number->memory);
  int limb = floor_divide(-scale, DIGITS_PER_LIMB);
  unit.limb[0] = powers[-scale - limb * DIGITS_PER_LIMB];
  unit.count = 1;
  unit.exponent = limb;
  unit.negative = number->negative = negative;
  int result = decimal_add(&sum, number, &unit);
  if (result == TIDE_OK)
    result = decimal_copy(number, &sum);
  decimal_deinit(&sum);
  return result;
}

int decimal_round(struct decimal *number, int scale, enum decimal_rounding rounding) {
  if (number->kind != DECIMAL_FINITE)
    return TIDE_OK;
  if (scale < -DECIMAL_DIGITS_MAX)
    scale = -DECIMAL_DIGITS_MAX;
  if (scale > DECIMAL_SCALE_MAX)
    scale = DECIMAL_SCALE_MAX;
  uint32_t digit;
  bool inexact, negative = number->negative;
  cut(number, scale, &digit, &inexact);
  decimal_normalise(number);
  bool up = (rounding == DECIMAL_HALF_AWAY && digit >= 5) ||
            (rounding == DECIMAL_CEILING && inexact && !negative) ||
            (rounding == DECIMAL_FLOOR && inexact && negative);
  int result = up ? step_up(number, scale, negative) : TIDE_OK;
  number->scale = scale > 0 ? scale : 0;
  return result;
}

/* The power of ten of the first digit; the number is not zero. */
int decimal_magnitude(const struct decimal *number) {
  int digits = 0;
  for (uint32_t limb = number->limb[number->count - 1]; limb > 0; limb /= 10)
    digits++;
  return (number->exponent + number->count - 1) * DIGITS_PER_LIMB + digits - 1;
}

int decimal_fit(struct decimal *number, int precision, int scale) {
  if (number->kind == DECIMAL_NAN)
    return TIDE_OK;
  if (number->kind == DECIMAL_INFINITE)
    return TIDE_ERROR_OUT_OF_RANGE;
  int result = decimal_round(number, scale, DECIMAL_HALF_AWAY);
  if (result != TIDE_OK || number->count == 0)
    return result;
  bool fits = decimal_magnitude(number) < precision - scale;
  return fits ? TIDE_OK : TIDE_ERROR_OUT_OF_RANGE;
}

int decimal_minimal_scale(const struct decimal *number) {
  if (number->count == 0 || number->exponent >= 0)
    return 0;
  int scale = -number->exponent * DIGITS_PER_LIMB;
  for (uint32_t limb = number->limb[0]; limb % 10 == 0; limb /= 10)
    scale--;
  return scale;
}
