/* date, time and timestamp: input, casts, arithmetic, and now(). */
#include <math.h>
#include <string.h>

#include "types/session_zone.h"

/* --- arguments and results --- */

static int two_digits(const char *text) {
  return (text[0] - '0') * 10 + text[1] - '0';
}

/* Do digits stand where `form` has a 0, and its other characters where they are? */
static bool has_form(const char *text, const char *form) {
  for (; *form != '\0'; text++, form++) {
    if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
      return false;
  }
  return true;
}

/* Reads what timestamp_print and date_print wrote, without the general parser. */
bool stored_instant(struct text text, int64_t *instant) {
  if (text.length < 10 || !has_form(text.data, "0000-00-00"))
    return false;
  struct civil date = {two_digits(text.data) * 100 + two_digits(text.data + 2),
                       two_digits(text.data + 5), two_digits(text.data + 8)};
  if (!civil_is_valid(date))
    return false;
  *instant = days_from_civil(date) * DAY;
  if (text.length == 10)
    return true;
  if (text.length < 19 || !has_form(text.data + 10, " 00:00:00"))
    return false;
  int hour = two_digits(text.data + 11), minute = two_digits(text.data + 14);
  int second = two_digits(text.data + 17);
  if (hour > 23 || minute > 59 || second > 59)
    return false;
  *instant += hour * HOUR + minute * MINUTE + second * SECOND;
  size_t i = 19;
  if (i < text.length && text.data[i] == '.') {
    int64_t place = SECOND / 10;
    for (i++; i < text.length && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
      *instant += (text.data[i] - '0') * place;
      place /= 10;
    }
    if (i > 26)
      return false;
  }
  return i == text.length ||
         (text.length - i == 3 && memcmp(text.data + i, "+00", 3) == 0);
}

static void fail_zone(sqlite3_context *context, struct text text) {
  int length = text.length > 100 ? 100 : (int)text.length;
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "time zone \"%.*s\" not recognized",
            length, text.data);
  call_hint(context, call_context(context)->zones.offset == NULL
                         ? "This host has no time zones: only offsets, UTC and "
                           "abbreviations are known."
                         : "Time zones have names like \"Europe/Berlin\".");
}

static void fail_parse(sqlite3_context *context, int code, const char *type,
                       struct text text) {
  int length = text.length > 100 ? 100 : (int)text.length;
  if (code == TIDE_ERROR_DATETIME_FORMAT)
    call_fail(context, code, "invalid input syntax for type %s: \"%.*s\"", type, length,
              text.data);
  else if (code == TIDE_ERROR_NOT_IMMUTABLE)
    call_fail(context, code,
              "\"%.*s\" depends on the time, which a realtime view may not", length,
              text.data);
  else if (code == TIDE_ERROR_INVALID_PARAMETER)
    fail_zone(context, text);
  else if (code == TIDE_ERROR_ZONE_DISPLACEMENT)
    call_fail(context, code, "time zone displacement out of range: \"%.*s\"", length,
              text.data);
  else
    call_fail(context, code, "date/time field value out of range: \"%.*s\"", length,
              text.data);
}

/* Finds the offset of the zone that is named, at the time as it stands there. */
static bool resolve_zone(sqlite3_context *context, struct datetime *parsed) {
  struct zone_source *zones = &call_context(context)->zones;
  struct text name = {parsed->zone_name, parsed->zone_name_length};
  struct zone zone;
  if (zone_find(zones, name.data, name.length, &zone) != TIDE_OK) {
    fail_zone(context, name);
    return false;
  }
  if (parsed->has_date && instant_is_finite(parsed->instant))
    parsed->zone = zone_offset_of_local(zones, &zone, parsed->instant);
  return true;
}

/* Reads an argument of any form; words like 'today' mean the zone's. Returns false having failed the function. */
static bool parse_in_zone(sqlite3_context *context, sqlite3_value *value,
                          const char *type, const struct zone *session,
                          struct datetime *result) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  int64_t now = types_reading_time(call_context(context));
  if (now != DATETIME_NO_NOW)
    now = zone_local(&call_context(context)->zones, session, now);
  int code = datetime_parse(result, text.data, text.length, now);
  bool named = code == TIDE_OK && result->zone_name != NULL;
  if (named && !result->has_date) /* the offset depends on the day */
    code = TIDE_ERROR_DATETIME_FORMAT;
  if (code == TIDE_OK)
    return !named || resolve_zone(context, result);
  fail_parse(context, code, type, text);
  return false;
}

