/* Intervals, what is added to and taken from instants, and the parts of both. */
#include <math.h>
#include <string.h>

#include "types/session_zone.h"

/* --- arguments and results --- */

bool interval_argument(sqlite3_context *context, sqlite3_value *value,
                       struct interval *interval) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  int code = interval_parse(interval, text.data, text.length);
  if (code == TIDE_OK)
    return true;
  int length = text.length > 100 ? 100 : (int)text.length;
  if (code == TIDE_ERROR_DATETIME_FORMAT)
    call_fail(context, code, "invalid input syntax for type interval: \"%.*s\"", length,
              text.data);
  else
    call_fail(context, code, "interval field value out of range: \"%.*s\"", length,
              text.data);
  return false;
}

void return_interval(sqlite3_context *context, int code,
                     const struct interval *interval) {
  char text[INTERVAL_TEXT_MAX];
  if (code != TIDE_OK) {
    call_fail(context, code, "interval out of range");
    return;
  }
  size_t length = interval_print(interval, text);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

/* pg_interval_in(value[, precision, scale]) */
static void interval_in(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct interval interval;
  if (call_has_null(1, arguments) ||
      !interval_argument(context, arguments[0], &interval))
    return;
  if (count > 1)
    interval.microseconds =
        microseconds_round(interval.microseconds, call_int(arguments[1]));
  return_interval(context, TIDE_OK, &interval);
}

static void interval_of_time(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct interval interval = {0, 0, 0};
  int zone;
  if (!call_has_null(1, arguments) &&
      time_argument(context, arguments[0], &interval.microseconds, &zone)) {
    if (count > 1)
      interval.microseconds =
          microseconds_round(interval.microseconds, call_int(arguments[1]));
    return_interval(context, TIDE_OK, &interval);
  }
}

static int64_t time_of_day(int64_t microseconds) {
  return microseconds - floor_division(microseconds, DAY) * DAY;
}

static void time_of_interval(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct interval interval;
  if (call_has_null(1, arguments) ||
      !interval_argument(context, arguments[0], &interval))
    return;
  int precision = count > 1 ? call_int(arguments[1]) : -1;
  return_time(context,
              microseconds_round(time_of_day(interval.microseconds), precision));
}

/* --- arithmetic --- */

/* instant + interval, or - when `negate`. Days and months are the zone's: days are as long as its clocks say. */
static void add_to_instant(sqlite3_context *context, sqlite3_value *instant_value,
                           sqlite3_value *interval_value, bool negate, bool with_zone,
                           const struct zone *zone) {
  int64_t instant;
  struct interval interval;
  if (!instant_argument(context, instant_value, &instant) ||
      !interval_argument(context, interval_value, &interval))
    return;
  int code = negate ? interval_negate(&interval, &interval) : TIDE_OK;
  if (code == TIDE_OK)
    code = instant_add_in(&call_context(context)->zones, zone, &instant, &interval);
  if (code == TIDE_OK)
    return_timestamp(context, instant, with_zone);
  else
    call_fail(context, code, "timestamp out of range");
}

#define ADD_TO_INSTANT(name, left, right, negate, with_zone)                           \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    struct zone zone = session_zone(count, arguments, 2);                              \
    if (!call_has_null(2, arguments))                                                  \
      add_to_instant(context, arguments[left], arguments[right], negate, with_zone,    \
                     &zone);                                                           \
  }

ADD_TO_INSTANT(timestamp_add, 0, 1, false, false)
ADD_TO_INSTANT(timestamp_subtract, 0, 1, true, false)
ADD_TO_INSTANT(interval_add_timestamp, 1, 0, false, false)
ADD_TO_INSTANT(timestamptz_add, 0, 1, false, true)
ADD_TO_INSTANT(timestamptz_subtract, 0, 1, true, true)
ADD_TO_INSTANT(interval_add_timestamptz, 1, 0, false, true)

static void add_to_time(sqlite3_context *context, sqlite3_value *time_value,
                        sqlite3_value *interval_value, bool negate, bool with_zone) {
  int64_t time;
  int zone;
  struct interval interval;
  if (!time_argument(context, time_value, &time, &zone) ||
      !interval_argument(context, interval_value, &interval))
    return;
  int64_t change = interval.microseconds % DAY;
  time = time_of_day(time + (negate ? -change : change));
  if (with_zone)
    return_timetz(context, time, zone);
  else
    return_time(context, time);
}

#define ADD_TO_TIME(name, left, right, negate, with_zone)                              \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    if (!call_has_null(count, arguments))                                              \
      add_to_time(context, arguments[left], arguments[right], negate, with_zone);      \
  }

