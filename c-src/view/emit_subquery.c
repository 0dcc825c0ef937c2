/* Subqueries in expressions and LATERAL ones: EXISTS, IN, one value, an array. A row of the
 * outer query is computed again when a row that its subqueries look at has changed: one
 * that is correlated with it. */
#include "view/emit.h"
#include "view/partition.h"
#include "view/shape.h"

static int plan_parts(struct plan *plan, const char **refusal) {
  struct shape shape = shape_of(plan->bound);
  struct partition_limits none = {0};
  if (plan->binding.volatility != 0)
    *refusal = "it calls a function that is not immutable";
  else if (!shape_is_row_by_row(&shape))
    *refusal = "it does not make its rows one by one";
  else if (!shape.subquery)
    *refusal = "it has no subquery";
  if (*refusal)
    return TIDE_OK;
  return partition_plan(plan, &none, refusal);
}

const struct emitter emit_subquery = {
    .name = "incremental subquery",
    .plan = plan_parts,
    .emit = partition_emit,
    .release = partition_release,
    .explain = partition_explain,
};