static void fail_form(sqlite3_context *context, sqlite3_value *value,
                      const char *type) {
  struct text text;
  if (call_text(context, value, &text))
    fail_parse(context, TIDE_ERROR_DATETIME_FORMAT, type, text);
}

/* Does an offset stand behind a text of the form that is stored? */
static bool ends_with_offset(struct text text) {
  return text.length > 3 && text.data[text.length - 3] == '+';
}

/* The instant as it stands in the text; `with_zone`: less its offset, or else the session's. */
static bool read_instant(sqlite3_context *context, sqlite3_value *value,
                         const char *type, bool with_zone, const struct zone *session,
                         int64_t *instant) {
  struct zone_source *zones = &call_context(context)->zones;
  struct text text;
  struct datetime parsed;
  if (!call_text(context, value, &text))
    return false;
  if (stored_instant(text, instant)) {
    if (with_zone && !ends_with_offset(text))
      *instant = zone_instant(zones, session, *instant);
    return true;
  }
  if (!parse_in_zone(context, value, type, session, &parsed))
    return false;
  if (!parsed.has_date) {
    fail_form(context, value, type);
    return false;
  }
  *instant = parsed.instant;
  if (with_zone && !parsed.has_zone)
    *instant = zone_instant(zones, session, *instant);
  else if (with_zone && instant_is_finite(*instant))
    *instant -= parsed.zone * SECOND;
  return true;
}

bool instant_argument(sqlite3_context *context, sqlite3_value *value,
                      int64_t *instant) {
  const struct zone utc = {0};
  return read_instant(context, value, "timestamp", true, &utc, instant);
}

/* Without an offset it has the one that the session's clocks have today. */
static bool time_in_zone(sqlite3_context *context, sqlite3_value *value,
                         const struct zone *session, int64_t *time, int *zone) {
  struct datetime parsed;
  if (!parse_in_zone(context, value, "time", session, &parsed))
    return false;
  if (!parsed.has_time && !(parsed.has_date && parsed.time > 0)) {
    fail_form(context, value, "time");
    return false;
  }
  *time = parsed.time;
  *zone = parsed.zone;
  if (!parsed.has_zone &&
      types_reading_time(call_context(context)) != DATETIME_NO_NOW) {
    struct zone_source *zones = &call_context(context)->zones;
    int64_t now = zone_local(zones, session, call_context(context)->now_microseconds);
    *zone = zone_offset_of_local(zones, session,
                                 floor_division(now, DAY) * DAY + parsed.time);
  }
  return true;
}

bool time_argument(sqlite3_context *context, sqlite3_value *value, int64_t *time,
                   int *zone) {
  const struct zone utc = {0};
  return time_in_zone(context, value, &utc, time, zone);
}

static void fail_range(sqlite3_context *context, const char *type) {
  call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW,
            "%s out of range: years run from 1 to 9999", type);
}

