/* Looks at a query for constructs. */
#include "view/shape.h"

#include "sql/walk.h"

static enum sql_walk look_at(const struct sql_node *node, void *context) {
  struct shape *shape = context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  if (node->kind == SQL_QUERY) {
    shape->subquery = true;
    return SQL_WALK_SKIP;
  }
  if (node->kind == SQL_CALL && node->child[CALL_OVER])
    shape->windows = true;
  if (function && (function->flags & FUNCTION_SET))
    shape->function = true;
  if (node->kind == SQL_FUNCTION_REFERENCE)
    shape->function = true;
  if (node->kind == SQL_JOIN && node->op != SQL_INNER && node->op != SQL_CROSS)
    shape->outer_join = true;
  return SQL_WALK_ON;
}

struct shape shape_of(const struct sql_node *query) {
  struct shape shape = {0};
  const struct sql_node *select = query->child[QUERY_BODY];
  shape.one_select = !query->child[QUERY_WITH] && !query->child[QUERY_LIMIT] &&
                     !query->child[QUERY_OFFSET] && select->kind == SQL_SELECT &&
                     select->child[SELECT_FROM] &&
                     select->child[SELECT_FROM]->count > 0;
  if (!shape.one_select)
    return shape;
  shape.grouped = select->child[SELECT_GROUP] || select->child[SELECT_HAVING] ||
                  select->bound_index == 1;
  shape.distinct_on = select->child[SELECT_DISTINCT_ON] != NULL;
  shape.distinct = (select->flags & SQL_DISTINCT) && !shape.distinct_on;
  sql_walk(select, look_at, &shape);
  return shape;
}

bool shape_is_projection(const struct sql_node *body) {
  struct sql_node *child[QUERY_LOCKING + 1] = {[QUERY_BODY] =
                                                   (struct sql_node *)(uintptr_t)body};
  struct sql_node query = {
      .kind = SQL_QUERY, .count = QUERY_LOCKING + 1, .child = child};
  struct shape shape = shape_of(&query);
  if (!shape_is_row_by_row(&shape) || shape.subquery || shape.function)
    return false;
  const struct sql_node *from = body->child[SELECT_FROM];
  const struct relation *relation = from->child[0]->bound;
  return from->count == 1 && from->child[0]->kind == SQL_TABLE_REFERENCE && relation &&
         relation->kind != RELATION_SYSTEM;
}
