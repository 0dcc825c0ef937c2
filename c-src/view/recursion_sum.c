/* WITH RECURSIVE … UNION ALL: rows are counted, and what a step makes of them adds up.
 *
 * Let S be the recursive term and R the rows. A change of R makes S of it, and that is
 * again a change of R; a change of the relations that S joins makes the terms of its delta
 * (join.h) with R as it is. Sums of such steps are only right if the steps end, and over a
 * cycle they need not: rows which support each other would stay. Therefore it is done
 * twice. At first only rows go, with S over what was there before and still is: less than
 * before, so the steps end as they did. Then only rows come: the steps end if those of the
 * query do.
 *
 * What was there before and still is = what is there − what came, multiplied out as in
 * join.h: with `came` as the positive and `went` as the negative part of a delta,
 *
 *     S over both − S before = Σ (-1)^(|came| + |went| + 1) · terms with went not empty
 *     S over both            = Σ (-1)^|came| · terms without went
 *     S − S over both        = Σ (-1)^(|came| + 1) · terms with came alone, not empty
 */
#include "view/graph.h"
#include "view/recursion.h"

static const int64_t COPIES_MAX = (int64_t)1 << 40; /* of one row */

/* Adds what the statement gives `sign` times to the next frontier. */
static int add_rows(struct plan *plan, sqlite3_stmt *statement, int64_t sign) {
  struct recursion *recursion = plan->state;
  int count = plan->view->column_count;
  bool row;
  int rc;
  while ((rc = database_step(plan->database, statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(&recursion->next, statement, count,
                               plan->storage.affinity,
                               sign * sqlite3_column_int64(statement, count)))
      break;
  sqlite3_reset(statement);
  return rc == TIDE_OK && recursion->next.failed ? plan_out_of_memory(plan) : rc;
}

static int64_t sign_of(int negations) {
  return negations % 2 == 0 ? 1 : -1;
}

static int add_term(struct plan *plan, bool stored, join_set came, join_set went,
                    int64_t sign) {
  sqlite3_stmt *statement;
  int rc = recursion_term(plan, stored, came, went, &statement);
  return rc == TIDE_OK ? add_rows(plan, statement, sign) : rc;
}

/* The terms with each part of `came` and with `went`. */
static int add_terms(struct plan *plan, bool stored, join_set came, join_set went,
                     int negations) {
  int rc = TIDE_OK;
  join_set set = 0;
  do {
    int count = __builtin_popcount(set) + __builtin_popcount(went);
    rc = add_term(plan, stored, set, went, sign_of(count + negations));
    set = join_next_set(came, set);
  } while (rc == TIDE_OK && set != 0);
  return rc;
}

/* Changes of the non-recursive term of that sign. */
static int add_base(struct plan *plan, bool came) {
  struct recursion *recursion = plan->state;
  int count = plan->view->column_count;
  sqlite3_stmt *statement;
  bool row;
  if (recursion->base_delta->count == 0)
    return TIDE_OK;
  int rc = recursion_base_changes(plan, &statement);
  while (rc == TIDE_OK &&
         (rc = database_step(plan->database, statement, &row)) == TIDE_OK && row) {
    int64_t weight = sqlite3_column_int64(statement, count);
    if ((weight > 0) == came &&
        !changes_add_statement(&recursion->next, statement, count,
                               plan->storage.affinity, weight))
      rc = plan_out_of_memory(plan);
  }
  sqlite3_reset(statement);
  return rc;
}

/* Nobody can keep so many, and no sum of such numbers may overflow. */
static int too_many(struct plan *plan) {
  error_set(plan->database->error, TIDE_ERROR_LIMIT,
            "the recursive query of view %q gives too many rows",
            plan->graph->view->name);
  error_hint(plan->database->error, "A row is there as often as there are ways to it; "
                                    "with UNION it is there once.");
  return TIDE_ERROR_LIMIT;
}

/* Adds the next frontier to all changes; *some: it is not empty. */
static int take_next(struct plan *plan, bool *some) {
  struct recursion *recursion = plan->state;
  struct changes *all = &recursion->found;
  *some = false;
  for (uint32_t i = 0; i < recursion->next.count; i++) {
    const struct change *change = &recursion->next.entries[i];
    if (change->weight == 0)
      continue;
    *some = true;
    row_begin(&all->pool);
    row_add_bytes(&all->pool, change->row.bytes, change->row.size);
    const struct change *sum = changes_add(all, row_end(&all->pool), change->weight);
    if (!sum)
      return plan_out_of_memory(plan);
    if (sum->weight > COPIES_MAX || sum->weight < -COPIES_MAX)
      return too_many(plan);
  }
  return TIDE_OK;
}

/* More steps than there are different rows: one of them leads to itself. */
static int check_end(struct plan *plan, int64_t steps) {
  enum { STEPS_FEW = 1000 };
  struct recursion *recursion = plan->state;
  int rc = TIDE_OK;
  bool known = recursion->stored_count >= 0;
  if (steps < STEPS_FEW && !known)
    return TIDE_OK;
  if (!known)
    rc = storage_count(&plan->storage, &recursion->stored_count);
  if (rc != TIDE_OK || steps <= recursion->stored_count + recursion->found.count)
    return rc;
  error_set(plan->database->error, TIDE_ERROR_LIMIT,
            "the recursive query of view %q never ends: a row leads to itself",
            plan->graph->view->name);
  error_hint(plan->database->error, "UNION in the place of UNION ALL ends at rows that "
                                    "are there already.");
  return TIDE_ERROR_LIMIT;
}

/* From step to step until nothing follows; `came`: these rows are left out. */
static int propagate(struct plan *plan, join_set came) {
  bool some;
  int64_t steps = 0;
  int rc = take_next(plan, &some);
  while (rc == TIDE_OK && some) {
    rc = recursion_advance(plan);
    if (rc == TIDE_OK)
      rc = add_terms(plan, false, came, 0, 0);
    if (rc == TIDE_OK)
      rc = take_next(plan, &some);
    if (rc == TIDE_OK)
      rc = check_end(plan, ++steps);
  }
  struct recursion *recursion = plan->state;
  changes_clear(&recursion->next);
  return rc;
}

static int find_gone(struct plan *plan) {
  const struct recursion *recursion = plan->state;
  int rc = add_base(plan, false);
  for (join_set went = join_next_set(recursion->went, 0); rc == TIDE_OK && went != 0;
       went = join_next_set(recursion->went, went))
    rc = add_terms(plan, true, recursion->came & ~went, went, 1);
  return rc == TIDE_OK ? propagate(plan, recursion->came) : rc;
}

/* What came meets the rows as they were, and those that went meanwhile. */
static int find_new(struct plan *plan) {
  struct recursion *recursion = plan->state;
  int rc = delta_take(recursion->frontier, &recursion->found);
  for (join_set came = join_next_set(recursion->came, 0); rc == TIDE_OK && came != 0;
       came = join_next_set(recursion->came, came)) {
    int64_t sign = sign_of(__builtin_popcount(came) + 1);
    rc = add_term(plan, true, came, 0, sign);
    if (rc == TIDE_OK && recursion->frontier->count > 0)
      rc = add_term(plan, false, came, 0, sign);
  }
  if (rc == TIDE_OK)
    rc = add_base(plan, true);
  return rc == TIDE_OK ? propagate(plan, 0) : rc;
}

int recursion_maintain_sum(struct plan *plan, bool *recompute) {
  struct recursion *recursion = plan->state;
  *recompute = false;
  int rc = find_gone(plan);
  if (rc == TIDE_OK)
    rc = find_new(plan);
  struct changes found = recursion->found;
  recursion->found = plan->changes; /* which are none yet */
  plan->changes = found;
  return rc;
}

/* Rows that lead to themselves are only noticed step by step: SQLite would follow them for ever. */
int recursion_sum_rows(struct plan *plan) {
  struct recursion *recursion = plan->state;
  sqlite3_stmt *statement;
  recursion->stored_count = 0;
  int rc = recursion_base_rows(plan, &statement);
  if (rc == TIDE_OK)
    rc = add_rows(plan, statement, 1);
  if (rc == TIDE_OK)
    rc = propagate(plan, 0);
  struct changes rows = recursion->found;
  recursion->found = plan->changes;
  plan->changes = rows;
  return rc;
}
