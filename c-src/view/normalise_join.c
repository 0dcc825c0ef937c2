/* RIGHT JOIN, turned round; FULL JOIN: the rows of LEFT JOIN and, padded, those of the right side that match
 * nothing. Each is a node, and so is their UNION ALL. */
#include "view/normalise_internal.h"

#include "sql/walk.h"

/* --- RIGHT JOIN --- */

/* A join in parentheses on the right of LEFT JOIN would be computed by itself. */
static void turn_right_join(struct sql_node *item) {
  if (item->kind != SQL_JOIN)
    return;
  struct sql_node *left = item->child[JOIN_LEFT];
  turn_right_join(left);
  turn_right_join(item->child[JOIN_RIGHT]);
  if (item->op != SQL_RIGHT_OUTER || left->kind == SQL_JOIN || item->child[JOIN_USING])
    return;
  item->op = SQL_LEFT_OUTER;
  item->child[JOIN_LEFT] = item->child[JOIN_RIGHT];
  item->child[JOIN_RIGHT] = left;
}

void split_right_joins(struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; from && i < from->count; i++)
    turn_right_join(from->child[i]);
}

/* --- FULL JOIN --- */

/* The columns of the references below a join that the SELECT uses anywhere. */
struct shown {
  struct splitter *splitter;
  const struct sql_node *join;
  int count, capacity;
  const struct sql_node **columns;
  const struct sql_node *reference; /* to the node */
  bool failed;
};