void return_timestamp(sqlite3_context *context, int64_t instant, bool with_zone) {
  char text[DATETIME_TEXT_MAX];
  if (!instant_in_range(instant)) {
    fail_range(context, "timestamp");
    return;
  }
  size_t length = timestamp_print(instant, with_zone, text);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

void return_date(sqlite3_context *context, int64_t instant) {
  char text[DATETIME_TEXT_MAX];
  if (!instant_in_range(instant)) {
    fail_range(context, "date");
    return;
  }
  int64_t days = instant_is_finite(instant) ? floor_division(instant, DAY) : instant;
  size_t length = date_print(days, text);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

void return_time(sqlite3_context *context, int64_t time) {
  char text[DATETIME_TEXT_MAX];
  size_t length = time_print(time, text);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

void return_timetz(sqlite3_context *context, int64_t time, int zone) {
  char text[DATETIME_TEXT_MAX * 2];
  size_t length = time_print(time, text);
  length += zone_print(zone, text + length);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

void return_scaled(sqlite3_context *context, int64_t value, int scale) {
  char text[32];
  size_t start = sizeof text;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  for (int digits = 0; rest > 0 || digits <= scale; digits++) {
    if (digits == scale && scale > 0)
      text[--start] = '.';
    text[--start] = (char)('0' + rest % 10);
    rest /= 10;
  }
  if (value < 0)
    text[--start] = '-';
  sqlite3_result_text(context, text + start, (int)(sizeof text - start),
                      SQLITE_TRANSIENT);
}

/* The precision in the second argument, or -1. */
static int precision_argument(int count, sqlite3_value **arguments) {
  return count > 2 ? call_int(arguments[1]) : -1;
}

/* The session's zone behind the arguments of a cast, of which there are one or, with modifiers, three. */
static struct zone cast_zone(int count, sqlite3_value **arguments) {
  return session_zone(count, arguments, count < 3 ? 1 : 3);
}

/* The instant in the first argument as the session's clocks show it. */
static bool local_argument(sqlite3_context *context, sqlite3_value *value,
                           const struct zone *zone, int64_t *local) {
  if (!instant_argument(context, value, local))
    return false;
  *local = zone_local(&call_context(context)->zones, zone, *local);
  return true;
}

/* --- input; with modifiers also what fits a value to them --- */

static void date_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct datetime parsed;
  int64_t instant;
  struct zone zone = session_zone(count, arguments, 1);
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text))
    return;
  if (stored_instant(text, &instant)) {
    return_date(context, instant);
    return;
  }
  if (!parse_in_zone(context, arguments[0], "date", &zone, &parsed))
    return;
  /* 24:00 does not make it the day after */
  if (parsed.has_date)
    return_date(context,
                instant_is_finite(parsed.instant) ? parsed.days * DAY : parsed.instant);
  else
    fail_form(context, arguments[0], "date");
}

static void read_timestamp(sqlite3_context *context, int count,
                           sqlite3_value **arguments, bool with_zone) {
  int64_t instant;
  const char *type = with_zone ? "timestamp with time zone" : "timestamp";
  struct zone zone = cast_zone(count, arguments);
  if (call_has_null(1, arguments) ||
      !read_instant(context, arguments[0], type, with_zone, &zone, &instant))
    return;
  instant = microseconds_round(instant, precision_argument(count, arguments));
  return_timestamp(context, instant, with_zone);
}

static void timestamp_in(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  read_timestamp(context, count, arguments, false);
}

static void timestamptz_in(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  read_timestamp(context, count, arguments, true);
}

static void read_time(sqlite3_context *context, int count, sqlite3_value **arguments,
                      bool with_zone) {
  int64_t time;
  int zone;
  struct zone session = cast_zone(count, arguments);
  if (call_has_null(1, arguments) ||
      !time_in_zone(context, arguments[0], &session, &time, &zone))
    return;
  time = microseconds_round(time, precision_argument(count, arguments));
  if (with_zone)
    return_timetz(context, time, zone);
  else
    return_time(context, time);
}

static void time_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  read_time(context, count, arguments, false);
}

static void timetz_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  read_time(context, count, arguments, true);
}

/* --- casts --- */

static void timestamp_of_timestamptz(sqlite3_context *context, int count,
                                     sqlite3_value **arguments) {
  int64_t local;
  struct zone zone = cast_zone(count, arguments);
  if (call_has_null(1, arguments) ||
      !local_argument(context, arguments[0], &zone, &local))
    return;
  local = microseconds_round(local, precision_argument(count, arguments));
  return_timestamp(context, local, false);
}

static void date_of_timestamp(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  int64_t local;
  struct zone zone = session_zone(count, arguments, 1);
  if (!call_has_null(1, arguments) &&
      local_argument(context, arguments[0], &zone, &local))
    return_date(context, local);
}

/* The time of day that the session's clocks show; false having failed the function, or with NULL as its result. */
static bool time_of_instant(sqlite3_context *context, int count,
                            sqlite3_value **arguments, int64_t *time, int *offset) {
  int64_t instant;
  struct zone zone = cast_zone(count, arguments);
  if (call_has_null(1, arguments) ||
      !instant_argument(context, arguments[0], &instant) || !instant_is_finite(instant))
    return false;
  *offset = zone_offset_at(&call_context(context)->zones, &zone, instant);
  instant += *offset * SECOND;
  *time = microseconds_round(instant - floor_division(instant, DAY) * DAY,
                             precision_argument(count, arguments));
  return true;
}

