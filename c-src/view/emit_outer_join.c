/* LEFT, RIGHT and FULL JOIN: the rows of one relation that is never padded, and with them
 * all that they are joined with, are computed again where a change affects them. */
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
  else if (!shape.outer_join || shape.subquery || shape.function)
    *refusal = "it has no outer join, or subqueries or functions besides";
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
