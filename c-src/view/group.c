/* Reads GROUP BY into columns that identify the rows of a stored table. */
#include "view/group.h"

#include <string.h>

#include "catalog/spelling.h"
#include "sql/walk.h"
#include "view/graph.h"

bool group_is_aggregate(const struct sql_node *node) {
  const struct function *function = node->bound;
  return node->kind == SQL_CALL && function && !node->child[CALL_OVER] &&
         (function->flags & FUNCTION_AGGREGATE);
}

/* The type of the table's column that `node` is; TYPE_UNKNOWN: it is none. */
static struct type table_column_type(const struct plan *plan,
                                     const struct sql_node *node) {
  int source, column;
  if (node->kind == SQL_COLLATE)
    node = node->child[0];
  if (!join_column(&plan->join, node, &source, &column))
    return TYPE(TYPE_UNKNOWN);
  const struct relation *relation = plan->join.sources[source].relation;
  bool table = !relation_is_internal(relation) && relation->kind == RELATION_TABLE &&
               !relation->view;
  return table ? relation->columns[column].type : TYPE(TYPE_UNKNOWN);
}

int group_numeric_scale(const struct plan *plan, const struct sql_node *node,
                        int *precision) {
  struct type type = table_column_type(plan, node);
  bool declared = type.id == TYPE_NUMERIC && !type.array && type.scale >= 0 &&
                  type.scale <= type.precision;
  *precision = declared ? type.precision : -1;
  return declared ? type.scale : -1;
}

bool group_has_one_spelling(const struct sql_node *node) {
  return !spelling_varies(node->kind == SQL_COLLATE ? node->child[0] : node);
}

