/* The shortest text that reads back as the same floating-point number: Steele and
 * White's algorithm in Burger and Dybvig's form ("Printing Floating-Point Numbers
 * Quickly and Accurately", 1996), with integers as long as it takes, so that it is
 * exact. */
#include "types/float_text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/read_float.h"
#include "sqlite3.h"

enum { DIGITS_MAX = 18 };

/* The number is rest / scale, and whatever lies strictly within `below` / scale beneath
 * it and `above` / scale over it reads back as the same. */
struct state {
  struct integer rest, scale, above, below;
};

/* Takes the next digit out of rest / scale. */
static int next_digit(struct state *state) {
  static const struct integer zero = {0, {0}};
  int digit = 0;
  while (integer_compare_sum(&state->rest, &zero, &state->scale) >= 0) {
    integer_subtract(&state->rest, &state->scale);
    digit++;
  }
  return digit;
}

static bool is_low(const struct state *state) {
  static const struct integer zero = {0, {0}};
  int order = integer_compare_sum(&state->rest, &zero, &state->below);
  return order < 0;
}

static bool is_high(const struct state *state) {
  int order = integer_compare_sum(&state->rest, &state->above, &state->scale);
  return order > 0;
}

/* Sets rest, scale and the margins for mantissa * 2^exponent. `border`: the next
 * smaller number is only half as far away as the next greater. */
static void set_state(struct state *state, uint64_t mantissa, int exponent,
                      bool border) {
  int up = exponent > 0 ? exponent : 0, down = exponent < 0 ? -exponent : 0;
  int extra = border ? 2 : 1;
  integer_set(&state->rest, mantissa);
  integer_shift(&state->rest, up + extra);
  integer_set(&state->scale, 1);
  integer_shift(&state->scale, down + extra);
  integer_set(&state->below, 1);
  integer_shift(&state->below, up);
  integer_set(&state->above, 1);
  integer_shift(&state->above, up + extra - 1);
}

static void multiply_all(struct state *state, int power) {
  integer_multiply_power_of_ten(&state->rest, power);
  integer_multiply_power_of_ten(&state->above, power);
  integer_multiply_power_of_ten(&state->below, power);
}

/* Digits of a positive number; *point is the place of the decimal point before them
 * (0.d1d2… * 10^point). */
static int shortest_digits(double value, bool single, char digits[DIGITS_MAX],
                           int *point) {
  struct state state;
  int exponent;
  int bits = single ? 24 : 53, lowest = single ? -149 : -1074;
  double fraction = frexp(value, &exponent);
  if (exponent - bits < lowest)
    bits = exponent - lowest;
  uint64_t mantissa = (uint64_t)ldexp(fraction, bits);
  exponent -= bits;
  bool border = mantissa == (uint64_t)1 << (bits - 1) && exponent > lowest && bits > 1;
  set_state(&state, mantissa, exponent, border);
  int power = (int)ceil(log10(value) - 1e-10);
  if (power >= 0)
    integer_multiply_power_of_ten(&state.scale, power);
  else
    multiply_all(&state, -power);
  /* Was the estimate one too small? */
  if (is_high(&state))
    power++;
  else
    multiply_all(&state, 1);
  *point = power;
  int count = 0;
  for (;;) {
    int digit = next_digit(&state);
    bool low = is_low(&state), high = is_high(&state);
    if (low || high || count == DIGITS_MAX - 1) {
      /* Between two that both read back, the nearer one. */
      bool up = high && (!low || integer_compare_sum(&state.rest, &state.rest,
                                                     &state.scale) >= 0);
      digits[count++] = (char)('0' + digit + up);
      return count;
    }
    digits[count++] = (char)('0' + digit);
    multiply_all(&state, 1);
  }
}

/* Most numbers are written with few digits: when 15 of them (6 of a real) read back as
 * the same number they are, without their trailing zeros, the shortest. Returns 0 when
 * they do not, and for very large and small numbers, where this is not so. */
