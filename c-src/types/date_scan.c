/* Reading a text by a template of dates, as forgivingly as PostgreSQL does: what is
 * between the fields need not be what the template says, and numbers may be shorter or
 * longer where something else follows them. */
#include "types/date_scan.h"

#include <limits.h>
#include <string.h>

#include "types/date_pattern.h"

struct scanner {
  sqlite3_context *context;
  struct text input;
  size_t position;
  struct template template;
  struct template_piece piece; /* that is being read */
  bool exact;                  /* FX: blanks and separators are counted */
  int skipped; /* characters passed over that the template did not ask for */
  struct date_fields *fields;
};

static struct text rest_of(const struct scanner *scanner) {
  return (struct text){scanner->input.data + scanner->position,
                       scanner->input.length - scanner->position};
}

static char peek(const struct scanner *scanner) {
  struct text rest = rest_of(scanner);
  return rest.length > 0 ? rest.data[0] : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* --- failures --- */

/* The pattern as it is written, for %.*s. */
#define PIECE(scanner) (int)(scanner)->piece.text.length, (scanner)->piece.text.data

/* "invalid value "x" for "YYYY"", the value cut after `length` bytes. */
static bool fail_value(struct scanner *scanner, size_t length, const char *hint) {
  struct text rest = rest_of(scanner);
  size_t shown = 0;
  while (shown < rest.length && shown < length && shown < 100)
    shown += character_length((struct text){rest.data + shown, rest.length - shown});
  call_fail(scanner->context, TIDE_ERROR_DATETIME_FORMAT,
            "invalid value \"%.*s\" for \"%.*s\"", (int)shown, rest.data,
            PIECE(scanner));
  call_hint(scanner->context, hint);
  return false;
}

static bool fail_conflict(struct scanner *scanner) {
  call_fail(scanner->context, TIDE_ERROR_DATETIME_FORMAT,
            "conflicting values for \"%.*s\" field in formatting string",
            PIECE(scanner));
  call_hint(scanner->context,
            "This value contradicts a previous setting for the same field type.");
  return false;
}

/* --- one field --- */

static void skip_spaces(struct scanner *scanner) {
  for (; is_space(peek(scanner)); scanner->position++)
    scanner->skipped++;
}

static void skip_character(struct scanner *scanner) {
  struct text rest = rest_of(scanner);
  if (rest.length > 0)
    scanner->position += character_length(rest);
}

/* What a value may be set to: twice to the same. */
static bool set(struct scanner *scanner, int *field, int value) {
  if (*field != 0 && *field != value)
    return fail_conflict(scanner);
  *field = value;
  return true;
}

/* Is it a pattern that begins with a digit when it is read? */
static bool reads_digits(enum date_pattern pattern) {
  switch (pattern) {
  case P_MONTH:
  case P_MON:
  case P_RM:
  case P_DAY:
  case P_DY:
  case P_AM:
  case P_A_M:
  case P_BC:
  case P_B_C:
  case P_TZ:
  case P_TZH:
  case P_OF:
  case P_FX:
  case P_FF1:
  case P_FF2:
  case P_FF3:
  case P_FF4:
  case P_FF5:
  case P_FF6: return false;
  default: return true;
  }
}

/* Does something end the number that is being read, so that it may have any length? */
static bool is_bounded(const struct scanner *scanner) {
  struct template template = scanner->template;
  struct template_piece next;
  if (scanner->piece.fill_mode || scanner->piece.ordinal ||
      !template_next(&template, &next))
    return true;
  if (next.kind == TEMPLATE_PATTERN)
    return !reads_digits((enum date_pattern)next.word->pattern);
  return !is_digit(next.text.data[0]);
}

/* The integer that the next `most` bytes begin with, blanks before it and a sign
 * included; *used: how many of them it takes. Too large a number is one that does not
 * fit an int either. */
static int64_t leading_integer(const struct scanner *scanner, size_t most,
                               size_t *used) {
  struct text rest = rest_of(scanner);
  size_t i = 0, end = rest.length < most ? rest.length : most;
  int64_t value = 0;
  while (i < end && is_space(rest.data[i]))
    i++;
  bool negative = i < end && rest.data[i] == '-';
  if (i < end && (rest.data[i] == '-' || rest.data[i] == '+'))
    i++;
  size_t first = i;
  for (; i < end && is_digit(rest.data[i]); i++) {
    if (value <= INT_MAX)
      value = value * 10 + (rest.data[i] - '0');
  }
  *used = i > first ? i : 0;
  return negative ? -value : value;
}

static const char *const use_fill_mode =
    "If your source string is not fixed-width, try using the \"FM\" modifier.";

/* Reads an integer of `width` digits, or of any length where it is bounded; *used: how
 * long it was, unless NULL. */
static bool read_integer(struct scanner *scanner, int width, int *value, size_t *used) {
  size_t start = scanner->position, length;
  bool bounded = is_bounded(scanner);
  while (is_space(peek(scanner)))
    scanner->position++;
  size_t left = rest_of(scanner).length;
  if (!bounded && left < (size_t)width) {
    call_fail(scanner->context, TIDE_ERROR_DATETIME_FORMAT,
              "source string too short for \"%.*s\" formatting field", PIECE(scanner));
    call_hint(scanner->context, use_fill_mode);
    return false;
  }
  int64_t number = leading_integer(scanner, bounded ? left : (size_t)width, &length);
  if (!bounded && length > 0 && length < (size_t)width)
    return fail_value(scanner, (size_t)width, use_fill_mode);
  if (length == 0)
    return fail_value(scanner, (size_t)width, "Value must be an integer.");
  if (number > INT_MAX || number < INT_MIN) {
    call_fail(scanner->context, TIDE_ERROR_DATETIME_OVERFLOW,
              "value for \"%.*s\" in source string is out of range", PIECE(scanner));
    return false;
  }
  scanner->position += length;
  if (used != NULL)
    *used = scanner->position - start;
  *value = (int)number;
  return true;
}

/* Passes over the two characters of an ordinal's ending. */
static void skip_ordinal(struct scanner *scanner) {
  if (scanner->piece.ordinal) {
    skip_character(scanner);
    skip_character(scanner);
  }
}

static bool read_number(struct scanner *scanner, int width, int *field) {
  int value;
  if (!read_integer(scanner, width, &value, NULL) || !set(scanner, field, value))
    return false;
  skip_ordinal(scanner);
  return true;
}

/* Does the text begin with the first `length` letters of `name`, whatever their case?
 */
static bool begins(struct text text, const char *name, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char a = i < text.length ? text.data[i] : '\0', b = name[i];
    if (a >= 'A' && a <= 'Z')
      a = (char)(a + 32);
    if (b >= 'A' && b <= 'Z')
      b = (char)(b + 32);
    if (a != b)
      return false;
  }
  return true;
}

