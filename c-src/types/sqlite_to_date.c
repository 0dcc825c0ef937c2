/* to_date() and to_timestamp() of a text and a template. */
#include "types/date_scan.h"
#include "types/session_zone.h"

/* A date while it is put together; the numbers may still be anything. */
struct assembly {
  int64_t year, month, day;
  bool has_year, has_month, has_day;
};

/* The days since 1970 of a year's first ISO week's Monday. */
static int64_t first_monday(int64_t year) {
  struct civil fourth = {(int)year, 1, 4};
  int64_t days = days_from_civil(fourth);
  return days - (iso_weekday(days) - 1);
}

static void set_days(struct assembly *date, int64_t days) {
  struct civil civil = civil_from_days(days);
  *date = (struct assembly){civil.year, civil.month, civil.day, true, true, true};
}

/* Years before Christ are counted from 0 downwards. A year of two digits belongs to the
 * century that is given. */
static void set_year(struct assembly *date, const struct date_fields *fields) {
  int64_t century = fields->before_christ ? -(int64_t)fields->century : fields->century;
  date->has_year = fields->year != 0 || century != 0;
  if (fields->year != 0 && century != 0 && fields->year_digits <= 2) {
    int year = fields->year % 100;
    if (year == 0)
      date->year = century * 100 + (century >= 0 ? 0 : 1);
    else
      date->year =
          century >= 0 ? (century - 1) * 100 + year : (century + 1) * 100 - year + 1;
  } else if (fields->year != 0) {
    date->year = fields->before_christ ? -(int64_t)fields->year : fields->year;
    date->year += date->year < 0;
  } else if (century != 0) {
    date->year = (century >= 0 ? century - 1 : century) * 100 + 1;
  }
}

static void set_iso_week(struct assembly *date, const struct date_fields *fields) {
  int64_t weekday = fields->weekday == 0  ? 0
                    : fields->weekday > 1 ? fields->weekday - 2
                                          : 6;
  set_days(date, first_monday(date->year) + (fields->week - INT64_C(1)) * 7 + weekday);
}

/* Whichever of month and day is not given follows from the day of the year. */
static void set_day_of_year(struct assembly *date, int64_t day_of_year, bool iso) {
  if (iso) {
    set_days(date, first_monday(date->year) - 1 + day_of_year);
    return;
  }
  int month = 1;
  for (; month <= 12 && day_of_year > days_in_month((int)date->year, month); month++)
    day_of_year -= days_in_month((int)date->year, month);
  if (date->month <= 1)
    date->month = month;
  if (date->day <= 1)
    date->day = day_of_year;
  date->has_month = date->has_day = true;
}

static bool is_valid(const struct assembly *date) {
  if (date->has_month && (date->month < 1 || date->month > 12))
    return false;
  if (date->has_day && (date->day < 1 || date->day > 31))
    return false;
  return !date->has_year || !date->has_month || !date->has_day ||
         date->day <= days_in_month((int)date->year, (int)date->month);
}

/* "… out of range: "text"" */
static bool fail_about(sqlite3_context *context, int code, const char *what,
                       struct text input) {
  int length = input.length > 100 ? 100 : (int)input.length;
  call_fail(context, code, "%s out of range: \"%.*s\"", what, length, input.data);
  return false;
}

static bool fail_overflow(sqlite3_context *context, struct text input) {
  return fail_about(context, TIDE_ERROR_DATETIME_OVERFLOW, "date/time field value",
                    input);
}

