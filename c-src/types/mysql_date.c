/* The weeks of MySQL's modes, and dates written and read by its formats. */
#include "types/mysql_date.h"

#include <string.h>

#include "types/datetime.h"

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

/* --- weeks --- */

static int64_t first_day(int year) {
  return days_from_civil((struct civil){year, 1, 1});
}

/* How far into its week a day is. */
static int day_of_week(int64_t days, bool from_monday) {
  int day = iso_weekday(days);
  return from_monday ? day - 1 : day % 7;
}

/* The first day of the first week of a year, which may lie in the year before. */
static int64_t first_week(int year, bool from_monday, bool whole) {
  int64_t first = first_day(year);
  int into = day_of_week(first, from_monday);
  bool next = whole ? into > 0 : into > 3;
  return next ? first + 7 - into : first - into;
}

int mysql_week(int64_t days, int mode, int *year) {
  bool from_monday = (mode & MYSQL_WEEK_FROM_MONDAY) != 0;
  bool whole = from_monday == ((mode & MYSQL_WEEK_OTHERWISE) != 0);
  *year = civil_from_days(days).year;
  if (days < first_week(*year, from_monday, whole)) {
    if ((mode & MYSQL_WEEK_OF_YEAR) == 0)
      return 0;
    --*year;
  } else if ((mode & MYSQL_WEEK_OF_YEAR) != 0 &&
             days >= first_week(*year + 1, from_monday, whole)) {
    ++*year;
  }
  return (int)((days - first_week(*year, from_monday, whole)) / 7) + 1;
}

/* --- writing --- */

