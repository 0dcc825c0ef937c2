/* extract(), date_part(), date_trunc() and date_bin(). */
#include <math.h>
#include <string.h>

#include "types/session_zone.h"

enum part {
  PART_MICROSECONDS,
  PART_MILLISECONDS,
  PART_SECOND,
  PART_MINUTE,
  PART_HOUR,
  PART_DAY,
  PART_WEEK,
  PART_MONTH,
  PART_QUARTER,
  PART_YEAR,
  PART_DECADE,
  PART_CENTURY,
  PART_MILLENNIUM,
  PART_DOW,
  PART_ISODOW,
  PART_DOY,
  PART_ISOYEAR,
  PART_JULIAN,
  PART_EPOCH,
  PART_TIMEZONE,
  PART_TIMEZONE_HOUR,
  PART_TIMEZONE_MINUTE,
  PART_NONE
};

static const struct name {
  const char *text;
  enum part part;
} names[] = {
    {"microsecond", PART_MICROSECONDS},
    {"microseconds", PART_MICROSECONDS},
    {"us", PART_MICROSECONDS},
    {"usec", PART_MICROSECONDS},
    {"millisecond", PART_MILLISECONDS},
    {"milliseconds", PART_MILLISECONDS},
    {"ms", PART_MILLISECONDS},
    {"msec", PART_MILLISECONDS},
    {"second", PART_SECOND},
    {"seconds", PART_SECOND},
    {"sec", PART_SECOND},
    {"secs", PART_SECOND},
    {"s", PART_SECOND},
    {"minute", PART_MINUTE},
    {"minutes", PART_MINUTE},
    {"min", PART_MINUTE},
    {"mins", PART_MINUTE},
    {"m", PART_MINUTE},
    {"hour", PART_HOUR},
    {"hours", PART_HOUR},
    {"hr", PART_HOUR},
    {"hrs", PART_HOUR},
    {"h", PART_HOUR},
    {"day", PART_DAY},
    {"days", PART_DAY},
    {"d", PART_DAY},
    {"week", PART_WEEK},
    {"weeks", PART_WEEK},
    {"w", PART_WEEK},
    {"month", PART_MONTH},
    {"months", PART_MONTH},
    {"mon", PART_MONTH},
    {"mons", PART_MONTH},
    {"quarter", PART_QUARTER},
    {"qtr", PART_QUARTER},
    {"year", PART_YEAR},
    {"years", PART_YEAR},
    {"yr", PART_YEAR},
    {"yrs", PART_YEAR},
    {"y", PART_YEAR},
    {"decade", PART_DECADE},
    {"decades", PART_DECADE},
    {"dec", PART_DECADE},
    {"century", PART_CENTURY},
    {"centuries", PART_CENTURY},
    {"cent", PART_CENTURY},
    {"c", PART_CENTURY},
    {"millennium", PART_MILLENNIUM},
    {"millennia", PART_MILLENNIUM},
    {"mil", PART_MILLENNIUM},
    {"mils", PART_MILLENNIUM},
    {"dow", PART_DOW},
    {"isodow", PART_ISODOW},
    {"doy", PART_DOY},
    {"isoyear", PART_ISOYEAR},
    {"julian", PART_JULIAN},
    {"epoch", PART_EPOCH},
    {"timezone", PART_TIMEZONE},
    {"timezone_hour", PART_TIMEZONE_HOUR},
    {"timezone_h", PART_TIMEZONE_HOUR},
    {"timezone_minute", PART_TIMEZONE_MINUTE},
    {"timezone_m", PART_TIMEZONE_MINUTE},
};

/* The part that an argument names; PART_NONE having failed the function. */
static enum part part_argument(sqlite3_context *context, sqlite3_value *value,
                               const char *type) {
  struct text text;
  if (!call_text(context, value, &text))
    return PART_NONE;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (text_is(text, names[i].text))
      return names[i].part;
  }
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
            "unit \"%.*s\" not recognized for type %s",
            text.length > 60 ? 60 : (int)text.length, text.data, type);
  return PART_NONE;
}

