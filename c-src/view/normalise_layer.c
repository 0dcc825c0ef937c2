/* Splitting a SELECT between two of its layers: the lower becomes a node, the upper reads
 * it. */
#include "view/normalise_internal.h"

#include <string.h>

#include "catalog/spelling.h"
#include "sql/walk.h"
#include "view/group.h"

/* What the upper layer takes from the lower one: expressions of the SELECT, each a column
 * of the node. */
struct cut {
  struct splitter *splitter;
  int32_t level;   /* of the SELECT */
  bool aggregates; /* these are taken whole */
  int count, capacity;
  const struct sql_node **taken;
  /* after the cut */
  const struct sql_node *reference;
  int32_t upper_level;
  bool failed;
};

/* The parts of a SELECT that are above rows. */
static const int upper_slots[] = {SELECT_DISTINCT_ON, SELECT_RESULTS, SELECT_GROUP,
                                  SELECT_HAVING, SELECT_WINDOWS};

static int find_taken(const struct cut *cut, const struct sql_node *node) {
  for (int i = 0; i < cut->count; i++)
    if (tree_same(cut->taken[i], node))
      return i;
  return -1;
}

static void take(struct cut *cut, const struct sql_node *node) {
  if (find_taken(cut, node) >= 0)
    return;
  if (cut->count == cut->capacity) {
    int capacity = cut->capacity * 2 + 8;
    const struct sql_node **larger =
        arena_alloc(cut->splitter->arena, (size_t)capacity * sizeof *larger);
    cut->failed |= !larger;
    if (!larger)
      return;
    if (cut->count > 0)
      memcpy(larger, cut->taken, (size_t)cut->count * sizeof *larger);
    cut->taken = larger;
    cut->capacity = capacity;
  }
  cut->taken[cut->count++] = node;
}

static bool is_own(const struct cut *cut, const struct sql_node *node) {
  if (node->index != cut->level)
    return false;
  return node->kind == SQL_COLUMN || (cut->aggregates && group_is_aggregate(node));
}

static enum sql_walk take_needed(const struct sql_node *node, void *context) {
  struct cut *cut = context;
  if (find_taken(cut, node) >= 0)
    return SQL_WALK_SKIP;
  if (!is_own(cut, node))
    return SQL_WALK_ON;
  take(cut, node);
  return SQL_WALK_SKIP;
}

/* Puts columns of the node in the place of what is taken. */
static struct sql_node *replace(struct cut *cut, struct sql_node *node) {
  if (!node)
    return NULL;
  int taken = find_taken(cut, node);
  if (taken >= 0) {
    struct sql_node *column =
        build_column(cut->splitter, cut->reference, taken, cut->upper_level);
    cut->failed |= !column;
    return column;
  }
  bool belongs = node->kind == SQL_CALL && node->index == cut->level && node->bound;
  if (belongs)
    node->index = cut->upper_level;
  for (uint32_t i = 0; i < node->count; i++)
    node->child[i] = replace(cut, node->child[i]);
  return node;
}

/* SELECT what is taken FROM … WHERE … of the SELECT. */
static struct sql_node *lower_select_of_cut(struct cut *cut,
                                            const struct sql_node *select) {
  struct splitter *splitter = cut->splitter;
  struct sql_node *lower = sql_node_new(splitter->arena, SQL_SELECT, select->position);
  if (!lower)
    return NULL;
  lower->index = cut->level;
  lower->child[SELECT_RESULTS] =
      sql_node_new(splitter->arena, SQL_LIST, select->position);
  lower->child[SELECT_FROM] = select->child[SELECT_FROM];
  lower->child[SELECT_WHERE] = select->child[SELECT_WHERE];
  if (cut->count == 0) { /* only how many rows, or that there is a group, matters */
    struct sql_node *one =
        cut->aggregates
            ? build_count(splitter, NULL, cut->level, select->position)
            : sql_node_text(splitter->arena, SQL_INTEGER, select->position, "1");
    if (!one)
      return NULL;
    if (!cut->aggregates)
      one->type = TYPE(TYPE_INTEGER);
    if (!build_result(splitter, lower, one, NULL))
      return NULL;
  }
  for (int i = 0; i < cut->count; i++)
    if (!build_result(splitter, lower, bind_clone_tree(splitter->arena, cut->taken[i]),
                      NULL))
      return NULL;
  return lower;
}

static int finish(struct cut *cut) {
  return cut->failed || cut->splitter->arena->failed ? split_nomem(cut->splitter)
                                                     : TIDE_OK;
}

/* The SELECT reads the node that `lower` becomes. */
static int read_node(struct cut *cut, struct sql_node *select, struct sql_node *order,
                     struct sql_node *lower) {
  struct splitter *splitter = cut->splitter;
  const struct relation *relation;
  struct sql_node *query = build_query(splitter, lower);
  int rc = query ? split_off(splitter, query, &relation) : split_nomem(splitter);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *reference = build_reference(splitter, relation, select->position);
  struct sql_node *from = sql_node_new(splitter->arena, SQL_LIST, select->position);
  if (!reference || !from || !sql_list_append(splitter->arena, from, reference))
    return split_nomem(splitter);
  cut->reference = reference;
  cut->upper_level = ++splitter->next_level;
  for (size_t i = 0; i < sizeof upper_slots / sizeof *upper_slots; i++)
    select->child[upper_slots[i]] = replace(cut, select->child[upper_slots[i]]);
  if (order)
    replace(cut, order);
  select->child[SELECT_FROM] = from;
  select->child[SELECT_WHERE] = NULL;
  select->index = cut->upper_level;
  return finish(cut);
}

