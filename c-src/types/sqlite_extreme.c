/* greatest and least, of values of any one type. */
#include <string.h>

#include "types/call.h"
#include "types/value_bytes.h"

/* Two values of the same type as SQLite's BINARY compares them. */
static int compare_plain(sqlite3_value *left, sqlite3_value *right) {
  if (sqlite3_value_type(left) == SQLITE_INTEGER &&
      sqlite3_value_type(right) == SQLITE_INTEGER) {
    sqlite3_int64 a = sqlite3_value_int64(left), b = sqlite3_value_int64(right);
    return (a > b) - (a < b);
  }
  if (sqlite3_value_type(left) == SQLITE_FLOAT ||
      sqlite3_value_type(left) == SQLITE_INTEGER) {
    double a = sqlite3_value_double(left), b = sqlite3_value_double(right);
    return (a > b) - (a < b);
  }
  const void *a = value_bytes(left), *b = value_bytes(right);
  int a_length = sqlite3_value_bytes(left), b_length = sqlite3_value_bytes(right);
  int shorter = a_length < b_length ? a_length : b_length;
  int order = a != NULL && b != NULL ? memcmp(a, b, (size_t)shorter) : 0;
  return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* Sets *order; false: the function has failed. `collation`: NULL where values compare plainly. */
static bool compare(sqlite3_context *context, const char *collation,
                    sqlite3_value *left, sqlite3_value *right, int *order) {
  struct text a, b;
  if (collation == NULL) {
    *order = compare_plain(left, right);
    return true;
  }
  if (!call_text(context, left, &a) || !call_text(context, right, &b))
    return false;
  *order = collation_compare(call_context(context), collation, a, b);
  return true;
}

/* The greatest (sign 1) or least (sign -1) of the arguments that is not NULL. The last argument is the collation. */
static void extreme(sqlite3_context *context, int count, sqlite3_value **arguments,
                    int sign) {
  const char *collation = (const char *)sqlite3_value_text(arguments[count - 1]);
  sqlite3_value *best = NULL;
  for (int i = 0; i < count - 1; i++) {
    int order = sign;
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL)
      continue;
    if (best != NULL && !compare(context, collation, arguments[i], best, &order))
      return;
    if (order * sign > 0)
      best = arguments[i];
  }
  if (best != NULL)
    sqlite3_result_value(context, best);
}

static void greatest(sqlite3_context *context, int count, sqlite3_value **arguments) {
  extreme(context, count, arguments, 1);
}

static void least(sqlite3_context *context, int count, sqlite3_value **arguments) {
  extreme(context, count, arguments, -1);
}

static const struct call calls[] = {
    {"pg_greatest", -1, false, greatest},
    {"pg_least", -1, false, least},
};

int register_extremes(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
