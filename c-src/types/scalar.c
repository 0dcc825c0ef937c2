/* Reading the text of scalars whose form is PostgreSQL's own. */
#include "types/scalar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/read_float.h"

/* Is the text the beginning of `word`, at least `shortest` letters long? */
static bool abbreviates(struct text text, const char *word, size_t shortest) {
  char start[8] = "";
  if (text.length < shortest || text.length > strlen(word))
    return false;
  memcpy(start, word, text.length);
  return text_is(text, start);
}

int boolean_parse(struct text text, bool *value) {
  text = text_trim(text);
  if (abbreviates(text, "true", 1) || abbreviates(text, "yes", 1) ||
      text_is(text, "on") || text_is(text, "1")) {
    *value = true;
    return TIDE_OK;
  }
  *value = false;
  bool known = abbreviates(text, "false", 1) || abbreviates(text, "no", 1) ||
               abbreviates(text, "off", 2) || text_is(text, "0");
  return known ? TIDE_OK : TIDE_ERROR_INVALID_TEXT;
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* The base that a prefix 0x, 0o or 0b announces; the prefix is taken off. */
static int base_of(struct text *text) {
  if (text->length < 3 || text->data[0] != '0')
    return 10;
  int base = memchr("xX", text->data[1], 2) != NULL   ? 16
             : memchr("oO", text->data[1], 2) != NULL ? 8
             : memchr("bB", text->data[1], 2) != NULL ? 2
                                                      : 10;
  if (base != 10) {
    text->data += 2;
    text->length -= 2;
  }
  return base;
}

int integer_parse(struct text text, int64_t *value) {
  text = text_trim(text);
  bool negative = text.length > 0 && text.data[0] == '-';
  if (negative || (text.length > 0 && text.data[0] == '+')) {
    text.data++;
    text.length--;
  }
  uint64_t base = (uint64_t)base_of(&text), result = 0;
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  bool digit_before = false, overflow = false;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '_' && (digit_before || base != 10) && i + 1 < text.length) {
      digit_before = false;
      continue;
    }
    uint64_t digit = (uint64_t)digit_of(text.data[i]);
    if (digit >= base)
      return TIDE_ERROR_INVALID_TEXT;
    digit_before = true;
    if (result > (limit - digit) / base)
      overflow = true;
    if (!overflow)
      result = result * base + digit;
  }
  if (!digit_before)
    return TIDE_ERROR_INVALID_TEXT;
  *value = (int64_t)(negative ? 0 - result : result);
  return overflow ? TIDE_ERROR_OUT_OF_RANGE : TIDE_OK;
}

/* Is it what PostgreSQL reads as a floating-point number, infinity and NaN aside? */
static bool is_float(struct text text) {
  size_t i = 0, digits = 0;
  if (i < text.length && (text.data[i] == '-' || text.data[i] == '+'))
    i++;
  for (bool point = false; i < text.length; i++) {
    if (text.data[i] == '.' && !point)
      point = true;
    else if (text.data[i] >= '0' && text.data[i] <= '9')
      digits++;
    else
      break;
  }
  if (digits > 0 && i < text.length && (text.data[i] == 'e' || text.data[i] == 'E')) {
    i++;
    if (i < text.length && (text.data[i] == '-' || text.data[i] == '+'))
      i++;
    digits = 0;
    for (; i < text.length && text.data[i] >= '0' && text.data[i] <= '9'; i++)
      digits++;
  }
  return digits > 0 && i == text.length;
}

/* Does it say more than zero? */
static bool has_value(const char *number) {
  while (*number == '-' || *number == '+' || *number == '0' || *number == '.')
    number++;
  return *number >= '1' && *number <= '9';
}

/* Infinity and NaN. Returns false when it is neither. */
static bool special_float(struct text text, double *value) {
  bool negative = text.length > 0 && text.data[0] == '-';
  if (negative || (text.length > 0 && text.data[0] == '+')) {
    text.data++;
    text.length--;
  } else if (text_is(text, "nan")) {
    *value = (double)NAN;
    return true;
  }
  if (!text_is(text, "inf") && !text_is(text, "infinity"))
    return false;
  *value = negative ? -(double)INFINITY : (double)INFINITY;
  return true;
}

int float_parse(struct text text, double *value) {
  char number[400];
  text = text_trim(text);
  if (special_float(text, value))
    return isnan(*value) ? TIDE_ERROR_NOT_SUPPORTED : TIDE_OK;
  if (!is_float(text) || text.length >= sizeof number)
    return TIDE_ERROR_INVALID_TEXT;
  memcpy(number, text.data, text.length);
  number[text.length] = '\0';
  *value = read_float(number, NULL);
  bool underflow = *value == 0 && has_value(number);
  return isinf(*value) || underflow ? TIDE_ERROR_OUT_OF_RANGE : TIDE_OK;
}

int uuid_parse(struct text text, char uuid[UUID_LENGTH]) {
  if (text.length >= 2 && text.data[0] == '{' && text.data[text.length - 1] == '}') {
    text.data++;
    text.length -= 2;
  }
  int count = 0;
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    /* A hyphen may follow any group of four digits. */
    bool hyphen = text.data[i] == '-' && count > 0 && count < 32 && count % 4 == 0 &&
                  text.data[i - 1] != '-';
    if (hyphen)
      continue;
    int digit = digit_of(text.data[i]);
    if (digit > 15 || count == 32)
      return TIDE_ERROR_INVALID_TEXT;
    if (count == 8 || count == 12 || count == 16 || count == 20)
      uuid[length++] = '-';
    uuid[length++] = "0123456789abcdef"[digit];
    count++;
  }
  return count == 32 ? TIDE_OK : TIDE_ERROR_INVALID_TEXT;
}
