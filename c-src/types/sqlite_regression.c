/* Aggregates of pairs of numbers: covariance, correlation, linear regression; and any_value. */
#include <math.h>

#include "types/frame.h"

/* Youngs and Cramer's method, as PostgreSQL computes it: sums of x and y, and of the products of their distances from the
 * mean. */
struct pairs {
  double count, x, y, xx, yy, xy;
};

/* From finite numbers to infinity is too far. */
static bool overflows(const struct pairs *pairs) {
  return isinf(pairs->x) || isinf(pairs->y) || isinf(pairs->xx) || isinf(pairs->yy) ||
         isinf(pairs->xy);
}

static void add(struct pairs *pairs, double y, double x) {
  double before = pairs->count++;
  pairs->x += x;
  pairs->y += y;
  if (before == 0)
    return;
  double dx = x * pairs->count - pairs->x, dy = y * pairs->count - pairs->y;
  double scale = 1.0 / (pairs->count * before);
  pairs->xx += dx * dx * scale;
  pairs->yy += dy * dy * scale;
  pairs->xy += dx * dy * scale;
}

/* The arguments are y and x, in this order. */
static void add_pair(sqlite3_context *context, void *state, sqlite3_value **arguments) {
  struct pairs *pairs = state;
  add(pairs, sqlite3_value_double(arguments[0]), sqlite3_value_double(arguments[1]));
  if (overflows(pairs))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range: overflow");
}

/* A statistic is NULL where there are fewer than `least` pairs, or where it would divide by zero. */
#define STATISTIC(name, least, defined, value)                                         \
  static void name##_result(sqlite3_context *context, const void *state) {             \
    const struct pairs *p = state;                                                     \
    if (p != NULL && p->count >= (least) && (defined))                                 \
      sqlite3_result_double(context, (value));                                         \
  }                                                                                    \
  GROUP_AGGREGATE(name, sizeof(struct pairs), add_pair, name##_result)

STATISTIC(regr_sxx, 1, true, p->xx)
STATISTIC(regr_syy, 1, true, p->yy)
STATISTIC(regr_sxy, 1, true, p->xy)
STATISTIC(regr_avgx, 1, true, p->x / p->count)
STATISTIC(regr_avgy, 1, true, p->y / p->count)
STATISTIC(covar_pop, 1, true, p->xy / p->count)
STATISTIC(covar_samp, 2, true, p->xy / (p->count - 1))
STATISTIC(corr, 1, p->xx != 0 && p->yy != 0, p->xy / sqrt(p->xx * p->yy))
STATISTIC(regr_r2, 1, p->xx != 0, p->yy == 0 ? 1.0 : (p->xy * p->xy) / (p->xx * p->yy))
STATISTIC(regr_slope, 1, p->xx != 0, p->xy / p->xx)
STATISTIC(regr_intercept, 1, p->xx != 0, (p->y - p->x * p->xy / p->xx) / p->count)

static void regr_count_result(sqlite3_context *context, const void *state) {
  const struct pairs *pairs = state;
  sqlite3_result_int64(context, pairs != NULL ? (sqlite3_int64)pairs->count : 0);
}

GROUP_AGGREGATE(regr_count, sizeof(struct pairs), add_pair, regr_count_result)

/* --- any_value: the first that is not NULL --- */

struct first {
  sqlite3_value *value;
};

static void keep_first(sqlite3_context *context, void *state,
                       sqlite3_value **arguments) {
  (void)context;
  struct first *first = state;
  if (first->value == NULL)
    first->value = arguments[0];
}

static void any_value_result(sqlite3_context *context, const void *state) {
  const struct first *first = state;
  if (first != NULL && first->value != NULL)
    sqlite3_result_value(context, first->value);
}

FRAME_AGGREGATE(any_value, sizeof(struct first), keep_first, any_value_result)

/* Of a group nothing is kept but a copy of the one value. */
static void any_value_step(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  struct first *first = sqlite3_aggregate_context(context, sizeof *first);
  if (first != NULL && first->value == NULL)
    first->value = sqlite3_value_dup(arguments[0]);
  if (first == NULL || first->value == NULL)
    call_fail_code(context, TIDE_ERROR_NOMEM);
}

static void any_value_final(sqlite3_context *context) {
  struct first *first = sqlite3_aggregate_context(context, 0);
  any_value_result(context, first);
  if (first != NULL)
    sqlite3_value_free(first->value);
}

static const struct call_aggregate aggregates[] = {
    GROUP_CALLS(regr_count, 2),
    GROUP_CALLS(regr_sxx, 2),
    GROUP_CALLS(regr_syy, 2),
    GROUP_CALLS(regr_sxy, 2),
    GROUP_CALLS(regr_avgx, 2),
    GROUP_CALLS(regr_avgy, 2),
    GROUP_CALLS(regr_r2, 2),
    GROUP_CALLS(regr_slope, 2),
    GROUP_CALLS(regr_intercept, 2),
    GROUP_CALLS(covar_pop, 2),
    GROUP_CALLS(covar_samp, 2),
    GROUP_CALLS(corr, 2),
    {"pg_any_value", 1, any_value_step, any_value_final, NULL, NULL},
    FRAME_CALL(any_value, 1),
};

int register_regressions(sqlite3 *db, struct types_context *context) {
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
