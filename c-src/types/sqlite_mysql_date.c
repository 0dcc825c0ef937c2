/* What MySQL's functions of dates compute: intervals of its units, weeks of its modes, its formats. */
#include <string.h>

#include "types/datetime_call.h"
#include "types/mysql_date.h"

/* --- arguments --- */

/* A date or an instant, as it stands there. */
struct when {
  int64_t instant;
  bool has_time;
};

/* Up to `most` digits. */
static bool read_number(struct text *rest, size_t most, int *number) {
  size_t count = 0;
  *number = 0;
  for (; count < most && count < rest->length && rest->data[count] >= '0' &&
         rest->data[count] <= '9';
       count++)
    *number = *number * 10 + rest->data[count] - '0';
  rest->data += count;
  rest->length -= count;
  return count > 0;
}

static bool read_letter(struct text *rest, char letter) {
  if (rest->length == 0 || rest->data[0] != letter)
    return false;
  rest->data++;
  rest->length--;
  return true;
}

/* Behind the seconds. */
static bool read_fraction(struct text *rest, int *microseconds) {
  int place = 100000;
  *microseconds = 0;
  if (!read_letter(rest, '.'))
    return true;
  for (int digit; place > 0 && read_number(rest, 1, &digit); place /= 10)
    *microseconds += digit * place;
  return true;
}

static bool read_clock(struct text *rest, struct moment *moment) {
  if (!read_number(rest, 2, &moment->hour) || !read_letter(rest, ':') ||
      !read_number(rest, 2, &moment->minute))
    return false;
  if (read_letter(rest, ':') && (!read_number(rest, 2, &moment->second) ||
                                 !read_fraction(rest, &moment->microsecond)))
    return false;
  return moment->hour < 24 && moment->minute < 60 && moment->second < 60;
}

/* 2026-1-31[ 10:00[:00[.5]]], also with a T, and with a zone that is UTC: so hosts write instants. */
static bool read_text(struct text rest, struct when *when) {
  struct moment moment = {0};
  rest = text_trim(rest);
  if (rest.length < 5 || memchr(rest.data, '-', 4) != NULL ||
      !read_number(&rest, 4, &moment.date.year) || !read_letter(&rest, '-') ||
      !read_number(&rest, 2, &moment.date.month) || !read_letter(&rest, '-') ||
      !read_number(&rest, 2, &moment.date.day) || !civil_is_valid(moment.date))
    return false;
  when->has_time = read_letter(&rest, ' ') || read_letter(&rest, 'T');
  if (when->has_time && !read_clock(&rest, &moment))
    return false;
  when->instant = instant_from_moment(&moment);
  return rest.length == 0 || text_is(rest, "z") || text_is(rest, "+00");
}

static void fail_when(sqlite3_context *context, struct text text) {
  int length = text.length > 100 ? 100 : (int)text.length;
  call_fail(context, TIDE_ERROR_DATETIME_FORMAT,
            "invalid input syntax for type timestamp: \"%.*s\"", length, text.data);
}

/* Returns false having failed the function. */
static bool when_argument(sqlite3_context *context, sqlite3_value *value,
                          struct when *when) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  if (read_text(text, when))
    return true;
  fail_when(context, text);
  return false;
}

static int64_t days_of(int64_t instant) {
  return floor_division(instant, DAY);
}

/* --- units --- */

enum field { YEARS, MONTHS, DAYS, HOURS, MINUTES, SECONDS, MICROSECONDS, FIELDS };

/* A unit is so many of one field, or written with several fields from the first one to the last. */
struct unit {
  const char *name;
  enum field first, last;
  int count;
};

static const struct unit *find_unit(struct text name) {
  static const struct unit units[] = {
      {"microsecond", MICROSECONDS, MICROSECONDS, 1},
      {"second", SECONDS, SECONDS, 1},
      {"minute", MINUTES, MINUTES, 1},
      {"hour", HOURS, HOURS, 1},
      {"day", DAYS, DAYS, 1},
      {"week", DAYS, DAYS, 7},
      {"month", MONTHS, MONTHS, 1},
      {"quarter", MONTHS, MONTHS, 3},
      {"year", YEARS, YEARS, 1},
      {"second_microsecond", SECONDS, MICROSECONDS, 1},
      {"minute_microsecond", MINUTES, MICROSECONDS, 1},
      {"minute_second", MINUTES, SECONDS, 1},
      {"hour_microsecond", HOURS, MICROSECONDS, 1},
      {"hour_second", HOURS, SECONDS, 1},
      {"hour_minute", HOURS, MINUTES, 1},
      {"day_microsecond", DAYS, MICROSECONDS, 1},
      {"day_second", DAYS, SECONDS, 1},
      {"day_minute", DAYS, MINUTES, 1},
      {"day_hour", DAYS, HOURS, 1},
      {"year_month", YEARS, MONTHS, 1},
  };
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (text_is(name, units[i].name))
      return &units[i];
  }
  return NULL;
}

