/* The shortest text that reads back as the same floating-point number, as PostgreSQL
 * prints it. */
#ifndef TIDE_TYPES_FLOAT_TEXT_H
#define TIDE_TYPES_FLOAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { FLOAT_TEXT_MAX = 32 };

/* Writes `value` ("0.1", "1e+20", "-Infinity", "NaN") with the final zero; `single`
 * takes it for a real, that needs fewer digits. Returns the length. */
size_t float_print(double value, bool single, char text[FLOAT_TEXT_MAX]);

/* Writes `value` rounded to `digits` significant digits (1 to 17) in the same manner. */
size_t float_print_rounded(double value, int digits, char text[FLOAT_TEXT_MAX]);

#endif
