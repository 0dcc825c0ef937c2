/* sum and avg of double precision: exact and rounded once, so that the order of the rows does not matter. */
#include <math.h>
#include <string.h>

#include "types/call.h"

/* The smallest bit of a double is worth 2^-1074, the largest 2^1023; 64 more are for the number of rows. */
enum {
  LIMBS = 68,
  LIMB_BITS = 32,
  LOWEST = 1074,
  MANTISSA_BITS = 53,
  CARRY_AFTER = 1 << 30
};

#define LIMB_MASK     UINT64_C(0xffffffff)
#define MANTISSA_MASK ((UINT64_C(1) << (MANTISSA_BITS - 1)) - 1)

/* A number of fixed point: limb i counts 2^(32 i - 1074). Between two carries limbs may be negative or exceed 32 bits. */
struct exact {
  int64_t count, infinity, minus_infinity;
  int changes; /* since the last carry */
  int64_t limbs[LIMBS];
};

/* Makes every limb but the last one of 0 … 2^32 - 1; the last one has the sign. */
static void carry(int64_t limbs[LIMBS]) {
  int64_t over = 0;
  for (int i = 0; i < LIMBS - 1; i++) {
    int64_t limb = limbs[i] + over;
    int64_t rest = (int64_t)((uint64_t)limb & LIMB_MASK);
    over = (limb - rest) / ((int64_t)1 << LIMB_BITS);
    limbs[i] = rest;
  }
  limbs[LIMBS - 1] += over;
}

static void add_finite(struct exact *sum, double value, bool negate) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  int exponent = (int)(bits >> (MANTISSA_BITS - 1) & 0x7ff);
  uint64_t mantissa = bits & MANTISSA_MASK;
  if (exponent > 0)
    mantissa |= MANTISSA_MASK + 1;
  int position = exponent > 0 ? exponent - 1 : 0;
  int shift = position % LIMB_BITS;
  uint64_t low = (mantissa & LIMB_MASK) << shift;
  uint64_t high = (mantissa >> LIMB_BITS << shift) + (low >> LIMB_BITS);
  int64_t sign = (bits >> 63 != 0) != negate ? -1 : 1;
  int64_t *limb = &sum->limbs[position / LIMB_BITS];
  limb[0] += sign * (int64_t)(low & LIMB_MASK);
  limb[1] += sign * (int64_t)(high & LIMB_MASK);
  limb[2] += sign * (int64_t)(high >> LIMB_BITS);
  if (++sum->changes == CARRY_AFTER) {
    carry(sum->limbs);
    sum->changes = 0;
  }
}

/* The 53 bits from `top` down, rounded half to even, of limbs that are carried and not negative. */
static double round_to_double(const int64_t limbs[LIMBS], int top) {
  uint64_t mantissa = 0;
  bool half = false, more = false;
  int last = top >= MANTISSA_BITS ? top - MANTISSA_BITS + 1 : 0;
  for (int bit = top; bit >= last; bit--)
    mantissa =
        mantissa << 1 | ((uint64_t)limbs[bit / LIMB_BITS] >> bit % LIMB_BITS & 1);
  if (last > 0) {
    int bit = last - 1;
    uint64_t limb = (uint64_t)limbs[bit / LIMB_BITS];
    half = limb >> bit % LIMB_BITS & 1;
    more = (limb & ((UINT64_C(1) << bit % LIMB_BITS) - 1)) != 0;
    for (int i = 0; i < bit / LIMB_BITS && !more; i++)
      more = limbs[i] != 0;
  }
  if (half && (more || (mantissa & 1) != 0))
    mantissa++;
  return ldexp((double)mantissa, last - LOWEST);
}

static double exact_value(const struct exact *sum) {
  int64_t limbs[LIMBS];
  if (sum->infinity > 0 || sum->minus_infinity > 0)
    return sum->infinity == 0 ? -INFINITY : sum->minus_infinity == 0 ? INFINITY : NAN;
  memcpy(limbs, sum->limbs, sizeof limbs);
  carry(limbs);
  bool negative = limbs[LIMBS - 1] < 0;
  for (int i = 0; negative && i < LIMBS; i++)
    limbs[i] = -limbs[i];
  if (negative)
    carry(limbs);
  int top = LIMBS * LIMB_BITS - 1;
  while (top >= 0 && limbs[top / LIMB_BITS] == 0)
    top -= LIMB_BITS;
  if (top < 0)
    return 0;
  while ((limbs[top / LIMB_BITS] >> top % LIMB_BITS & 1) == 0)
    top--;
  double value = round_to_double(limbs, top);
  return negative ? -value : value;
}

static void change(sqlite3_context *context, sqlite3_value *argument, bool negate) {
  if (sqlite3_value_type(argument) == SQLITE_NULL)
    return;
  struct exact *sum = sqlite3_aggregate_context(context, sizeof *sum);
  if (sum == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  double value = sqlite3_value_double(argument);
  int64_t one = negate ? -1 : 1;
  sum->count += one;
  if (!isinf(value))
    add_finite(sum, value, negate);
  else if (value > 0)
    sum->infinity += one;
  else
    sum->minus_infinity += one;
}

static void step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  change(context, arguments[0], false);
}

static void inverse(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  change(context, arguments[0], true);
}

/* NaN is NULL in SQLite (docs/types.md). */
static void return_quotient(sqlite3_context *context, bool mean) {
  const struct exact *sum = sqlite3_aggregate_context(context, 0);
  if (sum == NULL || sum->count == 0)
    return;
  double value = exact_value(sum);
  if (isnan(value))
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "the sum of Infinity and -Infinity is NaN, which does not exist here");
  else
    sqlite3_result_double(context, mean ? value / (double)sum->count : value);
}

static void sum_double(sqlite3_context *context) {
  return_quotient(context, false);
}

static void avg_double(sqlite3_context *context) {
  return_quotient(context, true);
}

int register_sums(sqlite3 *db, struct types_context *context) {
  static const struct call_aggregate aggregates[] = {
      {"pg_sum_double", 1, step, sum_double, sum_double, inverse},
      {"pg_avg_double", 1, step, avg_double, avg_double, inverse}};
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
