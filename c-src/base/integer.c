/* Integers of many words. */
#include "base/integer.h"

void integer_set(struct integer *integer, uint64_t value) {
  integer->count = 0;
  for (; value > 0; value >>= 32)
    integer->word[integer->count++] = (uint32_t)value;
}

void integer_multiply(struct integer *integer, uint32_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < integer->count; i++) {
    carry += (uint64_t)integer->word[i] * factor;
    integer->word[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0)
    integer->word[integer->count++] = (uint32_t)carry;
}

void integer_multiply_power_of_ten(struct integer *integer, int power) {
  for (; power >= 9; power -= 9)
    integer_multiply(integer, 1000000000);
  for (; power > 0; power--)
    integer_multiply(integer, 10);
}

void integer_shift(struct integer *integer, int bits) {
  for (; bits >= 31; bits -= 31)
    integer_multiply(integer, (uint32_t)1 << 31);
  integer_multiply(integer, (uint32_t)1 << bits);
}

static uint32_t word_at(const struct integer *integer, int index) {
  return index < integer->count ? integer->word[index] : 0;
}

int integer_compare_sum(const struct integer *left, const struct integer *extra,
                        const struct integer *right) {
  struct integer sum;
  uint64_t carry = 0;
  int count = left->count > extra->count ? left->count : extra->count;
  for (int i = 0; i < count; i++) {
    carry += (uint64_t)word_at(left, i) + word_at(extra, i);
    sum.word[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0)
    sum.word[count++] = (uint32_t)carry;
  sum.count = count;
  int top = count > right->count ? count : right->count;
  for (int i = top - 1; i >= 0; i--) {
    uint32_t a = word_at(&sum, i), b = word_at(right, i);
    if (a != b)
      return a < b ? -1 : 1;
  }
  return 0;
}

void integer_subtract(struct integer *left, const struct integer *right) {
  uint64_t borrow = 0;
  for (int i = 0; i < left->count; i++) {
    uint64_t take = word_at(right, i) + borrow;
    borrow = left->word[i] < take;
    left->word[i] -= (uint32_t)take;
  }
  while (left->count > 0 && left->word[left->count - 1] == 0)
    left->count--;
}

void integer_add(struct integer *integer, uint32_t value) {
  uint64_t carry = value;
  for (int i = 0; i < integer->count && carry > 0; i++) {
    carry += integer->word[i];
    integer->word[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0)
    integer->word[integer->count++] = (uint32_t)carry;
}

int integer_bits(const struct integer *integer) {
  return integer->count == 0
             ? 0
             : 32 * integer->count - __builtin_clz(integer->word[integer->count - 1]);
}

int integer_compare(const struct integer *left, const struct integer *right) {
  if (left->count != right->count)
    return left->count < right->count ? -1 : 1;
  for (int i = left->count - 1; i >= 0; i--)
    if (left->word[i] != right->word[i])
      return left->word[i] < right->word[i] ? -1 : 1;
  return 0;
}
