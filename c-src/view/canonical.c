/* Completes the order in which lists are collected. */
#include "view/canonical.h"

#include <string.h>

#include "catalog/bind.h"
#include "sql/walk.h"

/* Does the call's result show the order in which rows come? */
static bool collects(const struct sql_node *node) {
  static const char *const names[] = {"string_agg",      "array_agg",
                                      "json_agg",        "jsonb_agg",
                                      "json_object_agg", "jsonb_object_agg"};
  const struct function *function = node->bound;
  if (node->kind != SQL_CALL || !function || node->child[CALL_OVER] ||
      !(function->flags & FUNCTION_AGGREGATE))
    return false;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(function->name, names[i]) == 0)
      return true;
  return false;
}

/* --- what tells the rows of a relation in FROM apart --- */

enum { IDENTITY_MAX = 8 };

/* Columns of a reference in FROM that no two of its rows share. */
struct identity {
  int count; /* 0: none is known */
  int columns[IDENTITY_MAX];
};

static struct identity identity_of(const struct sql_node *reference);

static struct identity primary_key(const struct relation *relation) {
  struct identity identity = {0};
  const struct key *key = relation && relation->kind == RELATION_TABLE &&
                                  relation->key_count > 0 && relation->keys[0].primary
                              ? &relation->keys[0]
                              : NULL;
  if (!key || key->count > IDENTITY_MAX)
    return identity;
  for (int i = 0; i < key->count; i++)
    identity.columns[identity.count++] = key->columns[i];
  return identity;
}

static enum sql_walk find_set_function(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  return function && (function->flags & FUNCTION_SET) ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Which result shows that column as it is? -1: none. */
static int find_result(const struct sql_node *results, const struct sql_node *reference,
                       int column) {
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *shown = results->child[i]->child[0];
    if (shown->kind == SQL_COLUMN && shown->bound == reference &&
        shown->bound_index == column)
      return (int)i;
  }
  return -1;
}

/* Of a subquery that selects from one relation, and shows what tells its rows apart. */
static struct identity subquery_identity(const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  const struct sql_node *from =
      body->kind == SQL_SELECT ? body->child[SELECT_FROM] : NULL;
  struct identity none = {0};
  if (!from || from->count != 1 || from->child[0]->kind == SQL_JOIN ||
      body->child[SELECT_GROUP] ||
      !sql_walk(body->child[SELECT_RESULTS], find_set_function, NULL))
    return none;
  struct identity identity = identity_of(from->child[0]);
  for (int i = 0; i < identity.count; i++) {
    identity.columns[i] =
        find_result(body->child[SELECT_RESULTS], from->child[0], identity.columns[i]);
    if (identity.columns[i] < 0)
      return none;
  }
  return identity;
}

static struct identity identity_of(const struct sql_node *reference) {
  if (reference->kind == SQL_TABLE_REFERENCE)
    return primary_key(reference->bound);
  if (reference->kind == SQL_SUBQUERY_REFERENCE)
    return subquery_identity(reference->child[REFERENCE_SOURCE]);
  return (struct identity){0};
}

/* Are the rows of all relations in FROM told apart? */
static bool is_keyed(const struct sql_node *item) {
  if (item->kind == SQL_JOIN)
    return is_keyed(item->child[JOIN_LEFT]) && is_keyed(item->child[JOIN_RIGHT]);
  return identity_of(item).count > 0;
}

static bool all_keyed(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; from && i < from->count; i++)
    if (!is_keyed(from->child[i]))
      return false;
  return true;
}

/* --- adding to ORDER BY --- */

struct completion {
  struct arena *arena;
  const struct sql_node *select;
  struct sql_node *call;
};

static bool contains_column(const struct sql_node *list,
                            const struct sql_node *reference, int column) {
  for (uint32_t i = 0; list && i < list->count; i++) {
    const struct sql_node *one = list->child[i];
    if (one->kind == SQL_ORDER)
      one = one->child[0];
    if (one->kind == SQL_COLUMN && one->bound == reference &&
        one->bound_index == column)
      return true;
  }
  return false;
}

