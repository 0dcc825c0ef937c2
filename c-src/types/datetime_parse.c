/* Reading dates and times in the forms that PostgreSQL reads. */
#include <string.h>

#include "base/error.h"
#include "types/datetime.h"
#include "types/zone.h"

/* The text, and what was found in it so far. */
struct scanner {
  const char *text;
  size_t length, position;
  int64_t now;
  struct civil date;
  int64_t time;
  int zone;
  const char *zone_name;
  size_t zone_name_length;
  bool has_year, has_month, has_day, has_time, has_zone;
  int half_day;    /* 1 AM, 2 PM */
  int64_t special; /* an instant given by a word */
  bool has_special;
};

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};
static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char peek(const struct scanner *scanner, size_t ahead) {
  size_t position = scanner->position + ahead;
  return position < scanner->length ? scanner->text[position] : '\0';
}

/* Reads digits; *count tells how many there were. Returns -1 when they are too many. */
static int read_digits(struct scanner *scanner, int *count) {
  int value = 0;
  for (*count = 0; is_digit(peek(scanner, 0)); scanner->position++, (*count)++) {
    if (*count < 9)
      value = value * 10 + (peek(scanner, 0) - '0');
  }
  return *count > 9 ? -1 : value;
}

/* Reads up to six digits of a second's fraction, rounding the seventh. */
static int64_t read_fraction(struct scanner *scanner) {
  int64_t value = 0;
  int count = 0;
  for (; is_digit(peek(scanner, 0)); scanner->position++, count++) {
    int digit = peek(scanner, 0) - '0';
    if (count < 6)
      value = value * 10 + digit;
    else if (count == 6 && digit >= 5)
      value++;
  }
  for (; count < 6; count++)
    value *= 10;
  return value;
}

/* Puts hours, minutes and seconds together. */
static int set_time(struct scanner *scanner, int hour, int minute, int second,
                    int64_t fraction) {
  if (scanner->has_time)
    return TIDE_ERROR_DATETIME_FORMAT;
  scanner->time = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
  scanner->has_time = true;
  if (hour > 24 || minute > 59 || second > 60 || scanner->time > DAY)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  return TIDE_OK;
}

/* After "hh" and before its colon. */
static int scan_time(struct scanner *scanner, int hour) {
  int count, second = 0;
  int64_t fraction = 0;
  scanner->position++;
  int minute = read_digits(scanner, &count);
  if (count == 0 || count > 2)
    return TIDE_ERROR_DATETIME_FORMAT;
  if (peek(scanner, 0) == ':') {
    scanner->position++;
    second = read_digits(scanner, &count);
    if (count == 0 || count > 2)
      return TIDE_ERROR_DATETIME_FORMAT;
  }
  if (peek(scanner, 0) == '.' ||
      (peek(scanner, 0) == ',' && is_digit(peek(scanner, 1)))) {
    scanner->position++;
    fraction = read_fraction(scanner);
  }
  return set_time(scanner, hour, minute, second, fraction);
}

/* Two-digit years lie between 1970 and 2069. */
static int full_year(int year, int digits) {
  if (digits > 2)
    return year;
  return year < 70 ? year + 2000 : year + 1900;
}

static int set_date(struct scanner *scanner, int year, int month, int day) {
  if (scanner->has_year || scanner->has_day)
    return TIDE_ERROR_DATETIME_FORMAT;
  scanner->date = (struct civil){year, month, day};
  scanner->has_year = scanner->has_month = scanner->has_day = true;
  return TIDE_OK;
}

/* The month that a word names by its full name or its first three letters, 0 when none. */
static int month_of(const char *word, size_t length) {
  for (int i = 0; i < 12; i++) {
    size_t full = strlen(months[i]);
    bool short_form = length == 3 || (i == 8 && length == 4);
    if ((length == full || short_form) && memcmp(word, months[i], length) == 0)
      return i + 1;
  }
  return 0;
}

enum { WORD_MAX = 16 };

/* Reads letters into `word` in lower case. Returns their number, or 0 when they are too
 * many. */
static size_t read_word(struct scanner *scanner, char word[WORD_MAX]) {
  size_t length = 0;
  for (; is_letter(peek(scanner, 0)); scanner->position++, length++) {
    char c = peek(scanner, 0);
    if (length < WORD_MAX - 1)
      word[length] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
  }
  if (length >= WORD_MAX)
    return 0;
  word[length] = '\0';
  return length;
}

