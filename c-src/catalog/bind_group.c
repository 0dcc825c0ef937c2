/* GROUP BY: may each column outside an aggregate be used, because the group decides it? */
#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

struct grouping {
  struct binder *binder;
  const struct level *level;
  const struct sql_node *groups; /* a list of expressions */
  bool several; /* groupings: a row need not be grouped by all of them */
};

bool bind_group_leaves(struct arena *arena, const struct sql_node *group,
                       struct sql_node *leaves) {
  for (uint32_t i = 0; group && i < group->count; i++) {
    struct sql_node *item = group->child[i];
    bool added = item->kind == SQL_GROUPING
                     ? bind_group_leaves(arena, item, leaves)
                     : sql_list_append(arena, leaves, item) != NULL;
    if (!added)
      return false;
  }
  return true;
}

static bool has_several(const struct sql_node *group) {
  for (uint32_t i = 0; group && i < group->count; i++) {
    if (group->child[i]->kind == SQL_GROUPING)
      return true;
  }
  return false;
}

static bool is_group(const struct grouping *grouping, const struct sql_node *node) {
  for (uint32_t i = 0; i < grouping->groups->count; i++) {
    const struct sql_node *group = grouping->groups->child[i];
    if (group->kind == node->kind && sql_equal(group, node))
      return true;
  }
  return false;
}

static bool groups_by(const struct grouping *grouping, const void *reference,
                      int column) {
  for (uint32_t i = 0; i < grouping->groups->count; i++) {
    const struct sql_node *group = grouping->groups->child[i];
    if (group->kind == SQL_COLUMN && group->bound == reference &&
        group->bound_index == column)
      return true;
  }
  return false;
}

/* All columns of a relation follow from its primary key. */
static bool follows_from_key(const struct grouping *grouping,
                             const struct sql_node *column) {
  const struct sql_node *reference = column->bound;
  if (grouping->several || reference->kind != SQL_TABLE_REFERENCE || !reference->bound)
    return false;
  const struct relation *relation = reference->bound;
  if (relation->key_count == 0 || !relation->keys[0].primary)
    return false;
  for (int i = 0; i < relation->keys[0].count; i++) {
    if (!groups_by(grouping, reference, relation->keys[0].columns[i]))
      return false;
  }
  return true;
}

static void refuse_column(const struct grouping *grouping,
                          const struct sql_node *column) {
  const char *format =
      "column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate "
      "function";
  error_set_at(grouping->binder->error, TIDE_ERROR_GROUPING, column->position, format,
               column->child[0]->text, column->text);
}

static enum sql_walk check_grouping_call(const struct grouping *grouping,
                                         const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (is_group(grouping, arguments->child[i]))
      continue;
    error_set_at(grouping->binder->error, TIDE_ERROR_GROUPING,
                 arguments->child[i]->position,
                 "arguments to GROUPING must be grouping expressions of the associated "
                 "query level");
    return SQL_WALK_STOP;
  }
  return SQL_WALK_SKIP;
}

static bool check(struct grouping *grouping, const struct sql_node *node);

static enum sql_walk check_node(const struct sql_node *node, void *context) {
  struct grouping *grouping = context;
  if (bind_is_aggregate(node) && node->index == grouping->level->id) {
    /* those beside WITHIN GROUP are evaluated once for the group */
    bool direct = node->child[CALL_WITHIN] != NULL;
    return !direct || check(grouping, node->child[CALL_ARGUMENTS]) ? SQL_WALK_SKIP
                                                                   : SQL_WALK_STOP;
  }
  if (is_group(grouping, node))
    return SQL_WALK_SKIP;
  if (bind_is_grouping_call(node) && node->index == grouping->level->id)
    return check_grouping_call(grouping, node);
  if (node->kind != SQL_COLUMN || node->index != grouping->level->id)
    return SQL_WALK_ON;
  if (follows_from_key(grouping, node))
    return SQL_WALK_ON;
  refuse_column(grouping, node);
  return SQL_WALK_STOP;
}

static bool check(struct grouping *grouping, const struct sql_node *node) {
  return !node || sql_walk(node, check_node, grouping);
}

int bind_check_grouping(struct binder *binder, struct level *level,
                        struct sql_node *select, struct sql_node *order) {
  const struct sql_node *group = select->child[SELECT_GROUP];
  struct sql_node *leaves = bind_node(binder, SQL_LIST, select->position, NULL);
  if (!leaves)
    return TIDE_ERROR_NOMEM;
  if (!bind_group_leaves(binder->arena, group, leaves))
    return bind_nomem(binder);
  struct grouping grouping = {binder, level, leaves, has_several(group)};
  bool correct = check(&grouping, select->child[SELECT_RESULTS]) &&
                 check(&grouping, select->child[SELECT_DISTINCT_ON]) &&
                 check(&grouping, select->child[SELECT_HAVING]) &&
                 check(&grouping, select->child[SELECT_WINDOWS]) &&
                 check(&grouping, order);
  return correct ? TIDE_OK : binder->error->code;
}
