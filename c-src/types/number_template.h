/* The patterns of numbers in templates: "9,999.99", "S099", "FMRN". */
#ifndef TIDE_TYPES_NUMBER_TEMPLATE_H
#define TIDE_TYPES_NUMBER_TEMPLATE_H

#include "types/template.h"

enum number_pattern {
  N_COMMA,
  N_POINT, /* D too: the point of the locale, which is C */
  N_ZERO,
  N_NINE,
  N_BLANK,
  N_EXPONENT,
  N_FILL_MODE,
  N_GROUP,
  N_CURRENCY,
  N_MINUS,
  N_PLUS,
  N_ANGLES,
  N_ROMAN,
  N_PLUS_MINUS,
  N_SIGN,
  N_ORDINAL,
  N_SHIFT,
  N_NOTHING
};

/* The sign that S stands for is at the first or the last digit. */
enum number_sign { SIGN_NONE, SIGN_BEFORE, SIGN_BEHIND };

/* What a whole template says about the number in it. */
struct number_template {
  struct template template; /* at its beginning */
  int before, behind;       /* digits on either side of the point */
  int shift;                /* digits behind V */
  enum number_sign sign;
  int digits_before_sign; /* how many stand before S */
  int first_zero;         /* the place of the first 0 before the point, or -1 */
  int last_zero;          /* how many digits there are up to the last 0 */
  bool zeros, blank, point, fill_mode, minus, plus, angles, roman, shifts, exponent;
};

/* Returns false having failed the function. */
bool number_template_read(sqlite3_context *context, struct text text,
                          struct number_template *result);

#endif
