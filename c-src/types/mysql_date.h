/* The weeks of MySQL's modes, and dates written and read by its formats. */
#ifndef TIDE_TYPES_MYSQL_DATE_H
#define TIDE_TYPES_MYSQL_DATE_H

#include "types/call.h"

/* Bits of WEEK()'s mode. The first week is the first whole one, when weeks begin on Sunday, and else the first with four days of
 * the year; MYSQL_WEEK_OTHERWISE makes it the other way round. */
enum {
  MYSQL_WEEK_FROM_MONDAY = 1,
  MYSQL_WEEK_OF_YEAR =
      2, /* what is before the first week is in one of the year before; without it in week 0 */
  MYSQL_WEEK_OTHERWISE = 4
};

/* The week of a day, and in *year the year it belongs to. */
int mysql_week(int64_t days, int mode, int *year);

/* Appends the instant as DATE_FORMAT() writes it. */
void mysql_date_format(struct buffer *out, int64_t instant, struct text format);

/* Reads a text as STR_TO_DATE() does; false: it has not that form, or is no date. */
bool mysql_date_scan(struct text text, struct text format, int64_t *instant);

#endif