/* The days since 1970. Returns false having failed the function. */
static bool assemble_date(sqlite3_context *context, struct text input,
                          const struct date_fields *fields, int64_t *days) {
  struct assembly date = {0, 1, 1, false, false, false};
  bool iso = fields->convention == WEEKS_ISO;
  int64_t day_of_year = fields->day_of_year, day = fields->day;
  set_year(&date, fields);
  if (date.year > INT32_MAX / 2 || date.year < INT32_MIN / 2)
    return fail_overflow(context, input);
  if (fields->julian_day != 0)
    set_days(&date, fields->julian_day - INT64_C(2440588));
  if (fields->week != 0 && iso)
    set_iso_week(&date, fields);
  else if (fields->week != 0)
    day_of_year = (fields->week - INT64_C(1)) * 7 + 1;
  if (fields->week_of_month != 0)
    day = (fields->week_of_month - INT64_C(1)) * 7 + 1;
  if (day != 0) {
    date.day = day;
    date.has_day = true;
  }
  if (fields->month != 0) {
    date.month = fields->month;
    date.has_month = true;
  }
  if (day_of_year != 0 && (date.month <= 1 || date.day <= 1)) {
    if (date.year == 0 && !fields->before_christ) {
      call_fail(context, TIDE_ERROR_DATETIME_FORMAT,
                "cannot calculate day of year without year information");
      return false;
    }
    set_day_of_year(&date, day_of_year, iso);
  }
  struct civil civil = {(int)date.year, (int)date.month, (int)date.day};
  if (!is_valid(&date))
    return fail_overflow(context, input);
  *days = days_from_civil(civil);
  return true;
}

/* Microseconds since midnight. Returns false having failed the function. */
static bool assemble_time(sqlite3_context *context, struct text input,
                          const struct date_fields *fields, int64_t *time) {
  int64_t hour = fields->second_of_day / 3600,
          minute = fields->second_of_day % 3600 / 60,
          second = fields->second_of_day % 60;
  hour = fields->hour != 0 ? fields->hour : hour;
  minute = fields->minute != 0 ? fields->minute : minute;
  second = fields->second != 0 ? fields->second : second;
  if (fields->twelve_hours && (hour < 1 || hour > 12)) {
    call_fail(context, TIDE_ERROR_DATETIME_FORMAT,
              "hour \"%d\" is invalid for the 12-hour clock", (int)hour);
    call_hint(context, "Use the 24-hour clock, or give an hour between 1 and 12.");
    return false;
  }
  if (fields->twelve_hours)
    hour = hour % 12 + (fields->afternoon ? 12 : 0);
  int64_t fraction = fields->millisecond * INT64_C(1000) + fields->microsecond;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
      fraction < 0 || fraction >= SECOND)
    return fail_overflow(context, input);
  *time = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
  return true;
}

/* What the text says by the template: the day, the time on it, and how far east of UTC
 * that is. Returns false having failed the function, or with NULL as its result. */
static bool read_by_template(sqlite3_context *context, sqlite3_value **arguments,
                             struct date_fields *fields, int64_t *days, int64_t *time) {
  struct text input, format;
  if (call_has_null(2, arguments) || !call_text(context, arguments[0], &input) ||
      !call_text(context, arguments[1], &format) ||
      !date_scan(context, input, format, fields) ||
      !assemble_date(context, input, fields, days) ||
      !assemble_time(context, input, fields, time))
    return false;
  if (fields->zone_hour < 0 || fields->zone_hour > 15 || fields->zone_minute < 0 ||
      fields->zone_minute > 59)
    return fail_about(context, TIDE_ERROR_ZONE_DISPLACEMENT, "time zone displacement",
                      input);
  int year = civil_from_days(*days).year;
  if (year >= 1 && year <= 9999)
    return true;
  return fail_about(context, TIDE_ERROR_DATETIME_OVERFLOW, "date", input);
}

static void to_date(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct date_fields fields;
  int64_t days, time;
  (void)count;
  if (read_by_template(context, arguments, &fields, &days, &time))
    return_date(context, days * DAY);
}

static void to_timestamp(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct date_fields fields;
  int64_t days, time;
  struct zone session = session_zone(count, arguments, 2);
  if (!read_by_template(context, arguments, &fields, &days, &time))
    return;
  int zone = fields.zone_sign * (fields.zone_hour * 3600 + fields.zone_minute * 60);
  int64_t local = days * DAY + time;
  int64_t instant = fields.zone_sign != 0
                        ? local - zone * SECOND
                        : zone_instant(&call_context(context)->zones, &session, local);
  if (fields.fraction_digits > 0)
    instant = microseconds_round(instant, fields.fraction_digits);
  return_timestamp(context, instant, true);
}

static const struct call calls[] = {
    {"pg_to_date", 2, false, to_date},
    {"pg_to_timestamp_text", 2, false, to_timestamp},
    {"pg_to_timestamp_text", 3, false, to_timestamp},
};

int register_to_date(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
