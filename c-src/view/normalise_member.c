/* IN a subquery, where rows count only if it is true: as EXISTS each row finds by index what it is equal to, where IN would
 * go through the whole set for every part that is recomputed. */
#include "view/normalise_internal.h"

#include <string.h>

/* The value, or one of the values of a row, that are looked for. */
static struct sql_node *operand(const struct sql_node *in, uint32_t index) {
  struct sql_node *node = in->child[IN_OPERAND];
  return node->kind == SQL_ROW ? node->child[index] : node;
}

static bool is_member_test(const struct sql_node *node) {
  if (node->kind != SQL_IN_QUERY || (node->flags & SQL_NOT))
    return false;
  const struct sql_node *query = node->child[IN_SET];
  const struct sql_node *body = query->child[QUERY_BODY];
  return !query->child[QUERY_WITH] && !query->child[QUERY_LIMIT] &&
         !query->child[QUERY_OFFSET] && split_is_projection(body);
}

/* The test becomes EXISTS (SELECT 1 FROM … WHERE … AND value = operand AND …), in place. */
static void turn(struct splitter *splitter, struct sql_node *node) {
  struct sql_node *query = node->child[IN_SET];
  struct sql_node *select = query->child[QUERY_BODY];
  struct sql_node *results = select->child[SELECT_RESULTS];
  struct sql_node *exists = sql_node_new(splitter->arena, SQL_EXISTS, node->position);
  struct sql_node *one =
      sql_node_text(splitter->arena, SQL_INTEGER, node->position, "1");
  struct sql_node *where = select->child[SELECT_WHERE];
  for (uint32_t i = 0; i < results->count; i++) {
    struct sql_node *condition =
        build_comparison(splitter, "=", results->child[i]->child[0], operand(node, i));
    where = condition ? sql_and(splitter->arena, where, condition) : NULL;
    if (!where)
      return; /* it stays as it is: the arena says that memory ran out */
  }
  if (!exists || !one)
    return;
  one->type = TYPE(TYPE_INTEGER);
  results->child[0]->child[0] = one;
  results->child[0]->type = one->type;
  results->count = 1;
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
