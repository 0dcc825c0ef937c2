/* Aggregates that compare the rows of a group: the most frequent value, and the rank that a row would have among them. */
#include <string.h>

#include "types/call.h"
#include "types/value_bytes.h"

/* Orders two values of one type, neither of them NULL; `collation` as type_collation() says, "" for none. */
static int compare(const struct types_context *types, const char *collation,
                   sqlite3_value *left, sqlite3_value *right) {
  int left_type = sqlite3_value_type(left), right_type = sqlite3_value_type(right);
  if (left_type == SQLITE_INTEGER && right_type == SQLITE_INTEGER) {
    sqlite3_int64 a = sqlite3_value_int64(left), b = sqlite3_value_int64(right);
    return (a > b) - (a < b);
  }
  if (left_type <= SQLITE_FLOAT && right_type <= SQLITE_FLOAT && collation[0] == '\0') {
    double a = sqlite3_value_double(left), b = sqlite3_value_double(right);
    return (a > b) - (a < b);
  }
  const char *a = value_bytes(left), *b = value_bytes(right);
  return collation_compare(types, collation,
                           (struct text){a, (size_t)sqlite3_value_bytes(left)},
                           (struct text){b, (size_t)sqlite3_value_bytes(right)});
}

/* The text of an argument that is a literal. */
static const char *literal(sqlite3_value *value) {
  const char *text = (const char *)sqlite3_value_text(value);
  return text != NULL ? text : "";
}

/* --- mode(value, collation): the values come in order --- */

struct mode {
  sqlite3_value *best, *last; /* the first of a run of equal values; maybe the same */
  int64_t best_count, last_count;
};

static bool begin_run(struct mode *mode, sqlite3_value *value) {
  sqlite3_value *copy = sqlite3_value_dup(value);
  if (copy == NULL)
    return false;
  if (mode->last != mode->best)
    sqlite3_value_free(mode->last);
  mode->last = copy;
  mode->last_count = 0;
  return true;
}

static void mode_step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL)
    return;
  const char *collation = count > 1 ? literal(arguments[1]) : "";
  struct mode *mode = sqlite3_aggregate_context(context, sizeof *mode);
  bool same = mode != NULL && mode->last != NULL &&
              compare(call_context(context), collation, mode->last, arguments[0]) == 0;
  if (mode == NULL || (!same && !begin_run(mode, arguments[0]))) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  if (++mode->last_count <= mode->best_count)
    return;
  if (mode->best != mode->last)
    sqlite3_value_free(mode->best);
  mode->best = mode->last;
  mode->best_count = mode->last_count;
}

static void mode_final(sqlite3_context *context) {
  struct mode *mode = sqlite3_aggregate_context(context, 0);
  if (mode == NULL || mode->best == NULL)
    return;
  sqlite3_result_value(context, mode->best);
  if (mode->last != mode->best)
    sqlite3_value_free(mode->last);
  sqlite3_value_free(mode->best);
}

/* --- rank(value, column, how, …): where would the row of the values be? ---
 *
 * `how` is < or > for the direction, f or l for NULL first or last, and the collation. */

enum { VALUE, COLUMN, HOW, WIDTH };

struct place {
  int64_t rows, before, equal;
  int64_t different;        /* rows before; of equal ones one counts */
  sqlite3_value **previous; /* the columns of the last row before */
};

static int compare_as(const struct types_context *types, const char *how,
                      sqlite3_value *left, sqlite3_value *right) {
  bool left_null = sqlite3_value_type(left) == SQLITE_NULL;
  bool right_null = sqlite3_value_type(right) == SQLITE_NULL;
  if (strlen(how) < 2 || (left_null && right_null))
    return 0;
  if (left_null || right_null)
    return left_null == (how[1] == 'f') ? -1 : 1;
  int order = compare(types, how + 2, left, right);
  return how[0] == '>' ? -order : order;
}

