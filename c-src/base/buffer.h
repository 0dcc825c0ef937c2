/* Growable bytes with a sticky error: append as often as you like, check once. */
#ifndef TIDE_BASE_BUFFER_H
#define TIDE_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct buffer {
  struct memory *memory;
  char *data; /* zero-terminated after every append of text; NULL while empty */
  size_t length;
  size_t capacity;
  bool failed; /* memory ran out: every later append is a no-op */
};

void buffer_init(struct buffer *buffer, struct memory *memory);
void buffer_deinit(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory and clears the error */

void buffer_append(struct buffer *buffer, const void *data, size_t length);
/* `size` bytes of `data`, from its beginning again whenever it ends; `length` is not 0. */
void buffer_repeat(struct buffer *buffer, const void *data, size_t length, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_character(struct buffer *buffer, char character);
void buffer_format(struct buffer *buffer, const char *format, ...); /* as error_set */
void buffer_format_list(struct buffer *buffer, const char *format, va_list arguments);
void buffer_identifier(struct buffer *buffer,
                       const char *name); /* "name" with its quotes doubled */
void buffer_literal(struct buffer *buffer, const char *text,
                    size_t length); /* 'text' with its quotes doubled */
void buffer_u32(struct buffer *buffer, uint32_t value); /* little-endian */
void buffer_pad(struct buffer *buffer,
                size_t alignment); /* zero bytes up to a multiple */
/* The text so far, "" when empty; valid until the next append. */
const char *buffer_string(const struct buffer *buffer);
/* Hands the bytes over: the caller releases them with the buffer's memory; the buffer is empty then. NULL when failed. */
char *buffer_take(struct buffer *buffer);

#endif
