/* Printing the digits of a number by a template. */
#ifndef TIDE_TYPES_NUMBER_PRINT_H
#define TIDE_TYPES_NUMBER_PRINT_H

#include "types/number_template.h"

/* A number taken apart for printing. */
struct number_digits {
  const char *text; /* "12.50", zero-terminated; a roman numeral; ### when too large */
  char sign;        /* '+' or '-' */
  int missing;      /* digits before the point that the template has and the text not */
};

/* Appends the number to `out`. Returns false having failed the function. */
bool number_print(sqlite3_context *context, struct buffer *out,
                  const struct number_template *number,
                  const struct number_digits *digits);

#endif