/* Is the row before that of the values (negative), or after it? */
static int compare_row(const struct types_context *types, int count,
                       sqlite3_value **arguments) {
  int order = 0;
  for (int i = 0; order == 0 && i + WIDTH <= count; i += WIDTH)
    order = compare_as(types, literal(arguments[i + HOW]), arguments[i + COLUMN],
                       arguments[i + VALUE]);
  return order;
}

static void rank_step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct place *place = sqlite3_aggregate_context(context, sizeof *place);
  if (place == NULL) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  int order = compare_row(call_context(context), count, arguments);
  place->rows++;
  place->before += order < 0;
  place->equal += order == 0;
}

static bool repeats(const struct types_context *types, const struct place *place,
                    int count, sqlite3_value **arguments) {
  for (int i = 0; i < count / WIDTH; i++) {
    sqlite3_value **at = arguments + (ptrdiff_t)i * WIDTH;
    if (compare_as(types, literal(at[HOW]), place->previous[i], at[COLUMN]) != 0)
      return false;
  }
  return true;
}

static void forget(struct place *place, int count) {
  for (int i = 0; place->previous != NULL && i < count / WIDTH; i++)
    sqlite3_value_free(place->previous[i]);
  sqlite3_free(place->previous);
  place->previous = NULL;
}

static bool remember(struct place *place, int count, sqlite3_value **arguments) {
  size_t size = (size_t)(count / WIDTH + 1) * sizeof *place->previous;
  forget(place, count);
  place->previous = sqlite3_malloc64(size);
  if (place->previous == NULL)
    return false;
  memset(place->previous, 0, size); /* NULL after the last */
  for (int i = 0; i < count / WIDTH; i++) {
    place->previous[i] = sqlite3_value_dup(arguments[i * WIDTH + COLUMN]);
    if (place->previous[i] == NULL)
      return false;
  }
  return true;
}

/* The rows come in order. */
static void dense_step(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (compare_row(call_context(context), count, arguments) >= 0)
    return;
  struct place *place = sqlite3_aggregate_context(context, sizeof *place);
  if (place != NULL && place->previous != NULL &&
      repeats(call_context(context), place, count, arguments))
    return;
  if (place == NULL || !remember(place, count, arguments)) {
    call_fail_code(context, TIDE_ERROR_NOMEM);
    return;
  }
  place->different++;
}

static struct place place_of(sqlite3_context *context) {
  const struct place *place = sqlite3_aggregate_context(context, 0);
  return place != NULL ? *place : (struct place){0};
}

static void rank_final(sqlite3_context *context) {
  sqlite3_result_int64(context, place_of(context).before + 1);
}

static void dense_final(sqlite3_context *context) {
  struct place place = place_of(context);
  sqlite3_result_int64(context, place.different + 1);
  for (sqlite3_value **value = place.previous; value != NULL && *value != NULL; value++)
    sqlite3_value_free(*value);
  sqlite3_free(place.previous);
}

static void percent_final(sqlite3_context *context) {
  struct place place = place_of(context);
  double rows = place.rows > 0 ? (double)place.rows : 1;
  sqlite3_result_double(context, (double)place.before / rows);
}

static void distribution_final(sqlite3_context *context) {
  struct place place = place_of(context);
  sqlite3_result_double(context, (double)(place.before + place.equal + 1) /
                                     (double)(place.rows + 1));
}

int register_ranks(sqlite3 *db, struct types_context *context) {
  static const struct call_aggregate aggregates[] = {
      {"pg_mode", -1, mode_step, mode_final, NULL, NULL},
      {"pg_rank", -1, rank_step, rank_final, NULL, NULL},
      {"pg_dense_rank", -1, dense_step, dense_final, NULL, NULL},
      {"pg_percent_rank", -1, rank_step, percent_final, NULL, NULL},
      {"pg_cume_dist", -1, rank_step, distribution_final, NULL, NULL},
  };
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
