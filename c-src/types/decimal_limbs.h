/* What the files of struct decimal share: its limbs. */
#ifndef TIDE_TYPES_DECIMAL_LIMBS_H
#define TIDE_TYPES_DECIMAL_LIMBS_H

#include "types/decimal.h"

enum { DIGITS_PER_LIMB = 9, LIMB_BASE = 1000000000 };

void decimal_set_zero(struct decimal *number, int scale);
void decimal_set_special(struct decimal *number, enum decimal_kind kind, bool negative);
/* Makes room for `count` limbs, keeping those there are. Returns TIDE_OK or
 * TIDE_ERROR_NOMEM. */
int decimal_reserve(struct decimal *number, int count);
/* Restores the invariant: no zero limb at either end. */
void decimal_normalise(struct decimal *number);
int decimal_compare_magnitude(const struct decimal *left, const struct decimal *right);
/* The power of ten of the first digit of a number that is not zero. */
int decimal_magnitude(const struct decimal *number);
/* Returns TIDE_ERROR_OUT_OF_RANGE when there are too many digits before the point. */
int decimal_check(const struct decimal *number);

#endif
