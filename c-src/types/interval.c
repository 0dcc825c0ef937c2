/* Intervals: reading, printing and computing. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "types/datetime.h"

/* --- reading --- */

enum field { MONTHS, DAYS, MICROSECONDS };

/* A unit: how many of a field it is. */
struct unit {
  const char *name;
  enum field field;
  int64_t amount;
};

static const struct unit units[] = {
    {"us", MICROSECONDS, 1},
    {"usec", MICROSECONDS, 1},
    {"usecs", MICROSECONDS, 1},
    {"microsecond", MICROSECONDS, 1},
    {"microseconds", MICROSECONDS, 1},
    {"ms", MICROSECONDS, 1000},
    {"msec", MICROSECONDS, 1000},
    {"msecs", MICROSECONDS, 1000},
    {"millisecond", MICROSECONDS, 1000},
    {"milliseconds", MICROSECONDS, 1000},
    {"s", MICROSECONDS, SECOND},
    {"sec", MICROSECONDS, SECOND},
    {"secs", MICROSECONDS, SECOND},
    {"second", MICROSECONDS, SECOND},
    {"seconds", MICROSECONDS, SECOND},
    {"m", MICROSECONDS, MINUTE},
    {"min", MICROSECONDS, MINUTE},
    {"mins", MICROSECONDS, MINUTE},
    {"minute", MICROSECONDS, MINUTE},
    {"minutes", MICROSECONDS, MINUTE},
    {"h", MICROSECONDS, HOUR},
    {"hr", MICROSECONDS, HOUR},
    {"hrs", MICROSECONDS, HOUR},
    {"hour", MICROSECONDS, HOUR},
    {"hours", MICROSECONDS, HOUR},
    {"d", DAYS, 1},
    {"day", DAYS, 1},
    {"days", DAYS, 1},
    {"w", DAYS, 7},
    {"week", DAYS, 7},
    {"weeks", DAYS, 7},
    {"mon", MONTHS, 1},
    {"mons", MONTHS, 1},
    {"month", MONTHS, 1},
    {"months", MONTHS, 1},
    {"y", MONTHS, 12},
    {"yr", MONTHS, 12},
    {"yrs", MONTHS, 12},
    {"year", MONTHS, 12},
    {"years", MONTHS, 12},
    {"dec", MONTHS, 120},
    {"decs", MONTHS, 120},
    {"decade", MONTHS, 120},
    {"decades", MONTHS, 120},
    {"c", MONTHS, 1200},
    {"cent", MONTHS, 1200},
    {"century", MONTHS, 1200},
    {"centuries", MONTHS, 1200},
    {"mil", MONTHS, 12000},
    {"mils", MONTHS, 12000},
    {"millennium", MONTHS, 12000},
    {"millennia", MONTHS, 12000},
};

/* The sum so far, in fields that cannot overflow while it is read. */
struct sum {
  int64_t months, days, microseconds;
};

/* A number with its fraction kept apart: 1.5 is 1 and 0.5. */
struct number {
  bool negative, has_fraction;
  int64_t whole;
  double fraction;
};

struct scanner {
  const char *text;
  size_t length, position;
};

enum { WHOLE_MAX = 1000000000 };

