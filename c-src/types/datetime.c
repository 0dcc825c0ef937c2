/* The calendar, and dates and times as text. */
#include "types/datetime.h"

#include <string.h>

int64_t floor_division(int64_t value, int64_t divisor) {
  int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

/* Years begin in March here, so that the leap day comes last (Howard Hinnant,
 * "chrono-compatible low-level date algorithms"). An era is 400 years. */
int64_t days_from_civil(struct civil date) {
  int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  int64_t era = floor_division(year, 400), year_of_era = year - era * 400;
  int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
  int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

struct civil civil_from_days(int64_t days) {
  days += 719468;
  int64_t era = floor_division(days, 146097), day_of_era = days - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month = (5 * day_of_year + 2) / 153;
  struct civil date;
  date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
  date.month = (int)(month < 10 ? month + 3 : month - 9);
  date.year = (int)(year_of_era + era * 400 + (date.month <= 2));
  return date;
}

int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month - 1];
}

bool civil_is_valid(struct civil date) {
  return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
         date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

struct moment moment_from_instant(int64_t instant) {
  int64_t days = floor_division(instant, DAY), time = instant - days * DAY;
  struct moment moment = {.date = civil_from_days(days)};
  moment.hour = (int)(time / HOUR);
  moment.minute = (int)(time % HOUR / MINUTE);
  moment.second = (int)(time % MINUTE / SECOND);
  moment.microsecond = (int)(time % SECOND);
  return moment;
}

int64_t instant_from_moment(const struct moment *moment) {
  return days_from_civil(moment->date) * DAY + moment->hour * HOUR +
         moment->minute * MINUTE + moment->second * SECOND + moment->microsecond;
}

bool instant_is_finite(int64_t instant) {
  return instant != INSTANT_INFINITY && instant != INSTANT_MINUS_INFINITY;
}

bool instant_in_range(int64_t instant) {
  static const struct civil first = {1, 1, 1}, last = {9999, 12, 31};
  if (!instant_is_finite(instant))
    return true;
  return instant >= days_from_civil(first) * DAY &&
         instant < (days_from_civil(last) + 1) * DAY;
}

int iso_weekday(int64_t days) {
  /* 1970-01-01 was a Thursday. */
  return (int)((days + 3) - floor_division(days + 3, 7) * 7) + 1;
}

int iso_week(int64_t days, int *year) {
  /* A week belongs to the year of its Thursday. */
  int64_t thursday = days - iso_weekday(days) + 4;
  struct civil first = {civil_from_days(thursday).year, 1, 1};
  *year = first.year;
  return (int)((thursday - days_from_civil(first)) / 7) + 1;
}

/* --- text --- */

static char *put_digits(char *text, int value, int digits) {
  for (int i = digits - 1; i >= 0; i--) {
    text[i] = (char)('0' + value % 10);
    value /= 10;
  }
  return text + digits;
}

static char *put_date(char *text, int64_t days) {
  struct civil date = civil_from_days(days);
  text = put_digits(text, date.year, 4);
  *text++ = '-';
  text = put_digits(text, date.month, 2);
  *text++ = '-';
  return put_digits(text, date.day, 2);
}

/* HH:MM:SS and the microseconds without their trailing zeros. */
static char *put_time(char *text, int64_t time) {
  text = put_digits(text, (int)(time / HOUR), 2);
  *text++ = ':';
  text = put_digits(text, (int)(time % HOUR / MINUTE), 2);
  *text++ = ':';
  text = put_digits(text, (int)(time % MINUTE / SECOND), 2);
  int microsecond = (int)(time % SECOND);
  if (microsecond == 0)
    return text;
  *text++ = '.';
  text = put_digits(text, microsecond, 6);
  while (text[-1] == '0')
    text--;
  return text;
}

static size_t finish(const char *start, char *end) {
  *end = '\0';
  return (size_t)(end - start);
}

static size_t print_infinity(int64_t instant, char *text) {
  const char *word = instant == INSTANT_INFINITY ? "infinity" : "-infinity";
  size_t length = strlen(word);
  memcpy(text, word, length + 1);
  return length;
}

size_t date_print(int64_t days, char text[DATETIME_TEXT_MAX]) {
  if (!instant_is_finite(days))
    return print_infinity(days, text);
  return finish(text, put_date(text, days));
}

size_t time_print(int64_t time, char text[DATETIME_TEXT_MAX]) {
  return finish(text, put_time(text, time));
}

size_t zone_print(int zone, char text[DATETIME_TEXT_MAX]) {
  char *end = text;
  int magnitude = zone < 0 ? -zone : zone;
  *end++ = zone < 0 ? '-' : '+';
  end = put_digits(end, magnitude / 3600, 2);
  if (magnitude % 3600 != 0) {
    *end++ = ':';
    end = put_digits(end, magnitude / 60 % 60, 2);
  }
  if (magnitude % 60 != 0) {
    *end++ = ':';
    end = put_digits(end, magnitude % 60, 2);
  }
  return finish(text, end);
}

size_t timestamp_print(int64_t instant, bool with_zone, char text[DATETIME_TEXT_MAX]) {
  if (!instant_is_finite(instant))
    return print_infinity(instant, text);
  int64_t days = floor_division(instant, DAY);
  char *end = put_date(text, days);
  *end++ = ' ';
  end = put_time(end, instant - days * DAY);
  if (with_zone) {
    memcpy(end, "+00", 3);
    end += 3;
  }
  return finish(text, end);
}

int64_t microseconds_round(int64_t microseconds, int precision) {
  int64_t unit = 1;
  if (precision < 0 || precision >= 6 || !instant_is_finite(microseconds))
    return microseconds;
  for (int i = precision; i < 6; i++)
    unit *= 10;
  int64_t half = microseconds < 0 ? -unit / 2 : unit / 2;
  return (microseconds + half) / unit * unit;
}
