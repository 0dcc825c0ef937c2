/* WITH RECURSIVE … UNION: a row is there if it can be derived at all.
 *
 * Rows derived with the help of one that went, from step to step, are taken away at first,
 * whether or not there is another way to them; only those of the non-recursive term stay.
 * (Counting the ways would not do: in a cycle rows are derived from each other.) Those
 * which can be derived from a row that was not taken away, and those which one that came
 * makes possible, are found next, and then, from step to step, what follows from them.
 */
#include "view/recursion.h"

static bool add_copy(struct changes *changes, struct row row, int64_t weight) {
  row_begin(&changes->pool);
  row_add_bytes(&changes->pool, row.bytes, row.size);
  return changes_add(changes, row_end(&changes->pool), weight) != NULL;
}

static bool has(const struct changes *changes, struct row row) {
  return changes->count > 0 && changes_find(changes, row);
}

/* The statement's current row, and that of the stored ones which is the same. */
static int read_row(struct plan *plan, sqlite3_stmt *statement, struct row *row,
                    struct row *stored) {
  struct recursion *recursion = plan->state;
  row_pool_clear(&recursion->scratch);
  *row = row_of_statement(&recursion->scratch, statement, plan->view->column_count,
                          plan->storage.affinity);
  *stored = (struct row){0};
  if (!row->bytes)
    return plan_out_of_memory(plan);
  return storage_find(&plan->storage, *row, &recursion->scratch, stored);
}

/* Notes a row for `changes` and the next step. */
static int note(struct plan *plan, struct changes *changes, struct row row) {
  struct recursion *recursion = plan->state;
  bool noted = add_copy(changes, row, 1) && add_copy(&recursion->next, row, 1);
  return noted ? TIDE_OK : plan_out_of_memory(plan);
}

/* Runs `work` for each row of the statement. */
static int each_row(struct plan *plan, sqlite3_stmt *statement,
                    int (*work)(struct plan *plan, sqlite3_stmt *statement)) {
  bool row;
  int rc;
  while ((rc = database_step(plan->database, statement, &row)) == TIDE_OK && row)
    if ((rc = work(plan, statement)) != TIDE_OK)
      break;
  sqlite3_reset(statement);
  return rc;
}

/* Recomputing all costs less when a large share of many rows is affected. */
static int is_too_many(struct plan *plan, const struct changes *found, int64_t share,
                       bool *recompute) {
  enum { ROWS_FEW = 1000 };
  struct recursion *recursion = plan->state;
  int rc = TIDE_OK;
  if (found->count <= ROWS_FEW)
    return TIDE_OK;
  if (recursion->stored_count < 0)
    rc = storage_count(&plan->storage, &recursion->stored_count);
  *recompute = rc == TIDE_OK && found->count > recursion->stored_count / share;
  return rc;
}

/* The recursive term over the frontier, until that is empty or too much is found. */
static int propagate(struct plan *plan, const struct changes *found, int64_t share,
                     int (*work)(struct plan *plan, sqlite3_stmt *statement),
                     bool *recompute) {
  struct recursion *recursion = plan->state;
  sqlite3_stmt *statement;
  int rc = is_too_many(plan, found, share, recompute);
  while (rc == TIDE_OK && recursion->next.count > 0 && !*recompute) {
    rc = recursion_advance(plan);
    if (rc == TIDE_OK)
      rc = recursion_term(plan, false, 0, 0, &statement);
    if (rc == TIDE_OK)
      rc = each_row(plan, statement, work);
    if (rc == TIDE_OK)
      rc = is_too_many(plan, found, share, recompute);
  }
  changes_clear(&recursion->next);
  return rc;
}

/* --- rows that go --- */

static int is_in_base(struct plan *plan, struct row row, bool *there) {
  sqlite3_stmt *statement;
  int rc = recursion_in_base(plan, &statement);
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(statement, 1, row, plan->view->column_count);
  if (rc != SQLITE_OK)
    return database_error(plan->database, rc);
  rc = database_step(plan->database, statement, there);
  sqlite3_reset(statement);
  return rc;
}

static int leave(struct plan *plan, sqlite3_stmt *statement) {
  struct recursion *recursion = plan->state;
  struct row row, stored;
  bool stays = false;
  int rc = read_row(plan, statement, &row, &stored);
  if (rc != TIDE_OK || !stored.bytes || has(&recursion->gone, stored))
    return rc;
  rc = is_in_base(plan, stored, &stays);
  return rc == TIDE_OK && !stays ? note(plan, &recursion->gone, stored) : rc;
}

static int leave_base(struct plan *plan, sqlite3_stmt *statement) {
  bool went = sqlite3_column_int64(statement, plan->view->column_count) < 0;
  return went ? leave(plan, statement) : TIDE_OK;
}