/* After the first number of 2024-01-31, 31-Jan-2024, 1/31/2024 (month first). */
static int scan_date(struct scanner *scanner, int first, int first_digits) {
  char separator = peek(scanner, 0), word[WORD_MAX];
  int count, second, month_word = 0;
  scanner->position++;
  if (is_letter(peek(scanner, 0))) {
    size_t length = read_word(scanner, word);
    month_word = second = month_of(word, length);
    if (second == 0)
      return TIDE_ERROR_DATETIME_FORMAT;
  } else {
    second = read_digits(scanner, &count);
    /* 2024-031: the day of the year */
    if (count == 3 && first_digits >= 3 && separator == '-') {
      struct civil start = {first, 1, 1};
      struct civil date = civil_from_days(days_from_civil(start) + second - 1);
      return second < 1 || date.year != first
                 ? TIDE_ERROR_DATETIME_OVERFLOW
                 : set_date(scanner, date.year, date.month, date.day);
    }
    if (count == 0 || count > 2)
      return TIDE_ERROR_DATETIME_FORMAT;
  }
  if (peek(scanner, 0) != separator)
    return TIDE_ERROR_DATETIME_FORMAT;
  scanner->position++;
  int third = read_digits(scanner, &count);
  /* 2024-01-31-05 is no date with an offset */
  if (count == 0 || (separator == '-' && peek(scanner, 0) == '-'))
    return TIDE_ERROR_DATETIME_FORMAT;
  if (first_digits >= 3)
    return set_date(scanner, first, second, third);
  if (month_word > 0)
    return set_date(scanner, full_year(third, count), month_word, first);
  return set_date(scanner, full_year(third, count), first, second);
}

/* A run of digits that stands alone: 20240131, 240131, 101530, a day, a year. */
static int scan_plain_number(struct scanner *scanner, int value, int digits) {
  bool date = scanner->has_year && scanner->has_day;
  if (digits == 8 && !date)
    return set_date(scanner, value / 10000, value / 100 % 100, value % 100);
  if (digits == 6 && !date)
    return set_date(scanner, full_year(value / 10000, 2), value / 100 % 100,
                    value % 100);
  if (digits == 6 || digits == 4) {
    if (date) {
      if (digits == 4)
        value *= 100;
      int64_t fraction = 0;
      if (digits == 6 && peek(scanner, 0) == '.') {
        scanner->position++;
        fraction = read_fraction(scanner);
      }
      return set_time(scanner, value / 10000, value / 100 % 100, value % 100, fraction);
    }
  }
  if (digits <= 2 && !scanner->has_day && scanner->has_month) {
    scanner->date.day = value;
    scanner->has_day = true;
    return TIDE_OK;
  }
  if (digits <= 2 && !scanner->has_month && !scanner->has_day) {
    scanner->date.day = value;
    scanner->has_day = true;
    return TIDE_OK;
  }
  if (!scanner->has_year && digits <= 4) {
    scanner->date.year = full_year(value, digits);
    scanner->has_year = true;
    return TIDE_OK;
  }
  return TIDE_ERROR_DATETIME_FORMAT;
}

static int scan_number(struct scanner *scanner) {
  int digits, value = read_digits(scanner, &digits);
  char next = peek(scanner, 0);
  if (value < 0)
    return TIDE_ERROR_DATETIME_FORMAT;
  if (next == ':')
    return digits > 2 ? TIDE_ERROR_DATETIME_FORMAT : scan_time(scanner, value);
  bool date = scanner->has_year && scanner->has_day;
  if (!date && (next == '-' || next == '/' || (next == '.' && digits <= 4)))
    return scan_date(scanner, value, digits);
  return scan_plain_number(scanner, value, digits);
}

