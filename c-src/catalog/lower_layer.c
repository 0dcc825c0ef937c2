/* A SELECT that SQLite could not do at once becomes two: the lower gives columns, the upper makes the results of them. */
#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

struct layer {
  struct lowering *lowering;
  const struct sql_node *select;
  const struct sql_node
      *leaves; /* what is grouped by; NULL: the lower one gives whole expressions */
  struct sql_node *columns;   /* results of the lower one */
  struct sql_node *reference; /* to it, once all columns are known */
  int32_t level;              /* of the upper one */
};

/* Does the lower one give it? */
static bool is_given(const struct layer *layer, const struct sql_node *node) {
  if (!layer->leaves)
    return true;
  bool own = node->index == layer->select->index;
  return (own && (node->kind == SQL_COLUMN || bind_is_aggregate(node) ||
                  bind_is_grouping_call(node))) ||
         lower_find_same(layer->leaves, node) >= 0;
}

static int column_of(const struct layer *layer, const struct sql_node *node) {
  for (uint32_t i = 0; i < layer->columns->count; i++) {
    if (lower_is_same(layer->columns->child[i]->child[0], node))
      return (int)i;
  }
  return -1;
}

static bool give(struct layer *layer, struct sql_node *node) {
  struct lowering *lowering = layer->lowering;
  uint32_t count = layer->columns->count;
  if (column_of(layer, node) >= 0)
    return true;
  const char *name = arena_format(lowering->arena, "__given_%u", (unsigned)count);
  return name &&
         lower_append(lowering, layer->columns, lower_result(lowering, node, name));
}

/* Before there is a reference what is given is collected, and then replaced. */
static bool divide(struct layer *layer, struct sql_node **slot) {
  struct sql_node *node = *slot;
  if (!node)
    return true;
  if (is_given(layer, node)) {
    if (!layer->reference)
      return give(layer, node);
    *slot = lower_derived_column(layer->lowering, layer->reference,
                                 column_of(layer, node), layer->level);
    return *slot != NULL;
  }
  for (uint32_t i = 0; i < node->count; i++) {
    if (!divide(layer, &node->child[i]))
      return false;
  }
  return true;
}

/* A number of DISTINCT ON or ORDER BY stays one. */
static bool divide_items(struct layer *layer, struct sql_node *list) {
  for (uint32_t i = 0; list && i < list->count; i++) {
    struct sql_node **slot = &list->child[i];
    if ((*slot)->kind == SQL_ORDER || (*slot)->kind == SQL_RESULT)
      slot = &(*slot)->child[0];
    if ((list == layer->select->child[SELECT_RESULTS] ||
         (*slot)->kind != SQL_INTEGER) &&
        !divide(layer, slot))
      return false;
  }
  return true;
}

static bool divide_all(struct layer *layer, struct sql_node *order) {
  return divide_items(layer, layer->select->child[SELECT_RESULTS]) &&
         divide_items(layer, layer->select->child[SELECT_DISTINCT_ON]) &&
         divide_items(layer, order);
}

/* FROM (the lower one): the SELECT without what is the upper one's. */
static struct sql_node *refer(struct layer *layer) {
  struct lowering *lowering = layer->lowering;
  uint32_t position = layer->select->position;
  struct sql_node *lower = lower_node(lowering, SQL_SELECT, position, NULL);
  if (!lower)
    return NULL;
  struct sql_node **child = lower->child;
  *lower = *layer->select;
  lower->child = child;
  for (uint32_t i = 0; i < lower->count; i++)
    child[i] = layer->select->child[i];
  lower->flags &= ~(uint32_t)SQL_DISTINCT;
  child[SELECT_DISTINCT_ON] = NULL;
  child[SELECT_RESULTS] = layer->columns;
  if (layer->columns->count == 0 && !give(layer, lower_integer(lowering, position, 1)))
    return NULL;
  return lower_derived(lowering, lower_query_of(lowering, lower), "__layer");
}

static int split(struct layer *layer, struct sql_node *order, struct sql_node **body) {
  struct lowering *lowering = layer->lowering;
  struct sql_node *select = *body;
  layer->level = --lowering->next_level;
  layer->select = select;
  layer->columns = lower_list(lowering, select->position, 0);
  if (!layer->columns || !divide_all(layer, order) ||
      !(layer->reference = refer(layer)) || !divide_all(layer, order))
    return lower_nomem(lowering);
  struct sql_node *upper = lower_select_of(lowering, select->child[SELECT_RESULTS],
                                           layer->reference, layer->level);
  if (!upper)
    return lower_nomem(lowering);
  upper->flags = select->flags;
  upper->child[SELECT_DISTINCT_ON] = select->child[SELECT_DISTINCT_ON];
  *body = upper;
  return TIDE_OK;
}

/* --- what needs two --- */

/* Subqueries have windows of their own. */
static enum sql_walk is_window(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  return node->kind == SQL_CALL && node->child[CALL_OVER] ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool has_window(const struct sql_node *node) {
  return node && !sql_walk(node, is_window, NULL);
}

int lower_layers(struct lowering *lowering, struct sql_node *order,
                 struct sql_node **body) {
  const struct sql_node *select = *body;
  const struct sql_node *distinct = select->child[SELECT_DISTINCT_ON];
  bool windows = has_window(select->child[SELECT_RESULTS]) || has_window(distinct) ||
                 has_window(order);
  int rc = TIDE_OK;
  if (lower_has_grouping_sets(select) && (distinct || windows)) {
    struct sql_node *leaves = lower_list(lowering, select->position, 0);
    if (!leaves ||
        !bind_group_leaves(lowering->arena, select->child[SELECT_GROUP], leaves))
      return lower_nomem(lowering);
    rc = split(&(struct layer){.lowering = lowering, .leaves = leaves}, order, body);
  }
  /* DISTINCT ON is a window itself */
  if (rc == TIDE_OK && distinct && windows)
    rc = split(&(struct layer){.lowering = lowering}, order, body);
  return rc;
}
