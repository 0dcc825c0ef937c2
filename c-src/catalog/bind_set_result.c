/* Functions that return rows in a select list: they are joined to FROM, several side by side, where no name can reach them. */
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

static bool is_call_of(const struct scope_reference *reference,
                       const struct sql_node *call) {
  return sql_equal(reference->node->child[REFERENCE_SOURCE], call);
}

/* The function of the level that a column is of; NULL: it is of another relation. */
static const struct set_function *function_of(const struct level *level,
                                              const struct sql_node *node) {
  const struct set_function *one = level->set_functions;
  while (one && (node->kind != SQL_COLUMN || node->bound != one->reference->node))
    one = one->next;
  return one;
}

static enum sql_walk find_column(const struct sql_node *node, void *context) {
  return function_of(context, node) ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool contains(struct level *level, const struct sql_node *node) {
  return !sql_walk(node, find_column, level);
}

/* The same call once more is the same column: they would give the same rows side by side. */
static struct set_function *find_or_add(struct binder *binder, struct level *level,
                                        struct sql_node *call) {
  struct set_function **slot = &level->set_functions;
  while (*slot && !is_call_of((*slot)->reference, call))
    slot = &(*slot)->next;
  if (*slot)
    return *slot;
  struct set_function *added = bind_alloc(binder, sizeof *added);
  if (!added)
    return NULL;
  added->reference = reference_of(binder, level, call);
  if (!added->reference)
    return NULL;
  return *slot = added;
}

struct sql_node *bind_set_result(struct binder *binder, struct scope *scope,
                                 struct sql_node *call) {
  struct level *level = scope->level;
  const char *refused = NULL;
  if (level->clause != CLAUSE_RESULTS && level->clause != CLAUSE_GROUP &&
      level->clause != CLAUSE_ORDER && level->clause != CLAUSE_DISTINCT_ON)
    refused = "a function that returns rows outside FROM and the select list";
  else if (contains(level, call))
    refused = "a function that returns rows inside another";
  if (refused) {
    bind_unsupported(binder, call->position, refused);
    return NULL;
  }
  const struct set_function *function = find_or_add(binder, level, call);
  if (!function)
    return NULL;
  if (function->reference->count == 1)
    return bind_scope_column(binder, &function->reference->columns[0], call->position);
  return bind_whole_row(binder, function->reference, call->position);
}

/* --- where it cannot be --- */

struct search {
  const struct level *level;
  const char *refused; /* what was found */
  uint32_t position;
};

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

/* --- putting it into FROM --- */

/* Columns of several functions become those of the one relation that they make side by side. */
struct replacement {
  struct binder *binder;
  const struct level *level;
  const struct sql_node *reference, *query;
};

static struct sql_node *replace_column(struct sql_node *node, void *context) {
  const struct replacement *replacement = context;
  struct binder *binder = replacement->binder;
  if (!function_of(replacement->level, node))
    return node;
  int index = 0; /* each of them has one column */
  for (const struct set_function *one = replacement->level->set_functions;
       one->reference->node != node->bound; one = one->next)
    index++;
  const struct sql_node *reference = replacement->reference;
  struct sql_node *column = bind_node(binder, SQL_COLUMN, node->position,
                                      query_column_name(replacement->query, index));
  if (!column)
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, node->position, reference->text);
  column->type = node->type;
  column->bound = reference;
  column->bound_index = index;
  column->index = replacement->level->id;
  return column->child[0] ? column : NULL;
}

static int count_functions(const struct level *level) {
  int count = 0;
  for (const struct set_function *one = level->set_functions; one; one = one->next)
    count++;
  return count;
}

/* *reference becomes the relation that several functions make side by side. */
static int combine(struct binder *binder, struct level *level, struct sql_node *select,
                   struct sql_node *order, struct sql_node **reference) {
  int count = 0, all = count_functions(level);
  struct scope_reference **functions =
      bind_alloc(binder, (size_t)all * sizeof(struct scope_reference *));
  if (!functions)
    return TIDE_ERROR_NOMEM;
  for (const struct set_function *one = level->set_functions; one; one = one->next)
    functions[count++] = one->reference;
  struct sql_node *query = bind_side_by_side(binder, level, functions, count, false);
  struct sql_node *node =
      bind_node(binder, SQL_SUBQUERY_REFERENCE, functions[0]->node->position, NULL);
  if (!query || !node || query_unique_names(binder, query) != TIDE_OK ||
      bind_as_subquery(binder, level, node, query, functions[0]->name) != TIDE_OK)
    return binder->error->code ? binder->error->code : bind_nomem(binder);
  struct replacement replacement = {binder, level, node, query};
  *reference = node;
  (void)sql_rewrite(select, replace_column, &replacement);
  (void)sql_rewrite(order, replace_column, &replacement);
  return binder->error->code;
}

int bind_set_function(struct binder *binder, struct level *level,
                      struct sql_node *select, struct sql_node *order, bool grouped) {
  struct sql_node *reference = level->set_functions->reference->node;
  struct search search = {.level = level};
  bool found = !sql_walk(select->child[SELECT_RESULTS], find_refused, &search) ||
               !sql_walk(order, find_refused, &search);
  if (!found && grouped && !is_grouped_by(level, select))
    search = (struct search){level, "a function that returns rows for groups",
                             reference->position};
  if (search.refused)
    return bind_unsupported(binder, search.position, search.refused);
  int rc = level->set_functions->next
               ? combine(binder, level, select, order, &reference)
               : TIDE_OK;
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *from = select->child[SELECT_FROM];
  if (!from)
    from = bind_node(binder, SQL_LIST, reference->position, NULL);
  select->child[SELECT_FROM] = from;
  return bind_append(binder, from, reference) ? TIDE_OK : TIDE_ERROR_NOMEM;
}
