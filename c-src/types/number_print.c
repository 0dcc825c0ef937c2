/* Printing a number by a template, digit by digit, where PostgreSQL puts them: each 9
 * and 0 takes the place of a digit, and what is not needed becomes a blank, or nothing
 * when FM is given. */
#include "types/number_print.h"

#include <string.h>

enum { ROMAN_WIDTH = 15 };

struct printer {
  struct number_template number;
  struct buffer *out;
  const struct number_digits *digits;
  const char *next;       /* digit to print */
  const char *last_shown; /* digit behind the point that FM leaves; NULL: all */
  int place, places;      /* of the template's digits: the current one, and the last */
  bool sign_written;
  bool digit_written; /* so that a comma makes sense */
  bool ended;         /* there are no digits left for the template's: it ends here */
};

static void put(struct printer *printer, char c) {
  if (!printer->ended)
    buffer_character(printer->out, c);
}

/* A blank, unless FM is given. */
static void put_blank(struct printer *printer) {
  if (!printer->number.fill_mode)
    put(printer, ' ');
}

/* The last digit behind the point that is not zero, or the point; NULL without one. */
static const char *last_digit(const char *text) {
  const char *point = strchr(text, '.'), *last = point;
  for (const char *c = point; c != NULL && *c != '\0'; c++) {
    if (*c != '0')
      last = c;
  }
  return last;
}

static void find_last_shown(struct printer *printer) {
  const struct number_digits *digits = printer->digits;
  printer->last_shown = last_digit(digits->text);
  int place = printer->number.last_zero - digits->missing,
      last = (int)strlen(digits->text) - 1;
  if (printer->last_shown == NULL || place <= 0)
    return;
  const char *zero = digits->text + (place < last ? place : last);
  if (printer->last_shown < zero)
    printer->last_shown = zero;
}

static void begin(struct printer *printer) {
  struct number_template *number = &printer->number;
  bool negative = printer->digits->sign == '-';
  if (number->plus || number->minus) {
    printer->sign_written = number->minus;
  } else {
    number->angles &= negative || !number->fill_mode;
    printer->sign_written = !negative && number->fill_mode && number->sign == SIGN_NONE;
    if (number->sign == SIGN_BEFORE && number->before == number->digits_before_sign)
      number->sign = SIGN_BEHIND;
  }
  printer->places = number->before + number->behind - 1;
  if (number->fill_mode && number->point)
    find_last_shown(printer);
  if (!printer->sign_written && printer->digits->missing == 0)
    printer->places++;
}

/* Is only the point left of what FM leaves behind it? */
static bool ends_with_point(const struct printer *printer) {
  return printer->last_shown != NULL && *printer->last_shown == '.';
}

/* Is the next digit the zero of .5, for which there is a 9? */
static bool is_lone_zero(const struct printer *printer) {
  return !printer->number.zeros && printer->next == printer->digits->text &&
         *printer->next == '0' && printer->number.behind > 0;
}

static void put_sign_before(struct printer *printer) {
  const struct number_template *number = &printer->number;
  bool negative = printer->digits->sign == '-';
  if (number->sign == SIGN_BEHIND)
    return;
  if (number->sign == SIGN_BEFORE)
    put(printer, printer->digits->sign);
  else if (number->angles)
    put(printer, negative ? '<' : ' ');
  else if (negative)
    put(printer, '-');
  else
    put_blank(printer);
  printer->sign_written = true;
}

static void put_sign_behind(struct printer *printer) {
  if (printer->sign_written && printer->number.angles)
    put(printer, printer->digits->sign == '-' ? '>' : ' ');
  else if (printer->number.sign == SIGN_BEHIND)
    put(printer, printer->digits->sign);
}

/* The digit or point that comes next, in the place of a 9, a 0 or a point. */
static void put_next(struct printer *printer, enum number_pattern pattern) {
  bool hidden = printer->last_shown != NULL && printer->next > printer->last_shown &&
                pattern != N_ZERO;
  if (*printer->next == '\0' && !hidden) {
    printer->ended = true;
  } else if (*printer->next == '.') {
    put(printer, '.');
  } else if (!hidden && is_lone_zero(printer)) {
    if (ends_with_point(printer))
      put(printer, '0');
    else
      put_blank(printer);
  } else if (!hidden) {
    put(printer, *printer->next);
    printer->digit_written = true;
  }
  if (*printer->next != '\0')
    printer->next++;
}