/* Numbers beyond are out of any range, whatever they count. */
#define AMOUNT_MAX INT64_C(400000000000000000)

/* The next number in the text, what is no digit left out before and behind it; its digits. */
static int next_number(struct text *rest, int64_t *number) {
  int digits = 0;
  *number = 0;
  for (; rest->length > 0 && (rest->data[0] < '0' || rest->data[0] > '9');
       rest->length--)
    rest->data++;
  for (; rest->length > 0 && rest->data[0] >= '0' && rest->data[0] <= '9';
       rest->length--, digits++) {
    if (*number < AMOUNT_MAX / 10)
      *number = *number * 10 + rest->data[0] - '0';
    rest->data++;
  }
  return digits;
}

/* '1 10:30': its numbers are those of the last fields, as many as there are. Returns false when there are more than fields. */
static bool read_fields(const struct unit *unit, struct text text,
                        int64_t amounts[FIELDS]) {
  int64_t numbers[FIELDS] = {0};
  int count = 0, digits = 0, most = (int)unit->last - (int)unit->first + 1;
  text = text_trim(text);
  int64_t sign = read_letter(&text, '-') ? -1 : 1;
  for (int found; count < most && (found = next_number(&text, &numbers[count])) > 0;
       count++)
    digits = found;
  /* .5 is half a second */
  for (; unit->last == MICROSECONDS && count > 0 && digits < 6; digits++)
    numbers[count - 1] *= 10;
  for (int i = 0; i < count; i++)
    amounts[(int)unit->last - count + 1 + i] = sign * numbers[i];
  int64_t more;
  return next_number(&text, &more) == 0;
}

/* A number of one unit; only seconds have a fraction. Returns false when it is none. */
static bool read_amount(const struct unit *unit, struct text text,
                        int64_t amounts[FIELDS]) {
  int64_t whole, fraction = 0;
  text = text_trim(text);
  int64_t sign = read_letter(&text, '-') ? -1 : 1;
  if (text.length == 0 || text.data[0] < '0' || text.data[0] > '9')
    return false;
  next_number(&text, &whole);
  if (read_letter(&text, '.')) {
    int64_t place = SECOND / 10;
    for (int digit; read_number(&text, 1, &digit); place /= 10)
      fraction += digit * place;
  }
  amounts[unit->first] = sign * whole * unit->count;
  if (unit->first == SECONDS)
    amounts[MICROSECONDS] = sign * fraction;
  return text.length == 0 && (fraction == 0 || unit->first == SECONDS);
}

/* The sum of `sign` times the amounts; TIDE_ERROR_DATETIME_OVERFLOW when it is no date. */
static int add_amounts(int64_t *instant, const int64_t amounts[FIELDS], int64_t sign) {
  static const int64_t lengths[FIELDS] = {0, 0, DAY, HOUR, MINUTE, SECOND, 1};
  int64_t time = 0, months = 0;
  for (int i = 0; i < FIELDS; i++) {
    int64_t amount = sign * amounts[i], length = i == YEARS ? 12 : lengths[i];
    int64_t *sum = i <= MONTHS ? &months : &time;
    if (i == MONTHS)
      length = 1;
    if (amount > AMOUNT_MAX / length || amount < -AMOUNT_MAX / length)
      return TIDE_ERROR_DATETIME_OVERFLOW;
    *sum += amount * length;
  }
  if (months > 120000 || months < -120000)
    return TIDE_ERROR_DATETIME_OVERFLOW;
  struct interval interval = {(int32_t)months, 0, time};
  int code = instant_add(instant, *instant, &interval);
  return code == TIDE_OK && !instant_in_range(*instant) ? TIDE_ERROR_DATETIME_OVERFLOW
                                                        : code;
}

