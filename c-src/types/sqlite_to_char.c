/* to_char() of timestamps and intervals. */
#include <string.h>

#include "types/date_pattern.h"
#include "types/session_zone.h"

/* What is being printed: an instant, or an interval, whose parts may be negative. */
struct source {
  int64_t year, month, day, hour, minute, second, microsecond;
  int64_t day_of_year; /* of an interval about as many days as it is long */
  int64_t days;        /* since 1970; not of an interval */
  bool interval;
  bool with_zone;
  int offset; /* east of UTC, in seconds */
};

static struct source source_of_instant(int64_t instant, bool with_zone) {
  struct moment moment = moment_from_instant(instant);
  struct civil new_year = {moment.date.year, 1, 1};
  int64_t days = floor_division(instant, DAY);
  return (struct source){.year = moment.date.year,
                         .month = moment.date.month,
                         .day = moment.date.day,
                         .hour = moment.hour,
                         .minute = moment.minute,
                         .second = moment.second,
                         .microsecond = moment.microsecond,
                         .day_of_year = days - days_from_civil(new_year) + 1,
                         .days = days,
                         .with_zone = with_zone};
}

static struct source source_of_interval(const struct interval *interval) {
  int64_t time = interval->microseconds;
  return (struct source){.year = interval->months / 12,
                         .month = interval->months % 12,
                         .day = interval->days,
                         .hour = time / HOUR,
                         .minute = time % HOUR / MINUTE,
                         .second = time % MINUTE / SECOND,
                         .microsecond = time % SECOND,
                         .day_of_year = (int64_t)interval->months * 30 + interval->days,
                         .interval = true};
}

/* A number with leading zeros, as wide as `width` with its sign. */
static void put_number(struct buffer *out, int64_t value, int width) {
  char text[24];
  size_t start = sizeof text;
  uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  width -= value < 0;
  do {
    text[--start] = (char)('0' + magnitude % 10);
    magnitude /= 10;
    width--;
  } while (magnitude > 0 || width > 0);
  if (value < 0)
    buffer_character(out, '-');
  buffer_append(out, text + start, sizeof text - start);
}

/* A name in its letters, padded with blanks to `width`. */
static void put_name(struct buffer *out, const char *name, size_t length,
                     enum letter_case letters, size_t width) {
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    if (letters == UPPER_CASE && c >= 'a' && c <= 'z')
      c = (char)(c - 32);
    if (letters == LOWER_CASE && c >= 'A' && c <= 'Z')
      c = (char)(c + 32);
    buffer_character(out, c);
  }
  for (size_t i = length; i < width; i++)
    buffer_character(out, ' ');
}

/* The number of a pattern, and how wide it is, its sign not counted. */
struct number {
  int64_t value;
  int width;
  bool signed_width; /* the sign does count */
  bool fixed;        /* FM does not shorten it */
};

static int64_t year_of_pattern(enum date_pattern pattern, const struct source *source) {
  int iso_year;
  switch (pattern) {
  case P_IYYY:
  case P_IYY:
  case P_IY:
  case P_I: iso_week(source->days, &iso_year); return iso_year;
  default: return source->year;
  }
}

static int64_t century(const struct source *source) {
  return source->interval ? source->year / 100 : (source->year + 99) / 100;
}

static struct number date_number(enum date_pattern pattern,
                                 const struct source *source) {
  int64_t year = year_of_pattern(pattern, source);
  int iso_year, weekday = iso_weekday(source->days),
                week = iso_week(source->days, &iso_year);
  switch (pattern) {
  case P_YYYY:
  case P_IYYY: return (struct number){year, 4, false, false};
  case P_YYY:
  case P_IYY: return (struct number){year % 1000, 3, false, false};
  case P_YY:
  case P_IY: return (struct number){year % 100, 2, false, false};
  case P_Y:
  case P_I: return (struct number){year % 10, 1, false, false};
  case P_CC: return (struct number){century(source), 2, false, false};
  case P_Q: return (struct number){(source->month - 1) / 3 + 1, 1, true, false};
  case P_MM: return (struct number){source->month, 2, false, false};
  case P_DDD: return (struct number){source->day_of_year, 3, true, false};
  case P_IDDD: return (struct number){(week - 1) * 7 + weekday, 3, true, false};
  case P_DD: return (struct number){source->day, 2, true, false};
  case P_D: return (struct number){weekday % 7 + 1, 1, true, false};
  case P_ID: return (struct number){weekday, 1, true, false};
  case P_J: return (struct number){source->days + 2440588, 1, true, false};
  case P_WW: return (struct number){(source->day_of_year - 1) / 7 + 1, 2, true, false};
  case P_W: return (struct number){(source->day - 1) / 7 + 1, 1, true, false};
  default: return (struct number){week, 2, true, false};
  }
}