static int few_digits(double value, bool single, char digits[DIGITS_MAX], int *point) {
  char text[FLOAT_TEXT_MAX];
  int precision = single ? 6 : 15;
  if (value < 1e-5 || value >= 1e15)
    return 0;
  sqlite3_snprintf(sizeof text, text, "%.*e", precision - 1, value);
  /* That a real is rounded twice makes no difference for any of six digits: all of this range were tried. */
  double read = read_float(text, NULL);
  bool same = single ? (float)read == (float)value : read == value;
  const char *exponent = strchr(text, 'e');
  if (!same || exponent == NULL)
    return 0;
  digits[0] = text[0];
  memcpy(digits + 1, text + 2, (size_t)precision - 1);
  while (precision > 1 && digits[precision - 1] == '0')
    precision--;
  *point = (int)strtol(exponent + 1, NULL, 10) + 1;
  return precision;
}

static size_t put(char *text, size_t length, char c, int times) {
  for (int i = 0; i < times; i++)
    text[length++] = c;
  return length;
}

/* d.ddde+XX */
static size_t print_scientific(char *text, size_t length, const char *digits, int count,
                               int exponent) {
  text[length++] = digits[0];
  if (count > 1)
    text[length++] = '.';
  memcpy(text + length, digits + 1, (size_t)count - 1);
  length += (size_t)count - 1;
  text[length++] = 'e';
  text[length++] = exponent < 0 ? '-' : '+';
  int magnitude = exponent < 0 ? -exponent : exponent;
  if (magnitude >= 100)
    text[length++] = (char)('0' + magnitude / 100);
  text[length++] = (char)('0' + magnitude / 10 % 10);
  text[length++] = (char)('0' + magnitude % 10);
  return length;
}

/* ddd.ddd with as many zeros as it takes */
static size_t print_plain(char *text, size_t length, const char *digits, int count,
                          int point) {
  if (point <= 0) {
    length = put(text, length, '0', 1);
    length = put(text, length, '.', 1);
    length = put(text, length, '0', -point);
    memcpy(text + length, digits, (size_t)count);
    return length + (size_t)count;
  }
  int before = count < point ? count : point;
  memcpy(text + length, digits, (size_t)before);
  length = put(text, length + (size_t)before, '0', point - before);
  if (count <= point)
    return length;
  text[length++] = '.';
  memcpy(text + length, digits + point, (size_t)(count - point));
  return length + (size_t)(count - point);
}

/* Prints what needs no digits. Returns 0 when there are. */
static size_t print_special(double value, char *text) {
  const char *word = isnan(value)   ? "NaN"
                     : isinf(value) ? (value < 0 ? "-Infinity" : "Infinity")
                     : value == 0   ? (signbit(value) ? "-0" : "0")
                                    : NULL;
  if (word == NULL)
    return 0;
  size_t length = strlen(word);
  memcpy(text, word, length + 1);
  return length;
}

size_t float_print(double value, bool single, char text[FLOAT_TEXT_MAX]) {
  size_t length = print_special(value, text);
  if (length > 0)
    return length;
  char digits[DIGITS_MAX];
  int point, count = few_digits(fabs(value), single, digits, &point);
  if (count == 0)
    count = shortest_digits(fabs(value), single, digits, &point);
  if (value < 0)
    text[length++] = '-';
  int exponent = point - 1;
  if (exponent < -4 || exponent >= (single ? 6 : 15))
    length = print_scientific(text, length, digits, count, exponent);
  else
    length = print_plain(text, length, digits, count, point);
  text[length] = '\0';
  return length;
}

size_t float_print_rounded(double value, int digits, char text[FLOAT_TEXT_MAX]) {
  size_t length = print_special(value, text);
  if (length > 0)
    return length;
  sqlite3_snprintf(FLOAT_TEXT_MAX, text, "%!.*e", digits - 1, value);
  return strlen(text);
}

