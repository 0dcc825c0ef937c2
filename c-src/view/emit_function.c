/* Functions that return rows, of each row: unnest(t.tags), generate_series(1, t.n). */
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
  else if (!shape.function || shape.subquery)
    *refusal = "it has no function that returns rows, or subqueries besides";
  if (*refusal)
    return TIDE_OK;
  return partition_plan(plan, &none, refusal);
}

const struct emitter emit_function = {
    .name = "incremental function",
    .plan = plan_parts,
    .emit = partition_emit,
    .release = partition_release,
    .explain = partition_explain,
};
