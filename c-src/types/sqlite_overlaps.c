/* Do two periods overlap? */
#include "types/call.h"

enum { START, END };

/* A period as it is compared: the earlier end first, one that is not known last. */
struct period {
  bool known[2];
  struct text at[2];
};

/* Returns false when nothing is known of it, or the function has failed. */
static bool read_period(sqlite3_context *context, sqlite3_value **ends,
                        const char *collation, struct period *period) {
  for (int i = 0; i < 2; i++) {
    period->known[i] = sqlite3_value_type(ends[i]) != SQLITE_NULL;
    if (period->known[i] && !call_text(context, ends[i], &period->at[i]))
      return false;
  }
  bool swap =
      period->known[END] && (!period->known[START] ||
                             collation_compare(call_context(context), collation,
                                               period->at[START], period->at[END]) > 0);
  if (swap) {
    struct period given = *period;
    period->at[START] = given.at[END];
    period->at[END] = given.at[START];
    period->known[START] = true;
    period->known[END] = given.known[START];
  }
  return period->known[START];
}

/* `earlier` begins before `later`, or with it: they overlap if it ends behind the other's beginning. */
static void return_overlap(sqlite3_context *context, const char *collation,
                           const struct period *earlier, const struct period *later) {
  if (!earlier->known[END])
    return;
  bool overlap = collation_compare(call_context(context), collation, later->at[START],
                                   earlier->at[END]) < 0;
  if (overlap || later->known[END])
    call_return_boolean(context, overlap);
}

/* The standard's rule: a moment that both have in common; of two that begin together it is the beginning. */
static void overlaps(sqlite3_context *context, sqlite3_value **ends,
                     const char *collation) {
  struct period left, right;
  if (!read_period(context, ends, collation, &left) ||
      !read_period(context, ends + 2, collation, &right))
    return;
  int order = collation_compare(call_context(context), collation, left.at[START],
                                right.at[START]);
  if (order > 0)
    return_overlap(context, collation, &right, &left);
  else if (order < 0)
    return_overlap(context, collation, &left, &right);
  else if (left.known[END] && right.known[END])
    call_return_boolean(context, true);
}

static void overlaps_by_text(sqlite3_context *context, int count,
                             sqlite3_value **ends) {
  (void)count;
  overlaps(context, ends, "BINARY");
}

static void overlaps_by_timetz(sqlite3_context *context, int count,
                               sqlite3_value **ends) {
  (void)count;
  overlaps(context, ends, "timetz");
}

static const struct call calls[] = {
    {"pg_overlaps", 4, false, overlaps_by_text},
    {"pg_overlaps_timetz", 4, false, overlaps_by_timetz},
};

int register_overlaps(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