/* What an amount (argument 1) of a unit (argument 2, "-day" to take it off) makes of an instant. */
static bool add_interval(sqlite3_context *context, sqlite3_value **arguments,
                         int64_t *instant) {
  struct text amount, name;
  int64_t amounts[FIELDS] = {0};
  if (!call_text(context, arguments[1], &amount) ||
      !call_text(context, arguments[2], &name))
    return false;
  int64_t sign = read_letter(&name, '-') ? -1 : 1;
  const struct unit *unit = find_unit(name);
  bool single = unit != NULL && unit->first == unit->last;
  if (unit == NULL || !(single ? read_amount : read_fields)(unit, amount, amounts)) {
    int length = amount.length > 100 ? 100 : (int)amount.length;
    call_fail(context, TIDE_ERROR_INVALID_ARGUMENT,
              "\"%.*s\" is no number of this unit of an interval", length, amount.data);
    return false;
  }
  if (add_amounts(instant, amounts, sign) == TIDE_OK)
    return true;
  call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW,
            "datetime field overflow: years run from 1 to 9999");
  return false;
}

static void add_to_date(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct when when;
  if (!call_has_null(count, arguments) && when_argument(context, arguments[0], &when) &&
      add_interval(context, arguments, &when.instant))
    return_date(context, when.instant);
}

static void add_to_timestamp(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct when when;
  if (!call_has_null(count, arguments) && when_argument(context, arguments[0], &when) &&
      add_interval(context, arguments, &when.instant))
    return_timestamp(context, when.instant, false);
}

/* Of a text there is a text: with a time where it has one, or gets one. */
static void add_to_text(sqlite3_context *context, sqlite3_value **arguments,
                        bool gets_time) {
  struct when when;
  if (call_has_null(3, arguments) || !when_argument(context, arguments[0], &when) ||
      !add_interval(context, arguments, &when.instant))
    return;
  struct moment moment = moment_from_instant(when.instant);
  struct buffer out;
  buffer_init(&out, call_memory());
  buffer_format(&out, "%04d-%02d-%02d", moment.date.year, moment.date.month,
                moment.date.day);
  if (gets_time || when.has_time)
    buffer_format(&out, " %02d:%02d:%02d", moment.hour, moment.minute, moment.second);
  if (moment.microsecond != 0)
    buffer_format(&out, ".%06d", moment.microsecond);
  call_return_buffer(context, &out);
}

static void add_days_to_text(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  (void)count;
  add_to_text(context, arguments, false);
}

static void add_time_to_text(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  (void)count;
  add_to_text(context, arguments, true);
}

static void add_to_time(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  int64_t time;
  int zone;
  if (call_has_null(count, arguments) ||
      !time_argument(context, arguments[0], &time, &zone))
    return;
  const int64_t middle = days_from_civil((struct civil){2000, 1, 1}) * DAY;
  int64_t instant = middle + time;
  if (!add_interval(context, arguments, &instant))
    return;
  if (days_of(instant) == days_of(middle))
    return_time(context, instant - middle);
  else
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "a time beyond one day is not supported");
}

/* --- differences --- */

static int64_t months_between(int64_t earlier, int64_t later) {
  struct civil from = civil_from_days(days_of(earlier));
  struct civil to = civil_from_days(days_of(later));
  int64_t months = (to.year - from.year) * 12 + to.month - from.month;
  bool whole = to.day > from.day ||
               (to.day == from.day &&
                later - days_of(later) * DAY >= earlier - days_of(earlier) * DAY);
  return whole ? months : months - 1;
}

static int64_t difference(const struct unit *unit, int64_t from, int64_t to) {
  static const int64_t lengths[FIELDS] = {12, 1, DAY, HOUR, MINUTE, SECOND, 1};
  int64_t length = lengths[unit->first] * unit->count;
  if (unit->first > MONTHS)
    return (to - from) / length;
  return (to < from ? -months_between(to, from) : months_between(from, to)) / length;
}

/* mysql_timestampdiff(unit, from, to) */
static void timestamp_difference(sqlite3_context *context, int count,
                                 sqlite3_value **arguments) {
  struct text name;
  struct when from, to;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &name) ||
      !when_argument(context, arguments[1], &from) ||
      !when_argument(context, arguments[2], &to))
    return;
  const struct unit *unit = find_unit(name);
  if (unit == NULL || unit->first != unit->last)
    call_fail(context, TIDE_ERROR_INVALID_ARGUMENT, "no unit of a difference");
  else
    sqlite3_result_int64(context, difference(unit, from.instant, to.instant));
}

/* --- days --- */

static void last_day(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct when when;
  if (call_has_null(count, arguments) || !when_argument(context, arguments[0], &when))
    return;
  struct civil date = civil_from_days(days_of(when.instant));
  date.day = days_in_month(date.year, date.month);
  return_date(context, days_from_civil(date) * DAY);
}

