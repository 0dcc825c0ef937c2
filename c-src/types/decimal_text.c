/* Comparing numerics as they are stored, without turning them into struct decimal: the collation
 * `numeric` does this for every step of a search in an index. */
#include <string.h>

#include "types/decimal.h"

/* A stored numeric taken apart: no zeros in front of `integer` or behind `fraction`. */
struct parts {
  int rank; /* -1 -Infinity, 0 finite, 1 Infinity, 2 NaN */
  bool negative;
  const char *integer, *fraction;
  size_t integer_length, fraction_length;
};

static struct parts split(const char *text, size_t length) {
  struct parts parts = {0, false, text, text, 0, 0};
  if (length > 0 && text[0] == '-') {
    parts.negative = true;
    text++;
    length--;
  }
  if (length > 0 && (text[0] == 'N' || text[0] == 'I')) {
    parts.rank = text[0] == 'N' ? 2 : parts.negative ? -1 : 1;
    return parts;
  }
  const char *point = memchr(text, '.', length);
  const char *end = text + length;
  const char *integer_end = point == NULL ? end : point;
  while (text < integer_end && *text == '0')
    text++;
  parts.integer = text;
  parts.integer_length = (size_t)(integer_end - text);
  if (point != NULL) {
    while (end > point + 1 && end[-1] == '0')
      end--;
    parts.fraction = point + 1;
    parts.fraction_length = (size_t)(end - point - 1);
  }
  /* Is it minus zero, that nobody writes? */
  if (parts.integer_length == 0 && parts.fraction_length == 0)
    parts.negative = false;
  return parts;
}

static int compare_magnitude(const struct parts *left, const struct parts *right) {
  if (left->integer_length != right->integer_length) {
    return left->integer_length < right->integer_length ? -1 : 1;
  }
  int order = memcmp(left->integer, right->integer, left->integer_length);
  if (order != 0)
    return order;
  size_t shorter = left->fraction_length < right->fraction_length
                       ? left->fraction_length
                       : right->fraction_length;
  order = memcmp(left->fraction, right->fraction, shorter);
  if (order != 0)
    return order;
  return (left->fraction_length > shorter) - (right->fraction_length > shorter);
}

int decimal_compare_text(const char *left, size_t left_length, const char *right,
                         size_t right_length) {
  struct parts a = split(left, left_length), b = split(right, right_length);
  if (a.rank != b.rank)
    return a.rank < b.rank ? -1 : 1;
  if (a.rank != 0)
    return 0;
  if (a.negative != b.negative)
    return a.negative ? -1 : 1;
  int order = compare_magnitude(&a, &b);
  return a.negative ? -order : order;
}