ADD_TO_TIME(time_add, 0, 1, false, false)
ADD_TO_TIME(time_subtract, 0, 1, true, false)
ADD_TO_TIME(interval_add_time, 1, 0, false, false)
ADD_TO_TIME(timetz_add, 0, 1, false, true)
ADD_TO_TIME(timetz_subtract, 0, 1, true, true)
ADD_TO_TIME(interval_add_timetz, 1, 0, false, true)

static void time_difference(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  int64_t left, right;
  int zone;
  if (call_has_null(count, arguments) ||
      !time_argument(context, arguments[0], &left, &zone) ||
      !time_argument(context, arguments[1], &right, &zone))
    return;
  struct interval interval = {0, 0, left - right};
  return_interval(context, TIDE_OK, &interval);
}

/* Two instants that are finite; false with the function failed, or NULL its result. */
static bool two_instants(sqlite3_context *context, sqlite3_value **arguments,
                         int64_t *left, int64_t *right) {
  if (call_has_null(2, arguments) || !instant_argument(context, arguments[0], left) ||
      !instant_argument(context, arguments[1], right))
    return false;
  if (instant_is_finite(*left) && instant_is_finite(*right))
    return true;
  call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW, "interval out of range");
  return false;
}

static void timestamp_difference(sqlite3_context *context, int count,
                                 sqlite3_value **arguments) {
  int64_t left, right;
  (void)count;
  if (!two_instants(context, arguments, &left, &right))
    return;
  struct interval interval = instant_difference(left, right);
  return_interval(context, TIDE_OK, &interval);
}

/* Both as clocks of the zone show them; until today when `count` is 1. */
static void age_in_zone(sqlite3_context *context, int count, sqlite3_value **arguments,
                        const struct zone *zone) {
  struct zone_source *zones = &call_context(context)->zones;
  int64_t left, right;
  if (count == 1) {
    int64_t now = zone_local(zones, zone, call_context(context)->now_microseconds);
    if (call_has_null(1, arguments) || !instant_argument(context, arguments[0], &right))
      return;
    left = floor_division(now, DAY) * DAY;
  } else if (two_instants(context, arguments, &left, &right)) {
    left = zone_local(zones, zone, left);
  } else {
    return;
  }
  if (!instant_is_finite(right)) {
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW, "interval out of range");
    return;
  }
  struct interval interval = instant_age(left, zone_local(zones, zone, right));
  return_interval(context, TIDE_OK, &interval);
}

/* pg_age(later, earlier), or pg_age(earlier) */
static void age(sqlite3_context *context, int count, sqlite3_value **arguments) {
  const struct zone utc = {0};
  age_in_zone(context, count, arguments, &utc);
}

/* The same of instants, with or without the session's zone behind. */
static void age_until_today(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct zone zone = session_zone(count, arguments, 1);
  age_in_zone(context, 1, arguments, &zone);
}

static void age_timestamptz(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  struct zone zone = session_zone(count, arguments, 2);
  age_in_zone(context, 2, arguments, &zone);
}

static void combine(sqlite3_context *context, sqlite3_value **arguments, bool negate) {
  struct interval left, right, result;
  if (call_has_null(2, arguments) || !interval_argument(context, arguments[0], &left) ||
      !interval_argument(context, arguments[1], &right))
    return;
  int code = negate ? interval_negate(&right, &right) : TIDE_OK;
  if (code == TIDE_OK)
    code = interval_add(&result, &left, &right);
  return_interval(context, code, &result);
}

static void call_interval_add(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  combine(context, arguments, false);
}

static void interval_subtract(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  combine(context, arguments, true);
}

static void call_interval_negate(sqlite3_context *context, int count,
                                 sqlite3_value **arguments) {
  struct interval interval;
  if (call_has_null(count, arguments) ||
      !interval_argument(context, arguments[0], &interval))
    return;
  int code = interval_negate(&interval, &interval);
  return_interval(context, code, &interval);
}

static void scale(sqlite3_context *context, sqlite3_value *interval_value,
                  double factor) {
  struct interval interval;
  if (!interval_argument(context, interval_value, &interval))
    return;
  int code = interval_multiply(&interval, &interval, factor);
  return_interval(context, code, &interval);
}

static void call_interval_multiply(sqlite3_context *context, int count,
                                   sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    scale(context, arguments[0], sqlite3_value_double(arguments[1]));
}

static void multiply_interval(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    scale(context, arguments[1], sqlite3_value_double(arguments[0]));
}

static void interval_divide(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  double divisor = sqlite3_value_double(arguments[1]);
  if (divisor == 0)
    call_fail(context, TIDE_ERROR_DIVISION_BY_ZERO, "division by zero");
  else
    scale(context, arguments[0], 1 / divisor);
}

/* Moves whole units of `time` to days, or of days to months, both of the same sign
 * afterwards. */
