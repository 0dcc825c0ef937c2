/* Dates and timestamps as numbers, for the frames of RANGE: SQLite adds a distance to the value that is ordered by. */
#include <math.h>

#include "types/datetime_call.h"

/* More than lies between the years 1 and 9999; the sum of a distance and a key does not overflow. */
#define DISTANCE_MAX INT64_C(1000000000000000000)

static int64_t limited(int64_t value, int64_t limit) {
  return value < -limit ? -limit : value > limit ? limit : value;
}

int64_t range_distance(const struct interval *interval) {
  int64_t days = limited(interval->days, DISTANCE_MAX / DAY);
  return limited(days * DAY + limited(interval->microseconds, DISTANCE_MAX),
                 DISTANCE_MAX);
}

/* pg_range_key(date, timestamp or timestamptz) */
static void range_key(sqlite3_context *context, int count, sqlite3_value **arguments) {
  int64_t instant;
  if (call_has_null(count, arguments) ||
      !instant_argument(context, arguments[0], &instant))
    return;
  if (instant_is_finite(instant))
    sqlite3_result_int64(context, instant);
  else /* stays what it is, whatever is added to it */
    sqlite3_result_double(context, instant > 0 ? INFINITY : -INFINITY);
}

static const struct call calls[] = {{"pg_range_key", 1, false, range_key}};

int register_ranges(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