/* "+02", "-0330", "+05:30", "+05:30:15"; *position is at the sign. */
static int scan_offset(struct scanner *scanner, int *zone) {
  int sign = peek(scanner, 0) == '-' ? -1 : 1, digits, minute = 0, second = 0;
  scanner->position++;
  int hour = read_digits(scanner, &digits);
  if (digits == 0 || digits > 4)
    return TIDE_ERROR_DATETIME_FORMAT;
  if (digits > 2) {
    minute = hour % 100;
    hour /= 100;
  } else if (peek(scanner, 0) == ':') {
    scanner->position++;
    minute = read_digits(scanner, &digits);
    if (digits == 0)
      return TIDE_ERROR_DATETIME_FORMAT;
    if (peek(scanner, 0) == ':') {
      scanner->position++;
      second = read_digits(scanner, &digits);
    }
  }
  if (hour > 15 || minute > 59 || second > 59 || minute < 0 || second < 0)
    return TIDE_ERROR_ZONE_DISPLACEMENT;
  *zone = sign * (hour * 3600 + minute * 60 + second);
  return TIDE_OK;
}

static int set_special(struct scanner *scanner, int64_t instant) {
  scanner->special = instant;
  scanner->has_special = true;
  return TIDE_OK;
}

static bool is_weekday(const char *word, size_t length) {
  for (int i = 0; i < 7; i++) {
    if (length >= 3 && length <= strlen(weekdays[i]) &&
        memcmp(word, weekdays[i], length) == 0)
      return true;
  }
  return false;
}

/* Reads the name of a time zone, Europe/Berlin, whose first word begins at `start` and
 * has been read. Returns whether it is one. */
static bool scan_zone_name(struct scanner *scanner, size_t start) {
  if (scanner->has_zone || (peek(scanner, 0) != '/' && peek(scanner, 0) != '_'))
    return false;
  char c = peek(scanner, 0);
  for (; is_letter(c) || is_digit(c) || (c != '\0' && strchr("/_+-", c) != NULL);
       c = peek(scanner, 0))
    scanner->position++;
  scanner->zone_name = scanner->text + start;
  scanner->zone_name_length = scanner->position - start;
  scanner->has_zone = true;
  return true;
}

/* A word that is an instant by itself. TIDE_ERROR_DATETIME_FORMAT when it is none. */
static int scan_special(struct scanner *scanner, const char *word) {
  bool timeless = scanner->now == DATETIME_NO_NOW;
  int64_t today = timeless ? 0 : floor_division(scanner->now, DAY) * DAY;
  static const char *const names[] = {"infinity", "epoch",    "now",
                                      "today",    "tomorrow", "yesterday"};
  const int64_t instants[] = {INSTANT_INFINITY, 0,          scanner->now, today,
                              today + DAY,      today - DAY};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    scanner->has_zone |= i == 1 && strcmp(word, names[i]) == 0;
    if (strcmp(word, names[i]) == 0)
      return timeless && i >= 2 ? TIDE_ERROR_NOT_IMMUTABLE
                                : set_special(scanner, instants[i]);
  }
  return TIDE_ERROR_DATETIME_FORMAT;
}

static int scan_word(struct scanner *scanner) {
  char word[WORD_MAX];
  bool after_date = scanner->has_day && !scanner->has_time;
  if ((peek(scanner, 0) == 'T' || peek(scanner, 0) == 't') &&
      is_digit(peek(scanner, 1)) && after_date) {
    scanner->position++;
    return TIDE_OK;
  }
  size_t start = scanner->position, length = read_word(scanner, word);
  int month = month_of(word, length);
  if (scan_zone_name(scanner, start))
    return TIDE_OK;
  if (length == 0)
    return TIDE_ERROR_DATETIME_FORMAT;
  if (month > 0) {
    /* "1 January 2024": what came first was the day */
    if (scanner->has_month)
      return TIDE_ERROR_DATETIME_FORMAT;
    scanner->date.month = month;
    scanner->has_month = true;
  } else if (strcmp(word, "am") == 0 || strcmp(word, "pm") == 0) {
    scanner->half_day = word[0] == 'a' ? 1 : 2;
  } else if (!scanner->has_zone && zone_abbreviation(word, &scanner->zone)) {
    scanner->has_zone = true;
  } else if (strcmp(word, "allballs") == 0) {
    scanner->has_time = true;
  } else if (strcmp(word, "bc") == 0) {
    return TIDE_ERROR_DATETIME_OVERFLOW;
  } else if (!is_weekday(word, length) && strcmp(word, "ad") != 0) {
    int code = scan_special(scanner, word);
    if (code != TIDE_ERROR_DATETIME_FORMAT)
      return code;
    return scanner->has_time && !scanner->has_zone ? TIDE_ERROR_INVALID_PARAMETER
                                                   : TIDE_ERROR_DATETIME_FORMAT;
  }
  return TIDE_OK;
}