static bool append(struct completion *completion, struct sql_node *expression) {
  struct arena *arena = completion->arena;
  struct sql_node **order = &completion->call->child[CALL_ORDER];
  if (!*order)
    *order = sql_node_new(arena, SQL_LIST, completion->call->position);
  struct sql_node *item =
      expression ? sql_node_new(arena, SQL_ORDER, expression->position) : NULL;
  if (!*order || !item)
    return false;
  item->child[0] = expression;
  item->type = expression->type;
  return sql_list_append(arena, *order, item) != NULL;
}

/* What the column is called, and its type. */
static const char *describe(const struct sql_node *reference, int column,
                            struct type *type) {
  if (reference->kind == SQL_SUBQUERY_REFERENCE) {
    const struct sql_node *body = reference->child[REFERENCE_SOURCE]->child[QUERY_BODY];
    const struct sql_node *result = body->child[SELECT_RESULTS]->child[column];
    *type = result->child[0]->type;
    return result->text ? result->text : result->child[0]->text;
  }
  const struct relation *relation = reference->bound;
  *type = relation->columns[column].type;
  return relation->columns[column].name;
}

static struct sql_node *column_of(struct completion *completion,
                                  const struct sql_node *reference, int column) {
  struct arena *arena = completion->arena;
  struct type type;
  const char *name = describe(reference, column, &type);
  struct sql_node *node = sql_node_text(arena, SQL_COLUMN, reference->position, name);
  if (!node)
    return NULL;
  node->child[0] = sql_node_text(arena, SQL_NAME, reference->position, reference->text);
  node->type = type;
  node->bound = reference;
  node->bound_index = column;
  node->index = completion->select->index;
  return node->child[0] ? node : NULL;
}

/* What tells the rows apart; columns that are the same for all rows of a group say
 * nothing. */
static bool append_keys(struct completion *completion, const struct sql_node *item) {
  if (item->kind == SQL_JOIN)
    return append_keys(completion, item->child[JOIN_LEFT]) &&
           append_keys(completion, item->child[JOIN_RIGHT]);
  struct identity identity = identity_of(item);
  for (int i = 0; i < identity.count; i++) {
    int column = identity.columns[i];
    if (contains_column(completion->select->child[SELECT_GROUP], item, column) ||
        contains_column(completion->call->child[CALL_ORDER], item, column))
      continue;
    if (!append(completion, column_of(completion, item, column)))
      return false;
  }
  return true;
}

static struct sql_node *as_text(struct arena *arena, struct sql_node *value) {
  struct sql_node *cast = value ? sql_node_new(arena, SQL_CAST, value->position) : NULL;
  if (!cast)
    return NULL;
  cast->child[CAST_OPERAND] = value;
  cast->type = TYPE(TYPE_TEXT);
  return cast;
}

/* The values, and how they are spelled where that may differ. */
static void append_values(struct completion *completion) {
  struct arena *arena = completion->arena;
  const struct sql_node *arguments = completion->call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct sql_node *value = arguments->child[i];
    append(completion, bind_clone_tree(arena, value));
    if (type_collation(value->type))
      append(completion, as_text(arena, bind_clone_tree(arena, value)));
  }
}

static struct sql_node *complete_call(struct sql_node *node, void *context) {
  struct completion *completion = context;
  if (!node || !collects(node) || node->index != completion->select->index ||
      (node->flags & SQL_DISTINCT))
    return node;
  const struct sql_node *from = completion->select->child[SELECT_FROM];
  completion->call = node;
  for (uint32_t i = 0; from && i < from->count; i++)
    if (!append_keys(completion, from->child[i]))
      return node;
  if (!all_keyed(completion->select))
    append_values(completion);
  return node;
}

static struct sql_node *complete_select(struct sql_node *node, void *context) {
  if (node && node->kind == SQL_SELECT) {
    struct completion completion = {.arena = context, .select = node};
    sql_rewrite(node, complete_call, &completion);
  }
  return node;
}

bool canonical_order(struct arena *arena, struct sql_node *query) {
  sql_rewrite(query, complete_select, arena);
  return !arena->failed;
}

/* --- is it complete? --- */

static enum sql_walk find_partial(const struct sql_node *node, void *context) {
  (void)context;
  bool partial = collects(node) && (node->flags & SQL_DISTINCT) &&
                 type_collation(node->child[CALL_ARGUMENTS]->child[0]->type);
  return partial ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool canonical_is_total(const struct sql_node *select) {
  return sql_walk(select, find_partial, NULL);
}