static char peek(const struct scanner *scanner) {
  return scanner->position < scanner->length ? scanner->text[scanner->position] : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Reads digits and a fraction. Returns TIDE_OK, TIDE_ERROR_DATETIME_FORMAT or
 * TIDE_ERROR_DATETIME_OVERFLOW. */
static int read_number(struct scanner *scanner, struct number *number) {
  bool digits = false;
  *number = (struct number){false, false, 0, 0};
  if (peek(scanner) == '-' || peek(scanner) == '+') {
    number->negative = peek(scanner) == '-';
    scanner->position++;
  }
  for (; is_digit(peek(scanner)); scanner->position++, digits = true) {
    number->whole = number->whole * 10 + (peek(scanner) - '0');
    if (number->whole > INT64_MAX / 100)
      return TIDE_ERROR_DATETIME_OVERFLOW;
  }
  if (peek(scanner) == '.' || peek(scanner) == ',') {
    number->has_fraction = true;
    int64_t parts = 0, scale = 1;
    for (scanner->position++; is_digit(peek(scanner));
         scanner->position++, digits = true) {
      if (scale < INT64_C(1000000000000000)) {
        parts = parts * 10 + (peek(scanner) - '0');
        scale *= 10;
      }
    }
    number->fraction = (double)parts / (double)scale;
  }
  return digits ? TIDE_OK : TIDE_ERROR_DATETIME_FORMAT;
}

static int add_time(struct sum *sum, int64_t time) {
  if (time > 0 ? sum->microseconds > INT64_MAX - time
               : sum->microseconds < -INT64_MAX - time)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  sum->microseconds += time;
  return TIDE_OK;
}

/* Adds number * unit. What is left of a month becomes days of which it has 30, what is
 * left of a day time. */
static int add(struct sum *sum, const struct number *number, const struct unit *unit) {
  int sign = number->negative ? -1 : 1;
  if (number->whole >
      (unit->field == MICROSECONDS ? INT64_MAX / unit->amount : INT32_MAX))
    return TIDE_ERROR_DATETIME_OVERFLOW;
  int64_t whole = number->whole * unit->amount * sign;
  double rest = number->fraction * (double)unit->amount * sign;
  if (unit->field == MICROSECONDS)
    return add_time(sum, whole + (int64_t)rint(rest));
  if (unit->field == MONTHS) {
    /* A year's fraction is rounded to months; a month's goes on. */
    if (unit->amount > 1)
      sum->months += (int64_t)rint(rest);
    sum->months += whole;
    rest = unit->amount == 1 ? rest * 30 : 0;
  } else {
    sum->days += whole;
  }
  sum->days += (int64_t)rest;
  return add_time(sum, (int64_t)rint((rest - trunc(rest)) * (double)DAY));
}

static const struct unit *find_unit(const char *word, size_t length) {
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (strlen(units[i].name) == length && memcmp(units[i].name, word, length) == 0)
      return &units[i];
  }
  return NULL;
}

static const struct unit *unit_named(const char *name) {
  return find_unit(name, strlen(name));
}

enum { WORD_MAX = 16 };

static size_t read_word(struct scanner *scanner, char word[WORD_MAX]) {
  size_t length = 0;
  for (;; scanner->position++) {
    char c = peek(scanner);
    if (c >= 'A' && c <= 'Z')
      c = (char)(c + 32);
    if (c < 'a' || c > 'z')
      return length;
    if (length < WORD_MAX)
      word[length++] = c;
  }
}

static void skip_blanks(struct scanner *scanner) {
  while (peek(scanner) == ' ' || (peek(scanner) >= '\t' && peek(scanner) <= '\r') ||
         peek(scanner) == '@')
    scanner->position++;
}

/* hh:mm or hh:mm:ss.fraction after its hours; mm:ss.fraction when there is a fraction
 * early. */
static int read_time(struct scanner *scanner, const struct number *hours,
                     struct sum *sum) {
  struct number minutes, seconds = {false, false, 0, 0};
  bool minutes_first = false;
  scanner->position++;
  int code = is_digit(peek(scanner)) ? read_number(scanner, &minutes)
                                     : TIDE_ERROR_DATETIME_FORMAT;
  if (code != TIDE_OK)
    return code;
  if (minutes.has_fraction) {
    minutes_first = true;
  } else if (peek(scanner) == ':') {
    scanner->position++;
    code = is_digit(peek(scanner)) ? read_number(scanner, &seconds)
                                   : TIDE_ERROR_DATETIME_FORMAT;
    if (code != TIDE_OK)
      return code;
  }
  if (minutes.whole > 59 || seconds.whole > 59 || hours->whole > WHOLE_MAX)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  int64_t time;
  if (minutes_first)
    time = hours->whole * MINUTE + minutes.whole * SECOND +
           (int64_t)rint(minutes.fraction * (double)SECOND);
  else
    time = hours->whole * HOUR + minutes.whole * MINUTE + seconds.whole * SECOND +
           (int64_t)rint(seconds.fraction * (double)SECOND);
  return add_time(sum, hours->negative ? -time : time);
}

