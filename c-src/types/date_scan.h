/* Reading a text by a template of dates: to_date(), to_timestamp(). */
#ifndef TIDE_TYPES_DATE_SCAN_H
#define TIDE_TYPES_DATE_SCAN_H

#include "types/call.h"

/* A year has its weeks by the Gregorian calendar, or by ISO 8601. */
enum week_convention { WEEKS_UNKNOWN, WEEKS_GREGORIAN, WEEKS_ISO };

/* The numbers that the fields of the text stand for; 0: not given. */
struct date_fields {
  enum week_convention convention;
  int century, year, month, day, week, week_of_month, day_of_year, julian_day;
  int weekday;     /* Sunday is 1 */
  int year_digits; /* of the pattern that gave the year */
  int before_christ;
  int hour, minute, second, second_of_day, millisecond, microsecond;
  int fraction_digits; /* to round to, of FF1 to FF6 */
  bool twelve_hours;
  int afternoon;
  int zone_sign, zone_hour, zone_minute; /* sign 1: east */
};

/* Returns false having failed the function. */
bool date_scan(sqlite3_context *context, struct text input, struct text format,
               struct date_fields *fields);

#endif
