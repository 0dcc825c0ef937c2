/* Dates, times and intervals as SQLite hands them over and takes them back. */
#ifndef TIDE_TYPES_DATETIME_CALL_H
#define TIDE_TYPES_DATETIME_CALL_H

#include "types/call.h"
#include "types/datetime.h"

/* Arguments that are not NULL. All return false having failed the function. */

/* A date, timestamp or timestamptz, or any text that is one; a zone is taken off. */
bool instant_argument(sqlite3_context *context, sqlite3_value *value, int64_t *instant);
/* The same of a text as it is stored; false: it is another, or infinite. */
bool stored_instant(struct text text, int64_t *instant);
/* A time or timetz. */
bool time_argument(sqlite3_context *context, sqlite3_value *value, int64_t *time,
                   int *zone);
bool interval_argument(sqlite3_context *context, sqlite3_value *value,
                       struct interval *interval);

/* Results; those out of range fail with 22008. */
void return_timestamp(sqlite3_context *context, int64_t instant, bool with_zone);
/* The day that `instant` lies in. */
void return_date(sqlite3_context *context, int64_t instant);
void return_time(sqlite3_context *context, int64_t time);
void return_timetz(sqlite3_context *context, int64_t time, int zone);
/* The interval, or a failure when `code` is not TIDE_OK. */
void return_interval(sqlite3_context *context, int code,
                     const struct interval *interval);
/* A whole number of units of 10^-scale, printed as numeric. */
void return_scaled(sqlite3_context *context, int64_t value, int scale);

#endif