int split_rows(struct splitter *splitter, struct sql_node *select,
               struct sql_node *order, const struct sql_node *const *further,
               int count) {
  struct cut cut = {.splitter = splitter, .level = select->index};
  for (int i = 0; i < count; i++)
    take(&cut, further[i]);
  for (size_t i = 0; i < sizeof upper_slots / sizeof *upper_slots; i++)
    if (select->child[upper_slots[i]])
      sql_walk(select->child[upper_slots[i]], take_needed, &cut);
  if (order)
    sql_walk(order, take_needed, &cut);
  struct sql_node *lower = lower_select_of_cut(&cut, select);
  if (!lower || finish(&cut) != TIDE_OK)
    return split_nomem(splitter);
  return read_node(&cut, select, order, lower);
}

int split_groups(struct splitter *splitter, struct sql_node *select,
                 struct sql_node *order) {
  struct cut cut = {.splitter = splitter, .level = select->index, .aggregates = true};
  const struct sql_node *keys = select->child[SELECT_GROUP];
  for (uint32_t i = 0; keys && i < keys->count; i++)
    take(&cut, keys->child[i]);
  for (size_t i = 0; i < sizeof upper_slots / sizeof *upper_slots; i++)
    if (upper_slots[i] != SELECT_GROUP && select->child[upper_slots[i]])
      sql_walk(select->child[upper_slots[i]], take_needed, &cut);
  if (order)
    sql_walk(order, take_needed, &cut);
  struct sql_node *lower = lower_select_of_cut(&cut, select);
  if (!lower || finish(&cut) != TIDE_OK)
    return split_nomem(splitter);
  lower->bound_index = keys ? select->bound_index : 1; /* all rows are one group */
  if (keys) { /* a copy: the node takes it apart, and the upper layer is compared with it */
    lower->child[SELECT_GROUP] = bind_clone_tree(splitter->arena, keys);
    if (!lower->child[SELECT_GROUP])
      return split_nomem(splitter);
  }
  select->child[SELECT_GROUP] = NULL;
  select->bound_index = 0;
  int rc = read_node(&cut, select, order, lower);
  if (rc != TIDE_OK)
    return rc;
  select->child[SELECT_WHERE] = select->child[SELECT_HAVING];
  select->child[SELECT_HAVING] = NULL;
  return TIDE_OK;
}

/* --- DISTINCT --- */

static bool is_constant(const struct sql_node *node) {
  while (node->kind == SQL_CAST)
    node = node->child[CAST_OPERAND];
  return node->count == 0 && node->kind != SQL_COLUMN;
}

/* GROUP BY all results but constants: of those any row has the same. */
static int group_by_results(struct splitter *splitter, struct sql_node *select) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  struct sql_node *keys = sql_node_new(splitter->arena, SQL_LIST, select->position);
  for (uint32_t i = 0; keys && i < results->count; i++) {
    const struct sql_node *value = results->child[i]->child[0];
    struct sql_node *key =
        is_constant(value) ? NULL : bind_clone_tree(splitter->arena, value);
    if (key && !sql_list_append(splitter->arena, keys, key))
      return split_nomem(splitter);
  }
  if (!keys || splitter->arena->failed)
    return split_nomem(splitter);
  if (keys->count == 0)
    return TIDE_OK; /* it stays DISTINCT */
  select->child[SELECT_GROUP] = keys;
  select->flags &= ~(uint32_t)SQL_DISTINCT;
  return !spelling_groups_vary(select) || spelling_group(splitter->arena, select, NULL)
             ? TIDE_OK
             : split_nomem(splitter);
}

int split_distinct(struct splitter *splitter, struct sql_node *select) {
  struct sql_node *query = build_query(splitter, select);
  if (!query)
    return split_nomem(splitter);
  struct shape shape = shape_of(query);
  if (shape_is_row_by_row(&(struct shape){.one_select = shape.one_select,
                                          .grouped = shape.grouped,
                                          .windows = shape.windows}) &&
      !shape.outer_join && !shape.subquery && !shape.function)
    return group_by_results(splitter, select);
  /* a SELECT of its own for what is below DISTINCT */
  struct sql_node *below = sql_node_new(splitter->arena, SQL_SELECT, select->position);
  const struct relation *relation;
  if (!below)
    return split_nomem(splitter);
  struct sql_node **child = below->child;
  *below = *select;
  below->child = child;
  memcpy(below->child, select->child, select->count * sizeof *child);
  below->flags &= ~(uint32_t)SQL_DISTINCT;
  query->child[QUERY_BODY] = below;
  int rc = split_off(splitter, query, &relation);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *above = build_select_all(splitter, relation, select->position);
  if (!above)
    return split_nomem(splitter);
  const struct sql_node *names = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; i < names->count; i++) {
    above->child[SELECT_RESULTS]->child[i]->text = names->child[i]->text;
    above->child[SELECT_RESULTS]->child[i]->length = names->child[i]->length;
  }
  child = select->child;
  *select = *above;
  select->child = child;
  memcpy(select->child, above->child, above->count * sizeof *child);
  return group_by_results(splitter, select);
}
