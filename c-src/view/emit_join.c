/* Inner joins of any number of relations, also of one with itself: the terms of the
 * delta are the view's changes. */
#include "view/emit.h"

#include "sql/walk.h"

/* --- what it takes --- */

static enum sql_walk find_aggregate(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->bound;
  if (node->kind != SQL_CALL || !function)
    return SQL_WALK_ON;
  bool found =
      node->child[CALL_OVER] || (function->flags & (FUNCTION_AGGREGATE | FUNCTION_SET));
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static const char *why_not(const struct plan *plan) {
  if (plan->not_a_join)
    return plan->not_a_join;
  const struct sql_node *select = plan->select;
  if (plan->binding.volatility != 0)
    return "it calls a function that is not immutable";
  if ((select->flags & SQL_DISTINCT) || select->child[SELECT_DISTINCT_ON])
    return "it has DISTINCT";
  if (select->child[SELECT_GROUP] || select->child[SELECT_HAVING])
    return "it has GROUP BY or HAVING";
  if (!sql_walk(select->child[SELECT_RESULTS], find_aggregate, NULL))
    return "it has an aggregate, a window function or a function that returns rows";
  return NULL;
}

static int plan_join(struct plan *plan, const char **refusal) {
  *refusal = why_not(plan);
  if (*refusal)
    return TIDE_OK;
  const struct sql_node *results = plan->select->child[SELECT_RESULTS];
  int *key = plan_alloc(plan, ((size_t)results->count + 1) * sizeof *key);
  if (!key)
    return plan_out_of_memory(plan);
  bool never_null;
  int count = join_key(plan, results, key, &never_null);
  int rc = TIDE_OK;
  if (count >= 0)
    rc = storage_set_key(&plan->storage, &plan->arena, key, count, never_null);
  return rc == TIDE_OK ? join_wish_indexes(plan) : rc;
}

/* --- emitting --- */

static int print_results(struct plan *plan, const char *weight, struct buffer *out) {
  const struct sql_node *results = plan->select->child[SELECT_RESULTS];
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    rc = plan_print(plan, results->child[i]->child[0], out);
    buffer_text(out, ", ");
  }
  buffer_text(out, weight);
  return rc;
}

static int run_term(struct plan *plan, join_set deltas) {
  sqlite3_stmt *statement;
  int rc = join_term(plan, deltas, print_results, NULL, &statement);
  if (rc != TIDE_OK)
    return rc;
  int count = plan->storage.column_count;
  bool row;
  while ((rc = database_step(plan->database, statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(&plan->changes, statement, count, plan->storage.affinity,
                               sqlite3_column_int64(statement, count)))
      break;
  sqlite3_reset(statement);
  return rc == TIDE_OK && plan->changes.failed ? plan_out_of_memory(plan) : rc;
}

static int emit(struct plan *plan, bool *recompute) {
  join_set changed = join_changed(&plan->join);
  *recompute = __builtin_popcount(changed) > JOIN_CHANGED_MAX;
  int rc = TIDE_OK;
  for (join_set set = join_next_set(changed, 0);
       rc == TIDE_OK && set != 0 && !*recompute; set = join_next_set(changed, set))
    rc = run_term(plan, set);
  return rc;
}

static int explain(struct plan *plan, struct buffer *out) {
  return join_explain(plan, print_results, NULL, out);
}

const struct emitter emit_join = {
    .name = "incremental join",
    .plan = plan_join,
    .emit = emit,
    .explain = explain,
};
