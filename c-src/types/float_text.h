/* The shortest text that reads back as the same floating-point number, as PostgreSQL
 * prints it. */
#ifndef TIDE_TYPES_FLOAT_TEXT_H
#define TIDE_TYPES_FLOAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum { FLOAT_TEXT_MAX = 32 };

/* Writes `value` ("0.1", "1e+20", "-Infinity", "NaN") with the final zero; `single`
 * takes it for a real, that needs fewer digits. Returns the length. */
size_t float_print(double value, bool single, char text[FLOAT_TEXT_MAX]);

/* Writes `value` rounded to `digits` significant digits (1 to 17) in the same manner. */
size_t float_print_rounded(double value, int digits, char text[FLOAT_TEXT_MAX]);

/* Both round exactly, halves to the even digit, as C's %.*f and %.*e do; a number that
 * is none is a word. */
void float_put_fixed(struct buffer *out, double value, int places);
void float_put_scientific(struct buffer *out, double value, int places);

#endif