/* --- any number of digits --- */

/* Adds one at the last digit. Returns whether there is one digit more in front. */
static bool round_up(struct buffer *digits) {
  size_t i = digits->length;
  while (i > 0 && digits->data[i - 1] == '9')
    digits->data[--i] = '0';
  if (i > 0) {
    digits->data[i - 1]++;
    return false;
  }
  buffer_character(digits, '0');
  if (!digits->failed)
    digits->data[0] = '1';
  return true;
}

/* Appends the first digits of a positive number, rounded: `places` behind the point
 * (`fixed`) or behind the first digit. Returns the place of the decimal point before
 * them (0.d1d2… * 10^point). */
static int rounded_digits(struct buffer *digits, double value, int places, bool fixed) {
  struct state state;
  int exponent;
  uint64_t mantissa = (uint64_t)ldexp(frexp(value, &exponent), 53);
  set_state(&state, mantissa, exponent - 53, false);
  int power = (int)ceil(log10(value) - 1e-10);
  if (power >= 0)
    integer_multiply_power_of_ten(&state.scale, power);
  else
    multiply_all(&state, -power);
  /* Was the estimate one too small? */
  static const struct integer zero = {0, {0}};
  if (integer_compare_sum(&state.rest, &zero, &state.scale) >= 0) {
    integer_multiply(&state.scale, 10);
    power++;
  }
  int count = fixed ? power + places : places + 1;
  char last = '0';
  for (int i = 0; i < count; i++) {
    integer_multiply(&state.rest, 10);
    last = (char)('0' + next_digit(&state));
    buffer_character(digits, last);
  }
  int half = integer_compare_sum(&state.rest, &state.rest, &state.scale);
  bool odd = (last - '0') % 2 == 1;
  if (count < 0 || half < 0 || (half == 0 && !odd) || digits->failed)
    return power;
  return round_up(digits) ? power + 1 : power;
}

/* NaN, an infinity, or the sign. Returns whether digits follow. */
static bool put_sign(struct buffer *out, double value) {
  char text[FLOAT_TEXT_MAX];
  if (!isfinite(value)) {
    print_special(value, text);
    buffer_text(out, text);
  } else if (signbit(value)) {
    buffer_character(out, '-');
  }
  return isfinite(value);
}

/* The digits from `first` on, zeros where there are none. */
static void put_digits(struct buffer *out, const struct buffer *digits, int first,
                       int count) {
  for (int i = first; i < first + count; i++) {
    bool given = i >= 0 && (size_t)i < digits->length && !digits->failed;
    buffer_character(out, given ? buffer_string(digits)[i] : '0');
  }
}

void float_put_fixed(struct buffer *out, double value, int places) {
  struct buffer digits;
  if (!put_sign(out, value))
    return;
  buffer_init(&digits, out->memory);
  int point = value == 0 ? 0 : rounded_digits(&digits, fabs(value), places, true);
  put_digits(out, &digits, point > 0 ? 0 : -1, point > 0 ? point : 1);
  if (places > 0) {
    buffer_character(out, '.');
    put_digits(out, &digits, point, places);
  }
  out->failed |= digits.failed;
  buffer_deinit(&digits);
}

void float_put_scientific(struct buffer *out, double value, int places) {
  struct buffer digits;
  if (!put_sign(out, value))
    return;
  buffer_init(&digits, out->memory);
  int point = value == 0 ? 1 : rounded_digits(&digits, fabs(value), places, false);
  put_digits(out, &digits, 0, 1);
  if (places > 0) {
    buffer_character(out, '.');
    put_digits(out, &digits, 1, places);
  }
  buffer_format(out, "e%c%s%d", point > 0 ? '+' : '-',
                point > -9 && point < 11 ? "0" : "", point > 0 ? point - 1 : 1 - point);
  out->failed |= digits.failed;
  buffer_deinit(&digits);
}