enum { DAYS_BEFORE_1970 = 719528 };

static void to_days(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct when when;
  if (!call_has_null(count, arguments) && when_argument(context, arguments[0], &when))
    sqlite3_result_int64(context, days_of(when.instant) + DAYS_BEFORE_1970);
}

/* mysql_makedate(year, day of it); NULL when there is no such day. */
static void make_date(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  int year = call_int(arguments[0]), day = call_int(arguments[1]);
  if (year < 0 || year > 9999 || day < 1 || day > 4000000)
    return;
  if (year < 100)
    year += year < 70 ? 2000 : 1900;
  int64_t instant = (days_from_civil((struct civil){year, 1, 1}) + day - 1) * DAY;
  if (instant_in_range(instant))
    return_date(context, instant);
}

/* --- seconds since 1970 --- */

static void unix_timestamp(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  struct when when;
  if (call_has_null(count, arguments) || !when_argument(context, arguments[0], &when))
    return;
  if (when.instant % SECOND != 0)
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "UNIX_TIMESTAMP() of a fraction of a second is not supported");
  else
    sqlite3_result_int64(context, when.instant < 0 ? 0 : when.instant / SECOND);
}

/* NULL before 1970, and when it is no instant. */
static void from_unixtime(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  int64_t seconds = sqlite3_value_int64(arguments[0]);
  if (seconds >= 0 && seconds <= INT64_C(253402300799))
    return_timestamp(context, seconds * SECOND, false);
}

/* --- weeks and formats --- */

static int mode_argument(sqlite3_value *value) {
  return (int)(sqlite3_value_int64(value) & 7);
}

static void week(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct when when;
  int year;
  if (!call_has_null(count, arguments) && when_argument(context, arguments[0], &when))
    sqlite3_result_int(
        context, mysql_week(days_of(when.instant), mode_argument(arguments[1]), &year));
}

/* The week with the year that it belongs to in front of it. */
static void yearweek(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct when when;
  int year;
  if (call_has_null(count, arguments) || !when_argument(context, arguments[0], &when))
    return;
  int mode = mode_argument(arguments[1]) | MYSQL_WEEK_OF_YEAR;
  int number = mysql_week(days_of(when.instant), mode, &year);
  sqlite3_result_int(context, year * 100 + number);
}

static void date_format(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct when when;
  struct text format;
  struct buffer out;
  if (call_has_null(count, arguments) || !when_argument(context, arguments[0], &when) ||
      !call_text(context, arguments[1], &format))
    return;
  buffer_init(&out, call_memory());
  mysql_date_format(&out, when.instant, format);
  call_return_buffer(context, &out);
}

/* NULL where the text is not of that form, or no date. */
static bool scan(sqlite3_context *context, int count, sqlite3_value **arguments,
                 int64_t *instant) {
  struct text text, format;
  return !call_has_null(count, arguments) && call_text(context, arguments[0], &text) &&
         call_text(context, arguments[1], &format) &&
         mysql_date_scan(text, format, instant);
}

static void str_to_date(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  int64_t instant;
  if (scan(context, count, arguments, &instant))
    return_date(context, instant);
}

static void str_to_datetime(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  int64_t instant;
  if (scan(context, count, arguments, &instant))
    return_timestamp(context, instant, false);
}

int register_mysql_dates(sqlite3 *db, struct types_context *context) {
  static const struct call calls[] = {
      {"mysql_add_to_date", 3, false, add_to_date},
      {"mysql_add_to_timestamp", 3, false, add_to_timestamp},
      {"mysql_add_to_time", 3, false, add_to_time},
      {"mysql_add_days_to_text", 3, false, add_days_to_text},
      {"mysql_add_time_to_text", 3, false, add_time_to_text},
      {"mysql_timestampdiff", 3, false, timestamp_difference},
      {"mysql_last_day", 1, false, last_day},
      {"mysql_to_days", 1, false, to_days},
      {"mysql_makedate", 2, false, make_date},
      {"mysql_unix_timestamp", 1, false, unix_timestamp},
      {"mysql_from_unixtime", 1, false, from_unixtime},
      {"mysql_week", 2, false, week},
      {"mysql_yearweek", 2, false, yearweek},
      {"mysql_date_format", 2, false, date_format},
      {"mysql_str_to_date", 2, false, str_to_date},
      {"mysql_str_to_datetime", 2, false, str_to_datetime},
  };
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