static void justify(struct interval *interval, bool hours, bool days) {
  int64_t total_days = interval->days, months = interval->months;
  if (hours) {
    total_days += interval->microseconds / DAY;
    interval->microseconds %= DAY;
  }
  if (days) {
    months += total_days / 30;
    total_days %= 30;
  }
  if (days && months > 0 &&
      (total_days < 0 || (total_days == 0 && interval->microseconds < 0 && hours))) {
    total_days += 30;
    months--;
  } else if (days && months < 0 &&
             (total_days > 0 ||
              (total_days == 0 && interval->microseconds > 0 && hours))) {
    total_days -= 30;
    months++;
  }
  if (hours && total_days > 0 && interval->microseconds < 0) {
    interval->microseconds += DAY;
    total_days--;
  } else if (hours && total_days < 0 && interval->microseconds > 0) {
    interval->microseconds -= DAY;
    total_days++;
  }
  interval->months = (int32_t)months;
  interval->days = (int32_t)total_days;
}

#define JUSTIFY(name, hours, days)                                                     \
  static void name(sqlite3_context *context, int count, sqlite3_value **arguments) {   \
    struct interval interval;                                                          \
    if (call_has_null(count, arguments) ||                                             \
        !interval_argument(context, arguments[0], &interval))                          \
      return;                                                                          \
    justify(&interval, hours, days);                                                   \
    return_interval(context, TIDE_OK, &interval);                                      \
  }

JUSTIFY(justify_hours, true, false)
JUSTIFY(justify_days, false, true)
JUSTIFY(justify_interval, true, true)

/* pg_make_interval(years, months, weeks, days, hours, minutes, seconds) */
static void make_interval(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  int64_t months = (int64_t)call_int(arguments[0]) * 12 + call_int(arguments[1]);
  int64_t days = (int64_t)call_int(arguments[2]) * 7 + call_int(arguments[3]);
  double seconds = sqlite3_value_double(arguments[6]);
  bool valid = months >= INT32_MIN && months <= INT32_MAX && days >= INT32_MIN &&
               days <= INT32_MAX && fabs(seconds) < 1e12;
  if (!valid) {
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW, "interval out of range");
    return;
  }
  struct interval interval = {(int32_t)months, (int32_t)days,
                              call_int(arguments[4]) * HOUR +
                                  call_int(arguments[5]) * MINUTE +
                                  (int64_t)rint(seconds * (double)SECOND)};
  return_interval(context, TIDE_OK, &interval);
}

#define CAST(name, run)                                                                \
  {name, 1, false, run}, {                                                             \
    name, 3, false, run                                                                \
  }

static const struct call calls[] = {
    CAST("pg_interval_in", interval_in),
    CAST("pg_interval", interval_in),
    CAST("pg_interval_of_time", interval_of_time),
    CAST("pg_time_of_interval", time_of_interval),
    {"pg_timestamp_add", 2, false, timestamp_add},
    {"pg_timestamp_subtract", 2, false, timestamp_subtract},
    {"pg_interval_add_timestamp", 2, false, interval_add_timestamp},
    {"pg_timestamptz_add", 2, false, timestamptz_add},
    {"pg_timestamptz_add", 3, false, timestamptz_add},
    {"pg_timestamptz_subtract", 2, false, timestamptz_subtract},
    {"pg_timestamptz_subtract", 3, false, timestamptz_subtract},
    {"pg_interval_add_timestamptz", 2, false, interval_add_timestamptz},
    {"pg_interval_add_timestamptz", 3, false, interval_add_timestamptz},
    {"pg_time_add", 2, false, time_add},
    {"pg_interval_add_time", 2, false, interval_add_time},
    {"pg_time_subtract", 2, false, time_subtract},
    {"pg_timetz_add", 2, false, timetz_add},
    {"pg_timetz_subtract", 2, false, timetz_subtract},
    {"pg_interval_add_timetz", 2, false, interval_add_timetz},
    {"pg_time_difference", 2, false, time_difference},
    {"pg_timestamp_difference", 2, false, timestamp_difference},
    {"pg_age", 1, true, age},
    {"pg_age", 2, false, age},
    {"pg_age_until_today", 1, true, age_until_today},
    {"pg_age_until_today", 2, true, age_until_today},
    {"pg_age_timestamptz", 2, false, age_timestamptz},
    {"pg_age_timestamptz", 3, false, age_timestamptz},
    {"pg_interval_add", 2, false, call_interval_add},
    {"pg_interval_subtract", 2, false, interval_subtract},
    {"pg_interval_negate", 1, false, call_interval_negate},
    {"pg_interval_multiply", 2, false, call_interval_multiply},
    {"pg_multiply_interval", 2, false, multiply_interval},
    {"pg_interval_divide", 2, false, interval_divide},
    {"pg_justify_hours", 1, false, justify_hours},
    {"pg_justify_days", 1, false, justify_days},
    {"pg_justify_interval", 1, false, justify_interval},
    {"pg_make_interval", 7, false, make_interval},
};

int register_interval(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
