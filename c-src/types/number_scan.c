/* Reading a number by a template, as forgivingly as PostgreSQL does: digits are taken
 * from wherever they stand, at most as many as the template has. */
#include "types/number_scan.h"

#include <string.h>

struct scanner {
  const struct number_template *number;
  struct text input;
  size_t position;
  struct buffer digits;
  char sign; /* '\0': not met yet */
  int before, behind;
  bool point; /* has been met */
};

static bool at_end(const struct scanner *scanner) {
  return scanner->position >= scanner->input.length;
}

/* The byte `ahead` of the current one, '\0' at the end. */
static char peek(const struct scanner *scanner, size_t ahead) {
  size_t position = scanner->position + ahead;
  return position < scanner->input.length ? scanner->input.data[position] : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_sign(char c) {
  return c == '-' || c == '+';
}

static void skip_character(struct scanner *scanner) {
  struct text rest = {scanner->input.data + scanner->position,
                      scanner->input.length - scanner->position};
  scanner->position += character_length(rest);
}

/* Passes over up to `count` characters that no number has. */
static void skip_other(struct scanner *scanner, int count) {
  for (; count > 0 && !at_end(scanner); count--) {
    if (memchr("0123456789.,+-", peek(scanner, 0), 14) != NULL)
      return;
    skip_character(scanner);
  }
}

static void read_sign_before(struct scanner *scanner) {
  char c = peek(scanner, 0);
  bool angle = c == '<' && scanner->number->angles;
  if (is_sign(c) || angle) {
    scanner->sign = c == '+' ? '+' : '-';
    scanner->position++;
  }
}

/* Takes the digit or point that stands here. Returns whether one did. */
static bool take(struct scanner *scanner) {
  char c = peek(scanner, 0);
  if (is_digit(c)) {
    *(scanner->point ? &scanner->behind : &scanner->before) += 1;
  } else if (c == '.' && scanner->number->point && !scanner->point) {
    scanner->point = true;
  } else {
    return false;
  }
  buffer_character(&scanner->digits, c);
  return true;
}

/* A sign behind the last digit: that of S, or, where no digit stands, any other. */
static void read_sign_behind(struct scanner *scanner, bool taken) {
  const struct number_template *number = scanner->number;
  if (number->sign != SIGN_NONE && taken && is_sign(peek(scanner, 1)))
    scanner->sign = scanner->input.data[++scanner->position];
  else if (number->sign == SIGN_NONE && !taken && is_sign(peek(scanner, 0)) &&
           (number->plus || number->minus))
    scanner->sign = peek(scanner, 0);
}

/* Reads what stands in the place of a 9, a 0 or a point, up to its last byte. */
static void read_digit(struct scanner *scanner, bool point) {
  if (peek(scanner, 0) == ' ')
    scanner->position++;
  if (at_end(scanner))
    return;
  bool begun = scanner->before + scanner->behind > 0;
  if (scanner->sign == '\0' && !point && !begun)
    read_sign_before(scanner);
  if (is_digit(peek(scanner, 0)) && scanner->point &&
      scanner->behind == scanner->number->behind)
    return;
  bool taken = take(scanner);
  if (scanner->sign == '\0' && scanner->before + scanner->behind > 0)
    read_sign_behind(scanner, taken);
}

/* A sign where MI, PL or SG stands. */
static void read_own_sign(struct scanner *scanner, bool minus, bool plus) {
  char c = peek(scanner, 0);
  if ((minus && c == '-') || (plus && c == '+')) {
    scanner->sign = c;
    scanner->position++;
  } else {
    skip_other(scanner, 1);
  }
}

static void read_pattern(struct scanner *scanner, enum number_pattern pattern) {
  switch (pattern) {
  case N_NINE:
  case N_ZERO:
  case N_POINT:
    read_digit(scanner, pattern == N_POINT);
    scanner->position++;
    break;
  case N_COMMA:
  case N_GROUP:
    if (!scanner->number->fill_mode && peek(scanner, 0) == ',')
      scanner->position++;
    break;
  case N_CURRENCY: skip_other(scanner, 1); break;
  case N_ORDINAL:
    if (!scanner->number->point)
      skip_other(scanner, 2);
    break;
  case N_MINUS: read_own_sign(scanner, true, false); break;
  case N_PLUS: read_own_sign(scanner, false, true); break;
  case N_PLUS_MINUS: read_own_sign(scanner, true, true); break;
  default: break;
  }
}

void number_scan(const struct number_template *number, struct text input,
                 struct buffer *out, int *behind) {
  struct scanner scanner = {.number = number, .input = input};
  struct template template = number->template;
  struct template_piece piece;
  buffer_init(&scanner.digits, out->memory);
  while (!at_end(&scanner) && template_next(&template, &piece)) {
    if (piece.kind == TEMPLATE_PATTERN)
      read_pattern(&scanner, (enum number_pattern)piece.word->pattern);
    else
      skip_character(&scanner);
  }
  struct text digits = {buffer_string(&scanner.digits), scanner.digits.length};
  if (digits.length > 0 && digits.data[digits.length - 1] == '.')
    digits.length--;
  buffer_character(out, scanner.sign == '\0' ? ' ' : scanner.sign);
  buffer_append(out, digits.data, digits.length);
  out->failed |= scanner.digits.failed;
  buffer_deinit(&scanner.digits);
  *behind = scanner.behind;
}