static void time_of_timestamp(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  int64_t time;
  int offset;
  if (time_of_instant(context, count, arguments, &time, &offset))
    return_time(context, time);
}

static void timetz_of_timestamptz(sqlite3_context *context, int count,
                                  sqlite3_value **arguments) {
  int64_t time;
  int offset;
  if (time_of_instant(context, count, arguments, &time, &offset))
    return_timetz(context, time, offset);
}

/* pg_timestamptz_shown(instants, zone): one, or an array of them. */
static void timestamptz_shown(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  struct text stored, zone;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &stored) ||
      !call_text(context, arguments[1], &zone))
    return;
  buffer_init(&out, call_memory());
  session_zone_show(&call_context(context)->zones, zone.data, stored, &out);
  call_return_buffer(context, &out);
}

/* --- arithmetic --- */

/* date + days */
static void add_days(sqlite3_context *context, sqlite3_value *date, sqlite3_value *days,
                     int sign) {
  int64_t instant;
  if (!instant_argument(context, date, &instant))
    return;
  int64_t count = call_int(days);
  if (instant_is_finite(instant)) {
    if (count > 4000000 || count < -4000000) {
      fail_range(context, "date");
      return;
    }
    instant += sign * count * DAY;
  }
  return_date(context, instant);
}

static void date_add(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_days(context, arguments[0], arguments[1], 1);
}

static void integer_add_date(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_days(context, arguments[1], arguments[0], 1);
}

static void date_subtract(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_days(context, arguments[0], arguments[1], -1);
}

static void date_difference(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  int64_t left, right;
  if (call_has_null(count, arguments) ||
      !instant_argument(context, arguments[0], &left) ||
      !instant_argument(context, arguments[1], &right))
    return;
  if (!instant_is_finite(left) || !instant_is_finite(right))
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW, "cannot subtract infinite dates");
  else
    sqlite3_result_int64(context, (left - right) / DAY);
}

/* date + time, and date + timetz whose zone is taken off */
static void add_time_to_date(sqlite3_context *context, sqlite3_value *date,
                             sqlite3_value *time_value, bool with_zone) {
  int64_t instant, time;
  int zone;
  if (!instant_argument(context, date, &instant) ||
      !time_argument(context, time_value, &time, &zone))
    return;
  if (instant_is_finite(instant))
    instant += time - (with_zone ? zone * SECOND : 0);
  return_timestamp(context, instant, with_zone);
}

static void date_add_time(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_time_to_date(context, arguments[0], arguments[1], false);
}

static void time_add_date(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_time_to_date(context, arguments[1], arguments[0], false);
}

static void date_add_timetz(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_time_to_date(context, arguments[0], arguments[1], true);
}

static void timetz_add_date(sqlite3_context *context, int count,
                            sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    add_time_to_date(context, arguments[1], arguments[0], true);
}

/* --- now --- */

/* The instant of the transaction, rounded to the precision in the first argument. */
static int64_t now(sqlite3_context *context, int count, sqlite3_value **arguments) {
  int64_t instant = call_context(context)->now_microseconds;
  bool precise = count > 0 && sqlite3_value_type(arguments[0]) != SQLITE_TEXT;
  return microseconds_round(instant, precise ? call_int(arguments[0]) : -1);
}

/* The same as the session's clocks show it; *offset: how far they are ahead. */
static int64_t local_now(sqlite3_context *context, int count, sqlite3_value **arguments,
                         int *offset) {
  int64_t instant = now(context, count, arguments);
  bool zoned = count > 0 && sqlite3_value_type(arguments[count - 1]) == SQLITE_TEXT;
  struct zone zone = session_zone(count, arguments, zoned ? count - 1 : count);
  *offset = zone_offset_at(&call_context(context)->zones, &zone, instant);
  return instant + *offset * SECOND;
}

static void call_now(sqlite3_context *context, int count, sqlite3_value **arguments) {
  return_timestamp(context, now(context, count, arguments), true);
}

static void localtimestamp(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  int offset;
  return_timestamp(context, local_now(context, count, arguments, &offset), false);
}