/* The first digits of a fraction of a second. */
static struct number fraction_number(const struct source *source, int digits) {
  int64_t value = source->microsecond;
  for (int i = digits; i < 6; i++)
    value /= 10;
  return (struct number){value, digits, true, true};
}

static struct number number_of(enum date_pattern pattern, const struct source *source) {
  int64_t hour = source->hour, half = hour % 12;
  switch (pattern) {
  case P_HH24: return (struct number){hour, 2, false, false};
  case P_HH12: return (struct number){half == 0 ? 12 : half, 2, false, false};
  case P_MI: return (struct number){source->minute, 2, false, false};
  case P_SS: return (struct number){source->second, 2, false, false};
  case P_SSSS:
    return (struct number){hour * 3600 + source->minute * 60 + source->second, 1, true,
                           false};
  case P_MS: return fraction_number(source, 3);
  case P_US: return fraction_number(source, 6);
  case P_FF1:
  case P_FF2:
  case P_FF3:
  case P_FF4:
  case P_FF5:
  case P_FF6: return fraction_number(source, (int)(pattern - P_FF1) + 1);
  default: return date_number(pattern, source);
  }
}

/* Is what a number is part of negative, so that it is written one wider? */
static bool is_negative(enum date_pattern pattern, const struct source *source,
                        int64_t value) {
  switch (pattern) {
  case P_YYYY:
  case P_YYY:
  case P_YY:
  case P_Y: return source->year < 0;
  case P_HH12: return source->hour < 0;
  default: return value < 0;
  }
}

/* 2,026 */
static void put_thousands(struct buffer *out, int64_t year) {
  put_number(out, year / 1000, 1);
  buffer_character(out, ',');
  put_number(out, year % 1000, 3);
}

static void put_number_pattern(struct buffer *out, const struct template_piece *piece,
                               const struct source *source) {
  enum date_pattern pattern = (enum date_pattern)piece->word->pattern;
  size_t start = out->length;
  if (pattern == P_Q && source->month == 0)
    return;
  if (pattern == P_Y_YYY) {
    put_thousands(out, source->year);
  } else {
    struct number number = number_of(pattern, source);
    bool wider = !number.signed_width && is_negative(pattern, source, number.value);
    put_number(out, number.value,
               piece->fill_mode && !number.fixed ? 0 : number.width + wider);
  }
  if (piece->ordinal && !out->failed) {
    struct text digits = {buffer_string(out) + start, out->length - start};
    buffer_text(out, ordinal_suffix(digits, piece->ordinal_letters));
  }
}

/* The months of whole years are those of their last one. */
static void put_roman_month(struct buffer *out, const struct template_piece *piece,
                            const struct source *source) {
  int64_t month = source->month;
  if (month == 0 && source->year == 0)
    return;
  if (month == 0)
    month = source->year > 0 ? 12 : 1;
  else if (month < 0)
    month += 13;
  const char *name = roman_months[month - 1];
  put_name(out, name, strlen(name), piece->letters, piece->fill_mode ? 0 : 4);
}

static void put_words(struct buffer *out, const struct template_piece *piece,
                      const char *const words[2], bool second) {
  put_name(out, words[second], strlen(words[second]), piece->letters, 0);
}

static int minutes_of(const struct source *source) {
  int offset = source->offset < 0 ? -source->offset : source->offset;
  return offset / 60 % 60;
}

static void put_zone_hour(struct buffer *out, const struct source *source,
                          bool fill_mode) {
  int offset = source->offset < 0 ? -source->offset : source->offset;
  buffer_format(out, fill_mode ? "%c%d" : "%c%02d", source->offset < 0 ? '-' : '+',
                offset / 3600);
}

static void put_zone(struct buffer *out, const struct template_piece *piece,
                     const struct source *source) {
  if (!source->with_zone)
    return;
  if (source->offset == 0) {
    put_name(out, "UTC", 3, piece->letters, 0);
    return;
  }
  put_zone_hour(out, source, false);
  if (minutes_of(source) != 0)
    buffer_format(out, ":%02d", minutes_of(source));
}

