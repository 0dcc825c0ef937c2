/* Visiting and rewriting trees. */
#include "sql/walk.h"

bool sql_walk(const struct sql_node *node,
              enum sql_walk (*visit)(const struct sql_node *node, void *context),
              void *context) {
  if (node == NULL)
    return true;
  switch (visit(node, context)) {
  case SQL_WALK_STOP: return false;
  case SQL_WALK_SKIP: return true;
  case SQL_WALK_ON: break;
  }
  for (uint32_t i = 0; i < node->count; i++) {
    if (!sql_walk(node->child[i], visit, context))
      return false;
  }
  return true;
}

struct sql_node *sql_rewrite(struct sql_node *node,
                             struct sql_node *(*rewrite)(struct sql_node *node,
                                                         void *context),
                             void *context) {
  if (node == NULL)
    return NULL;
  for (uint32_t i = 0; i < node->count; i++)
    node->child[i] = sql_rewrite(node->child[i], rewrite, context);
  return rewrite(node, context);
}
