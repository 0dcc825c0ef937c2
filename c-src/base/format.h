/* The formatter behind error_set, buffer_format, arena_format and trace_line: no stdio, no locale. */
#ifndef TIDE_BASE_FORMAT_H
#define TIDE_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Writes `format` piece by piece. Understood are
 *   %s text (NULL: "(null)")   %.*s length as int, text   %c character   %% percent sign
 *   %d %u %ld %lu %lld %llu %zu   %x %llx in hexadecimal; integers take a width, padded with zeros: %04d
 *   %q "identifier" with its quotes doubled   %Q 'literal' with its quotes doubled, NULL for a null pointer
 *   %j "JSON string" with its escapes, null for a null pointer
 * Anything else is a mistake in the caller and is printed as it stands. */
void format_list(void (*write)(void *target, const char *text, size_t length),
                 void *target, const char *format, va_list arguments);

/* Formats into `text` of `size` bytes, zero-terminated, cut at a character border. Returns the length. */
size_t format_text(char *text, size_t size, const char *format, va_list arguments);

#endif
