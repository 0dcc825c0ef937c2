/* HAVING by the names of results, as MySQL has it: a name stands for what the select list calls so. */
#include <string.h>

#include "sql/mysql_internal.h"
#include "sql/walk.h"

static bool is_aggregate(const struct sql_node *call) {
  const char *name = call->child[CALL_NAME]->text;
  const struct function *function;
  for (size_t i = 0; (function = function_at(i)) != NULL; i++)
    if ((function->flags & FUNCTION_AGGREGATE) != 0 &&
        strcmp(function->name, name) == 0)
      return true;
  return strcmp(name, "group_concat") == 0;
}

static bool is_column(const struct sql_node *node, const char *name) {
  return node->kind == SQL_COLUMN && sql_same_name(node->text, name);
}

static enum sql_walk find_aggregate(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_CALL && is_aggregate(node) ? SQL_WALK_STOP : SQL_WALK_ON;
}

static enum sql_walk find_column(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_COLUMN ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* What can be grouped by under its name: GROUP BY s means SELECT lower(a) AS s. */
static bool is_groupable(const struct sql_node *result) {
  return sql_walk(result, find_aggregate, NULL) && !sql_walk(result, find_column, NULL);
}

/* A column that is grouped by goes before a result of its name. */
static bool is_grouped(const struct sql_node *select, const char *name) {
  const struct sql_node *group = select->child[SELECT_GROUP];
  for (uint32_t i = 0; group != NULL && i < group->count; i++)
    if (is_column(group->child[i], name))
      return true;
  return false;
}

/* What the name stands for; NULL: nothing of the select list, or the column itself. */
static const struct sql_node *result_called(const struct sql_node *select,
                                            const char *name) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; results != NULL && i < results->count; i++) {
    const struct sql_node *result = results->child[i];
    if (result->text != NULL && sql_same_name(result->text, name))
      return is_column(result->child[0], name) ? NULL : result->child[0];
  }
  return NULL;
}

/* Names inside aggregates mean columns, and those in subqueries are looked up there first. */
static struct sql_node *replace(struct mysql *mysql, const struct sql_node *select,
                                struct sql_node *node) {
  if (node == NULL || node->kind == SQL_QUERY ||
      (node->kind == SQL_CALL && is_aggregate(node)))
    return node;
  if (node->kind == SQL_COLUMN && node->child[0] == NULL) {
    const struct sql_node *meant = result_called(select, node->text);
    if (meant == NULL || (is_grouped(select, node->text) && !is_groupable(meant)))
      return node;
    return sql_clone(mysql->arena, meant);
  }
  for (uint32_t i = 0; i < node->count; i++)
    node->child[i] = replace(mysql, select, node->child[i]);
  return node;
}

void mysql_having(struct mysql *mysql, struct sql_node *select) {
  select->child[SELECT_HAVING] = replace(mysql, select, select->child[SELECT_HAVING]);
}
