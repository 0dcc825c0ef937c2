/* Comparing numbers as they are stored, without turning them into struct decimal: the
 * collation `numeric` does this for every step of a search in an index. */
#include "types/decimal.h"

/* A number taken apart. */
struct parts {
  int rank; /* -1 -Infinity, 0 finite, 1 Infinity, 2 NaN */
  bool negative;
  const char *digits,
      *end;       /* from the first digit that is not zero; may contain the point */
  long magnitude; /* the power of ten of that digit */
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The exponent that `text` begins with, 0 when there is none. */
static long read_exponent(const char *text, const char *end) {
  if (text == end || (*text != 'e' && *text != 'E'))
    return 0;
  text++;
  bool negative = text < end && *text == '-';
  if (text < end && (*text == '-' || *text == '+'))
    text++;
  long value = 0;
  for (; text < end && is_digit(*text) && value < 1000000; text++)
    value = value * 10 + (*text - '0');
  return negative ? -value : value;
}

static struct parts split(const char *text, size_t length) {
  struct parts parts = {0, false, text, text, 0};
  const char *end = text + length;
  if (text < end && *text == '-') {
    parts.negative = true;
    text++;
  }
  if (text < end && (*text == 'N' || *text == 'I')) {
    parts.rank = *text == 'N' ? 2 : parts.negative ? -1 : 1;
    return parts;
  }
  long before = 0, zeros = 0; /* digits before the point; zeros right behind it */
  bool point = false;
  while (text < end && *text == '0')
    text++;
  parts.digits = text;
  for (; text < end && (is_digit(*text) || *text == '.'); text++) {
    if (*text == '.') {
      point = true;
    } else if (!point) {
      before++;
    } else if (before == 0 && *text == '0' && parts.digits + zeros + 1 == text) {
      zeros++;
    }
  }
  parts.end = text;
  parts.magnitude = (before > 0 ? before - 1 : -zeros - 1) + read_exponent(text, end);
  if (before == 0)
    parts.digits += point ? zeros + 1 : 0;
  /* Zeros at the end count for nothing; is it zero altogether? */
  if (point) {
    while (parts.end > parts.digits && (parts.end[-1] == '0' || parts.end[-1] == '.')) {
      bool at_point = parts.end[-1] == '.';
      parts.end--;
      if (at_point)
        break;
    }
  }
  if (parts.digits >= parts.end)
    parts = (struct parts){0, false, text, text, 0};
  return parts;
}

/* The next digit, -1 at the end. */
static int next_digit(const char **position, const char *end) {
  if (*position < end && **position == '.')
    (*position)++;
  return *position < end ? *(*position)++ - '0' : -1;
}

static int compare_magnitude(const struct parts *left, const struct parts *right) {
  bool left_zero = left->digits == left->end, right_zero = right->digits == right->end;
  if (left_zero || right_zero)
    return right_zero - left_zero;
  if (left->magnitude != right->magnitude)
    return left->magnitude < right->magnitude ? -1 : 1;
  const char *a = left->digits, *b = right->digits;
  for (;;) {
    int x = next_digit(&a, left->end), y = next_digit(&b, right->end);
    if (x < 0 && y < 0)
      return 0;
    /* What has ended goes on with zeros. */
    x = x < 0 ? 0 : x;
    y = y < 0 ? 0 : y;
    if (x != y)
      return x < y ? -1 : 1;
  }
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