/* A part's value in units of 10^-scale. */
struct value {
  int64_t units;
  int scale;
  bool known;
};

static struct value whole(int64_t value) {
  return (struct value){value, 0, true};
}

static struct value scaled(int64_t value, int scale) {
  return (struct value){value, scale, true};
}

/* Hour and below, of a time of day or of an interval's time. */
static struct value part_of_time(enum part part, int64_t time) {
  switch (part) {
  case PART_MICROSECONDS: return whole(time % MINUTE);
  case PART_MILLISECONDS: return scaled(time % MINUTE, 3);
  case PART_SECOND: return scaled(time % MINUTE, 6);
  case PART_MINUTE: return whole(time % HOUR / MINUTE);
  case PART_HOUR: return whole(time / HOUR);
  default: return (struct value){0, 0, false};
  }
}

/* 1 for the years 1 to `length`, and so on. */
static int64_t ordinal(int year, int length) {
  return (year + length - 1) / length;
}

/* Day and above. */
static struct value part_of_date(enum part part, int64_t days) {
  struct civil date = civil_from_days(days), new_year = {date.year, 1, 1};
  int year;
  switch (part) {
  case PART_DAY: return whole(date.day);
  case PART_WEEK: return whole(iso_week(days, &year));
  case PART_MONTH: return whole(date.month);
  case PART_QUARTER: return whole((date.month - 1) / 3 + 1);
  case PART_YEAR: return whole(date.year);
  case PART_DECADE: return whole(date.year / 10);
  case PART_CENTURY: return whole(ordinal(date.year, 100));
  case PART_MILLENNIUM: return whole(ordinal(date.year, 1000));
  case PART_DOW: return whole(iso_weekday(days) % 7);
  case PART_ISODOW: return whole(iso_weekday(days));
  case PART_DOY: return whole(days - days_from_civil(new_year) + 1);
  case PART_ISOYEAR: iso_week(days, &year); return whole(year);
  case PART_JULIAN: return whole(days + 2440588);
  default: return (struct value){0, 0, false};
  }
}

static struct value part_of_zone(enum part part, int zone) {
  switch (part) {
  case PART_TIMEZONE: return whole(zone);
  case PART_TIMEZONE_HOUR: return whole(zone / 3600);
  case PART_TIMEZONE_MINUTE: return whole(zone / 60 % 60);
  default: return (struct value){0, 0, false};
  }
}

/* Years as PostgreSQL counts them in an epoch: 365.25 days, a month 30. */
static int64_t interval_epoch(const struct interval *interval) {
  int64_t hours = (int64_t)(interval->months / 12) * 8766 +
                  (int64_t)(interval->months % 12) * 720 + (int64_t)interval->days * 24;
  return hours * HOUR + interval->microseconds;
}

static struct value part_of_interval(enum part part, const struct interval *interval) {
  int years = interval->months / 12;
  switch (part) {
  case PART_DAY: return whole(interval->days);
  case PART_WEEK: return whole(interval->days / 7);
  case PART_MONTH: return whole(interval->months % 12);
  case PART_QUARTER: return whole(interval->months % 12 / 3 + 1);
  case PART_YEAR: return whole(years);
  case PART_DECADE: return whole(years / 10);
  case PART_CENTURY: return whole(years / 100);
  case PART_MILLENNIUM: return whole(years / 1000);
  case PART_EPOCH: return scaled(interval_epoch(interval), 6);
  default: return part_of_time(part, interval->microseconds);
  }
}

enum source {
  SOURCE_DATE,
  SOURCE_TIME,
  SOURCE_TIMETZ,
  SOURCE_TIMESTAMP,
  SOURCE_TIMESTAMPTZ,
  SOURCE_INTERVAL
};

static const char *const source_names[] = {"date",
                                           "time without time zone",
                                           "time with time zone",
                                           "timestamp without time zone",
                                           "timestamp with time zone",
                                           "interval"};

