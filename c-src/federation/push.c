/* Which parts of a condition an origin can evaluate, and to the same value; here those of PostgreSQL's dialect.
 *
 * What is pushed is also evaluated here, so an origin may keep too many rows but never too few.
 */
#include <string.h>

#include "federation/fetch.h"
#include "sql/walk.h"

struct visited {
  const struct sql_node *reference;
  bool possible;
};

/* Text sorts here by code points; an origin may have another collation. */
static bool is_collated(struct type type) {
  if (type.array)
    return false;
  return type.id == TYPE_TEXT || type.id == TYPE_VARCHAR || type.id == TYPE_CHAR ||
         type.id == TYPE_UNKNOWN;
}

static bool orders_text(const struct sql_node *node) {
  if (node->kind == SQL_BETWEEN)
    return is_collated(node->child[BETWEEN_OPERAND]->type);
  if (node->kind != SQL_BINARY || !node->text)
    return false;
  bool order = node->text[0] == '<' || node->text[0] == '>';
  return order && strcmp(node->text, "<>") != 0 && is_collated(node->child[LEFT]->type);
}

static bool function_possible(const struct sql_node *node) {
  const struct function *function = node->bound;
  if (!function)
    return node->kind != SQL_CALL; /* and, or, not */
  unsigned excluded = FUNCTION_AGGREGATE | FUNCTION_WINDOW | FUNCTION_STABLE |
                      FUNCTION_VOLATILE | FUNCTION_SET;
  if (node->kind != SQL_CALL)
    return !(function->flags & excluded);
  return (function->flags & FUNCTION_ORIGIN) && !(function->flags & excluded);
}

static bool node_possible(const struct sql_node *node,
                          const struct sql_node *reference) {
  /* made here; the origin may know another of that name */
  if (type_is_enum(node->type) || node->type.domain != 0)
    return false;
  switch (node->kind) {
  case SQL_NULL:
  case SQL_BOOLEAN:
  case SQL_INTEGER:
  case SQL_DECIMAL:
  case SQL_STRING:
  case SQL_BLOB:
  case SQL_PARAMETER:
  case SQL_IS:
  case SQL_IS_DISTINCT:
  case SQL_IN_LIST:
  case SQL_CASE:
  case SQL_WHEN:
  case SQL_CAST:
  case SQL_TYPE:
  case SQL_LIST:
  case SQL_NAME: return true;
  case SQL_LIKE: return node->op == SQL_LIKE_LIKE;
  case SQL_COLUMN: return node->bound == reference && node->text[0] != '_';
  case SQL_BETWEEN:
  case SQL_UNARY:
  case SQL_BINARY:
  case SQL_CALL: return !orders_text(node) && function_possible(node);
  default: return false;
  }
}

static enum sql_walk visit(const struct sql_node *node, void *context) {
  struct visited *visited = context;
  visited->possible = node_possible(node, visited->reference);
  return visited->possible ? SQL_WALK_ON : SQL_WALK_STOP;
}

enum push push_possible(const struct sql_node *condition,
                        const struct sql_node *reference, enum sql_dialect dialect) {
  if (dialect == SQL_DIALECT_MYSQL)
    return push_to_mysql(condition, reference);
  struct visited visited = {reference, true};
  sql_walk(condition, visit, &visited);
  return visited.possible ? PUSH_EXACTLY : PUSH_NOT;
}

int push_conjuncts(struct arena *arena, struct sql_node *condition,
                   struct sql_node *list) {
  if (!condition)
    return TIDE_OK;
  if (condition->kind == SQL_BINARY && strcmp(condition->text, "and") == 0) {
    int rc = push_conjuncts(arena, condition->child[LEFT], list);
    return rc == TIDE_OK ? push_conjuncts(arena, condition->child[RIGHT], list) : rc;
  }
  return sql_list_append(arena, list, condition) ? TIDE_OK : TIDE_ERROR_NOMEM;
}
