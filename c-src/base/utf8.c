/* UTF-8 as the border needs it: is it well-formed, and how long is it in JavaScript? */
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* What may follow a lead byte: its number of continuation bytes and the range of the first of them. */
struct lead {
  unsigned continuations;
  unsigned char low, high;
};

static struct lead read_lead(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF)
    return (struct lead){1, 0x80, 0xBF};
  if (byte == 0xE0)
    return (struct lead){2, 0xA0, 0xBF};
  if (byte == 0xED)
    return (struct lead){2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF)
    return (struct lead){2, 0x80, 0xBF};
  if (byte == 0xF0)
    return (struct lead){3, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3)
    return (struct lead){3, 0x80, 0xBF};
  if (byte == 0xF4)
    return (struct lead){3, 0x80, 0x8F};
  return (struct lead){0, 0, 0};
}

/* The bytes from `text` on that belong to one character, as far as they are well-formed. */
static size_t well_formed(const char *text, size_t length, struct lead lead) {
  size_t count = 1;
  unsigned char low = lead.low, high = lead.high;
  while (count <= lead.continuations && count < length) {
    unsigned char byte = (unsigned char)text[count];
    if (byte < low || byte > high)
      break;
    low = 0x80;
    high = 0xBF;
    count++;
  }
  return count;
}

/* Eight bytes of ASCII at a time: most text is. */
static size_t skip_ascii(const char *text, size_t length) {
  size_t at = 0;
  for (; length - at >= 8; at += 8) {
    uint64_t word;
    memcpy(&word, text + at, 8);
    if ((word & UINT64_C(0x8080808080808080)) != 0)
      break;
  }
  while (at < length && (unsigned char)text[at] < 0x80)
    at++;
  return at;
}

size_t utf8_valid(const char *text, size_t length, size_t *units) {
  size_t at = 0;
  for (;;) {
    size_t ascii = skip_ascii(text + at, length - at);
    at += ascii;
    *units += ascii;
    if (at == length)
      return at;
    struct lead lead = read_lead((unsigned char)text[at]);
    if (lead.continuations == 0 ||
        well_formed(text + at, length - at, lead) <= lead.continuations)
      return at;
    at += lead.continuations + 1;
    *units += lead.continuations == 3 ? 2 : 1;
  }
}

size_t utf8_invalid(const char *text, size_t length) {
  return well_formed(text, length, read_lead((unsigned char)text[0]));
}