/* `instant` is what clocks show that are ahead of UTC by `offset` seconds. */
static struct value part_of_instant(enum part part, enum source source, int64_t instant,
                                    int offset) {
  int64_t days = floor_division(instant, DAY);
  if (part == PART_EPOCH)
    return source == SOURCE_DATE ? whole(instant / SECOND)
                                 : scaled(instant - offset * SECOND, 6);
  if (part == PART_JULIAN && source != SOURCE_DATE)
    return (struct value){0, 0, false};
  struct value value = part_of_date(part, days);
  if (!value.known && source != SOURCE_DATE)
    value = part_of_time(part, instant - days * DAY);
  if (!value.known && source == SOURCE_TIMESTAMPTZ)
    value = part_of_zone(part, offset);
  return value;
}

/* Infinity has infinite years and epochs, and no other part. */
static void return_infinite_part(sqlite3_context *context, enum part part,
                                 int64_t instant, bool numeric) {
  bool infinite = part == PART_YEAR || part == PART_DECADE || part == PART_CENTURY ||
                  part == PART_MILLENNIUM || part == PART_JULIAN ||
                  part == PART_ISOYEAR || part == PART_EPOCH;
  const char *word = instant == INSTANT_INFINITY ? "Infinity" : "-Infinity";
  if (infinite && numeric)
    sqlite3_result_text(context, word, -1, SQLITE_STATIC);
  else if (infinite)
    sqlite3_result_double(context, instant == INSTANT_INFINITY ? (double)INFINITY
                                                               : -(double)INFINITY);
}

/* In double precision the sum is made of the same parts as PostgreSQL's, so that it
 * rounds alike. */
static void return_interval_epoch(sqlite3_context *context,
                                  const struct interval *interval) {
  double seconds = (double)interval->microseconds / 1e6;
  int years = interval->months / 12;
  seconds += 365.25 * 86400 * years;
  seconds += 30.0 * 86400 * (interval->months % 12);
  seconds += 86400.0 * interval->days;
  sqlite3_result_double(context, seconds);
}

static void return_value(sqlite3_context *context, struct value value, bool numeric) {
  if (numeric) {
    return_scaled(context, value.units, value.scale);
    return;
  }
  double divisor = value.scale == 6 ? 1e6 : value.scale == 3 ? 1e3 : 1;
  sqlite3_result_double(context, (double)value.units / divisor);
}

/* extract() when `numeric`, otherwise date_part() */
static void extract(sqlite3_context *context, int count, sqlite3_value **arguments,
                    enum source source, bool numeric) {
  struct value value;
  if (call_has_null(2, arguments))
    return;
  enum part part = part_argument(context, arguments[0], source_names[source]);
  if (part == PART_NONE)
    return;
  if (source == SOURCE_INTERVAL) {
    struct interval interval;
    if (!interval_argument(context, arguments[1], &interval))
      return;
    if (part == PART_EPOCH && !numeric) {
      return_interval_epoch(context, &interval);
      return;
    }
    value = part_of_interval(part, &interval);
  } else if (source == SOURCE_TIME || source == SOURCE_TIMETZ) {
    int64_t time;
    int zone;
    if (!time_argument(context, arguments[1], &time, &zone))
      return;
    value =
        part == PART_EPOCH ? scaled(time - zone * SECOND, 6) : part_of_time(part, time);
    if (!value.known && source == SOURCE_TIMETZ)
      value = part_of_zone(part, zone);
  } else {
    int64_t instant;
    if (!instant_argument(context, arguments[1], &instant))
      return;
    if (!instant_is_finite(instant)) {
      return_infinite_part(context, part, instant, numeric);
      return;
    }
    struct zone zone = session_zone(count, arguments, 2);
    int offset = zone_offset_at(&call_context(context)->zones, &zone, instant);
    value = part_of_instant(part, source, instant + offset * SECOND, offset);
  }
  if (value.known)
    return_value(context, value, numeric);
  else
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "this unit is not supported for type %s", source_names[source]);
}

#define EXTRACT(suffix, source)                                                        \
  static void extract_##suffix(sqlite3_context *context, int count,                    \
                               sqlite3_value **arguments) {                            \
    extract(context, count, arguments, source, true);                                  \
  }                                                                                    \
  static void date_part_##suffix(sqlite3_context *context, int count,                  \
                                 sqlite3_value **arguments) {                          \
    extract(context, count, arguments, source, false);                                 \
  }