static void current_date(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  int offset;
  return_date(context, local_now(context, count, arguments, &offset));
}

static void current_time(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  int offset;
  int64_t local = local_now(context, count, arguments, &offset);
  return_timetz(context, local - floor_division(local, DAY) * DAY, offset);
}

static void call_localtime(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  int offset;
  int64_t local = local_now(context, count, arguments, &offset);
  return_time(context, local - floor_division(local, DAY) * DAY);
}

/* --- made of parts --- */

static void make_date(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  struct civil date = {call_int(arguments[0]), call_int(arguments[1]),
                       call_int(arguments[2])};
  if (civil_is_valid(date))
    return_date(context, days_from_civil(date) * DAY);
  else
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW,
              "date field value out of range: %d-%02d-%02d", date.year, date.month,
              date.day);
}

/* Hours, minutes and seconds as a time of day; false having failed the function. */
static bool time_of_parts(sqlite3_context *context, sqlite3_value **arguments,
                          int64_t *time) {
  int hour = call_int(arguments[0]), minute = call_int(arguments[1]);
  double second = sqlite3_value_double(arguments[2]);
  bool valid = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 &&
               second <= 60;
  if (valid) {
    *time = hour * HOUR + minute * MINUTE + (int64_t)rint(second * (double)SECOND);
    valid = *time <= DAY;
  }
  if (!valid)
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW, "time field value out of range");
  return valid;
}

static void make_time(sqlite3_context *context, int count, sqlite3_value **arguments) {
  int64_t time;
  if (!call_has_null(count, arguments) && time_of_parts(context, arguments, &time))
    return_time(context, time);
}

static void make_instant(sqlite3_context *context, int count, sqlite3_value **arguments,
                         bool with_zone) {
  int64_t time;
  struct zone zone = session_zone(count, arguments, 6);
  if (call_has_null(6, arguments))
    return;
  struct civil date = {call_int(arguments[0]), call_int(arguments[1]),
                       call_int(arguments[2])};
  if (!civil_is_valid(date))
    call_fail(context, TIDE_ERROR_DATETIME_OVERFLOW,
              "date field value out of range: %d-%02d-%02d", date.year, date.month,
              date.day);
  else if (time_of_parts(context, arguments + 3, &time))
    return_timestamp(context,
                     zone_instant(&call_context(context)->zones, &zone,
                                  days_from_civil(date) * DAY + time),
                     with_zone);
}

static void make_timestamp(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  make_instant(context, count, arguments, false);
}

static void make_timestamptz(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  make_instant(context, count, arguments, true);
}

static void to_timestamp(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  double seconds = sqlite3_value_double(arguments[0]);
  if (isinf(seconds))
    return_timestamp(context, seconds > 0 ? INSTANT_INFINITY : INSTANT_MINUS_INFINITY,
                     true);
  else if (fabs(seconds) > 1e12)
    fail_range(context, "timestamp");
  else
    return_timestamp(context, (int64_t)rint(seconds * (double)SECOND), true);
}

static void isfinite_instant(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  int64_t instant;
  if (!call_has_null(count, arguments) &&
      instant_argument(context, arguments[0], &instant))
    call_return_boolean(context, instant_is_finite(instant));
}

/* --- time zones --- */

/* The arguments of timezone(zone, instant); false having failed the function, or with
 * NULL as its result. */
static bool zone_arguments(sqlite3_context *context, sqlite3_value **arguments,
                           struct zone *zone, int64_t *instant) {
  struct text text;
  if (call_has_null(2, arguments) || !call_text(context, arguments[0], &text))
    return false;
  struct zone_source *zones = &call_context(context)->zones;
  if (zone_find(zones, text.data, text.length, zone) != TIDE_OK) {
    fail_zone(context, text);
    return false;
  }
  return instant_argument(context, arguments[1], instant);
}

/* timestamp AT TIME ZONE zone: the instant at which clocks there show it */
static void timezone_of_timestamp(sqlite3_context *context, int count,
                                  sqlite3_value **arguments) {
  int64_t instant;
  struct zone zone;
  (void)count;
  if (!zone_arguments(context, arguments, &zone, &instant))
    return;
  struct zone_source *zones = &call_context(context)->zones;
  if (instant_is_finite(instant))
    instant -= zone_offset_of_local(zones, &zone, instant) * SECOND;
  return_timestamp(context, instant, true);
}