static enum sql_walk is_that(const struct sql_node *node, void *context) {
  return node == context ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool is_below(const struct sql_node *tree, const void *reference) {
  return !sql_walk(tree, is_that, (void *)(uintptr_t)reference);
}

/* Is it one of the relations that are joined, and not of a subquery in a condition? */
static bool is_joined(const struct sql_node *item, const void *reference) {
  if (item->kind != SQL_JOIN)
    return item == reference;
  return is_joined(item->child[JOIN_LEFT], reference) ||
         is_joined(item->child[JOIN_RIGHT], reference);
}

static int find_column(const struct shown *shown, const struct sql_node *node) {
  for (int i = 0; i < shown->count; i++)
    if (shown->columns[i]->bound == node->bound &&
        shown->columns[i]->bound_index == node->bound_index)
      return i;
  return -1;
}

static enum sql_walk collect(const struct sql_node *node, void *context) {
  struct shown *shown = context;
  if (node == shown->join)
    return SQL_WALK_SKIP;
  if (node->kind != SQL_COLUMN || !node->bound || !is_below(shown->join, node->bound) ||
      find_column(shown, node) >= 0)
    return SQL_WALK_ON;
  if (shown->count == shown->capacity) {
    int capacity = shown->capacity * 2 + 8;
    const struct sql_node **larger =
        arena_alloc(shown->splitter->arena, (size_t)capacity * sizeof *larger);
    if (!larger)
      return SQL_WALK_STOP;
    for (int i = 0; i < shown->count; i++)
      larger[i] = shown->columns[i];
    shown->columns = larger;
    shown->capacity = capacity;
  }
  shown->columns[shown->count++] = node;
  return SQL_WALK_ON;
}

static struct sql_node *to_node(struct sql_node *node, void *context) {
  struct shown *shown = context;
  int column = node && node->kind == SQL_COLUMN ? find_column(shown, node) : -1;
  if (column < 0)
    return node;
  struct sql_node *replaced =
      build_column(shown->splitter, shown->reference, column, node->index);
  shown->failed |= !replaced;
  return replaced;
}

/* SELECT the columns, or NULL for those that are not of `of`, FROM from. */
static struct sql_node *select_shown(struct shown *shown, struct sql_node *from,
                                     const struct sql_node *of, int32_t level) {
  struct splitter *splitter = shown->splitter;
  struct sql_node *select = build_select(splitter, from);
  if (!select)
    return NULL;
  select->index = level;
  for (int i = 0; i < shown->count; i++) {
    const struct sql_node *column = shown->columns[i];
    struct sql_node *value;
    if (is_below(of, column->bound)) {
      value = bind_clone_tree(splitter->arena, column);
      if (value)
        value->index = level;
    } else {
      value = sql_node_new(splitter->arena, SQL_NULL, from->position);
      if (value)
        value->type = column->type;
    }
    if (!build_result(splitter, select, value, NULL))
      return NULL;
  }
  return select;
}

/* Which references a FULL JOIN no longer pads. */
static void unpad(struct sql_node *item) {
  if (item->kind != SQL_JOIN)
    item->bound_index = 0;
  else if (item->op == SQL_INNER || item->op == SQL_CROSS || item->op == SQL_LEFT_OUTER)
    unpad(item->child[JOIN_LEFT]);
  if (item->kind == SQL_JOIN &&
      (item->op == SQL_INNER || item->op == SQL_CROSS || item->op == SQL_RIGHT_OUTER))
    unpad(item->child[JOIN_RIGHT]);
}

/* In NOT EXISTS the columns of the condition belong to two SELECTs; those of the right
 * side are bound to copies made with the left one, and go back to the originals. */
struct rebinding {
  const struct sql_node *copied, *original;
  const struct sql_node *left; /* copied */
  int32_t inner;
};

static const struct sql_node *counterpart(const struct sql_node *copy,
                                          const struct sql_node *original,
                                          const void *wanted) {
  if (!copy || !original)
    return NULL;
  if (copy == wanted)
    return original;
  for (uint32_t i = 0; i < copy->count; i++) {
    const struct sql_node *found =
        counterpart(copy->child[i], original->child[i], wanted);
    if (found)
      return found;
  }
  return NULL;
}

static struct sql_node *rebind(struct sql_node *node, void *context) {
  const struct rebinding *rebinding = context;
  if (!node || node->kind != SQL_COLUMN || !node->bound)
    return node;
  if (is_joined(rebinding->left, node->bound)) {
    node->index = rebinding->inner;
    return node;
  }
  const struct sql_node *original =
      counterpart(rebinding->copied, rebinding->original, node->bound);
  if (original)
    node->bound = original;
  return node;
}

/* SELECT … FROM right WHERE nothing of left matches. */
static struct sql_node *select_unmatched(struct shown *shown, struct sql_node *join,
                                         int32_t level) {
  struct splitter *splitter = shown->splitter;
  struct arena *arena = splitter->arena;
  struct sql_node *copy = bind_clone_tree(arena, join);
  if (!copy)
    return NULL;
  struct sql_node *select =
      select_shown(shown, join->child[JOIN_RIGHT], join->child[JOIN_RIGHT], level);
  struct sql_node *inner = build_select(splitter, copy->child[JOIN_LEFT]);
  struct sql_node *one = sql_node_text(arena, SQL_INTEGER, join->position, "1");
  struct sql_node *exists = sql_node_new(arena, SQL_EXISTS, join->position);
  struct sql_node *not = sql_node_text(arena, SQL_UNARY, join->position, "not");
  if (!select || !inner || !one || !exists || !not )
    return NULL;
  one->type = TYPE(TYPE_INTEGER);
  struct rebinding rebinding = {copy->child[JOIN_RIGHT], join->child[JOIN_RIGHT],
                                copy->child[JOIN_LEFT], inner->index};
  sql_rewrite(copy->child[JOIN_LEFT], rebind, &rebinding);
  sql_rewrite(copy->child[JOIN_ON], rebind, &rebinding);
  inner->child[SELECT_WHERE] = copy->child[JOIN_ON];
  if (!build_result(splitter, inner, one, NULL))
    return NULL;
  exists->child[0] = build_query(splitter, inner);
  exists->type = not ->type = TYPE(TYPE_BOOLEAN);
  not ->child[0] = exists;
  select->child[SELECT_WHERE] = not ;
  return exists->child[0] ? select : NULL;
}

static struct sql_node *union_of(struct shown *shown, struct sql_node *join,
                                 int32_t level) {
  struct splitter *splitter = shown->splitter;
  struct sql_node *operation =
      sql_node_new(splitter->arena, SQL_SET_OPERATION, join->position);
  struct sql_node *left = select_shown(shown, join, join, level);
  if (!operation || !left)
    return NULL;
  left = bind_clone_tree(splitter->arena, left); /* the right one takes the original */
  struct sql_node *right = select_unmatched(shown, join, level);
  if (!left || !right)
    return NULL;
  struct sql_node *copied = left->child[SELECT_FROM]->child[0];
  copied->op = SQL_LEFT_OUTER;
  unpad(copied->child[JOIN_LEFT]);
  unpad(right->child[SELECT_FROM]->child[0]);
  operation->op = SQL_UNION;
  operation->flags = SQL_ALL;
  operation->child[BODY_LEFT] = left;
  operation->child[BODY_RIGHT] = right;
  return operation;
}

/* A column of the first relation below the join. */
static bool show_any(struct shown *shown) {
  const struct sql_node *first = shown->join;
  while (first->kind == SQL_JOIN)
    first = first->child[JOIN_LEFT];
  if (first->kind != SQL_TABLE_REFERENCE || !first->bound)
    return false;
  struct sql_node *column = build_column(shown->splitter, first, 0, 0);
  shown->columns = arena_alloc(shown->splitter->arena, sizeof *shown->columns);
  if (!column || !shown->columns)
    return false;
  shown->columns[shown->count++] = column;
  return true;
}

/* The join at `slot` becomes a reference to a node. */
static int replace_join(struct splitter *splitter, struct sql_node *select,
                        const struct sql_node *order, struct sql_node **slot) {
  struct shown shown = {.splitter = splitter, .join = *slot};
  const struct relation *relation;
  sql_walk(select, collect, &shown);
  if (order)
    sql_walk(order, collect, &shown);
  if (splitter->arena->failed)
    return split_nomem(splitter);
  if (shown.count == 0 && !show_any(&shown)) /* how many rows there are matters */
    return splitter->arena->failed ? split_nomem(splitter) : TIDE_OK;
  struct sql_node *operation = union_of(&shown, *slot, select->index);
  struct sql_node *query = operation ? build_query(splitter, operation) : NULL;
  int rc = query ? split_off(splitter, query, &relation) : split_nomem(splitter);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *reference = build_reference(splitter, relation, select->position);
  if (!reference)
    return split_nomem(splitter);
  shown.reference = reference;
  *slot = reference;
  sql_rewrite(select, to_node, &shown);
  if (order)
    sql_rewrite((struct sql_node *)(uintptr_t)order, to_node, &shown);
  return shown.failed ? split_nomem(splitter) : TIDE_OK;
}

static struct sql_node **find_full_join(struct sql_node **slot) {
  struct sql_node *node = *slot;
  if (node->kind != SQL_JOIN)
    return NULL;
  struct sql_node **found = find_full_join(&node->child[JOIN_LEFT]);
  if (!found)
    found = find_full_join(&node->child[JOIN_RIGHT]);
  if (!found && node->op == SQL_FULL_OUTER)
    found = slot;
  return found;
}

int split_full_joins(struct splitter *splitter, struct sql_node *select,
                     const struct sql_node *order) {
  struct sql_node *from = select->child[SELECT_FROM];
  int rc = TIDE_OK;
  for (uint32_t i = 0; from && i < from->count; i++) {
    struct sql_node **slot, *before = NULL;
    while (rc == TIDE_OK && (slot = find_full_join(&from->child[i])) &&
           *slot != before) {
      before = *slot;
      rc = replace_join(splitter, select, order, slot);
    }
  }
  return rc;
}
