/* The formatter behind error_set, buffer_format, arena_format and trace_line. */
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct output {
  void (*write)(void *target, const char *text, size_t length);
  void *target;
};

static void write_text(const struct output *output, const char *text) {
  output->write(output->target, text, strlen(text));
}

static void write_quoted(const struct output *output, const char *text, char quote) {
  output->write(output->target, &quote, 1);
  while (*text != '\0') {
    const char *end = strchr(text, quote);
    size_t length = end == NULL ? strlen(text) : (size_t)(end - text) + 1;
    output->write(output->target, text, length);
    if (end != NULL)
      output->write(output->target, &quote, 1);
    text += length;
  }
  output->write(output->target, &quote, 1);
}

/* RFC 8259, section 7: quotes, backslashes and control characters are escaped. */
static void write_json(const struct output *output, const char *text) {
  output->write(output->target, "\"", 1);
  while (*text != '\0') {
    size_t plain = 0;
    while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
           text[plain] != '\\')
      plain++;
    output->write(output->target, text, plain);
    text += plain;
    if (*text == '\0')
      break;
    unsigned char byte = (unsigned char)*text++;
    char escape[6] = {'\\',
                      'u',
                      '0',
                      '0',
                      "0123456789abcdef"[byte >> 4],
                      "0123456789abcdef"[byte & 15]};
    if (byte == '"' || byte == '\\') {
      escape[1] = (char)byte;
      output->write(output->target, escape, 2);
    } else {
      output->write(output->target, escape, 6);
    }
  }
  output->write(output->target, "\"", 1);
}

static void write_number(const struct output *output, uint64_t value, bool negative,
                         unsigned base, int width) {
  char digits[40];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while ((int)(sizeof digits - at) < width && at > 1)
    digits[--at] = '0';
  if (negative)
    digits[--at] = '-';
  output->write(output->target, digits + at, sizeof digits - at);
}

/* How an integer argument is written in the format: the letters before d, u or x. */
enum size { SIZE_INT, SIZE_LONG, SIZE_LONG_LONG, SIZE_SIZE };

/* The argument itself is fetched by format_list: a va_list does not survive being passed on. */
static enum size read_size(const char **format) {
  if (**format == 'z') {
    (*format)++;
    return SIZE_SIZE;
  }
  int letters = 0;
  for (; **format == 'l'; (*format)++)
    letters++;
  return letters == 0 ? SIZE_INT : letters == 1 ? SIZE_LONG : SIZE_LONG_LONG;
}

static int read_width(const char **format) {
  int width = 0;
  for (; **format >= '0' && **format <= '9'; (*format)++)
    width = width < 30 ? width * 10 + (**format - '0') : width;
  return width > 30 ? 30 : width;
}

static void write_signed(const struct output *output, int64_t value, int width) {
  uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  write_number(output, magnitude, value < 0, 10, width);
}

static bool continues_character(char byte) {
  return ((unsigned char)byte & 0xC0) == 0x80;
}

/* `length` without the beginning of a character whose end is behind it. */
static size_t whole_characters(const char *text, size_t length) {
  size_t lead = length;
  while (lead > 0 && length - lead < 3 && continues_character(text[lead - 1]))
    lead--;
  unsigned char byte = (unsigned char)(lead > 0 ? text[lead - 1] : '\0');
  size_t size = byte < 0xC0 ? 0 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  return size > length - lead + 1 ? lead - 1 : length;
}

/* A zero-terminated text or, when `length` is not negative, as much of it as fits into that many bytes. */
static void write_string(const struct output *output, const char *text, int length) {
  if (text == NULL)
    write_text(output, "(null)");
  else if (length < 0)
    write_text(output, text);
  else
    output->write(output->target, text, whole_characters(text, (size_t)length));
}

void format_list(void (*write)(void *target, const char *text, size_t length),
                 void *target, const char *format, va_list arguments) {
  const struct output output = {write, target};
  while (*format != '\0') {
    const char *percent = strchr(format, '%');
    if (percent == NULL) {
      write_text(&output, format);
      return;
    }
    if (percent != format)
      write(target, format, (size_t)(percent - format));
    format = percent + 1;
    int length = -1;
    if (strncmp(format, ".*", 2) == 0) {
      length = va_arg(arguments, int);
      format += 2;
    }
    int width = read_width(&format);
    enum size size = read_size(&format);
    switch (*format) {
    case 's': write_string(&output, va_arg(arguments, const char *), length); break;
    case 'q': write_quoted(&output, va_arg(arguments, const char *), '"'); break;
    case 'Q': {
      const char *text = va_arg(arguments, const char *);
      if (text == NULL)
        write_text(&output, "NULL");
      else
        write_quoted(&output, text, '\'');
      break;
    }
    case 'j': {
      const char *text = va_arg(arguments, const char *);
      if (text == NULL)
        write_text(&output, "null");
      else
        write_json(&output, text);
      break;
    }
    case 'c': {
      char character = (char)va_arg(arguments, int);
      write(target, &character, 1);
      break;
    }
    case 'd': {
      int64_t value = size == SIZE_INT         ? va_arg(arguments, int)
                      : size == SIZE_LONG      ? va_arg(arguments, long)
                      : size == SIZE_LONG_LONG ? va_arg(arguments, long long)
                                               : (int64_t)va_arg(arguments, size_t);
      write_signed(&output, value, width);
      break;
    }
    case 'u':
    case 'x': {
      uint64_t value = size == SIZE_INT         ? va_arg(arguments, unsigned)
                       : size == SIZE_LONG      ? va_arg(arguments, unsigned long)
                       : size == SIZE_LONG_LONG ? va_arg(arguments, unsigned long long)
                                                : va_arg(arguments, size_t);
      write_number(&output, value, false, *format == 'x' ? 16 : 10, width);
      break;
    }
    case '%': write(target, "%", 1); break;
    case '\0': write(target, "%", 1); return;
    default: write(target, format, 1);
    }
    format++;
  }
}

struct fixed {
  char *text;
  size_t size, length;
  bool
      full; /* a piece did not fit: nothing more is written, or the text would have a hole */
};

static void write_fixed(void *target, const char *text, size_t length) {
  struct fixed *fixed = target;
  if (fixed->full)
    return;
  size_t room = fixed->size - 1 - fixed->length;
  if (length > room) {
    fixed->full = true;
    length = room;
    while (length > 0 && continues_character(text[length]))
      length--;
  }
  memcpy(fixed->text + fixed->length, text, length);
  fixed->length += length;
}

size_t format_text(char *text, size_t size, const char *format, va_list arguments) {
  struct fixed fixed = {.text = text, .size = size};
  format_list(write_fixed, &fixed, format, arguments);
  text[fixed.length] = '\0';
  return fixed.length;
}
