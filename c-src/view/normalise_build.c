/* Building bound trees. */
#include "view/normalise_internal.h"

#include <string.h>

struct sql_node *build_reference(struct splitter *splitter,
                                 const struct relation *relation, uint32_t position) {
  const char *alias = arena_format(splitter->arena, "n#%d", ++splitter->next_alias);
  struct sql_node *reference =
      alias ? sql_node_text(splitter->arena, SQL_TABLE_REFERENCE, position, alias)
            : NULL;
  if (!reference)
    return NULL;
  reference->bound = relation;
  reference->child[REFERENCE_SOURCE] =
      sql_node_text(splitter->arena, SQL_NAME, position, relation->stored);
  return reference->child[REFERENCE_SOURCE] ? reference : NULL;
}

struct sql_node *build_column(struct splitter *splitter,
                              const struct sql_node *reference, int column,
                              int32_t level) {
  const struct relation *relation = reference->bound;
  const struct column *meant = &relation->columns[column];
  struct sql_node *node =
      sql_node_text(splitter->arena, SQL_COLUMN, reference->position, meant->name);
  if (!node)
    return NULL;
  node->child[0] =
      sql_node_text(splitter->arena, SQL_NAME, reference->position, reference->text);
  node->type = meant->type;
  node->bound = reference;
  node->bound_index = column;
  node->index = level;
  return node->child[0] ? node : NULL;
}

struct sql_node *build_select(struct splitter *splitter, struct sql_node *reference) {
  uint32_t position = reference->position;
  struct sql_node *select = sql_node_new(splitter->arena, SQL_SELECT, position);
  if (!select)
    return NULL;
  select->child[SELECT_RESULTS] = sql_node_new(splitter->arena, SQL_LIST, position);
  select->child[SELECT_FROM] = sql_node_new(splitter->arena, SQL_LIST, position);
  select->index = ++splitter->next_level;
  if (!select->child[SELECT_RESULTS] || !select->child[SELECT_FROM] ||
      !sql_list_append(splitter->arena, select->child[SELECT_FROM], reference))
    return NULL;
  return select;
}

bool build_result(struct splitter *splitter, struct sql_node *select,
                  struct sql_node *value, const char *name) {
  struct sql_node *results = select->child[SELECT_RESULTS];
  if (!name)
    name = arena_format(splitter->arena, "c%u", results->count + 1);
  struct sql_node *result =
      value && name ? sql_node_text(splitter->arena, SQL_RESULT, value->position, name)
                    : NULL;
  if (!result || !sql_list_append(splitter->arena, results, result))
    return false;
  result->child[0] = value;
  return true;
}

struct sql_node *build_query(struct splitter *splitter, struct sql_node *body) {
  struct sql_node *query = sql_node_new(splitter->arena, SQL_QUERY, body->position);
  if (query)
    query->child[QUERY_BODY] = body;
  return query;
}

struct sql_node *build_select_all(struct splitter *splitter,
                                  const struct relation *relation, uint32_t position) {
  struct sql_node *reference = build_reference(splitter, relation, position);
  struct sql_node *select = reference ? build_select(splitter, reference) : NULL;
  for (int i = 0; select && i < relation->column_count; i++)
    if (!build_result(splitter, select,
                      build_column(splitter, reference, i, select->index), NULL))
      return NULL;
  return select;
}

void build_replace(struct splitter *splitter, struct sql_node *reference,
                   const struct relation *relation) {
  reference->kind = SQL_TABLE_REFERENCE;
  reference->flags = 0;
  reference->index = 0;
  reference->bound = relation;
  reference->child[REFERENCE_SOURCE] =
      sql_node_text(splitter->arena, SQL_NAME, reference->position, relation->stored);
  reference->child[REFERENCE_COLUMNS] = NULL;
}

struct sql_node *build_comparison(struct splitter *splitter, const char *symbol,
                                  struct sql_node *left, struct sql_node *right) {
  struct type types[2] = {left->type, right->type}, result;
  const struct function *found;
  if (operator_find(symbol, types, 2, &found, types, &result) != FUNCTION_FOUND)
    return NULL;
  struct sql_node *node =
      sql_node_text(splitter->arena, SQL_BINARY, left->position, symbol);
  if (!node)
    return NULL;
  node->child[LEFT] = left;
  node->child[RIGHT] = right;
  node->bound = found;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

struct sql_node *build_count(struct splitter *splitter, struct sql_node *value,
                             int32_t level, uint32_t position) {
  struct type types[1], result;
  const struct function *found;
  if (value)
    types[0] = value->type;
  struct sql_node *call = sql_node_new(splitter->arena, SQL_CALL, position);
  struct sql_node *name = sql_node_text(splitter->arena, SQL_NAME, position, "count");
  struct sql_node *arguments = sql_node_new(splitter->arena, SQL_LIST, position);
  if (!call || !name || !arguments ||
      function_find("count", types, value != NULL, &found, types, &result) !=
          FUNCTION_FOUND ||
      (value && !sql_list_append(splitter->arena, arguments, value)))
    return NULL;
  call->child[CALL_NAME] = name;
  call->child[CALL_ARGUMENTS] = value ? arguments : NULL;
  call->flags = value ? 0 : SQL_ALL_ROWS;
  call->bound = found;
  call->index = level;
  call->type = result;
  return call;
}
