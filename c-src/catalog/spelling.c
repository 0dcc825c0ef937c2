/* Which of several spellings of equal values a group shows. */
#include "catalog/spelling.h"

#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

/* --- what varies --- */

/* The type of the table's column that `node` is; TYPE_UNKNOWN: it is none. */
static struct type table_column_type(const struct sql_node *node) {
  const struct sql_node *reference = node->kind == SQL_COLUMN ? node->bound : NULL;
  const struct relation *relation =
      reference && reference->kind == SQL_TABLE_REFERENCE ? reference->bound : NULL;
  bool table = relation && relation->id > 0 && relation->kind == RELATION_TABLE &&
               !relation->view;
  return table ? relation->columns[node->bound_index].type : TYPE(TYPE_UNKNOWN);
}

bool spelling_varies(const struct sql_node *bound) {
  if (!type_collation(bound->type))
    return false;
  struct type type = table_column_type(bound);
  bool declared = type.precision > 0 && !type.array;
  switch (type.id) {
  case TYPE_NUMERIC: return !declared || type.scale < 0 || type.scale > type.precision;
  case TYPE_CHAR: return !declared;
  case TYPE_TIMETZ: return type.array;
  default: return true;
  }
}

static enum sql_walk find_own_column(const struct sql_node *node, void *context) {
  const int32_t *level = context;
  return node->kind == SQL_COLUMN && node->index == *level ? SQL_WALK_STOP
                                                           : SQL_WALK_ON;
}

/* A key that only looks at outer rows has one value. */
static bool key_varies(const struct sql_node *select, const struct sql_node *key) {
  int32_t level = select->index;
  return key->kind != SQL_GROUPING && spelling_varies(key) &&
         !sql_walk(key, find_own_column, &level);
}

bool spelling_groups_vary(const struct sql_node *select) {
  const struct sql_node *keys = select->child[SELECT_GROUP];
  for (uint32_t i = 0; keys && i < keys->count; i++)
    if (key_varies(select, keys->child[i]))
      return true;
  return false;
}

/* --- calls --- */

static const struct function least = {.name = "spelling",
                                      .argument_count = 1,
                                      .argument = {{TYPE_ANYELEMENT, false}},
                                      .result = {TYPE_ANYELEMENT, false},
                                      .sqlite = "pg_spelling",
                                      .flags = FUNCTION_AGGREGATE};

#define CANONICAL(sqlite_name)                                                         \
  {                                                                                    \
    .name = "canonical", .argument_count = 1, .argument = {{TYPE_ANY, false}},         \
    .result = {TYPE_TEXT, false}, .sqlite = (sqlite_name), .flags = FUNCTION_STRICT    \
  }

static const struct function canonical_json = CANONICAL("pg_canonical_json");

static const struct {
  const char *collation;
  struct function function;
} canonical[] = {
    {"numeric", CANONICAL("pg_canonical_numeric")},
    {"interval", CANONICAL("pg_canonical_interval")},
    {"timetz", CANONICAL("pg_canonical_timetz")},
    {"rtrim", CANONICAL("pg_canonical_char")},
};

/* For jsonb and arrays it is the same. */
static const struct function *canonical_function(struct type type) {
  const char *collation = type_collation(type);
  for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++)
    if (strcmp(canonical[i].collation, collation) == 0)
      return &canonical[i].function;
  return &canonical_json;
}

bool spelling_is_least(const struct sql_node *call) {
  return call->kind == SQL_CALL && call->bound == &least;
}

const struct sql_node *spelling_of_canonical(const struct sql_node *call) {
  const struct function *function = call->kind == SQL_CALL ? call->bound : NULL;
  bool found = function && strcmp(function->name, canonical_json.name) == 0;
  return found ? call->child[CALL_ARGUMENTS]->child[0] : NULL;
}

/* --- rewriting --- */

struct rewrite {
  struct arena *arena;
  const struct sql_node *select;
  const struct sql_node *keys; /* as they were */
};

static struct sql_node *call_of(const struct rewrite *rewrite,
                                const struct function *function, struct type type,
                                const struct sql_node *argument) {
  struct arena *arena = rewrite->arena;
  uint32_t position = argument->position;
  struct sql_node *call = sql_node_new(arena, SQL_CALL, position);
  struct sql_node *list = sql_node_new(arena, SQL_LIST, position);
  struct sql_node *copy = bind_clone_tree(arena, argument);
  if (!call || !list || !copy || !sql_list_append(arena, list, copy))
    return NULL;
  call->child[CALL_NAME] = sql_node_text(arena, SQL_NAME, position, function->name);
  call->child[CALL_ARGUMENTS] = list;
  call->bound = function;
  call->type = type;
  call->index = rewrite->select->index;
  return call->child[CALL_NAME] ? call : NULL;
}

static bool is_same(const struct sql_node *left, const struct sql_node *right) {
  if (left->kind == SQL_COLUMN)
    return right->kind == SQL_COLUMN && left->bound == right->bound &&
           left->bound_index == right->bound_index;
  return sql_equal(left, right);
}

static bool is_varying_key(const struct rewrite *rewrite, const struct sql_node *node) {
  for (uint32_t i = 0; i < rewrite->keys->count; i++)
    if (key_varies(rewrite->select, rewrite->keys->child[i]) &&
        is_same(rewrite->keys->child[i], node))
      return true;
  return false;
}

/* What a subquery sees of a key is compared, as a rule, and stays as it is. */
static struct sql_node *show_least(const struct rewrite *rewrite,
                                   struct sql_node *node) {
  if (!node || node->kind == SQL_QUERY || bind_is_aggregate(node))
    return node;
  if (is_varying_key(rewrite, node)) {
    struct sql_node *call = call_of(rewrite, &least, node->type, node);
    return call ? call : node; /* arena.failed tells */
  }
  for (uint32_t i = 0; i < node->count; i++)
    node->child[i] = show_least(rewrite, node->child[i]);
  return node;
}

bool spelling_show(struct arena *arena, struct sql_node *select,
                   struct sql_node *order) {
  struct rewrite rewrite = {arena, select, select->child[SELECT_GROUP]};
  show_least(&rewrite, select->child[SELECT_RESULTS]);
  select->child[SELECT_HAVING] = show_least(&rewrite, select->child[SELECT_HAVING]);
  show_least(&rewrite, select->child[SELECT_DISTINCT_ON]);
  show_least(&rewrite, select->child[SELECT_WINDOWS]);
  show_least(&rewrite, order);
  return !arena->failed;
}

bool spelling_group(struct arena *arena, struct sql_node *select,
                    struct sql_node *order) {
  struct sql_node *keys = bind_clone_tree(arena, select->child[SELECT_GROUP]);
  struct rewrite rewrite = {arena, select, keys};
  if (!keys || !spelling_show(arena, select, order))
    return false;
  struct sql_node *group = select->child[SELECT_GROUP];
  for (uint32_t i = 0; i < group->count; i++) {
    if (!key_varies(select, group->child[i]))
      continue;
    group->child[i] = call_of(&rewrite, canonical_function(group->child[i]->type),
                              TYPE(TYPE_TEXT), group->child[i]);
    if (!group->child[i])
      return false;
  }
  return true;
}

bool spelling_results_vary(const struct sql_node *select) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; i < results->count; i++)
    if (spelling_varies(results->child[i]->child[0]))
      return true;
  return false;
}
