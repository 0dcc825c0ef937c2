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

static bool has_record(const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; i < arguments->count; i++)
    if (arguments->child[i]->type.id == TYPE_RECORD)
      return true;
  return false;
}

static const struct key *primary_key(const struct sql_node *reference) {
  const struct relation *relation = reference->bound;
  bool keyed = reference->kind == SQL_TABLE_REFERENCE && relation &&
               relation->kind == RELATION_TABLE && relation->key_count > 0 &&
               relation->keys[0].primary;
  return keyed ? &relation->keys[0] : NULL;
}

/* Are all relations in FROM tables with a primary key? */
static bool is_keyed(const struct sql_node *item) {
  if (item->kind == SQL_JOIN)
    return is_keyed(item->child[JOIN_LEFT]) && is_keyed(item->child[JOIN_RIGHT]);
  return primary_key(item) != NULL;
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

static struct sql_node *column_of(struct completion *completion,
                                  const struct sql_node *reference, int column) {
  struct arena *arena = completion->arena;
  const struct relation *relation = reference->bound;
  struct sql_node *node = sql_node_text(arena, SQL_COLUMN, reference->position,
                                        relation->columns[column].name);
  if (!node)
    return NULL;
  node->child[0] = sql_node_text(arena, SQL_NAME, reference->position, reference->text);
  node->type = relation->columns[column].type;
  node->bound = reference;
  node->bound_index = column;
  node->index = completion->select->index;
  return node->child[0] ? node : NULL;
}

/* The columns of the primary key; those that are the same for all rows of a group say
 * nothing. */
static bool append_keys(struct completion *completion, const struct sql_node *item) {
  if (item->kind == SQL_JOIN)
    return append_keys(completion, item->child[JOIN_LEFT]) &&
           append_keys(completion, item->child[JOIN_RIGHT]);
  const struct key *key = primary_key(item);
  for (int i = 0; key && i < key->count; i++) {
    int column = key->columns[i];
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
static bool append_values(struct completion *completion) {
  struct arena *arena = completion->arena;
  const struct sql_node *arguments = completion->call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct sql_node *value = arguments->child[i];
    if (value->type.id == TYPE_RECORD)
      continue;
    if (!append(completion, bind_clone_tree(arena, value)))
      return false;
    if (type_collation(value->type) &&
        !append(completion, as_text(arena, bind_clone_tree(arena, value))))
      return false;
  }
  return true;
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
  const bool *keyed = context;
  if (!collects(node))
    return SQL_WALK_ON;
  if (node->flags & SQL_DISTINCT)
    return type_collation(node->child[CALL_ARGUMENTS]->child[0]->type) ? SQL_WALK_STOP
                                                                       : SQL_WALK_ON;
  return !*keyed && has_record(node) ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool canonical_is_total(const struct sql_node *select) {
  bool keyed = all_keyed(select);
  return sql_walk(select, find_partial, &keyed);
}
