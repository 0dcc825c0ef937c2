/* Integers of up to 4096 bits, for what is exact about floating-point numbers. None is negative, and nothing checks that a
 * result has room: callers know how large theirs can become. */
#ifndef TIDE_BASE_INTEGER_H
#define TIDE_BASE_INTEGER_H

#include <stdint.h>

enum { INTEGER_WORDS_MAX = 128 };

/* Lowest word first; the highest is not zero. */
struct integer {
  int count;
  uint32_t word[INTEGER_WORDS_MAX];
};

void integer_set(struct integer *integer, uint64_t value);
void integer_multiply(struct integer *integer, uint32_t factor);
void integer_multiply_power_of_ten(struct integer *integer, int power);
void integer_shift(struct integer *integer, int bits); /* to the left */
/* Adds what is less than 2^32. */
void integer_add(struct integer *integer, uint32_t value);
/* Takes away what is not more. */
void integer_subtract(struct integer *left, const struct integer *right);
/* How many bits it takes; 0 for zero. */
int integer_bits(const struct integer *integer);
/* Compares left + extra with right: less than, equal to or greater than 0. */
int integer_compare_sum(const struct integer *left, const struct integer *extra,
                        const struct integer *right);
int integer_compare(const struct integer *left, const struct integer *right);

#endif
