/* IN a subquery, where rows count only if it is true: as EXISTS each row finds by index what it is equal to, where IN would
 * go through the whole set for every part that is recomputed. */
#include "view/normalise_internal.h"

#include <string.h>

static bool is_member_test(const struct sql_node *node) {
  if (node->kind != SQL_IN_QUERY || (node->flags & SQL_NOT) ||
      node->child[IN_OPERAND]->kind == SQL_ROW)
    return false;
  const struct sql_node *query = node->child[IN_SET];
  const struct sql_node *body = query->child[QUERY_BODY];
  return !query->child[QUERY_WITH] && !query->child[QUERY_LIMIT] &&
         !query->child[QUERY_OFFSET] && split_is_projection(body) &&
         body->child[SELECT_RESULTS]->count == 1 &&
         body->child[SELECT_RESULTS]->child[0]->child[0]->type.id ==
             node->child[IN_OPERAND]->type.id;
}

/* The test becomes EXISTS (SELECT 1 FROM … WHERE … AND value = operand), in place. */
static void turn(struct splitter *splitter, struct sql_node *node) {
  struct sql_node *query = node->child[IN_SET];
  struct sql_node *select = query->child[QUERY_BODY];
  struct sql_node *result = select->child[SELECT_RESULTS]->child[0];
  struct sql_node *exists = sql_node_new(splitter->arena, SQL_EXISTS, node->position);
  struct sql_node *one =
      sql_node_text(splitter->arena, SQL_INTEGER, node->position, "1");
  struct sql_node *condition =
      build_comparison(splitter, "=", result->child[0], node->child[IN_OPERAND]);
  struct sql_node *where =
      condition ? build_and(splitter, select->child[SELECT_WHERE], condition) : NULL;
  if (!exists || !one || !where)
    return; /* it stays as it is, or the arena says that memory ran out */
  one->type = TYPE(TYPE_INTEGER);
  result->child[0] = one;
  result->type = one->type;
  select->child[SELECT_WHERE] = where;
  exists->child[0] = query;
  exists->type = TYPE(TYPE_BOOLEAN);
  *node = *exists;
}

static void turn_conjuncts(struct splitter *splitter, struct sql_node *condition) {
  if (condition->kind == SQL_BINARY && strcmp(condition->text, "and") == 0) {
    turn_conjuncts(splitter, condition->child[LEFT]);
    turn_conjuncts(splitter, condition->child[RIGHT]);
  } else if (is_member_test(condition)) {
    turn(splitter, condition);
  }
}

int split_members(struct splitter *splitter, struct sql_node *select) {
  if (select->child[SELECT_WHERE])
    turn_conjuncts(splitter, select->child[SELECT_WHERE]);
  return splitter->arena->failed ? split_nomem(splitter) : TIDE_OK;
}
