/* LEFT and RIGHT JOIN: the rows of one relation that is never padded, and with them
 * all that they are joined with, are computed again where a change affects them. */
#include "view/emit.h"
#include "view/partition.h"
#include "view/shape.h"

/* Of FULL JOIN no relation is never padded. */
static bool is_full(const struct sql_node *item) {
  return item->kind == SQL_JOIN &&
         (item->op == SQL_FULL_OUTER || is_full(item->child[JOIN_LEFT]) ||
          is_full(item->child[JOIN_RIGHT]));
}

static bool has_full_join(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; from && i < from->count; i++)
    if (is_full(from->child[i]))
      return true;
  return false;
}

static int plan_parts(struct plan *plan, const char **refusal) {
  struct shape shape = shape_of(plan->bound);
  struct partition_limits none = {0};
  if (plan->binding.volatility != 0)
    *refusal = "it calls a function that is not immutable";
  else if (!shape_is_row_by_row(&shape))
    *refusal = "it does not make its rows one by one";
  else if (!shape.outer_join || shape.subquery || shape.function)
    *refusal = "it has no outer join, or subqueries or functions besides";
  else if (has_full_join(plan->bound->child[QUERY_BODY]))
    *refusal = "it has a FULL JOIN";
  if (*refusal)
    return TIDE_OK;
  return partition_plan(plan, &none, refusal);
}

const struct emitter emit_outer_join = {
    .name = "incremental outer join",
    .plan = plan_parts,
    .emit = partition_emit,
    .release = partition_release,
    .explain = partition_explain,
};