/* Reads one of `count` names or its first `most` letters; *index: which one. Later
 * names come first, for XII begins with X. */
static bool read_name(struct scanner *scanner, const char *const *names, int count,
                      size_t most, int *index) {
  struct text rest = rest_of(scanner);
  for (*index = count - 1; *index >= 0; (*index)--) {
    size_t length = strlen(names[*index]);
    length = length < most ? length : most;
    if (begins(rest, names[*index], length)) {
      scanner->position += length;
      return true;
    }
  }
  size_t word = 0;
  while (word < rest.length && !is_space(rest.data[word]))
    word++;
  return fail_value(
      scanner, word,
      "The given value did not match any of the allowed values for this field.");
}

static bool read_choice(struct scanner *scanner, const char *const names[2],
                        int *field) {
  int index;
  return read_name(scanner, names, 2, SIZE_MAX, &index) && set(scanner, field, index);
}

static bool read_month(struct scanner *scanner, const char *const names[12],
                       size_t most) {
  int index;
  return read_name(scanner, names, 12, most, &index) &&
         set(scanner, &scanner->fields->month, index + 1);
}

static bool read_weekday(struct scanner *scanner, size_t most) {
  int index;
  if (!read_name(scanner, day_names, 7, most, &index) ||
      !set(scanner, &scanner->fields->weekday, index))
    return false;
  scanner->fields->weekday++;
  return true;
}

/* --- the patterns --- */

/* The year closest to 2020 that ends with these digits. */
static int full_year(int year) {
  if (year < 70)
    return year + 2000;
  if (year < 100)
    return year + 1900;
  if (year < 520)
    return year + 2000;
  return year < 1000 ? year + 1000 : year;
}

static bool read_year(struct scanner *scanner, int digits) {
  struct date_fields *fields = scanner->fields;
  size_t used;
  int year;
  if (!read_integer(scanner, digits, &year, &used) ||
      !set(scanner, &fields->year, year))
    return false;
  if (digits < 4 && used < 4)
    fields->year = full_year(year);
  fields->year_digits = digits;
  skip_ordinal(scanner);
  return true;
}