/* years-months after the years. */
static int read_months(struct scanner *scanner, const struct number *years,
                       struct sum *sum) {
  struct number months;
  scanner->position++;
  int code = is_digit(peek(scanner)) ? read_number(scanner, &months)
                                     : TIDE_ERROR_DATETIME_FORMAT;
  if (code != TIDE_OK)
    return code;
  if (peek(scanner) == '-')
    return TIDE_ERROR_DATETIME_FORMAT;
  if (months.whole > 11 || years->whole > WHOLE_MAX)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  int64_t total = years->whole * 12 + months.whole;
  sum->months += years->negative ? -total : total;
  return TIDE_OK;
}

/* A number and what makes sense of it. A number alone is seconds at the end, days
 * before a time. */
static int read_quantity(struct scanner *scanner, struct sum *sum) {
  struct number number;
  char word[WORD_MAX];
  int code = read_number(scanner, &number);
  if (code != TIDE_OK)
    return code;
  if (peek(scanner) == ':')
    return read_time(scanner, &number, sum);
  if (peek(scanner) == '-' && !number.has_fraction)
    return read_months(scanner, &number, sum);
  skip_blanks(scanner);
  size_t length = read_word(scanner, word);
  if (length == 0) {
    bool last = scanner->position == scanner->length;
    return add(sum, &number, unit_named(last ? "second" : "day"));
  }
  const struct unit *unit = find_unit(word, length);
  return unit == NULL ? TIDE_ERROR_DATETIME_FORMAT : add(sum, &number, unit);
}

