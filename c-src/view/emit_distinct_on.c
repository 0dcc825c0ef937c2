/* SELECT DISTINCT ON: the groups that changed rows belong to are computed again. */
#include "view/emit.h"
#include "view/partition.h"
#include "view/shape.h"

#include <stdlib.h>

/* What an item stands for: itself, or the result whose number it is. */
static const struct sql_node *meant(const struct sql_node *item,
                                    const struct sql_node *results) {
  if (item->kind != SQL_INTEGER)
    return item;
  long number = strtol(item->text, NULL, 10);
  return number >= 1 && number <= (long)results->count
             ? results->child[number - 1]->child[0]
             : item;
}

static int plan_distinct_on(struct plan *plan, const char **refusal) {
  struct shape shape = shape_of(plan->bound);
  if (plan->binding.volatility != 0)
    *refusal = "it calls a function that is not immutable";
  else if (!shape.distinct_on || shape.grouped || shape.windows)
    *refusal = "it has no DISTINCT ON, or groups or windows besides";
  if (*refusal)
    return TIDE_OK;
  const struct sql_node *select = plan->bound->child[QUERY_BODY];
  const struct sql_node *items = select->child[SELECT_DISTINCT_ON];
  const struct sql_node **expressions =
      plan_alloc(plan, ((size_t)items->count + 1) * sizeof *expressions);
  if (!expressions)
    return plan_out_of_memory(plan);
  for (uint32_t i = 0; i < items->count; i++)
    expressions[i] = meant(items->child[i], select->child[SELECT_RESULTS]);
  struct partition_limits limits = {true, expressions, (int)items->count};
  return partition_plan(plan, &limits, refusal);
}

const struct emitter emit_distinct_on = {
    .name = "recompute of the DISTINCT ON groups affected",
    .plan = plan_distinct_on,
    .emit = partition_emit,
    .release = partition_release,
    .explain = partition_explain,
};