/* 2,026 */
static bool read_thousands(struct scanner *scanner) {
  struct text rest = rest_of(scanner);
  size_t first, second = 0;
  int64_t thousands = leading_integer(scanner, rest.length, &first), years = 0;
  if (first > 0 && first < rest.length && rest.data[first] == ',') {
    scanner->position += first + 1;
    years = leading_integer(scanner, 3, &second);
  }
  if (second == 0) {
    call_fail(scanner->context, TIDE_ERROR_DATETIME_FORMAT,
              "invalid input string for \"Y,YYY\"");
    return false;
  }
  scanner->position += second;
  years += thousands * 1000;
  if (years > INT_MAX || years < INT_MIN) {
    call_fail(scanner->context, TIDE_ERROR_DATETIME_OVERFLOW,
              "value for \"Y,YYY\" in source string is out of range");
    return false;
  }
  scanner->fields->year_digits = 4;
  skip_ordinal(scanner);
  return set(scanner, &scanner->fields->year, (int)years);
}

/* Digits after the point: 5, 50 and 500 milliseconds are the same. */
static bool read_fraction(struct scanner *scanner, int width, int places, int *field) {
  size_t used;
  int value;
  if (!read_integer(scanner, width, &value, &used) || !set(scanner, field, value))
    return false;
  int64_t scaled = value;
  for (size_t i = used; i < (size_t)places; i++)
    scaled *= 10;
  *field = scaled > INT_MAX ? INT_MAX : (int)scaled;
  skip_ordinal(scanner);
  return true;
}

/* The hour of an offset from UTC. A minus may have been taken for a separator. */
static bool read_zone_hour(struct scanner *scanner) {
  struct date_fields *fields = scanner->fields;
  char c = peek(scanner);
  bool has_sign = c == '+' || c == '-' || c == ' ';
  if (has_sign)
    scanner->position++;
  else if (scanner->skipped > 0 && scanner->position > 0)
    c = scanner->input.data[scanner->position - 1];
  fields->zone_sign = c == '-' ? -1 : 1;
  int hour;
  return read_integer(scanner, 2, &hour, NULL) &&
         set(scanner, &fields->zone_hour, hour);
}

static bool read_zone_minute(struct scanner *scanner) {
  struct date_fields *fields = scanner->fields;
  int minute;
  if (fields->zone_sign == 0)
    fields->zone_sign = 1;
  return read_integer(scanner, 2, &minute, NULL) &&
         set(scanner, &fields->zone_minute, minute);
}

static bool read_iso_weekday(struct scanner *scanner) {
  int *weekday = &scanner->fields->weekday;
  if (!read_number(scanner, 1, weekday))
    return false;
  *weekday = *weekday >= 7 ? 1 : *weekday + 1;
  return true;
}

static bool read_time_pattern(struct scanner *scanner, enum date_pattern pattern) {
  struct date_fields *fields = scanner->fields;
  switch (pattern) {
  case P_HH12:
    fields->twelve_hours = true;
    return read_number(scanner, 2, &fields->hour);
  case P_HH24: return read_number(scanner, 2, &fields->hour);
  case P_MI: return read_number(scanner, 2, &fields->minute);
  case P_SS: return read_number(scanner, 2, &fields->second);
  case P_SSSS:
    return read_number(scanner, (int)scanner->piece.text.length,
                       &fields->second_of_day);
  case P_MS: return read_fraction(scanner, 3, 3, &fields->millisecond);
  case P_US: return read_fraction(scanner, 6, 6, &fields->microsecond);
  case P_AM:
    fields->twelve_hours = true;
    return read_choice(scanner, half_days, &fields->afternoon);
  case P_A_M:
    fields->twelve_hours = true;
    return read_choice(scanner, half_days_long, &fields->afternoon);
  case P_TZH: return read_zone_hour(scanner);
  case P_TZM: return read_zone_minute(scanner);
  case P_TZ:
  case P_OF:
    call_fail(scanner->context, TIDE_ERROR_NOT_SUPPORTED,
              "formatting field \"%.*s\" is only supported in to_char", PIECE(scanner));
    return false;
  default: /* FF1 to FF6 */
    fields->fraction_digits = (int)(pattern - P_FF1) + 1;
    return read_fraction(scanner, fields->fraction_digits, 6, &fields->microsecond);
  }
}