static const char *ordinal(int day) {
  if (day / 10 == 1)
    return "th";
  return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

static int twelve(int hour) {
  return (hour + 11) % 12 + 1;
}

static void format_date_field(struct buffer *out, char field,
                              const struct civil *date) {
  int64_t days = days_from_civil(*date);
  int year, from_monday = field == 'u' || field == 'v' || field == 'x';
  int mode = from_monday ? MYSQL_WEEK_FROM_MONDAY : 0;
  if (field != 'U' && field != 'u')
    mode |= MYSQL_WEEK_OF_YEAR;
  int week = mysql_week(days, mode, &year);
  switch (field) {
  case 'Y': buffer_format(out, "%04d", date->year); break;
  case 'y': buffer_format(out, "%02d", date->year % 100); break;
  case 'm': buffer_format(out, "%02d", date->month); break;
  case 'c': buffer_format(out, "%d", date->month); break;
  case 'M': buffer_text(out, months[date->month - 1]); break;
  case 'b': buffer_append(out, months[date->month - 1], 3); break;
  case 'd': buffer_format(out, "%02d", date->day); break;
  case 'e': buffer_format(out, "%d", date->day); break;
  case 'D': buffer_format(out, "%d%s", date->day, ordinal(date->day)); break;
  case 'j': buffer_format(out, "%03d", (int)(days - first_day(date->year)) + 1); break;
  case 'W': buffer_text(out, weekdays[iso_weekday(days) % 7]); break;
  case 'a': buffer_append(out, weekdays[iso_weekday(days) % 7], 3); break;
  case 'w': buffer_format(out, "%d", iso_weekday(days) % 7); break;
  case 'X':
  case 'x': buffer_format(out, "%04d", year); break;
  default: buffer_format(out, "%02d", week);
  }
}

static void format_field(struct buffer *out, char field, const struct moment *moment) {
  switch (field) {
  case 'H': buffer_format(out, "%02d", moment->hour); break;
  case 'k': buffer_format(out, "%d", moment->hour); break;
  case 'h':
  case 'I': buffer_format(out, "%02d", twelve(moment->hour)); break;
  case 'l': buffer_format(out, "%d", twelve(moment->hour)); break;
  case 'i': buffer_format(out, "%02d", moment->minute); break;
  case 's':
  case 'S': buffer_format(out, "%02d", moment->second); break;
  case 'f': buffer_format(out, "%06d", moment->microsecond); break;
  case 'p': buffer_text(out, moment->hour < 12 ? "AM" : "PM"); break;
  case 'r':
    buffer_format(out, "%02d:%02d:%02d %s", twelve(moment->hour), moment->minute,
                  moment->second, moment->hour < 12 ? "AM" : "PM");
    break;
  case 'T':
    buffer_format(out, "%02d:%02d:%02d", moment->hour, moment->minute, moment->second);
    break;
  default:
    if (field != '\0' && strchr("YymcMbdeDjWawXxUuVv", field) != NULL)
      format_date_field(out, field, &moment->date);
    else
      buffer_character(out, field);
  }
}

void mysql_date_format(struct buffer *out, int64_t instant, struct text format) {
  struct moment moment = moment_from_instant(instant);
  for (size_t i = 0; i < format.length; i++) {
    if (format.data[i] == '%' && i + 1 < format.length)
      format_field(out, format.data[++i], &moment);
    else
      buffer_character(out, format.data[i]);
  }
}

/* --- reading --- */

struct scanner {
  struct text rest;
  struct moment moment;
  bool twelve_hours, afternoon;
};

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip(struct scanner *scanner, size_t count) {
  scanner->rest.data += count;
  scanner->rest.length -= count;
}

static void skip_spaces(struct scanner *scanner) {
  while (scanner->rest.length > 0 && is_space(scanner->rest.data[0]))
    skip(scanner, 1);
}

/* Up to `most` digits; how many there are. */
static int scan_digits(struct scanner *scanner, int most, int *number) {
  int count = 0;
  for (*number = 0; count < most && scanner->rest.length > 0 &&
                    scanner->rest.data[0] >= '0' && scanner->rest.data[0] <= '9';
       count++) {
    *number = *number * 10 + scanner->rest.data[0] - '0';
    skip(scanner, 1);
  }
  return count;
}

/* One of the names, or their first letters; its index, or -1. */
static int scan_name(struct scanner *scanner, const char *const *names, int count,
                     size_t letters) {
  for (int i = 0; i < count; i++) {
    struct text name = {names[i], letters == 0 ? strlen(names[i]) : letters};
    struct text given = {scanner->rest.data, name.length};
    char lower[16] = {0};
    for (size_t j = 0; j < name.length; j++)
      lower[j] = (char)(name.data[j] | 0x20);
    if (scanner->rest.length < name.length || !text_is(given, lower))
      continue;
    skip(scanner, name.length);
    return i;
  }
  return -1;
}

static bool scan_number(struct scanner *scanner, int most, int *number) {
  return scan_digits(scanner, most, number) > 0;
}

static bool scan_year(struct scanner *scanner, int most) {
  int digits = scan_digits(scanner, most, &scanner->moment.date.year);
  if (digits > 0 && digits <= 2)
    scanner->moment.date.year += scanner->moment.date.year < 70 ? 2000 : 1900;
  return digits > 0;
}

static bool scan_month(struct scanner *scanner, size_t letters) {
  scanner->moment.date.month = scan_name(scanner, months, 12, letters) + 1;
  return scanner->moment.date.month > 0;
}

static bool scan_fraction(struct scanner *scanner) {
  int digits = scan_digits(scanner, 6, &scanner->moment.microsecond);
  for (int i = digits; i < 6; i++)
    scanner->moment.microsecond *= 10;
  return digits > 0;
}

static bool scan_half(struct scanner *scanner) {
  static const char *const halves[] = {"am", "pm"};
  int half = scan_name(scanner, halves, 2, 0);
  scanner->afternoon = half == 1;
  return half >= 0 && scanner->twelve_hours;
}

static bool scan_hour(struct scanner *scanner, bool twelve_hours) {
  scanner->twelve_hours = twelve_hours;
  return scan_number(scanner, 2, &scanner->moment.hour) &&
         (!twelve_hours || (scanner->moment.hour >= 1 && scanner->moment.hour <= 12));
}

static bool scan_format(struct scanner *scanner, const char *format, size_t length);

static bool scan_field(struct scanner *scanner, char field) {
  struct moment *moment = &scanner->moment;
  skip_spaces(scanner);
  switch (field) {
  case 'Y': return scan_year(scanner, 4);
  case 'y': return scan_year(scanner, 2);
  case 'm':
  case 'c': return scan_number(scanner, 2, &moment->date.month);
  case 'M': return scan_month(scanner, 0);
  case 'b': return scan_month(scanner, 3);
  case 'd':
  case 'e': return scan_number(scanner, 2, &moment->date.day);
  case 'W': return scan_name(scanner, weekdays, 7, 0) >= 0;
  case 'a': return scan_name(scanner, weekdays, 7, 3) >= 0;
  case 'H':
  case 'k': return scan_hour(scanner, false);
  case 'h':
  case 'I':
  case 'l': return scan_hour(scanner, true);
  case 'i': return scan_number(scanner, 2, &moment->minute);
  case 's':
  case 'S': return scan_number(scanner, 2, &moment->second);
  case 'f': return scan_fraction(scanner);
  case 'p': return scan_half(scanner);
  case 'T': return scan_format(scanner, "%H:%i:%S", 8);
  case 'r': return scan_format(scanner, "%I:%i:%S %p", 11);
  default: return false;
  }
}

/* A space stands for any number of them; what is left of the text does not matter. */
static bool scan_format(struct scanner *scanner, const char *format, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (format[i] == '%' && i + 1 < length && format[i + 1] != '%') {
      if (!scan_field(scanner, format[++i]))
        return false;
    } else if (is_space(format[i])) {
      skip_spaces(scanner);
    } else {
      i += format[i] == '%' && i + 1 < length;
      skip_spaces(scanner);
      if (scanner->rest.length == 0 || scanner->rest.data[0] != format[i])
        return false;
      skip(scanner, 1);
    }
  }
  return true;
}

bool mysql_date_scan(struct text text, struct text format, int64_t *instant) {
  struct scanner scanner = {.rest = text};
  struct moment *moment = &scanner.moment;
  if (!scan_format(&scanner, format.data, format.length))
    return false;
  if (scanner.twelve_hours)
    moment->hour = moment->hour % 12 + (scanner.afternoon ? 12 : 0);
  if (!civil_is_valid(moment->date) || moment->hour > 23 || moment->minute > 59 ||
      moment->second > 59)
    return false;
  *instant = instant_from_moment(moment);
  return true;
}
