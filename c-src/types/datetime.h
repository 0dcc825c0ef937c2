/* Dates, times and intervals: reading, printing and computing them as PostgreSQL does,
 * with the time zone UTC.
 *
 * An instant is microseconds since 1970-01-01 00:00:00, a date the days since then, a
 * time of day microseconds since midnight. Years run from 1 to 9999, so that the texts
 * sort as they compare. */
#ifndef TIDE_TYPES_DATETIME_H
#define TIDE_TYPES_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND                 INT64_C(1000000)
#define MINUTE                 (60 * SECOND)
#define HOUR                   (60 * MINUTE)
#define DAY                    (24 * HOUR)
#define INSTANT_INFINITY       INT64_MAX
#define INSTANT_MINUS_INFINITY INT64_MIN
#define DATETIME_NO_NOW        INT64_MIN

enum { DATETIME_TEXT_MAX = 64, INTERVAL_TEXT_MAX = 128 };

struct civil {
  int year, month, day; /* month and day from 1 */
};

/* One instant with its parts. */
struct moment {
  struct civil date;
  int hour, minute, second, microsecond;
};

struct interval {
  int32_t months, days;
  int64_t microseconds;
};

/* What reading a text found. */
struct datetime {
  int64_t instant;       /* date and time as they stand there; INSTANT_INFINITY and its
                      opposite */
  int64_t days;          /* the date as it stands there, when it is finite */
  int64_t time;          /* of day; 24:00:00 is DAY */
  int zone;              /* seconds east of UTC */
  const char *zone_name; /* in the text; NULL: no zone, or one of a fixed offset */
  size_t zone_name_length;
  bool has_date, has_time, has_zone;
};

/* --- the calendar --- */

int64_t days_from_civil(struct civil date);
struct civil civil_from_days(int64_t days);
int days_in_month(int year, int month);
bool civil_is_valid(struct civil date);
/* Rounds towards negative infinity, unlike C. */
int64_t floor_division(int64_t value, int64_t divisor);
struct moment moment_from_instant(int64_t instant);
int64_t instant_from_moment(const struct moment *moment);
bool instant_is_finite(int64_t instant);
/* Does it lie in the years 1 to 9999, or is it infinite? */
bool instant_in_range(int64_t instant);
/* Monday is 1, Sunday 7. */
int iso_weekday(int64_t days);
/* The ISO week, and in *year the year it belongs to. */
int iso_week(int64_t days, int *year);

/* --- text --- */

/* Reads PostgreSQL's forms: ISO 8601 with blank or T, 20240131, 1/31/2024 (month
 * first), Jan 31 2024, AM and PM, offsets and Z, infinity, epoch, now, today, tomorrow,
 * yesterday (these need `now`, an instant: with DATETIME_NO_NOW they are
 * TIDE_ERROR_NOT_IMMUTABLE). Returns TIDE_OK,
 * TIDE_ERROR_DATETIME_FORMAT, TIDE_ERROR_DATETIME_OVERFLOW,
 * TIDE_ERROR_ZONE_DISPLACEMENT for an offset of 16 hours or more, or
 * TIDE_ERROR_INVALID_PARAMETER for a time zone that is neither an offset, nor an
 * abbreviation, nor looks like a name. */
int datetime_parse(struct datetime *result, const char *text, size_t length,
                   int64_t now);

/* Each returns the length written, the final zero not counted. */
size_t date_print(int64_t days, char text[DATETIME_TEXT_MAX]);
size_t time_print(int64_t time, char text[DATETIME_TEXT_MAX]);
size_t zone_print(int zone, char text[DATETIME_TEXT_MAX]);
size_t timestamp_print(int64_t instant, bool with_zone, char text[DATETIME_TEXT_MAX]);

/* Rounds to `precision` digits of a second; -1 changes nothing. */
int64_t microseconds_round(int64_t microseconds, int precision);

/* Reads "+02", "-03:30", "UTC", "Z", "CET". Returns TIDE_OK or TIDE_ERROR_INVALID_PARAMETER. */
int zone_parse(const char *text, size_t length, int *zone);

/* --- intervals --- */

/* Reads '1 year 2 mons 3 days 04:05:06', '1-2', '1 day ago', 'P1Y2M3DT4H5M6S', …
 * Returns TIDE_OK, TIDE_ERROR_DATETIME_FORMAT or TIDE_ERROR_DATETIME_OVERFLOW. */
int interval_parse(struct interval *result, const char *text, size_t length);
size_t interval_print(const struct interval *interval, char text[INTERVAL_TEXT_MAX]);
/* As PostgreSQL orders them: a month is 30 days, a day 24 hours. */
int interval_compare(const struct interval *left, const struct interval *right);
/* These return TIDE_OK or TIDE_ERROR_DATETIME_OVERFLOW. */
int interval_add(struct interval *result, const struct interval *left,
                 const struct interval *right);
int interval_negate(struct interval *result, const struct interval *interval);
int interval_multiply(struct interval *result, const struct interval *interval,
                      double factor);
int instant_add(int64_t *result, int64_t instant, const struct interval *interval);
/* The microseconds of an interval without months, as far as two finite instants can be apart: between the numbers that
 * pg_range_key makes of instants. */
int64_t range_distance(const struct interval *interval);
/* later - earlier in days and time. */
struct interval instant_difference(int64_t later, int64_t earlier);
/* later - earlier in years, months, days and time. */
struct interval instant_age(int64_t later, int64_t earlier);

#endif