/* One piece of the text. */
static int scan(struct scanner *scanner) {
  char c = peek(scanner, 0);
  bool date = scanner->has_year && scanner->has_month && scanner->has_day;
  if (is_digit(c))
    return scan_number(scanner);
  if (is_letter(c))
    return scan_word(scanner);
  if ((c == '+' || c == '-') && (date || scanner->has_time) && !scanner->has_zone) {
    scanner->has_zone = true;
    return scan_offset(scanner, &scanner->zone);
  }
  if (c == '-' && peek(scanner, 1) == 'i') {
    scanner->position++;
    int code = scan_word(scanner);
    if (code == TIDE_OK && scanner->has_special)
      scanner->special = INSTANT_MINUS_INFINITY;
    return code;
  }
  return TIDE_ERROR_DATETIME_FORMAT;
}

static int apply_half_day(struct scanner *scanner) {
  if (scanner->half_day == 0)
    return TIDE_OK;
  int64_t hour = scanner->time / HOUR;
  if (!scanner->has_time || hour > 12)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  if (scanner->half_day == 1 && hour == 12)
    scanner->time -= 12 * HOUR;
  if (scanner->half_day == 2 && hour != 12)
    scanner->time += 12 * HOUR;
  return TIDE_OK;
}

/* Puts together what was found. */
static int assemble(struct scanner *scanner, struct datetime *result) {
  int code = apply_half_day(scanner);
  if (code != TIDE_OK)
    return code;
  result->has_time = scanner->has_time;
  result->has_zone = scanner->has_zone;
  result->time = scanner->time;
  result->zone = scanner->zone;
  result->zone_name = scanner->zone_name;
  result->zone_name_length = scanner->zone_name_length;
  if (scanner->has_special) {
    int64_t days = floor_division(scanner->special, DAY);
    result->has_date = true;
    result->days = days;
    result->instant = scanner->special;
    if (instant_is_finite(scanner->special) && !scanner->has_time)
      result->time = scanner->special - days * DAY;
    else if (instant_is_finite(scanner->special))
      result->instant = days * DAY + scanner->time;
    return TIDE_OK;
  }
  result->has_date = scanner->has_year && scanner->has_month && scanner->has_day;
  bool partial = scanner->has_year || scanner->has_month || scanner->has_day;
  if (!result->has_date)
    return partial || !scanner->has_time ? TIDE_ERROR_DATETIME_FORMAT : TIDE_OK;
  if (!civil_is_valid(scanner->date))
    return TIDE_ERROR_DATETIME_OVERFLOW;
  result->days = days_from_civil(scanner->date);
  result->instant = result->days * DAY + scanner->time;
  return TIDE_OK;
}

int datetime_parse(struct datetime *result, const char *text, size_t length,
                   int64_t now) {
  struct scanner scanner = {.text = text, .length = length, .now = now};
  memset(result, 0, sizeof *result);
  for (;;) {
    char c = peek(&scanner, 0);
    if (scanner.position == length)
      break;
    if (c == ' ' || (c >= '\t' && c <= '\r') || c == ',') {
      scanner.position++;
      continue;
    }
    int code = scan(&scanner);
    if (code != TIDE_OK)
      return code;
  }
  return assemble(&scanner, result);
}

int zone_parse(const char *text, size_t length, int *zone) {
  struct scanner scanner = {.text = text, .length = length};
  char word[WORD_MAX];
  *zone = 0;
  if (peek(&scanner, 0) == '+' || peek(&scanner, 0) == '-') {
    int code = scan_offset(&scanner, zone);
    bool whole = scanner.position == length;
    /* A bare offset is POSIX, which counts westwards. */
    *zone = -*zone;
    return code == TIDE_OK && whole ? TIDE_OK : TIDE_ERROR_INVALID_PARAMETER;
  }
  size_t letters = read_word(&scanner, word);
  if (letters == 0 || letters > 4)
    return TIDE_ERROR_INVALID_PARAMETER;
  if (strcmp(word, "etc") == 0 && peek(&scanner, 0) == '/') {
    scanner.position++;
    letters = read_word(&scanner, word);
  }
  bool known =
      letters > 0 && zone_abbreviation(word, zone) && scanner.position == length;
  return known ? TIDE_OK : TIDE_ERROR_INVALID_PARAMETER;
}
