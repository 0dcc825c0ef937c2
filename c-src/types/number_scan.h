/* Reading a number by a template: to_number(). */
#ifndef TIDE_TYPES_NUMBER_SCAN_H
#define TIDE_TYPES_NUMBER_SCAN_H

#include "types/number_template.h"

/* Appends the number as numeric reads it to `out`, and gives how many digits behind the
 * point it has. */
void number_scan(const struct number_template *number, struct text input,
                 struct buffer *out, int *behind);

#endif