/* timestamptz AT TIME ZONE zone: what clocks there show */
static void timezone_of_timestamptz(sqlite3_context *context, int count,
                                    sqlite3_value **arguments) {
  int64_t instant;
  struct zone zone;
  (void)count;
  if (!zone_arguments(context, arguments, &zone, &instant))
    return;
  struct zone_source *zones = &call_context(context)->zones;
  if (instant_is_finite(instant))
    instant += zone_offset_at(zones, &zone, instant) * SECOND;
  return_timestamp(context, instant, false);
}

/* A cast between types of instants comes without modifiers or with them … */
#define CAST(name, run)                                                                \
  {name, 1, false, run}, {                                                             \
    name, 3, false, run                                                                \
  }
/* … and with or without the session's zone behind them. */
#define ZONED_CAST(name, run)                                                          \
  CAST(name, run), {name, 2, false, run}, {                                            \
    name, 4, false, run                                                                \
  }
#define ZONED(name, count, run)                                                        \
  {name, count, false, run}, {                                                         \
    name, count + 1, false, run                                                        \
  }
#define ZONED_NOW(name, run)                                                           \
  {name, 0, true, run}, {name, 1, true, run}, {                                        \
    name, 2, true, run                                                                 \
  }

static const struct call calls[] = {
    ZONED("pg_date_in", 1, date_in),
    ZONED_CAST("pg_timestamp_in", timestamp_in),
    CAST("pg_timestamp", timestamp_in),
    ZONED_CAST("pg_timestamptz_in", timestamptz_in),
    CAST("pg_timestamptz", timestamptz_in),
    ZONED_CAST("pg_time_in", time_in),
    CAST("pg_time", time_in),
    ZONED_CAST("pg_timetz_in", timetz_in),
    CAST("pg_timetz", timetz_in),
    CAST("pg_timestamp_of_date", timestamp_in),
    ZONED_CAST("pg_timestamptz_of_date", timestamptz_in),
    ZONED_CAST("pg_timestamptz_of_timestamp", timestamptz_in),
    ZONED_CAST("pg_timestamp_of_timestamptz", timestamp_of_timestamptz),
    {"pg_date_of_timestamp", 1, false, date_of_timestamp},
    ZONED("pg_date_of_timestamptz", 1, date_of_timestamp),
    CAST("pg_time_of_timestamp", time_of_timestamp),
    ZONED_CAST("pg_time_of_timestamptz", time_of_timestamp),
    {"pg_timestamptz_shown", 2, false, timestamptz_shown},
    ZONED_CAST("pg_timetz_of_timestamptz", timetz_of_timestamptz),
    ZONED_CAST("pg_timetz_of_time", timetz_in),
    CAST("pg_time_of_timetz", time_in),
    {"pg_date_add", 2, false, date_add},
    {"pg_integer_add_date", 2, false, integer_add_date},
    {"pg_date_subtract", 2, false, date_subtract},
    {"pg_date_difference", 2, false, date_difference},
    {"pg_date_add_time", 2, false, date_add_time},
    {"pg_time_add_date", 2, false, time_add_date},
    {"pg_date_add_timetz", 2, false, date_add_timetz},
    {"pg_timetz_add_date", 2, false, timetz_add_date},
    {"pg_now", 0, true, call_now},
    {"pg_now", 1, true, call_now},
    ZONED_NOW("pg_localtimestamp", localtimestamp),
    ZONED_NOW("pg_current_date", current_date),
    ZONED_NOW("pg_current_time", current_time),
    ZONED_NOW("pg_localtime", call_localtime),
    {"pg_make_date", 3, false, make_date},
    {"pg_make_time", 3, false, make_time},
    {"pg_make_timestamp", 6, false, make_timestamp},
    ZONED("pg_make_timestamptz", 6, make_timestamptz),
    {"pg_to_timestamp", 1, false, to_timestamp},
    {"pg_isfinite", 1, false, isfinite_instant},
    {"pg_timezone", 2, false, timezone_of_timestamp},
    {"pg_timezone_timestamptz", 2, false, timezone_of_timestamptz},
};

int register_datetime(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