/* All that the rows that went had a part in. */
static int find_gone(struct plan *plan, bool *recompute) {
  enum { SHARE = 3 };
  struct recursion *recursion = plan->state;
  sqlite3_stmt *statement;
  int rc = TIDE_OK;
  if (recursion->base_delta->count > 0) {
    rc = recursion_base_changes(plan, &statement);
    if (rc == TIDE_OK)
      rc = each_row(plan, statement, leave_base);
  }
  for (join_set set = join_next_set(recursion->went, 0); rc == TIDE_OK && set != 0;
       set = join_next_set(recursion->went, set)) {
    rc = recursion_term(plan, true, 0, set, &statement);
    if (rc == TIDE_OK)
      rc = each_row(plan, statement, leave);
  }
  return rc == TIDE_OK ? propagate(plan, &recursion->gone, SHARE, leave, recompute)
                       : rc;
}

/* --- rows that come, or come back --- */

/* Is the row whose columns begin at `first` one of those taken away? */
static int is_gone(struct plan *plan, sqlite3_stmt *statement, int first, bool *gone) {
  struct recursion *recursion = plan->state;
  row_pool_clear(&recursion->scratch);
  row_begin(&recursion->scratch);
  for (int i = 0; i < plan->view->column_count; i++)
    row_add(&recursion->scratch, sqlite3_column_value(statement, first + i), ROW_NULL);
  struct row row = row_end(&recursion->scratch);
  *gone = row.bytes && has(&recursion->gone, row);
  return row.bytes ? TIDE_OK : plan_out_of_memory(plan);
}

/* Can the row be derived from one that was not taken away? */
static int is_derived(struct plan *plan, struct row row, bool *derived) {
  sqlite3_stmt *statement;
  bool found, gone = false;
  *derived = false;
  int rc = recursion_derivations(plan, &statement);
  if (rc != TIDE_OK)
    return rc;
  rc = row_bind(statement, 1, row, plan->view->column_count);
  if (rc != SQLITE_OK)
    return database_error(plan->database, rc);
  while (!*derived &&
         (rc = database_step(plan->database, statement, &found)) == TIDE_OK && found) {
    rc = is_gone(plan, statement, 0, &gone);
    if (rc != TIDE_OK)
      break;
    *derived = !gone;
  }
  sqlite3_reset(statement);
  return rc;
}

static int derive_again(struct plan *plan) {
  struct recursion *recursion = plan->state;
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < recursion->gone.count; i++) {
    struct row row = recursion->gone.entries[i].row;
    bool derived;
    rc = is_derived(plan, row, &derived);
    if (rc == TIDE_OK && derived)
      rc = note(plan, &recursion->found, row);
  }
  return rc;
}

static int arrive(struct plan *plan, sqlite3_stmt *statement) {
  struct recursion *recursion = plan->state;
  struct row row, stored;
  int rc = read_row(plan, statement, &row, &stored);
  if (rc != TIDE_OK || (stored.bytes && !has(&recursion->gone, stored)))
    return rc;
  if (stored.bytes)
    row = stored;
  return has(&recursion->found, row) ? TIDE_OK : note(plan, &recursion->found, row);
}

static int arrive_base(struct plan *plan, sqlite3_stmt *statement) {
  bool came = sqlite3_column_int64(statement, plan->view->column_count) > 0;
  return came ? arrive(plan, statement) : TIDE_OK;
}

static int arrive_from_stored(struct plan *plan, sqlite3_stmt *statement) {
  bool gone;
  int rc = is_gone(plan, statement, plan->view->column_count + 1, &gone);
  return rc == TIDE_OK && !gone ? arrive(plan, statement) : rc;
}

static int find_new(struct plan *plan, bool *recompute) {
  struct recursion *recursion = plan->state;
  sqlite3_stmt *statement;
  int rc = derive_again(plan);
  if (rc == TIDE_OK && recursion->base_delta->count > 0) {
    rc = recursion_base_changes(plan, &statement);
    if (rc == TIDE_OK)
      rc = each_row(plan, statement, arrive_base);
  }
  for (join_set set = join_next_set(recursion->came, 0); rc == TIDE_OK && set != 0;
       set = join_next_set(recursion->came, set)) {
    rc = recursion_term(plan, true, set, 0, &statement);
    if (rc == TIDE_OK)
      rc = each_row(plan, statement, arrive_from_stored);
  }
  return rc == TIDE_OK ? propagate(plan, &recursion->found, 1, arrive, recompute) : rc;
}

/* --- all of it --- */

static int add_changes(struct plan *plan) {
  const struct recursion *recursion = plan->state;
  for (uint32_t i = 0; i < recursion->gone.count; i++)
    if (!add_copy(&plan->changes, recursion->gone.entries[i].row, -1))
      return plan_out_of_memory(plan);
  for (uint32_t i = 0; i < recursion->found.count; i++)
    if (!add_copy(&plan->changes, recursion->found.entries[i].row, 1))
      return plan_out_of_memory(plan);
  return TIDE_OK;
}

int recursion_maintain_set(struct plan *plan, bool *recompute) {
  int rc = find_gone(plan, recompute);
  if (rc == TIDE_OK && !*recompute)
    rc = find_new(plan, recompute);
  return rc == TIDE_OK && !*recompute ? add_changes(plan) : rc;
}
