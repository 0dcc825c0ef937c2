/* Growable bytes with a sticky error. */
#include "base/buffer.h"

#include <string.h>

#include "base/format.h"

enum { CAPACITY_FIRST = 64 };

void buffer_init(struct buffer *buffer, struct memory *memory) {
  *buffer = (struct buffer){.memory = memory};
}

void buffer_deinit(struct buffer *buffer) {
  memory_release(buffer->memory, buffer->data);
  buffer_init(buffer, buffer->memory);
}

void buffer_clear(struct buffer *buffer) {
  buffer->length = 0;
  buffer->failed = false;
  if (buffer->data != NULL)
    buffer->data[0] = '\0';
}

/* Makes room for `length` more bytes and the zero after them. */
static bool reserve(struct buffer *buffer, size_t length) {
  if (buffer->failed)
    return false;
  if (length >= SIZE_MAX / 2 - buffer->length) {
    buffer->failed = true;
    return false;
  }
  size_t wanted = buffer->length + length + 1;
  if (wanted <= buffer->capacity)
    return true;
  size_t capacity = buffer->capacity == 0 ? CAPACITY_FIRST : buffer->capacity * 2;
  if (capacity < wanted)
    capacity = wanted;
  char *data = memory_reallocate(buffer->memory, buffer->data, capacity);
  if (data == NULL) {
    buffer->failed = true;
    return false;
  }
  buffer->data = data;
  buffer->capacity = capacity;
  return true;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length) {
  if (!reserve(buffer, length))
    return;
  if (length > 0)
    memcpy(buffer->data + buffer->length, data, length);
  buffer->length += length;
  buffer->data[buffer->length] = '\0';
}

void buffer_repeat(struct buffer *buffer, const void *data, size_t length,
                   size_t size) {
  if (!reserve(buffer, size))
    return;
  char *target = buffer->data + buffer->length;
  size_t there = length < size ? length : size;
  memcpy(target, data, there);
  /* What is there is copied behind itself: twice as much each time. */
  for (size_t more; there < size; there += more) {
    more = there < size - there ? there : size - there;
    memcpy(target + there, target, more);
  }
  buffer->length += size;
  buffer->data[buffer->length] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text) {
  buffer_append(buffer, text, strlen(text));
}

void buffer_character(struct buffer *buffer, char character) {
  buffer_append(buffer, &character, 1);
}

static void write(void *target, const char *text, size_t length) {
  buffer_append(target, text, length);
}

void buffer_format_list(struct buffer *buffer, const char *format, va_list arguments) {
  format_list(write, buffer, format, arguments);
}

void buffer_format(struct buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  buffer_format_list(buffer, format, arguments);
  va_end(arguments);
}

static void append_quoted(struct buffer *buffer, const char *text, size_t length,
                          char quote) {
  buffer_character(buffer, quote);
  const char *end = text + length;
  while (text < end) {
    const char *found = memchr(text, quote, (size_t)(end - text));
    const char *stop = found == NULL ? end : found + 1;
    buffer_append(buffer, text, (size_t)(stop - text));
    if (found != NULL)
      buffer_character(buffer, quote);
    text = stop;
  }
  buffer_character(buffer, quote);
}

void buffer_identifier(struct buffer *buffer, const char *name) {
  append_quoted(buffer, name, strlen(name), '"');
}

void buffer_literal(struct buffer *buffer, const char *text, size_t length) {
  append_quoted(buffer, text, length, '\'');
}

void buffer_u32(struct buffer *buffer, uint32_t value) {
  unsigned char bytes[4];
  for (int i = 0; i < 4; i++)
    bytes[i] = (unsigned char)(value >> (8 * i));
  buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_pad(struct buffer *buffer, size_t alignment) {
  static const char zeros[16];
  while (!buffer->failed && buffer->length % alignment != 0) {
    size_t missing = alignment - buffer->length % alignment;
    buffer_append(buffer, zeros, missing < sizeof zeros ? missing : sizeof zeros);
  }
}

const char *buffer_string(const struct buffer *buffer) {
  return buffer->data == NULL ? "" : buffer->data;
}

char *buffer_take(struct buffer *buffer) {
  /* An empty buffer still hands over a text: "". */
  if (buffer->data == NULL)
    buffer_append(buffer, "", 0);
  char *data = buffer->failed ? NULL : buffer->data;
  if (data == NULL)
    memory_release(buffer->memory, buffer->data);
  buffer_init(buffer, buffer->memory);
  return data;
}