static bool read_pattern(struct scanner *scanner) {
  struct date_fields *fields = scanner->fields;
  enum date_pattern pattern = (enum date_pattern)scanner->piece.word->pattern;
  int ignored = 0;
  switch (pattern) {
  case P_FX: scanner->exact = true; return true;
  case P_Y_YYY: return read_thousands(scanner);
  case P_YYYY:
  case P_IYYY: return read_year(scanner, 4);
  case P_YYY:
  case P_IYY: return read_year(scanner, 3);
  case P_YY:
  case P_IY: return read_year(scanner, 2);
  case P_Y:
  case P_I: return read_year(scanner, 1);
  case P_CC: return read_number(scanner, 2, &fields->century);
  case P_Q: return read_number(scanner, 1, &ignored);
  case P_MM: return read_number(scanner, 2, &fields->month);
  case P_MONTH: return read_month(scanner, month_names, SIZE_MAX);
  case P_MON: return read_month(scanner, month_names, SHORT_NAME);
  case P_RM: return read_month(scanner, roman_months, SIZE_MAX);
  case P_DDD:
  case P_IDDD: return read_number(scanner, 3, &fields->day_of_year);
  case P_DD: return read_number(scanner, 2, &fields->day);
  case P_D: return read_number(scanner, 1, &fields->weekday);
  case P_ID: return read_iso_weekday(scanner);
  case P_DAY: return read_weekday(scanner, SIZE_MAX);
  case P_DY: return read_weekday(scanner, SHORT_NAME);
  case P_J: return read_number(scanner, 1, &fields->julian_day);
  case P_WW:
  case P_IW: return read_number(scanner, 2, &fields->week);
  case P_W: return read_number(scanner, 1, &fields->week_of_month);
  case P_BC: return read_choice(scanner, eras, &fields->before_christ);
  case P_B_C: return read_choice(scanner, eras_long, &fields->before_christ);
  default: return read_time_pattern(scanner, pattern);
  }
}

static enum week_convention convention_of(enum date_pattern pattern) {
  switch (pattern) {
  case P_IYYY:
  case P_IYY:
  case P_IY:
  case P_I:
  case P_IDDD:
  case P_ID:
  case P_IW: return WEEKS_ISO;
  case P_Y_YYY:
  case P_YYYY:
  case P_YYY:
  case P_YY:
  case P_Y:
  case P_MM:
  case P_MONTH:
  case P_MON:
  case P_RM:
  case P_DDD:
  case P_DD:
  case P_D:
  case P_WW:
  case P_W: return WEEKS_GREGORIAN;
  default: return WEEKS_UNKNOWN;
  }
}

static bool check_convention(struct scanner *scanner) {
  enum week_convention *before = &scanner->fields->convention;
  enum week_convention convention =
      convention_of((enum date_pattern)scanner->piece.word->pattern);
  if (*before != WEEKS_UNKNOWN && convention != WEEKS_UNKNOWN &&
      convention != *before) {
    call_fail(scanner->context, TIDE_ERROR_DATETIME_FORMAT,
              "invalid combination of date conventions");
    call_hint(scanner->context, "Do not mix Gregorian and ISO week date conventions in "
                                "a formatting template.");
    return false;
  }
  if (convention != WEEKS_UNKNOWN)
    *before = convention;
  return true;
}

/* Passes over what stands where the template has a character of its own. */
static void skip_piece(struct scanner *scanner) {
  bool loose = scanner->piece.kind != TEMPLATE_CHARACTER;
  if (scanner->exact) {
    skip_character(scanner);
  } else if (loose) {
    bool found = is_space(peek(scanner)) || is_separator(peek(scanner));
    scanner->position += found;
    scanner->skipped -= !found;
  } else if (scanner->skipped > 0) {
    scanner->skipped--;
  } else {
    skip_character(scanner);
  }
}

bool date_scan(sqlite3_context *context, struct text input, struct text format,
               struct date_fields *fields) {
  struct scanner scanner = {.context = context,
                            .input = input,
                            .template = template_of(&date_language, format),
                            .fields = fields};
  *fields = (struct date_fields){0};
  bool first = true;
  while (scanner.position < input.length &&
         template_next(&scanner.template, &scanner.piece)) {
    bool pattern = scanner.piece.kind == TEMPLATE_PATTERN;
    bool exactness = pattern && scanner.piece.word->pattern == P_FX;
    if (!scanner.exact && !exactness && (pattern || first))
      skip_spaces(&scanner);
    first = false;
    if (!pattern) {
      skip_piece(&scanner);
      continue;
    }
    if (!check_convention(&scanner) || !read_pattern(&scanner))
      return false;
    if (!scanner.exact) {
      scanner.skipped = 0;
      skip_spaces(&scanner);
    }
  }
  return true;
}