static void put_pattern(struct buffer *out, const struct template_piece *piece,
                        const struct source *source) {
  const char *month = source->month > 0 ? month_names[source->month - 1] : "";
  const char *day = day_names[iso_weekday(source->days) % 7];
  bool afternoon = source->hour % 24 >= 12;
  size_t width = piece->fill_mode || piece->translated ? 0 : 9;
  switch ((enum date_pattern)piece->word->pattern) {
  case P_MONTH: put_name(out, month, strlen(month), piece->letters, width); break;
  case P_MON: put_name(out, month, SHORT_NAME, piece->letters, 0); break;
  case P_DAY: put_name(out, day, strlen(day), piece->letters, width); break;
  case P_DY: put_name(out, day, SHORT_NAME, piece->letters, 0); break;
  case P_RM: put_roman_month(out, piece, source); break;
  case P_AM: put_words(out, piece, half_days, afternoon); break;
  case P_A_M: put_words(out, piece, half_days_long, afternoon); break;
  case P_BC: put_words(out, piece, eras, false); break;
  case P_B_C: put_words(out, piece, eras_long, false); break;
  case P_TZ: put_zone(out, piece, source); break;
  case P_TZM: buffer_format(out, "%02d", minutes_of(source)); break;
  case P_TZH: put_zone_hour(out, source, false); break;
  case P_OF:
    put_zone_hour(out, source, piece->fill_mode);
    if (minutes_of(source) != 0)
      buffer_format(out, ":%02d", minutes_of(source));
    break;
  case P_FX: break;
  default: put_number_pattern(out, piece, source); break;
  }
}

/* Fails when an interval has nothing that the pattern could show. */
static bool check_interval(sqlite3_context *context,
                           const struct template_piece *piece) {
  switch ((enum date_pattern)piece->word->pattern) {
  case P_IYYY:
  case P_IYY:
  case P_IY:
  case P_I:
  case P_IDDD:
  case P_IW:
  case P_J:
    call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
              "to_char() of an interval with \"%.*s\" is not supported",
              (int)piece->text.length, piece->text.data);
    return false;
  case P_MONTH:
  case P_MON:
  case P_DAY:
  case P_DY:
  case P_D:
  case P_ID:
  case P_BC:
  case P_B_C:
  case P_TZ:
  case P_TZH:
  case P_TZM:
  case P_OF:
    call_fail(context, TIDE_ERROR_DATETIME_FORMAT,
              "invalid format specification for an interval value: \"%.*s\"",
              (int)piece->text.length, piece->text.data);
    call_hint(context, "Intervals are not tied to specific calendar dates.");
    return false;
  default: return true;
  }
}

static void print(sqlite3_context *context, struct text format,
                  const struct source *source) {
  struct template template = template_of(&date_language, format);
  struct template_piece piece;
  struct buffer out;
  buffer_init(&out, call_memory());
  while (template_next(&template, &piece)) {
    if (piece.kind != TEMPLATE_PATTERN) {
      buffer_append(&out, piece.text.data, piece.text.length);
    } else if (!source->interval || check_interval(context, &piece)) {
      put_pattern(&out, &piece, source);
    } else {
      buffer_deinit(&out);
      return;
    }
  }
  call_return_buffer(context, &out);
}

/* `zone` NULL: of a timestamp. */
static void to_char(sqlite3_context *context, sqlite3_value **arguments,
                    const struct zone *zone) {
  struct text format;
  int64_t instant;
  if (call_has_null(2, arguments) ||
      !instant_argument(context, arguments[0], &instant) ||
      !call_text(context, arguments[1], &format) || format.length == 0 ||
      !instant_is_finite(instant))
    return;
  struct zone_source *zones = &call_context(context)->zones;
  int offset = zone ? zone_offset_at(zones, zone, instant) : 0;
  struct source source = source_of_instant(instant + offset * SECOND, zone != NULL);
  source.offset = offset;
  print(context, format, &source);
}

static void to_char_timestamp(sqlite3_context *context, int count,
                              sqlite3_value **arguments) {
  (void)count;
  to_char(context, arguments, NULL);
}

static void to_char_timestamptz(sqlite3_context *context, int count,
                                sqlite3_value **arguments) {
  struct zone zone = session_zone(count, arguments, 2);
  to_char(context, arguments, &zone);
}

static void to_char_interval(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  struct text format;
  struct interval interval;
  if (call_has_null(count, arguments) ||
      !interval_argument(context, arguments[0], &interval) ||
      !call_text(context, arguments[1], &format) || format.length == 0)
    return;
  struct source source = source_of_interval(&interval);
  print(context, format, &source);
}

static const struct call calls[] = {
    {"pg_to_char_timestamp", 2, false, to_char_timestamp},
    {"pg_to_char_timestamptz", 2, false, to_char_timestamptz},
    {"pg_to_char_timestamptz", 3, false, to_char_timestamptz},
    {"pg_to_char_interval", 2, false, to_char_interval},
};

int register_to_char(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
