/* Letters: UTF-8, and upper and lower case by Unicode's simple case mapping. */
#ifndef TIDE_TYPES_UNICODE_H
#define TIDE_TYPES_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The other case of a letter, or the letter itself. */
uint32_t unicode_lower(uint32_t letter);
uint32_t unicode_upper(uint32_t letter);
/* Is it a letter or a digit, as initcap() sees words? */
bool unicode_is_word(uint32_t letter);

/* The letter at *position, which is moved past it; there must be one. Never reads
 * beyond `length`. */
uint32_t utf8_next(const char *text, size_t length, size_t *position);
/* Writes a letter; returns the number of bytes. */
size_t utf8_encode(uint32_t letter, char bytes[4]);
/* The position `count` letters after `position`, at most `length`. */
size_t utf8_skip(const char *text, size_t length, size_t position, int64_t count);
/* How many letters there are. */
int64_t utf8_count(const char *text, size_t length);

#endif