static enum sql_walk find_other_call(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->bound;
  if (node->kind != SQL_CALL || !function)
    return SQL_WALK_ON;
  bool found = node->child[CALL_OVER] || (function->flags & FUNCTION_SET);
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static enum sql_walk find_aggregate(const struct sql_node *node, void *context) {
  (void)context;
  return group_is_aggregate(node) ? SQL_WALK_STOP : SQL_WALK_ON;
}

static const char *why_not(const struct plan *plan) {
  if (plan->not_a_join)
    return plan->not_a_join;
  const struct sql_node *select = plan->select;
  const struct sql_node *keys = select->child[SELECT_GROUP];
  if (plan->binding.volatility != 0)
    return "it calls a function that is not immutable";
  if (!sql_walk(select->child[SELECT_RESULTS], find_other_call, NULL))
    return "it has a window function or a function that returns rows";
  for (uint32_t i = 0; keys && i < keys->count; i++) {
    if (keys->child[i]->kind == SQL_GROUPING)
      return "it has grouping sets";
    if (keys->child[i]->kind == SQL_INTEGER) /* the number of a result */
      return "it groups by a constant";
    /* equal keys may be spelled differently, and which spelling is shown depends on
     * the order of rows */
    if (!group_has_one_spelling(keys->child[i]))
      return "it groups by values that have several spellings";
  }
  if (!keys && sql_walk(select->child[SELECT_RESULTS], find_aggregate, NULL))
    return "it has no GROUP BY and no aggregate";
  if (!keys && select->child[SELECT_HAVING])
    return "it has HAVING without GROUP BY";
  return NULL;
}

/* --- keys --- */

bool group_is_key(const struct sql_node *key, const struct sql_node *node) {
  if (sql_equal(key, node))
    return true;
  if (key->kind != SQL_CALL || strcmp(key->child[CALL_NAME]->text, "coalesce") != 0)
    return false;
  const struct sql_node *arguments = key->child[CALL_ARGUMENTS];
  return arguments->count == 2 && arguments->child[1]->kind == SQL_NULL &&
         sql_equal(arguments->child[0], node);
}

static int find_shown(const struct sql_node *results,
                      const struct sql_node *expression) {
  for (uint32_t i = 0; i < results->count; i++)
    if (group_is_key(expression, results->child[i]->child[0]))
      return (int)i;
  return -1;
}

static int stored_column(struct plan *plan, const struct sql_node *key,
                         uint32_t number) {
  int shown = find_shown(plan->select->child[SELECT_RESULTS], key);
  if (shown >= 0)
    return shown;
  char *name = arena_format(&plan->arena, "__key_%u", number + 1);
  return name ? storage_add_column(&plan->storage, &plan->arena, name, key->type) : -1;
}

static void insert_key(struct group *group, const struct sql_node *expression,
                       int column, bool dependent) {
  int at = group->key_count;
  while (at > 0 && group->keys[at - 1].column > column)
    at--;
  if (at > 0 && group->keys[at - 1].column == column)
    return;
  memmove(&group->keys[at + 1], &group->keys[at],
          (size_t)(group->key_count - at) * sizeof *group->keys);
  group->keys[at] = (struct group_key){expression, column, dependent};
  group->key_count++;
}

static bool key_never_null(const struct plan *plan, const struct group *group) {
  for (int i = 0; i < group->key_count; i++) {
    int source, column;
    if (group->keys[i].dependent)
      continue;
    if (!join_column(&plan->join, group->keys[i].expression, &source, &column) ||
        !plan->join.sources[source].relation->columns[column].not_null)
      return false;
  }
  return true;
}

static int set_identity(struct plan *plan, struct group *group) {
  size_t count = (size_t)group->key_count + 1;
  int *columns = plan_alloc(plan, count * sizeof *columns), identity = 0;
  group->affinity = plan_alloc(plan, count * sizeof *group->affinity);
  if (!columns || !group->affinity)
    return plan_out_of_memory(plan);
  for (int i = 0; i < group->key_count; i++) {
    int column = group->keys[i].column;
    if (!group->keys[i].dependent)
      columns[identity++] = column;
    group->affinity[i] = plan->storage.affinity[column];
  }
  return storage_set_key(&plan->storage, &plan->arena, columns, identity,
                         key_never_null(plan, group));
}

static int print_by(struct plan *plan, struct group *group) {
  struct buffer out;
  int rc = TIDE_OK;
  buffer_init(&out, plan->database->memory);
  if (group->key_count > 0) {
    buffer_text(&out, " GROUP BY ");
    rc = group_print_keys(plan, group, &out);
  }
  group->by = rc == TIDE_OK ? arena_string(&plan->arena, buffer_string(&out)) : NULL;
  buffer_deinit(&out);
  return rc == TIDE_OK && !group->by ? plan_out_of_memory(plan) : rc;
}

enum { DEPENDENT_MAX = 64 };

/* Columns in results that are neither grouped by nor inside an aggregate. */
struct dependents {
  const struct group *group;
  int count;
  const struct sql_node *columns[DEPENDENT_MAX];
  bool refused;
};

static enum sql_walk find_dependent(const struct sql_node *node, void *context) {
  struct dependents *found = context;
  for (int i = 0; i < found->group->key_count; i++)
    if (group_is_key(found->group->keys[i].expression, node))
      return SQL_WALK_SKIP;
  if (group_is_aggregate(node) || node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  if (node->kind != SQL_COLUMN)
    return SQL_WALK_ON;
  for (int i = 0; i < found->count; i++)
    if (sql_equal(found->columns[i], node))
      return SQL_WALK_SKIP;
  found->refused = found->count == DEPENDENT_MAX || !group_has_one_spelling(node);
  if (found->refused)
    return SQL_WALK_STOP;
  found->columns[found->count++] = node;
  return SQL_WALK_SKIP;
}

static int add_dependents(struct plan *plan, struct group *group,
                          const char **refusal) {
  struct dependents found = {.group = group};
  sql_walk(plan->select->child[SELECT_RESULTS], find_dependent, &found);
  if (found.refused) {
    *refusal = "it shows columns that are neither grouped nor aggregated";
    return TIDE_OK;
  }
  const struct sql_node *keys = plan->select->child[SELECT_GROUP];
  for (int i = 0; i < found.count; i++) {
    uint32_t number = (keys ? keys->count : 0) + (uint32_t)i;
    int column = stored_column(plan, found.columns[i], number);
    if (column < 0)
      return plan_out_of_memory(plan);
    insert_key(group, found.columns[i], column, true);
  }
  return TIDE_OK;
}

static int add_keys(struct plan *plan, struct group *group) {
  const struct sql_node *keys = plan->select->child[SELECT_GROUP];
  uint32_t count = keys ? keys->count : 0;
  group->keys = plan_alloc(plan, (count + DEPENDENT_MAX + 1) * sizeof *group->keys);
  if (!group->keys)
    return plan_out_of_memory(plan);
  for (uint32_t i = 0; i < count; i++) {
    int column = stored_column(plan, keys->child[i], i);
    if (column < 0)
      return plan_out_of_memory(plan);
    insert_key(group, keys->child[i], column, false);
  }
  return TIDE_OK;
}

static int read_group(struct plan *plan, struct group *group, bool dependent,
                      const char **refusal) {
  *group = (struct group){0};
  *refusal = why_not(plan);
  if (*refusal)
    return TIDE_OK;
  int rc = add_keys(plan, group);
  if (rc == TIDE_OK && dependent)
    rc = add_dependents(plan, group, refusal);
  if (rc == TIDE_OK)
    rc = set_identity(plan, group);
  if (rc == TIDE_OK)
    rc = print_by(plan, group);
  return rc == TIDE_OK ? join_wish_indexes(plan) : rc;
}

int group_read(struct plan *plan, struct group *group, const char **refusal) {
  return read_group(plan, group, false, refusal);
}

int group_read_dependent(struct plan *plan, struct group *group, const char **refusal) {
  return read_group(plan, group, true, refusal);
}

/* --- rows --- */

struct row group_identity(const struct group *group, struct row key,
                          struct row_pool *pool) {
  const unsigned char *at = key.bytes;
  struct row_value value;
  row_begin(pool);
  for (int i = 0; i < group->key_count; i++) {
    const unsigned char *end = row_read(at, &value);
    if (!group->keys[i].dependent)
      row_add_bytes(pool, at, (size_t)(end - at));
    at = end;
  }
  return row_end(pool);
}

bool group_is_shown(const struct group *group, struct row key, struct row stored) {
  const unsigned char *at = key.bytes, *shown = stored.bytes;
  struct row_value value;
  int column = 0;
  for (int i = 0; i < group->key_count; i++) {
    const unsigned char *end = row_read(at, &value);
    for (; column < group->keys[i].column; column++)
      shown = row_read(shown, &value);
    const unsigned char *shown_end = row_read(shown, &value);
    if (group->keys[i].dependent &&
        (shown_end - shown != end - at || memcmp(shown, at, (size_t)(end - at)) != 0))
      return false;
    at = end;
  }
  return true;
}

/* --- printing --- */

int group_print_stored(struct plan *plan, const struct group *group,
                       struct buffer *out) {
  const struct sql_node *results = plan->select->child[SELECT_RESULTS];
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    if (i > 0)
      buffer_text(out, ", ");
    rc = plan_print(plan, results->child[i]->child[0], out);
  }
  for (int i = 0; rc == TIDE_OK && i < group->key_count; i++) {
    if (group->keys[i].column < (int)results->count)
      continue;
    buffer_text(out, ", ");
    rc = plan_print(plan, group->keys[i].expression, out);
  }
  return rc;
}

int group_print_keys(struct plan *plan, const struct group *group, struct buffer *out) {
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < group->key_count; i++) {
    if (i > 0)
      buffer_text(out, ", ");
    rc = plan_print(plan, group->keys[i].expression, out);
  }
  return rc;
}