EXTRACT(date, SOURCE_DATE)
EXTRACT(time, SOURCE_TIME)
EXTRACT(timetz, SOURCE_TIMETZ)
EXTRACT(timestamp, SOURCE_TIMESTAMP)
EXTRACT(timestamptz, SOURCE_TIMESTAMPTZ)
EXTRACT(interval, SOURCE_INTERVAL)

/* --- date_trunc --- */

/* The length of a part of constant length, 0 for the others. */
static int64_t length_of(enum part part) {
  switch (part) {
  case PART_MICROSECONDS: return 1;
  case PART_MILLISECONDS: return 1000;
  case PART_SECOND: return SECOND;
  case PART_MINUTE: return MINUTE;
  case PART_HOUR: return HOUR;
  case PART_DAY: return DAY;
  default: return 0;
  }
}

/* The first year of the part that `year` lies in. */
static int first_year(enum part part, int year) {
  switch (part) {
  case PART_DECADE: return year / 10 * 10;
  case PART_CENTURY: return (year - 1) / 100 * 100 + 1;
  case PART_MILLENNIUM: return (year - 1) / 1000 * 1000 + 1;
  default: return year;
  }
}

/* Cuts an instant; false when that part cannot be cut to. */
static bool truncate(enum part part, int64_t *instant) {
  int64_t length = length_of(part);
  if (length > 0) {
    *instant = floor_division(*instant, length) * length;
    return true;
  }
  int64_t days = floor_division(*instant, DAY);
  struct civil date = civil_from_days(days);
  date.day = 1;
  switch (part) {
  case PART_WEEK: *instant = (days - iso_weekday(days) + 1) * DAY; return true;
  case PART_MONTH: break;
  case PART_QUARTER: date.month = (date.month - 1) / 3 * 3 + 1; break;
  case PART_YEAR:
  case PART_DECADE:
  case PART_CENTURY:
  case PART_MILLENNIUM:
    date.month = 1;
    date.year = first_year(part, date.year);
    break;
  default: return false;
  }
  *instant = days_from_civil(date) * DAY;
  return true;
}

/* What is cut to hours or less stays as far ahead of UTC as it was. */
static bool truncate_in(struct zone_source *zones, const struct zone *zone,
                        enum part part, int64_t *instant) {
  int offset = zone_offset_at(zones, zone, *instant);
  int64_t local = *instant + offset * SECOND;
  if (!truncate(part, &local))
    return false;
  bool short_part = length_of(part) > 0 && length_of(part) < DAY;
  *instant = short_part ? local - offset * SECOND : zone_instant(zones, zone, local);
  return true;
}

static void date_trunc_of(sqlite3_context *context, sqlite3_value **arguments,
                          const struct zone *zone, bool with_zone) {
  int64_t instant;
  enum source source = with_zone ? SOURCE_TIMESTAMPTZ : SOURCE_TIMESTAMP;
  if (call_has_null(2, arguments))
    return;
  enum part part = part_argument(context, arguments[0], source_names[source]);
  if (part == PART_NONE || !instant_argument(context, arguments[1], &instant))
    return;
  int64_t truncated = instant_is_finite(instant) ? instant : 0;
  if (truncate_in(&call_context(context)->zones, zone, part, &truncated))
    return_timestamp(context, instant_is_finite(instant) ? truncated : instant,
                     with_zone);
  else
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "this unit is not supported for type %s", source_names[source]);
}

static void date_trunc(sqlite3_context *context, int count, sqlite3_value **arguments) {
  const struct zone utc = {0};
  (void)count;
  date_trunc_of(context, arguments, &utc, false);
}

static void date_trunc_timestamptz(sqlite3_context *context, int count,
                                   sqlite3_value **arguments) {
  struct zone zone = session_zone(count, arguments, 2);
  date_trunc_of(context, arguments, &zone, true);
}

