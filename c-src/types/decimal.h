/* Exact decimal numbers of any size, with PostgreSQL's scales: what `numeric` computes
 * with. */
#ifndef TIDE_TYPES_DECIMAL_H
#define TIDE_TYPES_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/memory.h"

enum decimal_kind {
  DECIMAL_FINITE,
  DECIMAL_INFINITE, /* of the sign `negative` */
  DECIMAL_NAN       /* equal to itself and greater than all others, as in PostgreSQL */
};

enum {
  DECIMAL_LIMBS_INLINE = 8,        /* 72 digits need no memory */
  DECIMAL_SCALE_MAX = 16383,       /* digits after the point */
  DECIMAL_DIGITS_MAX = 131072,     /* digits before it */
  DECIMAL_RESULT_SCALE_MAX = 1000, /* that a division or a root adds by itself */
  DECIMAL_SIGNIFICANT_MIN = 16     /* digits that a division or a root gives at least */
};

/* limb[0] * 10^(9 * exponent) + limb[1] * 10^(9 * (exponent + 1)) + …, each limb below
 * 10^9, no zero limb at either end; zero has no limb. `scale` is how many digits after
 * the point are shown. */
struct decimal {
  enum decimal_kind kind;
  bool negative;
  int scale;
  int exponent;
  int count;
  int capacity;
  uint32_t *limb; /* `small`, or from `memory` */
  struct memory *memory;
  uint32_t small[DECIMAL_LIMBS_INLINE];
};

/* Zero of scale 0. A struct decimal must not be moved: use decimal_copy. */
void decimal_init(struct decimal *number, struct memory *memory);
void decimal_deinit(struct decimal *number);

/* Where nothing else is said a function returns TIDE_OK, TIDE_ERROR_NOMEM or
 * TIDE_ERROR_OUT_OF_RANGE (more digits than PostgreSQL allows); `result` is then
 * unspecified but valid. It may not be an operand too, unless one says so. */
int decimal_copy(struct decimal *result, const struct decimal *number);

/* Reads what PostgreSQL reads as numeric: blanks around it, a sign, digits, a point, an
 * exponent, NaN, Infinity. Also returns TIDE_ERROR_INVALID_TEXT. */
int decimal_parse(struct decimal *result, const char *text, size_t length);
void decimal_set_integer(struct decimal *result, int64_t value);
/* Rounds half away from zero. Returns false when it does not fit (NaN and infinity
 * never do). */
bool decimal_to_integer(const struct decimal *number, int64_t *value);
void decimal_print(const struct decimal *number, struct buffer *out);

bool decimal_is_zero(const struct decimal *number);
/* By value: 1.0 equals 1.00, NaN equals NaN and is the greatest. */
int decimal_compare(const struct decimal *left, const struct decimal *right);
/* The same for two texts that decimal_print wrote; needs no memory. */
int decimal_compare_text(const char *left, size_t left_length, const char *right,
                         size_t right_length);

int decimal_add(struct decimal *result, const struct decimal *left,
                const struct decimal *right);
int decimal_subtract(struct decimal *result, const struct decimal *left,
                     const struct decimal *right);
int decimal_multiply(struct decimal *result, const struct decimal *left,
                     const struct decimal *right);
/* The quotient rounded to `scale` digits. Also returns TIDE_ERROR_DIVISION_BY_ZERO. */
int decimal_divide(struct decimal *result, const struct decimal *left,
                   const struct decimal *right, int scale);
/* The scale that PostgreSQL gives a quotient (select_div_scale). */
int decimal_division_scale(const struct decimal *left, const struct decimal *right);
/* The integer part of the quotient. Also returns TIDE_ERROR_DIVISION_BY_ZERO. */
int decimal_divide_integer(struct decimal *result, const struct decimal *left,
                           const struct decimal *right);
/* With the sign of `left`. Also returns TIDE_ERROR_DIVISION_BY_ZERO. */
int decimal_modulo(struct decimal *result, const struct decimal *left,
                   const struct decimal *right);
/* The root rounded to `scale` digits. Also returns TIDE_ERROR_INVALID_ARGUMENT for a
 * negative number. */
int decimal_square_root(struct decimal *result, const struct decimal *number,
                        int scale);
int decimal_square_root_scale(const struct decimal *number);
/* Also returns TIDE_ERROR_DIVISION_BY_ZERO (0 to a negative power). */
int decimal_power(struct decimal *result, const struct decimal *base, int exponent,
                  int exponent_scale);

/* e to that power, rounded to `scale` digits. */
int decimal_exponential(struct decimal *result, const struct decimal *number,
                        int scale);
int decimal_exponential_scale(const struct decimal *number);
/* The natural logarithm rounded to `scale` digits. Also returns
 * TIDE_ERROR_INVALID_ARGUMENT for what is not above zero. */
int decimal_logarithm(struct decimal *result, const struct decimal *number, int scale);
int decimal_logarithm_scale(const struct decimal *number);
/* The same to any base, with PostgreSQL's scale; a base of 1 is
 * TIDE_ERROR_DIVISION_BY_ZERO. */
int decimal_logarithm_to_base(struct decimal *result, const struct decimal *base,
                              const struct decimal *number);
/* With any finite exponent. Also returns TIDE_ERROR_DIVISION_BY_ZERO, and
 * TIDE_ERROR_INVALID_ARGUMENT for a negative base. */
int decimal_power_real(struct decimal *result, const struct decimal *base,
                       const struct decimal *exponent);

/* The nearest number in double precision, NaN and infinity included. */
double decimal_to_double(const struct decimal *number);

/* In place. A negative scale rounds before the point. */
enum decimal_rounding {
  DECIMAL_HALF_AWAY,
  DECIMAL_TRUNCATE,
  DECIMAL_CEILING,
  DECIMAL_FLOOR
};
int decimal_round(struct decimal *number, int scale, enum decimal_rounding rounding);

/* Rounds in place to numeric(precision, scale). Returns TIDE_ERROR_OUT_OF_RANGE when it
 * has more digits. */
int decimal_fit(struct decimal *number, int precision, int scale);

/* Digits after the point that are not trailing zeros. */
int decimal_minimal_scale(const struct decimal *number);

#endif
