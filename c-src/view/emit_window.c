/* Window functions: the partitions that changed rows belong to are computed again. */
#include "view/emit.h"
#include "view/partition.h"
#include "view/shape.h"

#include <string.h>

#include "sql/walk.h"

/* --- what all windows have in common --- */

/* The definition that OVER names. */
static const struct sql_node *named_window(const struct sql_node *select,
                                           const char *name) {
  const struct sql_node *windows = select->child[SELECT_WINDOWS];
  for (uint32_t i = 0; windows && i < windows->count; i++)
    if (strcmp(windows->child[i]->text, name) == 0)
      return windows->child[i]->child[0];
  return NULL;
}

/* PARTITION BY of a window, from the window that it builds on if need be; NULL: none. */
static const struct sql_node *partition_of(const struct sql_node *select,
                                           const struct sql_node *window) {
  while (window && window->kind == SQL_NAME)
    window = named_window(select, window->text);
  while (window && !window->child[WINDOW_PARTITION] && window->text)
    window = named_window(select, window->text);
  return window ? window->child[WINDOW_PARTITION] : NULL;
}

struct search {
  struct plan *plan;
  const struct sql_node *select;
  const struct sql_node **common;
  int count;
  bool met; /* a window function */
};

static bool is_among(const struct sql_node *list, const struct sql_node *expression) {
  for (uint32_t i = 0; list && i < list->count; i++)
    if (list->child[i]->bound == expression->bound &&
        sql_equal(list->child[i], expression))
      return true;
  return false;
}

static void keep_common(struct search *search, const struct sql_node *partition) {
  int kept = 0;
  for (int i = 0; i < search->count; i++)
    if (is_among(partition, search->common[i]))
      search->common[kept++] = search->common[i];
  search->count = kept;
}

static enum sql_walk find_windows(const struct sql_node *node, void *context) {
  struct search *search = context;
  if (node->kind != SQL_CALL || !node->child[CALL_OVER])
    return SQL_WALK_ON;
  const struct sql_node *partition =
      partition_of(search->select, node->child[CALL_OVER]);
  uint32_t count = partition ? partition->count : 0;
  if (search->met) {
    keep_common(search, partition);
    return SQL_WALK_ON;
  }
  search->met = true;
  search->common = plan_alloc(search->plan, (count + 1) * sizeof *search->common);
  for (uint32_t i = 0; search->common && i < count; i++)
    search->common[search->count++] = partition->child[i];
  return SQL_WALK_ON;
}

static int plan_window(struct plan *plan, const char **refusal) {
  struct shape shape = shape_of(plan->bound);
  if (plan->binding.volatility != 0)
    *refusal = "it calls a function that is not immutable";
  else if (!shape.one_select || !shape.windows || shape.grouped || shape.distinct ||
           shape.distinct_on)
    *refusal = "it has no window functions, or groups besides";
  if (*refusal)
    return TIDE_OK;
  struct search search = {.plan = plan, .select = plan->bound->child[QUERY_BODY]};
  sql_walk(search.select, find_windows, &search);
  if (plan->arena.failed)
    return plan_out_of_memory(plan);
  struct partition_limits limits = {true, search.common, search.count};
  return partition_plan(plan, &limits, refusal);
}

const struct emitter emit_window = {
    .name = "recompute of the window partitions affected",
    .plan = plan_window,
    .emit = partition_emit,
    .release = partition_release,
    .explain = partition_explain,
};