/* P1Y2M3W4DT5H6M7S */
static int read_iso(struct scanner *scanner, struct sum *sum) {
  static const char *const date_units[] = {"Yyear", "Mmonth", "Wweek", "Dday"};
  static const char *const time_units[] = {"Hhour", "Mminute", "Ssecond"};
  bool time = false;
  scanner->position++;
  if (scanner->position == scanner->length)
    return TIDE_ERROR_DATETIME_FORMAT;
  while (scanner->position < scanner->length) {
    struct number number;
    const struct unit *unit = NULL;
    if (peek(scanner) == 'T' && !time) {
      time = true;
      scanner->position++;
      continue;
    }
    int code = read_number(scanner, &number);
    if (code != TIDE_OK)
      return code;
    const char *const *list = time ? time_units : date_units;
    for (int i = 0; i < (time ? 3 : 4) && unit == NULL; i++)
      unit = list[i][0] == peek(scanner) ? unit_named(list[i] + 1) : NULL;
    if (unit == NULL)
      return TIDE_ERROR_DATETIME_FORMAT;
    scanner->position++;
    code = add(sum, &number, unit);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

static int store(struct interval *result, const struct sum *sum) {
  if (sum->months > INT32_MAX || sum->months < INT32_MIN || sum->days > INT32_MAX ||
      sum->days < INT32_MIN)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  *result =
      (struct interval){(int32_t)sum->months, (int32_t)sum->days, sum->microseconds};
  return TIDE_OK;
}

int interval_parse(struct interval *result, const char *text, size_t length) {
  struct scanner scanner = {text, length, 0};
  struct sum sum = {0, 0, 0};
  char word[WORD_MAX];
  bool any = false;
  skip_blanks(&scanner);
  if (peek(&scanner) == 'P') {
    int code = read_iso(&scanner, &sum);
    return code == TIDE_OK ? store(result, &sum) : code;
  }
  while (scanner.position < length) {
    if ((peek(&scanner) | 32) == 'a') {
      size_t letters = read_word(&scanner, word);
      if (!any || letters != 3 || memcmp(word, "ago", 3) != 0)
        return TIDE_ERROR_DATETIME_FORMAT;
      sum = (struct sum){-sum.months, -sum.days, -sum.microseconds};
    } else {
      int code = read_quantity(&scanner, &sum);
      if (code != TIDE_OK)
        return code;
      any = true;
    }
    skip_blanks(&scanner);
  }
  return any ? store(result, &sum) : TIDE_ERROR_DATETIME_FORMAT;
}

/* --- printing --- */

/* Text under construction. */
struct output {
  char *text;
  size_t length;
  bool any;    /* a part stands there */
  bool before; /* the last part was negative */
};

static void put(struct output *output, const char *text) {
  size_t length = strlen(text);
  memcpy(output->text + output->length, text, length + 1);
  output->length += length;
}

static void put_integer(struct output *output, int64_t value, int width) {
  char digits[24];
  size_t start = sizeof digits - 1;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  digits[start] = '\0';
  do {
    digits[--start] = (char)('0' + rest % 10);
    rest /= 10;
    width--;
  } while (rest > 0 || width > 0);
  if (value < 0)
    digits[--start] = '-';
  put(output, digits + start);
}

static void put_part(struct output *output, int32_t value, const char *unit) {
  if (value == 0)
    return;
  if (output->any)
    put(output, " ");
  if (output->before && value > 0)
    put(output, "+");
  put_integer(output, value, 1);
  put(output, unit);
  if (value != 1)
    put(output, "s");
  output->any = true;
  output->before = value < 0;
}

size_t interval_print(const struct interval *interval, char text[INTERVAL_TEXT_MAX]) {
  struct output output = {text, 0, false, false};
  text[0] = '\0';
  put_part(&output, interval->months / 12, " year");
  put_part(&output, interval->months % 12, " mon");
  put_part(&output, interval->days, " day");
  int64_t time = interval->microseconds;
  if (output.any && time == 0)
    return output.length;
  if (output.any)
    put(&output, " ");
  if (time < 0)
    put(&output, "-");
  else if (output.before)
    put(&output, "+");
  uint64_t rest = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;
  put_integer(&output, (int64_t)(rest / (uint64_t)HOUR), 2);
  put(&output, ":");
  put_integer(&output, (int64_t)(rest % (uint64_t)HOUR / (uint64_t)MINUTE), 2);
  put(&output, ":");
  put_integer(&output, (int64_t)(rest % (uint64_t)MINUTE / (uint64_t)SECOND), 2);
  int64_t fraction = (int64_t)(rest % (uint64_t)SECOND);
  if (fraction > 0) {
    put(&output, ".");
    put_integer(&output, fraction, 6);
    while (text[output.length - 1] == '0')
      text[--output.length] = '\0';
  }
  return output.length;
}

/* --- computing --- */

int interval_compare(const struct interval *left, const struct interval *right) {
  int64_t left_days = floor_division(left->microseconds, DAY);
  int64_t right_days = floor_division(right->microseconds, DAY);
  int64_t left_time = left->microseconds - left_days * DAY;
  int64_t right_time = right->microseconds - right_days * DAY;
  left_days += (int64_t)left->months * 30 + left->days;
  right_days += (int64_t)right->months * 30 + right->days;
  if (left_days != right_days)
    return left_days < right_days ? -1 : 1;
  return (left_time > right_time) - (left_time < right_time);
}

static bool add_overflows(int64_t left, int64_t right) {
  return right > 0 ? left > INT64_MAX - right : left < INT64_MIN - right;
}

int interval_add(struct interval *result, const struct interval *left,
                 const struct interval *right) {
  if (add_overflows(left->microseconds, right->microseconds))
    return TIDE_ERROR_DATETIME_OVERFLOW;
  struct sum sum = {(int64_t)left->months + right->months,
                    (int64_t)left->days + right->days,
                    left->microseconds + right->microseconds};
  return store(result, &sum);
}

int interval_negate(struct interval *result, const struct interval *interval) {
  if (interval->microseconds == INT64_MIN)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  struct sum sum = {-(int64_t)interval->months, -(int64_t)interval->days,
                    -interval->microseconds};
  return store(result, &sum);
}

/* Rounds to microseconds, as PostgreSQL's TSROUND does. */
static double round_to_microseconds(double seconds) {
  return rint(seconds * (double)SECOND) / (double)SECOND;
}

/* What is left of months becomes days, what is left of days time (PostgreSQL's
 * interval_mul). */
int interval_multiply(struct interval *result, const struct interval *interval,
                      double factor) {
  double months = interval->months * factor, days = interval->days * factor;
  if (!isfinite(factor) || fabs(months) > INT32_MAX || fabs(days) > INT32_MAX)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  double month_days = round_to_microseconds((months - trunc(months)) * 30);
  double seconds = round_to_microseconds(
      (days - trunc(days) + month_days - trunc(month_days)) * 86400);
  /* Did the parts make a whole day? */
  if (fabs(seconds) >= 86400) {
    month_days += trunc(seconds / 86400);
    seconds -= trunc(seconds / 86400) * 86400;
  }
  double time =
      rint((double)interval->microseconds * factor + seconds * (double)SECOND);
  if (fabs(time) >= 9223372036854775807.0)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  struct sum sum = {(int64_t)months, (int64_t)days + (int64_t)month_days,
                    (int64_t)time};
  return store(result, &sum);
}

int instant_add(int64_t *result, int64_t instant, const struct interval *interval) {
  *result = instant;
  if (!instant_is_finite(instant))
    return TIDE_OK;
  if (interval->months != 0) {
    struct moment moment = moment_from_instant(instant);
    int64_t month =
        (int64_t)moment.date.year * 12 + moment.date.month - 1 + interval->months;
    int64_t year = floor_division(month, 12);
    if (year < 1 || year > 9999)
      return TIDE_ERROR_DATETIME_OVERFLOW;
    moment.date.year = (int)year;
    moment.date.month = (int)(month - year * 12) + 1;
    int last = days_in_month(moment.date.year, moment.date.month);
    if (moment.date.day > last)
      moment.date.day = last;
    instant = instant_from_moment(&moment);
  }
  if (interval->days > 4000000 || interval->days < -4000000 ||
      add_overflows(instant + interval->days * DAY, interval->microseconds))
    return TIDE_ERROR_DATETIME_OVERFLOW;
  *result = instant + interval->days * DAY + interval->microseconds;
  return instant_in_range(*result) ? TIDE_OK : TIDE_ERROR_DATETIME_OVERFLOW;
}

struct interval instant_difference(int64_t later, int64_t earlier) {
  int64_t time = later - earlier;
  return (struct interval){0, (int32_t)(time / DAY), time % DAY};
}

struct interval instant_age(int64_t later, int64_t earlier) {
  bool swapped = later < earlier;
  struct moment a = moment_from_instant(swapped ? earlier : later);
  struct moment b = moment_from_instant(swapped ? later : earlier);
  int64_t time = (a.hour - b.hour) * HOUR + (a.minute - b.minute) * MINUTE +
                 (a.second - b.second) * SECOND + a.microsecond - b.microsecond;
  int days = a.date.day - b.date.day;
  int months = (a.date.year - b.date.year) * 12 + a.date.month - b.date.month;
  if (time < 0) {
    time += DAY;
    days--;
  }
  if (days < 0) {
    /* Days are borrowed from the month of the earlier one, or of the first operand when
     * swapped. */
    struct civil month = swapped ? moment_from_instant(later).date : b.date;
    days += days_in_month(month.year, month.month);
    months--;
  }
  if (swapped)
    return (struct interval){-months, -days, -time};
  return (struct interval){months, days, time};
}
