/* A function that returns rows in a select list: it is joined to FROM, where no name can reach it. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

static struct scope_reference *reference_of(struct binder *binder, struct level *level,
                                            struct sql_node *call) {
  struct sql_node *node =
      bind_node(binder, SQL_FUNCTION_REFERENCE, call->position, NULL);
  if (!node)
    return NULL;
  node->child[REFERENCE_SOURCE] = call;
  return bind_function_result(binder, level, node, call->child[CALL_NAME]->text);
}

struct sql_node *bind_set_result(struct binder *binder, struct scope *scope,
                                 struct sql_node *call) {
  struct level *level = scope->level;
  const char *refused = NULL;
  if (level->clause != CLAUSE_RESULTS && level->clause != CLAUSE_GROUP &&
      level->clause != CLAUSE_ORDER && level->clause != CLAUSE_DISTINCT_ON)
    refused = "a function that returns rows outside FROM and the select list";
  else if (level->set_function &&
           !sql_equal(level->set_function->node->child[REFERENCE_SOURCE], call))
    refused = "a select list with several functions that return rows";
  if (refused) {
    bind_unsupported(binder, call->position, refused);
    return NULL;
  }
  if (!level->set_function)
    level->set_function = reference_of(binder, level, call);
  if (!level->set_function)
    return NULL;
  if (level->set_function->count == 1)
    return bind_scope_column(binder, &level->set_function->columns[0], call->position);
  bind_unsupported(binder, call->position, "a row as a result");
  return NULL;
}

/* --- where it cannot be --- */

struct search {
  const struct level *level;
  const char *refused; /* what was found */
  uint32_t position;
};

static bool is_column(const struct level *level, const struct sql_node *node) {
  return node->kind == SQL_COLUMN && node->bound == level->set_function->node;
}

static enum sql_walk find_column(const struct sql_node *node, void *context) {
  return is_column(context, node) ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool contains(struct level *level, const struct sql_node *node) {
  return !sql_walk(node, find_column, level);
}

/* Its rows are there whether the branch is taken or not; a window function comes before them. */
static enum sql_walk find_refused(const struct sql_node *node, void *context) {
  struct search *search = context;
  struct level *level = (struct level *)(uintptr_t)search->level;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  bool choice =
      node->kind == SQL_CASE || (function && strcmp(function->name, "coalesce") == 0);
  if (choice && contains(level, node))
    search->refused = "a function that returns rows in CASE or COALESCE";
  else if (bind_is_window_call(node) && node->index == level->id)
    search->refused = "a window function beside a function that returns rows";
  search->position = node->position;
  return search->refused ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Groups are made of its rows if they are grouped by; otherwise its rows would be made of groups. */
static bool is_grouped_by(struct level *level, const struct sql_node *select) {
  return contains(level, select->child[SELECT_GROUP]);
}

int bind_set_function(struct binder *binder, struct level *level,
                      struct sql_node *select, const struct sql_node *order,
                      bool grouped) {
  struct sql_node *reference = level->set_function->node;
  struct search search = {.level = level};
  bool found = !sql_walk(select->child[SELECT_RESULTS], find_refused, &search) ||
               !sql_walk(order, find_refused, &search);
  if (!found && grouped && !is_grouped_by(level, select))
    search = (struct search){level, "a function that returns rows for groups",
                             reference->position};
  if (search.refused)
    return bind_unsupported(binder, search.position, search.refused);
  struct sql_node *from = select->child[SELECT_FROM];
  if (!from)
    from = bind_node(binder, SQL_LIST, reference->position, NULL);
  select->child[SELECT_FROM] = from;
  return bind_append(binder, from, reference) ? TIDE_OK : TIDE_ERROR_NOMEM;
}
