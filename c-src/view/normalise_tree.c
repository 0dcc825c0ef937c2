/* Questions about bound trees, and their names. */
#include "view/normalise_internal.h"

#include <string.h>

#include "sql/walk.h"

/* --- names --- */

/* Columns say which reference they mean by its alias, and parts of a query are printed
 * out of their scopes: so no two references of a query share one. (No dot is used: in a
 * join in parentheses SQLite takes what is before it for the name of a table.) */

static bool is_reference(const struct sql_node *node) {
  return node->kind == SQL_TABLE_REFERENCE || node->kind == SQL_SUBQUERY_REFERENCE ||
         node->kind == SQL_FUNCTION_REFERENCE;
}

static void set_text(struct sql_node *node, const char *text) {
  node->text = text;
  node->length = text ? (uint32_t)strlen(text) : 0;
}

static struct sql_node *rename_reference(struct sql_node *node, void *context) {
  struct splitter *splitter = context;
  if (!node || !is_reference(node) || !node->text)
    return node;
  const char *number = strrchr(node->text, '#');
  size_t length = number ? (size_t)(number - node->text) : strlen(node->text);
  const char *base = arena_copy(splitter->arena, node->text, length);
  set_text(node,
           base ? arena_format(splitter->arena, "%s#%d", base, ++splitter->next_alias)
                : NULL);
  return node;
}

static struct sql_node *rename_column(struct sql_node *node, void *context) {
  const struct splitter *splitter = context;
  if (!node || node->kind != SQL_COLUMN || !node->bound)
    return node;
  const struct sql_node *reference = node->bound;
  if (node->child[0])
    node->child[0] = sql_node_text(splitter->arena, SQL_NAME, node->position,
                                   reference->text ? reference->text : "");
  const struct relation *relation =
      reference->kind == SQL_TABLE_REFERENCE ? reference->bound : NULL;
  if (relation && relation_is_internal(relation))
    set_text(node, relation->columns[node->bound_index].name);
  return node;
}

int tree_settle(struct splitter *splitter, struct sql_node *query) {
  sql_rewrite(query, rename_reference, splitter);
  sql_rewrite(query, rename_column, splitter);
  return splitter->arena->failed ? split_nomem(splitter) : TIDE_OK;
}

/* --- levels --- */

struct leveling {
  struct splitter *splitter;
  struct sql_node *tree;
  int32_t from, to;
};

/* Columns and aggregates say of which SELECT they are by its level. */
static struct sql_node *set_level(struct sql_node *node, void *context) {
  const struct leveling *leveling = context;
  if (node &&
      (node->kind == SQL_SELECT || node->kind == SQL_COLUMN ||
       node->kind == SQL_CALL) &&
      node->index == leveling->from)
    node->index = leveling->to;
  return node;
}

static struct sql_node *set_new_level(struct sql_node *node, void *context) {
  struct leveling *leveling = context;
  if (node && node->kind == SQL_SELECT) {
    leveling->from = node->index;
    leveling->to = ++leveling->splitter->next_level;
    sql_rewrite(leveling->tree, set_level, leveling);
  }
  return node;
}

void tree_set_levels(struct splitter *splitter, struct sql_node *tree) {
  struct leveling leveling = {.splitter = splitter, .tree = tree};
  sql_rewrite(tree, set_new_level, &leveling);
}

/* --- questions --- */

static enum sql_walk is_that(const struct sql_node *node, void *context) {
  return node == context ? SQL_WALK_STOP : SQL_WALK_ON;
}

static enum sql_walk is_cte_of(const struct sql_node *node, void *context) {
  bool found = node->kind == SQL_CTE && strcmp(node->text, context) == 0;
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool tree_is_cte(const struct sql_node *node, const char *name) {
  return node->kind == SQL_TABLE_REFERENCE && !node->bound &&
         node->index == REFERENCE_CTE &&
         strcmp(node->child[REFERENCE_SOURCE]->text, name) == 0;
}

static enum sql_walk refers_outside(const struct sql_node *node, void *context) {
  const struct sql_node *query = context;
  bool outside = false;
  if (node->kind == SQL_COLUMN && node->bound)
    outside = sql_walk(query, is_that, (void *)(uintptr_t)node->bound);
  if (node->kind == SQL_TABLE_REFERENCE && !node->bound)
    outside = sql_walk(query, is_cte_of,
                       (void *)(uintptr_t)node->child[REFERENCE_SOURCE]->text);
  return outside ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool tree_is_closed(const struct sql_node *query) {
  return sql_walk(query, refers_outside, (void *)(uintptr_t)query);
}

bool tree_same(const struct sql_node *left, const struct sql_node *right) {
  if (left == right || !left || !right)
    return left == right;
  if (left->kind != right->kind || left->count != right->count)
    return false;
  if (left->kind == SQL_COLUMN)
    return left->bound == right->bound && left->bound_index == right->bound_index;
  if (left->kind == SQL_QUERY || left->bound != right->bound)
    return false;
  if (left->op != right->op || left->flags != right->flags ||
      left->length != right->length ||
      (left->text && memcmp(left->text, right->text, left->length) != 0))
    return false;
  for (uint32_t i = 0; i < left->count; i++)
    if (!tree_same(left->child[i], right->child[i]))
      return false;
  return true;
}
