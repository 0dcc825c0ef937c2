/* Aggregates of pairs of numbers: covariance, correlation, linear regression; and any_value. */
#include <math.h>

#include "types/call.h"

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

/* The arguments are y and x, in this order. A pair with a NULL does not count. */
static void step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  struct pairs *pairs = sqlite3_aggregate_context(context, sizeof *pairs);
  if (pairs == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  double y = sqlite3_value_double(arguments[0]), x = sqlite3_value_double(arguments[1]);
  add(pairs, y, x);
  if (overflows(pairs))
    call_fail(context, TIDE_ERROR_OUT_OF_RANGE, "value out of range: overflow");
}

/* A statistic is NULL where there are fewer than `least` pairs, or where it would divide by zero. */
#define STATISTIC(name, least, defined, value)                                         \
  static void name(sqlite3_context *context) {                                         \
    const struct pairs *p = sqlite3_aggregate_context(context, 0);                     \
    if (p != NULL && p->count >= (least) && (defined))                                 \
      sqlite3_result_double(context, (value));                                         \
  }

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

static void regr_count(sqlite3_context *context) {
  const struct pairs *pairs = sqlite3_aggregate_context(context, 0);
  sqlite3_result_int64(context, pairs != NULL ? (sqlite3_int64)pairs->count : 0);
}

/* --- any_value: the first that is not NULL --- */

struct first {
  sqlite3_value *value;
};

static void first_step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    return;
  struct first *first = sqlite3_aggregate_context(context, sizeof *first);
  if (first != NULL && first->value == NULL)
    first->value = sqlite3_value_dup(arguments[0]);
  if (first == NULL || first->value == NULL)
    call_fail_code(context, TIDE_ERROR_NOMEM);
}

static void first_final(sqlite3_context *context) {
  struct first *first = sqlite3_aggregate_context(context, 0);
  if (first == NULL || first->value == NULL)
    return;
  sqlite3_result_value(context, first->value);
  sqlite3_value_free(first->value);
}

static const struct call_aggregate aggregates[] = {
    {"pg_regr_count", 2, step, regr_count, NULL, NULL},
    {"pg_regr_sxx", 2, step, regr_sxx, NULL, NULL},
    {"pg_regr_syy", 2, step, regr_syy, NULL, NULL},
    {"pg_regr_sxy", 2, step, regr_sxy, NULL, NULL},
    {"pg_regr_avgx", 2, step, regr_avgx, NULL, NULL},
    {"pg_regr_avgy", 2, step, regr_avgy, NULL, NULL},
    {"pg_regr_r2", 2, step, regr_r2, NULL, NULL},
    {"pg_regr_slope", 2, step, regr_slope, NULL, NULL},
    {"pg_regr_intercept", 2, step, regr_intercept, NULL, NULL},
    {"pg_covar_pop", 2, step, covar_pop, NULL, NULL},
    {"pg_covar_samp", 2, step, covar_samp, NULL, NULL},
    {"pg_corr", 2, step, corr, NULL, NULL},
    {"pg_any_value", 1, first_step, first_final, NULL, NULL},
};

int register_regressions(sqlite3 *db, struct types_context *context) {
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