static void put_digit(struct printer *printer, enum number_pattern pattern) {
  const struct number_template *number = &printer->number;
  int missing = printer->digits->missing;
  bool zero = number->zeros && number->first_zero <= printer->place;
  printer->digit_written = false;
  if (!printer->sign_written && (printer->place >= missing || zero) &&
      (!is_lone_zero(printer) || ends_with_point(printer)))
    put_sign_before(printer);
  if (printer->place >= missing) {
    put_next(printer, pattern);
  } else if (zero) {
    put(printer, '0');
    printer->digit_written = true;
  } else {
    put_blank(printer);
  }
  int end = printer->places + (missing > 0) + number->point;
  if (printer->last_shown != NULL && printer->last_shown == printer->next)
    end = printer->place;
  if (printer->place + 1 == end)
    put_sign_behind(printer);
  printer->place++;
}

static void put_roman(struct printer *printer, enum letter_case letters) {
  const char *text = printer->digits->text;
  for (size_t i = strlen(text); i < ROMAN_WIDTH; i++)
    put_blank(printer);
  for (; *text != '\0'; text++) {
    bool lower = letters == LOWER_CASE && *text >= 'A' && *text <= 'Z';
    put(printer, lower ? (char)(*text + 32) : *text);
  }
}

static bool put_ordinal(sqlite3_context *context, struct printer *printer,
                        enum letter_case letters) {
  struct text digits = {printer->digits->text, strlen(printer->digits->text)};
  if (printer->number.roman || printer->number.point || digits.data[0] == '#' ||
      printer->digits->sign == '-')
    return true;
  char last = digits.length > 0 ? digits.data[digits.length - 1] : '\0';
  if (last < '0' || last > '9') {
    call_fail(context, TIDE_ERROR_INVALID_TEXT, "\"%s\" is not a number", digits.data);
    return false;
  }
  const char *suffix = ordinal_suffix(digits, letters);
  put(printer, suffix[0]);
  put(printer, suffix[1]);
  return true;
}

/* A sign that is written where it stands in the template, or a blank. */
static void put_own_sign(struct printer *printer, char sign) {
  if (printer->digits->sign == sign)
    put(printer, sign);
  else
    put_blank(printer);
}

static bool put_pattern(sqlite3_context *context, struct printer *printer,
                        const struct template_piece *piece) {
  enum number_pattern pattern = (enum number_pattern)piece->word->pattern;
  switch (pattern) {
  case N_NINE:
  case N_ZERO:
  case N_POINT:
    if (!printer->number.roman)
      put_digit(printer, pattern);
    return true;
  case N_COMMA:
  case N_GROUP:
    if (printer->digit_written)
      put(printer, ',');
    else
      put_blank(printer);
    return true;
  case N_CURRENCY: put(printer, ' '); return true;
  case N_ROMAN: put_roman(printer, piece->letters); return true;
  case N_ORDINAL: return put_ordinal(context, printer, piece->letters);
  case N_MINUS: put_own_sign(printer, '-'); return true;
  case N_PLUS: put_own_sign(printer, '+'); return true;
  case N_PLUS_MINUS: put(printer, printer->digits->sign); return true;
  default: return true;
  }
}

bool number_print(sqlite3_context *context, struct buffer *out,
                  const struct number_template *number,
                  const struct number_digits *digits) {
  struct printer printer = {
      .number = *number, .out = out, .digits = digits, .next = digits->text};
  struct template_piece piece;
  begin(&printer);
  while (template_next(&printer.number.template, &piece)) {
    if (piece.kind == TEMPLATE_PATTERN) {
      if (!put_pattern(context, &printer, &piece))
        return false;
    } else if (!printer.ended) {
      buffer_append(out, piece.text.data, piece.text.length);
    }
  }
  return true;
}
