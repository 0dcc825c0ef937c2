/* UTF-8 as the border needs it: is it well-formed, and how long is it in JavaScript? */
#ifndef TIDE_BASE_UTF8_H
#define TIDE_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes at the start of `text` are well-formed UTF-8 (no surrogates, nothing overlong, nothing beyond
 * U+10FFFF); adds their length in UTF-16 units to *units. */
size_t utf8_valid(const char *text, size_t length, size_t *units);

/* How many bytes at the start of `text`, which is not well-formed there, a decoder replaces by one U+FFFD. */
size_t utf8_invalid(const char *text, size_t length);

#endif
