/* Text to floating-point number. */
#ifndef TIDE_BASE_READ_FLOAT_H
#define TIDE_BASE_READ_FLOAT_H

/* The double nearest to the decimal number that `text` begins with after spaces, as strtod in the C locale; the even one of
 * two. Infinity when it is too large. *end, unless end is NULL, is what follows it: `text`, with 0, when there is none. */
double read_float(const char *text, const char **end);

#endif