static void date_trunc_interval(sqlite3_context *context, int count,
                                sqlite3_value **arguments) {
  struct interval interval;
  if (call_has_null(count, arguments))
    return;
  enum part part = part_argument(context, arguments[0], "interval");
  if (part == PART_NONE || !interval_argument(context, arguments[1], &interval))
    return;
  int64_t length = length_of(part);
  int months = part == PART_MONTH        ? 1
               : part == PART_QUARTER    ? 3
               : part == PART_YEAR       ? 12
               : part == PART_DECADE     ? 120
               : part == PART_CENTURY    ? 1200
               : part == PART_MILLENNIUM ? 12000
                                         : 0;
  if (length == 0 && months == 0) {
    call_fail(context,
              part == PART_WEEK ? TIDE_ERROR_NOT_SUPPORTED
                                : TIDE_ERROR_INVALID_PARAMETER,
              "this unit is not supported for type interval");
    return;
  }
  if (months > 0) {
    interval = (struct interval){interval.months / months * months, 0, 0};
  } else {
    interval.microseconds = interval.microseconds / length * length;
  }
  if (part == PART_DAY)
    interval.microseconds = 0;
  return_interval(context, TIDE_OK, &interval);
}

/* --- date_bin --- */

/* pg_date_bin(stride, instant, origin) */
static void date_bin_of(sqlite3_context *context, sqlite3_value **arguments,
                        bool with_zone) {
  struct interval stride;
  int64_t instant, origin;
  if (call_has_null(3, arguments) ||
      !interval_argument(context, arguments[0], &stride) ||
      !instant_argument(context, arguments[1], &instant) ||
      !instant_argument(context, arguments[2], &origin))
    return;
  if (stride.months != 0) {
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "timestamps cannot be binned into intervals containing months or years");
    return;
  }
  bool valid = stride.days < 4000000 && stride.days > -4000000 &&
               stride.microseconds < INT64_MAX / 2 &&
               stride.microseconds > INT64_MIN / 2;
  int64_t length = valid ? stride.days * DAY + stride.microseconds : 0;
  if (length <= 0 || !instant_is_finite(origin)) {
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW,
              "stride must be greater than zero");
    return;
  }
  if (instant_is_finite(instant))
    instant = origin + floor_division(instant - origin, length) * length;
  return_timestamp(context, instant, with_zone);
}

static void date_bin(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  date_bin_of(context, arguments, false);
}

static void date_bin_timestamptz(sqlite3_context *context, int count,
                                 sqlite3_value **arguments) {
  (void)count;
  date_bin_of(context, arguments, true);
}

static const struct call calls[] = {
    {"pg_extract_date", 2, false, extract_date},
    {"pg_extract_time", 2, false, extract_time},
    {"pg_extract_timetz", 2, false, extract_timetz},
    {"pg_extract_timestamp", 2, false, extract_timestamp},
    {"pg_extract_timestamptz", 2, false, extract_timestamptz},
    {"pg_extract_timestamptz", 3, false, extract_timestamptz},
    {"pg_extract_interval", 2, false, extract_interval},
    {"pg_date_part_date", 2, false, date_part_date},
    {"pg_date_part_time", 2, false, date_part_time},
    {"pg_date_part_timetz", 2, false, date_part_timetz},
    {"pg_date_part_timestamp", 2, false, date_part_timestamp},
    {"pg_date_part_timestamptz", 2, false, date_part_timestamptz},
    {"pg_date_part_timestamptz", 3, false, date_part_timestamptz},
    {"pg_date_part_interval", 2, false, date_part_interval},
    {"pg_date_trunc", 2, false, date_trunc},
    {"pg_date_trunc_timestamptz", 2, false, date_trunc_timestamptz},
    {"pg_date_trunc_timestamptz", 3, false, date_trunc_timestamptz},
    {"pg_date_trunc_interval", 2, false, date_trunc_interval},
    {"pg_date_bin", 3, false, date_bin},
    {"pg_date_bin_timestamptz", 3, false, date_bin_timestamptz},
};

int register_datetime_parts(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
